"""Towards given baskets: who has too much of a class leaves it, who has too little enters it, whatever points cost on the way.

Many at once first: of each of many vendors take one place, and let all of these vendors move among these places. Whether a vendor may
stand at a place then depends on nobody else's move, and so does how far that vendor is from the target afterwards: the best of all
such multi-exchanges is a linear assignment (Ahuja, Orlin and Sharma 2000, Multi-exchange neighborhood structures). Staying is one
answer, so that no pass leads away from the targets; passes without gain still shuffle days, and the next one draws other places.
What passes leave undone, single ejection chains do (`exchange.find_cycle`).
"""

import random  # noqa: TID251 (seeded dice only: a draw can be replayed)

import numpy as np
from scipy.optimize import linear_sum_assignment

from bazaar.rotation.balancing.exchange import find_cycle
from bazaar.rotation.balancing.places import Board
from bazaar.rotation.instance import Flags, Ints

LARGEST_GROUP = 250
"""Vendors who move in one pass: an assignment of so many takes some 3 milliseconds, mostly for asking who may move where."""

PASSES, IDLE_PASSES = 60, 4
"""At most, and at most without gain one after the other."""

_FORBIDDEN = 1 << 20


class Aim:
    """A board on its way to targets. targets: (V, J + 1) places of each class that each vendor shall have, the empty turns last."""

    def __init__(self, board: Board, targets: Ints) -> None:
        self.board, self.targets = board, targets
        self.have = np.zeros_like(targets)  # as it stands
        np.add.at(self.have, (board.holder, board.kind), 1)

    def together(self, dice: random.Random) -> None:
        """Passes of many moves at once, until all is done, or nothing is gained any more."""
        idle = 0
        for _ in range(PASSES):
            surplus = self._surplus()
            if idle > IDLE_PASSES or not surplus.any():
                return
            idle = 0 if self._pass(self._one_place_each(surplus, dice)) else idle + 1

    def singly(self) -> None:
        """Chains from each place that a vendor has too much, one after the other."""
        board, table = self.board, self._steps(np.arange(len(self.board.holder)))
        for vendor in np.flatnonzero((self.have != self.targets).any(axis=1)).tolist():
            for place in list(board.own[vendor]):
                kind = board.kind[place]
                if board.holder[place] == vendor and self.have[vendor, kind] > self.targets[vendor, kind]:
                    touched = self._rotate(find_cycle(board, table, place))
                    table[touched] = self._steps(touched)

    def _surplus(self) -> Flags:
        """(P,): places of a class of which the vendor has too much."""
        board = self.board
        surplus: Flags = (self.have > self.targets)[board.holder, board.kind]
        return surplus

    def _one_place_each(self, surplus: Flags, dice: random.Random) -> Ints:
        """Places of different vendors, as the dice say; those with a surplus first, and of theirs one that is too much."""
        luck = np.frombuffer(dice.randbytes(8 * len(surplus)), dtype=np.uint64) >> np.uint64(1)
        order = np.argsort(np.where(surplus, luck >> np.uint64(32), luck), kind="stable")
        first = np.unique(self.board.holder[order], return_index=True)[1]
        places: Ints = order[np.sort(first)[:LARGEST_GROUP]]
        return places

    def _pass(self, places: Ints) -> bool:
        """Whether the vendors of these places, given out among them anew, are nearer to their targets."""
        steps = self._steps(places)[:, self.board.kind[places]]
        may = self.board.among(places)
        order = linear_sum_assignment(np.where(may, steps, _FORBIDDEN))[1]
        for cycle in _cycles_of(order.tolist()):
            self._rotate(places[cycle].tolist())
        return bool(steps[np.arange(len(places)), order].sum() < 0)

    def _steps(self, places: Ints) -> Ints:
        """(k, J + 1): how much farther from the target the vendor of each place gets by moving to a place of each class. Leaving what
        one has too much of and entering what one has too little of are gains of one each."""
        vendors, kind = self.board.holder[places], self.board.kind[places]
        off = self.have[vendors] - self.targets[vendors]
        rows = np.arange(len(places))
        steps: Ints = np.where(off[rows, kind] > 0, -1, 1)[:, None] + np.where(off < 0, -1, 1)
        steps[rows, kind] = 0
        return steps

    def _rotate(self, cycle: list[int]) -> Ints:
        """The places of the vendors who moved; none where there was no cycle, or the rules forbid it."""
        board = self.board
        if not cycle or not board.rotate(cycle):
            return np.zeros(0, dtype=np.int64)
        vendors = board.holder[cycle]
        np.add.at(self.have, (vendors, board.kind[cycle]), 1)
        np.subtract.at(self.have, (np.roll(vendors, -1), board.kind[cycle]), 1)
        return np.array([place for vendor in dict.fromkeys(vendors.tolist()) for place in board.own[vendor]], dtype=np.int64)


def _cycles_of(order: list[int]) -> list[list[int]]:
    """The cycles of a permutation, without those of one."""
    cycles, seen = [], [False] * len(order)
    for start in range(len(order)):
        cycle, at = [], start
        while not seen[at]:
            seen[at] = True
            cycle.append(at)
            at = order[at]
        if len(cycle) > 1:
            cycles.append(cycle)
    return cycles
