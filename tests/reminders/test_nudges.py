"""An answer decides which reminders of its turn still go."""

from datetime import datetime, timedelta

import pytest

from bazaar.reminders.channels.base import DeliveryError
from bazaar.states import AnswerKind, ChannelName, DeliveryState
from bazaar.vendors.answers import answer_turn
from models import Delivery
from tests.conftest import START, World
from tests.reminders.conftest import Gateways
from tests.reminders.stage import TURN_AT, Stage, change, delivery_ids, outbox, send, set_stage, states

pytestmark = pytest.mark.usefixtures("app")

D = DeliveryState
READY, UNABLE = AnswerKind.READY, AnswerKind.UNABLE
DAY_BEFORE = TURN_AT - timedelta(hours=23)
SAME_DAY = TURN_AT - timedelta(hours=11)


@pytest.fixture
def stage(world: World) -> Stage:
    """One vendor, a day ahead: the long reminder has left, those of 30 and of 10 minutes are planned."""
    stage = set_stage(now=START)
    world.now = TURN_AT - timedelta(hours=24)
    send()
    return stage


def answer(stage: Stage, kind: AnswerKind, at: datetime) -> None:
    answer_turn(stage.edition_id, stage.slots[0], stage.vendors[0], kind, now=at)


def test_siap_on_the_day_cancels_what_is_left(stage: Stage) -> None:
    answer(stage, READY, SAME_DAY)

    assert states(stage.edition_id) == [D.ACCEPTED, D.CANCELLED, D.CANCELLED]


def test_siap_of_the_day_before_keeps_one_short_reminder(stage: Stage) -> None:
    answer(stage, READY, DAY_BEFORE)

    assert states(stage.edition_id) == [D.ACCEPTED, D.PLANNED, D.CANCELLED]


def test_berhalangan_is_never_reminded_again(stage: Stage) -> None:
    answer(stage, UNABLE, DAY_BEFORE)

    assert states(stage.edition_id) == [D.ACCEPTED, D.CANCELLED, D.CANCELLED]


def test_whoever_can_come_after_all_is_reminded_as_if_it_had_been_said_at_once(stage: Stage) -> None:
    answer(stage, UNABLE, DAY_BEFORE)
    answer(stage, READY, DAY_BEFORE + timedelta(minutes=5))

    assert states(stage.edition_id) == [D.ACCEPTED, D.PLANNED, D.CANCELLED]


def test_what_comes_back_really_leaves_at_its_time(stage: Stage, world: World) -> None:
    answer(stage, UNABLE, DAY_BEFORE)
    answer(stage, READY, DAY_BEFORE + timedelta(minutes=5))
    world.now = TURN_AT - timedelta(minutes=30)

    send()

    assert world.email.sent[-1].subject == "Bu Sari 1, giliran Ibu 30 menit lagi, 20.00 WIB"
    assert states(stage.edition_id)[1:] == [D.ACCEPTED, D.CANCELLED]


def test_a_claimed_reminder_does_not_leave_after_the_answer(stage: Stage, world: World) -> None:
    second = delivery_ids(stage.edition_id)[1]
    change(Delivery, second, state=D.CLAIMED, owner_epoch=1)

    answer(stage, READY, SAME_DAY)

    assert states(stage.edition_id)[1] is D.CANCELLED


def test_of_what_may_have_arrived_nobody_says_that_it_was_cancelled(stage: Stage) -> None:
    second = delivery_ids(stage.edition_id)[1]
    change(Delivery, second, state=D.UNKNOWN)

    answer(stage, READY, SAME_DAY)

    assert states(stage.edition_id)[1:] == [D.UNKNOWN, D.CANCELLED]


def test_an_answer_about_one_turn_leaves_the_neighbours_alone(world: World) -> None:
    stage = set_stage(now=START, vendor_count=2)

    answer(stage, READY, SAME_DAY)

    assert states(stage.edition_id, vendor_id=stage.vendors[1]) == [D.PLANNED] * 3


def test_the_next_way_of_a_reminder_that_failed_does_not_go_once_the_vendor_answered(world: World, gateways: Gateways) -> None:
    stage = set_stage(now=START, vendor={"phone": "+6281200001024"}, reminder_leads=[30])
    fonnte = gateways.open(stage.edition_id, ChannelName.FONNTE)
    fonnte.failures.append(DeliveryError("putus sesudah terkirim", ambiguous=True))
    world.now = TURN_AT - timedelta(minutes=30)
    send()
    answer(stage, READY, world.now)

    world.wait(seconds=100)
    send()

    assert [(line.channel, line.state) for line in outbox(stage.edition_id)] == [
        (ChannelName.FONNTE, D.UNRESOLVED),
        (ChannelName.EMAIL, D.CANCELLED),
    ]
    assert world.email.sent == []
