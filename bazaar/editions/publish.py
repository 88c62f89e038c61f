"""Publishes a draft: the older rotation steps back, reminders follow the difference, all in one transaction. Nothing is sent here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bazaar.airtime import make_ups_of
from bazaar.database import reading, transaction
from bazaar.editions.editing import locked_edition, note_change
from bazaar.editions.problem import SOON, problem_of_edition, slot_key, vendor_key
from bazaar.refusals import Refusal
from bazaar.reminders.plan import PlanCounts, replace_plan
from bazaar.rotation.problem import Problem, ProblemSlot, ProblemVendor, read_problem
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


def publish_rotation(rotation_id: int, *, despite_broken: bool = False, by: int | None, now: datetime) -> Published:
    """Put a draft in force. Publishing the rotation that is in force already changes nothing.

    despite_broken: somebody has seen which hard rules it breaks (`broken_turns`) and wants it all the same.
    Refuses `not_found`, `edition_archived`, `draft_gone` (superseded or discarded), `draft_outdated` (slots, vendors, days off,
    pins or what has begun are no longer what the draft was built from) and `draft_broken` (it breaks a hard rule).
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
        broken = int(rotation.score.get("hard", 0))
        if broken and not despite_broken:
            raise Refusal("draft_broken", number=rotation.number, count=broken)
        _put_in_force(session, rotation, by, now)
        counts = replace_plan(session, edition.id, previous=previous, now=now)
        after = {"number": rotation.number, "new": counts.new, "moved": counts.moved, "removed": counts.removed, "broken": broken}
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
    """Step: whether a draft no longer answers what the edition asks, so that what was proved of it need not be true any more.

    That is so when slots, vendors or rules are not what it was built from; when something else was published that it would repair; and
    when it breaks a rule that it did not break then: whatever begins between building and publishing is pinned to who really stood
    there. Where nothing was published nobody stood there. Time alone spoils no draft, nor do minutes that were lost.
    """
    in_force = published_turns(session, edition.id)
    if not in_force and _has_begun_since(session, rotation, now):
        return True
    asked = read_problem(rotation.problem)
    current = problem_of_edition(session, edition, seed=rotation.seed, keep_published=asked.published is not None, now=now)
    starts = {
        slot_key(slot_id): at for slot_id, at in session.execute(select(Slot.id, Slot.starts_at).where(Slot.edition_id == edition.id))
    }
    ahead = {slot for slot, at in starts.items() if at > now}
    soon = {slot for slot in ahead if starts[slot] <= rotation.created_at + SOON}
    told = {slot_key(turn.slot_id): vendor_key(turn.vendor_id) for turn in in_force}
    spared = {slot: holder for slot, holder in told.items() if slot in soon}
    owed = {vendor_key(vendor_id) for vendor_id in make_ups_of(session, edition.id)}
    if asked.rules != current.rules or _other_slots(asked, current, starts, ahead, spared) or _other_vendors(asked, current, ahead, owed):
        return True
    current_slots = {slot.id for slot in current.slots}
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


def _other_slots(asked: Problem, current: Problem, starts: Mapping[str, datetime], ahead: set[str], spared: Mapping[str, str]) -> bool:
    """Whether the slots differ, or what was decided about them. spared: turns so near that a draft may have left them alone."""
    before, after = {slot.id: slot for slot in asked.slots}, {slot.id: slot for slot in current.slots}
    if after.keys() - before.keys() or any(slot in ahead or slot not in starts for slot in before.keys() - after.keys()):
        return True  # one that has begun and is nobody's turn leaves by itself

    def was_unpinned(slot: ProblemSlot) -> bool:
        pin = before[slot.id].pin
        return pin is not None and slot.pin is None and pin != spared.get(slot.id)

    def has_other_holder(slot: ProblemSlot) -> bool:
        return asked.published is not None and asked.published.get(slot.id) != (current.published or {}).get(slot.id)

    return any(
        (slot.id in ahead and replace(slot, pin=None) != replace(before[slot.id], pin=None)) or was_unpinned(slot) or has_other_holder(slot)
        for slot in current.slots
    )


def _other_vendors(asked: Problem, current: Problem, ahead: set[str], owed: set[str]) -> bool:
    """Whether other vendors take part, or one of them can or wants something else on an evening that lies ahead as a whole.

    owed: vendors whose turn failed; what they are guaranteed rises by itself, and the debt outlives whatever is published meanwhile.
    """
    evenings = {slot.day for slot in current.slots} - {slot.day for slot in current.slots if slot.id not in ahead}
    most = min(len(asked.slots), len(current.slots))

    def wanted(vendor: ProblemVendor) -> ProblemVendor:
        least = 0 if vendor.id in owed else vendor.min_turns
        return replace(vendor, days_off=vendor.days_off & evenings, max_turns=min(vendor.max_turns, most), min_turns=least)

    return {vendor.id: wanted(vendor) for vendor in asked.vendors} != {vendor.id: wanted(vendor) for vendor in current.vendors}


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
