"""A first plan, day by day, in which hardly anything is left to improve.

Each day is a linear assignment (Kuhn 1955; Jonker and Volgenant 1987, by scipy) of vendors to the day's open slots. As many slots
are filled as can be; among the vendors those go first who are most pressed: turns still due, divided by the turns that still fit
into the days they have left. Pressed by a guarantee goes before pressed by evenness. The dice only break ties.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from bazaar.rotation.counting import even_level
from bazaar.rotation.instance import Flags, Ints
from bazaar.rotation.roster import Roster
from bazaar.rotation.stage import NOBODY

Costs = NDArray[np.float64]

_NEVER = 1e9
_GUARANTEE = 1e3
_LUCK = 1e-6


def place_days(roster: Roster, luck: Costs) -> None:
    """Assign the open slots of each day in turn. luck: (V,) between 0 and 1."""
    if not roster.instance.vendor_count:
        return
    is_open = roster.is_movable & (roster.holders == NOBODY)
    order = np.argsort(roster.day_row, kind="stable")
    starts = np.searchsorted(roster.day_row[order], np.arange(len(roster.days) + 1))
    slots_of_day = [order[start:end][is_open[order[start:end]]] for start, end in pairwise(starts.tolist())]
    chances = _chances(roster, slots_of_day)
    due = even_level(len(roster.holders), chances[0] + roster.turns) if len(chances) else 0.0
    for row, slots in enumerate(slots_of_day):
        if len(slots):
            _assign(roster, slots, _pressure(roster, chances[row], due) - _LUCK * luck)


def _chances(roster: Roster, slots_of_day: list[Ints]) -> Ints:
    """(D, V): how many turns still fit from that day on, into the vendor's own days and gap."""
    instance = roster.instance
    until = roster.first_day_after  # (D, V)
    chances = np.zeros((len(roster.days) + 1, instance.vendor_count), dtype=np.int64)
    everybody = np.arange(instance.vendor_count)
    for row in reversed(range(len(roster.days))):
        can_come = _block(instance.fits, slots_of_day[row]).any(axis=1) & (roster.near[row] == 0)
        chances[row] = np.maximum(chances[row + 1], can_come + chances[until[row], everybody])
    within: Ints = np.minimum(chances[:-1], np.maximum(0, roster.room - roster.turns))
    return within


def _block(fits: Flags, slots: Ints) -> Flags:
    """fits[:, slots]; a view where the slots lie side by side, as they mostly do."""
    if len(slots) and slots[-1] - slots[0] + 1 == len(slots):
        return fits[:, slots[0] : slots[-1] + 1]
    return fits[:, slots]


def _pressure(roster: Roster, chances: Ints, due: float) -> Costs:
    """(V,): the greater, the sooner the vendor must have a turn."""
    instance = roster.instance
    missing = instance.fewest - roster.turns
    left = np.maximum(1, chances)
    pressure = (due - roster.turns) / left
    return np.where(missing > 0, _GUARANTEE + missing / left, pressure)


def _assign(roster: Roster, slots: Ints, pressure: Costs) -> None:
    day = roster.day_row[slots[0]]
    may = (roster.near[day] == 0) & (roster.turns < roster.room)
    fits = _block(roster.instance.fits, slots)
    candidates = np.flatnonzero(may & fits.any(axis=1))
    candidates = candidates[np.argsort(-pressure[candidates], kind="stable")]
    # Somebody far down the list is needed only where those above do not fit.
    for count in (2 * len(slots) + 20, len(candidates)):
        rows = candidates[:count]
        costs = np.where(fits[rows], -pressure[rows, None], _NEVER)
        chosen, columns = linear_sum_assignment(costs)
        is_real = costs[chosen, columns] < _NEVER
        if count >= len(candidates) or is_real.sum() == len(slots):
            break
    for vendor, slot in zip(rows[chosen[is_real]].tolist(), slots[columns[is_real]].tolist(), strict=True):
        # Asked again: with neighbours of one kind forbidden, the one beside may just have been placed.
        if not roster.forbids_neighbours or roster.may_take(vendor, slot):
            roster.put(vendor, slot)
