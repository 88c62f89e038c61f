"""Which of a vendor's turns moved lately, each with its old time: said on the vendor's page until the vendor answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.localtime import local_date
from bazaar.states import ReminderKind, ReminderState
from bazaar.vendors.answers import newest_answers
from models import Answer, Reminder

NEWS_LASTS = timedelta(hours=72)
MISSED_LASTS = timedelta(hours=12)
"""So long after a lost turn's hour the page still says, above another turn, what became of it."""


@dataclass(frozen=True)
class Move:
    """A turn that a vendor had been told, and the one in its place. `is_this_week`: the weekdays alone are clear."""

    was_at: datetime
    now_at: datetime | None  # None: nothing came in its place
    is_this_week: bool


def moves_of(session: Session, vendor_id: int, next_slot_id: int | None, timezone: str, *, now: datetime) -> tuple[Move, ...]:
    """Query: what moved lately, by time, the first lost turn with the first new one and so on.

    Empty where nothing moved lately, and where the vendor answered about the next turn since.
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
    key = (next_slot_id or 0, vendor_id)
    answer = newest_answers(session, Answer.slot_id == key[0], Answer.vendor_id == vendor_id).get(key)
    if answer is not None and answer.answered_at >= notice.created_at:
        return ()
    gone, added = _instants(notice.details, "gone"), _instants(notice.details, "added")
    today = local_date(now, timezone)
    return tuple(
        Move(was_at, now_at, all(abs(local_date(at, timezone) - today) < timedelta(days=7) for at in (was_at, now_at) if at))
        for was_at, now_at in zip_longest(gone, added)
        if was_at is not None
    )


def news_above(moves: tuple[Move, ...], next_at: datetime, *, now: datetime) -> Move | None:
    """The one move to say above the next turn: how it came about, or else what became of the turn that would have come before it."""
    own = next((move for move in moves if move.now_at == next_at), None)
    return own or next((move for move in moves if now - MISSED_LASTS < move.was_at < next_at), None)


def _instants(details: dict[str, Any], name: str) -> tuple[datetime, ...]:
    return tuple(datetime.fromisoformat(at) for at in details.get(name, ()))
