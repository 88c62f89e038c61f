"""Claim, commit, act, record: what is due goes once, what breaks is seen, what is late stays home."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from bazaar.closings.close import close_due_turns
from bazaar.database import reading, transaction
from bazaar.reminders import outcome as outcome_module
from bazaar.reminders import sending as sending_module
from bazaar.reminders.channels.base import DeliveryError, Message, Receipt
from bazaar.reminders.dispatch import Dispatched, dispatch_due
from bazaar.reminders.lease import take_lease
from bazaar.reminders.retry import MAX_ATTEMPTS
from bazaar.states import AnswerKind, ChannelName, DeliveryState, ReminderKind, ReminderState
from bazaar.vendors.answers import answer_turn
from models import Delivery, Edition, Reminder, Slot, Vendor, WorkerLease
from tests.conftest import START, World
from tests.factories import make_vendor
from tests.reminders.stage import TURN_AT, Stage, change, delivery_ids, history, outbox, publish, send, set_stage, states, world_of

pytestmark = pytest.mark.usefixtures("app")

D = DeliveryState
DAY_BEFORE = TURN_AT - timedelta(hours=24)
HALF_HOUR_BEFORE = TURN_AT - timedelta(minutes=30)


@dataclass
class Obstructing:
    """An e-mail channel during whose call something else happens."""

    happening: Any
    name: ChannelName = ChannelName.EMAIL
    sent: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> Receipt:
        self.sent.append(message)
        self.happening()
        return Receipt("taken")


def send_over(channel: Any, world: World, **options: Any) -> Dispatched:
    return dispatch_due(replace(world_of(), channels={ChannelName.EMAIL: channel}), now=world.now, **options)


def delivery(delivery_id: int) -> Delivery:
    with reading() as session:
        return session.get_one(Delivery, delivery_id)


def staged(world: World, at: datetime = DAY_BEFORE, **options: Any) -> tuple[Stage, int]:
    """A stage at the instant its first reminder is due, and that reminder's delivery."""
    stage = set_stage(now=START, **options)
    world.now = at
    return stage, delivery_ids(stage.edition_id)[0]


def test_nothing_goes_before_it_is_due(world: World) -> None:
    staged(world, DAY_BEFORE - timedelta(seconds=1))

    assert send() == Dispatched(is_leader=True)
    assert world.email.sent == []


def test_what_is_due_goes_once(world: World) -> None:
    stage, first = staged(world)

    assert send() == Dispatched(is_leader=True, sent_count=1)
    assert send() == Dispatched(is_leader=True)
    assert [(message.to_address, message.subject) for message in world.email.sent] == [
        ("sari1@example.com", "Bu Sari 1, giliran Ibu besok malam, 20.00 WIB")
    ]
    assert states(stage.edition_id) == [D.ACCEPTED, D.PLANNED, D.PLANNED]
    assert history(first) == [D.PLANNED, D.CLAIMED, D.SENDING, D.ACCEPTED]
    assert delivery(first).provider_ref == "email-1"


def test_a_whole_evening_reminds_each_vendor_three_times(world: World) -> None:
    stage = set_stage(now=START, vendor_count=3)

    while world.now < TURN_AT + timedelta(hours=1):
        send()
        world.wait(minutes=5 if world.now > HALF_HOUR_BEFORE - timedelta(hours=1) else 30)

    received = [message.to_address for message in world.email.sent]
    assert sorted(received) == sorted(f"sari{n}@example.com" for n in (1, 2, 3) for _ in range(3))
    assert set(states(stage.edition_id)) == {D.ACCEPTED}


def test_the_minutes_are_those_of_the_sending(world: World) -> None:
    staged(world, TURN_AT - timedelta(minutes=18))
    take_lease("somebody who fell asleep", now=world.now - timedelta(minutes=5))

    send()

    assert world.email.sent[0].subject == "Bu Sari 1, giliran Ibu 18 menit lagi, 20.00 WIB"


def test_what_would_come_too_late_expires_instead(world: World) -> None:
    stage, first = staged(world, TURN_AT - timedelta(seconds=59))

    assert send() == Dispatched(is_leader=True, expired_count=3)
    assert world.email.sent == []
    assert states(stage.edition_id) == [D.EXPIRED] * 3
    assert history(first) == [D.PLANNED, D.EXPIRED]


