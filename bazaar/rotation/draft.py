"""A plan that still grows: who holds which slot, and whether a vendor may take one more. Vendors and slots are row numbers here.

Every change keeps the hard rules; nothing in this file knows what is fair.
"""

from bazaar.rotation.instance import Instance
from bazaar.rotation.problem import Plan, Problem, day_gap, fits
from bazaar.rotation.score import credit_of
from bazaar.rotation.stage import NOBODY, Holders


class Draft:
    """The state that the stages of `solve` share. `locked` slots never change; `kept` ones only where a slot stays empty otherwise."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.slots, self.vendors = problem.slots, problem.vendors
        self.gap = [day_gap(vendor) for vendor in self.vendors]
        self.fits = [[fits(vendor, slot) for slot in self.slots] for vendor in self.vendors]
        credit = credit_of(problem)
        self.points = [credit[vendor.id] for vendor in self.vendors]
        self.holder = [NOBODY] * len(self.slots)
        self.turns: list[set[int]] = [set() for _ in self.vendors]
        self.locked = [False] * len(self.slots)
        self.kept = [False] * len(self.slots)
        self.forbids_neighbours = problem.rules.adjacent == "hard"
        place = {(slot.session, slot.position): index for index, slot in enumerate(self.slots)}
        self.neighbours = [
            [place[key] for key in ((slot.session, slot.position - 1), (slot.session, slot.position + 1)) if key in place]
            for slot in self.slots
        ]

    def is_movable(self, slot: int) -> bool:
        """Whether the fairness stages may give this slot to somebody else."""
        return not self.locked[slot] and not self.kept[slot]

    def blockers(self, vendor: int, slot: int) -> list[int]:
        """The vendor's own turns that lie too close to the slot."""
        day, gap = self.slots[slot].day, self.gap[vendor]
        return [own for own in self.turns[vendor] if abs(self.slots[own].day - day) < gap]

    def can_take(self, vendor: int, slot: int, leaving: int = NOBODY) -> bool:
        """Whether the vendor may stand there, having left the slot `leaving`."""
        if not self.fits[vendor][slot]:
            return False
        if len(self.turns[vendor]) - (leaving in self.turns[vendor]) >= self.vendors[vendor].max_turns:
            return False
        if any(own != leaving for own in self.blockers(vendor, slot)):
            return False
        return not self.forbids_neighbours or self._differs_from_neighbours(vendor, slot)

    def put(self, vendor: int, slot: int) -> None:
        """Give the slot to the vendor; whoever held it loses it."""
        self.clear(slot)
        self.holder[slot] = vendor
        self.turns[vendor].add(slot)
        self.points[vendor] += self.slots[slot].weight

    def clear(self, slot: int) -> None:
        """Leave the slot empty."""
        vendor = self.holder[slot]
        if vendor != NOBODY:
            self.turns[vendor].discard(slot)
            self.points[vendor] -= self.slots[slot].weight
            self.holder[slot] = NOBODY

    def as_plan(self) -> Plan:
        """The plan by ids, every slot named."""
        return {
            slot.id: None if holder == NOBODY else self.vendors[holder].id for slot, holder in zip(self.slots, self.holder, strict=True)
        }

    def _differs_from_neighbours(self, vendor: int, slot: int) -> bool:
        category = self.vendors[vendor].category
        return all(
            self.holder[near] in (NOBODY, vendor) or self.vendors[self.holder[near]].category != category for near in self.neighbours[slot]
        )


def draft_of(instance: Instance, holders: Holders) -> Draft:
    """A draft that stands as the holders say."""
    draft = Draft(instance.problem)
    for slot, holder in enumerate(holders.tolist()):
        if holder != NOBODY:
            draft.put(holder, slot)
        draft.locked[slot] = bool(instance.is_fixed[slot])
        draft.kept[slot] = instance.published is not None and holder != NOBODY and bool(instance.published[slot] == holder)
    return draft
