"""How much of a wish must stay unmet, exactly: a small integer program for groups that a plain count of neighbours cannot judge,
because gaps tie the days together.

Variables: x[vendor, slot] = 1 where the vendor may be given the slot, only for slots and vendors that the wish names. One vendor a
slot; of each stretch of `gap` days a vendor has one turn at most; nobody has more than there is room for; where goods of one kind
may not stand side by side, each kind has one of two neighbours at most. What is filled, and what is kept of guarantees, is made as
large as can be (HiGHS, by scipy). Other vendors' guarantees and other slots are left out, so what is missing here is missing in
every plan. Up to `EXACT_PAIRS` the answer is exact, unless the count of nodes ends the search early. Beyond, and then, HiGHS's own
bound (of the linear relaxation, where days and gaps make intervals and fractions are rare) is what counts: less may be proved,
never more.
"""

from collections import defaultdict
from collections.abc import Sequence
from math import ceil

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from bazaar.rotation.problem import day_gap
from bazaar.rotation.reasons.ground import Ground

EXACT_PAIRS, LARGEST_MODEL = 4_000, 30_000
"""Pairs of vendor and slot: solved in whole numbers up to the first, not asked at all beyond the second."""

_NODES, _TINY = 400, 1e-6


def shortfall(ground: Ground, slots: Sequence[str], vendors: Sequence[str]) -> int:
    """The fewest of these slots that stay empty and turns that are missing to these vendors' guarantees, together; nought where
    nothing is proved."""
    wanted_slots = set(slots)
    named = [ground.standing.vendors[vendor_id] for vendor_id in vendors]
    pairs = [
        (vendor_id, slot.id)
        for slot in ground.open_slots
        for vendor_id in (
            ground.takers(slot) if slot.id in wanted_slots else [vendor.id for vendor in named if ground.can_take(vendor, slot)]
        )
    ]
    owed = {vendor_id: owing for vendor_id in vendors if (owing := ground.owed(vendor_id))}
    asked = sum(slot.id in wanted_slots for slot in ground.open_slots) + sum(owed.values())
    if not pairs or not asked:
        return asked
    if len(pairs) > LARGEST_MODEL:
        return 0
    rows = [(list(columns), limit) for columns, limit in _rules(ground, pairs)]
    value = np.array([float(slot_id in wanted_slots) for _, slot_id in pairs] + [1.0] * len(owed))
    own: dict[str, list[int]] = defaultdict(list)
    for column, (vendor_id, _) in enumerate(pairs):
        own[vendor_id].append(column)
    for number, vendor_id in enumerate(owed):  # what is kept of a guarantee is no more than the vendor's turns
        rows.append(([len(pairs) + number, *(-column - 1 for column in own[vendor_id])], 0))
    upper = np.array([1.0] * len(pairs) + [float(owing) for owing in owed.values()])
    answer = milp(
        -value,
        constraints=LinearConstraint(_matrix(rows, len(value)), ub=np.array([float(limit) for _, limit in rows])),
        bounds=Bounds(0, upper),
        integrality=np.full(len(value), int(len(pairs) <= EXACT_PAIRS)),
        options={"node_limit": _NODES, "mip_rel_gap": 0},
    )
    reached = answer.fun if answer.status == 0 else answer.mip_dual_bound
    return 0 if reached is None else max(0, ceil(asked + reached - _TINY))


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
