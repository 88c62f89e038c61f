"""What services post to us, read into words of our own. Pure: bytes in, words out; what cannot be read says nothing.

Reports come twice and in any order. `event_key` makes the same report the same event, however often and whenever it comes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec

from bazaar.lines import one_line
from bazaar.states import ProviderWord

_LONGEST_REF = 200
_LONGEST_KEY = 60
_LONGEST_NOTE = 400
_MOST_WORDS = 500


@dataclass(frozen=True)
class Word:
    """One thing that a service told us.

    `ref` is its name for our message (of a reply: for the message that is answered), `key` a second name of it: our own, or another
    one of theirs. `sender` is the address of whoever replied. `said_at` is by the service's clock: shown, never trusted.
    """

    word: ProviderWord
    event_key: str
    ref: str = ""
    key: str = ""
    sender: str = ""
    note: str = ""
    said_at: datetime | None = None


_WHATSAPP = {
    "sent": ProviderWord.ACCEPTED,
    "delivered": ProviderWord.DELIVERED,
    "read": ProviderWord.READ,
    "played": ProviderWord.READ,
    "failed": ProviderWord.FAILED,
}
_FONNTE = {
    **_WHATSAPP,
    "processing": ProviderWord.ACCEPTED,
    "pending": ProviderWord.ACCEPTED,
    "invalid": ProviderWord.FAILED,
    "expired": ProviderWord.FAILED,
    "url unreachable": ProviderWord.FAILED,
}
_GATEWAY = {**{word.value: word for word in ProviderWord if word is not ProviderWord.REPLY}, "sent": ProviderWord.ACCEPTED}


def whatsapp_words(body: bytes, phone_number_id: str) -> list[Word]:
    """The Cloud API's webhook: reports and replies about this number; those about another number of the same app are not ours."""
    words: list[Word] = []
    for value in _whatsapp_values(_document(body)):
        metadata = value.get("metadata")
        if isinstance(metadata, dict) and metadata.get("phone_number_id") != phone_number_id:
            continue
        words += [word for status in _objects(value.get("statuses")) if (word := _whatsapp_status(status))]
        words += [word for message in _objects(value.get("messages")) if (word := _whatsapp_reply(message))]
    return words[:_MOST_WORDS]


def fonnte_words(body: bytes) -> list[Word]:
    """Fonnte's two webhooks. A report names the message by its id first, later by a second number alone; the first one tells both."""
    said = _document(body)
    if said.get("sender") and "message" in said:
        sender = "".join(sign for sign in str(said["sender"]) if sign.isdecimal())
        text = str(said.get("message") or "")
        named = said.get("inboxid") or f"{text}|{said.get('timestamp')}"
        return [
            _reply(
                ("fonnte", sender, str(named)), sender=f"+{sender}" if sender else "", text=text, said_at=_instant(said.get("timestamp"))
            )
        ]
    ref, second = _text(said.get("id")), _text(said.get("stateid"))
    told = [str(said.get(name) or "").lower() for name in ("status", "state")]
    return [
        Word(
            word,
            _event_key("fonnte", ref, second, name),
            ref or second,
            second if ref else "",
            note=_note(name if word is ProviderWord.FAILED else ""),
        )
        for name in told
        if (ref or second) and (word := _FONNTE.get(name))
    ]


def gateway_words(body: bytes, event_id: str) -> list[Word]:
    """Our own contract: `{"type": "status", "id", "status", "reason"}` or `{"type": "reply", "from", "text"}`."""
    said = _document(body)
    at = _instant(said.get("at"))
    if said.get("type") == "reply":
        return [
            _reply(
                ("gateway", event_id),
                sender=_text(said.get("from")),
                text=str(said.get("text") or ""),
                said_at=at,
                ref=_text(said.get("id")),
            )
        ]
    ref, word = _text(said.get("id")), _GATEWAY.get(str(said.get("status")))
    if said.get("type") != "status" or not ref or word is None:
        return []
    return [Word(word, _event_key("gateway", ref, word), ref, note=_note(said.get("reason")), said_at=at)]


def telegram_words(body: bytes) -> list[Word]:
    """A message to the bot, from a person. Telegram reports nothing about what became of ours."""
    said = _document(body)
    message = said.get("message")
    chat = message.get("chat") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(chat, dict) or chat.get("type") != "private" or not message.get("text"):
        return []
    text, number = str(message["text"]), _text(said.get("update_id"))
    return [_reply(("telegram", number), sender=_text(chat.get("id")), text=text, said_at=_instant(message.get("date")))]


def start_token(text: str) -> str:
    """What came with `/start`, the greeting that the link on a vendor's page makes; empty for any other text."""
    command, _, token = text.strip().partition(" ")
    return token.strip() if command == "/start" else ""


def _whatsapp_values(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in _objects(document.get("entry")):
        for change in _objects(entry.get("changes")):
            if change.get("field") == "messages" and isinstance(change.get("value"), dict):
                yield change["value"]


def _whatsapp_status(status: dict[str, Any]) -> Word | None:
    ref, word = _text(status.get("id")), _WHATSAPP.get(str(status.get("status")))
    if not ref or word is None:
        return None
    key = _text(status.get("biz_opaque_callback_data"))[:_LONGEST_KEY]
    errors = [f"{error.get('code')} {error.get('title') or error.get('message') or ''}" for error in _objects(status.get("errors"))]
    return Word(word, _event_key("whatsapp", ref, word), ref, key, note=_note("; ".join(errors)), said_at=_instant(status.get("timestamp")))


def _whatsapp_reply(message: dict[str, Any]) -> Word | None:
    number, sender = _text(message.get("id")), _text(message.get("from"))
    if not number or not sender:
        return None
    kind = str(message.get("type"))
    inside = message.get(kind)
    said = inside if isinstance(inside, dict) else {}
    context = message.get("context")
    about = _text(context.get("id")) if isinstance(context, dict) else ""
    text = {"text": said.get("body"), "button": said.get("text"), "reaction": said.get("emoji")}.get(kind) or f"[{kind}]"
    return _reply(
        ("whatsapp", number), sender=f"+{sender.lstrip('+')}", text=str(text), said_at=_instant(message.get("timestamp")), ref=about
    )


def _reply(event: tuple[str, ...], *, sender: str, text: str, said_at: datetime | None, ref: str = "") -> Word:
    return Word(ProviderWord.REPLY, _event_key(*event, "reply"), ref, "", sender[:_LONGEST_KEY], _note(text), said_at)


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _objects(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    """A name or number as text; anything else is none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return one_line(str(value))[:_LONGEST_REF]


def _note(value: object) -> str:
    return one_line(str(value or ""))[:_LONGEST_NOTE]


def _instant(value: object) -> datetime | None:
    """Seconds since 1970, as number or text; ISO 8601 with its offset."""
    try:
        if isinstance(value, int | float) or (isinstance(value, str) and value.isdecimal()):
            return datetime.fromtimestamp(float(value), UTC)
        at = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        return None
    return at.astimezone(UTC) if at.tzinfo else None


def _event_key(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()
