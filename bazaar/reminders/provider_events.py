"""What services told us: stored once, whatever comes twice, then applied to the deliveries and answers it is about.

A report may come before our own commit, after a later one, or about a message whose call broke off. So it is stored first, waits up
to ten minutes for its delivery, and may raise a delivery's state but never lower it.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session, aliased

from bazaar.database import reading, transaction
from bazaar.reminders.channel_accounts import Unreadable, open_fields
from bazaar.reminders.fallback import ask_next_way, drop_other_ways
from bazaar.reminders.keys import message_key
from bazaar.reminders.provider_words import Word
from bazaar.reminders.replies import apply_reply
from bazaar.reminders.rows import ARRIVED_STATES, move_deliveries, note_events
from bazaar.reminders.world import World
from bazaar.states import OPEN_DELIVERY_STATES, ChannelName, DeliveryState, ProviderWord, ReminderState
from models import Bazaar, ChannelAccount, Delivery, Edition, ProviderEvent, Reminder

log = logging.getLogger(__name__)

PARKED_FOR = timedelta(minutes=10)
"""So long an event waits for a delivery that nobody knows yet: our own commit comes within seconds, a broken call is recovered in one."""

_TRIED_FOR = timedelta(seconds=30)
_BATCH = 300
_REMEMBERED_FOR = timedelta(hours=24)
_OPEN_ENDED = frozenset({DeliveryState.UNKNOWN, DeliveryState.UNRESOLVED, DeliveryState.RETRY_WAIT})
_UNDERWAY = frozenset({DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.SENDING})
_GIVEN_UP = frozenset({DeliveryState.DEAD, DeliveryState.EXPIRED, DeliveryState.SUPERSEDED, DeliveryState.CANCELLED})
_RISES = {
    ProviderWord.ACCEPTED: (DeliveryState.ACCEPTED, _OPEN_ENDED),
    ProviderWord.DELIVERED: (DeliveryState.DELIVERED, _OPEN_ENDED | _GIVEN_UP | {DeliveryState.ACCEPTED}),
    ProviderWord.READ: (DeliveryState.READ, _OPEN_ENDED | _GIVEN_UP | {DeliveryState.ACCEPTED, DeliveryState.DELIVERED}),
    ProviderWord.FAILED: (DeliveryState.DEAD, _OPEN_ENDED | {DeliveryState.ACCEPTED}),
}
"""Each word's state, and the states it may leave. That it arrived is a fact, whatever was given up; that it failed counts only while
nothing better is known; so every order of the same words ends the same way."""

_FAILED_NOTE = "layanan melapor gagal"
_FAILED_AFTER_NOTE = "layanan melapor gagal setelah sampai, tidak dihitung"
_LATE_RECEIPT_NOTE = "kabar dari layanan: pesan ternyata sudah diterima"


@dataclass(frozen=True)
class Inlet:
    """Where a service's post comes in: a bazaar's account, with its fields opened."""

    bazaar_id: int
    fields: dict[str, str]


@dataclass(frozen=True)
class Applied:
    """What one round did. `parked_count` events were looked at and still wait for their delivery."""

    applied_count: int = 0
    parked_count: int = 0


def inlet(bazaar_slug: str, channel: ChannelName, *, secret_key: str) -> Inlet | None:
    """The account of that bazaar that a post may be for, paused ones included; None where there is none that opens."""
    with reading() as session:
        account = session.scalar(
            select(ChannelAccount)
            .join(Bazaar, Bazaar.id == ChannelAccount.bazaar_id)
            .where(Bazaar.slug == bazaar_slug, ChannelAccount.channel == channel, ChannelAccount.withdrawn_at.is_(None))
        )
        if account is None:
            return None
        try:
            return Inlet(account.bazaar_id, open_fields(account.sealed, secret_key))
        except Unreadable:
            log.warning("the %s account of bazaar %d cannot be opened: SECRET_KEY has changed", channel, account.bazaar_id)
            return None


def store_events(bazaar_id: int, channel: ChannelName, words: Sequence[Word], *, now: datetime) -> int:
    """Keep each event once, however often it is told; returns how many are new. Nothing is applied yet, so this is quick."""
    if not words:
        return 0
    with transaction() as session:
        values = [_values(bazaar_id, channel, word, now) for word in {word.event_key: word for word in words}.values()]
        make = insert_sqlite if session.get_bind().dialect.name == "sqlite" else insert_postgresql
        statement = make(ProviderEvent).on_conflict_do_nothing(index_elements=["bazaar_id", "channel", "event_key"])
        return len(session.scalars(statement.returning(ProviderEvent.id), values).all())


def apply_events(session: Session, world: World, *, now: datetime) -> Applied:
    """Step: apply waiting events in the order in which they came, a few hundred at once; each pass of the outbox does.

    What is about nobody's message is closed after ten minutes. Safe in several processes, and again at any time.
    """
    waiting = session.scalars(
        select(ProviderEvent)
        .where(ProviderEvent.applied_at.is_(None), _may_find_its_place(now))
        .order_by(ProviderEvent.id)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    if not waiting:
        return Applied()
    by_account: defaultdict[tuple[int, ChannelName], list[ProviderEvent]] = defaultdict(list)
    for event in waiting:
        by_account[event.bazaar_id, event.channel].append(event)
    done: list[int] = []
    for (bazaar_id, channel), events in by_account.items():
        known = _Known(session, bazaar_id, channel, now=now)
        known.learn(events)
        done += [event.id for event in events if _apply(session, world, event, known, now) or event.received_at <= now - PARKED_FOR]
    session.execute(update(ProviderEvent).where(ProviderEvent.id.in_(done)).values(applied_at=now))
    return Applied(len(done), len(waiting) - len(done))


def _may_find_its_place(now: datetime) -> ColumnElement[bool]:
    """SQL: leaves out what would only be looked at in vain: reports about messages that somebody else sends from the same number.

    Those come without any name of ours, by the hundred, and must not stand in the way of the others while they wait.
    """
    twin = aliased(ProviderEvent)
    has_delivery = exists().where(Delivery.provider_ref == ProviderEvent.provider_ref)
    has_twin = exists().where(
        twin.bazaar_id == ProviderEvent.bazaar_id, twin.channel == ProviderEvent.channel, twin.sender == ProviderEvent.provider_ref
    )
    return or_(
        ProviderEvent.received_at > now - _TRIED_FOR,
        ProviderEvent.received_at <= now - PARKED_FOR,
        ProviderEvent.word == ProviderWord.REPLY,
        ProviderEvent.sender != "",
        ProviderEvent.channel == ChannelName.WEBHOOK,
        has_delivery,
        and_(ProviderEvent.channel == ChannelName.FONNTE, has_twin),
    )


def _values(bazaar_id: int, channel: ChannelName, word: Word, now: datetime) -> dict[str, object]:
    return {
        "bazaar_id": bazaar_id,
        "channel": channel,
        "event_key": word.event_key,
        "provider_ref": word.ref,
        "word": word.word,
        "sender": word.sender or word.key,
        "note": word.note,
        "said_at": word.said_at or now,
        "received_at": now,
    }


@dataclass(frozen=True)
class _Match:
    """The delivery that an event is about. `is_current`: it is about the call that counts, not about one before a "send again"."""

    delivery_id: int
    is_current: bool = True


class _Known:
    """The deliveries behind the names that some events of one account use: the service's references, their second names, our keys."""

    def __init__(self, session: Session, bazaar_id: int, channel: ChannelName, *, now: datetime) -> None:
        self._session = session
        self._bazaar_id = bazaar_id
        self._channel = channel
        self._now = now
        self._by_name: dict[str, _Match] = {}

    def learn(self, events: Iterable[ProviderEvent]) -> None:
        """Look all their names up, in as few questions as possible."""
        links = [names for event in events if len(names := _names(event)) > 1]
        wanted = {name for event in events for name in _names(event)}
        links += self._second_names(wanted)
        wanted |= {name for names in links for name in names}
        self._learn_references(wanted)
        if wanted - self._by_name.keys():
            self._learn_keys(wanted)
        for one, other in links:
            for name, twin in ((one, other), (other, one)):
                if name in self._by_name:
                    self._by_name.setdefault(twin, self._by_name[name])

    def match(self, event: ProviderEvent) -> _Match | None:
        return next((self._by_name[name] for name in _names(event) if name in self._by_name), None)

    def _second_names(self, names: Collection[str]) -> list[tuple[str, ...]]:
        """What earlier events told: two names of one message."""
        rows = self._session.execute(
            select(ProviderEvent.provider_ref, ProviderEvent.sender).where(
                ProviderEvent.bazaar_id == self._bazaar_id,
                ProviderEvent.channel == self._channel,
                ProviderEvent.word != ProviderWord.REPLY,
                ProviderEvent.sender.in_(names),
            )
        )
        return [(reference, second) for reference, second in rows if reference]

    def _learn_references(self, names: Collection[str]) -> None:
        rows = self._session.execute(
            select(Delivery.provider_ref, Delivery.id)
            .join(Reminder, Reminder.id == Delivery.reminder_id)
            .join(Edition, Edition.id == Reminder.edition_id)
            .where(Edition.bazaar_id == self._bazaar_id, Delivery.channel == self._channel, Delivery.provider_ref.in_(names))
        )
        self._by_name |= {reference: _Match(delivery_id) for reference, delivery_id in rows if reference}

    def _learn_keys(self, names: Collection[str]) -> None:
        """Calls whose answer we never got have no reference: their keys are computed once more and compared."""
        rows = self._session.execute(
            select(Delivery, Reminder)
            .join(Reminder, Reminder.id == Delivery.reminder_id)
            .join(Edition, Edition.id == Reminder.edition_id)
            .where(
                Edition.bazaar_id == self._bazaar_id,
                Delivery.channel == self._channel,
                or_(Delivery.attempt_count > 0, Delivery.generation > 1),
                or_(Delivery.provider_ref.is_(None), Delivery.generation > 1),
                Reminder.stale_at > self._now - _REMEMBERED_FOR,
            )
        )
        for delivery, reminder in rows:
            for generation in range(1, delivery.generation + 1):
                key = message_key(delivery, reminder, generation=generation)
                if key in names:
                    self._by_name[key] = _Match(delivery.id, is_current=generation == delivery.generation)


