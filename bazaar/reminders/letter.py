"""Gathers what a message says from the tables as they are now: names, times, the vendor's answer, the closed books."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.localtime import clock_text, clock_zone_text, day_text, local_date, localize, minutes_between, wait_text
from bazaar.money import format_rupiah
from bazaar.phones import show_phone
from bazaar.reminders.changes import news_of, starts_by_vendor
from bazaar.states import AnswerKind, ReminderKind
from bazaar.turns import published_turns, select_published
from bazaar.vendors.address import form_of_address
from models import Answer, Bazaar, Closing, Edition, Reminder, Slot, Turn, Vendor

HIDDEN_LINK = "(tautan pribadi)"
"""Stands for the vendor's link wherever a text is kept: who reads the tables must not be able to open it."""

_COUNTDOWN_MINUTES = 90


@dataclass(frozen=True)
class TurnWords:
    """One turn in words, on the clocks of the edition."""

    day: str  # Selasa, 4 Mei
    clock: str  # 20.15 WIB
    time: str  # 20.15
    zone: str  # WIB
    soon: str  # 28 menit lagi, malam ini, besok malam, Kamis malam
    minutes: int = 0  # how long it lasts, where known

    @property
    def whole(self) -> str:
        """Day and clock together."""
        return f"{self.day}, {self.clock}"


@dataclass(frozen=True)
class RecapWords:
    """The closed books of one turn."""

    sale_count: int
    item_count: int
    amount: str
    best_product: str
    number: int


@dataclass(frozen=True)
class Letter:
    """Everything that a message may say."""

    kind: ReminderKind
    name: str
    you: str  # Ibu, Bapak, Mbak, Mas or Anda
    business_name: str
    edition_name: str
    bazaar_name: str
    help_phone: str
    help_phone_e164: str
    link: str
    turn: TurnWords | None = None
    answer: str = ""  # ready, unable or nothing yet
    gone: tuple[TurnWords, ...] = field(default=())
    added: tuple[TurnWords, ...] = field(default=())
    staying: tuple[TurnWords, ...] = field(default=())
    recap: RecapWords | None = None


def soon_words(starts_at: datetime, timezone: str, *, now: datetime) -> str:
    """`28 menit lagi`; from an hour and a half on `malam ini`, `besok sore`; beyond tomorrow `Kamis malam`."""
    minutes = minutes_between(now, starts_at)
    if 0 <= minutes < _COUNTDOWN_MINUTES:
        return wait_text(minutes) if minutes else "sebentar lagi"
    part = _part_of_day(localize(starts_at, timezone).hour)
    day, today = local_date(starts_at, timezone), local_date(now, timezone)
    if day == today:
        return f"{part} ini"
    if day == today + timedelta(days=1):
        return f"besok {part}"
    return f"{_weekday(day)} {part}"


def _part_of_day(hour: int) -> str:
    for until, name in ((4, "dini hari"), (11, "pagi"), (15, "siang"), (18, "sore")):
        if hour < until:
            return name
    return "malam"


def _weekday(day: date) -> str:
    return day_text(day).partition(",")[0]


def turn_words(starts_at: datetime, timezone: str, *, now: datetime, ends_at: datetime | None = None) -> TurnWords:
    """A turn in words."""
    clock = clock_zone_text(starts_at, timezone)
    time = clock_text(starts_at, timezone)
    return TurnWords(
        day=day_text(local_date(starts_at, timezone)),
        clock=clock,
        time=time,
        zone=clock.removeprefix(time).strip(),
        soon=soon_words(starts_at, timezone, now=now),
        minutes=minutes_between(starts_at, ends_at) if ends_at else 0,
    )


def gather_letter(session: Session, reminder: Reminder, *, link: str, now: datetime) -> Letter | None:
    """Step: what to write now; None when there is nothing to say any more (the turn moved on, or the change was taken back)."""
    vendor = session.get_one(Vendor, reminder.vendor_id)
    edition = session.get_one(Edition, reminder.edition_id)
    bazaar = session.get_one(Bazaar, edition.bazaar_id)
    base = {
        "kind": reminder.kind,
        "name": vendor.owner_name,
        "you": form_of_address(vendor.owner_name),
        "business_name": vendor.business_name,
        "edition_name": edition.name,
        "bazaar_name": bazaar.name,
        "help_phone": show_phone(bazaar.help_phone) if bazaar.help_phone else "",
        "help_phone_e164": bazaar.help_phone,
        "link": link,
    }
    if reminder.kind is ReminderKind.BEFORE:
        special = _about_turn(session, reminder, edition, now)
    elif reminder.kind is ReminderKind.RECAP:
        special = _about_books(session, reminder, edition, now)
    else:
        special = _about_change(session, reminder, edition, now)
    return None if special is None else Letter(**base, **special)  # type: ignore[arg-type] # both are keyed by field


def _about_turn(session: Session, reminder: Reminder, edition: Edition, now: datetime) -> dict[str, object] | None:
    row = session.execute(select_published().where(Turn.slot_id == reminder.slot_id, Turn.vendor_id == reminder.vendor_id)).first()
    if row is None or row[1].starts_at != reminder.turn_starts_at:
        return None
    slot = row[1]
    answer = session.scalar(
        select(Answer.kind)
        .where(Answer.slot_id == slot.id, Answer.vendor_id == reminder.vendor_id)
        .order_by(Answer.answered_at.desc(), Answer.id.desc())
        .limit(1)
    )
    words = turn_words(slot.starts_at, edition.timezone, now=now, ends_at=slot.ends_at)
    return {"turn": words, "answer": AnswerKind(answer).value if answer else ""}


def _about_change(session: Session, reminder: Reminder, edition: Edition, now: datetime) -> dict[str, object] | None:
    """From what the vendor was told to what holds now. Lost turns are named also while their hour has just begun."""
    told = [datetime.fromisoformat(at) for at in reminder.details["old"]]
    planned_gone = {datetime.fromisoformat(at) for at in reminder.details["gone"]}
    current = [turn for turn in published_turns(session, edition.id) if turn.vendor_id == reminder.vendor_id]
    starts = starts_by_vendor(current).get(reminder.vendor_id, frozenset())
    news = news_of(told, starts, now=now)
    gone = sorted(set(news.gone) | (planned_gone - starts))
    if not gone and not news.added:
        return None
    ends = {turn.starts_at: turn.ends_at for turn in current}

    def words(instants: Iterable[datetime]) -> tuple[TurnWords, ...]:
        return tuple(turn_words(at, edition.timezone, now=now, ends_at=ends.get(at)) for at in instants)

    return {"gone": words(gone), "added": words(news.added), "staying": words(news.staying)}


def _about_books(session: Session, reminder: Reminder, edition: Edition, now: datetime) -> dict[str, object] | None:
    closing = session.scalar(select(Closing).where(Closing.slot_id == reminder.slot_id, Closing.vendor_id == reminder.vendor_id))
    slot = session.get(Slot, reminder.slot_id)
    if closing is None or slot is None:
        return None
    recap = RecapWords(
        sale_count=closing.sale_count,
        item_count=closing.item_count,
        amount=format_rupiah(closing.amount_idr),
        best_product=closing.best_product,
        number=closing.number,
    )
    starts_at = reminder.turn_starts_at or slot.starts_at
    return {"recap": recap, "turn": turn_words(starts_at, edition.timezone, now=now, ends_at=slot.ends_at)}
