"""The outbox writes to browsers: end to end, from a planned reminder to what the phone reads; and mails carry what belongs to them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from bazaar.database import reading
from bazaar.reminders.channels.push import PushChannel
from bazaar.states import ChannelName, DeliveryState
from bazaar.vendors.push import add_browser, live_browsers
from tests.conftest import START, World
from tests.reminders.channels.doubles.push import PushService, running_push_service, writing_to_browsers
from tests.reminders.stage import TURN_AT, outbox, send, set_stage


@pytest.fixture
def service() -> Iterator[PushService]:
    with running_push_service() as service:
        yield service


@pytest.fixture
def push(app: Flask, world: World) -> Iterator[PushChannel]:
    with writing_to_browsers(app, world.clock) as channel:
        yield channel


def ways(edition_id: int) -> list[tuple[ChannelName, DeliveryState]]:
    return [(line.channel, line.state) for line in outbox(edition_id) if line.lead == 30]


def test_a_reminder_reaches_every_browser_and_a_gone_one_ends(push: PushChannel, service: PushService, world: World) -> None:
    stage = set_stage(now=START, vendor={"email": ""})
    for name in ("hp", "lama"):
        add_browser(stage.vendors[0], service.subscribe(name), device_name="", now=START)
    service.answer("lama", 410)
    world.now = TURN_AT - timedelta(minutes=28)

    send()

    [pushed] = service.pushed
    assert pushed.notification["title"] == "Bu Sari 1, giliran Ibu 28 menit lagi, 20.00 WIB"
    assert pushed.headers["ttl"] == str(23 * 60)
    assert ways(stage.edition_id) == [(ChannelName.PUSH, DeliveryState.ACCEPTED)]
    with reading() as session:
        assert [browser.endpoint.rpartition("/")[2] for browser in live_browsers(session, stage.vendors[0])] == ["hp"]


def test_the_last_browser_gone_means_the_next_way(push: PushChannel, service: PushService, world: World) -> None:
    stage = set_stage(now=START)
    add_browser(stage.vendors[0], service.subscribe(), device_name="", now=START)
    service.answer("hp", 410)
    world.now = TURN_AT - timedelta(minutes=28)

    send()
    world.wait(seconds=20)
    send()

    assert ways(stage.edition_id) == [(ChannelName.PUSH, DeliveryState.DEAD), (ChannelName.EMAIL, DeliveryState.ACCEPTED)]
    assert len(world.email.sent) == 1


def test_the_long_reminder_by_mail_brings_the_turn_and_the_way_out(app: Flask, world: World) -> None:
    set_stage(now=START)
    world.now = TURN_AT - timedelta(hours=24)

    send()

    [message] = world.email.sent
    assert [file.file_name for file in message.attachments] == ["giliran.ics"]
    assert f'<a href="{message.unsubscribe_url}">Berhenti dikirimi kabar</a>' in message.html
    assert message.unsubscribe_url == f"{message.link}/kabar/berhenti"
    assert (len(message.topic), message.browsers) == (32, ())
