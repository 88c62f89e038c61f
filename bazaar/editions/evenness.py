"""How even a rotation is, told of the rotation as it was built: what each vendor gets, what stays empty and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.editions.problem import id_of, slot_key, vendor_key
from bazaar.editions.publish import is_outdated
from bazaar.editions.versions import RotationRef, rotation_numbered, turns_of
from bazaar.rotation.problem import Problem, ProblemVendor, read_problem
from bazaar.rotation.score import ceilings_of, credit_of
from bazaar.rotation.standing import Obstacle, Standing
from bazaar.states import RotationState
from models import Edition, Rotation, Slot, Vendor

Order = Literal["name", "turns", "minutes", "good", "points", "before", "after"]
_DAY = 24 * 60


@dataclass(frozen=True)
class VendorShare:
    """What one vendor gets, and what it carried over and will carry on (points above or below the mean)."""

    vendor_id: int
    business_name: str
    owner_name: str
    turn_count: int
    minutes: int
    good_turn_count: int
    points: int
    credit_before: int
    credit_after: int
    missing_count: int  # turns that its guarantee asks for and the rotation does not give
    is_at_ceiling: bool  # could not have one more, whoever else gave way


@dataclass(frozen=True)
class OpenSlots:
    """Slots of one evening that nobody got, all for the same reasons: vendors counted by what keeps them away; None: nothing does."""

    slots: tuple[tuple[int, datetime], ...]  # (slot id, start)
    pinned_name: str  # meant for this vendor, who cannot stand there
    pin_obstacle: Obstacle | None
    reasons: tuple[tuple[Obstacle | None, int], ...]


@dataclass(frozen=True)
class Range:
    """The least and the most, and whether no plan can do better."""

    least: int
    most: int
    is_proved: bool

    @property
    def spread(self) -> int:
        """The difference."""
        return self.most - self.least


@dataclass(frozen=True)
class EvennessPage:
    """A rotation judged: in figures for each vendor, and in the parts that sentences are made of."""

    rotation: RotationRef
    published_number: int | None
    is_outdated: bool
    slot_count: int
    order: Order
    is_reversed: bool
    vendors: tuple[VendorShare, ...]
    open_slots: tuple[OpenSlots, ...]
    is_unfilled_proved: bool
    turns: Range  # of those who could have more
    good_turns: Range
    points: Range
    balance: Range  # points and credit together: what is really evened out
    limited: tuple[VendorShare, ...]  # have fewer turns than most others because their own days or wishes allow no more
    short: tuple[VendorShare, ...]  # did not get what they were guaranteed
    twin_count: int  # neighbours with goods of one kind
    wish_count: int  # turns of vendors that have a wish
    wish_missed_count: int
    good_from_minute: int
    good_until_minute: int
    digest: str

    @property
    def open_slot_count(self) -> int:
        """Slots that nobody got."""
        return sum(len(group.slots) for group in self.open_slots)


def evenness_page(edition_id: int, number: int, *, order: Order = "name", is_reversed: bool = False, now: datetime) -> EvennessPage:
    """The rotation of that number, its vendors in the order asked for. Refuses `not_found`."""
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        ref = rotation_numbered(session, edition_id, number)
        rotation = session.get_one(Rotation, ref.id)
        published = session.scalar(
            select(Rotation.number).where(Rotation.edition_id == edition_id, Rotation.state == RotationState.PUBLISHED)
        )
        problem = read_problem(rotation.problem)
        standing = Standing(problem, _plan(session, rotation.id))
        names = _names(session, edition_id)
        starts = dict(session.execute(select(Slot.id, Slot.starts_at).where(Slot.edition_id == edition_id)).all())
        outdated = ref.is_draft and is_outdated(session, edition, rotation, now=now)
    shares = _shares(problem, standing, names, edition)
    score, proved = rotation.score, rotation.proved
    most = max((share.turn_count for share in shares), default=0)
    least = min((share.turn_count for share in shares if not share.is_at_ceiling), default=most)
    return EvennessPage(
        rotation=ref,
        published_number=published,
        is_outdated=outdated,
        slot_count=len(problem.slots),
        order=order,
        is_reversed=is_reversed,
        vendors=tuple(_sorted(shares, order, is_reversed)),
        open_slots=_open_slots(standing, names, starts),
        is_unfilled_proved="unfilled" in proved,
        turns=Range(least, most, "spread" in proved),
        good_turns=_range(share.good_turn_count for share in shares),
        points=_range(share.points for share in shares),
        balance=replace(_range(share.points + share.credit_before for share in shares), is_proved="dev_max" in proved),
        limited=tuple(share for share in shares if share.is_at_ceiling and share.turn_count < most),
        short=tuple(share for share in shares if share.missing_count),
        twin_count=score.get("adj", 0),
        wish_count=sum(len(standing.turns[vendor.id]) for vendor in problem.vendors if vendor.wish is not None),
        wish_missed_count=score.get("wish_miss", 0),
        good_from_minute=edition.good_from_minute,
        good_until_minute=edition.good_until_minute,
        digest=rotation.digest,
    )


def _plan(session: Session, rotation_id: int) -> dict[str, str | None]:
    return {slot_key(slot_id): vendor_key(vendor_id) for slot_id, vendor_id in turns_of(session, rotation_id).items()}


def _names(session: Session, edition_id: int) -> dict[str, tuple[str, str]]:
    """Key -> business and owner; a draft may be older than a vendor's deletion."""
    rows = session.execute(select(Vendor.id, Vendor.business_name, Vendor.owner_name).where(Vendor.edition_id == edition_id))
    return {vendor_key(vendor_id): (business, owner) for vendor_id, business, owner in rows}


