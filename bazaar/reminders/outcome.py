"""What follows from a call: taken, refused, or nobody knows. Stored only by the worker, attempt and epoch that made the call."""

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bazaar.database import transaction
from bazaar.reminders import pacing
from bazaar.reminders.channels.base import DeliveryError, Receipt
from bazaar.reminders.channels.kinds import KINDS, AfterCrash
from bazaar.reminders.expiry import LATE_NOTE
from bazaar.reminders.fallback import ask_next_way, drop_other_ways, is_last_machine
from bazaar.reminders.policy import UNKNOWN_PATIENCE
from bazaar.reminders.retry import MAX_REFUSALS, MOST_AMBIGUOUS, dice_for, is_last, needs_person, wait_after
from bazaar.reminders.rows import move_deliveries, unknown_counts
from bazaar.reminders.telegram_chats import forget_chat
from bazaar.reminders.world import World
from bazaar.states import ChannelName, DeliveryState
from bazaar.vendors.push import note_outcome
from models import Delivery, Reminder

log = logging.getLogger(__name__)

_SENDING = frozenset({DeliveryState.SENDING})
_RECORD_TRIES = 3
_ELSEWHERE_NOTE = "lewat jalan lain saja: "


@dataclass(frozen=True)
class Call:
    """A committed `sending` row: which delivery over which channel, the attempt and epoch that may store its outcome."""

    delivery_id: int
    channel: ChannelName
    bazaar_id: int
    attempt: int
    epoch: int
    due_at: datetime
    stale_at: datetime
    key: str  # the message's own
    about: str  # the reminder's name in the journal

    def mine(self) -> tuple[object, ...]:
        """The row, as long as nobody else took it over."""
        return Delivery.id == self.delivery_id, Delivery.owner_epoch == self.epoch, Delivery.attempt_count == self.attempt


def record(world: World, call: Call, answer: Receipt | DeliveryError | None, *, now: datetime) -> None:
    """Store the outcome. It gets some tries: an outcome that is not stored is an unknown one. None: it was too late to call."""
    for left in reversed(range(_RECORD_TRIES)):
        try:
            with transaction() as session:
                _store(session, world, call, answer, now)
        except OperationalError:
            if not left:
                raise
            log.warning("outcome of delivery %d could not be stored yet", call.delivery_id)
        else:
            return


def _store(session: Session, world: World, call: Call, answer: Receipt | DeliveryError | None, now: datetime) -> None:
    _learn_of_browsers(session, call, answer, now)
    if isinstance(answer, Receipt):
        stored = _store_receipt(session, call, answer, now)
    elif answer is None:
        stored = move_deliveries(session, *call.mine(), leaving=_SENDING, to=DeliveryState.EXPIRED, now=now, note=LATE_NOTE)
    else:
        if answer.is_address_gone and call.channel is ChannelName.TELEGRAM:
            forget_chat(session, call.delivery_id)
        pacing.note_failure(session, call.bazaar_id, call.channel, answer, now=now)
        stored = _store_failure(session, world, call, answer, now)
    if not stored:
        log.warning("outcome of delivery %d came after its lease; whoever took over decides", call.delivery_id)


def _learn_of_browsers(session: Session, call: Call, answer: Receipt | DeliveryError | None, now: datetime) -> None:
    """Before the next way is asked: a vendor whose last browser is gone has none any more. True whoever owns the delivery by now."""
    gone, reached = getattr(answer, "gone", ()), getattr(answer, "reached", ())
    if gone or reached:
        of_delivery = select(Reminder.vendor_id).join(Delivery, Delivery.reminder_id == Reminder.id).where(Delivery.id == call.delivery_id)
        note_outcome(session, session.scalars(of_delivery).one(), reached=reached, gone=gone, now=now)


def _store_receipt(session: Session, call: Call, receipt: Receipt, now: datetime) -> list[int]:
    pacing.note_success(session, call.bazaar_id, call.channel, now=now)
    reference = receipt.reference[:200] or None
    stored = move_deliveries(session, *call.mine(), leaving=_SENDING, to=DeliveryState.ACCEPTED, now=now, provider_ref=reference)
    if stored:
        drop_other_ways(session, call.delivery_id, now=now)
    return stored


def _store_failure(session: Session, world: World, call: Call, error: DeliveryError, now: datetime) -> list[int]:
    """Refused for good, or too often: the next way. For now: later. Nobody knows: again, or waiting for the provider's word."""
    reason = error.reason[:400]
    leaving = _SENDING
    if error.ambiguous:
        leaving = frozenset({DeliveryState.UNKNOWN})
        known_by = now + UNKNOWN_PATIENCE
        unknown = move_deliveries(
            session, *call.mine(), leaving=_SENDING, to=DeliveryState.UNKNOWN, now=now, note=reason, last_error=reason, next_at=known_by
        )
        if not unknown or KINDS[call.channel].after_crash is AfterCrash.UNKNOWN:
            return unknown
    if _is_hopeless(session, call, error):
        stored = move_deliveries(session, *call.mine(), leaving=leaving, to=DeliveryState.DEAD, now=now, note=reason, last_error=reason)
        asks_next = bool(stored)
    else:
        wait = wait_after(call.attempt, dice_for(call.delivery_id, call.attempt), left=call.stale_at - now)
        next_at = now + max(wait, error.retry_after or wait)
        stored = move_deliveries(
            session, *call.mine(), leaving=leaving, to=DeliveryState.RETRY_WAIT, now=now, note=reason, last_error=reason, next_at=next_at
        )
        asks_next = bool(stored) and (
            needs_person(call.attempt, now, due_at=call.due_at, stale_at=call.stale_at) or next_at >= call.stale_at
        )
        if asks_next and not is_last_machine(session, world, call.delivery_id):
            note = _ELSEWHERE_NOTE + reason
            move_deliveries(session, *call.mine(), leaving={DeliveryState.RETRY_WAIT}, to=DeliveryState.DEAD, now=now, note=note)
    if asks_next and now < call.stale_at:
        ask_next_way(session, world, call.delivery_id, now=now)
    return stored


def _is_hopeless(session: Session, call: Call, error: DeliveryError) -> bool:
    if error.ambiguous:
        return unknown_counts(session, [call.delivery_id])[call.delivery_id] >= MOST_AMBIGUOUS
    return error.permanent or is_last(call.attempt, most=MAX_REFUSALS)


def store_unwritable(session: Session, delivery_id: int, epoch: int, note: str, *, now: datetime) -> None:
    """Step: a message that cannot be written is an attempt too: it must not come back for ever, nor hold up the others.

    No other way is asked: there is nothing to send. The board shows it.
    """
    delivery = session.get_one(Delivery, delivery_id)
    attempt = delivery.attempt_count + 1
    move_deliveries(
        session,
        Delivery.id == delivery_id,
        Delivery.owner_epoch == epoch,
        leaving={DeliveryState.CLAIMED},
        to=DeliveryState.DEAD if is_last(attempt) else DeliveryState.RETRY_WAIT,
        now=now,
        note=note,
        attempt_count=attempt,
        last_error=note,
        next_at=now + wait_after(attempt, dice_for(delivery_id, attempt)),
    )
