"""The whole way with real calls: an account leads to a service, the message arrives once, its reports and replies come home."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bazaar.database import reading, transaction
from bazaar.reminders.channel_accounts import seal_fields
from bazaar.states import AnswerKind, ChannelName, DeliveryState
from bazaar.vendors.answers import newest_answer
from models import Bazaar, ChannelAccount, Edition, Vendor
from tests.conftest import START, World
from tests.reminders.channels.doubles.fonnte import Fonnte
from tests.reminders.channels.doubles.gateway import Gateway
from tests.reminders.channels.doubles.server import Fault, Posted, running
from tests.reminders.channels.doubles.telegram import Telegram
from tests.reminders.channels.doubles.whatsapp import WhatsApp
from tests.reminders.stage import TURN_AT, Stage, outbox, send, set_stage, world_of

PHONE = "+6281200001024"
CHAT = "778899"


@pytest.fixture
def services(app: Flask) -> Iterator[dict[ChannelName, Any]]:
    """Every service, listening; the connections of the app's channels end with the test."""
    doubles = {
        ChannelName.WHATSAPP: WhatsApp(),
        ChannelName.FONNTE: Fonnte(),
        ChannelName.WEBHOOK: Gateway(),
        ChannelName.TELEGRAM: Telegram(),
    }
    with ExitStack() as stack:
        for double in doubles.values():
            stack.enter_context(running(double))
        yield doubles
        world_of(app).rack.close()


def _staged(world: World, *services: Any, names: tuple[ChannelName, ...]) -> tuple[Stage, str]:
    """A vendor whose reminder is due now, in a bazaar with these accounts, tried in this order."""
    world.now = TURN_AT.replace(hour=10)
    stage = set_stage(now=world.now, vendor={"phone": PHONE, "email": "", "telegram_chat": CHAT}, reminder_leads=[30])
    with transaction() as session:
        bazaar = session.get_one(Bazaar, session.get_one(Edition, stage.edition_id).bazaar_id)
        for rank, (name, service) in enumerate(zip(names, services, strict=True)):
            sealed = seal_fields(service.fields(), world_of().links.secret_key)
            session.add(ChannelAccount(bazaar_id=bazaar.id, channel=name, sealed=sealed, rank=rank, created_at=START))
        slug = bazaar.slug
    world.now = TURN_AT
    world.wait(minutes=-30)
    return stage, slug


def _post(client: FlaskClient, slug: str, path: str, posted: Posted) -> int:
    return client.post(f"/api/v1/kabar/{slug}/{path}", data=posted.body, headers=dict(posted.headers)).status_code


def test_whatsapp_from_the_call_to_the_answer(client: FlaskClient, world: World, services: dict[ChannelName, Any]) -> None:
    whatsapp: WhatsApp = services[ChannelName.WHATSAPP]
    stage, slug = _staged(world, whatsapp, names=(ChannelName.WHATSAPP,))

    send()
    (sent,) = whatsapp.delivered
    for word in ("read", "sent", "delivered", "read"):
        assert _post(client, slug, "whatsapp", whatsapp.report(sent, word)) == 200
    assert _post(client, slug, "whatsapp", whatsapp.reply(PHONE, "Siap", about=sent.reference, is_button=True)) == 200
    world.wait(seconds=5)
    send()

    assert (sent.phone, "30 menit lagi" in sent.text) == (PHONE, True)
    assert [line.state for line in outbox(stage.edition_id)] == [DeliveryState.READ]
    with reading() as session:
        assert newest_answer(session, stage.slots[0], stage.vendors[0]) is AnswerKind.READY


