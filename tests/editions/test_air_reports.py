"""Minutes really on air: noted, corrected, counted by the planner; a turn that failed is given again."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bazaar.airtime import Loss
from bazaar.database import reading, transaction
from bazaar.editions.air_reports import AirTurn, air_turn, air_turns, note_loss
from bazaar.editions.build import build_rotation, read_problem_of
from bazaar.editions.credit import credit_account
from bazaar.editions.owed import OwedRow, owed_rows
from bazaar.editions.problem import slot_key, vendor_key
from bazaar.editions.publish import publish_rotation
from bazaar.refusals import Refusal
from bazaar.rotation.problem import Problem, ProblemVendor, read_problem, write_problem
from bazaar.rotation.solve import solve
from bazaar.vendors.registry import withdraw_vendor
from models import Audit, Edition, LiveSession, Slot, Turn, Vendor
from tests.factories import make_account, make_edition, make_live_session, make_rotation, make_vendor, slot_ids

FIRST_EVENING = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)  # Tuesday 20.00 WIB
DURING = FIRST_EVENING + timedelta(minutes=20)


def two_evenings() -> tuple[int, list[int], list[int], list[int]]:
    """(edition, slots of the first evening, of the second five days later, three vendors): each has a turn on both."""
    edition_id = make_edition()
    first, second = (
        slot_ids(make_live_session(edition_id, starts_at=FIRST_EVENING + timedelta(days=days), slot_count=3)) for days in (0, 5)
    )
    vendors = [make_vendor(edition_id) for _ in range(3)]
    make_rotation(edition_id, [*zip(first, vendors, strict=True), *zip(second, vendors, strict=True)])
    return edition_id, first, second, vendors


def lose(slot_id: int, minutes: int, *, now: datetime = DURING, **options: object) -> None:
    note_loss(slot_id, **{"lost_minutes": minutes, "reason": "Internet putus", "by": None, "now": now, **options})


def problem_of(edition_id: int, *, now: datetime = DURING) -> Problem:
    return read_problem_of(edition_id, now=now)


def vendor_in(problem: Problem, vendor_id: int) -> ProblemVendor:
    return next(vendor for vendor in problem.vendors if vendor.id == vendor_key(vendor_id))


def refusal_of(slot_id: int, minutes: int, **options: object) -> str:
    with pytest.raises(Refusal) as refused:
        lose(slot_id, minutes, **options)
    return refused.value.code


def redraw(edition_id: int, *, keep_published: bool = True, now: datetime) -> dict[int, int]:
    """Build (with as few changes as possible), publish, and tell who stands where."""
    rotation_id = build_rotation(edition_id, keep_published=keep_published, planner=solve, by=None, now=now).rotation_id
    publish_rotation(rotation_id, by=None, now=now)
    with reading() as session:
        return {turn.slot_id: turn.vendor_id for turn in session.query(Turn).filter_by(rotation_id=rotation_id)}


@given(planned=st.integers(1, 600), lost=st.integers(0, 700))
def test_a_turn_fails_when_less_than_half_of_it_was_on_air_unless_somebody_says_otherwise(planned: int, lost: int) -> None:
    loss = Loss(1, 1, 1, lost, None, 1, "", DURING)

    assert loss.aired_minutes(planned) == max(0, planned - lost)
    assert loss.has_failed(planned) == (max(0, planned - lost) < planned / 2)
    assert (replace(loss, is_failed=True).has_failed(planned), replace(loss, is_failed=False).has_failed(planned)) == (True, False)


@pytest.mark.usefixtures("app")
class TestLostMinutes:
    def test_they_are_noted_with_author_and_reason_and_the_newest_note_counts(self) -> None:
        edition_id, [slot_id, *_], _, [vendor_id, *_] = two_evenings()
        account_id = make_account(name="Bu Siti")

        lose(slot_id, 9, by=account_id)
        lose(slot_id, 4, reason="  Ternyata   empat menit ", by=account_id, now=DURING + timedelta(minutes=1))

        turn = air_turn(edition_id, slot_id, now=DURING)
        assert turn is not None
        assert (turn.vendor_id, turn.planned_minutes, turn.aired_minutes, turn.has_failed) == (vendor_id, 15, 11, False)
        assert [(note.lost_minutes, note.reason, note.by) for note in turn.notes] == [
            (4, "Ternyata empat menit", "Bu Siti"),
            (9, "Internet putus", "Bu Siti"),
        ]
        with reading() as session:
            assert [row.reason for row in session.query(Audit).filter_by(action="note_loss")] == ["Internet putus", "Ternyata empat menit"]

    def test_the_planner_counts_the_minutes_that_were_on_air_and_their_points(self) -> None:
        edition_id, [slot_id, *_], _, [vendor_id, *_] = two_evenings()

        lose(slot_id, 5)

        problem = problem_of(edition_id)
        slot = next(slot for slot in problem.slots if slot.id == slot_key(slot_id))
        assert (slot.minutes, slot.weight, slot.pin) == (10, 15, vendor_key(vendor_id))  # 10 minutes x 1.5
        assert read_problem(write_problem(problem)) == problem

    def test_a_turn_without_a_minute_on_air_that_counts_all_the_same_is_worth_nothing(self) -> None:
        edition_id, [slot_id, *_], _, _ = two_evenings()

        lose(slot_id, 15, is_failed=False)

        slot = next(slot for slot in problem_of(edition_id).slots if slot.id == slot_key(slot_id))
        assert (slot.minutes, slot.weight) == (1, 0)

    def test_what_cannot_be_noted_is_refused(self) -> None:
        edition_id, [slot_id, *_], [ahead, *_], _ = two_evenings()
        [empty] = slot_ids(make_live_session(edition_id, starts_at=FIRST_EVENING - timedelta(days=1), slot_count=1))

        assert refusal_of(slot_id, 16) == "lost_out_of_range"
        assert refusal_of(slot_id, -1) == "lost_out_of_range"
        assert refusal_of(slot_id, 5, reason=" ") == "reason_missing"
        assert refusal_of(ahead, 5) == "not_begun"
        assert refusal_of(empty, 5) == "nobody_there"
        assert refusal_of(999, 5) == "not_found"

    def test_only_turns_that_have_begun_are_shown(self) -> None:
        edition_id, [slot_id, second, third], _, _ = two_evenings()
        with reading() as session:
            live_session_id = session.get_one(Slot, slot_id).live_session_id

        turns = air_turns(live_session_id, now=DURING)

        assert [(turn.slot_id, turn.aired_minutes) for turn in turns] == [(slot_id, 15), (second, 15)]
        assert air_turn(edition_id, third, now=DURING) is None
        assert isinstance(turns[0], AirTurn)


@pytest.mark.usefixtures("app")
class TestMakeUpTurn:
    def test_a_turn_that_failed_leaves_the_problem_and_raises_the_guarantee(self) -> None:
        edition_id, [slot_id, *_], _, [vendor_id, other, _] = two_evenings()

        lose(slot_id, 8)

        problem = problem_of(edition_id)
        assert slot_key(slot_id) not in {slot.id for slot in problem.slots}
        assert slot_key(slot_id) not in (problem.published or {})
        assert (vendor_in(problem, vendor_id).min_turns, vendor_in(problem, other).min_turns) == (2, 1)

    def test_the_next_draft_really_gives_it_and_does_not_give_it_twice(self) -> None:
        edition_id, [slot_id, *_], second, [vendor_id, *_] = two_evenings()
        lose(slot_id, 15)
        owed = owed_rows(edition_id, now=DURING)
        third = slot_ids(make_live_session(edition_id, starts_at=FIRST_EVENING + timedelta(days=10), slot_count=2))

        plan = redraw(edition_id, now=DURING)
        again = redraw(edition_id, now=DURING + timedelta(minutes=5))

        [made_good] = [row for row in owed_rows(edition_id, now=DURING) if row.vendor_id == vendor_id]
        held = {slot for slot, vendor in plan.items() if vendor == vendor_id and slot != slot_id}
        assert [(row.vendor_id, row.owed_count, row.since, row.given) for row in owed] == [(vendor_id, 1, DURING, ())]
        assert len(held) == 2
        assert (made_good.owed_count, [slot for slot, _, _ in made_good.given]) == (0, sorted(held - set(second)))
        assert set(third) & held
        assert again == plan

    @pytest.mark.parametrize("keep_published", [True, False])
    def test_it_is_given_also_where_somebody_else_has_to_give_way(self, keep_published: bool) -> None:
        edition_id = make_edition()
        evenings = [
            slot_ids(make_live_session(edition_id, starts_at=FIRST_EVENING + timedelta(days=days), slot_count=1)) for days in (0, 5, 10)
        ]
        [[failed], [early], [late]] = evenings
        unlucky, lucky = make_vendor(edition_id), make_vendor(edition_id)
        make_rotation(edition_id, [(failed, unlucky), (early, lucky), (late, lucky)])
        lose(failed, 15)

        plan = redraw(edition_id, keep_published=keep_published, now=DURING)

        assert sorted([plan[early], plan[late]]) == sorted([unlucky, lucky])

    def test_a_draft_built_before_the_failure_can_still_be_published_and_the_debt_stays(self) -> None:
        edition_id, [slot_id, *_], _, [vendor_id, *_] = two_evenings()
        rotation_id = build_rotation(edition_id, planner=solve, by=None, now=DURING).rotation_id
        lose(slot_id, 15)

        publish_rotation(rotation_id, by=None, now=DURING)

        assert [(row.vendor_id, row.owed_count) for row in owed_rows(edition_id, now=DURING)] == [(vendor_id, 1)]

    def test_a_correction_that_gives_a_turn_back_outdates_a_draft_without_it(self) -> None:
        edition_id, [slot_id, *_], _, _ = two_evenings()
        lose(slot_id, 15)
        rotation_id = build_rotation(edition_id, planner=solve, by=None, now=DURING).rotation_id
        lose(slot_id, 0, reason="Salah dengar")

        with pytest.raises(Refusal, match="draft_outdated"):
            publish_rotation(rotation_id, by=None, now=DURING)

    def test_a_second_failure_is_owed_too_also_when_the_make_up_turn_fails(self) -> None:
        edition_id, [slot_id, *_], [second, *_], [vendor_id, *_] = two_evenings()
        third = slot_ids(make_live_session(edition_id, starts_at=FIRST_EVENING + timedelta(days=10), slot_count=1))
        lose(slot_id, 15)
        redraw(edition_id, now=DURING)
        after_all = FIRST_EVENING + timedelta(days=11)

        lose(third[0], 15, now=after_all)
        one_owed = owed_rows(edition_id, now=after_all)
        lose(second, 15, now=after_all)

        assert [(row.vendor_id, row.owed_count) for row in one_owed] == [(vendor_id, 1)]
        assert [(row.owed_count, len(row.failed_at)) for row in owed_rows(edition_id, now=after_all)] == [(2, 3)]

    def test_a_correction_takes_the_debt_back(self) -> None:
        edition_id, [slot_id, *_], _, [vendor_id, *_] = two_evenings()
        lose(slot_id, 15)

        lose(slot_id, 15, is_failed=False, reason="Disiarkan ulang sesudahnya")

        assert owed_rows(edition_id, now=DURING) == ()
        assert vendor_in(problem_of(edition_id), vendor_id).min_turns == 1

    def test_a_correction_after_the_make_up_turn_does_not_ask_for_another(self) -> None:
        edition_id, [slot_id, *_], _, _ = two_evenings()
        make_live_session(edition_id, starts_at=FIRST_EVENING + timedelta(days=10), slot_count=1)
        lose(slot_id, 15)
        redraw(edition_id, now=DURING)

        lose(slot_id, 14, reason="Satu menit sempat tampil")

        [row] = owed_rows(edition_id, now=DURING)
        assert isinstance(row, OwedRow)
        assert (row.owed_count, len(row.given)) == (0, 1)

    def test_an_organizer_may_call_a_turn_failed_that_was_mostly_on_air(self) -> None:
        edition_id, [slot_id, *_], _, [vendor_id, *_] = two_evenings()

        lose(slot_id, 3, is_failed=True, reason="Tanpa suara")

        assert [(row.vendor_id, row.owed_count) for row in owed_rows(edition_id, now=DURING)] == [(vendor_id, 1)]

    def test_whoever_withdrew_is_owed_nothing(self) -> None:
        edition_id, [slot_id, *_], _, [vendor_id, other, _] = two_evenings()
        lose(slot_id, 15)
        lose(slot_id + 1, 15)
        withdraw_vendor(edition_id, vendor_id, reason="Sakit", by=None, now=DURING)

        left, waiting = sorted(owed_rows(edition_id, now=DURING), key=lambda row: row.vendor_id)

        assert (left.vendor_id, left.remedy, left.awaits_draft) == (vendor_id, "none", False)
        assert (waiting.vendor_id, waiting.remedy, waiting.awaits_draft) == (other, "draft", True)
        assert owed_rows(edition_id, now=DURING)[0] == waiting  # whatever waits for a draft comes first

    def test_one_failure_is_owed_as_one_turn_whatever_else_was_taken_away(self) -> None:
        edition_id, [slot_id, *_], second, [vendor_id, *_] = two_evenings()
        lose(slot_id, 15)
        with transaction() as session:
            session.query(Turn).filter_by(slot_id=second[0]).delete()

        [row] = owed_rows(edition_id, now=DURING)

        assert (row.vendor_id, row.owed_count, len(row.failed_at)) == (vendor_id, 1, 1)

    @pytest.mark.parametrize("calls_off", [False, True])
    def test_where_no_slot_is_left_no_draft_gives_it_and_the_whole_turn_becomes_credit(self, calls_off: bool) -> None:
        edition_id, [slot_id, *_], [ahead, *_], [vendor_id, other, _] = two_evenings()
        lose(slot_id, 15)
        if calls_off:
            with transaction() as session:
                session.get_one(LiveSession, session.get_one(Slot, ahead).live_session_id).withdrawn_at = DURING
        now = DURING if calls_off else FIRST_EVENING + timedelta(days=6)
        with reading() as session:
            bazaar_id = session.get_one(Edition, edition_id).bazaar_id
            phones = [session.get_one(Vendor, each).phone for each in (vendor_id, other)]
        year_on = {"starts_on": date(2027, 5, 3), "ends_on": date(2027, 5, 30)}
        later = make_edition(bazaar_id=bazaar_id, **year_on)
        unlucky, lucky = (make_vendor(later, phone=phone) for phone in phones)

        # The last turn of the first evening began after DURING: it is a slot ahead until it has begun.
        [row] = owed_rows(edition_id, now=max(now, FIRST_EVENING + timedelta(minutes=45)))
        accounts = [credit_account(later, each) for each in (unlucky, lucky)]

        assert (row.owed_count, row.remedy, row.awaits_draft) == (1, "credit", False)
        assert accounts[0] is not None
        assert accounts[1] is not None
        assert accounts[0].total < 0 < accounts[1].total
