"""Open slots to vendors who need not give anything up for them: the whole of a small repair.

Each vendor takes at most one open slot, so turns and points are sums over pairs (vendor, slot), and the best plan is a linear
assignment (Kuhn 1955; Jonker and Volgenant 1987, by scipy): first as few turns squared as possible, then nobody farther from the
mean than a limit, then the points squared. The limit is searched by halving over the distances that can occur: below the right one
somebody stays outside, which the same assignment counts, because "outside" is also a sum over pairs.

Costs are whole numbers below 2**52, so that the floats of the assignment are exact.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from bazaar.rotation.problem import is_wish_missed
from bazaar.rotation.repairing.repair import Repair

MOST_CANDIDATES = 400
"""So many vendors with the fewest turns are looked at for each open slot; those who already have more would not be chosen."""

_EXACT = 2.0**52
Ints = NDArray[np.int64]


def reseat(repair: Repair) -> bool:
    """Fill the open slots as far as vendors can take them without giving anything up. True: as evenly as can be, points included.

    That holds when all who took one had equally few turns before: then a plan in which somebody takes two has more turns squared.
    """
    is_best = True
    for round_number in range(len(repair.open_slots)):
        candidates = {slot: _candidates(repair, slot) for slot in repair.open_slots}
        slots = [slot for slot, vendors in candidates.items() if vendors]
        if not slots:
            break
        vendors = sorted({vendor for slot in slots for vendor in candidates[slot]})
        turns = {vendor: len(repair.days[vendor]) for vendor in vendors}
        for row, column in _Seats(repair, vendors, slots, candidates).assign():
            is_best = is_best and turns[vendors[row]] == min(turns.values())
            if repair.can_take(vendors[row], slots[column]):  # again: where neighbours matter, the one beside may just have come
                repair.put(vendors[row], slots[column])
        is_best = is_best and round_number == 0
    return is_best


def _candidates(repair: Repair, slot: int) -> list[int]:
    able = [vendor for vendor in repair.free_on(repair.problem.slots[slot].day) if repair.can_take(vendor, slot)]
    return sorted(able, key=lambda vendor: (len(repair.days[vendor]) - _is_short(repair, vendor), repair.points[vendor]))[:MOST_CANDIDATES]


def _is_short(repair: Repair, vendor: int) -> int:
    """A large number for somebody who still misses a guaranteed turn: they come first."""
    return 1000 * (len(repair.days[vendor]) < repair.problem.vendors[vendor].min_turns)


class _Seats:
    """The assignment of R candidates to C open slots; arrays are (R, C) unless said otherwise."""

    def __init__(self, repair: Repair, vendors: list[int], slots: list[int], candidates: dict[int, list[int]]) -> None:
        row_of = {vendor: row for row, vendor in enumerate(vendors)}
        weight = np.array([repair.problem.slots[slot].weight for slot in slots])
        points = np.array([repair.points[vendor] for vendor in vendors])
        turns = np.array([len(repair.days[vendor]) for vendor in vendors])
        short = np.array([_is_short(repair, vendor) for vendor in vendors])
        self.is_able = np.zeros((len(vendors), len(slots)), dtype=np.bool_)
        for column, slot in enumerate(slots):
            self.is_able[[row_of[vendor] for vendor in candidates[slot]], column] = True
        self.turns = np.broadcast_to((2 * turns + 1 - 2 * short)[:, None], self.is_able.shape)
        self.squares = 2 * points[:, None] * weight + weight**2
        total, count = sum(repair.points) + int(weight.sum()), len(repair.points)
        self.away_after = np.abs(count * (points[:, None] + weight) - total)
        self.away_before = np.abs(count * points - total)  # (R,)
        chosen = set(vendors)
        self.away_others = max(
            (abs(count * value - total) for vendor, value in enumerate(repair.points) if vendor not in chosen), default=0
        )
        self.rest = _rest(repair, vendors, slots) if len(slots) * len(vendors) <= 4096 else np.zeros(self.is_able.shape, dtype=np.int64)

    def assign(self) -> list[tuple[int, int]]:
        """The best pairs (row, column)."""
        limits = np.unique(np.concatenate((self.away_after[self.is_able], self.away_before)))
        limits = limits[limits >= self.away_others]
        low, high = 0, len(limits) - 1
        while low < high:
            middle = (low + high) // 2
            if self._outside(self._pairs(int(limits[middle])), int(limits[middle])):
                low = middle + 1
            else:
                high = middle
        return self._pairs(int(limits[high]) if len(limits) else self.away_others)

    def _pairs(self, limit: int) -> list[tuple[int, int]]:
        """The assignment with the fewest outside the limit; the last of the cost's parts gives way where it would not be exact."""
        outside = (self.away_after > limit).astype(np.int64) - (self.away_before > limit)[:, None]
        cost = np.zeros(self.is_able.shape, dtype=np.int64)
        for part in (self.turns, outside, self.squares, self.rest):
            step = part - part.min()
            scale = int(step.max()) * len(cost[0]) + 1
            if float(cost.max() - cost.min()) * scale * (len(cost[0]) + 1) + float(scale) > _EXACT:
                break
            cost = (cost - cost.min()) * scale + step
        never = (int(cost.max()) + 1) * (len(cost[0]) + 1)
        rows, columns = linear_sum_assignment(np.where(self.is_able, cost, never).astype(np.float64))
        return [(int(row), int(column)) for row, column in zip(rows, columns, strict=True) if self.is_able[row, column]]

    def _outside(self, pairs: list[tuple[int, int]], limit: int) -> bool:
        away = self.away_before.copy()
        for row, column in pairs:
            away[row] = self.away_after[row, column]
        return bool((away > limit).any())


def _rest(repair: Repair, vendors: list[int], slots: list[int]) -> Ints:
    """The parts below the points for each pair, as far as they depend on what stays: neighbours, repetition, spacing, wishes."""
    problem = repair.problem
    beside: dict[str, list[tuple[int, str]]] = {problem.slots[slot].session: [] for slot in slots}
    for slot, holder in enumerate(repair.holder):
        if holder >= 0 and problem.slots[slot].session in beside:
            beside[problem.slots[slot].session].append((problem.slots[slot].position, problem.vendors[holder].category))
    cost = np.zeros((len(vendors), len(slots)), dtype=np.int64)
    for column, slot in enumerate(slots):
        where = problem.slots[slot]
        for row, vendor in enumerate(vendors):
            who = problem.vendors[vendor]
            alike = [position for position, category in beside[where.session] if category == who.category]
            adjacent = sum(abs(position - where.position) == 1 for position in alike)
            missing = sum(max(0, problem.rules.want_gap - abs(day - where.day)) for day in _nearest(repair.days[vendor], where.day))
            cost[row, column] = ((adjacent * 64 + min(63, len(alike))) * 256 + min(255, missing)) * 2 + is_wish_missed(who, where)
    return cost


def _nearest(days: list[int], day: int) -> list[int]:
    """The last day before and the first after."""
    before, after = [each for each in days if each <= day], [each for each in days if each > day]
    return [*([max(before)] if before else []), *([min(after)] if after else [])]
