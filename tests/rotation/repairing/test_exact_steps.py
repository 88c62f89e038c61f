"""Between the first and the last step of a frontier no plan with as many changes is fairer, and what is claimed of a step is true."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from bazaar.rotation.problem import Problem
from bazaar.rotation.repairing import exact_steps
from bazaar.rotation.repairing.exact_steps import FAIRNESS, fairness_of, numbers_asked
from bazaar.rotation.repairing.frontier import frontier
from bazaar.rotation.score import PARTS
from bazaar.rotation.solve import solve
from tests.rotation.broken import broken_problems, every_repair
from tests.rotation.problems import plain_problem, plain_slot, plain_vendor
from tests.rotation.repairing.test_replan import called_off, published_s1


@settings(max_examples=25, deadline=None)
@given(broken_problems())
def test_what_a_step_says_no_plan_with_as_many_changes_beats(problem: Problem) -> None:
    steps = frontier(problem)

    scores = [score for _plan, score in every_repair(problem, steps[0].plan)]
    for step in steps:
        rivals = [score for score in scores if score.changes <= step.changes]
        for part in FAIRNESS:
            bound = step.result.bounds[part]
            assert bound is None or bound <= min(getattr(score, part) for score in rivals)
            rivals = [score for score in rivals if getattr(score, part) == getattr(step.score, part)]


def test_points_are_as_even_as_each_number_of_changes_allows_and_proved() -> None:
    """Who had much before holds the good slots; each pair of changes puts one of them right."""
    slots = [plain_slot(f"s{day}", day=day, weight=weight) for day, weight in enumerate((20, 18, 10, 11))]
    vendors = [plain_vendor(f"v{number}", gap=1, past=(points,)) for number, points in enumerate((60, 50, 20, 10))]
    problem = plain_problem(slots, vendors, published={f"s{number}": f"v{number}" for number in range(4)})

    steps = frontier(problem)

    best: dict[int, tuple[int, ...]] = {}
    for _plan, score in every_repair(problem, steps[0].plan):
        fair = tuple(getattr(score, part) for part in FAIRNESS)
        best[score.changes] = min(fair, best.get(score.changes, fair))
    assert [step.changes for step in steps] == [0, 2, 3, 4]
    assert [fairness_of(step.result) for step in steps] == [min(best[n] for n in best if n <= step.changes) for step in steps]
    assert all(set(FAIRNESS) <= set(step.result.proved) for step in steps)


def test_at_73_by_120_the_next_few_changes_are_proved_and_without_effort_less_is_found_and_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = called_off(published_s1(), 19)

    exact = frontier(problem)
    monkeypatch.setattr(exact_steps, "COLUMNS", 0)
    found = frontier(problem)

    assert all(set(FAIRNESS) <= set(step.result.proved) for step in exact[:7])
    assert any("dev_sq" not in step.result.proved for step in found)
    for step in found:
        rival = max((each for each in exact if each.changes <= step.changes), key=lambda each: each.changes)
        assert fairness_of(rival.result) <= fairness_of(step.result)


def test_numbers_of_changes_are_asked_one_by_one_and_farther_up_apart() -> None:
    asked = sorted(numbers_asked(3, 60))

    assert asked[:12] == list(range(4, 16))
    assert asked[-1] == 60
    assert len(asked) < 30


@pytest.mark.parametrize("short", [0, 1])
def test_a_guarantee_is_not_given_up_for_points(short: int) -> None:
    slots = [plain_slot(f"s{day}", day=day, weight=10 + 5 * (day % 2)) for day in range(4)]
    vendors = [plain_vendor(f"v{number}", gap=1, past=(40 - 20 * number,), min_turns=2 + short * (number == 0)) for number in range(2)]
    problem = plain_problem(slots, vendors)
    problem = replace(problem, published=dict(solve(problem).plan))

    steps = frontier(problem)

    assert {step.score.short for step in steps} == {min(score.short for _plan, score in every_repair(problem, steps[0].plan))}
    assert set(PARTS[:3]) <= set(steps[-1].result.proved)
