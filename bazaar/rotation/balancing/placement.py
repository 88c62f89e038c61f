"""Evening out: from a filled plan to one whose points lie on the bound.

`settle_days` is the start: who comes on a day stays, who stands where on that day is a linear assignment (Kuhn 1955; Jonker and
Volgenant 1987). `Descent` then works with the prices of the configuration program. At these prices a plan's distance from the bound
is the sum of what each vendor's basket costs above the vendor's cheapest basket, so it shows *who* is still in the way: only these
vendors are looked at. `improve` takes exchanges, then longer cycles; `aim` moves towards given baskets (`aiming`), `wander` sideways.
"""

import random  # noqa: TID251 (seeded dice only: a draw can be replayed)

import numpy as np
from scipy.optimize import linear_sum_assignment

from bazaar.rotation.balancing.aiming import Aim
from bazaar.rotation.balancing.exchange import Measure, best_exchange, find_cycle, free_exchanges
from bazaar.rotation.balancing.places import Board
from bazaar.rotation.instance import Ints

SWEEPS = 4
_FORBIDDEN = 1 << 52


def settle_days(board: Board, measure: Measure) -> None:
    """Each day's vendors on that day's slots, as evenly as possible; again while that helps, at most SWEEPS times."""
    by_day: dict[int, list[int]] = {}
    for place, day in enumerate(board.day[: board.slot_count].tolist()):
        by_day.setdefault(day, []).append(place)
    days = [np.array(places) for places in by_day.values() if len(places) > 1]
    for _ in range(SWEEPS):
        if not sum(_settle(board, measure, places) for places in days):
            return


def _settle(board: Board, measure: Measure, places: Ints) -> bool:
    vendors, weight = board.holder[places], board.weight[places]
    cost = measure.cost((board.final[vendors] - weight)[:, None] + weight)
    cost[~board.fits(vendors, places)] = _FORBIDDEN
    _, to = linear_sum_assignment(cost)
    stay = np.arange(len(places))
    if cost[stay, to].sum() >= cost.trace():
        return False
    moving = np.flatnonzero(to != stay)
    return board.move(places[moving].tolist(), places[to[moving]].tolist())


class Descent:
    """Moves on one board by one measure."""

    def __init__(self, board: Board, measure: Measure, floor: Ints, goal: int) -> None:
        """floor: (V,) cost less prices of each vendor's cheapest basket. goal: the cost at which the bound is reached."""
        self.board, self.measure, self.floor, self.goal = board, measure, floor, goal
        self._all: Ints = np.arange(len(board.holder))

    @property
    def cost(self) -> int:
        """What all vendors cost."""
        return int(self.measure.cost(self.board.final).sum())

    @property
    def is_done(self) -> bool:
        """Whether the bound is reached."""
        return self.cost <= self.goal

    def improve(self, *, is_deep: bool) -> None:
        """Exchanges while they improve; is_deep: longer cycles too."""
        table = self.measure.table(self.board, self._all)
        while not self.is_done:
            vendors = self._in_the_way()
            if sum(self._exchange(table, vendor) for vendor in vendors):
                continue
            if not is_deep or not sum(self._rotate(table, vendor) for vendor in vendors):
                return

    def aim(self, targets: Ints, dice: random.Random) -> None:
        """Towards these baskets, whatever that costs on the way. targets: (V, J + 1) places of each class, the empty turns last."""
        aim = Aim(self.board, targets)
        aim.together(dice)
        aim.singly()

    def wander(self, dice: random.Random, steps: int, tolerance: int = 0) -> None:
        """Exchanges that cost no more than the tolerance, at random: other days, or other vendors with the same surplus."""
        table = self.measure.table(self.board, self._all)
        for _ in range(steps):
            vendor = dice.randrange(len(self.board.own))
            if self.board.own[vendor]:
                free = free_exchanges(self.board, table, vendor, tolerance)
                if len(free):
                    self._apply(free[dice.randrange(len(free))].tolist(), table)

    def _in_the_way(self) -> list[int]:
        """Vendors whose basket is not a cheapest one, the dearest first."""
        excess = self.measure.cost(self.board.final) - self.floor
        np.subtract.at(excess, self.board.holder, self.measure.price[self.board.kind])
        order = np.argsort(-excess, kind="stable")
        dear: list[int] = order[excess[order] > 0].tolist()
        return dear

    def _exchange(self, table: Ints, vendor: int) -> int:
        """How many exchanges improved something."""
        for count in range(len(self._all)):
            if not self._apply(best_exchange(self.board, table, vendor), table):
                return count
        return len(self._all)

    def _rotate(self, table: Ints, vendor: int) -> int:
        """How many longer cycles improved something."""
        count = 0
        for place in list(self.board.own[vendor]):
            if self.board.holder[place] == vendor:
                count += self._apply(find_cycle(self.board, table, place), table)
        return count

    def _apply(self, cycle: list[int], table: Ints) -> bool:
        """Rotate, and bring the vendors' rows of the table up to date."""
        if not cycle or not self.board.rotate(cycle):
            return False
        vendors = dict.fromkeys(self.board.holder[cycle].tolist())
        places = np.array([place for vendor in vendors for place in self.board.own[vendor]])
        table[places] = self.measure.table(self.board, places)
        return True
