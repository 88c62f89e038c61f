"""What happened about a turn, as a person would tell it: `19.30 WhatsApp terkirim, 19.31 dibaca, 19.34 membuka halaman, 19.35 siap`.

Told from the rows that every step leaves (delivery events, answers, the opened link, calls), in as many statements for a whole edition
as for one vendor.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.localtime import clock_text, local_date, minute_of_day, short_day_text
from bazaar.refusals import Refusal
from bazaar.reminders.call_list import UNANSWERED
from bazaar.reminders.rows import ARRIVED_STATES
from bazaar.reminders.words import CHANNELS, SEES_ARRIVAL, reminder_words
from bazaar.states import OPEN_DELIVERY_STATES, AnswerKind, ChannelName, DeliveryState, ReminderState
from bazaar.vendors.answers import noted_by
from bazaar.vendors.links import last_opened
from models import Account, Answer, Audit, Delivery, DeliveryEvent, Edition, Link, Reminder, Vendor

Furthest = Literal[
    "ready", "unable", "opened", "read", "delivered", "sent", "unsure", "by_hand", "planned", "failed", "silent", "late", "none"
]
Tone = Literal["good", "bad", "plain"]

D = DeliveryState
_UNTOLD = frozenset({D.CLAIMED, D.SENDING})
"""Steps that nobody needs to hear of."""
TROUBLE_STATES = frozenset({D.DEAD, D.UNKNOWN, D.UNRESOLVED})
"""It ended badly, or nobody knows how."""
_FROM_BEST: Sequence[tuple[Furthest, Collection[DeliveryState]]] = (
    ("read", {D.READ}),
    ("delivered", {D.DELIVERED}),
    ("sent", {D.ACCEPTED}),
    ("by_hand", {D.WAITING_FOR_HAND}),
    ("unsure", {D.SENDING, D.UNKNOWN, D.UNRESOLVED}),
    ("planned", {D.PLANNED, D.CLAIMED, D.RETRY_WAIT}),
    ("failed", {D.DEAD}),
    ("silent", {D.SUPPRESSED}),
    ("late", {D.EXPIRED}),
)
CERTAIN: frozenset[Furthest] = frozenset({"ready", "unable", "opened", "read", "delivered"})
"""From here on somebody certainly knows."""


@dataclass(frozen=True)
class Happening:
    """One line of the story."""

    at: datetime
    day: str  # empty where it is the turn's own
    clock: str
    text: str
    about: str  # Pengingat 30 menit; empty where it is about no message
    tone: Tone
    trouble: str  # why, in the words of whoever refused


@dataclass(frozen=True)
class Story:
    """All that happened about one turn of one vendor."""

    vendor_id: int
    owner_name: str
    business_name: str
    turn_starts_at: datetime
    is_current: bool  # False: the turn moved or went
    furthest: Furthest
    answer: AnswerKind | None
    has_trouble: bool
    happenings: tuple[Happening, ...]  # as they happened

    @property
    def is_reached(self) -> bool:
        """Whether something certain is known of the vendor."""
        return self.furthest in CERTAIN


def vendor_stories(edition_id: int, vendor_id: int, *, now: datetime) -> tuple[Story, ...]:
    """The turns of one vendor, the newest first. Refuses `not_found`."""
    with reading() as session:
        edition, vendor = session.get_one(Edition, edition_id), session.get(Vendor, vendor_id)
        if vendor is None or vendor.edition_id != edition_id:
            raise Refusal("not_found")
        told = stories(session, edition, Reminder.vendor_id == vendor_id, now=now)
    return tuple(sorted(told, key=lambda story: story.turn_starts_at, reverse=True))


def stories(session: Session, edition: Edition, *which: Any, now: datetime) -> list[Story]:
    """Query: the stories of the turns whose reminders match `which`, by start and business name."""
    wanted = (Reminder.edition_id == edition.id, Reminder.turn_starts_at.is_not(None), *which)
    rows = session.execute(
        select(Reminder, Delivery, Vendor)
        .join(Delivery, Delivery.reminder_id == Reminder.id)
        .join(Vendor, Vendor.id == Reminder.vendor_id)
        .where(*wanted)
        .order_by(Reminder.turn_starts_at, Vendor.business_name, Vendor.id, Reminder.due_at, Delivery.id)
    ).all()
    slot_ids, vendor_ids = {row[0].slot_id for row in rows if row[0].slot_id}, {row[2].id for row in rows}
    facts = _Facts(
        events=_events(session, wanted),
        answers=_answers(session, slot_ids),
        opened=last_opened(session, vendor_ids),
        calls=_calls(session, vendor_ids),
    )
    return [
        _story(edition, [(reminder, delivery) for reminder, delivery, _vendor in members], members[0][2], facts, now)
        for _key, group in groupby(rows, key=lambda row: (row[0].turn_starts_at, row[2].id))
        for members in [list(group)]
    ]


_Turn = tuple[int | None, int]


@dataclass(frozen=True)
class _Facts:
    """What is told besides the deliveries themselves."""

    events: defaultdict[int, list[tuple[DeliveryEvent, str | None]]]  # by delivery, with the person's name
    answers: defaultdict[_Turn, list[tuple[Answer, str | None]]]
    opened: dict[int, datetime]
    calls: defaultdict[_Turn, list[Audit]]


def _events(session: Session, wanted: Sequence[Any]) -> defaultdict[int, list[tuple[DeliveryEvent, str | None]]]:
    rows = session.execute(
        select(DeliveryEvent, Account.name)
        .join(Delivery, Delivery.id == DeliveryEvent.delivery_id)
        .join(Reminder, Reminder.id == Delivery.reminder_id)
        .outerjoin(Account, Account.id == DeliveryEvent.account_id)
        .where(*wanted, DeliveryEvent.state.not_in(_UNTOLD))
        .order_by(DeliveryEvent.id)
    )
    found: defaultdict[int, list[tuple[DeliveryEvent, str | None]]] = defaultdict(list)
    for event, name in rows:
        found[event.delivery_id].append((event, name))
    return found


def _answers(session: Session, slot_ids: Collection[int]) -> defaultdict[_Turn, list[tuple[Answer, str | None]]]:
    rows = session.execute(
        select(Answer, noted_by())
        .outerjoin(Account, Account.id == Answer.account_id)
        .outerjoin(Link, Link.id == Answer.link_id)
        .where(Answer.slot_id.in_(slot_ids))
        .order_by(Answer.id)
    )
    found: defaultdict[_Turn, list[tuple[Answer, str | None]]] = defaultdict(list)
    for answer, by in rows:
        found[answer.slot_id, answer.vendor_id].append((answer, by))
    return found


def _calls(session: Session, vendor_ids: Collection[int]) -> defaultdict[_Turn, list[Audit]]:
    rows = session.scalars(
        select(Audit).where(Audit.subject_kind == "vendor", Audit.subject_id.in_(vendor_ids), Audit.action == UNANSWERED).order_by(Audit.id)
    )
    found: defaultdict[_Turn, list[Audit]] = defaultdict(list)
    for row in rows:
        found[(row.after or {}).get("slot_id"), row.subject_id or 0].append(row)
    return found


def _story(edition: Edition, rows: Sequence[tuple[Reminder, Delivery]], vendor: Vendor, facts: _Facts, now: datetime) -> Story:
    starts_at = rows[0][0].turn_starts_at
    assert starts_at is not None  # the query asks for it
    slot_id = next((reminder.slot_id for reminder, _delivery in rows if reminder.slot_id), None)
    teller = _Teller(edition.timezone, starts_at)
    lines: list[Happening] = []
    for _id, ways in groupby(rows, key=lambda row: row[0].id):
        lines += _about_reminder(teller, edition, list(ways), facts, now)
    answers = facts.answers[slot_id, vendor.id]
    lines += [_about_answer(teller, answer, by) for answer, by in answers]
    lines += [teller.tell(row.at, f"Ditelepon oleh {row.actor}, tidak diangkat", tone="bad") for row in facts.calls[slot_id, vendor.id]]
    sent = [delivery.called_at or delivery.finished_at for _reminder, delivery in rows if delivery.state in ARRIVED_STATES]
    opened_at = facts.opened.get(vendor.id)
    has_opened = opened_at is not None and any(at is not None and at <= opened_at for at in sent)
    if has_opened and opened_at is not None:
        lines.append(teller.tell(opened_at, "Membuka halamannya", tone="good"))
    answer = answers[-1][0].kind if answers else None
    return Story(
        vendor_id=vendor.id,
        owner_name=vendor.owner_name,
        business_name=vendor.business_name,
        turn_starts_at=starts_at,
        is_current=any(reminder.state is ReminderState.PLANNED for reminder, _delivery in rows),
        furthest=_furthest(rows, answer, has_opened=has_opened),
        answer=answer,
        has_trouble=bool(troubled(rows)),
        happenings=tuple(sorted(lines, key=lambda line: line.at)),
    )


def troubled(rows: Sequence[tuple[Reminder, Delivery]]) -> list[tuple[Reminder, Delivery]]:
    """The deliveries that ended badly, or nobody knows how, while no other way of the same reminder arrived or still may."""
    helped = {reminder.id for reminder, delivery in rows if delivery.state in ARRIVED_STATES | OPEN_DELIVERY_STATES - {D.UNKNOWN}}
    return [
        (reminder, delivery)
        for reminder, delivery in rows
        if delivery.state in TROUBLE_STATES and reminder.state is ReminderState.PLANNED and reminder.id not in helped
    ]


def _furthest(rows: Sequence[tuple[Reminder, Delivery]], answer: AnswerKind | None, *, has_opened: bool) -> Furthest:
    if answer is not None:
        return "ready" if answer is AnswerKind.READY else "unable"
    if has_opened:
        return "opened"
    states = {delivery.state for _reminder, delivery in rows}
    return next((name for name, those in _FROM_BEST if states & set(those)), "none")


@dataclass(frozen=True)
class _Teller:
    """Puts the clock before each line."""

    timezone: str
    turn_starts_at: datetime

    def tell(self, at: datetime, text: str, *, about: str = "", tone: Tone = "plain", trouble: str = "") -> Happening:
        day = local_date(at, self.timezone)
        other_day = "" if day == local_date(self.turn_starts_at, self.timezone) else short_day_text(day)
        return Happening(at, other_day, clock_text(at, self.timezone), text, about, tone, trouble)


def _about_answer(teller: _Teller, answer: Answer, by: str | None) -> Happening:
    is_ready = answer.kind is AnswerKind.READY
    word = "siap" if is_ready else "berhalangan"
    text = f"Menjawab {word}, dicatat {by}" if by else f"Menjawab {word}"
    return teller.tell(answer.answered_at, text, tone="good" if is_ready else "bad")


def _about_reminder(
    teller: _Teller, edition: Edition, ways: Sequence[tuple[Reminder, Delivery]], facts: _Facts, now: datetime
) -> list[Happening]:
    """The lines of one reminder, over each of its ways in turn."""
    about = reminder_words(ways[0][0].kind, ways[0][0].lead_minutes)
    lines: list[Happening] = []
    before: Delivery | None = None
    for reminder, delivery in ways:
        events = facts.events[delivery.id]
        for place, (event, by) in enumerate(events):
            if place == 0 and before is not None:
                lines.append(teller.tell(event.at, _next_way_words(before, delivery, facts), about=about))
            elif told := _event_words(event, delivery.channel, by, is_first=place == 0):
                text, tone = told
                is_refusal = event.state in {D.DEAD, D.RETRY_WAIT}
                lines.append(teller.tell(event.at, text, about=about, tone=tone, trouble=event.note if is_refusal else ""))
        if delivery.state is D.PLANNED and reminder.state is ReminderState.PLANNED and delivery.next_at > now:
            lines.append(teller.tell(delivery.next_at, _waiting_words(edition, reminder, delivery), about=about))
        before = delivery
    return lines


def _next_way_words(before: Delivery, delivery: Delivery, facts: _Facts) -> str:
    """Why a further way was taken: silence after a message that was taken over, or a way that failed."""
    heard = {event.state for event, _by in facts.events[before.id]}
    why = "Tidak ada tanda" if heard & ARRIVED_STATES else "Tidak jelas sampai" if D.UNRESOLVED in heard else "Gagal"
    if delivery.channel is ChannelName.HAND:
        return f"{why}, masuk daftar kirim sendiri"
    return f"{why}, dicoba lewat {_within(CHANNELS[delivery.channel])}"


def _within(name: str) -> str:
    """A channel's name within a sentence: names of products keep their capital."""
    return name if name in {"WhatsApp", "Telegram"} else name[0].lower() + name[1:]


