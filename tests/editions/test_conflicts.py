"""What a draft could not give, by name and by evening, the easiest to mend first."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bazaar.database import transaction
from bazaar.editions.build import build_rotation
from bazaar.editions.conflicts import ConflictView, by_evening, draft_conflicts
from bazaar.editions.pins import pin_slot
from bazaar.refusals import Refusal
from models import Availability, Vendor
from tests.factories import make_edition, make_live_session, make_vendor, slot_ids
from tests.planner import plan_here

EVENING = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)
NOW = EVENING - timedelta(days=2)
pytestmark = pytest.mark.usefixtures("app")


def built(edition_id: int) -> tuple[ConflictView, ...]:
    """The conflicts of a new draft."""
    return draft_conflicts(edition_id, build_rotation(edition_id, planner=plan_here, by=None, now=NOW).number)


def away(vendor_id: int, *days: int) -> None:
    with transaction() as session:
        session.add_all(Availability(vendor_id=vendor_id, weekday=day) for day in days)


def test_a_draft_that_gives_everything_has_no_conflicts() -> None:
    edition_id = make_edition()
    make_live_session(edition_id, slot_count=1)
    make_vendor(edition_id)

    assert built(edition_id) == ()


def test_an_evening_with_more_slots_than_vendors_is_named_with_whom_to_ask() -> None:
    edition_id = make_edition()
    slots = slot_ids(make_live_session(edition_id, slot_count=2))
    make_vendor(edition_id, business_name="Bisa")
    late = make_vendor(
        edition_id, business_name="Malam", available_from_minute=20 * 60 + 15, available_until_minute=20 * 60 + 20, min_turns=0
    )

    (conflict,) = built(edition_id)

    assert (conflict.kind, [one.business_name for one in conflict.vendors], conflict.missing) == ("few_vendors", ["Bisa"], 1)
    assert [moment.slot_id for moment in conflict.moments] == slots
    first = conflict.suggestions[0]
    assert (first.kind, first.vendor and first.vendor.vendor_id, first.moment and first.moment.slot_id) == ("ask_hours", late, slots[1])
    assert conflict.suggestions[-1].kind == "close_slot"


def test_a_guarantee_that_nothing_can_keep_offers_one_more_slot() -> None:
    edition_id = make_edition(gap_days=3)
    make_live_session(edition_id, slot_count=1)
    make_vendor(edition_id, business_name="Satu", min_turns=1)
    make_vendor(edition_id, business_name="Dua", min_turns=1)

    conflicts = built(edition_id)

    (conflict,) = [each for each in conflicts if each.kind == "few_slots"]
    opened = next(one for one in conflict.suggestions if one.kind == "open_slot")
    assert (opened.on, opened.start_minute, opened.number, opened.leaves) == (date(2026, 5, 5), 20 * 60 + 15, 1, 0)
    assert opened.moment is not None


def test_a_pin_that_cannot_be_kept_names_who_stands_there_instead() -> None:
    edition_id = make_edition()
    (slot,) = slot_ids(make_live_session(edition_id, slot_count=1))
    pinned = make_vendor(edition_id, business_name="Libur", min_turns=0)
    make_vendor(edition_id, business_name="Pengganti", min_turns=0)
    pin_slot(edition_id, slot, pinned, by=None, now=NOW)
    away(pinned, *range(7))

    (conflict,) = built(edition_id)

    assert (conflict.kind, conflict.reason, conflict.filled_by) == ("pin_obstacle", "away", "Pengganti")
    assert [one.kind for one in conflict.suggestions] == ["ask_day", "withdraw_pin"]


def test_a_conflict_outlives_the_vendors_and_slots_it_names() -> None:
    edition_id = make_edition()
    make_live_session(edition_id, slot_count=2)
    make_vendor(edition_id, min_turns=0)
    lost = make_vendor(edition_id, business_name="Dihapus", min_turns=0)
    away(lost, *range(7))
    number = build_rotation(edition_id, planner=plan_here, by=None, now=NOW).number
    with transaction() as session:
        session.query(Availability).delete()
        session.delete(session.get_one(Vendor, lost))

    (conflict,) = draft_conflicts(edition_id, number)

    asked = next(one for one in conflict.suggestions if one.kind == "ask_day")
    assert asked.vendor is not None
    assert (asked.vendor.vendor_id, asked.vendor.business_name) == (None, "Lapak yang sudah dihapus")


def test_a_draft_that_is_not_there_is_not_found() -> None:
    with pytest.raises(Refusal, match="not_found"):
        draft_conflicts(make_edition(), 7)


def test_where_all_are_away_each_evening_is_one_conflict_with_a_handful_of_ways() -> None:
    edition_id = make_edition()
    evenings = [slot_ids(make_live_session(edition_id, starts_at=EVENING + timedelta(days=day), slot_count=3)) for day in range(7)]
    for _ in range(5):
        away(make_vendor(edition_id, min_turns=0), *range(7))

    conflicts = built(edition_id)

    assert [[moment.slot_id for moment in conflict.moments] for conflict in conflicts] == evenings
    assert {conflict.missing for conflict in conflicts} == {3}
    ways = [(one.kind, one.number, one.leaves) for one in conflicts[0].suggestions]
    assert ways == [("ask_day", 0, 2), ("ask_day", 0, 2), ("ask_day", 0, 2), ("close_slot", 3, 0)]
    assert len({one.vendor for one in conflicts[0].suggestions[:3]}) == 3


def test_many_evenings_are_folded_but_for_the_easiest_and_all_are_counted() -> None:
    edition_id = make_edition(gap_days=1)
    for day in range(6):
        make_live_session(edition_id, starts_at=EVENING + timedelta(days=day), slot_count=2 if day == 4 else 3)
    make_vendor(edition_id, min_turns=1)
    for _ in range(2):
        away(make_vendor(edition_id, min_turns=0), *range(7))

    told = by_evening(built(edition_id))

    first, others = [evening.on for evening in told.first], [evening.on for evening in told.others]
    assert first == [date(2026, 5, 9), date(2026, 5, 5), date(2026, 5, 6)]  # the evening with fewer slots lacks least
    assert others == [date(2026, 5, 7), date(2026, 5, 8), date(2026, 5, 10)]
    assert told.evening_count == 6
    assert (told.missing, told.other_missing) == (5 * 2 + 1, 3 * 2)


def test_an_evening_past_midnight_is_still_one_evening_and_guarantees_stand_apart() -> None:
    edition_id = make_edition()
    make_live_session(edition_id, starts_at=EVENING + timedelta(hours=3, minutes=45), slot_count=3)
    away(make_vendor(edition_id, min_turns=1), *range(7))

    told = by_evening(built(edition_id))

    assert [(evening.on, len(evening.conflicts), evening.is_about_guarantees) for evening in told.first] == [
        (date(2026, 5, 5), 1, False),
        (None, 1, True),
    ]
    assert (told.evening_count, told.missing, told.others) == (1, 3, ())
