"""What the stages of `solve` hand on to each other.

A stage takes the instance and who holds which slot, makes its own parts of the score as small as it can without touching the
parts above, and returns the new holders with a bound for each of its parts. Every stage ends at its bound or after a fixed number
of steps, never by a clock: a slow machine gives the same plan, only later.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Holders = NDArray[np.int64]
"""Shape (slots,): the row of the vendor who holds the slot, or NOBODY."""

NOBODY = -1

Progress = Callable[[str, float], None]
"""Told (name of the stage, share of the stage that is done, 0 to 1)."""


@dataclass(frozen=True)
class Outcome:
    """Who holds which slot after a stage, and for each of the stage's parts the best value it can have given the parts above;
    None where nothing is known."""

    holders: Holders
    bounds: Mapping[str, int | None]
