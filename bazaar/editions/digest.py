"""The organizers' letter in the morning of a day with live sessions: who is on, who has not answered, who could not be told.

One for each edition, person and day: the row is made and the attempt counted before the letter leaves, so two schedulers send one, and
a crash in the middle costs at most a second copy. Whoever wants none switches it off on the page about their account.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bazaar.accounts.members import select_organizers
from bazaar.database import reading, transaction
from bazaar.localtime import clock_text, clock_zone_text, day_text, local_date, to_utc
from bazaar.reminders.channels.base import Channel, DeliveryError, Message
from bazaar.reminders.rows import ARRIVED_STATES
from bazaar.reminders.world import Pages, World
from bazaar.states import AnswerKind, ChannelName, DeliveryState, ReminderState
from bazaar.tokens import hash_token
from bazaar.turns import live_sessions_held, select_published
from bazaar.vendors.answers import newest_answers
from models import Account, Answer, Delivery, Digest, Edition, LiveSession, Reminder, Slot, Turn

log = logging.getLogger(__name__)

LOCAL_HOUR = time(7, 0)
MOST_ATTEMPTS = 3
CLAIM_LIFE = timedelta(minutes=5)
_UNTOLD = frozenset({DeliveryState.DEAD, DeliveryState.UNRESOLVED, DeliveryState.WAITING_FOR_HAND})
_ANSWER_WORDS = {AnswerKind.READY: "siap", AnswerKind.UNABLE: "BERHALANGAN", None: "belum menjawab"}


@dataclass(frozen=True)
class Line:
    """A slot of today: who stands there and what they said; without a vendor it is empty."""

    starts_at: datetime
    business_name: str = ""
    owner_name: str = ""
    answer: AnswerKind | None = None
    is_untold: bool = False


@dataclass(frozen=True)
class DigestLive:
    """A live session of today."""

    starts_at: datetime
    ends_at: datetime
    host_name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Morning:
    """What a morning's letter tells."""

    edition_name: str
    edition_slug: str
    timezone: str
    day: date
    live_sessions: tuple[DigestLive, ...]

    @property
    def lines(self) -> list[Line]:
        """The slots of all live sessions of the day."""
        return [line for live_session in self.live_sessions for line in live_session.lines]


def send_digests(world: World, pages: Pages, *, now: datetime, keep_going: Callable[[], bool] = lambda: True) -> int:
    """Write to every organizer who wants it, from seven in the morning until the day's last live session begins; returns how many left."""
    channel = world.channels.get(ChannelName.EMAIL) or world.channels.get(ChannelName.CONSOLE)
    if channel is None:
        return 0
    mornings = {edition_id: day for edition_id, day in _mornings(now) if _may_write(world, channel, edition_id)}
    for edition_id, day in mornings.items():
        _lay_out(edition_id, day, now)
    sent = 0
    for digest_id in _due(mornings, now):
        if not keep_going():
            break
        sent += _send(pages, channel, digest_id, now)
    return sent


def _mornings(now: datetime) -> list[tuple[int, date]]:
    """The editions whose letter may go now, with their local day."""
    with reading() as session:
        found = []
        ahead = select(LiveSession.edition_id).where(LiveSession.starts_at > now, LiveSession.starts_at < now + timedelta(days=1))
        for edition in session.scalars(select(Edition).where(Edition.archived_at.is_(None), Edition.id.in_(ahead)).order_by(Edition.id)):
            day = local_date(now, edition.timezone)
            is_morning = now >= to_utc(day, LOCAL_HOUR, edition.timezone)
            if is_morning and any(live.starts_at > now for live in _held_on(session, edition, day)):
                found.append((edition.id, day))
        return found


def _may_write(world: World, channel: Channel, edition_id: int) -> bool:
    """The invented organizers of a demonstration are written to on this machine only."""
    with reading() as session:
        is_demo = session.get_one(Edition, edition_id).is_demo
    return not is_demo or world.is_mail_local or channel.name is ChannelName.CONSOLE


def _held_on(session: Session, edition: Edition, day: date) -> list[LiveSession]:
    return [live for live in live_sessions_held(session, edition.id) if local_date(live.starts_at, edition.timezone) == day]


def _lay_out(edition_id: int, day: date, now: datetime) -> None:
    """A row for each organizer who has none for this day."""
    try:
        with transaction() as session:
            edition = session.get_one(Edition, edition_id)
            have = set(session.scalars(select(Digest.account_id).where(Digest.edition_id == edition_id, Digest.day == day)))
            for account_id in set(session.scalars(_wanting(edition.bazaar_id))) - have:
                session.add(Digest(edition_id=edition_id, account_id=account_id, day=day, next_at=now, created_at=now))
    except IntegrityError:  # another scheduler was quicker
        log.info("the morning's letters of edition %d are laid out already", edition_id)


def _wanting(bazaar_id: int) -> Select[int]:
    return select_organizers(bazaar_id).where(Account.digest_off_at.is_(None)).with_only_columns(Account.id)


def _due(mornings: dict[int, date], now: datetime) -> Sequence[int]:
    with reading() as session:
        rows = session.execute(
            select(Digest.id, Digest.edition_id, Digest.day)
            .where(Digest.finished_at.is_(None), Digest.next_at <= now, Digest.edition_id.in_(mornings))
            .order_by(Digest.id)
        ).all()
        return [id_ for id_, edition_id, day in rows if mornings[edition_id] == day]


