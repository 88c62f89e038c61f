"""The published turns, as one SELECT that every feature joins: who stands where according to the rotation in force.

What was called off before it began does not count; what had begun stays a fact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from bazaar.states import RotationState
from models import LiveSession, Rotation, Slot, Turn, Vendor


@dataclass(frozen=True)
class PublishedTurn:
    """One vendor in one slot of the published rotation, with the slot's times as they are now (UTC)."""

    slot_id: int
    vendor_id: int
    live_session_id: int
    starts_at: datetime
    ends_at: datetime


def select_published() -> Select[Turn, Slot, LiveSession, Vendor]:
    """(Turn, Slot, LiveSession, Vendor) of every published rotation; narrow it with `.where(...)`.

    A turn that lay ahead when its vendor or its live session was withdrawn no longer counts; one already begun still does.
    """
    return (
        select(Turn, Slot, LiveSession, Vendor)
        .join(Rotation, Rotation.id == Turn.rotation_id)
        .join(Slot, Slot.id == Turn.slot_id)
        .join(LiveSession, LiveSession.id == Slot.live_session_id)
        .join(Vendor, Vendor.id == Turn.vendor_id)
        .where(
            Rotation.state == RotationState.PUBLISHED,
            or_(Vendor.withdrawn_at.is_(None), Slot.starts_at <= Vendor.withdrawn_at),
            or_(LiveSession.withdrawn_at.is_(None), Slot.starts_at <= LiveSession.withdrawn_at),
        )
    )


def published_turns(session: Session, edition_id: int) -> list[PublishedTurn]:
    """The turns of an edition in force, by start. Take this before a change and hand it to `reminders.plan.replace_plan` after."""
    rows = session.execute(select_published().where(Turn.edition_id == edition_id).order_by(Slot.starts_at, Slot.id)).all()
    return [PublishedTurn(slot.id, vendor.id, live_session.id, slot.starts_at, slot.ends_at) for _turn, slot, live_session, vendor in rows]


def live_sessions_held(session: Session, edition_id: int) -> Sequence[LiveSession]:
    """The live sessions of an edition by start, without those that were called off before they began."""
    took_place = or_(LiveSession.withdrawn_at.is_(None), LiveSession.starts_at <= LiveSession.withdrawn_at)
    return session.scalars(
        select(LiveSession).where(LiveSession.edition_id == edition_id, took_place).order_by(LiveSession.starts_at)
    ).all()
