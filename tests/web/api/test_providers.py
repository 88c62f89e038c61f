"""Where services post: only whoever signs as the account does is heard, everything is kept once, and answered at once."""

import json
from collections.abc import Mapping
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from bazaar.database import reading, transaction
from bazaar.reminders.channel_accounts import seal_fields
from bazaar.reminders.channels.kinds import KINDS
from bazaar.reminders.telegram_chats import greeting_url, link_chat
from bazaar.states import ChannelName, ProviderWord
from bazaar.web.scrubber import scrub
from models import Bazaar, ChannelAccount, Edition, ProviderEvent, Vendor
from tests import factories
from tests.conftest import START, World
from tests.reminders.channels.doubles import fonnte, gateway, telegram, whatsapp
from tests.reminders.channels.doubles.fonnte import Fonnte
from tests.reminders.channels.doubles.gateway import Gateway
from tests.reminders.channels.doubles.server import Delivered, Posted
from tests.reminders.channels.doubles.telegram import Telegram
from tests.reminders.channels.doubles.whatsapp import WhatsApp
from tests.reminders.channels.messages import KEY, PHONE

SENT = Delivered(PHONE, KEY, "halo", "wamid.1", 0)
FIELDS: Mapping[ChannelName, Mapping[str, str]] = {
    ChannelName.WHATSAPP: whatsapp.FIELDS,
    ChannelName.FONNTE: fonnte.FIELDS,
    ChannelName.WEBHOOK: {"url": "http://127.0.0.1:9/", "secret": gateway.SECRET},
    ChannelName.TELEGRAM: telegram.FIELDS,
}
FONNTE_PATH = f"fonnte/{fonnte.FIELDS['hook_secret']}"


@pytest.fixture
def slug(app: Flask) -> str:
    """A bazaar that has opened every channel."""
    return _open(factories.make_edition(), app)


def _open(edition_id: int, app: Flask) -> str:
    secret_key = app.extensions["giliran.settings"].secret_key
    with transaction() as session:
        bazaar = session.get_one(Bazaar, session.get_one(Edition, edition_id).bazaar_id)
        for channel, fields in FIELDS.items():
            sealed = seal_fields(fields, secret_key)
            session.add(ChannelAccount(bazaar_id=bazaar.id, channel=channel, sealed=sealed, created_at=START))
        return bazaar.slug


def _post(client: FlaskClient, slug: str, path: str, posted: Posted) -> TestResponse:
    return client.post(f"/api/v1/kabar/{slug}/{path}", data=posted.body, headers=dict(posted.headers))


def _kept() -> list[tuple[ChannelName, ProviderWord, str, str, str]]:
    with reading() as session:
        events = session.scalars(select(ProviderEvent).order_by(ProviderEvent.id)).all()
        return [(event.channel, event.word, event.provider_ref, event.sender, event.note) for event in events]


def test_meta_gets_its_challenge_back_for_the_right_word_only(client: FlaskClient, slug: str) -> None:
    def ask(**changed: str) -> TestResponse:
        query = {"hub.mode": "subscribe", "hub.verify_token": whatsapp.FIELDS["verify_token"], "hub.challenge": "1158201444", **changed}
        return client.get(f"/api/v1/kabar/{slug}/whatsapp", query_string=query)

    good = ask()

    assert (good.status_code, good.text, good.mimetype) == (200, "1158201444", "text/plain")
    assert ask(**{"hub.verify_token": "tebakan"}).status_code == 404
    assert ask(**{"hub.challenge": "<script>"}).status_code == 404
    assert ask(**{"hub.mode": ""}).status_code == 404


def test_a_signed_report_of_whatsapp_is_kept_once(client: FlaskClient, slug: str) -> None:
    posted = WhatsApp().report(SENT, "delivered")

    statuses = [_post(client, slug, "whatsapp", posted).status_code for _ in range(3)]

    assert statuses == [200, 200, 200]
    assert _kept() == [(ChannelName.WHATSAPP, ProviderWord.DELIVERED, "wamid.1", KEY, "")]


