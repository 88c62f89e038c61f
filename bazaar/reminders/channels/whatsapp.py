"""WhatsApp by the official Cloud API: approved templates, with a lifetime that ends before the message goes stale.

The API folds no repeats, so nothing is ever called twice for one generation of a message: our key travels along and comes back in
every report, which is how a call that broke off is cleared up.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bazaar.clock import Clock, system_clock
from bazaar.lines import one_line
from bazaar.reminders.channels import fields as form
from bazaar.reminders.channels.base import DeliveryError, Message, Receipt
from bazaar.reminders.channels.http import Answer, Caller, refused, unreadable
from bazaar.reminders.channels.whatsapp_templates import PLACES, PREFIX, full_name, life_for, provider_template
from bazaar.states import ChannelName

_USUAL = "https://graph.facebook.com/v23.0"
_LONGEST_PARAMETER = 240
_ACCOUNT_TROUBLE = frozenset({0, 3, 10, 33, 190, 368, 131005, 131031, 131042, 131045, 133010, *range(200, 300)})
"""The access, the number or the bill: whatever is sent next fares no better, until somebody puts it right."""

_PAUSES = {
    4: timedelta(minutes=5),
    80007: timedelta(minutes=5),
    130429: timedelta(seconds=30),
    131048: timedelta(minutes=30),
    131056: timedelta(seconds=6),
}
"""Too much at once: how long the number keeps quiet where the answer itself names no pause."""

_USUAL_PAUSE = timedelta(seconds=30)

_LATER = frozenset({131049, 133016, 131016, 131000, 1, 2})
"""Not now, and not because of the message."""


def check(fields: Mapping[str, str]) -> form.Problems:
    """(field, problem) of what cannot be used."""
    number = fields.get("phone_number_id", "").strip()
    problems = form.missing(fields, "phone_number_id", "access_token", "app_secret", "verify_token")
    if number and not (number.isdecimal() and number.isascii()):
        problems.append(("phone_number_id", "not_a_number"))
    return problems + form.header_safe(fields, "access_token") + form.addresses(fields, "base_url") + form.plain(fields, "template_prefix")


def make_channel(fields: Mapping[str, str], *, clock: Clock = system_clock) -> "WhatsAppChannel":
    """The channel for an account. Raises ValueError with a sentence for fields that it cannot use."""
    form.refuse(check(fields))
    return WhatsAppChannel(
        fields["phone_number_id"].strip(),
        fields["access_token"].strip(),
        base_url=form.base_url(fields, _USUAL),
        prefix=fields.get("template_prefix", "").strip().lower() or PREFIX,
        clock=clock,
    )


class WhatsAppChannel:
    """Sends each message as the template of its kind; without one as plain text, which arrives only where somebody wrote to us today."""

    name = ChannelName.WHATSAPP

    def __init__(
        self,
        phone_number_id: str,
        access_token: str,
        *,
        base_url: str = _USUAL,
        prefix: str = PREFIX,
        caller: Caller | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self._url = f"{base_url}/{phone_number_id}/messages"
        self._headers = {"Authorization": f"Bearer {access_token}"}
        self._prefix = prefix
        self._caller = caller or Caller(secrets=(access_token,), clock=clock)
        self._clock = clock

    def send(self, message: Message) -> Receipt:
        """Hand the message over. The receipt's reference is WhatsApp's own id (`wamid...`)."""
        document = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": message.to_address.lstrip("+"),
            "biz_opaque_callback_data": message.key,
            **self._content(message),
        }
        answer = self._caller.post(self._url, headers=self._headers, json=document)
        if not answer.is_good:
            raise self._error(answer)
        reference = _reference(answer.document())
        if not reference:
            raise unreadable(answer)
        return Receipt(reference)

    def close(self) -> None:
        """Let go of the client."""
        self._caller.close()

    def _content(self, message: Message) -> dict[str, Any]:
        if message.template is None:
            return {"type": "text", "text": {"preview_url": False, "body": message.text[:4096]}}
        template = provider_template(message.template.name, message.template.language)
        if template is None or len(message.template.parameters) != len(PLACES):
            raise DeliveryError(f"tidak ada templat WhatsApp untuk {one_line(message.template.name)}", permanent=True)
        left = None if message.stale_at is None else (message.stale_at - self._clock()).total_seconds()
        life = life_for(template, left)
        if life is None:
            raise DeliveryError("sisa waktunya terlalu pendek untuk WhatsApp", permanent=True)
        parameters = [{"type": "text", "text": clean_parameter(text)} for text in message.template.parameters]
        return {
            "type": "template",
            "template": {
                "name": full_name(template, life, self._prefix),
                "language": {"code": template.language},
                "components": [{"type": "body", "parameters": parameters}],
            },
        }

    def _error(self, answer: Answer) -> DeliveryError:
        error = answer.document().get("error")
        said = error.get("code") if isinstance(error, dict) else None
        code = said if isinstance(said, int) else None
        reason = f"WhatsApp menolak ({code or answer.status}): {self._caller.clean(_words(error))}".rstrip(": ")
        if code in _PAUSES or answer.status == 429:
            return DeliveryError(reason, retry_after=answer.retry_after or _PAUSES.get(code or 0, _USUAL_PAUSE))
        if code in _ACCOUNT_TROUBLE or (code is None and answer.status in {401, 403, 404}):
            return refused(answer, reason, unreachable=True)
        return refused(answer, reason, permanent=code is not None and code not in _LATER)


def clean_parameter(text: str) -> str:
    """What may stand in a template's place: one line, no runs of spaces, not empty, not too long."""
    words = one_line(text) or "-"
    return words if len(words) <= _LONGEST_PARAMETER else words[: _LONGEST_PARAMETER - 1].rstrip() + "…"


def _reference(document: dict[str, Any]) -> str:
    messages = document.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    reference = first.get("id") if isinstance(first, dict) else None
    return reference if isinstance(reference, str) else ""


def _words(error: object) -> object:
    """What it says about itself: the details where it gives some, else its title."""
    if not isinstance(error, dict):
        return ""
    data = error.get("error_data")
    return (data.get("details") if isinstance(data, dict) else None) or error.get("message") or ""
