"""What vendors write back: an answer about their turn, the wish to be left alone, or words that a person must read."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.phones import PhoneError, parse_phone, whatsapp_number, whatsapp_url
from bazaar.refusals import Refusal
from bazaar.reminders.reply_meaning import Meaning, meaning_of
from bazaar.states import AnswerKind, ChannelName, ProviderWord
from bazaar.turns import select_published
from bazaar.vendors.answers import newest_answers, note_answer
from bazaar.vendors.opt_out import stop_messages_in
from models import Answer, Delivery, Edition, ProviderEvent, Reminder, Slot, Turn, Vendor

log = logging.getLogger(__name__)

SHOWN_FOR = timedelta(days=3)
ABOUT_TURNS_WITHIN = timedelta(hours=36)
"""A reply without further words is about the vendor's next turn, if that is so near."""

_ACTORS = {ChannelName.TELEGRAM: "balasan Telegram", ChannelName.WEBHOOK: "balasan lewat gerbang"}
_KINDS = {Meaning.READY: AnswerKind.READY, Meaning.UNABLE: AnswerKind.UNABLE}


@dataclass(frozen=True)
class ReplyLine:
    """One reply. `meaning` is what was understood; None: a person should read it."""

    vendor_id: int
    owner_name: str
    business_name: str
    channel: ChannelName
    text: str
    at: datetime
    meaning: Meaning | None
    chat_url: str  # opens a chat with her; empty where none is known


@dataclass(frozen=True)
class Replies:
    """What vendors wrote lately, the newest first: what a person must read, and what Giliran understood."""

    to_read: tuple[ReplyLine, ...]
    understood: tuple[ReplyLine, ...]


def apply_reply(session: Session, event: ProviderEvent, *, about_delivery_id: int | None, now: datetime) -> None:
    """Step: do what a reply asks for. Whom it is from is found by the address within that bazaar; strangers' words change nothing."""
    vendors = vendors_at(session, event.bazaar_id, event.channel, event.sender)
    meaning = meaning_of(event.note)
    if not vendors or meaning is None:
        return
    if meaning is Meaning.STOP:
        for vendor in vendors:
            stop_messages_in(session, vendor.id, actor=_actor(event.channel), now=now)
        return
    turn = _meant_turn(session, vendors, about_delivery_id, now)
    if turn is not None and not _has_spoken_since(session, turn, event.received_at):
        try:
            note_answer(session, turn.edition_id, turn.slot_id, turn.vendor_id, _KINDS[meaning], actor=_actor(event.channel), now=now)
        except Refusal as refusal:
            log.info("the reply %d came too late for its turn: %s", event.id, refusal.code)


def vendors_at(session: Session, bazaar_id: int, channel: ChannelName, sender: str) -> Sequence[Vendor]:
    """Query: the vendors of a bazaar's current editions behind an address: one person may have a stall in each."""
    address = _address(channel, sender)
    if not address:
        return []
    column = Vendor.telegram_chat if channel is ChannelName.TELEGRAM else Vendor.phone
    return session.scalars(
        select(Vendor)
        .join(Edition, Edition.id == Vendor.edition_id)
        .where(Edition.bazaar_id == bazaar_id, Edition.archived_at.is_(None), Vendor.withdrawn_at.is_(None), column == address)
        .order_by(Vendor.id)
    ).all()


def recent_replies(edition_id: int, *, now: datetime) -> Replies:
    """What vendors of an edition wrote in the last three days, for its organizers."""
    with reading() as session:
        bazaar_id = session.get_one(Edition, edition_id).bazaar_id
        events = session.scalars(
            select(ProviderEvent)
            .where(
                ProviderEvent.bazaar_id == bazaar_id, ProviderEvent.word == ProviderWord.REPLY, ProviderEvent.received_at >= now - SHOWN_FOR
            )
            .order_by(ProviderEvent.received_at.desc(), ProviderEvent.id.desc())
            .limit(200)
        ).all()
        vendors = session.scalars(select(Vendor).where(Vendor.edition_id == edition_id)).all()
    by_address = {address: vendor for vendor in vendors for address in (vendor.phone, vendor.telegram_chat) if address}
    lines = [_line(event, vendor) for event in events if (vendor := by_address.get(_address(event.channel, event.sender)))]
    return Replies(tuple(line for line in lines if not line.meaning), tuple(line for line in lines if line.meaning))


def _line(event: ProviderEvent, vendor: Vendor) -> ReplyLine:
    number = whatsapp_number(vendor.phone)
    return ReplyLine(
        vendor_id=vendor.id,
        owner_name=vendor.owner_name,
        business_name=vendor.business_name,
        channel=event.channel,
        text=event.note,
        at=event.received_at,
        meaning=meaning_of(event.note),
        chat_url=whatsapp_url(number) if number else "",
    )


def _address(channel: ChannelName, sender: str) -> str:
    """The sender as a vendor's row has it."""
    if channel is ChannelName.TELEGRAM:
        return sender
    try:
        return parse_phone(sender)
    except PhoneError:
        return ""


def _meant_turn(session: Session, vendors: Sequence[Vendor], about_delivery_id: int | None, now: datetime) -> Turn | None:
    """The turn of the message that is answered; without that, the next one soon."""
    ids = [vendor.id for vendor in vendors]
    ahead = select_published().where(Turn.vendor_id.in_(ids), Slot.ends_at > now).order_by(Slot.starts_at, Turn.id)
    if about_delivery_id is not None:
        slot_id = session.scalar(select(Reminder.slot_id).join(Delivery).where(Delivery.id == about_delivery_id))
        named = session.execute(ahead.where(Turn.slot_id == slot_id)).first() if slot_id is not None else None
        if named is not None:
            return named[0]
    soon = session.execute(ahead.where(Slot.starts_at <= now + ABOUT_TURNS_WITHIN)).first()
    return soon[0] if soon is not None else None


def _has_spoken_since(session: Session, turn: Turn, at: datetime) -> bool:
    """Whether something newer than this reply counts: it may have waited for us while the vendor answered on her page."""
    found = newest_answers(session, Answer.slot_id == turn.slot_id, Answer.vendor_id == turn.vendor_id)
    newest = found.get((turn.slot_id, turn.vendor_id))
    return newest is not None and newest.answered_at > at


def _actor(channel: ChannelName) -> str:
    return _ACTORS.get(channel, "balasan WhatsApp")
