"""What counting says of turns is what trying every vector of turns says."""

from itertools import product

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from bazaar.rotation.filling.counting import even_level, least_spread, least_squares, least_squares_within

RANGES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=4)


def vectors(total: int, ranges: list[tuple[int, int]]) -> list[tuple[int, ...]]:
    return [turns for turns in product(*(range(low, low + more + 1) for low, more in ranges)) if sum(turns) == total]


def spread(turns: tuple[int, ...], ceilings: list[int]) -> int:
    below = [count for count, ceiling in zip(turns, ceilings, strict=True) if count < ceiling]
    return max(0, max(turns) - min(below)) if below else 0


@given(st.integers(0, 12), RANGES)
def test_the_least_squares_and_the_least_spread_are_those_of_the_best_vector(total: int, ranges: list[tuple[int, int]]) -> None:
    floors, ceilings = np.array([low for low, _ in ranges]), np.array([low + more for low, more in ranges])
    every = vectors(total, ranges)
    assume(every)

    narrowest = min(spread(turns, ceilings.tolist()) for turns in every)
    squares = [sum(count * count for count in turns) for turns in every if spread(turns, ceilings.tolist()) <= narrowest]

    assert least_squares(total, floors, ceilings) == min(sum(count * count for count in turns) for turns in every)
    assert least_spread(total, floors, ceilings, ceilings) == narrowest
    assert least_squares_within(narrowest, total, floors, ceilings, ceilings) == min(squares)


def test_turns_that_cannot_add_up_have_no_squares() -> None:
    assert least_squares(5, np.array([0, 0]), np.array([2, 2])) is None
    assert least_spread(5, np.array([0, 0]), np.array([2, 2]), np.array([2, 2])) is None


def test_the_level_leaves_out_those_who_are_at_their_ceiling() -> None:
    assert even_level(7, np.array([1, 9, 9])) == 3.0
    assert even_level(20, np.array([1, 4])) == 4.0
