"""The turn as a calendar file that travels with a mail, and the name under which messages about one turn belong together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bazaar.calendar_file import CalendarTurn, turn_uid, write_calendar
from bazaar.localtime import clock_zone_text
from bazaar.reminders.changes import news_of
from bazaar.reminders.channels.base import Attachment
from bazaar.reminders.policy import is_long
from bazaar.reminders.rows import NOTICES
from bazaar.states import ReminderKind
from bazaar.turns import PublishedTurn
from bazaar.vendors.turn_page import ENTER_BEFORE, published_turns_of
from models import Bazaar, Edition, Reminder, Slot, Vendor

MEDIA_TYPE = "text/calendar; method=PUBLISH; charset=utf-8"
FILE_NAME = "giliran.ics"
_USUAL_LENGTH = timedelta(minutes=15)


@dataclass(frozen=True)
class VendorCalendar:
    """What is the same in all calendar entries of one vendor.

    `sequence` is the newest reminder ever planned for them: whenever a turn of theirs comes, moves or goes, reminders are planned,
    so it rises with every change.
    """

    vendor_id: int
    name: str
    summary: str
    location: str
    edition_name: str
    edition_slug: str
    timezone: str
    host: str
    sequence: int

    def turn(self, slot_id: int, starts_at: datetime, ends_at: datetime, *, is_cancelled: bool = False) -> CalendarTurn:
        """One turn in it."""
        enter = clock_zone_text(starts_at - ENTER_BEFORE, self.timezone)
        says = "Giliran ini batal." if is_cancelled else f"Masuk Zoom jam {enter}. Tombolnya ada di tautan pribadi dari panitia."
        return CalendarTurn(
            uid=turn_uid(self.edition_slug, slot_id, self.vendor_id, self.host),
            starts_at=starts_at,
            ends_at=ends_at,
            summary=f"Batal: {self.summary}" if is_cancelled else self.summary,
            location=self.location,
            description=f"{self.edition_name}. {says}",
            sequence=self.sequence,
            is_cancelled=is_cancelled,
        )


def calendar_of(session: Session, vendor: Vendor, *, host: str) -> VendorCalendar:
    """Query: the calendar of a vendor, without its turns."""
    edition = session.get_one(Edition, vendor.edition_id)
    bazaar = session.get_one(Bazaar, edition.bazaar_id)
    return VendorCalendar(
        vendor_id=vendor.id,
        name=f"Giliran {vendor.business_name}",
        summary=f"Giliran siaran {vendor.business_name}",
        location=f"{bazaar.name} (Zoom)",
        edition_name=edition.name,
        edition_slug=edition.slug,
        timezone=edition.timezone,
        host=host,
        sequence=session.scalar(select(func.max(Reminder.id)).where(Reminder.vendor_id == vendor.id)) or 0,
    )


def attachments_of(session: Session, reminder: Reminder, *, link: str, now: datetime) -> tuple[Attachment, ...]:
    """Query: what travels with a mail about this reminder: the turn for the long reminder, what changed for a notice; else nothing.

    A turn that went is in the file too, cancelled under the UID it had, so that it leaves the calendar that knew it. `link` is the
    vendor's, of which only the host's name is used.
    """
    vendor = session.get_one(Vendor, reminder.vendor_id)
    calendar = calendar_of(session, vendor, host=urlsplit(link).hostname or "")
    turns = _turns_for(session, reminder, calendar, now)
    if not turns:
        return ()
    return (Attachment(FILE_NAME, MEDIA_TYPE, write_calendar(turns, name=calendar.name, timezone=calendar.timezone, now=now)),)


def topic_of(session: Session, reminder: Reminder) -> str:
    """Query: of two messages with one topic the later one replaces the earlier one on a phone, and a mail program shows them together.

    One turn, one topic: its reminders, the notice that it alone went, its recap. A notice about several turns stands for itself, or
    a later one would take away what an earlier one told.
    """
    slot_id = reminder.slot_id
    if slot_id is None and reminder.kind in NOTICES:
        gone = [datetime.fromisoformat(at) for at in reminder.details["gone"]]
        slots = _slots_of(session, reminder.vendor_id, gone)
        slot_id = next(iter(slots.values())) if len(gone) == 1 and slots else None
    about = f"turn-{slot_id}-{reminder.vendor_id}" if slot_id is not None else f"notice-{reminder.id}-{reminder.vendor_id}"
    return sha256(about.encode()).hexdigest()[:32]


def _turns_for(session: Session, reminder: Reminder, calendar: VendorCalendar, now: datetime) -> list[CalendarTurn]:
    if reminder.kind not in {ReminderKind.BEFORE, *NOTICES} or (
        reminder.kind is ReminderKind.BEFORE and not is_long(reminder.lead_minutes or 0)
    ):
        return []
    current = published_turns_of(session, reminder.vendor_id)
    if reminder.kind is ReminderKind.BEFORE:
        return [calendar.turn(turn.slot_id, turn.starts_at, turn.ends_at) for turn in current if turn.slot_id == reminder.slot_id]
    return _changed_turns(session, reminder, calendar, current, now)


def _changed_turns(
    session: Session, reminder: Reminder, calendar: VendorCalendar, current: Sequence[PublishedTurn], now: datetime
) -> list[CalendarTurn]:
    told = [datetime.fromisoformat(at) for at in reminder.details["old"]]
    starts = {turn.starts_at for turn in current}
    news = news_of(told, starts, now=now)
    gone = {*news.gone, *(datetime.fromisoformat(at) for at in reminder.details["gone"])} - starts
    still = {turn.slot_id for turn in current}  # a slot whose hour moved keeps its UID: the new hour replaces the old one by itself
    went = {at: slot_id for at, slot_id in _slots_of(session, reminder.vendor_id, sorted(gone)).items() if slot_id not in still}
    lengths = _lengths(session, list(went.values()))
    cancelled = [
        calendar.turn(slot_id, at, at + lengths.get(slot_id, _USUAL_LENGTH), is_cancelled=True) for at, slot_id in sorted(went.items())
    ]
    return cancelled + [calendar.turn(turn.slot_id, turn.starts_at, turn.ends_at) for turn in current if turn.starts_at in news.added]


def _slots_of(session: Session, vendor_id: int, instants: Sequence[datetime]) -> dict[datetime, int]:
    """Which slot the vendor had at an instant: their own reminders know it, whatever the rotation says by now."""
    rows = session.execute(
        select(Reminder.turn_starts_at, Reminder.slot_id)
        .where(
            Reminder.vendor_id == vendor_id,
            Reminder.kind == ReminderKind.BEFORE,
            Reminder.turn_starts_at.in_(instants),
            Reminder.slot_id.is_not(None),
        )
        .order_by(Reminder.id)
    )
    return {at: slot_id for at, slot_id in rows if at is not None and slot_id is not None}


def _lengths(session: Session, slot_ids: Sequence[int]) -> dict[int, timedelta]:
    slots = session.scalars(select(Slot).where(Slot.id.in_(slot_ids)))
    return {slot.id: slot.ends_at - slot.starts_at for slot in slots}
