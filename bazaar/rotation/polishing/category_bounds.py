"""The fewest neighbours and pairs of one category that any plan can have: pigeonholes, filled cheapest first.

How many turns a category has lies within what its vendors can have (`turn_ranges`); the sum over categories is the number of
filled slots.

Pairs: the j-th turn of a category in one live session adds j - 1 pairs. These costs grow, so spreading a category as evenly as its
vendors' days allow is best, and so is giving the turns that are free to choose to the cheapest category (a separable convex
resource problem, Gross 1956: greedy is exact). Seen the other way, each live session must be filled by the categories that can come.
The larger of the two counts holds. What links them (both the rows and the columns of a transport problem) is left out.

Neighbours: m turns of one category among n places in a row stand in at most n - m + 1 blocks, so at least 2m - n - 1 of them touch.
These costs grow too. The first (n + 1) // 2 cost nothing, so only a category that has more than half of all turns counts.
What other turns can really stand between is looked at by day, not by hour and gap: the bound can be too low there.
"""

from dataclasses import dataclass

import numpy as np

from bazaar.rotation.instance import Flags, Instance, Ints
from bazaar.rotation.polishing.board import neighbours_of
from bazaar.rotation.stage import NOBODY, Holders


@dataclass(frozen=True)
class Sessions:
    """The live sessions in which something can still be given out. L sessions, C categories."""

    rows: list[list[int]]  # lengths of the rows of neighbouring slots in each session
    size: Ints  # (L,) slots
    coming: Ints  # (L, C) vendors of each category who could stand there
    least: Ints  # (C,) turns of the category there altogether, at least
    most: Ints  # (C,) at most
    filled: int  # turns there altogether


def fewest_neighbours(instance: Instance, holders: Holders, possible: Flags) -> int:
    """A bound for adj."""
    known, open_sessions = _split(instance, holders, possible)
    kind = np.append(instance.category, NOBODY)[holders]
    after = neighbours_of(instance)[1][:-1]
    touch = (holders != NOBODY) & (kind == np.append(kind, NOBODY)[after])
    sure = known & touch
    pinned = touch & instance.is_fixed & np.append(instance.is_fixed, False)[after]  # also in a session that is not fixed as a whole
    unfilled = int((holders == NOBODY).sum())
    counted = int(sure.sum()) + sum(_neighbours_of(open_sessions, kind, unfilled) for kind in range(len(open_sessions.least)))
    return max(counted, int(pinned.sum()))


def fewest_pairs(instance: Instance, holders: Holders, possible: Flags) -> int:
    """A bound for rep."""
    known, sessions = _split(instance, holders, possible)
    unfilled = int((holders == NOBODY).sum())
    return _pairs_of_known(instance, holders, known) + max(_pairs_by_category(sessions), _pairs_by_session(sessions, unfilled))


def pair_costs(instance: Instance) -> Ints:
    """(C, S + 1): the pairs that the 1st, 2nd, ... turn of a category adds when they are spread as evenly as its vendors can come."""
    sessions = np.arange(int(instance.session.max()) + 1)
    coming = _coming(instance, sessions, int(instance.category.max()) + 1)
    costs = np.full((coming.shape[1], instance.slot_count + 1), instance.slot_count)
    for kind in range(coming.shape[1]):
        own = _costs_of_spread(np.minimum(coming[:, kind], np.bincount(instance.session)))
        costs[kind, : len(own)] = own
    return costs


def _split(instance: Instance, holders: Holders, possible: Flags) -> tuple[Flags, Sessions]:
    """(S,) whether the slot's whole session is fixed, and the other sessions."""
    categories = int(instance.category.max()) + 1
    count = int(instance.session.max()) + 1
    is_open = np.zeros(count, dtype=np.bool_)
    is_open[instance.session[~instance.is_fixed]] = True
    known: Flags = ~is_open[instance.session]
    gone = np.bincount(instance.category[holders[known & (holders != NOBODY)]], minlength=categories)
    fewest, most = _turns_of_categories(instance, holders, possible)
    filled = int((holders[~known] != NOBODY).sum())
    fewest, most = fewest - gone, most - gone
    sessions = np.flatnonzero(is_open)
    return known, Sessions(
        rows=[_rows(np.sort(instance.position[instance.session == session])) for session in sessions],
        size=np.bincount(instance.session, minlength=count)[sessions],
        coming=_coming(instance, sessions, categories),
        least=np.maximum(fewest, filled - (most.sum() - most)),
        most=np.minimum(most, filled - (fewest.sum() - fewest)),
        filled=filled,
    )


