"""The program over baskets: never above a whole choice of baskets, on it where that is possible, and raised where it is not."""

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bazaar.rotation.balancing.baskets import Market, baskets_of
from bazaar.rotation.balancing.branching import is_out_of_reach
from bazaar.rotation.balancing.configuration import SCALE, Program, is_impossible, narrowest, program_of, reduced_costs, relax


def program_with(base: list[int], worth: list[int], supply: list[int], *, turns: tuple[int, int]) -> Program:
    """Everybody may take any basket with so many turns."""
    count = len(base)
    nobody = np.zeros(0, dtype=np.int64)
    market = Market(nobody, nobody, np.array(worth), np.array(supply), np.array(base), np.zeros(count, dtype=np.int64), fixed_days=())
    baskets = baskets_of(market.worth, turns[1])
    may = np.broadcast_to((baskets.turns >= turns[0]) & (baskets.turns <= turns[1]), (count, len(baskets)))
    return program_of(market, baskets, may, sum(base) + int(market.worth @ market.supply), None)


def whole_choices(program: Program) -> list[tuple[int, int]]:
    """(dev_max, dev_sq) of every way to hand out the slots."""
    vendors = [program.final()[group] for group in program.group]
    found = []
    for choice in product(range(len(program.points)), repeat=program.vendor_count):
        if (program.counts[list(choice)].sum(axis=0) == program.supply).all() and all(
            program.may[group, basket] for group, basket in zip(program.group, choice, strict=True)
        ):
            final = np.array([points[basket] for points, basket in zip(vendors, choice, strict=True)])
            found.append((int(np.abs(len(final) * final - program.total).max()), int(final @ final)))
    return found


@settings(max_examples=60, deadline=None)
@given(
    base=st.lists(st.integers(-9, 9), min_size=3, max_size=3),
    worth=st.sampled_from([[10, 13], [3, 10], [7, 8]]),
    cheap=st.integers(0, 5),
)
def test_the_bounds_are_at_most_the_best_whole_choice(base: list[int], worth: list[int], cheap: int) -> None:
    program = program_with(base, worth, [cheap, 5 - cheap], turns=(1, 2))
    choices = whole_choices(program)

    dev_max = narrowest(program, max(distance for distance, _ in choices))
    relaxed = relax(program.within(min(choices)[0]))

    assert dev_max <= min(choices)[0]
    assert relaxed is not None
    assert relaxed.bound <= min(choices)[1]


@settings(max_examples=60, deadline=None)
@given(
    begin=st.lists(st.tuples(st.sampled_from([0, 10]), st.integers(0, 2)), min_size=3, max_size=3),
    supply=st.sampled_from([[1, 1], [2, 1], [1, 2]]),
    data=st.data(),
)
def test_whoever_has_as_many_points_from_other_fixed_turns_is_not_taken_for_the_same(
    begin: list[tuple[int, int]], supply: list[int], data: st.DataObject
) -> None:
    """A pinned slot of 10 points, or 10 points carried over: equal points, but the turns still to come are not worth the same squares."""
    base, fixed_turns = (np.array(column) for column in zip(*begin, strict=True))
    nobody, worth = np.zeros(0, dtype=np.int64), np.array([10, 20])
    market = Market(nobody, nobody, worth, np.array(supply), base, fixed_turns, fixed_days=())
    baskets = baskets_of(worth, sum(supply))
    ways = []  # (squared turns, squared points) of every way to hand out the slots
    for way in product(range(len(baskets)), repeat=len(begin)):
        if baskets.counts[list(way)].sum(axis=0).tolist() == supply:
            turns, final = fixed_turns + baskets.turns[list(way)], base + baskets.points[list(way)]
            ways.append((int(turns @ turns), int(final @ final)))
    squares = data.draw(st.sampled_from(sorted({turns for turns, _ in ways})))
    may = np.ones((len(begin), len(baskets)), dtype=np.bool_)

    relaxed = relax(program_of(market, baskets, may, int(base.sum() + worth @ supply), squares))

    assert relaxed is not None
    assert relaxed.bound <= min(points for turns, points in ways if turns == squares)


def test_a_bound_that_only_halves_of_baskets_reach_is_raised() -> None:
    """Two vendors and two slots of 10 and 13 points: each would take half of both."""
    program = program_with([0, 1], [10, 13], [1, 1], turns=(1, 1))
    relaxed = relax(program)

    assert relaxed is not None
    best = min(square for _, square in whole_choices(program))
    assert relaxed.bound <= best
    assert is_out_of_reach(program, relaxed, relaxed.slack + (best - relaxed.bound) * SCALE) is False
    assert is_out_of_reach(program, relaxed, relaxed.slack + (best - relaxed.bound - 2) * SCALE) is True


def test_a_band_too_narrow_for_somebody_is_impossible() -> None:
    program = program_with([0, 0, 30], [10], [3], turns=(1, 1))

    assert is_impossible(program.within(59))
    assert not is_impossible(program.within(60))


def test_the_distance_from_the_bound_is_the_sum_of_reduced_costs() -> None:
    program = program_with([0, 3, -3], [10, 13], [2, 3], turns=(1, 2))
    relaxed = relax(program)
    assert relaxed is not None
    basket = {tuple(counts): row for row, counts in enumerate(program.counts.tolist())}
    chosen = np.array([basket[1, 1], basket[1, 1], basket[0, 1]])

    reduced = reduced_costs(program, relaxed.prices)[program.group, chosen].sum()

    final = program.final()[program.group, chosen]
    assert reduced - relaxed.slack == SCALE * (int(final @ final) - relaxed.bound)
