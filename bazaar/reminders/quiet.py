"""Quiet hours: what can wait for the morning waits, where the morning is not too late. Near a turn nothing waits."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from bazaar.reminders.policy import quiet_until
from bazaar.states import ChannelName, DeliveryState, ReminderState
from models import Delivery, Edition, Reminder

QUIET_BEFORE = timedelta(hours=12)
QUIET_AFTER = timedelta(hours=1)


def keep_quiet(session: Session, *, now: datetime) -> None:
    """Step: what can wait for the morning waits, where the morning is not too late. Near a turn nothing waits."""
    for edition in session.scalars(select(Edition).where(Edition.archived_at.is_(None))):
        until = quiet_until(now, edition.timezone, edition.quiet_from_minute, edition.quiet_until_minute)
        if until is None:
            continue
        waiting = (
            select(Delivery.id)
            .join(Reminder, Reminder.id == Delivery.reminder_id)
            .where(
                Reminder.edition_id == edition.id,
                Reminder.state == ReminderState.PLANNED,
                Reminder.stale_at > until,
                _can_wait(now),
                Delivery.state == DeliveryState.PLANNED,
                Delivery.next_at <= now,
                Delivery.channel != ChannelName.HAND,
            )
        )
        session.execute(update(Delivery).where(Delivery.id.in_(waiting)).values(next_at=until).execution_options(synchronize_session=False))


def _can_wait(now: datetime) -> ColumnElement[bool]:
    """SQL: whether nobody needs this message tonight: its turn is hours away, or was over an hour ago."""
    return or_(Reminder.turn_starts_at > now + QUIET_BEFORE, Reminder.turn_starts_at < now - QUIET_AFTER)
