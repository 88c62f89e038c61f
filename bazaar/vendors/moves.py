"""Whether a vendor's turns moved lately: said on the vendor's page until the vendor answers about the new time."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.states import ReminderKind, ReminderState
from models import Answer, Reminder

NEWS_LASTS = timedelta(hours=72)


def moved_from(session: Session, vendor_id: int, slot_id: int, *, now: datetime) -> tuple[datetime, ...]:
    """Query: when the turns began that the vendor was last told of and no longer has; empty where nothing moved or it was answered since.

    `slot_id` is the turn that runs or comes next.
    """
    notice = session.execute(
        select(Reminder.details, Reminder.created_at)
        .where(
            Reminder.vendor_id == vendor_id,
            Reminder.kind == ReminderKind.CHANGED,
            Reminder.state == ReminderState.PLANNED,
            Reminder.created_at > now - NEWS_LASTS,
        )
        .order_by(Reminder.id.desc())
        .limit(1)
    ).one_or_none()
    if notice is None:
        return ()
    answered_at = session.scalar(
        select(Answer.answered_at).where(Answer.slot_id == slot_id, Answer.vendor_id == vendor_id).order_by(Answer.id.desc()).limit(1)
    )
    if answered_at is not None and answered_at >= notice.created_at:
        return ()
    return tuple(datetime.fromisoformat(at) for at in notice.details.get("gone", ()))
