"""Takes entries into the ledger: each gets a verdict, a repeat gets the first one, and arrival time alone decides what is late."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from bazaar.sales.books import Books, FirstArrival, OpenSlot, first_arrivals, open_books
from bazaar.sales.flags import Flag
from bazaar.sales.payload import Operation, Rejection, SaleFields, VoidFields, read_entry
from bazaar.sales.supplements import post_supplements
from bazaar.sales.writer import WriterOfEngine
from bazaar.states import EntryKind, Verdict
from models import Entry, EntryConflict, LiveSession, Sale, Void

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class VerdictOf:
    """The answer to one entry. `uuid` is repeated as it was sent; `reason` is a code with the `values` of its sentence."""

    uuid: str | None
    verdict: Verdict
    first: Verdict | None = None
    server_seq: int | None = None
    reason: str = ""
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Batch:
    """Entries that came in one request, read but not judged."""

    live_session_id: int
    entries: tuple[tuple[str | None, Operation | Rejection], ...]  # with the UUID as it was sent
    device_id: int | None
    sign_in_id: int | None
    received_at: datetime

    @property
    def operations(self) -> list[Operation]:
        """Those that could be read."""
        return [entry for _, entry in self.entries if isinstance(entry, Operation)]


def store_entries(
    live_session_id: int,
    entries: Iterable[object],
    *,
    device_id: int | None = None,
    sign_in_id: int | None = None,
    device_name: str = "",
    now: datetime,
) -> list[VerdictOf]:
    """Store what is new in a batch and answer each entry, in order, after the commit. `now` is when the batch arrived.

    One bad entry never costs the others. Many batches share one commit (bazaar/sales/writer.py). Refuses `not_found`.
    """
    batch = read_batch(live_session_id, entries, device_id=device_id, sign_in_id=sign_in_id, device_name=device_name, now=now)
    return _writer.put(batch)


def read_batch(
    live_session_id: int,
    entries: Iterable[object],
    *,
    device_id: int | None = None,
    sign_in_id: int | None = None,
    device_name: str = "",
    now: datetime,
) -> Batch:
    """Read entries without judging them: for `write_batches`, where several are one decision inside one transaction."""
    read = tuple((_sent_uuid(raw), read_entry(raw, device_name=device_name)) for raw in entries)
    return Batch(live_session_id, read, device_id, sign_in_id, now)


def is_kept(answer: VerdictOf) -> bool:
    """Whether the ledger holds this very entry, from now or from before."""
    return answer.verdict in {Verdict.STORED, Verdict.LATE, Verdict.DUPLICATE}


def _sent_uuid(raw: object) -> str | None:
    uuid = raw.get("uuid") if isinstance(raw, dict) else None
    return uuid[:100] if isinstance(uuid, str) else None


def write_batches(session: Session, batches: Sequence[Batch]) -> list[list[VerdictOf]]:
    """Step: judge and store several batches. Their answers hold only once the transaction has committed."""
    answers: dict[int, list[VerdictOf]] = {}
    books: dict[int, Books] = {}
    # Always in the same order of live sessions, so that two processes never wait for each other's locks.
    for index, batch in sorted(enumerate(batches), key=lambda pair: pair[1].live_session_id):
        if batch.live_session_id not in books:
            books[batch.live_session_id] = open_books(session, batch.live_session_id)
        answers[index] = _write_batch(session, books[batch.live_session_id], batch)
    return [answers[index] for index in range(len(batches))]


_writer: WriterOfEngine[Batch, list[VerdictOf]] = WriterOfEngine(write_batches)


def _write_batch(session: Session, books: Books, batch: Batch) -> list[VerdictOf]:
    operations = batch.operations
    books.read(
        session,
        uuids=[operation.uuid for operation in operations],
        codes={operation.what.product_code for operation in operations if isinstance(operation.what, SaleFields)},
        void_ofs=[operation.what.void_of for operation in operations if isinstance(operation.what, VoidFields)],
    )
    touched: set[tuple[int, int]] = set()
    verdicts = [_write_entry(session, books, batch, sent, entry, touched) for sent, entry in batch.entries]
    for closing_id, slot_id in sorted(touched):
        post_supplements(session, closing_id, slot_id, now=batch.received_at)
    return verdicts


def _write_entry(
    session: Session, books: Books, batch: Batch, sent: str | None, entry: Operation | Rejection, touched: set[tuple[int, int]]
) -> VerdictOf:
    if isinstance(entry, Rejection):
        return _rejected(sent, entry)
    first = books.arrived.get(entry.uuid)
    if first is not None:
        return _repeated(session, books, batch, sent, entry, first)
    try:
        with session.begin_nested():
            answer = _append(session, books, batch, sent, entry, touched)
    except IntegrityError:
        # Another live session of this bazaar stored the UUID between our look and our insert.
        again = first_arrivals(session, books.bazaar_id, [entry.uuid])
        if entry.uuid not in again:
            raise
        return _repeated(session, books, batch, sent, entry, again[entry.uuid])
    except DataError:
        log.exception("entry %s cannot be stored", entry.uuid)
        return _rejected(sent, Rejection("not_storable"))
    return answer


def _rejected(sent: str | None, rejection: Rejection) -> VerdictOf:
    return VerdictOf(sent, Verdict.REJECTED, reason=rejection.reason, values=rejection.values)


def _repeated(session: Session, books: Books, batch: Batch, sent: str | None, operation: Operation, first: FirstArrival) -> VerdictOf:
    """The first answer again for an equal payload; another payload is kept aside for a person."""
    if first.payload_hash == operation.payload_hash:
        return VerdictOf(sent, Verdict.DUPLICATE, first=Verdict(first.verdict), server_seq=first.server_seq)
    _keep_conflict(session, books, batch, operation)
    return VerdictOf(sent, Verdict.CONFLICT, reason="other_payload")


def _keep_conflict(session: Session, books: Books, batch: Batch, operation: Operation) -> None:
    known = select(EntryConflict.id).where(
        EntryConflict.bazaar_id == books.bazaar_id,
        EntryConflict.uuid == operation.uuid,
        EntryConflict.payload_hash == operation.payload_hash,
    )
    if session.scalar(known) is not None:
        return
    try:
        with session.begin_nested():
            session.execute(
                insert(EntryConflict).values(
                    bazaar_id=books.bazaar_id,
                    live_session_id=books.live_session_id,
                    uuid=operation.uuid,
                    payload_hash=operation.payload_hash,
                    payload=operation.payload,
                    received_at=batch.received_at,
                )
            )
    except IntegrityError:  # kept by another live session of the bazaar a moment ago
        if session.scalar(known) is None:
            raise


def _append(
    session: Session, books: Books, batch: Batch, sent: str | None, operation: Operation, touched: set[tuple[int, int]]
) -> VerdictOf:
    flags = [*operation.flags, *([Flag.LIVE_SESSION_WITHDRAWN] if books.is_withdrawn else [])]
    slot = _slot_of(books, operation)
    sale: dict[str, Any] = {}
    if isinstance(operation.what, SaleFields):
        if slot is None:
            return _rejected(sent, Rejection("unknown_slot", {"position": operation.what.slot_position}))
        priced = _price(books, slot, operation.what, batch.received_at, flags)
        if isinstance(priced, Rejection):
            return _rejected(sent, priced)
        sale = priced
    verdict = Verdict.LATE if slot is not None and slot.is_late(batch.received_at) else Verdict.STORED
    server_seq = _next_server_seq(session, books.live_session_id)
    entry_id = session.execute(
        insert(Entry)
        .values(
            bazaar_id=books.bazaar_id,
            live_session_id=books.live_session_id,
            server_seq=server_seq,
            uuid=operation.uuid,
            kind=operation.kind,
            payload_hash=operation.payload_hash,
            verdict=verdict,
            received_at=batch.received_at,
            recorded_at=operation.recorded_at,
            device_name=operation.device_name,
            device_seq=operation.device_seq,
            device_id=batch.device_id,
            sign_in_id=batch.sign_in_id,
            flags=[flag.value for flag in flags],
        )
        .returning(Entry.id)
    ).scalar_one()
    if isinstance(operation.what, VoidFields):
        session.execute(insert(Void).values(entry_id=entry_id, void_of=operation.what.void_of, reason=operation.what.reason))
    else:
        session.execute(insert(Sale).values(entry_id=entry_id, edition_id=books.edition_id, **sale))
    _remember(books, operation, slot, FirstArrival(operation.payload_hash, verdict, server_seq))
    if slot is not None and slot.closing_id is not None:
        touched.add((slot.closing_id, slot.id))
    return VerdictOf(sent, verdict, server_seq=server_seq)


def _next_server_seq(session: Session, live_session_id: int) -> int:
    """Gap-free: a rolled-back entry gives its number back. (Sequences of a database do not.)"""
    counter = update(LiveSession).where(LiveSession.id == live_session_id).values(last_server_seq=LiveSession.last_server_seq + 1)
    return session.execute(counter.returning(LiveSession.last_server_seq), execution_options={"synchronize_session": False}).scalar_one()


def _remember(books: Books, operation: Operation, slot: OpenSlot | None, first: FirstArrival) -> None:
    """So that later entries of the same batch see this one."""
    books.arrived[operation.uuid] = first
    if operation.kind is EntryKind.SALE and slot is not None:
        books.positions[operation.uuid] = slot.position


def _slot_of(books: Books, operation: Operation) -> OpenSlot | None:
    """The slot a sale names; of a void, its sale's slot, or the one it names while its sale has not arrived."""
    if isinstance(operation.what, SaleFields):
        return books.slots.get(operation.what.slot_position)
    position = books.positions.get(operation.what.void_of, operation.what.slot_position)
    return None if position is None else books.slots.get(position)


