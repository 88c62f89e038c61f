"""Who holds which place while points are evened out, and which moves the rules allow.

A *place* is a slot that may change hands, or an empty turn: a vendor with a turn less than the busiest have holds an empty turn,
which is on no day and worth nothing. An exchange of a slot and an empty turn is a handover in which the turn counts trade owners.
So a cycle of places is the only kind of change there is: the vendor of each place moves to the next one.
"""

import numpy as np

from bazaar.rotation.instance import Flags, Instance, Ints
from bazaar.rotation.stage import NOBODY, Holders

MOST_REMEMBERED = 2_500
"""Up to so many places, which moves are allowed is remembered in a table of places by places."""

_NO_DAY = -(1 << 40)


class Board:
    """P places, numbered: first the slots that may change hands, then the empty turns. J classes of slots by points."""

    def __init__(self, instance: Instance, holders: Holders, is_movable: Flags) -> None:
        self.instance, self._start = instance, holders
        held = holders != NOBODY
        self.turns: Ints = np.bincount(holders[held], minlength=instance.vendor_count).astype(np.int64)
        top = np.minimum(self.turns.max(initial=0), instance.ceiling)
        empty = np.repeat(np.arange(instance.vendor_count), np.maximum(0, top - self.turns))
        none = np.zeros(len(empty), dtype=np.int64)
        self.slots: Ints = np.flatnonzero(is_movable & held)  # rows of the instance
        self.slot_count = len(self.slots)
        self.holder: Ints = np.concatenate([holders[self.slots], empty])  # (P,)
        self.day: Ints = np.concatenate([instance.day[self.slots], none + _NO_DAY])
        self.weight: Ints = np.concatenate([instance.weight[self.slots], none])
        self.is_slot: Flags = np.arange(len(self.holder)) < self.slot_count
        worth, kind = np.unique(instance.weight[self.slots], return_inverse=True)
        self.worth: Ints = np.append(worth, 0)  # (J + 1,) of one place of the class; the last class is the empty turns
        self.kind: Ints = np.concatenate([kind, none + len(worth)])
        self.final: Ints = instance.credit.copy()  # (V,) F
        np.add.at(self.final, holders[held], instance.weight[held])
        self.own: list[list[int]] = [[] for _ in range(instance.vendor_count)]  # places of each vendor
        for place, vendor in enumerate(self.holder.tolist()):
            self.own[vendor].append(place)
        self._near = np.zeros((instance.vendor_count, int(instance.day.max(initial=0)) + 1), dtype=np.int64)  # turns within the gap
        for vendor, day in zip(holders[held].tolist(), instance.day[held].tolist(), strict=True):
            self._count(vendor, day, 1)
        self._flat_fits, self._flat_near = instance.fits.ravel(), self._near.ravel()
        self._column: Ints = np.concatenate([self.slots, none])
        self._some_day: Ints = np.maximum(self.day, 0)
        self._beside = _beside(instance) if instance.problem.rules.adjacent == "hard" else None
        self._everywhere: Ints = np.arange(len(self.holder))
        self._arcs: Flags | None = None  # (P, P) who may move where, as it was before the vendors in _stale moved
        self._stale: dict[int, None] = {}

    @property
    def holders(self) -> Holders:
        """Who holds which slot of the instance."""
        holders = self._start.copy()
        holders[self.slots] = self.holder[: self.slot_count]
        return holders

    def outward(self, places: Ints) -> Flags:
        """(k, P): whether the vendor of each of these places may move to each place, once its vendor has left."""
        arcs = self._known_arcs()
        return self._may_move(places[:, None], self._everywhere) if arcs is None else arcs[places]

    def inward(self, places: Ints) -> Flags:
        """(k, P): whether the vendor of each place may move to each of these."""
        arcs = self._known_arcs()
        return self._may_move(self._everywhere, places[:, None]) if arcs is None else arcs[:, places].T

    def among(self, places: Ints) -> Flags:
        """(k, k): whether the vendor of each of these places may move to each of them, or stays. No two of the places are one vendor's."""
        may = self._may_move(places[:, None], places)
        np.fill_diagonal(may, True)
        return may

    def may_trade(self, places: Ints, others: Ints) -> Flags:
        """(n,): whether the vendors of the two places, one of each array, may change places."""
        allowed: Flags = self._may_move(places, others) & (self.holder[places] != self.holder[others])
        both = np.flatnonzero(allowed)
        allowed[both] = self._may_move(others[both], places[both])
        return allowed

    def fits(self, vendors: Ints, places: Ints) -> Flags:
        """(vendors, places): whether the vendor can come there at all. The places are slots."""
        fits: Flags = self.instance.fits[vendors[:, None], self._column[places]]
        return fits

    def rotate(self, cycle: list[int]) -> bool:
        """The vendor of each place moves to the next one, of the last to the first. False, and nothing changed, where neighbours of
        one category would come to stand together."""
        return self.move(cycle, [*cycle[1:], cycle[0]])

    def move(self, places: list[int], targets: list[int]) -> bool:
        """The vendor of each place moves to the target at the same position; the targets are the same places in another order."""
        vendors = self.holder[places].tolist()
        self._shift(vendors, places, targets)
        if self._beside is not None and any(self._clashes(place) for place in places):
            self._shift(vendors, targets, places)
            return False
        self._stale.update(dict.fromkeys(vendors))
        return True

    def restore(self, holder: Ints) -> None:
        """Back to an earlier copy of `holder`."""
        changed = np.flatnonzero(holder != self.holder).tolist()
        for place in changed:
            self._leave(int(self.holder[place]), place)
        for place in changed:
            self._enter(int(holder[place]), place)
        self._arcs = None

    def _may_move(self, origins: Ints, targets: Ints) -> Flags:
        """Elementwise over arrays that broadcast: whether the origin's vendor may move to the target once its vendor has left."""
        instance, vendors = self.instance, self.holder[origins]
        own = np.abs(self.day[origins] - self.day[targets]) < instance.gap[vendors]
        allowed: Flags = self._flat_near.take(vendors * self._near.shape[1] + self._some_day[targets]) == own
        allowed &= self._flat_fits.take(vendors * instance.slot_count + self._column[targets])
        if len(self.holder) > self.slot_count:
            # An empty turn goes to somebody with exactly one turn more than its holder: then the counts trade owners.
            fewer = self.turns[self.holder[targets]]
            spare = (fewer + 1 == self.turns[vendors]) & (fewer >= instance.fewest[vendors]) & self.is_slot[origins]
            allowed = np.where(self.is_slot[targets], allowed, spare)
        if self._beside is not None:
            allowed &= ~self._would_clash(vendors, origins, targets)
        return allowed

    def _known_arcs(self) -> Flags | None:
        """The table of allowed moves, brought up to date where vendors have moved; None where there are too many places for one."""
        if len(self._everywhere) > MOST_REMEMBERED:
            return None
        if self._arcs is None or 2 * len(self._stale) > len(self.own) or (self._stale and self._beside is not None):
            self._arcs = self._may_move(self._everywhere[:, None], self._everywhere)
        elif self._stale:
            touched = np.array([place for vendor in self._stale for place in self.own[vendor]], dtype=np.int64)
            self._arcs[touched] = self._may_move(touched[:, None], self._everywhere)
            empty = touched[touched >= self.slot_count]  # their turns may have changed, and so who may take their empty turns
            self._arcs[:, empty] = self._may_move(self._everywhere[:, None], empty)
        self._stale = {}
        return self._arcs

    def _would_clash(self, vendors: Ints, origins: Ints, targets: Ints) -> Flags:
        """Elementwise: whether somebody of the vendor's category stands beside the target and stays there."""
        clash: Flags = np.zeros(np.broadcast_shapes(origins.shape, targets.shape), dtype=np.bool_)
        if self._beside is not None:
            kinds = self._kinds_on_slots()
            for beside in self._beside[self._column[targets]].transpose(-1, *range(targets.ndim)):
                clash |= (kinds[beside] == self.instance.category[vendors]) & (beside != self._column[origins]) & self.is_slot[targets]
        return clash

    def _clashes(self, place: int) -> bool:
        if self._beside is None or place >= self.slot_count:
            return False
        kinds, slot = self._kinds_on_slots(), self.slots[place]
        return bool((kinds[self._beside[slot]] == kinds[slot]).any())

    def _kinds_on_slots(self) -> Ints:
        """(S + 1,): the category on each slot of the instance, -1 where nobody is; the last is for "no such slot"."""
        kinds: Ints = np.append(self.instance.category, NOBODY)[np.append(self.holders, NOBODY)]
        return kinds

    def _shift(self, vendors: list[int], places: list[int], targets: list[int]) -> None:
        for vendor, place in zip(vendors, places, strict=True):
            self._leave(vendor, place)
        for vendor, place in zip(vendors, targets, strict=True):
            self._enter(vendor, place)

    def _enter(self, vendor: int, place: int) -> None:
        self.holder[place] = vendor
        self.own[vendor].append(place)
        if place < self.slot_count:
            self._count(vendor, int(self.day[place]), 1)
            self.turns[vendor] += 1
            self.final[vendor] += self.weight[place]

    def _leave(self, vendor: int, place: int) -> None:
        self.own[vendor].remove(place)
        if place < self.slot_count:
            self._count(vendor, int(self.day[place]), -1)
            self.turns[vendor] -= 1
            self.final[vendor] -= self.weight[place]

    def _count(self, vendor: int, day: int, by: int) -> None:
        gap = int(self.instance.gap[vendor])
        self._near[vendor, max(0, day - gap + 1) : day + gap] += by


def _beside(instance: Instance) -> Ints:
    """(S, 2): the slots before and after each slot in its live session; -1 where there is none."""
    where = list(zip(instance.session.tolist(), instance.position.tolist(), strict=True))
    at = {place: slot for slot, place in enumerate(where)}
    beside = [(at.get((session, position - 1), -1), at.get((session, position + 1), -1)) for session, position in where]
    return np.array(beside, dtype=np.int64).reshape(-1, 2)
