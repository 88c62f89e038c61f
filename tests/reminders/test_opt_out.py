"""Who wants no messages gets none, by no way, and gets the next ones again after changing their mind."""

from datetime import timedelta

from flask import Flask

from bazaar.reminders.hand import hand_list
from bazaar.states import DeliveryState
from bazaar.vendors.opt_out import resume_messages, stop_messages
from tests.conftest import START, World
from tests.reminders.stage import TURN_AT, send, set_stage, states, world_of


def test_neither_machine_nor_hand_writes_to_whoever_said_stop(app: Flask, world: World) -> None:
    by_mail, by_hand = set_stage(now=START), set_stage(now=START, vendor={"email": ""}, starts_at=TURN_AT + timedelta(days=1))
    world.now = TURN_AT
    send()
    waiting = len(hand_list(by_hand.edition_id, world_of().links, now=world.now))
    for stage in (by_mail, by_hand):
        stop_messages(stage.vendors[0], now=world.now)

    for _ in range(3):
        world.wait(hours=12)
        send()

    assert (waiting, hand_list(by_hand.edition_id, world_of().links, now=world.now), len(world.email.sent)) == (1, [], 0)
    assert DeliveryState.SUPPRESSED in states(by_hand.edition_id)
    assert DeliveryState.ACCEPTED not in states(by_mail.edition_id) + states(by_hand.edition_id)


def test_after_a_change_of_mind_the_next_reminder_goes(app: Flask, world: World) -> None:
    stage = set_stage(now=START)
    stop_messages(stage.vendors[0], now=START)
    world.now = TURN_AT - timedelta(hours=24)
    send()
    resume_messages(stage.vendors[0], now=world.now)
    world.now = TURN_AT - timedelta(minutes=28)

    send()

    assert states(stage.edition_id) == [DeliveryState.SUPPRESSED, DeliveryState.ACCEPTED, DeliveryState.PLANNED]
