"""Whether a vendor's turns moved lately: said on the vendor's page until the vendor answers about the new time."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.states import ReminderKind, ReminderState
from bazaar.vendors.answers import newest_answers
from models import Answer, Reminder

NEWS_LASTS = timedelta(hours=72)


def moved_from(session: Session, vendor_id: int, slot_id: int, starts_at: datetime, *, now: datetime) -> tuple[datetime, ...]:
    """Query: when the turns would have begun in whose place the vendor now has this one.

    Empty where nothing moved lately, where this turn is not the one that moved, and where the vendor answered since.
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
    if notice is None or starts_at in _instants(notice.details, "old"):
        return ()
    answer = newest_answers(session, Answer.slot_id == slot_id, Answer.vendor_id == vendor_id).get((slot_id, vendor_id))
    if answer is not None and answer.answered_at >= notice.created_at:
        return ()
    return _instants(notice.details, "gone")


def _instants(details: dict[str, Any], name: str) -> tuple[datetime, ...]:
    return tuple(datetime.fromisoformat(at) for at in details.get(name, ()))
