"""Who could stand in a slot: at once, if another turn gives way, or not at all and why."""

from datetime import UTC, datetime, timedelta

import pytest

from bazaar.database import transaction
from bazaar.editions.candidates import SlotPage, slot_page
from bazaar.editions.pins import pin_slot
from bazaar.refusals import Refusal
from models import Availability, LiveSession
from tests.factories import make_edition, make_live_session, make_rotation, make_vendor, slot_ids

EVENING = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)
NOW = EVENING - timedelta(days=2)
pytestmark = pytest.mark.usefixtures("app")


def groups(page: SlotPage) -> tuple[list[str], list[str], dict[str, list[str]]]:
    blocked = {obstacle: [one.business_name for one in own] for obstacle, own in page.blocked}
    return [one.business_name for one in page.free], [one.business_name for one in page.movable], blocked


def test_everybody_is_sorted_by_what_is_in_the_way() -> None:
    edition_id = make_edition()
    slots = slot_ids(make_live_session(edition_id, languages=["jv"]))
    tomorrow = slot_ids(make_live_session(edition_id, starts_at=EVENING + timedelta(days=1)))
    speaks = {"languages": ["Jawa"]}
    make_vendor(edition_id, business_name="Bisa", **speaks)
    near = make_vendor(edition_id, business_name="Dekat", **speaks)
    away = make_vendor(edition_id, business_name="Pergi", **speaks)
    make_vendor(edition_id, business_name="Sore saja", available_until_minute=18 * 60, **speaks)
    make_vendor(edition_id, business_name="Inggris saja", languages=["Inggris"])
    make_vendor(edition_id, business_name="Cukup", max_turns=0, min_turns=0, **speaks)
    with transaction() as session:
        session.add(Availability(vendor_id=away, off_on=EVENING.date()))
    make_rotation(edition_id, [(tomorrow[0], near)])

    page = slot_page(edition_id, slots[0], now=NOW)

    assert groups(page) == (
        ["Bisa"],
        ["Dekat"],
        {"away": ["Pergi"], "hours": ["Sore saja"], "language": ["Inggris saja"], "full": ["Cukup"]},
    )
    assert page.movable[0].near_at == EVENING + timedelta(days=1)


def test_a_turn_that_is_pinned_does_not_give_way() -> None:
    edition_id = make_edition()
    slots = slot_ids(make_live_session(edition_id))
    tomorrow = slot_ids(make_live_session(edition_id, starts_at=EVENING + timedelta(days=1)))
    make_vendor(edition_id, business_name="Terpasang")
    vendor_id = make_vendor(edition_id, business_name="Juga terpasang")
    pin_slot(edition_id, tomorrow[0], vendor_id, by=None, now=NOW)

    page = slot_page(edition_id, slots[0], now=NOW)

    assert groups(page) == (["Terpasang"], [], {"near": ["Juga terpasang"]})


def test_a_turn_already_behind_does_not_give_way() -> None:
    edition_id = make_edition()
    yesterday = slot_ids(make_live_session(edition_id))
    slots = slot_ids(make_live_session(edition_id, starts_at=EVENING + timedelta(days=1)))
    vendor_id = make_vendor(edition_id, business_name="Kemarin")
    make_rotation(edition_id, [(yesterday[0], vendor_id)])

    page = slot_page(edition_id, slots[0], now=EVENING + timedelta(hours=3))

    assert groups(page) == ([], [], {"near": ["Kemarin"]})


def test_fewest_turns_come_first_and_whoever_stands_there_is_marked() -> None:
    edition_id = make_edition()
    slots = slot_ids(make_live_session(edition_id))
    later = slot_ids(make_live_session(edition_id, starts_at=EVENING + timedelta(days=9)))
    here = make_vendor(edition_id, business_name="Anyaman")
    make_vendor(edition_id, business_name="Zaitun")
    make_rotation(edition_id, [(slots[0], here), (later[0], here)])

    page = slot_page(edition_id, slots[0], now=NOW)

    assert [(one.business_name, one.turn_count, one.is_here) for one in page.free] == [("Zaitun", 0, False), ("Anyaman", 2, True)]
    assert page.holder == page.free[1]
    assert page.is_published


def test_a_pin_waits_for_the_next_draft() -> None:
    edition_id = make_edition()
    slots = slot_ids(make_live_session(edition_id))
    here, wanted = make_vendor(edition_id), make_vendor(edition_id, business_name="Dinanti")
    make_rotation(edition_id, [(slots[0], here)])
    pin_slot(edition_id, slots[0], wanted, by=None, now=NOW)
    pin_slot(edition_id, slots[1], here, by=None, now=NOW)

    page = slot_page(edition_id, slots[0], now=NOW)

    assert page.pinned is not None
    assert (page.pinned.business_name, page.is_pin_waiting, page.pin_obstacle) == ("Dinanti", True, None)


def test_what_has_begun_or_was_called_off_cannot_be_pinned() -> None:
    edition_id = make_edition()
    make_vendor(edition_id)
    live_session_id = make_live_session(edition_id)
    slot = slot_ids(live_session_id)[0]
    begun = slot_page(edition_id, slot, now=EVENING)
    with transaction() as session:
        session.get_one(LiveSession, live_session_id).withdrawn_at = NOW
    called_off = slot_page(edition_id, slot, now=NOW)

    assert (begun.can_be_pinned, called_off.can_be_pinned) == (False, False)


def test_a_slot_of_another_edition_is_not_found() -> None:
    slot = slot_ids(make_live_session(make_edition()))[0]

    with pytest.raises(Refusal, match="not_found"):
        slot_page(make_edition(), slot, now=NOW)
