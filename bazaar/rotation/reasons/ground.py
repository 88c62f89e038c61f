"""What is settled before anything is shared out: turns that are over, pins that can be kept, and who may still stand where."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from bazaar.rotation.problem import Problem, ProblemSlot, ProblemVendor, day_gap
from bazaar.rotation.reasons.standing import Obstacle, Standing


@dataclass(frozen=True)
class BrokenPin:
    """A pin that cannot be kept beside those before it. `against`: the pinned slots of the same vendor, or beside, that exclude it."""

    slot: str
    vendor: str
    reason: Obstacle | None  # None: the vendor is not part of the problem
    against: tuple[str, ...]


class Ground:
    """The settled turns of a problem and the slots that are still to be given.

    Of pins that exclude each other those in `favoured` slots win (a plan's choice), then the first by time. A pin that cannot be kept
    counts as broken; its slot is open, unless it is favoured too: then the plan has the vendor there against the rules.
    """

    def __init__(self, problem: Problem, favoured: frozenset[str] = frozenset()) -> None:
        self.problem, self.favoured = problem, favoured
        self.standing = Standing(problem, {})
        self.broken_pins: list[BrokenPin] = []
        self.open_slots: list[ProblemSlot] = []
        by_time = sorted(problem.slots, key=lambda slot: (slot.day, slot.start, slot.id))
        for slot in sorted(by_time, key=lambda slot: (not _is_over(problem, slot), slot.id not in favoured)):
            self._settle(slot)

    def can_take(self, vendor: ProblemVendor, slot: ProblemSlot) -> bool:
        """Whether the vendor may be given the open slot beside what is settled."""
        return self.standing.obstacle(vendor, slot) is None

    def takers(self, slot: ProblemSlot) -> tuple[str, ...]:
        """Who may be given the open slot."""
        if slot.id not in self._takers:
            self._takers[slot.id] = tuple(vendor.id for vendor in self.problem.vendors if self.can_take(vendor, slot))
        return self._takers[slot.id]

    def room(self, vendor_id: str) -> int:
        """How many turns the vendor may have beside the settled ones."""
        return max(0, self.standing.vendors[vendor_id].max_turns - len(self.standing.turns[vendor_id]))

    def owed(self, vendor_id: str) -> int:
        """How many turns are missing to the guarantee beside the settled ones."""
        return max(0, self.standing.vendors[vendor_id].min_turns - len(self.standing.turns[vendor_id]))

    def most_more(self, vendor_id: str) -> int:
        """The most turns the vendor may have beside the settled ones, were nobody else there."""
        vendor, most, free_from = self.standing.vendors[vendor_id], 0, None
        for day in sorted({slot.day for slot in self.open_slots if self.can_take(vendor, slot)}):
            if free_from is None or day >= free_from:
                most, free_from = most + 1, day + day_gap(vendor)
        return min(most, self.room(vendor_id))

    @cached_property
    def _takers(self) -> dict[str, tuple[str, ...]]:
        return {}

    def _settle(self, slot: ProblemSlot) -> None:
        problem = self.problem
        if _is_over(problem, slot):
            holder = (problem.published or {}).get(slot.id)
            if holder in self.standing.vendors:
                self._put(slot, holder)
            return
        if slot.pin is None:
            self.open_slots.append(slot)
            return
        pinned = self.standing.vendors.get(slot.pin)
        reason = self.standing.obstacle(pinned, slot) if pinned else None
        if pinned and reason is None:
            self._put(slot, pinned.id)
            return
        self.broken_pins.append(BrokenPin(slot.id, slot.pin, reason, self._against(pinned, slot, reason) if pinned else ()))
        if pinned and slot.id in self.favoured:  # the plan has it there all the same: nobody else could come
            self._put(slot, pinned.id)
        else:
            self.open_slots.append(slot)

    def _put(self, slot: ProblemSlot, vendor_id: str) -> None:
        self.standing.holders[slot.id] = vendor_id
        self.standing.turns[vendor_id].append(slot)

    def _against(self, vendor: ProblemVendor, slot: ProblemSlot, reason: Obstacle | None) -> tuple[str, ...]:
        if reason == "near":
            return tuple(own.id for own in self.standing.near(vendor, slot))
        if reason == "full":
            return tuple(own.id for own in self.standing.turns[vendor.id])
        return self.standing.twins(vendor, slot) if reason == "twin" else ()


def ground_of(problem: Problem, plan: Mapping[str, str | None]) -> Ground:
    """The ground that a plan stands on: of pins that exclude each other, those that it keeps."""
    return Ground(problem, frozenset(slot.id for slot in problem.slots if slot.pin is not None and plan.get(slot.id) == slot.pin))


def _is_over(problem: Problem, slot: ProblemSlot) -> bool:
    return problem.published is not None and slot.day < problem.now
