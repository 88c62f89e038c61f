"""A problem as arrays, in whole numbers: what every stage of the planner reads and none changes.

Vendors and slots are rows in the order of the problem file. Days are days, `weight` and `credit` are points.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bazaar.rotation.problem import Plan, Problem, ProblemSlot, ProblemVendor, day_gap, is_within_hours
from bazaar.rotation.score import ceilings_of, credit_of
from bazaar.rotation.stage import NOBODY, Holders

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Instance:
    """Everything the stages know. S slots, V vendors, D days."""

    problem: Problem
    day: Ints  # (S,)
    session: Ints  # (S,) row of the live session, numbered in the order of the file
    position: Ints  # (S,)
    weight: Ints  # (S,) points
    is_fixed: Flags  # (S,) pinned, or before `now`: no stage gives it to anybody else
    forced: Ints  # (S,) who has a fixed slot, or NOBODY; NOBODY also where the slot is not fixed
    published: Ints | None  # (S,) who held the slot when it was published, or NOBODY; None: nothing is published
    category: Ints  # (V,) row of the category
    credit: Ints  # (V,) points carried over
    gap: Ints  # (V,) days between two turns, at least 1
    fewest: Ints  # (V,) guaranteed turns
    most: Ints  # (V,) turns at most
    ceiling: Ints  # (V,) the most turns that fit the vendor's own days, gap and maximum
    fits: Flags  # (V, S) can come at all: day, hours, language

    @property
    def slot_count(self) -> int:
        """S."""
        return len(self.day)

    @property
    def vendor_count(self) -> int:
        """V."""
        return len(self.credit)

    @cached_property
    def bits(self) -> NDArray[np.uint8]:
        """(V / 8, S): `fits`, eight vendors to a number, where many vendors are asked about many slots at once."""
        return np.packbits(self.fits, axis=0)

    def fits_somewhere(self, slots: Ints, group: Ints, count: int) -> Flags:
        """(count, V): whether the vendor can come to any of the slots of each group. slots, group: (n,), groups numbered below count."""
        somewhere: Flags = np.zeros((count, self.vendor_count), dtype=np.bool_)
        if len(slots):
            order = np.argsort(group, kind="stable")
            groups, starts = np.unique(group[order], return_index=True)
            together = np.bitwise_or.reduceat(self.bits[:, slots[order]], starts, axis=1)
            somewhere[groups] = np.unpackbits(together, axis=0, count=self.vendor_count).T
        return somewhere


def instance_of(problem: Problem) -> Instance:
    """The arrays of a problem. Needs V x S bytes."""
    vendors, slots = problem.vendors, problem.slots
    rows = {vendor.id: row for row, vendor in enumerate(vendors)}
    sessions = {name: row for row, name in enumerate(dict.fromkeys(slot.session for slot in slots))}
    categories = {name: row for row, name in enumerate(dict.fromkeys(vendor.category for vendor in vendors))}
    published = None
    if problem.published is not None:
        published = _ints(rows.get(problem.published.get(slot.id) or "", NOBODY) for slot in slots)
    credit, ceiling = credit_of(problem), ceilings_of(problem)
    return Instance(
        problem=problem,
        day=_ints(slot.day for slot in slots),
        session=_ints(sessions[slot.session] for slot in slots),
        position=_ints(slot.position for slot in slots),
        weight=_ints(slot.weight for slot in slots),
        is_fixed=np.array([_is_over(problem, slot) or slot.pin is not None for slot in slots], dtype=np.bool_),
        forced=_ints(rows.get(_forced_id(problem, slot) or "", NOBODY) for slot in slots),
        published=published,
        category=_ints(categories[vendor.category] for vendor in vendors),
        credit=_ints(credit[vendor.id] for vendor in vendors),
        gap=_ints(day_gap(vendor) for vendor in vendors),
        fewest=_ints(vendor.min_turns for vendor in vendors),
        most=_ints(vendor.max_turns for vendor in vendors),
        ceiling=_ints(ceiling[vendor.id] for vendor in vendors),
        fits=_fits(problem),
    )


def plan_of(instance: Instance, holders: Holders) -> Plan:
    """The plan by ids, every slot named."""
    slots, vendors = instance.problem.slots, instance.problem.vendors
    return {slot.id: None if holder == NOBODY else vendors[holder].id for slot, holder in zip(slots, holders.tolist(), strict=True)}


def holders_of(instance: Instance, plan: Plan) -> Holders:
    """The rows behind a plan. Slots that the plan does not name, and vendors that the problem does not know, count as nobody."""
    rows = {vendor.id: row for row, vendor in enumerate(instance.problem.vendors)}
    return _ints(rows.get(plan.get(slot.id) or "", NOBODY) for slot in instance.problem.slots)


def _ints(values: object) -> Ints:
    return np.fromiter(values, dtype=np.int64)  # type: ignore[call-overload,no-any-return] # an iterable of int


def _is_over(problem: Problem, slot: ProblemSlot) -> bool:
    return problem.published is not None and slot.day < problem.now


def _forced_id(problem: Problem, slot: ProblemSlot) -> str | None:
    """What is over stays as it was published, whatever a pin says since."""
    return (problem.published or {}).get(slot.id) if _is_over(problem, slot) else slot.pin


def _fits(problem: Problem) -> Flags:
    """(V, S), day by day from two small tables: who is away on the day, and which kind of vendor reaches which slot."""
    vendors, slots = problem.vendors, problem.slots
    fits: Flags = np.zeros((len(vendors), len(slots)), dtype=np.bool_)
    reachable, kind_of = _reachable(problem)
    away: dict[int, list[int]] = {}
    for row, vendor in enumerate(vendors):
        for day in vendor.days_off:
            away.setdefault(day, []).append(row)
    slots_of_day: dict[int, list[int]] = {}
    for row, slot in enumerate(slots):
        slots_of_day.setdefault(slot.day, []).append(row)
    for day, own in slots_of_day.items():
        can_come = reachable[:, own][kind_of]
        can_come[away.get(day, [])] = False
        # Slots of a day mostly stand side by side in the file; a slice is some ten times quicker than a list of columns.
        fits[:, slice(own[0], own[-1] + 1) if own[-1] - own[0] + 1 == len(own) else own] = can_come
    return fits


def _reachable(problem: Problem) -> tuple[Flags, Ints]:
    """(kinds, S) whether vendors of that hours and language reach the slot on any day, and (V,) the kind of each vendor."""
    first_of: dict[tuple[int | None, int | None, str | None], ProblemVendor] = {}
    shapes: dict[tuple[int, int, frozenset[str]], ProblemSlot] = {}
    for vendor in problem.vendors:
        first_of.setdefault((vendor.start_from, vendor.end_until, vendor.language), vendor)
    for slot in problem.slots:
        shapes.setdefault((slot.start, slot.minutes, slot.languages), slot)
    kinds, columns = {kind: row for row, kind in enumerate(first_of)}, {shape: row for row, shape in enumerate(shapes)}
    table = np.array([[_is_reachable(vendor, slot) for slot in shapes.values()] for vendor in first_of.values()], dtype=np.bool_)
    column_of = _ints(columns[slot.start, slot.minutes, slot.languages] for slot in problem.slots)
    kind_of = _ints(kinds[vendor.start_from, vendor.end_until, vendor.language] for vendor in problem.vendors)
    return table.reshape(len(kinds), len(columns))[:, column_of], kind_of


def _is_reachable(vendor: ProblemVendor, slot: ProblemSlot) -> bool:
    """The hours and the language, on any day."""
    return is_within_hours(vendor, slot) and (vendor.language is None or vendor.language in slot.languages)
