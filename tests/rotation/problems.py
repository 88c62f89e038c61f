"""Small problems with quiet defaults, and strategies that draw them together with plans good and absurd."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from bazaar.rotation.problem import Problem, ProblemSlot, ProblemVendor, Rules, VendorWish

_PLAIN_SLOT = ProblemSlot("s", 0, "e0", 0, 1200, 15, 10, frozenset({"id"}), None)
_PLAIN_VENDOR = ProblemVendor("v", "a", frozenset(), None, None, None, 0, 9, 2, None, ())


def plain_slot(slot_id: str, *, day: int = 0, position: int = 0, **changes: Any) -> ProblemSlot:
    """A quarter of an hour at eight in the evening, one live session a day."""
    plain = replace(_PLAIN_SLOT, id=slot_id, day=day, session=f"e{day}", position=position, start=1200 + 15 * position)
    return replace(plain, **changes)


def plain_vendor(vendor_id: str, **changes: Any) -> ProblemVendor:
    """Free always, two days between turns."""
    return replace(_PLAIN_VENDOR, id=vendor_id, **changes)


def plain_problem(
    slots: Sequence[ProblemSlot],
    vendors: Sequence[ProblemVendor],
    *,
    adjacent: str = "soft",
    published: Mapping[str, str | None] | None = None,
    now: int = 0,
) -> Problem:
    """The slots and vendors under ordinary rules."""
    days = max((slot.day for slot in slots), default=0) + 1
    return Problem("plain", 1, days, Rules(2, 4, adjacent, (60, 30)), tuple(slots), tuple(vendors), published, now)


@st.composite
def problems(draw: st.DrawFn, *, most_slots: int = 7, most_vendors: int = 5) -> Problem:
    """Anything a file can hold in small: days off, hours, languages, pins (also of strangers), guarantees, wishes, a past."""
    minute = st.sampled_from([None, 1180, 1200, 1215, 1240])
    names = [f"v{number}" for number in range(draw(st.integers(1, most_vendors)))]
    holders = st.sampled_from([None, *names])
    slots = [
        ProblemSlot(
            f"s{number}",
            day := draw(st.integers(0, 4)),
            f"e{day}-{draw(st.integers(0, 1))}",
            draw(st.integers(0, 3)),
            draw(st.sampled_from([1185, 1200, 1215])),
            draw(st.sampled_from([15, 30])),
            draw(st.sampled_from([0, 10, 15])),
            draw(st.frozensets(st.sampled_from(["id", "jv"]))),
            draw(st.sampled_from([None, None, None, *names, "gone"])),
        )
        for number in range(draw(st.integers(1, most_slots)))
    ]
    vendors = [
        ProblemVendor(
            name,
            draw(st.sampled_from(["a", "b"])),
            draw(st.frozensets(st.integers(0, 4), max_size=2)),
            draw(minute),
            draw(minute),
            draw(st.sampled_from([None, None, "id", "jv"])),
            draw(st.integers(0, 2)),
            draw(st.integers(0, 4)),
            draw(st.integers(0, 3)),
            draw(st.none() | st.builds(VendorWish, st.none() | st.frozensets(st.integers(0, 4)), minute, minute)),
            tuple(draw(st.lists(st.none() | st.integers(0, 90), max_size=3))),
        )
        for name in names
    ]
    published = draw(st.none() | st.fixed_dictionaries({slot.id: holders for slot in slots}))
    rules = Rules(2, draw(st.integers(1, 4)), draw(st.sampled_from(["soft", "hard"])), (60, 30))
    now = draw(st.integers(0, 4)) if published is not None else 0
    return Problem("drawn", 1, 5, rules, tuple(slots), tuple(vendors), published, now)


@st.composite
def problems_with_plans(draw: st.DrawFn) -> tuple[Problem, dict[str, str | None]]:
    """A problem and any plan for it, however absurd: strangers, slots that are not there, slots left out."""
    problem = draw(problems())
    holders = st.sampled_from([None, *(vendor.id for vendor in problem.vendors), *(vendor.id for vendor in problem.vendors), "stranger"])
    slot_ids = [*(slot.id for slot in problem.slots), "a slot we do not have"]
    plan = {slot_id: draw(holders) for slot_id in slot_ids if draw(st.integers(0, 9)) or slot_id == "s0"}
    if draw(st.booleans()):
        plan.pop("a slot we do not have", None)
    return problem, plan
