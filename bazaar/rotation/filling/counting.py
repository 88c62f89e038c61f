"""What counting alone proves about turns, and the most even turns that counting allows.

Filled slots F, floors and ceilings of the vendors: the vector of turn counts with sum F and floor <= turns <= ceiling that is poured
like water (everybody up to one level, or to the nearer end of their own range, the rest one more) is majorized by every other such
vector, and so no sum of squares is smaller (Hardy, Littlewood and Polya 1929; Federgruen and Groenevelt 1986 for the greedy proof).
`spread` is the smallest s for which some most M leaves a vector: everybody at most M, and at least M - s or at their own ceiling.
"""

import numpy as np

from bazaar.rotation.instance import Ints


def even_level(total: int, ceilings: Ints) -> float:
    """The level to which everybody is filled, or to their own ceiling, until the total is reached. Fractions of a turn count."""
    left = float(total)
    ordered = np.sort(ceilings).tolist()
    for row, ceiling in enumerate(ordered):
        level = left / (len(ordered) - row)
        if level <= ceiling:
            return level
        left -= ceiling
    return float(ordered[-1]) if ordered else 0.0


def least_squares(total: int, floors: Ints, ceilings: Ints) -> int | None:
    """The smallest sum of squared turns, or None where no turns add up to the total."""
    if (floors > ceilings).any() or not floors.sum() <= total <= ceilings.sum():
        return None
    low, high = 0, int(ceilings.max(initial=0))
    while low < high:  # the highest level that does not pour too much
        middle = (low + high + 1) // 2
        if np.clip(middle, floors, ceilings).sum() <= total:
            low = middle
        else:
            high = middle - 1
    turns = np.clip(low, floors, ceilings)
    rest = int(total - turns.sum())
    return int((turns * turns).sum()) + rest * (2 * low + 1)


def ranges_of(most: int, spread: int, floors: Ints, ceilings: Ints, limits: Ints) -> tuple[Ints, Ints]:
    """The range of everybody's turns (V,), (V,) when nobody has more than `most` and the spread is no wider than given.

    ceilings: where a vendor no longer counts as somebody who could have more. limits: the most turns the vendor can really have.
    """
    return np.maximum(floors, np.minimum(ceilings, most - spread)), np.minimum(limits, most)


def least_spread(total: int, floors: Ints, ceilings: Ints, limits: Ints) -> int | None:
    """The smallest spread, or None where no turns add up to the total."""
    highest = int(limits.max(initial=0))
    for spread in range(highest + 1):
        for most in range(highest + 1):
            low, high = ranges_of(most, spread, floors, ceilings, limits)
            if (low <= high).all() and low.sum() <= total <= high.sum():
                return spread
    return None


def least_squares_within(spread: int, total: int, floors: Ints, ceilings: Ints, limits: Ints) -> int | None:
    """The smallest sum of squared turns among those of that spread or a smaller one."""
    highest = int(limits.max(initial=0))
    sums = [least_squares(total, *ranges_of(most, spread, floors, ceilings, limits)) for most in range(highest + 1)]
    return min((value for value in sums if value is not None), default=None)
