"""Gathers what a message says from the tables as they are now: names, times, the vendor's answer, the closed books."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bazaar.lines import one_line
from bazaar.localtime import clock_text, clock_zone_text, day_text, local_date, minutes_between, part_of_day_text, wait_text
from bazaar.money import format_rupiah
from bazaar.phones import show_phone
from bazaar.reminders.changes import news_of, starts_by_vendor
from bazaar.reminders.placeholders import TextKind, Wording, tame, text_kind
from bazaar.reminders.policy import is_long
from bazaar.states import ReminderKind
from bazaar.turns import PublishedTurn, published_turns, select_published
from bazaar.vendors.address import NOBODY_IN_PARTICULAR, form_of_address
from bazaar.vendors.answers import CurrentAnswer, newest_answers
from bazaar.vendors.message_language import letter_language
from bazaar.vendors.turn_page import ENTER_BEFORE
from models import Answer, Bazaar, Closing, Edition, MessageText, Reminder, Slot, Supplement, Turn, Vendor

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
    enter: str  # 20.05 WIB: when to join the stream; empty once that is now
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
    late: str = ""  # what reached the books after they were closed, in rupiah; empty where that is nothing


@dataclass(frozen=True)
class Letter:
    """Everything that a message may say."""

    kind: ReminderKind
    language: str  # id, en or jv
    name: str
    you: str  # Ibu, Bapak, Mbak, Mas or Anda (Javanese: Panjenengan)
    business_name: str
    goods: str  # what the vendor is known for; may be empty
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
    own: Wording | None = None  # the edition's own wording, to be filled; without one the usual text


def you_of(owner_name: str, language: str) -> str:
    """How the letter speaks to its reader: Javanese has a word of its own for whoever is noted without a title."""
    form = form_of_address(owner_name)
    return "Panjenengan" if language == "jv" and form == NOBODY_IN_PARTICULAR else form


def soon_words(starts_at: datetime, timezone: str, language: str, *, now: datetime) -> str:
    """`28 menit lagi`; from an hour and a half on `malam ini`, `besok sore`; beyond tomorrow `Kamis malam`."""
    minutes = minutes_between(now - timedelta(seconds=30), starts_at)  # to the nearest one: 9 min 40 s are ten minutes to anybody
    if 0 <= minutes < _COUNTDOWN_MINUTES:
        return wait_text(minutes, language) if minutes else _AT_ONCE[language]
    part = part_of_day_text(starts_at, timezone, language)
    day, today = local_date(starts_at, timezone), local_date(now, timezone)
    weekday = day_text(day, language).partition(",")[0]
    if day == today:
        return _TODAY[language].format(part=part)
    return (_TOMORROW if day == today + timedelta(days=1) else _LATER)[language].format(part=part, weekday=weekday)


_AT_ONCE = {"id": "sebentar lagi", "en": "in a moment", "jv": "sekedhap malih"}
_TODAY = {"id": "{part} ini", "en": "this {part}", "jv": "{part} niki"}
_TOMORROW = {"id": "besok {part}", "en": "tomorrow {part}", "jv": "benjing {part}"}
_LATER = {"id": "{weekday} {part}", "en": "on {weekday} {part}", "jv": "{weekday} {part}"}


def turn_words(starts_at: datetime, timezone: str, language: str, *, now: datetime, ends_at: datetime | None = None) -> TurnWords:
    """A turn in words."""
    clock = clock_zone_text(starts_at, timezone)
    time = clock_text(starts_at, timezone)
    enter_at = starts_at - ENTER_BEFORE
    return TurnWords(
        day=day_text(local_date(starts_at, timezone), language),
        clock=clock,
        time=time,
        zone=clock.removeprefix(time).strip(),
        soon=soon_words(starts_at, timezone, language, now=now),
        enter=clock_zone_text(enter_at, timezone) if now < enter_at else "",
        minutes=minutes_between(starts_at, ends_at) if ends_at else 0,
    )


@dataclass(frozen=True)
class Facts:
    """What the tables say now about whatever some reminders are about, read at once for all of them. Turns: (slot id, vendor id)."""

    vendors: dict[int, Vendor]
    editions: dict[int, tuple[Edition, Bazaar]]
    slots: dict[tuple[int, int], Slot]  # of the turns in force
    answers: dict[tuple[int, int], CurrentAnswer]
    books: dict[tuple[int, int], tuple[Closing, Slot, int]]  # with what arrived late, in rupiah
    current: dict[int, list[PublishedTurn]]  # by edition, where a change is to be told
    texts: dict[tuple[int, TextKind, str], Wording]  # editions' own wordings, by language


def facts_of(session: Session, reminders: Collection[Reminder]) -> Facts:
    """Query: the facts for these reminders, in as many statements as for one."""
    edition_ids, vendor_ids = {reminder.edition_id for reminder in reminders}, {reminder.vendor_id for reminder in reminders}
    editions = session.execute(select(Edition, Bazaar).join(Bazaar, Bazaar.id == Edition.bazaar_id).where(Edition.id.in_(edition_ids)))
    slot_ids = {kind: {row.slot_id for row in reminders if row.kind is kind} for kind in ReminderKind}
    ahead, over = slot_ids[ReminderKind.BEFORE], slot_ids[ReminderKind.RECAP]
    changed = {row.edition_id for row in reminders if row.kind in {ReminderKind.CHANGED, ReminderKind.CANCELLED}}
    turns = session.execute(select_published().where(Turn.slot_id.in_(ahead))) if ahead else ()
    return Facts(
        vendors={vendor.id: vendor for vendor in session.scalars(select(Vendor).where(Vendor.id.in_(vendor_ids)))},
        editions={edition.id: (edition, bazaar) for edition, bazaar in editions},
        slots={(slot.id, vendor.id): slot for _turn, slot, _live_session, vendor in turns},
        answers=newest_answers(session, Answer.slot_id.in_(ahead)) if ahead else {},
        books=_books_of(session, over) if over else {},
        current={edition_id: published_turns(session, edition_id) for edition_id in changed},
        texts=_texts_of(session, edition_ids),
    )


def _texts_of(session: Session, edition_ids: Collection[int]) -> dict[tuple[int, TextKind, str], Wording]:
    rows = session.scalars(select(MessageText).where(MessageText.edition_id.in_(edition_ids), MessageText.body != ""))
    return {
        (row.edition_id, text_kind(row.kind, is_long_before=row.is_long_before), row.language): Wording(row.subject, row.body)
        for row in rows
    }


def _books_of(session: Session, slot_ids: Collection[int | None]) -> dict[tuple[int, int], tuple[Closing, Slot, int]]:
    late = select(func.sum(Supplement.amount_idr)).where(Supplement.closing_id == Closing.id).correlate(Closing).scalar_subquery()
    rows = session.execute(select(Closing, Slot, late).join(Slot, Slot.id == Closing.slot_id).where(Closing.slot_id.in_(slot_ids)))
    return {(closing.slot_id, closing.vendor_id): (closing, slot, int(amount or 0)) for closing, slot, amount in rows}


def gather_letter(session: Session, reminder: Reminder, *, link: str, now: datetime, language: str = "") -> Letter | None:
    """Step: what to write now; None when there is nothing to say any more (the turn moved on, or the change was taken back).

    In the vendor's language, or in the one that the way needs.
    """
    return letter_of(facts_of(session, [reminder]), reminder, link=link, now=now, language=language)


def letter_of(facts: Facts, reminder: Reminder, *, link: str, now: datetime, language: str = "") -> Letter | None:
    """As `gather_letter`, from facts that were read for many."""
    vendor = facts.vendors[reminder.vendor_id]
    edition, bazaar = facts.editions[reminder.edition_id]
    language = language or letter_language(vendor)
    if reminder.kind is ReminderKind.BEFORE:
        special = _about_turn(facts, reminder, edition, language, now)
    elif reminder.kind is ReminderKind.RECAP:
        special = _about_books(facts, reminder, edition, language, now)
    else:
        special = _about_change(facts, reminder, edition, language, now)
    if special is None:
        return None
    kind = text_kind(reminder.kind, is_long_before=is_long(reminder.lead_minutes or 0))
    own = facts.texts.get((edition.id, kind, language))
    bare = bare_letter(reminder.kind, language, vendor, edition, bazaar, link=link)
    return replace(bare, own=own, **special)  # type: ignore[arg-type] # keyed by field


def bare_letter(kind: ReminderKind, language: str, vendor: Vendor, edition: Edition, bazaar: Bazaar, *, link: str) -> Letter:
    """What every letter to this vendor says, without what this one is about."""
    return Letter(
        kind=kind,
        language=language,
        name=_name(vendor.owner_name),
        you=you_of(vendor.owner_name, language),
        business_name=_name(vendor.business_name),
        goods=_name(vendor.featured_product),
        edition_name=_name(edition.name),
        bazaar_name=_name(bazaar.name),
        help_phone=show_phone(bazaar.help_phone) if bazaar.help_phone else "",
        help_phone_e164=bazaar.help_phone,
        link=link,
    )


def _name(text: str) -> str:
    return tame(one_line(text))


def _turn_of(reminder: Reminder) -> tuple[int, int]:
    return reminder.slot_id or 0, reminder.vendor_id


def _about_turn(facts: Facts, reminder: Reminder, edition: Edition, language: str, now: datetime) -> dict[str, object] | None:
    slot = facts.slots.get(_turn_of(reminder))
    if slot is None or slot.starts_at != reminder.turn_starts_at:
        return None
    answer = facts.answers.get(_turn_of(reminder))
    words = turn_words(slot.starts_at, edition.timezone, language, now=now, ends_at=slot.ends_at)
    return {"turn": words, "answer": answer.kind.value if answer else ""}


def _about_change(facts: Facts, reminder: Reminder, edition: Edition, language: str, now: datetime) -> dict[str, object] | None:
    """From what the vendor was told to what holds now. Lost turns are named also while their hour has just begun."""
    told = [datetime.fromisoformat(at) for at in reminder.details["old"]]
    planned_gone = {datetime.fromisoformat(at) for at in reminder.details["gone"]}
    current = [turn for turn in facts.current[edition.id] if turn.vendor_id == reminder.vendor_id]
    starts = starts_by_vendor(current).get(reminder.vendor_id, frozenset())
    news = news_of(told, starts, now=now)
    gone = sorted(set(news.gone) | (planned_gone - starts))
    if not gone and not news.added:
        return None
    ends = {turn.starts_at: turn.ends_at for turn in current}

    def words(instants: Iterable[datetime]) -> tuple[TurnWords, ...]:
        return tuple(turn_words(at, edition.timezone, language, now=now, ends_at=ends.get(at)) for at in instants)

    return {"gone": words(gone), "added": words(news.added), "staying": words(news.staying)}


def _about_books(facts: Facts, reminder: Reminder, edition: Edition, language: str, now: datetime) -> dict[str, object] | None:
    books = facts.books.get(_turn_of(reminder))
    if books is None:
        return None
    closing, slot, late = books
    recap = RecapWords(
        sale_count=closing.sale_count,
        item_count=closing.item_count,
        amount=format_rupiah(closing.amount_idr),
        best_product=_name(closing.best_product),
        number=closing.number,
        late=format_rupiah(late) if late else "",
    )
    starts_at = reminder.turn_starts_at or slot.starts_at
    return {"recap": recap, "turn": turn_words(starts_at, edition.timezone, language, now=now, ends_at=slot.ends_at)}
