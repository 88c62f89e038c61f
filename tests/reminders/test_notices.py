"""Whoever was told something that no longer holds hears of it once; nobody else does."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bazaar.database import reading
from bazaar.editions.announcement import announcement_page
from bazaar.reminders.hand import hand_list, tick_off
from bazaar.reminders.notices import vendors_to_welcome
from bazaar.states import DeliveryState, ReminderKind, RotationState
from models import Delivery, Edition, Reminder
from tests.conftest import START, World
from tests.factories import make_live_session, make_rotation, make_vendor, slot_ids
from tests.reminders.stage import TURN_AT, Stage, outbox, publish, send, set_stage, states, world_of

pytestmark = pytest.mark.usefixtures("app")

BEFORE, CHANGED, CANCELLED = ReminderKind.BEFORE, ReminderKind.CHANGED, ReminderKind.CANCELLED


def move(stage: Stage, world: World, slot: int | None, **wait: float) -> None:
    """Time passes, then the organizer publishes the stage's vendor in that slot, or in none."""
    world.wait(**wait)
    publish(stage.edition_id, [] if slot is None else [(stage.slots[slot], stage.vendors[0])], now=world.now)


def subjects(world: World) -> list[str]:
    return [message.subject for message in world.email.sent]


def test_a_moved_vendor_is_told_after_the_debounce(world: World) -> None:
    stage = set_stage(now=START)
    move(stage, world, 2, minutes=1)

    world.wait(seconds=89)
    send()
    assert subjects(world) == []

    world.wait(seconds=1)
    send()
    assert subjects(world) == ["Bu Sari 1, giliran Ibu pindah: Selasa, 5 Mei, 20.30 WIB"]
    assert "Yang lama, Selasa, 5 Mei, 20.00 WIB, tidak berlaku lagi." in world.email.sent[0].text


def test_a_removed_vendor_is_told_at_once(world: World) -> None:
    stage = set_stage(now=START)
    move(stage, world, None)

    send()

    assert subjects(world) == ["Bu Sari 1, giliran Selasa, 5 Mei, 20.00 WIB batal"]


def test_an_unchanged_vendor_is_told_nothing(world: World) -> None:
    stage = set_stage(now=START, vendor_count=2)
    publish(stage.edition_id, [(stage.slots[0], stage.vendors[0]), (stage.slots[4], stage.vendors[1])], now=START)

    world.wait(minutes=10)
    send()

    assert [message.to_address for message in world.email.sent] == ["sari2@example.com"]


def test_away_and_back_within_the_debounce_tells_nothing(world: World) -> None:
    stage = set_stage(now=START)
    move(stage, world, 2)
    move(stage, world, 0, seconds=60)

    world.wait(minutes=10)
    send()

    assert subjects(world) == []
    assert states(stage.edition_id, kind=CHANGED) == [DeliveryState.SUPERSEDED]


def test_moved_twice_within_the_debounce_is_told_once_from_what_was_heard_last(world: World) -> None:
    stage = set_stage(now=START)
    move(stage, world, 2)
    move(stage, world, 4, seconds=60)

    world.wait(minutes=10)
    send()

    assert subjects(world) == ["Bu Sari 1, giliran Ibu pindah: Selasa, 5 Mei, 21.00 WIB"]
    assert "20.00 WIB, tidak berlaku lagi" in world.email.sent[0].text
    assert "20.30" not in world.email.sent[0].text


def test_back_after_the_news_went_out_is_told_as_well(world: World) -> None:
    stage = set_stage(now=START)
    move(stage, world, 2)
    world.wait(minutes=2)
    send()

    move(stage, world, 0, minutes=2)
    world.wait(minutes=2)
    send()

    assert [subject[-9:] for subject in subjects(world)] == ["20.30 WIB", "20.00 WIB"]


def test_removed_and_back_before_the_news_left_tells_nothing(world: World) -> None:
    stage = set_stage(now=START)
    move(stage, world, None)
    move(stage, world, 0, seconds=3)

    world.wait(minutes=5)
    send()

    assert subjects(world) == []