def test_after_two_days_down_nothing_old_goes_out(world: World) -> None:
    stage, _first = staged(world, TURN_AT + timedelta(days=2))

    send()

    assert world.email.sent == []
    assert set(states(stage.edition_id)) == {D.EXPIRED}


def test_the_text_is_of_the_rows_as_they_are_now(world: World) -> None:
    stage, _first = staged(world)
    change(Vendor, stage.vendors[0], owner_name="Pak Joko", business_name="Kopi Joko", featured_product="kopi bubuk")
    answer_turn(stage.edition_id, stage.slots[0], stage.vendors[0], AnswerKind.READY, now=START)
    world.now = HALF_HOUR_BEFORE

    send()

    assert world.email.sent[0].subject == "Pak Joko, giliran Bapak 30 menit lagi, 20.00 WIB"
    assert "Lapak: Kopi Joko" in world.email.sent[0].text
    assert "Terima kasih, Bapak sudah siap." in world.email.sent[0].text
    assert "Siapkan kopi bubuk di meja." in world.email.sent[0].text


def test_a_slot_that_moved_without_a_plan_is_not_announced_at_its_old_time(world: World) -> None:
    stage, first = staged(world)
    change(Slot, stage.slots[0], starts_at=TURN_AT + timedelta(minutes=5))

    send()

    assert world.email.sent == []
    assert history(first)[-1] is D.SUPERSEDED


def test_the_link_goes_out_but_is_not_kept(world: World) -> None:
    _stage, first = staged(world)

    send()

    text = world.email.sent[0].text
    link = next(line for line in text.splitlines() if "/g/" in line)
    assert link in world.email.sent[0].html
    kept = delivery(first).text or ""
    assert kept == text.replace(link, "(tautan pribadi)")


def test_one_link_serves_all_messages_to_a_vendor(world: World) -> None:
    staged(world)
    send()
    world.now = HALF_HOUR_BEFORE

    send()

    links = {line for message in world.email.sent for line in message.text.splitlines() if "/g/" in line}
    assert len(links) == 1


def test_a_refusal_for_now_comes_back_with_growing_waits(world: World) -> None:
    _stage, first = staged(world)
    world.email.failures = [DeliveryError("451 coba lagi nanti") for _ in range(2)]

    send()
    row = delivery(first)
    assert (row.state, row.attempt_count, row.last_error) == (D.RETRY_WAIT, 1, "451 coba lagi nanti")
    assert world.now < row.next_at <= world.now + timedelta(seconds=10)
    world.wait(seconds=10)
    send()
    world.wait(seconds=20)
    send()

    assert len(world.email.sent) == 1
    assert history(first) == [D.PLANNED, *[D.CLAIMED, D.SENDING, D.RETRY_WAIT] * 2, D.CLAIMED, D.SENDING, D.ACCEPTED]
    assert delivery(first).attempt_count == 3


def test_a_refusal_that_lasts_is_tried_until_stale_and_asks_a_person_meanwhile(world: World) -> None:
    stage, first = staged(world, HALF_HOUR_BEFORE)
    second = delivery_ids(stage.edition_id)[1]
    world.email.failures = [DeliveryError("451 coba lagi nanti") for _ in range(200)]

    asked_at = None
    while world.now < TURN_AT - timedelta(minutes=5):
        send()
        if asked_at is None and D.WAITING_FOR_HAND in states(stage.edition_id):
            asked_at = world.now
        world.wait(seconds=30)
    send()

    assert asked_at is not None
    assert timedelta(minutes=12) < asked_at - HALF_HOUR_BEFORE < timedelta(minutes=18)
    assert history(first) == [D.PLANNED, D.EXPIRED]
    assert history(second)[-1] is D.EXPIRED
    assert delivery(second).attempt_count > MAX_ATTEMPTS
    assert delivery(second).last_error == "451 coba lagi nanti"
    assert {line.state for line in outbox(stage.edition_id) if line.lead == 30 and line.channel is ChannelName.HAND} == {D.EXPIRED}


