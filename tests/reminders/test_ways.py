"""One way at a time: in the vendor's order, the next on failure, on silence and where nobody knows; a person's hand last."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bazaar.database import reading, transaction
from bazaar.reminders.channels.base import DeliveryError
from bazaar.reminders.provider_events import store_events
from bazaar.reminders.provider_words import Word
from bazaar.states import AnswerKind, ChannelName, DeliveryState, ProviderWord
from bazaar.vendors.answers import answer_turn
from models import Delivery, Edition, Link, Vendor
from tests.conftest import START, World
from tests.reminders.conftest import Gateways
from tests.reminders.stage import TURN_AT, Stage, change, delivery_ids, history, send, set_stage

pytestmark = pytest.mark.usefixtures("app")

D = DeliveryState
C = ChannelName
HALF_HOUR_BEFORE = TURN_AT - timedelta(minutes=30)
PHONE = "+6281200001024"


def staged(world: World, **vendor: Any) -> Stage:
    """One vendor with telephone and e-mail, whose half-hour reminder is due now; the longer one went by already."""
    stage = set_stage(now=START, vendor={"phone": PHONE, **vendor}, reminder_leads=[30])
    world.now = HALF_HOUR_BEFORE
    return stage


def ways(stage: Stage) -> list[tuple[ChannelName, DeliveryState]]:
    """The deliveries of the stage's reminder, the first way first."""
    with reading() as session:
        rows = session.execute(select(Delivery.channel, Delivery.state).order_by(Delivery.id))
        return [(channel, state) for channel, state in rows]


def test_the_bazaars_own_channel_comes_before_email(world: World, gateways: Gateways) -> None:
    stage = staged(world)
    fonnte = gateways.open(stage.edition_id, C.FONNTE)

    send()

    assert [message.to_address for message in fonnte.sent] == [PHONE]
    assert world.email.sent == []
    assert ways(stage) == [(C.FONNTE, D.ACCEPTED)]


def test_a_vendors_own_order_comes_before_that(world: World, gateways: Gateways) -> None:
    stage = staged(world, channel_order=["email", "fonnte"])
    fonnte = gateways.open(stage.edition_id, C.FONNTE)

    send()

    assert len(world.email.sent) == 1
    assert fonnte.sent == []


def test_what_a_channel_refuses_for_good_goes_by_the_next_one_at_once(world: World, gateways: Gateways) -> None:
    stage = staged(world)
    fonnte = gateways.open(stage.edition_id, C.FONNTE)
    fonnte.failures.append(DeliveryError("nomor tidak terdaftar", permanent=True))

    send()
    send()

    assert ways(stage) == [(C.FONNTE, D.DEAD), (C.EMAIL, D.ACCEPTED)]


def test_the_hand_list_is_the_last_way(world: World, gateways: Gateways) -> None:
    stage = staged(world)
    fonnte = gateways.open(stage.edition_id, C.FONNTE)
    fonnte.failures.append(DeliveryError("nomor tidak terdaftar", permanent=True))
    world.email.failures.append(DeliveryError("550 no such user", permanent=True))

    send()
    send()

    assert ways(stage) == [(C.FONNTE, D.DEAD), (C.EMAIL, D.DEAD), (C.HAND, D.WAITING_FOR_HAND)]


def test_where_nobody_knows_a_whatsapp_never_goes_twice_and_the_next_way_is_asked_after_ninety_seconds(
    world: World, gateways: Gateways
) -> None:
    stage = staged(world)
    fonnte = gateways.open(stage.edition_id, C.FONNTE)
    fonnte.failures.append(DeliveryError("putus sesudah terkirim", ambiguous=True))

    send()
    world.wait(seconds=89)
    send()
    waiting = ways(stage)
    world.wait(seconds=2)
    send()

    assert waiting == [(C.FONNTE, D.UNKNOWN)]
    assert fonnte.sent == []
    assert ways(stage) == [(C.FONNTE, D.UNRESOLVED), (C.EMAIL, D.ACCEPTED)]


def test_an_unknown_one_never_becomes_expired_because_nobody_may_say_that_it_did_not_go(world: World, gateways: Gateways) -> None:
    stage = staged(world)
    fonnte = gateways.open(stage.edition_id, C.FONNTE)
    fonnte.failures.append(DeliveryError("putus sesudah terkirim", ambiguous=True))
    send()

    world.now = TURN_AT + timedelta(hours=1)
    send()

    assert ways(stage) == [(C.FONNTE, D.UNRESOLVED)]


