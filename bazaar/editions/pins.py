"""Pins: the organizer's word that a slot belongs to a certain vendor. They bind the next draft; published turns stay until then."""

from datetime import datetime

from bazaar.database import transaction
from bazaar.editions.editing import locked_edition, note_change
from bazaar.refusals import Refusal
from models import Slot, Vendor


def pin_slot(edition_id: int, slot_id: int, vendor_id: int | None, *, by: int | None, now: datetime) -> None:
    """Pin a vendor to a slot, or with None unpin it. Doing it twice changes nothing.

    Refuses `not_found`, `edition_archived`, `slot_begun` and `vendor_left` (withdrawn or archived).
    """
    with transaction() as session:
        edition = locked_edition(session, edition_id)
        slot = session.get(Slot, slot_id)
        if slot is None or slot.edition_id != edition_id:
            raise Refusal("not_found")
        if slot.starts_at <= now:
            raise Refusal("slot_begun")
        if vendor_id is not None:
            vendor = session.get(Vendor, vendor_id)
            if vendor is None or vendor.edition_id != edition_id:
                raise Refusal("not_found")
            if vendor.withdrawn_at is not None or vendor.archived_at is not None:
                raise Refusal("vendor_left", name=vendor.business_name)
        if slot.pinned_vendor_id == vendor_id:
            return
        before, slot.pinned_vendor_id = slot.pinned_vendor_id, vendor_id
        action = "unpin_slot" if vendor_id is None else "pin_slot"
        note_change(session, edition, action, "slot", slot_id, by=by, now=now, before={"vendor_id": before}, after={"vendor_id": vendor_id})
