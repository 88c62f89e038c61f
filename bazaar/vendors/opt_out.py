"""A vendor wants no messages any more, or wants them again: one word, by their link or by a button in a mail."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bazaar.accounts import audit
from bazaar.database import transaction
from bazaar.vendors.answers import LINK_ACTOR
from bazaar.vendors.registry import vendor_of
from models import Edition, Vendor


def stop_messages(vendor_id: int, *, now: datetime) -> bool:
    """Send this vendor nothing more: reminders are suppressed when they come due. False where that was so already."""
    return _set(vendor_id, "opt_out", stopped_at=now, now=now)


def resume_messages(vendor_id: int, *, now: datetime) -> bool:
    """Write to this vendor again, from the next reminder on. False where that was so already."""
    return _set(vendor_id, "opt_in", stopped_at=None, now=now)


def stop_messages_in(session: Session, vendor_id: int, *, actor: str, now: datetime) -> bool:
    """Step: what `stop_messages` does, for whoever said so by another way than the link."""
    return _set_in(session, vendor_id, "stop_messages", actor, stopped_at=now, now=now)


def resume_by_organizer(edition_id: int, vendor_id: int, *, by: int | None, now: datetime) -> bool:
    """Write to this vendor again, because they asked an organizer for it. False where that was so already. Refuses `not_found`."""
    with transaction() as session:
        vendor_of(session, edition_id, vendor_id)
        return _set_in(session, vendor_id, "resume_messages", "", stopped_at=None, now=now, by=by)


def _set(vendor_id: int, action: str, *, stopped_at: datetime | None, now: datetime) -> bool:
    with transaction() as session:
        return _set_in(session, vendor_id, action, LINK_ACTOR, stopped_at=stopped_at, now=now)


def _set_in(
    session: Session, vendor_id: int, action: str, actor: str, *, stopped_at: datetime | None, now: datetime, by: int | None = None
) -> bool:
    is_other = Vendor.opted_out_at.is_not(None) if stopped_at is None else Vendor.opted_out_at.is_(None)
    # The revision rises, so that an organizer's form that is open meanwhile cannot put the old word back unseen.
    changed = session.scalar(
        update(Vendor)
        .where(Vendor.id == vendor_id, is_other)
        .values(opted_out_at=stopped_at, revision=Vendor.revision + 1)
        .returning(Vendor.edition_id)
    )
    if changed is None:
        return False
    bazaar_id = session.scalars(select(Edition.bazaar_id).where(Edition.id == changed)).one()
    audit.note(session, action, "vendor", vendor_id, now=now, bazaar_id=bazaar_id, by=by, actor=actor)
    return True
