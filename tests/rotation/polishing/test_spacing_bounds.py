"""Every vendor alone: the best choice of days, with what is fixed."""

from collections.abc import Collection

import numpy as np
import pytest

from bazaar.rotation.instance import instance_of
from bazaar.rotation.polishing.spacing_bounds import Days, least_missed, least_spacing
from bazaar.rotation.problem import Problem, ProblemSlot, ProblemVendor, Rules, VendorWish

WANT = 4


def one_vendor(*, days_off: Collection[int] = (), pins: Collection[int] = (), wished: Collection[int] | None = None) -> Problem:
    """Seven evenings of one slot, one vendor who wants four days between turns."""
    wish = None if wished is None else VendorWish(frozenset(wished), None, None)
    return Problem(
        "one vendor",
        1,
        7,
        Rules(1, WANT, "soft", ()),
        tuple(ProblemSlot(f"s{day}", day, f"e{day}", 0, 1200, 30, 10, frozenset(), "v" if day in pins else None) for day in range(7)),
        (ProblemVendor("v", "a", frozenset(days_off), None, None, None, 0, 7, 1, wish, ()),),
    )


def bounds(problem: Problem, turns: int, spacing: int = 0) -> tuple[int, int]:
    instance = instance_of(problem)
    possible = np.array([[count == turns for count in range(turns + 1)]])
    days = Days(instance)
    least = least_spacing(instance, days, possible, turns)
    return least, least_missed(instance, days, possible, turns, spacing=max(least, spacing))


@pytest.mark.parametrize(
    ("problem", "turns", "least"),
    [
        (one_vendor(), 2, 0),
        (one_vendor(), 3, 2),  # days 0, 3, 6 or alike
        (one_vendor(days_off={4, 5, 6}), 2, 1),
        (one_vendor(pins={2, 3}), 3, 4),  # the pins alone miss three days, a third turn on day 6 one more
    ],
)
def test_the_least_spacing_is_that_of_the_best_days(problem: Problem, turns: int, least: int) -> None:
    assert bounds(problem, turns)[0] == least


def test_a_wish_for_near_days_is_weighed_against_the_spacing_that_was_reached() -> None:
    problem = one_vendor(wished={0, 1})

    assert bounds(problem, 2) == (0, 1)
    assert bounds(problem, 2, spacing=3) == (0, 0)


def test_a_vendor_who_can_come_on_fewer_days_than_turns_does_not_break_the_count() -> None:
    instance = instance_of(one_vendor(days_off=set(range(6))))
    possible = np.array([[True, True]])

    assert least_spacing(instance, Days(instance), possible, 1) == 0
