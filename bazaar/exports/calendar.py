"""Turns as iCalendar files, for the calendar on a vendor's phone. Never a phone number, never a link that is a permission."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bazaar.database import reading
from bazaar.lines import one_line
from bazaar.localtime import clock_zone_text, zone
from bazaar.refusals import Refusal
from bazaar.vendors.turn_page import ENTER_BEFORE, published_turns_of
from models import Bazaar, Edition, Vendor

if TYPE_CHECKING:
    from icalendar import Event

    from bazaar.turns import PublishedTurn

ALARM_BEFORE = timedelta(minutes=30)
REFRESH_EVERY = timedelta(hours=2)
"""How often a calendar that subscribed should ask again: a turn may move on the day itself."""


def vendor_calendar(vendor_id: int, *, host: str, slot_id: int | None = None, now: datetime) -> bytes:
    """The turns of a vendor as text/calendar, each with an alarm half an hour before: one, or all as a feed to subscribe to.

    Past turns stay in the feed, or they would vanish from calendars. Refuses `not_found`, also for a slot that is not the vendor's.
    `host` is the deployment's name; with the slot it makes a UID that stays the same, so that a calendar replaces what it knows.
    """
    # Costs a sixth of a second, and most processes never write a calendar.
    from icalendar import Calendar  # noqa: PLC0415

    with reading() as session:
        row = session.execute(
            select(Vendor.business_name, Edition.name, Edition.slug, Edition.timezone, Bazaar.name)
            .join(Edition, Edition.id == Vendor.edition_id)
            .join(Bazaar, Bazaar.id == Edition.bazaar_id)
            .where(Vendor.id == vendor_id)
        ).one_or_none()
        if row is None:
            raise Refusal("not_found")
        # Stored before names were one line, or by hand: a line break would make the whole calendar unwritable.
        business_name, edition_name, slug, timezone, bazaar_name = (one_line(text) for text in row)
        turns = [turn for turn in published_turns_of(session, vendor_id) if slot_id in {None, turn.slot_id}]
    if slot_id is not None and not turns:
        raise Refusal("not_found")
    calendar = Calendar()
    calendar.add("prodid", "-//Giliran//Giliran//ID")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"Giliran {business_name}")
    calendar.add("x-wr-timezone", timezone)
    calendar.add("refresh-interval", REFRESH_EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT2H")
    for turn in turns:
        event = _event(turn, timezone, f"{slug}-{turn.slot_id}-{turn.vendor_id}@{host}", now)
        event.add("summary", f"Giliran siaran {business_name}")
        event.add("location", f"{bazaar_name} (Zoom)")
        enter = clock_zone_text(turn.starts_at - ENTER_BEFORE, timezone)
        event.add("description", f"{edition_name}. Masuk Zoom jam {enter}. Tombolnya ada di tautan pribadi dari panitia.")
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(turn: "PublishedTurn", timezone: str, uid: str, now: datetime) -> "Event":
    from icalendar import Alarm, Event  # noqa: PLC0415 (as above)

    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", now)
    event.add("dtstart", _local(turn.starts_at, zone(timezone)))
    event.add("dtend", _local(turn.ends_at, zone(timezone)))
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
