"""Between two vendors, and of one among empty slots: the best of all ways at once, where few vendors have many turns each.

Two vendors: turns of theirs that lie nearer than the gap change hands together or not at all (a Kempe chain, as in timetabling; Morgenstern
and Shapiro 1990). Chains are independent of each other, so that all splits of the two vendors' points are the subset sums of what the
chains carry over, with as many turns as before: a table of bits (Pisinger 1999), and the split nearest to even is read back from it.
One vendor: whatever so many turns among the own and the empty slots can be worth, by the dynamic program over days of `baskets`, with
the points as bits of a whole number.

`regroup` works pairs off while one gets more even, and disturbs a little in between. Where slots stay empty, the sum of points is open:
each vendor first goes as near as can be to the same number of points, for several such numbers.
"""

import random  # noqa: TID251 (seeded dice only: a draw can be replayed)
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from bazaar.rotation.instance import Flags, Instance, Ints
from bazaar.rotation.stage import NOBODY, Holders

MOST_LOOKED_AT = 2_500
"""Times the effort: pairs and single vendors, a millisecond or less each."""

MOST_POINTS = 60_000
"""Points of two vendors together, beyond which the tables of bits grow large."""

LEVELS, ROUNDS, KICKS = 16, 2, 200


@dataclass(frozen=True)
class Chain:
    """Slots of two vendors that change hands together, and what the first vendor gains by that."""

    slots: tuple[int, ...]
    turns: int
    points: int


