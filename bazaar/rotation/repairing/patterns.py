"""What one vendor could hold: patterns, and the cheapest of them at given prices.

Slots ahead that lie on one day, are worth the same and fit the same vendors are one *kind*: who takes a slot of a kind in which they
were published keeps their own, so that the number of changes depends on kinds alone. A *pattern* is a set of kinds that one vendor
can take: fitting, far enough apart, turns and points as allowed (Gilmore and Gomory 1961 call so what is cut from one roll).

With prices on kinds, the cheapest pattern of each vendor is a shortest path through the days, as for weighted interval scheduling: what
remains to be paid from a day on depends only on the basket so far (how many slots of each points class). All vendors run at once. The
same tables show every pattern that costs at most so much more than the cheapest, without looking at any other.
"""

from dataclasses import dataclass

import numpy as np

from bazaar.rotation.balancing.baskets import Baskets, Market
from bazaar.rotation.instance import Flags, Instance, Ints
from bazaar.rotation.repairing.repair import Repair
from bazaar.rotation.stage import NOBODY

NEVER = 1 << 60


@dataclass(frozen=True)
class Kinds:
    """K kinds of slots, by day. V vendors, R days with slots that may change hands."""

    slots: list[Ints]  # rows of the slots of each kind
    size: Ints  # (K,) how many
    worth: Ints  # (K,) points class
    day: Ints  # (K,) row of the day, ascending
    may: Flags  # (K, V) fits, and no fixed turn is too near
    gain: Ints  # (K, V) changes that it makes when the vendor takes one: none in a kind in which they were published
    days: Ints  # (R,)


def kinds_ahead(instance: Instance, repair: Repair, market: Market) -> Kinds:
    """The kinds of the slots that are not fixed."""
    days = np.unique(instance.day[market.slots])
    groups: dict[tuple[int, int, bytes], list[int]] = {}
    for slot, worth in zip(market.slots.tolist(), market.kind.tolist(), strict=True):
        groups.setdefault((int(instance.day[slot]), worth, instance.fits[:, slot].tobytes()), []).append(slot)
    keys = sorted(groups, key=lambda key: (key[0], key[1], groups[key][0]))
    slots = [np.array(groups[key], dtype=np.int64) for key in keys]
    day = np.array([key[0] for key in keys], dtype=np.int64)
    may = np.array([instance.fits[:, own[0]] for own in slots], dtype=np.bool_).reshape(len(keys), instance.vendor_count)
    for vendor, fixed_day in market.fixed_days:
        may[np.abs(day - fixed_day) < instance.gap[vendor], vendor] = False
    gain = np.ones(may.shape, dtype=np.int64)
    for row, own in enumerate(slots):
        before = [repair.published[slot] for slot in own.tolist() if repair.published[slot] != NOBODY]
        gain[row, before] = 0
    return Kinds(
        slots=slots,
        size=np.array([len(own) for own in slots], dtype=np.int64),
        worth=np.array([key[1] for key in keys], dtype=np.int64),
        day=np.searchsorted(days, day),
        may=may,
        gain=gain,
        days=days,
    )


@dataclass(frozen=True)
class Patterns:
    """N patterns."""

    vendor: Ints  # (N,)
    basket: Ints  # (N,) row of the basket
    takes: Flags  # (N, K)

    def __len__(self) -> int:
        return len(self.vendor)

    def only(self, rows: Ints) -> "Patterns":
        """Some of them."""
        return Patterns(self.vendor[rows], self.basket[rows], self.takes[rows])


class Paths:
    """The cheapest ways on from every day and basket, at the given tolls."""

    def __init__(self, kinds: Kinds, baskets: Baskets, gap: Ints, cost: Ints, toll: Ints) -> None:
        """gap: (V,). cost: (B, V) of ending with the basket. toll: (K, V) of taking a slot of the kind. Both NEVER where forbidden."""
        self.kinds, self.toll = kinds, toll
        size, vendors = cost.shape
        self.larger = _larger(baskets)
        gaps, self._gap_of = np.unique(gap, return_inverse=True)
        self.after = np.searchsorted(kinds.days, kinds.days + gaps[:, None])  # (gaps, R) the first row that is far enough
        self.groups = [np.flatnonzero(self._gap_of == row) for row in range(len(gaps))]
        ends = np.full((len(kinds.days) + 1, size + 1, vendors), NEVER, dtype=np.int64)
        ends[-1, :size] = cost
        of_day: list[list[int]] = [[] for _ in kinds.days]
        for kind, day in enumerate(kinds.day.tolist()):
            of_day[day].append(kind)
        self._of_day = of_day
        for row in range(len(kinds.days) - 1, -1, -1):
            best = ends[row + 1].copy()
            for number, group in enumerate(self.groups):
                whole = len(self.groups) == 1
                later = ends[self.after[number, row]] if whole else ends[self.after[number, row]][:, group]
                for kind in of_day[row]:
                    taken = later[self.larger[:, kinds.worth[kind]]] + (toll[kind] if whole else toll[kind, group])
                    if whole:
                        np.minimum(best[:size], taken, out=best[:size])
                    else:
                        best[:size, group] = np.minimum(best[:size, group], taken)
            ends[row] = best
        self.ends = ends

    @property
    def floor(self) -> Ints:
        """(V,) what the cheapest pattern costs."""
        floor: Ints = self.ends[0, 0]
        return floor

    def within(self, slack: Ints, most: int) -> Patterns | None:
        """Every pattern that costs at most so much more than its vendor's cheapest; None where these are more than `most`.
        slack: (V,)."""
        kinds, limit = self.kinds, self.floor + slack
        vendor = np.flatnonzero(self.floor < NEVER)
        count = len(vendor)
        basket, paid, ready = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
        takes = np.zeros((count, len(kinds.size)), dtype=np.bool_)
        for row, own in enumerate(self._of_day):
            here = np.flatnonzero(ready == row)
            who, what, so_far = vendor[here], basket[here], paid[here]
            until = self.after[self._gap_of[who], row]
            news: list[tuple[Ints, Ints, Ints, Ints, Flags]] = []
            for kind in own:
                grown = self.larger[what, kinds.worth[kind]]
                price = so_far + self.toll[kind, who]
                good = np.flatnonzero(price + self.ends[until, grown, who] <= limit[who])
                if len(good):
                    also = takes[here[good]]
                    also[:, kind] = True
                    news.append((who[good], grown[good], price[good], until[good], also))
            ready[here] = row + 1
            stay = np.ones(len(vendor), dtype=np.bool_)
            stay[here] = so_far + self.ends[row + 1, what, who] <= limit[who]
            if not stay.all():
                vendor, basket, paid, ready, takes = vendor[stay], basket[stay], paid[stay], ready[stay], takes[stay]
            for more in news:
                vendor, basket = np.concatenate([vendor, more[0]]), np.concatenate([basket, more[1]])
                paid, ready = np.concatenate([paid, more[2]]), np.concatenate([ready, more[3]])
                takes = np.concatenate([takes, more[4]])
            if len(vendor) > most:
                return None
        return Patterns(vendor, basket, takes)


def _larger(baskets: Baskets) -> Ints:
    """(B, J) the row of the basket with one slot of the class more; B where that is too many."""
    larger = np.full(baskets.smaller.shape, len(baskets), dtype=np.int64)
    for kind in range(baskets.smaller.shape[1]):
        grown = np.flatnonzero(baskets.smaller[:, kind] >= 0)
        larger[baskets.smaller[grown, kind], kind] = grown
    return larger
