"""The entries behind the figures, line by line: sales with their voids, supplements, and what is odd."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.sales.queries import is_counted
from bazaar.states import EntryKind, PaymentMethod, Verdict
from models import Account, Closing, Entry, Sale, SignIn, Slot, Supplement, Vendor, Void


@dataclass(frozen=True)
class VoidLine:
    """The void that cancelled a sale: the first to arrive."""

    received_at: datetime
    reason: str
    who: str
    is_late: bool


@dataclass(frozen=True)
class SaleLine:
    """A sale as the organizer checks it."""

    uuid: str
    server_seq: int
    received_at: datetime
    product_code: str
    product_name: str
    unit: str
    quantity: int
    unit_price_idr: int
    amount_idr: int
    buyer_alias: str
    payment_method: PaymentMethod
    who: str  # the account, else the phone
    is_late: bool
    flags: tuple[str, ...]
    void: VoidLine | None


@dataclass(frozen=True)
class SupplementLine:
    """What reached the books after they were closed, and why."""

    number: int
    created_at: datetime
    amount_idr: int
    kind: EntryKind
    product: str
    quantity: int
    reason: str  # of a void
    who: str
    uuid: str


@dataclass(frozen=True)
class FlaggedSale:
    """A sale that counts although something about it is odd."""

    slot_id: int
    starts_at: datetime
    business_name: str
    product_code: str
    product_name: str
    quantity: int
    amount_idr: int
    who: str
    flags: tuple[str, ...]


def flagged_sales(edition_id: int, *, limit: int = 100) -> list[FlaggedSale]:
    """Sales that count although something about them is odd, newest first."""
    with reading() as session:
        rows = session.execute(
            select(Sale, Entry, Slot.starts_at, Vendor.business_name, Account.name)
            .join(Entry, Entry.id == Sale.entry_id)
            .join(Slot, Slot.id == Sale.slot_id)
            .outerjoin(Vendor, Vendor.id == Sale.vendor_id)
            .outerjoin(SignIn, SignIn.id == Entry.sign_in_id)
            .outerjoin(Account, Account.id == SignIn.account_id)
            .where(Sale.edition_id == edition_id, is_flagged(), is_counted())
            .order_by(Entry.received_at.desc(), Entry.id.desc())
            .limit(limit)
        )
        return [
            FlaggedSale(
                slot_id=sale.slot_id,
                starts_at=starts_at,
                business_name=business_name or "",
                product_code=sale.product_code,
                product_name=sale.product_name,
                quantity=sale.quantity,
                amount_idr=sale.amount_idr,
                who=name or entry.device_name,
                flags=tuple(entry.flags),
            )
            for sale, entry, starts_at, business_name, name in rows
        ]


def sale_lines(session: Session, slot: Slot) -> tuple[SaleLine, ...]:
    """Query: what was sold in a slot, newest first, each with the void that cancels it."""
    rows = session.execute(
        select(Sale, Entry, Account.name)
        .join(Entry, Entry.id == Sale.entry_id)
        .outerjoin(SignIn, SignIn.id == Entry.sign_in_id)
        .outerjoin(Account, Account.id == SignIn.account_id)
        .where(Sale.slot_id == slot.id)
        .order_by(Entry.server_seq.desc())
    ).all()
    voids = _void_lines(session, slot.live_session_id)
    return tuple(
        SaleLine(
            uuid=entry.uuid,
            server_seq=entry.server_seq,
            received_at=entry.received_at,
            product_code=sale.product_code,
            product_name=sale.product_name,
            unit=sale.unit,
            quantity=sale.quantity,
            unit_price_idr=sale.unit_price_idr,
            amount_idr=sale.amount_idr,
            buyer_alias=sale.buyer_alias,
            payment_method=sale.payment_method,
            who=name or entry.device_name,
            is_late=entry.verdict is Verdict.LATE,
            flags=tuple(entry.flags),
            void=voids.get(entry.uuid),
        )
        for sale, entry, name in rows
    )


def supplement_lines(session: Session, *which: Any) -> dict[int, tuple[SupplementLine, ...]]:
    """Query: slot id -> its supplements by number. A void is told with the goods of the sale that it took back."""
    rows = session.execute(
        select(Closing.slot_id, Supplement, Entry, Sale, Void, Account.name)
        .join(Closing, Closing.id == Supplement.closing_id)
        .join(Entry, Entry.id == Supplement.entry_id)
        .outerjoin(Sale, Sale.entry_id == Entry.id)
        .outerjoin(Void, Void.entry_id == Entry.id)
        .outerjoin(SignIn, SignIn.id == Entry.sign_in_id)
        .outerjoin(Account, Account.id == SignIn.account_id)
        .where(*which)
        .order_by(Closing.slot_id, Supplement.number)
    ).all()
    voided = {(entry.live_session_id, void.void_of) for _, _, entry, _, void, _ in rows if void is not None}
    goods = _goods_of(session, voided)
    lines: dict[int, list[SupplementLine]] = defaultdict(list)
    for slot_id, supplement, entry, sale, void, name in rows:
        product, quantity = (
            (f"{sale.product_code} {sale.product_name}", sale.quantity)
            if sale
            else goods.get((entry.live_session_id, void.void_of), ("", 0))
        )
        lines[slot_id].append(
            SupplementLine(
                number=supplement.number,
                created_at=supplement.created_at,
                amount_idr=supplement.amount_idr,
                kind=entry.kind,
                product=product,
                quantity=quantity,
                reason=void.reason if void else "",
                who=name or entry.device_name,
                uuid=entry.uuid,
            )
        )
    return {slot_id: tuple(found) for slot_id, found in lines.items()}


def is_flagged() -> Any:
    """SQL: whether something about an entry is odd."""
    return cast(Entry.flags, String) != "[]"  # JSON columns know no equality that both databases share


def _void_lines(session: Session, live_session_id: int) -> dict[str, VoidLine]:
    """UUID of a sale -> the void that came first."""
    rows = session.execute(
        select(Void, Entry, Account.name)
        .join(Entry, Entry.id == Void.entry_id)
        .outerjoin(SignIn, SignIn.id == Entry.sign_in_id)
        .outerjoin(Account, Account.id == SignIn.account_id)
        .where(Entry.live_session_id == live_session_id)
        .order_by(Entry.server_seq.desc())
    )
    return {
        void.void_of: VoidLine(entry.received_at, void.reason, name or entry.device_name, entry.verdict is Verdict.LATE)
        for void, entry, name in rows  # the oldest comes last and stays
    }


def _goods_of(session: Session, sales: Collection[tuple[int, str]]) -> dict[tuple[int, str], tuple[str, int]]:
    """(live session id, UUID) of a sale -> what it sold, and how many."""
    rows = session.execute(
        select(Entry.live_session_id, Entry.uuid, Sale.product_code, Sale.product_name, Sale.quantity)
        .join(Sale, Sale.entry_id == Entry.id)
        .where(Entry.live_session_id.in_({id_ for id_, _ in sales}), Entry.uuid.in_({uuid for _, uuid in sales}))
    )
    return {(id_, uuid): (f"{code} {name}", quantity) for id_, uuid, code, name, quantity in rows}
