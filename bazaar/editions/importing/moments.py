"""Cells that say when: a day, a clock time, or both in one cell as exports write them (`2021-05-04 20:15:30`, `4/5/2021, 8.15 PM`)."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time

from bazaar.editions.importing.columns import CellError, date_of

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:.*")
_OFFSET = re.compile(r"\s+(UTC|GMT|Z|[+-]\d{2}:?\d{2})", re.IGNORECASE)
_CLOCK = re.compile(r"(?:jam |pukul )?\s*(\d{1,2})(?:[:.](\d{2}))?(?:[:.](\d{2}))?\s*([ap]\.?m\.?)?", re.IGNORECASE)
_DAY_AND_CLOCK = re.compile(r"(\d{4}-\d{1,2}-\d{1,2}|.*?\d{4})(?:,|\s|\bat\b)+\s*((?:jam |pukul )?\s*\d{1,2}[:.]\d{2}.*)", re.IGNORECASE)
_MONTH_FIRST = re.compile(r"([A-Za-z]+)\.?\s+(\d{1,2}),?\s+(\d{4})")


@dataclass(frozen=True)
class Moment:
    """As much as a cell says. `at`: an instant, where the cell names its own offset from UTC."""

    day: date | None = None
    clock: time | None = None
    at: datetime | None = None


def day_of(cell: str) -> Moment:
    """Reads a day, with or without a clock time behind it."""
    if _ISO.fullmatch(cell):
        return _iso_moment(cell)
    both = _DAY_AND_CLOCK.fullmatch(cell)
    written, clock = (both[1], _clock(both[2], cell)) if both else (cell, None)
    month_first = _MONTH_FIRST.fullmatch(written.strip())
    return Moment(date_of(f"{month_first[2]} {month_first[1]} {month_first[3]}" if month_first else written), clock)


def clock_or_moment_of(cell: str) -> Moment | None:
    """Reads a clock time, also with its day before it; an empty cell is None."""
    if not cell:
        return None
    return day_of(cell) if has_day(cell) else Moment(clock=_clock(cell, cell))


def has_day(cell: str) -> bool:
    """Whether a cell names a day beside its clock time."""
    return _ISO.fullmatch(cell) is not None or _DAY_AND_CLOCK.fullmatch(cell) is not None


def at_midnight(cell: str) -> str:
    """The cell, with the clock time it lacks where it is a day alone."""
    return f"{cell} 00:00" if _DAY_AND_CLOCK.fullmatch(f"{cell} 00:00") and not has_day(cell) else cell


def show_moment(moment: Moment | None) -> str:
    """`2021-05-04`, `20:15` or both, which reads back as the same."""
    if moment is None:
        return ""
    parts = [moment.day.isoformat()] if moment.day else []
    return " ".join(parts + ([moment.clock.isoformat("minutes")] if moment.clock else []))


def _iso_moment(cell: str) -> Moment:
    offset = _OFFSET.search(cell)
    text = cell[: offset.start()] + (offset[1] if offset[1][0] in "+-" else "Z") if offset else cell
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise CellError("date_wrong", text=cell) from error
    return Moment(read.date(), read.time(), read if read.tzinfo else None)


def _clock(text: str, cell: str) -> time:
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise CellError("clock_wrong", text=cell)
    hour, half = int(match[1]), (match[4] or "").lower()[:1]
    if half and not 1 <= hour <= 12:
        raise CellError("clock_wrong", text=cell)
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, int(match[2] or 0), int(match[3] or 0))
    except ValueError as error:
        raise CellError("clock_wrong", text=cell) from error
