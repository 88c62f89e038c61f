"""Who stands where, in arrays that every move keeps up to date, so that the worth of many moves can be read at once.

A move is a list of (vendor, slot left, slot taken). The row after the last slot, `board.nowhere`, stands for no slot at all: a vendor
who leaves it gains a turn, one who takes it loses a turn. An open slot is held by NOBODY.
"""

import numpy as np
from numpy.typing import NDArray

from bazaar.rotation.instance import Instance, Ints
from bazaar.rotation.polishing.wishes import Wishes
from bazaar.rotation.stage import NOBODY, Holders

Days = NDArray[np.int32]

FAR = 1 << 20
"""Days. A turn that does not exist lies so far away that it is near nothing."""

_NO_KIND = -1


class Board:
    """S slots, V vendors, D days, L live sessions, C categories, K turns that somebody can have at most."""

    def __init__(self, instance: Instance, holders: Holders) -> None:
        self.instance = instance
        self.nowhere = instance.slot_count
        self.fits_flat = instance.fits.ravel()  # (V * S,)
        self.holder = np.append(holders, NOBODY)  # (S + 1,)
        self.day = np.append(instance.day, FAR).astype(np.int32)  # (S + 1,)
        self.session = np.append(instance.session, NOBODY)  # (S + 1,)
        self.weight = np.append(instance.weight, 0)  # (S + 1,) points
        self.category = np.append(instance.category, _NO_KIND)  # (V + 1,); NOBODY has none
        self.wishes = Wishes(instance)
        self.before, self.after = neighbours_of(instance)  # (S + 1,) slots beside
        self.kind = self.category[self.holder]  # (S + 1,) category that stands there
        self.points = points_of(instance, holders)  # (V,) credit and points of this edition
        self.turn_count = np.bincount(holders[holders != NOBODY], minlength=instance.vendor_count)  # (V,)
        self.turns = self._turns(holders)  # (V, K) slots in no order, then `nowhere`
        self.near = self._near()  # (V, D) turns closer than the vendor's gap
        self.kinds = self._kinds()  # (L, C) turns of each category in each live session

    @property
    def holders(self) -> Holders:
        """As the stages hand them on."""
        return self.holder[:-1].copy()

    def apply(self, vendors: Ints, left: Ints, taken: Ints) -> None:
        """Make a move, shapes (n,): each vendor once, or NOBODY; the slots taken are those left, in another order."""
        self.holder[taken] = vendors
        self.kind[taken] = self.category[vendors]
        self.holder[self.nowhere], self.kind[self.nowhere] = NOBODY, _NO_KIND
        who = vendors != NOBODY
        vendors, left, taken = vendors[who], left[who], taken[who]
        self.points[vendors] += self.weight[taken] - self.weight[left]
        self.turn_count[vendors] += (taken != self.nowhere).astype(np.int64) - (left != self.nowhere)
        column = (self.turns[vendors] == left[:, None]).argmax(axis=1)
        self.turns[vendors, column] = taken
        days, gap = np.arange(self.near.shape[1]), self.instance.gap[vendors][:, None]
        self.near[vendors] += (np.abs(days - self.day[taken][:, None]) < gap).astype(np.int16)
        self.near[vendors] -= np.abs(days - self.day[left][:, None]) < gap
        for slots, step in ((taken, 1), (left, -1)):
            real = slots != self.nowhere
            np.add.at(self.kinds, (self.session[slots[real]], self.category[vendors[real]]), step)

    def parts(self) -> Ints:
        """(4,) adj, rep, spacing and wish_miss as the board stands."""
        slots = np.flatnonzero(self.holder != NOBODY)
        return np.array(
            [
                np.count_nonzero(self.kind[slots] == self.kind[self.after[slots]]),
                (self.kinds * (self.kinds - 1) // 2).sum(),
                self.missing_days(np.arange(self.instance.vendor_count)).sum(),
                np.count_nonzero(self.wishes.missed(self.holder[slots], slots)),
            ]
        )

    def missing_days(self, vendors: Ints) -> Ints:
        """Days missing to the wanted distance for each of these vendors."""
        days = np.sort(self.day[self.turns[vendors]], axis=1)  # turns that do not exist come last
        missing = np.maximum(0, self.instance.problem.rules.want_gap - np.diff(days, axis=1))
        together: Ints = np.where(days[:, 1:] < FAR, missing, 0).sum(axis=1)
        return together

    def _turns(self, holders: Holders) -> Ints:
        most = int(self.turn_count.max(initial=0)) + 1
        turns = np.full((self.instance.vendor_count, most), self.nowhere)
        slots = np.flatnonzero(holders != NOBODY)
        slots = slots[np.argsort(holders[slots], kind="stable")]
        start = np.cumsum(self.turn_count) - self.turn_count
        turns[holders[slots], np.arange(len(slots)) - start[holders[slots]]] = slots
        return turns

    def _near(self) -> NDArray[np.int16]:
        days = np.arange(int(self.instance.day.max(initial=-1)) + 1)
        near = np.zeros((self.instance.vendor_count, len(days)), dtype=np.int16)
        for column in range(self.turns.shape[1]):
            near += np.abs(days - self.day[self.turns[:, column]][:, None]) < self.instance.gap[:, None]
        return near

    def _kinds(self) -> Ints:
        instance = self.instance
        kinds = np.zeros((int(instance.session.max(initial=-1)) + 1, int(instance.category.max(initial=-1)) + 1), dtype=np.int64)
        held = np.flatnonzero(self.holder != NOBODY)
        np.add.at(kinds, (self.session[held], self.kind[held]), 1)
        return kinds


def points_of(instance: Instance, holders: Holders) -> Ints:
    """(V,) credit and points of this edition."""
    points, held = instance.credit.copy(), holders != NOBODY
    np.add.at(points, holders[held], instance.weight[held])
    return points


def neighbours_of(instance: Instance) -> tuple[Ints, Ints]:
    """(S + 1,) twice: the slot before and the slot after in the same live session, or S where there is none."""
    count = instance.slot_count
    before, after = np.full(count + 1, count), np.full(count + 1, count)
    order = np.lexsort((instance.position, instance.session))
    left, right = order[:-1], order[1:]
    touch = (instance.session[left] == instance.session[right]) & (instance.position[left] + 1 == instance.position[right])
    before[right[touch]], after[left[touch]] = left[touch], right[touch]
    return before, after
