"""First a full plan: what is fixed, then day by day, then chains for the slots that stayed empty.

Each day is a linear assignment (Kuhn 1955; Jonker and Volgenant 1987, by scipy) of vendors to the day's open slots. Its costs
let those go first who have had the fewest turns, then those who have the fewest chances left, then those with the fewest points.
"""

import random  # noqa: TID251 (seeded dice only: a draw can be replayed)
from bisect import bisect_right

from bazaar.rotation.draft import Draft
from bazaar.rotation.stage import NOBODY

DEEPEST_CHAIN = 4
_TURN, _SCARCE, _NEVER = 1e6, 4e5, 1e12


def place_fixed(draft: Draft) -> None:
    """Slots before `now` stay as published, pins are set, and a repair begins with everything published that still holds.

    A pin that breaks a rule leaves its slot empty: the score counts it, and the organizer must decide.
    """
    problem = draft.problem
    rows = {vendor.id: row for row, vendor in enumerate(draft.vendors)}
    published = problem.published or {}
    for index, slot in enumerate(draft.slots):
        if problem.published is not None and slot.day < problem.now:
            draft.locked[index] = True
            vendor_id = published.get(slot.id)
            if vendor_id in rows:
                draft.put(rows[vendor_id], index)
    for index, slot in enumerate(draft.slots):
        if slot.pin is not None and not draft.locked[index]:
            draft.locked[index] = True
            if slot.pin in rows and draft.can_take(rows[slot.pin], index):
                draft.put(rows[slot.pin], index)
    for index, slot in enumerate(draft.slots):
        vendor_id = published.get(slot.id)
        if not draft.locked[index] and vendor_id in rows and draft.can_take(rows[vendor_id], index):
            draft.put(rows[vendor_id], index)
            draft.kept[index] = True


def place_days(draft: Draft, dice: random.Random) -> None:
    """Assign the open slots of each day in turn. The dice only break ties."""
    luck = [dice.random() for _ in draft.vendors]
    chances = _days_of(draft)
    for day in sorted({slot.day for slot in draft.slots}):
        open_slots = [
            index for index, slot in enumerate(draft.slots) if slot.day == day and draft.holder[index] == NOBODY and not draft.locked[index]
        ]
        if open_slots:
            _assign_day(draft, open_slots, day, chances, luck)


def fill_by_chains(draft: Draft) -> None:
    """Fill what is empty: somebody who could come but stands too near moves over, and another takes the place left, and so on."""
    for slot, holder in enumerate(draft.holder):
        if holder == NOBODY and not draft.locked[slot]:
            _fill(draft, slot, {slot}, DEEPEST_CHAIN)


def _days_of(draft: Draft) -> list[list[int]]:
    return [sorted({slot.day for index, slot in enumerate(draft.slots) if can[index] and not draft.locked[index]}) for can in draft.fits]


def _assign_day(draft: Draft, open_slots: list[int], day: int, chances: list[list[int]], luck: list[float]) -> None:
    import numpy as np  # noqa: PLC0415 (half a second that pages without a plan need not pay)
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 (as above)

    candidates = [vendor for vendor in range(len(draft.vendors)) if any(draft.can_take(vendor, slot) for slot in open_slots)]
    costs = np.full((len(candidates), len(open_slots)), _NEVER)
    for row, vendor in enumerate(candidates):
        left = (len(chances[vendor]) - bisect_right(chances[vendor], day)) / draft.gap[vendor]
        basic = _TURN * len(draft.turns[vendor]) - _SCARCE / (1 + left) + draft.points[vendor] + luck[vendor]
        for column, slot in enumerate(open_slots):
            if draft.can_take(vendor, slot):
                costs[row, column] = basic + 1e-3 * draft.points[vendor] * draft.slots[slot].weight
    for row, column in zip(*linear_sum_assignment(costs), strict=True):
        # Checked again: with neighbours of one category forbidden, the one beside may just have been placed.
        if costs[row, column] < _NEVER and draft.can_take(candidates[row], open_slots[column]):
            draft.put(candidates[row], open_slots[column])


def _fill(draft: Draft, slot: int, seen: set[int], depth: int) -> bool:
    vendors = sorted(range(len(draft.vendors)), key=lambda vendor: (len(draft.turns[vendor]), draft.points[vendor], vendor))
    for vendor in vendors:
        if draft.can_take(vendor, slot):
            draft.put(vendor, slot)
            return True
    if depth == 0:
        return False
    for vendor in vendors:
        blockers = draft.blockers(vendor, slot) if draft.fits[vendor][slot] else []
        if len(blockers) != 1 or blockers[0] in seen or draft.locked[blockers[0]] or not draft.can_take(vendor, slot, leaving=blockers[0]):
            continue
        left = blockers[0]
        draft.clear(left)
        draft.put(vendor, slot)
        if _fill(draft, left, seen | {left}, depth - 1):
            return True
        draft.clear(slot)
        draft.put(vendor, left)
    return False
