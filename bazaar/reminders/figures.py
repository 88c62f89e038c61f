"""The outbox and the scheduler in figures, for a monitor."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from bazaar.database import reading
from bazaar.reminders.rows import CLAIMABLE_STATES
from bazaar.states import ChannelName, DeliveryState, HoldReason, ReminderState
from models import Beat, Delivery, Reminder, SendingHold, WorkerLease


@dataclass(frozen=True)
class BeatFigures:
    """One beat: the age of its last pass, whether that failed, and the ticks it went on without."""

    name: str
    age_seconds: float | None
    has_failed: bool
    missed_count: int


@dataclass(frozen=True)
class Figures:
    """Everything that a monitor may ask."""

    deliveries: dict[DeliveryState, int]
    oldest_due_seconds: float
    lease_epoch: int
    beats: list[BeatFigures]
    holds: dict[HoldReason, int]


def outbox_figures(*, now: datetime) -> Figures:
    """Query: the figures of the whole deployment, of no bazaar in particular."""
    with reading() as session:
        counts = dict(session.execute(select(Delivery.state, func.count()).group_by(Delivery.state)).all())
        oldest = session.scalar(
            select(func.min(Delivery.next_at))
            .join(Reminder, Reminder.id == Delivery.reminder_id)
            .where(
                Delivery.state.in_(CLAIMABLE_STATES),
                Delivery.channel != ChannelName.HAND,
                Delivery.next_at <= now,
                Reminder.state == ReminderState.PLANNED,
                Reminder.stale_at > now,
            )
        )
        held = select(SendingHold.reason, func.count()).where(SendingHold.released_at.is_(None)).group_by(SendingHold.reason)
        holds = dict(session.execute(held).all())
        return Figures(
            deliveries={state: counts.get(state, 0) for state in DeliveryState},
            oldest_due_seconds=0.0 if oldest is None else (now - oldest).total_seconds(),
            lease_epoch=session.scalar(select(func.max(WorkerLease.epoch))) or 0,
            beats=[_figures_of(beat, now) for beat in session.scalars(select(Beat).order_by(Beat.name))],
            holds={reason: holds.get(reason, 0) for reason in HoldReason},
        )


def _figures_of(beat: Beat, now: datetime) -> BeatFigures:
    age = None if beat.finished_at is None else (now - beat.finished_at).total_seconds()
    return BeatFigures(beat.name, age, beat.error is not None, beat.missed_count)
