"""Which category has the turns that some vendors have more than others: the rarer ones, where points allow it.

Pairs of one category in a live session depend first of all on how many turns the category has. Two vendors of whom one has a turn
more may exchange k + 1 of their turns for k, and with them who has more, when afterwards both have the same points as before, or each
those of the other: nothing above repetition changes. It is done where the last turn of the one category costs more pairs, spread
over the evenings as well as possible, than one more turn of the other would.
"""

import random  # noqa: TID251 (seeded dice only: a draw can be replayed)
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from bazaar.rotation.instance import Flags, Ints
from bazaar.rotation.polishing.board import Board
from bazaar.rotation.polishing.category_bounds import pair_costs

MOST_GIVEN = 3
"""Turns exchanged at most, on the side that gives more. More of them rarely fit both."""

MOST_OFFERS = 300
"""Sets of turns looked at in one pass on each side."""


@dataclass(frozen=True)
class Offers:
    """Sets of turns of one vendor each: whose, worth how many points, and which slots."""

    vendor: Ints
    worth: Ints
    slots: list[tuple[int, ...]]


class ExtraTurns:
    """Moves turns to rarer categories on a board, one pass at a time."""

    def __init__(self, board: Board, movable: Ints, dice: random.Random) -> None:
        self._board, self._dice = board, dice
        self._is_movable = np.isin(np.arange(board.nowhere + 1), movable)
        self._is_uneven = len(np.unique(board.turn_count)) > 1  # no move changes that
        self._costs = pair_costs(board.instance) if self._is_uneven else np.zeros((0, 0), dtype=np.int64)

    def move(self) -> bool:
        """One pass; whether anything moved."""
        if not self._is_uneven or not (self._gain() > 0).any():
            return False
        return sum(self._pass(given) for given in range(1, MOST_GIVEN + 1)) > 0

    def _pass(self, given: int) -> bool:
        board, has_moved = self._board, False
        more, less = self._offers(given), self._offers(given - 1)
        for one, other in np.argwhere(self._matches(more, less)).tolist():
            giver, taker = int(more.vendor[one]), int(less.vendor[other])
            gives, takes = more.slots[one], less.slots[other]
            still = set(board.holder[list(gives)].tolist()) == {giver} and all(board.holder[slot] == taker for slot in takes)
            is_worth_it = self._gain()[board.category[giver], board.category[taker]] > 0
            if still and is_worth_it and board.turn_count[giver] == board.turn_count[taker] + 1 and self._can(giver, gives, taker, takes):
                self._exchange(giver, gives, taker, takes)
                has_moved = True
        return has_moved

    def _gain(self) -> Ints:
        """(C, C): pairs saved by one turn less of the first category and one more of the second."""
        turns = self._board.kinds.sum(axis=0)
        rows = np.arange(len(turns))
        gain: Ints = self._costs[rows, np.maximum(turns - 1, 0)][:, None] - self._costs[rows, turns]
        return gain

    def _offers(self, size: int) -> Offers:
        """Of every vendor all sets of so many turns that may move; of too many a draw."""
        board = self._board
        offers = [
            (vendor, slots)
            for vendor, turns in enumerate(board.turns.tolist())
            for slots in combinations([slot for slot in turns if self._is_movable[slot]], size)
        ]
        if len(offers) > MOST_OFFERS:
            offers = self._dice.sample(offers, MOST_OFFERS)
        worth = [sum(int(board.weight[slot]) for slot in slots) for _vendor, slots in offers]
        return Offers(
            np.array([vendor for vendor, _slots in offers], dtype=np.int64), np.array(worth), [slots for _vendor, slots in offers]
        )

    def _matches(self, more: Offers, less: Offers) -> Flags:
        """(offers, offers): whether turns and points come out as before, and pairs can be saved."""
        board, instance = self._board, self._board.instance
        giver, taker = more.vendor[:, None], less.vendor
        turns, points, kind = board.turn_count, board.points, board.category
        step = more.worth[:, None] - less.worth
        matches: Flags = turns[giver] == turns[taker] + 1
        matches &= (step == 0) | (step == points[giver] - points[taker])
        matches &= (turns[giver] > instance.fewest[giver]) & (turns[taker] < instance.most[taker])
        matches &= self._gain()[kind[giver], kind[taker]] > 0
        return matches

    def _can(self, giver: int, gives: tuple[int, ...], taker: int, takes: tuple[int, ...]) -> bool:
        return self._fits(giver, gives, takes) and self._fits(taker, takes, gives)

    def _fits(self, vendor: int, left: tuple[int, ...], taken: tuple[int, ...]) -> bool:
        """Whether the vendor can have these turns instead of those."""
        board = self._board
        if not all(board.instance.fits[vendor, slot] for slot in taken):
            return False
        days = sorted(int(board.day[slot]) for slot in {*board.turns[vendor].tolist(), *taken} - {*left, board.nowhere})
        return all(later - earlier >= board.instance.gap[vendor] for earlier, later in pairwise(days))

    def _exchange(self, giver: int, gives: tuple[int, ...], taker: int, takes: tuple[int, ...]) -> None:
        for one, other in zip(gives, (*takes, self._board.nowhere), strict=True):
            self._board.apply(np.array([giver, taker]), np.array([one, other]), np.array([other, one]))
