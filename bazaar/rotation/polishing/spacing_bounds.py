"""The least that spacing and wishes can come to, every vendor taken alone.

For each vendor and each number of turns the best choice of days is found by going through the days in order (dynamic programming):
best[k][d] = the least cost of k turns of which the last is on day d. A fixed turn must be among
them. That vendors stand in one another's way is left out, so the sum is a bound, and a weak one where good days are scarce.

The number of turns of each vendor may be any that is possible (`turn_ranges`), together as many as are filled. For every price mu,
sum over vendors of min over t of (cost(t) - mu t), plus mu times the number of turns, is not above the cheapest choice (Lagrange;
Geoffrion 1974); with whole and growing costs a whole mu closes the gap.

Wishes are bounded given the spacing: a day missing to the wanted distance is charged with lambda wishes, and the charge for the
spacing that was reached is taken off again, which is a bound for every lambda >= 0 by the same reasoning.
"""

import numpy as np
from numpy.typing import NDArray

from bazaar.rotation.instance import Flags, Instance, Ints
from bazaar.rotation.polishing.wishes import Wishes
from bazaar.rotation.stage import NOBODY

Days32 = NDArray[np.int32]

NEVER, MUST = 1 << 29, 1 << 21
"""More than any turns can cost. MUST is taken off the cost of a fixed turn, so that the cheapest choice leaves none of them out."""

CHARGES = (0, 1, 64)
"""Wishes charged for a missing day."""

MOST_WORK = 2_000_000_000
"""Turns x distances x vendors x days that are looked through; beyond, nothing is proved. 5,000 vendors on 100 days: some 60 million."""


class Days:
    """For every vendor and day, shape (V, D): may there be a turn, must there be one, and would it have to miss a wish?"""

    def __init__(self, instance: Instance) -> None:
        count = int(instance.day.max()) + 1
        self.is_free, self.is_forced, self.is_missed = np.zeros((3, instance.vendor_count, count), dtype=np.bool_)
        wishes = Wishes(instance)
        slots, starts = np.flatnonzero(~instance.is_fixed), wishes.is_wrong_start.shape[1]
        moment, which = np.unique(instance.day[slots] * starts + wishes.start[slots], return_inverse=True)
        comes = instance.fits_somewhere(slots, which, len(moment))
        self.is_missed[:] = True
        for at, can_come in zip(moment.tolist(), comes, strict=True):
            day, start = divmod(at, starts)
            self.is_free[:, day] |= can_come
            self.is_missed[:, day] &= wishes.is_wrong_day[:, day] | wishes.is_wrong_start[:, start] | ~can_come
        fixed = np.flatnonzero(instance.forced != NOBODY)
        vendors, days = instance.forced[fixed], instance.day[fixed]
        self.is_free[vendors, days] = self.is_forced[vendors, days] = True
        self.is_missed[vendors, days] = wishes.missed(vendors, fixed)


def least_spacing(instance: Instance, days: Days, possible: Flags, turns: int) -> int:
    """A bound for spacing; nought where too much would have to be looked through."""
    if not _is_within_reach(instance, days, possible, charge=1):
        return 0
    return _cheapest(_costs(instance, days, possible, charge=1, wish=0), turns)


def least_missed(instance: Instance, days: Days, possible: Flags, turns: int, spacing: int) -> int:
    """A bound for wish_miss, given the spacing that was reached."""
    charges = [charge for charge in CHARGES if _is_within_reach(instance, days, possible, charge=charge)]
    return max(
        (_cheapest(_costs(instance, days, possible, charge=charge, wish=1), turns) - charge * spacing for charge in charges), default=0
    )


def _is_within_reach(instance: Instance, days: Days, possible: Flags, *, charge: int) -> bool:
    """Whether there is time for it, and no cost can reach MUST."""
    turns, want = possible.shape[1], instance.problem.rules.want_gap
    distances = min(max(1, want, int(instance.gap.max())), days.is_free.shape[1])
    return bool(turns * distances * days.is_free.size <= MOST_WORK and turns * (charge * want + 1) < MUST)


def _costs(instance: Instance, days: Days, possible: Flags, *, charge: int, wish: int) -> Ints:
    """(V, T): the least cost of 0, 1, ... turns for each vendor; NEVER where that many cannot be."""
    day_cost = np.where(days.is_free, wish * days.is_missed - MUST * days.is_forced, NEVER).astype(np.int32)
    costs = np.zeros(possible.shape, dtype=np.int64)
    best = day_cost
    for turns in range(1, possible.shape[1]):
        costs[:, turns] = best.min(axis=1)
        best = np.minimum(NEVER, day_cost + _before(instance, best, charge))
    costs += MUST * days.is_forced.sum(axis=1)[:, None]
    return np.where(possible & (costs < MUST), costs, NEVER)


def _before(instance: Instance, best: Days32, charge: int) -> Days32:
    """(V, D): the least cost of the turns so far when another turn follows on that day, with what is missing between the two."""
    want, gap = instance.problem.rules.want_gap, instance.gap.astype(np.int32)[:, None]
    far = max(1, want, int(gap.max()))  # days from which on the distance does not matter
    least, days = np.full_like(best, NEVER), best.shape[1]
    if far < days:
        least[:, far:] = np.minimum.accumulate(best, axis=1)[:, : days - far]
    for apart in range(1, min(far, days)):
        missing = np.where(apart < gap, NEVER, charge * max(0, want - apart)).astype(np.int32)
        np.minimum(least[:, apart:], best[:, :-apart] + missing, out=least[:, apart:])
    return least


def _cheapest(costs: Ints, turns: int) -> int:
    """The least sum of costs (V, T) with so many turns altogether, or a little less."""
    allowed = costs < NEVER
    steps = np.diff(costs, axis=1)[allowed[:, 1:] & allowed[:, :-1]]
    number = np.arange(costs.shape[1])
    prices: list[int] = [0, *np.unique(steps).tolist()]
    return max(int((costs - price * number).min(axis=1).sum()) + price * turns for price in prices)
