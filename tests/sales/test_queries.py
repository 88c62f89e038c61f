"""What the ledger says: totals without voided sales, lines with their voids, books for the closing."""

from flask import Flask

from bazaar.database import reading
from bazaar.sales.queries import (
    SoldTotals,
    books_of_slots,
    newest_entries,
    open_conflict_count,
    pieces_by_product,
    pieces_by_slot_and_product,
    sold_by_slot,
)
from bazaar.states import EntryKind, Verdict
from tests.sales.evening import SECOND_TURN, make_evening, minutes, sale, void


def test_totals_add_up() -> None:
    assert sum([SoldTotals(1, 2, 3), SoldTotals(10, 20, 30)], SoldTotals()) == SoldTotals(11, 22, 33)


def test_sold_by_slot_counts_late_sales_and_leaves_out_voided_ones_and_silent_slots(app: Flask) -> None:
    evening = make_evening()
    gone = sale()
    evening.store(sale(qty=1), gone, void(gone))
    evening.store(sale(qty=3), at=minutes(20))

    with reading() as session:
        assert sold_by_slot(session, evening.slot_ids) == {evening.slot_ids[0]: SoldTotals(2, 4, 72_000)}


def test_pieces_count_per_product_in_its_slot_and_over_the_edition(app: Flask) -> None:
    evening = make_evening()
    evening.store(sale(qty=1), sale(qty=2, slot_position=SECOND_TURN), sale(product_code="KUE", unit_price_idr=1))

    with reading() as session:
        by_slot = pieces_by_slot_and_product(session, evening.slot_ids)
        products = [product_id for _, product_id in by_slot]
        by_product = pieces_by_product(session, evening.edition_id, products)

    assert sorted(by_slot.values()) == [1, 2]  # what nobody knows by code is no product's stock
    assert list(by_product.values()) == [3]


def test_the_oldest_void_of_a_sale_gives_the_reason(app: Flask) -> None:
    evening = make_evening()
    entry = sale()
    evening.store(void(entry, reason="Pembeli batal"), entry, void(entry, reason="Salah ketik"))

    with reading() as session:
        lines = newest_entries(session, evening.live_session_id)

    assert [(line.kind, line.void_reason, line.slot_position) for line in lines] == [
        (EntryKind.VOID, "Salah ketik", 1),
        (EntryKind.SALE, "Pembeli batal", 1),
        (EntryKind.VOID, "Pembeli batal", 1),
    ]


def test_a_void_whose_sale_has_not_come_has_no_slot_yet(app: Flask) -> None:
    evening = make_evening()
    evening.store(void(sale()))

    with reading() as session:
        assert [line.slot_position for line in newest_entries(session, evening.live_session_id)] == [None]


def test_books_hold_every_sale_with_every_void_and_their_verdicts(app: Flask) -> None:
    evening = make_evening()
    entry = sale()
    evening.store(entry, void(entry))
    evening.store(void(entry), at=minutes(20))

    with reading() as session:
        books = books_of_slots(session, evening.slot_ids)

    (booked,) = books[evening.slot_ids[0]]
    assert (booked.amount_idr, booked.verdict, [(row.server_seq, row.verdict) for row in booked.voids]) == (
        36_000,
        Verdict.STORED,
        [(2, Verdict.STORED), (3, Verdict.LATE)],
    )
    assert [books[slot_id] for slot_id in evening.slot_ids[1:]] == [[], []]


def test_conflicts_are_counted_until_somebody_settles_them(app: Flask) -> None:
    evening = make_evening()
    entry = sale()
    evening.store(entry, {**entry, "qty": 9}, {**entry, "qty": 8})

    with reading() as session:
        assert open_conflict_count(session, evening.live_session_id) == 2
