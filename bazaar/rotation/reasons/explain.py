"""Why a plan is as it is, without a solver: every other possibility is scored, and the first part of the score at which it loses
is counted. No numpy: pages ask in the web process.

Why this vendor here: each other vendor in turn is put into the slot and the holder out of it. A vendor who stands too close to
the slot keeps those turns, so what breaks is a hard rule. A vendor who loses that way might still change places with the holder:
for each the best exchange is scored too. Whoever loses nowhere is counted at level None, and is as good (or, in a plan that is
not the best one, better: `gains` names the part).

Why so few turns: each slot that somebody else has is given to the vendor in turn. Beside the levels counted that way stand the
facts: the vendor's ceiling and which of the vendor's own rules hold it down, the equal share, and what was carried over.

One evaluation touches two vendors and two live sessions, so a slot costs about V + S of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Literal, get_args

from bazaar.rotation.problem import Problem, ProblemError, ProblemSlot, ProblemVendor
from bazaar.rotation.reasons.standing import Obstacle, Standing
from bazaar.rotation.reasons.variation import Changes, Variations
from bazaar.rotation.score import PARTS, Score, ceilings_of

Reason = Obstacle | Literal["over", "pinned"]
"""Which hard rule breaks: an obstacle; over: the slot is before `now`; pinned: it is somebody else's."""

Limit = Literal["days_off", "hours", "language", "gap", "max"]
LIMITS: tuple[Limit, ...] = get_args(Limit)
"""Which of a vendor's own rules holds the ceiling down."""


@dataclass(frozen=True)
class Loss:
    """Vendors (or slots) that lose at one level; level None: they do not lose."""

    level: str | None
    reason: Reason | None  # where the level is hard
    gains: str | None  # where the level is None: the part that would even be better; None: as good
    ids: tuple[str, ...]

    def as_dict(self, ids: str) -> dict[str, Any]:
        """The JSON form; `ids` says what the ids are."""
        extras = {key: value for key, value in (("reason", self.reason), ("gains", self.gains)) if value is not None}
        return {"level": self.level, "count": len(self.ids), **extras, ids: list(self.ids)}


@dataclass(frozen=True)
class SlotReasons:
    """Why this vendor stands in a slot, or nobody. `swaps`: those with turns of their own, by the best exchange of places."""

    slot: str
    vendor: str | None
    loses: tuple[Loss, ...]
    swaps: tuple[Loss, ...]
    give_way: tuple[tuple[str, tuple[str, ...]], ...]  # of an empty slot: (vendor, own turns that would have to move)

    def as_dict(self) -> dict[str, Any]:
        """The JSON form that the command line prints."""
        return {
            "slot": self.slot,
            "vendor": self.vendor,
            "loses": [loss.as_dict("vendors") for loss in self.loses],
            "swaps": [loss.as_dict("vendors") for loss in self.swaps],
            "give_way": [{"vendor": vendor, "turns": list(turns)} for vendor, turns in self.give_way],
        }


@dataclass(frozen=True)
class VendorReasons:
    """Why a vendor has so many turns and no more."""

    vendor: str
    turn_count: int
    ceiling: int  # the most turns that fit the vendor's own days, hours, languages, gap and maximum
    limits: tuple[tuple[Limit, int], ...]  # the rules that hold the ceiling down, with the ceiling without each of them
    joint_limits: tuple[Limit, ...]  # where none of them does alone: the fewest that do together
    min_turns: int
    max_turns: int
    share: tuple[int, int]  # turns of each, were all that are given out shared equally: rounded down, rounded up
    same_count: int  # other vendors with as many turns
    fewer_count: int
    more_count: int
    credit: int  # points carried over: more than nought, had more than others before
    points: int  # of this edition
    mean_points: int  # of this edition, rounded
    one_more: tuple[Loss, ...]  # by slot: what one turn more would cost

    @property
    def is_at_ceiling(self) -> bool:
        """Whether one more turn would not fit, whoever gave way."""
        return self.turn_count >= self.ceiling

    def as_dict(self) -> dict[str, Any]:
        """The JSON form that the command line prints."""
        return {
            "vendor": self.vendor,
            "turns": self.turn_count,
            "ceiling": self.ceiling,
            "limits": [{"rule": rule, "ceiling": ceiling} for rule, ceiling in self.limits],
            "joint_limits": list(self.joint_limits),
            "min": self.min_turns,
            "max": self.max_turns,
            "share": list(self.share),
            "same": self.same_count,
            "fewer": self.fewer_count,
            "more": self.more_count,
            "credit": self.credit,
            "points": self.points,
            "mean_points": self.mean_points,
            "one_more": [loss.as_dict("slots") for loss in self.one_more],
        }


def explain(problem: Problem, plan: Mapping[str, str | None], slot_id: str) -> SlotReasons:
    """Why the plan has this vendor in the slot, or nobody. Raises ProblemError for a slot that the problem does not have."""
    variations = Variations(problem, plan)
    slot = variations.standing.slots.get(slot_id)
    if slot is None:
        raise ProblemError(f"there is no slot {slot_id!r}")
    holder = plan.get(slot_id)
    others = [vendor for vendor in problem.vendors if vendor.id != holder]
    verdicts = ((vendor.id, _verdict(variations, {slot_id: vendor.id}, slot, vendor)) for vendor in others)
    is_empty = variations.standing.holders.get(slot_id) is None
    return SlotReasons(
        slot_id,
        holder,
        _counted(verdicts),
        () if is_empty else _counted(_swaps(variations, slot, others)),
        tuple(_giving_way(variations.standing, slot)) if is_empty else (),
    )


