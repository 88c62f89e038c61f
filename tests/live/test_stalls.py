"""The stalls of an edition: the list in pages, and one vendor with what is left."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from bazaar.live.stalls import PAGE_SIZE, stall_page, stalls_page
from bazaar.live.wares import FEW
from bazaar.refusals import Refusal
from bazaar.states import RotationState
from tests import factories
from tests.conftest import START


def published(**fields: object) -> int:
    edition_id = factories.make_edition(slug="ramadhan", **fields)
    factories.make_rotation(edition_id)
    return edition_id


def test_the_list_is_by_name_in_pages(app: Flask) -> None:
    edition_id = published()
    for number in range(PAGE_SIZE + 1, 0, -1):
        factories.make_vendor(edition_id, business_name=f"Lapak {number:02}")
    factories.make_vendor(edition_id, business_name="Lapak 00", withdrawn_at=START)

    first, second = stalls_page("ramadhan", now=START), stalls_page("ramadhan", number=2, now=START)

    assert (first.cards[0].business_name, len(first.cards), first.page_count) == ("Lapak 01", PAGE_SIZE, 2)
    assert [card.business_name for card in second.cards] == [f"Lapak {PAGE_SIZE + 1}"]
    for number in (0, 3):
        with pytest.raises(Refusal, match="not_found"):
            stalls_page("ramadhan", number=number, now=START)


def test_a_stock_is_told_in_words(app: Flask) -> None:
    edition_id = published()
    vendor_id = factories.make_vendor(edition_id)
    for code, stock in (("K1", None), ("K2", 0), ("K3", FEW), ("K4", FEW + 1)):
        factories.make_product(edition_id, vendor_id, code=code, stock=stock)
    factories.make_product(edition_id, vendor_id, code="K5", withdrawn_at=START)

    page = stall_page("ramadhan", vendor_id, now=START)

    told = [(ware.code, ware.stock, ware.left) for ware in page.wares]
    assert told == [("K1", "made_to_order", 0), ("K2", "none", 0), ("K3", "few", FEW), ("K4", "some", 0)]


def test_turns_stand_before_and_behind(app: Flask) -> None:
    edition_id = factories.make_edition(slug="ramadhan")
    vendor_id = factories.make_vendor(edition_id)
    days = [datetime(2026, 5, day, 13, tzinfo=UTC) for day in (3, 5)]
    slots = [factories.slot_ids(factories.make_live_session(edition_id, starts_at=day, slot_count=1))[0] for day in days]
    factories.make_rotation(edition_id, [(slot_id, vendor_id) for slot_id in slots])

    page = stall_page("ramadhan", vendor_id, now=START)

    assert [turn.line.starts_at for turn in page.turns_past] == [days[0]]
    assert [(turn.line.starts_at, turn.when) for turn in page.turns_ahead] == [(days[1], "tomorrow_evening")]


def test_a_vendor_who_left_keeps_a_page_without_goods_shops_or_phone(app: Flask) -> None:
    edition_id = published()
    vendor_id = factories.make_vendor(
        edition_id, instagram="@kopi", is_phone_public=True, phone_consent_at=START, withdrawn_at=START + timedelta(hours=1)
    )
    factories.make_product(edition_id, vendor_id)

    page = stall_page("ramadhan", vendor_id, now=START + timedelta(hours=2))

    assert (page.is_gone, page.wares, page.shops, page.order_phone) == (True, (), (), "")


def test_a_vendor_of_another_edition_or_of_a_draft_is_not_there(app: Flask) -> None:
    published()
    draft_id = factories.make_edition(slug="baru")
    factories.make_rotation(draft_id, state=RotationState.DRAFT)
    stranger = factories.make_vendor(draft_id)

    for slug in ("ramadhan", "baru"):
        with pytest.raises(Refusal, match="not_found"):
            stall_page(slug, stranger, now=START)
