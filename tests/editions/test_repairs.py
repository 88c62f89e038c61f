"""The repair of what is published: what broke is named, a choice becomes a draft that can be drawn again, an old one is refused."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select, update

from bazaar.database import reading, transaction
from bazaar.editions.build import read_problem_of
from bazaar.editions.jobs import job_answer
from bazaar.editions.planning import run_job
from bazaar.editions.publish import publish_rotation
from bazaar.editions.repairs import A_HANDFUL, choose_repair, repair_page, repair_start, request_repair
from bazaar.editions.replay import replay_rotation
from bazaar.refusals import Refusal
from bazaar.rotation.repairing.steps import RepairStep
from models import LiveSession, Rotation, Slot, Turn, Vendor
from tests.editions.draws import NOW, draw, make_draw, make_fair
from tests.planner import ask_here
from tests.reminders.stage import world_of

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def edition_id() -> int:
    """Four evenings of two slots for four vendors, drawn and published."""
    edition_id = make_fair(vendors=4, evenings=4, slots=2)
    make_draw(edition_id)
    return edition_id


def turns(edition_id: int) -> dict[int, int]:
    """Slot -> vendor of the rotation in force."""
    with reading() as session:
        rows = session.execute(
            select(Turn.slot_id, Turn.vendor_id).join(Rotation).where(Rotation.edition_id == edition_id, Rotation.state == "published")
        )
        return dict(rows.all())  # type: ignore[arg-type]


def last_slot(edition_id: int) -> int:
    with reading() as session:
        return session.scalars(select(Slot.id).where(Slot.edition_id == edition_id).order_by(Slot.starts_at.desc()).limit(1)).one()


def leave(vendor_id: int, at: datetime = NOW) -> None:
    with transaction() as session:
        session.execute(update(Vendor).where(Vendor.id == vendor_id).values(withdrawn_at=at))


def call_off(slot_id: int) -> None:
    with transaction() as session:
        live_session_id = session.get_one(Slot, slot_id).live_session_id
        session.execute(update(LiveSession).where(LiveSession.id == live_session_id).values(withdrawn_at=NOW))


def worked_out(edition_id: int, **options: bool) -> int:
    job_id = request_repair(edition_id, by=None, now=NOW, **options).job_id
    run_job(job_id, ask=ask_here, clock=lambda: NOW)
    return job_id


def test_what_broke_is_named_with_its_reason(edition_id: int) -> None:
    slot_id = last_slot(edition_id)
    leaver = turns(edition_id)[slot_id]
    leave(leaver)

    page = repair_start(edition_id, now=NOW)

    assert page is not None
    assert {turn.reason for turn in page.broken} == {"left"}
    assert len(page.broken) == sum(vendor == leaver for vendor in turns(edition_id).values())


def test_an_evening_called_off_is_a_reason_too(edition_id: int) -> None:
    call_off(last_slot(edition_id))

    page = repair_start(edition_id, now=NOW)

    assert page is not None
    assert [turn.reason for turn in page.broken] == ["called_off", "called_off"]


def test_nothing_is_repaired_before_something_is_published() -> None:
    edition_id = make_fair()

    assert repair_start(edition_id, now=NOW) is None
    with pytest.raises(Refusal, match="nothing_published"):
        request_repair(edition_id, by=None, now=NOW)


def test_a_choice_says_who_moves_and_what_it_does_to_turns(edition_id: int) -> None:
    leaver = turns(edition_id)[last_slot(edition_id)]
    leave(leaver)
    job_id = worked_out(edition_id)

    page = repair_page(edition_id, job_id, None, world_of(), now=NOW)

    assert page.changes == sum(vendor == leaver for vendor in turns(edition_id).values())
    assert page.is_fewest_proved
    assert not page.is_stale
    changed = [news for news in (*page.moved, *page.new, *page.removed) if news.added]
    assert sum(len(news.added) for news in changed) == page.changes
    assert page.lines[0].is_chosen


def test_a_choice_becomes_a_draft_that_is_published_and_drawn_again(edition_id: int) -> None:
    call_off(last_slot(edition_id))
    job_id = worked_out(edition_id)
    steps = [RepairStep.from_dict(step) for step in job_answer(edition_id, job_id)[1]]

    built = choose_repair(edition_id, job_id, steps[-1].changes, by=None, now=NOW)

    assert draw(built.rotation_id).plan == dict(steps[-1].plan)
    assert draw(built.rotation_id).extra_changes == steps[-1].changes - steps[0].changes
    assert replay_rotation(edition_id, built.number, ask=ask_here).agrees
    assert publish_rotation(built.rotation_id, by=None, now=NOW).number == built.number


def test_a_choice_is_refused_when_the_edition_changed_meanwhile(edition_id: int) -> None:
    leaver = turns(edition_id)[last_slot(edition_id)]
    leave(leaver)
    job_id = worked_out(edition_id)
    page = repair_page(edition_id, job_id, None, world_of(), now=NOW)
    leave(next(vendor for vendor in turns(edition_id).values() if vendor != leaver))

    assert repair_page(edition_id, job_id, None, world_of(), now=NOW).is_stale
    with pytest.raises(Refusal, match="repair_outdated"):
        choose_repair(edition_id, job_id, page.changes, by=None, now=NOW)


def test_a_choice_that_was_not_offered_does_not_exist(edition_id: int) -> None:
    job_id = worked_out(edition_id)

    with pytest.raises(Refusal, match="not_found"):
        choose_repair(edition_id, job_id, 99, by=None, now=NOW)


def test_turns_of_the_next_day_are_kept_where_the_vendor_can_still_come(edition_id: int) -> None:
    at = datetime(2026, 5, 5, 1, tzinfo=UTC)  # twelve hours before the first evening
    first = {slot: vendor for slot, vendor in turns(edition_id).items() if _starts(slot) < at + timedelta(hours=24)}
    gone = next(iter(first.values()))
    leave(gone, at)

    problem = read_problem_of(edition_id, keep_published=False, keep_soon=True, now=at)

    pins = {slot.id: slot.pin for slot in problem.slots if slot.pin is not None}
    assert pins == {f"s{slot}": f"v{vendor}" for slot, vendor in first.items() if vendor != gone}


def _starts(slot_id: int) -> datetime:
    with reading() as session:
        return session.get_one(Slot, slot_id).starts_at


def test_each_choice_shown_says_what_it_is_better_in_and_few_are_shown() -> None:
    edition_id = make_fair(vendors=9, evenings=6, slots=5, gap_days=2)
    make_draw(edition_id, seed=3)
    for vendor_id in list(dict.fromkeys(turns(edition_id).values()))[:2]:
        leave(vendor_id)

    page = repair_page(edition_id, worked_out(edition_id), None, world_of(), now=NOW)

    shown = [line for line in page.lines if line.is_notable]
    assert (shown[0], shown[-1]) == (page.lines[0], page.lines[-1])
    assert not shown[0].gains
    assert all(line.gains for line in shown[1:])
    assert all(gain.after < gain.before for line in page.lines for gain in line.gains)
    smaller = [line for before, line in pairwise(page.lines) if line.spread < before.spread]
    assert all(line.is_notable for line in smaller)
    assert len(shown) <= 2 + len(smaller) + 2 * A_HANDFUL + 1


def test_whoever_loses_a_called_off_turn_is_named_unless_another_comes_in_its_place(edition_id: int) -> None:
    slot_id = last_slot(edition_id)
    before = turns(edition_id)
    call_off(slot_id)

    page = repair_page(edition_id, worked_out(edition_id), None, world_of(), now=NOW)

    with reading() as session:
        live_session_id = session.get_one(Slot, slot_id).live_session_id
        off = set(session.scalars(select(Slot.id).where(Slot.live_session_id == live_session_id)))
        losers = {session.get_one(Vendor, before[slot]).business_name for slot in off}
    replaced = {
        news.business_name for news in (*page.moved, *page.new) if len(news.added) > len([at for at in news.gone if at != _starts(slot_id)])
    }
    assert {one.business_name for one in page.lost} >= losers - replaced
    assert page.lost
