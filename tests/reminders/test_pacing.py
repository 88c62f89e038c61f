"""Distances, pauses, limits and breakers: nothing is lost by them, it waits or goes another way."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bazaar.database import reading, transaction
from bazaar.reminders.channels.base import DeliveryError
from bazaar.reminders.pacing import BREAKER_OPENS_AT
from bazaar.reminders.policy import MOST_IN_A_DAY
from bazaar.states import ChannelName, DeliveryState
from models import ChannelAccount, Delivery, Vendor
from tests.conftest import START, World
from tests.reminders.conftest import Gateways
from tests.reminders.stage import TURN_AT, change, delivery_ids, send, set_stage
from tests.reminders.test_ways import HALF_HOUR_BEFORE, PHONE, staged, ways

pytestmark = pytest.mark.usefixtures("app")

C, D = ChannelName, DeliveryState


def account() -> ChannelAccount:
    with reading() as session:
        return session.scalars(select(ChannelAccount)).one()


def several(world: World, count: int, **vendor: object) -> int:
    """So many vendors whose reminder is due now; all on one telephone unless told otherwise."""
    stage = set_stage(now=START, vendor_count=count, vendor={"phone": PHONE, **vendor}, reminder_leads=[30])
    world.now = HALF_HOUR_BEFORE + timedelta(minutes=15 * (count - 1))
    return stage.edition_id


def test_two_messages_to_one_number_keep_six_seconds_apart(world: World, gateways: Gateways) -> None:
    edition_id = several(world, 2)
    fonnte = gateways.open(edition_id, C.FONNTE)

    send()
    at_once = len(fonnte.sent)
    world.wait(seconds=5)
    send()
    too_early = len(fonnte.sent)
    world.wait(seconds=1)
    send()

    assert (at_once, too_early, len(fonnte.sent)) == (1, 1, 2)


def test_waiting_for_the_distance_costs_no_attempt(world: World, gateways: Gateways) -> None:
    edition_id = several(world, 2)
    gateways.open(edition_id, C.FONNTE)

    send()

    with reading() as session:
        attempts = sorted(session.scalars(select(Delivery.attempt_count).where(Delivery.next_at <= world.now + timedelta(minutes=1))))
    assert attempts == [0, 1]


def test_a_pause_that_the_channel_asks_for_holds_all_its_messages(world: World, gateways: Gateways) -> None:
    stage = staged(world)
    fonnte = gateways.open(stage.edition_id, C.FONNTE)
    fonnte.failures.append(DeliveryError("429", retry_after=timedelta(seconds=40)))

    send()
    world.wait(seconds=39)
    send()
    held = len(fonnte.sent)
    world.wait(seconds=2)
    send()

    assert (held, len(fonnte.sent)) == (0, 1)
    assert ways(stage) == [(C.FONNTE, D.ACCEPTED)]


def test_a_pause_longer_than_the_message_is_good_for_sends_it_another_way(world: World, gateways: Gateways) -> None:
    stage = staged(world)
    fonnte = gateways.open(stage.edition_id, C.FONNTE)
    fonnte.failures.append(DeliveryError("429", retry_after=timedelta(hours=2)))

    send()
    send()

    assert ways(stage) == [(C.FONNTE, D.DEAD), (C.EMAIL, D.ACCEPTED)]


def test_a_breaker_opens_after_failures_in_a_row_and_lets_one_probe_through(world: World, gateways: Gateways) -> None:
    edition_id = several(world, 1, channel_order=["fonnte"])
    fonnte = gateways.open(edition_id, C.FONNTE, failure_count=BREAKER_OPENS_AT - 1)
    fonnte.failures.append(DeliveryError("tidak terjangkau", unreachable=True))

    send()
    opened = account().retry_at
    world.wait(seconds=31)
    send()

    assert opened is not None
    assert opened > HALF_HOUR_BEFORE
    assert len(fonnte.sent) == 1
    assert (account().failure_count, account().retry_at) == (0, None)


def test_the_limit_of_a_day_sends_the_rest_another_way(world: World, gateways: Gateways) -> None:
    stage = set_stage(now=START, vendor_count=2, vendor={"phone": PHONE}, reminder_leads=[30])
    for number, vendor_id in enumerate(stage.vendors):
        change(Vendor, vendor_id, phone=f"+62812000010{number:02}")
    fonnte = gateways.open(stage.edition_id, C.FONNTE, daily_limit=1)
    world.now = HALF_HOUR_BEFORE + timedelta(minutes=15)

    send()

    assert len(fonnte.sent) == 1
    assert len(world.email.sent) == 1


def test_a_fault_of_ours_cannot_bury_a_vendor_under_messages(world: World, gateways: Gateways) -> None:
    stage = set_stage(now=START, reminder_leads=list(range(30, 30 + MOST_IN_A_DAY + 1)))
    last = delivery_ids(stage.edition_id)[-1]
    with transaction() as session:
        others = update(Delivery).where(Delivery.id != last)
        session.execute(others.values(state=D.ACCEPTED, called_at=HALF_HOUR_BEFORE - timedelta(hours=1)))
    world.now = HALF_HOUR_BEFORE

    send()

    assert world.email.sent == []
    with reading() as session:
        assert session.get_one(Delivery, last).state is D.WAITING_FOR_HAND


def test_a_bazaar_with_many_messages_lets_the_other_one_speak_in_the_first_pass(world: World) -> None:
    set_stage(now=START, vendor_count=6, reminder_leads=[30])
    later = {"starts_at": TURN_AT + timedelta(minutes=105), "vendor": {"email": "lain@example.com"}}
    set_stage(now=START, reminder_leads=[120], **later)
    world.now = HALF_HOUR_BEFORE + timedelta(minutes=75)

    send(limit=3)

    assert [message.to_address for message in world.email.sent].count("lain@example.com") == 1
