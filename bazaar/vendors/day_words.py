"""How people name the day of a turn and count the wait for it, as codes that pages put into words."""

from datetime import datetime, timedelta

from bazaar.localtime import local_date, localize, part_of_day


def day_words(starts_at: datetime, timezone: str, *, now: datetime) -> str:
    """A code for how people name the day of a turn.

    `today_`/`tomorrow_` with `morning`, `noon`, `afternoon` or `evening`; `today_dawn` and `tonight_late` for turns after midnight;
    `weekday` within six days; else `date`.
    """
    local = localize(starts_at, timezone)
    days = (local.date() - local_date(now, timezone)).days
    if days in {0, 1} and local.hour < 4:
        return "today_dawn" if days == 0 else "tonight_late"
    if days in {0, 1}:
        return ("today_", "tomorrow_")[days] + part_of_day(starts_at, timezone)
    return "weekday" if 0 < days <= 6 else "date"


def wait_of(starts_at: datetime, timezone: str, *, now: datetime) -> int | None:
    """Minutes to wait, as people count: today by the clock (rounded up), later by calendar days; None for tomorrow, whose name says it."""
    days = (local_date(starts_at, timezone) - local_date(now, timezone)).days
    if days == 0:
        return max(1, -((now - starts_at) // timedelta(minutes=1)))
    return None if days == 1 else days * 24 * 60
