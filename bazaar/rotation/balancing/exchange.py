"""Moves that change points and keep turns, on a board of places.

All of them are cyclic exchanges (Thompson and Psaraftis 1993): the vendor of each place moves to the next one of the cycle. Cycles of
two are looked at all at once for one vendor. Longer ones are grown as ejection chains (Glover 1996) from a place whose vendor has
something to gain. Every improving cycle has a starting point from which all partial sums are gains (Lin and Kernighan 1973), so
chains that have lost what they gained are cut, and of the others the best few are followed.

What a move costs stands in a table: one row for each place, one column for each class of places; how it got there is no matter here.
"""

from dataclasses import dataclass

import numpy as np

from bazaar.rotation.balancing.places import Board
from bazaar.rotation.instance import Ints

NEVER = np.int64(1) << 60
BEAM, DEEPEST = 64, 7
FEW = 256
LEAST_BEAM, MOST_FOLLOWED = 8, 160_000


@dataclass(frozen=True)
class Measure:
    """What is to be made small: over vendors the sum of the squared distances of F from `centre`, and far above that whatever
    leaves the band. Whole numbers in units of 1/scale squared points."""

    scale: int
    centre: int
    lowest: int  # smallest F within the band
    highest: int  # largest F within the band
    penalty: int  # for each point outside the band
    price: Ints  # (J + 1,) of each class of places, the empty turns last; cancels in every cycle

    def cost(self, final: Ints) -> Ints:
        """Elementwise: what a vendor with so many points costs."""
        off = final - self.centre
        outside = np.maximum(np.maximum(self.lowest - final, final - self.highest), 0)
        costs: Ints = self.scale * off * off + self.penalty * outside
        return costs

    def table(self, board: Board, places: Ints) -> Ints:
        """(k, J + 1): by how much the vendor of each place gets dearer, less the prices, by moving to a place of each class."""
        final = board.final[board.holder[places]]
        moved = (final - board.weight[places])[:, None] + board.worth
        table: Ints = self.cost(moved) - self.cost(final)[:, None] - self.price + self.price[board.kind[places]][:, None]
        return table


def best_exchange(board: Board, table: Ints, vendor: int) -> list[int]:
    """The place of the vendor and the place of somebody else whose trade saves most; empty where no trade saves anything."""
    origins = np.array(board.own[vendor], dtype=np.int64)
    change = _changes(board, table, origins)
    saving = np.flatnonzero(change < 0)
    if len(saving) > FEW:  # the best few are usually enough
        few = saving[np.argpartition(change[saving], FEW)[:FEW]]
        found = _best_allowed(board, origins, change, np.sort(few))
        if found:
            return found
    return _best_allowed(board, origins, change, saving)


def free_exchanges(board: Board, table: Ints, vendor: int, tolerance: int = 0) -> Ints:
    """(n, 2): trades of a place of the vendor and a place of somebody else that save nothing and cost no more than the tolerance."""
    origins = np.array(board.own[vendor], dtype=np.int64)
    changes = _changes(board, table, origins)
    row, place = np.divmod(np.flatnonzero((changes >= 0) & (changes <= tolerance)), len(board.holder))
    trades = np.column_stack([origins[row], place])
    return trades[board.may_trade(trades[:, 0], trades[:, 1])]


def _changes(board: Board, table: Ints, origins: Ints) -> Ints:
    """(k * P,): the change of cost when the vendor of each origin trades it for each place, allowed or not."""
    changes: Ints = table[origins].take(board.kind, axis=1) + table.T[board.kind[origins]]
    return changes.ravel()


def _best_allowed(board: Board, origins: Ints, change: Ints, at: Ints) -> list[int]:
    row, place = np.divmod(at, len(board.holder))
    at = at[board.may_trade(origins[row], place)]
    if not len(at):
        return []
    row, place = np.divmod(at[change[at].argmin()], len(board.holder))
    return [int(origins[row]), int(place)]


def find_cycle(board: Board, table: Ints, start: int) -> list[int]:
    """The first improving cycle that chains from this place find; empty when they find none."""
    holder, kind = board.holder, board.kind
    everywhere, origin = np.arange(len(holder)), np.array([start])
    closing = np.where(board.inward(origin)[0], table[:, kind[start]], NEVER)
    best = np.where(board.outward(origin)[0], table[start][kind], NEVER)
    best[holder == holder[start]] = NEVER
    beam = max(LEAST_BEAM, min(BEAM, MOST_FOLLOWED // len(holder)))
    visited = [np.full_like(holder, holder[start]), holder.copy()]  # the vendors of the best chain to each place
    parents: list[Ints] = []
    for _ in range(DEEPEST - 1):
        totals = best + closing
        end = int(totals.argmin())
        if totals[end] < 0:
            return [start, *_trail(parents, end)]
        follow = np.flatnonzero(best < 0)
        if not len(follow):
            break
        follow = follow[np.argsort(best[follow], kind="stable")[:beam]]
        allowed = board.outward(follow)
        for vendors in visited:
            allowed &= vendors[follow][:, None] != holder
        sums = np.where(allowed, table[follow][:, kind] + best[follow][:, None], NEVER)
        at = sums.argmin(axis=0)
        best = sums[at, everywhere]
        parents.append(follow[at])
        visited = [*(vendors[follow[at]] for vendors in visited), holder]
    return []


def _trail(parents: list[Ints], end: int) -> list[int]:
    """The places from the second of the chain to its end."""
    trail = [end]
    for parent in reversed(parents):
        trail.append(int(parent[trail[-1]]))
    return trail[::-1]
