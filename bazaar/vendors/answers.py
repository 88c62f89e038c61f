"""A vendor says whether they can come to a turn, by their link or by an organizer who noted it on the phone."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.accounts import audit
from bazaar.database import transaction
from bazaar.refusals import Refusal
from bazaar.states import AnswerKind
from bazaar.turns import select_published
from models import Answer, Edition, Slot, Turn

LINK_ACTOR = "tautan penjual"
"""How the audit names whoever holds a vendor's link."""


@dataclass(frozen=True)
class Answered:
    """What counts from now on, and whether that is new."""

    kind: AnswerKind
    is_new: bool


def answer_turn(
    edition_id: int, slot_id: int, vendor_id: int, kind: AnswerKind, *, link_id: int | None = None, by: int | None = None, now: datetime
) -> Answered:
    """Append the vendor's answer about a turn; the newest counts, and the same one again changes nothing.

    `link_id` is the link it came by, `by` the account of an organizer who noted it. Refuses `turn_changed` when the slot is not (or no
    longer) this vendor's published turn, `turn_over` when the turn has ended or the edition is archived.
    """
    with transaction() as session:
        slot = _published_slot(session, edition_id, slot_id, vendor_id)
        edition = session.get_one(Edition, edition_id)
        if slot.ends_at <= now or edition.archived_at is not None:
            raise Refusal("turn_over")
        previous = newest_answer(session, slot_id, vendor_id)
        if previous is kind:
            return Answered(kind, is_new=False)
        session.add(Answer(slot_id=slot_id, vendor_id=vendor_id, kind=kind, answered_at=now, link_id=link_id, account_id=by))
        audit.note(
            session,
            "answer_turn",
            "vendor",
            vendor_id,
            now=now,
            bazaar_id=edition.bazaar_id,
            by=by,
            actor=LINK_ACTOR if link_id is not None else "",
            before=None if previous is None else {"slot_id": slot_id, "answer": previous},
            after={"slot_id": slot_id, "answer": kind},
        )
        return Answered(kind, is_new=True)


def newest_answer(session: Session, slot_id: int, vendor_id: int) -> AnswerKind | None:
    """Query: what counts for one turn; None while the vendor has said nothing."""
    return session.scalar(
        select(Answer.kind).where(Answer.slot_id == slot_id, Answer.vendor_id == vendor_id).order_by(Answer.id.desc()).limit(1)
    )


def _published_slot(session: Session, edition_id: int, slot_id: int, vendor_id: int) -> Slot:
    row = session.execute(
        select_published().where(Turn.edition_id == edition_id, Turn.slot_id == slot_id, Turn.vendor_id == vendor_id)
    ).one_or_none()
    if row is None:
        raise Refusal("turn_changed")
    return row[1]
