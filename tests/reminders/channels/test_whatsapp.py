"""WhatsApp's Cloud API: the right template for the time that is left, one call for one message, every error under its own name."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bazaar.reminders.channels.base import DeliveryError, Receipt, Template
from bazaar.reminders.channels.http import Caller
from bazaar.reminders.channels.whatsapp import WhatsAppChannel, check, clean_parameter, make_channel
from bazaar.reminders.channels.whatsapp_templates import PLACES, TEMPLATES, creation_requests
from tests.reminders.channels.doubles.server import Fault, running
from tests.reminders.channels.doubles.whatsapp import FIELDS, WhatsApp
from tests.reminders.channels.messages import KEY, PHONE, message

NOW = datetime(2026, 5, 5, 12, 30, tzinfo=UTC)
PARAMETERS = ("Bu Sari", "giliran jam 20.00 WIB, 30 menit lagi", "Keripik Sari", "https://giliran.example.org/g/abc")


@pytest.fixture
def service() -> Iterator[WhatsApp]:
    with running(WhatsApp()) as double:
        yield double


def _channel(service: WhatsApp, *, seconds: float = 5, **options: Any) -> WhatsAppChannel:
    caller = Caller(secrets=(FIELDS["access_token"],), seconds=seconds)
    base = f"{service.url}/v23.0"
    return WhatsAppChannel(FIELDS["phone_number_id"], FIELDS["access_token"], base_url=base, caller=caller, clock=lambda: NOW, **options)


def _reminder(*, name: str = "before_short", language: str = "id", left: float = 1500, parameters: tuple[str, ...] = PARAMETERS) -> Any:
    return message(template=Template(name, language, parameters), stale_at=NOW + timedelta(seconds=left))


def _refusal(service: WhatsApp, code: int, status: int = 400) -> DeliveryError:
    service.error_code, service.error_status = code, status
    service.faults.append(Fault.REFUSED)
    with pytest.raises(DeliveryError) as caught:
        _channel(service).send(_reminder())
    return caught.value


def test_a_reminder_arrives_in_the_words_that_were_approved(service: WhatsApp) -> None:
    receipt = _channel(service).send(_reminder())

    assert receipt == Receipt("wamid.DOUBLE1")
    assert [(one.phone, one.key) for one in service.delivered] == [(PHONE, KEY)]
    assert service.texts(PHONE)[0].startswith("Halo Bu Sari, giliran jam 20.00 WIB, 30 menit lagi.\n\nLapak: Keripik Sari")


@pytest.mark.parametrize(
    ("name", "left", "template"),
    [
        ("before_short", 1500, "giliran_before_short_5m"),
        ("before_short", 300, "giliran_before_short_5m"),
        ("before_short", 299, "giliran_before_short_1m"),
        ("before_long", 6 * 3600, "giliran_before_long_2h"),
        ("before_long", 3600, "giliran_before_long_10m"),
        ("recap", 72 * 3600, "giliran_recap_12h"),
    ],
)
def test_the_template_ends_before_the_message_goes_stale(service: WhatsApp, name: str, left: float, template: str) -> None:
    _channel(service).send(_reminder(name=name, left=left))

    assert json.loads(service.calls[0].body)["template"]["name"] == template


def test_where_even_the_shortest_life_is_too_long_nothing_is_called(service: WhatsApp) -> None:
    with pytest.raises(DeliveryError) as caught:
        _channel(service).send(_reminder(left=59))

    assert (caught.value.permanent, service.calls) == (True, [])


def test_a_language_without_texts_gets_indonesian_and_a_kind_without_texts_nothing(service: WhatsApp) -> None:
    _channel(service).send(_reminder(language="jv"))
    with pytest.raises(DeliveryError) as caught:
        _channel(service).send(_reminder(name="birthday"))

    assert json.loads(service.calls[0].body)["template"]["language"] == {"code": "id"}
    assert caught.value.permanent


def test_parameters_are_made_to_fit(service: WhatsApp) -> None:
    odd = ("Bu\nSari", "giliran\t20.00     WIB", "", "x" * 2000)

    _channel(service).send(_reminder(parameters=odd))

    sent = [one["text"] for one in json.loads(service.calls[0].body)["template"]["components"][0]["parameters"]]
    assert sent[:3] == ["Bu Sari", "giliran 20.00 WIB", "-"]
    assert sent[3] == clean_parameter("x" * 2000)
    assert len(sent[3]) == 240


@pytest.mark.parametrize("code", [131026, 131047, 132000, 132001, 131008, 100])
def test_what_is_wrong_with_the_message_is_refused_for_good(service: WhatsApp, code: int) -> None:
    error = _refusal(service, code)

    assert (error.permanent, error.unreachable, error.ambiguous, error.retry_after) == (True, False, False, None)


@pytest.mark.parametrize("code", [190, 10, 200, 368, 131031, 131042, 133010])
def test_what_is_wrong_with_the_account_is_not_the_messages_fault(service: WhatsApp, code: int) -> None:
    error = _refusal(service, code, 401)

    assert (error.permanent, error.unreachable) == (False, True)


@pytest.mark.parametrize(("code", "seconds"), [(131056, 6), (130429, 30), (131048, 1800), (80007, 300)])
def test_too_much_at_once_asks_for_a_pause(service: WhatsApp, code: int, seconds: int) -> None:
    error = _refusal(service, code)

    assert (error.permanent, error.retry_after) == (False, timedelta(seconds=seconds))


def test_the_pause_that_the_service_names_comes_first(service: WhatsApp) -> None:
    service.faults.append(Fault.TOO_MANY)

    with pytest.raises(DeliveryError) as caught:
        _channel(service).send(_reminder())

    assert caught.value.retry_after == timedelta(seconds=7)


def test_a_cap_for_this_person_alone_stops_nobody_else(service: WhatsApp) -> None:
    error = _refusal(service, 131049)

    assert (error.permanent, error.unreachable, error.retry_after) == (False, False, None)


@pytest.mark.parametrize("fault", [Fault.GARBLED_AFTER, Fault.HUGE_AFTER, Fault.SILENCE_AFTER, Fault.BROKEN_AFTER])
def test_a_yes_that_cannot_be_read_is_ambiguous_and_called_once(service: WhatsApp, fault: Fault) -> None:
    service.faults.append(fault)
    seconds = 0.4 if fault is Fault.SILENCE_AFTER else 5

    with pytest.raises(DeliveryError) as caught:
        _channel(service, seconds=seconds).send(_reminder())

    assert (caught.value.ambiguous, len(service.calls), len(service.delivered)) == (True, 1, 1)


def test_a_refusal_shows_no_number_and_no_token(service: WhatsApp) -> None:
    error = _refusal(service, 131026)

    assert error.reason.startswith("WhatsApp menolak (131026): ")
    assert [word for word in (PHONE, PHONE[1:], FIELDS["access_token"]) if word in error.reason] == []


def test_without_a_template_plain_text_goes_to_whoever_wrote_today(service: WhatsApp) -> None:
    with pytest.raises(DeliveryError) as caught:
        _channel(service).send(message())
    service.reply(PHONE, "halo")
    _channel(service).send(message())

    assert caught.value.permanent
    assert service.texts(PHONE) == ["Bu Sari, 30 menit lagi."]


def test_the_fields_of_an_account_make_a_channel(service: WhatsApp) -> None:
    channel = make_channel(service.fields())

    assert channel.send(message(template=Template("recap", "en", PARAMETERS))).reference
    channel.close()


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"access_token": ""}, ("access_token", "missing")),
        ({"app_secret": " "}, ("app_secret", "missing")),
        ({"phone_number_id": "+62812"}, ("phone_number_id", "not_a_number")),
        ({"access_token": "EAA\r\nX: y"}, ("access_token", "bad_characters")),
        ({"base_url": "ftp://x"}, ("base_url", "not_an_address")),
        ({"template_prefix": "a b"}, ("template_prefix", "bad_characters")),
    ],
)
def test_fields_that_cannot_be_used_are_named(fields: dict[str, str], problem: tuple[str, str]) -> None:
    assert check({**FIELDS, **fields}) == [problem]
    with pytest.raises(ValueError, match=problem[0]):
        make_channel({**FIELDS, **fields})


def test_every_template_keeps_the_rules_by_which_it_is_approved() -> None:
    requests = list(creation_requests())

    assert len({(one["name"], one["language"]) for one in requests}) == len(requests)
    for template in TEMPLATES:
        places = [f"{{{{{number}}}}}" for number in range(1, len(PLACES) + 1)]
        assert [template.body.count(place) for place in places] == [1] * len(PLACES)
        assert not template.body.startswith("{{")
        assert not template.body.endswith("}}")
        assert "}}{{" not in template.body.replace(" ", "")
        assert all(len(button) <= 25 for button in template.buttons)
        assert all(30 <= life <= 43_200 for life in template.lives)
        assert sorted(template.lives, reverse=True) == list(template.lives)
