"""One message: render it and count the attempt, commit, call, record. One small transaction for each step.

Nothing is called without a committed `sending` row, nothing at or after `stale_at`, and nothing by a worker that lost the lease.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bazaar.database import transaction
from bazaar.reminders import outcome, pacing, ways
from bazaar.reminders.channels.base import Channel, DeliveryError, Message, Receipt, Template
from bazaar.reminders.channels.kinds import KINDS, Address
from bazaar.reminders.compose import Written, write
from bazaar.reminders.expiry import LATE_NOTE
from bazaar.reminders.invite import attachments_of, topic_of
from bazaar.reminders.keys import journal_name, message_key
from bazaar.reminders.lease import is_held, renew_in
from bazaar.reminders.letter import HIDDEN_LINK, Letter, gather_letter
from bazaar.reminders.policy import URGENT_WITHIN, is_long
from bazaar.reminders.rows import move_deliveries
from bazaar.reminders.upkeep import leave_machine
from bazaar.reminders.world import World
from bazaar.states import ChannelName, DeliveryState, ReminderKind, ReminderState
from bazaar.vendors.links import vendor_nonce
from bazaar.vendors.push import live_browsers
from models import Delivery, Edition, Reminder, Vendor

log = logging.getLogger(__name__)

CLAIM_LIFE = timedelta(seconds=60)
_UNWRITABLE = "pesan tidak bisa disusun"
_LEFT_OUT_NOTE = ", dengan teks biasa: teks sendiri tidak bisa dipakai"


class LostLease(Exception):  # noqa: N818 (an answer, not a fault)
    """Another worker took over; this one must not send."""


@dataclass(frozen=True)
class Sender:
    """Who sends in this pass, and under which lease."""

    owner: str
    epoch: int


@dataclass(frozen=True)
class _Row:
    delivery: Delivery
    reminder: Reminder
    vendor: Vendor
    edition: Edition


def send_one(outside: World, delivery_id: int, sender: Sender) -> Receipt | DeliveryError | None:
    """How the call for one claimed delivery went; None: there was nothing to send now. Raises LostLease, OperationalError."""
    try:
        prepared = _begin_sending(outside, delivery_id, sender)
    except (LostLease, OperationalError):  # the database being away is not the message's fault
        raise
    except Exception:
        log.exception("message of delivery %d cannot be written", delivery_id)
        with transaction() as session:
            outcome.store_unwritable(session, delivery_id, sender.epoch, _UNWRITABLE, now=outside.clock())
        return DeliveryError(_UNWRITABLE)
    if prepared is None:
        return None
    call, send = prepared
    answer = _make_call(outside, call, send, sender)
    try:
        if isinstance(answer, Receipt):
            outside.guard.note_sent(call.delivery_id, call.key, call.about, reference=answer.reference[:200], now=outside.clock())
    finally:  # whatever became of the journal, the database learns what happened
        outcome.record(outside, call, answer, now=outside.clock())
    return answer


def _begin_sending(outside: World, delivery_id: int, sender: Sender) -> tuple[outcome.Call, Callable[[], Receipt]] | None:
    """Settle the way, render from the rows as they are now and count the attempt, in one transaction; None where nothing goes now."""
    now = outside.clock()
    with transaction() as session:
        if not renew_in(session, sender.owner, sender.epoch, now=now):
            raise LostLease
        row = _locked_row(session, delivery_id, sender.epoch)
        if row is None or not _may_go(session, row, now):
            return None
        way = _settle_way(session, outside, row, now)
        if way is None:
            return None
        channel, address = way
        link = outside.links.vendor(vendor_nonce(session, row.vendor, outside.links.secret_key, now=now))
        letter = gather_letter(session, row.reminder, link=link, now=now)
        if letter is None:
            _drop(session, delivery_id, DeliveryState.SUPERSEDED, "sudah tidak berlaku", now)
            return None
        written = write(letter)
        hashed = ways.address_hash(outside.links.secret_key, channel.name, address)
        attempt = _count_attempt(session, row, channel.name, hashed, written, link, now)
        message = _message(session, row, channel.name, letter, written, address, now)
        call = outcome.Call(
            delivery_id,
            channel.name,
            row.edition.bazaar_id,
            attempt,
            sender.epoch,
            row.reminder.due_at,
            row.reminder.stale_at,
            key=message.key,
            about=journal_name(row.reminder),
        )
        return call, lambda: channel.send(message)


def _count_attempt(session: Session, row: _Row, channel: ChannelName, hashed: str, written: Written, link: str, now: datetime) -> int:
    """Make the row a `sending` one, with what is about to be sent where; returns which attempt it is."""
    attempt = row.delivery.attempt_count + 1
    move_deliveries(
        session,
        Delivery.id == row.delivery.id,
        leaving={DeliveryState.CLAIMED},
        to=DeliveryState.SENDING,
        now=now,
        note=f"percobaan {attempt}{_LEFT_OUT_NOTE if written.left_out_own else ''}",
        channel=channel,
        attempt_count=attempt,
        lease_until=now + CLAIM_LIFE,
        called_at=now,
        address_hash=hashed,
        text=written.text.replace(link, HIDDEN_LINK),
    )
    return attempt


def _locked_row(session: Session, delivery_id: int, epoch: int) -> _Row | None:
    """The claimed row with what belongs to it. Locks the reminder first, then the delivery, as whoever withdraws one does."""
    reminder = session.scalars(select(Reminder).join(Delivery).where(Delivery.id == delivery_id).with_for_update(of=Reminder)).one()
    delivery = session.scalar(
        select(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.CLAIMED, Delivery.owner_epoch == epoch)
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


def _settle_way(session: Session, outside: World, row: _Row, now: datetime) -> tuple[Channel, str] | None:
    """The channel to call now and the address; None: the delivery was put off, or left to a hand, or is not wanted."""
    closed: dict[ChannelName, str] = {}
    channels = ways.open_channels(session, outside, row.edition)
    possible = ways.edition_ways(session, outside, row.edition, channels=channels)
    while True:
        way = ways.next_way(session, possible, row.delivery, row.vendor, closed=closed)
        if way is None or way is ChannelName.HAND:
            leave_machine(session, row.delivery.id, way, leaving=DeliveryState.CLAIMED, now=now, note="; ".join(closed.values()))
            return None
        address = ways.address_of(row.vendor, way)
        hashed = ways.address_hash(outside.links.secret_key, way, address)
        pace = pacing.look_at_pace(session, row.delivery, row.reminder, way, bazaar_id=row.edition.bazaar_id, address=hashed, now=now)
        if pace is None and way in channels:
            return channels[way], address
        if isinstance(pace, pacing.Pause):
            _put_off(session, row.delivery, pace, now)
            return None
        closed[way] = pace.note if pace is not None else "jalan ini tidak ada lagi"


def _put_off(session: Session, delivery: Delivery, pause: pacing.Pause, now: datetime) -> None:
    back = DeliveryState.RETRY_WAIT if delivery.attempt_count else DeliveryState.PLANNED
    move_deliveries(
        session, Delivery.id == delivery.id, leaving={DeliveryState.CLAIMED}, to=back, now=now, note=pause.note, next_at=pause.until
    )


def _message(session: Session, row: _Row, channel: ChannelName, letter: Letter, written: Written, address: str, now: datetime) -> Message:
    turn_at = row.reminder.turn_starts_at
    is_chat = KINDS[channel].address in {Address.PHONE, Address.CHAT}
    return Message(
        key=message_key(row.delivery, row.reminder),
        to_name=row.vendor.owner_name,
        to_address=address,
        subject=written.subject,
        text=written.whatsapp if is_chat else written.text,
        html=written.html,
        attachments=attachments_of(session, row.reminder, link=letter.link, now=now) if channel is ChannelName.EMAIL else (),
        stale_at=row.reminder.stale_at,
        topic=topic_of(session, row.reminder),
        link=letter.link,
        unsubscribe_url=f"{letter.link}/kabar/berhenti",
        template=_template(session, row, letter, written, now),
        is_urgent=turn_at is not None and turn_at - now <= URGENT_WITHIN,
        browsers=live_browsers(session, row.vendor.id) if channel is ChannelName.PUSH else (),
    )


def _template(session: Session, row: _Row, letter: Letter, written: Written, now: datetime) -> Template:
    """The message in the places of an approved template: who, what, which stall, where to look. Approved in two languages only."""
    kind = row.reminder.kind
    name = f"before_{'long' if is_long(row.reminder.lead_minutes or 0) else 'short'}" if kind is ReminderKind.BEFORE else kind.value
    language, news = letter.language, written.news
    if language not in {"id", "en"}:
        language = "id"
        other = gather_letter(session, row.reminder, link=letter.link, now=now, language=language)
        news = write(other).news if other else news
    return Template(name, language, (letter.name, news, letter.business_name, letter.link))


def _drop(session: Session, delivery_id: int, state: DeliveryState, note: str, now: datetime) -> None:
    move_deliveries(session, Delivery.id == delivery_id, leaving={DeliveryState.CLAIMED}, to=state, now=now, note=note)


def _make_call(outside: World, call: outcome.Call, send: Callable[[], Receipt], sender: Sender) -> Receipt | DeliveryError | None:
    """The call itself, after a last look at lease and clock: this process may have been stopped since the commit. None: too late."""
    if not is_held(sender.owner, sender.epoch, now=outside.clock()):
        raise LostLease
    if outside.clock() >= call.stale_at:
        return None
    try:
        return send()
    except DeliveryError as error:
        return error
    except Exception as error:
        log.exception("channel %s broke down over delivery %d", call.channel, call.delivery_id)
        return DeliveryError(f"{type(error).__name__}: {error}", ambiguous=True)