def test_a_forged_or_changed_report_of_whatsapp_is_nothing(client: FlaskClient, slug: str) -> None:
    good = WhatsApp().report(SENT, "delivered")
    forged = WhatsApp().signed({"statuses": []}, secret="tebakan")
    changed = Posted(good.body.replace(b"delivered", b"read"), good.headers)
    unsigned = Posted(good.body, {"Content-Type": "application/json"})

    assert [_post(client, slug, "whatsapp", one).status_code for one in (forged, changed, unsigned)] == [404, 404, 404]
    assert _kept() == []


def test_fonnte_is_known_by_the_secret_in_its_address(client: FlaskClient, slug: str) -> None:
    posted = Fonnte().reply(PHONE, "Siap bu")

    good = _post(client, slug, FONNTE_PATH, posted).status_code
    wrong = _post(client, slug, "fonnte/tebakan-tebakan-tebakan", posted).status_code

    assert (good, wrong) == (200, 404)
    assert _kept() == [(ChannelName.FONNTE, ProviderWord.REPLY, "", PHONE, "Siap bu")]


def test_a_form_of_fonnte_is_read_like_its_json(client: FlaskClient, slug: str) -> None:
    answer = client.post(f"/api/v1/kabar/{slug}/{FONNTE_PATH}", data={"sender": "6281200001024", "message": "Siap", "inboxid": "9"})

    assert answer.status_code == 200
    assert _kept() == [(ChannelName.FONNTE, ProviderWord.REPLY, "", PHONE, "Siap")]


def test_a_gateway_signs_and_an_old_signature_is_worth_nothing(client: FlaskClient, world: World, slug: str) -> None:
    double, now = Gateway(), world.now
    fresh = double.signed({"type": "status", "id": KEY, "status": "read"}, at=now.timestamp())
    old = double.signed({"type": "status", "id": KEY, "status": "failed"}, at=(now - timedelta(minutes=6)).timestamp())
    forged = double.signed({"type": "status", "id": KEY, "status": "failed"}, at=now.timestamp(), secret="tebakan")

    statuses = [_post(client, slug, "webhook", one).status_code for one in (fresh, fresh, old, forged)]

    assert statuses == [200, 200, 404, 404]
    assert _kept() == [(ChannelName.WEBHOOK, ProviderWord.READ, KEY, "", "")]


def test_a_greeting_by_her_own_link_makes_the_chat_hers_and_is_answered(app: Flask, client: FlaskClient, slug: str) -> None:
    vendor_id = _vendor_of(slug)
    token = greeting_url("bot", vendor_id, app.extensions["giliran.settings"].secret_key).partition("start=")[2]

    answer = _post(client, slug, "telegram", Telegram().says("778899", f"/start {token}"))

    document = answer.get_json()
    assert len(token) <= 64
    assert (document["method"], document["chat_id"]) == ("sendMessage", "778899")
    assert (
        document["text"] == "Bu Sari, mulai sekarang kabar giliran Keripik Sari dikirim ke sini. Ibu bisa menjawab SIAP atau BERHALANGAN."
    )
    with reading() as session:
        assert session.get_one(Vendor, vendor_id).telegram_chat == "778899"


def test_a_greeting_with_a_token_that_is_nobodys_links_nobody(app: Flask, client: FlaskClient, slug: str) -> None:
    here, there = _vendor_of(slug), factories.make_vendor(factories.make_edition())
    secret_key = app.extensions["giliran.settings"].secret_key
    foreign, own = (greeting_url("bot", vendor_id, secret_key).partition("start=")[2] for vendor_id in (there, here))

    for token in (foreign, f"{here}_{'x' * 32}", own[:-1], "", "_", f"{'9' * 40}_x", "²_x"):
        answer = _post(client, slug, "telegram", Telegram().says("778899", f"/start {token}"))
        assert answer.status_code == 200
        if token:
            assert "tidak berlaku" in answer.get_json()["text"]

    with reading() as session:
        assert {vendor.telegram_chat for vendor in session.scalars(select(Vendor))} == {""}


