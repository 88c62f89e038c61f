"""Polishing touches nothing above neighbours, makes the four parts no worse, and repeats itself."""

import random

import numpy as np
import pytest
from hypothesis import given, settings

from bazaar.rotation.balancing.balance import balance
from bazaar.rotation.filling.fill import fill
from bazaar.rotation.instance import holders_of, instance_of, plan_of
from bazaar.rotation.polishing.polish import PARTS, polish
from bazaar.rotation.problem import Problem, read_problem
from bazaar.rotation.repairing.replan import replan
from bazaar.rotation.score import Score, score_plan
from tests.rotation.examples import NAMES, load_example
from tests.rotation.small import small_problems


def quiet(_stage: str, _share: float) -> None:
    pass


def polished(problem: Problem) -> tuple[Score, Score, dict[str, int | None]]:
    """(score before, score after, bounds)."""
    instance, dice = instance_of(problem), random.Random(5)
    if problem.published is not None:  # a repair has a stage of its own instead of the first two
        before = holders_of(instance, replan(problem).plan)
    else:
        before = balance(instance, fill(instance, dice, effort=1, progress=quiet).holders, effort=1, progress=quiet).holders
    after = polish(instance, before, dice, effort=1, progress=quiet)
    return (
        score_plan(problem, plan_of(instance, before)),
        score_plan(problem, plan_of(instance, after.holders)),
        dict(after.bounds),
    )


def above(score: Score) -> list[int]:
    return [value for part, value in score.as_dict().items() if part not in PARTS]


def lower(score: Score) -> list[int]:
    return [getattr(score, part) for part in PARTS]


@settings(max_examples=30, deadline=None)
@given(small_problems())
def test_what_stands_above_does_not_change_and_the_four_get_no_worse(problem: Problem) -> None:
    before, after, bounds = polished(problem)

    assert above(after) <= above(before)
    assert lower(after) <= lower(before)
    assert all(bound is None or bound <= getattr(after, part) for part, bound in bounds.items())


@pytest.mark.parametrize("name", NAMES)
def test_a_known_problem_keeps_what_stands_above_also_in_a_repair(name: str) -> None:
    before, after, _bounds = polished(read_problem(load_example(name)["problem"]))

    assert above(after) == above(before)


@pytest.mark.parametrize("name", ["S1", "M1"])
def test_a_large_problem_ends_without_neighbours_of_one_category(name: str) -> None:
    before, after, _bounds = polished(read_problem(load_example(name)["problem"]))

    assert before.adj > 0
    assert after.adj == 0
    assert after.spacing < before.spacing / 3


def test_two_runs_with_equal_dice_are_equal() -> None:
    instance = instance_of(read_problem(load_example("T5")["problem"]))
    start = fill(instance, random.Random(1), effort=1, progress=quiet).holders

    runs = [polish(instance, start, random.Random(3), effort=1, progress=quiet).holders for _ in range(2)]

    assert np.array_equal(*runs)


def test_the_share_that_is_done_grows_to_one() -> None:
    instance, told = instance_of(read_problem(load_example("T2")["problem"])), []
    start = fill(instance, random.Random(1), effort=1, progress=quiet).holders

    polish(instance, start, random.Random(3), effort=1, progress=lambda _stage, share: told.append(share))

    assert told == sorted(told)
    assert told[-1] == 1.0
