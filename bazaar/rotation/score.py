"""The definition of fairness: twelve whole numbers, compared from the first to the last, all of them to be small.

Two plans are compared part by part; a later part counts only between plans that are equal in every earlier one.
"""

import math
from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from itertools import pairwise

from bazaar.rotation.problem import Plan, Problem, ProblemSlot, ProblemVendor, day_gap, fits, is_wish_missed


@dataclass(frozen=True, order=True)
class Score:
    """The vector. Comparing two scores compares the plans."""

    hard: int  # broken hard rules; must be 0
    unfilled: int  # slots without a vendor
    short: int  # turns that are missing to guarantees
    changes: int  # slots that differ from what was published
    spread: int  # most turns of anybody less fewest turns of anybody who could have more
    turns_sq: int  # sum of squared turn counts: small when turns are even
    dev_max: int  # largest distance of anybody's points (with credit) from the mean, times the number of vendors
    dev_sq: int  # sum of squared points
    adj: int  # neighbours of one category
    rep: int  # pairs of one category in a live session
    spacing: int  # days missing to the wanted distance
    wish_miss: int  # turns outside a wish

    def as_dict(self) -> dict[str, int]:
        """The parts by name, in order."""
        return asdict(self)


PARTS = tuple(Score.__dataclass_fields__)


def score_plan(problem: Problem, plan: Plan) -> Score:
    """The score of a plan. Unknown slots and vendors are broken rules, not errors."""
    slots = {slot.id: slot for slot in problem.slots}
    vendors = {vendor.id: vendor for vendor in problem.vendors}
    standing = {slot_id: vendor_id for slot_id, vendor_id in plan.items() if slot_id in slots and vendor_id in vendors}
    turns: dict[str, list[ProblemSlot]] = {vendor.id: [] for vendor in problem.vendors}
    for slot_id, vendor_id in standing.items():
        turns[vendor_id or ""].append(slots[slot_id])
    for own in turns.values():
        own.sort(key=lambda slot: (slot.day, slot.start, slot.id))
    counts = {vendor_id: len(own) for vendor_id, own in turns.items()}
    carried = credit_of(problem)
    points = {vendor_id: carried[vendor_id] + sum(slot.weight for slot in own) for vendor_id, own in turns.items()}
    adjacent, repeated = _alike(problem, standing, vendors)
    hard = _unknown(plan, slots, vendors) + _misplaced(problem, plan, standing, slots, vendors) + _crowded(turns, vendors)
    hard += int(problem.rules.adjacent == "hard" and adjacent > 0)
    total = sum(points.values())
    return Score(
        hard=hard,
        unfilled=len(slots) - len(standing),
        short=sum(max(0, vendor.min_turns - counts[vendor.id]) for vendor in problem.vendors),
        changes=_changes(problem, plan),
        spread=_spread(problem, counts),
        turns_sq=sum(count * count for count in counts.values()),
        dev_max=max((abs(len(vendors) * value - total) for value in points.values()), default=0),
        dev_sq=sum(value * value for value in points.values()),
        adj=adjacent,
        rep=repeated,
        spacing=sum(
            max(0, problem.rules.want_gap - (later.day - earlier.day)) for own in turns.values() for earlier, later in pairwise(own)
        ),
        wish_miss=sum(is_wish_missed(vendors[vendor_id], slot) for vendor_id, own in turns.items() for slot in own),
    )


