"""Seeded problems for the planner, from a small bazaar to one of 5,000 vendors, and five traps. Standard library only.

    python -m benchmarks.rotation_instances FOLDER [S M L XL XXL T1 T2 T3 T4 T5] [--seeds 1 2 3]

S, M and L are the case: evenings of a month, some vendors away for days at a time, a fifth bound to early or late hours, a tenth
to hosts of one language, newcomers beside veterans. The traps: T1 cannot be filled, T2 guarantees collide, T3 one kind of goods
dominates, T4 a slot that nobody can take and a day with two vendors for six slots, T5 a veteran far ahead of all others.
"""

import argparse
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Document = dict[str, Any]
_GOODS = {
    "kue": 20,
    "lauk": 15,
    "minuman": 10,
    "busana": 9,
    "kerudung": 9,
    "kopi": 8,
    "kriya": 8,
    "sambal": 7,
    "mainan": 5,
    "bibit": 4,
    "jamu": 3,
    "parsel": 2,
}
_TONGUES = ("id", "jv", "mad")


@dataclass(frozen=True)
class Shape:
    """What a size is made of. `away` is the mean share of days on which a vendor cannot come; `first` and `minutes` are minutes."""

    vendors: int
    days: int
    sessions: int
    slots: int  # of one live session
    away: float
    gap: int
    want_gap: int
    first: int = 1200
    minutes: int = 30
    bound_hours: float = 0.2
    bound_tongue: float = 0.08
    pins: int = 0
    goods: tuple[tuple[str, int], ...] = tuple(_GOODS.items())


SHAPES = {
    "S": Shape(73, 30, 1, 4, 0.10, 3, 10, pins=3),
    "M": Shape(73, 30, 1, 8, 0.30, 3, 6, first=1080, pins=5),
    "L": Shape(240, 30, 1, 12, 0.15, 3, 10, first=990, minutes=25, pins=5),
    "XL": Shape(1000, 50, 4, 10, 0.20, 5, 15, first=1020, pins=20),
    "XXL": Shape(5000, 100, 10, 20, 0.20, 7, 18, first=840, minutes=25, pins=100),
    "T1": Shape(24, 14, 1, 6, 0.45, 3, 3, first=1110, bound_hours=0.5, bound_tongue=0.25),
    "T2": Shape(12, 6, 1, 3, 0.0, 2, 3, bound_hours=0.0, bound_tongue=0.0),
    "T3": Shape(30, 10, 1, 6, 0.10, 2, 4, first=1110, goods=(("kue", 80), ("lauk", 12), ("kopi", 8))),
    "T4": Shape(30, 10, 1, 6, 0.10, 2, 4, first=1110),
    "T5": Shape(40, 20, 1, 4, 0.10, 3, 6),
}


def make_instance(size: str, seed: int) -> Document:
    """The problem of that size and seed, in its JSON form. The same arguments give the same problem everywhere."""
    document = _make(SHAPES[size], f"{size}-{seed}", seed)
    if size in _TRAPS:
        _TRAPS[size](document)
    return document


def _make(shape: Shape, name: str, seed: int) -> Document:
    dice = random.Random(f"giliran/{name}")
    slots = [slot for day in range(shape.days) for slot in _evening(shape, day, dice)]
    mean = sum(slot["weight"] for slot in slots) / shape.vendors
    vendors = [_vendor(shape, number, mean, dice) for number in range(1, shape.vendors + 1)]
    pinned: set[str] = set()
    for slot in dice.sample(slots, shape.pins):
        _pin(slot, vendors, pinned, dice)
    rules = {"one_per": "day", "gap": shape.gap, "want_gap": shape.want_gap, "adjacent": "soft", "decay_pct": [60, 30]}
    return {"name": name, "seed": seed, "days": shape.days, "rules": rules, "slots": slots, "vendors": vendors}


def _evening(shape: Shape, day: int, dice: random.Random) -> list[Document]:
    evening = []
    for session in range(shape.sessions):
        spoken = ["id", *(tongue for tongue in _TONGUES[1:] if dice.random() < 0.55)]
        for place in range(shape.slots):
            start = shape.first + place * shape.minutes
            key = f"d{day:03}s{session:02}"
            weight = _points(day, start)
            evening.append(
                {"id": f"{key}p{place:02}", "day": day, "session": key, "pos": place, "start": start, "len": shape.minutes,
                 "weight": weight, "langs": spoken, "pin": None}
            )  # fmt: skip
    return evening


def _points(day: int, start: int) -> int:
    """Ten for an ordinary stretch; more before sunset, most after the evening prayer; Friday to Sunday three tenths on top."""
    if 990 <= start < 1080:
        hour = 13
    elif 1200 <= start < 1290:
        hour = 15
    elif start >= 1290:
        hour = 12
    else:
        hour = 10
    return round(hour * 1.3) if (day + 1) % 7 >= 4 else hour


