"""Stands before every pass: nothing is sent while the clock cannot be believed, or while the database knows less than was sent.

The database's own instants say whether a clock stands behind, the monotonic clock whether it jumps (`clock_watch`), the journal and its
mark outside the database (`sent_journal`) whether this is an older copy of it. Each finding is a hold (`holds`), with an alarm.
"""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bazaar.database import reading, transaction
from bazaar.reminders.clock_watch import LARGEST_DRIFT, SETTLING_SECONDS, ClockWatch
from bazaar.reminders.fallback import drop_other_ways
from bazaar.reminders.holds import BEHIND, JUMPED, begin_hold, forgiven, is_behind, open_holds
from bazaar.reminders.keys import journal_name, message_key
from bazaar.reminders.lease import TTL
from bazaar.reminders.rows import ARRIVED_STATES, move_deliveries
from bazaar.reminders.sent_journal import JournalError, Mark, Sent, SentJournal
from bazaar.states import OPEN_DELIVERY_STATES, DeliveryState, HoldReason
from models import Beat, Delivery, DeliveryEvent, Reminder, SendingHold, WorkerLease

log = logging.getLogger(__name__)

MARK_LIFE = timedelta(seconds=60)
RESTORED_NOTE = "sudah terkirim sebelum cadangan dipulihkan"
JOURNALLED_NOTE = "layanan sudah menerimanya sebelum pengirim berhenti"
_GENERATIONS_AHEAD = 5
_IN_DOUBT = frozenset({DeliveryState.SENDING, DeliveryState.UNKNOWN})
_NEVER_TRIED = frozenset({DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.WAITING_FOR_HAND})


