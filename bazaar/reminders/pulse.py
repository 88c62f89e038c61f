"""How long ago the scheduler last finished a pass: the only sign of life that counts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from bazaar.database import reading, transaction
from models import Beat

LATE_AFTER = timedelta(seconds=60)
"""A scheduler whose newest pass is older than this is down or stuck."""

SAID_AFTER = timedelta(seconds=40)
"""Organizers are told a little sooner: an open page asks every 20 seconds, and a minute after the last pass all of them know."""


def scheduler_age(now: datetime) -> timedelta | None:
    """The age of the newest finished pass; None when there never was one."""
    with reading() as session:
        finished_at: datetime | None = session.scalar(select(func.max(Beat.finished_at)))
    return None if finished_at is None else now - finished_at


@dataclass(frozen=True)
class SchedulerTrouble:
    """What is wrong with the scheduler: all of it stopped, or one beat that keeps failing. `since`: when it was last well."""

    beat: str  # empty: all of it
    since: datetime | None


def scheduler_trouble(now: datetime) -> SchedulerTrouble | None:
    """What organizers should be told; None while everything goes its way."""
    with reading() as session:
        beats = {beat.name: beat.finished_at for beat in session.scalars(select(Beat))}
    newest = max((at for at in beats.values() if at is not None), default=None)
    if newest is None or now - newest > SAID_AFTER:
        return SchedulerTrouble("", newest)
    for name in ("pump", "close"):
        at = beats.get(name, newest)
        if at is None or now - at > 2 * LATE_AFTER:
            return SchedulerTrouble(name, at)
    return None


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
