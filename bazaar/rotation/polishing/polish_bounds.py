"""What no plan can beat in adj, rep, spacing and wish_miss, given the reported values of the parts above.

A part that is nought needs no proof. Else: counts of categories (`category_bounds`) and every vendor's own days (`spacing_bounds`).
With a broken hard rule nothing is claimed but nought: another plan might break another rule.
"""

import numpy as np

from bazaar.rotation.instance import Instance
from bazaar.rotation.polishing.board import Board
from bazaar.rotation.polishing.category_bounds import fewest_neighbours, fewest_pairs
from bazaar.rotation.polishing.spacing_bounds import Days, least_missed, least_spacing
from bazaar.rotation.polishing.turn_ranges import possible_turns
from bazaar.rotation.stage import NOBODY, Holders

PARTS = ("adj", "rep", "spacing", "wish_miss")


class PolishBounds:
    """The bounds for one vector of values above: exchanges that leave it as it is leave them as they are."""

    def __init__(self, instance: Instance, holders: Holders) -> None:
        self._instance, self._turns = instance, int((holders != NOBODY).sum())
        self.adj = self.rep = self.spacing = 0
        self._missed: dict[int, int] = {}  # by spacing
        self._days = None
        if self._turns and not _breaks_a_rule(Board(instance, holders)):
            self._possible = possible_turns(instance, holders)
            self._days = Days(instance)
            self.adj = fewest_neighbours(instance, holders, self._possible)
            self.rep = fewest_pairs(instance, holders, self._possible)
            self.spacing = least_spacing(instance, self._days, self._possible, self._turns)

    def wish_miss(self, spacing: int) -> int:
        """Given the spacing that was reached."""
        if self._days is None:
            return 0
        if spacing not in self._missed:
            self._missed[spacing] = least_missed(self._instance, self._days, self._possible, self._turns, spacing)
        return self._missed[spacing]

    def given(self, spacing: int) -> dict[str, int]:
        """All four by name."""
        return {"adj": self.adj, "rep": self.rep, "spacing": self.spacing, "wish_miss": self.wish_miss(spacing)}


def polish_bounds(instance: Instance, holders: Holders) -> dict[str, int]:
    """The four bounds for the values that this plan has."""
    return PolishBounds(instance, holders).given(int(Board(instance, holders).parts()[2]))


def _breaks_a_rule(board: Board) -> bool:
    instance, holders = board.instance, board.holders
    held = np.flatnonzero(holders != NOBODY)
    is_good = (
        instance.fits[holders[held], held].all()
        and (board.near[holders[held], instance.day[held]] == 1).all()
        and (board.turn_count <= instance.most).all()
        and all(_is_as_fixed(instance, holders, slot) for slot in np.flatnonzero(instance.is_fixed).tolist())
        and not (instance.problem.rules.adjacent == "hard" and board.parts()[0])
    )
    return not is_good


def _is_as_fixed(instance: Instance, holders: Holders, row: int) -> bool:
    """Whether the slot's pin is kept and, where it is over, what was published. A vendor whom the problem does not know is neither."""
    problem, slot = instance.problem, instance.problem.slots[row]
    holder = None if holders[row] == NOBODY else problem.vendors[holders[row]].id
    is_over = problem.published is not None and slot.day < problem.now
    return slot.pin in (None, holder) and (not is_over or (problem.published or {}).get(slot.id) == holder)
