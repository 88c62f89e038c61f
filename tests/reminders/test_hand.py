"""The list that a person sends by WhatsApp: ready to tap, ticked off once, never to invented numbers."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from bazaar.database import reading
from bazaar.refusals import Refusal
from bazaar.reminders.channels.base import DeliveryError
from bazaar.reminders.hand import HandLine, hand_list, open_hand_count, tick_off
from bazaar.states import ChannelName, DeliveryState
from models import Audit, Delivery, DeliveryEvent, Link
from tests.conftest import START, World
from tests.factories import make_account
from tests.reminders.stage import TURN_AT, Stage, history, outbox, publish, row_count, send, set_stage, states, world_of

pytestmark = pytest.mark.usefixtures("app")

DUE = TURN_AT - timedelta(minutes=30)


def due_by_hand(world: World, **options: object) -> Stage:
    """A stage without e-mail addresses, at the instant the half-hour reminder is due."""
    stage = set_stage(now=START, **{"vendor": {"email": "", "phone": "+6281200001024"}, **options})  # type: ignore[arg-type] # options of a stage
    world.now = DUE
    send()
    return stage


def lines(stage: Stage, world: World) -> list[HandLine]:
    return hand_list(stage.edition_id, world_of().links, now=world.now)


def test_a_due_message_waits_with_its_text_typed_in(world: World) -> None:
    stage = due_by_hand(world)

    [line] = lines(stage, world)

    assert line.text.startswith("Bu Sari 1, giliran Ibu 30 menit lagi, 20.00 WIB.")
    assert urlsplit(line.url)[:3] == ("https", "wa.me", "/6281200001024")
    assert parse_qs(urlsplit(line.url).query) == {"text": [line.text]}
    assert line.send_before == TURN_AT - timedelta(minutes=5)
    assert open_hand_count(stage.edition_id, now=world.now) == 1


def test_the_text_is_written_for_the_moment_of_looking(world: World) -> None:
    stage = due_by_hand(world)
    world.wait(minutes=7)

    assert "23 menit lagi" in lines(stage, world)[0].text


def test_a_message_that_is_not_due_is_not_on_the_list(world: World) -> None:
    stage = set_stage(now=START, vendor={"email": ""})
    send()

    assert lines(stage, world) == []
    assert open_hand_count(stage.edition_id, now=world.now) == 0


def test_a_message_leaves_the_list_the_moment_it_is_stale(world: World) -> None:
    stage = due_by_hand(world)
    world.now = TURN_AT - timedelta(minutes=5)

    assert lines(stage, world) == []
    assert open_hand_count(stage.edition_id, now=world.now) == 0


def test_the_most_urgent_comes_first(world: World) -> None:
    stage = due_by_hand(world, vendor_count=2)
    world.wait(minutes=15)
    send()

    assert [line.owner_name for line in lines(stage, world)] == ["Bu Sari 1", "Bu Sari 2"]


def test_ticking_off_notes_who_and_what_was_sent_once(world: World) -> None:
    stage = due_by_hand(world)
    by = make_account()
    [line] = lines(stage, world)

    first = tick_off(stage.edition_id, line.delivery_id, by=by, now=world.now)
    second = tick_off(stage.edition_id, line.delivery_id, by=by, now=world.now)

    assert (first, second) == (True, False)
    assert lines(stage, world) == []
    assert history(line.delivery_id) == [DeliveryState.PLANNED, DeliveryState.WAITING_FOR_HAND, DeliveryState.ACCEPTED]
    with reading() as session:
        kept = session.get_one(Delivery, line.delivery_id)
        actor = session.scalars(select(DeliveryEvent.account_id).order_by(DeliveryEvent.id.desc())).first()
        audited = session.scalars(select(Audit.action)).all()
    assert kept.text == line.text.replace(next(word for word in line.text.split() if "/g/" in word), "(tautan pribadi)")
    assert actor == by
    assert audited == ["tick_off_message"]


def test_ticking_off_what_is_over_is_refused(world: World) -> None:
    stage = due_by_hand(world)
    [line] = lines(stage, world)
    publish(stage.edition_id, [], now=world.now)

    with pytest.raises(Refusal) as refusal:
        tick_off(stage.edition_id, line.delivery_id, by=None, now=world.now)

    assert refusal.value.code == "message_is_over"


def test_a_message_of_another_edition_cannot_be_ticked_off(world: World) -> None:
    stage, other = due_by_hand(world), set_stage(now=START)
    [line] = lines(stage, world)

    with pytest.raises(Refusal) as refusal:
        tick_off(other.edition_id, line.delivery_id, by=None, now=world.now)

    assert refusal.value.code == "not_found"
    assert len(lines(stage, world)) == 1


def test_what_the_machine_could_not_send_is_on_the_list(world: World) -> None:
    stage = set_stage(now=START, vendor={"phone": "+6281200001024"})
    world.now = DUE
    world.email.failures = [DeliveryError("550 tidak ada kotak surat itu", permanent=True)]
    send()

    [line] = lines(stage, world)
    tick_off(stage.edition_id, line.delivery_id, by=None, now=world.now)

    assert [(one.channel, one.state) for one in outbox(stage.edition_id) if one.lead == 30] == [
        (ChannelName.EMAIL, DeliveryState.DEAD),
        (ChannelName.HAND, DeliveryState.ACCEPTED),
    ]


def test_ticking_off_stops_a_mail_that_still_tries(world: World) -> None:
    stage = set_stage(now=START)
    world.now = DUE + timedelta(minutes=15)
    world.email.failures = [DeliveryError("451 coba lagi nanti") for _ in range(9)]
    while not (waiting := lines(stage, world)):
        send()
        world.wait(seconds=20)

    tick_off(stage.edition_id, waiting[0].delivery_id, by=None, now=world.now)
    world.email.failures.clear()
    world.now = TURN_AT - timedelta(minutes=11)
    send()

    assert world.email.sent == []
    assert [one.state for one in outbox(stage.edition_id) if one.lead == 30] == [DeliveryState.CANCELLED, DeliveryState.ACCEPTED]


def test_numbers_of_a_demo_edition_are_never_made_into_links(world: World) -> None:
    stage = due_by_hand(world, is_demo=True)

    [line] = lines(stage, world)

    assert line.url == ""
    assert "30 menit lagi" in line.text


def test_a_landline_gets_no_whatsapp_link(world: World) -> None:
    stage = due_by_hand(world, vendor={"email": "", "phone": "+62331123456"})

    assert lines(stage, world)[0].url == ""


def test_looking_twice_makes_one_link(world: World) -> None:
    stage = due_by_hand(world)

    texts = {lines(stage, world)[0].text for _ in range(2)}

    assert len(texts) == 1
    assert row_count(Link) == 1


def test_a_message_on_the_list_expires_with_a_note(world: World) -> None:
    stage = due_by_hand(world)
    world.now = TURN_AT - timedelta(minutes=4)
    send()

    assert states(stage.edition_id)[:2] == [DeliveryState.EXPIRED] * 2
