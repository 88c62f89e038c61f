"""What a person's steps about one message begin and end with: it is found within the edition, and the audit says who did what."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.accounts import audit
from bazaar.refusals import Refusal
from models import Delivery, Edition, Reminder, Vendor


def message_of(session: Session, edition_id: int, delivery_id: int) -> tuple[Delivery, Reminder, Vendor]:
    """Query: a delivery of the edition, with what it is about and for whom. Refuses `not_found`."""
    row = session.execute(
        select(Delivery, Reminder, Vendor)
        .join(Reminder, Reminder.id == Delivery.reminder_id)
        .join(Vendor, Vendor.id == Reminder.vendor_id)
        .where(Delivery.id == delivery_id, Reminder.edition_id == edition_id)
    ).one_or_none()
    if row is None:
        raise Refusal("not_found")
    return row[0], row[1], row[2]


def note_settled(
    session: Session, action: str, delivery_id: int, reminder: Reminder, vendor: Vendor, *, by: int | None, now: datetime
) -> None:
    """Step: the audit's line about what a person did with a message."""
    after = {"vendor": vendor.business_name, "kind": reminder.kind.value}
    bazaar_id = session.get_one(Edition, reminder.edition_id).bazaar_id
    audit.note(session, action, "delivery", delivery_id, now=now, bazaar_id=bazaar_id, by=by, after=after)
