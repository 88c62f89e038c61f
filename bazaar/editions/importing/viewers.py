"""How many watched, from a sheet: a row for a live session, a row for an hour, or a whole curve of which each hour's mean is kept.

A row finds its live session by what it says of the time: the day alone where one live session begins on it, else a clock time
within it, its start, or the minute since its start. Whoever streams begins a little early: the rows of a curve before the first
minute and after the last are left out, and named.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.editions.audience import MOST_VIEWERS, hours_of, newest_counts
from bazaar.editions.importing import columns as cells
from bazaar.editions.importing.columns import Column, Problem, find_columns
from bazaar.editions.importing.kinds import Context, Difference, Kind, Stored, Values
from bazaar.editions.importing.moments import Moment, at_midnight, clock_or_moment_of, day_of, has_day, show_moment
from bazaar.editions.importing.table import Table
from bazaar.localtime import clock_text, local_date, localize, to_utc
from models import AudienceCount, Edition, LiveSession

_EARLY_OR_LATE = timedelta(hours=1)
_CURVE = 2
"""So many rows within one hour are a curve."""
_FRACTION = re.compile(r"(\d{1,8})[.,](\d{1,2}|\d{4,20})")  # three digits behind a point may be thousands
_MINUTES_A_DAY = 24 * 60


def _viewers(cell: str) -> int:
    """A whole number, or the mean that an export gives, rounded."""
    fraction = _FRACTION.fullmatch(cell)
    if fraction is not None:
        return int(fraction[1]) + (fraction[2][0] >= "5")
    return cast(int, cells.number_of(most=MOST_VIEWERS, is_required=True)(cell))


def _start(cell: str) -> time | None:
    return cells.clock_of(cell) if cell else None


COLUMNS = (
    Column(
        "tanggal",
        day_of,
        show_moment,
        is_required=True,
        aliases=("tgl", "date", "day", "tanggal waktu", "tanggal jam", "date time", "datetime", "timestamp", "time stamp"),
        is_clock=True,
    ),
    Column(
        "mulai",
        _start,
        lambda clock: cells.show_clock(clock) if clock else "",
        aliases=("jam mulai", "mulai siaran", "start", "start time", "session start"),
        is_clock=True,
    ),
    Column("jam", clock_or_moment_of, show_moment, aliases=("waktu", "pukul", "time", "hour", "clock"), is_clock=True),
    Column("menit", cells.number_of(most=_MINUTES_A_DAY), cells.show_optional, aliases=("menit ke", "minute", "minutes")),
    Column(
        "penonton",
        _viewers,
        is_required=True,
        aliases=(
            "jumlah penonton",
            "penonton serentak",
            "penonton bersamaan",
            "viewers",
            "viewer count",
            "concurrent viewers",
            "average concurrent viewers",
            "participants",
            "peserta",
        ),
    ),
)


class _LostError(Exception):
    """A row belongs to no live session; `problem` tells why."""

    def __init__(self, column: str, code: str, **values: Any) -> None:
        super().__init__(code)
        self.column, self.code, self.values = column, code, values


@dataclass(frozen=True)
class _Found:
    """The live session that a row is about, and when in it (None: all of it); `is_near`: shortly before or after it."""

    live_session: LiveSession
    at: datetime | None = None
    is_near: bool = False


def _prepared(table: Table) -> Table:
    """A curve's only column of time holds days too, whatever it is called: then it is the day's column. In it a day alone is
    midnight: workbooks give it so."""
    indexes = find_columns(table, COLUMNS).indexes
    place = indexes.get("tanggal", indexes.get("jam"))
    if place is None or ("tanggal" in indexes and "jam" in indexes) or not any(has_day(row.cells[place]) for row in table.rows):
        return table
    rows = tuple(replace(row, cells=(*row.cells[:place], at_midnight(row.cells[place]), *row.cells[place + 1 :])) for row in table.rows)
    return replace(table, columns=(*table.columns[:place], "tanggal", *table.columns[place + 1 :]), rows=rows)


def _stored(session: Session, edition: Edition) -> dict[Hashable, Stored]:
    live_sessions = _of_edition(session, edition.id)
    counts = newest_counts(session, [live_session.id for live_session in live_sessions])
    return {
        (live_session.id, at): Stored(count.id, _values(live_session, at, count.viewer_count, edition.timezone))
        for live_session in live_sessions
        for at in (None, *hours_of(live_session, edition.timezone))
        if (count := counts.get((live_session.id, at))) is not None
    }


def _of_edition(session: Session, edition_id: int) -> Sequence[LiveSession]:
    """Those that took place or will, by time."""
    own = select(LiveSession).where(LiveSession.edition_id == edition_id, LiveSession.withdrawn_at.is_(None))
    return session.scalars(own.order_by(LiveSession.starts_at, LiveSession.id)).all()


def _values(live_session: LiveSession, at: datetime | None, viewer_count: int, timezone: str, row_count: int = 1) -> Values:
    """As a sheet says it, so that reading it back finds the same hour; beside the columns what `_store` and the dry run need."""
    starts = localize(live_session.starts_at, timezone)
    return {
        "tanggal": Moment(starts.date()),
        "mulai": starts.time(),
        "jam": Moment(clock=localize(at, timezone).time()) if at else None,
        "menit": None,
        "penonton": viewer_count,
        "live_session_id": live_session.id,
        "at": at,
        "evening_on": starts.date(),
        "row_count": row_count,
    }


def _key(values: Values, _edition: Edition) -> Hashable:
    return values["live_session_id"], values["at"]


def _label(values: Values) -> str:
    """`2021-05-04 20:00, 21:00`: the live session, and the time within it."""
    within = (values.get("jam") or values["tanggal"]).clock
    starts = f" {values['mulai'].isoformat('minutes')}" if values.get("mulai") else ""
    return f"{values['evening_on'].isoformat()}{starts}" + (f", {within.isoformat('minutes')}" if within else "")


def _check(values: Values, row: int, context: Context) -> list[Problem]:
    try:
        found = _find(values, _live_sessions(context), context.edition.timezone)
    except _LostError as lost:
        return [Problem(row, lost.column, lost.code, lost.values)]
    values["live_session_id"], values["at"], values["is_near"] = found.live_session.id, found.at, found.is_near
    values["evening_on"] = local_date(found.live_session.starts_at, context.edition.timezone)
    if found.live_session.starts_at > context.now:
        return [Problem(row, "tanggal", "not_begun")]
    if found.at is not None and found.at > context.now:
        return [Problem(row, _time_column(values), "hour_not_begun")]
    return []


def _find(values: Values, live_sessions: Sequence[LiveSession], timezone: str) -> _Found:
    day: Moment = values["tanggal"]
    jam: Moment | None = values.get("jam")
    moment = Moment((jam and jam.day) or day.day, (jam and jam.clock) or day.clock, (jam and jam.at) or day.at)
    minutes = timedelta(minutes=values.get("menit") or 0)
    on = cast(date, moment.day)
    that_day = [each for each in live_sessions if local_date(each.starts_at, timezone) == on]
    if values.get("mulai") is not None:
        begun = next((each for each in that_day if localize(each.starts_at, timezone).time() == values["mulai"]), None)
        if begun is None:
            raise _lost("mulai", "no_live_session_at", on, that_day, timezone)
        return _within([begun], _in_evening(begun, moment, minutes, values, timezone), on, values, timezone)
    if moment.clock is not None:
        instants = [moment.at + minutes] if moment.at else [to_utc(on, moment.clock, timezone) + minutes]
        if moment.at is None and moment.clock.hour < 12:  # past midnight an hour is written under its evening
            instants.append(to_utc(on + timedelta(days=1), moment.clock, timezone) + minutes)
        return _within(live_sessions, instants, on, values, timezone)
    if len(that_day) != 1:
        raise _lost("tanggal", "live_session_ambiguous", on, that_day, timezone)
    at = that_day[0].starts_at + minutes if values.get("menit") is not None else None
    return _within(that_day, [at] if at else [], on, values, timezone)


def _in_evening(live_session: LiveSession, moment: Moment, minutes: timedelta, values: Values, timezone: str) -> list[datetime]:
    """When in a live session whose start is named; nothing: all of it."""
    if moment.clock is None:
        return [live_session.starts_at + minutes] if values.get("menit") is not None else []
    if moment.at is not None:
        return [moment.at + minutes]
    at = to_utc(cast(date, moment.day), moment.clock, timezone) + minutes
    next_day = to_utc(cast(date, moment.day) + timedelta(days=1), moment.clock, timezone) + minutes
    return [at, next_day]


def _within(live_sessions: Sequence[LiveSession], instants: list[datetime], on: date, values: Values, timezone: str) -> _Found:
    """The first instant that lies in one of them; else one that lies near. No instants: the only live session as a whole."""
    if not instants:
        return _Found(live_sessions[0])
    for slack, is_near in ((timedelta(0), False), (_EARLY_OR_LATE, True)):
        for at in instants:
            for each in live_sessions:
                if each.starts_at - slack <= at < each.ends_at + slack:
                    return _Found(each, at, is_near)
    that_day = [each for each in live_sessions if local_date(each.starts_at, timezone) == on]
    raise _lost(_time_column(values), "no_live_session_then", on, that_day, timezone)


def _lost(column: str, code: str, on: date, that_day: Sequence[LiveSession], timezone: str) -> _LostError:
    if not that_day:
        return _LostError("tanggal", "no_live_session_on", day=on)
    return _LostError(column, code, day=on, hours=", ".join(_span(each, timezone) for each in that_day))


def _span(live_session: LiveSession, timezone: str) -> str:
    return f"{clock_text(live_session.starts_at, timezone)}–{clock_text(live_session.ends_at, timezone)}"


def _time_column(values: Values) -> str:
    """The column that tells the time within the day."""
    return next((name for name in ("menit", "jam") if values.get(name) is not None), "tanggal")


def _live_sessions(context: Context) -> Sequence[LiveSession]:
    if "live_sessions" not in context.read:
        context.read["live_sessions"] = _of_edition(context.session, context.edition.id)
    return cast(Sequence[LiveSession], context.read["live_sessions"])


def _check_together(rows: Sequence[tuple[int, Values]], context: Context) -> list[Problem]:
    """A row beside its live session is a mistake, unless a curve goes on there."""
    curves, timezone = _curves(rows, context), context.edition.timezone
    by_id = {each.id: each for each in _live_sessions(context)}
    return [
        Problem(row, _time_column(values), "no_live_session_then", {"day": values["evening_on"], "hours": _span(by_id[beside], timezone)})
        for row, values in rows
        if values["is_near"] and (beside := values["live_session_id"]) not in curves
    ]


def _curves(rows: Sequence[tuple[int, Values]], context: Context) -> set[int]:
    """The live sessions of which the sheet holds a curve."""
    by_id = {each.id: each for each in _live_sessions(context)}
    measured = Counter(
        (values["live_session_id"], _hour_of(by_id[values["live_session_id"]], values["at"], context.edition.timezone))
        for _row, values in rows
        if values["at"] is not None and not values["is_near"]
    )
    return {live_session_id for (live_session_id, _hour), count in measured.items() if count >= _CURVE}


def _hour_of(live_session: LiveSession, at: datetime | None, timezone: str) -> datetime | None:
    return None if at is None else max(hour for hour in hours_of(live_session, timezone) if hour <= at)


def _gather(rows: Sequence[tuple[int, Values]], context: Context) -> tuple[list[tuple[int, Values]], tuple[int, ...]]:
    """One row for each hour, and for each live session noted as a whole: the mean of its rows, rounded half up."""
    by_id = {each.id: each for each in _live_sessions(context)}
    timezone = context.edition.timezone
    by_hour: dict[tuple[int, datetime | None], list[tuple[int, int]]] = defaultdict(list)
    for row, values in rows:
        if not values["is_near"]:
            live_session = by_id[values["live_session_id"]]
            by_hour[live_session.id, _hour_of(live_session, values["at"], timezone)].append((row, values["penonton"]))
    gathered = []
    for (live_session_id, hour), seen in by_hour.items():
        mean = (2 * sum(count for _row, count in seen) + len(seen)) // (2 * len(seen))
        gathered.append((seen[0][0], _values(by_id[live_session_id], hour, mean, timezone, len(seen))))
    return gathered, tuple(row for row, values in rows if values["is_near"])


def _store(session: Session, edition: Edition, differences: Sequence[Difference], now: datetime) -> None:
    """Append what differs; the newest note counts, so that a wrong import is put right by another."""
    for difference in differences:
        values: Mapping[str, Any] = difference.values
        session.add(
            AudienceCount(
                live_session_id=values["live_session_id"],
                hour_starts_at=values["at"],
                viewer_count=values["penonton"],
                noted_at=now,
            )
        )


VIEWERS = Kind(
    "viewers",
    COLUMNS,
    _stored,
    _key,
    _label,
    _check,
    _store,
    ("live_session_id", "at"),
    _check_together,
    checks_whole_rows=True,
    prepare=_prepared,
    gather=_gather,
)
