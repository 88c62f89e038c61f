"""What would help a group that cannot be satisfied, from the cheapest on: each repair is tried on the problem and kept only if
less is missing afterwards.

The cost is how much it asks of people, by experience and not by measure: to ask one vendor about an hour is a message, about a day
off is a bigger wish; one more slot is work for the host; a pin or a language belongs to somebody; gaps, guarantees and slots that
are dropped cost everybody something. Within a kind fewer minutes, then the order of the file, come first.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, get_args

from bazaar.rotation.problem import Problem, ProblemSlot, ProblemVendor, day_gap
from bazaar.rotation.reasons.diagnosis import Conflict, Repair, RepairKind
from bazaar.rotation.reasons.ground import Ground
from bazaar.rotation.reasons.shortfall import EXACT_PAIRS, shortfall, slots_to_spare
from bazaar.rotation.reasons.standing import Obstacle

BY_COST: tuple[RepairKind, ...] = get_args(RepairKind)

KEPT_OF_A_KIND, TRIED_OF_A_KIND, TRIED_OF_A_LARGE_ONE = 3, 6, 3
_NEW, _MOST_NEW = "new slot", 3


@dataclass(frozen=True)
class _Idea:
    kind: RepairKind
    amount: int  # what it costs within its kind
    details: dict[str, Any]
    problem: Problem  # as it would be
    closed: tuple[str, ...] = ()  # slots that are asked for no longer


def repairs_of(problem: Problem, ground: Ground, conflict: Conflict) -> tuple[Repair, ...]:
    """What lessens the conflict, the cheapest first, at most a few of each kind."""
    repairs: list[Repair] = []
    tries = TRIED_OF_A_LARGE_ONE if len(conflict.slots) * len(conflict.vendors) > EXACT_PAIRS else TRIED_OF_A_KIND
    for kind in BY_COST:
        ideas = sorted(_ideas(problem, ground, conflict, kind), key=lambda idea: idea.amount)
        kept, least = 0, conflict.missing
        for idea in _distinct(ideas)[:tries]:
            leaves = _missing_after(idea, ground, conflict)
            if leaves < (least if kind == "lower_gap" else conflict.missing):  # a larger step must also bring more
                least = leaves
                repairs.append(Repair(idea.kind, leaves, idea.details))
                kept += 1
            if kept == KEPT_OF_A_KIND or (kept and kind in {"lower_gap", "close_slot"} and leaves == 0):
                break
    return tuple(repairs)


def _missing_after(idea: _Idea, before: Ground, conflict: Conflict) -> int:
    ground = Ground(idea.problem, before.favoured)
    if conflict.level == "hard":
        return sum(pin.slot in conflict.slots for pin in ground.broken_pins)
    slots = [] if conflict.kind == "few_slots" else [slot for slot in conflict.slots if slot not in idea.closed]
    return shortfall(ground, slots, [] if conflict.kind == "few_vendors" else conflict.vendors)


def _distinct(ideas: Iterable[_Idea]) -> list[_Idea]:
    """One idea for each vendor and kind is enough to choose from; without a vendor each is its own."""
    found: dict[str, _Idea] = {}
    for idea in ideas:
        found.setdefault(str(idea.details.get("vendor") or idea.details), idea)
    return list(found.values())


def _ideas(problem: Problem, ground: Ground, conflict: Conflict, kind: RepairKind) -> Iterator[_Idea]:
    makers: dict[RepairKind, Callable[[Problem, Ground, Conflict], Iterator[_Idea]]] = {
        "ask_hours": _ask_hours,
        "ask_day": _ask_day,
        "open_slot": _open_slot,
        "drop_language": _drop_language,
        "withdraw_pin": _withdraw_pin,
        "raise_max": _raise_max,
        "lower_gap": _lower_gap,
        "allow_neighbours": _allow_neighbours,
        "lower_guarantee": _lower_guarantee,
        "close_slot": _close_slot,
    }
    return makers[kind](problem, ground, conflict)


def _ask_hours(problem: Problem, ground: Ground, conflict: Conflict) -> Iterator[_Idea]:
    for vendor, slot in _kept_out(ground, conflict, "hours"):
        early = None if vendor.start_from is None else min(vendor.start_from, slot.start)
        late = None if vendor.end_until is None else max(vendor.end_until, slot.start + slot.minutes)
        freer = replace(vendor, start_from=early, end_until=late)
        minutes = (vendor.start_from or 0) - (early or 0) + (late or 0) - (vendor.end_until or 0)
        if ground.can_take(freer, slot):
            details = {"vendor": vendor.id, "slot": slot.id, "day": slot.day, "start": slot.start}
            yield _Idea("ask_hours", minutes, details, _with_vendor(problem, freer))


def _ask_day(problem: Problem, ground: Ground, conflict: Conflict) -> Iterator[_Idea]:
    for vendor, slot in _kept_out(ground, conflict, "away"):
        freer = replace(vendor, days_off=vendor.days_off - {slot.day})
        if ground.can_take(freer, slot):
            details = {"vendor": vendor.id, "slot": slot.id, "day": slot.day, "start": slot.start}
            yield _Idea("ask_day", 0, details, _with_vendor(problem, freer))


def _open_slot(problem: Problem, ground: Ground, conflict: Conflict) -> Iterator[_Idea]:
    """As many slots as are missing, at either end of a live session or on a day without one, where most of the group could come."""
    if conflict.level != "short":
        return
    vendors = [ground.standing.vendors[vendor_id] for vendor_id in conflict.vendors]
    for place in _places_for_more(problem, ground):
        new = [place(number) for number in range(1, min(conflict.missing, _MOST_NEW) + 1)]
        able = sum(ground.can_take(vendor, slot) for vendor in vendors for slot in new)
        if able and min(slot.start for slot in new) >= 0:
            session = new[0].session if new[0].session != _NEW else None
            details = {"day": new[0].day, "count": len(new), "session": session, "start": min(slot.start for slot in new)}
            yield _Idea("open_slot", -able, details, replace(problem, slots=(*problem.slots, *new)))


def _places_for_more(problem: Problem, ground: Ground) -> Iterator[Callable[[int], ProblemSlot]]:
    """Makers of the first, second, ... new slot in one place. Live sessions first: they are there already."""

    def beside(like: ProblemSlot, step: int, number: int) -> ProblemSlot:
        position, start = like.position + number * step, like.start + number * step * like.minutes
        return replace(like, id=f"{_NEW} {number}", position=position, start=start, pin=None)

    def elsewhere(like: ProblemSlot, day: int, number: int) -> ProblemSlot:
        return replace(beside(like, 1, number - 1), id=f"{_NEW} {number}", day=day, session=_NEW)

    by_session: dict[str, list[ProblemSlot]] = {}
    for slot in sorted(ground.open_slots, key=lambda slot: (slot.day, slot.start, slot.id)):
        by_session.setdefault(slot.session, []).append(slot)
    for own in by_session.values():
        yield partial(beside, own[-1], 1)
        yield partial(beside, own[0], -1)
    used = {slot.day for slot in problem.slots}
    firsts = list({own[0].start: own[0] for own in by_session.values()}.values())
    for day in range(max(problem.now, min(used, default=0)), problem.days):
        if day not in used:
            yield from (partial(elsewhere, like, day) for like in firsts)


def _drop_language(problem: Problem, ground: Ground, conflict: Conflict) -> Iterator[_Idea]:
    everything = frozenset(vendor.language for vendor in problem.vendors if vendor.language is not None)
    slots = {slot.id: slot for _vendor, slot in _kept_out(ground, conflict, "language")}
    for slot in slots.values():
        freer = replace(slot, languages=slot.languages | everything)
        yield _Idea("drop_language", 0, {"slot": slot.id, "day": slot.day, "start": slot.start}, _with_slot(problem, freer))


def _withdraw_pin(problem: Problem, ground: Ground, conflict: Conflict) -> Iterator[_Idea]:
    """Pins of the group itself, and those that hold a vendor or a slot which the group could use."""
    concerned = set(conflict.slots)
    if conflict.level != "hard":
        vendors, slots = set(conflict.vendors), {ground.standing.slots[slot_id].day for slot_id in conflict.slots}
        concerned |= {slot.id for slot in problem.slots if slot.pin in vendors or slot.day in slots or conflict.level == "short"}
    for slot in problem.slots:
        if slot.pin is not None and slot.id in concerned:
            yield _Idea("withdraw_pin", 0, {"slot": slot.id, "pinned": slot.pin}, _with_slot(problem, replace(slot, pin=None)))


def _raise_max(problem: Problem, ground: Ground, conflict: Conflict) -> Iterator[_Idea]:
    for vendor in problem.vendors:
        is_concerned = vendor.id in conflict.vendors or conflict.level == "unfilled"
        if is_concerned and vendor.max_turns < len(problem.slots):
            more = max(vendor.max_turns + 1, vendor.min_turns)
            yield _Idea("raise_max", 0, {"vendor": vendor.id, "to": more}, _with_vendor(problem, replace(vendor, max_turns=more)))


MOST_DAYS_PAIRED = 400


def _lower_gap(problem: Problem, ground: Ground, conflict: Conflict) -> Iterator[_Idea]:
    widest = max((day_gap(vendor) for vendor in problem.vendors), default=1)
    days = {slot.day for slot in problem.slots}
    # Between two distances that occur, gaps change nothing; where there are too many days to look at them in pairs, each gap is tried.
    apart = {abs(day - other) for day in days for other in days} if len(days) <= MOST_DAYS_PAIRED else set(range(1, widest))
    for gap in sorted((distance for distance in apart if 0 < distance < widest), reverse=True):
        freer = tuple(replace(vendor, gap=min(vendor.gap, gap)) for vendor in problem.vendors)
        yield _Idea("lower_gap", widest - gap, {"gap": gap}, replace(problem, vendors=freer))


def _allow_neighbours(problem: Problem, ground: Ground, conflict: Conflict) -> Iterator[_Idea]:
    if problem.rules.adjacent == "hard":
        yield _Idea("allow_neighbours", 0, {}, replace(problem, rules=replace(problem.rules, adjacent="soft")))


def _lower_guarantee(problem: Problem, ground: Ground, conflict: Conflict) -> Iterator[_Idea]:
    if conflict.level == "short":
        for vendor_id in conflict.vendors:
            vendor = ground.standing.vendors[vendor_id]
            fewer = max(0, vendor.min_turns - (conflict.missing if len(conflict.vendors) == 1 else 1))
            yield _Idea("lower_guarantee", 0, {"vendor": vendor_id, "to": fewer}, _with_vendor(problem, replace(vendor, min_turns=fewer)))


def _close_slot(problem: Problem, ground: Ground, conflict: Conflict) -> Iterator[_Idea]:
    """Do without as many slots as are missing: those that stay empty when as many as can be are filled."""
    if conflict.level != "unfilled":
        return
    closed = tuple(slots_to_spare(ground, conflict.slots, conflict.missing))
    left = tuple(slot for slot in problem.slots if slot.id not in closed)
    yield _Idea("close_slot", 0, {"slots": list(closed), "count": len(closed)}, replace(problem, slots=left), closed)


def _kept_out(ground: Ground, conflict: Conflict, obstacle: Obstacle) -> Iterator[tuple[ProblemVendor, ProblemSlot]]:
    """(vendor, slot) that this obstacle keeps apart and that would help: whoever might come for slots, any slot for guarantees."""
    standing = ground.standing
    if conflict.level == "short":
        vendors, slots = [standing.vendors[vendor_id] for vendor_id in conflict.vendors], ground.open_slots
    else:
        slots = [standing.slots[slot_id] for slot_id in conflict.slots]
        pinned = [standing.vendors[vendor_id] for vendor_id in conflict.vendors if vendor_id in standing.vendors]
        vendors = pinned if conflict.level == "hard" else list(standing.vendors.values())
    return ((vendor, slot) for vendor in vendors for slot in slots if standing.obstacle(vendor, slot) == obstacle)


def _with_vendor(problem: Problem, changed: ProblemVendor) -> Problem:
    return replace(problem, vendors=tuple(changed if vendor.id == changed.id else vendor for vendor in problem.vendors))


def _with_slot(problem: Problem, changed: ProblemSlot) -> Problem:
    return replace(problem, slots=tuple(changed if slot.id == changed.id else slot for slot in problem.slots))