def test_a_whatsapp_whose_answer_was_lost_is_cleared_up_by_its_report_and_never_doubled(
    client: FlaskClient, world: World, services: dict[ChannelName, Any]
) -> None:
    whatsapp: WhatsApp = services[ChannelName.WHATSAPP]
    stage, slug = _staged(world, whatsapp, names=(ChannelName.WHATSAPP,))
    whatsapp.faults.append(Fault.RESET_AFTER)

    send()
    before = [line.state for line in outbox(stage.edition_id)]
    _post(client, slug, "whatsapp", whatsapp.report(whatsapp.delivered[0], "delivered"))
    for _minute in range(3):
        world.wait(minutes=1)
        send()

    assert before == [DeliveryState.UNKNOWN]
    assert [line.state for line in outbox(stage.edition_id)] == [DeliveryState.DELIVERED]
    assert (len(whatsapp.calls), whatsapp.doubles()) == (1, [])


def test_a_whatsapp_of_which_nobody_hears_goes_the_next_way_after_ninety_seconds(world: World, services: dict[ChannelName, Any]) -> None:
    whatsapp, telegram = services[ChannelName.WHATSAPP], services[ChannelName.TELEGRAM]
    telegram.greeted.add(CHAT)
    stage, _slug = _staged(world, whatsapp, telegram, names=(ChannelName.WHATSAPP, ChannelName.TELEGRAM))
    whatsapp.faults.append(Fault.BROKEN)

    for _step in range(4):
        send()
        world.wait(seconds=40)

    assert {line.channel: line.state for line in outbox(stage.edition_id)} == {
        ChannelName.WHATSAPP: DeliveryState.UNRESOLVED,
        ChannelName.TELEGRAM: DeliveryState.ACCEPTED,
    }
    assert (len(whatsapp.calls), len(telegram.texts(CHAT))) == (1, 1)


def test_a_gateway_that_lost_its_answer_is_called_again_and_delivers_once(world: World, services: dict[ChannelName, Any]) -> None:
    gateway: Gateway = services[ChannelName.WEBHOOK]
    stage, _slug = _staged(world, gateway, names=(ChannelName.WEBHOOK,))
    gateway.faults.extend([Fault.HALF_AFTER, Fault.BROKEN_AFTER])

    for _step in range(6):
        send()
        world.wait(minutes=1)

    assert [line.state for line in outbox(stage.edition_id)] == [DeliveryState.ACCEPTED]
    assert (len(gateway.calls), len(gateway.delivered)) == (3, 1)


def test_a_no_inside_a_200_sends_it_the_next_way_and_a_failure_reported_later_too(
    client: FlaskClient, world: World, services: dict[ChannelName, Any]
) -> None:
    fonnte, whatsapp, telegram = (services[name] for name in (ChannelName.FONNTE, ChannelName.WHATSAPP, ChannelName.TELEGRAM))
    telegram.greeted.add(CHAT)
    names = (ChannelName.FONNTE, ChannelName.WHATSAPP, ChannelName.TELEGRAM)
    stage, slug = _staged(world, fonnte, whatsapp, telegram, names=names)
    fonnte.faults.append(Fault.REFUSED)

    for _step in range(2):
        send()
        world.wait(seconds=10)
    _post(client, slug, "whatsapp", whatsapp.report(whatsapp.delivered[0], "failed"))
    for _step in range(2):
        send()
        world.wait(seconds=10)

    assert {line.channel: line.state for line in outbox(stage.edition_id)} == {
        ChannelName.FONNTE: DeliveryState.DEAD,
        ChannelName.WHATSAPP: DeliveryState.DEAD,
        ChannelName.TELEGRAM: DeliveryState.ACCEPTED,
    }


def test_whoever_blocked_the_bot_is_reached_by_hand(world: World, services: dict[ChannelName, Any]) -> None:
    telegram: Telegram = services[ChannelName.TELEGRAM]
    telegram.blocked.add(CHAT)
    stage, _slug = _staged(world, telegram, names=(ChannelName.TELEGRAM,))

    send()
    send()

    assert {line.channel: line.state for line in outbox(stage.edition_id)} == {
        ChannelName.TELEGRAM: DeliveryState.DEAD,
        ChannelName.HAND: DeliveryState.WAITING_FOR_HAND,
    }
    with reading() as session:
        assert session.get_one(Vendor, stage.vendors[0]).telegram_chat == ""
