"""A gateway of one's own: signed over the very bytes, the same id on every attempt, nothing inside our network in production."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bazaar.reminders.channels.base import DeliveryError, Receipt
from bazaar.reminders.channels.http import Caller
from bazaar.reminders.channels.webhook import WebhookChannel, check, make_channel
from tests.reminders.channels.doubles.gateway import SECRET, Gateway
from tests.reminders.channels.doubles.server import Fault, running
from tests.reminders.channels.messages import KEY, PHONE, message

NOW = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)


@pytest.fixture
def service() -> Iterator[Gateway]:
    with running(Gateway()) as double:
        yield double


def _channel(service: Gateway) -> WebhookChannel:
    caller = Caller(secrets=(SECRET,), seconds=5)
    return WebhookChannel(f"{service.url}/kirim", SECRET, caller=caller, clock=lambda: NOW)


def _error(service: Gateway) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        _channel(service).send(message())
    return caught.value


def test_a_message_arrives_signed_under_its_key(service: Gateway) -> None:
    receipt = _channel(service).send(message(stale_at=NOW + timedelta(minutes=5), link="https://giliran.example.org/g/abc", is_urgent=True))

    assert receipt == Receipt(KEY)
    assert service.texts(PHONE) == ["Bu Sari, 30 menit lagi."]
    assert json.loads(service.calls[0].body) == {
        "id": KEY,
        "to": PHONE,
        "name": "Bu Sari",
        "subject": "Bu Sari, giliran 20.00 WIB",
        "text": "Bu Sari, 30 menit lagi.",
        "link": "https://giliran.example.org/g/abc",
        "stale_at": "2026-05-05T13:05:00+00:00",
        "urgent": True,
    }


def test_a_repeat_after_a_lost_answer_is_folded_by_its_key(service: Gateway) -> None:
    service.faults.append(Fault.RESET_AFTER)

    assert _error(service).ambiguous
    _channel(service).send(message())

    assert (len(service.calls), len(service.delivered), service.doubles()) == (2, 1, [])


def test_a_gateway_that_says_it_has_it_already_has_taken_it(service: Gateway) -> None:
    service.refuses_with = 409
    service.faults.append(Fault.REFUSED)

    assert _channel(service).send(message()) == Receipt(KEY)


@pytest.mark.parametrize(
    ("status", "permanent", "unreachable"), [(422, True, False), (410, True, False), (401, False, True), (408, False, False)]
)
def test_a_refusal_is_about_the_message_or_about_the_settings(service: Gateway, status: int, permanent: bool, unreachable: bool) -> None:
    service.refuses_with = status
    service.faults.append(Fault.REFUSED)

    error = _error(service)

    assert (error.permanent, error.unreachable, error.ambiguous) == (permanent, unreachable, False)
    assert PHONE not in error.reason


def test_the_wrong_secret_is_a_matter_of_settings(service: Gateway) -> None:
    channel = WebhookChannel(f"{service.url}/kirim", "kunci-yang-lain-sama-sekali", caller=Caller(seconds=2))

    with pytest.raises(DeliveryError) as caught:
        channel.send(message())

    assert caught.value.unreachable


def test_in_production_a_gateway_inside_our_network_is_refused_and_plain_http_too(
    service: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GILIRAN_ENV", "production")
    inside = make_channel({"url": f"https://127.0.0.1:{service.port}/kirim", "secret": SECRET})

    with pytest.raises(DeliveryError, match="jaringan dalam"):
        inside.send(message())

    assert check(service.fields()) == [("url", "not_https")]
    assert service.calls == []


def test_fields_that_cannot_be_used_are_named(service: Gateway) -> None:
    assert check({}) == [("url", "missing"), ("secret", "missing")]
    assert check({"url": "gerbang", "secret": "pendek"}) == [("url", "not_an_address"), ("secret", "too_short")]
    with pytest.raises(ValueError, match="url bukan alamat web"):
        make_channel({"url": "gerbang", "secret": SECRET})
    assert make_channel(service.fields()).send(message()) == Receipt(KEY)
