"""The sums of a turn: what is frozen, what must follow, and that the two always add up to what stands."""

from hypothesis import given
from hypothesis import strategies as st

from bazaar.closings.recap import BookedSale, BookedVoid, Totals, owed_supplements, total_books, total_now
from bazaar.states import PaymentMethod, Verdict

STORED, LATE = Verdict.STORED, Verdict.LATE


def booked(
    seq: int, amount: int = 10_000, *, verdict: Verdict = STORED, quantity: int = 1, name: str = "Tape", voids: tuple[BookedVoid, ...] = ()
) -> BookedSale:
    return BookedSale(seq, seq, verdict, quantity, amount, PaymentMethod.QRIS, name, voids)


def test_nothing_sold_gives_nothing() -> None:
    assert total_books([]) == Totals()
    assert owed_supplements([]) == []


def test_a_sale_voided_in_time_stands_apart() -> None:
    sales = [booked(1, 10_000), booked(2, 5_000, voids=(BookedVoid(3, 3, STORED),))]

    assert total_books(sales) == Totals(1, 1, 10_000, 1, 5_000, {"qris": 10_000}, "Tape")
    assert owed_supplements(sales) == []


def test_a_sale_voided_too_late_counts_in_the_books_and_owes_what_it_took() -> None:
    sales = [booked(1, 10_000, voids=(BookedVoid(2, 2, LATE), BookedVoid(3, 3, LATE)))]

    assert total_books(sales).amount_idr == 10_000
    assert [(owed.entry_id, owed.amount_idr) for owed in owed_supplements(sales)] == [(2, -10_000)]
    assert total_now(sales).amount_idr == 0


def test_best_is_what_went_most_then_what_brought_more_then_the_first_by_name() -> None:
    by_pieces = [booked(1, 50_000, name="Batik"), booked(2, 20_000, quantity=2, name="Tape")]
    by_money = [booked(1, 50_000, name="Tape"), booked(2, 60_000, name="Suwar")]
    by_name = [booked(1, name="Tape"), booked(2, name="Suwar")]

    assert [total_books(sales).best_product for sales in (by_pieces, by_money, by_name)] == ["Tape", "Suwar", "Suwar"]


verdicts = st.sampled_from([STORED, LATE])


@st.composite
def books(draw: st.DrawFn) -> list[BookedSale]:
    """Any sales with any voids, in and out of time."""
    sales, seq = [], 0
    for _ in range(draw(st.integers(0, 8))):
        seq += 1
        sale_seq = seq
        voids = []
        for verdict in draw(st.lists(verdicts, max_size=3)):
            seq += 1
            voids.append(BookedVoid(seq, seq, verdict))
        sales.append(booked(sale_seq, draw(st.integers(1, 10**6)), verdict=draw(verdicts), voids=tuple(voids)))
    return sales


@given(books())
def test_what_was_frozen_and_what_followed_are_what_stands(sales: list[BookedSale]) -> None:
    frozen, owed = total_books(sales), owed_supplements(sales)

    assert frozen.amount_idr + sum(item.amount_idr for item in owed) == total_now(sales).amount_idr
    assert len({item.entry_id for item in owed}) == len(owed)
