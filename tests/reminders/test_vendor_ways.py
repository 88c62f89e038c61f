"""How one vendor is written to: channels in an order, a language, or not at all."""

from typing import Any

import pytest
from sqlalchemy import select

from bazaar.database import reading
from bazaar.refusals import Refusal
from bazaar.reminders.vendor_ways import VendorWays, change_vendor_ways, vendor_ways
from bazaar.states import ChannelName
from models import Audit, Vendor
from tests import factories
from tests.conftest import START, World
from tests.reminders.conftest import Gateways
from tests.reminders.stage import TURN_AT, send, set_stage, world_of

pytestmark = pytest.mark.usefixtures("app")

C = ChannelName
PHONE = "+6281200001024"


def ways_of(edition_id: int, vendor_id: int) -> VendorWays:
    return vendor_ways(edition_id, vendor_id, world_of())


def settle(edition_id: int, vendor_id: int, order: list[ChannelName], language: str = "", *, revision: int = 0) -> None:
    change_vendor_ways(edition_id, vendor_id, order, language, revision=revision, by=None, now=START)


def make(**vendor: Any) -> tuple[int, int]:
    edition_id = factories.make_edition()
    return edition_id, factories.make_vendor(edition_id, **{"phone": PHONE, "email": "sari@example.com", **vendor})


def test_without_a_word_of_their_own_the_bazaars_order_holds(gateways: Gateways) -> None:
    edition_id, vendor_id = make()
    gateways.open(edition_id, C.FONNTE)
    gateways.open(edition_id, C.TELEGRAM)

    page = ways_of(edition_id, vendor_id)

    assert page.order == ()
    assert page.now == (C.FONNTE, C.EMAIL, C.HAND)
    assert page.choices == (C.FONNTE, C.TELEGRAM, C.PUSH, C.EMAIL)
    assert page.without_address == {C.TELEGRAM, C.PUSH}


def test_a_settled_order_and_language_hold_from_the_next_message_on(world: World, gateways: Gateways) -> None:
    stage = set_stage(now=START, vendor={"phone": PHONE}, reminder_leads=[30])
    fonnte = gateways.open(stage.edition_id, C.FONNTE)
    settle(stage.edition_id, stage.vendors[0], [C.EMAIL, C.FONNTE], "jv")

    world.now = TURN_AT.replace(hour=12, minute=30)
    send()

    page = ways_of(stage.edition_id, stage.vendors[0])
    assert (page.order, page.now) == ((C.EMAIL, C.FONNTE), (C.EMAIL, C.FONNTE, C.HAND))
    assert (page.language, page.written_language) == ("jv", "jv")
    assert len(world.email.sent) == 1
    assert fonnte.sent == []
    with reading() as session:
        assert [row.action for row in session.scalars(select(Audit))] == ["change_vendor_ways"]


def test_only_by_hand_leaves_every_message_to_a_person(gateways: Gateways) -> None:
    edition_id, vendor_id = make()
    gateways.open(edition_id, C.FONNTE)

    settle(edition_id, vendor_id, [C.HAND])

    assert ways_of(edition_id, vendor_id).now == (C.HAND,)


def test_an_empty_order_returns_to_the_bazaars() -> None:
    edition_id, vendor_id = make(channel_order=["hand"], message_language="en")

    settle(edition_id, vendor_id, [])

    with reading() as session:
        vendor = session.get_one(Vendor, vendor_id)
        assert (vendor.channel_order, vendor.message_language) == (None, "")


def test_a_channel_that_was_given_up_stays_in_sight_where_it_was_chosen() -> None:
    edition_id, vendor_id = make(channel_order=["telegram"])

    page = ways_of(edition_id, vendor_id)

    assert page.now == (C.HAND,)
    assert page.choices == (C.PUSH, C.EMAIL, C.TELEGRAM)


def test_whoever_wants_no_messages_has_no_way() -> None:
    page = ways_of(*make(opted_out_at=START))

    assert (page.now, page.opted_out_at) == ((), START)


def test_somebody_elses_change_is_not_overwritten_and_a_foreign_vendor_does_not_exist() -> None:
    edition_id, vendor_id = make()
    settle(edition_id, vendor_id, [C.EMAIL])

    with pytest.raises(Refusal, match="changed_meanwhile"):
        settle(edition_id, vendor_id, [C.HAND])
    for act in (lambda: settle(factories.make_edition(), vendor_id, []), lambda: ways_of(factories.make_edition(), vendor_id)):
        with pytest.raises(Refusal, match="not_found"):
            act()
