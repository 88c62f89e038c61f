"""Conflicts: a UUID that came again with other content. A person looks at both and ticks it off; nothing is applied."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from bazaar.accounts import audit
from bazaar.database import transaction
from bazaar.refusals import Refusal
from models import Edition, Entry, EntryConflict, LiveSession, Sale, Slot


@dataclass(frozen=True)
class ConflictLine:
    """What came later, beside what counts."""

    id: int
    uuid: str
    live_session_id: int
    received_at: datetime
    payload: dict[str, Any]  # what came later, as it was sent
    kept_at: datetime | None  # when the first one came
    kept_position: int | None  # and what it says, where it is a sale
    kept_product: str
    kept_quantity: int | None
    kept_amount_idr: int | None
    kept_device: str


def open_conflicts(session: Session, edition_id: int) -> list[ConflictLine]:
    """The conflicts of an edition that nobody has settled, oldest first."""
    rows = session.execute(
        select(EntryConflict, Entry, Sale, Slot.position)
        .join(LiveSession, LiveSession.id == EntryConflict.live_session_id)
        .outerjoin(Entry, and_(Entry.bazaar_id == EntryConflict.bazaar_id, Entry.uuid == EntryConflict.uuid))
        .outerjoin(Sale, Sale.entry_id == Entry.id)
        .outerjoin(Slot, Slot.id == Sale.slot_id)
        .where(LiveSession.edition_id == edition_id, EntryConflict.settled_at.is_(None))
        .order_by(EntryConflict.id)
    )
    return [_line(conflict, entry, sale, position) for conflict, entry, sale, position in rows]


def _line(conflict: EntryConflict, entry: Entry | None, sale: Sale | None, position: int | None) -> ConflictLine:
    return ConflictLine(
        id=conflict.id,
        uuid=conflict.uuid,
        live_session_id=conflict.live_session_id,
        received_at=conflict.received_at,
        payload=dict(conflict.payload),
        kept_at=entry.received_at if entry else None,
        kept_position=position,
        kept_product=f"{sale.product_code} {sale.product_name}" if sale else "",
        kept_quantity=sale.quantity if sale else None,
        kept_amount_idr=sale.amount_idr if sale else None,
        kept_device=entry.device_name if entry else "",
    )


def settle_conflict(edition_id: int, conflict_id: int, *, by: int, now: datetime) -> None:
    """Tick a conflict off: a person has looked. Settling twice changes nothing. Refuses `not_found`."""
    with transaction() as session:
        row = session.execute(
            select(EntryConflict.uuid, Edition.bazaar_id)
            .join(LiveSession, LiveSession.id == EntryConflict.live_session_id)
            .join(Edition, Edition.id == LiveSession.edition_id)
            .where(EntryConflict.id == conflict_id, LiveSession.edition_id == edition_id)
        ).one_or_none()
        if row is None:
            raise Refusal("not_found")
        settled = session.execute(
            update(EntryConflict)
            .where(EntryConflict.id == conflict_id, EntryConflict.settled_at.is_(None))
            .values(settled_at=now, settled_by=by)
            .returning(EntryConflict.id)
        ).scalar_one_or_none()
        if settled is not None:
            audit.note(
                session, "settle_conflict", "entry_conflict", conflict_id, now=now, bazaar_id=row.bazaar_id, by=by, after={"uuid": row.uuid}
            )
