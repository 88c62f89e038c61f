"""Stage 1, parts hard to turns_sq: everybody placed, guarantees kept, turns even.

Pins that contradict each other are weighed (`pins`), a first plan is made day by day (`first_plan`), chains of moves mend what it
left (`chains`), and counting proves the result (`counting`).
"""

import random  # noqa: TID251 (seeded dice only: a draw can be replayed)

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from bazaar.rotation import even
from bazaar.rotation.bounds import bounds_of as old_bounds_of
from bazaar.rotation.chains import even_turns, fill_empty
from bazaar.rotation.counting import least_spread, least_squares_within
from bazaar.rotation.draft import Draft
from bazaar.rotation.first_plan import place_days
from bazaar.rotation.instance import Flags, Instance, holders_of
from bazaar.rotation.pins import Pins, keep_pins
from bazaar.rotation.place import fill_by_chains, place_fixed
from bazaar.rotation.place import place_days as old_place_days
from bazaar.rotation.roster import Roster
from bazaar.rotation.score import score_plan
from bazaar.rotation.stage import NOBODY, Outcome, Progress

_TRIES = 400
"""Slots or vendors looked at for each chain."""


def fill(instance: Instance, dice: random.Random, *, effort: int, progress: Progress) -> Outcome:
    """A plan that breaks as few hard rules as possible, fills as much, keeps as many guarantees, and shares turns evenly.

    What is published plays no part, but that slots before `now` stay as they were.
    """
    progress("fill", 0.0)
    if instance.published is not None:  # until a repair has a stage of its own
        return _fill_as_published(instance, dice)
    pins = keep_pins(instance)
    roster = roster_with(instance, pins)
    place_days(roster, np.array([dice.random() for _ in range(instance.vendor_count)]))
    fill_empty(roster, tries=_TRIES * effort)
    _stand_where_pinned(roster, pins)
    even_turns(roster, tries=_TRIES * effort)
    return Outcome(roster.holders, bounds_of(roster, pins))


def _fill_as_published(instance: Instance, dice: random.Random) -> Outcome:
    draft = Draft(instance.problem)
    place_fixed(draft)
    old_place_days(draft, dice)
    fill_by_chains(draft)
    even.even_turns(draft)
    plan = draft.as_plan()
    bounds = old_bounds_of(instance.problem, score_plan(instance.problem, plan))
    return Outcome(
        holders_of(instance, plan), {part: bounds[part] for part in ("hard", "unfilled", "short", "changes", "spread", "turns_sq")}
    )


def roster_with(instance: Instance, pins: Pins) -> Roster:
    """A plan in which only what is fixed stands."""
    roster = Roster(instance)
    for slot in np.flatnonzero(pins.holders != NOBODY).tolist():
        roster.put(int(pins.holders[slot]), slot)
    roster.is_movable = pins.is_movable.copy()
    # The score counts somebody with too many turns once: one more turn then breaks no further rule.
    roster.room[roster.turns > roster.room] = instance.slot_count
    return roster


def _stand_where_pinned(roster: Roster, pins: Pins) -> None:
    """A slot that nobody else can take goes to the vendor it is pinned to, who does not fit: one broken rule either way."""
    for slot in np.flatnonzero((roster.holders == NOBODY) & pins.is_movable).tolist():
        vendor = int(roster.instance.forced[slot])
        is_alone = vendor != NOBODY and not roster.too_near(vendor, slot) and roster.turns[vendor] < roster.room[vendor]
        if is_alone and not roster.forbids_neighbours:
            roster.put(vendor, slot)


def bounds_of(roster: Roster, pins: Pins) -> dict[str, int | None]:
    """What no plan can beat, by matching each day alone and by counting."""
    instance, turns = roster.instance, roster.turns
    filled = int(turns.sum())
    short = int(np.maximum(0, instance.fewest - turns).sum())
    floors = instance.fewest if not short else np.zeros_like(instance.fewest)
    limits = np.where(_may_pass_ceiling(instance, pins), instance.slot_count, instance.ceiling)
    floors = np.minimum(floors, limits)
    spread = spread_of(roster)
    return {
        "hard": pins.least_broken,
        "unfilled": fewest_empty(roster, pins),
        "short": int(np.maximum(0, instance.fewest - limits).sum()),
        "changes": 0 if instance.published is None else None,
        "spread": min(spread, least_spread(filled, floors, instance.ceiling, limits) or 0),
        "turns_sq": least_squares_within(spread, filled, floors, instance.ceiling, limits),
    }


def spread_of(roster: Roster) -> int:
    """As the score counts it."""
    below = roster.turns[roster.turns < roster.instance.ceiling]
    return max(0, int(roster.turns.max() - below.min())) if len(below) else 0


def fewest_empty(roster: Roster, pins: Pins) -> int:
    """Slots that stay empty on their own day whatever happens on others: those that no matching of vendors to slots covers (König
    1931). Kept pins keep their vendors from the days around."""
    instance = roster.instance
    held = pins.holders != NOBODY
    is_past = pins.is_over & (roster.holders == NOBODY)
    fewest = int(is_past.sum())
    for day in np.unique(roster.day_row[(roster.holders == NOBODY) & ~pins.is_over]).tolist():
        slots = np.flatnonzero((roster.day_row == day) & ~held & ~pins.is_over)
        can_come = instance.fits[:, slots] & ~_kept_away(roster, pins, day)[:, None]
        pinned = np.flatnonzero(instance.forced[slots] != NOBODY)
        can_come[instance.forced[slots[pinned]], pinned] = True  # by the organizer's word, a broken rule either way
        matched = maximum_bipartite_matching(csr_array(can_come), perm_type="row") >= 0
        fewest += len(slots) - int(matched.sum())
    return fewest


def _kept_away(roster: Roster, pins: Pins, day: int) -> Flags:
    """(V,) who stands too near to the day because of a pin that no plan breaks."""
    away = np.zeros(roster.instance.vendor_count, dtype=np.bool_)
    for slot in np.flatnonzero(pins.holders != NOBODY).tolist():
        vendor = int(pins.holders[slot])
        if vendor not in pins.choices and roster.window(vendor, slot).start <= day < roster.window(vendor, slot).stop:
            away[vendor] = True
    return away


def _may_pass_ceiling(instance: Instance, pins: Pins) -> Flags:
    """(V,) whose kept pins break a rule, so that the ceiling of the rules does not hold them."""
    may = np.zeros(instance.vendor_count, dtype=np.bool_)
    may[list(pins.choices)] = True
    return may
