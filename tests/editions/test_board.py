"""The board: who stands where, what is unusual, and what a person should look at."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bazaar.database import transaction
from bazaar.editions.board import BoardPage, BoardSlot, Concern, SheetLine, board_page, rotation_sheet
from bazaar.editions.pins import pin_slot
from bazaar.editions.versions import rotation_versions
from bazaar.refusals import Refusal
from bazaar.rotation.problem import read_problem
from bazaar.rotation.score import credit_of
from bazaar.states import AnswerKind, RotationState
from bazaar.vendors.answers import answer_turn
from models import LiveSession, Vendor
from tests.editions.draws import NOW, draw, make_draw, make_fair
from tests.factories import make_account, make_edition, make_live_session, make_rotation, make_vendor, slot_ids

EVENING = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)
BEFORE = EVENING - timedelta(days=1)
pytestmark = pytest.mark.usefixtures("app")


def slots_of(page: BoardPage) -> list[BoardSlot]:
    return [slot for day in page.days for live in day.live_sessions for slot in live.slots]


def leave(vendor_id: int, at: datetime) -> None:
    with transaction() as session:
        session.get_one(Vendor, vendor_id).withdrawn_at = at


def test_what_is_missing_is_named_one_after_the_other() -> None:
    edition_id = make_edition()
    first = board_page(edition_id, now=BEFORE)
    make_vendor(edition_id)
    second = board_page(edition_id, now=BEFORE)
    make_live_session(edition_id)
    third = board_page(edition_id, now=BEFORE)
    make_rotation(edition_id)
    fourth = board_page(edition_id, now=BEFORE)

    assert [page.emptiness for page in (first, second, third, fourth)] == ["no_vendors", "no_live_sessions", "no_rotation", None]
    assert third.ahead_slot_count == 6


def test_the_published_rotation_is_shown_and_a_newer_draft_announced() -> None:
    edition_id = make_edition()
    vendor_id = make_vendor(edition_id)
    slot = slot_ids(make_live_session(edition_id))[0]
    make_rotation(edition_id, [(slot, vendor_id)])
    make_rotation(edition_id, state=RotationState.DRAFT)

    shown = board_page(edition_id, now=BEFORE)
    chosen = board_page(edition_id, number=2, now=BEFORE)

    assert (shown.rotation.number, shown.number_in_address, shown.is_behind) == (1, None, True)  # type: ignore[union-attr]
    assert (chosen.rotation.number, chosen.number_in_address, chosen.is_behind) == (2, 2, False)  # type: ignore[union-attr]
    with pytest.raises(Refusal, match="not_found"):
        board_page(edition_id, number=3, now=BEFORE)


def test_every_turn_tells_what_became_of_it() -> None:
    edition_id = make_edition()
    slots = slot_ids(make_live_session(edition_id))
    vendors = [make_vendor(edition_id) for _ in range(5)]
    make_rotation(edition_id, list(zip(slots, vendors, strict=False)))
    answer_turn(edition_id, slots[2], vendors[2], AnswerKind.READY, now=BEFORE)
    answer_turn(edition_id, slots[3], vendors[3], AnswerKind.READY, now=BEFORE)
    answer_turn(edition_id, slots[3], vendors[3], AnswerKind.UNABLE, now=BEFORE + timedelta(hours=1))

    page = board_page(edition_id, now=EVENING + timedelta(minutes=20))

    assert [slot.state for slot in slots_of(page)] == ["done", "on-air", "ready", "unable", "waiting", "open"]
    assert [concern.kind for concern in page.concerns] == ["unable", "open"]


def test_who_left_leaves_a_gap_ahead_and_keeps_what_lies_behind() -> None:
    edition_id = make_edition()
    slots = slot_ids(make_live_session(edition_id))
    vendor_id = make_vendor(edition_id, business_name="Tape Legi")
    make_rotation(edition_id, [(slots[0], vendor_id), (slots[3], vendor_id)])
    leave(vendor_id, EVENING + timedelta(minutes=20))

    page = board_page(edition_id, now=EVENING + timedelta(minutes=30))

    past, ahead = slots_of(page)[0], slots_of(page)[3]
    assert (past.business_name, past.gone_name, past.state) == ("Tape Legi", "", "done")
    assert (ahead.business_name, ahead.gone_name, ahead.state) == ("", "Tape Legi", "open")
    assert Concern("gone", ahead.id, ahead.starts_at, "Tape Legi") in page.concerns


def test_a_live_session_called_off_leaves_the_board() -> None:
    edition_id = make_edition()
    make_vendor(edition_id)
    live_session_id = make_live_session(edition_id)
    make_live_session(edition_id, starts_at=EVENING + timedelta(days=1), slot_count=2)
    make_rotation(edition_id)
    with transaction() as session:
        session.get_one(LiveSession, live_session_id).withdrawn_at = BEFORE

    page = board_page(edition_id, now=BEFORE)

    assert (page.slot_count, [day.on for day in page.days]) == (2, [date(2026, 5, 6)])


def test_a_draft_marks_what_differs_from_what_is_published() -> None:
    edition_id = make_edition()
    slots = slot_ids(make_live_session(edition_id, slot_count=4))
    one, two, three = (make_vendor(edition_id, business_name=name) for name in ("Satu", "Dua", "Tiga"))
    make_rotation(edition_id, [(slots[0], one), (slots[1], two), (slots[2], three)])
    make_rotation(edition_id, [(slots[0], one), (slots[1], three), (slots[3], two)], state=RotationState.DRAFT)

    page = board_page(edition_id, number=2, now=BEFORE)

    assert [(slot.is_changed, slot.was_name) for slot in slots_of(page)] == [(False, ""), (True, "Dua"), (True, "Tiga"), (True, "")]
    assert (page.changed_slot_count, page.changed_vendor_count) == (3, 2)
    assert not any(slot.is_changed for slot in slots_of(board_page(edition_id, now=BEFORE)))


def test_a_pin_says_whether_it_holds_already() -> None:
    edition_id = make_edition()
    slots = slot_ids(make_live_session(edition_id, slot_count=2))
    one, two = make_vendor(edition_id, business_name="Satu"), make_vendor(edition_id, business_name="Dua")
    make_rotation(edition_id, [(slots[0], one), (slots[1], one)])
    pin_slot(edition_id, slots[0], one, by=None, now=BEFORE)
    pin_slot(edition_id, slots[1], two, by=None, now=BEFORE)

    page = board_page(edition_id, now=BEFORE)

    assert [(slot.is_pinned, slot.pinned_name) for slot in slots_of(page)] == [(True, ""), (False, "Dua")]
    assert [(concern.kind, concern.name) for concern in page.concerns] == [("pin", "Dua")]


def test_the_week_that_runs_or_comes_next_is_shown() -> None:
    edition_id = make_edition()
    make_vendor(edition_id)
    for week in (0, 1, 3):
        make_live_session(edition_id, starts_at=EVENING + timedelta(weeks=week), slot_count=1)
    make_rotation(edition_id)

    def week_shown(now: datetime, **options: object) -> int | None:
        page = board_page(edition_id, now=now, **options)  # type: ignore[arg-type]
        return page.week.number if page.week else None

    assert week_shown(BEFORE - timedelta(days=30)) == 1
    assert week_shown(EVENING + timedelta(days=6)) == 2
    assert week_shown(EVENING + timedelta(weeks=2)) == 3
    assert week_shown(EVENING + timedelta(weeks=9)) == 3
    assert week_shown(BEFORE, week_of=date(2026, 5, 15)) == 2
    assert week_shown(BEFORE, all_weeks=True) is None
    assert len(board_page(edition_id, all_weeks=True, now=BEFORE).days) == 3


def test_looking_for_one_vendor_shows_its_evenings_of_all_weeks() -> None:
    edition_id = make_edition()
    vendor_id, other = make_vendor(edition_id), make_vendor(edition_id)
    evenings = [slot_ids(make_live_session(edition_id, starts_at=EVENING + timedelta(weeks=week), slot_count=2)) for week in range(3)]
    make_rotation(edition_id, [(evenings[0][0], vendor_id), (evenings[1][0], other), (evenings[2][1], vendor_id)])

    page = board_page(edition_id, vendor_id=vendor_id, now=BEFORE)

    assert [day.on for day in page.days] == [date(2026, 5, 5), date(2026, 5, 19)]
    assert [slot.is_chosen for slot in slots_of(page)] == [True, False, False, True]
    assert page.chosen_count == 2


def test_shares_count_turns_and_good_hours_of_everybody_who_takes_part() -> None:
    edition_id = make_edition(good_from_minute=20 * 60, good_until_minute=20 * 60 + 20)
    slots = slot_ids(make_live_session(edition_id))
    one, two, gone = make_vendor(edition_id), make_vendor(edition_id), make_vendor(edition_id)
    leave(gone, BEFORE)
    turns = [(slots[0], one), (slots[1], two), (slots[2], one)]
    make_rotation(edition_id, turns, score={"spread": 1}, proved=["spread"])

    fairness = board_page(edition_id, now=BEFORE).fairness

    assert [(share.turn_count, share.vendor_count) for share in fairness.turns] == [(1, 1), (2, 1)]
    assert [(share.turn_count, share.vendor_count) for share in fairness.good_turns] == [(1, 2)]
    assert (fairness.spread, fairness.is_spread_proved) == (1, True)


def test_the_points_of_a_draw_are_told_from_the_least_to_the_most_with_what_was_carried_over() -> None:
    edition_id = make_fair(vendors=3, slots=2)
    rotation = draw(make_draw(edition_id))
    problem = read_problem(rotation.problem)
    plan = rotation.plan or {}
    own = [(credit, [slot.weight for slot in problem.slots if plan[slot.id] == vendor]) for vendor, credit in credit_of(problem).items()]
    points = [credit + sum(weights) for credit, weights in own]

    fairness = board_page(edition_id, now=NOW).fairness

    assert fairness.points == (min(points), max(points))
    assert len(points) == 3


def test_a_proof_does_not_outlive_the_plan_it_was_about() -> None:
    edition_id = make_edition()
    slots = slot_ids(make_live_session(edition_id))
    one, two, three = (make_vendor(edition_id) for _ in range(3))
    turns = [(slots[0], one), (slots[1], two), (slots[2], two), (slots[3], three)]
    make_rotation(edition_id, turns, score={"spread": 1}, proved=["spread"])
    before = board_page(edition_id, now=BEFORE).fairness
    leave(three, BEFORE)

    after = board_page(edition_id, now=BEFORE).fairness

    assert ((before.spread, before.is_spread_proved), (after.spread, after.is_spread_proved)) == ((1, True), (1, False))


def test_versions_tell_who_built_and_who_published_them() -> None:
    edition_id = make_edition()
    sri, joko = make_account(name="Sri"), make_account(name="Joko")
    make_rotation(edition_id, created_by=sri, published_by=joko)
    make_rotation(edition_id, state=RotationState.DRAFT)

    versions = rotation_versions(edition_id)

    assert [(version.number, version.created_by, version.published_by) for version in versions] == [(2, "", ""), (1, "Sri", "Joko")]


def test_the_sheet_lists_every_slot_of_what_is_in_force() -> None:
    edition_id = make_edition()
    live_session_id = make_live_session(edition_id, slot_count=2)
    slots = slot_ids(live_session_id)
    vendor_id = make_vendor(edition_id, business_name="Tape Legi")
    make_rotation(edition_id, [(slots[1], vendor_id)])
    make_rotation(edition_id, [(slots[0], vendor_id)], state=RotationState.DRAFT)

    sheet = rotation_sheet(edition_id, now=BEFORE)

    quarter = timedelta(minutes=15)
    assert sheet.rotation.is_published
    assert sheet.lines == (
        SheetLine(None, EVENING, EVENING + quarter, live_session_id, 1, 10),
        SheetLine("Tape Legi", EVENING + quarter, EVENING + 2 * quarter, live_session_id, 2, 10),
    )


def test_there_is_no_sheet_without_a_rotation() -> None:
    with pytest.raises(Refusal, match="no_rotation"):
        rotation_sheet(make_edition(), now=BEFORE)
