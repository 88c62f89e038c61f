"""Repair what was published with the fewest changes; with some more, as evenly as these allow.

1. `repair`: what cannot move, what can stay; every other slot that had a vendor must change. That number bounds the changes.
2. `reseat`: the open slots by a linear assignment. Where it fills all that anybody could ever take, keeps the guarantees and
   breaks no rule, changes are on their bound.
3. Where it does not, somebody has to move for it: `repair_model`, the same question as an integer program, settles the levels
   unfilled, short, changes, spread and turns squared exactly.
4. `turn_bound` proves spread and turns squared; `handovers` evens out points where the assignment alone does not prove them, and
   spends further changes if the caller allows any.

What is proved: hard, unfilled, short and changes always where the problem has at most `MOST_PAIRS` pairs of vendor and movable
slot, and in larger ones where step 2 suffices; spread and turns squared where `turn_bound` or the integer program says so; dev_max
and dev_sq at the least number of changes when step 2 alone decides (one assignment, see `reseat`). Parts below are bounded by nought.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from bazaar.rotation.handovers import Ground, Search, Stand, ground_of
from bazaar.rotation.instance import instance_of, plan_of
from bazaar.rotation.problem import Plan, Problem
from bazaar.rotation.repair import Repair, changes_of, start_repair
from bazaar.rotation.repair_model import RepairModel
from bazaar.rotation.reseat import reseat
from bazaar.rotation.result import Result, digest_of, proved_parts
from bazaar.rotation.score import PARTS, Score, ceilings_of, score_plan
from bazaar.rotation.stage import NOBODY, Progress
from bazaar.rotation.turn_bound import TurnClass, evenest_turns, turn_classes

PLANS_LOOKED_AT = 60
"""So many plans, times the effort, are looked at to even out points."""


@dataclass
class Repaired:
    """The repair with the fewest changes and what is known of it. `gains`: turns that are given beyond those that can stay."""

    repair: Repair
    changes: int
    is_least: bool  # unfilled, short and changes are proved
    is_evenest: bool  # turns and points are proved at this number of changes
    proved_turns: tuple[int, int] | None  # (spread, turns_sq) at this number of changes, where the integer program proved them
    gains: int
    slack: int  # changes beyond those that every plan has; each may take away a turn that could have stayed

    @property
    def problem(self) -> Problem:
        """The problem behind it."""
        return self.repair.problem


def replan(
    problem: Problem, *, extra_changes: int = 0, seed: int = 0, effort: int = 1, progress: Progress = lambda _stage, _share: None
) -> Result:
    """The published rotation repaired. extra_changes: at most so many more than the least, spent where they even out most.

    Nothing moves that is pinned or before `now`. Raises ProblemError where nothing is published. The seed is part of the digest
    only: a repair throws no dice.
    """
    progress("repair", 0.0)
    repaired = repair_least(problem)
    stand: Stand | None = None
    if extra_changes > 0 or not repaired.is_evenest:
        stand = _evened_out(repaired, extra_changes, effort, progress)
    plan = plan_of_repair(repaired.repair) if stand is None else plan_of_stand(stand)
    score = score_plan(problem, plan)
    progress("repair", 1.0)
    bounds = bounds_at(repaired, score, extra_changes=extra_changes)
    return Result(plan, score, bounds, proved_parts(score, bounds), digest_of(problem, seed, effort, plan))


def repair_least(problem: Problem) -> Repaired:
    """Hard, unfilled, short and changes as small as they can be; turns and points evened out as far as the assignment does it."""
    repair = start_repair(problem)
    mandatory = changes_of(repair)
    kept = sum(repair.kept_count)
    is_best = reseat(repair) and not repair.is_choice
    is_least = _is_all_done(repair)
    proved_turns = None
    if not is_least:
        is_best = False
        is_least, proved_turns = _settle_exactly(repair)
    changes = changes_of(repair)
    gains = sum(len(days) for days in repair.days) - kept
    once_empty = sum(
        holder != NOBODY and not filled and not fixed
        for holder, filled, fixed in zip(repair.holder, repair.was_filled, repair.is_fixed, strict=True)
    )
    return Repaired(repair, changes, is_least, is_best and is_least, proved_turns, gains, max(0, changes - mandatory - once_empty))


def bounds_at(repaired: Repaired, score: Score, *, extra_changes: int = 0) -> dict[str, int | None]:
    """A bound for each part of a repair with at most so many changes more than the least."""
    bounds: dict[str, int | None] = {part: 0 if getattr(score, part) == 0 else None for part in PARTS}
    bounds["hard"] = score.hard  # only what cannot move breaks a rule
    if repaired.is_least:
        bounds |= {"unfilled": score.unfilled, "short": score.short, "changes": repaired.changes}
        spread, squares = _turn_bound(repaired, score.changes - repaired.changes)
        bounds["spread"] = spread
        bounds["turns_sq"] = squares if score.spread == spread else None
    if repaired.is_evenest and score.changes == repaired.changes and not extra_changes:
        bounds |= {part: getattr(score, part) for part in ("spread", "turns_sq", "dev_max", "dev_sq")}
    return bounds


def plan_of_repair(repair: Repair) -> Plan:
    """The plan by ids."""
    vendors = repair.problem.vendors
    return {
        slot.id: None if holder == NOBODY else vendors[holder].id for slot, holder in zip(repair.problem.slots, repair.holder, strict=True)
    }


def plan_of_stand(stand: Stand) -> Plan:
    """The plan by ids."""
    return plan_of(stand.ground.instance, stand.holders)


def search_of(repaired: Repaired) -> tuple[Ground, Search]:
    """A search that knows only the repair itself."""
    ground = ground_of(instance_of(repaired.problem), repaired.repair)
    search = Search(ground)
    search.add(Stand(ground, np.array(repaired.repair.holder, dtype=np.int64)))
    return ground, search


def turn_bound_at(repaired: Repaired, extra: int) -> tuple[int, int] | None:
    """The least (spread, turns_sq) with so many changes more than the least, as far as it is proved."""
    if not extra and repaired.proved_turns is not None:
        return repaired.proved_turns
    if not repaired.is_least or not repaired.repair.is_most_kept:
        return None
    return evenest_turns(_classes(repaired), gains=repaired.gains, losses=repaired.slack + extra)


def _evened_out(repaired: Repaired, extra_changes: int, effort: int, progress: Progress) -> Stand:
    _ground, search = search_of(repaired)
    size = len(repaired.problem.slots)
    plans = max(4, PLANS_LOOKED_AT * effort * 400**2 // max(400, size) ** 2)
    progress("even out", 0.0)
    search.run(least=repaired.changes, most=repaired.changes + extra_changes, plans=plans, patience=extra_changes)
    reachable = [row[0] for changes, row in sorted(search.best.items()) if changes <= repaired.changes + extra_changes]
    return min(reachable, key=lambda stand: (stand.key, stand.changes))


def _is_all_done(repair: Repair) -> bool:
    """Whether no plan fills more, keeps more guarantees, or changes less."""
    if not repair.is_most_kept:
        return False
    fillable = [slot for slot in repair.open_slots if any(repair.could_ever_take(vendor, slot) for vendor in range(len(repair.days)))]
    days = sorted({repair.problem.slots[slot].day for slot in fillable})
    return all(_is_day_full(repair, day) for day in days) and _are_guarantees_kept(repair)


def _is_day_full(repair: Repair, day: int) -> bool:
    """Whether no more of the day's slots can be filled (a maximum matching; König 1931), nor as many with fewer changes."""
    slots = [slot for slot, where in enumerate(repair.problem.slots) if where.day == day and not repair.is_fixed[slot]]
    if any(not repair.was_filled[slot] and repair.holder[slot] != NOBODY for slot in slots):
        return False  # another choice of who stays empty might save a change
    reach = [[int(repair.could_ever_take(vendor, slot)) for vendor in range(len(repair.days))] for slot in slots]
    matched = maximum_bipartite_matching(csr_array(np.array(reach)), perm_type="column")
    return int((matched >= 0).sum()) == sum(repair.holder[slot] != NOBODY for slot in slots)


