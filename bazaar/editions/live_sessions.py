"""The live sessions of an edition: add one or a whole pattern, change, withdraw, bring back, archive, delete.

A slot that was published keeps its identity: its live session may move as a whole, and the vendors are told in the same transaction.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from bazaar.accounts.audit import changed_values
from bazaar.database import transaction
from bazaar.editions.editing import locked_edition, note_change
from bazaar.editions.slots import cut, put_slots, used_slots
from bazaar.localtime import localize, to_utc
from bazaar.refusals import Refusal
from bazaar.reminders.plan import PlanCounts, replace_plan
from bazaar.turns import published_turns
from bazaar.web_address import is_web_address
from models import AudienceCount, Device, Edition, Entry, EntryConflict, Link, LiveSession, SignIn, Slot, Turn

_LONGEST_PATTERN = timedelta(days=400)
_LONGEST_LIVE_SESSION = timedelta(hours=16)


@dataclass(frozen=True)
class LiveSessionData:
    """What an organizer writes down about a live session. Day and clock are the edition's; an end before the start is past midnight."""

    on: date
    starts: time
    ends: time
    slot_minutes: int = 15
    host_name: str = ""
    zoom_url: str = ""
    youtube_url: str = ""
    languages: tuple[str, ...] = ()  # codes of which a vendor must speak one; empty: no rule

    @property
    def version(self) -> str:
        """A fingerprint of these values: a form carries it, so that nobody overwrites what they have not seen."""
        return hashlib.sha256(json.dumps(as_written(self), sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Pattern:
    """Live sessions that recur: on these weekdays (0 is Monday) between two days, both included, all alike."""

    weekdays: tuple[int, ...]
    from_on: date
    until_on: date
    starts: time
    ends: time
    slot_minutes: int = 15
    host_name: str = ""
    zoom_url: str = ""
    youtube_url: str = ""
    languages: tuple[str, ...] = ()

    def days(self) -> list[date]:
        """The days it falls on."""
        count = (self.until_on - self.from_on).days + 1
        days = (self.from_on + timedelta(days=index) for index in range(count))
        return [day for day in days if day.weekday() in self.weekdays]


@dataclass(frozen=True)
class PatternResult:
    """How many live sessions a pattern added, and how many of its days already had one at that time."""

    added_count: int
    skipped_count: int


def add_live_session(edition_id: int, data: LiveSessionData, *, by: int | None, now: datetime) -> int:
    """Add a live session and cut it into slots; returns its id.

    Refuses `not_found`, `edition_archived`, `times_equal`, `live_session_too_long`, `slots_do_not_fit`, `outside_edition`,
    `live_session_overlaps` and `address_wrong`.
    """
    with transaction() as session:
        edition = locked_edition(session, edition_id)
        refuse_impossible(edition, data)
        _refuse_overlap(session, edition, data, None)
        live_session = _add(session, edition, data, now)
        note_change(session, edition, "add_live_session", "live_session", live_session.id, by=by, now=now, after=as_written(data))
        return live_session.id


def add_live_sessions_by_pattern(edition_id: int, pattern: Pattern, *, by: int | None, now: datetime) -> PatternResult:
    """Add all live sessions of a pattern, leaving out those that would meet one that exists already.

    Refuses as `add_live_session`, and `dates_reversed`, `pattern_too_long` and `pattern_empty` (no such weekday in between).
    """
    if pattern.until_on < pattern.from_on:
        raise Refusal("dates_reversed")
    if pattern.until_on - pattern.from_on > _LONGEST_PATTERN:
        raise Refusal("pattern_too_long")
    days = pattern.days()
    if not days:
        raise Refusal("pattern_empty")
    alike = {name: getattr(pattern, name) for name in LiveSessionData.__dataclass_fields__ if name != "on"}
    with transaction() as session:
        edition = locked_edition(session, edition_id)
        added: list[str] = []
        for day in days:
            data = LiveSessionData(on=day, **alike)
            refuse_impossible(edition, data)
            if _overlapping(session, edition, *times_of(data, edition.timezone), None) is not None:
                continue
            _add(session, edition, data, now)
            added.append(day.isoformat())
        if added:
            note_change(session, edition, "add_live_sessions", "edition", edition_id, by=by, now=now, after={"days": added})
        return PatternResult(len(added), len(days) - len(added))


def change_live_session(
    edition_id: int, live_session_id: int, data: LiveSessionData, *, version: str, by: int | None, now: datetime
) -> PlanCounts:
    """Change a live session; `version` is the fingerprint the organizer saw. Vendors whose turn moves are told.

    While nobody has seen its turns it is cut anew at will. Afterwards it may move as a whole, grow, or lose slots that nobody has.
    Refuses as `add_live_session`, and `not_found`, `changed_meanwhile`, `live_session_begun` (its times are history) and
    `slots_in_use` (a published slot would change its length or go).
    """
    with transaction() as session:
        edition = locked_edition(session, edition_id)
        live_session = live_session_of(session, edition_id, live_session_id)
        before = read_live_session_data(live_session, edition.timezone)
        if before.version != version:
            raise Refusal("changed_meanwhile")
        previous = published_turns(session, edition_id)
        put_live_session(session, edition, data, live_session=live_session, now=now)
        old, new = changed_values(as_written(before), as_written(data))
        if new:
            note_change(session, edition, "change_live_session", "live_session", live_session_id, by=by, now=now, before=old, after=new)
        session.flush()
        return replace_plan(session, edition_id, previous=previous, now=now)


def put_live_session(
    session: Session, edition: Edition, data: LiveSessionData, *, live_session: LiveSession | None = None, now: datetime
) -> Literal["added", "changed", "unchanged"]:
    """Step: make the live session (or the one that starts then) what the data says, its slots too. Refuses as `change_live_session`.

    Where published turns may move, the caller takes `published_turns` before and calls `replace_plan` after.
    """
    if live_session is None:
        starts_at = to_utc(data.on, data.starts, edition.timezone)
        live_session = session.scalar(select(LiveSession).where(LiveSession.edition_id == edition.id, LiveSession.starts_at == starts_at))
    if live_session is None:
        refuse_impossible(edition, data)
        _refuse_overlap(session, edition, data, None)
        _add(session, edition, data, now)
        return "added"
    if read_live_session_data(live_session, edition.timezone) == data:
        return "unchanged"
    starts_at, ends_at = times_of(data, edition.timezone, stored=live_session)
    refuse_impossible(edition, data, live_session)
    _refuse_overlap(session, edition, data, live_session)
    refuse_moving(edition, live_session, data, used_slots(session, live_session.id), now=now)
    _put(live_session, data, starts_at, ends_at)
    session.flush()
    put_slots(session, edition, live_session)
    session.flush()
    return "changed"


def withdraw_live_session(edition_id: int, live_session_id: int, *, reason: str = "", by: int | None, now: datetime) -> PlanCounts:
    """Call a live session off: its turns ahead stop counting and their vendors are told. Doing it twice changes nothing.

    Refuses `not_found` and `edition_archived`.
    """
    return _move(
        edition_id, live_session_id, "withdraw_live_session", {"withdrawn_at": now}, LiveSession.withdrawn_at.is_(None), reason, by, now
    )


def return_live_session(edition_id: int, live_session_id: int, *, by: int | None, now: datetime) -> PlanCounts:
    """A live session that was called off or put away takes place after all, with the published turns it had.

    Refuses `not_found`, `edition_archived` and `live_session_overlaps` (another one has taken its time).
    """
    was_gone = LiveSession.withdrawn_at.is_not(None) | LiveSession.archived_at.is_not(None)
    values = {"withdrawn_at": None, "archived_at": None}
    return _move(edition_id, live_session_id, "return_live_session", values, was_gone, "", by, now)


def archive_live_session(edition_id: int, live_session_id: int, *, by: int | None, now: datetime) -> PlanCounts:
    """Put a live session out of sight; turns ahead in it stop counting. Refuses `not_found` and `edition_archived`."""
    values = {"withdrawn_at": func.coalesce(LiveSession.withdrawn_at, now), "archived_at": now}
    return _move(edition_id, live_session_id, "archive_live_session", values, LiveSession.archived_at.is_(None), "", by, now)


def delete_live_session(edition_id: int, live_session_id: int, *, by: int | None, now: datetime) -> None:
    """Remove a live session that nobody ever saw.

    Refuses `not_found`, `edition_archived` and `live_session_was_published` (withdraw it instead).
    """
    with transaction() as session:
        edition = locked_edition(session, edition_id)
        live_session = live_session_of(session, edition_id, live_session_id, is_locked=True)
        logged = exists().where(Entry.live_session_id == live_session_id)
        disputed = exists().where(EntryConflict.live_session_id == live_session_id)
        watched = exists().where(AudienceCount.live_session_id == live_session_id)
        if used_slots(session, live_session_id) or session.scalar(select(logged | disputed | watched)):
            raise Refusal("live_session_was_published")
        before = as_written(read_live_session_data(live_session, edition.timezone))
        note_change(session, edition, "delete_live_session", "live_session", live_session_id, by=by, now=now, before=before)
        session.flush()
        _delete(session, live_session_id)


def live_session_of(session: Session, edition_id: int, live_session_id: int, *, is_locked: bool = False) -> LiveSession:
    """Step: the live session, if it belongs to the edition; locked, its ledger waits until the transaction ends. Refuses `not_found`."""
    live_session = session.get(LiveSession, live_session_id, with_for_update=is_locked)
    if live_session is None or live_session.edition_id != edition_id:
        raise Refusal("not_found")
    return live_session


def read_live_session_data(live_session: LiveSession, timezone: str) -> LiveSessionData:
    """The live session as it is written down now."""
    starts, ends = localize(live_session.starts_at, timezone), localize(live_session.ends_at, timezone)
    return LiveSessionData(
        on=starts.date(),
        starts=starts.time(),
        ends=ends.time(),
        slot_minutes=live_session.slot_minutes,
        host_name=live_session.host_name,
        zoom_url=live_session.zoom_url,
        youtube_url=live_session.youtube_url,
        languages=tuple(live_session.languages or ()),
    )


def times_of(data: LiveSessionData, timezone: str, *, stored: LiveSession | None = None) -> tuple[datetime, datetime]:
    """Start and end as instants; an end at or before the start lies on the next day.

    Where clocks are put back, an hour comes twice and a clock time names the first. What is `stored` and reads the same stays the
    instant it is: nobody moves a live session by saving it as it was.
    """
    before = read_live_session_data(stored, timezone) if stored else None
    if stored and before and (data.on, data.starts) == (before.on, before.starts):
        return stored.starts_at, stored.ends_at if data.ends == before.ends else _end_of(data, stored.starts_at, timezone)
    starts_at = to_utc(data.on, data.starts, timezone)
    return starts_at, _end_of(data, starts_at, timezone)


def _end_of(data: LiveSessionData, starts_at: datetime, timezone: str) -> datetime:
    ends_on = data.on if data.ends > data.starts else data.on + timedelta(days=1)
    first = to_utc(ends_on, data.ends, timezone)
    return first if first > starts_at else to_utc(ends_on, data.ends.replace(fold=1), timezone)


def refuse_impossible(edition: Edition, data: LiveSessionData, stored: LiveSession | None = None) -> None:
    """Refuse what no live session of this edition can be, whatever else is planned.

    Refuses `times_equal`, `live_session_too_long`, `slots_do_not_fit`, `outside_edition` and `address_wrong`.
    """
    if data.starts == data.ends:
        raise Refusal("times_equal")
    starts_at, ends_at = times_of(data, edition.timezone, stored=stored)
    if ends_at - starts_at > _LONGEST_LIVE_SESSION:
        raise Refusal("live_session_too_long")
    cut(starts_at, ends_at, data.slot_minutes)
    if not edition.starts_on <= data.on <= edition.ends_on:
        raise Refusal("outside_edition", day=data.on, starts_on=edition.starts_on, ends_on=edition.ends_on)
    for address in (data.zoom_url, data.youtube_url):
        if address and not is_web_address(address):
            raise Refusal("address_wrong", text=address[:80])


def refuse_moving(edition: Edition, live_session: LiveSession, data: LiveSessionData, used: Sequence[Slot], *, now: datetime) -> None:
    """Refuse new times that would tear a slot out of the hands of a vendor; `used` are the `used_slots`.

    Refuses `live_session_begun` and `slots_in_use`.
    """
    starts_at, ends_at = times_of(data, edition.timezone, stored=live_session)
    if (starts_at, ends_at, data.slot_minutes) == (live_session.starts_at, live_session.ends_at, live_session.slot_minutes):
        return
    if not used:
        return
    stays_put = starts_at == live_session.starts_at and data.slot_minutes == live_session.slot_minutes
    if not stays_put and used[0].starts_at <= now:
        raise Refusal("live_session_begun")
    if data.slot_minutes != live_session.slot_minutes or used[-1].position > len(cut(starts_at, ends_at, data.slot_minutes)):
        raise Refusal("slots_in_use")


def as_written(data: LiveSessionData) -> dict[str, Any]:
    """For the audit and the fingerprint: plain values that JSON can hold."""
    return {
        **asdict(data),
        "on": data.on.isoformat(),
        "starts": data.starts.isoformat("minutes"),
        "ends": data.ends.isoformat("minutes"),
        "languages": list(data.languages),
    }


def _add(session: Session, edition: Edition, data: LiveSessionData, now: datetime) -> LiveSession:
    live_session = LiveSession(edition_id=edition.id, created_at=now)
    _put(live_session, data, *times_of(data, edition.timezone))
    session.add(live_session)
    session.flush()
    put_slots(session, edition, live_session)
    session.flush()
    return live_session


def _put(live_session: LiveSession, data: LiveSessionData, starts_at: datetime, ends_at: datetime) -> None:
    live_session.starts_at, live_session.ends_at, live_session.slot_minutes = starts_at, ends_at, data.slot_minutes
    live_session.host_name, live_session.zoom_url, live_session.youtube_url = data.host_name, data.zoom_url, data.youtube_url
    live_session.languages = list(data.languages) or None


def _refuse_overlap(session: Session, edition: Edition, data: LiveSessionData, stored: LiveSession | None) -> None:
    other = _overlapping(session, edition, *times_of(data, edition.timezone, stored=stored), stored.id if stored else None)
    if other is not None:
        local = localize(other.starts_at, edition.timezone)
        raise Refusal("live_session_overlaps", day=local.date(), clock=local.strftime("%H.%M"))


def _overlapping(session: Session, edition: Edition, starts_at: datetime, ends_at: datetime, own_id: int | None) -> LiveSession | None:
    """One stream at a time; and two live sessions never share a start, called off or not, because sheets know them by it."""
    return session.scalar(
        select(LiveSession)
        .where(
            LiveSession.edition_id == edition.id,
            LiveSession.id != (own_id or 0),
            (LiveSession.starts_at == starts_at)
            | (LiveSession.withdrawn_at.is_(None) & (LiveSession.starts_at < ends_at) & (LiveSession.ends_at > starts_at)),
        )
        .limit(1)
    )


def _move(
    edition_id: int,
    live_session_id: int,
    action: str,
    values: dict[str, Any],
    leaving: Any,
    reason: str,
    by: int | None,
    now: datetime,
) -> PlanCounts:
    """Change whether a live session takes place, and take back or renew the messages about its turns in the same breath."""
    with transaction() as session:
        edition = locked_edition(session, edition_id)
        live_session = live_session_of(session, edition_id, live_session_id)
        previous = published_turns(session, edition_id)
        if action == "return_live_session":
            _refuse_overlap(session, edition, read_live_session_data(live_session, edition.timezone), live_session)
        moved = session.execute(update(LiveSession).where(LiveSession.id == live_session_id, leaving).values(**values))
        if moved.rowcount:  # type: ignore[attr-defined] # an UPDATE's result counts rows
            note_change(session, edition, action, "live_session", live_session_id, by=by, now=now, reason=reason[:200])
        session.expire_all()
        return replace_plan(session, edition_id, previous=previous, now=now)


def _delete(session: Session, live_session_id: int) -> None:
    slots = select(Slot.id).where(Slot.live_session_id == live_session_id)
    links = select(Link.id).where(Link.live_session_id == live_session_id)
    for statement in (
        delete(SignIn).where(SignIn.link_id.in_(links)),
        delete(Link).where(Link.live_session_id == live_session_id),
        delete(Device).where(Device.live_session_id == live_session_id),
        delete(Turn).where(Turn.slot_id.in_(slots)),
        delete(Slot).where(Slot.live_session_id == live_session_id),
        delete(LiveSession).where(LiveSession.id == live_session_id),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
    session.expunge_all()
