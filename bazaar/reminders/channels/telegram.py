"""Telegram by a bot of the bazaar's own. A bot may write only to people who greeted it first, by the link on their page."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bazaar.clock import Clock, system_clock
from bazaar.reminders.channels import fields as form
from bazaar.reminders.channels.base import DeliveryError, Message, Receipt
from bazaar.reminders.channels.http import LONGEST_PAUSE, Answer, Caller, refused, unreadable
from bazaar.states import ChannelName

_USUAL = "https://api.telegram.org"
_LONGEST_TEXT = 4096
_NOBODY_THERE = ("chat not found", "user is deactivated", "peer_id_invalid", "group chat was upgraded")


def check(fields: Mapping[str, str]) -> form.Problems:
    """(field, problem) of what cannot be used."""
    token = fields.get("bot_token", "").strip()
    number, _, secret = token.partition(":")
    problems = form.missing(fields, "bot_token", "bot_name", "hook_secret")
    if token and not (number.isdecimal() and secret and not form.plain({"bot_token": secret}, "bot_token")):
        problems.append(("bot_token", "bad_characters"))
    return problems + form.plain(fields, "bot_name", "hook_secret") + form.addresses(fields, "base_url")


def make_channel(fields: Mapping[str, str], *, clock: Clock = system_clock) -> "TelegramChannel":
    """The channel for an account. Raises ValueError with a sentence for fields that it cannot use."""
    form.refuse(check(fields))
    token = fields["bot_token"].strip()
    return TelegramChannel(token, base_url=form.base_url(fields, _USUAL), caller=Caller(secrets=(token,), clock=clock))


class TelegramChannel:
    """Sends each message as plain text to one chat."""

    name = ChannelName.TELEGRAM

    def __init__(self, bot_token: str, *, base_url: str = _USUAL, caller: Caller | None = None) -> None:
        self._bot = f"{base_url}/bot{bot_token}"
        self._caller = caller or Caller(secrets=(bot_token,))

    def send(self, message: Message) -> Receipt:
        """Hand the message over. The receipt's reference is `chat:message`."""
        document = {
            "chat_id": message.to_address,
            "text": message.text[:_LONGEST_TEXT],
            "link_preview_options": {"is_disabled": True},
        }
        answer = self._caller.post(f"{self._bot}/sendMessage", json=document)
        said = answer.document()
        if not answer.is_good or said.get("ok") is False:
            raise self._error(answer, said)
        result = said.get("result")
        if said.get("ok") is not True or not isinstance(result, dict):
            raise unreadable(answer)
        return Receipt(f"{message.to_address}:{result.get('message_id', '')}")

    def listen_at(self, url: str, secret: str) -> None:
        """Have the bot post what people write to it to an address of ours, with that word. Raises DeliveryError."""
        document = {"url": url, "secret_token": secret, "allowed_updates": ["message"]}
        answer = self._caller.post(f"{self._bot}/setWebhook", json=document)
        said = answer.document()
        if said.get("ok") is not True:
            raise self._error(answer, said)

    def close(self) -> None:
        """Let go of the client."""
        self._caller.close()

    def _error(self, answer: Answer, said: dict[str, Any]) -> DeliveryError:
        words = str(said.get("description") or "").lower()
        code = said.get("error_code") or answer.status
        reason = f"Telegram menolak ({code}): {self._caller.clean(said.get('description'))}".rstrip(": ")
        if code == 429:
            return DeliveryError(reason, retry_after=_pause(said) or answer.retry_after or timedelta(seconds=30))
        if code == 403 or any(sign in words for sign in _NOBODY_THERE):
            return refused(answer, reason, permanent=True, is_address_gone=True)
        return refused(answer, reason, permanent=code == 400, unreachable=code in {401, 404})


def _pause(said: dict[str, Any]) -> timedelta | None:
    parameters = said.get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return min(timedelta(seconds=seconds), LONGEST_PAUSE) if isinstance(seconds, int) and 0 <= seconds < 10**6 else None
