"""Stage 3, parts adj to wish_miss: neighbours, repetition, spacing, wishes, in that order, by moves that leave all above as it is.

Round after round a group of turns (`groups`) is given out anew in the best order (`reassign`). Noise in the costs lets the search
leave a plan from which no single group leads on; it shrinks from round to round (simulated annealing: Kirkpatrick, Gelatt, Vecchi
1983), and at its end a whole part outweighs it. The best plan seen, part by part, is kept. Ends when all four parts are at their
bounds (`polish_bounds`), or after a number of rounds that depends on nothing but the size of the problem and the effort.
"""

import random  # noqa: TID251 (seeded dice only: a draw can be replayed)

import numpy as np

from bazaar.rotation.board import Board
from bazaar.rotation.extra_turns import ExtraTurns
from bazaar.rotation.groups import Groups
from bazaar.rotation.instance import Instance, Ints
from bazaar.rotation.polish_bounds import polish_bounds
from bazaar.rotation.reassign import Costs, best_order, difference
from bazaar.rotation.stage import Holders, Outcome, Progress

PARTS = ("adj", "rep", "spacing", "wish_miss")

WEIGHTS = np.array([216, 72, 24, 8]) * 256
"""Of the four parts within a round, in units of which the noise is a multiple. In the long run only the order of the parts counts."""

HOT, COLD = 100.0, 1.0
"""Largest noise in the first and in the last round, in 1/256 of the same units: a dozen wishes at first, an eighth of one at last."""

LARGEST_GROUP = 64
LARGE, LARGEST_GROUP_OF_LARGE = 5_000, 128
"""Slots from which larger groups pay."""

MOST_ROUNDS = 2_500

PASSES = 4
"""Of moving turns to rarer categories, one at the start of each of the first sixteenths of the rounds."""


def polish(instance: Instance, holders: Holders, dice: random.Random, *, effort: int, progress: Progress) -> Outcome:
    """The holders with the four parts as small as these rounds make them."""
    board = Board(instance, holders)
    groups = Groups(board, dice, size=LARGEST_GROUP if instance.slot_count < LARGE else LARGEST_GROUP_OF_LARGE)
    extra = ExtraTurns(board, groups.movable, dice)
    now = board.parts()
    best, best_holders = tuple(now.tolist()), holders
    rounds = 0 if groups.is_empty or not instance.vendor_count else _rounds(instance, effort)
    passes = {rounds * share // 16 for share in range(PASSES)}
    for number in range(rounds):
        if number % 100 == 0:
            progress("polish", number / rounds)
        if number in passes and extra.move():
            now = board.parts()
        change = _round(board, groups, dice, HOT * (COLD / HOT) ** (number / rounds))
        if change is not None:
            now += change
            parts = tuple(now.tolist())
            if parts < best:
                best, best_holders = parts, board.holders
    progress("polish", 1.0)
    return Outcome(best_holders, polish_bounds(instance, best_holders))


def _rounds(instance: Instance, effort: int) -> int:
    """More turns for each vendor and more slots need more rounds."""
    each = instance.slot_count / max(1, instance.vendor_count)
    return effort * min(MOST_ROUNDS, 8 * instance.slot_count, int(600 * each + instance.slot_count / 2))


def _round(board: Board, groups: Groups, dice: random.Random, heat: float) -> Ints | None:
    """How one round changed the four parts; None when everybody stayed."""
    group = groups.draw()
    if len(group.vendors) < 2:
        return None
    costs = group.costs(board)
    order = best_order(costs, WEIGHTS, _noise(costs, dice, int(heat)))
    moved = np.flatnonzero(group.slots[order] != group.slots)
    if len(moved) == 0:
        return None
    board.apply(group.vendors[moved], group.slots[moved], group.slots[order][moved])
    return difference(costs, order)


def _noise(costs: Costs, dice: random.Random, heat: int) -> Ints:
    """(n, n) from the dice's bytes."""
    shape = costs.can.shape
    return np.frombuffer(dice.randbytes(shape[0] * shape[1]), dtype=np.uint8).reshape(shape).astype(np.int64) * heat