def test_who_was_told_that_a_turn_is_off_is_told_of_the_next_one(world: World) -> None:
    stage = set_stage(now=START - timedelta(days=3))
    world.now = START - timedelta(days=3)
    move(stage, world, None)
    send()

    move(stage, world, 0, hours=2)
    world.wait(minutes=2)
    send()

    assert subjects(world)[1:] == ["Bu Sari 1, Ibu mendapat giliran: Selasa, 5 Mei, 20.00 WIB"]


def test_so_is_who_may_have_read_it_by_hand(world: World) -> None:
    stage = set_stage(now=START - timedelta(days=3), vendor={"email": ""})
    world.now = START - timedelta(days=3)
    move(stage, world, None)
    send()
    line = hand_list(stage.edition_id, world_of().links, now=world.now)[0]
    tick_off(stage.edition_id, line.delivery_id, by=None, now=world.now)

    move(stage, world, 0, hours=2)

    assert states(stage.edition_id, kind=CHANGED) == [DeliveryState.PLANNED]


def test_a_new_vendor_who_steps_in_after_the_long_reminder_is_told(world: World) -> None:
    stage = set_stage(now=START)
    world.now = TURN_AT - timedelta(hours=5)
    comes = make_vendor(stage.edition_id, owner_name="Pak Baru", email="baru@example.com")
    publish(stage.edition_id, [(stage.slots[0], stage.vendors[0]), (stage.slots[1], comes)], now=world.now)

    world.wait(minutes=2)
    send()

    assert subjects(world) == ["Pak Baru, Bapak mendapat giliran: Selasa, 5 Mei, 20.15 WIB"]


def test_a_welcome_that_has_not_left_moves_along_with_the_turn(world: World) -> None:
    stage = set_stage(now=START)
    world.now = TURN_AT - timedelta(hours=5)
    comes = make_vendor(stage.edition_id, owner_name="Pak Baru", email="baru@example.com")
    stays = (stage.slots[0], stage.vendors[0])
    publish(stage.edition_id, [stays, (stage.slots[1], comes)], now=world.now)
    publish(stage.edition_id, [stays, (stage.slots[3], comes)], now=world.wait(seconds=30))

    world.wait(minutes=2)
    send()

    assert subjects(world) == ["Pak Baru, Bapak mendapat giliran: Selasa, 5 Mei, 20.45 WIB"]


def test_the_page_before_publishing_counts_the_welcome_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bazaar.editions.announcement.is_outdated", lambda *_args, **_more: False)  # this draft was not built
    stage = set_stage(now=START)
    comes = make_vendor(stage.edition_id, owner_name="Pak Baru", email="baru@example.com")
    make_rotation(stage.edition_id, [(stage.slots[0], stage.vendors[0]), (stage.slots[1], comes)], state=RotationState.DRAFT)

    early = announcement_page(stage.edition_id, 2, world_of(), now=TURN_AT - timedelta(hours=24))
    late = announcement_page(stage.edition_id, 2, world_of(), now=TURN_AT - timedelta(hours=5))

    assert (early.message_count, late.message_count) == (0, 1)
    assert [news.is_told for news in late.new] == [True]


def test_at_a_first_publication_nobody_is_welcomed_however_late_it_is() -> None:
    stage = set_stage(now=TURN_AT - timedelta(hours=1))

    assert outbox(stage.edition_id, kind=CHANGED) == []


def test_an_edition_without_a_long_reminder_welcomes_nobody() -> None:
    stage = set_stage(now=START, reminder_leads=[30, 10])
    after = {stage.vendors[0]: frozenset({TURN_AT}), 99: frozenset({TURN_AT})}

    with reading() as session:
        edition = session.get_one(Edition, stage.edition_id)
        welcome = vendors_to_welcome(session, edition, {stage.vendors[0]: frozenset({TURN_AT})}, after, now=TURN_AT - timedelta(hours=1))

    assert welcome == set()


def test_a_change_just_before_the_old_turn_does_not_wait(world: World) -> None:
    stage = set_stage(now=START)
    world.now = TURN_AT - timedelta(minutes=2)
    publish(stage.edition_id, [(stage.slots[5], stage.vendors[0])], now=world.now)

    send()

    assert subjects(world)[-1] == "Bu Sari 1, giliran Ibu pindah: Selasa, 5 Mei, 21.15 WIB"


