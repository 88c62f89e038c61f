"""A plan while it grows: who stands where, and who may take what. Every answer about all vendors or all slots is one line of arrays.

The trick is `near`: for each day and vendor, how many of the vendor's turns lie closer to that day than the vendor's gap (its turns
on the day itself among them). Somebody who fits a slot may take it when near is 0 there; when it is 1, after leaving one turn.
"""

import numpy as np
from numpy.typing import NDArray

from bazaar.rotation.instance import Flags, Instance, Ints
from bazaar.rotation.stage import NOBODY, Holders


class Roster:
    """S slots, V vendors, D days that have slots. Nothing in this file knows what is fair."""

    def __init__(self, instance: Instance) -> None:
        slots, vendors = instance.slot_count, instance.vendor_count
        self.instance = instance
        self.days, day_row = np.unique(instance.day, return_inverse=True)
        self.day_row: Ints = day_row.astype(np.int64)  # (S,) row of the slot's day
        gaps, self._gap_row = np.unique(instance.gap, return_inverse=True)
        # (gaps, D): the first row of a day that is too near to the day, and the first one that is not any more.
        self._from = np.searchsorted(self.days, self.days - gaps[:, None] + 1)
        self._until = np.searchsorted(self.days, self.days + gaps[:, None])
        self.first_day_after = self._until[self._gap_row].T  # (D, V): the first day on which the vendor may stand again
        self.holders: Holders = np.full(slots, NOBODY, dtype=np.int64)
        self.near: NDArray[np.int16] = np.zeros((len(self.days), vendors), dtype=np.int16)
        self.turns: Ints = np.zeros(vendors, dtype=np.int64)
        self.room: Ints = instance.most.copy()  # turns at most
        self.own: list[list[int]] = [[] for _ in range(vendors)]  # the slots of each vendor
        self.is_movable: Flags = np.ones(slots, dtype=np.bool_)
        self.forbids_neighbours = instance.problem.rules.adjacent == "hard"
        self.beside = _neighbours(instance)  # (2, S), S where there is none

    def put(self, vendor: int, slot: int) -> None:
        """Give an empty slot to the vendor."""
        self.holders[slot] = vendor
        self._count(vendor, slot, 1)
        self.own[vendor].append(slot)

    def clear(self, slot: int) -> None:
        """Leave a slot empty that somebody holds."""
        vendor = int(self.holders[slot])
        self.holders[slot] = NOBODY
        self._count(vendor, slot, -1)
        self.own[vendor].remove(slot)

    def who_fits(self, slot: int) -> Flags:
        """(V,) who could stand there were they free: day, hours, language, and unlike neighbours where that is a rule."""
        fits: Flags = self.instance.fits[:, slot].copy()
        for category in self._categories_beside(slot):
            fits &= self.instance.category != category
        return fits

    def who_may_take(self, slot: int) -> Flags:
        """(V,) who may stand there as things are."""
        free: Flags = self.who_fits(slot)
        free &= self.near[self.day_row[slot]] == 0
        free &= self.turns < self.room
        return free

    def what_may_be_taken(self, vendor: int, leaving: int = NOBODY) -> Flags:
        """(S,) where the vendor may stand, whoever stands there now, having left the slot `leaving`."""
        near = self.near[:, vendor]
        count = self.turns[vendor]
        if leaving != NOBODY:
            near, count = near.copy(), count - 1
            near[self.window(vendor, leaving)] -= 1
        if count >= self.room[vendor]:
            return np.zeros(len(self.holders), dtype=np.bool_)
        may: Flags = (near == 0)[self.day_row]
        may &= self.instance.fits[vendor]
        if self.forbids_neighbours:
            categories = np.append(self.instance.category, NOBODY)[np.append(self.holders, NOBODY)]
            may &= (categories[self.beside] != self.instance.category[vendor]).all(axis=0)
        return may

    def may_take(self, vendor: int, slot: int) -> bool:
        """Whether the vendor may stand there as things are."""
        return bool(
            self.instance.fits[vendor, slot]
            and self.near[self.day_row[slot], vendor] == 0
            and self.turns[vendor] < self.room[vendor]
            and self.instance.category[vendor] not in self._categories_beside(slot)
        )

    def like_neighbours(self) -> list[int]:
        """Slots beside which another of the same category stands."""
        categories = np.append(self.instance.category, NOBODY)[np.append(self.holders, NOBODY)]
        is_like = (categories[:-1] != NOBODY) & (categories[self.beside] == categories[:-1]).any(axis=0)
        like: list[int] = np.flatnonzero(is_like).tolist()
        return like

    def too_near(self, vendor: int, slot: int) -> list[int]:
        """The vendor's own turns that lie too close to the slot."""
        window = self.window(vendor, slot)
        return [own for own in self.own[vendor] if window.start <= self.day_row[own] < window.stop]

    def window(self, vendor: int, slot: int) -> slice:
        gap, day = self._gap_row[vendor], self.day_row[slot]
        return slice(int(self._from[gap, day]), int(self._until[gap, day]))

    def _count(self, vendor: int, slot: int, step: int) -> None:
        self.near[self.window(vendor, slot), vendor] += step
        self.turns[vendor] += step

    def _categories_beside(self, slot: int) -> list[int]:
        """Of those who stand next to the slot, where equal neighbours are forbidden."""
        if not self.forbids_neighbours:
            return []
        beside = [int(self.holders[near]) for near in self.beside[:, slot] if near < len(self.holders)]
        return [int(self.instance.category[holder]) for holder in beside if holder != NOBODY]


def _neighbours(instance: Instance) -> Ints:
    """(2, S): the slot before and the slot after in the same live session; S where there is none."""
    places = list(zip(instance.session.tolist(), instance.position.tolist(), strict=True))
    row_of = {place: row for row, place in enumerate(places)}
    beside = [[row_of.get((session, place + step), len(places)) for session, place in places] for step in (-1, 1)]
    return np.array(beside, dtype=np.int64).reshape(2, len(places))