def _name(names: Mapping[str, tuple[str, str]], key: str) -> tuple[str, str]:
    return names.get(key, ("Lapak yang sudah dihapus", ""))


def _shares(problem: Problem, standing: Standing, names: Mapping[str, tuple[str, str]], edition: Edition) -> list[VendorShare]:
    points = {vendor.id: sum(slot.weight for slot in standing.turns[vendor.id]) for vendor in problem.vendors}
    ceilings = ceilings_of(problem)
    before, after = credit_of(problem), credit_of(_next_edition(problem, points))
    return [
        VendorShare(
            vendor_id=id_of(vendor.id),
            business_name=_name(names, vendor.id)[0],
            owner_name=_name(names, vendor.id)[1],
            turn_count=len(own := standing.turns[vendor.id]),
            minutes=sum(slot.minutes for slot in own),
            good_turn_count=sum(edition.good_from_minute <= slot.start % _DAY < edition.good_until_minute for slot in own),
            points=points[vendor.id],
            credit_before=before[vendor.id],
            credit_after=after[vendor.id],
            missing_count=max(0, vendor.min_turns - len(own)),
            is_at_ceiling=len(own) >= ceilings[vendor.id],
        )
        for vendor in problem.vendors
    ]


def _next_edition(problem: Problem, points: Mapping[str, int]) -> Problem:
    """The same vendors one edition later: what they get now has become the newest past."""
    return replace(problem, vendors=tuple(_older(vendor, points[vendor.id]) for vendor in problem.vendors))


def _older(vendor: ProblemVendor, points: int) -> ProblemVendor:
    return replace(vendor, past=(points, *vendor.past))


def _range(values: Any) -> Range:
    known = list(values)
    return Range(min(known, default=0), max(known, default=0), False)


def _open_slots(standing: Standing, names: Mapping[str, tuple[str, str]], starts: Mapping[int, datetime]) -> tuple[OpenSlots, ...]:
    """By time. A slot that was cut away since has no start any more and is left out."""
    groups: dict[tuple[Any, ...], list[tuple[int, datetime]]] = {}
    for slot in sorted(standing.problem.slots, key=lambda slot: (slot.day, slot.start, slot.id)):
        slot_id = id_of(slot.id)
        if slot.id in standing.holders or slot_id not in starts:
            continue
        pinned = standing.vendors.get(slot.pin or "")
        why = (
            _name(names, pinned.id)[0] if pinned else "",
            standing.obstacle(pinned, slot) if pinned else None,
            standing.count_obstacles(slot),
        )
        groups.setdefault((slot.day, *why), []).append((slot_id, starts[slot_id]))
    return tuple(OpenSlots(tuple(slots), *why) for (_day, *why), slots in groups.items())


def _sorted(shares: Sequence[VendorShare], order: Order, is_reversed: bool) -> list[VendorShare]:
    """Figures the largest first, names from A; reversed the other way round. Equal figures stay in the order of names."""
    by_name = sorted(shares, key=lambda share: share.business_name.lower())
    if order == "name":
        return by_name[::-1] if is_reversed else by_name
    figures = {
        "turns": lambda share: share.turn_count,
        "minutes": lambda share: share.minutes,
        "good": lambda share: share.good_turn_count,
        "points": lambda share: share.points,
        "before": lambda share: share.credit_before,
        "after": lambda share: share.credit_after,
    }
    return sorted(by_name, key=figures[order], reverse=not is_reversed)