class SendingGuard:
    """One for each scheduler process."""

    def __init__(self, instance_dir: Path, watch: ClockWatch | None = None) -> None:
        self.watch = watch or ClockWatch()
        self._journal = SentJournal(instance_dir)
        self._epoch: int | None = None
        self._database = ""
        self._mark: Mark | None = None
        self._newest_at: datetime | None = None
        self._is_journal_broken = False
        self._entries: list[Sent] | None = None
        self._seen: set[int] = set()

    def begin(self) -> None:
        """Remember what the database knows before this process writes into it: its beats would hide that the clock stands behind."""
        with reading() as session:
            self._newest_at = newest_instant(session)

    def is_steady(self, now: datetime) -> bool:
        """Whether the clock may be believed right now."""
        return self.watch.look(now)

    def may_send(self, epoch: int, *, now: datetime) -> bool:
        """Before a pass, under the epoch of its lease. Raises JournalError where what is sent could not be written down."""
        is_steady = self.watch.look(now)
        self._hold_for_jump(now)
        if epoch != self._epoch:
            self._take_over(epoch, now)
        if not self._holds_are_over(epoch, is_steady=is_steady, now=now):
            return False
        self._keep_mark(epoch, now)
        if self._is_journal_broken:
            self._journal.probe(now)
            self._is_journal_broken = False
            log.info("the journal can be written again; sending goes on")
        return True

    def note_sent(self, delivery_id: int, key: str, about: str, *, reference: str = "", now: datetime) -> None:
        """A provider took a message: on the disk with it, before the database knows. Raises JournalError.

        `reference` is the provider's name for it, kept where it is a plain number: others hold addresses, and are matched by our key.
        """
        try:
            self._journal.note(Sent(self._database, delivery_id, key, about, now, reference if reference.isdecimal() else ""))
        except JournalError as error:
            self._is_journal_broken = True
            log.critical("ALARM: %s; sending stops until it can be written again", error)
            raise

    # --- the clock

    def _hold_for_jump(self, now: datetime) -> None:
        jump = self.watch.take_jump()
        if jump is None:
            return
        seconds = round(jump.by.total_seconds())
        log.critical("ALARM: the clock jumped by %+d s, to %s; nothing is sent until it stood still for a minute", seconds, now)
        with transaction() as session:
            # Backwards: whatever was written until here is ahead of the clock now, and proves nothing any more.
            ends_at = max(now + timedelta(seconds=SETTLING_SECONDS), jump.expected)
            hold = begin_hold(session, HoldReason.CLOCK, f"{JUMPED} {seconds}", ends_at=ends_at, now=now)
            self._seen.add(hold.id)

    def _hold_for_behind(self, session: Session, mark: Mark | None, now: datetime) -> None:
        known = [self._newest_at or newest_instant(session), mark.newest_at if mark else None]
        ahead = [at for at in known if at is not None and at - now > LARGEST_DRIFT and not forgiven(session, at, now=now)]
        if not ahead:
            return
        seconds = round((max(ahead) - now).total_seconds())
        log.critical("ALARM: the clock shows %s, but things happened until %s; nothing is sent until it has caught up", now, max(ahead))
        begin_hold(session, HoldReason.CLOCK, f"{BEHIND} {seconds}", ends_at=max(ahead) - LARGEST_DRIFT, now=now)

    # --- the database

    def _take_over(self, epoch: int, now: datetime) -> None:
        """The first pass under a new epoch: is this the database that we left, and is the clock the one it was written by?"""
        mark = self._journal.read_mark()
        with transaction() as session:
            self._database = database_of(session)
            if self._epoch is None:  # later on the watch sees for itself where the clock goes
                self._hold_for_behind(session, mark, now)
            entries = list(self._journal.entries(self._database)) if self._database else []
            settle_doubtful(session, entries, epoch, now=now)
            if is_older_copy(session, mark, entries):
                self._hold_for_restore(session, entries, mark, now)
        self._epoch, self._mark, self._newest_at = epoch, None, None

    def _hold_for_restore(self, session: Session, entries: list[Sent], mark: Mark | None, now: datetime) -> None:
        if mark is not None and (lease := session.scalar(select(WorkerLease))) is not None and lease.epoch < mark.epoch:
            lease.epoch = mark.epoch + 1  # fences whoever still runs with an epoch that this copy has not seen
        hold = begin_hold(session, HoldReason.RESTORE, "", ends_at=None, now=now)
        self._note_restored(session, hold, entries, now)
        log.critical("ALARM: this database is older than what was sent (a backup was restored?); nothing is sent until a person decides")

    def _note_restored(self, session: Session, hold: SendingHold, entries: Iterable[Sent], now: datetime) -> None:
        found = note_restored(session, entries, now=now)
        if found:
            hold.note = f"restored {int(hold.note.partition(' ')[2] or 0) + found}"

    def _holds_are_over(self, epoch: int, *, is_steady: bool, now: datetime) -> bool:
        with reading() as session:
            if not open_holds(session):
                self._entries = None
                return is_steady
        with transaction() as session:
            held = False
            for hold in open_holds(session):
                if hold.reason is HoldReason.RESTORE:
                    held = True
                    if self._entries is None:
                        self._entries = list(self._journal.entries(self._database))
                    self._note_restored(session, hold, self._entries, now)  # what was planned meanwhile may have gone as well
                elif self._is_news(hold):
                    held = True
                elif is_steady and (not is_behind(hold) or hold.ends_at is None or now >= hold.ends_at):
                    hold.released_at = now
                    log.warning("the clock stands still again; sending goes on")
                else:
                    held = True
        self._mark = None if held else self._mark
        if held:
            self._keep_mark(epoch, now)
        return is_steady and not held

    def _is_news(self, hold: SendingHold) -> bool:
        """A jump that another process saw: a minute from here on."""
        if is_behind(hold) or hold.id in self._seen:
            return False
        self._seen.add(hold.id)
        self.watch.settle()
        return True

    def _keep_mark(self, epoch: int, now: datetime) -> None:
        with reading() as session:
            mark = mark_of(session, epoch, now=now)
        if mark is None:
            return
        self._database = mark.database
        old = self._mark
        if old is None or replace(mark, newest_at=old.newest_at) != old or not timedelta(0) <= now - old.newest_at < MARK_LIFE:
            self._journal.write_mark(mark)
            self._mark = mark


def database_of(session: Session) -> str:
    """Query: tells this database and its older copies from others, by the first thing that ever happened in its outbox; empty: nothing."""
    first = session.scalars(select(DeliveryEvent).order_by(DeliveryEvent.id).limit(1)).first()
    return "" if first is None else _hash_of(first)


def newest_instant(session: Session) -> datetime | None:
    """Query: the newest thing that this database knows to have happened."""
    beats = session.execute(select(func.max(Beat.began_at), func.max(Beat.finished_at), func.max(Beat.failed_at))).one()
    lease_end = session.scalar(select(func.max(WorkerLease.expires_at)))
    event = session.scalar(select(DeliveryEvent.at).order_by(DeliveryEvent.id.desc()).limit(1))
    return max((at for at in (*beats, lease_end and lease_end - TTL, event) if at is not None), default=None)


