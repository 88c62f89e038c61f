"""A repair changes as little as can be, moves nothing that is settled, and is as fair as its changes allow."""

import json
import os
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings

from bazaar.rotation.__main__ import main
from bazaar.rotation.problem import Problem, ProblemError, read_problem
from bazaar.rotation.repairing.replan import replan
from bazaar.rotation.result import Result
from bazaar.rotation.score import PARTS, Score, score_plan
from bazaar.rotation.solve import solve
from tests.rotation.broken import broken_problems, evenings, every_repair
from tests.rotation.examples import load_example
from tests.rotation.small import small_problems
from tests.rotation.tiny import PIN_OF_NOBODY, problem_of

S1 = read_problem(load_example("S1")["problem"])
S1_PLAN = solve(S1).plan


def published_s1(*, now: int = 10) -> Problem:
    """The sample of 73 vendors as it was drawn, from the tenth day on."""
    return replace(S1, published=S1_PLAN, now=now)


def without_vendor(problem: Problem, vendor_id: str) -> Problem:
    """The vendor has left."""
    return replace(problem, vendors=tuple(vendor for vendor in problem.vendors if vendor.id != vendor_id))


def called_off(problem: Problem, day: int) -> Problem:
    """Nobody comes on that day."""
    return replace(problem, vendors=tuple(replace(vendor, days_off=vendor.days_off | {day}) for vendor in problem.vendors))


@settings(max_examples=50, deadline=None)
@given(broken_problems())
def test_no_plan_fills_more_keeps_more_guarantees_or_changes_less(problem: Problem) -> None:
    result = replan(problem)

    scores = [score for _plan, score in every_repair(problem, result.plan)]
    least = min(scores)
    assert (result.score.hard, result.score.unfilled, result.score.short, result.score.changes) == (
        least.hard,
        least.unfilled,
        least.short,
        least.changes,
    )
    assert (result.score.spread, result.score.turns_sq) == (least.spread, least.turns_sq)


@settings(max_examples=30, deadline=None)
@given(broken_problems())
def test_what_is_said_to_be_proved_is_true(problem: Problem) -> None:
    result = replan(problem)

    scores = [score for _plan, score in every_repair(problem, result.plan)]
    for index, part in enumerate(PARTS):
        above = PARTS[:index]
        rivals = [score for score in scores if _are_equal(score, result.score, above)]
        bound = result.bounds[part]
        assert bound is None or bound <= min(getattr(score, part) for score in rivals)


@settings(max_examples=25, deadline=None)
@given(broken_problems())
def test_what_is_pinned_or_over_does_not_move(problem: Problem) -> None:
    vendors = {vendor.id for vendor in problem.vendors}

    plan = replan(problem, extra_changes=3).plan

    for slot in problem.slots:
        published = (problem.published or {}).get(slot.id)
        if slot.day < problem.now:
            assert plan[slot.id] == (published if published in vendors else None)
        elif slot.pin is not None:
            assert plan[slot.id] in (slot.pin, None)


def test_a_vendor_who_leaves_costs_their_turns_ahead_and_nothing_else() -> None:
    problem = published_s1()
    published = problem.published or {}
    leaver = next(
        vendor.id
        for vendor in problem.vendors
        if all(slot.pin != vendor.id for slot in problem.slots)
        and not any(slot.day < problem.now and published[slot.id] == vendor.id for slot in problem.slots)
    )
    turns = [slot.id for slot in problem.slots if published[slot.id] == leaver]

    result = replan(without_vendor(problem, leaver))

    assert [slot.id for slot in problem.slots if result.plan[slot.id] != published[slot.id]] == turns
    assert {"unfilled", "short", "changes", "spread", "turns_sq"} <= set(result.proved)


def test_an_evening_called_off_takes_its_turns_and_no_others_and_more_changes_make_it_even_again() -> None:
    problem = called_off(published_s1(), 19)

    least, more = replan(problem), replan(problem, extra_changes=4)

    assert (least.score.changes, least.score.unfilled) == (4, 4)
    assert more.score.changes <= 8
    assert _fairness(more.score) < _fairness(least.score)


def test_where_a_pin_cannot_be_kept_its_vendor_may_as_well_stay_and_nothing_is_said_to_be_proved_of_the_rest() -> None:
    """Day 20 has a pinned slot, on an evening that is called off: one broken rule, whether the slot is empty or not."""
    problem = called_off(published_s1(), 20)
    (pinned,) = [slot for slot in problem.slots if slot.day == 20 and slot.pin is not None]

    result = replan(problem)

    assert result.plan[pinned.id] == pinned.pin
    assert (result.score.hard, result.bounds["hard"]) == (1, 1)
    assert [result.bounds[part] for part in ("unfilled", "changes", "spread", "turns_sq", "dev_max", "dev_sq")] == [None] * 6


