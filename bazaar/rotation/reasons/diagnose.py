"""What cannot be satisfied, with the smallest group that shows it and what would help.

First pins that exclude each other or whom they are meant for. Then a plan is made: where it fills every slot and keeps every
guarantee there is nothing to find. Otherwise, in this order, and each proved without a solver as far as possible:

1. slots of one day that need more vendors than can come (Hall groups, `blocking.py`);
2. a guarantee that is more than the vendor's own days, hours, languages, gap and maximum allow;
3. guarantees of several vendors that need more slots than these can use (Hall groups);
4. what only gaps, maxima or forbidden neighbours make impossible: an exact model (`shortfall.py`) says how much is missing, and a
   deletion filter leaves the slots or vendors that cannot be spared; last of all, guarantees against slots.

What is settled beforehand (days that are over, pins that can be kept) counts as given. Gaps are left out of 1 and 3, so these
groups block even where days could be far apart. Above `shortfall.EXACT_PAIRS` pairs 4 looks for the shortest stretches of days
that block and tries a fixed number of times to leave slots out, so such a group blocks, but may hold more than it must; above
`shortfall.LARGEST_MODEL` there is 1 to 3 only.
"""

import random  # noqa: TID251 (seeded dice only: a draw can be replayed)
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bazaar.rotation.filling.fill import fill
from bazaar.rotation.instance import instance_of, plan_of
from bazaar.rotation.problem import Problem
from bazaar.rotation.reasons.blocking import hall_groups, smallest_group, smallest_stretch
from bazaar.rotation.reasons.diagnosis import Conflict, Diagnosis
from bazaar.rotation.reasons.ground import BrokenPin, Ground, ground_of
from bazaar.rotation.reasons.repairs import repairs_of
from bazaar.rotation.reasons.shortfall import EXACT_PAIRS, LARGEST_MODEL, shortfall
from bazaar.rotation.stage import Progress

_MOST_STRETCHES, _TRIES = 2, 16

_PAIRS_ASKED = 80_000
"""Tries times pairs of vendor and slot that a deletion filter may take: a second or two. A group that was not finished by then blocks,
but may hold more than it must."""


def diagnose(
    problem: Problem, plan: Mapping[str, str | None] | None = None, *, progress: Progress = lambda _stage, _share: None
) -> Diagnosis:
    """Every conflict that is proved. `plan`: one that is known already, to save making one."""
    progress("diagnose", 0.0)
    if plan is None:
        instance = instance_of(problem)
        dice = random.Random(f"{problem.seed}/0")  # noqa: S311 (seeded: the plan that `solve` begins with)
        plan = plan_of(instance, fill(instance, dice, effort=1, progress=lambda _stage, _share: None).holders)
    ground = ground_of(problem, plan)
    conflicts = [_pin_conflict(pin) for pin in ground.broken_pins]
    empty = [slot.id for slot in ground.open_slots if plan.get(slot.id) is None]
    short = _short_by(problem, plan)
    if empty:
        conflicts += _slot_conflicts(ground, empty)
    if short:
        conflicts += _guarantee_conflicts(ground, short, conflicts)
    helped = []
    for number, conflict in enumerate(conflicts):
        progress("diagnose", (number + 1) / (len(conflicts) + 1))
        helped.append(replace(conflict, repairs=repairs_of(problem, ground, conflict)))
    return Diagnosis(tuple(helped))


def _short_by(problem: Problem, plan: Mapping[str, str | None]) -> dict[str, int]:
    counts = dict.fromkeys((vendor.id for vendor in problem.vendors), 0)
    for slot in problem.slots:
        holder = plan.get(slot.id)
        if holder in counts:
            counts[holder] += 1
    return {vendor.id: vendor.min_turns - counts[vendor.id] for vendor in problem.vendors if vendor.min_turns > counts[vendor.id]}


def _pin_conflict(pin: BrokenPin) -> Conflict:
    slots = (pin.slot, *pin.against)
    kind = "pin_stranger" if pin.reason is None else "pin_obstacle"
    return Conflict("hard", kind, pin.reason or "", (pin.vendor,), slots, 1, (pin.vendor,), slots)  # type: ignore[arg-type] # a Kind


