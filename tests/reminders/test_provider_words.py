"""What services post, read: the real shapes say what they say, anything else says nothing, and a repeat is the same event."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bazaar.reminders.provider_words import fonnte_words, gateway_words, start_token, telegram_words, whatsapp_words
from bazaar.states import ProviderWord
from tests.reminders.channels.doubles.fonnte import Fonnte
from tests.reminders.channels.doubles.gateway import Gateway
from tests.reminders.channels.doubles.server import Delivered
from tests.reminders.channels.doubles.telegram import Telegram
from tests.reminders.channels.doubles.whatsapp import FIELDS, WhatsApp
from tests.reminders.channels.messages import KEY, PHONE

NUMBER = FIELDS["phone_number_id"]
SENT = Delivered(PHONE, KEY, "halo", "wamid.1", 0)


@pytest.mark.parametrize(
    ("said", "word"),
    [("sent", ProviderWord.ACCEPTED), ("delivered", ProviderWord.DELIVERED), ("read", ProviderWord.READ), ("failed", ProviderWord.FAILED)],
)
def test_whatsapp_reports_under_its_name_and_ours(said: str, word: ProviderWord) -> None:
    (read,) = whatsapp_words(WhatsApp().report(SENT, said).body, NUMBER)

    assert (read.word, read.ref, read.key, read.sender) == (word, "wamid.1", KEY, "")
    assert read.note == ("131026 Message undeliverable" if said == "failed" else "")
    assert read.said_at is not None


def test_a_repeated_report_is_the_same_event_and_another_word_is_another() -> None:
    double = WhatsApp()
    keys = [whatsapp_words(double.report(SENT, word).body, NUMBER)[0].event_key for word in ("sent", "sent", "read")]

    assert keys[0] == keys[1]
    assert keys[0] != keys[2]
    assert all(len(key) == 64 for key in keys)


def test_whatsapp_replies_name_the_sender_and_the_message_they_answer() -> None:
    text, button = (
        whatsapp_words(WhatsApp().reply(PHONE, "Siap bu", about="wamid.1", is_button=is_button).body, NUMBER)[0]
        for is_button in (False, True)
    )

    assert [(one.word, one.sender, one.note, one.ref) for one in (text, button)] == [(ProviderWord.REPLY, PHONE, "Siap bu", "wamid.1")] * 2


def test_what_is_about_another_number_of_the_same_app_is_not_ours() -> None:
    assert whatsapp_words(WhatsApp().report(SENT, "read").body, "999") == []


def test_a_voice_message_is_a_reply_whose_kind_is_named() -> None:
    said = WhatsApp().signed({"messages": [{"from": "62812", "id": "wamid.9", "timestamp": "1", "type": "audio", "audio": {"id": "1"}}]})

    assert [word.note for word in whatsapp_words(said.body, NUMBER)] == ["[audio]"]


def test_fonnte_tells_two_names_first_and_one_later() -> None:
    double, sent = Fonnte(), Delivered(PHONE, "", "halo", "80367001", 0)

    words = [fonnte_words(double.report(sent, word).body)[0] for word in ("sent", "delivered", "read", "failed")]

    assert [(one.word, one.ref, one.key) for one in words] == [
        (ProviderWord.ACCEPTED, "80367001", "S80367001"),
        (ProviderWord.DELIVERED, "S80367001", ""),
        (ProviderWord.READ, "S80367001", ""),
        (ProviderWord.FAILED, "80367001", ""),
    ]


def test_fonnte_replies_name_the_sender() -> None:
    (reply,) = fonnte_words(Fonnte().reply(PHONE, "Siap").body)

    assert (reply.word, reply.sender, reply.note) == (ProviderWord.REPLY, PHONE, "Siap")


def test_a_gateway_reports_by_our_key_and_replies_by_its_events_id() -> None:
    double = Gateway()

    (status,) = gateway_words(double.report(SENT, "delivered").body, "evt-1")
    first, again, other = (gateway_words(double.reply(PHONE, "siap").body, event)[0] for event in ("evt-2", "evt-2", "evt-3"))

    assert (status.word, status.ref) == (ProviderWord.DELIVERED, KEY)
    assert (first.sender, first.note) == (PHONE, "siap")
    assert first.event_key == again.event_key != other.event_key


def test_telegram_tells_who_greeted_the_bot_and_with_what() -> None:
    (greeting,) = telegram_words(Telegram().says("778899", "/start abc_DEF-1").body)

    assert (greeting.word, greeting.sender, start_token(greeting.note)) == (ProviderWord.REPLY, "778899", "abc_DEF-1")
    assert start_token("Siap") == start_token("/start") == start_token("/starter x") == ""


def test_times_are_read_as_seconds_and_as_text() -> None:
    at = [
        json.dumps({"type": "status", "id": KEY, "status": "read", "at": said}).encode()
        for said in (1777986000, "2026-05-05T20:00:00+07:00", "kemarin")
    ]

    assert [gateway_words(body, "e")[0].said_at for body in at] == [datetime(2026, 5, 5, 13, 0, tzinfo=UTC)] * 2 + [None]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "entry",
                    "changes",
                    "field",
                    "value",
                    "statuses",
                    "messages",
                    "id",
                    "status",
                    "stateid",
                    "state",
                    "sender",
                    "message",
                    "type",
                    "chat",
                    "text",
                    "from",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(st.binary(max_size=40) | _JSON.map(lambda document: json.dumps(document).encode()))
def test_whatever_is_posted_is_read_or_says_nothing(body: bytes) -> None:
    words = [*whatsapp_words(body, NUMBER), *fonnte_words(body), *gateway_words(body, "e"), *telegram_words(body)]

    assert all(len(word.ref) <= 200 and len(word.key) <= 200 and len(word.sender) <= 60 and len(word.note) <= 400 for word in words)
