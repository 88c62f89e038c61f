"""How a bazaar's bot gets to know a vendor: she taps the link on her page, greets the bot, and from then on may be written to there."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bazaar.accounts import audit
from bazaar.database import reading, transaction
from bazaar.reminders.channel_accounts import Unreadable, open_fields
from bazaar.reminders.channels.signing import is_same
from bazaar.states import ChannelName
from bazaar.tokens import derive_key
from models import ChannelAccount, Delivery, Edition, Reminder, Vendor

_MAC_LENGTH = 32
_LONGEST_ID = 9


@dataclass(frozen=True)
class Greeted:
    """Whose chat it is now, and in which language she is spoken to."""

    owner_name: str
    business_name: str


@dataclass(frozen=True)
class Greeting:
    """What a vendor's page offers: the link to the bot, and whether she greeted it already."""

    url: str
    is_linked: bool


def greeting_of(vendor_id: int, secret_key: str) -> Greeting | None:
    """The vendor's way to her bazaar's bot; None where it has none, and in a bazaar of invented people."""
    with reading() as session:
        row = session.execute(
            select(ChannelAccount.sealed, Vendor.telegram_chat)
            .join(Edition, Edition.bazaar_id == ChannelAccount.bazaar_id)
            .join(Vendor, Vendor.edition_id == Edition.id)
            .where(
                Vendor.id == vendor_id,
                Edition.is_demo.is_(False),
                ChannelAccount.channel == ChannelName.TELEGRAM,
                ChannelAccount.withdrawn_at.is_(None),
                ChannelAccount.is_paused.is_(False),
            )
        ).one_or_none()
    if row is None:
        return None
    try:
        bot_name = open_fields(row[0], secret_key).get("bot_name", "")
    except Unreadable:
        return None
    return Greeting(greeting_url(bot_name, vendor_id, secret_key), bool(row[1])) if bot_name else None


def greeting_url(bot_name: str, vendor_id: int, secret_key: str) -> str:
    """The link that a vendor taps. Telegram carries at most 64 letters, digits, lines and underscores along."""
    return f"https://t.me/{bot_name.lstrip('@')}?start={vendor_id}_{_mac(vendor_id, secret_key)}"


def link_chat(bazaar_id: int, token: str, chat: str, *, secret_key: str, now: datetime) -> Greeted | None:
    """Note the chat of whoever greeted the bot with her own token; None for a token that is nobody's of this bazaar."""
    number, _, mac = token.partition("_")
    if not (number.isascii() and number.isdecimal()) or len(number) > _LONGEST_ID or not is_same(_mac(int(number), secret_key), mac):
        return None
    with transaction() as session:
        vendor = session.get(Vendor, int(number), with_for_update=True)
        if vendor is None or vendor.withdrawn_at is not None or session.get_one(Edition, vendor.edition_id).bazaar_id != bazaar_id:
            return None
        if vendor.telegram_chat != chat:
            vendor.telegram_chat = chat
            vendor.revision += 1
            audit.note(session, "link_telegram", "vendor", vendor.id, now=now, bazaar_id=bazaar_id, actor="bot Telegram")
        return Greeted(vendor.owner_name, vendor.business_name)


def forget_chat(session: Session, delivery_id: int) -> None:
    """Step: whoever this delivery was for blocked the bot or left: she is not written to there, until she greets it again."""
    vendor_id = session.scalars(select(Reminder.vendor_id).join(Delivery).where(Delivery.id == delivery_id)).one()
    session.execute(update(Vendor).where(Vendor.id == vendor_id).values(telegram_chat=""))


def _mac(vendor_id: int, secret_key: str) -> str:
    mac = hmac.new(derive_key(secret_key, "telegram greeting"), str(vendor_id).encode(), sha256).digest()
    return urlsafe_b64encode(mac).decode()[:_MAC_LENGTH]
