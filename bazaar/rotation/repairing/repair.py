"""Where a repair begins: what cannot move, what can stay as published, and which slots are open.

A published turn can stay when its vendor is still there, still fits, and keeps distance to the turns that cannot move. Of
published turns of one vendor that have come too close to each other, or are too many, as many stay as can: going through the days
and taking each that is far enough from the last one taken is best possible (interval scheduling; Kleinberg and Tardos 2005, 4.1).

So every other slot that was published with a vendor must change, whatever plan is made: their number is the lower bound of changes.

Pins and past slots that contradict each other or the rules are weighed by `filling.pins`: of such pins as many are kept as breaks
the fewest rules. The slot of a pin that is not kept is open: to whoever fits, and to the vendor it was pinned to, whom only hours,
days or language kept from it. Either breaks one rule. Nothing but `hard` is proved then, for another choice of pins that breaks as
few rules may be better below.

Written without arrays: a thousand vendors are looked through in a few milliseconds, before numpy could have laid them out.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from bazaar.rotation.filling.pins import keep_pins
from bazaar.rotation.instance import Instance, instance_of
from bazaar.rotation.problem import Problem, ProblemError, ProblemSlot, day_gap, fits
from bazaar.rotation.score import credit_of
from bazaar.rotation.stage import NOBODY


@dataclass
class Repair:
    """Vendors and slots are rows of the problem. `holder` changes while the repair goes on, the rest does not."""

    problem: Problem
    published: list[int]  # by slot: who was published there and is still in the problem, else NOBODY
    was_filled: list[bool]  # by slot: whether the published rotation had anybody there
    is_fixed: list[bool]  # by slot: pinned, or before `now`; not a slot whose pin is not kept
    holder: list[int]  # by slot
    days: list[list[int]]  # by vendor: the days of their turns, not in order
    points: list[int]  # by vendor: credit and points of their turns
    fixed_days: list[list[int]]  # by vendor: the days of turns that cannot move
    kept_count: list[int]  # by vendor: turns that cannot move, and published ones that can stay
    beside: list[list[int]]  # by slot: the slots next to it, where neighbours of one category are forbidden; else nothing
    is_choice: bool = False  # whether of published turns that stand in each other's way other ones could have stayed
    is_consistent: bool = True  # whether what is fixed breaks no rule: only then anything below `hard` can be proved
    least_broken: int | None = 0  # hard rules that every plan breaks; None where that is not known
    loose: frozenset[int] = frozenset()  # slots whose pin is not kept
    is_most_kept: bool = True  # whether no plan keeps more; neighbours of one category are only taken in turn
    _free: dict[int, list[int]] = field(default_factory=dict)

    def free_on(self, day: int) -> list[int]:
        """The vendors who are not away that day."""
        if day not in self._free:
            self._free[day] = [row for row, vendor in enumerate(self.problem.vendors) if day not in vendor.days_off]
        return self._free[day]

    @property
    def open_slots(self) -> list[int]:
        """The slots that may be given to somebody and have nobody."""
        return [slot for slot, holder in enumerate(self.holder) if holder == NOBODY and not self.is_fixed[slot]]

    def can_take(self, vendor: int, slot: int) -> bool:
        """Whether the vendor fits, keeps distance and maximum, and stands beside nobody they may not stand beside."""
        return self._has_room(vendor, slot, self.days[vendor]) and not self.is_beside_its_like(vendor, slot)

    def is_beside_its_like(self, vendor: int, slot: int) -> bool:
        """Whether a neighbour of one category is there already and that is forbidden."""
        vendors = self.problem.vendors
        return any(
            self.holder[near] != NOBODY and vendors[self.holder[near]].category == vendors[vendor].category for near in self.beside[slot]
        )

    def could_ever_take(self, vendor: int, slot: int) -> bool:
        """Whether the vendor could stand there if nobody had a turn but those that cannot move."""
        return self._has_room(vendor, slot, self.fixed_days[vendor])

    def may_stand(self, vendor: int, slot: int) -> bool:
        """Whether the vendor fits, or is pinned there where a rule is broken either way."""
        who, where = self.problem.vendors[vendor], self.problem.slots[slot]
        return fits(who, where) or (slot in self.loose and where.pin == who.id)

    def put(self, vendor: int, slot: int) -> None:
        """Give an open slot to the vendor."""
        where = self.problem.slots[slot]
        self.holder[slot] = vendor
        self.days[vendor].append(where.day)
        self.points[vendor] += where.weight

    def clear(self, slot: int) -> None:
        """Take the slot from whoever holds it."""
        vendor, where = self.holder[slot], self.problem.slots[slot]
        self.holder[slot] = NOBODY
        self.days[vendor].remove(where.day)
        self.points[vendor] -= where.weight

    def _has_room(self, vendor: int, slot: int, days: list[int]) -> bool:
        who, where = self.problem.vendors[vendor], self.problem.slots[slot]
        gap = day_gap(who)
        return len(days) < who.max_turns and self.may_stand(vendor, slot) and all(abs(day - where.day) >= gap for day in days)


def start_repair(problem: Problem) -> Repair:
    """The repair with everything fixed and everything that can stay in place. Raises ProblemError where nothing is published."""
    if problem.published is None:
        raise ProblemError('the file holds no "published" rotation, so there is nothing to repair')
    rows = {vendor.id: row for row, vendor in enumerate(problem.vendors)}
    named = [problem.published.get(slot.id) for slot in problem.slots]
    credit = credit_of(problem)
    repair = Repair(
        problem=problem,
        published=[NOBODY if name is None else rows.get(name, NOBODY) for name in named],
        was_filled=[name is not None for name in named],
        is_fixed=[slot.pin is not None or slot.day < problem.now for slot in problem.slots],
        holder=[NOBODY] * len(problem.slots),
        days=[[] for _ in problem.vendors],
        points=[credit[vendor.id] for vendor in problem.vendors],
        fixed_days=[],
        kept_count=[],
        beside=_beside(problem),
    )
    _place_fixed(repair, rows)
    repair.fixed_days = [list(days) for days in repair.days]
    _keep_published(repair)
    repair.kept_count = [len(days) for days in repair.days]
    return repair


def instance_for(repair: Repair) -> Instance:
    """The arrays of the problem; who may stand where, as the repair sees it."""
    instance = instance_of(repair.problem)
    if not repair.loose:
        return instance
    could = instance.fits.copy()
    for slot in sorted(repair.loose):
        if instance.forced[slot] != NOBODY:
            could[instance.forced[slot], slot] = True
    return replace(instance, fits=could)


def changes_of(repair: Repair) -> int:
    """How many slots from `now` on differ from what was published. At the start: how many differ in any plan, even in one that
    leaves every open slot empty."""
    slots = zip(repair.problem.slots, repair.was_filled, repair.published, repair.holder, strict=True)
    return sum(
        holder == NOBODY or holder != before if filled else holder != NOBODY
        for slot, filled, before, holder in slots
        if slot.day >= repair.problem.now
    )


def _place_fixed(repair: Repair, rows: dict[str, int]) -> None:
    """What is over stays as it was published; then the pins by day."""
    slots, now = repair.problem.slots, repair.problem.now
    repair.is_consistent = is_past_in_order = _is_past_in_order(repair)
    pinned = [slot for slot, where in enumerate(slots) if where.pin is not None and where.day >= now]
    for slot in sorted(pinned, key=lambda slot: _time_of(slots[slot])) if repair.is_consistent else []:
        vendor = rows.get(slots[slot].pin or "", NOBODY)
        if vendor == NOBODY or not repair.can_take(vendor, slot):
            repair.is_consistent = False
            break
        repair.put(vendor, slot)
    if not repair.is_consistent:
        _weigh_pins(repair)
    if not is_past_in_order:
        repair.least_broken = None  # what is over stays, though a plan that tells it otherwise might break fewer rules


def _is_past_in_order(repair: Repair) -> bool:
    """Put what is over in its place. False: it breaks a rule, a pin says otherwise, or somebody of then is gone."""
    is_in_order = True
    for slot, where in enumerate(repair.problem.slots):
        if where.day >= repair.problem.now:
            continue
        vendor = repair.published[slot]
        is_in_order = is_in_order and (vendor != NOBODY or not repair.was_filled[slot])
        is_in_order = is_in_order and where.pin in (None, (repair.problem.published or {}).get(where.id))
        if vendor != NOBODY:
            is_in_order = is_in_order and repair.can_take(vendor, slot)
            repair.put(vendor, slot)
    return is_in_order


def _weigh_pins(repair: Repair) -> None:
    """Keep the pins that break the fewest rules; the slots of the others are open."""
    pins = keep_pins(instance_of(repair.problem))
    for slot, holder in enumerate(repair.holder):
        if holder != NOBODY:
            repair.clear(slot)
    for slot in np.flatnonzero(pins.kept != NOBODY).tolist():
        repair.put(int(pins.kept[slot]), slot)
    is_over, kept = pins.is_over.tolist(), (pins.kept != NOBODY).tolist()
    repair.loose = frozenset(
        slot for slot, where in enumerate(repair.problem.slots) if where.pin is not None and not is_over[slot] and not kept[slot]
    )
    repair.is_fixed = [over or stays for over, stays in zip(is_over, kept, strict=True)]
    repair.least_broken = pins.least_broken


def _keep_published(repair: Repair) -> None:
    slots, vendors = repair.problem.slots, repair.problem.vendors
    wanted: list[list[int]] = [[] for _ in vendors]
    for slot, vendor in enumerate(repair.published):
        if vendor != NOBODY and not repair.is_fixed[slot] and repair.may_stand(vendor, slot):
            wanted[vendor].append(slot)
    for vendor, own in enumerate(wanted):
        if len(own) > 1:
            own.sort(key=lambda slot: slots[slot].day)
        for slot in own:
            if repair.can_take(vendor, slot):
                repair.put(vendor, slot)
            elif repair.could_ever_take(vendor, slot):
                repair.is_choice = True
                repair.is_most_kept = repair.is_most_kept and not repair.is_beside_its_like(vendor, slot)


def _beside(problem: Problem) -> list[list[int]]:
    if problem.rules.adjacent != "hard":
        return [[]] * len(problem.slots)
    place = {(slot.session, slot.position): row for row, slot in enumerate(problem.slots)}
    return [
        [place[slot.session, at] for at in (slot.position - 1, slot.position + 1) if (slot.session, at) in place] for slot in problem.slots
    ]


def _time_of(slot: ProblemSlot) -> tuple[int, int, str]:
    return slot.day, slot.start, slot.id
