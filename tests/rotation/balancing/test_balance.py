"""Stage 2 shares points as evenly as any plan can, says so with a bound that no plan beats, and touches nothing above."""

import random

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from bazaar.rotation.balancing.balance import balance, deviation, turn_range
from bazaar.rotation.filling.fill import fill
from bazaar.rotation.instance import Instance, instance_of, plan_of
from bazaar.rotation.problem import Problem, read_problem
from bazaar.rotation.score import Score, score_plan
from bazaar.rotation.stage import Holders, Outcome
from tests.rotation.examples import load_example
from tests.rotation.problems import plain_problem, plain_slot, plain_vendor
from tests.rotation.small import every_plan, small_problems

ABOVE = ("hard", "unfilled", "short", "changes", "spread", "turns_sq")
MOST_PLANS = 1_500


def filled(instance: Instance) -> Holders:
    return fill(instance, random.Random(1), effort=1, progress=lambda _stage, _share: None).holders


def balanced(instance: Instance, holders: Holders) -> Outcome:
    return balance(instance, holders, effort=1, progress=lambda _stage, _share: None)


def score_of(instance: Instance, holders: Holders) -> Score:
    return score_plan(instance.problem, plan_of(instance, holders))


def above(score: Score) -> tuple[int, ...]:
    return tuple(getattr(score, part) for part in ABOVE)


def solved(problem: Problem) -> tuple[Score, Outcome]:
    instance = instance_of(problem)
    outcome = balanced(instance, filled(instance))
    return score_of(instance, outcome.holders), outcome


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(small_problems(most_days=4, most_slots=6, most_vendors=4))
def test_no_plan_beats_the_bounds_and_the_parts_above_stay(problem: Problem) -> None:
    instance = instance_of(problem)
    choices = np.prod([1.0 + instance.fits[:, slot].sum() for slot in range(instance.slot_count)])
    assume(choices <= MOST_PLANS)
    before = filled(instance)

    outcome = balanced(instance, before)

    after = score_of(instance, outcome.holders)
    assert above(after) <= above(score_of(instance, before))
    peers = [score for plan in every_plan(instance) if above(score := score_of(instance, np.array(plan))) == above(after)]
    narrowest = min(score.dev_max for score in peers)
    evenest = min(score.dev_sq for score in peers if score.dev_max == after.dev_max)
    assert outcome.bounds["dev_max"] is None or outcome.bounds["dev_max"] <= narrowest <= after.dev_max
    assert outcome.bounds["dev_sq"] is None or outcome.bounds["dev_sq"] <= evenest <= after.dev_sq


@pytest.mark.parametrize("name", ["S1", "M1", "T3", "T5"])
def test_a_known_instance_is_solved_to_the_bound_of_both_parts(name: str) -> None:
    score, outcome = solved(read_problem(load_example(name)["problem"]))

    assert (score.dev_max, score.dev_sq) == (outcome.bounds["dev_max"], outcome.bounds["dev_sq"])


def test_the_known_optimum_of_the_small_edition_is_met() -> None:
    score, _outcome = solved(read_problem(load_example("S1")["problem"]))

    assert score.dev_sq == 52_100


def test_two_runs_give_the_same_plan() -> None:
    instance = instance_of(read_problem(load_example("M1")["problem"]))
    start = filled(instance)

    first, second = balanced(instance, start), balanced(instance, start)

    assert first.holders.tolist() == second.holders.tolist()
    assert first.bounds == second.bounds


def test_fixed_slots_stay_with_their_vendors() -> None:
    instance = instance_of(read_problem(load_example("M1")["problem"]))

    outcome = balanced(instance, filled(instance))

    assert outcome.holders[instance.is_fixed].tolist() == instance.forced[instance.is_fixed].tolist()


def test_the_bound_has_the_parity_of_the_points_when_all_slots_are_held() -> None:
    """F squared is odd where F is: three points cannot be shared by two vendors with squares of four."""
    slots = [plain_slot("s0", weight=1), plain_slot("s1", day=1, weight=2)]
    score, outcome = solved(plain_problem(slots, [plain_vendor("v0"), plain_vendor("v1")]))

    assert outcome.bounds["dev_sq"] == score.dev_sq == 5


