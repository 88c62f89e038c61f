"""The problem file: who can stand where, what is wished, what was before. Frozen, numbers and ids only, no personal data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class ProblemError(ValueError):
    """The file is no problem; the message says where it fails."""


@dataclass(frozen=True)
class Rules:
    """What holds for everybody. `gap` and `want_gap` are days between two turns of a vendor."""

    gap: int
    want_gap: int
    adjacent: str  # "soft": equal neighbours cost; "hard": they are forbidden
    decay_pct: tuple[int, ...]  # how much of each earlier edition counts, newest first


@dataclass(frozen=True)
class ProblemSlot:
    """A stretch of a live session. `start` and `minutes` are minutes, `weight` is its points."""

    id: str
    day: int
    session: str
    position: int
    start: int
    minutes: int
    weight: int
    languages: frozenset[str]
    pin: str | None


@dataclass(frozen=True)
class VendorWish:
    """Preferred days and start times (from <= start < until); None where anything is welcome."""

    days: frozenset[int] | None
    start_from: int | None
    start_until: int | None


@dataclass(frozen=True)
class ProblemVendor:
    """Somebody who takes turns. `past` holds the points of earlier editions, newest first; None: did not take part."""

    id: str
    category: str
    days_off: frozenset[int]
    start_from: int | None
    end_until: int | None
    language: str | None
    min_turns: int
    max_turns: int
    gap: int
    wish: VendorWish | None
    past: tuple[int | None, ...]


@dataclass(frozen=True)
class Problem:
    """Everything the planner knows. `published` and `now` (first day that may still change) only for a repair."""

    name: str
    seed: int
    days: int
    rules: Rules
    slots: tuple[ProblemSlot, ...]
    vendors: tuple[ProblemVendor, ...]
    published: Mapping[str, str | None] | None = None
    now: int = 0


Plan = Mapping[str, str | None]
"""Slot id -> vendor id, or None for an empty slot. A slot that is missing is empty."""


def fits(vendor: ProblemVendor, slot: ProblemSlot) -> bool:
    """Whether the vendor can come at all: day, hours, language. Distance to other turns is another question."""
    return (
        slot.day not in vendor.days_off and is_within_hours(vendor, slot) and (vendor.language is None or vendor.language in slot.languages)
    )


def is_within_hours(vendor: ProblemVendor, slot: ProblemSlot) -> bool:
    """Whether the slot lies in the hours in which the vendor can come."""
    return (vendor.start_from is None or vendor.start_from <= slot.start) and (
        vendor.end_until is None or slot.start + slot.minutes <= vendor.end_until
    )


def day_gap(vendor: ProblemVendor) -> int:
    """Days that must lie between two turns of the vendor; never less than one: one turn a day."""
    return max(1, vendor.gap)


def is_wish_missed(vendor: ProblemVendor, slot: ProblemSlot) -> bool:
    """Whether a turn there would be outside what the vendor wished. False without a wish."""
    wish = vendor.wish
    if wish is None:
        return False
    return (
        (wish.days is not None and slot.day not in wish.days)
        or (wish.start_from is not None and slot.start < wish.start_from)
        or (wish.start_until is not None and slot.start >= wish.start_until)
    )


def read_problem(document: Any) -> Problem:
    """A problem from its JSON form. Raises ProblemError with the place that is wrong."""
    where = "the file"
    try:
        rules = document["rules"]
        where = "rules"
        read_rules = Rules(
            int(rules["gap"]), int(rules["want_gap"]), _choice(rules.get("adjacent", "soft")), tuple(int(pct) for pct in rules["decay_pct"])
        )
        slots = []
        for index, slot in enumerate(document["slots"]):
            where = f"slots[{index}]"
            slots.append(_read_slot(slot))
        vendors = []
        for index, vendor in enumerate(document["vendors"]):
            where = f"vendors[{index}]"
            vendors.append(_read_vendor(vendor))
        where = "the file"
        published = document.get("published")
        problem = Problem(
            name=str(document.get("name", "")),
            seed=int(document.get("seed", 0)),
            days=int(document["days"]),
            rules=read_rules,
            slots=tuple(slots),
            vendors=tuple(vendors),
            published=None if published is None else dict(published),
            now=int(document.get("now") or 0),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        detail = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise ProblemError(f"{where}: {detail}") from None
    _refuse_twins(problem)
    return problem


def write_problem(problem: Problem) -> dict[str, Any]:
    """The JSON form of a problem; `read_problem` gives the same problem back."""
    document: dict[str, Any] = {
        "name": problem.name,
        "seed": problem.seed,
        "days": problem.days,
        "rules": {
            "one_per": "day",
            "gap": problem.rules.gap,
            "want_gap": problem.rules.want_gap,
            "adjacent": problem.rules.adjacent,
            "decay_pct": list(problem.rules.decay_pct),
        },
        "slots": [
            {
                "id": slot.id,
                "day": slot.day,
                "session": slot.session,
                "pos": slot.position,
                "start": slot.start,
                "len": slot.minutes,
                "weight": slot.weight,
                "langs": sorted(slot.languages),
                "pin": slot.pin,
            }
            for slot in problem.slots
        ],
        "vendors": [_write_vendor(vendor) for vendor in problem.vendors],
    }
    if problem.published is not None:
        document["published"] = dict(problem.published)
        document["now"] = problem.now
    return document


def _choice(adjacent: Any) -> str:
    if adjacent not in {"soft", "hard"}:
        raise ValueError(f"adjacent is {adjacent!r}; it must be soft or hard")
    return str(adjacent)


def _read_slot(slot: Any) -> ProblemSlot:
    read = ProblemSlot(
        id=str(slot["id"]),
        day=int(slot["day"]),
        session=str(slot["session"]),
        position=int(slot["pos"]),
        start=int(slot["start"]),
        minutes=int(slot["len"]),
        weight=int(slot["weight"]),
        languages=frozenset(slot.get("langs") or ()),
        pin=slot.get("pin"),
    )
    if read.minutes <= 0 or read.weight < 0:
        raise ValueError("len must be positive and weight not negative")
    return read


def _read_vendor(vendor: Any) -> ProblemVendor:
    wish = vendor.get("wish")
    return ProblemVendor(
        id=str(vendor["id"]),
        category=str(vendor.get("cat", "")),
        days_off=frozenset(int(day) for day in vendor.get("off") or ()),
        start_from=vendor.get("from"),
        end_until=vendor.get("to"),
        language=vendor.get("lang"),
        min_turns=int(vendor.get("min") or 0),
        max_turns=int(vendor["max"]),
        gap=int(vendor["gap"]),
        wish=None
        if wish is None
        else VendorWish(None if wish.get("days") is None else frozenset(wish["days"]), wish.get("from"), wish.get("to")),
        past=tuple(vendor.get("past") or ()),
    )


def _write_vendor(vendor: ProblemVendor) -> dict[str, Any]:
    wish = vendor.wish
    return {
        "id": vendor.id,
        "cat": vendor.category,
        "off": sorted(vendor.days_off),
        "from": vendor.start_from,
        "to": vendor.end_until,
        "lang": vendor.language,
        "min": vendor.min_turns,
        "max": vendor.max_turns,
        "gap": vendor.gap,
        "wish": None
        if wish is None
        else {"days": None if wish.days is None else sorted(wish.days), "from": wish.start_from, "to": wish.start_until},
        "past": list(vendor.past),
    }


def _refuse_twins(problem: Problem) -> None:
    for what, ids in (("slot", [slot.id for slot in problem.slots]), ("vendor", [vendor.id for vendor in problem.vendors])):
        if len(ids) != len(set(ids)):
            twin = next(each for each in ids if ids.count(each) > 1)
            raise ProblemError(f"two {what}s have the id {twin!r}")