def _price(books: Books, slot: OpenSlot, sale: SaleFields, received_at: datetime, flags: list[Flag]) -> dict[str, Any] | Rejection:
    """The sale's columns: the product as it is now, the price that was asked, the amount computed here."""
    product = books.products.get(sale.product_code)
    if product is None and sale.unit_price_idr is None:
        return Rejection("price_needed", {"code": sale.product_code})
    if slot.vendor_id is None:
        flags.append(Flag.EMPTY_SLOT)
    if received_at < slot.starts_at:
        flags.append(Flag.BEFORE_TURN)
    if product is None:
        flags.append(Flag.UNKNOWN_PRODUCT)
    elif slot.vendor_id is not None and product.vendor_id != slot.vendor_id:
        flags.append(Flag.NOT_OF_THIS_VENDOR)
    asked = sale.unit_price_idr if sale.unit_price_idr is not None else product.price_idr if product else 0
    if product is not None and asked != product.price_idr:
        flags.append(Flag.PRICE_DIFFERS)
    return {
        "slot_id": slot.id,
        "vendor_id": slot.vendor_id,
        "product_id": product.id if product else None,
        "product_code": sale.product_code,
        "product_name": product.name if product else sale.product_code,
        "unit": product.unit if product else "",
        "quantity": sale.quantity,
        "unit_price_idr": asked,
        "amount_idr": sale.quantity * asked,
        "buyer_alias": sale.buyer_alias,
        "payment_method": sale.payment_method,
    }
