"""The problem file: who can stand where, what is wished, what was before. Frozen, numbers and ids only, no personal data."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isqrt
from typing import Any

from bazaar.rotation.checked import Field, shown
from bazaar.rotation.checked import ProblemError as ProblemError  # whoever reads a problem asks here for what can be wrong with it

MOST_DAYS, MOST, MOST_EDITIONS, MOST_PAIRS, MOST_SEED = 10_000, 1_000_000, 20, 500_000_000, 2**63 - 1
"""The largest day and distance in days; the largest number of minutes, points and turns; earlier editions that count; slots times
vendors; the largest seed. Far beyond any bazaar, and small enough that no sum leaves 64 bits."""


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
    """A problem from its JSON form. Keys that it does not know are ignored. Raises ProblemError with the place that is wrong."""
    if not isinstance(document, dict):
        raise ProblemError("the file: write an object, in braces, with days, rules, slots and vendors.")
    field = Field(document)
    published, now = field.of("published"), field.of("now").whole_or(0, 0, MOST_DAYS)
    problem = Problem(
        name=field.of("name").text_or(""),
        seed=field.of("seed").whole_or(0, -MOST_SEED, MOST_SEED),
        days=field.of("days").whole(0, MOST_DAYS),
        rules=_read_rules(field.of("rules")),
        slots=tuple(_read_slot(slot) for slot in field.of("slots").items("slots")),
        vendors=tuple(_read_vendor(vendor) for vendor in field.of("vendors").items("vendors")),
        published=None
        if published.is_empty
        else {slot: holder.id_or_none() for slot, holder in published.pairs("each slot a vendor or null")},
        now=0 if published.is_empty else now,
    )
    _refuse_twins(problem)
    _refuse_too_much(problem)
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


def _read_rules(rules: Field) -> Rules:
    rules.of("one_per").one_of("day")  # the only one there is
    decay = rules.of("decay_pct")
    if not decay.is_empty and isinstance(decay.value, list) and len(decay.value) > MOST_EDITIONS:
        raise ProblemError(f"{decay.place}: write at most {MOST_EDITIONS} shares here, one for each earlier edition.")
    return Rules(
        gap=rules.of("gap").whole(0, MOST_DAYS),
        want_gap=rules.of("want_gap").whole(0, MOST_DAYS),
        adjacent=rules.of("adjacent").one_of("soft", "hard"),
        decay_pct=tuple(pct.whole(0, 100) for pct in decay.items("whole numbers from 0 to 100")),
    )


def _read_slot(slot: Field) -> ProblemSlot:
    languages = slot.of("langs")
    return ProblemSlot(
        id=slot.of("id").id(),
        day=slot.of("day").whole(0, MOST_DAYS),
        session=slot.of("session").id(),
        position=slot.of("pos").whole(0, MOST),
        start=slot.of("start").whole(0, MOST),
        minutes=slot.of("len").whole(1, MOST),
        weight=slot.of("weight").whole(0, MOST),
        languages=frozenset() if languages.is_empty else frozenset(each.text() for each in languages.items("language codes")),
        pin=slot.of("pin").id_or_none(),
    )


def _read_vendor(vendor: Field) -> ProblemVendor:
    language, past = vendor.of("lang"), vendor.of("past")
    return ProblemVendor(
        id=vendor.of("id").id(),
        category=vendor.of("cat").text_or(""),
        days_off=frozenset(vendor.of("off").wholes(0, MOST_DAYS)),
        start_from=vendor.of("from").whole_or_none(0, MOST),
        end_until=vendor.of("to").whole_or_none(0, MOST),
        language=None if language.is_empty else language.text(),
        min_turns=vendor.of("min").whole_or(0, 0, MOST),
        max_turns=vendor.of("max").whole(0, MOST),
        gap=vendor.of("gap").whole(0, MOST_DAYS),
        wish=_read_wish(vendor.of("wish")),
        past=() if past.is_empty else tuple(each.whole_or_none(0, MOST) for each in past.items("points or null")),
    )


def _read_wish(wish: Field) -> VendorWish | None:
    if wish.is_empty:
        return None
    days = wish.of("days")
    return VendorWish(
        days=None if days.is_empty else frozenset(days.wholes(0, MOST_DAYS)),
        start_from=wish.of("from").whole_or_none(0, MOST),
        start_until=wish.of("to").whole_or_none(0, MOST),
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
    """Two of one id, or two slots in one place of a live session."""
    for what, ids in (("slots", [slot.id for slot in problem.slots]), ("vendors", [vendor.id for vendor in problem.vendors])):
        first: dict[str, int] = {}
        for row, each in enumerate(ids):
            if first.setdefault(each, row) != row:
                raise ProblemError(f"{what}[{row}].id: {what}[{first[each]}] has the id {shown(each)} too; give one of them another.")
    taken: dict[tuple[str, int], int] = {}
    for row, slot in enumerate(problem.slots):
        if (other := taken.setdefault((slot.session, slot.position), row)) != row:
            raise ProblemError(f"slots[{row}].pos: slots[{other}] has this place in session {shown(slot.session)} too; give one another.")


def _refuse_too_much(problem: Problem) -> None:
    """Nobody can have more points than one turn a day gives, what is fixed, and what was carried over; squares of them times the scale
    of the prices (2 ** 12 in balancing), of all vendors together, must stay below 2 ** 62."""
    slot_count, vendor_count = len(problem.slots), len(problem.vendors)
    if slot_count * vendor_count > MOST_PAIRS:
        raise ProblemError(
            f"the file: {slot_count:,} slots times {vendor_count:,} vendors are more than {MOST_PAIRS:,}; divide the problem."
        )
    heaviest: dict[int, int] = {}
    fixed, published = 0, problem.published is not None
    for slot in problem.slots:
        if slot.pin is not None or (published and slot.day < problem.now):
            fixed += slot.weight
        else:
            heaviest[slot.day] = max(heaviest.get(slot.day, 0), slot.weight)
    carried = 0
    for age, pct in enumerate(problem.rules.decay_pct):
        known = [points for vendor in problem.vendors for points in vendor.past[age : age + 1] if points is not None]
        carried += pct * (max(known, default=0) - min(known, default=0))
    apart = fixed + sum(heaviest.values()) + 2 * carried // 100
    most = min(MOST, isqrt(2**50 // max(1, vendor_count)))
    if apart > most:
        raise ProblemError(
            f"the file: points of vendors could lie {apart:,} apart, of {vendor_count:,} vendors at most {most:,}; "
            "write smaller weights and past points, all divided by the same number."
        )