def regroup(
    instance: Instance, holders: Holders, is_kept: Flags, dice: random.Random, *, lowest: int, highest: int, effort: int
) -> Holders:
    """Holders whose points are at least as even; nobody has other turns than before. lowest, highest: ends of the sum of all points."""
    table = Table(instance, holders, is_kept, MOST_LOOKED_AT * effort)
    if instance.problem.rules.adjacent == "hard" or instance.published is not None or int(np.ptp(table.final)) > MOST_POINTS:
        return holders
    search = _Search(table)
    search.look()
    if lowest < highest:
        search.try_levels(lowest // instance.vendor_count, -(-highest // instance.vendor_count))
    for _ in range(KICKS * effort):
        if table.looks_left <= 0:
            break
        table.restore(search.best)
        table.disturb(dice)
        search.look()
    return search.best


class _Search:
    """The best that was seen of a table."""

    def __init__(self, table: "Table") -> None:
        self.table, self.best, self.least = table, table.holders.copy(), table.unevenness

    def look(self) -> bool:
        """Even pairs out. Whether that is better than anything before."""
        self.table.even_out_pairs()
        if self.table.unevenness >= self.least:
            return False
        self.best, self.least = self.table.holders.copy(), self.table.unevenness
        return True

    def try_levels(self, first: int, last: int) -> None:
        """All vendors near to the same points: levels all over the range, the closer the lower, for squares are smaller there; then
        halving what lies below the best one, and step by step below that."""
        levels = sorted({first + (last - first) * step * step // (LEVELS * LEVELS) for step in range(LEVELS + 1)})
        good = [row for row, level in enumerate(levels) if self._try(level)]
        if good and good[-1]:
            low, high = levels[good[-1] - 1], levels[good[-1]]
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if self._try(middle) else (middle, high)
        step = 1
        while good and step <= LEVELS:
            step = 1 if self._try(self._mean() - step) else step + 1

    def _mean(self) -> int:
        self.table.restore(self.best)
        return int(self.table.final.sum()) // len(self.table.final)

    def _try(self, level: int) -> bool:
        if self.table.looks_left <= 0:
            return False
        for _ in range(ROUNDS):
            self.table.go_near(level)
            if self.look():
                return True
        return False


class Table:
    """Who holds which slot, and what everybody has."""

    def __init__(self, instance: Instance, holders: Holders, is_kept: Flags, looks: int) -> None:
        self.instance, self.is_kept, self.looks_left = instance, is_kept, looks
        self.day: list[int] = instance.day.tolist()
        self.weight: list[int] = instance.weight.tolist()
        self.gap: list[int] = instance.gap.tolist()
        self.settled: set[tuple[tuple[int, ...], tuple[int, ...]]] = set()  # pairs that cannot be more even
        self.restore(holders)

    def restore(self, holders: Holders) -> None:
        """Back to these holders."""
        self.holders = holders.copy()
        self.own: list[list[int]] = [np.flatnonzero(holders == vendor).tolist() for vendor in range(self.instance.vendor_count)]
        self.final: Ints = self.instance.credit.copy()
        held = np.flatnonzero(holders != NOBODY)
        np.add.at(self.final, holders[held], self.instance.weight[held])

    @property
    def unevenness(self) -> tuple[int, int]:
        """(dev_max, dev_sq)."""
        final = self.final
        return int(np.abs(len(final) * final - final.sum()).max(initial=0)), int(final @ final)

    def even_out_pairs(self) -> None:
        """The farthest apart first, until no two vendors can be more even, or nothing is left to look at."""
        moved = True
        while moved and self.looks_left > 0:
            order = np.argsort(self.final, kind="stable").tolist()
            pairs = sorted(combinations(order, 2), key=lambda pair: int(self.final[pair[0]] - self.final[pair[1]]))
            moved = sum(self._even_out(poor, rich) for poor, rich in pairs) > 0

    def go_near(self, level: int) -> None:
        """One vendor after the other among the own and the empty slots, as near to so many points as can be."""
        for vendor in np.argsort(-np.abs(self.final - level), kind="stable").tolist():
            if self.looks_left > 0 and self.final[vendor] != level:
                self.looks_left -= 1
                self._go(vendor, level)

    def disturb(self, dice: random.Random) -> None:
        """Some chains of two vendors, as the dice say, change hands; turns stay even."""
        if len(self.own) < 2:
            return
        first, second = dice.sample(range(len(self.own)), 2)
        even = [chain for chain in self._chains(first, second) if chain.turns == 0]
        self._trade(first, second, dice.sample(even, min(len(even), 2)))

    def _even_out(self, poor: int, rich: int) -> bool:
        """Whether the two came nearer to each other."""
        apart = int(self.final[rich] - self.final[poor])
        key = (tuple(sorted(self.own[poor])), tuple(sorted(self.own[rich])))
        if apart < 2 or self.looks_left <= 0 or key in self.settled:
            return False
        self.looks_left -= 1
        chosen = best_split(self._chains(poor, rich), apart, self._balances(poor, rich))
        if not chosen:
            self.settled.add(key)
            return False
        self._trade(poor, rich, chosen)
        return True

    def _balances(self, first: int, second: int) -> list[int]:
        """How many turns more the first may have afterwards: none, or so many that the two counts trade owners. That leaves the spread
        as it is where either may have the other's count."""
        counts = sorted((len(self.own[vendor]), vendor) for vendor in (first, second))
        (few, poor), (many, rich) = counts
        may_trade = few < many <= self.instance.ceiling[poor] and few >= self.instance.fewest[rich]
        return [0, len(self.own[second]) - len(self.own[first])] if may_trade else [0]

    def _trade(self, first: int, second: int, chains: list[Chain]) -> None:
        for slot in (slot for chain in chains for slot in chain.slots):
            giver, taker = (first, second) if self.holders[slot] == first else (second, first)
            self._hand_over(slot, giver, taker)

    def _hand_over(self, slot: int, giver: int, taker: int) -> None:
        """From one to the other; either may be nobody."""
        for vendor, sign in ((giver, -1), (taker, 1)):
            if vendor != NOBODY:
                self.final[vendor] += sign * self.weight[slot]
                (self.own[vendor].remove if sign < 0 else self.own[vendor].append)(slot)
        self.holders[slot] = taker

    def _chains(self, first: int, second: int) -> list[Chain]:
        """All that can change hands. Turns nearer than the larger gap hang together; so do two of one vendor that the other could not
        hold both, and such a chain stays, as does one with a turn that is kept or does not fit."""
        fits, chains = self.instance.fits, []
        for slots in self._runs(sorted(self.own[first] + self.own[second], key=lambda slot: (self.day[slot], slot)), first, second):
            mine = [slot for slot in slots if self.holders[slot] == first]
            theirs = [slot for slot in slots if self.holders[slot] == second]
            is_free = not self.is_kept[slots].any() and fits[second, mine].all() and fits[first, theirs].all()
            if is_free and self._is_apart(mine, second) and self._is_apart(theirs, first):
                points = sum(self.weight[slot] for slot in theirs) - sum(self.weight[slot] for slot in mine)
                chains.append(Chain(tuple(slots), len(theirs) - len(mine), points))
        return chains

    def _runs(self, slots: list[int], first: int, second: int) -> list[list[int]]:
        """The slots, which are in order of days, cut where the next one lies the larger gap away."""
        gap, runs = max(self.gap[first], self.gap[second]), [slots[:1]]
        for early, late in pairwise(slots):
            if self.day[late] - self.day[early] >= gap:
                runs.append([])
            runs[-1].append(late)
        return runs if slots else []

    def _is_apart(self, slots: list[int], vendor: int) -> bool:
        return all(self.day[late] - self.day[early] >= self.gap[vendor] for early, late in pairwise(slots))

    def _go(self, vendor: int, level: int) -> None:
        """Among own and empty slots."""
        instance = self.instance
        own = [slot for slot in self.own[vendor] if not self.is_kept[slot]]
        firm = [self.day[slot] for slot in self.own[vendor] if self.is_kept[slot]]
        free = np.flatnonzero((self.holders == NOBODY) & ~instance.is_fixed & instance.fits[vendor]).tolist()
        gap = self.gap[vendor]
        offers = sorted(
            (slot for slot in [*own, *free] if all(abs(self.day[slot] - day) >= gap for day in firm)),
            key=lambda slot: (self.day[slot], self.holders[slot] != vendor, slot),
        )
        points = level - int(self.final[vendor]) + sum(self.weight[slot] for slot in own)
        wanted = nearest_turns([(self.day[slot], self.weight[slot], slot) for slot in offers], gap, len(own), points)
        if wanted is not None:
            for slot in own:
                self._hand_over(slot, vendor, NOBODY)
            for slot in wanted:
                self._hand_over(slot, NOBODY, vendor)


def best_split(chains: list[Chain], apart: int, balances: list[int]) -> list[Chain]:
    """The chains to trade so that the first, who has `apart` points less than the second, comes nearest to the middle with as many
    turns more as one of the balances; none where that is no gain. A row of bits for each balance: bit `zero + n` is set where n points
    can be had."""
    zero = sum(abs(chain.points) for chain in chains)
    rows: list[dict[int, int]] = [{0: 1 << zero}]
    for chain in chains:
        now = dict(rows[-1])
        for turns, bits in rows[-1].items():
            moved = bits << chain.points if chain.points >= 0 else bits >> -chain.points
            now[turns + chain.turns] = now.get(turns + chain.turns, 0) | moved
        rows.append(now)
    ends = [(nearest_bit(rows[-1][turns], zero + apart // 2), turns) for turns in balances if turns in rows[-1]]
    at, turns = min(ends, key=lambda end: abs(2 * (end[0] - zero) - apart))
    if abs(2 * (at - zero) - apart) >= apart:
        return []
    chosen = []
    for chain, before in zip(reversed(chains), reversed(rows[:-1]), strict=True):
        if not before.get(turns, 0) >> at & 1:
            chosen.append(chain)
            turns, at = turns - chain.turns, at - chain.points
    return chosen


def nearest_turns(offers: list[tuple[int, int, int]], gap: int, turns: int, points: int) -> list[int] | None:
    """The slots of so many turns that are worth as near to `points` as can be; None where so many do not fit. offers: (day, worth, slot),
    in order of days."""
    days = sorted({day for day, _points, _slot in offers})
    by_day = [{worth: slot for day, worth, slot in reversed(offers) if day == today} for today in days]
    before = np.searchsorted(days, np.array(days) - gap, side="right").tolist()
    reach = [[1, *[0] * turns]]  # after so many days, with so many turns: which points can be had
    for row, offer in enumerate(by_day):
        now, early = list(reach[row]), reach[before[row]]
        for worth in offer:
            for count in range(turns):
                now[count + 1] |= early[count] << worth
        reach.append(now)
    if not reach[-1][turns]:
        return None
    at, row, chosen = nearest_bit(reach[-1][turns], points), len(days), []
    while turns:
        if reach[row - 1][turns] >> at & 1:
            row -= 1
            continue
        early = reach[before[row - 1]]
        worth, slot = next((w, s) for w, s in by_day[row - 1].items() if w <= at and early[turns - 1] >> (at - w) & 1)
        chosen.append(slot)
        at, turns, row = at - worth, turns - 1, before[row - 1]
    return chosen


def nearest_bit(bits: int, place: int) -> int:
    """The set bit that is nearest to the place, the lower one of two. There is one."""
    place = max(0, place)
    below = (bits & ((2 << place) - 1)).bit_length() - 1
    above = bits >> place
    up = place + (above & -above).bit_length() - 1 if above else -1
    if below < 0 or (up >= 0 and up - place < place - below):
        return up
    return below
