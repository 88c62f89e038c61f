"""Which fixed slots are kept when they contradict each other, and how few hard rules can be broken.

A pin that is not kept breaks one rule, whoever stands there instead. A pin that is kept breaks a rule where its vendor does not fit
or stands too near to the turn before, and a vendor with more than `most` turns breaks one more. Nothing else has to break a rule:
all other slots may stay empty, and a further turn never mends anything (of three turns in a row that are too near to each other,
taking away the middle one mends two). So the least number is found for each vendor alone, by looking at every choice of its pins.
What is over (before `now`) stays as it was.
"""

from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from bazaar.rotation.instance import Flags, Instance
from bazaar.rotation.stage import NOBODY, Holders

MOST_DOUBTFUL = 12
"""Pins of one vendor that can be weighed against each other: 2 ** 12 choices. Of more, all are kept and nothing is proved."""


@dataclass(frozen=True)
class Choice:
    """One way to keep some of a vendor's pins. broken: hard rules that it breaks, the pins that it does not keep among them."""

    slots: tuple[int, ...]
    broken: int


@dataclass(frozen=True)
class Pins:
    """What is fixed, and what it costs."""

    holders: Holders  # (S,) the pins that are kept
    is_movable: Flags  # (S,) may be given to anybody: neither kept nor over
    broken: int  # hard rules that these break
    least_broken: int | None  # what no plan can go below; None where too many pins contradict each other
    choices: dict[int, list[Choice]]  # of each vendor whose pins contradict each other, the cheapest first
    is_over: Flags  # (S,) before `now`


def keep_pins(instance: Instance) -> Pins:
    """Keep every pin that does not stand in the way of more."""
    problem = instance.problem
    is_over = instance.is_fixed & (instance.day < problem.now) if problem.published is not None else np.zeros_like(instance.is_fixed)
    holders = np.full(instance.slot_count, NOBODY, dtype=np.int64)
    is_known, broken = True, _lost_already(instance, is_over)
    choices: dict[int, list[Choice]] = {}
    for vendor in np.unique(instance.forced[instance.forced != NOBODY]).tolist():
        own = sorted(np.flatnonzero(instance.forced == vendor).tolist(), key=lambda slot: int(instance.day[slot]))
        weighed = [Choice(tuple(own), _broken(instance, vendor, own, own))]
        doubtful = [slot for slot in own if not is_over[slot]] if weighed[0].broken else []
        if len(doubtful) > MOST_DOUBTFUL:
            is_known = False
        elif doubtful:
            weighed = _choices(instance, vendor, own, doubtful)
            choices[vendor] = weighed
        holders[list(weighed[0].slots)] = vendor
        broken += weighed[0].broken
    return Pins(holders, ~is_over & (holders == NOBODY), broken, broken if is_known else None, choices, is_over)


def _lost_already(instance: Instance, is_over: Flags) -> int:
    """Pins to nobody we know, pins to another than who stood there, and who stood there once and is not known any more."""
    problem, lost = instance.problem, 0
    for row, slot in enumerate(problem.slots):
        was = (problem.published or {}).get(slot.id)
        if is_over[row]:
            lost += (was is not None and instance.forced[row] == NOBODY) + (slot.pin is not None and slot.pin != was)
        else:
            lost += slot.pin is not None and instance.forced[row] == NOBODY
    return int(lost)


def _choices(instance: Instance, vendor: int, own: list[int], doubtful: list[int]) -> list[Choice]:
    """Every choice that is at most one worse than the cheapest; the best first."""
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
    misfits = int((~instance.fits[vendor, kept]).sum()) if kept else 0
    days = instance.day[kept].tolist()
    too_near = sum(later - earlier < instance.gap[vendor] for earlier, later in pairwise(days))
    return len(own) - len(kept) + misfits + int(too_near) + int(len(kept) > instance.most[vendor])