def test_two_slots_are_traded_for_a_better_one_where_half_of_that_would_be_dear() -> None:
    """v0 carries a surplus over and holds two slots, v1 the best one: all three must change hands at once."""
    slots = [plain_slot("s0", weight=12), plain_slot("s1", day=4, weight=15), plain_slot("s2", day=8, weight=20)]
    vendors = [plain_vendor("v0", past=(22,)), plain_vendor("v1", past=(10,))]
    instance = instance_of(plain_problem(slots, vendors))

    outcome = balanced(instance, np.array([0, 0, 1]))

    assert outcome.holders.tolist() == [1, 1, 0]
    assert outcome.bounds["dev_sq"] == score_of(instance, outcome.holders).dev_sq


def test_somebody_who_is_free_on_one_day_only_has_fewer_turns_and_the_bound_knows() -> None:
    """Counts of 1, 4 and 4: outside the rounded mean of 3."""
    days = range(0, 18, 2)
    slots = [plain_slot(f"s{day}", day=day, weight=10 + day % 4) for day in days]
    vendors = [plain_vendor("v0", days_off=frozenset(days) - {4}), plain_vendor("v1"), plain_vendor("v2")]
    score, outcome = solved(plain_problem(slots, vendors))

    assert score.turns_sq == 1 + 16 + 16
    assert outcome.bounds["dev_sq"] is not None
    assert outcome.bounds["dev_sq"] <= score.dev_sq


def test_a_veteran_far_above_the_others_settles_the_widest_distance() -> None:
    score, outcome = solved(read_problem(load_example("T5")["problem"]))

    assert outcome.bounds["dev_max"] == score.dev_max > 10_000


@pytest.mark.parametrize("vendors", [0, 1])
def test_nothing_to_share_is_proved_as_it_is(vendors: int) -> None:
    problem = plain_problem([plain_slot("s0")] if vendors == 0 else [], [plain_vendor("v0", past=(5,))][:vendors])
    score, outcome = solved(problem)

    assert outcome.bounds == {"dev_max": score.dev_max, "dev_sq": score.dev_sq}


def test_distance_and_squares_are_those_of_the_score() -> None:
    assert deviation(np.array([3, 5, 10])) == (12, 134)


def test_turn_counts_are_the_rounded_mean_where_squares_are_least() -> None:
    instance = instance_of(
        plain_problem([plain_slot(f"s{day}", day=4 * day) for day in range(5)], [plain_vendor("v0"), plain_vendor("v1")])
    )

    fewest, most = turn_range(instance, np.array([2, 3]))

    assert (fewest.tolist(), most.tolist()) == ([2, 2], [3, 3])


@pytest.mark.parametrize("name", ["T1", "T4"])
def test_where_slots_stay_empty_there_are_bounds_all_the_same(name: str) -> None:
    score, outcome = solved(read_problem(load_example(name)["problem"]))

    assert score.unfilled > 0
    assert 0 < (outcome.bounds["dev_max"] or 0) <= score.dev_max
    assert 0 < (outcome.bounds["dev_sq"] or 0) <= score.dev_sq


def test_which_slot_stays_empty_is_chosen_for_the_most_even_points() -> None:
    """Two vendors, three slots on one day: the two of equal worth."""
    slots = [plain_slot(f"s{place}", position=place, weight=weight) for place, weight in enumerate([10, 20, 10])]
    score, outcome = solved(plain_problem(slots, [plain_vendor("v0"), plain_vendor("v1")]))

    assert (score.dev_max, score.dev_sq) == (0, 200)
    assert outcome.bounds == {"dev_max": 0, "dev_sq": 200}


def test_pins_that_contradict_each_other_leave_the_bounds_of_points_open() -> None:
    slots = [plain_slot("s0", pin="v0"), plain_slot("s1", day=1, pin="v0"), plain_slot("s2", day=6)]
    _score, outcome = solved(plain_problem(slots, [plain_vendor("v0", gap=3), plain_vendor("v1")]))

    assert outcome.bounds == {"dev_max": None, "dev_sq": None}
