"""How even a rotation is, told of the rotation as it was built: what each vendor gets, what stays empty and why."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.editions.levels import Level, Verdict, levels_of, verdict_of
from bazaar.editions.problem import id_of, vendor_key
from bazaar.editions.publish import is_outdated
from bazaar.editions.shares import (
    Column,
    GoodHours,
    Order,
    VendorShare,
    column_of,
    columns_of,
    name_of,
    share_rows,
    shares_of,
    sorted_shares,
)
from bazaar.editions.versions import RotationRef, drawn_plan, rotation_numbered, turns_of
from bazaar.rotation.problem import Problem, read_problem
from bazaar.rotation.reasons.standing import Obstacle, Standing
from bazaar.states import RotationState
from models import Edition, Rotation, Slot, Vendor


@dataclass(frozen=True)
class Asked:
    """What the draw was asked, as far as sentences about its result need it."""

    slot_count: int
    guaranteed_count: int  # vendors with a guarantee
    wanted_gap_days: int
    left_out_count: int  # turns of the rotation that the draw was not about: they failed, or their vendor had left, before it


@dataclass(frozen=True)
class OpenSlots:
    """Slots of one evening that nobody got, all for the same reasons: vendors counted by what keeps them away; None: nothing does."""

    slots: tuple[tuple[int, datetime], ...]  # (slot id, start)
    pinned_name: str  # meant for this vendor, who cannot stand there
    pin_obstacle: Obstacle | None
    reasons: tuple[tuple[Obstacle | None, int], ...]


@dataclass(frozen=True)
class EvennessPage:
    """A rotation judged: in figures for each vendor, in the parts that sentences are made of, and by what is proved."""

    rotation: RotationRef
    published_number: int | None
    is_outdated: bool
    asked: Asked
    order: Order
    is_reversed: bool
    vendors: tuple[VendorShare, ...]
    columns: Mapping[Order, Column]
    open_slots: tuple[OpenSlots, ...]
    verdict: Verdict
    levels: tuple[Level, ...]
    is_repair: bool
    extra_changes: int
    turns: Column  # of those who could have more
    turn_counts: tuple[tuple[int, int], ...]  # (turns, how many vendors have so many), most turns first
    limited: tuple[VendorShare, ...]  # have fewer turns than most others because their own days or wishes allow no more
    short: tuple[VendorShare, ...]  # did not get what they were guaranteed
    wish_count: int  # turns of vendors that have a wish
    good: GoodHours
    digest: str

    @property
    def open_slot_count(self) -> int:
        """Slots that nobody got."""
        return sum(len(group.slots) for group in self.open_slots)

    @property
    def mean_points(self) -> float:
        """Points, with what was carried over, that each would have if they could be cut like a cake."""
        return round((self.columns["points"].total + self.columns["before"].total) / max(1, len(self.vendors)), 1)

    @property
    def is_made_up(self) -> bool:
        """Whether fewer minutes in good hours were made up for: nobody is limited, points are as even as they can be."""
        return self.columns["good"].spread > 0 and self.verdict == "fairest" and not self.limited

    def level(self, part: str) -> Level | None:
        """That part of the score; None where the draw was not judged by it."""
        return next((level for level in self.levels if level.part == part), None)

    def is_proved(self, *parts: str) -> bool:
        """Whether all these parts are proved."""
        return all((level := self.level(part)) is not None and level.is_proved for part in parts)


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
        plan = drawn_plan(session, rotation)  # with the stored problem: what was deleted since still counts as it did
        standing, turns = Standing(problem, plan), turns_of(session, rotation.id)
        names = _names(session, edition_id)
        starts = dict(session.execute(select(Slot.id, Slot.starts_at).where(Slot.edition_id == edition_id)).all())
        outdated = ref.is_draft and is_outdated(session, edition, rotation, now=now)
    good = GoodHours(edition.good_from_minute, edition.good_until_minute)
    shares = shares_of(problem, standing, names, good)
    most = max((share.turn_count for share in shares), default=0)
    return EvennessPage(
        rotation=ref,
        published_number=published,
        is_outdated=outdated,
        asked=_asked(problem, turns),
        order=order,
        is_reversed=is_reversed,
        vendors=tuple(sorted_shares(shares, order, is_reversed=is_reversed)),
        columns=columns_of(shares),
        open_slots=_open_slots(standing, names, starts),
        verdict=verdict_of(rotation),
        levels=levels_of(problem, rotation, plan),
        is_repair=problem.published is not None,
        extra_changes=rotation.extra_changes or 0,
        turns=column_of([share.turn_count for share in shares if not share.is_at_ceiling or share.turn_count == most]),
        turn_counts=tuple(sorted(Counter(share.turn_count for share in shares).items(), reverse=True)),
        limited=tuple(share for share in shares if share.ceiling is not None),
        short=tuple(share for share in shares if share.missing_count),
        wish_count=sum(len(standing.turns[vendor.id]) for vendor in problem.vendors if vendor.wish is not None),
        good=good,
        digest=rotation.digest,
    )


def evenness_sheet(edition_id: int, number: int, *, now: datetime) -> list[list[str | int]]:
    """The table of that rotation as rows of a sheet, vendors from A. Refuses `not_found`."""
    return share_rows(evenness_page(edition_id, number, now=now).vendors)


def _asked(problem: Problem, turns: Mapping[int, int]) -> Asked:
    known = {id_of(slot.id) for slot in problem.slots}
    return Asked(
        slot_count=len(problem.slots),
        guaranteed_count=sum(vendor.min_turns > 0 for vendor in problem.vendors),
        wanted_gap_days=problem.rules.want_gap,
        left_out_count=sum(slot_id not in known for slot_id in turns),
    )


def _names(session: Session, edition_id: int) -> dict[str, tuple[str, str]]:
    """Key -> business and owner; a draft may be older than a vendor's deletion."""
    rows = session.execute(select(Vendor.id, Vendor.business_name, Vendor.owner_name).where(Vendor.edition_id == edition_id))
    return {vendor_key(vendor_id): (business, owner) for vendor_id, business, owner in rows}


def _open_slots(standing: Standing, names: Mapping[str, tuple[str, str]], starts: Mapping[int, datetime]) -> tuple[OpenSlots, ...]:
    """By time. A slot that was cut away since has no start any more and is left out."""
    groups: dict[tuple[Any, ...], list[tuple[int, datetime]]] = {}
    for slot in sorted(standing.problem.slots, key=lambda slot: (slot.day, slot.start, slot.id)):
        slot_id = id_of(slot.id)
        if slot.id in standing.holders or slot_id not in starts:
            continue
        pinned = standing.vendors.get(slot.pin or "")
        why = (
            name_of(names, pinned.id)[0] if pinned else "",
            standing.obstacle(pinned, slot) if pinned else None,
            standing.count_obstacles(slot),
        )
        groups.setdefault((slot.day, *why), []).append((slot_id, starts[slot_id]))
    return tuple(OpenSlots(tuple(slots), *why) for (_day, *why), slots in groups.items())
