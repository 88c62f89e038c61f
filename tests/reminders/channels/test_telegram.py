"""Telegram: only to people who greeted the bot, pauses as it names them, and nothing shows the bot's token."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bazaar.reminders.channels.base import DeliveryError, Receipt
from bazaar.reminders.channels.http import Caller
from bazaar.reminders.channels.telegram import TelegramChannel, check, make_channel
from tests.reminders.channels.doubles.server import Fault, running
from tests.reminders.channels.doubles.telegram import FIELDS, Telegram
from tests.reminders.channels.messages import message

CHAT = "778899"


@pytest.fixture
def service() -> Iterator[Telegram]:
    with running(Telegram()) as double:
        double.greeted.add(CHAT)
        yield double


def _channel(service: Telegram, token: str = FIELDS["bot_token"], seconds: float = 5) -> TelegramChannel:
    return TelegramChannel(token, base_url=service.url, caller=Caller(secrets=(token,), seconds=seconds))


def _error(service: Telegram, token: str = FIELDS["bot_token"], seconds: float = 5) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        _channel(service, token, seconds).send(message(to_address=CHAT))
    return caught.value


def test_a_message_arrives_in_its_chat(service: Telegram) -> None:
    receipt = _channel(service).send(message(to_address=CHAT, text="x" * 5000))

    assert receipt == Receipt("778899:1")
    assert service.texts(CHAT) == ["x" * 4096]


def test_the_bot_is_told_where_to_post_what_people_write(service: Telegram) -> None:
    _channel(service).listen_at("https://giliran.example.org/api/v1/kabar/jember/telegram", "kata-rahasia-bot")

    with pytest.raises(DeliveryError) as caught:
        _channel(service, "123456:salah", 5).listen_at("https://giliran.example.org", "kata")

    assert service.hook == {
        "url": "https://giliran.example.org/api/v1/kabar/jember/telegram",
        "secret_token": "kata-rahasia-bot",
        "allowed_updates": ["message"],
    }
    assert caught.value.unreachable


def test_whoever_blocked_the_bot_or_never_greeted_it_is_gone(service: Telegram) -> None:
    service.blocked.add(CHAT)
    blocked = _error(service)
    service.blocked.clear()
    service.greeted.clear()
    stranger = _error(service)

    assert [(error.is_address_gone, error.permanent, error.ambiguous) for error in (blocked, stranger)] == [(True, True, False)] * 2


def test_the_pause_inside_the_answer_is_told(service: Telegram) -> None:
    service.faults.append(Fault.TOO_MANY)

    assert _error(service).retry_after == timedelta(seconds=7)


def test_a_bad_request_is_for_good_and_a_bad_token_the_settings_fault(service: Telegram) -> None:
    service.faults.append(Fault.REFUSED)
    bad_request = _error(service)
    bad_token = _error(service, "999:AAAA")

    assert (bad_request.permanent, bad_request.is_address_gone) == (True, False)
    assert (bad_token.unreachable, bad_token.permanent) == (True, False)


@pytest.mark.parametrize("fault", [Fault.SILENCE_AFTER, Fault.BROKEN_AFTER, Fault.GARBLED_AFTER, Fault.HALF_AFTER])
def test_a_yes_that_nobody_heard_is_ambiguous_and_called_once(service: Telegram, fault: Fault) -> None:
    service.faults.append(fault)

    error = _error(service, seconds=0.4 if fault is Fault.SILENCE_AFTER else 5)

    assert (error.ambiguous, len(service.calls)) == (True, 1)
    assert FIELDS["bot_token"] not in error.reason


def test_the_fields_of_an_account_make_a_channel(service: Telegram) -> None:
    assert make_channel(service.fields()).send(message(to_address=CHAT)).reference
    assert check({**FIELDS, "bot_token": "tanpa-titik-dua", "bot_name": "@bot"}) == [
        ("bot_token", "bad_characters"),
        ("bot_name", "bad_characters"),
    ]
    with pytest.raises(ValueError, match="hook_secret belum diisi"):
        make_channel({**FIELDS, "hook_secret": ""})