def test_silence_asks_the_next_machine_but_no_hand(world: World, gateways: Gateways) -> None:
    stage = staged(world)
    gateways.open(stage.edition_id, C.FONNTE)

    for _ in range(5):
        send()
        world.wait(minutes=5)

    assert ways(stage) == [(C.FONNTE, D.ACCEPTED), (C.EMAIL, D.ACCEPTED)]


@pytest.mark.parametrize("sign", ["page", "answer", "delivered", "read"])
def test_whoever_gave_a_sign_of_life_is_not_written_to_again(world: World, gateways: Gateways, sign: str) -> None:
    stage = staged(world)
    gateways.open(stage.edition_id, C.FONNTE)
    send()
    world.wait(minutes=3)
    if sign == "page":
        with transaction() as session:
            session.scalars(select(Link)).one().last_opened_at = world.now
    elif sign == "answer":
        answer_turn(stage.edition_id, stage.slots[0], stage.vendors[0], AnswerKind.READY, now=world.now)
    else:
        change(Delivery, delivery_ids(stage.edition_id)[0], state=DeliveryState(sign))

    world.wait(minutes=12)
    send()

    assert [channel for channel, _state in ways(stage)] == [C.FONNTE]


def test_a_channel_that_fails_for_long_leaves_the_message_to_the_next_machine_alone(world: World, gateways: Gateways) -> None:
    stage = staged(world)
    fonnte = gateways.open(stage.edition_id, C.FONNTE)
    fonnte.failures.extend(DeliveryError("sedang penuh") for _ in range(50))

    for _ in range(60):
        send()
        world.wait(seconds=15)

    assert ways(stage) == [(C.FONNTE, D.DEAD), (C.EMAIL, D.ACCEPTED)]
    assert world.now < TURN_AT - timedelta(minutes=5)


def test_a_vendor_who_wants_no_messages_gets_none_over_any_channel(world: World, gateways: Gateways) -> None:
    stage = staged(world)
    fonnte = gateways.open(stage.edition_id, C.FONNTE)
    change(Vendor, stage.vendors[0], opted_out_at=START)

    send()

    assert fonnte.sent == world.email.sent == []
    assert ways(stage) == [(C.EMAIL, D.SUPPRESSED)]


def test_a_demo_edition_telephones_nobody(world: World, gateways: Gateways) -> None:
    stage = staged(world)
    change(Edition, stage.edition_id, is_demo=True)
    fonnte = gateways.open(stage.edition_id, C.FONNTE)

    send()

    assert fonnte.sent == []
    assert len(world.console.sent) == 1


def test_a_chat_message_is_short_and_an_email_long(world: World, gateways: Gateways) -> None:
    stage = staged(world)
    fonnte = gateways.open(stage.edition_id, C.FONNTE)

    send()

    assert fonnte.sent[0].text.startswith("*") or "Bu Sari 1" in fonnte.sent[0].text.splitlines()[0]
    assert fonnte.sent[0].stale_at == TURN_AT - timedelta(minutes=5)
    assert fonnte.sent[0].is_urgent
    assert fonnte.sent[0].link in fonnte.sent[0].text


def test_an_approved_template_gets_who_what_which_stall_and_where(world: World, gateways: Gateways) -> None:
    stage = staged(world, business_name="Keripik Sari")
    whatsapp = gateways.open(stage.edition_id, C.WHATSAPP)

    send()

    template = whatsapp.sent[0].template
    assert template is not None
    assert (template.name, template.language) == ("before_short", "id")
    assert template.parameters == ("Bu Sari 1", "giliran Ibu 30 menit lagi, 20.00 WIB", "Keripik Sari", whatsapp.sent[0].link)


def test_a_second_generation_has_another_key(world: World, gateways: Gateways) -> None:
    stage = staged(world)
    fonnte = gateways.open(stage.edition_id, C.FONNTE)
    send()
    first = delivery_ids(stage.edition_id)[0]
    change(Delivery, first, state=D.PLANNED, generation=2, next_at=world.wait(seconds=10))

    send()

    assert len({message.key for message in fonnte.sent}) == 2
    assert history(first).count(D.ACCEPTED) == 2


def test_a_pass_hears_what_services_said_before_it_sends(world: World, gateways: Gateways) -> None:
    stage = staged(world)
    fonnte = gateways.open(stage.edition_id, C.FONNTE)
    send()
    with reading() as session:
        bazaar_id = session.get_one(Edition, stage.edition_id).bazaar_id
    read = Word(ProviderWord.READ, ref="fonnte-1", event_key="1" * 64, said_at=world.now)
    store_events(bazaar_id, C.FONNTE, [read], now=world.now)

    world.wait(minutes=11)
    send()

    assert len(fonnte.sent) == 1
    assert ways(stage) == [(C.FONNTE, D.READ)]