def _waiting_words(edition: Edition, reminder: Reminder, delivery: Delivery) -> str:
    is_quiet = delivery.next_at > reminder.due_at and minute_of_day(delivery.next_at, edition.timezone) == edition.quiet_until_minute
    return "Menunggu jam tenang lewat, baru dikirim" if is_quiet else "Akan dikirim"


_PLAIN: dict[DeliveryState, tuple[str, Tone]] = {
    D.DELIVERED: ("sampai", "good"),
    D.READ: ("dibaca", "good"),
    D.RETRY_WAIT: ("belum berhasil, dicoba lagi", "bad"),
    D.UNKNOWN: ("belum pasti terkirim", "bad"),
    D.UNRESOLVED: ("tidak jelas: layanan tidak memberi kabar", "bad"),
    D.DEAD: ("tidak terkirim", "bad"),
}
_ENDED: dict[DeliveryState, str] = {
    D.EXPIRED: "Tidak dikirim",
    D.SUPERSEDED: "Tidak jadi dikirim",
    D.CANCELLED: "Tidak perlu lagi",
    D.SUPPRESSED: "Tidak dikirim",
}


def _event_words(event: DeliveryEvent, channel: ChannelName, by: str | None, *, is_first: bool) -> tuple[str, Tone] | None:
    """What to say of one step; None where it tells a person nothing."""
    state, note, name = event.state, event.note, CHANNELS[channel]
    if by:
        return _by_hand_words(state, note, by)
    if state is D.ACCEPTED:
        return f"{name} terkirim", "plain" if channel in SEES_ARRIVAL else "good"
    if state in _PLAIN:
        text, tone = _PLAIN[state]
        return f"{name} {text}", tone
    if state in _ENDED:
        return f"{_ENDED[state]}{f': {note}' if note else ''}", "bad" if state is D.EXPIRED else "plain"
    if state is D.WAITING_FOR_HAND:
        return "Menunggu dikirim panitia lewat WhatsApp", "plain"
    return None if is_first or not note else (f"Menunggu: {note}", "plain")


def _by_hand_words(state: DeliveryState, note: str, by: str) -> tuple[str, Tone]:
    """Steps of a person, with the name."""
    if state is D.WAITING_FOR_HAND:
        return f"Centang dibatalkan oleh {by}, belum terkirim", "bad"
    if state is D.PLANNED:
        return f"Dikirim ulang oleh {by}", "plain"
    if note.startswith("ditandai"):
        return f"Ditandai selesai oleh {by}", "good"
    return f"Dikirim lewat WhatsApp oleh {by}", "good"