def _turns_of_categories(instance: Instance, holders: Holders, possible: Flags) -> tuple[Ints, Ints]:
    """(C,) twice: the fewest and most turns that each category can have.

    A vendor who leaves q and q + 1 by one turn adds at least 2 to E (see `turn_ranges`), and more for each further turn: all vendors
    together leave them by E // 2 turns at most.
    """
    had = np.bincount(holders[holders != NOBODY], minlength=instance.vendor_count)
    each = int(had.sum()) // instance.vendor_count
    leave = int(((had - each) * (had - each - 1)).sum()) // 2
    low = possible.argmax(axis=1)
    high = np.where(possible, np.arange(possible.shape[1]), 0).max(axis=1)
    usual_low, usual_high = np.clip(each, low, high), np.clip(each + 1, low, high)
    fewest, least, usual_most, most = np.zeros((4, int(instance.category.max()) + 1), dtype=np.int64)
    for total, values in ((fewest, low), (least, usual_low), (usual_most, usual_high), (most, high)):
        np.add.at(total, instance.category, values)
    return np.maximum(fewest, least - leave), np.minimum(most, usual_most + leave)


def _rows(positions: Ints) -> list[int]:
    """Lengths of the stretches of positions without a hole."""
    ends = np.flatnonzero(np.diff(positions) != 1)
    lengths: list[int] = np.diff(np.concatenate(([-1], ends, [len(positions) - 1]))).tolist()
    return lengths


def _coming(instance: Instance, sessions: Ints, categories: int) -> Ints:
    """(sessions, categories): how many vendors of the category can come to some slot of the session."""
    can_come = instance.fits_somewhere(np.arange(instance.slot_count), instance.session, int(instance.session.max()) + 1)[sessions]
    is_of_kind = instance.category[:, None] == np.arange(categories)
    coming: Ints = (can_come.astype(np.float32) @ is_of_kind.astype(np.float32)).astype(np.int64)  # whole, and exact below 2**24
    return coming


def _neighbours_of(sessions: Sessions, kind: int, unfilled: int) -> int:
    """The fewest neighbours that this category alone can have."""
    others = sessions.coming.sum(axis=1) - sessions.coming[:, kind]
    free = sum((length + 1) // 2 for rows in sessions.rows for length in rows)
    if sessions.least[kind] <= free and (sessions.size - unfilled <= others).all():
        return 0
    total, given, costs = 0, 0, []
    for rows, size, other in zip(sessions.rows, sessions.size.tolist(), others.tolist(), strict=True):
        steps = sorted(step for length in rows for step in _steps(length))
        must = max(0, size - unfilled - other)  # nobody else can fill these
        total, given = total + sum(steps[:must]), given + must
        costs += steps[must:]
    return total + sum(sorted(costs)[: max(0, int(sessions.least[kind]) - given)])


def _steps(length: int) -> list[int]:
    """What the 1st, 2nd, ... turn of one category in a row of so many places adds to its neighbours at least."""
    fewest = [max(0, 2 * turns - length - 1) for turns in range(length + 1)]
    return [fewest[turns + 1] - fewest[turns] for turns in range(length)]


def _pairs_of_known(instance: Instance, holders: Holders, known: Flags) -> int:
    held = np.flatnonzero(known & (holders != NOBODY))
    both = instance.session[held] * (int(instance.category.max()) + 1) + instance.category[holders[held]]
    counts = np.unique(both, return_counts=True)[1]
    return int((counts * (counts - 1) // 2).sum())


def _pairs_by_category(sessions: Sessions) -> int:
    """Each category as evenly over the sessions as its vendors can come; the turns left to choose where they cost least."""
    total, given, spare = 0, 0, []
    for kind in range(len(sessions.least)):
        costs = _costs_of_spread(np.minimum(sessions.coming[:, kind], sessions.size))
        least, most = max(0, int(sessions.least[kind])), max(0, int(sessions.most[kind]))
        total, given = total + int(costs[:least].sum()), given + least
        spare.append(costs[least:most])
    costs = np.sort(np.concatenate(spare)) if spare else np.zeros(0, dtype=np.int64)
    return total + int(costs[: max(0, sessions.filled - given)].sum())


def _costs_of_spread(places: Ints) -> Ints:
    """What the 1st, 2nd, ... turn of a category adds, of which so many can stand in each session: first one in each, then a second."""
    levels = int(places.max(initial=0))
    costs: Ints = np.repeat(np.arange(levels), [int((places > level).sum()) for level in range(levels)])
    return costs


def _pairs_by_session(sessions: Sessions, unfilled: int) -> int:
    """Each session filled from all categories that can come, as evenly as possible; the open slots where they save most."""
    costs = []
    for size, coming in zip(sessions.size.tolist(), sessions.coming, strict=True):
        levels = np.repeat(np.arange(size), [int((coming > level).sum()) for level in range(size)])
        costs.append(levels[:size])
    every = np.sort(np.concatenate(costs)) if costs else np.zeros(0, dtype=np.int64)
    return int(every[: max(0, len(every) - unfilled)].sum())
