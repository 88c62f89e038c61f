"""The vendor's way to her bazaar's bot: only where there is one, and her own."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bazaar.database import reading, transaction
from bazaar.reminders.channel_accounts import seal_fields
from bazaar.reminders.telegram_chats import link_chat
from bazaar.states import ChannelName
from models import ChannelAccount, Edition, Vendor
from tests.conftest import START, World
from tests.reminders.channels.doubles.telegram import FIELDS
from tests.vendors.evening import Evening, make_evening


@pytest.fixture
def evening(app: Flask, world: World) -> Evening:
    return make_evening()


def _open_bot(app: Flask, evening: Evening, **values: object) -> int:
    secret_key = app.extensions["giliran.settings"].secret_key
    with transaction() as session:
        bazaar_id = session.get_one(Edition, session.get_one(Vendor, evening.vendor_id).edition_id).bazaar_id
        sealed = seal_fields(FIELDS, secret_key)
        session.add(ChannelAccount(bazaar_id=bazaar_id, channel=ChannelName.TELEGRAM, sealed=sealed, created_at=START, **values))
    return bazaar_id


def test_without_a_bot_nothing_is_said_of_telegram(client: FlaskClient, evening: Evening) -> None:
    assert "Telegram" not in client.get(f"/g/{evening.token}").text


def test_a_vendor_greets_the_bot_by_her_own_link_and_sees_that_it_worked(app: Flask, client: FlaskClient, evening: Evening) -> None:
    bazaar_id = _open_bot(app, evening)

    before = client.get(f"/g/{evening.token}").text
    found = re.search(r'href="https://t\.me/pasar_jember_bot\?start=([A-Za-z0-9_-]+)"', before)
    assert found is not None
    link_chat(bazaar_id, found[1], "778899", secret_key=app.extensions["giliran.settings"].secret_key, now=START)
    after = client.get(f"/g/{evening.token}").text

    assert "Sambungkan Telegram" in before
    assert "sudah tersambung" in after
    with reading() as session:
        assert session.get_one(Vendor, evening.vendor_id).telegram_chat == "778899"


@pytest.mark.parametrize("values", [{"is_paused": True}, {"withdrawn_at": START}])
def test_a_bot_that_rests_is_not_offered(app: Flask, client: FlaskClient, evening: Evening, values: dict[str, object]) -> None:
    _open_bot(app, evening, **values)

    assert "Telegram" not in client.get(f"/g/{evening.token}").text


def test_who_wants_no_messages_is_offered_no_way_for_them(app: Flask, client: FlaskClient, evening: Evening) -> None:
    _open_bot(app, evening)
    with transaction() as session:
        session.get_one(Vendor, evening.vendor_id).opted_out_at = START

    assert "Telegram" not in client.get(f"/g/{evening.token}").text


def test_in_english_it_says_the_same(app: Flask, client: FlaskClient, evening: Evening) -> None:
    _open_bot(app, evening)

    assert "Do you use Telegram? We can write to you there." in client.get(f"/g/{evening.token}?lang=en").text
