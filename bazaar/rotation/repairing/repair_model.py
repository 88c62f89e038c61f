"""The repair as an integer program: exact where counting and assignments leave a question.

One variable per vendor and open or movable slot that the vendor can take at all. Each slot has one vendor at most, each vendor one
turn in every window of `gap` days (the clique rows of an interval graph: their matrix is totally unimodular per vendor, so the
linear relaxation is nearly always whole). Turns are counted in unary, with rising costs, which makes the sum of squares linear
(Dantzig's trick for convex costs). Levels are minimised one after the other, each fixed before the next.

Ends by a number of nodes, never by a clock; a level that was not settled in that many is None.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from bazaar.rotation.instance import Instance
from bazaar.rotation.repairing.repair import Repair
from bazaar.rotation.stage import NOBODY, Holders

MOST_PAIRS = 30_000
"""Larger problems are not put to the integer program."""
NODE_LIMIT = 2_000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Solved:
    """An answer of the integer program. `values` are the levels asked for, in order; `is_exact` whether all of them are proved."""

    holders: Holders
    values: tuple[int, ...]
    is_exact: bool


def pair_count(instance: Instance, repair: Repair) -> int:
    """How many pairs of vendor and movable slot the program would have, about: enough to know before it is built."""
    return int((instance.fits & ~np.array(repair.is_fixed, dtype=np.bool_)).sum())


class RepairModel:
    """Variables in this order: pairs (vendor, slot); unary turns (vendor, how many); short by vendor; low selectors; spread."""

    def __init__(self, instance: Instance, repair: Repair) -> None:
        self.instance, self.repair = instance, repair
        self.vendor, self.slot = self._pairs()
        self.fixed_turns = np.array([len(days) for days in repair.fixed_days], dtype=np.int64)
        self.rows: list[tuple[list[int], list[float], float, float]] = []
        self.upper: list[float] = [1.0] * len(self.vendor)
        self.levels: dict[str, tuple[dict[int, float], float]] = {}
        self._one_vendor_per_slot()
        self._keep_distance()
        self._forbid_neighbours()
        self._count_turns()
        self._guarantees()
        self._count_changes()
        self._spread()

    def minimise(self, levels: tuple[str, ...], limits: dict[str, int]) -> Solved | None:
        """The levels minimised one after the other with the other levels at most at the limits. None: no plan (or none found)."""
        rows = list(self.rows)
        for level, limit in limits.items():
            rows.append(self._level_row(level, limit))
        values, is_exact, answer = [], True, None
        for level in levels:
            objective, constant = self.levels[level]
            found = self._solve(objective, rows)
            if found is None:
                return None
            answer, proved = found
            value = round(sum(weight * answer[column] for column, weight in objective.items()) + constant)
            values.append(value)
            is_exact = is_exact and proved
            rows.append(self._level_row(level, value))
        return None if answer is None else Solved(self._holders(answer), tuple(values), is_exact)

    def _pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Who can take which movable slot beside the turns that cannot move."""
        can = self.instance.fits & ~np.array(self.repair.is_fixed)
        for fixed, holder in enumerate(self.repair.holder):
            if self.repair.is_fixed[fixed] and holder != NOBODY:
                can[holder, np.abs(self.instance.day - self.instance.day[fixed]) < self.instance.gap[holder]] = False
        vendor, slot = np.nonzero(can)
        return vendor, slot

    def _add(self, upper: float) -> int:
        """Another whole number from nought on. All are declared whole, also those that would be so by themselves: with a mixture
        HiGHS solves once more for the others, which it announces on standard output and does not always survive."""
        self.upper.append(upper)
        return len(self.upper) - 1

    def _level_row(self, level: str, limit: int) -> tuple[list[int], list[float], float, float]:
        objective, constant = self.levels[level]
        return list(objective), list(objective.values()), -np.inf, limit - constant

    def _one_vendor_per_slot(self) -> None:
        of_slot: dict[int, list[int]] = defaultdict(list)
        for column, slot in enumerate(self.slot.tolist()):
            of_slot[slot].append(column)
        for columns in of_slot.values():
            self.rows.append((columns, [1.0] * len(columns), 0, 1))
        self.of_slot = of_slot
        open_count = sum(not fixed for fixed in self.repair.is_fixed)
        empty_fixed = sum(fixed and holder == NOBODY for fixed, holder in zip(self.repair.is_fixed, self.repair.holder, strict=True))
        self.levels["unfilled"] = (dict.fromkeys(range(len(self.slot)), -1.0), float(open_count + empty_fixed))

    def _keep_distance(self) -> None:
        self.of_vendor: dict[int, list[int]] = defaultdict(list)
        for column, vendor in enumerate(self.vendor.tolist()):
            self.of_vendor[vendor].append(column)
        days = self.instance.day[self.slot].tolist()
        for vendor, columns in self.of_vendor.items():
            own = sorted(columns, key=lambda column: days[column])
            gap, seen = int(self.instance.gap[vendor]), -1
            for first, column in enumerate(own):
                if first and days[own[first - 1]] == days[column]:
                    continue  # the window that begins on this day is already there
                last = first
                while last < len(own) and days[own[last]] < days[column] + gap:
                    last += 1
                if last > seen and last - first > 1:  # a window inside an earlier one says nothing new
                    self.rows.append((own[first:last], [1.0] * (last - first), 0, 1))
                seen = max(seen, last)

    def _forbid_neighbours(self) -> None:
        if self.repair.problem.rules.adjacent != "hard":
            return
        place = {
            (int(row), int(position)): slot
            for slot, (row, position) in enumerate(zip(self.instance.session, self.instance.position, strict=True))
        }
        for (row, position), slot in place.items():
            other = place.get((row, position + 1))
            if other is None:
                continue
            for category in range(int(self.instance.category.max(initial=-1)) + 1):
                columns = [c for s in (slot, other) for c in self.of_slot.get(s, []) if self.instance.category[self.vendor[c]] == category]
                held = sum(self._is_fixed_of(s, category) for s in (slot, other))
                if columns:
                    self.rows.append((columns, [1.0] * len(columns), 0, max(0, 1 - held)))

    def _is_fixed_of(self, slot: int, category: int) -> bool:
        holder = self.repair.holder[slot]
        return self.repair.is_fixed[slot] and holder != NOBODY and int(self.instance.category[holder]) == category

    def _count_turns(self) -> None:
        self.turns: list[tuple[list[int], int]] = []  # by vendor: columns that count one turn each, and turns that cannot move
        squares: dict[int, float] = {}
        for vendor in range(self.instance.vendor_count):
            fixed = int(self.fixed_turns[vendor])
            columns = self.of_vendor.get(vendor, [])
            room = min(len(columns), max(0, int(self.instance.most[vendor]) - fixed))
            units = [self._add(1.0) for _ in range(room)]
            for number, unit in enumerate(units):
                squares[unit] = 2.0 * (fixed + number) + 1
            if columns:
                self.rows.append((columns + units, [1.0] * len(columns) + [-1.0] * len(units), 0, 0))
            self.turns.append((columns, fixed))
        self.levels["turns_sq"] = (squares, float((self.fixed_turns**2).sum()))

    def _guarantees(self) -> None:
        short: dict[int, float] = {}
        for vendor, (columns, fixed) in enumerate(self.turns):
            missing = int(self.instance.fewest[vendor]) - fixed
            if missing > 0:
                lack = self._add(float(missing))
                short[lack] = 1.0
                self.rows.append(([*columns, lack], [1.0] * (len(columns) + 1), missing, np.inf))
        self.levels["short"] = (short, 0.0)

    def _count_changes(self) -> None:
        changes: dict[int, float] = {}
        constant = 0
        problem, repair = self.repair.problem, self.repair
        column_of = {
            (vendor, slot): column for column, (vendor, slot) in enumerate(zip(self.vendor.tolist(), self.slot.tolist(), strict=True))
        }
        for slot, where in enumerate(problem.slots):
            before = repair.published[slot]
            if where.day < problem.now:
                continue
            if repair.is_fixed[slot]:
                holder = repair.holder[slot]
                constant += int(holder != before or holder == NOBODY if repair.was_filled[slot] else holder != NOBODY)
            elif repair.was_filled[slot]:
                constant += 1
                if (before, slot) in column_of:
                    changes[column_of[before, slot]] = -1.0
            else:
                changes.update(dict.fromkeys(self.of_slot.get(slot, []), 1.0))
        self.levels["changes"] = (changes, float(constant))

    def _spread(self) -> None:
        """Somebody below the ceiling has at least `low` turns, everybody at most `low` + spread; one selector for each `low`."""
        ceilings = self.instance.ceiling
        most = int(max(ceilings.max(initial=0), self.fixed_turns.max(initial=0)))
        selectors = [self._add(1.0) for _ in range(most + 1)]
        spread = self._add(float(most))
        self.rows.append((selectors, [1.0] * len(selectors), 1, 1))
        for vendor, (columns, fixed) in enumerate(self.turns):
            least = [-float(min(low, ceilings[vendor])) for low in range(most + 1)]
            self.rows.append((columns + selectors, [1.0] * len(columns) + least, -fixed, np.inf))
            lows = [-float(low) for low in range(most + 1)]
            self.rows.append(([*columns, *selectors, spread], [1.0] * len(columns) + [*lows, -1.0], -np.inf, -fixed))
        self.levels["spread"] = ({spread: 1.0}, 0.0)

    def _solve(self, objective: dict[int, float], rows: list[tuple[list[int], list[float], float, float]]) -> tuple[Floats, bool] | None:
        size, rows = len(self.upper), [row for row in rows if row[0]]
        cost = np.zeros(size)
        cost[list(objective)] = list(objective.values())
        pointers = np.cumsum([0, *(len(columns) for columns, *_ in rows)])
        columns = np.array([column for each in rows for column in each[0]], dtype=np.int64)
        weights = np.array([weight for each in rows for weight in each[1]])
        matrix = csr_array((weights, columns, pointers), shape=(len(rows), size))
        answer = milp(
            cost,
            constraints=LinearConstraint(matrix, [row[2] for row in rows], [row[3] for row in rows]),
            integrality=np.ones(size),
            bounds=Bounds(np.zeros(size), np.array(self.upper)),
            options={"node_limit": NODE_LIMIT, "mip_rel_gap": 0.0},
        )
        return None if answer.x is None else (np.round(answer.x), bool(answer.status == 0))

    def _holders(self, answer: Floats) -> Holders:
        holders = np.array(self.repair.holder, dtype=np.int64)
        holders[~np.array(self.repair.is_fixed)] = NOBODY
        taken = np.flatnonzero(answer[: len(self.slot)] > 0.5)
        holders[self.slot[taken]] = self.vendor[taken]
        return holders