def explain_vendor(problem: Problem, plan: Mapping[str, str | None], vendor_id: str) -> VendorReasons:
    """Why the plan gives the vendor so many turns. Raises ProblemError for a vendor that the problem does not have."""
    variations = Variations(problem, plan)
    vendor = variations.standing.vendors.get(vendor_id)
    if vendor is None:
        raise ProblemError(f"there is no vendor {vendor_id!r}")
    counts = {each.id: len(variations.standing.turns[each.id]) for each in problem.vendors}
    own, filled, ceiling = counts[vendor_id], sum(counts.values()), variations.ceilings[vendor_id]
    points = {each.id: sum(slot.weight for slot in variations.standing.turns[each.id]) for each in problem.vendors}
    verdicts = (
        (slot.id, _verdict(variations, {slot.id: vendor_id}, slot, vendor)) for slot in problem.slots if plan.get(slot.id) != vendor_id
    )
    return VendorReasons(
        vendor=vendor_id,
        turn_count=own,
        ceiling=ceiling,
        limits=limits_of(problem, vendor, ceiling),
        joint_limits=joint_limits_of(problem, vendor, ceiling),
        min_turns=vendor.min_turns,
        max_turns=vendor.max_turns,
        share=(filled // len(counts), -(-filled // len(counts))),
        same_count=sum(count == own for count in counts.values()) - 1,
        fewer_count=sum(count < own for count in counts.values()),
        more_count=sum(count > own for count in counts.values()),
        credit=variations.credit[vendor_id],
        points=points[vendor_id],
        mean_points=round(sum(points.values()) / len(points)),
        one_more=_counted(verdicts),
    )


_Verdict = tuple[str | None, Reason | None, str | None]
"""(level at which it loses, hard rule that breaks, part that would be better)."""


def _verdict(variations: Variations, changes: Changes, slot: ProblemSlot, vendor: ProblemVendor) -> _Verdict:
    level, gains = _first_difference(variations.score, variations.score_with(changes))
    return level, _reason(variations.standing, slot, vendor) if level == "hard" else None, gains


def _first_difference(score: Score, other: Score) -> tuple[str | None, str | None]:
    """(part at which the other loses, part at which it wins), at most one of them."""
    for part in PARTS:
        here, there = getattr(score, part), getattr(other, part)
        if here != there:
            return (part, None) if there > here else (None, part)
    return None, None


def _reason(standing: Standing, slot: ProblemSlot, vendor: ProblemVendor) -> Reason:
    problem, holder = standing.problem, standing.holders.get(slot.id)
    if problem.published is not None and slot.day < problem.now and holder == problem.published.get(slot.id):
        return "over"
    if slot.pin is not None and holder == slot.pin:
        return "pinned"
    return standing.obstacle(vendor, slot) or "twin"


def _counted(verdicts: Iterable[tuple[str, _Verdict]]) -> tuple[Loss, ...]:
    """In the order of the score, the most first where levels are equal; whoever does not lose comes last."""
    groups: dict[_Verdict, list[str]] = {}
    for each, verdict in verdicts:
        groups.setdefault(verdict, []).append(each)
    losses = [Loss(*verdict, tuple(ids)) for verdict, ids in groups.items()]
    order = {level: number for number, level in enumerate((*PARTS, None))}
    return tuple(sorted(losses, key=lambda loss: (order[loss.level], -len(loss.ids), loss.reason or "", loss.gains or "")))


def _swaps(variations: Variations, slot: ProblemSlot, others: list[ProblemVendor]) -> Iterable[tuple[str, _Verdict]]:
    holder = variations.standing.holders[slot.id]
    for vendor in others:
        own = variations.standing.turns[vendor.id]
        if own:
            best = min(variations.score_with({slot.id: vendor.id, turn.id: holder}) for turn in own)
            level, gains = _first_difference(variations.score, best)
            yield vendor.id, (level, None, gains)


def _giving_way(standing: Standing, slot: ProblemSlot) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Who could come if turns of their own were elsewhere: such as can move, and with nothing else in the way."""
    problem = standing.problem
    for vendor in standing.vendors.values():
        near = standing.near(vendor, slot)
        has_twin = problem.rules.adjacent == "hard" and standing.twins(vendor, slot)
        can_move = all(own.pin is None and own.day >= problem.now for own in near)
        if standing.obstacle(vendor, slot) == "near" and can_move and not has_twin:
            yield vendor.id, tuple(own.id for own in near)


def limits_of(problem: Problem, vendor: ProblemVendor, ceiling: int) -> tuple[tuple[Limit, int], ...]:
    """The vendor's own rules that hold the ceiling down, each with the ceiling there would be without it."""
    return tuple((rule, most) for rule in LIMITS if (most := _ceiling_without(problem, vendor, (rule,))) > ceiling)


def joint_limits_of(problem: Problem, vendor: ProblemVendor, ceiling: int) -> tuple[Limit, ...]:
    """The fewest of the vendor's own rules that hold the ceiling down only together; none where one does alone, or no rule does."""
    if limits_of(problem, vendor, ceiling):
        return ()
    groups = (rules for size in range(2, len(LIMITS) + 1) for rules in combinations(LIMITS, size))
    return next((rules for rules in groups if _ceiling_without(problem, vendor, rules) > ceiling), ())


def _ceiling_without(problem: Problem, vendor: ProblemVendor, rules: Iterable[Limit]) -> int:
    freedom: dict[Limit, dict[str, Any]] = {
        "days_off": {"days_off": frozenset()},
        "hours": {"start_from": None, "end_until": None},
        "language": {"language": None},
        "gap": {"gap": 1},
        "max": {"max_turns": len(problem.slots)},
    }
    freer = vendor
    for rule in rules:
        freer = replace(freer, **freedom[rule])
    return ceilings_of(replace(problem, vendors=(freer,)))[vendor.id]
