"""Where services post what became of our messages, and what vendors write back: one address for each bazaar and channel.

Whoever posts proves itself with the account's own secret; everybody else hears that there is nothing. What comes is stored and
answered at once, and applied by the scheduler.
"""

import logging
import re
from collections.abc import Sequence

import msgspec
from flask import Blueprint, Response, abort, jsonify, make_response, request

from bazaar.reminders.channels.signing import hub_signature, is_same, is_signed_webhook
from bazaar.reminders.provider_events import Inlet, inlet, store_events
from bazaar.reminders.provider_words import Word, fonnte_words, gateway_words, start_token, telegram_words, whatsapp_words
from bazaar.reminders.telegram_chats import Greeted, link_chat
from bazaar.states import ChannelName
from bazaar.vendors.address import form_of_address
from bazaar.web.access import Access, allow
from bazaar.web.auth import now, settings

log = logging.getLogger(__name__)

LARGEST_BODY = 64 * 1024
_CHALLENGE = re.compile(r"[A-Za-z0-9_.-]{1,200}")

blueprint = Blueprint("api_providers", __name__, url_prefix="/api/v1/kabar/<bazaar>")


@blueprint.get("/whatsapp")
@allow(Access.PROVIDER)
def verify_whatsapp(bazaar: str) -> Response:
    """Meta asks once whether this address is ours: the challenge goes back to whoever knows the account's word."""
    account = _inlet(bazaar, ChannelName.WHATSAPP)
    challenge = request.args.get("hub.challenge", "")
    knows = is_same(account.fields.get("verify_token", ""), request.args.get("hub.verify_token", ""))
    if request.args.get("hub.mode") != "subscribe" or not knows or not _CHALLENGE.fullmatch(challenge):
        _refuse(bazaar, ChannelName.WHATSAPP)
    response = make_response(challenge)
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    return response


@blueprint.post("/whatsapp")
@allow(Access.PROVIDER)
def whatsapp(bazaar: str) -> Response:
    """Reports and replies, signed by Meta over the raw body."""
    account, body = _inlet(bazaar, ChannelName.WHATSAPP), _body()
    secret = account.fields.get("app_secret", "")
    if not secret or not is_same(hub_signature(secret, body), request.headers.get("X-Hub-Signature-256", "")):
        _refuse(bazaar, ChannelName.WHATSAPP)
    return _stored(account, ChannelName.WHATSAPP, whatsapp_words(body, account.fields.get("phone_number_id", "")))


@blueprint.post("/fonnte/<secret>")
@allow(Access.PROVIDER)
def fonnte(bazaar: str, secret: str) -> Response:
    """Reports and replies. Fonnte signs nothing, so the address holds the account's secret."""
    account = _inlet(bazaar, ChannelName.FONNTE)
    if not is_same(account.fields.get("hook_secret", ""), secret):
        _refuse(bazaar, ChannelName.FONNTE)
    return _stored(account, ChannelName.FONNTE, fonnte_words(_body()))


@blueprint.post("/webhook")
@allow(Access.PROVIDER)
def webhook(bazaar: str) -> Response:
    """A gateway's own reports and replies, signed as we sign ours; an old one is a repeat by somebody who listened."""
    account, body = _inlet(bazaar, ChannelName.WEBHOOK), _body()
    key, stamp, signatures = (request.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not is_signed_webhook(account.fields.get("secret", ""), key, stamp, signatures, body, now=now()):
        _refuse(bazaar, ChannelName.WEBHOOK)
    return _stored(account, ChannelName.WEBHOOK, gateway_words(body, key))


@blueprint.post("/telegram")
@allow(Access.PROVIDER)
def telegram(bazaar: str) -> Response:
    """What people write to the bot. A greeting by the link on a vendor's page makes the chat hers, and is answered in the same breath."""
    account = _inlet(bazaar, ChannelName.TELEGRAM)
    if not is_same(account.fields.get("hook_secret", ""), request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")):
        _refuse(bazaar, ChannelName.TELEGRAM)
    words = telegram_words(_body())
    for word in words:
        if token := start_token(word.note):
            greeted = link_chat(account.bazaar_id, token, word.sender, secret_key=settings().secret_key, now=now())
            return _said_back(word.sender, _welcome(greeted))
    return _stored(account, ChannelName.TELEGRAM, words)


def _said_back(chat: str, text: str) -> Response:
    """Telegram takes a message to send as the answer to its own post."""
    return _answered(method="sendMessage", chat_id=chat, text=text)


def _welcome(greeted: Greeted | None) -> str:
    if greeted is None:
        return "Tautan ini tidak berlaku. Buka lagi halaman giliran Anda, lalu ketuk tautan Telegram di sana."
    you = form_of_address(greeted.owner_name)
    start = f"{greeted.owner_name}, mulai sekarang kabar giliran {greeted.business_name} dikirim ke sini."
    return f"{start} {you} bisa menjawab SIAP atau BERHALANGAN."


def _inlet(bazaar: str, channel: ChannelName) -> Inlet:
    account = inlet(bazaar, channel, secret_key=settings().secret_key)
    if account is None:
        abort(404)
    return account


def _body() -> bytes:
    """The raw body: signatures are over its bytes. A form is taken as its fields, because some of Fonnte's servers post one."""
    if (request.content_length or 0) > LARGEST_BODY:
        abort(413)
    body = request.get_data()
    if not body and request.form:
        body = msgspec.json.encode(request.form.to_dict())
    if len(body) > LARGEST_BODY:  # one that came in chunks and named no length
        abort(413)
    return body


def _refuse(bazaar: str, channel: ChannelName) -> None:
    log.warning("a post to the %s address of %s was not signed by its account", channel, bazaar)
    abort(404)


def _stored(account: Inlet, channel: ChannelName, words: Sequence[Word]) -> Response:
    store_events(account.bazaar_id, channel, words, now=now())
    return _answered(ok=True)


def _answered(**said: object) -> Response:
    response = jsonify(**said)
    response.headers["Cache-Control"] = "no-store"
    return response
