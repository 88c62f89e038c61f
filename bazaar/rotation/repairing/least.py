"""The repair with the fewest changes.

1. `repair`: what cannot move, what can stay; every other slot that had a vendor must change. That number bounds the changes.
2. `reseat`: the open slots by a linear assignment. Where it fills all that anybody could ever take, keeps the guarantees and
   breaks no rule, changes are on their bound.
3. Where only guarantees are missing, turns are handed over (`owed`), one change for each.
4. Where that does not do, somebody has to move for it: `repair_model`, the same question as an integer program, settles the levels
   unfilled, short, changes, spread and turns squared exactly.

What is proved: unfilled, short and changes always where the problem has at most `MOST_PAIRS` pairs of vendor and movable slot, and
in larger ones where steps 2 and 3 suffice; never where fixed slots contradict each other or the rules (see `repair`). Where step 2 alone
decides, so are turns and points at that number of changes (see `reseat`).
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from bazaar.rotation.problem import Plan, Problem
from bazaar.rotation.repairing.owed import hand_over_owed, is_all_for_guarantees
from bazaar.rotation.repairing.repair import Repair, changes_of, instance_for, start_repair
from bazaar.rotation.repairing.repair_model import MOST_PAIRS, RepairModel, pair_count
from bazaar.rotation.repairing.reseat import reseat
from bazaar.rotation.repairing.turn_bound import TurnClass, evenest_turns, turn_classes
from bazaar.rotation.score import ceilings_of
from bazaar.rotation.stage import NOBODY


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
    turn_bounds: dict[int, tuple[int, int] | None] = field(default_factory=dict)  # of `turn_bound_at`, which are asked for again and again

    @property
    def problem(self) -> Problem:
        """The problem behind it."""
        return self.repair.problem

    @cached_property
    def classes(self) -> list[TurnClass]:
        """The vendors as `turn_bound` counts them."""
        repair, vendors = self.repair, self.problem.vendors
        ceilings = ceilings_of(self.problem)
        own = [ceilings[vendor.id] for vendor in vendors]
        tops = [min(vendor.max_turns, each + len(days)) for vendor, each, days in zip(vendors, own, repair.fixed_days, strict=True)]
        return turn_classes((len(days) for days in repair.fixed_days), repair.kept_count, own, tops)


def repair_least(problem: Problem) -> Repaired:
    """Hard, unfilled, short and changes as small as they can be; turns and points evened out as far as the assignment does it."""
    repair = start_repair(problem)
    mandatory = changes_of(repair)
    kept = sum(repair.kept_count)
    is_best = reseat(repair) and not repair.is_choice and not _fillable(repair)
    is_least = _is_filled(repair) and _are_guarantees_kept(repair)
    proved_turns = None
    if not is_least:
        is_best = False
        is_least = _is_filled(repair) and is_all_for_guarantees(repair) and hand_over_owed(repair)
    if not is_least:
        is_least, proved_turns = _settle_exactly(repair)
    if not repair.is_consistent:  # another choice of what is fixed may be better
        is_best, is_least, proved_turns = False, False, None
    changes = changes_of(repair)
    gains = sum(len(days) for days in repair.days) - kept
    once_empty = sum(
        holder != NOBODY and not filled and not fixed
        for holder, filled, fixed in zip(repair.holder, repair.was_filled, repair.is_fixed, strict=True)
    )
    return Repaired(repair, changes, is_least, is_best and is_least, proved_turns, gains, max(0, changes - mandatory - once_empty))


def plan_of_repair(repair: Repair) -> Plan:
    """The plan by ids."""
    vendors = repair.problem.vendors
    return {
        slot.id: None if holder == NOBODY else vendors[holder].id for slot, holder in zip(repair.problem.slots, repair.holder, strict=True)
    }


def turn_bound_at(repaired: Repaired, extra: int) -> tuple[int, int] | None:
    """The least (spread, turns_sq) with so many changes more than the least, as far as it is proved."""
    if not extra and repaired.proved_turns is not None:
        return repaired.proved_turns
    if not repaired.is_least or not repaired.repair.is_most_kept:
        return None
    if extra not in repaired.turn_bounds:
        repaired.turn_bounds[extra] = evenest_turns(repaired.classes, gains=repaired.gains, losses=repaired.slack + extra)
    return repaired.turn_bounds[extra]


def _is_filled(repair: Repair) -> bool:
    """Whether no plan fills more slots, nor as many with fewer changes."""
    if not repair.is_most_kept:
        return False
    days = sorted({repair.problem.slots[slot].day for slot in _fillable(repair)})
    return all(_is_day_full(repair, day) for day in days)


def _fillable(repair: Repair) -> list[int]:
    """The empty slots that somebody could take if others stood elsewhere: which slots stay empty is a choice then."""
    return [
        slot
        for slot in repair.open_slots
        if any(repair.could_ever_take(vendor, slot) for vendor in repair.free_on(repair.problem.slots[slot].day))
    ]


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
    instance = instance_for(repair)
    if pair_count(instance, repair) > MOST_PAIRS:
        return False, None
    model = RepairModel(instance, repair)
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