def test_linking_again_changes_nothing(app: Flask, slug: str) -> None:
    vendor_id = _vendor_of(slug)
    secret_key = app.extensions["giliran.settings"].secret_key
    token = greeting_url("bot", vendor_id, secret_key).partition("start=")[2]
    with reading() as session:
        bazaar_id = session.get_one(Edition, session.get_one(Vendor, vendor_id).edition_id).bazaar_id

    for _ in range(2):
        assert link_chat(bazaar_id, token, "778899", secret_key=secret_key, now=START)

    with reading() as session:
        assert session.get_one(Vendor, vendor_id).revision == 1


def test_other_words_to_the_bot_are_kept_as_replies_and_strangers_posts_are_not(client: FlaskClient, slug: str) -> None:
    good = _post(client, slug, "telegram", Telegram().says("778899", "siap"))
    forged = _post(client, slug, "telegram", Telegram().says("778899", "berhalangan", secret="tebakan"))

    assert (good.status_code, forged.status_code) == (200, 404)
    assert _kept() == [(ChannelName.TELEGRAM, ProviderWord.REPLY, "", "778899", "siap")]


@pytest.mark.parametrize("path", ["whatsapp", FONNTE_PATH, "webhook", "telegram"])
def test_a_bazaar_without_that_account_and_no_bazaar_at_all_answer_alike(client: FlaskClient, slug: str, path: str) -> None:
    factories.make_bazaar(slug="pasar-lain")
    posted = Fonnte().reply(PHONE, "siap")

    assert [_post(client, where, path, posted).status_code for where in ("pasar-lain", "tidak-pernah-ada")] == [404, 404]


def test_a_body_larger_than_any_report_is_refused_before_it_is_read(client: FlaskClient, slug: str) -> None:
    answer = _post(client, slug, FONNTE_PATH, Posted(b"x" * 70_000, {"Content-Type": "application/json"}))

    assert answer.status_code == 413
    assert _kept() == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", json.dumps({"entry": [{"changes": [None]}]}).encode()])
def test_a_signed_post_that_says_nothing_is_fine(client: FlaskClient, slug: str, body: bytes) -> None:
    assert _post(client, slug, FONNTE_PATH, Posted(body, {"Content-Type": "application/json"})).status_code == 200
    assert _kept() == []


def test_no_secret_of_an_address_is_logged() -> None:
    line = f'POST /api/v1/kabar/pasar/{FONNTE_PATH} "GET /api/v1/kabar/pasar/whatsapp?hub.verify_token=kata-pencocok&x=1"'

    assert scrub(line) == 'POST /api/v1/kabar/pasar/fonnte/••• "GET /api/v1/kabar/pasar/whatsapp?hub.verify_token=•••&x=1"'


def test_every_channel_that_reports_has_an_address_here(app: Flask) -> None:
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api_providers.")}

    reporting = {kind.name for kind in KINDS.values() if kind.reports_arrival and kind.fields}
    assert {channel for channel in reporting if not any(f"/{channel}" in rule for rule in rules)} == set()


def _vendor_of(slug: str) -> int:
    with reading() as session:
        edition_id = session.scalars(select(Edition.id).join(Bazaar, Bazaar.id == Edition.bazaar_id).where(Bazaar.slug == slug)).one()
    return factories.make_vendor(edition_id, owner_name="Bu Sari", business_name="Keripik Sari")


def test_no_form_token_is_asked_of_a_service_and_a_browser_from_elsewhere_is_refused(app: Flask, client: FlaskClient, slug: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    posted = Fonnte().reply(PHONE, "Siap")

    from_service = _post(client, slug, FONNTE_PATH, posted)
    from_page = _post(client, slug, FONNTE_PATH, Posted(posted.body, {**posted.headers, "Sec-Fetch-Site": "cross-site"}))

    assert (from_service.status_code, from_page.status_code) == (200, 400)
