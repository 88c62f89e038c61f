"""Which baskets to aim at: of all ways to hand out the slots on the bound, one that is nearest to the plan at hand.

Exchanges get stuck where a vendor has to give up two slots for a better one, because half of such a change is dear. The configuration
program knows the whole answer, but has very many of them. Among the baskets whose reduced cost is nought (nobody can use another one
in a plan on the bound) this integer program picks for each vendor the one that changes least, so that little has to be moved.
"""

import random  # noqa: TID251 (seeded dice only: a draw can be replayed)

import numpy as np
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csr_array

from bazaar.rotation.configuration import SCALE, Program, reduced_costs
from bazaar.rotation.instance import Ints

NODE_LIMIT = 200
_EXACT = 1e-6


class Targets:
    """The programs for one band and its prices."""

    def __init__(self, program: Program, prices: Ints, slack: int) -> None:
        """slack: how much reduced cost a plan on the bound has in all, in units of 1/SCALE."""
        self.program, self.reduced, self.slack = program, reduced_costs(program, prices), slack

    def near(self, current: Ints, dice: random.Random, restless: int) -> Ints | None:
        """(V, J) slots of each class for each vendor; None when there is no such plan. current: (V, J) as it stands. restless: how much
        dice count beside the distance; another answer comes out where the nearest one led nowhere."""
        program = self.program
        # Vendors of one group with equal baskets share a row.
        rows, row = np.unique(np.column_stack([program.group, current]), axis=0, return_inverse=True)
        at, basket = np.nonzero(self.reduced[rows[:, 0]] <= self.slack)
        distance = np.abs(program.counts[basket] - rows[at, 1:]).sum(axis=1)
        luck = np.frombuffer(dice.randbytes(len(at)), dtype=np.uint8) / 256
        amounts = self._solve(distance + luck * restless, rows[:, 0], np.bincount(row, minlength=len(rows)), at, basket)
        if amounts is None:
            return None
        chosen = np.repeat(np.arange(len(at)), amounts)
        targets = np.empty_like(current)
        targets[np.argsort(row, kind="stable")] = program.counts[basket[chosen]]  # both in the order of rows
        return targets

    def _solve(self, weights: np.ndarray, group: Ints, members: Ints, at: Ints, basket: Ints) -> Ints | None:
        """How many vendors of each row take each basket. The relaxation is almost always whole; else branch and bound."""
        program, count = self.program, len(at)
        used = program.use[group[at] if len(program.use) > 1 else 0, basket]
        column, need = np.nonzero(used)
        extra = self.reduced[group[at], basket] / SCALE
        dear = np.flatnonzero(extra)
        last = len(members) + len(program.supply)
        matrix = csr_array(
            (
                np.concatenate([np.ones(count), used[column, need], extra[dear]]),
                (np.concatenate([at, len(members) + need, np.full(len(dear), last)]), np.concatenate([np.arange(count), column, dear])),
            ),
            shape=(last + 1, count),
        )
        equal = np.concatenate([members, program.supply])
        limits = LinearConstraint(matrix, np.append(equal, 0), np.append(equal, self.slack / SCALE))
        for whole in (0, 1):
            solved = milp(weights, constraints=limits, integrality=np.full(count, whole), options={"node_limit": NODE_LIMIT})
            if solved.x is None:
                return None
            amounts: Ints = np.rint(solved.x).astype(np.int64)
            if np.abs(amounts - solved.x).max(initial=0) < _EXACT:
                return amounts
        return None
