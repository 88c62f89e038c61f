"""Turns as iCalendar files, for the calendar on a vendor's phone. Never a phone number, never a link that is a permission."""

from datetime import datetime

from bazaar.calendar_file import write_calendar
from bazaar.database import reading
from bazaar.refusals import Refusal
from bazaar.reminders.invite import calendar_of
from bazaar.vendors.turn_page import published_turns_of
from models import Vendor


def vendor_calendar(vendor_id: int, *, host: str, slot_id: int | None = None, now: datetime) -> bytes:
    """The turns of a vendor as text/calendar, each with an alarm half an hour before: one, or all as a feed to subscribe to.

    Past turns stay in the feed, or they would vanish from calendars. Refuses `not_found`, also for a slot that is not the vendor's.
    `host` is the deployment's name; with the slot it makes a UID that stays the same, so that a calendar replaces what it knows.
    """
    with reading() as session:
        vendor = session.get(Vendor, vendor_id)
        if vendor is None:
            raise Refusal("not_found")
        calendar = calendar_of(session, vendor, host=host)
        turns = [turn for turn in published_turns_of(session, vendor_id) if slot_id in {None, turn.slot_id}]
    if slot_id is not None and not turns:
        raise Refusal("not_found")
    events = [calendar.turn(turn.slot_id, turn.starts_at, turn.ends_at) for turn in turns]
    return write_calendar(events, name=calendar.name, timezone=calendar.timezone, now=now)