def _vendor(shape: Shape, number: int, mean: float, dice: random.Random) -> Document:
    middle = shape.first + shape.minutes * (shape.slots // 2)
    is_bound = dice.random() < shape.bound_hours
    is_late = dice.random() < 0.5
    editions = dice.choice((0, 0, 0, 1, 1, 1, 2, 2, 2, 2))
    return {
        "id": f"v{number:04}",
        "cat": dice.choices([name for name, _ in shape.goods], [share for _, share in shape.goods])[0],
        "off": _days_off(shape, dice),
        "from": middle if is_bound and is_late else None,
        "to": middle if is_bound and not is_late else None,
        "lang": dice.choice(_TONGUES[1:]) if dice.random() < shape.bound_tongue else None,
        "min": 0,
        "max": 99,
        "gap": shape.gap,
        "wish": _wish(shape, middle, dice),
        "past": [max(0, round(dice.gauss(mean, 0.35 * mean))) if age < editions else None for age in range(2)],
    }


def _days_off(shape: Shape, dice: random.Random) -> list[int]:
    """Single days and journeys of two to six, until the vendor's own share is reached."""
    away: set[int] = set()
    wanted = min(shape.days - 1, shape.away * dice.uniform(0.4, 1.6) * shape.days)
    while len(away) < wanted:
        leaves = dice.randrange(shape.days)
        away.update(range(leaves, min(shape.days, leaves + (dice.randint(2, 6) if dice.random() < 0.5 else 1))))
    return sorted(away)


def _wish(shape: Shape, middle: int, dice: random.Random) -> Document | None:
    if dice.random() >= 0.6:
        return None
    if dice.random() < 0.7:
        return {"days": sorted(dice.sample(range(shape.days), min(shape.days, dice.randint(2, 8)))), "from": None, "to": None}
    last = shape.first + shape.minutes * shape.slots
    return {"days": None, "from": shape.first, "to": middle} if dice.random() < 0.5 else {"days": None, "from": middle, "to": last}


def _pin(slot: Document, vendors: list[Document], pinned: set[str], dice: random.Random) -> None:
    """To somebody who can come and is pinned nowhere else; the dice's first find."""
    for vendor in dice.sample(vendors, len(vendors)):
        is_free = vendor["id"] not in pinned and slot["day"] not in vendor["off"] and vendor["lang"] in (None, *slot["langs"])
        if is_free and (vendor["from"] or 0) <= slot["start"] and slot["start"] + slot["len"] <= (vendor["to"] or 24 * 60):
            slot["pin"] = vendor["id"]
            pinned.add(vendor["id"])
            return


def _collide(document: Document) -> None:
    """T2: everybody is promised a turn; three can come on one day for half an hour, to the same slot."""
    for vendor in document["vendors"]:
        vendor["min"] = 1
    for vendor in document["vendors"][:3]:
        vendor.update({"off": [day for day in range(document["days"]) if day != 2], "from": 1230, "to": 1260})


def _starve(document: Document) -> None:
    """T4: one slot asks for a language that nobody speaks, and one day keeps two vendors for its six slots."""
    for number, vendor in enumerate(document["vendors"]):
        if number < 2:
            vendor.update({"off": [], "from": None, "to": None})
        else:
            vendor["off"] = sorted({*vendor["off"], 4})
        vendor["lang"] = vendor["lang"] or "id"
    document["slots"][6]["langs"] = ["nl"]


def _outshine(document: Document) -> None:
    """T5: one veteran has had ten times the air time of the others."""
    document["vendors"][0]["past"] = [400, 400]


_TRAPS: dict[str, Callable[[Document], None]] = {"T2": _collide, "T4": _starve, "T5": _outshine}


NARROW = ("plain", "away", "credits", "viewers", "promises")
"""Kinds of small bazaars: nothing special; a gap that leaves slots empty, and days off; many different points and wild credits, with a
gap that just fills; measured viewers; guarantees, pins and gaps of two lengths."""


def make_narrow(vendors: int, slots: int, kind: str, seed: int) -> Document:
    """A small bazaar of six slots an evening, few vendors or many: shapes on which exact methods may think for minutes."""
    dice = random.Random(f"giliran/narrow/{vendors}x{slots}/{kind}/{seed}")
    days = -(-slots // 6)
    gap = {"away": vendors // 6 + 2, "credits": max(1, vendors // 6)}.get(kind, 1)
    worth = {"credits": (5, 60), "viewers": (100, 900)}.get(kind)
    evenings = [
        {"id": f"d{row // 6:03}p{row % 6}", "day": row // 6, "session": f"d{row // 6:03}", "pos": row % 6, "start": 1080 + 15 * (row % 6),
         "len": 15, "weight": dice.randint(*worth) if worth else _points(row // 6, 1080 + 45 * (row % 6)), "langs": ["id"], "pin": None}
        for row in range(slots)
    ]  # fmt: skip
    people: list[Document] = [
        {"id": f"v{row:03}", "cat": dice.choice("abc"), "off": [day for day in range(days) if kind != "plain" and dice.random() < 0.3],
         "from": None, "to": None, "lang": None, "min": dice.choice((0, 1, 2)) if kind == "promises" else 0, "max": 99,
         "gap": gap + (row % 2 if kind == "promises" else 0), "wish": None,
         "past": [dice.choice((None, dice.randint(0, 400 if kind == "credits" else 50))) for _ in range(2)]}
        for row in range(vendors)
    ]  # fmt: skip
    for slot in dice.sample(evenings, slots // 12 if kind == "promises" else 0):
        slot["pin"] = dice.choice(people)["id"]
    rules = {"one_per": "day", "gap": gap, "want_gap": gap + 5, "adjacent": "soft", "decay_pct": [60, 30]}
    name = f"{vendors}x{slots}-{kind}-{seed}"
    return {"name": name, "seed": seed, "days": days, "rules": rules, "slots": evenings, "vendors": people}


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description="Write problem files.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("sizes", nargs="*", default=list(SHAPES), metavar="SIZE", help=", ".join(SHAPES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1])
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for size in options.sizes:
        for seed in options.seeds:
            (options.folder / f"{size}-{seed}.json").write_text(json.dumps(make_instance(size, seed), separators=(",", ":")))


if __name__ == "__main__":
    main()