def _are_guarantees_kept(repair: Repair) -> bool:
    missing = [vendor for vendor, who in enumerate(repair.problem.vendors) if len(repair.days[vendor]) < who.min_turns]
    if not missing:
        return True
    ceilings = ceilings_of(repair.problem)
    return all(len(repair.days[vendor]) >= ceilings[repair.problem.vendors[vendor].id] for vendor in missing)


def _settle_exactly(repair: Repair) -> tuple[bool, tuple[int, int] | None]:
    """Whether unfilled, short and changes are proved, and (spread, turns_sq) where these are; the repair stands as the program says."""
    instance = instance_of(repair.problem)
    model = RepairModel(instance, repair)
    if not model.is_small():
        return False, None
    first = model.minimise(("unfilled", "short", "changes"), {})
    if first is None:
        return False, None
    limits = dict(zip(("unfilled", "short", "changes"), first.values, strict=True))
    even = model.minimise(("spread", "turns_sq"), limits)
    chosen = first if even is None else even
    _stand_as(repair, chosen.holders.tolist())
    proved = first.is_exact and even is not None and even.is_exact
    return first.is_exact, (even.values[0], even.values[1]) if even is not None and proved else None


def _stand_as(repair: Repair, holders: list[int]) -> None:
    for slot, holder in enumerate(repair.holder):
        if not repair.is_fixed[slot] and holder != NOBODY:
            repair.clear(slot)
    for slot, holder in enumerate(holders):
        if not repair.is_fixed[slot] and holder != NOBODY:
            repair.put(holder, slot)


def _turn_bound(repaired: Repaired, extra: int) -> tuple[int | None, int | None]:
    bound = turn_bound_at(repaired, extra)
    return (None, None) if bound is None else bound


def _classes(repaired: Repaired) -> list[TurnClass]:
    repair, vendors = repaired.repair, repaired.problem.vendors
    ceilings = ceilings_of(repaired.problem)
    own = [ceilings[vendor.id] for vendor in vendors]
    tops = [min(vendor.max_turns, each + len(days)) for vendor, each, days in zip(vendors, own, repair.fixed_days, strict=True)]
    return turn_classes((len(days) for days in repair.fixed_days), repair.kept_count, own, tops)