def _slot_conflicts(ground: Ground, empty: Sequence[str]) -> list[Conflict]:
    days = sorted({ground.standing.slots[slot_id].day for slot_id in empty})
    found = [conflict for day in days for conflict in _day_conflicts(ground, day)]
    if sum(conflict.missing for conflict in found) >= len(empty) or _pair_count(ground) > LARGEST_MODEL:
        return found
    told = {slot_id for conflict in found for slot_id in conflict.slots}
    rest = [slot.id for slot in ground.open_slots if slot.id not in told]
    if _pair_count(ground) > EXACT_PAIRS:
        return [*found, *_stretches(ground, rest)]
    missing = shortfall(ground, rest, [])
    if missing:
        return [*found, _fewest_vendors(ground, rest, missing)]
    everything = [slot.id for slot in ground.open_slots]  # the rest can be filled, but only with vendors that the groups need
    missing = shortfall(ground, everything, [])
    if missing <= sum(conflict.missing for conflict in found):
        return found
    return [_fewest_vendors(ground, everything, missing)]


def _day_conflicts(ground: Ground, day: int) -> Iterator[Conflict]:
    slots = [slot.id for slot in ground.open_slots if slot.day == day]
    rows = {vendor_id: row for row, vendor_id in enumerate(ground.standing.vendors)}
    names = list(rows)
    takers = [[rows[vendor_id] for vendor_id in ground.takers(ground.standing.slots[slot_id])] for slot_id in slots]
    for group in hall_groups(takers):
        yield Conflict(
            level="unfilled",
            kind="few_vendors",
            reason="",
            vendors=tuple(names[row] for row in group.neighbours),
            slots=tuple(slots[row] for row in group.members),
            missing=group.missing,
            core_vendors=tuple(names[row] for row in group.core_neighbours),
            core_slots=tuple(slots[row] for row in group.core_members),
        )


def _stretches(ground: Ground, slots: Sequence[str]) -> Iterator[Conflict]:
    """Of a large problem the shortest stretches of days that block, one after the other."""
    by_day: dict[int, list[str]] = {}
    for slot_id in slots:
        by_day.setdefault(ground.standing.slots[slot_id].day, []).append(slot_id)
    pieces = [by_day[day] for day in sorted(by_day)]

    def blocks(some: Sequence[str]) -> bool:
        return shortfall(ground, some, []) > 0

    for _ in range(_MOST_STRETCHES):
        if not pieces or not blocks([slot_id for piece in pieces for slot_id in piece]):
            return
        first, end = smallest_stretch(pieces, blocks)
        group = smallest_group([slot_id for piece in pieces[first:end] for slot_id in piece], blocks, _TRIES)
        takers = _takers(ground, group)
        yield Conflict("unfilled", "few_vendors", "gap", takers, tuple(group), shortfall(ground, group, []), takers, tuple(group))
        pieces = pieces[end:]


def _fewest_vendors(ground: Ground, slots: Sequence[str], missing: int) -> Conflict:
    tries = _tries(ground)
    group = smallest_group(slots, lambda some: shortfall(ground, some, []) >= missing, tries)
    core = group if missing == 1 else smallest_group(group, lambda some: shortfall(ground, some, []) > 0, tries)
    return Conflict("unfilled", "few_vendors", "gap", _takers(ground, group), tuple(group), missing, _takers(ground, core), tuple(core))


def _guarantee_conflicts(ground: Ground, short: Mapping[str, int], before: Sequence[Conflict]) -> list[Conflict]:
    owed = {vendor_id: owing for vendor_id in ground.standing.vendors if (owing := ground.owed(vendor_id))}
    most = {vendor_id: ground.most_more(vendor_id) for vendor_id in owed}
    usable = {vendor_id: _usable(ground, vendor_id) for vendor_id in owed}
    found = [
        Conflict(
            "short",
            "few_slots",
            _own_reason(ground, vendor_id),
            (vendor_id,),
            usable[vendor_id],
            owing - most[vendor_id],
            (vendor_id,),
            usable[vendor_id],
        )
        for vendor_id, owing in owed.items()
        if owing > most[vendor_id] and vendor_id in short
    ]
    found += _group_conflicts({vendor_id: min(owing, most[vendor_id]) for vendor_id, owing in owed.items()}, usable)
    if sum(conflict.missing for conflict in found) >= sum(short.values()) or _pair_count(ground) > LARGEST_MODEL:
        return found
    told = {vendor_id for conflict in found for vendor_id in conflict.vendors}
    rest = [vendor_id for vendor_id in owed if vendor_id not in told]
    missing = shortfall(ground, [], rest)
    if missing:
        return [*found, _fewest_slots(ground, rest, missing, usable)]
    blocked = {slot_id for conflict in before for slot_id in conflict.slots}
    slots = [slot.id for slot in ground.open_slots if slot.id not in blocked]
    return [*found, *_both(ground, slots, rest)]


