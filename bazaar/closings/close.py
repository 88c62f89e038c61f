"""Closes the books of turns that are over: once each, numbered, frozen, with the summary to the vendor planned beside it."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from bazaar.closings.recap import Totals, total_books
from bazaar.database import reading, transaction
from bazaar.reminders.plan import plan_recap
from bazaar.sales.queries import books_of_slots
from bazaar.sales.supplements import post_supplements
from bazaar.turns import select_published
from models import Closing, Edition, LiveSession, Slot, Vendor

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _DueTurn:
    """A turn whose end and grace have passed."""

    slot_id: int
    live_session_id: int


def close_due_turns(*, now: datetime) -> int:
    """Close every published turn whose end plus grace lies before `now`; returns how many. Again changes nothing.

    One transaction for each turn. One that fails is logged and tried again by the next beat; the others are closed first,
    then the failure is raised, so that the beat shows it.
    """
    closed = 0
    failure: Exception | None = None
    for turn in _due_turns(now):
        try:
            closed += _close_turn(turn, now)
        except Exception as error:
            log.exception("the turn in slot %s could not be closed", turn.slot_id)
            failure = failure or error
    if failure is not None:
        raise failure
    return closed


def _due_turns(now: datetime) -> list[_DueTurn]:
    with reading() as session:
        rows = session.execute(
            select_published()
            .add_columns(Edition.grace_seconds)
            .join(Edition, Edition.id == LiveSession.edition_id)
            .outerjoin(Closing, Closing.slot_id == Slot.id)
            .where(Slot.ends_at < now, Closing.id.is_(None))
            .order_by(Slot.ends_at, Slot.id)
        ).all()
        return [_DueTurn(row[1].id, row[2].id) for row in rows if _planned_at(row[1], row[4]) < now]


def _planned_at(slot: Slot, grace_seconds: int) -> datetime:
    return slot.ends_at + timedelta(seconds=grace_seconds)


def _close_turn(turn: _DueTurn, now: datetime) -> bool:
    """Whether this call closed it: somebody else may have been first, or the turn may have moved meanwhile."""
    with transaction() as session:
        # First the edition, as whoever changes its live sessions does; the other way round each would wait for the other.
        of_the_slot = select(Slot.edition_id).where(Slot.id == turn.slot_id).scalar_subquery()
        session.execute(select(Edition.id).where(Edition.id == of_the_slot).with_for_update(key_share=True))
        # The ledger's lock: entries of this live session wait until the books are frozen, then find them closed.
        cut = session.scalar(select(LiveSession.last_server_seq).where(LiveSession.id == turn.live_session_id).with_for_update())
        row = session.execute(
            select_published().outerjoin(Closing, Closing.slot_id == Slot.id).where(Slot.id == turn.slot_id, Closing.id.is_(None))
        ).one_or_none()
        if row is None:
            return False
        slot, vendor = row[1], row[3]
        edition = session.get_one(Edition, slot.edition_id)
        planned_at = _planned_at(slot, edition.grace_seconds)
        if planned_at >= now:
            return False
        totals = total_books(books_of_slots(session, [slot.id])[slot.id])
        number = _next_number(session, edition.id)
        closing_id = session.execute(
            insert(Closing)
            .values(
                edition_id=edition.id,
                number=number,
                slot_id=slot.id,
                vendor_id=vendor.id,
                planned_at=planned_at,
                closed_at=now,
                cut_server_seq=cut,
                sale_count=totals.sale_count,
                item_count=totals.item_count,
                amount_idr=totals.amount_idr,
                void_count=totals.void_count,
                void_amount_idr=totals.void_amount_idr,
                by_payment_method=totals.by_payment_method,
                best_product=totals.best_product,
            )
            .returning(Closing.id)
        ).scalar_one()
        post_supplements(session, closing_id, slot.id, now=now)
        _plan_recap(session, slot, vendor, number, totals, now)
        return True


def _next_number(session: Session, edition_id: int) -> int:
    counter = update(Edition).where(Edition.id == edition_id).values(closing_count=Edition.closing_count + 1)
    return session.execute(counter.returning(Edition.closing_count), execution_options={"synchronize_session": False}).scalar_one()


def _plan_recap(session: Session, slot: Slot, vendor: Vendor, number: int, totals: Totals, now: datetime) -> None:
    plan_recap(
        session,
        slot.edition_id,
        vendor_id=vendor.id,
        slot_id=slot.id,
        turn_starts_at=slot.starts_at,
        details={
            "number": number,
            "sale_count": totals.sale_count,
            "item_count": totals.item_count,
            "amount_idr": totals.amount_idr,
            "void_count": totals.void_count,
            "void_amount_idr": totals.void_amount_idr,
            "by_payment_method": totals.by_payment_method,
            "best_product": totals.best_product,
        },
        now=now,
    )
