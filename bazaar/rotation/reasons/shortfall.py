"""How much of a wish must stay unmet, exactly: a small integer program for groups that a plain count of neighbours cannot judge,
because gaps tie the days together.

Variables: x[vendor, slot] = 1 where the vendor may be given the slot, only for slots and vendors that the wish names. One vendor a
slot; of each stretch of `gap` days a vendor has one turn at most; nobody has more than there is room for; where goods of one kind
may not stand side by side, each kind has one of two neighbours at most. What is filled, and what is kept of guarantees, is made as
large as can be (HiGHS, by scipy). Other vendors' guarantees and other slots are left out, so what is missing here is missing in
every plan. Up to `WHOLE_PAIRS` the answer is exact, unless the count of nodes ends the search early. Beyond, and then, HiGHS's own
bound (of the linear relaxation, where days and gaps make intervals and fractions are rare) is what counts: less may be proved,
never more.
"""

from collections import defaultdict
from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from bazaar.rotation.problem import ProblemSlot, day_gap
from bazaar.rotation.reasons.ground import Ground

EXACT_PAIRS, WHOLE_PAIRS, LARGEST_MODEL = 4_000, 1_500, 30_000
"""Pairs of vendor and slot: of the ground, up to which every slot and vendor of a group is tried; of a wish, up to which it is solved in
whole numbers, as a root of HiGHS may take seconds beyond; and beyond which it is not asked at all."""

_NODES, _TINY = 400, 1e-6


def shortfall(ground: Ground, slots: Sequence[str], vendors: Sequence[str]) -> int:
    """The fewest of these slots that stay empty and turns that are missing to these vendors' guarantees, together; nought where
    nothing is proved."""
    model = _Model(ground, slots, vendors)
    if not model.pairs or not model.asked:
        return model.asked
    if len(model.pairs) > LARGEST_MODEL:
        return 0
    answer = model.solve(model.value)
    reached = answer.fun if answer.status == 0 else answer.mip_dual_bound
    return 0 if reached is None else max(0, ceil(model.asked + reached - _TINY))


def slots_to_spare(ground: Ground, slots: Sequence[str], count: int) -> list[str]:
    """So many of these slots, without which as many of the others as can be are filled: those that the best filling leaves empty.

    Where several are as good, those go that the fewest could take, the latest first.
    """
    by_worth = sorted(slots, key=lambda slot_id: _worth(ground, ground.standing.slots[slot_id]))
    model = _Model(ground, slots, [])
    if not model.pairs or len(model.pairs) > LARGEST_MODEL:
        return by_worth[:count]
    # Worth tips the scale between fillings of equal size only: all of it together is less than one slot.
    tips = {slot_id: place / (len(slots) + 1) ** 2 for place, slot_id in enumerate(by_worth)}
    answer = model.solve(model.value + np.array([tips[slot_id] for _, slot_id in model.pairs]))
    filled = dict.fromkeys(slots, 0.0)
    for (_, slot_id), share in zip(model.pairs, [] if answer.x is None else answer.x, strict=False):
        filled[slot_id] += share
    return sorted(by_worth, key=lambda slot_id: round(filled[slot_id], 6))[:count]


def _worth(ground: Ground, slot: ProblemSlot) -> tuple[int, int, int]:
    return len(ground.takers(slot)), -slot.day, -slot.start


class _Model:
    """The integer program of a wish: `pairs` (vendor, slot) are its first columns, then one for each vendor who is owed turns."""

    def __init__(self, ground: Ground, slots: Sequence[str], vendors: Sequence[str]) -> None:
        wanted_slots = set(slots)
        named = [ground.standing.vendors[vendor_id] for vendor_id in vendors]
        self.pairs = [
            (vendor_id, slot.id)
            for slot in ground.open_slots
            for vendor_id in (
                ground.takers(slot) if slot.id in wanted_slots else [vendor.id for vendor in named if ground.can_take(vendor, slot)]
            )
        ]
        owed = {vendor_id: owing for vendor_id in vendors if (owing := ground.owed(vendor_id))}
        self.asked = sum(slot.id in wanted_slots for slot in ground.open_slots) + sum(owed.values())
        self.value = np.array([float(slot_id in wanted_slots) for _, slot_id in self.pairs] + [1.0] * len(owed))
        self._ground, self._owed = ground, owed

    def solve(self, value: np.ndarray) -> Any:
        """Make the value as large as can be; what scipy answers."""
        rows = [(list(columns), limit) for columns, limit in _rules(self._ground, self.pairs)]
        own: dict[str, list[int]] = defaultdict(list)
        for column, (vendor_id, _) in enumerate(self.pairs):
            own[vendor_id].append(column)
        for number, vendor_id in enumerate(self._owed):  # what is kept of a guarantee is no more than the vendor's turns
            rows.append(([len(self.pairs) + number, *(-column - 1 for column in own[vendor_id])], 0))
        upper = np.array([1.0] * len(self.pairs) + [float(owing) for owing in self._owed.values()])
        return milp(
            -value,
            constraints=LinearConstraint(_matrix(rows, len(value)), ub=np.array([float(limit) for _, limit in rows])),
            bounds=Bounds(0, upper),
            integrality=np.full(len(value), int(len(self.pairs) <= WHOLE_PAIRS)),
            options={"node_limit": _NODES, "mip_rel_gap": 0},
        )


def _rules(ground: Ground, pairs: Sequence[tuple[str, str]]) -> list[tuple[list[int], int]]:
    """(columns that together are no more than, this)."""
    slots = ground.standing.slots
    of_slot: dict[str, list[int]] = defaultdict(list)
    of_vendor: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for column, (vendor_id, slot_id) in enumerate(pairs):
        of_slot[slot_id].append(column)
        of_vendor[vendor_id][slots[slot_id].day].append(column)
    rules = [(columns, 1) for columns in of_slot.values()]
    for vendor_id, days in of_vendor.items():
        gap = day_gap(ground.standing.vendors[vendor_id])
        rules += [([column for day in sorted(days) if first <= day < first + gap for column in days[day]], 1) for first in sorted(days)]
        rules.append(([column for own in days.values() for column in own], ground.room(vendor_id)))
    if ground.problem.rules.adjacent == "hard":
        rules += _neighbour_rules(ground, pairs, of_slot)
    return rules


def _neighbour_rules(ground: Ground, pairs: Sequence[tuple[str, str]], of_slot: dict[str, list[int]]) -> list[tuple[list[int], int]]:
    slots, vendors = ground.standing.slots, ground.standing.vendors
    at = {(slots[slot_id].session, slots[slot_id].position): slot_id for slot_id in of_slot}
    rules = []
    for (session, position), slot_id in at.items():
        of_kind: dict[str, list[int]] = defaultdict(list)
        for near in (slot_id, at.get((session, position + 1))):
            for column in of_slot.get(near or "", []):
                of_kind[vendors[pairs[column][0]].category].append(column)
        rules += [(columns, 1) for columns in of_kind.values()]
    return rules


def _matrix(rows: Sequence[tuple[list[int], int]], width: int) -> coo_array:
    """(rules, columns) of 1, and of -1 for a column that is written as -column - 1."""
    row, column, sign = [], [], []
    for number, (columns, _) in enumerate(rows):
        for each in columns:
            row.append(number)
            column.append(each if each >= 0 else -each - 1)
            sign.append(1.0 if each >= 0 else -1.0)
    return coo_array((sign, (row, column)), shape=(len(rows), width)).tocsr()
