"""Which baskets to aim at: of all ways to hand out the slots on the bound, one that is nearest to the plan at hand.

Exchanges get stuck where a vendor has to give up two slots for a better one, because half of such a change is dear. The configuration
program knows the whole answer, but has very many of them. A plan on the bound uses only baskets whose reduced cost is nought. This
integer program counts for each group how many vendors take up and give up each of these baskets, with as few changes as can be; a
linear assignment then says which vendors of the group those are.
"""

import random  # noqa: TID251 (seeded dice only: a draw can be replayed)

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linear_sum_assignment, milp
from scipy.sparse import csr_array

from bazaar.rotation.balancing.configuration import Program, reduced_costs
from bazaar.rotation.instance import Flags, Ints

NODE_LIMIT = 200
LARGE, NEAR = 800, 2
"""In programs of more columns than that, whole amounts are first looked for this near to the relaxation's: there nearly always are some,
and HiGHS finds them in a few hundredths of a second instead of seconds."""
_EXACT = 1e-6


class Targets:
    """The programs for one band and its prices."""

    def __init__(self, program: Program, prices: Ints, slack: int) -> None:
        """slack: how much reduced cost a plan on the bound has in all, in units of 1/SCALE."""
        self.program, self.reduced, self.slack = program, reduced_costs(program, prices), slack
        # The row of a basket by its slots, each count a digit.
        self._digits: Ints = (int(program.counts.max(initial=0)) + 2) ** np.arange(program.counts.shape[1], dtype=np.int64)
        self._row_of = {key: row for row, key in enumerate((program.counts @ self._digits).tolist())}

    def near(self, current: Ints, dice: random.Random, restless: int) -> Ints | None:
        """(V, J) slots of each class for each vendor; None when there is no such plan. current: (V, J) as it stands. restless: how much
        dice count beside the number of changes; another answer comes out where the nearest one led nowhere."""
        program = self.program
        keys = np.minimum(current, self.program.counts.max(initial=0) + 1) @ self._digits
        has = np.array([self._row_of.get(key, -1) for key in keys.tolist()], dtype=np.int64)
        usable = self.reduced <= self.slack
        is_fine = (has >= 0) & usable[program.group, has]
        stock = np.zeros(usable.shape, dtype=np.int64)  # (G, B) vendors who have a usable basket
        np.add.at(stock, (program.group[is_fine], has[is_fine]), 1)
        changes = self._solve(usable, stock, dice, restless)
        if changes is None:
            return None
        targets = current.copy()
        for group in np.flatnonzero(changes.any(axis=1) | (stock.sum(axis=1) < program.members)).tolist():
            self._hand_out(group, changes[group], np.flatnonzero(program.group == group), is_fine, has, targets)
        return targets

    def _solve(self, usable: Flags, stock: Ints, dice: random.Random, restless: int) -> Ints | None:
        """(G, B): how many vendors more have the basket. The relaxation is almost always whole; else branch and bound."""
        program = self.program
        group, basket = np.nonzero(usable)
        held = np.flatnonzero(stock[group, basket])  # only these can be given up
        count, rows = len(group), len(program.members)
        used = program.use[group if len(program.use) > 1 else 0, basket]
        column, need = np.nonzero(used)
        again, its_need = np.nonzero(used[held])
        columns = count + len(held)
        extra = self.reduced[group, basket].astype(np.float64) / max(1, self.slack)
        last = rows + used.shape[1]
        data = np.concatenate([np.ones(count), -np.ones(len(held)), used[column, need], -used[held][again, its_need], extra, -extra[held]])
        at = np.concatenate([group, group[held], rows + need, rows + its_need, np.full(columns, last)])
        across = np.concatenate([np.arange(columns), column, count + again, np.arange(columns)])
        left = np.concatenate(
            [
                program.members - stock.sum(axis=1),
                program.supply - (stock[group, basket] @ used),
                [1 - stock[group, basket] @ extra],
            ]
        )
        limits = LinearConstraint(csr_array((data, (at, across)), shape=(last + 1, columns)), np.append(left[:-1], -np.inf), left)
        luck = np.frombuffer(dice.randbytes(columns), dtype=np.uint8) / 256
        most = Bounds(0, np.concatenate([np.full(count, np.inf), stock[group[held], basket[held]]]))
        costs = 1 + luck * restless
        relaxed = _amounts(costs, limits, most, whole=False)
        if relaxed is None:
            return None
        amounts: NDArray[np.float64] | None = relaxed
        if np.abs(relaxed - np.rint(relaxed)).max(initial=0) >= _EXACT:
            near = Bounds(np.maximum(0, np.floor(relaxed) - NEAR), np.minimum(most.ub, np.ceil(relaxed) + NEAR))
            amounts = _amounts(costs, limits, near, whole=True) if columns > LARGE else None
            if amounts is None:
                amounts = _amounts(costs, limits, most, whole=True)
        if amounts is None or np.abs(amounts - np.rint(amounts)).max(initial=0) >= _EXACT:
            return None
        counted: Ints = np.rint(amounts).astype(np.int64)
        changes = np.zeros_like(stock)
        changes[group, basket] = counted[:count]
        changes[group[held], basket[held]] -= counted[count:]
        return changes

    def _hand_out(self, group: int, changes: Ints, vendors: Ints, is_fine: Flags, has: Ints, targets: Ints) -> None:
        """Match the vendors of the group who must change with the baskets to be taken up; near baskets first."""
        counts = self.program.counts
        free = vendors[~is_fine[vendors]].tolist()
        for basket in np.flatnonzero(changes < 0).tolist():
            free += vendors[is_fine[vendors] & (has[vendors] == basket)][: -changes[basket]].tolist()
        wanted = np.repeat(np.arange(len(changes)), np.maximum(changes, 0))
        distance: NDArray[np.int64] = np.abs(targets[free][:, None] - counts[wanted]).sum(axis=2)
        row, to = linear_sum_assignment(distance)
        targets[np.array(free, dtype=np.int64)[row]] = counts[wanted[to]]


def _amounts(costs: NDArray[np.float64], limits: LinearConstraint, most: Bounds, *, whole: bool) -> NDArray[np.float64] | None:
    """The cheapest amounts of all columns within the limits; None where HiGHS finds none."""
    options = {"node_limit": NODE_LIMIT}
    solved = milp(costs, constraints=limits, bounds=most, integrality=np.full(len(costs), int(whole)), options=options)
    amounts: NDArray[np.float64] | None = solved.x
    return amounts
