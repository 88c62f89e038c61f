"""Which hard rules a plan breaks, one by one: as many as the part `hard` of its score counts. No numpy: pages ask this."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from bazaar.rotation.problem import Plan, Problem, ProblemSlot, day_gap, fits
from bazaar.rotation.reasons.standing import Standing

Rule = Literal["unknown", "away", "hours", "language", "pin", "over", "near", "full", "twin"]
"""unknown: a slot or vendor that the problem does not have; away, hours, language: the vendor does not fit the slot; pin: somebody
else, or nobody, stands where a vendor is pinned; over: changed although it lies before `now`; near: two turns too close; full: more
turns than the vendor's maximum; twin: neighbours of one kind where that is forbidden, counted once however many."""


@dataclass(frozen=True)
class BrokenRule:
    """One broken rule: the slots it is about and the vendor; None where it is about no single one."""

    rule: Rule
    slots: tuple[str, ...]
    vendor: str | None


def broken_rules(problem: Problem, plan: Plan) -> tuple[BrokenRule, ...]:
    """Every hard rule that the plan breaks, in the order in which `score.py` counts them."""
    standing = Standing(problem, plan)
    found = (_unknown, _misfits, _pins, _over, _near, _full, _twins)
    return tuple(broken for find in found for broken in find(standing, plan))


def _unknown(standing: Standing, plan: Plan) -> Iterator[BrokenRule]:
    for slot_id, vendor_id in plan.items():
        if slot_id not in standing.slots or (vendor_id is not None and vendor_id not in standing.vendors):
            yield BrokenRule("unknown", (slot_id,), vendor_id)


def _misfits(standing: Standing, _plan: Plan) -> Iterator[BrokenRule]:
    for slot_id, vendor_id in standing.holders.items():
        slot, vendor = standing.slots[slot_id], standing.vendors[str(vendor_id)]
        if not fits(vendor, slot):
            obstacle = standing.obstacle(vendor, slot)  # who does not fit is told so before anything else
            assert obstacle in ("away", "hours", "language")
            yield BrokenRule(obstacle, (slot_id,), vendor.id)


def _pins(standing: Standing, plan: Plan) -> Iterator[BrokenRule]:
    for slot in standing.problem.slots:
        if slot.pin is not None and plan.get(slot.id) != slot.pin:
            yield BrokenRule("pin", (slot.id,), slot.pin)


def _over(standing: Standing, plan: Plan) -> Iterator[BrokenRule]:
    published = standing.problem.published
    for slot in standing.problem.slots:
        if published is not None and slot.day < standing.problem.now and plan.get(slot.id) != published.get(slot.id):
            yield BrokenRule("over", (slot.id,), published.get(slot.id))


def _near(standing: Standing, _plan: Plan) -> Iterator[BrokenRule]:
    for vendor in standing.problem.vendors:
        own = sorted(standing.turns[vendor.id], key=lambda slot: (slot.day, slot.start, slot.id))
        for earlier, later in pairwise(own):
            if later.day - earlier.day < day_gap(vendor):
                yield BrokenRule("near", (earlier.id, later.id), vendor.id)


def _full(standing: Standing, _plan: Plan) -> Iterator[BrokenRule]:
    for vendor in standing.problem.vendors:
        own = standing.turns[vendor.id]
        if len(own) > vendor.max_turns:
            yield BrokenRule("full", tuple(slot.id for slot in own), vendor.id)


def _twins(standing: Standing, _plan: Plan) -> Iterator[BrokenRule]:
    if standing.problem.rules.adjacent != "hard":
        return
    kinds = {
        (slot.session, slot.position): standing.vendors[str(standing.holders[slot.id])].category
        for slot in standing.problem.slots
        if slot.id in standing.holders
    }

    def has_twin(slot: ProblemSlot) -> bool:
        own, beside = kinds.get((slot.session, slot.position)), (slot.position - 1, slot.position + 1)
        return own is not None and any(kinds.get((slot.session, position)) == own for position in beside)

    alike = tuple(slot.id for slot in standing.problem.slots if has_twin(slot))
    if alike:
        yield BrokenRule("twin", alike, None)
