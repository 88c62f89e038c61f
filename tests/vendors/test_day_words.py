"""How people name a day and count a wait."""

from datetime import UTC, datetime

import pytest

from bazaar.vendors.day_words import day_words, wait_of

NOON = datetime(2026, 5, 4, 5, 0, tzinfo=UTC)
"""Monday, 12.00 WIB."""


def wib(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime.fromisoformat(f"2026-05-{day:02d}T{hour:02d}:{minute:02d}+07:00")


@pytest.mark.parametrize(
    ("starts_at", "words"),
    [
        (wib(4, 12, 30), "today_noon"),
        (wib(4, 15), "today_afternoon"),
        (wib(4, 20, 15), "today_evening"),
        (wib(5, 0, 30), "tonight_late"),
        (wib(5, 4), "tomorrow_morning"),
        (wib(5, 20), "tomorrow_evening"),
        (wib(6, 20), "weekday"),
        (wib(10, 20), "weekday"),
        (wib(11, 20), "date"),
    ],
)
def test_a_day_is_named_as_people_name_it(starts_at: datetime, words: str) -> None:
    assert day_words(starts_at, "Asia/Jakarta", now=NOON) == words


def test_after_midnight_the_same_night_is_this_early_morning() -> None:
    assert day_words(wib(5, 1), "Asia/Jakarta", now=wib(5, 0, 10)) == "today_dawn"


def test_the_day_is_that_of_the_bazaar_not_of_utc() -> None:
    assert day_words(wib(5, 2), "Asia/Jayapura", now=wib(4, 22, 30)) == "today_morning"


@pytest.mark.parametrize(("starts_at", "minutes"), [(wib(4, 12, 0), 1), (wib(4, 12, 30), 30), (wib(5, 12), None), (wib(7, 1), 3 * 24 * 60)])
def test_a_wait_counts_minutes_today_and_days_later(starts_at: datetime, minutes: int | None) -> None:
    assert wait_of(starts_at, "Asia/Jakarta", now=NOON) == minutes
