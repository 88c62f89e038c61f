"""Conflicts: a UUID that came again with other content. A person looks at both and says which of them is right.

The first arrival counts until somebody decides. Deciding never edits the ledger: where the later one is right, the first is
voided and the later one is appended as a sale of its own, so both stay on record. Void, sale and decision are one
transaction: all three are stored, or none.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from bazaar.accounts import audit
from bazaar.database import reading, transaction
from bazaar.refusals import Refusal
from bazaar.sales.entry import is_kept, read_batch, write_batches
from bazaar.sales.payload import Operation, SaleFields, VoidFields, read_entry
from bazaar.states import EntryKind
from bazaar.turns import select_published
from models import Account, Edition, Entry, EntryConflict, LiveSession, Product, Sale, SignIn, Slot, Vendor, Void

Choice = Literal["first", "second"]
VOID_REASON = "catatan bentrok, panitia memakai yang kedua"


@dataclass(frozen=True)
class ConflictSide:
    """One of the two, in the fields that people compare. Of a void, `reason` speaks and the goods are empty."""

    kind: EntryKind
    at: datetime
    who: str
    slot_position: int | None
    business_name: str
    product: str
    quantity: int | None
    unit_price_idr: int | None
    amount_idr: int | None
    buyer_alias: str
    payment_method: str
    reason: str


@dataclass(frozen=True)
class ConflictLine:
    """What counts, and what came later under the same UUID."""

    id: int
    uuid: str
    live_session_id: int
    live_session_starts_at: datetime
    slot_id: int | None  # of the one that counts
    first: ConflictSide | None  # None only if the ledger lost it, which it cannot
    second: ConflictSide
    differing: tuple[str, ...]  # the names of the fields in which they differ
    is_first_voided: bool
    can_use_second: bool  # both are sales of one live session, and the ledger would take the second
    payload: dict[str, Any]


@dataclass(frozen=True)
class SettledLine:
    """A conflict that a person has looked at."""

    id: int
    uuid: str
    settled_at: datetime
    by: str


@dataclass(frozen=True)
class ConflictsPage:
    """What waits, and what was settled last."""

    waiting: tuple[ConflictLine, ...]
    settled: tuple[SettledLine, ...]


def conflicts_page(edition_id: int) -> ConflictsPage:
    """The conflicts of an edition."""
    with reading() as session:
        settled = session.execute(
            select(EntryConflict.id, EntryConflict.uuid, EntryConflict.settled_at, Account.name)
            .join(LiveSession, LiveSession.id == EntryConflict.live_session_id)
            .outerjoin(Account, Account.id == EntryConflict.settled_by)
            .where(LiveSession.edition_id == edition_id, EntryConflict.settled_at.is_not(None))
            .order_by(EntryConflict.settled_at.desc())
            .limit(10)
        )
        return ConflictsPage(
            waiting=tuple(open_conflicts(session, edition_id)),
            settled=tuple(SettledLine(id_, uuid_, at, name or "") for id_, uuid_, at, name in settled if at is not None),
        )


def open_conflicts(session: Session, edition_id: int, *which: Any) -> list[ConflictLine]:
    """The conflicts of an edition that nobody has settled, oldest first."""
    rows = session.execute(
        select(EntryConflict, LiveSession.starts_at, Entry, Sale, Void, Account.name)
        .join(LiveSession, LiveSession.id == EntryConflict.live_session_id)
        .outerjoin(Entry, and_(Entry.bazaar_id == EntryConflict.bazaar_id, Entry.uuid == EntryConflict.uuid))
        .outerjoin(Sale, Sale.entry_id == Entry.id)
        .outerjoin(Void, Void.entry_id == Entry.id)
        .outerjoin(SignIn, SignIn.id == Entry.sign_in_id)
        .outerjoin(Account, Account.id == SignIn.account_id)
        .where(LiveSession.edition_id == edition_id, EntryConflict.settled_at.is_(None), *which)
        .order_by(EntryConflict.id)
    ).all()
    around = _read_around(session, edition_id, [row[0] for row in rows], [row[2] for row in rows if row[2] is not None])
    return [
        _line(around, conflict, starts_at, entry, _first_side(around, entry, sale, void, name) if entry else None, sale)
        for conflict, starts_at, entry, sale, void, name in rows
    ]


@dataclass(frozen=True)
class _Around:
    """What conflicts are told by, read at once for all of them."""

    slots: dict[int, tuple[int, str]]  # by id: the position, and whose turn it is
    slot_ids: dict[tuple[int, int], int]  # by live session and position
    products: dict[str, Product]  # by code
    voided: set[tuple[int, str]]  # live session and UUID

    def place(self, slot_id: int | None) -> tuple[int | None, str]:
        """The position of a slot and whose turn it is."""
        return self.slots.get(slot_id or 0, (None, ""))


def _read_around(session: Session, edition_id: int, conflicts: Sequence[EntryConflict], entries: Sequence[Entry]) -> _Around:
    live_session_ids = {row.live_session_id for row in conflicts} | {entry.live_session_id for entry in entries}
    names = select_published().with_only_columns(Slot.id, Vendor.business_name, maintain_column_froms=True)
    holders = {id_: name for id_, name in session.execute(names.where(Slot.live_session_id.in_(live_session_ids)))}  # noqa: C416 (a Row does not type-check)
    slots = session.scalars(select(Slot).where(Slot.live_session_id.in_(live_session_ids))).all()
    codes = {what.product_code for what in (_operation(row).what for row in conflicts) if isinstance(what, SaleFields)}
    products = session.scalars(select(Product).where(Product.edition_id == edition_id, Product.code.in_(codes)))
    voids = (
        select(Entry.live_session_id, Void.void_of)
        .join(Void, Void.entry_id == Entry.id)
        .where(Void.void_of.in_([row.uuid for row in conflicts]), Entry.live_session_id.in_(live_session_ids))
    )
    return _Around(
        slots={slot.id: (slot.position, holders.get(slot.id, "")) for slot in slots},
        slot_ids={(slot.live_session_id, slot.position): slot.id for slot in slots},
        products={product.code: product for product in products},
        voided={(live_session_id, void_of) for live_session_id, void_of in session.execute(voids)},
    )


def _operation(conflict: EntryConflict) -> Operation:
    """The later one. It was readable when it came, or it would have been rejected and not be here."""
    operation = read_entry(conflict.payload)
    if not isinstance(operation, Operation):
        raise TypeError(f"the conflict {conflict.id} holds an entry that cannot be read")
    return operation


def settle_conflict(
    edition_id: int, conflict_id: int, *, choice: Choice, by: int, sign_in_id: int | None = None, device_name: str = "", now: datetime
) -> bool:
    """Note which of the two is right; with `second`, void the first and store the second. Returns whether the first counts from now on.

    One transaction: where the ledger does not take the second, the first stays as it was and the conflict stays open.
    Refuses `not_found`, `conflict_settled`, `conflict_not_replaceable`.
    """
    with transaction() as session:
        line = _waiting_conflict(session, edition_id, conflict_id)
        if choice == "second":
            _use_second(session, line, sign_in_id, device_name, now)
        bazaar_id = session.get_one(Edition, edition_id).bazaar_id
        settled = session.execute(
            update(EntryConflict)
            .where(EntryConflict.id == conflict_id, EntryConflict.settled_at.is_(None))
            .values(settled_at=now, settled_by=by)
            .returning(EntryConflict.id)
        ).scalar_one_or_none()
        if settled is None:  # somebody else was first, between our look and this update
            raise Refusal("conflict_settled")
        after = {"uuid": line.uuid, "choice": choice}
        audit.note(session, "settle_conflict", "entry_conflict", conflict_id, now=now, bazaar_id=bazaar_id, by=by, after=after)
        return choice == "first" and not line.is_first_voided


def _waiting_conflict(session: Session, edition_id: int, conflict_id: int) -> ConflictLine:
    settled_at = session.execute(
        select(EntryConflict.settled_at)
        .join(LiveSession, LiveSession.id == EntryConflict.live_session_id)
        .where(EntryConflict.id == conflict_id, LiveSession.edition_id == edition_id)
    ).one_or_none()
    if settled_at is None:
        raise Refusal("not_found")
    if settled_at[0] is not None:
        raise Refusal("conflict_settled")
    return open_conflicts(session, edition_id, EntryConflict.id == conflict_id)[0]


def _use_second(session: Session, line: ConflictLine, sign_in_id: int | None, device_name: str, now: datetime) -> None:
    """Void the first and append the second, through the same door as every entry. Refuses where one of them is not kept."""
    if not line.can_use_second:
        raise Refusal("conflict_not_replaceable")
    batch = read_batch(line.live_session_id, _corrections(line), sign_in_id=sign_in_id, device_name=device_name, now=now)
    [verdicts] = write_batches(session, [batch])
    if not all(is_kept(answer) for answer in verdicts):
        raise Refusal("conflict_not_replaceable")


def _corrections(line: ConflictLine) -> list[dict[str, Any]]:
    """The entries that put the later one in place of the first. Their UUIDs follow from the conflict: twice is once."""
    void = {"uuid": _derived(line, "void"), "kind": "void", "void_of": line.uuid, "reason": VOID_REASON}
    sale = {**line.payload, "uuid": _derived(line, "sale"), "unit_price_idr": line.second.unit_price_idr}
    sale.pop("seq", None)  # the phone's own count has no place for an entry that a person made
    return [void, sale]


def _derived(line: ConflictLine, what: str) -> str:
    return str(uuid.uuid5(uuid.UUID(line.uuid), f"conflict {line.id} {what}"))


def _line(
    around: _Around,
    conflict: EntryConflict,
    starts_at: datetime,
    entry: Entry | None,
    first: ConflictSide | None,
    sale: Sale | None,
) -> ConflictLine:
    second = _second_side(around, conflict)
    has_slot = (conflict.live_session_id, second.slot_position) in around.slot_ids
    is_storable = second.kind is EntryKind.SALE and has_slot and second.unit_price_idr is not None
    is_of_this_session = entry is not None and entry.live_session_id == conflict.live_session_id
    return ConflictLine(
        id=conflict.id,
        uuid=conflict.uuid,
        live_session_id=conflict.live_session_id,
        live_session_starts_at=starts_at,
        slot_id=sale.slot_id if sale else None,
        first=first,
        second=second,
        differing=_differing(first, second) if first else (),
        is_first_voided=(conflict.live_session_id, conflict.uuid) in around.voided,
        can_use_second=sale is not None and is_storable and is_of_this_session,
        payload=dict(conflict.payload),
    )


def _differing(first: ConflictSide, second: ConflictSide) -> tuple[str, ...]:
    fields = (
        "kind",
        "slot_position",
        "product",
        "quantity",
        "unit_price_idr",
        "amount_idr",
        "buyer_alias",
        "payment_method",
        "reason",
        "who",
    )
    return tuple(name for name in fields if getattr(first, name) != getattr(second, name))


def _first_side(around: _Around, entry: Entry, sale: Sale | None, void: Void | None, name: str | None) -> ConflictSide:
    position, business_name = around.place(sale.slot_id) if sale else (None, "")
    return ConflictSide(
        kind=entry.kind,
        at=entry.received_at,
        who=entry.device_name or name or "",
        slot_position=position,
        business_name=business_name,
        product=f"{sale.product_code} {sale.product_name}" if sale else "",
        quantity=sale.quantity if sale else None,
        unit_price_idr=sale.unit_price_idr if sale else None,
        amount_idr=sale.amount_idr if sale else None,
        buyer_alias=sale.buyer_alias if sale else "",
        payment_method=sale.payment_method.value if sale else "",
        reason=void.reason if void else "",
    )


def _second_side(around: _Around, conflict: EntryConflict) -> ConflictSide:
    """As it would have been stored."""
    operation = _operation(conflict)
    what = operation.what
    if isinstance(what, VoidFields):
        return _void_side(conflict.received_at, operation.device_name, what.reason)
    product = around.products.get(what.product_code)
    position, business_name = around.place(around.slot_ids.get((conflict.live_session_id, what.slot_position)))
    price = _price(what, product)
    return ConflictSide(
        kind=EntryKind.SALE,
        at=conflict.received_at,
        who=operation.device_name,
        slot_position=position or what.slot_position,
        business_name=business_name,
        product=f"{what.product_code} {product.name if product else what.product_code}",
        quantity=what.quantity,
        unit_price_idr=price,
        amount_idr=None if price is None else price * what.quantity,
        buyer_alias=what.buyer_alias,
        payment_method=what.payment_method.value,
        reason="",
    )


def _void_side(at: datetime, who: str, reason: str) -> ConflictSide:
    return ConflictSide(
        kind=EntryKind.VOID,
        at=at,
        who=who,
        slot_position=None,
        business_name="",
        product="",
        quantity=None,
        unit_price_idr=None,
        amount_idr=None,
        buyer_alias="",
        payment_method="",
        reason=reason,
    )


def _price(sale: SaleFields, product: Product | None) -> int | None:
    if sale.unit_price_idr is not None:
        return sale.unit_price_idr
    return product.price_idr if product else None
