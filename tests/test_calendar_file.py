"""Calendar files: what a calendar program must find in them, and what must not break them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from bazaar.calendar_file import CalendarTurn, turn_uid, write_calendar

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
TURN = CalendarTurn("u@x", NOW, NOW + timedelta(minutes=15), "Giliran siaran Tape", "Pasar (Zoom)", "Edisi", sequence=7)


def event_of(**changes: Any) -> Any:

    [event] = Calendar.from_ical(write_calendar([replace(TURN, **changes)], name="Giliran", timezone="Asia/Jakarta", now=NOW)).walk(
        "VEVENT"
    )
    return event


def test_a_turn_has_a_name_that_stays_and_a_number_that_rises() -> None:
    event = event_of()

    assert (str(event["UID"]), event["SEQUENCE"], str(event["STATUS"])) == ("u@x", 7, "CONFIRMED")
    assert turn_uid("edisi", 5, 7, "giliran.example") == "edisi-5-7@giliran.example"


def test_a_cancelled_turn_rings_no_more() -> None:
    event = event_of(is_cancelled=True)

    assert (str(event["STATUS"]), event.walk("VALARM")) == ("CANCELLED", [])


@pytest.mark.parametrize("field", ["summary", "location", "description"])
def test_no_text_breaks_the_file(field: str) -> None:
    event = event_of(**{field: "Tape\r\nBEGIN:VEVENT; manis, legit\N{LINE SEPARATOR}x"})

    assert str(event[field.upper()]) == "Tape BEGIN:VEVENT; manis, legit x"


def test_an_hour_that_a_clock_shows_twice_is_written_in_utc() -> None:
    twice = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    early = Calendar.from_ical(write_calendar([TURN], name="x", timezone="Europe/Berlin", now=NOW)).walk("VEVENT")[0]
    event = CalendarTurn("u", twice + timedelta(hours=1), twice + timedelta(hours=2), "a", "b", "c")
    [late] = Calendar.from_ical(write_calendar([event], name="x", timezone="Europe/Berlin", now=NOW)).walk("VEVENT")

    assert (early["DTSTART"].params.get("TZID"), late["DTSTART"].params.get("TZID")) == ("Europe/Berlin", None)
    assert late["DTSTART"].dt == twice + timedelta(hours=1)


@pytest.mark.parametrize("timezone", ["Asia/Jakarta", "Europe/Berlin"])
def test_the_file_brings_the_rules_of_its_zone(timezone: str) -> None:
    calendar = Calendar.from_ical(write_calendar([TURN], name="x", timezone=timezone, now=NOW))

    assert [str(rules["TZID"]) for rules in calendar.walk("VTIMEZONE")] == [timezone]
    assert calendar.walk("VTIMEZONE")[0].to_tz().utcoffset(NOW.replace(tzinfo=None)) == NOW.astimezone(ZoneInfo(timezone)).utcoffset()
