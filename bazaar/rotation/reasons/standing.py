"""Why a vendor cannot stand in a slot, as a code: asked of a problem and a plan, so that a draft explains itself as it was built.

No numpy: pages ask these questions in the web process.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Literal

from bazaar.rotation.problem import Problem, ProblemSlot, ProblemVendor, day_gap, is_within_hours

Obstacle = Literal["away", "hours", "language", "full", "near", "twin"]
"""away: a day off; hours: too early or late; language: speaks none that is asked for; full: has the most turns they want;
near: another turn of theirs is too close; twin: goods of the same kind beside, where that is forbidden."""

OBSTACLES: tuple[Obstacle, ...] = ("away", "hours", "language", "near", "full", "twin")


class Standing:
    """A plan seen from both sides, to ask about one slot after another."""

    def __init__(self, problem: Problem, plan: Mapping[str, str | None]) -> None:
        self.problem = problem
        self.slots = {slot.id: slot for slot in problem.slots}
        self.vendors = {vendor.id: vendor for vendor in problem.vendors}
        self.holders = {slot_id: holder for slot_id, holder in plan.items() if slot_id in self.slots and holder in self.vendors}
        self.turns: dict[str, list[ProblemSlot]] = defaultdict(list)
        for slot_id, holder in self.holders.items():
            self.turns[str(holder)].append(self.slots[slot_id])
        self._places = {(slot.session, slot.position): slot.id for slot in problem.slots}

    def obstacle(self, vendor: ProblemVendor, slot: ProblemSlot) -> Obstacle | None:
        """The first thing that keeps the vendor from the slot; None where nothing does. A turn in this very slot counts for nothing."""
        if slot.day in vendor.days_off:
            return "away"
        if not is_within_hours(vendor, slot):
            return "hours"
        if vendor.language is not None and vendor.language not in slot.languages:
            return "language"
        if self.near(vendor, slot):
            return "near"
        if len([own for own in self.turns[vendor.id] if own.id != slot.id]) >= vendor.max_turns:
            return "full"
        return "twin" if self.problem.rules.adjacent == "hard" and self.twins(vendor, slot) else None

    def near(self, vendor: ProblemVendor, slot: ProblemSlot) -> list[ProblemSlot]:
        """The vendor's other turns that lie too close, by time."""
        close = [own for own in self.turns[vendor.id] if own.id != slot.id and abs(own.day - slot.day) < day_gap(vendor)]
        return sorted(close, key=lambda own: (own.day, own.start))

    def count_obstacles(self, slot: ProblemSlot) -> tuple[tuple[Obstacle | None, int], ...]:
        """How many vendors each obstacle keeps from the slot, most first; None counts those whom nothing keeps away."""
        counts = Counter(self.obstacle(vendor, slot) for vendor in self.vendors.values())
        return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0]))))

    def twins(self, vendor: ProblemVendor, slot: ProblemSlot) -> tuple[str, ...]:
        """The slots beside in which somebody else has goods of the vendor's kind."""
        beside = (self._places.get((slot.session, slot.position + step)) for step in (-1, 1))
        return tuple(slot_id for slot_id in beside if slot_id is not None and self._is_twin(vendor, self.holders.get(slot_id)))

    def _is_twin(self, vendor: ProblemVendor, holder: str | None) -> bool:
        return holder not in (None, vendor.id) and self.vendors[str(holder)].category == vendor.category
