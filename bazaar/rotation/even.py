"""Even out turns, then points.

Turns: while somebody has two turns more than somebody else, look for a chain in which the one below takes a slot from a second,
the second one from a third, and so on to somebody above (an augmenting path, breadth first). No such chain left means that
no sequence of one-for-one handovers lowers the sum of squared turn counts.
Points: hand over or exchange slots while that lowers the sum of squares and nobody ends farther from the mean than the farthest is.
"""

from collections import deque

from bazaar.rotation.draft import Draft
from bazaar.rotation.stage import NOBODY


def even_turns(draft: Draft) -> None:
    """Guarantees first, then equal counts."""
    while _one_chain(draft):
        pass


def even_points(draft: Draft, *, sweeps: int) -> None:
    """Exchange slots of different worth. Stops when a sweep finds nothing, or after `sweeps` of them."""
    for _ in range(sweeps):
        if not _points_sweep(draft):
            return


def _one_chain(draft: Draft) -> bool:
    # Who is short of a guarantee comes first, then whoever has least.
    order = sorted(
        range(len(draft.vendors)),
        key=lambda v: (len(draft.turns[v]) >= draft.vendors[v].min_turns, len(draft.turns[v]), draft.points[v], v),
    )
    most = max((len(own) for own in draft.turns), default=0)
    for vendor in order:
        count = len(draft.turns[vendor])
        if count + 2 > most and count >= draft.vendors[vendor].min_turns:
            continue
        chain = _find_chain(draft, vendor)
        if chain and _apply(draft, chain):
            return True
    return False


def _may_lose(draft: Draft, holder: int, receiver: int) -> bool:
    """Whether taking one turn from the holder helps the receiver more than it hurts."""
    count, other = len(draft.turns[receiver]), len(draft.turns[holder])
    spare = other - draft.vendors[holder].min_turns
    if count < draft.vendors[receiver].min_turns:
        return spare > 0
    return other >= count + 2 and spare > 0


def _find_chain(draft: Draft, start: int) -> list[tuple[int, int]]:
    """[(vendor, slot taken), ...] from the one below to a slot of somebody who may lose one; empty when there is none."""
    queue: deque[tuple[int, int]] = deque([(start, NOBODY)])  # (vendor, slot lost)
    came: dict[int, tuple[int, int]] = {}  # vendor -> (who takes from them, which slot)
    while queue:
        vendor, lost = queue.popleft()
        for slot, holder in enumerate(draft.holder):
            if (
                holder in (NOBODY, vendor, start)
                or holder in came
                or not draft.is_movable(slot)
                or not draft.can_take(vendor, slot, leaving=lost)
            ):
                continue
            came[holder] = (vendor, slot)
            if _may_lose(draft, holder, start):
                return _trace(came, holder, start)
            queue.append((holder, slot))
    return []


def _trace(came: dict[int, tuple[int, int]], end: int, start: int) -> list[tuple[int, int]]:
    chain, loser = [], end
    while True:
        taker, slot = came[loser]
        chain.append((taker, slot))
        if taker == start:
            return chain[::-1]
        loser = taker


def _apply(draft: Draft, chain: list[tuple[int, int]]) -> bool:
    """Make the handovers from the far end on; take them back if forbidden neighbours came together on the way."""
    before = [(slot, draft.holder[slot]) for _vendor, slot in chain]
    for _vendor, slot in chain:
        draft.clear(slot)
    for vendor, slot in chain:
        if not draft.can_take(vendor, slot):
            for _taker, other in chain:
                draft.clear(other)
            for other, holder in before:
                draft.put(holder, other)
            return False
        draft.put(vendor, slot)
    return True


def _points_sweep(draft: Draft) -> bool:
    has_improved = False
    count, total = len(draft.vendors), sum(draft.points)
    for slot, holder in enumerate(draft.holder):
        if holder == NOBODY or not draft.is_movable(slot):
            continue
        limit = max(abs(count * value - total) for value in draft.points)
        has_improved |= _hand_over(draft, slot, total, limit) or _exchange(draft, slot, total, limit)
    return has_improved


def _hand_over(draft: Draft, slot: int, total: int, limit: int) -> bool:
    giver, weight = draft.holder[slot], draft.slots[slot].weight
    own = len(draft.turns[giver])
    if own <= draft.vendors[giver].min_turns:
        return False
    for taker in sorted(range(len(draft.vendors)), key=lambda vendor: draft.points[vendor]):
        if draft.points[giver] - draft.points[taker] <= weight:
            return False
        if len(draft.turns[taker]) == own - 1 and _stays_within(draft, giver, taker, -weight, total, limit) and draft.can_take(taker, slot):
            draft.put(taker, slot)
            return True
    return False


def _exchange(draft: Draft, slot: int, total: int, limit: int) -> bool:
    one, weight = draft.holder[slot], draft.slots[slot].weight
    best, best_gain = NOBODY, 0
    for other_slot, other in enumerate(draft.holder):
        step = draft.slots[other_slot].weight - weight
        if other in (NOBODY, one) or step == 0 or not draft.is_movable(other_slot):
            continue
        gain = -step * (draft.points[one] - draft.points[other] + step)
        if gain > best_gain and _stays_within(draft, one, other, step, total, limit) and can_exchange(draft, slot, other_slot):
            best, best_gain = other_slot, gain
    if best == NOBODY:
        return False
    exchange(draft, slot, best)
    return True


def _stays_within(draft: Draft, one: int, other: int, step: int, total: int, limit: int) -> bool:
    count = len(draft.vendors)
    return abs(count * (draft.points[one] + step) - total) <= limit and abs(count * (draft.points[other] - step) - total) <= limit


def can_exchange(draft: Draft, slot: int, other_slot: int) -> bool:
    """Whether the holders of two slots may change places."""
    one, other = draft.holder[slot], draft.holder[other_slot]
    if draft.forbids_neighbours:
        exchange(draft, slot, other_slot)
        is_allowed = draft.can_take(other, slot, leaving=slot) and draft.can_take(one, other_slot, leaving=other_slot)
        exchange(draft, slot, other_slot)
        return is_allowed
    return draft.can_take(one, other_slot, leaving=slot) and draft.can_take(other, slot, leaving=other_slot)


def exchange(draft: Draft, slot: int, other_slot: int) -> None:
    """Let the holders of two slots change places."""
    one, other = draft.holder[slot], draft.holder[other_slot]
    draft.clear(slot)
    draft.clear(other_slot)
    draft.put(other, slot)
    draft.put(one, other_slot)