def credit_of(problem: Problem) -> dict[str, int]:
    """What each vendor carries over: for each earlier edition the distance of the vendor's points from the mean of those who
    took part, weakened by its age, summed, rounded half up. Somebody new carries nothing over."""
    parts: list[tuple[int, int, dict[str, int]]] = []  # of each earlier edition: (decay, sum of points, who had how many)
    for age, decay in enumerate(problem.rules.decay_pct):
        took_part = {vendor.id: vendor.past[age] for vendor in problem.vendors if age < len(vendor.past)}
        known = {vendor_id: value for vendor_id, value in took_part.items() if value is not None}
        if known:
            parts.append((decay, sum(known.values()), known))
    # decay% x (points - sum / count), all over one denominator, so that every number is whole.
    denominator = 100 * math.lcm(*(len(known) for _decay, _total, known in parts))
    sums = dict.fromkeys((vendor.id for vendor in problem.vendors), 0)
    for decay, total, known in parts:
        factor = decay * (denominator // (100 * len(known)))
        for vendor_id, value in known.items():
            sums[vendor_id] += factor * (len(known) * value - total)
    return {vendor_id: (2 * carried + denominator) // (2 * denominator) for vendor_id, carried in sums.items()}


def ceilings_of(problem: Problem) -> dict[str, int]:
    """For each vendor the most turns that fit their own days, gap and maximum, were all slots free. Taking each day as early as
    possible is best."""
    slots_of_day: dict[int, list[ProblemSlot]] = defaultdict(list)
    for slot in problem.slots:
        slots_of_day[slot.day].append(slot)
    days_of_kind: dict[tuple[int | None, int | None, str | None], list[int]] = {}
    ceilings = {}
    for vendor in problem.vendors:
        kind = (vendor.start_from, vendor.end_until, vendor.language)
        if kind not in days_of_kind:  # many vendors can come in the same hours and languages: look the days through once
            always = replace(vendor, days_off=frozenset())
            days_of_kind[kind] = [day for day in sorted(slots_of_day) if any(fits(always, slot) for slot in slots_of_day[day])]
        most, next_free, gap = 0, -math.inf, day_gap(vendor)
        for day in days_of_kind[kind]:
            if day >= next_free and day not in vendor.days_off:
                if most >= vendor.max_turns:
                    break
                most, next_free = most + 1, day + gap
        ceilings[vendor.id] = min(most, vendor.max_turns)
    return ceilings


def count_alike(row: dict[int, str]) -> tuple[int, int]:
    """(neighbours, pairs) of one category in a live session: its categories by position, empty slots left out."""
    kinds = list(row.values())
    adjacent = sum(row.get(position + 1) == category for position, category in row.items())
    return adjacent, sum(kinds.count(kind) * (kinds.count(kind) - 1) // 2 for kind in set(kinds))


def _unknown(plan: Plan, slots: dict[str, ProblemSlot], vendors: dict[str, ProblemVendor]) -> int:
    return sum(slot_id not in slots or (vendor_id is not None and vendor_id not in vendors) for slot_id, vendor_id in plan.items())


def _misplaced(problem: Problem, plan: Plan, standing: Plan, slots: dict[str, ProblemSlot], vendors: dict[str, ProblemVendor]) -> int:
    wrong = sum(not fits(vendors[vendor_id or ""], slots[slot_id]) for slot_id, vendor_id in standing.items())
    wrong += sum(slot.pin is not None and plan.get(slot.id) != slot.pin for slot in problem.slots)
    if problem.published is not None:
        wrong += sum(slot.day < problem.now and plan.get(slot.id) != problem.published.get(slot.id) for slot in problem.slots)
    return wrong


def _crowded(turns: dict[str, list[ProblemSlot]], vendors: dict[str, ProblemVendor]) -> int:
    too_close = sum(
        later.day - earlier.day < day_gap(vendors[vendor_id]) for vendor_id, own in turns.items() for earlier, later in pairwise(own)
    )
    return too_close + sum(len(own) > vendors[vendor_id].max_turns for vendor_id, own in turns.items())


def _changes(problem: Problem, plan: Plan) -> int:
    if problem.published is None:
        return 0
    return sum(slot.day >= problem.now and plan.get(slot.id) != problem.published.get(slot.id) for slot in problem.slots)


def _spread(problem: Problem, counts: dict[str, int]) -> int:
    ceilings = ceilings_of(problem)
    below = [count for vendor_id, count in counts.items() if count < ceilings[vendor_id]]
    return max(0, max(counts.values()) - min(below)) if below else 0


def _alike(problem: Problem, standing: Plan, vendors: dict[str, ProblemVendor]) -> tuple[int, int]:
    """(neighbours, pairs) of one category within live sessions."""
    rows: dict[str, dict[int, str]] = defaultdict(dict)
    for slot in problem.slots:
        vendor_id = standing.get(slot.id)
        if vendor_id is not None:
            rows[slot.session][slot.position] = vendors[vendor_id].category
    counted = [count_alike(row) for row in rows.values()]
    return sum(adjacent for adjacent, _ in counted), sum(repeated for _, repeated in counted)
