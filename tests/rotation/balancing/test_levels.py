"""Where slots have too many values for the program over baskets, ranges bound what anybody can have, and levelling bounds the rest."""

import random
from dataclasses import replace
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bazaar.rotation.balancing.balance import balance
from bazaar.rotation.balancing.baskets import market_of
from bazaar.rotation.balancing.levels import levelled, narrowest_of_ranges, ranges
from bazaar.rotation.filling.fill import fill
from bazaar.rotation.instance import instance_of, plan_of
from bazaar.rotation.problem import read_problem
from bazaar.rotation.score import score_plan
from bazaar.rotation.stage import NOBODY
from tests.rotation.examples import load_example
from tests.rotation.problems import plain_problem, plain_slot, plain_vendor


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(-4, 6), st.integers(0, 5)), min_size=1, max_size=4), st.integers(-10, 25))
def test_levelling_is_the_best_of_all_whole_points_within_the_ranges(vessels: list[tuple[int, int]], total: int) -> None:
    least = np.array([low for low, _ in vessels])
    most = least + np.array([room for _, room in vessels])
    count = len(vessels)
    every = [
        (max(abs(count * value - total) for value in final), sum(value * value for value in final))
        for final in product(*(range(low, high + 1) for low, high in zip(least.tolist(), most.tolist(), strict=True)))
        if sum(final) == total
    ]

    dev_max = narrowest_of_ranges(least, most, total)

    assert (dev_max is None) == (not every)
    if dev_max is not None:
        assert dev_max <= min(every)[0]
        assert levelled(least, most, total, min(every)[0]) == min(every)[1]


def test_the_range_keeps_days_off_and_the_gap() -> None:
    slots = [plain_slot(f"s{day}", day=day, weight=weight) for day, weight in enumerate([10, 20, 40, 30])]
    vendors = [plain_vendor("v0", gap=2), plain_vendor("v1", gap=3, days_off=frozenset({2}))]
    instance = instance_of(plain_problem(slots, vendors))
    market = market_of(instance, np.full(4, NOBODY), np.zeros(4, dtype=np.bool_))

    least, most = ranges(instance, market, np.array([2, 1]), np.array([2, 2]))

    assert (least.tolist(), most.tolist()) == ([40, 10], [50, 40])


def test_measured_viewers_are_shared_within_a_hair_of_the_bound() -> None:
    problem = read_problem(load_example("S1")["problem"])
    dice = random.Random(5)
    problem = replace(problem, slots=tuple(replace(slot, weight=dice.randint(20, 90)) for slot in problem.slots))
    instance = instance_of(problem)
    start = fill(instance, random.Random(1), effort=1, progress=lambda _stage, _share: None).holders

    outcome = balance(instance, start, effort=1, progress=lambda _stage, _share: None)

    score = score_plan(problem, plan_of(instance, outcome.holders))
    assert outcome.bounds["dev_sq"] is not None
    assert outcome.bounds["dev_sq"] <= score.dev_sq <= 1.01 * outcome.bounds["dev_sq"]
    assert score.dev_sq < score_plan(problem, plan_of(instance, start)).dev_sq
