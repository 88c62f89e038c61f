"""Takes a wrong tick back: a message by hand that was ticked off but never went."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bazaar.database import reading, transaction
from bazaar.refusals import Refusal
from bazaar.reminders.rows import move_deliveries
from bazaar.reminders.settling import message_of, note_settled
from bazaar.states import ChannelName, DeliveryState, ReminderKind, ReminderState
from models import Account, Delivery, DeliveryEvent, Reminder, Vendor

TAKEN_BACK_WITHIN = timedelta(minutes=60)
"""Later than this nobody remembers; then it stays ticked."""


@dataclass(frozen=True)
class TickedLine:
    """A message that a person ticked off a while ago and may still take back."""

    delivery_id: int
    owner_name: str
    kind: ReminderKind
    lead_minutes: int | None
    ticked_at: datetime
    by: str


def ticked_lately(edition_id: int, *, now: datetime) -> list[TickedLine]:
    """What was ticked off within the last hour and could still be sent, the newest first."""
    ticked_by = (
        select(Account.name)
        .join(DeliveryEvent, DeliveryEvent.account_id == Account.id)
        .where(DeliveryEvent.delivery_id == Delivery.id, DeliveryEvent.state == DeliveryState.ACCEPTED)
        .order_by(DeliveryEvent.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    with reading() as session:
        rows = session.execute(
            select(Delivery, Reminder, Vendor.owner_name, ticked_by)
            .join(Reminder, Reminder.id == Delivery.reminder_id)
            .join(Vendor, Vendor.id == Reminder.vendor_id)
            .where(*_can_return(edition_id, now))
            .order_by(Delivery.finished_at.desc(), Delivery.id.desc())
            .limit(20)
        )
        return [
            TickedLine(delivery.id, owner_name, reminder.kind, reminder.lead_minutes, delivery.finished_at or now, by or "")
            for delivery, reminder, owner_name, by in rows
        ]


def take_back_tick(edition_id: int, delivery_id: int, *, by: int | None, now: datetime) -> bool:
    """Put a ticked message back on the list; False where it is there already. Refuses `not_found`, `message_is_over`."""
    with transaction() as session:
        delivery, reminder, vendor = message_of(session, edition_id, delivery_id)
        if delivery.channel is not ChannelName.HAND:
            raise Refusal("not_found")
        if delivery.state is DeliveryState.WAITING_FOR_HAND:
            return False
        if not _put_back(session, edition_id, delivery_id, by, now):
            raise Refusal("message_is_over")
        note_settled(session, "take_back_tick", delivery_id, reminder, vendor, by=by, now=now)
        return True


def _can_return(edition_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Reminder.edition_id == edition_id,
        Reminder.state == ReminderState.PLANNED,
        Reminder.stale_at > now,
        Delivery.channel == ChannelName.HAND,
        Delivery.state == DeliveryState.ACCEPTED,
        Delivery.finished_at > now - TAKEN_BACK_WITHIN,
    )


def _put_back(session: Session, edition_id: int, delivery_id: int, by: int | None, now: datetime) -> list[int]:
    returning = select(Delivery.id).join(Reminder, Reminder.id == Delivery.reminder_id).where(*_can_return(edition_id, now))
    return move_deliveries(
        session,
        Delivery.id == delivery_id,
        Delivery.id.in_(returning),
        leaving={DeliveryState.ACCEPTED},
        to=DeliveryState.WAITING_FOR_HAND,
        now=now,
        note="centangnya dibatalkan: belum terkirim",
        by=by,
        text=None,
        attempt_count=0,
    )
