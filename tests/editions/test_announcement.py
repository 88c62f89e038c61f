"""Who would be told what: the promise before publishing is what publishing then does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bazaar.database import reading, transaction
from bazaar.editions.announcement import announcement_page
from bazaar.editions.build import build_rotation
from bazaar.editions.publish import publish_rotation
from bazaar.rotation.solve import solve
from bazaar.states import AnswerKind, ChannelName, ReminderKind, RotationState
from bazaar.vendors.answers import answer_turn
from models import Availability, Reminder, Vendor
from tests.factories import make_edition, make_live_session, make_rotation, make_vendor, slot_ids
from tests.reminders.stage import world_of

EVENING = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)
NOW = EVENING - timedelta(days=2)
pytestmark = pytest.mark.usefixtures("app")


def names(group: tuple[object, ...]) -> list[str]:
    return [one.business_name for one in group]  # type: ignore[attr-defined]


def test_every_vendor_is_in_one_of_four_groups_with_its_times() -> None:
    edition_id = make_edition()
    slots = slot_ids(make_live_session(edition_id))
    stays, moves, leaves, comes = (make_vendor(edition_id, business_name=name) for name in ("Tetap", "Pindah", "Batal", "Baru"))
    make_rotation(edition_id, [(slots[0], stays), (slots[1], moves), (slots[2], leaves)])
    make_rotation(
        edition_id, [(slots[0], stays), (slots[2], moves), (slots[1], comes)], state=RotationState.DRAFT, problem=EMPTY, score=NONE
    )

    page = announcement_page(edition_id, 2, world_of(), now=NOW)

    assert [names(group) for group in (page.new, page.moved, page.removed, page.unchanged)] == [["Baru"], ["Pindah"], ["Batal"], ["Tetap"]]
    moved, quarter = page.moved[0], timedelta(minutes=15)
    assert (moved.gone, moved.added, moved.staying) == ((EVENING + quarter,), (EVENING + 2 * quarter,), ())
    assert page.message_count == 2


def test_a_change_behind_us_is_told_nobody() -> None:
    edition_id = make_edition()
    slots = slot_ids(make_live_session(edition_id))
    vendor_id = make_vendor(edition_id)
    make_rotation(edition_id, [(slots[0], vendor_id)])
    make_rotation(edition_id, [(slots[1], vendor_id)], state=RotationState.DRAFT, problem=EMPTY, score=NONE)

    page = announcement_page(edition_id, 2, world_of(), now=EVENING + timedelta(days=1))

    assert (len(page.moved), page.message_count) == (1, 0)


@pytest.mark.parametrize("how", ["withdrawn_at", "archived_at"])
def test_who_left_after_a_turn_stays_nowhere_neither_in_the_review_nor_in_what_publishing_counts(how: str) -> None:
    edition_id = make_edition()
    evenings = [slot_ids(make_live_session(edition_id, starts_at=EVENING + timedelta(days=day), slot_count=2)) for day in (0, 4)]
    left, stays, over = (make_vendor(edition_id, business_name=name) for name in ("Mundur", "Tetap", "Lewat"))
    make_rotation(edition_id, [(evenings[0][0], left), (evenings[0][1], over), (evenings[1][0], stays)])
    afterwards = EVENING + timedelta(days=1)
    with transaction() as session:
        setattr(session.get_one(Vendor, left), how, afterwards)
    draft = build_rotation(edition_id, planner=solve, by=None, now=afterwards)

    page = announcement_page(edition_id, draft.number, world_of(), now=afterwards)
    counts = publish_rotation(draft.rotation_id, by=None, now=afterwards).counts

    shown = {name for group in (page.new, page.moved, page.removed, page.unchanged) for name in names(group)}
    assert "Mundur" not in shown
    assert counts.unchanged == len(page.unchanged)


def test_who_wants_no_messages_is_counted_out() -> None:
    edition_id = make_edition()
    slots = slot_ids(make_live_session(edition_id))
    vendor_id = make_vendor(edition_id, opted_out_at=NOW)
    make_rotation(edition_id, [(slots[0], vendor_id)])
    make_rotation(edition_id, [(slots[1], vendor_id)], state=RotationState.DRAFT, problem=EMPTY, score=NONE)

    page = announcement_page(edition_id, 2, world_of(), now=NOW)

    assert ([one.is_opted_out for one in page.moved], page.message_count) == ([True], 0)


def test_who_loses_a_turn_of_the_next_hours_is_named_with_its_answer() -> None:
    edition_id = make_edition()
    tonight, later = (slot_ids(make_live_session(edition_id, starts_at=EVENING + timedelta(days=day))) for day in (0, 30))
    moves, leaves, comes, far = (make_vendor(edition_id, business_name=name) for name in ("Pindah", "Batal", "Baru", "Jauh"))
    make_rotation(edition_id, [(tonight[0], moves), (tonight[1], leaves), (later[0], far)])
    answer_turn(edition_id, tonight[0], moves, AnswerKind.READY, now=NOW)
    afresh = [(tonight[0], comes), (later[1], moves), (later[2], far)]
    make_rotation(edition_id, afresh, state=RotationState.DRAFT, problem=EMPTY, score=NONE)
    quarter = timedelta(minutes=15)

    page = announcement_page(edition_id, 2, world_of(), now=EVENING - quarter)
    two_days_before = announcement_page(edition_id, 2, world_of(), now=NOW)

    month = EVENING + timedelta(days=30) + quarter
    assert [(one.business_name, one.gone, one.added, one.is_ready) for one in page.soon_lost] == [
        ("Pindah", (EVENING,), (month,), True),
        ("Batal", (EVENING + quarter,), (), False),
    ]
    assert (page.soon_ready_count, page.soon_gained_count) == (1, 1)
    assert (two_days_before.soon_lost, two_days_before.soon_gained_count) == ((), 0)


@pytest.mark.parametrize(("is_demo", "ways"), [(False, (1, 1)), (True, (0, 2))], ids=["real", "demo: mail stays home"])
def test_messages_are_counted_by_how_they_travel(is_demo: bool, ways: tuple[int, int]) -> None:
    edition_id = make_edition(is_demo=is_demo)
    slots = slot_ids(make_live_session(edition_id))
    vendors = [make_vendor(edition_id, email=email) for email in ("sari@example.com", "")]
    make_rotation(edition_id, list(zip(slots, vendors, strict=False)))
    make_rotation(edition_id, list(zip(slots[1:], vendors, strict=False)), state=RotationState.DRAFT, problem=EMPTY, score=NONE)
    world = world_of()
    only_mail = replace(world, channels={ChannelName.EMAIL: world.channels[ChannelName.EMAIL]})

    page = announcement_page(edition_id, 2, only_mail, now=NOW)

    assert (page.mail_count, page.hand_count) == ways


def test_what_is_promised_is_what_publishing_does() -> None:
    edition_id = make_edition()
    for day in (0, 4, 8):
        make_live_session(edition_id, starts_at=EVENING + timedelta(days=day), slot_count=2)
    vendors = [make_vendor(edition_id) for _ in range(4)]
    publish_rotation(build_rotation(edition_id, planner=solve, by=None, now=NOW).rotation_id, by=None, now=NOW)
    with transaction() as session:
        session.add_all(Availability(vendor_id=vendors[0], weekday=day) for day in range(7))
    draft = build_rotation(edition_id, planner=solve, by=None, now=NOW)

    page = announcement_page(edition_id, draft.number, world_of(), now=NOW)
    counts = publish_rotation(draft.rotation_id, by=None, now=NOW).counts

    assert (counts.new, counts.moved, counts.removed, counts.unchanged) == tuple(
        len(group) for group in (page.new, page.moved, page.removed, page.unchanged)
    )
    with reading() as session:
        kinds = (ReminderKind.CHANGED, ReminderKind.CANCELLED)
        assert page.message_count == session.scalar(select(func.count()).select_from(Reminder).where(Reminder.kind.in_(kinds))) > 0


EMPTY = {"days": 1, "rules": {"gap": 0, "want_gap": 0, "decay_pct": []}, "slots": [], "vendors": []}
NONE = {"hard": 0, "unfilled": 0}
