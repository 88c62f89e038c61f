"""What went out and what will: the board's page and the plain list."""

from datetime import date, timedelta

import pytest

from bazaar.reminders.channels.base import DeliveryError
from bazaar.reminders.queries import ReminderLine, message_sheet, messages_page, reminder_list
from bazaar.states import AnswerKind, ChannelName, DeliveryState, ReminderKind, ReminderState
from bazaar.vendors.answers import answer_turn
from models import Delivery
from tests.conftest import START, World
from tests.factories import make_edition
from tests.reminders.stage import TURN_AT, change, delivery_ids, send, set_stage, world_of

pytestmark = pytest.mark.usefixtures("app")


def test_the_list_holds_every_delivery_by_the_instant_it_is_due(world: World) -> None:
    stage = set_stage(now=START, vendor={"business_name": "Tape Manis"})
    world.now = TURN_AT - timedelta(hours=24)
    world.email.failures = [DeliveryError("451 coba lagi nanti")]
    send()

    lines = reminder_list(stage.edition_id)

    assert [line.lead_minutes for line in lines] == [1440, 30, 10]
    assert lines[0] == ReminderLine(
        vendor="Tape Manis",
        kind=ReminderKind.BEFORE,
        lead_minutes=1440,
        turn_starts_at=TURN_AT,
        due_at=TURN_AT - timedelta(hours=24),
        stale_at=TURN_AT - timedelta(hours=18),
        state=ReminderState.PLANNED,
        channel=ChannelName.EMAIL,
        delivery_state=DeliveryState.RETRY_WAIT,
        attempt_count=1,
        last_error="451 coba lagi nanti",
    )


def test_an_edition_without_a_plan_has_no_messages(world: World) -> None:
    edition_id = make_edition()

    page = messages_page(edition_id, world_of().links, day=None, now=world.now)

    assert (page.by_hand, page.days, page.day, page.vendors) == ((), (), None, ())
    assert reminder_list(edition_id) == []


def test_the_page_shows_the_next_day_with_turns_and_counts_its_messages(world: World) -> None:
    stage = set_stage(now=START, vendor_count=2)
    world.now = TURN_AT - timedelta(hours=24)
    send()

    page = messages_page(stage.edition_id, world_of().links, day=None, now=world.now)

    assert page.day == date(2026, 5, 5)
    assert [len(vendor.messages) for vendor in page.vendors] == [3, 3]
    assert (page.sent_count, page.open_count, page.trouble_count) == (1, 5, 0)


def test_trouble_is_shown_until_the_message_arrives(world: World) -> None:
    stage = set_stage(now=START)
    world.now = TURN_AT - timedelta(hours=24)
    world.email.failures = [DeliveryError("451 coba lagi nanti")]
    send()

    def first_trouble() -> str:
        page = messages_page(stage.edition_id, world_of().links, day=None, now=world.now)
        return page.vendors[0].messages[0].trouble

    assert first_trouble() == "451 coba lagi nanti"
    world.wait(seconds=10)
    send()
    assert first_trouble() == ""


def test_a_day_that_has_no_turns_is_not_opened(world: World) -> None:
    stage = set_stage(now=START)

    page = messages_page(stage.edition_id, world_of().links, day=date(2031, 1, 1), now=TURN_AT + timedelta(days=9))

    assert page.day == date(2026, 5, 5)
    assert (page.earlier, page.later) == (None, None)


def test_what_ended_badly_asks_for_a_person_until_another_way_helped(world: World) -> None:
    stage = set_stage(now=START, vendor={"phone": "+6281200001024"})
    world.now = TURN_AT - timedelta(hours=24)
    world.email.failures = [DeliveryError("550 no such user", permanent=True)]
    send()
    by_hand = messages_page(stage.edition_id, world_of().links, day=None, now=world.now)
    hand_id = next(id_ for id_ in delivery_ids(stage.edition_id) if id_ not in {delivery_ids(stage.edition_id)[0]})
    change(Delivery, hand_id, state=DeliveryState.EXPIRED)

    page = messages_page(stage.edition_id, world_of().links, day=None, now=world.now)

    assert by_hand.dead == ()  # the hand list has it
    assert [(line.owner_name, line.state, line.trouble, line.can_go_again) for line in page.dead] == [
        ("Bu Sari 1", DeliveryState.DEAD, "550 no such user", True)
    ]
    assert messages_page(stage.edition_id, world_of().links, day=None, now=TURN_AT + timedelta(hours=13)).dead == ()


def test_filters_leave_those_who_need_a_look(world: World) -> None:
    stage = set_stage(now=START, vendor_count=3)
    answer_turn(stage.edition_id, stage.slots[0], stage.vendors[0], AnswerKind.READY, now=START)
    change(Delivery, delivery_ids(stage.edition_id)[1], state=DeliveryState.DELIVERED)

    page = messages_page(stage.edition_id, world_of().links, day=None, show="unreached", now=world.now)

    assert page.counts == {"all": 3, "trouble": 0, "unreached": 1, "unanswered": 2}
    assert [line.owner_name for line in page.vendors] == ["Bu Sari 3"]


def test_the_sheet_has_a_line_for_each_thing_that_happened(world: World) -> None:
    stage = set_stage(now=START, vendor={"business_name": "Tape Manis"}, reminder_leads=[1440])
    world.now = TURN_AT - timedelta(hours=24)
    send()

    assert message_sheet(stage.edition_id, now=world.now) == [
        ["Hari giliran", "Jam giliran", "Lapak", "Pemilik", "Waktu", "Kejadian", "Tentang", "Sebab"],
        ["2026-05-05", "20.00", "Tape Manis", "Bu Sari 1", "2026-05-04 20.00", "E-mail terkirim", "Pengingat 1 hari", ""],
    ]
