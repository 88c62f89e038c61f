"""Chains of moves that fill an empty slot, keep a guarantee, or make turns more even: augmenting paths, the shortest first.

An empty slot: somebody who could come but has a turn too near leaves that turn, somebody else takes the place left, and so on to
somebody who is simply free. A turn too few: the vendor takes a slot from a second one, the second from a third, and so on to
somebody who has a turn to spare. Without gaps between turns both are the alternating paths of bipartite matching (Berge 1957), and
no path left would prove the optimum. With gaps they are a search; what it reached is proved by `counting` or `exact_fill`.
"""

from collections import deque

import numpy as np

from bazaar.rotation.filling.roster import Roster
from bazaar.rotation.instance import Flags
from bazaar.rotation.stage import NOBODY

Move = tuple[int, int]
"""(vendor, slot): the vendor takes the slot."""


def fill_empty(roster: Roster, *, tries: int) -> None:
    """Fill what is empty. tries: slots looked at for each empty one, at most.

    What a search met in vain is not looked at again before a whole round is over (a Hungarian tree: without gaps it stays vain).
    """
    has_moved = True
    while has_moved:
        has_moved, vain = False, np.zeros(len(roster.holders), dtype=np.bool_)
        for slot in np.flatnonzero((roster.holders == NOBODY) & roster.is_movable).tolist():
            has_moved |= _fill(roster, slot, vain, tries)


def even_turns(roster: Roster, *, tries: int) -> None:
    """Guarantees first, then even counts. tries: vendors looked at for each chain, at most.

    Those with fewest turns come first: what their searches met in vain has nothing to spare for those who have more, either.
    """
    has_moved = True
    while has_moved:
        has_moved, is_short = False, roster.turns < roster.instance.fewest
        for group in (np.flatnonzero(is_short), np.flatnonzero(~is_short)):
            vain = np.zeros(len(roster.turns), dtype=np.bool_)
            for vendor in group[np.argsort(roster.turns[group], kind="stable")].tolist():
                while _who_may_lose_to(roster, vendor).any() and _take(roster, vendor, vain, tries):
                    has_moved = True


def _fill(roster: Roster, slot: int, vain: Flags, tries: int) -> bool:
    queue, came = deque([slot]), {slot: (NOBODY, NOBODY)}  # slot -> (who left it, for which slot)
    for _ in range(tries):
        if not queue:
            break
        empty = queue.popleft()
        free = np.flatnonzero(roster.who_may_take(empty))
        for vendor in free[np.argsort(roster.turns[free], kind="stable")][:3].tolist():
            if _make(roster, [(vendor, empty), *_moves_from(came, empty)]):
                return True
        for vendor, left in _who_could_move(roster, empty):
            if left not in came and roster.is_movable[left] and not vain[left]:
                came[left] = (vendor, empty)
                queue.append(left)
    vain[list(came)] = True
    return False


def _who_could_move(roster: Roster, slot: int) -> list[Move]:
    """(vendor, the one turn the vendor would have to leave to take the slot)."""
    fits, near = roster.who_fits(slot), roster.near[roster.day_row[slot]]
    one_near = np.flatnonzero(fits & (near == 1) & (roster.turns <= roster.room)).tolist()
    at_most = np.flatnonzero(fits & (near == 0) & (roster.turns == roster.room)).tolist()
    moves = [(vendor, roster.too_near(vendor, slot)[0]) for vendor in one_near]
    return moves + [(vendor, own) for vendor in at_most for own in roster.own[vendor]]


def _moves_from(came: dict[int, Move], slot: int) -> list[Move]:
    moves = []
    while came[slot][0] != NOBODY:
        vendor, taken = came[slot]
        moves.append((vendor, taken))
        slot = taken
    return moves


def _who_may_lose_to(roster: Roster, receiver: int) -> Flags:
    """(V,) who have a turn that the receiver needs more: beyond their own guarantee, and for a receiver without need two turns more."""
    fewest, turns = roster.instance.fewest, roster.turns
    may: Flags = turns > fewest
    if turns[receiver] >= fewest[receiver]:
        may &= turns >= turns[receiver] + 2
    if turns[receiver] >= roster.room[receiver]:
        may &= False
    return may


def _take(roster: Roster, start: int, vain: Flags, tries: int) -> bool:
    may_lose = _who_may_lose_to(roster, start)
    queue = deque([(start, NOBODY)])  # (vendor, slot lost)
    came: dict[int, Move] = {start: (NOBODY, NOBODY)}  # vendor -> (who takes a slot from them, which)
    is_new = np.append(~vain, False)  # the last one is NOBODY
    is_new[start] = False
    for _ in range(tries):
        if not queue:
            break
        vendor, lost = queue.popleft()
        slots = np.flatnonzero(roster.what_may_be_taken(vendor, lost) & roster.is_movable & is_new[roster.holders])
        holders = roster.holders[slots]
        for slot in slots[may_lose[holders]][:5].tolist():
            if _make(roster, [*_takes_from(came, vendor), (vendor, slot)][::-1]):
                return True
        for holder, row in zip(*np.unique(holders, return_index=True), strict=True):
            came[int(holder)] = (vendor, int(slots[row]))
            queue.append((int(holder), int(slots[row])))
        is_new[holders] = False
    vain[list(came)] = True
    return False


def _takes_from(came: dict[int, Move], vendor: int) -> list[Move]:
    moves = []
    while came[vendor][0] != NOBODY:
        moves.append(came[vendor])
        vendor = came[vendor][0]
    return moves[::-1]


def _make(roster: Roster, moves: list[Move]) -> bool:
    """Make the moves; take them back if a rule stands against it, as when one vendor is met twice on the way."""
    before = [(int(roster.holders[slot]), slot) for _vendor, slot in moves]
    for holder, slot in before:
        if holder != NOBODY:
            roster.clear(slot)
    made = []
    for vendor, slot in moves:
        if not roster.may_take(vendor, slot):
            break
        roster.put(vendor, slot)
        made.append(slot)
    else:
        return True
    for slot in made:
        roster.clear(slot)
    for holder, slot in before:
        if holder != NOBODY:
            roster.put(holder, slot)
    return False
