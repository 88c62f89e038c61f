"""Which fixed slots are kept when they contradict each other, and how few hard rules can be broken.

A pin that is not kept breaks one rule, whoever stands there instead. A pin that is kept breaks a rule where its vendor does not fit
or stands too near to the turn before, and a vendor with more than `most` turns breaks one more. Nothing else has to break a rule:
all other slots may stay empty, and a further turn never mends anything (of three turns in a row that are too near to each other,
taking away the middle one mends two). So the least number is found for each vendor alone, by looking at every choice of its pins.
Forbidden neighbours are the exception: they count once for all, and only where no choice of equal price avoids them.
What is over (before `now`) stays as it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise, product
from math import prod

import numpy as np

from bazaar.rotation.filling.roster import Roster
from bazaar.rotation.instance import Flags, Instance, Ints
from bazaar.rotation.stage import NOBODY, Holders

MOST_DOUBTFUL = 10
"""Pins of one vendor that can be weighed against each other: 2 ** 10 choices. Of more, all are kept and nothing is proved."""

MOST_TOGETHER = 1_000
"""Choices of several vendors that are looked through for one without forbidden neighbours."""


@dataclass(frozen=True)
class Choice:
    """One way to keep some of a vendor's pins. broken: hard rules that it breaks, the pins that it does not keep among them."""

    slots: tuple[int, ...]
    broken: int


@dataclass(frozen=True)
class Pins:
    """What is fixed, and what it costs."""

    kept: Holders  # (S,) the pins that are kept
    firm: Holders  # (S,) those among them that no choice concerns
    is_over: Flags  # (S,) before `now`
    choices: Mapping[int, list[Choice]]  # of each vendor whose pins stand in the way of something: from the best to one rule worse
    lost: int  # hard rules that no choice mends
    least_broken: int | None  # what no plan can go below; None where too much would have to be looked through
    is_bent: Flags  # (V,) some of the vendor's fixed slots break a rule: its own ceiling does not hold it any more

    def limits(self, instance: Instance) -> Ints:
        """(V,) turns at most, in any plan that breaks no more rules than it must."""
        limits: Ints = np.where(self.is_bent, instance.slot_count, instance.ceiling)
        return limits


def keep_pins(instance: Instance) -> Pins:
    """Keep every pin that does not stand in the way of more."""
    is_over = _is_over(instance)
    own_of = {vendor: _own(instance, vendor) for vendor in np.unique(instance.forced[instance.forced != NOBODY]).tolist()}
    price = {vendor: _broken(instance, vendor, own, own) for vendor, own in own_of.items()}
    doubtful = {vendor: [slot for slot in own if not is_over[slot]] for vendor, own in own_of.items()}
    in_doubt = [vendor for vendor, own in doubtful.items() if price[vendor] and own]
    is_known = all(len(doubtful[vendor]) <= MOST_DOUBTFUL for vendor in in_doubt)
    choices = _weigh(instance, in_doubt, own_of, doubtful)
    lost = _lost_already(instance, is_over) + sum(price[vendor] for vendor in price if vendor not in choices)
    kept = _together(instance, own_of, {vendor: own[0] for vendor, own in choices.items()})
    least = lost + sum(own[0].broken for own in choices.values())
    if instance.problem.rules.adjacent == "hard" and (side_by_side := _like_neighbours(instance, kept)):
        clashing = sorted({int(kept[slot]) for slot in side_by_side})
        is_known &= all(len(doubtful[vendor]) <= MOST_DOUBTFUL for vendor in clashing)
        more = _weigh(instance, [vendor for vendor in clashing if vendor not in choices and doubtful[vendor]], own_of, doubtful)
        lost -= sum(price[vendor] for vendor in more)
        choices |= more
        apart = _apart(instance, own_of, choices)
        is_known &= apart is not None
        kept = kept if apart is None else apart
        least += bool(_like_neighbours(instance, kept))
    firm = np.where(np.isin(kept, list(choices)), NOBODY, kept)
    is_bent = np.isin(np.arange(instance.vendor_count), [vendor for vendor in price if price[vendor] or vendor in choices])
    return Pins(kept, firm, is_over, choices, lost, least if is_known else None, is_bent)


def roster_with(instance: Instance, pins: Pins, *, kept: Holders) -> Roster:
    """A plan in which only these pins stand."""
    roster = Roster(instance)
    for slot in np.flatnonzero(kept != NOBODY).tolist():
        roster.put(int(kept[slot]), slot)
    roster.is_movable = ~pins.is_over & (kept == NOBODY)
    # The score counts somebody with too many turns once: one more turn then breaks no further rule.
    roster.room[roster.turns > roster.room] = instance.slot_count
    return roster