def test_when_the_mail_gets_through_after_all_the_person_need_not_write(world: World) -> None:
    stage, _first = staged(world, DAY_BEFORE)
    world.email.failures = [DeliveryError("451 coba lagi nanti") for _ in range(3)]
    world.wait(minutes=40)
    for _ in range(3):
        send()
        world.wait(seconds=40)
    assert D.WAITING_FOR_HAND in states(stage.edition_id)

    send()

    assert [line.state for line in outbox(stage.edition_id) if line.lead == 1440] == [D.ACCEPTED, D.CANCELLED]


def test_what_arrived_by_one_way_does_not_go_by_the_other_when_its_turn_returns(world: World) -> None:
    stage, _first = staged(world, DAY_BEFORE + timedelta(minutes=40))
    world.email.failures = [DeliveryError("451 coba lagi nanti") for _ in range(3)]
    for _ in range(4):
        send()
        world.wait(seconds=40)
    assert len(world.email.sent) == 1

    publish(stage.edition_id, [(stage.slots[3], stage.vendors[0])], now=world.now)
    publish(stage.edition_id, [(stage.slots[0], stage.vendors[0])], now=world.wait(seconds=20))
    send()

    with reading() as session:
        way = select(Delivery.state).join(Reminder).where(Reminder.lead_minutes == 1440, Reminder.turn_starts_at == TURN_AT)
        assert list(session.scalars(way.order_by(Delivery.id))) == [D.ACCEPTED, D.CANCELLED]


def test_a_refusal_for_good_is_not_tried_again_and_goes_to_a_person(world: World) -> None:
    stage, first = staged(world)
    world.email.failures = [DeliveryError("550 tidak ada kotak surat itu", permanent=True)]

    send()
    world.wait(minutes=10)
    send()

    assert world.email.sent == []
    assert history(first) == [D.PLANNED, D.CLAIMED, D.SENDING, D.DEAD]
    assert [(line.channel, line.state) for line in outbox(stage.edition_id) if line.lead == 1440] == [
        (ChannelName.EMAIL, D.DEAD),
        (ChannelName.HAND, D.WAITING_FOR_HAND),
    ]


def test_what_may_have_left_is_seen_and_sent_again_at_most_twice(world: World) -> None:
    stage, first = staged(world)
    world.email.failures = [DeliveryError("diam setelah isi", ambiguous=True) for _ in range(9)]

    for _ in range(20):
        send()
        world.wait(minutes=1)

    assert history(first).count(D.UNKNOWN) == 3
    assert history(first)[-2:] == [D.UNKNOWN, D.DEAD]
    assert len(world.email.failures) == 6
    assert D.WAITING_FOR_HAND in states(stage.edition_id)


def test_a_channel_that_breaks_down_is_taken_as_ambiguous(world: World) -> None:
    _stage, first = staged(world)

    def break_down() -> None:
        raise ZeroDivisionError

    send_over(Obstructing(break_down), world)

    assert history(first)[-2:] == [D.UNKNOWN, D.RETRY_WAIT]
    assert delivery(first).last_error == "ZeroDivisionError: "


def test_a_server_that_is_away_costs_one_message_an_attempt_and_the_others_none(world: World) -> None:
    stage = set_stage(now=START, vendor_count=4)
    world.now = DAY_BEFORE + timedelta(hours=1)
    world.email.failures = [DeliveryError("server e-mail tidak terjangkau", unreachable=True)]

    assert send() == Dispatched(is_leader=True, failed_count=1)

    with reading() as session:
        attempts = list(session.scalars(select(Delivery.attempt_count).order_by(Delivery.attempt_count.desc())))
    assert attempts[:2] == [1, 0]
    world.wait(seconds=30)
    assert send().sent_count == 4
    assert {line.state for line in outbox(stage.edition_id) if line.lead == 1440} == {D.ACCEPTED}


