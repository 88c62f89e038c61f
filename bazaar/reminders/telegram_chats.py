"""How a bazaar's bot gets to know a vendor: she taps the link on her page, greets the bot, and from then on may be written to there."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from bazaar.accounts import audit
from bazaar.database import transaction
from bazaar.reminders.channels.signing import is_same
from bazaar.tokens import derive_key
from models import Edition, Vendor

_MAC_LENGTH = 32
_LONGEST_ID = 9


@dataclass(frozen=True)
class Greeted:
    """Whose chat it is now, and in which language she is spoken to."""

    owner_name: str
    business_name: str


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


def _mac(vendor_id: int, secret_key: str) -> str:
    mac = hmac.new(derive_key(secret_key, "telegram greeting"), str(vendor_id).encode(), sha256).digest()
    return urlsafe_b64encode(mac).decode()[:_MAC_LENGTH]
