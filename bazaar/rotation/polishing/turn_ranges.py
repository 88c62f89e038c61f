"""How many turns each vendor can have in any plan whose parts hard to dev_max are those reported.

Turns: with n turns among V vendors and q = n div V, each vendor adds (t - q)(t - q - 1) >= 0 to E = turns_sq - (2q + 1) n + q (q + 1) V,
so nobody can be farther from q and q + 1 than E allows; at the smallest possible turns_sq, E is 0 and everybody has q or q + 1.
Points: |V F - sum F| <= dev_max leaves each vendor a window of points, and t turns must be able to sum to something within it.
All in whole numbers.
"""

import numpy as np

from bazaar.rotation.instance import Flags, Instance, Ints
from bazaar.rotation.polishing.board import points_of
from bazaar.rotation.stage import NOBODY, Holders


def possible_turns(instance: Instance, holders: Holders) -> Flags:
    """(V, most + 1): whether the vendor can have 0, 1, ... turns. Holders: any plan with the reported values, breaking no rule."""
    had = np.bincount(holders[holders != NOBODY], minlength=instance.vendor_count)
    each, _rest = divmod(int(had.sum()), instance.vendor_count)
    excess = int(((had - each) * (had - each - 1)).sum())
    most = int(had.max())
    while (most + 1 - each) * (most - each) <= excess:
        most += 1
    turns = np.arange(most + 1)
    can = (turns - each) * (turns - each - 1) <= excess
    is_possible: Flags = can & (turns <= np.minimum(instance.most, instance.ceiling)[:, None])
    is_possible &= turns >= np.bincount(instance.forced[instance.forced != NOBODY], minlength=instance.vendor_count)[:, None]
    return is_possible & _fit_points(instance, holders, most)


def _fit_points(instance: Instance, holders: Holders, most: int) -> Flags:
    """(V, most + 1): whether so many slots that the vendor fits, each worth taken as often as wanted, can sum to an allowed total."""
    low, high = _windows(instance, holders)
    weights, worth = np.unique(instance.weight, return_inverse=True)
    has = instance.fits_somewhere(np.arange(instance.slot_count), worth, len(weights)).T  # (V, weights)
    patterns, which = np.unique(has, axis=0, return_inverse=True)
    sums = [_sums(weights[pattern].tolist(), most) for pattern in patterns]
    return np.array(
        [
            [_meets(reach, low_points, high_points) for reach in sums[pattern]]
            for pattern, low_points, high_points in zip(which.ravel().tolist(), low.tolist(), high.tolist(), strict=True)
        ],
        dtype=np.bool_,
    ).reshape(instance.vendor_count, most + 1)


def _windows(instance: Instance, holders: Holders) -> tuple[Ints, Ints]:
    """(V,) least and most points of this edition. Where slots stay open, it is not known which: then the sum has a range too."""
    count, points = instance.vendor_count, points_of(instance, holders)
    distance = int(np.abs(count * points - points.sum()).max())
    filled, worth = int((holders != NOBODY).sum()), np.sort(instance.weight)
    credit = int(instance.credit.sum())
    least_sum, most_sum = credit + int(worth[:filled].sum()), credit + int(worth[len(worth) - filled :].sum())
    return -((distance - least_sum) // count) - instance.credit, (distance + most_sum) // count - instance.credit


def _sums(weights: list[int], most: int) -> list[int]:
    """For 0, 1, ... turns the sums that can come out, as the bits of one number."""
    reach = [1]
    for _ in range(most):
        grown = 0
        for weight in weights:
            grown |= reach[-1] << weight
        reach.append(grown)
    return reach


def _meets(reach: int, low: int, high: int) -> bool:
    low = max(0, low)
    return high >= low and bool((reach >> low) & ((1 << (high - low + 1)) - 1))