def _send(pages: Pages, channel: Channel, digest_id: int, now: datetime) -> bool:
    """One letter: claim it and count the attempt, commit, send, record."""
    with transaction() as session:
        claimed = session.execute(
            update(Digest)
            .where(Digest.id == digest_id, Digest.finished_at.is_(None), Digest.next_at <= now)
            .values(attempt_count=Digest.attempt_count + 1, next_at=now + CLAIM_LIFE)
            .returning(Digest.attempt_count)
        ).first()
        if claimed is None:
            return False
        digest = session.get_one(Digest, digest_id)
        account = session.get_one(Account, digest.account_id)
        morning = gather_morning(session, digest.edition_id, digest.day, now=now)
        letter = morning_letter(morning, account.name, account.email, pages, key=hash_token(f"digest:{digest.id}:{digest.created_at}"))
    try:
        channel.send(letter)
    except DeliveryError as error:
        _record(digest_id, error.reason, is_last=error.permanent or claimed[0] >= MOST_ATTEMPTS, now=now)
        log.warning("a morning's letter did not leave: %s", error.reason)
        return False
    _record(digest_id, None, is_last=True, now=now)
    return True


def _record(digest_id: int, error: str | None, *, is_last: bool, now: datetime) -> None:
    with transaction() as session:
        digest = session.get_one(Digest, digest_id)
        digest.error = error and error[:400]
        digest.finished_at = now if is_last else None


def gather_morning(session: Session, edition_id: int, day: date, *, now: datetime) -> Morning:
    """Query: the day's live sessions with who stands where."""
    edition = session.get_one(Edition, edition_id)
    live_sessions = _held_on(session, edition, day)
    slots = session.scalars(
        select(Slot).where(Slot.live_session_id.in_([live.id for live in live_sessions])).order_by(Slot.starts_at, Slot.id)
    ).all()
    slot_ids = [slot.id for slot in slots]
    vendors = {slot.id: vendor for _turn, slot, _live, vendor in session.execute(select_published().where(Turn.slot_id.in_(slot_ids)))}
    answers = newest_answers(session, Answer.slot_id.in_(slot_ids))
    untold = _untold(session, slot_ids, now)

    def line(slot: Slot) -> Line:
        vendor = vendors.get(slot.id)
        if vendor is None:
            return Line(slot.starts_at)
        answer = answers.get((slot.id, vendor.id))
        return Line(
            slot.starts_at, vendor.business_name, vendor.owner_name, answer.kind if answer else None, (slot.id, vendor.id) in untold
        )

    return Morning(
        edition_name=edition.name,
        edition_slug=edition.slug,
        timezone=edition.timezone,
        day=day,
        live_sessions=tuple(
            DigestLive(live.starts_at, live.ends_at, live.host_name, tuple(line(slot) for slot in slots if slot.live_session_id == live.id))
            for live in live_sessions
        ),
    )


def _untold(session: Session, slot_ids: Collection[int], now: datetime) -> set[tuple[int | None, int]]:
    """(slot, vendor) of whom a message failed or waits for a hand, and none arrived."""
    rows = session.execute(
        select(Reminder.slot_id, Reminder.vendor_id, Delivery.state)
        .join(Delivery, Delivery.reminder_id == Reminder.id)
        .where(Reminder.slot_id.in_(slot_ids), Reminder.state == ReminderState.PLANNED, Reminder.due_at <= now)
    ).all()
    told = {(slot_id, vendor_id) for slot_id, vendor_id, state in rows if state in ARRIVED_STATES}
    return {(slot_id, vendor_id) for slot_id, vendor_id, state in rows if state in _UNTOLD} - told


def morning_letter(morning: Morning, name: str, address: str, pages: Pages, *, key: str) -> Message:
    """The letter, in Indonesian as the whole desk."""
    turns = [line for line in morning.lines if line.business_name]
    waiting = sum(line.answer is None for line in turns)
    first = morning.live_sessions[0].starts_at
    subject = f"Siaran hari ini {clock_zone_text(first, morning.timezone)}: {len(turns)} lapak" + (
        f", {waiting} belum menjawab" if waiting else ", semua sudah menjawab" if turns else ""
    )
    parts = [f"Halo {name},", f"hari ini, {day_text(morning.day)}, ada siaran {morning.edition_name}."]
    parts += [_live_text(live, morning.timezone) for live in morning.live_sessions]
    summary = (
        _names("Berhalangan", turns, lambda line: line.answer is AnswerKind.UNABLE),
        _names("Belum menjawab", turns, lambda line: line.answer is None),
        _names("Belum terkabari, pesannya tidak sampai", turns, lambda line: line.is_untold),
    )
    parts += [text for text in summary if text]
    parts.append(f"Buka Malam ini: {pages.page(f'/panitia/{morning.edition_slug}/')}")
    foot = f"-- \nSurat ini datang jam 07.00 pada hari siaran. Tidak mau lagi? Matikan di halaman Akun: {pages.page('/akun')}\n"
    return Message(key=key, to_name=name, to_address=address, subject=subject, text="\n\n".join([*parts, foot]))


def _live_text(live: DigestLive, timezone: str) -> str:
    host = f", pembawa acara {live.host_name}" if live.host_name else ", pembawa acara belum ditulis"
    lines = [f"{clock_text(live.starts_at, timezone)}–{clock_zone_text(live.ends_at, timezone)}{host}"]
    for line in live.lines:
        who = f"{line.business_name} ({line.owner_name}), {_ANSWER_WORDS[line.answer]}" if line.business_name else "KOSONG"
        lines.append(f"  {clock_text(line.starts_at, timezone)}  {who}")
    return "\n".join(lines)


def _names(title: str, turns: Sequence[Line], which: Callable[[Line], bool]) -> str:
    names = list(dict.fromkeys(line.business_name for line in turns if which(line)))
    return f"{title} ({len(names)}): {', '.join(names)}." if names else ""
