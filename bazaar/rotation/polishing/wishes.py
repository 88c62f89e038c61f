"""Whose turn where would lie outside a wish: two small tables instead of one of vendors by slots."""

import numpy as np

from bazaar.rotation.instance import Flags, Instance, Ints
from bazaar.rotation.problem import VendorWish


class Wishes:
    """A wish speaks of days and of starts; a turn misses it when it misses either. Without a wish nothing is missed."""

    def __init__(self, instance: Instance) -> None:
        vendors, slots = instance.problem.vendors, instance.problem.slots
        starts = sorted({slot.start for slot in slots})
        row = {start: column for column, start in enumerate(starts)}
        self._day = np.append(instance.day, 0)  # (S + 1,), also for "nowhere"
        self.start = np.array([row[slot.start] for slot in slots] + [0])  # (S + 1,)
        self.is_wrong_day = np.zeros((len(vendors), int(self._day.max()) + 1), dtype=np.bool_)  # (V, D)
        self.is_wrong_start = np.zeros((len(vendors), max(1, len(starts))), dtype=np.bool_)  # (V, starts)
        for number, vendor in enumerate(vendors):
            if vendor.wish is not None:
                self.is_wrong_day[number] = _wrong_days(vendor.wish, self.is_wrong_day.shape[1])
                if starts:
                    self.is_wrong_start[number] = [_is_wrong_start(vendor.wish, start) for start in starts]

    def missed(self, vendors: Ints, slots: Ints) -> Flags:
        """Whether each vendor misses a wish at each slot; the two shapes are broadcast. NOBODY and nowhere give anything."""
        missed: Flags = self.is_wrong_day[vendors, self._day[slots]] | self.is_wrong_start[vendors, self.start[slots]]
        return missed


def _wrong_days(wish: VendorWish, count: int) -> Flags:
    wrong = np.full(count, wish.days is not None)
    wrong[[day for day in wish.days or () if 0 <= day < count]] = False
    return wrong


def _is_wrong_start(wish: VendorWish, start: int) -> bool:
    return (wish.start_from is not None and start < wish.start_from) or (wish.start_until is not None and start >= wish.start_until)
