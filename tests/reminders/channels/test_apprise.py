"""Apprise, here by a stand-in of the same shape: it says yes or no, and a no may be anything."""

import sys
from types import ModuleType
from typing import ClassVar

import pytest

from bazaar.reminders.channels.apprise import MISSING, check, make_channel
from bazaar.reminders.channels.base import DeliveryError, Receipt
from tests.reminders.channels.messages import message

FIELDS = {"url": "twilio://SID:TOKEN@6281100000000/{phone}"}


class _Apprise:
    """What `apprise.Apprise` is to us, with a memory."""

    sent: ClassVar[list[tuple[str, str, str]]] = []
    outcome: ClassVar[bool | Exception | None] = True

    def __init__(self) -> None:
        self._url = ""

    def add(self, url: str) -> bool:
        self._url = url
        return not url.startswith("nobody://")

    def notify(self, *, body: str, title: str) -> bool | None:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        self.sent.append((self._url, title, body))
        return self.outcome


@pytest.fixture
def apprise(monkeypatch: pytest.MonkeyPatch) -> type[_Apprise]:
    module = ModuleType("apprise")
    module.Apprise = _Apprise  # type: ignore[attr-defined] # what the real module holds
    monkeypatch.setitem(sys.modules, "apprise", module)
    monkeypatch.setattr(_Apprise, "sent", [])
    monkeypatch.setattr(_Apprise, "outcome", True)
    return _Apprise


def test_a_message_goes_to_the_address_with_the_phone_in_its_place(apprise: type[_Apprise]) -> None:
    receipt = make_channel(FIELDS).send(message())

    assert receipt == Receipt("")
    assert apprise.sent == [
        ("twilio://SID:TOKEN@6281100000000/6281200001024", "Bu Sari, giliran 20.00 WIB", "Bu Sari, 30 menit lagi."),
    ]


@pytest.mark.parametrize("outcome", [False, None, RuntimeError("twilio://SID:TOKEN@...")])
def test_a_no_may_be_anything_and_shows_nothing(apprise: type[_Apprise], monkeypatch: pytest.MonkeyPatch, outcome: object) -> None:
    monkeypatch.setattr(apprise, "outcome", outcome)

    with pytest.raises(DeliveryError) as caught:
        make_channel(FIELDS).send(message())

    assert caught.value.ambiguous
    assert "TOKEN" not in caught.value.reason


def test_while_it_is_not_installed_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)

    with pytest.raises(ImportError) as caught:
        make_channel(FIELDS)

    assert str(caught.value) == MISSING


def test_addresses_that_cannot_be_used_are_named(apprise: type[_Apprise]) -> None:
    assert check({}) == [("url", "missing")]
    assert check({"url": "twilio"}) == [("url", "not_an_address")]
    assert check({"url": "twilio://SID"}) == [("url", "no_phone")]
    with pytest.raises(ValueError, match="tidak dikenal"):
        make_channel({"url": "nobody://{phone}"})
