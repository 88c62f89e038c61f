"""Small rotations in which something broke after they were published, and the best repairs by trying every plan."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from hypothesis import assume
from hypothesis import strategies as st

from bazaar.rotation.problem import Plan, Problem, ProblemSlot, ProblemVendor, Rules
from bazaar.rotation.score import Score, score_plan


def evenings(*, vendors: int, days: int, slots_a_day: int, gap: int = 1, adjacent: str = "soft") -> Problem:
    """Everybody always free, no guarantees; the second slot of an evening is worth more."""
    return Problem(
        name="broken",
        seed=1,
        days=days,
        rules=Rules(gap, gap + 1, adjacent, (60, 30)),
        slots=tuple(
            ProblemSlot(f"s{day}-{place}", day, f"e{day}", place, 1200 + 15 * place, 15, 10 + 5 * place, frozenset(), None)
            for day in range(days)
            for place in range(slots_a_day)
        ),
        vendors=tuple(ProblemVendor(f"v{n}", "ab"[n % 2], frozenset(), None, None, None, 0, days, gap, None, ()) for n in range(vendors)),
    )


@st.composite
def broken_problems(draw: st.DrawFn) -> Problem:
    """At most five slots and four vendors; vendors gone, new days off, new pins, another distance, guarantees, some evenings over."""
    days, slots_a_day = draw(st.sampled_from([(2, 2), (5, 1), (1, 4), (4, 1)]))
    count = draw(st.integers(1, 4))
    problem = evenings(
        vendors=count,
        days=days,
        slots_a_day=slots_a_day,
        gap=draw(st.integers(1, 3)),
        adjacent=draw(st.sampled_from(["soft", "soft", "hard"])),
    )
    names = [vendor.id for vendor in problem.vendors]
    vendors = tuple(
        replace(
            vendor,
            days_off=draw(st.frozensets(st.integers(0, days - 1), max_size=2)),
            min_turns=draw(st.integers(0, 1)),
            max_turns=draw(st.integers(1, 4)),
            past=(draw(st.integers(0, 40)),),
        )
        for vendor in problem.vendors
    )
    published = {slot.id: draw(st.sampled_from([*names, *names, "gone", None])) for slot in problem.slots}
    pinned = draw(st.sampled_from([None, *range(len(problem.slots))]))
    slots = tuple(replace(slot, pin=draw(st.sampled_from(names))) if row == pinned else slot for row, slot in enumerate(problem.slots))
    problem = replace(problem, vendors=vendors, slots=slots, published=published, now=draw(st.integers(0, 1)))
    # A pin that nobody can keep, or an evening that broke a rule when it took place, counts as it is and hides what the repair does.
    assume(not score_plan(problem, _settled(problem)).hard)
    return problem


def _settled(problem: Problem) -> Plan:
    """Only what cannot move."""
    published = problem.published or {}
    return {
        slot.id: published.get(slot.id) if slot.day < problem.now else slot.pin
        for slot in problem.slots
        if slot.pin is not None or slot.day < problem.now
    }


def every_repair(problem: Problem, like: Plan) -> Iterator[tuple[Plan, Score]]:
    """All plans that leave alone what `like` may not move either: pins, and evenings before `now`."""
    names = [None, *(vendor.id for vendor in problem.vendors)]
    choices = [[like[slot.id]] if slot.pin is not None or slot.day < problem.now else names for slot in problem.slots]
    for holders in product(*choices):
        plan = dict(zip((slot.id for slot in problem.slots), holders, strict=True))
        yield plan, score_plan(problem, plan)
