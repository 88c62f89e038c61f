"""Any gateway of one's own that takes our signed JSON (the contract is in docs/channels.md).

A gateway must fold repeats by the message's id. That is why a call whose end nobody saw simply goes again.
"""

from collections.abc import Mapping
from datetime import UTC

import msgspec

from bazaar.clock import Clock, system_clock
from bazaar.reminders.channels import fields as form
from bazaar.reminders.channels.base import DeliveryError, Message, Receipt
from bazaar.reminders.channels.http import Answer, Caller, refused
from bazaar.reminders.channels.signing import sign_webhook
from bazaar.states import ChannelName

_FOR_GOOD = frozenset({400, 410, 413, 422})
_NOT_OURS = frozenset({401, 402, 403, 404, 405})


def check(fields: Mapping[str, str]) -> form.Problems:
    """(field, problem) of what cannot be used."""
    problems = form.missing(fields, "url", "secret") + form.addresses(fields, "url")
    if 0 < len(fields.get("secret", "").strip()) < form.SHORTEST_SECRET:
        problems.append(("secret", "too_short"))
    return problems


def make_channel(fields: Mapping[str, str], *, clock: Clock = system_clock) -> "WebhookChannel":
    """The channel for an account. Raises ValueError with a sentence for fields that it cannot use."""
    form.refuse(check(fields))
    return WebhookChannel(fields["url"].strip(), fields["secret"].strip(), clock=clock)


class WebhookChannel:
    """Posts each message as JSON, signed over the very bytes that are sent."""

    name = ChannelName.WEBHOOK

    def __init__(self, url: str, secret: str, *, caller: Caller | None = None, clock: Clock = system_clock) -> None:
        self._url = url
        self._secret = secret
        self._caller = caller or Caller(secrets=(secret, url), clock=clock)
        self._clock = clock

    def send(self, message: Message) -> Receipt:
        """Hand the message over. Its key is the gateway's name for it too, so the receipt's reference is the key."""
        body = _body(message)
        headers = {"Content-Type": "application/json", **sign_webhook(self._secret, message.key, self._clock(), body)}
        answer = self._caller.post(self._url, headers=headers, content=body)
        if not answer.is_good and answer.status != 409:  # a conflict: it has this message already
            raise self._error(answer)
        return Receipt(message.key)

    def close(self) -> None:
        """Let go of the client."""
        self._caller.close()

    def _error(self, answer: Answer) -> DeliveryError:
        said = self._caller.clean(answer.document().get("reason"))
        reason = f"gerbang menolak ({answer.status}): {said}".rstrip(": ")
        return refused(answer, reason, permanent=answer.status in _FOR_GOOD, unreachable=answer.status in _NOT_OURS)


def _body(message: Message) -> bytes:
    return msgspec.json.encode(
        {
            "id": message.key,
            "to": message.to_address,
            "name": message.to_name,
            "subject": message.subject,
            "text": message.text,
            "link": message.link,
            "stale_at": None if message.stale_at is None else message.stale_at.astimezone(UTC).isoformat(),
            "urgent": message.is_urgent,
        }
    )
