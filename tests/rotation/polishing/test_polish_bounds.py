"""No bound claims more than is true: it is never above the best that trying every plan finds."""

import random

import numpy as np
import pytest
from hypothesis import given, settings

from bazaar.rotation.filling.fill import fill
from bazaar.rotation.instance import instance_of, plan_of
from bazaar.rotation.polishing.polish import PARTS
from bazaar.rotation.polishing.polish_bounds import polish_bounds
from bazaar.rotation.problem import Problem, read_problem
from bazaar.rotation.score import Score, score_plan
from tests.rotation.examples import load_example
from tests.rotation.small import every_plan, small_problems


def best_by_trying(problem: Problem, score: Score) -> dict[str, int]:
    """For each of the four parts the least value among all plans that are equal to the score in every part above."""
    instance = instance_of(problem)
    scores = [score_plan(problem, plan_of(instance, np.array(holders))).as_dict() for holders in every_plan(instance)]
    wanted, best = score.as_dict(), {}
    for part in wanted:
        if part in PARTS:
            best[part] = min(each[part] for each in scores)
        scores = [each for each in scores if each[part] == wanted[part]]
    return best


@settings(max_examples=60, deadline=None)
@given(small_problems(most_days=5, most_slots=5, most_vendors=4))
def test_a_bound_is_never_above_the_best_of_all_plans(problem: Problem) -> None:
    instance = instance_of(problem)
    holders = fill(instance, random.Random(1), effort=1, progress=lambda _stage, _share: None).holders
    score = score_plan(problem, plan_of(instance, holders))

    bounds = polish_bounds(instance, holders)

    best = best_by_trying(problem, score)
    assert {part: min(bounds[part], best[part]) for part in PARTS} == bounds


@pytest.mark.parametrize("name", ["T3"])
def test_where_one_category_dominates_neighbours_cannot_be_avoided_and_that_is_counted(name: str) -> None:
    instance = instance_of(read_problem(load_example(name)["problem"]))
    holders = fill(instance, random.Random(1), effort=1, progress=lambda _stage, _share: None).holders

    assert polish_bounds(instance, holders)["adj"] >= 20
