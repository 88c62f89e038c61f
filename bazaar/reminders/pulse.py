"""How long ago the scheduler last finished a pass: the only sign of life that counts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select

from bazaar.database import reading, transaction
from bazaar.states import HoldReason
from models import Beat, SendingHold

LATE_AFTER = timedelta(seconds=60)
"""A scheduler whose newest pass is older than this is down or stuck."""

SAID_AFTER = timedelta(seconds=40)
"""Organizers are told a little sooner: an open page asks every 20 seconds, and a minute after the last pass all of them know."""

STANDBY = "standby"
"""The row of a second scheduler: since when (`began_at`) and until when (`failed_at`: it failed to lead) one was seen standing by."""

STANDBY_GAP = timedelta(seconds=30)
STANDBY_SAID_AFTER = timedelta(seconds=30)
"""A scheduler started again waits up to 20 seconds for its own old lease; only who stands by longer is a second one."""

BACKUP = "backup"
"""The row of the nightly backup."""

BACKUP_LATE_AFTER = timedelta(hours=36)
_AHEAD = timedelta(minutes=2)


def scheduler_age(now: datetime) -> timedelta | None:
    """The age of the newest finished pass; None when there never was one. One from the future was written by a clock that was wrong."""
    with reading() as session:
        finished_at: datetime | None = session.scalar(select(func.max(Beat.finished_at)).where(Beat.finished_at <= now + _AHEAD))
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
    newest = max((at for at in beats.values() if at is not None and at <= now + _AHEAD), default=None)
    if newest is None or now - newest > SAID_AFTER:
        return SchedulerTrouble("", newest)
    for name in ("pump", "close"):
        at = beats.get(name, newest)
        if at is None or now - at > 2 * LATE_AFTER:
            return SchedulerTrouble(name, at)
    return None


AlarmKind = Literal["clock", "restore", "journal", "double", "backup"]


@dataclass(frozen=True)
class Alarm:
    """Something that holds sending up, or will hurt later, and that a person has to know."""

    kind: AlarmKind
    since: datetime | None = None


def alarms(now: datetime) -> list[Alarm]:
    """Everything that organizers should be told besides a late scheduler."""
    with reading() as session:
        holds = session.execute(
            select(SendingHold.reason, SendingHold.began_at).where(SendingHold.released_at.is_(None)).order_by(SendingHold.id)
        ).all()
        rows = {beat.name: beat for beat in session.scalars(select(Beat).where(Beat.name.in_(("pump", STANDBY, BACKUP))))}
    found = [Alarm("clock" if reason is HoldReason.CLOCK else "restore", began_at) for reason, began_at in holds]
    pump, standby, backup = (rows.get(name) for name in ("pump", STANDBY, BACKUP))
    if pump is not None and (pump.error or "").startswith("JournalError"):
        found.append(Alarm("journal", pump.finished_at))
    if standby is not None and _stands_by(standby, now):
        found.append(Alarm("double", standby.began_at))
    if backup is not None and (backup.error is not None or _is_old(backup, now)):
        found.append(Alarm("backup", backup.finished_at))
    return found


def _stands_by(beat: Beat, now: datetime) -> bool:
    since, until = beat.began_at, beat.failed_at
    return since is not None and until is not None and until - since > STANDBY_SAID_AFTER and now - until <= LATE_AFTER


def _is_old(backup: Beat, now: datetime) -> bool:
    at = backup.finished_at or backup.began_at
    return at is not None and now - at > BACKUP_LATE_AFTER


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


def note_standing_by(*, now: datetime) -> None:
    """Another process sends, and this one is ready to take over: one may be just a restart, a long stretch is a second scheduler."""
    with transaction() as session:
        beat = session.get(Beat, STANDBY) or Beat(name=STANDBY)
        session.add(beat)
        if beat.failed_at is None or not timedelta(0) <= now - beat.failed_at < STANDBY_GAP:
            beat.began_at = now
        beat.failed_at = now


def note_missed(name: str, count: int) -> None:
    """The clock missed so many ticks of a beat."""
    with transaction() as session:
        beat = session.get(Beat, name) or Beat(name=name, missed_count=0)
        session.add(beat)
        beat.missed_count += count
