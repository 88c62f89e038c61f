"""The end of the choice: everything that is ahead drawn afresh, then brought as near to what was published as costs no fairness.

The stages of a new rotation (`fill`, `balance`) draw it with what is over and what is pinned in its place. Whatever they prove holds
for every number of changes, as no plan at all is fairer. Drawn so, nearly every slot differs from what was published. So steps are
made that leave all parts down to dev_sq as they are and take changes back: vendors exchange slots of equal points, or change places.
Each step takes back at least one change, so this ends; how few changes it reaches is not proved.
"""

import random  # noqa: TID251 (seeded dice only: a draw can be replayed)
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bazaar.rotation.balancing.balance import balance
from bazaar.rotation.filling.fill import fill
from bazaar.rotation.instance import instance_of
from bazaar.rotation.repairing.handovers import Stand, ground_of, neutral_steps
from bazaar.rotation.repairing.repair import Repair


@dataclass(frozen=True)
class Afresh:
    """The plan, and of each part down to dev_sq but `changes` what no plan can beat; None where that is not known."""

    stand: Stand
    bounds: Mapping[str, int | None]


def draw_afresh(repair: Repair, *, effort: int) -> Afresh:
    """Everything ahead drawn afresh, near to what was published. What is fixed may not contradict itself."""
    instance = instance_of(repair.problem)
    free = replace(instance, published=None)
    dice = random.Random(f"{repair.problem.seed}/afresh")  # noqa: S311 (seeded: the draw can be replayed)
    filled = fill(free, dice, effort=effort, progress=lambda _stage, _share: None)
    balanced = balance(free, filled.holders, effort=effort, progress=lambda _stage, _share: None)
    stand = Stand(ground_of(instance, repair), balanced.holders)
    return Afresh(bring_near(stand), {**filled.bounds, **balanced.bounds})


def bring_near(stand: Stand) -> Stand:
    """As fair, with as few changes as such steps reach."""
    while True:
        nearer = _round(stand)
        if nearer is stand:
            return stand
        stand = nearer


def _round(stand: Stand) -> Stand:
    """Steps that concern no vendor twice, so that each is as right after the others as before."""
    touched: set[int] = set()
    for step in neutral_steps(stand):
        vendors = {int(vendor) for slot, taker in step for vendor in (stand.holders[slot], taker)}
        if touched & vendors:
            continue
        other = stand.after(step)
        if other is not None and other.key == stand.key and other.changes < stand.changes:
            touched |= vendors
            stand = other
    return stand
