"""Reasons by name: why a slot has its vendor or none, why a vendor has so few turns."""

from datetime import UTC, datetime, timedelta

import pytest

from bazaar.database import transaction
from bazaar.editions.build import build_rotation, read_problem_of
from bazaar.editions.pins import pin_slot
from bazaar.editions.reasons import own_why, slot_why, vendor_why
from bazaar.rotation.problem import write_problem
from models import Availability, PastTurn
from tests.editions.draws import make_draw
from tests.factories import make_edition, make_live_session, make_rotation, make_vendor, slot_ids
from tests.planner import plan_here

EVENING = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)
NOW = EVENING - timedelta(days=2)
pytestmark = pytest.mark.usefixtures("app")


def away(vendor_id: int, *days: int) -> None:
    with transaction() as session:
        session.add_all(Availability(vendor_id=vendor_id, weekday=day) for day in days)


def test_a_slot_tells_why_its_vendor_and_how_many_could_change_places() -> None:
    edition_id = make_edition(gap_days=3)
    (slot,) = slot_ids(make_live_session(edition_id, slot_count=1))
    make_live_session(edition_id, starts_at=EVENING + timedelta(days=7), slot_count=1)
    make_vendor(edition_id, category="A")
    make_vendor(edition_id, category="B")
    off = make_vendor(edition_id, business_name="Libur", min_turns=0)
    away(off, *range(7))
    build_rotation(edition_id, planner=plan_here, by=None, now=NOW)

    why = slot_why(edition_id, slot)

    assert why is not None
    assert [(share.loss.level, share.loss.reason, share.count) for share in why.losses] == [("hard", "away", 1), ("short", None, 1)]
    assert why.losses[0].names == ("Libur",)
    assert (why.is_empty, why.as_good_swaps and why.as_good_swaps.count, why.better_swaps) == (False, 1, None)


def test_an_empty_slot_tells_whose_turn_would_have_to_move() -> None:
    edition_id = make_edition(gap_days=3)
    slots = slot_ids(make_live_session(edition_id, slot_count=2))
    make_vendor(edition_id, business_name="Sendiri")
    build_rotation(edition_id, planner=plan_here, by=None, now=NOW)

    whys = [slot_why(edition_id, slot) for slot in slots]

    (empty,) = [why for why in whys if why is not None and why.is_empty]
    assert [name for name, _turns in empty.movable] == ["Sendiri"]


def test_a_vendor_tells_its_ceiling_and_what_it_carried_over() -> None:
    edition_id = make_edition(gap_days=3)
    for week in range(3):
        make_live_session(edition_id, starts_at=EVENING + timedelta(days=7 * week + week), slot_count=1)
    rare, other = make_vendor(edition_id, business_name="Jarang"), make_vendor(edition_id)
    away(rare, 2, 3)
    with transaction() as session:
        for vendor_id, minutes in ((rare, 40), (other, 20)):
            session.add(PastTurn(vendor_id=vendor_id, edition_name="2025", started_at=EVENING - timedelta(days=365), minutes_aired=minutes))
    build_rotation(edition_id, planner=plan_here, by=None, now=NOW)

    why = vendor_why(edition_id, rare)

    assert why is not None
    assert (why.reasons.turn_count, why.reasons.ceiling, why.reasons.more_count, why.is_published) == (1, 1, 1, False)
    assert [rule for rule, _ in why.reasons.limits] == ["days_off"]
    assert why.reasons.credit > 0


def test_without_a_draw_there_are_no_reasons() -> None:
    edition_id = make_edition()
    (slot,) = slot_ids(make_live_session(edition_id, slot_count=1))
    vendor_id = make_vendor(edition_id)

    assert (slot_why(edition_id, slot), vendor_why(edition_id, vendor_id)) == (None, None)
    make_rotation(edition_id, [(slot, vendor_id)])  # from before problems were kept
    assert (slot_why(edition_id, slot), vendor_why(edition_id, vendor_id)) == (None, None)


def test_a_vendor_learns_who_else_could_not_stand_there_and_what_it_carried_over() -> None:
    edition_id = make_edition(gap_days=3)
    (slot,) = slot_ids(make_live_session(edition_id, slot_count=1))
    (near,) = slot_ids(make_live_session(edition_id, starts_at=EVENING + timedelta(days=1), slot_count=1))
    own, other, off = make_vendor(edition_id), make_vendor(edition_id), make_vendor(edition_id, min_turns=0)
    away(off, *range(7))
    with transaction() as session:
        for vendor_id, minutes in ((own, 20), (other, 40)):
            session.add(PastTurn(vendor_id=vendor_id, edition_name="2025", started_at=EVENING - timedelta(days=365), minutes_aired=minutes))
    problem = write_problem(read_problem_of(edition_id, now=NOW))
    make_rotation(edition_id, [(slot, own), (near, other)], problem=problem)

    why = own_why(edition_id, own, slot)

    assert why is not None
    assert (why.other_count, why.away_count, why.near_count) == (2, 1, 1)
    assert (why.ceiling, why.is_own_limit, why.credit < 0) == (1, False, True)
    assert (why.points, why.mean_points * 3 == 2 * why.points, why.is_made_good) == (10, True, True)


def test_a_vendor_outside_the_draw_has_no_reasons() -> None:
    edition_id = make_edition()
    make_live_session(edition_id, slot_count=1)
    make_vendor(edition_id)
    make_rotation(edition_id, problem=write_problem(read_problem_of(edition_id, now=NOW)))

    assert own_why(edition_id, make_vendor(edition_id), None) is None
    assert own_why(make_edition(), 1, None) is None


def test_turns_that_stayed_because_they_were_near_are_told_apart_from_pins() -> None:
    edition_id = make_edition(gap_days=1)
    near = slot_ids(make_live_session(edition_id, starts_at=NOW + timedelta(hours=5), slot_count=2))
    far = slot_ids(make_live_session(edition_id, starts_at=NOW + timedelta(days=5), slot_count=2))
    own, first, second = (make_vendor(edition_id) for _ in range(3))
    make_rotation(edition_id, [(near[0], first), (near[1], second), (far[0], first), (far[1], own)], number=7)
    pin_slot(edition_id, far[0], first, by=None, now=NOW)
    make_draw(edition_id, keep_published=True, keep_soon=True, at=NOW, number=8)

    why, kept, pinned = vendor_why(edition_id, own), slot_why(edition_id, near[0]), slot_why(edition_id, far[0])

    assert why is not None
    assert kept is not None
    assert pinned is not None
    assert (why.number, why.kept_count, why.pinned_count) == (8, 2, 1)
    assert (kept.is_kept, pinned.is_kept) == (True, False)
