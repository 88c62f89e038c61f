"""The long tail of services through Apprise, for whoever installs that extra. It answers only yes or no, so a no may be anything."""

import importlib
from collections.abc import Mapping
from typing import Any

from bazaar.clock import Clock, system_clock
from bazaar.reminders.channels import fields as form
from bazaar.reminders.channels.base import DeliveryError, Message, Receipt
from bazaar.states import ChannelName

MISSING = "Apprise belum dipasang di server ini. Pasang dulu: pip install 'giliran[apprise]'."
_PLACE = "{phone}"


def check(fields: Mapping[str, str]) -> form.Problems:
    """(field, problem) of what cannot be used."""
    url = fields.get("url", "").strip()
    problems = form.missing(fields, "url")
    if url and "://" not in url:
        problems.append(("url", "not_an_address"))
    elif url and _PLACE not in url:
        problems.append(("url", "no_phone"))
    return problems


def make_channel(fields: Mapping[str, str], *, clock: Clock = system_clock) -> "AppriseChannel":
    """The channel for an account. Raises ValueError for fields it cannot use, ImportError with a sentence while Apprise is missing.

    The clock is every channel's; this one asks nothing of it.
    """
    form.refuse(check(fields))
    try:
        apprise = importlib.import_module("apprise")  # an extra, and 8 MB: only whoever uses it pays for it
    except ImportError:
        raise ImportError(MISSING) from None
    url = fields["url"].strip()
    if not apprise.Apprise().add(url.replace(_PLACE, "6281200000000")):
        raise ValueError("url tidak dikenal Apprise")
    return AppriseChannel(url, apprise)


class AppriseChannel:
    """Sends each message by whatever service the address names."""

    name = ChannelName.APPRISE

    def __init__(self, url: str, apprise: Any) -> None:
        self._url = url
        self._apprise = apprise

    def send(self, message: Message) -> Receipt:
        """Hand the message over. There is no reference, and a failure says nothing about how far it came."""
        service = self._apprise.Apprise()
        service.add(self._url.replace(_PLACE, message.to_address.lstrip("+")))
        try:
            is_sent = service.notify(body=message.text, title=message.subject)
        except Exception as error:  # noqa: BLE001 (whatever a plugin of its raises; its text may hold the address with its secrets)
            raise DeliveryError(f"Apprise gagal ({type(error).__name__})", ambiguous=True) from None
        if not is_sent:
            raise DeliveryError("Apprise tidak berhasil, sebabnya tidak diketahui", ambiguous=True)
        return Receipt()
