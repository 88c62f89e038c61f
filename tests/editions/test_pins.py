"""A pin is the organizer's word, and leaves a trace."""

from datetime import UTC, datetime

import pytest

from bazaar.database import reading
from bazaar.editions.pins import pin_slot
from bazaar.refusals import Refusal
from models import Audit, Slot
from tests.factories import make_edition, make_live_session, make_vendor, slot_ids

NOW = datetime(2026, 5, 4, 0, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("app")


def pinned(slot_id: int) -> int | None:
    with reading() as session:
        return session.get_one(Slot, slot_id).pinned_vendor_id


def actions() -> list[str]:
    with reading() as session:
        return [audit.action for audit in session.query(Audit).order_by(Audit.id)]


def test_a_pin_is_set_changed_and_taken_away() -> None:
    edition_id = make_edition()
    slot_id = slot_ids(make_live_session(edition_id))[0]
    one, two = make_vendor(edition_id), make_vendor(edition_id)

    for vendor_id in (one, one, two, None):
        pin_slot(edition_id, slot_id, vendor_id, by=None, now=NOW)
        assert pinned(slot_id) == vendor_id

    assert actions() == ["pin_slot", "pin_slot", "unpin_slot"]


def test_a_slot_that_has_begun_cannot_be_pinned() -> None:
    edition_id = make_edition()
    slot_id = slot_ids(make_live_session(edition_id))[0]

    with pytest.raises(Refusal, match="slot_begun"):
        pin_slot(edition_id, slot_id, make_vendor(edition_id), by=None, now=datetime(2026, 5, 5, 13, 0, tzinfo=UTC))


def test_a_vendor_who_left_cannot_be_pinned() -> None:
    edition_id = make_edition()
    slot_id = slot_ids(make_live_session(edition_id))[0]

    with pytest.raises(Refusal, match="vendor_left"):
        pin_slot(edition_id, slot_id, make_vendor(edition_id, withdrawn_at=NOW), by=None, now=NOW)


def test_slots_and_vendors_of_another_edition_do_not_exist_here() -> None:
    edition_id, foreign = make_edition(), make_edition()
    own_slot, foreign_slot = slot_ids(make_live_session(edition_id))[0], slot_ids(make_live_session(foreign))[0]

    for slot_id, vendor_id in ((foreign_slot, make_vendor(edition_id)), (own_slot, make_vendor(foreign)), (own_slot, 9999), (9999, None)):
        with pytest.raises(Refusal, match="not_found"):
            pin_slot(edition_id, slot_id, vendor_id, by=None, now=NOW)
