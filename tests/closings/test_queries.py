"""Results as organizers read them: at the close, what came after, now; and every view adds up to the same."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from bazaar.closings.close import close_due_turns
from bazaar.closings.lines import flagged_sales
from bazaar.closings.queries import closing_list, evening_page, results_page, turn_page
from bazaar.database import transaction
from bazaar.refusals import Refusal
from bazaar.states import EntryKind, RotationState
from models import LiveSession, Rotation
from tests import factories
from tests.sales.evening import EMPTY_SLOT, SECOND_TURN, make_evening, minutes, sale, void


def test_the_three_figures_agree_in_every_view(app: Flask) -> None:
    evening = make_evening()
    early = sale(qty=2)
    evening.store(early, sale(qty=1, payment_method="transfer"))
    close_due_turns(now=minutes(18))
    evening.store(sale(qty=3), void(early), at=minutes(19))
    evening.store(sale(slot_position=SECOND_TURN, product_code="B07", unit_price_idr=250_000, qty=1), at=minutes(20))

    page = results_page(evening.edition_id, now=minutes(21))
    live = evening_page(evening.edition_id, evening.live_session_id, now=minutes(21))

    total = page.total
    assert (total.at_close_idr, total.supplement_idr, total.amount_idr) == (54_000, 18_000, 322_000)
    assert (total.sale_count, total.item_count, total.void_count, total.void_amount_idr) == (3, 5, 1, 36_000)
    assert total.by_payment == {"qris": 304_000, "transfer": 18_000}
    assert (total.closed_count, total.turn_count) == (1, 2)
    assert live.evening.sums == page.evenings[0].sums == total
    assert sum(group.sums.amount_idr for group in page.vendors) == total.amount_idr
    assert sum(group.sums.amount_idr for group in page.categories) == total.amount_idr
    assert [group.name for group in page.vendors] == ["Batik Bambu Gumitir", "Dapur Tape Kenanga"]


def test_an_evening_says_how_far_each_turn_is(app: Flask) -> None:
    evening = make_evening()

    def states(minute: float) -> list[str]:
        page = evening_page(evening.edition_id, evening.live_session_id, now=minutes(minute))
        return [turn.state for turn in page.turns]

    assert states(-5) == ["ahead", "ahead", "empty"]
    assert states(5) == ["on-air", "ahead", "empty"]
    assert states(16) == ["closing", "on-air", "empty"]
    close_due_turns(now=minutes(18))
    assert states(18) == ["closed", "on-air", "empty"]


def test_books_stay_with_whoever_had_the_turn_after_the_rotation_moved_on(app: Flask) -> None:
    evening = make_evening()
    evening.store(sale())
    close_due_turns(now=minutes(18))
    with transaction() as session:
        session.execute(update(Rotation).values(state=RotationState.SUPERSEDED))
    factories.make_rotation(evening.edition_id, [(evening.slot_ids[0], evening.vendor_ids[1])])

    turn = turn_page(evening.edition_id, evening.slot_ids[0], now=minutes(20)).turn

    assert turn.business_name == "Dapur Tape Kenanga"


def test_sales_in_a_slot_that_nobody_had_stand_apart(app: Flask) -> None:
    evening = make_evening()
    evening.store(sale(slot_position=EMPTY_SLOT), at=minutes(31))

    page = results_page(evening.edition_id, now=minutes(60))

    assert (page.vendors[-1].id, page.vendors[-1].sums.amount_idr) == (None, 36_000)
    assert page.total.amount_idr == 36_000


def test_a_turn_shows_its_entries_with_who_why_and_what_came_after(app: Flask) -> None:
    evening = make_evening()
    wrong = sale(qty=1, device="HP Rina")
    evening.store(wrong)
    close_due_turns(now=minutes(18))
    evening.store(void(wrong, reason="Pembeli batal", device="HP Joko"), sale(qty=2), at=minutes(19))

    page = turn_page(evening.edition_id, evening.slot_ids[0], now=minutes(20))

    late, early = page.sales
    assert (late.is_late, early.is_late) == (True, False)
    assert early.who == "HP Rina"
    assert early.void is not None
    assert (early.void.reason, early.void.who, early.void.is_late) == ("Pembeli batal", "HP Joko", True)
    assert [(line.number, line.amount_idr, line.kind, line.reason) for line in page.supplements] == [
        (1, -18_000, EntryKind.VOID, "Pembeli batal"),
        (2, 36_000, EntryKind.SALE, ""),
    ]
    assert [line.product for line in page.supplements] == ["K03 Tape bakar keju isi 6"] * 2


def test_closings_are_listed_with_what_they_stand_at_now(app: Flask) -> None:
    evening = make_evening()
    other = factories.make_live_session(evening.edition_id, starts_at=minutes(60 * 24), slot_count=1)
    evening.store(sale(qty=1))
    close_due_turns(now=minutes(33))
    evening.store(sale(qty=2), at=minutes(34))

    rows = closing_list(evening.edition_id, evening.live_session_id)

    assert [(row.figures.number, row.vendor, row.slot_position) for row in rows] == [
        (1, "Dapur Tape Kenanga", 1),
        (2, "Batik Bambu Gumitir", 2),
    ]
    assert (rows[0].figures.amount_idr, rows[0].supplement_amount_idr, rows[0].current_amount_idr) == (18_000, 36_000, 54_000)
    assert closing_list(evening.edition_id, other) == []


def test_odd_sales_are_shown_until_they_are_voided(app: Flask) -> None:
    evening = make_evening()
    odd = sale(product_code="ZZ9", unit_price_idr=5_000)
    evening.store(odd, sale())

    before = flagged_sales(evening.edition_id)
    evening.store(void(odd))

    assert [(line.product_code, line.flags) for line in before] == [("ZZ9", ("unknown_product",))]
    assert flagged_sales(evening.edition_id) == []
    assert results_page(evening.edition_id, now=minutes(6)).flagged_count == 0


def test_a_live_session_called_off_before_it_began_is_no_result(app: Flask) -> None:
    evening = make_evening()
    with transaction() as session:
        session.get_one(LiveSession, evening.live_session_id).withdrawn_at = minutes(-60)

    page = results_page(evening.edition_id, now=minutes(30))

    assert page.evenings == ()
    with pytest.raises(Refusal, match="not_found"):
        evening_page(evening.edition_id, evening.live_session_id, now=minutes(30))


def test_another_edition_is_not_shown(app: Flask) -> None:
    mine, foreign = make_evening(), make_evening()
    foreign.store(sale())

    assert results_page(mine.edition_id, now=minutes(20)).total.amount_idr == 0
    with pytest.raises(Refusal, match="not_found"):
        turn_page(mine.edition_id, foreign.slot_ids[0], now=minutes(20))
    with pytest.raises(Refusal, match="not_found"):
        evening_page(mine.edition_id, foreign.live_session_id, now=minutes(20))


def test_a_delay_is_told_only_where_there_was_one(app: Flask) -> None:
    evening = make_evening()
    close_due_turns(now=minutes(17) + timedelta(seconds=14))
    close_due_turns(now=minutes(300))

    rows = closing_list(evening.edition_id)

    assert [row.figures.is_delayed for row in rows] == [False, True]