def mark_of(session: Session, epoch: int, *, now: datetime) -> Mark | None:
    """Query: how far this database is; None while its outbox is empty."""
    database = database_of(session)
    if not database:
        return None
    last = session.scalars(select(DeliveryEvent).order_by(DeliveryEvent.id.desc()).limit(1)).one()
    return Mark(database, epoch, session.scalar(select(func.max(Delivery.id))) or 0, last.id, _hash_of(last), now)


def is_older_copy(session: Session, mark: Mark | None, entries: Iterable[Sent]) -> bool:
    """Query: whether more is known outside than in this database: it was further, or it never tried what was sent."""
    if mark is not None and mark.database == database_of(session):
        event = session.get(DeliveryEvent, mark.event_id)
        epoch = session.scalar(select(func.max(WorkerLease.epoch))) or 0
        if event is None or _hash_of(event) != mark.event_hash or epoch < mark.epoch:
            return True
    return any(delivery.attempt_count == 0 for delivery in _journalled(session, entries, _NEVER_TRIED))


def settle_doubtful(session: Session, entries: Iterable[Sent], epoch: int, *, now: datetime) -> list[int]:
    """Step: of a message whose end nobody stored the journal may know that it was taken: then it need not go again.

    The provider's name for it comes from the journal as well: its later reports would find nobody without.
    """
    entries = list(entries)
    ids = [row.id for row in _journalled(session, entries, _IN_DOUBT)]
    references = {sent.delivery_id: sent.reference for sent in entries if sent.reference}
    mine = (Delivery.id.in_(ids), Delivery.owner_epoch < epoch)
    taken = move_deliveries(session, *mine, leaving=_IN_DOUBT, to=DeliveryState.ACCEPTED, now=now, note=JOURNALLED_NOTE)
    for delivery_id in taken:
        if delivery_id in references:
            session.execute(update(Delivery).where(Delivery.id == delivery_id).values(provider_ref=references[delivery_id]))
        drop_other_ways(session, delivery_id, now=now)
    return taken


def note_restored(session: Session, entries: Iterable[Sent], *, now: datetime) -> int:
    """Step: what the journal knows to have left counts as sent in this older copy; returns how many.

    It is found by its reminder, because rows that the copy lost were perhaps planned anew. A row that somebody laid out again after its
    message had left ("coba lagi") stays: that wish is younger than the message.
    """
    left_at: dict[str, datetime] = {}
    for sent in entries:
        left_at[sent.about] = max(sent.at, left_at.get(sent.about, sent.at))
    if not left_at:
        return 0
    last_at = select(func.max(DeliveryEvent.at)).where(DeliveryEvent.delivery_id == Delivery.id).scalar_subquery()
    heard = select(Delivery.reminder_id).where(Delivery.state.in_(ARRIVED_STATES))
    rows = session.execute(
        select(Delivery, Reminder, last_at)
        .join(Reminder, Reminder.id == Delivery.reminder_id)
        .where(Delivery.state.in_(OPEN_DELIVERY_STATES | _IN_DOUBT), Delivery.reminder_id.not_in(heard))
    ).all()
    found = []
    for delivery, reminder, touched_at in rows:
        at = left_at.get(journal_name(reminder))
        if at is not None and (touched_at is None or touched_at <= at or delivery.created_at > at):
            found.append(delivery.id)
    leaving = OPEN_DELIVERY_STATES | _IN_DOUBT
    return len(move_deliveries(session, Delivery.id.in_(found), leaving=leaving, to=DeliveryState.ACCEPTED, now=now, note=RESTORED_NOTE))


def _journalled(session: Session, entries: Iterable[Sent], states: frozenset[DeliveryState]) -> list[Delivery]:
    """The deliveries in one of these states of which the journal holds the very message, of this generation or a later one."""
    keys: dict[int, set[str]] = {}
    for sent in entries:
        keys.setdefault(sent.delivery_id, set()).add(sent.key)
    rows = session.execute(
        select(Delivery, Reminder).join(Reminder, Reminder.id == Delivery.reminder_id).where(Delivery.state.in_(states))
    ).all()
    return [
        delivery
        for delivery, reminder in rows
        if delivery.id in keys
        and any(
            message_key(delivery, reminder, generation=delivery.generation + ahead) in keys[delivery.id]
            for ahead in range(_GENERATIONS_AHEAD)
        )
    ]


def _hash_of(event: DeliveryEvent) -> str:
    return sha256(f"{event.id}:{event.delivery_id}:{event.state}:{event.at.isoformat()}".encode()).hexdigest()[:32]
