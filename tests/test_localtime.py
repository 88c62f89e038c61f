"""Local dates and clocks of an edition, in words."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bazaar import localtime
from bazaar.states import DayPart

AT = datetime(2021, 4, 13, 12, 30, tzinfo=UTC)
zones = st.sampled_from(["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "Asia/Riyadh"])
instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("zone", "text"),
    [("Asia/Jakarta", "19.30 WIB"), ("Asia/Pontianak", "19.30 WIB"), ("Asia/Makassar", "20.30 WITA"), ("Asia/Jayapura", "21.30 WIT")],
)
def test_each_zone_has_its_clock_and_short_name(zone: str, text: str) -> None:
    assert localtime.clock_zone_text(AT, zone) == text


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a zone"):
        localtime.localize(datetime(2021, 4, 13), "Asia/Jakarta")


@pytest.mark.parametrize("name", ["Asia/Jember", "", "../etc/passwd", "WIB"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        localtime.zone(name)


def test_midnight_is_the_editions_and_not_ours() -> None:
    before, after = datetime(2021, 5, 4, 16, 59, tzinfo=UTC), datetime(2021, 5, 4, 17, 0, tzinfo=UTC)

    assert [localtime.local_date(at, "Asia/Jakarta").day for at in (before, after)] == [4, 5]
    assert [localtime.minute_of_day(at, "Asia/Jakarta") for at in (before, after)] == [1439, 0]


def test_the_evening_begins_at_six() -> None:
    def part(hour: int, minute: int) -> DayPart:
        return localtime.day_part(localtime.to_utc(date(2021, 5, 4), time(hour, minute), "Asia/Jakarta"), "Asia/Jakarta")

    assert (part(17, 59), part(18, 0)) == (DayPart.AFTERNOON, DayPart.EVENING)


def test_days_are_written_in_both_languages() -> None:
    day = date(2021, 4, 13)

    assert (localtime.day_text(day, year=True), localtime.day_text(day, "en")) == ("Selasa, 13 April 2021", "Tuesday, 13 April")
    assert (localtime.short_day_text(day), localtime.short_day_text(day, "en")) == ("Sel, 13 Apr", "Tue, 13 Apr")
    assert localtime.date_text(date(2021, 8, 17)) == "17 Agustus 2021"


@pytest.mark.parametrize(
    ("minutes", "indonesian", "english"),
    [
        (1, "1 menit lagi", "in 1 minute"),
        (89, "89 menit lagi", "in 89 minutes"),
        (90, "2 jam lagi", "in 2 hours"),
        (35 * 60, "35 jam lagi", "in 35 hours"),
        (36 * 60, "2 hari lagi", "in 2 days"),
        (10 * 24 * 60, "10 hari lagi", "in 10 days"),
    ],
)
def test_a_wait_is_told_in_its_largest_sensible_unit(minutes: int, indonesian: str, english: str) -> None:
    assert (localtime.wait_text(minutes), localtime.wait_text(minutes, "en")) == (indonesian, english)


def test_minutes_between_are_rounded_down_also_backwards() -> None:
    assert localtime.minutes_between(AT, AT + timedelta(seconds=119)) == 1
    assert localtime.minutes_between(AT, AT - timedelta(seconds=1)) == -1


@given(instants, zones)
def test_date_and_clock_lead_back_to_the_instant(instant: datetime, zone: str) -> None:
    whole_minute = instant.replace(second=0, microsecond=0)
    local = localtime.localize(whole_minute, zone)

    assert localtime.to_utc(local.date(), local.time(), zone) == whole_minute
    assert localtime.clock_text(whole_minute, zone) == f"{local.hour:02}.{local.minute:02}"


@pytest.mark.parametrize(
    ("hour", "timezone", "title"),
    [
        (13, "Asia/Jakarta", "Selasa malam, 5 Mei"),
        (8, "Asia/Jakarta", "Selasa sore, 5 Mei"),
        (13, "Asia/Jayapura", "Selasa malam, 5 Mei"),
        (17, "Asia/Jayapura", "Rabu dini hari, 6 Mei"),  # past midnight there
        (23, "Asia/Jakarta", "Rabu pagi, 6 Mei"),
        (5, "Asia/Jakarta", "Selasa siang, 5 Mei"),
    ],
)
def test_a_live_session_is_called_by_its_day_in_its_own_zone(hour: int, timezone: str, title: str) -> None:
    assert localtime.live_session_title(datetime(2026, 5, 5, hour, tzinfo=UTC), timezone) == title
