"""A vendor says whether they can come to a turn, by their link or by an organizer who noted it on the phone."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, select
from sqlalchemy.orm import Session

from bazaar.accounts import audit
from bazaar.database import transaction
from bazaar.refusals import Refusal
from bazaar.reminders.nudges import fit_nudges
from bazaar.states import AnswerKind, LinkKind
from bazaar.turns import select_published
from models import Account, Answer, Edition, Link, Slot, Turn

LINK_ACTOR = "tautan lapak"
"""How the audit names whoever holds a vendor's link."""

HOST_ACTOR = "pembawa acara"
"""How a host is named whose link says nothing more."""


@dataclass(frozen=True)
class Answered:
    """What counts from now on, and whether that is new."""

    kind: AnswerKind
    is_new: bool


@dataclass(frozen=True)
class CurrentAnswer:
    """What a vendor said last about a turn. `by` is the organizer or host who noted it; empty: the vendor, by the link."""

    kind: AnswerKind
    answered_at: datetime
    by: str


def answer_turn(
    edition_id: int, slot_id: int, vendor_id: int, kind: AnswerKind, *, link_id: int | None = None, by: int | None = None, now: datetime
) -> Answered:
    """Append the vendor's answer about a turn; the newest counts, and the same one again changes nothing.

    `link_id` is the link it came by, `by` the account of an organizer who noted it. Refuses `turn_changed` when the slot is not (or no
    longer) this vendor's published turn, `turn_over` when the turn has ended or the edition is archived.
    """
    with transaction() as session:
        return note_answer(session, edition_id, slot_id, vendor_id, kind, link_id=link_id, by=by, now=now)


def note_answer(
    session: Session,
    edition_id: int,
    slot_id: int,
    vendor_id: int,
    kind: AnswerKind,
    *,
    link_id: int | None = None,
    by: int | None = None,
    actor: str = "",
    now: datetime,
) -> Answered:
    """Step: what `answer_turn` does, inside the caller's transaction; refuses as it does. `actor` names a way without an account.

    Reminders of the turn that the answer makes needless do not go any more, and those come back that a changed answer asks for.
    """
    slot = published_slot(session, edition_id, slot_id, vendor_id)
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
        actor=actor or (LINK_ACTOR if link_id is not None else ""),
        before=None if previous is None else {"slot_id": slot_id, "answer": previous},
        after={"slot_id": slot_id, "answer": kind},
    )
    fit_nudges(session, slot_id, vendor_id, now=now)
    return Answered(kind, is_new=True)


def newest_answers(session: Session, *which: ColumnElement[bool]) -> dict[tuple[int, int], CurrentAnswer]:
    """Query: (slot id, vendor id) -> the answer that counts, among the answers that fit."""
    noted = select(Answer, noted_by()).outerjoin(Account, Account.id == Answer.account_id).outerjoin(Link, Link.id == Answer.link_id)
    return {
        (answer.slot_id, answer.vendor_id): CurrentAnswer(answer.kind, answer.answered_at, by or "")
        for answer, by in session.execute(noted.where(*which).order_by(Answer.id))  # the newest comes last and stays
    }


def noted_by() -> ColumnElement[str]:
    """SQL: who noted an answer, with Account and Link joined: an account, or whom a host's link was made for; else null."""
    host = case((Link.label == "", HOST_ACTOR), else_=Link.label)
    return case((Account.name.is_not(None), Account.name), (Link.kind == LinkKind.HOST, host))


def newest_answer(session: Session, slot_id: int, vendor_id: int) -> AnswerKind | None:
    """Query: what counts for one turn; None while the vendor has said nothing."""
    found = newest_answers(session, Answer.slot_id == slot_id, Answer.vendor_id == vendor_id)
    return found[slot_id, vendor_id].kind if found else None


def is_about_edition(edition_id: int) -> ColumnElement[bool]:
    """SQL: whether an answer is about a slot of the edition."""
    return Answer.slot_id.in_(select(Slot.id).where(Slot.edition_id == edition_id))


def published_slot(session: Session, edition_id: int, slot_id: int, vendor_id: int) -> Slot:
    """Query: the slot of a vendor's published turn. Refuses `turn_changed`."""
    row = session.execute(
        select_published().where(Turn.edition_id == edition_id, Turn.slot_id == slot_id, Turn.vendor_id == vendor_id)
    ).one_or_none()
    if row is None:
        raise Refusal("turn_changed")
    return row[1]
