"""How long ago the scheduler last finished a pass: the only sign of life that counts."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from bazaar.database import reading, transaction
from models import Beat

LATE_AFTER = timedelta(seconds=60)
"""A scheduler whose newest pass is older than this is down or stuck."""


def scheduler_age(now: datetime) -> timedelta | None:
    """The age of the newest finished pass; None when there never was one."""
    with reading() as session:
        finished_at: datetime | None = session.scalar(select(func.max(Beat.finished_at)))
    return None if finished_at is None else now - finished_at


def is_scheduler_late(now: datetime) -> bool:
    """Whether organizers should be told that reminders are not going out."""
    age = scheduler_age(now)
    return age is None or age > LATE_AFTER


def note_began(name: str, *, now: datetime) -> None:
    """A beat's pass begins."""
    _note(name, began_at=now)


def note_finished(name: str, *, now: datetime) -> None:
    """It came to its end."""
    _note(name, finished_at=now, error=None)


def note_failed(name: str, error: str, *, now: datetime) -> None:
    """It broke off; the next pass tries again."""
    _note(name, failed_at=now, error=error[:400])


def _note(name: str, **values: datetime | str | None) -> None:
    with transaction() as session:
        beat = session.get(Beat, name)
        if beat is None:
            session.add(Beat(name=name, **values))
            return
        for column, value in values.items():
            setattr(beat, column, value)