def test_a_message_that_cannot_be_written_does_not_hold_up_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = set_stage(now=START, vendor_count=2)
    world.now = DAY_BEFORE + timedelta(hours=1)
    write = sending_module.write

    def write_but_one(letter: Any) -> Any:
        if letter.name == "Bu Sari 1":
            raise KeyError("nama")
        return write(letter)

    monkeypatch.setattr(sending_module, "write", write_but_one)

    for _ in range(30):
        send()
        world.wait(seconds=30)

    assert [message.to_address for message in world.email.sent] == ["sari2@example.com"]
    poisoned = next(id_ for id_ in delivery_ids(stage.edition_id) if history(id_)[-1] is D.DEAD)
    assert delivery(poisoned).attempt_count == MAX_ATTEMPTS
    assert delivery(poisoned).last_error == "pesan tidak bisa disusun"


def test_a_pass_takes_what_goes_stale_first_and_says_that_there_is_more(world: World) -> None:
    set_stage(now=START, vendor_count=5)
    world.now = TURN_AT - timedelta(minutes=6)

    passes = [send(limit=1) for _ in range(3)]

    assert [(one.sent_count, one.has_more) for one in passes] == [(1, True), (1, True), (0, False)]
    assert [message.subject for message in world.email.sent] == [
        "Bu Sari 1, giliran Ibu 6 menit lagi, 20.00 WIB",
        "Bu Sari 2, giliran Ibu 21 menit lagi, 20.15 WIB",
    ]


def test_two_reminders_of_one_turn_that_are_due_together_go_as_one(world: World) -> None:
    stage, _first = staged(world, TURN_AT - timedelta(minutes=8))

    send()

    assert [message.subject for message in world.email.sent] == ["Bu Sari 1, giliran Ibu 8 menit lagi, 20.00 WIB"]
    assert states(stage.edition_id) == [D.EXPIRED, D.EXPIRED, D.ACCEPTED]


def test_a_reminder_that_was_refused_until_the_next_one_is_due_leaves_it_to_that_one(world: World) -> None:
    stage, _first = staged(world, TURN_AT - timedelta(minutes=11))
    world.email.failures = [DeliveryError("451 coba lagi nanti")]
    send()

    world.now = TURN_AT - timedelta(minutes=10)
    send()

    assert len(world.email.sent) == 1
    assert states(stage.edition_id) == [D.EXPIRED, D.EXPIRED, D.ACCEPTED]


def test_a_pass_that_is_asked_to_stop_gives_back_what_it_had_claimed(world: World) -> None:
    stage = set_stage(now=START, vendor_count=3)
    world.now = DAY_BEFORE + timedelta(hours=1)

    sent = send(should_stop=lambda: len(world.email.sent) == 1)

    assert sent.sent_count == 1
    assert [line.state for line in outbox(stage.edition_id) if line.lead == 1440].count(D.PLANNED) == 2


def test_a_long_pass_ends_by_itself(world: World) -> None:
    set_stage(now=START, vendor_count=3)
    world.now = DAY_BEFORE + timedelta(hours=1)

    sent = send_over(Obstructing(lambda: world.wait(seconds=10)), world)

    assert (sent.sent_count, sent.has_more) == (1, True)


def test_only_one_process_sends_at_a_time(world: World) -> None:
    staged(world)
    take_lease("another process", now=world.now)

    assert send() == Dispatched(is_leader=False)
    assert world.email.sent == []


def test_whoever_lost_the_lease_in_the_middle_sends_nothing_more(world: World) -> None:
    set_stage(now=START, vendor_count=3)
    world.now = DAY_BEFORE + timedelta(hours=1)

    def be_overtaken() -> None:
        world.wait(seconds=21)  # asleep longer than the lease
        assert take_lease("another process", now=world.now) is not None

    channel = Obstructing(be_overtaken)
    sent = send_over(channel, world)

    assert len(channel.sent) == 1
    assert sent.is_leader


