"""Bounds of unfilled and short for problems too large to be asked exactly: a maximum flow in which gaps are kept block by block.

Cut the days into blocks as long as a vendor's gap: a block holds one turn of the vendor at most. Source -> vendor (turns at most)
-> block of the vendor (one) -> kind of slot -> sink (slots of the kind) lets through everything that a plan can be, and more, since
the last day of a block and the first of the next are not kept apart. So no plan fills more slots than the flow has units (Ford and
Fulkerson 1956). With as many units for a vendor as are guaranteed to it, the same flow bounds the guarantees that can be kept.
Where the cuts lie is free; several are tried.
"""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import maximum_flow

from bazaar.rotation.filling.kinds import kinds_of
from bazaar.rotation.filling.pins import Pins
from bazaar.rotation.filling.roster import Roster
from bazaar.rotation.instance import Flags, Ints
from bazaar.rotation.stage import NOBODY

_CUTS = 3


class WindowFlow:
    """The network of a problem; pins that are in doubt are left out of it, to the good of the bound."""

    def __init__(self, firm: Roster, pins: Pins) -> None:
        """firm: a roster in which only those pins stand that no choice concerns."""
        instance = firm.instance
        self.firm, self.limits = firm, pins.limits(instance)
        is_in_doubt = np.isin(instance.forced, list(pins.choices))
        # Over, and nobody stood there; who is in doubt may still be kept.
        self.doubtful_count = int((is_in_doubt & ~pins.is_over).sum())
        self.lost_count = int((pins.is_over & (firm.holders == NOBODY) & ~is_in_doubt).sum())
        kinds = [slots for slots in kinds_of(firm, pins) if not is_in_doubt[slots[0]]]
        first = np.array([slots[0] for slots in kinds], dtype=np.int64)
        self.size: Ints = np.array([len(slots) for slots in kinds], dtype=np.int64)
        may: Flags = instance.fits[:, first] & (firm.near[firm.day_row[first]] == 0).T
        self.vendor, self.kind = np.nonzero(may)
        self.day: Ints = instance.day[first]

    def fewest_empty(self) -> int:
        """Slots that stay empty in every plan."""
        room = np.maximum(0, self.limits - self.firm.turns)
        return self.lost_count + int(self.size.sum()) - self._most(room)

    def fewest_short(self) -> int:
        """Guaranteed turns that no plan gives, were every slot with a pin in doubt free for one of them."""
        missing = np.where(self.limits >= self.firm.holders.size, 0, np.maximum(0, self.firm.instance.fewest - self.firm.turns))
        return max(0, int(missing.sum()) - self._most(missing) - self.doubtful_count)

    def _most(self, units: Ints) -> int:
        """Units that can flow when each vendor has so many, with the cuts that let the fewest through."""
        return min(self._flow(units, cut) for cut in range(_CUTS))

    def _flow(self, units: Ints, cut: int) -> int:
        vendors, kinds = len(units), len(self.size)
        if not len(self.vendor):
            return 0
        gap = self.firm.instance.gap[self.vendor]
        block = (self.day[self.kind] + cut * gap // _CUTS) // gap
        _blocks, first, block_row = np.unique(np.stack([self.vendor, block]), axis=1, return_index=True, return_inverse=True)
        block_count, block_row = len(first), block_row.reshape(-1)
        source, sink = vendors + block_count + kinds, vendors + block_count + kinds + 1
        tails = [np.full(vendors, source), self.vendor[first], vendors + block_row, vendors + block_count + np.arange(kinds)]
        heads = [np.arange(vendors), vendors + np.arange(block_count), vendors + block_count + self.kind, np.full(kinds, sink)]
        capacities = [units, np.ones(block_count), np.ones(len(self.kind)), self.size]
        network = coo_array(
            (np.concatenate(capacities).astype(np.int32), (np.concatenate(tails), np.concatenate(heads))), shape=(sink + 1, sink + 1)
        )
        return int(maximum_flow(network.tocsr(), source, sink).flow_value)
