"""What entries of one live session are judged by: its slots, vendors, closings and products, read under the ledger's lock."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.refusals import Refusal
from bazaar.turns import select_published
from models import Closing, Edition, Entry, LiveSession, Product, Sale, Slot


@dataclass(frozen=True)
class OpenSlot:
    """A slot as the ledger sees it now."""

    id: int
    position: int
    starts_at: datetime
    accepts_until: datetime  # the turn's end plus grace, inclusive
    vendor_id: int | None  # whose turn it is by the published rotation
    closing_id: int | None

    def is_late(self, received_at: datetime) -> bool:
        """Arrival time alone decides. A closing that is already there decides too: closed figures never change."""
        return received_at > self.accepts_until or self.closing_id is not None


@dataclass(frozen=True)
class KnownProduct:
    """A product with its price at this moment."""

    id: int
    vendor_id: int
    code: str
    name: str
    unit: str
    price_idr: int


@dataclass(frozen=True)
class FirstArrival:
    """What the ledger holds under a UUID."""

    payload_hash: str
    verdict: str
    server_seq: int


@dataclass
class Books:
    """The open books of one live session inside one transaction; the three dicts grow as entries come in."""

    live_session_id: int
    edition_id: int
    bazaar_id: int
    is_withdrawn: bool
    slots: dict[int, OpenSlot]  # by position
    products: dict[str, KnownProduct | None] = field(default_factory=dict)  # by code
    arrived: dict[str, FirstArrival] = field(default_factory=dict)  # by UUID, over the whole bazaar
    positions: dict[str, int] = field(default_factory=dict)  # UUID of a sale of this live session -> its slot

    def read(self, session: Session, *, uuids: Collection[str], codes: Collection[str], void_ofs: Collection[str]) -> None:
        """Fetch what a batch needs: first arrivals, products by code, sales that voids name."""
        self.arrived |= first_arrivals(session, self.bazaar_id, uuids)
        unread = [code for code in codes if code not in self.products]
        found = session.scalars(select(Product).where(Product.edition_id == self.edition_id, Product.code.in_(unread))) if unread else ()
        self.products |= dict.fromkeys(unread)
        self.products |= {row.code: KnownProduct(row.id, row.vendor_id, row.code, row.name, row.unit, row.price_idr) for row in found}
        if void_ofs:
            sales = session.execute(
                select(Entry.uuid, Slot.position)
                .join(Sale, Sale.entry_id == Entry.id)
                .join(Slot, Slot.id == Sale.slot_id)
                .where(Entry.live_session_id == self.live_session_id, Entry.uuid.in_(void_ofs))
            )
            self.positions.update((row.uuid, row.position) for row in sales)


def first_arrivals(session: Session, bazaar_id: int, uuids: Collection[str]) -> dict[str, FirstArrival]:
    """Those of the UUIDs that the bazaar's ledger knows."""
    rows = session.execute(
        select(Entry.uuid, Entry.payload_hash, Entry.verdict, Entry.server_seq).where(Entry.bazaar_id == bazaar_id, Entry.uuid.in_(uuids))
    )
    return {uuid: FirstArrival(payload_hash, verdict, server_seq) for uuid, payload_hash, verdict, server_seq in rows}


def open_books(session: Session, live_session_id: int) -> Books:
    """Step: lock the ledger of a live session until the transaction ends, and read it. Refuses `not_found`.

    On PostgreSQL the row lock makes entries and closings of a live session take turns; on SQLite every write does.
    """
    row = session.execute(
        select(LiveSession.edition_id, LiveSession.withdrawn_at, Edition.bazaar_id, Edition.grace_seconds)
        .join(Edition, Edition.id == LiveSession.edition_id)
        .where(LiveSession.id == live_session_id)
        .with_for_update(of=LiveSession)
    ).one_or_none()
    if row is None:
        raise Refusal("not_found")
    vendor_ids = {found[1].id: found[3].id for found in session.execute(select_published().where(Slot.live_session_id == live_session_id))}
    slots = session.execute(
        select(Slot, Closing.id).outerjoin(Closing, Closing.slot_id == Slot.id).where(Slot.live_session_id == live_session_id)
    )
    grace = timedelta(seconds=row.grace_seconds)
    return Books(
        live_session_id=live_session_id,
        edition_id=row.edition_id,
        bazaar_id=row.bazaar_id,
        is_withdrawn=row.withdrawn_at is not None,
        slots={
            slot.position: OpenSlot(slot.id, slot.position, slot.starts_at, slot.ends_at + grace, vendor_ids.get(slot.id), closing_id)
            for slot, closing_id in slots
        },
    )