def _usable(ground: Ground, vendor_id: str) -> tuple[str, ...]:
    vendor = ground.standing.vendors[vendor_id]
    return tuple(slot.id for slot in ground.open_slots if ground.can_take(vendor, slot))


def _own_reason(ground: Ground, vendor_id: str) -> str:
    """What holds the vendor below the guarantee: the maximum, being away always, or the gap and what else keeps days apart."""
    vendor = ground.standing.vendors[vendor_id]
    if vendor.max_turns < vendor.min_turns:
        return "full"
    return "near" if _usable(ground, vendor_id) else "away"


def _group_conflicts(owed: Mapping[str, int], usable: Mapping[str, tuple[str, ...]]) -> Iterator[Conflict]:
    copies = [vendor_id for vendor_id, owing in owed.items() for _ in range(owing)]
    rows = {slot_id: row for row, slot_id in enumerate(dict.fromkeys(slot_id for slots in usable.values() for slot_id in slots))}
    names = list(rows)
    for group in hall_groups([[rows[slot_id] for slot_id in usable[vendor_id]] for vendor_id in copies]):
        yield Conflict(
            level="short",
            kind="few_slots",
            reason="",
            vendors=tuple(dict.fromkeys(copies[row] for row in group.members)),
            slots=tuple(names[row] for row in group.neighbours),
            missing=group.missing,
            core_vendors=tuple(dict.fromkeys(copies[row] for row in group.core_members)),
            core_slots=tuple(names[row] for row in group.core_neighbours),
        )


def _fewest_slots(ground: Ground, vendors: Sequence[str], missing: int, usable: Mapping[str, tuple[str, ...]]) -> Conflict:
    tries = _tries(ground)
    group = smallest_group(vendors, lambda some: shortfall(ground, [], some) >= missing, tries)
    core = group if missing == 1 else smallest_group(group, lambda some: shortfall(ground, [], some) > 0, tries)
    slots, core_slots = (tuple(dict.fromkeys(slot_id for vendor_id in some for slot_id in usable[vendor_id])) for some in (group, core))
    return Conflict("short", "few_slots", "gap", tuple(group), slots, missing, tuple(core), core_slots)


def _both(ground: Ground, slots: Sequence[str], vendors: Sequence[str]) -> Iterator[Conflict]:
    """Slots that can be filled and guarantees that can be kept, but not together."""

    def blocks(some: Sequence[tuple[str, bool]]) -> bool:
        return shortfall(ground, [each for each, is_slot in some if is_slot], [each for each, is_slot in some if not is_slot]) > 0

    members = [(slot_id, True) for slot_id in slots] + [(vendor_id, False) for vendor_id in vendors]
    if members and blocks(members):
        group = smallest_group(members, blocks, _tries(ground))
        in_slots, in_vendors = tuple(each for each, is_slot in group if is_slot), tuple(each for each, is_slot in group if not is_slot)
        yield Conflict("short", "both", "", in_vendors, in_slots, 1, in_vendors, in_slots)


def _takers(ground: Ground, slots: Sequence[str]) -> tuple[str, ...]:
    able = {vendor_id for slot_id in slots for vendor_id in ground.takers(ground.standing.slots[slot_id])}
    return tuple(vendor_id for vendor_id in ground.standing.vendors if vendor_id in able)


def _tries(ground: Ground) -> int:
    """How often a deletion filter may ask."""
    pairs = max(1, _pair_count(ground))
    return max(_TRIES, _PAIRS_ASKED // pairs) if pairs <= EXACT_PAIRS else _TRIES


def _pair_count(ground: Ground) -> int:
    return len(ground.open_slots) * len(ground.standing.vendors)
