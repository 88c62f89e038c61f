"""The call list: whom to telephone ten minutes before the turn, with what was tried."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bazaar.database import transaction
from bazaar.refusals import Refusal
from bazaar.reminders.call_list import CALL_BEFORE, CallLine, Outcome, call_list, note_call
from bazaar.states import AnswerKind, ChannelName, DeliveryState
from bazaar.vendors.answers import answer_turn
from models import Delivery, Edition, Link, Vendor
from tests import factories
from tests.conftest import START, World
from tests.reminders.conftest import Gateways
from tests.reminders.stage import TURN_AT, Stage, change, delivery_ids, send, set_stage

pytestmark = pytest.mark.usefixtures("app")

TEN_BEFORE = TURN_AT - CALL_BEFORE


@pytest.fixture
def stage(world: World, gateways: Gateways) -> Stage:
    """The half-hour reminder went by WhatsApp at 19.30; now it is 19.50."""
    stage = set_stage(now=START, vendor={"phone": "+6281200001024", "email": ""}, reminder_leads=[30])
    gateways.open(stage.edition_id, ChannelName.FONNTE)
    world.now = TURN_AT - timedelta(minutes=30)
    send()
    world.now = TEN_BEFORE
    return stage


def calls(stage: Stage, world: World) -> tuple[CallLine, ...]:
    return call_list(stage.edition_id, now=world.now)


def test_whoever_gave_no_sign_is_on_it_from_ten_minutes_before_with_what_was_tried(stage: Stage, world: World) -> None:
    earlier = call_list(stage.edition_id, now=TEN_BEFORE - timedelta(seconds=1))
    (line,) = calls(stage, world)
    afterwards = call_list(stage.edition_id, now=TURN_AT)

    assert (earlier, afterwards) == ((), ())
    assert (line.owner_name, line.clock, line.phone) == ("Bu Sari 1", "20.00 WIB", "+6281200001024")
    assert line.tried == ("WhatsApp 19.30 terkirim, belum sampai",)


def opens_the_page(stage: Stage) -> None:
    link_id, _token = factories.make_link(stage.edition_id, vendor_id=stage.vendors[0]) if not _link(stage) else (_link(stage), "")
    change(Link, link_id, last_opened_at=TURN_AT - timedelta(minutes=20))


def _link(stage: Stage) -> int:
    with transaction() as session:
        link = session.query(Link).filter(Link.vendor_id == stage.vendors[0]).first()
        return link.id if link else 0


def answers(stage: Stage) -> None:
    answer_turn(stage.edition_id, stage.slots[0], stage.vendors[0], AnswerKind.READY, now=TEN_BEFORE - timedelta(minutes=5))


def is_delivered(stage: Stage) -> None:
    change(Delivery, delivery_ids(stage.edition_id)[0], state=DeliveryState.DELIVERED)


@pytest.mark.parametrize("sign", [opens_the_page, answers, is_delivered])
def test_any_sign_keeps_a_vendor_off_it(stage: Stage, world: World, sign: Callable[[Stage], None]) -> None:
    sign(stage)

    assert calls(stage, world) == ()


def test_a_page_opened_before_the_message_is_no_sign(stage: Stage, world: World) -> None:
    change(Link, _link(stage), last_opened_at=TURN_AT - timedelta(minutes=31))

    assert len(calls(stage, world)) == 1


def test_whoever_wants_no_messages_or_has_no_way_is_on_it_too(stage: Stage, world: World) -> None:
    change(Vendor, stage.vendors[0], opted_out_at=START)
    change(Delivery, delivery_ids(stage.edition_id)[0], state=DeliveryState.SUPPRESSED, called_at=None)

    assert calls(stage, world)[0].tried == ("Lapak minta tidak dikirimi pesan",)


def test_a_turn_without_any_reminder_says_that_nothing_left(world: World) -> None:
    stage = set_stage(now=START, reminder_leads=[])
    world.now = TEN_BEFORE

    assert calls(stage, world)[0].tried == ("Belum ada pesan yang berangkat",)


def test_invented_numbers_are_never_dialled(stage: Stage, world: World) -> None:
    change(Edition, stage.edition_id, is_demo=True)

    assert calls(stage, world)[0].phone == ""


def test_the_next_turn_comes_first_and_another_live_session_is_left_out_where_one_is_asked_for(world: World) -> None:
    stage = set_stage(now=START, vendor_count=2, starts_at=TURN_AT)
    now = TURN_AT + timedelta(minutes=7)

    assert [line.owner_name for line in call_list(stage.edition_id, now=TURN_AT - timedelta(seconds=1))] == ["Bu Sari 1"]
    assert [line.owner_name for line in call_list(stage.edition_id, live_session_id=stage.live_session_id, now=now)] == ["Bu Sari 2"]
    assert call_list(stage.edition_id, live_session_id=stage.live_session_id + 1, now=now) == ()


def test_a_call_that_nobody_answered_stays_with_its_trace(stage: Stage, world: World) -> None:
    account_id = factories.make_account(name="Rani")

    note_call(stage.edition_id, stage.slots[0], stage.vendors[0], "unanswered", by=account_id, now=world.now)

    assert calls(stage, world)[0].tried[-1] == "Ditelepon 19.50 oleh Rani, tidak diangkat"


@pytest.mark.parametrize("outcome", ["ready", "unable"])
def test_an_answer_on_the_phone_ends_the_call(stage: Stage, world: World, outcome: Outcome) -> None:
    note_call(stage.edition_id, stage.slots[0], stage.vendors[0], outcome, actor="Mas Joko", now=world.now)

    assert calls(stage, world) == ()


def test_a_host_notes_calls_of_the_own_live_session_only(stage: Stage, world: World) -> None:
    where = {"live_session_id": stage.live_session_id + 1}

    with pytest.raises(Refusal, match="not_found"):
        note_call(stage.edition_id, stage.slots[0], stage.vendors[0], "unanswered", **where, now=world.now)
    with pytest.raises(Refusal, match="turn_changed"):
        note_call(stage.edition_id, stage.slots[1], stage.vendors[0], "unanswered", now=world.now)
