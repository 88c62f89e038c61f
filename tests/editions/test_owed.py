"""Where a make-up turn could be: only in slots to which its vendor can come."""

from datetime import UTC, datetime, timedelta

import pytest

from bazaar.database import transaction
from bazaar.editions.air_reports import note_loss
from bazaar.editions.owed import OwedRow, owed_rows
from bazaar.editions.pins import pin_slot
from models import Availability, Wish
from tests.factories import make_edition, make_live_session, make_rotation, make_vendor, slot_ids

EVENING = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)  # Tuesday 20.00 WIB
AFTER = EVENING + timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("app")


def owed_one(**fields: object) -> tuple[int, int, list[list[int]]]:
    """(edition, a vendor whose turn on Tuesday failed, the slots of Wednesday and of Tuesday a week later)."""
    edition_id = make_edition(gap_days=3)
    tonight = slot_ids(make_live_session(edition_id, slot_count=1))
    later = [slot_ids(make_live_session(edition_id, starts_at=EVENING + timedelta(days=day), slot_count=3)) for day in (1, 7)]
    vendor_id, other = make_vendor(edition_id, **fields), make_vendor(edition_id)
    make_rotation(edition_id, [(tonight[0], vendor_id), (later[0][0], other)])
    note_loss(tonight[0], lost_minutes=15, reason="Internet putus", by=None, now=AFTER)
    return edition_id, vendor_id, later


def row_of(edition_id: int) -> OwedRow:
    [row] = owed_rows(edition_id, now=AFTER)
    return row


def test_open_slots_on_days_off_outside_hours_or_pinned_to_others_are_not_hers_to_take() -> None:
    edition_id, vendor_id, [wednesday, tuesday] = owed_one(available_from_minute=20 * 60 + 15)
    with transaction() as session:
        session.add(Availability(vendor_id=vendor_id, weekday=2))
    pin_slot(edition_id, tuesday[2], make_vendor(edition_id), by=None, now=AFTER)

    row = row_of(edition_id)

    assert (row.open_count, row.remedy) == (len(wednesday) - 1 + len(tuesday) - 1, "draft")
    assert [slot.slot_id for slot in row.could_take] == [tuesday[1]]


def test_a_wish_is_told_but_takes_no_slot_away() -> None:
    edition_id, vendor_id, [wednesday, tuesday] = owed_one()
    with transaction() as session:
        session.add(Wish(vendor_id=vendor_id, weekdays=[1]))

    row = row_of(edition_id)

    assert {slot.slot_id: slot.is_wished for slot in row.could_take} == {
        **dict.fromkeys(wednesday[1:], False),
        **dict.fromkeys(tuesday, True),
    }


def test_where_no_slot_ahead_suits_her_the_whole_turn_becomes_credit_although_slots_are_left() -> None:
    edition_id, vendor_id, _later = owed_one()
    with transaction() as session:
        session.add_all(Availability(vendor_id=vendor_id, weekday=day) for day in range(7))

    row = row_of(edition_id)

    assert (row.remedy, row.awaits_draft, row.could_take, row.open_count) == ("credit", False, (), 5)
