"""Cutting a live session into slots, and cutting it anew without losing what already hangs on them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from bazaar.editions.points import rules_of, slot_points
from bazaar.refusals import Refusal
from bazaar.states import RotationState
from models import Answer, Closing, Edition, LiveSession, Rotation, Sale, Slot, Turn

_MOST_SLOTS = 96


@dataclass(frozen=True)
class Cut:
    """A slot to be: its place in the live session and its times."""

    position: int
    starts_at: datetime
    ends_at: datetime


def cut(starts_at: datetime, ends_at: datetime, slot_minutes: int) -> list[Cut]:
    """Whole slots only: what is left at the end is time to say goodbye. Refuses `slots_do_not_fit` (none, or too many)."""
    length = timedelta(minutes=slot_minutes)
    count = (ends_at - starts_at) // length if slot_minutes > 0 else 0
    if not 1 <= count <= _MOST_SLOTS:
        raise Refusal("slots_do_not_fit", minutes=slot_minutes)
    return [Cut(index + 1, starts_at + index * length, starts_at + (index + 1) * length) for index in range(count)]


def put_slots(session: Session, edition: Edition, live_session: LiveSession) -> None:
    """Step: make the slots of a live session what its times say. A slot keeps its identity by its position.

    Slots past the new end go, with the turns that drafts gave them. Whoever calls has made sure that nothing else hangs on them.
    """
    wanted = cut(live_session.starts_at, live_session.ends_at, live_session.slot_minutes)
    slots = {slot.position: slot for slot in session.scalars(select(Slot).where(Slot.live_session_id == live_session.id))}
    extra = [slot.id for position, slot in slots.items() if position > len(wanted)]
    if extra:
        session.execute(delete(Turn).where(Turn.slot_id.in_(extra)))
        session.execute(delete(Slot).where(Slot.id.in_(extra)))
    rules = rules_of(edition)
    for piece in wanted:
        slot = slots.get(piece.position) or Slot(edition_id=edition.id, live_session_id=live_session.id, position=piece.position)
        slot.starts_at, slot.ends_at = piece.starts_at, piece.ends_at
        slot.points = slot_points(live_session.slot_minutes, piece.starts_at, live_session.starts_at, rules)
        session.add(slot)


def used_slots(session: Session, live_session_id: int) -> list[Slot]:
    """The slots on which something hangs that outlives a draft: a published turn (now or earlier), an answer, a sale, a closing."""
    return _used(session, Slot.live_session_id == live_session_id)


def used_slots_by_live_session(session: Session, edition_id: int) -> dict[int, list[Slot]]:
    """The same of a whole edition, read at once; a live session without any is missing."""
    found: dict[int, list[Slot]] = {}
    for slot in _used(session, Slot.edition_id == edition_id):
        found.setdefault(slot.live_session_id, []).append(slot)
    return found


def _used(session: Session, which: ColumnElement[bool]) -> list[Slot]:
    seen = (RotationState.PUBLISHED, RotationState.SUPERSEDED)
    published = select(Turn.slot_id).join(Rotation, Rotation.id == Turn.rotation_id).where(Rotation.state.in_(seen))
    return list(
        session.scalars(
            select(Slot)
            .where(
                which,
                or_(
                    Slot.id.in_(published),
                    Slot.id.in_(select(Answer.slot_id)),
                    Slot.id.in_(select(Sale.slot_id)),
                    Slot.id.in_(select(Closing.slot_id)),
                ),
            )
            .order_by(Slot.position)
        )
    )
