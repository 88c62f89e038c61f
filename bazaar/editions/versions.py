"""The versions of an edition's rotation: drafts, the published one, and those it replaced."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.editions.problem import slot_key, vendor_key
from bazaar.refusals import Refusal
from bazaar.states import RotationState
from models import Account, Rotation, Turn


@dataclass(frozen=True)
class RotationRef:
    """A version of the rotation, as lists and titles name it."""

    id: int
    number: int
    state: RotationState
    seed: int
    created_at: datetime
    created_by: str  # empty: a command
    published_at: datetime | None
    published_by: str
    turn_count: int

    @property
    def is_draft(self) -> bool:
        """Whether nobody has been told of it."""
        return self.state is RotationState.DRAFT

    @property
    def is_published(self) -> bool:
        """Whether it is in force."""
        return self.state is RotationState.PUBLISHED


def rotation_versions(edition_id: int) -> tuple[RotationRef, ...]:
    """Every version of an edition's rotation, the newest first."""
    with reading() as session:
        return rotation_refs(session, edition_id)


def rotation_refs(session: Session, edition_id: int) -> tuple[RotationRef, ...]:
    """The same inside an open session."""
    names = dict(
        session.execute(
            select(Account.id, Account.name).where(
                Account.id.in_(select(Rotation.created_by).where(Rotation.edition_id == edition_id))
                | Account.id.in_(select(Rotation.published_by).where(Rotation.edition_id == edition_id))
            )
        ).all()
    )
    counts = dict(
        session.execute(select(Turn.rotation_id, func.count()).where(Turn.edition_id == edition_id).group_by(Turn.rotation_id)).all()
    )
    columns = (
        Rotation.id,
        Rotation.number,
        Rotation.state,
        Rotation.seed,
        Rotation.created_at,
        Rotation.created_by,
        Rotation.published_at,
        Rotation.published_by,
    )
    rows = session.execute(select(*columns).where(Rotation.edition_id == edition_id).order_by(Rotation.number.desc())).all()
    return tuple(
        RotationRef(
            row.id,
            row.number,
            row.state,
            row.seed,
            row.created_at,
            names.get(row.created_by, ""),
            row.published_at,
            names.get(row.published_by, ""),
            counts.get(row.id, 0),
        )
        for row in rows
    )


def rotation_numbered(session: Session, edition_id: int, number: int) -> RotationRef:
    """The version of that number. Refuses `not_found`."""
    rotation = next((version for version in rotation_refs(session, edition_id) if version.number == number), None)
    if rotation is None:
        raise Refusal("not_found")
    return rotation


def published_ref(session: Session, edition_id: int) -> RotationRef | None:
    """The version in force; None while nothing is published."""
    return next((version for version in rotation_refs(session, edition_id) if version.is_published), None)


def turns_of(session: Session, rotation_id: int | None) -> dict[int, int]:
    """Slot id -> vendor id of one rotation."""
    if rotation_id is None:
        return {}
    return dict(session.execute(select(Turn.slot_id, Turn.vendor_id).where(Turn.rotation_id == rotation_id)).all())


def drawn_plan(session: Session, rotation: Rotation) -> dict[str, str | None]:
    """Step: the plan as it was drawn; of a rotation that did not keep it, what its turns say about the slots it was asked for."""
    if rotation.plan is not None:
        return dict(rotation.plan)
    turns = stored_turns(session, rotation.id)
    return {slot["id"]: turns.get(slot["id"]) for slot in rotation.problem.get("slots", ())}


def stored_turns(session: Session, rotation_id: int) -> dict[str, str]:
    """Step: the turns of a rotation as they stand now, in the planner's words."""
    rows = session.execute(select(Turn.slot_id, Turn.vendor_id).where(Turn.rotation_id == rotation_id))
    return {slot_key(slot_id): vendor_key(vendor_id) for slot_id, vendor_id in rows}
