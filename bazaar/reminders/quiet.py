"""Quiet hours: what can wait for the morning waits, where the morning is not too late. Near a turn nothing waits."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bazaar.reminders.policy import quiet_until
from bazaar.states import ChannelName, DeliveryState, ReminderState
from models import Delivery, Edition, Reminder

QUIET_BEFORE = timedelta(hours=12)
QUIET_AFTER = timedelta(hours=1)


def keep_quiet(session: Session, *, now: datetime) -> None:
    """Step: what can wait for the morning waits, where the morning is not too late. Near a turn nothing waits."""
    rows = session.execute(
        select(Delivery.id, Reminder, Edition)
        .join(Reminder, Reminder.id == Delivery.reminder_id)
        .join(Edition, Edition.id == Reminder.edition_id)
        .where(
            Delivery.state == DeliveryState.PLANNED,
            Delivery.next_at <= now,
            Delivery.channel != ChannelName.HAND,
            Reminder.state == ReminderState.PLANNED,
        )
    ).all()
    for delivery_id, reminder, edition in rows:
        until = quiet_until(now, edition.timezone, edition.quiet_from_minute, edition.quiet_until_minute)
        if until is not None and until < reminder.stale_at and can_wait(reminder, now):
            session.execute(update(Delivery).where(Delivery.id == delivery_id).values(next_at=until))


def can_wait(reminder: Reminder, now: datetime) -> bool:
    """Whether nobody needs this message tonight: its turn is hours away, or was over an hour ago."""
    at = reminder.turn_starts_at
    return at is not None and (at - now > QUIET_BEFORE or now - at > QUIET_AFTER)
