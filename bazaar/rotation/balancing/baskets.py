"""Which baskets a vendor can reach alone.

Fairness of points depends only on how many slots of each *points class* a vendor gets: the vendor's basket. This file numbers the
baskets and finds out, for each vendor, which of them can be collected on the vendor's own days, hours and gap, as if nobody else
were there. Whatever a real plan gives to a vendor is among them, so that everything proved over reachable baskets holds for plans.

Method: a dynamic program over days, as for weighted interval scheduling. A basket with a turn on day d is a smaller basket that is
reached by day d - gap, plus one slot of a class that the vendor can take on day d. All vendors run at once: the vendors who reach a
basket are one row of bits, and adding a turn is one `and` and one `or` of rows. (The same program can be written with the *baskets*
as one big integer for each vendor, where adding a turn of class j shifts by (most + 2)^j; with (most + 1)^j a full digit carries
into the next class. Rows of vendor bits have no digits, so that there is nothing to carry.)
"""

from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import comb

import numpy as np
from numpy.typing import NDArray

from bazaar.rotation.instance import Flags, Instance, Ints
from bazaar.rotation.stage import NOBODY, Holders

Bits = NDArray[np.uint8]


@dataclass(frozen=True)
class Market:
    """What is to be shared: slots that are not fixed, and what each vendor has from elsewhere. J points classes, R days with slots."""

    slots: Ints  # (N,) rows of the slots that may change hands
    kind: Ints  # (N,) class of each of them
    worth: Ints  # (J,) points of one slot of the class, ascending
    supply: Ints  # (J,) slots that may change hands
    base: Ints  # (V,) credit and points of fixed slots
    fixed_turns: Ints  # (V,)
    fixed_days: tuple[tuple[int, int], ...]  # (vendor, day) of each fixed turn


def market_of(instance: Instance, holders: Holders, is_fixed: Flags) -> Market:
    """The market behind the slots that are not fixed."""
    slots = np.flatnonzero(~is_fixed)
    worth, kind = np.unique(instance.weight[slots], return_inverse=True)
    fixed = np.flatnonzero(is_fixed & (holders != NOBODY))
    base = instance.credit.copy()
    np.add.at(base, holders[fixed], instance.weight[fixed])
    return Market(
        slots=slots,
        kind=kind.astype(np.int64),
        worth=worth,
        supply=np.bincount(kind, minlength=len(worth)).astype(np.int64),
        base=base,
        fixed_turns=np.bincount(holders[fixed], minlength=instance.vendor_count).astype(np.int64),
        fixed_days=tuple(zip(holders[fixed].tolist(), instance.day[fixed].tolist(), strict=True)),
    )


@dataclass(frozen=True)
class Baskets:
    """All baskets of at most so many turns, small ones first. B baskets, J classes."""

    counts: Ints  # (B, J) slots of each class
    turns: Ints  # (B,)
    points: Ints  # (B,)
    smaller: Ints  # (B, J) row of the basket with one slot of the class less, or -1

    def __len__(self) -> int:
        return len(self.turns)


def basket_count(classes: int, most: int) -> int:
    """How many baskets there are."""
    return comb(classes + most, most)


def baskets_of(worth: Ints, most: int) -> Baskets:
    """Every basket of up to `most` turns."""
    classes = range(len(worth))
    contents = [content for turns in range(most + 1) for content in combinations_with_replacement(classes, turns)]
    row_of = {content: row for row, content in enumerate(contents)}
    counts = np.zeros((len(contents), len(worth)), dtype=np.int64)
    smaller = np.full((len(contents), len(worth)), -1, dtype=np.int64)
    for row, content in enumerate(contents):
        for place, kind in enumerate(content):
            counts[row, kind] += 1
            smaller[row, kind] = row_of[content[:place] + content[place + 1 :]]
    return Baskets(counts, counts.sum(axis=1), counts @ worth, smaller)


def reachable(instance: Instance, market: Market, baskets: Baskets) -> Flags:
    """(B, V): which baskets each vendor can collect alone, beside the fixed turns."""
    reach = np.zeros((len(baskets), instance.vendor_count), dtype=np.bool_)
    if not len(market.slots):
        reach[0] = True
        return reach
    days, offers = _offers(instance, market)
    for gap in np.unique(instance.gap).tolist():
        of_gap = np.flatnonzero(instance.gap == gap)
        reach[:, of_gap] = _collect(days, np.packbits(offers[:, :, of_gap], axis=2), baskets, gap, len(of_gap))
    return reach


def _offers(instance: Instance, market: Market) -> tuple[Ints, Flags]:
    """The days with slots (R,), and whether there is a slot of the class for the vendor on that day (R, J, V)."""
    days, day = np.unique(instance.day[market.slots], return_inverse=True)
    classes = len(market.worth)
    offers = instance.fits_somewhere(market.slots, day * classes + market.kind, len(days) * classes)
    by_day: Flags = offers.reshape(len(days), classes, instance.vendor_count)
    for vendor, fixed_day in market.fixed_days:
        by_day[np.abs(days - fixed_day) < instance.gap[vendor], :, vendor] = False
    return days, by_day


def _collect(days: Ints, offers: Bits, baskets: Baskets, gap: int, vendors: int) -> Flags:
    """(B, vendors) of the given gap. offers: (R, J, bits of vendors)."""
    reached = [np.zeros((len(baskets), offers.shape[2]), dtype=np.uint8)]
    reached[0][0] = 255  # nothing: everybody
    before = np.searchsorted(days, days - gap, side="right")  # how many days lie at least the gap before
    grown = [np.flatnonzero(baskets.smaller[:, kind] >= 0) for kind in range(offers.shape[1])]
    for row in range(len(days)):
        today, earlier = reached[row].copy(), reached[before[row]]
        for kind, larger in enumerate(grown):
            if offers[row, kind].any():
                today[larger] |= earlier[baskets.smaller[larger, kind]] & offers[row, kind]
        reached.append(today)
    return np.unpackbits(reached[-1], axis=1, count=vendors).astype(np.bool_)
