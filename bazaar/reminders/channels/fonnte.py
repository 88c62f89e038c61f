"""WhatsApp through Fonnte, a gateway with a phone behind it. It answers 200 to everything; `status` inside says how it went.

It folds no repeats and is not WhatsApp's own service: a number can be blocked, and a phone that is away keeps messages back.
"""

from collections.abc import Mapping

from bazaar.clock import Clock, system_clock
from bazaar.reminders.channels import fields as form
from bazaar.reminders.channels.base import DeliveryError, Message, Receipt
from bazaar.reminders.channels.http import Answer, Caller, refused, unreadable
from bazaar.states import ChannelName

_USUAL = "https://api.fonnte.com"
_ACCOUNT_TROUBLE = ("token", "device", "disconnect", "quota", "unknown user", "expired", "package", "banned", "limit reached")
_FOR_GOOD = ("target", "number", "not registered", "input", "message", "content", "parameter", "url")


def check(fields: Mapping[str, str]) -> form.Problems:
    """(field, problem) of what cannot be used."""
    problems = form.missing(fields, "token", "hook_secret") + form.header_safe(fields, "token") + form.plain(fields, "hook_secret")
    if 0 < len(fields.get("hook_secret", "").strip()) < form.SHORTEST_SECRET:
        problems.append(("hook_secret", "too_short"))
    return problems + form.addresses(fields, "base_url")


def make_channel(fields: Mapping[str, str], *, clock: Clock = system_clock) -> "FonnteChannel":
    """The channel for an account. Raises ValueError with a sentence for fields that it cannot use."""
    form.refuse(check(fields))
    token = fields["token"].strip()
    return FonnteChannel(token, base_url=form.base_url(fields, _USUAL), caller=Caller(secrets=(token,), clock=clock))


class FonnteChannel:
    """Sends each message as plain text to one number."""

    name = ChannelName.FONNTE

    def __init__(self, token: str, *, base_url: str = _USUAL, caller: Caller | None = None) -> None:
        self._url = f"{base_url}/send"
        self._headers = {"Authorization": token}
        self._caller = caller or Caller(secrets=(token,))

    def send(self, message: Message) -> Receipt:
        """Hand the message over. The receipt's reference is Fonnte's id of it."""
        target = message.to_address.lstrip("+")
        body = {"target": target, "message": message.text, "countryCode": "0", "preview": "false"}
        answer = self._caller.post(self._url, headers=self._headers, form=body)
        document = answer.document()
        if answer.is_good and document.get("status") is True:
            return Receipt(_reference(document.get("id")))
        if answer.is_good and document.get("status") is not False:
            raise unreadable(answer)
        raise self._error(answer, document.get("reason") or document.get("detail"))

    def close(self) -> None:
        """Let go of the client."""
        self._caller.close()

    def _error(self, answer: Answer, said: object) -> DeliveryError:
        words = str(said or "").lower()
        reason = f"Fonnte menolak: {self._caller.clean(said) or answer.status}"
        if answer.status in {401, 403, 404} or any(word in words for word in _ACCOUNT_TROUBLE):
            return refused(answer, reason, unreachable=True)
        return refused(answer, reason, permanent=any(word in words for word in _FOR_GOOD))


def _reference(ids: object) -> str:
    """Its ids, one for each number; we write to one number at a time."""
    return ",".join(str(one) for one in ids) if isinstance(ids, list) else str(ids or "")
