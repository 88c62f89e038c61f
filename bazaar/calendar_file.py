"""Writes turns as an iCalendar file (RFC 5545): pure, the same for a mail's attachment and for the feeds of the vendor's page.

A calendar knows a turn by its UID. The same UID with a higher SEQUENCE replaces what it has; cancelled, it strikes it out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bazaar.lines import one_line
from bazaar.localtime import clock_zone_text, zone

if TYPE_CHECKING:
    from icalendar import Event, Timezone

ALARM_BEFORE = timedelta(minutes=30)
REFRESH_EVERY = timedelta(hours=2)
"""How often a calendar that subscribed should ask again: a turn may move on the day itself."""


@dataclass(frozen=True)
class CalendarTurn:
    """One turn of a vendor. `sequence` rises whenever anything about it changes."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str
    description: str
    sequence: int = 0
    is_cancelled: bool = False


def turn_uid(edition_slug: str, slot_id: int, vendor_id: int, host: str) -> str:
    """What every calendar calls this turn, whichever way it got there. `host` is the deployment's name."""
    return f"{edition_slug}-{slot_id}-{vendor_id}@{host}"


def write_calendar(turns: Sequence[CalendarTurn], *, name: str, timezone: str, now: datetime) -> bytes:
    """The file, in the zone of the edition. Texts are made one line each: a line break would make the whole calendar unwritable."""
    from icalendar import Calendar  # noqa: PLC0415 (costs a sixth of a second, and most processes never write a calendar)

    calendar = Calendar()
    calendar.add("prodid", "-//Giliran//Giliran//ID")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", one_line(name))
    calendar.add("x-wr-timezone", timezone)
    calendar.add("refresh-interval", REFRESH_EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT2H")
    if turns:
        calendar.add_component(_zone_rules(timezone, min(turn.starts_at.year for turn in turns), max(turn.ends_at.year for turn in turns)))
    for turn in turns:
        calendar.add_component(_event(turn, timezone, now))
    return bytes(calendar.to_ical())


@lru_cache(maxsize=16)
def _zone_rules(timezone: str, first_year: int, last_year: int) -> "Timezone":
    """How the zone's clocks go in these years. Nine tenths of what a small file costs, and the same for all vendors."""
    from icalendar import Timezone  # noqa: PLC0415 (as in write_calendar)

    return Timezone.from_tzid(timezone, first_date=date(first_year - 1, 1, 1), last_date=date(last_year + 2, 1, 1))


def _event(turn: CalendarTurn, timezone: str, now: datetime) -> "Event":
    from icalendar import Alarm, Event  # noqa: PLC0415 (as in write_calendar)

    event = Event()
    event.add("uid", turn.uid)
    event.add("dtstamp", now)
    event.add("sequence", turn.sequence)
    event.add("status", "CANCELLED" if turn.is_cancelled else "CONFIRMED")
    event.add("dtstart", _local(turn.starts_at, zone(timezone)))
    event.add("dtend", _local(turn.ends_at, zone(timezone)))
    event.add("summary", one_line(turn.summary))
    event.add("location", one_line(turn.location))
    event.add("description", one_line(turn.description))
    if not turn.is_cancelled:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("trigger", -ALARM_BEFORE)
        alarm.add("description", f"Giliran siaran {clock_zone_text(turn.starts_at, timezone)}")
        event.add_component(alarm)
    return event


def _local(instant: datetime, zone_info: ZoneInfo) -> datetime:
    """On the clock of the edition; in UTC where that clock shows the hour a second time, which a calendar would take for the first."""
    local = instant.astimezone(zone_info)
    return instant if local.fold else local
