"""Who could stand in a slot and why others not: what an organizer sees before pinning somebody there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.editions.problem import id_of, problem_of_edition, slot_key, vendor_key
from bazaar.editions.versions import rotation_refs, turns_of
from bazaar.refusals import Refusal
from bazaar.rotation.problem import Problem, ProblemSlot
from bazaar.rotation.reasons.standing import OBSTACLES, Obstacle, Standing
from models import Edition, LiveSession, Slot, Vendor


@dataclass(frozen=True)
class Candidate:
    """A vendor, and what keeps it from the slot. `near_at` is the turn that is too close."""

    vendor_id: int
    business_name: str
    owner_name: str
    category: str
    turn_count: int
    obstacle: Obstacle | None
    near_at: datetime | None
    is_here: bool  # stands in this very slot
    is_movable: bool  # the obstacle is a turn that the next draft can put elsewhere


@dataclass(frozen=True)
class SlotPage:
    """One slot: who stands there, whom it is pinned to, who could."""

    slot_id: int
    live_session_id: int
    starts_at: datetime
    ends_at: datetime
    host_name: str
    points: int
    has_begun: bool
    is_called_off: bool
    holder: Candidate | None  # in the published rotation, else in the newest draft
    is_published: bool
    number_in_address: int | None  # of the draft, where nothing is published
    pinned: Candidate | None
    free: tuple[Candidate, ...]
    movable: tuple[Candidate, ...]
    blocked: tuple[tuple[Obstacle, tuple[Candidate, ...]], ...]

    @property
    def pin_obstacle(self) -> Obstacle | None:
        """What keeps the vendor it is pinned to from standing there, whatever the next draft moves."""
        return self.pinned.obstacle if self.pinned and not self.pinned.is_movable else None

    @property
    def is_pin_waiting(self) -> bool:
        """Whether somebody else stands where the pinned vendor is to stand, until the next draft."""
        return self.pinned is not None and self.can_be_pinned and (self.holder is None or self.holder.vendor_id != self.pinned.vendor_id)

    @property
    def can_be_pinned(self) -> bool:
        """Whether it still lies ahead and takes place."""
        return not self.has_begun and not self.is_called_off


def slot_page(edition_id: int, slot_id: int, *, now: datetime) -> SlotPage:
    """One slot of the edition with every vendor that takes part. Refuses `not_found`."""
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        slot, live = _slot(session, edition_id, slot_id)
        versions = rotation_refs(session, edition_id)
        shown = next((version for version in versions if version.is_published), None) or next(
            (version for version in versions if version.is_draft), None
        )
        standing = turns_of(session, shown.id if shown else None)
        problem = problem_of_edition(session, edition, seed=0, keep_published=False, now=now)
        vendors = {vendor.id: vendor for vendor in session.scalars(select(Vendor).where(Vendor.edition_id == edition_id))}
        starts = dict(session.execute(select(Slot.id, Slot.starts_at).where(Slot.edition_id == edition_id)).all())
    candidates = _candidates(problem, standing, slot.id, vendors, starts)
    by_id = {candidate.vendor_id: candidate for candidate in candidates}
    return SlotPage(
        slot_id=slot.id,
        live_session_id=live.id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        host_name=live.host_name,
        points=slot.points,
        has_begun=slot.starts_at <= now,
        is_called_off=live.withdrawn_at is not None,
        holder=_named(standing.get(slot.id), by_id, vendors),
        is_published=shown is not None and shown.is_published,
        number_in_address=shown.number if shown and shown.is_draft else None,
        pinned=_named(slot.pinned_vendor_id, by_id, vendors),
        free=tuple(candidate for candidate in candidates if candidate.obstacle is None),
        movable=tuple(candidate for candidate in candidates if candidate.is_movable),
        blocked=tuple(
            (obstacle, own)
            for obstacle in OBSTACLES
            if (own := tuple(each for each in candidates if each.obstacle == obstacle and not each.is_movable))
        ),
    )


def _slot(session: Session, edition_id: int, slot_id: int) -> tuple[Slot, LiveSession]:
    row = session.execute(
        select(Slot, LiveSession)
        .join(LiveSession, LiveSession.id == Slot.live_session_id)
        .where(Slot.id == slot_id, Slot.edition_id == edition_id)
    ).one_or_none()
    if row is None:
        raise Refusal("not_found")
    return row[0], row[1]


def _candidates(
    problem: Problem, standing: Mapping[int, int], slot_id: int, vendors: Mapping[int, Vendor], starts: Mapping[int, datetime]
) -> list[Candidate]:
    """Every vendor that takes part, those with the fewest turns first: they are who one looks for."""
    slot = next((slot for slot in problem.slots if slot.id == slot_key(slot_id)), None)
    if slot is None:
        return []
    plan: dict[str, str | None] = {slot_key(own): vendor_key(vendor_id) for own, vendor_id in standing.items()}
    # A pin binds whatever the plan says: it counts as a turn that does not move.
    fixed = {each.id: each.pin for each in problem.slots if each.pin is not None}
    now, next_draft = Standing(problem, plan), Standing(problem, fixed)
    found = [_candidate(now, next_draft, slot, vendor_id, vendors, starts) for vendor_id in now.vendors]
    return sorted(found, key=lambda candidate: (candidate.turn_count, candidate.business_name.lower()))


def _candidate(
    now: Standing, next_draft: Standing, slot: ProblemSlot, key: str, vendors: Mapping[int, Vendor], starts: Mapping[int, datetime]
) -> Candidate:
    vendor, row = now.vendors[key], vendors[id_of(key)]
    fixed_obstacle = next_draft.obstacle(vendor, slot)
    obstacle = fixed_obstacle or now.obstacle(vendor, slot)
    near = next_draft.near(vendor, slot) if fixed_obstacle else now.near(vendor, slot)
    return Candidate(
        vendor_id=row.id,
        business_name=row.business_name,
        owner_name=row.owner_name,
        category=row.category,
        turn_count=len(now.turns[key]),
        obstacle=obstacle,
        near_at=starts[id_of(near[0].id)] if obstacle == "near" and near else None,
        is_here=now.holders.get(slot.id) == key,
        is_movable=obstacle is not None and fixed_obstacle is None,
    )


def _named(vendor_id: int | None, known: Mapping[int, Candidate], vendors: Mapping[int, Vendor]) -> Candidate | None:
    """A vendor by name, also one that takes part no longer."""
    if vendor_id is None or vendor_id not in vendors:
        return None
    row = vendors[vendor_id]
    return known.get(vendor_id) or Candidate(
        row.id, row.business_name, row.owner_name, row.category, 0, None, None, is_here=False, is_movable=False
    )
