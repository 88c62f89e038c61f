"""What the ledger says: sales of a slot with their voids, totals, the newest entries. Voided sales never count."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session, aliased

from bazaar.closings.recap import BookedSale, BookedVoid
from bazaar.states import EntryKind, PaymentMethod, Verdict
from models import Entry, EntryConflict, Sale, Slot, Void

LARGEST_GAP = 1_000
"""A device whose count jumps further has lost count, not entries."""


@dataclass(frozen=True)
class SoldTotals:
    """How much was sold: sales, pieces, rupiah."""

    sale_count: int = 0
    item_count: int = 0
    amount_idr: int = 0

    def __add__(self, other: "SoldTotals") -> "SoldTotals":
        return SoldTotals(self.sale_count + other.sale_count, self.item_count + other.item_count, self.amount_idr + other.amount_idr)


@dataclass(frozen=True)
class EntryLine:
    """One entry of a live session as people look at it."""

    uuid: str
    kind: EntryKind
    void_of: str | None
    slot_position: int | None  # of a void: its sale's, once that has arrived
    product_code: str | None
    product_name: str | None
    quantity: int | None
    unit_price_idr: int | None
    amount_idr: int | None
    buyer_alias: str | None
    payment_method: PaymentMethod | None
    received_at: datetime
    server_seq: int
    verdict: Verdict
    device_name: str
    is_voided: bool
    void_reason: str  # of a sale: why it was voided first; of a void: its own
    flags: list[str] = field(default_factory=list)


def is_counted() -> ColumnElement[bool]:
    """SQL: no void of the same live session names this sale. The statement must select from `sale` joined to `entry`.

    Two steps and no join: SQLite would begin the join with every entry of the live session, once for each sale.
    """
    void_entry = aliased(Entry)
    is_of_this_session = (
        select(void_entry.id)
        .where(void_entry.id == Void.entry_id, void_entry.live_session_id == Entry.live_session_id)
        .correlate(Void, Entry)
        .exists()
    )
    return ~select(Void.entry_id).where(Void.void_of == Entry.uuid, is_of_this_session).correlate(Entry).exists()


def sold_by_slot(session: Session, slot_ids: Sequence[int]) -> dict[int, SoldTotals]:
    """What stands sold per slot, late sales included; a slot without sales is missing."""
    rows = session.execute(
        _sums(Sale.slot_id).where(Sale.slot_id.in_(slot_ids), is_counted()).group_by(Sale.slot_id),
    )
    return {slot_id: SoldTotals(count, int(items), int(amount)) for slot_id, count, items, amount in rows}


def sold_in_edition(session: Session, edition_id: int) -> SoldTotals:
    """What stands sold in a whole edition."""
    sums = _sums(Sale.edition_id).where(Sale.edition_id == edition_id, is_counted()).group_by(Sale.edition_id)
    row = session.execute(sums).one_or_none()
    return SoldTotals() if row is None else SoldTotals(row[1], int(row[2]), int(row[3]))


def unsent_by_device(session: Session, live_session_id: int) -> dict[str, int]:
    """device name -> how many of its entries never arrived: gaps in its own count. They wait on it, or were thrown away there."""
    rows = session.execute(
        select(Entry.device_name, func.min(Entry.device_seq), func.max(Entry.device_seq), func.count(Entry.device_seq.distinct()))
        .where(Entry.live_session_id == live_session_id, Entry.device_seq.is_not(None))
        .group_by(Entry.device_name)
        .order_by(Entry.device_name)
    )
    gaps = {name: last - first + 1 - count for name, first, last, count in rows if first is not None and last is not None}
    return {name: missing for name, missing in gaps.items() if 0 < missing < LARGEST_GAP}


def pieces_by_slot_and_product(session: Session, slot_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """(slot id, product id) -> pieces sold in that slot."""
    rows = session.execute(
        select(Sale.slot_id, Sale.product_id, func.sum(Sale.quantity))
        .join(Entry, Entry.id == Sale.entry_id)
        .where(Sale.slot_id.in_(slot_ids), Sale.product_id.is_not(None), is_counted())
        .group_by(Sale.slot_id, Sale.product_id)
    )
    return {(slot_id, product_id): int(pieces) for slot_id, product_id, pieces in rows if product_id is not None}


def pieces_by_product(session: Session, edition_id: int, product_ids: Sequence[int]) -> dict[int, int]:
    """product id -> pieces sold in the whole edition: what its stock is reduced by."""
    rows = session.execute(
        select(Sale.product_id, func.sum(Sale.quantity))
        .join(Entry, Entry.id == Sale.entry_id)
        .where(Sale.edition_id == edition_id, Sale.product_id.in_(product_ids), is_counted())
        .group_by(Sale.product_id)
    )
    return {product_id: int(pieces) for product_id, pieces in rows if product_id is not None}


def _sums(by: Any) -> Select[Any]:
    return select(by, func.count(), func.sum(Sale.quantity), func.sum(Sale.amount_idr)).join(Entry, Entry.id == Sale.entry_id)


def books_of_slots(session: Session, slot_ids: Sequence[int]) -> dict[int, list[BookedSale]]:
    """Per slot, every sale with every void that names it: what closings are made of and checked against."""
    sales = session.execute(
        select(Sale, Entry).join(Entry, Entry.id == Sale.entry_id).where(Sale.slot_id.in_(slot_ids)).order_by(Entry.server_seq)
    ).all()
    voids = _voids_of(session, {entry.live_session_id for _, entry in sales})
    books: dict[int, list[BookedSale]] = {slot_id: [] for slot_id in slot_ids}
    for sale, entry in sales:
        books[sale.slot_id].append(
            BookedSale(
                entry_id=entry.id,
                server_seq=entry.server_seq,
                verdict=entry.verdict,
                quantity=sale.quantity,
                amount_idr=sale.amount_idr,
                payment_method=sale.payment_method,
                product_name=sale.product_name,
                voids=tuple(voids.get((entry.live_session_id, entry.uuid), ())),
            )
        )
    return books


def _voids_of(session: Session, live_session_ids: set[int]) -> dict[tuple[int, str], list[BookedVoid]]:
    rows = session.execute(
        select(Entry.live_session_id, Void.void_of, Entry.id, Entry.server_seq, Entry.verdict)
        .join(Void, Void.entry_id == Entry.id)
        .where(Entry.live_session_id.in_(live_session_ids))
        .order_by(Entry.server_seq)
    )
    voids: dict[tuple[int, str], list[BookedVoid]] = defaultdict(list)
    for live_session_id, void_of, entry_id, server_seq, verdict in rows:
        voids[live_session_id, void_of].append(BookedVoid(entry_id, server_seq, verdict))
    return voids


def newest_entries(session: Session, live_session_id: int, *, limit: int = 300) -> list[EntryLine]:
    """The newest entries of a live session, newest first."""
    rows = session.execute(
        select(Entry, Sale, Void, Slot.position)
        .outerjoin(Sale, Sale.entry_id == Entry.id)
        .outerjoin(Void, Void.entry_id == Entry.id)
        .outerjoin(Slot, Slot.id == Sale.slot_id)
        .where(Entry.live_session_id == live_session_id)
        .order_by(Entry.server_seq.desc())
        .limit(limit)
    ).all()
    reasons = _void_reasons(session, live_session_id, [entry.uuid for entry, sale, _, _ in rows if sale is not None])
    positions = _positions_of_sales(session, live_session_id, [void.void_of for _, _, void, _ in rows if void is not None])
    return [_line(row, reasons, positions) for row in rows]


def _line(row: Row[Entry, Sale, Void, int], reasons: dict[str, str], positions: dict[str, int]) -> EntryLine:
    entry: Entry = row[0]
    sale: Sale | None = row[1]
    void: Void | None = row[2]
    position: int | None = row[3]
    return EntryLine(
        uuid=entry.uuid,
        kind=entry.kind,
        void_of=void.void_of if void else None,
        slot_position=positions.get(void.void_of) if void else position,
        product_code=sale.product_code if sale else None,
        product_name=sale.product_name if sale else None,
        quantity=sale.quantity if sale else None,
        unit_price_idr=sale.unit_price_idr if sale else None,
        amount_idr=sale.amount_idr if sale else None,
        buyer_alias=sale.buyer_alias if sale else None,
        payment_method=sale.payment_method if sale else None,
        received_at=entry.received_at,
        server_seq=entry.server_seq,
        verdict=entry.verdict,
        device_name=entry.device_name,
        is_voided=sale is not None and entry.uuid in reasons,
        void_reason=void.reason if void else reasons.get(entry.uuid, ""),
        flags=list(entry.flags),
    )


def _void_reasons(session: Session, live_session_id: int, uuids: Sequence[str]) -> dict[str, str]:
    rows = session.execute(
        select(Void.void_of, Void.reason)
        .join(Entry, Entry.id == Void.entry_id)
        .where(Entry.live_session_id == live_session_id, Void.void_of.in_(uuids))
        .order_by(Entry.server_seq.desc())
    )
    return {void_of: reason for void_of, reason in rows}  # noqa: C416 (the oldest comes last and stays)


def _positions_of_sales(session: Session, live_session_id: int, uuids: Sequence[str]) -> dict[str, int]:
    rows = session.execute(
        select(Entry.uuid, Slot.position)
        .join(Sale, Sale.entry_id == Entry.id)
        .join(Slot, Slot.id == Sale.slot_id)
        .where(Entry.live_session_id == live_session_id, Entry.uuid.in_(uuids))
    )
    return {uuid: position for uuid, position in rows}  # noqa: C416 (rows unpack, a Row does not type-check)


def open_conflict_count(session: Session, live_session_id: int) -> int:
    """How many conflicts of this live session wait for a person."""
    return (
        session.scalar(
            select(func.count())
            .select_from(EntryConflict)
            .where(EntryConflict.live_session_id == live_session_id, EntryConflict.settled_at.is_(None))
        )
        or 0
    )
