"""Fonnte: what stands inside its answer decides, not the 200 around it."""

from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from bazaar.reminders.channels.base import DeliveryError, Receipt
from bazaar.reminders.channels.fonnte import FonnteChannel, check, make_channel
from bazaar.reminders.channels.http import Caller
from tests.reminders.channels.doubles.fonnte import FIELDS, Fonnte
from tests.reminders.channels.doubles.server import Fault, running
from tests.reminders.channels.messages import PHONE, message


@pytest.fixture
def service() -> Iterator[Fonnte]:
    with running(Fonnte()) as double:
        yield double


def _channel(service: Fonnte) -> FonnteChannel:
    return FonnteChannel(FIELDS["token"], base_url=service.url, caller=Caller(secrets=(FIELDS["token"],), seconds=5))


def _error(service: Fonnte) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        _channel(service).send(message())
    return caught.value


def test_a_message_goes_to_the_whole_number_and_comes_back_with_an_id(service: Fonnte) -> None:
    receipt = _channel(service).send(message(text="Halo\nBu Sari & Pak Budi"))

    assert receipt == Receipt("80367001")
    assert service.texts(PHONE) == ["Halo\nBu Sari & Pak Budi"]
    assert service.calls[0].headers["authorization"] == FIELDS["token"]
    assert parse_qs(service.calls[0].body.decode())["countryCode"] == ["0"]


@pytest.mark.parametrize("reason", ["target invalid", "invalid number", "input invalid"])
def test_a_no_inside_a_200_about_the_message_is_for_good(service: Fonnte, reason: str) -> None:
    service.reason = reason
    service.faults.append(Fault.REFUSED)

    error = _error(service)

    assert (error.permanent, error.unreachable, error.ambiguous) == (True, False, False)
    assert reason in error.reason


@pytest.mark.parametrize("reason", ["token invalid", "request invalid on disconnected device", "insufficient quota", "device expired"])
def test_a_no_inside_a_200_about_the_account_is_not_the_messages_fault(service: Fonnte, reason: str) -> None:
    service.reason = reason
    service.faults.append(Fault.REFUSED)

    error = _error(service)

    assert (error.permanent, error.unreachable, error.ambiguous) == (False, True, False)


def test_a_no_for_a_reason_that_nobody_foresaw_is_tried_again(service: Fonnte) -> None:
    service.reason = "server sibuk"
    service.faults.append(Fault.REFUSED)

    error = _error(service)

    assert (error.permanent, error.unreachable, error.ambiguous) == (False, False, False)


def test_a_phone_that_is_away_is_unreachable(service: Fonnte) -> None:
    service.is_connected = False

    assert _error(service).unreachable
    assert service.delivered == []


@pytest.mark.parametrize("fault", [Fault.GARBLED_AFTER, Fault.HALF_AFTER, Fault.BROKEN_AFTER, Fault.RESET_AFTER])
def test_an_answer_that_says_neither_yes_nor_no_is_ambiguous(service: Fonnte, fault: Fault) -> None:
    service.faults.append(fault)

    assert _error(service).ambiguous
    assert len(service.calls) == 1


def test_a_reason_shows_neither_token_nor_number(service: Fonnte) -> None:
    service.reason = f"target {PHONE} of {FIELDS['token']} invalid"
    service.faults.append(Fault.REFUSED)

    error = _error(service)

    assert [word for word in (PHONE, FIELDS["token"]) if word in error.reason] == []


def test_the_fields_of_an_account_make_a_channel(service: Fonnte) -> None:
    assert make_channel(service.fields()).send(message()).reference
    assert check({}) == [("token", "missing"), ("hook_secret", "missing")]
    assert check({**FIELDS, "hook_secret": "a/b"}) == [("hook_secret", "bad_characters"), ("hook_secret", "too_short")]
    with pytest.raises(ValueError, match="token belum diisi"):
        make_channel({"hook_secret": FIELDS["hook_secret"]})
