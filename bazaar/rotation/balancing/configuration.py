"""The configuration program: how even points could be if only baskets mattered.

One column per (group of vendors with the same points to begin with, the same reachable baskets and, where more than two turn counts
occur, as many fixed turns) and basket, as in the pattern formulation of the cutting-stock problem (Gilmore and Gomory 1961): every
vendor gets one basket, every class of slots is handed out exactly. Real plans obey this and more (days!), so that its optimum bounds
every plan; in practice plans reach it.

dev_max: whether all vendors can stay within a band of points around the mean is a feasibility question; the narrowest band for
which the answer is not "no" is the bound. dev_sq: the linear relaxation inside the band, almost always integral at its vertices.

Proof: HiGHS works with floating-point numbers and is not believed. Its dual values are rounded to whole *prices* of the classes, and
for any prices whatever, the sum over vendors of their cheapest basket's (cost - prices of its slots), plus the prices of all slots,
is at most the cost of every plan (Lagrangian duality; Geoffrion 1974). That sum is computed here in whole numbers. Where all slots
are filled, the sum of squares has the parity of the sum (F^2 = F mod 2), so that the bound may be rounded up to that parity.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from bazaar.rotation.balancing.baskets import Baskets, Market
from bazaar.rotation.instance import Flags, Ints

FIRST_COLUMNS, MORE_COLUMNS, GENERATIONS = 12, 4, 40
"""Columns of each group at first, columns more each time, and how many times at most."""

_HUGE = np.iinfo(np.int64).max
SCALE = 1 << 12
"""Prices are whole numbers of 1/4096 squared points."""


@dataclass(frozen=True)
class Program:
    """G groups of vendors, B baskets, J rows of supply (one for each class and, where more than two turn counts occur, one for
    squared turns). W is the sum of F over all vendors, the same in every plan; `centre` is W/V rounded."""

    base: Ints  # (G,) points to begin with
    members: Ints  # (G,) how many vendors
    group: Ints  # (V,)
    may: Flags  # (G, B)
    points: Ints  # (B,)
    counts: Ints  # (B, J') slots of each class in a basket
    use: Ints  # (G, B, J) or (1, B, J): what a basket takes of each row
    supply: Ints  # (J,)
    total: int  # W; where slots stay empty, what it would be if they did not
    open_slots: int = 0  # slots that stay empty; the last group, of so many nobodies, takes one each

    @property
    def vendor_count(self) -> int:
        """V."""
        return len(self.group)

    @property
    def totals(self) -> tuple[int, int]:
        """The least and the most W that a plan can have, depending on which slots stay empty."""
        worth = np.sort(np.repeat(self.points[1 : 1 + self.counts.shape[1]], self.supply[: self.counts.shape[1]]))
        return self.total - int(worth[len(worth) - self.open_slots :].sum()), self.total - int(worth[: self.open_slots].sum())

    @property
    def centre(self) -> int:
        """The whole number of points next to the mean."""
        return (2 * self.total + self.vendor_count) // (2 * self.vendor_count)

    def final(self) -> Ints:
        """(G, B): F of a vendor of the group with the basket."""
        sums: Ints = self.base[:, None] + self.points
        return sums

    def cost(self) -> Ints:
        """(G, B): (F - centre)^2; for an empty slot what its points would have added to that, as if the sum were still `total`."""
        costs: Ints = (self.final() - self.centre) ** 2
        if self.open_slots:
            costs[-1] = -2 * self.centre * self.points
        return costs

    def distance(self) -> Ints:
        """(G, B): |V F - W|; where W is open, for the W that is nearest."""
        least, most = self.totals
        scaled = self.vendor_count * self.final()
        distance: Ints = np.maximum(np.maximum(scaled - most, least - scaled), 0)
        if self.open_slots:
            distance[-1] = 0
        return distance

    def within(self, dev_max: int) -> "Program":
        """Only the columns that keep every vendor within dev_max of the mean."""
        return replace(self, may=self.may & (self.distance() <= dev_max))


def program_of(market: Market, baskets: Baskets, may: Flags, total: int, squares: int | None, open_slots: int = 0) -> Program:
    """may: (V, B), what each vendor can reach with an allowed number of turns. squares: the sum of squared turns to be met, or None
    where the supply of slots settles it. open_slots: how many slots of the supply stay empty."""
    begin = market.base[:, None] if squares is None else np.column_stack([market.base, market.fixed_turns])  # the squares differ
    keys = np.concatenate([begin.view(np.uint8).reshape(len(may), -1), np.packbits(may, axis=1)], axis=1)
    rows = np.ascontiguousarray(keys).view(np.dtype((np.void, keys.shape[1]))).ravel()
    _, first, group, members = np.unique(rows, return_index=True, return_inverse=True, return_counts=True)
    use = baskets.counts[None]
    supply = market.supply
    if squares is not None:
        squared = (market.fixed_turns[first][:, None] + baskets.turns) ** 2
        use = np.concatenate([np.broadcast_to(use, (len(first), *use.shape[1:])), squared[:, :, None]], axis=2)
        supply = np.append(supply, squares)
    base, may = market.base[first], may[first]
    if open_slots:
        base, members = np.append(base, 0), np.append(members, open_slots)
        may = np.concatenate([may, baskets.turns[None] == 1])
        if squares is not None:
            use = np.concatenate([use, np.append(baskets.counts, np.zeros((len(baskets), 1), dtype=np.int64), axis=1)[None]])
    members, group = members.astype(np.int64), group.astype(np.int64)
    return Program(base, members, group, may, baskets.points, baskets.counts, use, supply, total, open_slots)


@dataclass(frozen=True)
class Relaxed:
    """The linear relaxation in one band."""

    bound: int  # no plan in the band has a smaller dev_sq
    prices: Ints  # (J,) in units of 1/SCALE, for the cost (F - centre)^2
    floor: Ints  # (G,) cost of the cheapest basket less its prices, in units of 1/SCALE
    slack: int  # sum of reduced costs in a plan on the bound, in units of 1/SCALE


def relax(program: Program) -> Relaxed | None:
    """Bound and prices of dev_sq within the program's band; None where HiGHS finds no plan in it."""
    cost = program.cost()
    prices = _prices(program, cost, 1 + 4 * int(np.abs(np.where(program.may, cost, 0)).max(initial=0)))
    if prices is None:
        return None
    floor = _cheapest(program, SCALE * cost, prices)
    scaled = int(floor @ program.members + prices @ program.supply)
    constant = 2 * program.centre * program.total - program.vendor_count * program.centre**2  # of F^2 beside (F - centre)^2
    bound = -(-scaled // SCALE) + constant
    if not program.open_slots:
        bound += (bound - program.total) % 2
    return Relaxed(bound, prices, floor, SCALE * (bound - constant) - scaled)


def narrowest(program: Program, known: int) -> int:
    """The bound of dev_max: the smallest band that is not proved impossible. known: a band for which there is a plan."""
    distance = program.distance()
    alone = int(np.where(program.may, distance, known).min(axis=1).max(initial=0))
    bands = np.unique(distance[program.may & (distance >= alone) & (distance <= known)])
    low, high, step = 0, len(bands) - 1, 0  # bands[high] is possible, below bands[low] nothing is
    while low < high:  # the answer is mostly near the low end: steps double until one is possible, then halve the rest
        middle = min(low + step, (low + high) // 2)
        if is_impossible(program.within(int(bands[middle]))):
            low, step = middle + 1, 2 * step + 2
        else:
            high = middle
    return int(bands[high]) if len(bands) else known


def narrowest_alone(program: Program) -> dict[int, int]:
    """For each W that empty slots leave open, the dev_max that no plan with this W is below: how near to the mean everybody can come
    alone."""
    final = np.where(program.may[:-1], program.vendor_count * program.final()[:-1], _HUGE // 4)
    least, most = program.totals
    return {total: int(np.abs(final - total).min(axis=1).max(initial=0)) for total in range(least, most + 1)}


def is_impossible(program: Program) -> bool:
    """Whether it is proved that the slots cannot be handed out within the band."""
    if not program.may.any(axis=1).all():
        return True
    nought = np.zeros(program.may.shape, dtype=np.int64)
    prices = _prices(program, nought, 1)
    return prices is not None and bool(_cheapest(program, nought, prices) @ program.members + prices @ program.supply > 0)


def reduced_costs(program: Program, prices: Ints) -> Ints:
    """(G, B) in units of 1/SCALE: how much more than the group's cheapest basket the basket costs; a very large number where it may
    not be used. The sum over vendors is the distance of a plan from the bound (before rounding)."""
    net = SCALE * program.cost() - program.use @ prices
    reduced: Ints = np.where(program.may, net - net.min(axis=1, keepdims=True, where=program.may, initial=_HUGE), _HUGE)
    return reduced


def _cheapest(program: Program, cost: Ints, prices: Ints) -> Ints:
    """(G,): the cost of the cheapest basket less its prices, in whole numbers."""
    floor: Ints = np.where(program.may, cost - program.use @ prices, np.iinfo(np.int64).max).min(axis=1)
    return floor


def _prices(program: Program, cost: Ints, missing: int) -> Ints | None:
    """Dual values of the supply rows, as whole prices; None when HiGHS fails. missing: what a slot too few or too many costs.

    Columns are generated (Gilmore and Gomory 1961): a few of each group to begin with, then those that are cheaper at the prices
    found. Whether all that matter came in is no question of correctness: any prices give a bound.
    """
    distance = np.where(program.may, np.abs(program.final() - program.centre), _HUGE)
    chosen = program.may & (distance.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable") < FIRST_COLUMNS)
    prices = None
    for _ in range(GENERATIONS):
        prices = _duals(program, cost, chosen, missing)
        if prices is None:
            return None
        net = np.where(program.may, SCALE * cost - program.use @ prices, _HUGE)
        best = np.where(chosen, net, _HUGE).min(axis=1, keepdims=True)
        gain = np.where(net < best - 1, net, _HUGE)
        if gain.min() == _HUGE:
            break
        order = gain.argsort(axis=1, kind="stable")[:, :MORE_COLUMNS]
        new = np.zeros_like(chosen)
        np.put_along_axis(new, order, np.take_along_axis(gain, order, axis=1) < _HUGE, axis=1)
        chosen |= new
    return prices


def _duals(program: Program, cost: Ints, chosen: Flags, missing: int) -> Ints | None:
    """Prices of the program with the chosen columns only."""
    groups, baskets = np.nonzero(chosen)
    used = program.use[groups if len(program.use) > 1 else 0, baskets]  # (columns, J)
    count, rows, needs = len(groups), len(program.members), used.shape[1]
    column, need = np.nonzero(used)
    too_few, too_many = np.arange(count, count + needs), np.arange(count + needs, count + 2 * needs)
    data = np.concatenate([np.ones(count), used[column, need], np.ones(needs), -np.ones(needs)])
    at = np.concatenate([groups, rows + need, rows + np.arange(needs), rows + np.arange(needs)])
    across = np.concatenate([np.arange(count), column, too_few, too_many])
    matrix = csr_array((data, (at, across)), shape=(rows + needs, count + 2 * needs))
    weights = np.concatenate([cost[groups, baskets], np.full(2 * needs, missing)])
    solved = linprog(weights, A_eq=matrix, b_eq=np.concatenate([program.members, program.supply]), method="highs")
    if solved.status != 0:
        return None
    prices: Ints = np.rint(solved.eqlin.marginals[rows:] * SCALE).astype(np.int64)
    return prices
