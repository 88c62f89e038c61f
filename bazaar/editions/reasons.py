"""Why a rotation is as it is, with the names and hours that sentences need: one slot, one vendor.

The planner counts (`rotation/reasons/explain.py`); nothing is judged here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.editions.conflicts import GONE
from bazaar.editions.problem import SOON, id_of, slot_key, vendor_key
from bazaar.editions.versions import rotation_refs, turns_of
from bazaar.rotation.problem import Problem, read_problem
from bazaar.rotation.reasons.explain import Loss, VendorReasons, explain, explain_vendor, joint_limits_of, limits_of
from bazaar.rotation.reasons.standing import Standing
from bazaar.rotation.score import ceilings_of, credit_of
from bazaar.states import RotationState
from models import Rotation, Slot, Vendor


@dataclass(frozen=True)
class Share:
    """So many others for the same reason. `names`: the first few."""

    loss: Loss
    count: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class SlotWhy:
    """Why a vendor stands in a slot, or nobody. `as_good_swaps`: could change places with the holder and nothing would be worse."""

    is_empty: bool
    is_kept: bool  # nobody pinned it: it had begun, or was near, when the rotation was drawn, so it stayed
    losses: tuple[Share, ...]
    as_good_swaps: Share | None
    better_swaps: Share | None
    movable: tuple[tuple[str, tuple[datetime, ...]], ...]  # of an empty slot: who could come if these turns were elsewhere


@dataclass(frozen=True)
class VendorWhy:
    """Why a vendor has so many turns, in the rotation of that number."""

    reasons: VendorReasons
    number: int
    is_published: bool
    free_count: int  # slots of others that it could take without breaking a rule
    pinned_count: int  # slots that people pinned to others
    kept_count: int  # slots of others that had begun, or were near, when the rotation was drawn, so that they stayed


@dataclass(frozen=True)
class OwnWhy:
    """What a vendor may know of its published turns. The counts are of other vendors, tried at the time of the next turn."""

    other_count: int  # nought where there is no turn ahead, or it came after the draw
    away_count: int  # cannot come then: day, hours, language
    near_count: int  # have a turn of their own too close to it, or all they want
    ceiling: int | None  # where it is reached: more turns do not fit
    is_own_limit: bool  # the ceiling is the number of turns that the vendor asked for
    credit: int  # points carried over from earlier editions: more than nought, had more than others
    points: int  # of this edition's turns
    mean_points: Fraction  # of everybody in the draw

    @property
    def is_made_good(self) -> bool:
        """Whether this edition really leans the other way: less than the mean after more, or more than the mean after less."""
        return self.points < self.mean_points if self.credit > 0 else self.credit < 0 and self.points > self.mean_points


def slot_why(edition_id: int, slot_id: int) -> SlotWhy | None:
    """Why the vendor stands there, in the published rotation, else in the newest draft. None where no rotation was drawn with it."""
    with reading() as session:
        known = _shown(session, edition_id)
        if known is None:
            return None
        rotation, problem, plan = known
        if slot_key(slot_id) not in {slot.id for slot in problem.slots}:
            return None
        vendors = dict(session.execute(select(Vendor.id, Vendor.business_name).where(Vendor.edition_id == edition_id)).all())
        kept = _kept_slots(session, rotation)
        starts = dict(session.execute(select(Slot.id, Slot.starts_at).where(Slot.edition_id == edition_id)).all())
    reasons = explain(problem, plan, slot_key(slot_id))
    swaps = {loss.gains is not None: loss for loss in reasons.swaps if loss.level is None}
    return SlotWhy(
        is_empty=plan.get(slot_key(slot_id)) is None,
        is_kept=slot_key(slot_id) in kept,
        losses=tuple(_share(loss, vendors) for loss in reasons.loses),
        as_good_swaps=_share(swaps[False], vendors) if False in swaps else None,
        better_swaps=_share(swaps[True], vendors) if True in swaps else None,
        movable=tuple(
            (vendors.get(id_of(vendor), GONE), tuple(starts[id_of(turn)] for turn in turns if id_of(turn) in starts))
            for vendor, turns in reasons.give_way
        ),
    )


def vendor_why(edition_id: int, vendor_id: int) -> VendorWhy | None:
    """Why the vendor has so many turns, in the published rotation, else in the newest draft. None where it had no part in it."""
    with reading() as session:
        known = _shown(session, edition_id)
        if known is None:
            return None
        rotation, problem, plan = known
        kept = _kept_slots(session, rotation)
    if vendor_key(vendor_id) not in {vendor.id for vendor in problem.vendors}:
        return None
    reasons = explain_vendor(problem, plan, vendor_key(vendor_id))
    free_count = sum(len(loss.ids) for loss in reasons.one_more if loss.level != "hard")
    fixed = {slot for loss in reasons.one_more if loss.reason == "pinned" for slot in loss.ids}
    return VendorWhy(reasons, rotation.number, rotation.published_at is not None, free_count, len(fixed - kept), len(fixed & kept))


def own_why(edition_id: int, vendor_id: int, slot_id: int | None) -> OwnWhy | None:
    """Why the published rotation gives the vendor its turns, and this slot. None where it had no part in the draw."""
    with reading() as session:
        published = (Rotation.edition_id == edition_id, Rotation.state == RotationState.PUBLISHED)
        rotation = session.scalar(select(Rotation).where(*published))
        if rotation is None or not rotation.problem:
            return None
        turns = turns_of(session, rotation.id)
    problem = read_problem(rotation.problem)
    standing = Standing(problem, {slot_key(slot): vendor_key(holder) for slot, holder in turns.items()})
    vendor = standing.vendors.get(vendor_key(vendor_id))
    if vendor is None:
        return None
    slot = standing.slots.get(slot_key(slot_id or 0))
    others = [other for other in problem.vendors if other.id != vendor.id] if slot else []
    obstacles = [standing.obstacle(other, slot) for other in others if slot]
    points = {each.id: sum(turn.weight for turn in standing.turns[each.id]) for each in problem.vendors}
    ceiling = ceilings_of(replace(problem, vendors=(vendor,)))[vendor.id]
    limits = {*dict(limits_of(problem, vendor, ceiling)), *joint_limits_of(problem, vendor, ceiling)}
    return OwnWhy(
        other_count=len(others),
        away_count=sum(obstacle in ("away", "hours", "language") for obstacle in obstacles),
        near_count=sum(obstacle in ("near", "full") for obstacle in obstacles),
        ceiling=ceiling if ceiling and len(standing.turns[vendor.id]) >= ceiling else None,
        is_own_limit="max" in limits,
        credit=credit_of(problem)[vendor.id],
        points=points[vendor.id],
        mean_points=Fraction(sum(points.values()), len(points)),
    )


def _shown(session: Session, edition_id: int) -> tuple[Rotation, Problem, dict[str, str | None]] | None:
    """The rotation that the board shows, with the problem it answers."""
    versions = rotation_refs(session, edition_id)
    ref = next((each for each in versions if each.is_published), None) or next((each for each in versions if each.is_draft), None)
    rotation = session.get(Rotation, ref.id) if ref else None
    if rotation is None or not rotation.problem:
        return None
    plan: dict[str, str | None] = {slot_key(slot): vendor_key(vendor) for slot, vendor in turns_of(session, rotation.id).items()}
    return rotation, read_problem(rotation.problem), plan


def _kept_slots(session: Session, rotation: Rotation) -> set[str]:
    """Slots that nobody pinned and that had begun, or were near, when the rotation was drawn: the problem has their vendors pinned."""
    if rotation.hand_pins is not None:
        return {slot["id"] for slot in rotation.problem["slots"] if slot["pin"] is not None} - set(rotation.hand_pins)
    is_kept = (Slot.starts_at <= rotation.created_at + SOON, Slot.pinned_vendor_id.is_(None))
    slot_ids = session.scalars(select(Slot.id).where(Slot.edition_id == rotation.edition_id, *is_kept))
    return {slot_key(slot_id) for slot_id in slot_ids}


def _share(loss: Loss, vendors: Mapping[int, str]) -> Share:
    return Share(loss, len(loss.ids), tuple(vendors.get(id_of(key), GONE) for key in loss.ids[:3]))
