"""Give the turns of many vendors out anew at once, in the best of all orders.

Take a group of turns of which no two belong to one vendor, and where either no two stand in one live session or all are of one
category. Then what each vendor costs at each of the group's slots does not depend on where the others of the group go: neighbours,
repetition, spacing and wishes are sums over (vendor, slot), and the best of all n! orders is a linear assignment (Kuhn 1955; by
scipy). This is the assignment neighbourhood of very large-scale search (Ahuja, Ergun, Orlin, Punnen 2002, A survey of very
large-scale neighborhood search techniques); exchanges of two and rotations of three are among its moves.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from bazaar.rotation.instance import Flags, Ints
from bazaar.rotation.polishing.board import FAR, Board, Days
from bazaar.rotation.stage import NOBODY

NEVER = 1 << 50
"""More than any order of a group can cost, and still a whole number in a float (below 2**53)."""


@dataclass(frozen=True)
class Costs:
    """parts (4, n, n): what vendor i costs at slot j in adj, rep, spacing and wish_miss. can (n, n): whether i may stand there."""

    parts: Ints
    can: Flags


def best_order(costs: Costs, weights: Ints, noise: Ints) -> Ints:
    """(n,) the slot of the group that each vendor takes. weights (4,): points of each part; noise (n, n) is added."""
    total = (weights @ costs.parts.reshape(len(weights), -1)).reshape(noise.shape) + noise
    total[~costs.can] = NEVER
    return linear_sum_assignment(total)[1]  # type: ignore[no-any-return] # whole numbers; scipy says no types


def difference(costs: Costs, order: Ints) -> Ints:
    """(4,) how much the parts of the score change with this order."""
    rows = np.arange(len(order))
    change: Ints = costs.parts[:, rows, order].sum(axis=1) - costs.parts[:, rows, rows].sum(axis=1)
    return change


def costs_apart(board: Board, vendors: Ints, slots: Ints) -> Costs:
    """For a group with one turn per live session at most. Vendor i, maybe NOBODY, stands at slot i now, maybe nowhere."""
    parts, can = _costs_of_vendors(board, vendors, slots)
    own = board.category[vendors][:, None]  # (n, 1)
    parts[0] = (board.kind[board.before[slots]] == own).astype(np.int64) + (board.kind[board.after[slots]] == own)
    parts[1] = board.kinds[board.session[slots], own] - (own == own.T)  # without the one who stands there now
    return _free_where_nobody(board, parts, can, vendors, slots)


def costs_alike(board: Board, vendors: Ints, slots: Ints) -> Costs:
    """For a group of one category: whoever goes where, neighbours and repetition stay as they are."""
    return Costs(*_costs_of_vendors(board, vendors, slots))


def _costs_of_vendors(board: Board, vendors: Ints, slots: Ints) -> tuple[Ints, Flags]:
    parts = np.zeros((4, len(vendors), len(slots)), dtype=np.int64)
    day = board.day[slots]
    parts[2] = _spacing(board, vendors, slots)
    parts[3] = board.wishes.missed(vendors[:, None], slots)
    gap = board.instance.gap[vendors][:, None]
    own_turn = np.abs(day[:, None] - day) < gap  # the turn that vendor i would leave does not stand in the way
    columns = np.where(slots == board.nowhere, 0, slots)  # what stands there for nowhere is written over
    can = board.fits_flat.take(vendors[:, None] * board.nowhere + columns)  # of NOBODY anything: written over, too
    can &= board.near[vendors[:, None], board.instance.day[columns]] == own_turn
    np.fill_diagonal(can, True)  # whoever stands there, stands there
    return parts, can


def _free_where_nobody(board: Board, parts: Ints, can: Flags, vendors: Ints, slots: Ints) -> Costs:
    nobody, nowhere = vendors == NOBODY, slots == board.nowhere
    if nobody.any():
        parts[:, nobody], can[nobody] = 0, True
    if nowhere.any():
        parts[:, :, nowhere], can[:, nowhere] = 0, True
    return Costs(parts, can)


def _spacing(board: Board, vendors: Ints, slots: Ints) -> Days:
    """(n, n) days missing to the wanted distance that vendor i adds with a turn at slot j, having left the one at slot i."""
    want = board.instance.problem.rules.want_gap
    day, turns = board.day[slots], board.turns[vendors]  # (n,), (n, K)
    days = np.full((len(vendors), turns.shape[1] + 2), FAR, dtype=np.int32)  # of the other turns, between two that are far away
    days[:, 0] = -FAR
    days[:, 1:-1] = np.sort(np.where(turns == slots[:, None], FAR, board.day[turns]), axis=1)
    before = np.zeros((len(vendors), len(day)), dtype=np.int64)  # in `days`: the last one before that slot
    for own in days[:, 1:-1].T:
        before += own[:, None] < day
    before += np.arange(len(vendors))[:, None] * days.shape[1]
    earlier, later = days.take(before), days.take(before + 1)
    lost, first, second = later - earlier, day - earlier, later - day
    missing: Days = np.maximum(0, want - first) + np.maximum(0, want - second) - np.maximum(0, want - lost)
    return missing
