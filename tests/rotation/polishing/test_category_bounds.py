"""Pigeonholes: so many turns of one category cannot stand in so few evenings without meeting."""

import numpy as np
import pytest

from bazaar.rotation.instance import Instance, instance_of
from bazaar.rotation.polishing.category_bounds import fewest_neighbours, fewest_pairs
from bazaar.rotation.polishing.turn_ranges import possible_turns
from bazaar.rotation.problem import Problem, ProblemSlot, ProblemVendor, Rules


def evenings(categories: str, *, days: int, per_day: int) -> Instance:
    """Everybody has one turn; so many vendors as slots."""
    slots = tuple(
        ProblemSlot(f"s{day}-{place}", day, f"e{day}", place, 1200 + place, 1, 10, frozenset(), None)
        for day in range(days)
        for place in range(per_day)
    )
    vendors = tuple(
        ProblemVendor(f"v{row}", category, frozenset(), None, None, None, 0, 9, 1, None, ()) for row, category in enumerate(categories)
    )
    return instance_of(Problem("evenings", 1, days, Rules(1, 1, "soft", ()), slots, vendors))


@pytest.mark.parametrize(
    ("categories", "days", "per_day", "neighbours", "pairs"),
    [
        ("aabb", 2, 2, 0, 0),
        ("aaab", 2, 2, 1, 1),  # one evening has two of a
        ("aaaabb", 1, 6, 1, 7),  # four of six: one touches at least
        ("aaaaabbbb", 3, 3, 0, 3),  # 2, 2, 1 of a and 1, 1, 2 of b
        ("aaaaaa", 2, 3, 4, 6),
    ],
)
def test_the_count_is_exact_where_everybody_is_free(categories: str, days: int, per_day: int, neighbours: int, pairs: int) -> None:
    instance = evenings(categories, days=days, per_day=per_day)
    holders = np.arange(len(categories))
    possible = possible_turns(instance, holders)

    assert (fewest_neighbours(instance, holders, possible), fewest_pairs(instance, holders, possible)) == (neighbours, pairs)


def test_with_even_turns_nobody_can_have_other_than_the_two_nearest_counts() -> None:
    instance = evenings("aab", days=2, per_day=2)

    possible = possible_turns(instance, np.array([0, 1, 0, 2]))

    assert possible.tolist() == [[False, True, True]] * 3


def test_points_can_forbid_a_count_that_turns_allow() -> None:
    instance = evenings("ab", days=2, per_day=1)

    possible = possible_turns(instance, np.array([0, 1]))

    assert possible.tolist() == [[False, True, False]] * 2
