"""What no plan can beat in the parts hard to turns_sq, as far as it is seen at once: pins, each day alone, counting."""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from bazaar.rotation.filling.counting import least_spread, least_squares_within
from bazaar.rotation.filling.pins import Pins
from bazaar.rotation.filling.roster import Roster
from bazaar.rotation.instance import Flags
from bazaar.rotation.stage import NOBODY

Bounds = dict[str, int | None]


def bounds_of(roster: Roster, pins: Pins) -> Bounds:
    """What no plan can beat, given the values of the parts above that the roster has."""
    instance, turns = roster.instance, roster.turns
    filled, limits = int(turns.sum()), pins.limits(instance)
    short = int(np.maximum(0, instance.fewest - turns).sum())
    floors = np.minimum(instance.fewest, limits) if not short else np.zeros_like(instance.fewest)
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


def is_proved(roster: Roster, bounds: Bounds) -> bool:
    """Whether nothing is left to gain or to show."""
    short = int(np.maximum(0, roster.instance.fewest - roster.turns).sum())
    return (
        bounds["hard"] is not None
        and bounds["unfilled"] == int((roster.holders == NOBODY).sum())
        and bounds["short"] == short
        and bounds["spread"] == spread_of(roster)
        and bounds["turns_sq"] == int((roster.turns * roster.turns).sum())
    )


def fewest_empty(roster: Roster, pins: Pins) -> int:
    """Slots that stay empty on their own day whatever happens on others: those that no matching of vendors to slots covers (König
    1931). Firm pins keep their vendors from the days around; a slot with a pin in doubt can always be filled by keeping the pin."""
    instance = roster.instance
    fewest = int((pins.is_over & (roster.holders == NOBODY)).sum())
    is_open = ~pins.is_over & (pins.firm == NOBODY) & ~np.isin(instance.forced, list(pins.choices))
    for day in np.unique(roster.day_row[(roster.holders == NOBODY) & ~pins.is_over]).tolist():
        slots = np.flatnonzero((roster.day_row == day) & is_open)
        can_come = instance.fits[:, slots] & ~_kept_away(roster, pins, day)[:, None]
        matched = maximum_bipartite_matching(csr_array(can_come), perm_type="row") >= 0
        fewest += len(slots) - int(matched.sum())
    return fewest


def _kept_away(roster: Roster, pins: Pins, day: int) -> Flags:
    """(V,) who stands too near to the day because of a firm pin."""
    away = np.zeros(roster.instance.vendor_count, dtype=np.bool_)
    for slot in np.flatnonzero(pins.firm != NOBODY).tolist():
        vendor = int(pins.firm[slot])
        away[vendor] |= roster.window(vendor, slot).start <= day < roster.window(vendor, slot).stop
    return away
