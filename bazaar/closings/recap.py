"""The sums of a turn, from its sales alone: what a closing freezes and what must follow as supplements. Pure."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from bazaar.states import PaymentMethod, Verdict


@dataclass(frozen=True)
class BookedVoid:
    """A void that names a sale, in the order the ledger took it."""

    entry_id: int
    server_seq: int
    verdict: Verdict


@dataclass(frozen=True)
class BookedSale:
    """A sale of the turn with every void that names it, oldest first."""

    entry_id: int
    server_seq: int
    verdict: Verdict
    quantity: int
    amount_idr: int
    payment_method: PaymentMethod
    product_name: str
    voids: tuple[BookedVoid, ...] = ()

    @property
    def is_in_time(self) -> bool:
        """Whether it arrived by the turn's end plus grace."""
        return self.verdict is Verdict.STORED

    @property
    def is_voided_in_time(self) -> bool:
        """Whether the closing already knew that it does not count."""
        return self.is_in_time and any(void.verdict is Verdict.STORED for void in self.voids)

    @property
    def counts_now(self) -> bool:
        """Whether it stands today: nobody voided it, in time or not."""
        return not self.voids


@dataclass(frozen=True)
class Totals:
    """The figures of a closing. Amounts in rupiah; voided sales stand apart and are not in the first three."""

    sale_count: int = 0
    item_count: int = 0
    amount_idr: int = 0
    void_count: int = 0
    void_amount_idr: int = 0
    by_payment_method: dict[str, int] = field(default_factory=dict)
    best_product: str = ""


@dataclass(frozen=True)
class Owed:
    """A supplement that the books must carry: the entry it is about and what it adds (late sale) or takes (late void)."""

    entry_id: int
    server_seq: int
    amount_idr: int


def total_books(sales: Sequence[BookedSale]) -> Totals:
    """The figures to freeze: sales in time, less those voided in time."""
    return _total([sale for sale in sales if sale.is_in_time and not sale.is_voided_in_time], [s for s in sales if s.is_voided_in_time])


def total_now(sales: Sequence[BookedSale]) -> Totals:
    """The figures as they stand: every sale that nobody voided, late ones too."""
    return _total([sale for sale in sales if sale.counts_now], [sale for sale in sales if not sale.counts_now])


def owed_supplements(sales: Sequence[BookedSale]) -> list[Owed]:
    """What the closing does not hold: each late sale, and the first void of each sale that was not voided in time.

    A late sale that was voided gives both, so that the trail stays complete; they add up to nothing.
    """
    owed = [Owed(sale.entry_id, sale.server_seq, sale.amount_idr) for sale in sales if not sale.is_in_time]
    for sale in sales:
        if sale.voids and not sale.is_voided_in_time:
            first = min(sale.voids, key=lambda void: void.server_seq)
            owed.append(Owed(first.entry_id, first.server_seq, -sale.amount_idr))
    return sorted(owed, key=lambda item: item.server_seq)


def _total(counted: Sequence[BookedSale], voided: Sequence[BookedSale]) -> Totals:
    by_method: dict[str, int] = defaultdict(int)
    for sale in counted:
        by_method[sale.payment_method.value] += sale.amount_idr
    return Totals(
        sale_count=len(counted),
        item_count=sum(sale.quantity for sale in counted),
        amount_idr=sum(sale.amount_idr for sale in counted),
        void_count=len(voided),
        void_amount_idr=sum(sale.amount_idr for sale in voided),
        by_payment_method=dict(sorted(by_method.items())),
        best_product=_best_product(counted),
    )


def _best_product(counted: Sequence[BookedSale]) -> str:
    """The product of which most pieces went; among equals the one that brought more, then the first by name."""
    pieces: Counter[str] = Counter()
    amounts: Counter[str] = Counter()
    for sale in counted:
        pieces[sale.product_name] += sale.quantity
        amounts[sale.product_name] += sale.amount_idr
    return min(pieces, key=lambda name: (-pieces[name], -amounts[name], name), default="")
