"""The story of a turn, as a person would tell it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bazaar.database import reading, transaction
from bazaar.refusals import Refusal
from bazaar.reminders.call_list import note_call
from bazaar.reminders.channels.base import DeliveryError
from bazaar.reminders.dead_letters import mark_done, send_again
from bazaar.reminders.hand import tick_off
from bazaar.reminders.rows import move_deliveries
from bazaar.reminders.take_back import take_back_tick
from bazaar.reminders.timeline import Story, vendor_stories
from bazaar.states import AnswerKind, ChannelName, DeliveryState
from bazaar.vendors.answers import answer_turn
from models import Delivery, Link, Vendor
from tests import factories
from tests.conftest import START, World
from tests.reminders.conftest import Gateways
from tests.reminders.stage import TURN_AT, Stage, change, delivery_ids, send, set_stage

pytestmark = pytest.mark.usefixtures("app")

C, D = ChannelName, DeliveryState


def staged(world: World, *, leads: tuple[int, ...] = (30,), **vendor: object) -> Stage:
    """One vendor with a telephone, whose half-hour reminder is due now: 19.30."""
    stage = set_stage(now=START, vendor={"phone": "+6281200001024", **vendor}, reminder_leads=list(leads))
    world.now = TURN_AT - timedelta(minutes=30)
    return stage


def story(stage: Stage, world: World) -> Story:
    return vendor_stories(stage.edition_id, stage.vendors[0], now=world.now)[0]


def lines(stage: Stage, world: World) -> list[str]:
    return [f"{line.day} {line.clock} {line.text}".strip() for line in story(stage, world).happenings]


def report(stage: Stage, world: World, state: DeliveryState) -> None:
    """What the service says a minute later."""
    (delivery_id,) = delivery_ids(stage.edition_id)
    at = world.wait(minutes=1)
    with transaction() as session:
        move_deliveries(session, Delivery.id == delivery_id, leaving={D.ACCEPTED, D.DELIVERED}, to=state, now=at)


def test_a_message_that_was_read_and_answered_reads_like_an_evening(world: World, gateways: Gateways) -> None:
    stage = staged(world)
    gateways.open(stage.edition_id, C.FONNTE)
    send()
    report(stage, world, D.READ)
    with reading() as session:
        link_id = session.scalars(select(Link.id).where(Link.vendor_id == stage.vendors[0])).one()
    change(Link, link_id, last_opened_at=world.wait(minutes=3))
    answer_turn(stage.edition_id, stage.slots[0], stage.vendors[0], AnswerKind.READY, now=world.wait(minutes=1))

    assert lines(stage, world) == ["19.30 WhatsApp terkirim", "19.31 WhatsApp dibaca", "19.34 Membuka halamannya", "19.35 Menjawab siap"]
    assert story(stage, world).furthest == "ready"
    assert {line.about for line in story(stage, world).happenings} == {"Pengingat 30 menit", ""}


def test_silence_and_the_way_after_it_are_told(world: World, gateways: Gateways) -> None:
    stage = staged(world)
    gateways.open(stage.edition_id, C.FONNTE)
    send()
    world.wait(minutes=11)
    send()

    assert lines(stage, world)[:2] == ["19.30 WhatsApp terkirim", "19.41 Tidak ada tanda, dicoba lewat e-mail"]


def test_what_nobody_knows_is_said_to_be_unclear(world: World, gateways: Gateways) -> None:
    stage = staged(world, email="")
    gateways.open(stage.edition_id, C.FONNTE).failures.append(DeliveryError("putus sesudah terkirim", ambiguous=True))
    send()
    world.wait(seconds=100)
    send()

    assert lines(stage, world) == [
        "19.30 WhatsApp belum pasti terkirim",
        "19.31 WhatsApp tidak jelas: layanan tidak memberi kabar",
        "19.31 Tidak jelas sampai, masuk daftar kirim sendiri",
    ]


def test_a_failed_message_says_why_and_who_sent_it_again_or_closed_it(world: World) -> None:
    stage = staged(world, phone="+62331000000")
    rani = factories.make_account(name="Rani")
    world.email.failures.append(DeliveryError("server e-mail menjawab 550 no such user", permanent=True))
    send()
    (delivery_id, *_) = delivery_ids(stage.edition_id)
    change(Delivery, delivery_id, state=D.DEAD)
    send_again(stage.edition_id, delivery_id, by=rani, now=world.now)
    change(Delivery, delivery_id, state=D.DEAD)
    mark_done(stage.edition_id, delivery_id, by=rani, now=world.wait(minutes=1))

    told = lines(stage, world)
    assert told[0] == "19.30 E-mail tidak terkirim"
    assert "19.30 Dikirim ulang oleh Rani" in told
    assert "19.31 Ditandai selesai oleh Rani" in told
    assert story(stage, world).happenings[0].trouble == "server e-mail menjawab 550 no such user"


def test_ticks_by_hand_bear_the_name_of_whoever_set_them(world: World) -> None:
    stage = staged(world, email="")
    rani = factories.make_account(name="Rani")
    send()
    (delivery_id,) = delivery_ids(stage.edition_id)
    tick_off(stage.edition_id, delivery_id, by=rani, now=world.wait(minutes=1))
    take_back_tick(stage.edition_id, delivery_id, by=rani, now=world.wait(minutes=1))

    assert lines(stage, world) == [
        "19.30 Menunggu dikirim panitia lewat WhatsApp",
        "19.31 Dikirim lewat WhatsApp oleh Rani",
        "19.32 Centang dibatalkan oleh Rani, belum terkirim",
    ]
    assert story(stage, world).furthest == "by_hand"


def test_an_answer_says_what_it_made_needless_and_who_noted_it(world: World) -> None:
    stage = staged(world, leads=(30, 10))
    send()
    rani = factories.make_account(name="Rani")
    note_call(stage.edition_id, stage.slots[0], stage.vendors[0], "unanswered", by=rani, now=world.wait(minutes=1))
    note_call(stage.edition_id, stage.slots[0], stage.vendors[0], "ready", by=rani, now=world.wait(minutes=1))

    assert lines(stage, world) == [
        "19.30 E-mail terkirim",
        "19.31 Ditelepon oleh Rani, tidak diangkat",
        "19.32 Tidak perlu lagi: lapak sudah menjawab siap",
        "19.32 Menjawab siap, dicatat Rani",
    ]


def test_quiet_hours_and_what_is_still_to_come_are_told_with_their_time(world: World) -> None:
    two_at_night = TURN_AT + timedelta(hours=6)
    stage = set_stage(now=START, starts_at=two_at_night, reminder_leads=[1440, 30])
    world.now = two_at_night - timedelta(hours=24)
    send()

    assert lines(stage, world) == ["Sel, 5 Mei 06.00 Menunggu jam tenang lewat, baru dikirim", "01.30 Akan dikirim"]


def test_whoever_wants_no_messages_is_said_to_want_none(world: World) -> None:
    stage = staged(world)
    change(Vendor, stage.vendors[0], opted_out_at=START)
    send()

    assert lines(stage, world) == ["19.30 Tidak dikirim: lapak minta tidak dikabari"]
    assert story(stage, world).furthest == "silent"


def test_another_editions_vendor_has_no_story_here(world: World) -> None:
    stage = staged(world)

    with pytest.raises(Refusal, match="not_found"):
        vendor_stories(factories.make_edition(), stage.vendors[0], now=world.now)