def _names(event: ProviderEvent) -> tuple[str, ...]:
    if event.word is ProviderWord.REPLY:
        return (event.provider_ref,) if event.provider_ref else ()
    return tuple(name for name in (event.provider_ref, event.sender) if name)


def _apply(session: Session, world: World, event: ProviderEvent, known: _Known, now: datetime) -> bool:
    """Whether the event is dealt with."""
    match = known.match(event)
    if event.word is ProviderWord.REPLY:
        apply_reply(session, event, about_delivery_id=match.delivery_id if match else None, now=now)
        return True
    if match is None:
        return False
    if not match.is_current and event.word in {ProviderWord.ACCEPTED, ProviderWord.FAILED}:
        return True
    return _raise_delivery(session, world, match, event, now)


def _raise_delivery(session: Session, world: World, match: _Match, event: ProviderEvent, now: datetime) -> bool:
    """Whether the word found its place; not while the delivery's own call is under way, whose outcome is stored any moment."""
    delivery_id, (state, leaving) = match.delivery_id, _RISES[event.word]
    if not match.is_current:  # the message arrived after all: the second one, asked for since, need not go
        leaving = leaving | {DeliveryState.PLANNED}
    before = session.scalars(select(Delivery).where(Delivery.id == delivery_id).with_for_update()).one()
    old, reference = before.state, before.provider_ref
    if old in _UNDERWAY - leaving:
        return False
    if old not in leaving:
        if event.word is ProviderWord.FAILED and old in {DeliveryState.DELIVERED, DeliveryState.READ}:
            note_events(session, [delivery_id], old, now=event.received_at, note=f"{_FAILED_AFTER_NOTE}: {event.note}".rstrip(": "))
        return True
    is_failure = event.word is ProviderWord.FAILED
    note = f"{_FAILED_NOTE}: {event.note}".rstrip(": ") if is_failure else _LATE_RECEIPT_NOTE if old in _OPEN_ENDED else ""
    move_deliveries(
        session,
        Delivery.id == delivery_id,
        leaving=leaving,
        to=state,
        now=event.received_at,
        note=note,
        finished_at=func.coalesce(Delivery.finished_at, now),
        provider_ref=reference or event.provider_ref or None,
        last_error=note[:400] if is_failure else Delivery.last_error,
    )
    if is_failure:
        _ask_next(session, world, delivery_id, now)
    else:
        drop_other_ways(session, delivery_id, now=now)
    return True


def _ask_next(session: Session, world: World, delivery_id: int, now: datetime) -> None:
    """What did not arrive by this way goes by another one, as long as it is of use and no other one was asked already."""
    reminder = session.scalars(select(Reminder).join(Delivery).where(Delivery.id == delivery_id)).one()
    busy = OPEN_DELIVERY_STATES | ARRIVED_STATES | {DeliveryState.SENDING}
    others = select(Delivery.id).where(Delivery.reminder_id == reminder.id, Delivery.id != delivery_id, Delivery.state.in_(busy))
    if reminder.state is ReminderState.PLANNED and now < reminder.stale_at and session.scalar(others.limit(1)) is None:
        ask_next_way(session, world, delivery_id, now=now)
