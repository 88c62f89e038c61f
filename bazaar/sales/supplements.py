"""What reaches a turn's books after they were closed becomes a numbered supplement; the closing itself never changes."""

from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from bazaar.closings.recap import owed_supplements
from bazaar.sales.queries import books_of_slots
from models import Supplement


def post_supplements(session: Session, closing_id: int, slot_id: int, *, now: datetime) -> int:
    """Step: append the supplements that a closing still owes; returns how many. The live session's row must be locked.

    Called when late entries arrive at a closed turn and when the closing finds late entries already there.
    """
    owed = owed_supplements(books_of_slots(session, [slot_id])[slot_id])
    posted = set(session.scalars(select(Supplement.entry_id).where(Supplement.closing_id == closing_id)))
    number = session.scalar(select(func.max(Supplement.number)).where(Supplement.closing_id == closing_id)) or 0
    missing = [item for item in owed if item.entry_id not in posted]
    if missing:
        session.execute(
            insert(Supplement),
            [
                {
                    "closing_id": closing_id,
                    "number": number + step,
                    "entry_id": item.entry_id,
                    "amount_idr": item.amount_idr,
                    "created_at": now,
                }
                for step, item in enumerate(missing, start=1)
            ],
        )
    return len(missing)
