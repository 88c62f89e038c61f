"""Guarantees that open slots did not serve: turns are handed over, one change for each.

That is the fewest possible where every open slot that was filled serves a guarantee already. A guarantee needs a slot that changes
hands. Let F open slots be filled, which no plan exceeds: a plan that fills more of them empties as many others, each a change of its
own. So whoever gives m guaranteed turns beyond what can stay changes at least m - F slots that could have stayed.

Of the slots that would do, the one is taken whose vendor has the most turns, then the one that leaves both nearest to the mean.
"""

from collections.abc import Iterator

from bazaar.rotation.repairing.repair import Repair
from bazaar.rotation.stage import NOBODY


def is_all_for_guarantees(repair: Repair) -> bool:
    """Whether every turn that was given beyond those that can stay serves a guarantee: only then the count above proves anything."""
    vendors = repair.problem.vendors
    return all(
        len(days) == kept or len(days) <= vendor.min_turns
        for days, kept, vendor in zip(repair.days, repair.kept_count, vendors, strict=True)
    )


def hand_over_owed(repair: Repair) -> bool:
    """Give every missing guaranteed turn by a hand-over. False, and nothing changed, where one cannot be given so."""
    given: list[tuple[int, int]] = []
    for taker in _missing(repair):
        found = _best(repair, taker)
        if found is None:
            for slot, giver in reversed(given):
                repair.clear(slot)
                repair.put(giver, slot)
            return False
        slot, giver = found
        repair.clear(slot)
        repair.put(taker, slot)
        given.append((slot, giver))
    return True


def _missing(repair: Repair) -> list[int]:
    return [row for row, vendor in enumerate(repair.problem.vendors) for _turn in range(max(0, vendor.min_turns - len(repair.days[row])))]


def _best(repair: Repair, taker: int) -> tuple[int, int] | None:
    """(slot, who gives it); None where nobody can."""
    return min(_hand_overs(repair, taker), key=lambda each: (*_cost(repair, taker, *each), each), default=None)


def _hand_overs(repair: Repair, taker: int) -> Iterator[tuple[int, int]]:
    vendors = repair.problem.vendors
    for slot, giver in enumerate(repair.holder):
        if giver in (NOBODY, taker) or repair.is_fixed[slot] or len(repair.days[giver]) <= vendors[giver].min_turns:
            continue
        if repair.published[slot] != giver:  # changed already: to give it on would be no change of its own
            continue
        repair.clear(slot)
        can_take = repair.can_take(taker, slot)
        repair.put(giver, slot)
        if can_take:
            yield slot, giver


def _cost(repair: Repair, taker: int, slot: int, giver: int) -> tuple[int, int, int]:
    """Turns first (fewer the more the giver has), then the farther of both from the mean, then the squares of both."""
    weight, points, count = repair.problem.slots[slot].weight, repair.points, len(repair.points)
    total = sum(points)
    after = (points[taker] + weight, points[giver] - weight)
    return -len(repair.days[giver]), max(abs(count * value - total) for value in after), sum(value * value for value in after)
