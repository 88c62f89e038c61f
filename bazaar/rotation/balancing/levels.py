"""Bounds on even points where the slots have too many different values for the program over baskets.

Each vendor's own days, hours and gap allow points within a range: least and most are found by a dynamic program over days, as for
weighted interval scheduling. With the sum of all points given, squares are smallest when points are levelled like water in vessels of
these heights: everybody at one whole level, or at the end of the own range that is nearer to it, and some one point higher (greedy is
optimal for separable convex costs; Federgruen and Groenevelt 1986). Which values the slots really have is forgotten, so that this is a
bound; with many different values nearly every sum can be made, and plans come close.

Where slots stay empty, the sum is open between two ends: each one that is possible is looked at (`narrowest_of_totals`,
`levelled_of_totals`).
"""

import numpy as np

from bazaar.rotation.balancing.baskets import Market
from bazaar.rotation.instance import Flags, Instance, Ints

_NEVER = np.int64(1) << 40
_MOST_LEVELLED = 300


def ranges(instance: Instance, market: Market, fewest: Ints, most: Ints) -> tuple[Ints, Ints]:
    """(V,), (V,): the least and the most F that each vendor can have with an allowed number of turns; least above most where none."""
    days, day = np.unique(instance.day[market.slots], return_inverse=True)
    weight, fits = instance.weight[market.slots], instance.fits[:, market.slots]
    low = np.full((instance.vendor_count, len(days)), _NEVER)
    high = np.full((instance.vendor_count, len(days)), -_NEVER)
    for row in range(len(days)):
        today = np.flatnonzero(day == row)
        low[:, row] = np.where(fits[:, today], weight[today], _NEVER).min(axis=1)
        high[:, row] = np.where(fits[:, today], weight[today], -_NEVER).max(axis=1)
    for vendor, fixed_day in market.fixed_days:
        near = np.abs(days - fixed_day) < instance.gap[vendor]
        low[vendor, near], high[vendor, near] = _NEVER, -_NEVER
    turns = np.arange(int((most - market.fixed_turns).max(initial=0)) + 1)
    has = market.fixed_turns[:, None] + turns
    is_allowed = (has >= fewest[:, None]) & (has <= most[:, None])
    least, greatest = np.full(len(fewest), _NEVER), np.full(len(fewest), -_NEVER)
    for gap in np.unique(instance.gap).tolist():
        rows = np.flatnonzero(instance.gap == gap)
        before = np.searchsorted(days, days - gap, side="right")
        greatest[rows] = _most_points(high[rows], before, is_allowed[rows])
        least[rows] = -_most_points(-low[rows], before, is_allowed[rows])
    return market.base + least, market.base + greatest


def _most_points(worth: Ints, before: Ints, is_allowed: Flags) -> Ints:
    """(vendors,): the largest sum over days far enough apart. worth: (vendors, R). before: (R,) days that lie at least the gap before.
    is_allowed: (vendors, turns + 1)."""
    count, turns = is_allowed.shape
    best = [np.full((count, turns), -_NEVER)]
    best[0][:, 0] = 0
    for row in range(worth.shape[1]):
        today = best[row].copy()
        np.maximum(today[:, 1:], best[before[row]][:, :-1] + worth[:, [row]], out=today[:, 1:])
        best.append(today)
    most: Ints = np.where(is_allowed, best[-1], -_NEVER).max(axis=1)
    return most


def narrowest_of_ranges(least: Ints, most: Ints, total: int) -> int | None:
    """The bound of dev_max; None where the sum cannot be met."""
    count = len(least)
    if (least > most).any() or not least.sum() <= total <= most.sum():
        return None
    rest = total % count
    whole = max(rest, count - rest) if rest else 0  # somebody is above the mean then, and somebody below
    alone = np.maximum(count * least - total, total - count * most).max(initial=0)
    return max(int(alone), whole)


def levelled(least: Ints, most: Ints, total: int, dev_max: int) -> int | None:
    """The bound of dev_sq among plans that keep everybody within dev_max; None where the sum cannot be met."""
    count = len(least)
    least = np.maximum(least, -((dev_max - total) // count))
    most = np.minimum(most, (total + dev_max) // count)
    if (least > most).any() or not least.sum() <= total <= most.sum():
        return None
    low, high = int(least.min()), int(most.max())
    while low < high:  # the highest level that does not need more than there is
        level = (low + high + 1) // 2
        if np.clip(level, least, most).sum() <= total:
            low = level
        else:
            high = level - 1
    final = np.clip(low, least, most)
    return int(final @ final) + (total - int(final.sum())) * (2 * low + 1)


def narrowest_of_totals(least: Ints, most: Ints, totals: Ints) -> Ints:
    """(n,): as `narrowest_of_ranges` for each of the sums; _NEVER where the sum cannot be met."""
    count = len(least)
    rest = totals % count
    whole = np.where(rest > 0, np.maximum(rest, count - rest), 0)
    alone = np.maximum(count * least.max() - totals, totals - count * most.min())
    is_possible = (least.sum() <= totals) & (totals <= most.sum()) & bool((least <= most).all())
    found: Ints = np.where(is_possible, np.maximum(whole, alone), _NEVER)
    return found


def levelled_of_totals(least: Ints, most: Ints, totals: Ints, dev_max: int) -> int | None:
    """The smallest bound of dev_sq over all sums, which rise from nought at least; None where none can be met. Squares are never below
    those of everybody at the mean, so that only so many sums are looked at; what is farther up is bounded by its mean."""
    best: int | None = None
    count = len(least)
    for number, total in enumerate(totals[narrowest_of_totals(least, most, totals) <= dev_max].tolist()):
        mean = int(-(-total * total // count))
        if best is not None and mean >= best:
            break
        if number == _MOST_LEVELLED:
            return mean if best is None else min(best, mean)
        squares = levelled(least, most, total, dev_max)
        if squares is not None:
            best = squares if best is None else min(best, squares)
    return best
