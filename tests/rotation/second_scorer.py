"""The score once more, written from its description and not from `score.py`: whole pairs instead of neighbours in a sorted row,
rows of days by their last one instead of the earliest days, fractions to the end. Slow, and short of cleverness on purpose."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations
from math import floor

from bazaar.rotation.problem import Problem, ProblemSlot, ProblemVendor

Plan = Mapping[str, str | None]


def second_score(problem: Problem, plan: Plan) -> dict[str, int]:
    """The twelve parts by name."""
    slot_of = {slot.id: slot for slot in problem.slots}
    vendor_of = {vendor.id: vendor for vendor in problem.vendors}
    own = {
        vendor.id: sorted((slot for slot in problem.slots if plan.get(slot.id) == vendor.id), key=lambda slot: slot.day)
        for vendor in problem.vendors
    }
    alike = [
        (left, right)
        for left, right in combinations(problem.slots, 2)
        if left.session == right.session
        and plan.get(left.id) in vendor_of
        and plan.get(right.id) in vendor_of
        and vendor_of[plan[left.id] or ""].category == vendor_of[plan[right.id] or ""].category
    ]
    adjacent = sum(abs(left.position - right.position) == 1 for left, right in alike)
    hard = sum(slot_id not in slot_of for slot_id in plan)
    hard += sum(holder is not None and holder not in vendor_of for slot_id, holder in plan.items() if slot_id in slot_of)
    for vendor in problem.vendors:
        hard += sum(not can_come(vendor, slot) for slot in own[vendor.id])
        hard += sum(own[vendor.id][n + 1].day - own[vendor.id][n].day < max(1, vendor.gap) for n in range(len(own[vendor.id]) - 1))
        hard += len(own[vendor.id]) > vendor.max_turns
    hard += sum(slot.pin is not None and plan.get(slot.id) != slot.pin for slot in problem.slots)
    differs = [slot for slot in problem.slots if problem.published is not None and plan.get(slot.id) != problem.published.get(slot.id)]
    hard += sum(slot.day < problem.now for slot in differs)
    hard += problem.rules.adjacent == "hard" and adjacent > 0
    points = {vendor.id: credit(problem, vendor) + sum(slot.weight for slot in own[vendor.id]) for vendor in problem.vendors}
    mean = Fraction(sum(points.values()), max(1, len(points)))
    below = [len(own[vendor.id]) for vendor in problem.vendors if len(own[vendor.id]) < ceiling(problem, vendor)]
    return {
        "hard": hard,
        "unfilled": sum(plan.get(slot.id) not in vendor_of for slot in problem.slots),
        "short": sum(vendor.min_turns - len(own[vendor.id]) for vendor in problem.vendors if len(own[vendor.id]) < vendor.min_turns),
        "changes": sum(slot.day >= problem.now for slot in differs),
        "spread": max(0, max(map(len, own.values())) - min(below)) if below else 0,
        "turns_sq": sum(len(turns) ** 2 for turns in own.values()),
        "dev_max": int(max((abs(value - mean) * len(points) for value in points.values()), default=0)),
        "dev_sq": sum(value**2 for value in points.values()),
        "adj": adjacent,
        "rep": len(alike),
        "spacing": sum(
            problem.rules.want_gap - (turns[n + 1].day - turns[n].day)
            for turns in own.values()
            for n in range(len(turns) - 1)
            if turns[n + 1].day - turns[n].day < problem.rules.want_gap
        ),
        "wish_miss": sum(not is_wished(vendor, slot) for vendor in problem.vendors for slot in own[vendor.id]),
    }


def can_come(vendor: ProblemVendor, slot: ProblemSlot) -> bool:
    if slot.day in vendor.days_off or (vendor.language is not None and vendor.language not in slot.languages):
        return False
    if vendor.start_from is not None and slot.start < vendor.start_from:
        return False
    return vendor.end_until is None or slot.start + slot.minutes <= vendor.end_until


def is_wished(vendor: ProblemVendor, slot: ProblemSlot) -> bool:
    if vendor.wish is None:
        return True
    is_day = vendor.wish.days is None or slot.day in vendor.wish.days
    is_late = vendor.wish.start_from is None or vendor.wish.start_from <= slot.start
    return is_day and is_late and (vendor.wish.start_until is None or slot.start < vendor.wish.start_until)


def ceiling(problem: Problem, vendor: ProblemVendor) -> int:
    """The longest row of days that are far enough apart: for each day the longest row that ends there."""
    days = sorted({slot.day for slot in problem.slots if can_come(vendor, slot)})
    ending: dict[int, int] = {}
    for day in days:
        ending[day] = 1 + max((length for earlier, length in ending.items() if day - earlier >= max(1, vendor.gap)), default=0)
    return min(vendor.max_turns, max(ending.values(), default=0))


def credit(problem: Problem, vendor: ProblemVendor) -> int:
    total = Fraction(0)
    for age, decay in enumerate(problem.rules.decay_pct):
        others = [other.past[age] for other in problem.vendors if len(other.past) > age and other.past[age] is not None]
        own = vendor.past[age] if len(vendor.past) > age else None
        if own is not None:
            total += Fraction(decay, 100) * (own - Fraction(sum(filter(None, others)), len(others)))
    return floor(total + Fraction(1, 2))
