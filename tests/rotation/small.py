"""Small problems with everything in them that the planner knows, drawn by hypothesis."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

from hypothesis import strategies as st

from bazaar.rotation.instance import Instance
from bazaar.rotation.problem import Problem, ProblemSlot, ProblemVendor, Rules, VendorWish
from bazaar.rotation.stage import NOBODY

START = 1200


@st.composite
def small_problems(draw: st.DrawFn, *, most_days: int = 8, most_slots: int = 24, most_vendors: int = 9) -> Problem:
    """One live session a day of up to four slots; vendors with days off, hours, wishes, guarantees and a past; some pins; some repairs."""
    days = draw(st.integers(1, most_days))
    per_day = draw(st.integers(1, max(1, min(4, most_slots // days))))
    count = draw(st.integers(1, most_vendors))
    vendors = tuple(_vendor(draw, number, days) for number in range(count))
    slots = tuple(
        ProblemSlot(
            f"s{day}-{place}",
            day,
            f"e{day}",
            place,
            START + 30 * place,
            30,
            draw(st.sampled_from([10, 10, 15])),
            frozenset({"id"}),
            draw(st.sampled_from([None] * 9 + ["v0"])),
        )
        for day in range(days)
        for place in range(per_day)
    )
    adjacent = draw(st.sampled_from(["soft", "soft", "hard"]))
    problem = Problem("small", 1, days, Rules(1, draw(st.integers(1, 5)), adjacent, (60, 30)), slots, vendors)
    if draw(st.sampled_from([False, False, True])):
        holders = st.sampled_from([None, "gone", *(vendor.id for vendor in vendors)])
        problem = replace(problem, published={slot.id: draw(holders) for slot in slots}, now=draw(st.integers(0, days)))
    return problem


def _vendor(draw: st.DrawFn, number: int, days: int) -> ProblemVendor:
    some_days = st.frozensets(st.integers(0, days - 1), max_size=3)
    has_wish = draw(st.booleans())
    wish = VendorWish(draw(st.none() | some_days), None, draw(st.sampled_from([None, START + 45]))) if has_wish else None
    return ProblemVendor(
        id=f"v{number}",
        category=draw(st.sampled_from("aab")),
        days_off=draw(some_days),
        start_from=draw(st.sampled_from([None, None, START + 30])),
        end_until=None,
        language=None,
        min_turns=draw(st.integers(0, 1)),
        max_turns=draw(st.integers(1, 4)),
        gap=draw(st.integers(1, 3)),
        wish=wish,
        past=draw(st.sampled_from([(), (20,), (50, 30)])),
    )


def every_plan(instance: Instance) -> Iterator[tuple[int, ...]]:
    """All ways to give each slot to somebody who fits it or is pinned to it, or to nobody."""
    choices = [
        [NOBODY, *(row for row in range(instance.vendor_count) if instance.fits[row, slot] or instance.forced[slot] == row)]
        for slot in range(instance.slot_count)
    ]
    return itertools.product(*choices)
