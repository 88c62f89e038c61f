"""Stage 1, parts hard to turns_sq: everybody placed, guarantees kept, turns even.

Pins that contradict each other are weighed (`pins`), a first plan is made day by day (`first_plan`), chains of moves mend what it
left (`chains`), and counting proves the result (`counting`). Where it does not, a whole-number programme is asked, part by part, for
something better (`exact_fill`); problems too large for it keep what the chains reached, and a flow bounds them (`window_flow`).
"""

import random  # noqa: TID251 (seeded dice only: a draw can be replayed)

import numpy as np

from bazaar.rotation.filling.chains import even_turns, fill_empty
from bazaar.rotation.filling.exact_fill import ExactFill, is_within_reach
from bazaar.rotation.filling.fill_bounds import bounds_of, is_proved
from bazaar.rotation.filling.first_plan import place_days
from bazaar.rotation.filling.pins import Pins, keep_pins, roster_with
from bazaar.rotation.filling.roster import Roster
from bazaar.rotation.filling.window_flow import WindowFlow
from bazaar.rotation.instance import Instance
from bazaar.rotation.stage import NOBODY, Outcome, Progress

_TRIES = 400
"""Slots or vendors looked at for each chain."""


def fill(instance: Instance, dice: random.Random, *, effort: int, progress: Progress) -> Outcome:
    """A plan that breaks as few hard rules as possible, fills as much, keeps as many guarantees, and shares turns evenly.

    What is published plays no part (a repair is `replan`), but that slots before `now` stay as they were.
    """
    progress("fill", 0.0)
    pins = keep_pins(instance)
    roster = roster_with(instance, pins, kept=pins.kept)
    roster.forbids_neighbours &= not roster.like_neighbours()
    place_days(roster, np.array([dice.random() for _ in range(instance.vendor_count)]))
    progress("fill", 0.25)
    fill_empty(roster, tries=_TRIES * effort)
    _stand_where_pinned(roster, pins)
    even_turns(roster, tries=_TRIES * effort)
    bounds = bounds_of(roster, pins)
    progress("fill", 0.5)
    if is_proved(roster, bounds):
        return Outcome(roster.holders, bounds)
    if is_within_reach(roster, pins):
        exact = ExactFill(roster, pins, bounds, tries=_TRIES * effort, effort=effort)
        exact.run(progress)
        return Outcome(exact.roster.holders, exact.bounds)
    flow = WindowFlow(roster_with(instance, pins, kept=pins.firm), pins)
    bounds |= {"unfilled": max(bounds["unfilled"] or 0, flow.fewest_empty()), "short": max(bounds["short"] or 0, flow.fewest_short())}
    return Outcome(roster.holders, bounds)


def _stand_where_pinned(roster: Roster, pins: Pins) -> None:
    """A slot that nobody else can take goes to the vendor it is pinned to, who does not fit: one broken rule either way."""
    for slot in np.flatnonzero((roster.holders == NOBODY) & ~pins.is_over).tolist():
        vendor = int(roster.instance.forced[slot])
        is_alone = vendor != NOBODY and not roster.too_near(vendor, slot) and roster.turns[vendor] < roster.room[vendor]
        if is_alone and not roster.forbids_neighbours:
            roster.put(vendor, slot)
