"""How templates print money, times and numbers; all of it through the small vocabulary, none of it computed here."""

import hashlib
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path

from flask import Flask
from markupsafe import Markup

from bazaar import localtime, money, phones
from bazaar.web.language import current_language
from bazaar.web.words.categories import category_name, language_name

STATIC_DIR = Path(__file__).resolve().parent.parent / "static"


@lru_cache(maxsize=1)
def static_build() -> str:
    """A short hash over every static file: it stands in their URLs, so that phones may keep them for ever."""
    digest = hashlib.sha256()
    for path in sorted(path for path in STATIC_DIR.rglob("*") if path.is_file()):
        digest.update(path.relative_to(STATIC_DIR).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def static_url(path: str) -> str:
    """The address of a file in bazaar/static."""
    return f"/static/{static_build()}/{path}"


def iso_local(instant: datetime, timezone: str) -> str:
    """`2021-05-04T20:15+07:00`, for `<time datetime>`."""
    return localtime.localize(instant, timezone).isoformat(timespec="minutes")


def init_filters(app: Flask) -> None:
    """Install the filters and `static_url`."""
    filters = {
        "rupiah": money.format_rupiah,
        "clock": _clock,
        "clock_zone": _clock_zone,
        "zone_name": localtime.zone_name,
        "local_date": localtime.local_date,
        "iso_local": iso_local,
        "day": _day,
        "short_day": _short_day,
        "date": _date,
        "date_span": _date_span,
        "wait": _wait,
        "category": _category,
        "language_name": _language_name,
        "phone": phones.show_phone,
        "masked_phone": phones.mask_phone,
        "whatsapp": _whatsapp,
        "weekday_name": _weekday_name,
        "time_of_day": _time_of_day,
        "minute_clock": _minute_clock,
        "decimal": _decimal,
    }
    app.jinja_env.filters.update(filters)
    app.jinja_env.globals["static_url"] = static_url


def _clock(instant: datetime, timezone: str) -> str:
    return localtime.clock_text(instant, timezone, current_language())


def _clock_zone(instant: datetime, timezone: str) -> str:
    return f"{_clock(instant, timezone)} {localtime.zone_name(instant, timezone)}"


def _day(value: date, *, year: bool = False) -> str:
    return localtime.day_text(value, current_language(), year=year)


def _short_day(value: date) -> str:
    return localtime.short_day_text(value, current_language())


def _time_of_day(value: time) -> str:
    return f"{value:%H.%M}" if current_language() == "id" else f"{value:%H:%M}"


def _minute_clock(minute: int) -> str:
    """A minute of the day as a clock shows it."""
    return _time_of_day(time(minute // 60, minute % 60))


def _decimal(value: float) -> str:
    """`1.234,5`: at most two places, none where they would be zero; English: `1,234.5`."""
    text = f"{value:,.2f}".rstrip("0").rstrip(".")
    return text if current_language() == "en" else text.translate(str.maketrans(",.", ".,"))


def _weekday_name(number: int) -> str:
    return localtime.DAY_NAMES[current_language()][number]


def _date(value: date) -> str:
    return localtime.date_text(value, current_language())


def _date_span(first: date, last: date) -> str:
    return localtime.date_span_text(first, last, current_language())


def _language_name(language: str) -> str:
    return language_name(language, current_language())


def _whatsapp(e164: str, text: str = "") -> str:
    """What `_()` filled in is escaped for a page; in a message it would be read with its `&amp;`."""
    return phones.whatsapp_url(e164, text.unescape() if isinstance(text, Markup) else text)


def _category(category: str) -> str:
    return category_name(category, current_language())


def _wait(minutes: int) -> str:
    return localtime.wait_text(minutes, current_language())
