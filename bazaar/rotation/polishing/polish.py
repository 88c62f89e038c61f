"""Stage 3, parts adj to wish_miss: neighbours, repetition, spacing, wishes, in that order, by moves that leave all above as it is.

Round after round a group of turns (`groups`) is given out anew in the best order (`reassign`). Noise in the costs lets the search
leave a plan from which no single group leads on; it shrinks from round to round (simulated annealing: Kirkpatrick, Gelatt, Vecchi
1983), and at its end a whole part outweighs it. The best plan seen, part by part, is kept. Ends when all four parts are at their
bounds (`polish_bounds`), or after a number of rounds that depends on nothing but the size of the problem and the effort.
"""

import random  # noqa: TID251 (seeded dice only: a draw can be replayed)
from dataclasses import dataclass

import numpy as np

from bazaar.rotation.instance import Instance, Ints
from bazaar.rotation.polishing.board import Board
from bazaar.rotation.polishing.extra_turns import ExtraTurns
from bazaar.rotation.polishing.groups import Groups
from bazaar.rotation.polishing.polish_bounds import PolishBounds
from bazaar.rotation.polishing.reassign import best_order, difference
from bazaar.rotation.stage import Holders, Outcome, Progress

PARTS = ("adj", "rep", "spacing", "wish_miss")


@dataclass(frozen=True)
class Phase:
    """Rounds in which one weighing of the four parts holds. The noise in a cost shrinks from `hot` to `cold`, in the same units."""

    share: float  # of the rounds that are left
    weights: tuple[int, int, int, int]
    hot: float
    cold: float
    is_moving_turns: bool  # to rarer categories
    part: int  # the phase ends early when the parts up to this one are at their bounds


PHASES = (
    Phase(0.33, (200, 100, 4, 2), hot=20.0, cold=1.0, is_moving_turns=True, part=1),
    Phase(1.0, (800, 300, 24, 8), hot=8.0, cold=1.0, is_moving_turns=False, part=3),
)
"""First neighbours and repetition, then spacing and wishes beside them. In the end only the order of the parts counts."""

LARGEST_GROUP = 64
LARGE, LARGEST_GROUP_OF_LARGE = 5_000, 128
"""Slots from which larger groups pay."""

MOST_ROUNDS = 2_500

PASSES = 4
"""Of moving turns to rarer categories, in the phase that does."""


def polish(instance: Instance, holders: Holders, dice: random.Random, *, effort: int, progress: Progress) -> Outcome:
    """The holders with the four parts as small as these rounds make them."""
    progress("polish", 0.0)
    bounds = PolishBounds(instance, holders)
    search = Search(instance, holders, bounds, dice)
    rounds = _rounds(instance, effort) if search.has_choice else 0
    left = rounds
    for phase in PHASES:
        length = int(left * phase.share)
        for number in range(length):
            if number % 100 == 0:
                progress("polish", 1 - left / rounds)
            if search.is_at_bound(phase.part):
                break
            search.round(phase, number, length)
            left -= 1
    progress("polish", 1.0)
    return Outcome(search.best_holders, bounds.given(search.best[2]))


def _rounds(instance: Instance, effort: int) -> int:
    """More turns for each vendor and more slots need more rounds."""
    each = instance.slot_count / max(1, instance.vendor_count)
    return effort * min(MOST_ROUNDS, 10 * instance.slot_count, int(700 * each + instance.slot_count / 2))


class Search:
    """A board, and the best that it has been."""

    def __init__(self, instance: Instance, holders: Holders, bounds: PolishBounds, dice: random.Random) -> None:
        self._board, self._bounds, self._dice = Board(instance, holders), bounds, dice
        larger = instance.slot_count >= LARGE
        self._groups = Groups(self._board, dice, size=LARGEST_GROUP_OF_LARGE if larger else LARGEST_GROUP)
        self._extra_turns = ExtraTurns(self._board, self._groups.movable, dice)
        self.has_choice = len(self._groups.movable) > 0 and instance.vendor_count > 0
        self._now = self._board.parts()
        self.best, self.best_holders = tuple(self._now.tolist()), holders

    def is_at_bound(self, part: int) -> bool:
        """Whether the parts up to this one are at their bounds."""
        adj, rep, spacing, missed = self._now.tolist()
        bounds = self._bounds
        if adj > bounds.adj or rep > bounds.rep or (part >= 2 and spacing > bounds.spacing):
            return False
        return part < 3 or missed <= bounds.wish_miss(spacing)

    def round(self, phase: Phase, number: int, length: int) -> None:
        """One group, given out anew, in round `number` of `length` of a phase; at times also turns moved to rarer categories."""
        if phase.is_moving_turns and number % (1 + length // PASSES) == 0:
            self._move_extra_turns()
        group = self._groups.draw()
        if len(group.vendors) < 2:
            return
        costs = group.costs(self._board)
        heat = int(phase.hot * (phase.cold / phase.hot) ** (number / length))
        order = best_order(costs, np.array(phase.weights) * 256, self._noise(len(group.vendors), heat))
        moved = np.flatnonzero(group.slots[order] != group.slots)
        if len(moved) == 0:
            return
        self._board.apply(group.vendors[moved], group.slots[moved], group.slots[order][moved])
        self._now = self._now + difference(costs, order)
        parts = tuple(self._now.tolist())
        if parts < self.best:
            self.best, self.best_holders = parts, self._board.holders

    def _move_extra_turns(self) -> None:
        if self._extra_turns.move():
            self._now = self._board.parts()

    def _noise(self, size: int, heat: int) -> Ints:
        """(n, n) whole numbers from 0 to 255 times the heat."""
        return np.frombuffer(self._dice.randbytes(size * size), dtype=np.uint8).reshape(size, size).astype(np.int64) * heat
