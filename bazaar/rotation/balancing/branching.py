"""Where baskets cannot be whole on the bound of the linear relaxation: branch and bound over the configuration program.

Now and then the cheapest way to hand out the slots gives half a basket to one vendor and half to another, and no whole way costs as
little. Then the bound may rise. A search tree (Land and Doig 1960) splits on how many vendors of a group take a basket. HiGHS only
proposes prices for each node; whether the node can be left is computed from them in whole numbers, as for the relaxation, so that the
raised bound is as exact as the first one. Columns whose reduced cost alone is above the slack are left out: no such plan uses them.
"""

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from bazaar.rotation.balancing.configuration import SCALE, Program, Relaxed, reduced_costs
from bazaar.rotation.instance import Ints

MOST_NODES = 120


def is_out_of_reach(program: Program, relaxed: Relaxed, slack: int) -> bool:
    """Whether it is proved that no whole choice of baskets has reduced costs of at most `slack` (units of 1/SCALE) in all."""
    tree = _Tree(program, reduced_costs(program, relaxed.prices), slack)
    count = len(tree.group)
    open_nodes = [(np.zeros(count, dtype=np.int64), program.members[tree.group])]
    for _ in range(MOST_NODES):
        if not open_nodes:
            return True
        fewest, most = open_nodes.pop()
        amounts, is_closed = tree.look_at(fewest, most)
        if is_closed:
            continue
        if amounts is None:
            return False
        column = int(np.abs(amounts - np.rint(amounts)).argmax())
        down = int(np.floor(amounts[column]))
        if abs(amounts[column] - np.rint(amounts[column])) < 1e-6:
            return False  # whole, and not out of reach
        less, more = most.copy(), fewest.copy()
        less[column], more[column] = down, down + 1
        open_nodes += [(fewest, less), (more, most)]
    return not open_nodes


class _Tree:
    """What all nodes share. N columns: a group and a basket each."""

    def __init__(self, program: Program, reduced: Ints, slack: int) -> None:
        self.program, self.slack = program, slack
        self.group, basket = np.nonzero(reduced <= slack)
        self.cost: Ints = reduced[self.group, basket]  # in units of 1/SCALE
        self.used: Ints = program.use[self.group if len(program.use) > 1 else 0, basket]  # (N, J)
        count, rows, needs = len(self.group), len(program.members), self.used.shape[1]
        column, need = np.nonzero(self.used)
        too_few, too_many = np.arange(count, count + needs), np.arange(count + needs, count + 2 * needs)
        data = np.concatenate([np.ones(count), self.used[column, need], np.ones(needs), -np.ones(needs)])
        at = np.concatenate([self.group, rows + need, rows + np.arange(needs), rows + np.arange(needs)])
        across = np.concatenate([np.arange(count), column, too_few, too_many])
        self.matrix = csr_array((data, (at, across)), shape=(rows + needs, count + 2 * needs))
        self.weights = np.concatenate([self.cost / SCALE, np.full(2 * needs, 4 + 4 * slack / SCALE)])

    def look_at(self, fewest: Ints, most: Ints) -> tuple[np.ndarray | None, bool]:
        """(amounts of each column in the relaxation, None where HiGHS has none; whether nothing is left to find here)."""
        program, count = self.program, len(self.group)
        bounds = np.zeros((len(self.weights), 2))
        bounds[:, 1] = np.inf
        bounds[:count, 0], bounds[:count, 1] = fewest, most
        left = program.members - np.bincount(self.group, fewest, len(program.members)).astype(np.int64)
        room = np.bincount(self.group, most - fewest, len(program.members)).astype(np.int64)
        if (left < 0).any() or (room < left).any():
            return None, True
        solved = linprog(
            self.weights, A_eq=self.matrix, b_eq=np.concatenate([program.members, program.supply]), bounds=bounds, method="highs"
        )
        if solved.status != 0:
            return None, False
        prices = np.rint(solved.eqlin.marginals[len(program.members) :] * SCALE).astype(np.int64)
        return solved.x[:count], self._least(fewest, most, left, prices) > self.slack

    def _least(self, fewest: Ints, most: Ints, left: Ints, prices: Ints) -> int:
        """What every whole choice within the node costs at least, in whole numbers: each group takes its cheapest columns."""
        net = self.cost - self.used @ prices
        least = int(net @ fewest + prices @ self.program.supply)
        order = np.lexsort((net, self.group))
        group, room, price = self.group[order], (most - fewest)[order], net[order]
        first = np.searchsorted(group, np.arange(len(left)))
        before = np.cumsum(room) - room
        before -= before[first][group]  # room in cheaper columns of the group
        return least + int(price @ np.clip(left[group] - before, 0, room))