def test_a_lease_lost_between_the_commit_and_the_call_stops_the_call(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _stage, first = staged(world)
    monkeypatch.setattr(sending_module, "is_held", lambda *_args, **_more: False)

    send()

    assert world.email.sent == []
    assert delivery(first).state is D.SENDING


def test_a_message_that_went_stale_between_the_commit_and_the_call_is_not_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = set_stage(now=START)
    world.now = TURN_AT - timedelta(minutes=1, seconds=1)
    last = delivery_ids(stage.edition_id)[2]
    held = sending_module.is_held

    def sleep_and_look(*args: Any, **more: Any) -> bool:
        is_held = held(*args, **more)
        world.wait(seconds=2)
        return is_held

    monkeypatch.setattr(sending_module, "is_held", sleep_and_look)
    send(limit=1)

    assert history(last)[-2:] == [D.SENDING, D.EXPIRED]
    assert world.email.sent == []


def test_claims_of_a_worker_that_is_gone_are_taken_up_again(world: World) -> None:
    _stage, first = staged(world)
    change(Delivery, first, state=D.CLAIMED, owner="gone", owner_epoch=0, lease_until=world.now)

    send()

    assert history(first) == [D.PLANNED, D.PLANNED, D.CLAIMED, D.SENDING, D.ACCEPTED]


def test_a_call_that_broke_off_is_unknown_and_goes_again_with_the_same_key(world: World) -> None:
    _stage, first = staged(world)

    def die() -> None:
        raise SystemExit

    channel = Obstructing(die)
    with pytest.raises(SystemExit):
        send_over(channel, world)
    assert delivery(first).state is D.SENDING

    world.wait(seconds=21)
    send(owner="the process started again")

    assert history(first) == [D.PLANNED, D.CLAIMED, D.SENDING, D.UNKNOWN, D.RETRY_WAIT, D.CLAIMED, D.SENDING, D.ACCEPTED]
    assert channel.sent[0].key == world.email.sent[0].key


def test_a_message_that_kills_its_worker_again_and_again_goes_to_a_person(world: World) -> None:
    stage, first = staged(world)

    for n in range(4):
        with transaction() as session:
            session.execute(update(Delivery).where(Delivery.id == first, Delivery.state == D.RETRY_WAIT).values(state=D.SENDING))
            session.execute(
                update(Delivery)
                .where(Delivery.id == first, Delivery.state.in_([D.PLANNED, D.SENDING]))
                .values(state=D.SENDING, attempt_count=n + 1, owner_epoch=0, lease_until=world.now)
            )
        send_over(Obstructing(lambda: None), world, limit=0)

    assert history(first).count(D.UNKNOWN) == 3
    assert history(first)[-1] is D.DEAD
    assert D.WAITING_FOR_HAND in states(stage.edition_id)


def test_an_outcome_that_comes_after_somebody_took_over_is_not_stored(world: World) -> None:
    _stage, first = staged(world)

    def be_recovered() -> None:
        change(Delivery, first, state=D.RETRY_WAIT, owner_epoch=99, attempt_count=2)

    send_over(Obstructing(be_recovered), world)

    assert delivery(first).state is D.RETRY_WAIT


def test_a_plan_that_changes_during_the_call_is_followed_by_a_notice(world: World) -> None:
    stage, first = staged(world)

    def move_the_turn() -> None:
        publish(stage.edition_id, [(stage.slots[3], stage.vendors[0])], now=world.now)

    send_over(Obstructing(move_the_turn), world)
    world.wait(minutes=2)
    send()

    assert delivery(first).state is D.ACCEPTED
    assert world.email.sent[-1].subject == "Bu Sari 1, giliran Ibu pindah: Selasa, 5 Mei, 20.45 WIB"


def test_a_failed_call_of_a_withdrawn_reminder_is_not_tried_again(world: World) -> None:
    stage, first = staged(world)

    def move_and_fail() -> None:
        publish(stage.edition_id, [(stage.slots[3], stage.vendors[0])], now=world.now)
        raise DeliveryError("451 coba lagi nanti")

    send_over(Obstructing(move_and_fail), world)
    world.wait(minutes=1)
    send()

    assert history(first)[-2:] == [D.RETRY_WAIT, D.SUPERSEDED]


def test_a_plan_that_changes_between_claim_and_sending_is_obeyed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    stage, first = staged(world)
    begin = sending_module._begin_sending

    def move_first(*args: Any) -> Any:
        publish(stage.edition_id, [(stage.slots[3], stage.vendors[0])], now=world.now)
        return begin(*args)

    monkeypatch.setattr(sending_module, "_begin_sending", move_first)
    send()

    assert world.email.sent == []
    assert history(first) == [D.PLANNED, D.CLAIMED, D.SUPERSEDED]


def test_a_vendor_who_wants_no_messages_gets_none(world: World) -> None:
    stage, _first = staged(world)
    change(Vendor, stage.vendors[0], opted_out_at=START)

    send()

    assert world.email.sent == []
    assert states(stage.edition_id) == [D.SUPPRESSED, D.PLANNED, D.PLANNED]


def test_an_address_that_came_later_is_used(world: World) -> None:
    stage, _first = staged(world, vendor={"email": ""})
    change(Vendor, stage.vendors[0], email="baru@example.com")

    send()

    assert [message.to_address for message in world.email.sent] == ["baru@example.com"]


def test_a_demo_edition_writes_to_nobody_over_a_real_server(world: World) -> None:
    stage, _first = staged(world, is_demo=True)

    send()

    assert world.email.sent == []
    assert [message.to_address for message in world.console.sent] == ["sari1@example.com"]
    assert outbox(stage.edition_id)[0].channel is ChannelName.CONSOLE


def test_a_demo_edition_writes_to_a_mail_server_of_this_machine(world: World) -> None:
    staged(world, is_demo=True)

    dispatch_due(replace(world_of(), is_mail_local=True), now=world.now)

    assert len(world.email.sent) == 1
    assert world.console.sent == []


def test_a_demo_edition_in_production_falls_back_to_the_hand_list(world: World) -> None:
    stage, _first = staged(world, is_demo=True)

    sent = send_over(world.email, world)

    assert world.email.sent == []
    assert sent.to_hand_count == 1
    assert outbox(stage.edition_id)[0].channel is ChannelName.HAND


def test_an_archived_edition_falls_silent(world: World) -> None:
    stage, _first = staged(world)
    change(Edition, stage.edition_id, archived_at=START)

    send()

    assert world.email.sent == []
    assert set(states(stage.edition_id)) == {D.CANCELLED}


def test_a_revived_reminder_does_not_trip_over_the_way_that_failed_before(world: World) -> None:
    stage, _first = staged(world)
    world.email.failures = [DeliveryError("550 tidak ada kotak surat itu", permanent=True)]
    send()
    publish(stage.edition_id, [(stage.slots[3], stage.vendors[0])], now=world.now)
    publish(stage.edition_id, [(stage.slots[0], stage.vendors[0])], now=world.wait(seconds=20))

    send()

    assert [(line.channel, line.state) for line in outbox(stage.edition_id) if line.lead == 1440][:2] == [
        (ChannelName.EMAIL, D.DEAD),
        (ChannelName.HAND, D.WAITING_FOR_HAND),
    ]


def test_an_outcome_is_stored_though_the_database_is_locked_for_a_moment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _stage, first = staged(world)
    store, locked = outcome_module._store, [OperationalError("UPDATE", {}, Exception("locked")) for _ in range(2)]

    def store_at_last(*args: Any) -> None:
        if locked:
            raise locked.pop()
        store(*args)

    monkeypatch.setattr(outcome_module, "_store", store_at_last)
    send()

    assert delivery(first).state is D.ACCEPTED


def test_two_editions_share_one_pass(world: World) -> None:
    one, other = set_stage(now=START), set_stage(now=START, vendor={"email": "lain@example.com"})
    make_vendor(other.edition_id)
    world.now = DAY_BEFORE

    assert send().sent_count == 2
    assert states(one.edition_id)[0] is states(other.edition_id)[0] is D.ACCEPTED


def test_a_recap_states_the_closed_books(app: Flask, world: World) -> None:
    stage, _first = staged(world, TURN_AT + timedelta(minutes=18))
    assert close_due_turns(now=world.now) == 1

    send()

    assert world.email.sent[-1].subject == "Bu Sari 1, giliran 20.00 WIB sudah selesai"
    assert outbox(stage.edition_id, kind=ReminderKind.RECAP)[0].reminder is ReminderState.PLANNED


def test_the_lease_is_left_in_the_name_of_the_sender(world: World) -> None:
    staged(world)

    send(owner="this one")

    with reading() as session:
        lease = session.scalars(select(WorkerLease)).one()
    assert (lease.owner, lease.epoch, lease.expires_at) == ("this one", 1, world.now + timedelta(seconds=20))
