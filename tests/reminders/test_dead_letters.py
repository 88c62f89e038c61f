"""What ended badly is a person's: sent again under another key, or ticked as known."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bazaar.database import reading
from bazaar.refusals import Refusal
from bazaar.reminders.channels.base import DeliveryError
from bazaar.reminders.dead_letters import mark_done, send_again
from bazaar.states import ChannelName, DeliveryState
from models import Audit, Delivery
from tests.conftest import World
from tests.reminders.conftest import Gateways
from tests.reminders.stage import TURN_AT, Stage, change, delivery_ids, send
from tests.reminders.test_ways import staged, ways

pytestmark = pytest.mark.usefixtures("app")

C, D = ChannelName, DeliveryState


def dead(world: World, gateways: Gateways) -> tuple[Stage, int]:
    """A stage whose reminder was refused by its only machine and waits on the hand list as well."""
    stage = staged(world, channel_order=["fonnte"])
    gateways.open(stage.edition_id, C.FONNTE).failures.append(DeliveryError("nomor salah", permanent=True))
    send()
    return stage, delivery_ids(stage.edition_id)[0]


def test_a_person_may_send_it_again(world: World, gateways: Gateways) -> None:
    stage, first = dead(world, gateways)

    assert send_again(stage.edition_id, first, by=None, now=world.now)
    send()

    assert ways(stage) == [(C.FONNTE, D.ACCEPTED), (C.HAND, D.CANCELLED)]
    assert len(gateways.channels[C.FONNTE].sent) == 1


def test_twice_sends_once(world: World, gateways: Gateways) -> None:
    stage, first = dead(world, gateways)

    answers = [send_again(stage.edition_id, first, by=None, now=world.now) for _ in range(2)]

    assert answers == [True, False]


def test_an_unresolved_one_goes_again_under_another_key(world: World, gateways: Gateways) -> None:
    stage, first = dead(world, gateways)
    change(Delivery, first, state=D.UNRESOLVED, provider_ref="abc")
    send_again(stage.edition_id, first, by=None, now=world.now)

    with reading() as session:
        delivery = session.get_one(Delivery, first)

    assert (delivery.generation, delivery.attempt_count, delivery.provider_ref) == (2, 0, None)


def test_whoever_telephoned_marks_it_done_and_the_hand_list_forgets_it(world: World, gateways: Gateways) -> None:
    stage, first = dead(world, gateways)

    assert mark_done(stage.edition_id, first, by=None, now=world.now)

    assert ways(stage) == [(C.FONNTE, D.ACCEPTED), (C.HAND, D.CANCELLED)]
    assert not mark_done(stage.edition_id, first, by=None, now=world.now)
    with reading() as session:
        assert session.scalars(select(Audit.action).where(Audit.subject_kind == "delivery")).all() == ["mark_message_done"]


def test_what_is_over_is_not_sent_again(world: World, gateways: Gateways) -> None:
    stage, first = dead(world, gateways)

    with pytest.raises(Refusal, match="message_is_over"):
        send_again(stage.edition_id, first, by=None, now=TURN_AT + timedelta(minutes=1))


def test_a_message_of_another_edition_is_not_found(world: World, gateways: Gateways) -> None:
    stage, first = dead(world, gateways)

    for act in (send_again, mark_done):
        with pytest.raises(Refusal, match="not_found"):
            act(stage.edition_id + 1, first, by=None, now=world.now)


def test_what_waits_in_line_is_not_done(world: World, gateways: Gateways) -> None:
    stage, first = dead(world, gateways)
    change(Delivery, first, state=D.PLANNED)

    with pytest.raises(Refusal, match="message_is_over"):
        mark_done(stage.edition_id, first, by=None, now=world.now)