def roster_standing(instance: Instance, pins: Pins, holders: Holders) -> Roster:
    """The plan of these holders; pins that it keeps stay."""
    kept = np.where(instance.is_fixed & (holders == instance.forced), holders, NOBODY)
    roster = roster_with(instance, pins, kept=kept)
    for slot in np.flatnonzero((holders != NOBODY) & (kept == NOBODY)).tolist():
        roster.put(int(holders[slot]), slot)
    roster.forbids_neighbours &= not roster.like_neighbours()
    return roster


def _is_over(instance: Instance) -> Flags:
    if instance.problem.published is None:
        return np.zeros(instance.slot_count, dtype=np.bool_)
    over: Flags = instance.day < instance.problem.now
    return over


def _own(instance: Instance, vendor: int) -> list[int]:
    return sorted(np.flatnonzero(instance.forced == vendor).tolist(), key=lambda slot: int(instance.day[slot]))


def _lost_already(instance: Instance, is_over: Flags) -> int:
    """Pins to nobody we know, pins to another than who stood there, and who stood there once and is not known any more."""
    problem, lost = instance.problem, 0
    for row, slot in enumerate(problem.slots):
        was, is_known = (problem.published or {}).get(slot.id), instance.forced[row] != NOBODY
        if is_over[row]:
            lost += (was is not None and not is_known) + (slot.pin is not None and (slot.pin != was or not is_known))
        else:
            lost += slot.pin is not None and not is_known
    return int(lost)


def _weigh(instance: Instance, vendors: list[int], own: dict[int, list[int]], doubtful: dict[int, list[int]]) -> dict[int, list[Choice]]:
    return {
        vendor: _choices(instance, vendor, own[vendor], doubtful[vendor]) for vendor in vendors if len(doubtful[vendor]) <= MOST_DOUBTFUL
    }


def _choices(instance: Instance, vendor: int, own: list[int], doubtful: list[int]) -> list[Choice]:
    """Every choice that is at most one worse than the cheapest, the best first."""
    found = []
    for count in range(len(doubtful) + 1):
        for dropped in combinations(doubtful, count):
            kept = [slot for slot in own if slot not in dropped]
            found.append(Choice(tuple(kept), _broken(instance, vendor, own, kept)))
    least = min(choice.broken for choice in found)
    near = [choice for choice in found if choice.broken <= least + 1]
    # Of equals the one in which nobody stands where a rule forbids it: rather a pin that is not kept.
    return sorted(near, key=lambda choice: (choice.broken, choice.broken + len(choice.slots), -len(choice.slots), choice.slots))


def _broken(instance: Instance, vendor: int, own: list[int], kept: list[int]) -> int:
    """Rules that the vendor breaks with these of its own fixed slots."""
    misfits = int((~instance.fits[vendor, kept]).sum()) if kept else 0
    too_near = sum(later - earlier < instance.gap[vendor] for earlier, later in pairwise(instance.day[kept].tolist()))
    return len(own) - len(kept) + misfits + int(too_near) + int(len(kept) > instance.most[vendor])


def _together(instance: Instance, own_of: dict[int, list[int]], chosen: dict[int, Choice]) -> Holders:
    kept = np.full(instance.slot_count, NOBODY, dtype=np.int64)
    for vendor, own in own_of.items():
        kept[list(chosen[vendor].slots) if vendor in chosen else own] = vendor
    return kept


def _like_neighbours(instance: Instance, kept: Holders) -> list[int]:
    roster = Roster(instance)
    roster.holders = kept
    return roster.like_neighbours()


def _apart(instance: Instance, own_of: dict[int, list[int]], choices: dict[int, list[Choice]]) -> Holders | None:
    """The best choices without forbidden neighbours, of those that cost nothing more; the best ones where there are none such.
    None where too many would have to be looked through."""
    cheapest = {vendor: [choice for choice in own if choice.broken == own[0].broken] for vendor, own in choices.items()}
    if prod(len(own) for own in cheapest.values()) > MOST_TOGETHER:
        return None
    sets = [_together(instance, own_of, dict(zip(cheapest, together, strict=True))) for together in product(*cheapest.values())]
    return next((kept for kept in sets if not _like_neighbours(instance, kept)), sets[0])
