"""A first plan, day by day, in which hardly anything is left to improve.

Each day is a linear assignment (Kuhn 1955; Jonker and Volgenant 1987, by scipy) of vendors to the day's open slots. As many slots
are filled as can be; among the vendors those go first who are most pressed: turns still due, divided by the turns that still fit
into the days they have left. Pressed by a guarantee goes before pressed by evenness. The dice only break ties.
"""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from bazaar.rotation.filling.counting import even_level
from bazaar.rotation.filling.roster import Roster
from bazaar.rotation.instance import Flags, Ints
from bazaar.rotation.stage import NOBODY

Costs = NDArray[np.float64]

_NEVER = 1e9
_GUARANTEE = 1e3
_LUCK = 1e-6
_MANY = 50
"""Slots a day from which a matching is tried before the assignment."""


def place_days(roster: Roster, luck: Costs) -> None:
    """Assign the open slots of each day in turn. luck: (V,) between 0 and 1."""
    if not roster.instance.vendor_count:
        return
    is_open = roster.is_movable & (roster.holders == NOBODY)
    order = np.argsort(roster.day_row, kind="stable")
    starts = np.searchsorted(roster.day_row[order], np.arange(len(roster.days) + 1))
    slots_of_day = [order[start:end][is_open[order[start:end]]] for start, end in pairwise(starts.tolist())]
    can_come = np.array([_who_can_come(roster.instance.fits, slots) for slots in slots_of_day]).reshape(roster.near.shape)
    chances = _chances(roster, can_come)
    due = even_level(len(roster.holders), chances[0] + roster.turns) if len(chances) else 0.0
    for row, slots in enumerate(slots_of_day):
        if len(slots):
            _assign(roster, slots, can_come[row], _pressure(roster, chances[row], due) - _LUCK * luck)


def _who_can_come(fits: Flags, slots: Ints) -> Flags:
    """(V,) who fits one of these slots at least. Those of a day lie side by side, as a rule, and are looked at without a copy."""
    if not len(slots):
        return np.zeros(len(fits), dtype=np.bool_)
    span: Any = fits[:, slots[0] : slots[-1] + 1]  # a view
    if span.shape[1] > 2 * len(slots):
        span = fits[:, slots]
    elif span.shape[1] > len(slots):
        span = np.logical_and(span, np.isin(np.arange(slots[0], slots[-1] + 1), slots)[None, :])
    can_come: Flags = span.any(axis=1)
    return can_come


def _chances(roster: Roster, can_come: Flags) -> Ints:
    """(D, V): how many turns still fit from that day on, into the vendor's own days and gap."""
    until = roster.first_day_after  # (D, V)
    chances = np.zeros((len(roster.days) + 1, len(roster.turns)), dtype=np.int64)
    everybody = np.arange(len(roster.turns))
    for row in reversed(range(len(roster.days))):
        chances[row] = np.maximum(chances[row + 1], (can_come[row] & (roster.near[row] == 0)) + chances[until[row], everybody])
    within: Ints = np.minimum(chances[:-1], np.maximum(0, roster.room - roster.turns))
    return within


def _pressure(roster: Roster, chances: Ints, due: float) -> Costs:
    """(V,): the greater, the sooner the vendor must have a turn."""
    instance = roster.instance
    missing = instance.fewest - roster.turns
    left = np.maximum(1, chances)
    pressure = (due - roster.turns) / left
    return np.where(missing > 0, _GUARANTEE + missing / left, pressure)


def _assign(roster: Roster, slots: Ints, can_come: Flags, pressure: Costs) -> None:
    may = can_come & (roster.near[roster.day_row[slots[0]]] == 0) & (roster.turns < roster.room)
    candidates = np.flatnonzero(may)
    candidates = candidates[np.argsort(-pressure[candidates], kind="stable")]
    for vendor, slot in _matched(roster.instance.fits, slots, candidates, pressure):
        # Asked again: with neighbours of one kind forbidden, the one beside may just have been placed.
        if not roster.forbids_neighbours or roster.may_take(vendor, slot):
            roster.put(vendor, slot)


def _matched(fits: Flags, slots: Ints, candidates: Ints, pressure: Costs) -> list[tuple[int, int]]:
    """(vendor, slot), the most pressed vendors that fill as many slots as can be. candidates: the most pressed first."""
    first = candidates[: len(slots)]
    if len(slots) >= _MANY:  # that those on top fill the day is likely, and a matching is quicker than an assignment
        columns = maximum_bipartite_matching(csr_array(fits[np.ix_(first, slots)]), perm_type="column")
        if len(first) == len(slots) and (columns >= 0).all():
            return list(zip(first.tolist(), slots[columns].tolist(), strict=True))
    # Somebody far down the list is needed only where those above do not fit.
    for count in (2 * len(slots) + 20, len(candidates)):
        rows = candidates[:count]
        costs = np.where(fits[np.ix_(rows, slots)], -pressure[rows, None], _NEVER)
        chosen, columns = linear_sum_assignment(costs)
        is_real = costs[chosen, columns] < _NEVER
        if count >= len(candidates) or is_real.sum() == len(slots):
            break
    return list(zip(rows[chosen[is_real]].tolist(), slots[columns[is_real]].tolist(), strict=True))
