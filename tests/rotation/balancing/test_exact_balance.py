"""Small problems whose points baskets alone do not settle are solved and proved: no plan that is as good above has more even points."""

import random

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from bazaar.rotation.balancing import basket_columns, exact_balance
from bazaar.rotation.balancing.balance import balance
from bazaar.rotation.balancing.exact_balance import prove_balance
from bazaar.rotation.filling.fill import fill
from bazaar.rotation.instance import Instance, instance_of, plan_of
from bazaar.rotation.problem import Problem, read_problem
from bazaar.rotation.score import PARTS, Score, score_plan
from bazaar.rotation.stage import Holders, Outcome
from tests.rotation.examples import load_example
from tests.rotation.problems import plain_problem, plain_slot, plain_vendor
from tests.rotation.small import every_plan, small_problems

MOST_PLANS = 1_500
POINTS = ("dev_max", "dev_sq")


def score_of(instance: Instance, holders: Holders) -> Score:
    return score_plan(instance.problem, plan_of(instance, holders))


def stages(problem: Problem) -> tuple[Instance, Outcome, Outcome]:
    instance = instance_of(problem)
    filled = fill(instance, random.Random(1), effort=1, progress=lambda _stage, _share: None)
    return instance, filled, balance(instance, filled.holders, effort=1, progress=lambda _stage, _share: None)


def settled(problem: Problem) -> tuple[Score, Outcome]:
    instance, filled, balanced = stages(problem)
    outcome = prove_balance(instance, filled.bounds, balanced, effort=1)
    return score_of(instance, outcome.holders), outcome


def assert_proved(score: Score, outcome: Outcome) -> None:
    assert (outcome.bounds["dev_max"], outcome.bounds["dev_sq"]) == (score.dev_max, score.dev_sq)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(small_problems(most_days=4, most_slots=6, most_vendors=4))
def test_points_are_as_even_as_those_of_the_best_of_all_plans_and_proved(problem: Problem) -> None:
    assume(problem.published is None)
    instance = instance_of(problem)
    may_stand = instance.fits | (instance.forced == np.arange(instance.vendor_count)[:, None])
    assume(np.prod(1.0 + may_stand.sum(axis=0)) <= MOST_PLANS)

    score, outcome = settled(problem)

    best = min(score_of(instance, np.array(plan)) for plan in every_plan(instance))
    assert [getattr(score, part) for part in PARTS[:8]] == [getattr(best, part) for part in PARTS[:8]]
    assert_proved(score, outcome)


@pytest.mark.parametrize("name", ["T1", "T2", "T4"])
def test_traps_that_leave_slots_empty_or_guarantees_unkept_are_proved(name: str) -> None:
    score, outcome = settled(read_problem(load_example(name)["problem"]))

    assert_proved(score, outcome)


def test_a_plan_that_is_proved_already_is_left_alone() -> None:
    instance, filled, balanced = stages(read_problem(load_example("S1")["problem"]))

    outcome = prove_balance(instance, filled.bounds, balanced, effort=1)

    assert outcome is balanced


def test_nothing_is_said_where_a_part_above_is_not_proved() -> None:
    instance, filled, balanced = stages(read_problem(load_example("T4")["problem"]))

    outcome = prove_balance(instance, {**filled.bounds, "spread": None}, balanced, effort=1)

    assert outcome is balanced


def test_a_problem_too_large_is_left_as_the_search_found_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact_balance, "MOST_COLUMNS", 20)
    instance, filled, balanced = stages(read_problem(load_example("T4")["problem"]))

    outcome = prove_balance(instance, filled.bounds, balanced, effort=1)

    assert outcome is balanced


def test_points_too_far_apart_for_floating_point_are_left_as_the_search_found_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact_balance, "MOST_SQUARES", 20)
    instance, filled, balanced = stages(read_problem(load_example("T4")["problem"]))

    outcome = prove_balance(instance, filled.bounds, balanced, effort=1)

    assert outcome is balanced


def test_which_of_two_pins_gives_way_is_chosen_for_the_most_even_points() -> None:
    """The vendor with more points from before keeps the slot that is worth less."""
    slots = [plain_slot("good", weight=20, pin="rich"), plain_slot("poor", day=1, weight=10, pin="rich")]
    vendors = [plain_vendor("rich", past=(40,)), plain_vendor("new", past=(20,))]  # credit 6 and -6

    score, outcome = settled(plain_problem(slots, vendors))

    assert score.hard == 1
    assert (score.dev_max, score.dev_sq) == (2, 16**2 + 14**2)
    assert_proved(score, outcome)


def test_baskets_known_by_turns_and_points_only_settle_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = read_problem(load_example("T4")["problem"])
    by_values, _outcome = settled(problem)
    monkeypatch.setattr(basket_columns, "MOST_BASKETS", 0)

    score, outcome = settled(problem)

    assert (score.dev_max, score.dev_sq) == (by_values.dev_max, by_values.dev_sq)
    assert_proved(score, outcome)
