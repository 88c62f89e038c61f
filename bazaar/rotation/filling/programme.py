"""The best of the parts hard to turns_sq as a whole-number programme, for problems in which a search may have missed it.

A column is "this vendor on this day in this kind of slot". Slots of one day that exactly the same vendors fit are one kind, so that
their orders are not looked through (where neighbours of one category are forbidden, every slot is a kind of its own). Rows: a kind
has so many slots; any stretch of days shorter than the gap holds one turn of a vendor at most (an interval matrix, which keeps the
relaxation tight: Nemhauser and Wolsey 1988, III.1); a vendor has so many turns. A vendor whose pins contradict each other has a
column for each choice of pins (`pins`). Squares are sums of odd numbers: the k-th turn costs 2k - 1.

The parts are treated from the first to the last. Each asks for a plan better than the best one known with everything above it
fixed: when there is none, the value stands proved. HiGHS counts in floating point; all factors are whole numbers below a few
thousand and all columns that matter are integral, so a bound is taken only after rounding away less than a thousandth.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, inf

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from bazaar.rotation.filling.kinds import kinds_of
from bazaar.rotation.filling.pins import Choice, Pins
from bazaar.rotation.filling.roster import Roster
from bazaar.rotation.stage import NOBODY, Holders

Term = tuple[int, float]
"""(column, factor)."""

Row = tuple[list[Term], float, float]
"""(terms, low, high): low <= terms <= high."""

_NODES = 2_000
_NODES_TIMES_COLUMNS = 4_000_000
"""A question ends after so many nodes of the search, fewer where each of them is dear."""
_ALMOST = 1e-3


@dataclass(frozen=True)
class Answer:
    """values: of every column, None where no plan was found. bound: what the objective cannot go below; inf: there is no plan."""

    values: NDArray[np.float64] | None
    bound: float
    nodes: int = 0  # of the search


class Programme:
    """Columns and rows that every part shares. Grows by rows only: what was reached stays reached."""

    def __init__(self, firm: Roster, pins: Pins, *, effort: int, finely: bool = False) -> None:
        """firm: a roster in which only those pins stand that no choice concerns. finely: as `kinds_of` has it."""
        self.effort = effort
        self.firm, self.pins = firm, pins
        self.kinds = kinds_of(firm, pins, finely=finely)
        self._upper: list[float] = []
        self._is_whole: list[bool] = []
        self._rows: list[Row] = []
        vendors = firm.instance.vendor_count
        self.taken: list[list[tuple[int, int]]] = [[] for _ in range(vendors)]  # (column, kind) of each vendor
        self.chosen: dict[int, list[tuple[int, Choice]]] = {}  # (column, choice of pins) of each vendor that has one
        self.breaks_neighbours = self.add_whole(1) if firm.forbids_neighbours else NOBODY
        self._add_columns()
        self._add_kinds()
        self._add_vendors()
        self._add_categories()
        self._add_neighbours()
        self.turns = [self._turns_of(vendor) for vendor in range(vendors)]  # terms; firm pins come on top
        self.filled = [term for terms in self.turns for term in terms]
        self.broken: list[Term] = [(column, choice.broken) for own in self.chosen.values() for column, choice in own if choice.broken]
        if firm.forbids_neighbours:
            self.broken.append((self.breaks_neighbours, 1))

    def require(self, terms: Iterable[Term], low: float = -inf, high: float = inf) -> None:
        """Everything from now on keeps low <= terms <= high."""
        self._rows.append((list(terms), low, high))

    def least(self, terms: Sequence[Term], rows: Sequence[Row] = (), extra: Sequence[float] = (), most_nodes: int | None = None) -> Answer:
        """The plan in which the terms are smallest. rows: for this question only. extra: upper ends of further columns, continuous.
        most_nodes: of the search, where fewer than usual."""
        upper, whole = [*self._upper, *extra], [*self._is_whole, *(False for _ in extra)]
        cost = np.zeros(len(upper))
        for column, factor in terms:
            cost[column] += factor
        if not upper:
            return Answer(np.zeros(0), 0.0) if all(low <= 0 <= high for _, low, high in [*self._rows, *rows]) else Answer(None, inf)
        nodes = self.effort * min(_NODES, _NODES_TIMES_COLUMNS // len(upper))
        nodes = nodes if most_nodes is None else min(nodes, most_nodes)
        found = milp(
            cost,
            integrality=np.array(whole, dtype=np.int8),
            bounds=Bounds(np.zeros(len(upper)), np.array(upper)),
            constraints=_constraints([*self._rows, *rows], len(upper)),
            options={"node_limit": nodes, "mip_rel_gap": 0.0},
        )
        # HiGHS tells no nodes where it found no plan: it was through at once, or used them all.
        looked_at = int(found.mip_node_count or (1 if found.status == 2 else nodes))
        if found.status == 2:  # there is none
            return Answer(None, inf, looked_at)
        bound = found.mip_dual_bound
        return Answer(found.x, -inf if bound is None or not np.isfinite(bound) else float(bound), looked_at)

    def add_part(self, upper: float) -> int:
        """A further column, continuous, from 0 to `upper`."""
        self._upper.append(upper)
        self._is_whole.append(False)
        return len(self._upper) - 1

    @property
    def entry_count(self) -> int:
        """How many terms all rows have: what a step of the simplex method looks at."""
        return sum(len(terms) for terms, _low, _high in self._rows)

    @property
    def next_column(self) -> int:
        """Where the further columns of a question begin."""
        return len(self._upper)

    def holders(self, values: NDArray[np.float64], now: Holders) -> Holders:
        """Who stands where. Somebody who stands in a slot of the right kind `now` stays there."""
        holders = self.firm.holders.copy()
        for vendor, choices in self.chosen.items():
            for column, choice in choices:
                if values[column] > 0.5:
                    holders[list(choice.slots)] = vendor
        for kind, slots in enumerate(self.kinds):
            free = [slot for slot in slots.tolist() if holders[slot] == NOBODY]
            coming = [vendor for vendor, column in self._coming[kind] if values[column] > 0.5]
            self._seat(holders, coming, free, values, now)
        return holders

    def _seat(self, holders: Holders, coming: list[int], free: list[int], values: NDArray[np.float64], now: Holders) -> None:
        """Somebody who is there already first, then by row."""
        for vendor in sorted(coming, key=lambda vendor: (all(now[slot] != vendor for slot in free), vendor)):
            fitting = [slot for slot in free if holders[slot] == NOBODY and self._is_for(vendor, slot, values)]
            holders[next((slot for slot in fitting if now[slot] == vendor), fitting[0])] = vendor

    def _is_for(self, vendor: int, slot: int, values: NDArray[np.float64]) -> bool:
        if not self.firm.forbids_neighbours:
            return True
        return bool(values[self._shows[slot][int(self.firm.instance.category[vendor])]] > 0.5)

    def add_whole(self, upper: float) -> int:
        """A further column, whole, from 0 to `upper`."""
        self._upper.append(upper)
        self._is_whole.append(True)
        return len(self._upper) - 1

    def _add_columns(self) -> None:
        instance, firm = self.firm.instance, self.firm
        self._coming: list[list[tuple[int, int]]] = []  # of each kind: (vendor, column)
        has_room = firm.turns < firm.room
        has_room[list(self.pins.choices)] = True  # a choice may lift the most
        for kind, slots in enumerate(self.kinds):
            may = instance.fits[:, slots[0]] & (firm.near[firm.day_row[slots[0]]] == 0) & has_room
            if instance.forced[slots[0]] in self.pins.choices:
                may[instance.forced[slots[0]]] = False  # a matter of the choice of pins
            self._coming.append([(vendor, self.add_whole(1)) for vendor in np.flatnonzero(may).tolist()])
            for vendor, column in self._coming[-1]:
                self.taken[vendor].append((column, kind))
        for vendor, choices in self.pins.choices.items():
            self.chosen[vendor] = [(self.add_whole(1), choice) for choice in choices]

    def _add_kinds(self) -> None:
        """A kind has so many slots, and pins that are kept take theirs."""
        kept: dict[int, list[Term]] = {}
        for choices in self.chosen.values():
            for column, choice in choices:
                for slot in choice.slots:
                    kept.setdefault(slot, []).append((column, 1))
        for kind, slots in enumerate(self.kinds):
            terms: list[Term] = [(column, 1) for _vendor, column in self._coming[kind]]
            self.require([*terms, *(term for slot in slots.tolist() for term in kept.get(slot, []))], high=len(slots))

    def _add_vendors(self) -> None:
        firm = self.firm
        for vendor, own in enumerate(self.taken):
            days = [int(firm.day_row[self.kinds[kind][0]]) for _column, kind in own]
            choices = self.chosen.get(vendor, [])
            self._add_gaps(vendor, own, days, choices)
            if choices:
                self.require([(column, 1) for column, _choice in choices], 1, 1)
                most, lifted = int(firm.instance.most[vendor]), len(firm.holders)
                over = [(column, len(c.slots) - (lifted if len(c.slots) > most else 0.0)) for column, c in choices]
                self.require([*((column, 1.0) for column, _kind in own), *over], high=most)
            elif own:
                self.require([(column, 1) for column, _kind in own], high=float(firm.room[vendor] - firm.turns[vendor]))

    def _add_gaps(self, vendor: int, own: list[tuple[int, int]], days: list[int], choices: list[tuple[int, Choice]]) -> None:
        until, last = self.firm.first_day_after[:, vendor], NOBODY
        for start in sorted(set(days)):
            inside = [column for (column, _kind), day in zip(own, days, strict=True) if start <= day < until[start]]
            end = max(day for day in days if day < until[start])
            if end > last and len(inside) > 1:  # else the stretch before says as much
                self.require([(column, 1) for column in inside], high=1)
            last = max(last, end)
        for day in sorted(set(days)) if choices else []:
            near = [column for column, choice in choices if any(self._is_near(vendor, slot, day) for slot in choice.slots)]
            here = [column for (column, _kind), own_day in zip(own, days, strict=True) if own_day == day]
            self.require([(column, 1) for column in [*here, *near]], high=1)

    def _is_near(self, vendor: int, slot: int, day: int) -> bool:
        window = self.firm.window(vendor, slot)
        return bool(window.start <= day < window.stop)

    def _add_neighbours(self) -> None:
        """Neighbours of one category only where the one broken rule that they count for is paid."""
        if not self.firm.forbids_neighbours:
            return
        standing = self._by_category()
        for slot, after in enumerate(self.firm.beside[1].tolist()):
            if after < len(standing):
                for category in sorted(standing[slot].keys() & standing[after].keys()):
                    terms = standing[slot][category] + standing[after][category]
                    fixed = sum(column == NOBODY for column, _factor in terms)
                    real = [term for term in terms if term[0] != NOBODY]
                    self.require([*real, (self.breaks_neighbours, -1)], high=1 - fixed)

    def _by_category(self) -> list[dict[int, list[Term]]]:
        """Of each slot: category -> columns that put one of it there; NOBODY for somebody firm."""
        category = self.firm.instance.category.tolist()
        standing: list[dict[int, list[Term]]] = [{} for _ in self.firm.holders]
        for slot, holder in enumerate(self.firm.holders.tolist()):
            if holder != NOBODY:
                standing[slot][category[holder]] = [(NOBODY, 1)]
        for slot, shown in self._shows.items():
            for kind_of_goods, column in shown.items():
                standing[slot].setdefault(kind_of_goods, []).append((column, 1))
        for vendor, choices in self.chosen.items():
            for column, choice in choices:
                for slot in choice.slots:
                    standing[slot].setdefault(category[vendor], []).append((column, 1))
        return standing

    def _add_categories(self) -> None:
        """Which category an open slot shows, one at most; vendors come only where their category is shown."""
        self._shows: dict[int, dict[int, int]] = {}  # slot -> category -> column
        if not self.firm.forbids_neighbours:
            return
        category = self.firm.instance.category.tolist()
        for kind, slots in enumerate(self.kinds):
            of_category: dict[int, list[Term]] = {}
            for vendor, column in self._coming[kind]:
                of_category.setdefault(category[vendor], []).append((column, 1))
            for slot in slots.tolist():
                self._shows[slot] = {each: self.add_whole(1) for each in of_category}
                if of_category:
                    self.require([(column, 1) for column in self._shows[slot].values()], high=1)
            for each, terms in of_category.items():
                self.require([*terms, *((self._shows[slot][each], -1) for slot in slots.tolist())], high=0)

    def _turns_of(self, vendor: int) -> list[Term]:
        terms: list[Term] = [(column, 1) for column, _kind in self.taken[vendor]]
        return terms + [(column, len(choice.slots)) for column, choice in self.chosen.get(vendor, []) if choice.slots]


def column_count(firm: Roster, pins: Pins, *, finely: bool = False) -> int:
    """How large a programme would be, nearly: vendors who fit, summed over the kinds of slots."""
    return sum(int(firm.instance.fits[:, slots[0]].sum()) for slots in kinds_of(firm, pins, finely=finely))


def _constraints(rows: Sequence[Row], columns: int) -> list[LinearConstraint]:
    if not rows:
        return []
    counts = [len(terms) for terms, _low, _high in rows]
    entries = np.array([term for terms, _low, _high in rows for term in terms], dtype=np.float64).reshape(-1, 2)
    where = (np.repeat(np.arange(len(rows)), counts), entries[:, 0].astype(np.int64))
    matrix = csr_array((entries[:, 1], where), shape=(len(rows), columns))
    return [LinearConstraint(matrix, [low for _, low, _ in rows], [high for _, _, high in rows])]


def whole(bound: float) -> int:
    """The smallest whole number that is not below the bound."""
    return ceil(bound - _ALMOST)
