"""Which turns are given out anew together, so that nothing more important than neighbours changes.

Two kinds of groups leave turns and points as even as they are:
* slots of one worth: nobody's points or turns change;
* turns whose holders, without that turn, have equally many turns and points: whoever takes which slot, the same totals
  come out, only with other names. Vendors who stand exactly there without a turn belong too: they may take one over.
Slots that are fixed, and those of a repair that still are as published, stay out.
"""

import random  # noqa: TID251 (seeded dice only: a draw can be replayed)
from dataclasses import dataclass

import numpy as np

from bazaar.rotation.instance import Flags, Ints
from bazaar.rotation.polishing.board import Board
from bazaar.rotation.polishing.reassign import Costs, costs_alike, costs_apart
from bazaar.rotation.stage import NOBODY

APART, ALIKE = 0.5, 0.25
"""Shares of the groups of one worth in different live sessions, and of one worth and one category; the rest is of equal rest."""

EARLY = 2
"""Where not all can be in a group, a turn outside its vendor's wish is drawn as if there were 2**EARLY of it."""


@dataclass(frozen=True)
class Group:
    """Vendor i, or NOBODY, leaves slot i, or nowhere; shapes (n,). is_alike: all of one category; else no two in one live session."""

    vendors: Ints
    slots: Ints
    is_alike: bool

    def costs(self, board: Board) -> Costs:
        """What each vendor costs at each slot of the group."""
        return (costs_alike if self.is_alike else costs_apart)(board, self.vendors, self.slots)


class Groups:
    """Draws groups from a board as it stands at that moment; `size` is the largest."""

    def __init__(self, board: Board, dice: random.Random, *, size: int) -> None:
        self._board, self._dice, self._size = board, dice, size
        self.movable = np.flatnonzero(_is_movable(board))
        weights = board.weight[self.movable]
        self._of_weight = {weight: self.movable[weights == weight] for weight in sorted(set(weights.tolist()))}

    @property
    def is_empty(self) -> bool:
        """Whether nothing may move."""
        return len(self.movable) == 0

    def draw(self) -> Group:
        """A group of any kind around a slot drawn from those that may move."""
        slot, kind = self.movable[int(self._dice.random() * len(self.movable))], self._dice.random()
        if kind < APART:
            return self.equal_worth(slot)
        return self.equal_worth_alike(slot) if kind < APART + ALIKE else self.equal_rest(slot)

    def equal_worth(self, slot: int) -> Group:
        """Slots of the same worth, one per live session."""
        return self._apart(self._of_weight[int(self._board.weight[slot])])

    def equal_worth_alike(self, slot: int) -> Group:
        """Slots of the same worth, held by vendors of the same category."""
        slots = self._of_weight[int(self._board.weight[slot])]
        is_alike = (self._board.kind[slots] == self._board.kind[slot]) & (self._board.holder[slot] != NOBODY)
        return Group(*self._drawn(slots[is_alike]), is_alike=True)

    def equal_rest(self, slot: int) -> Group:
        """Turns whose holders have the same points and turns without that turn, one per live session; and who stands there without."""
        board, slots = self._board, self.movable[self._board.holder[self.movable] != NOBODY]
        points, turns = board.points[board.holder[slot]] - board.weight[slot], board.turn_count[board.holder[slot]] - 1
        holder = board.holder[slots]
        is_same = (board.points[holder] - board.weight[slots] == points) & (board.turn_count[holder] - 1 == turns)
        group = self._apart(slots[is_same & (board.holder[slot] != NOBODY)])
        others = np.flatnonzero((board.points == points) & (board.turn_count == turns))
        return group if len(group.slots) == 0 else self._with_others(group, others, int(turns))

    def _with_others(self, group: Group, others: Ints, turns: int) -> Group:
        """Adds vendors who have no turn in the group but could take one over, where nobody's guarantee or maximum is at stake."""
        instance = self._board.instance
        may_lose = (instance.fewest[group.vendors] <= turns).all()
        others = others[(instance.fewest[others] <= turns) & (instance.most[others] > turns)] if may_lose else others[:0]
        nowhere = np.full(len(others), self._board.nowhere)
        return Group(np.append(group.vendors, others), np.append(group.slots, nowhere), is_alike=False)

    def _drawn(self, slots: Ints) -> tuple[Ints, Ints]:
        """At most `size` of the slots in an order of the dice, one per vendor."""
        keys = np.frombuffer(self._dice.randbytes(8 * len(slots)), dtype=np.uint64)  # 64 bits: no ties, so one order everywhere
        if len(slots) > self._size:
            holder = self._board.holder[slots]
            is_missed = self._board.wishes.missed(holder, slots)
            keys = keys >> np.where(is_missed, EARLY, 0).astype(np.uint64)
            few = np.argpartition(keys, self._size)[: self._size]
            slots, keys = slots[few], keys[few]
        slots = slots[np.argsort(keys)]
        vendors = self._board.holder[slots]
        once = _first_of_each(np.where(vendors == NOBODY, -1 - slots, vendors))  # open slots are no vendor's
        return vendors[once], slots[once]

    def _apart(self, slots: Ints) -> Group:
        vendors, slots = self._drawn(slots)
        once = _first_of_each(self._board.session[slots])
        return Group(vendors[once], slots[once], is_alike=False)


def _is_movable(board: Board) -> Flags:
    instance = board.instance
    if instance.published is None:
        return ~instance.is_fixed
    is_movable: Flags = ~instance.is_fixed & (instance.published != board.holders)
    return is_movable


def _first_of_each(values: Ints) -> Ints:
    """Where each value stands first, ascending. A dictionary beats `np.unique` several times on so few values."""
    backwards = values.tolist()[::-1]
    first = dict(zip(backwards, range(len(backwards) - 1, -1, -1), strict=True))
    return np.array(sorted(first.values()), dtype=np.int64)
