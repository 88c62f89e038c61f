"""Local dates and clock times of an edition, in Indonesian, English and Javanese words. Instants stay in UTC everywhere else."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from bazaar.states import DayPart

DAY_NAMES = {
    "id": ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "jv": ("Senen", "Slasa", "Rebo", "Kemis", "Jemuwah", "Setu", "Minggu"),
}
MONTH_NAMES = {
    "id": ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
    "jv": ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"),
}
_FIRST_EVENING_MINUTE = 18 * 60

PartOfDay = Literal["dawn", "morning", "noon", "afternoon", "evening"]
_PARTS_OF_DAY: tuple[tuple[int, PartOfDay], ...] = ((4, "dawn"), (11, "morning"), (15, "noon"), (18, "afternoon"), (24, "evening"))
"""(until this hour, the part)."""
_PART_NAMES: dict[str, dict[PartOfDay, str]] = {
    "id": {"dawn": "dini hari", "morning": "pagi", "noon": "siang", "afternoon": "sore", "evening": "malam"},
    "en": {"dawn": "early morning", "morning": "morning", "noon": "midday", "afternoon": "afternoon", "evening": "evening"},
    "jv": {"dawn": "lingsir dalu", "morning": "enjing", "noon": "siyang", "afternoon": "sonten", "evening": "dalu"},
}


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The named IANA zone. Raises ValueError for a name the zone database does not hold."""
    if name not in available_timezones():
        raise ValueError(f"unknown time zone: {name!r}")
    return ZoneInfo(name)


def localize(instant: datetime, timezone: str) -> datetime:
    """The same instant on the clocks of the edition. Refuses naive values."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return instant.astimezone(zone(timezone))


def to_utc(day: date, clock: time, timezone: str) -> datetime:
    """A local date and clock time as an instant in UTC."""
    return datetime.combine(day, clock, zone(timezone)).astimezone(UTC)


def local_date(instant: datetime, timezone: str) -> date:
    """The calendar day an instant falls on in the edition's zone."""
    return localize(instant, timezone).date()


def minute_of_day(instant: datetime, timezone: str) -> int:
    """Minutes since local midnight, 0 to 1439."""
    local = localize(instant, timezone)
    return local.hour * 60 + local.minute


def minute_of_evening(instant: datetime, evening_on: date, timezone: str) -> int:
    """Minutes on the clock since the midnight before an evening; past the next midnight they go on beyond 1440.

    Read off the clock, not counted: 20.00 is 1200 also on the days of 23 and 25 hours.
    """
    days = (local_date(instant, timezone) - evening_on).days
    return days * 24 * 60 + minute_of_day(instant, timezone)


def day_part(starts_at: datetime, timezone: str) -> DayPart:
    """Whether a start lies in the afternoon (before 18.00 local) or in the evening."""
    return DayPart.AFTERNOON if minute_of_day(starts_at, timezone) < _FIRST_EVENING_MINUTE else DayPart.EVENING


def part_of_day(instant: datetime, timezone: str) -> PartOfDay:
    """The part of the local day as people name it: finer than `day_part`, which only tells sore from malam."""
    hour = localize(instant, timezone).hour
    return next(part for until, part in _PARTS_OF_DAY if hour < until)


def part_of_day_text(instant: datetime, timezone: str, language: str = "id") -> str:
    """`malam`, `dini hari`; English: `evening`."""
    return _PART_NAMES[language][part_of_day(instant, timezone)]


def live_session_title(starts_at: datetime, timezone: str) -> str:
    """`Selasa malam, 4 Mei`: how people call a live session."""
    weekday, _, date_of_year = day_text(local_date(starts_at, timezone)).partition(", ")
    return f"{weekday} {part_of_day_text(starts_at, timezone)}, {date_of_year}"


def zone_name(instant: datetime, timezone: str) -> str:
    """The short name people use: WIB, WITA, WIT; elsewhere what the zone database says (`CEST`, `+08`)."""
    return localize(instant, timezone).tzname() or timezone


def clock_text(instant: datetime, timezone: str, language: str = "id") -> str:
    """`20.15` (a dot, as Indonesian clocks are written); English: `20:15`."""
    return localize(instant, timezone).strftime("%H:%M" if language == "en" else "%H.%M")


def clock_zone_text(instant: datetime, timezone: str) -> str:
    """`20.15 WIB`."""
    return f"{clock_text(instant, timezone)} {zone_name(instant, timezone)}"


def day_text(day: date, language: str = "id", *, year: bool = False) -> str:
    """`Selasa, 4 Mei` or with the year `Selasa, 4 Mei 2021`; English: `Tuesday, 4 May 2021`."""
    text = f"{DAY_NAMES[language][day.weekday()]}, {day.day} {MONTH_NAMES[language][day.month - 1]}"
    return f"{text} {day.year}" if year else text


def short_day_text(day: date, language: str = "id") -> str:
    """`Sel, 4 Mei`."""
    return f"{DAY_NAMES[language][day.weekday()][:3]}, {day.day} {MONTH_NAMES[language][day.month - 1][:3]}"


def date_text(day: date, language: str = "id") -> str:
    """`4 Mei 2021`."""
    return f"{day.day} {MONTH_NAMES[language][day.month - 1]} {day.year}"


def date_span_text(first: date, last: date, language: str = "id") -> str:
    """`13 April – 12 Mei 2021`, `3–9 Mei 2021`; the year of the first day only where it is another."""
    if first == last:
        return date_text(first, language)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{date_text(last, language)}"
    start = date_text(first, language)
    return f"{start.rpartition(' ')[0] if first.year == last.year else start} – {date_text(last, language)}"


def minutes_between(earlier: datetime, later: datetime) -> int:
    """Whole minutes from one instant to another, rounded down; negative when `later` lies before."""
    return int((later - earlier) // timedelta(minutes=1))


def wait_text(minutes: int, language: str = "id") -> str:
    """How long a wait feels: `12 menit lagi`, `5 jam lagi`, `3 hari lagi`."""
    amount, unit_id, unit_en = _largest_unit(minutes)
    if language == "id":
        return f"{amount} {unit_id} lagi"
    if language == "jv":
        return f"{amount} {_JAVANESE_UNITS[unit_id]} malih"
    return f"in {amount} {unit_en}" + ("s" if amount != 1 else "")


_JAVANESE_UNITS = {"menit": "menit", "jam": "jam", "hari": "dinten"}


def _largest_unit(minutes: int) -> tuple[int, str, str]:
    if minutes < 90:
        return minutes, "menit", "minute"
    if minutes < 36 * 60:
        return round(minutes / 60), "jam", "hour"
    return round(minutes / (24 * 60)), "hari", "day"
