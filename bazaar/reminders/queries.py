"""What went out and what will: the message board of an edition, and the plain list for the command line."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.localtime import local_date, to_utc
from bazaar.reminders.hand import HandLine, hand_list
from bazaar.reminders.rows import ARRIVED_STATES
from bazaar.reminders.world import VendorLinks
from bazaar.states import OPEN_DELIVERY_STATES, ChannelName, DeliveryState, ReminderKind, ReminderState
from models import Delivery, Edition, Reminder, Vendor

_TROUBLE = frozenset({DeliveryState.DEAD, DeliveryState.UNKNOWN})


@dataclass(frozen=True)
class ReminderLine:
    """A reminder with one of its deliveries, as `reminders list` prints it."""

    vendor: str
    kind: ReminderKind
    lead_minutes: int | None
    turn_starts_at: datetime | None
    due_at: datetime
    stale_at: datetime
    state: ReminderState
    channel: ChannelName
    delivery_state: DeliveryState
    attempt_count: int
    last_error: str


@dataclass(frozen=True)
class SentLine:
    """One message on the board. `at` is when it reached its state, or when it is due where it still waits."""

    kind: ReminderKind
    lead_minutes: int | None
    channel: ChannelName
    state: DeliveryState
    at: datetime
    trouble: str  # why it did not go, in the words of whoever refused


@dataclass(frozen=True)
class VendorLine:
    """All messages about one turn of one vendor."""

    vendor_id: int
    owner_name: str
    business_name: str
    turn_starts_at: datetime
    messages: tuple[SentLine, ...]


@dataclass(frozen=True)
class MessageDay:
    """A day with turns about which messages were planned."""

    day: date
    is_chosen: bool


@dataclass(frozen=True)
class MessagesPage:
    """The page `Pesan`."""

    by_hand: tuple[HandLine, ...]
    is_demo: bool
    days: tuple[MessageDay, ...]
    day: date | None
    earlier: date | None
    later: date | None
    vendors: tuple[VendorLine, ...]
    sent_count: int
    open_count: int
    trouble_count: int


def messages_page(edition_id: int, links: VendorLinks, *, day: date | None, now: datetime) -> MessagesPage:
    """The list to send by hand, and what went out about the turns of one day: the one asked for, else today or the next one."""
    by_hand = hand_list(edition_id, links, now=now)
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        days = _days(session, edition)
        chosen = day if day in days else _nearest(days, local_date(now, edition.timezone))
        vendors = tuple(_vendor_lines(session, edition, chosen)) if chosen else ()
    messages = [message for vendor in vendors for message in vendor.messages]
    return MessagesPage(
        by_hand=tuple(by_hand),
        is_demo=edition.is_demo,
        days=tuple(MessageDay(other, other == chosen) for other in days),
        day=chosen,
        earlier=max((other for other in days if chosen and other < chosen), default=None),
        later=min((other for other in days if chosen and other > chosen), default=None),
        vendors=vendors,
        sent_count=sum(message.state in ARRIVED_STATES for message in messages),
        open_count=sum(message.state in OPEN_DELIVERY_STATES for message in messages),
        trouble_count=sum(message.state in _TROUBLE for message in messages),
    )


def reminder_list(edition_id: int) -> list[ReminderLine]:
    """Everything planned and sent for an edition, by the instant it is due."""
    with reading() as session:
        rows = session.execute(
            select(Reminder, Delivery, Vendor.business_name)
            .join(Delivery, Delivery.reminder_id == Reminder.id)
            .join(Vendor, Vendor.id == Reminder.vendor_id)
            .where(Reminder.edition_id == edition_id)
            .order_by(Reminder.due_at, Vendor.business_name, Delivery.id)
        ).all()
        return [
            ReminderLine(
                vendor=business_name,
                kind=reminder.kind,
                lead_minutes=reminder.lead_minutes,
                turn_starts_at=reminder.turn_starts_at,
                due_at=reminder.due_at,
                stale_at=reminder.stale_at,
                state=reminder.state,
                channel=delivery.channel,
                delivery_state=delivery.state,
                attempt_count=delivery.attempt_count,
                last_error=delivery.last_error or "",
            )
            for reminder, delivery, business_name in rows
        ]


def _days(session: Session, edition: Edition) -> list[date]:
    starts = session.scalars(select(Reminder.turn_starts_at).where(Reminder.edition_id == edition.id).distinct())
    return sorted({local_date(at, edition.timezone) for at in starts if at})


def _nearest(days: list[date], today: date) -> date | None:
    return next((day for day in days if day >= today), days[-1] if days else None)


def _vendor_lines(session: Session, edition: Edition, day: date) -> list[VendorLine]:
    begins_at, ends_at = (to_utc(at, time.min, edition.timezone) for at in (day, day + timedelta(days=1)))
    rows = session.execute(
        select(Reminder, Delivery, Vendor)
        .join(Delivery, Delivery.reminder_id == Reminder.id)
        .join(Vendor, Vendor.id == Reminder.vendor_id)
        .where(Reminder.edition_id == edition.id, Reminder.turn_starts_at >= begins_at, Reminder.turn_starts_at < ends_at)
        .order_by(Reminder.turn_starts_at, Vendor.business_name, Reminder.due_at, Delivery.id)
    ).all()
    lines = []
    for (starts_at, _vendor_id), group in groupby(rows, key=lambda row: (row[0].turn_starts_at, row[2].id)):
        members = list(group)
        vendor: Vendor = members[0][2]
        messages = tuple(_sent_line(reminder, delivery) for reminder, delivery, _vendor in members)
        lines.append(VendorLine(vendor.id, vendor.owner_name, vendor.business_name, starts_at, messages))
    return lines


def _sent_line(reminder: Reminder, delivery: Delivery) -> SentLine:
    return SentLine(
        kind=reminder.kind,
        lead_minutes=reminder.lead_minutes,
        channel=delivery.channel,
        state=delivery.state,
        at=delivery.finished_at or delivery.next_at,
        trouble="" if delivery.state in ARRIVED_STATES else delivery.last_error or "",
    )
