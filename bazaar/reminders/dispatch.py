"""Sends what is due: claim, commit, render and count the attempt, commit, call, record. One small transaction for each step.

Nothing is called without a committed `sending` row, nothing at or after `stale_at`, and nothing by a worker that lost the
lease. A crash in the middle of a call leaves `sending` behind; e-mail and console then go again, with the same key.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bazaar.database import transaction
from bazaar.reminders.channels.base import Channel, DeliveryError, Message, Receipt
from bazaar.reminders.compose import write
from bazaar.reminders.keys import message_key
from bazaar.reminders.lease import THIS_PROCESS, is_held, renew_in, take_lease
from bazaar.reminders.letter import HIDDEN_LINK, gather_letter
from bazaar.reminders.retry import MAX_REFUSALS, MOST_AMBIGUOUS, dice_for, is_last, needs_person, wait_after
from bazaar.reminders.rows import by_urgency, move_deliveries, unknown_counts
from bazaar.reminders.upkeep import (
    LATE_NOTE,
    Upkeep,
    channel_for,
    drop_other_ways,
    give_back_claims,
    hand_over_to_person,
    leave_machine,
    tidy_outbox,
)
from bazaar.reminders.world import World
from bazaar.states import ChannelName, DeliveryState, ReminderState
from bazaar.vendors.links import vendor_nonce
from models import Delivery, Edition, Reminder, Vendor

log = logging.getLogger(__name__)

CLAIM_LIFE = timedelta(seconds=60)
PASS_LIFE = timedelta(seconds=10)
"""A pass that has run so long takes no further row: beats stay short, whatever the mail server does."""

_CLAIMABLE = (DeliveryState.PLANNED, DeliveryState.RETRY_WAIT)
_SENDING = frozenset({DeliveryState.SENDING})
_RECORD_TRIES = 3
_UNWRITABLE = "pesan tidak bisa disusun"


@dataclass(frozen=True)
class Dispatched:
    """What one pass did. `is_leader` is False where another process holds the lease; then nothing was touched."""

    is_leader: bool
    sent_count: int = 0
    failed_count: int = 0
    expired_count: int = 0
    to_hand_count: int = 0
    has_more: bool = False


class LostLease(Exception):  # noqa: N818 (an answer, not a fault)
    """Another worker took over; this one must not send."""


@dataclass(frozen=True)
class _Call:
    """A committed `sending` row and what to hand to its channel."""

    delivery_id: int
    attempt: int
    due_at: datetime
    stale_at: datetime
    channel: Channel
    message: Message


def dispatch_due(
    outside: World, *, now: datetime, limit: int = 50, owner: str = THIS_PROCESS, should_stop: Callable[[], bool] = lambda: False
) -> Dispatched:
    """One pass over the outbox: at most `limit` messages, the most urgent first. Safe to run from several processes."""
    epoch = take_lease(owner, now=now)
    if epoch is None:
        return Dispatched(is_leader=False)
    with transaction() as session:
        upkeep = tidy_outbox(session, outside, epoch, now=now)
        claimed = _claim(session, owner, epoch, limit, now)
    return _send_all(outside, claimed, upkeep, _Pass(owner, epoch, now, limit), should_stop)


@dataclass(frozen=True)
class _Pass:
    owner: str
    epoch: int
    began_at: datetime
    limit: int


def _claim(session: Session, owner: str, epoch: int, limit: int, now: datetime) -> list[int]:
    due = (
        select(Delivery.id)
        .join(Reminder, Reminder.id == Delivery.reminder_id)
        .where(
            Delivery.state.in_(_CLAIMABLE),
            Delivery.next_at <= now,
            Delivery.channel != ChannelName.HAND,
            Reminder.state == ReminderState.PLANNED,
            Reminder.stale_at > now,
        )
        .order_by(by_urgency(now), Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Delivery)
    )
    ids = session.scalars(due).all()
    claimed = move_deliveries(
        session,
        Delivery.id.in_(ids),
        leaving=_CLAIMABLE,
        to=DeliveryState.CLAIMED,
        now=now,
        owner=owner,
        owner_epoch=epoch,
        lease_until=now + CLAIM_LIFE,
    )
    return [id_ for id_ in ids if id_ in set(claimed)]


def _send_all(outside: World, claimed: list[int], upkeep: Upkeep, this: _Pass, should_stop: Callable[[], bool]) -> Dispatched:
    waiting = list(claimed)
    sent = failed = 0
    is_away = False
    try:
        while waiting and not is_away and not should_stop() and outside.clock() - this.began_at < PASS_LIFE:
            outcome = _send_one(outside, waiting[0], this)
            waiting.pop(0)
            sent += isinstance(outcome, Receipt)
            failed += isinstance(outcome, DeliveryError)
            # A server that is away costs the others no attempt: the next pass knocks with one message again.
            is_away = isinstance(outcome, DeliveryError) and outcome.unreachable
    except LostLease:
        log.warning("another process took over sending; %d claimed messages are left to it", len(waiting))
        return Dispatched(True, sent, failed, upkeep.expired_count, upkeep.to_hand_count)
    finally:
        _give_back(waiting, this, outside.clock())
    has_more = not is_away and (bool(waiting) or len(claimed) == this.limit)
    return Dispatched(True, sent, failed, upkeep.expired_count, upkeep.to_hand_count, has_more)


def _give_back(waiting: list[int], this: _Pass, now: datetime) -> None:
    if waiting:
        with transaction() as session:
            mine = (Delivery.id.in_(waiting), Delivery.owner_epoch == this.epoch, Delivery.owner == this.owner)
            give_back_claims(session, *mine, now=now, note="belum sempat")


def _send_one(outside: World, delivery_id: int, this: _Pass) -> Receipt | DeliveryError | None:
    """How the call went; None: there was nothing to send."""
    try:
        call = _begin_sending(outside, delivery_id, this)
    except (LostLease, OperationalError):  # the database being away is not the message's fault
        raise
    except Exception:
        log.exception("message of delivery %d cannot be written", delivery_id)
        _record_unwritable(delivery_id, this, outside.clock())
        return DeliveryError(_UNWRITABLE)
    if call is None:
        return None
    outcome = _make_call(outside, call, this)
    _record(call, outcome, this, outside.clock())
    return outcome


def _begin_sending(outside: World, delivery_id: int, this: _Pass) -> _Call | None:
    """Render from the rows as they are now and count the attempt, in one transaction; None where nothing is to be sent any more."""
    now = outside.clock()
    with transaction() as session:
        if not renew_in(session, this.owner, this.epoch, now=now):
            raise LostLease
        row = _locked_row(session, delivery_id, this)
        if row is None or not _may_go(session, row, now):
            return None
        channel = channel_for(session, row.delivery, row.vendor, row.edition, outside)
        if channel is None or channel is ChannelName.HAND:
            leave_machine(session, delivery_id, channel, leaving=DeliveryState.CLAIMED, now=now)
            return None
        link = outside.links.vendor(vendor_nonce(session, row.vendor, outside.links.secret_key, now=now))
        letter = gather_letter(session, row.reminder, link=link, now=now)
        if letter is None:
            _drop(session, delivery_id, DeliveryState.SUPERSEDED, "sudah tidak berlaku", now)
            return None
        written = write(letter)
        attempt = row.delivery.attempt_count + 1
        move_deliveries(
            session,
            Delivery.id == delivery_id,
            leaving={DeliveryState.CLAIMED},
            to=DeliveryState.SENDING,
            now=now,
            note=f"percobaan {attempt}",
            channel=channel,
            attempt_count=attempt,
            lease_until=now + CLAIM_LIFE,
            text=written.text.replace(link, HIDDEN_LINK),
        )
        key = message_key(row.delivery, row.reminder)
        message = Message(key, row.vendor.owner_name, row.vendor.email, written.subject, written.text, written.html)
        return _Call(delivery_id, attempt, row.reminder.due_at, row.reminder.stale_at, outside.channels[channel], message)


@dataclass(frozen=True)
class _Row:
    delivery: Delivery
    reminder: Reminder
    vendor: Vendor
    edition: Edition


def _locked_row(session: Session, delivery_id: int, this: _Pass) -> _Row | None:
    """The claimed row with what belongs to it. Locks the reminder first, then the delivery, as whoever withdraws one does."""
    reminder = session.scalars(select(Reminder).join(Delivery).where(Delivery.id == delivery_id).with_for_update(of=Reminder)).one()
    delivery = session.scalar(
        select(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.CLAIMED, Delivery.owner_epoch == this.epoch)
        .with_for_update()
    )
    if delivery is None:
        return None
    return _Row(delivery, reminder, session.get_one(Vendor, reminder.vendor_id), session.get_one(Edition, reminder.edition_id))


def _may_go(session: Session, row: _Row, now: datetime) -> bool:
    if row.reminder.state is not ReminderState.PLANNED:
        _drop(session, row.delivery.id, DeliveryState(row.reminder.state.value), "", now)
        return False
    if now >= row.reminder.stale_at:
        _drop(session, row.delivery.id, DeliveryState.EXPIRED, LATE_NOTE, now)
        return False
    return True


def _drop(session: Session, delivery_id: int, state: DeliveryState, note: str, now: datetime) -> None:
    move_deliveries(session, Delivery.id == delivery_id, leaving={DeliveryState.CLAIMED}, to=state, now=now, note=note)


def _make_call(outside: World, call: _Call, this: _Pass) -> Receipt | DeliveryError | None:
    """The call itself, after a last look at lease and clock: this process may have been stopped since the commit. None: too late."""
    if not is_held(this.owner, this.epoch, now=outside.clock()):
        raise LostLease
    if outside.clock() >= call.stale_at:
        return None
    try:
        return call.channel.send(call.message)
    except DeliveryError as error:
        return error
    except Exception as error:
        log.exception("channel %s broke down over delivery %d", call.channel.name, call.delivery_id)
        return DeliveryError(f"{type(error).__name__}: {error}", ambiguous=True)


def _record(call: _Call, outcome: Receipt | DeliveryError | None, this: _Pass, now: datetime) -> None:
    """Store the outcome. It gets some tries: an outcome that is not stored means that the message goes again."""
    for left in reversed(range(_RECORD_TRIES)):
        try:
            with transaction() as session:
                _store_outcome(session, call, outcome, this, now)
        except OperationalError:
            if not left:
                raise
            log.warning("outcome of delivery %d could not be stored yet", call.delivery_id)
        else:
            return


def _store_outcome(session: Session, call: _Call, outcome: Receipt | DeliveryError | None, this: _Pass, now: datetime) -> None:
    mine = (Delivery.id == call.delivery_id, Delivery.owner_epoch == this.epoch, Delivery.attempt_count == call.attempt)
    if isinstance(outcome, Receipt):
        reference = outcome.reference[:200] or None
        stored = move_deliveries(session, *mine, leaving=_SENDING, to=DeliveryState.ACCEPTED, now=now, provider_ref=reference)
        if stored:
            drop_other_ways(session, call.delivery_id, now=now)
    elif outcome is None:
        stored = move_deliveries(session, *mine, leaving=_SENDING, to=DeliveryState.EXPIRED, now=now, note=LATE_NOTE)
    else:
        stored = _store_failure(session, call, outcome, mine, now)
    if not stored:
        log.warning("outcome of delivery %d came after its lease; whoever took over decides", call.delivery_id)


def _store_failure(session: Session, call: _Call, error: DeliveryError, mine: tuple[object, ...], now: datetime) -> list[int]:
    """Where the machine gives up, or has failed for long, the message also goes on the list that a person sends."""
    reason = error.reason[:400]
    leaving = _SENDING
    if error.ambiguous:
        leaving = frozenset({DeliveryState.UNKNOWN})
        if not move_deliveries(session, *mine, leaving=_SENDING, to=DeliveryState.UNKNOWN, now=now, note=reason, last_error=reason):
            return []
    if _is_hopeless(session, call, error):
        stored = move_deliveries(session, *mine, leaving=leaving, to=DeliveryState.DEAD, now=now, note=reason, last_error=reason)
        asks_person = True
    else:
        wait = wait_after(call.attempt, dice_for(call.delivery_id, call.attempt), left=call.stale_at - now)
        stored = move_deliveries(
            session, *mine, leaving=leaving, to=DeliveryState.RETRY_WAIT, now=now, note=reason, last_error=reason, next_at=now + wait
        )
        asks_person = needs_person(call.attempt, now, due_at=call.due_at, stale_at=call.stale_at)
    if stored and asks_person and now < call.stale_at:
        hand_over_to_person(session, call.delivery_id, now=now)
    return stored


def _is_hopeless(session: Session, call: _Call, error: DeliveryError) -> bool:
    if error.ambiguous:
        return unknown_counts(session, [call.delivery_id])[call.delivery_id] >= MOST_AMBIGUOUS
    return error.permanent or is_last(call.attempt, most=MAX_REFUSALS)


def _record_unwritable(delivery_id: int, this: _Pass, now: datetime) -> None:
    """A message that cannot be written is an attempt too: it must not come back for ever, nor hold up the others."""
    with transaction() as session:
        delivery = session.get_one(Delivery, delivery_id)
        attempt = delivery.attempt_count + 1
        move_deliveries(
            session,
            Delivery.id == delivery_id,
            Delivery.owner_epoch == this.epoch,
            leaving={DeliveryState.CLAIMED},
            to=DeliveryState.DEAD if is_last(attempt) else DeliveryState.RETRY_WAIT,
            now=now,
            note=_UNWRITABLE,
            attempt_count=attempt,
            last_error=_UNWRITABLE,
            next_at=now + wait_after(attempt, dice_for(delivery_id, attempt)),
        )
