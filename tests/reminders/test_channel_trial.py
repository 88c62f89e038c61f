"""One real message to whoever asks, past the outbox."""

import json
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from bazaar.database import reading
from bazaar.refusals import Refusal
from bazaar.reminders.channel_settings import NEW, save_account
from bazaar.reminders.channel_trial import send_trial
from bazaar.reminders.channels.base import DeliveryError, Message, Receipt
from bazaar.states import ChannelName
from models import Audit, ChannelAccount, Delivery, Edition
from tests import factories
from tests.conftest import START, RecordingChannel, World
from tests.factories import SECRET_KEY
from tests.reminders.channels.doubles.fonnte import Fonnte
from tests.reminders.channels.doubles.server import running
from tests.reminders.conftest import Gateways
from tests.reminders.stage import row_count, world_of

pytestmark = pytest.mark.usefixtures("app")

C = ChannelName
PHONE = "+6281200001024"


def account() -> ChannelAccount:
    with reading() as session:
        return session.scalars(select(ChannelAccount)).one()


def test_it_arrives_and_is_remembered_nowhere_but_that_somebody_tried(gateways: Gateways) -> None:
    edition_id = factories.make_edition()
    fonnte = gateways.open(edition_id, C.FONNTE, failure_count=3, last_error="putus")

    trial = send_trial(edition_id, C.FONNTE, PHONE, world=world_of(), by=None, now=START)

    assert trial.is_sent
    assert [message.to_address for message in fonnte.sent] == [PHONE]
    assert "Percobaan dari" in fonnte.sent[0].text
    assert (account().failure_count, account().last_error, account().last_ok_at) == (0, None, START)
    with reading() as session:
        noted = session.scalars(select(Audit)).all()
    assert [row.action for row in noted] == ["try_channel"]
    assert PHONE not in json.dumps([[row.before, row.after] for row in noted])
    assert row_count(Delivery) == 0


def test_what_the_channel_said_comes_back_and_its_list_says_so_too(gateways: Gateways) -> None:
    edition_id = factories.make_edition()
    gateways.open(edition_id, C.FONNTE).failures.append(DeliveryError("layanan tidak terjangkau", unreachable=True))

    trial = send_trial(edition_id, C.FONNTE, PHONE, world=world_of(), by=None, now=START)

    assert (trial.is_sent, trial.is_unclear, trial.reason) == (False, False, "layanan tidak terjangkau")
    assert (account().failure_count, account().last_error) == (1, "layanan tidak terjangkau")


def test_nobody_waits_for_a_channel_that_says_nothing(gateways: Gateways) -> None:
    edition_id = factories.make_edition()
    gateways.open(edition_id, C.FONNTE)
    silence = Silence(C.FONNTE)
    gateways.channels[C.FONNTE] = silence

    trial = send_trial(edition_id, C.FONNTE, PHONE, world=world_of(), by=None, now=START, patience=timedelta(milliseconds=50))
    silence.end.set()

    assert (trial.is_sent, trial.is_unclear) == (False, True)


class Silence(RecordingChannel):
    """Takes the message and says nothing until it is let go."""

    def __init__(self, name: ChannelName) -> None:
        super().__init__(name)
        self.end = threading.Event()

    def send(self, message: Message) -> Receipt:
        self.end.wait(10)
        return Receipt()


def test_a_paused_channel_can_be_tried(gateways: Gateways) -> None:
    edition_id = factories.make_edition()
    gateways.open(edition_id, C.WEBHOOK, is_paused=True)

    assert send_trial(edition_id, C.WEBHOOK, PHONE, world=world_of(), by=None, now=START).is_sent


def test_a_channel_that_is_not_there_cannot(gateways: Gateways) -> None:
    edition_id = factories.make_edition()

    for channel in (C.FONNTE, C.PUSH):
        with pytest.raises(Refusal, match="channel_not_open"):
            send_trial(edition_id, channel, PHONE, world=world_of(), by=None, now=START)


def test_an_account_of_another_key_asks_to_be_entered_again() -> None:
    edition_id = factories.make_edition()
    open_fonnte(edition_id, "https://api.example.org", secret_key="another-key-0123456789-abcdefghijkl")

    with pytest.raises(Refusal, match="channel_unreadable"):
        send_trial(edition_id, C.FONNTE, PHONE, world=world_of(), by=None, now=START)


def test_a_sample_edition_writes_to_nobody_outside_this_machine(world: World) -> None:
    edition_id = factories.make_edition(is_demo=True)
    open_fonnte(edition_id, "https://api.example.org")

    for channel, address in ((C.FONNTE, PHONE), (C.EMAIL, "sari@example.com")):
        with pytest.raises(Refusal, match="trial_in_demo"):
            send_trial(edition_id, channel, address, world=world_of(), by=None, now=START)

    assert world.email.sent == []
    assert row_count(Audit) == 1  # the opening


def test_a_sample_edition_may_try_a_double_on_this_machine() -> None:
    edition_id = factories.make_edition(is_demo=True)
    service = Fonnte()
    with running(service):
        open_fonnte(edition_id, service.url)

        trial = send_trial(edition_id, C.FONNTE, PHONE, world=world_of(), by=None, now=START)

    assert trial.is_sent
    assert [message.phone for message in service.delivered] == [PHONE]


def open_fonnte(edition_id: int, base_url: str, *, secret_key: str = SECRET_KEY) -> None:
    with reading() as session:
        bazaar_id = session.get_one(Edition, edition_id).bazaar_id
    fields = {"token": "token-perangkat-fonnte", "base_url": base_url}
    save_account(bazaar_id, C.FONNTE, fields, daily_limit=None, revision=NEW, secret_key=secret_key, by=None, now=START)
