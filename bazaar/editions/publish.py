"""Publishes a draft: the older rotation steps back, reminders follow the difference, all in one transaction. Nothing is sent here."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bazaar.database import reading, transaction
from bazaar.editions.editing import locked_edition, note_change
from bazaar.editions.problem import problem_of_edition, slot_key, vendor_key
from bazaar.refusals import Refusal
from bazaar.reminders.plan import PlanCounts, replace_plan
from bazaar.rotation.problem import read_problem
from bazaar.rotation.score import score_plan
from bazaar.states import RotationState
from bazaar.turns import published_turns
from models import Edition, Rotation, Slot, Turn


@dataclass(frozen=True)
class Published:
    """The rotation in force, and what its publishing did to vendors."""

    rotation_id: int
    number: int
    counts: PlanCounts


def publish_rotation(rotation_id: int, *, by: int | None, now: datetime) -> Published:
    """Put a draft in force. Publishing the rotation that is in force already changes nothing.

    Refuses `not_found`, `edition_archived`, `draft_gone` (superseded or discarded) and `draft_outdated` (slots, vendors, days off,
    pins or what has begun are no longer what the draft was built from).
    """
    with transaction() as session:
        rotation = _rotation(session, rotation_id)
        edition = locked_edition(session, rotation.edition_id)
        session.refresh(rotation)
        previous = published_turns(session, edition.id)
        if rotation.state is RotationState.PUBLISHED:
            return Published(rotation.id, rotation.number, replace_plan(session, edition.id, previous=previous, now=now))
        if rotation.state is not RotationState.DRAFT:
            raise Refusal("draft_gone", number=rotation.number)
        if is_outdated(session, edition, rotation, now=now):
            raise Refusal("draft_outdated", number=rotation.number)
        _put_in_force(session, rotation, by, now)
        counts = replace_plan(session, edition.id, previous=previous, now=now)
        after = {"number": rotation.number, "new": counts.new, "moved": counts.moved, "removed": counts.removed}
        note_change(session, edition, "publish_rotation", "rotation", rotation.id, by=by, now=now, after=after)
        return Published(rotation.id, rotation.number, counts)


def discard_rotation(rotation_id: int, *, by: int | None, now: datetime) -> None:
    """Put a draft away. Doing it twice changes nothing. Refuses `not_found`, `edition_archived` and `draft_gone` (it was published)."""
    with transaction() as session:
        rotation = _rotation(session, rotation_id)
        edition = locked_edition(session, rotation.edition_id)
        discarded = session.execute(
            update(Rotation)
            .where(Rotation.id == rotation_id, Rotation.state == RotationState.DRAFT)
            .values(state=RotationState.DISCARDED)
            .execution_options(synchronize_session=False)
        )
        if discarded.rowcount:  # type: ignore[attr-defined] # an UPDATE's result counts rows
            note_change(session, edition, "discard_rotation", "rotation", rotation_id, by=by, now=now)
            return
        session.refresh(rotation)
        if rotation.state is not RotationState.DISCARDED:
            raise Refusal("draft_gone", number=rotation.number)


def newest_draft_id(edition_id: int) -> int:
    """The draft that was built last. Refuses `no_draft`."""
    with reading() as session:
        rotation_id = session.scalar(
            select(Rotation.id)
            .where(Rotation.edition_id == edition_id, Rotation.state == RotationState.DRAFT)
            .order_by(Rotation.number.desc())
            .limit(1)
        )
    if rotation_id is None:
        raise Refusal("no_draft")
    return rotation_id


def is_outdated(session: Session, edition: Edition, rotation: Rotation, *, now: datetime) -> bool:
    """Step: whether a draft no longer answers what the edition asks: more slots to fill, or a rule broken that was not when it was built.

    Whatever begins between building and publishing is pinned to who really stood there, so a draft that says otherwise breaks a pin.
    Where nothing was published nobody stood there.
    """
    in_force = published_turns(session, edition.id)
    if not in_force and _has_begun_since(session, rotation, now):
        return True
    asked = read_problem(rotation.problem)
    current = problem_of_edition(session, edition, seed=rotation.seed, keep_published=asked.published is not None, now=now)
    current_slots = {slot.id for slot in current.slots}
    if current_slots - {slot.id for slot in asked.slots}:
        return True
    carried_over = {slot_key(turn.slot_id) for turn in in_force if turn.starts_at <= now} - current_slots
    plan: dict[str, str | None] = {
        slot_key(turn.slot_id): vendor_key(turn.vendor_id)
        for turn in session.scalars(select(Turn).where(Turn.rotation_id == rotation.id))
        if slot_key(turn.slot_id) not in carried_over
    }
    return score_plan(current, plan).hard > int(rotation.score["hard"])


def _has_begun_since(session: Session, rotation: Rotation, now: datetime) -> bool:
    """Whether a turn of the draft has begun after it was built."""
    begun = (Slot.starts_at > rotation.created_at, Slot.starts_at <= now)
    found = select(Turn.slot_id).join(Slot, Slot.id == Turn.slot_id).where(Turn.rotation_id == rotation.id, *begun)
    return session.scalar(found.limit(1)) is not None


def _rotation(session: Session, rotation_id: int) -> Rotation:
    rotation = session.get(Rotation, rotation_id)
    if rotation is None:
        raise Refusal("not_found")
    return rotation


def _put_in_force(session: Session, rotation: Rotation, by: int | None, now: datetime) -> None:
    session.execute(
        update(Rotation)
        .where(Rotation.edition_id == rotation.edition_id, Rotation.state == RotationState.PUBLISHED)
        .values(state=RotationState.SUPERSEDED)
        .execution_options(synchronize_session=False)
    )
    published = session.execute(
        update(Rotation)
        .where(Rotation.id == rotation.id, Rotation.state == RotationState.DRAFT)
        .values(state=RotationState.PUBLISHED, published_at=now, published_by=by)
        .execution_options(synchronize_session=False)
    )
    if published.rowcount == 0:  # type: ignore[attr-defined] # an UPDATE's result counts rows
        raise Refusal("draft_gone", number=rotation.number)
