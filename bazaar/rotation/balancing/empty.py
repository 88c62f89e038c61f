"""Where slots stay empty: which ones is open, so that somebody may move from a slot to an empty one."""

import numpy as np

from bazaar.rotation.instance import Flags, Instance
from bazaar.rotation.stage import NOBODY, Holders

MOST_LOOKED_AT = 30_000
"""Moves that are weighed for the best one, some 20 microseconds each; where there are more, no slot is exchanged for an empty one."""


def move_to_empty(instance: Instance, holders: Holders, is_kept: Flags) -> bool:
    """Make the best single move to an empty slot, in place; False where none makes points more even, or too many would have to be
    weighed. Published slots do not count as empty: filling them otherwise is a change."""
    if instance.problem.rules.adjacent == "hard" or instance.published is not None:
        return False
    empty = np.flatnonzero((holders == NOBODY) & ~instance.is_fixed)
    movable = np.flatnonzero((holders != NOBODY) & ~is_kept)
    if len(empty) * len(movable) > MOST_LOOKED_AT:
        return False
    held = np.flatnonzero(holders != NOBODY)
    final = instance.credit.copy()
    np.add.at(final, holders[held], instance.weight[held])
    best, chosen = _unevenness(final), None
    for slot in movable.tolist():
        vendor = holders[slot]
        days = instance.day[(holders == vendor) & (np.arange(len(holders)) != slot)]
        for target in empty[instance.fits[vendor, empty]].tolist():
            if (np.abs(days - instance.day[target]) < instance.gap[vendor]).any():
                continue
            moved = final.copy()
            moved[vendor] += instance.weight[target] - instance.weight[slot]
            if (value := _unevenness(moved)) < best:
                best, chosen = value, (slot, target)
    if chosen is None:
        return False
    slot, target = chosen
    holders[target], holders[slot] = holders[slot], NOBODY
    is_kept[target], is_kept[slot] = False, True
    return True


def _unevenness(final: np.ndarray) -> tuple[int, int]:
    return int(np.abs(len(final) * final - final.sum()).max()), int(final @ final)
