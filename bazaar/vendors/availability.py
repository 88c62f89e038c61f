"""Days on which a vendor cannot come, the way people write them down: `Jumat; 2026-05-04`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bazaar.localtime import DAY_NAMES, MONTH_NAMES

_OTHER_DAY_NAMES = {"jum'at": 4, "jumaat": 4, "ahad": 6}
_OTHER_MONTH_NAMES = {"agt": 8, "agust": 8, "nop": 11, "nopember": 11, "pebruari": 2}
_SEPARATORS = re.compile(r"[;,\n]|\bdan\b|\band\b|&")
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_FIGURES_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_WORDS_DATE = re.compile(r"(\d{1,2})\s+([a-z]+)\.?\s+(\d{4})")


@dataclass(frozen=True)
class DaysOff:
    """Weekdays (0 is Monday, every week) and single dates on which a vendor cannot come; both sorted, none twice."""

    weekdays: tuple[int, ...] = ()
    dates: tuple[date, ...] = ()


class DaysOffError(ValueError):
    """A part of the text is neither a day's name nor a date; `part` is that part as it was written."""

    def __init__(self, part: str) -> None:
        super().__init__(f"neither a day nor a date: {part!r}")
        self.part = part


def parse_days_off(text: str) -> DaysOff:
    """The days named in the text, separated by `;`, `,`, `dan` or line breaks. Raises DaysOffError with the part nobody can read.

    Days by name (`Jumat`, `Jum'at`, `Ahad`, `Jum`, `Friday`), every week. Dates as `2026-05-04`, `4/5/2026` or `4 Mei 2026`; the year is
    asked for, because a guessed one would be wrong for somebody.
    """
    weekdays: set[int] = set()
    dates: set[date] = set()
    for written in _SEPARATORS.split(text.strip()):
        part = written.strip()
        if not part:
            continue
        weekday = _weekday(part.lower())
        if weekday is not None:
            weekdays.add(weekday)
        else:
            dates.add(_date(part))
    return DaysOff(tuple(sorted(weekdays)), tuple(sorted(dates)))


def format_days_off(weekdays: Iterable[int], dates: Iterable[date]) -> str:
    """The same in writing, as `parse_days_off` reads it back: `Jumat; 2026-05-04`."""
    return "; ".join([DAY_NAMES["id"][day] for day in sorted(weekdays)] + [day.isoformat() for day in sorted(dates)])


def _weekday(name: str) -> int | None:
    name = name.removeprefix("hari ").removeprefix("setiap ").strip().rstrip(".").replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    if name in _OTHER_DAY_NAMES:
        return _OTHER_DAY_NAMES[name]
    for names in DAY_NAMES.values():
        for day, known in enumerate(names):
            if name in {known.lower(), known.lower()[:3]}:
                return day
    return None


def _date(part: str) -> date:
    text = part.lower()
    try:
        if match := _ISO_DATE.fullmatch(text):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _FIGURES_DATE.fullmatch(text):
            return date(int(match[3]), int(match[2]), int(match[1]))
        if match := _WORDS_DATE.fullmatch(text):
            return date(int(match[3]), _month(match[2]), int(match[1]))
    except ValueError:
        pass  # 31 February, or a month nobody knows: the same sentence helps
    raise DaysOffError(part)


def _month(name: str) -> int:
    if name in _OTHER_MONTH_NAMES:
        return _OTHER_MONTH_NAMES[name]
    for names in MONTH_NAMES.values():
        for number, known in enumerate(names, start=1):
            if name in {known.lower(), known.lower()[:3]}:
                return number
    raise ValueError(f"unknown month: {name!r}")
