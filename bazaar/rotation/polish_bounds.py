"""What no plan can beat in adj, rep, spacing and wish_miss, given the reported values of the parts above.

A part that is nought needs no proof. Else: counts of categories (`category_bounds`) and every vendor's own days (`spacing_bounds`).
With a broken hard rule nothing is claimed but nought: another plan might break another rule.
"""

import numpy as np

from bazaar.rotation.board import Board
from bazaar.rotation.category_bounds import fewest_neighbours, fewest_pairs
from bazaar.rotation.instance import Instance
from bazaar.rotation.spacing_bounds import Days, least_missed, least_spacing
from bazaar.rotation.stage import NOBODY, Holders
from bazaar.rotation.turn_ranges import possible_turns

PARTS = ("adj", "rep", "spacing", "wish_miss")


def polish_bounds(instance: Instance, holders: Holders) -> dict[str, int]:
    """A bound for each of the four parts."""
    board = Board(instance, holders)
    reached = dict(zip(PARTS, board.parts().tolist(), strict=True))
    bounds = dict.fromkeys(PARTS, 0)
    if not any(reached.values()) or _breaks_a_rule(board, reached["adj"]):
        return bounds
    possible, turns = possible_turns(instance, holders), int((holders != NOBODY).sum())
    if reached["adj"]:
        bounds["adj"] = fewest_neighbours(instance, holders, possible)
    if reached["rep"]:
        bounds["rep"] = fewest_pairs(instance, holders, possible)
    if reached["spacing"] or reached["wish_miss"]:
        days = Days(instance)
        bounds["spacing"] = least_spacing(instance, days, possible, turns)
        bounds["wish_miss"] = least_missed(instance, days, possible, turns, reached["spacing"])
    return bounds


def _breaks_a_rule(board: Board, adjacent: int) -> bool:
    instance, holders = board.instance, board.holders
    held = np.flatnonzero(holders != NOBODY)
    is_good = (
        instance.fits[holders[held], held].all()
        and (board.near[holders[held], instance.day[held]] == 1).all()
        and (board.turn_count <= instance.most).all()
        and all(_is_as_fixed(instance, holders, slot) for slot in np.flatnonzero(instance.is_fixed).tolist())
        and not (adjacent and instance.problem.rules.adjacent == "hard")
    )
    return not is_good


def _is_as_fixed(instance: Instance, holders: Holders, row: int) -> bool:
    """Whether the slot's pin is kept and, where it is over, what was published. A vendor whom the problem does not know is neither."""
    problem, slot = instance.problem, instance.problem.slots[row]
    holder = None if holders[row] == NOBODY else problem.vendors[holders[row]].id
    is_over = problem.published is not None and slot.day < problem.now
    return slot.pin in (None, holder) and (not is_over or (problem.published or {}).get(slot.id) == holder)