def test_losing_one_of_two_turns_names_the_one_that_stays(world: World) -> None:
    stage = set_stage(now=START)
    vendor_id = stage.vendors[0]
    publish(stage.edition_id, [(stage.slots[0], vendor_id), (stage.slots[4], vendor_id)], now=START)
    world.wait(minutes=3)
    send()
    publish(stage.edition_id, [(stage.slots[4], vendor_id)], now=world.wait(minutes=3))

    world.wait(minutes=3)
    send()

    assert subjects(world) == [
        "Bu Sari 1, giliran Ibu bertambah: Selasa, 5 Mei, 21.00 WIB",
        "Bu Sari 1, giliran Selasa, 5 Mei, 20.00 WIB batal",
    ]
    assert "Tetap seperti semula:\n- Selasa, 5 Mei, 21.00 WIB" in world.email.sent[1].text


def test_a_turn_that_is_over_is_no_news(world: World) -> None:
    stage = set_stage(now=START)
    publish(stage.edition_id, [], now=TURN_AT + timedelta(minutes=20))

    assert outbox(stage.edition_id, kind=CANCELLED) + outbox(stage.edition_id, kind=CHANGED) == []


def test_news_that_waits_on_the_hand_list_is_withdrawn_when_the_plan_changes_again(world: World) -> None:
    stage = set_stage(now=START, vendor={"email": ""})
    move(stage, world, 2)
    world.wait(minutes=2)
    send()
    move(stage, world, 4, minutes=1)

    world.wait(minutes=2)
    send()

    assert states(stage.edition_id, kind=CHANGED) == [DeliveryState.SUPERSEDED, DeliveryState.WAITING_FOR_HAND]
    texts = [line.text for line in hand_list(stage.edition_id, world_of().links, now=world.now)]
    assert len(texts) == 1
    assert "pindah: Selasa, 5 Mei, 21.00 WIB" in texts[0]


def test_the_notice_remembers_what_the_vendor_had_been_told(world: World) -> None:
    stage = set_stage(now=START)
    move(stage, world, 2)

    with reading() as session:
        details = session.scalars(select(Reminder.details).join(Delivery).where(Reminder.kind == CHANGED)).one()

    new = (TURN_AT + timedelta(minutes=30)).isoformat()
    assert details == {"old": [TURN_AT.isoformat()], "gone": [TURN_AT.isoformat()], "added": [new]}


def move_far(stage: Stage, world: World, *, minutes_before: int) -> None:
    """Shortly before tonight's turn the stage's vendor loses it for one a month later; another vendor has a reminder due."""
    later = slot_ids(make_live_session(stage.edition_id, starts_at=TURN_AT + timedelta(days=30)))
    world.now = TURN_AT - timedelta(minutes=minutes_before)
    publish(stage.edition_id, [(later[0], stage.vendors[0]), (stage.slots[1], stage.vendors[1])], now=world.now)


def test_a_turn_lost_tonight_is_first_on_the_list_by_hand_and_says_by_when(world: World) -> None:
    stage = set_stage(now=START, vendor_count=2, vendor={"email": ""})
    move_far(stage, world, minutes_before=15)

    send()

    lines = hand_list(stage.edition_id, world_of().links, now=world.now)
    assert [(line.kind, line.send_before) for line in lines] == [(CHANGED, TURN_AT), (BEFORE, TURN_AT + timedelta(minutes=10))]


def test_once_that_turn_is_over_the_next_one_presses(world: World) -> None:
    stage = set_stage(now=START, vendor_count=2, vendor={"email": ""})
    move_far(stage, world, minutes_before=15)
    send()
    world.now = TURN_AT + timedelta(minutes=30)

    [line] = hand_list(stage.edition_id, world_of().links, now=world.now)

    assert (line.kind, line.send_before) == (CHANGED, TURN_AT + timedelta(days=30))


def test_a_turn_lost_tonight_is_mailed_first_and_at_once(world: World) -> None:
    stage = set_stage(now=START, vendor_count=2)
    move_far(stage, world, minutes_before=15)

    send(limit=1)

    assert [subject.partition(":")[0] for subject in subjects(world)] == ["Bu Sari 1, giliran Ibu pindah"]
