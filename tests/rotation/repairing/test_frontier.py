"""The frontier: fairer with each step, and no small plan with as many changes is fairer."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings

from bazaar.rotation.__main__ import main
from bazaar.rotation.problem import Problem, read_problem
from bazaar.rotation.repairing.frontier import frontier
from bazaar.rotation.repairing.replan import replan
from bazaar.rotation.repairing.steps import RepairStep
from bazaar.rotation.score import Score, score_plan
from tests.rotation.broken import broken_problems, every_repair
from tests.rotation.examples import load_example
from tests.rotation.problems import plain_problem, plain_slot, plain_vendor
from tests.rotation.repairing.test_replan import called_off, published_s1


@settings(max_examples=50, deadline=None)
@given(broken_problems())
def test_no_small_plan_with_as_many_changes_is_fairer(problem: Problem) -> None:
    steps = frontier(problem)

    scores = [score for _plan, score in every_repair(problem, steps[0].plan)]
    best = min(scores)
    rivals = [score for score in scores if (score.hard, score.unfilled, score.short) == (best.hard, best.unfilled, best.short)]
    for changes in range(steps[0].changes, len(problem.slots) + 1):
        offered = min(_even(step.score) for step in steps if step.changes <= changes)
        assert offered == min(_even(score) for score in rivals if score.changes <= changes)


def test_a_turn_moves_to_a_slot_that_was_empty_where_that_is_fairer() -> None:
    """The only vendor who can come has the poor slot of an evening, fewer points from before, and could have the good one."""
    slots = [plain_slot("poor", weight=10), plain_slot("good", position=1, weight=20)]
    vendors = [plain_vendor("new", past=(0,)), plain_vendor("away", past=(40,), days_off=frozenset({0}))]
    problem = plain_problem(slots, vendors, published={"poor": "new", "good": None})

    steps = frontier(problem)

    assert [(step.changes, step.plan["good"]) for step in steps] == [(0, None), (2, "new")]


@settings(max_examples=25, deadline=None)
@given(broken_problems())
def test_each_step_changes_more_and_is_fairer(problem: Problem) -> None:
    steps = frontier(problem)

    assert [step.score for step in steps] == [score_plan(problem, step.plan) for step in steps]
    assert [step.changes for step in steps] == [step.score.changes for step in steps]
    assert all(one.changes < two.changes for one, two in pairwise(steps))
    assert all(_without_changes(two.score) < _without_changes(one.score) for one, two in pairwise(steps))


def test_an_evening_called_off_at_73_by_120_is_even_again_with_few_changes_more() -> None:
    problem = called_off(published_s1(), 19)

    steps = frontier(problem)

    assert steps[0].changes == replan(problem).score.changes == 4
    assert _turns(steps[-1].score)[0] == 1
    assert "changes" in steps[0].result.proved
    assert all({"unfilled", "short", "spread", "turns_sq"} <= set(step.result.proved) for step in steps)


def test_the_last_step_is_as_fair_as_everything_drawn_afresh_and_proved() -> None:
    problem = read_problem(load_example("S1-replan")["problem"])

    steps = frontier(problem)
    again = replan(problem, extra_changes=steps[-1].changes - steps[0].changes)

    assert _even(steps[-1].score) == (1, 214, 907, 52808)
    assert {"unfilled", "short", "spread", "turns_sq", "dev_max", "dev_sq"} <= set(steps[-1].result.proved)
    assert again.plan == steps[-1].plan
    assert steps[-1].changes <= 60


def test_nothing_that_is_over_moves_in_any_step() -> None:
    problem = called_off(published_s1(), 20)

    steps = frontier(problem)

    over = [slot.id for slot in problem.slots if slot.day < problem.now]
    assert all(step.plan[slot] == (problem.published or {})[slot] for step in steps for slot in over)


def test_the_command_line_prints_a_list_of_changes_score_and_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(load_example("S1-replan")["problem"]))

    code = main(["frontier", str(path)])

    answer = json.loads(capsys.readouterr().out)
    assert code == 0
    assert all(list(step) == ["changes", "score", "plan"] for step in answer)
    assert answer[0]["score"] == replan(read_problem(load_example("S1-replan")["problem"])).score.as_dict()


def test_the_same_question_has_the_same_answer() -> None:
    problem = replace(called_off(published_s1(), 20), seed=3)

    assert [step.as_dict() for step in frontier(problem)] == [step.as_dict() for step in frontier(problem)]


def test_each_step_can_be_drawn_again_as_a_repair_with_as_many_extra_changes() -> None:
    problem = called_off(published_s1(), 20)

    steps = frontier(problem)

    again = [replan(problem, extra_changes=step.changes - steps[0].changes) for step in steps[:3]]
    assert [result.as_dict() for result in again] == [step.result.as_dict() for step in steps[:3]]


def test_a_step_survives_being_written_and_read() -> None:
    step = frontier(called_off(published_s1(), 20))[0]

    assert RepairStep.from_dict(step.with_proofs()) == step


def _even(score: Score) -> tuple[int, ...]:
    return (score.spread, score.turns_sq, score.dev_max, score.dev_sq)


def _turns(score: Score) -> tuple[int, int]:
    return score.spread, score.turns_sq


def _without_changes(score: Score) -> tuple[int, ...]:
    return tuple(value for part, value in score.as_dict().items() if part != "changes")
