"""Open slots that nothing tells apart but their order: same day, same vendors who fit. Programme and flow count them together."""

import numpy as np

from bazaar.rotation.filling.pins import Pins
from bazaar.rotation.filling.roster import Roster
from bazaar.rotation.instance import Flags, Ints
from bazaar.rotation.stage import NOBODY


def kinds_of(firm: Roster, pins: Pins, *, finely: bool = False) -> list[Ints]:
    """The slots that are open where only firm pins stand, in kinds. A slot whose pin is in doubt is a kind of its own. finely:
    slots of one kind are also worth the same, and whoever stood there when they were published is the same."""
    instance, published = firm.instance, firm.instance.problem.published or {}
    kinds: dict[tuple[int, bytes, tuple[object, ...], int], list[int]] = {}
    is_open: Flags = (firm.holders == NOBODY) & ~pins.is_over
    for slot in np.flatnonzero(is_open).tolist():
        is_in_doubt = int(instance.forced[slot]) in pins.choices
        more = (int(instance.weight[slot]), published.get(instance.problem.slots[slot].id)) if finely else ()
        key = (int(firm.day_row[slot]), instance.fits[:, slot].tobytes(), more, slot if is_in_doubt else NOBODY)
        kinds.setdefault(key, []).append(slot)
    return [np.array(slots, dtype=np.int64) for slots in kinds.values()]
