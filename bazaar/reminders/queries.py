"""What went out and what will: the message board of an edition, and the plain list for the command line."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.localtime import clock_text, local_date, to_utc
from bazaar.reminders.dead_letters import ENDED_BADLY
from bazaar.reminders.hand import HandLine, hand_list
from bazaar.reminders.rows import ARRIVED_STATES
from bazaar.reminders.timeline import TROUBLE_STATES, Story, stories, troubled
from bazaar.reminders.world import VendorLinks
from bazaar.states import OPEN_DELIVERY_STATES, ChannelName, DeliveryState, ReminderKind, ReminderState
from models import Delivery, Edition, Reminder, Vendor

DEAD_MATTERS_FOR = timedelta(hours=12)
"""So long after a turn it is still asked what became of its messages."""

Filter = Literal["all", "trouble", "unreached", "unanswered"]
FILTERS: Mapping[Filter, Callable[[Story], bool]] = {
    "all": lambda _story: True,
    "trouble": lambda story: story.has_trouble,
    "unreached": lambda story: story.is_current and not story.is_reached,
    "unanswered": lambda story: story.is_current and story.answer is None,
}


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
    """All messages about one turn of one vendor, and the story that they tell."""

    vendor_id: int
    owner_name: str
    business_name: str
    turn_starts_at: datetime
    messages: tuple[SentLine, ...]
    story: Story


@dataclass(frozen=True)
class DeadLine:
    """A message that asks for a person: it ended badly, and no other way of it arrived or still may."""

    delivery_id: int
    vendor_id: int
    owner_name: str
    business_name: str
    kind: ReminderKind
    lead_minutes: int | None
    turn_starts_at: datetime
    channel: ChannelName
    state: DeliveryState
    at: datetime
    trouble: str
    can_go_again: bool  # it would still be of use


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
    dead: tuple[DeadLine, ...]
    filter: Filter
    counts: dict[Filter, int]  # vendors of the day that each filter leaves
    earlier: date | None
    later: date | None
    vendors: tuple[VendorLine, ...]  # those that the filter leaves
    sent_count: int
    open_count: int
    trouble_count: int


def messages_page(edition_id: int, links: VendorLinks, *, day: date | None, show: Filter = "all", now: datetime) -> MessagesPage:
    """The list to send by hand, what ended badly, and the day's turns: those of the day asked for, else of today or the next one."""
    by_hand = hand_list(edition_id, links, now=now)
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        days = _days(session, edition)
        chosen = day if day in days else _nearest(days, local_date(now, edition.timezone))
        vendors = _vendor_lines(session, edition, chosen, now) if chosen else []
        dead = _dead_lines(session, edition, now)
    messages = [message for vendor in vendors for message in vendor.messages]
    return MessagesPage(
        by_hand=tuple(by_hand),
        is_demo=edition.is_demo,
        days=tuple(MessageDay(other, other == chosen) for other in days),
        day=chosen,
        earlier=max((other for other in days if chosen and other < chosen), default=None),
        later=min((other for other in days if chosen and other > chosen), default=None),
        dead=tuple(dead),
        filter=show,
        counts={name: sum(fits(line.story) for line in vendors) for name, fits in FILTERS.items()},
        vendors=tuple(line for line in vendors if FILTERS[show](line.story)),
        sent_count=sum(message.state in ARRIVED_STATES for message in messages),
        open_count=sum(message.state in OPEN_DELIVERY_STATES for message in messages),
        trouble_count=sum(message.state in TROUBLE_STATES for message in messages),
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


def _vendor_lines(session: Session, edition: Edition, day: date, now: datetime) -> list[VendorLine]:
    begins_at, ends_at = (to_utc(at, time.min, edition.timezone) for at in (day, day + timedelta(days=1)))
    of_day = (Reminder.turn_starts_at >= begins_at, Reminder.turn_starts_at < ends_at)
    rows = session.execute(
        select(Reminder, Delivery)
        .join(Delivery, Delivery.reminder_id == Reminder.id)
        .where(Reminder.edition_id == edition.id, *of_day)
        .order_by(Reminder.due_at, Delivery.id)
    ).all()
    messages: defaultdict[tuple[datetime | None, int], list[SentLine]] = defaultdict(list)
    for reminder, delivery in rows:
        messages[reminder.turn_starts_at, reminder.vendor_id].append(_sent_line(reminder, delivery))
    return [
        VendorLine(
            story.vendor_id,
            story.owner_name,
            story.business_name,
            story.turn_starts_at,
            tuple(messages[story.turn_starts_at, story.vendor_id]),
            story,
        )
        for story in stories(session, edition, *of_day, now=now)
    ]


def _dead_lines(session: Session, edition: Edition, now: datetime) -> list[DeadLine]:
    """The nearest turn first."""
    bad = select(Delivery.reminder_id).where(Delivery.state.in_(ENDED_BADLY))
    rows = session.execute(
        select(Reminder, Delivery, Vendor)
        .join(Delivery, Delivery.reminder_id == Reminder.id)
        .join(Vendor, Vendor.id == Reminder.vendor_id)
        .where(
            Reminder.edition_id == edition.id,
            Reminder.state == ReminderState.PLANNED,
            Reminder.turn_starts_at > now - DEAD_MATTERS_FOR,
            Reminder.id.in_(bad),
        )
        .order_by(Reminder.turn_starts_at, Delivery.id)
    ).all()
    vendors = {vendor.id: vendor for _reminder, _delivery, vendor in rows}
    asking = troubled([(reminder, delivery) for reminder, delivery, _vendor in rows])
    newest = {reminder.id: (reminder, delivery) for reminder, delivery in asking if delivery.state in ENDED_BADLY}
    return [
        DeadLine(
            delivery_id=delivery.id,
            vendor_id=reminder.vendor_id,
            owner_name=vendors[reminder.vendor_id].owner_name,
            business_name=vendors[reminder.vendor_id].business_name,
            kind=reminder.kind,
            lead_minutes=reminder.lead_minutes,
            turn_starts_at=reminder.turn_starts_at,
            channel=delivery.channel,
            state=delivery.state,
            at=delivery.finished_at or delivery.next_at,
            trouble=delivery.last_error or "",
            can_go_again=reminder.stale_at > now and delivery.channel is not ChannelName.HAND,
        )
        for reminder, delivery in newest.values()
        if reminder.turn_starts_at is not None
    ]


def message_sheet(edition_id: int, *, now: datetime) -> list[list[str]]:
    """Everything that happened about every turn, a line each, for a workbook; the first row names the columns."""
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        told = stories(session, edition, now=now)
    rows = [["Hari giliran", "Jam giliran", "Lapak", "Pemilik", "Waktu", "Kejadian", "Tentang", "Sebab"]]
    for story in told:
        turn_day, turn_clock = _day_and_clock(story.turn_starts_at, edition.timezone)
        for line in story.happenings:
            happened = " ".join(_day_and_clock(line.at, edition.timezone))
            rows.append([turn_day, turn_clock, story.business_name, story.owner_name, happened, line.text, line.about, line.trouble])
    return rows


def _day_and_clock(at: datetime, timezone: str) -> tuple[str, str]:
    return local_date(at, timezone).isoformat(), clock_text(at, timezone)


def _sent_line(reminder: Reminder, delivery: Delivery) -> SentLine:
    return SentLine(
        kind=reminder.kind,
        lead_minutes=reminder.lead_minutes,
        channel=delivery.channel,
        state=delivery.state,
        at=delivery.finished_at or delivery.next_at,
        trouble="" if delivery.state in ARRIVED_STATES else delivery.last_error or "",
    )