def test_a_slot_whose_pin_cannot_be_kept_stays_as_published() -> None:
    problem = problem_of(slots=[(0, 0)], vendors=[{}, {"days_off": frozenset({0})}], pins={0: "v1"}, published={"s0": "v1"})

    result = replan(problem)

    assert result.plan == {"s0": "v1"}
    assert (result.score.hard, result.score.unfilled, result.score.changes) == (1, 0, 0)


def test_a_slot_pinned_to_somebody_who_is_gone_goes_to_whoever_fits() -> None:
    problem = problem_of(slots=[(0, 0)], vendors=[{}], pins={0: PIN_OF_NOBODY}, published={"s0": None})

    result = replan(problem)

    assert result.plan == {"s0": "v0"}
    assert result.bounds["hard"] == 1


@settings(max_examples=40, deadline=None)
@given(small_problems(most_days=3, most_slots=4, most_vendors=3))
def test_nothing_false_is_claimed_where_what_is_fixed_contradicts_itself(problem: Problem) -> None:
    problem = problem if problem.published is not None else replace(problem, published={slot.id: slot.pin for slot in problem.slots})
    names = [None, *(vendor.id for vendor in problem.vendors)]
    plans = product(names, repeat=len(problem.slots))

    result = replan(problem)

    scores = [score_plan(problem, dict(zip((slot.id for slot in problem.slots), plan, strict=True))) for plan in plans]
    for part in PARTS:
        least = min(getattr(score, part) for score in scores)
        assert (bound := result.bounds[part]) is None or bound <= least
        scores = [score for score in scores if getattr(score, part) == getattr(result.score, part)]


def test_a_repair_of_the_known_example_is_at_its_bound() -> None:
    problem = read_problem(load_example("S1-replan")["problem"])

    result = replan(problem)

    assert {"hard", "unfilled", "short", "changes"} <= set(result.proved)
    assert result.score <= Score(**load_example("S1-replan")["score"])


def test_where_nobody_is_free_somebody_moves_for_it() -> None:
    problem = evenings(vendors=3, days=3, slots_a_day=1)
    vendors = list(problem.vendors)
    vendors[1] = replace(vendors[1], days_off=frozenset({0, 2}))  # who stood on the third day can only come on the second now
    vendors[2] = replace(vendors[2], days_off=frozenset({0, 1}), max_turns=1)
    vendors[0] = replace(vendors[0], max_turns=1)
    problem = replace(problem, vendors=tuple(vendors), published={"s0-0": None, "s1-0": "v0", "s2-0": "v1"})

    result = replan(problem)

    assert result.plan == {"s0-0": "v0", "s1-0": "v1", "s2-0": "v2"}
    assert {"unfilled", "changes"} <= set(result.proved)


def test_an_unbroken_rotation_stays_as_it_is() -> None:
    problem = published_s1(now=0)

    assert replan(problem).plan == problem.published


def test_solving_what_is_published_is_repairing_it() -> None:
    problem = called_off(published_s1(), 20)

    assert solve(problem).as_dict() == replan(problem).as_dict()


def test_without_something_published_there_is_nothing_to_repair() -> None:
    with pytest.raises(ProblemError, match="published"):
        replan(S1)


def test_the_command_line_repairs_with_further_changes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(load_example("S1-replan")["problem"]))

    code = main(["replan", str(path), "--extra-changes", "2"])

    answer = json.loads(capsys.readouterr().out)
    assert (code, set(answer)) == (0, set(solve(read_problem(load_example("T2")["problem"])).as_dict()))
    assert answer["score"]["changes"] <= replan(read_problem(load_example("S1-replan")["problem"])).score.changes + 2


def test_what_a_library_says_by_itself_does_not_spoil_the_document(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(load_example("S1-replan")["problem"]))

    def talkative(problem: Problem, **_options: object) -> Result:
        os.write(1, b"HighsMipSolverData says something\n")
        return replan(problem)

    monkeypatch.setattr("bazaar.rotation.repairing.replan.replan", talkative)

    main(["replan", str(path)])

    said = capfd.readouterr()
    assert json.loads(said.out)["score"]["hard"] == 0
    assert "says something" in said.err


@pytest.mark.parametrize("verb", ["replan", "frontier"])
def test_the_command_line_refuses_what_is_not_published_in_one_sentence(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(load_example("T2")["problem"]))

    code = main([verb, str(path)])

    said = capsys.readouterr()
    assert (code, said.out, said.err.count("\n")) == (2, "", 1)
    assert "published" in said.err


def _are_equal(score: Score, other: Score, parts: tuple[str, ...]) -> bool:
    return all(getattr(score, part) == getattr(other, part) for part in parts)


def _fairness(score: Score) -> tuple[int, ...]:
    return score.spread, score.turns_sq, score.dev_max, score.dev_sq
