"""The planner breaks no hard rule, shares evenly, repeats itself exactly, and never falls over an impossible problem."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bazaar.rotation.__main__ import main
from bazaar.rotation.problem import Problem, ProblemSlot, ProblemVendor, Rules, read_problem, write_problem
from bazaar.rotation.score import PARTS
from bazaar.rotation.solve import solve
from tests.rotation.examples import NAMES, load_example

ROOT = Path(__file__).resolve().parents[2]


def small_problem(*, vendors: int = 4, days: int = 6, slots_a_day: int = 2, gap: int = 2) -> Problem:
    """Everybody free, two kinds of goods, evenings of equal worth."""
    return Problem(
        name="small",
        seed=1,
        days=days,
        rules=Rules(gap, gap + 1, "soft", (60, 30)),
        slots=tuple(
            ProblemSlot(f"s{day}-{place}", day, f"e{day}", place, 1200 + 15 * place, 15, 10 + 5 * place, frozenset(), None)
            for day in range(days)
            for place in range(slots_a_day)
        ),
        vendors=tuple(ProblemVendor(f"v{n}", "ab"[n % 2], frozenset(), None, None, None, 1, days, gap, None, ()) for n in range(vendors)),
    )


@pytest.mark.parametrize("name", NAMES)
def test_no_hard_rule_is_broken(name: str) -> None:
    assert solve(read_problem(load_example(name)["problem"])).score.hard == 0


@pytest.mark.parametrize("name", ["S1", "M1", "T4", "T5"])
def test_where_it_can_be_even_turns_differ_by_one_at_most_and_that_is_proved(name: str) -> None:
    result = solve(read_problem(load_example(name)["problem"]))

    assert result.score.spread <= 1
    assert {"hard", "short", "spread", "turns_sq"} <= set(result.proved)


def test_a_repair_changes_no_more_than_it_must() -> None:
    problem = read_problem(load_example("S1-replan")["problem"])

    result = solve(problem)

    assert result.score.changes == 1
    assert all(result.plan[slot.id] == (problem.published or {})[slot.id] for slot in problem.slots if slot.day < problem.now)


def test_a_pin_is_kept_and_the_slot_of_a_pin_against_the_rules_goes_to_somebody_who_fits() -> None:
    problem = small_problem()
    slots = list(problem.slots)
    slots[0], slots[2] = replace(slots[0], pin="v3"), replace(slots[2], pin="v3")  # days 0 and 1, two days apart asked

    result = solve(replace(problem, slots=tuple(slots)))

    assert (result.plan["s0-0"] == "v3") + (result.plan["s1-0"] == "v3") == 1
    assert (result.score.hard, result.score.unfilled) == (1, 0)


@pytest.mark.parametrize(
    "problem",
    [
        replace(small_problem(), vendors=()),
        replace(small_problem(), slots=()),
        replace(small_problem(), slots=(), vendors=()),
        small_problem(vendors=1, days=1, slots_a_day=1),
        replace(small_problem(), vendors=tuple(replace(vendor, days_off=frozenset(range(6))) for vendor in small_problem().vendors)),
    ],
    ids=["no vendors", "no slots", "nothing", "one of each", "all away"],
)
def test_an_empty_or_impossible_problem_has_a_plan(problem: Problem) -> None:
    result = solve(problem)

    assert result.score.hard == 0
    assert set(result.plan) == {slot.id for slot in problem.slots}


@settings(max_examples=40, deadline=None)
@given(
    vendors=st.integers(1, 9),
    days=st.integers(1, 8),
    slots_a_day=st.integers(1, 3),
    gap=st.integers(0, 4),
    away=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 7)), max_size=12),
    adjacent=st.sampled_from(["soft", "hard"]),
)
def test_any_small_problem_is_solved_without_breaking_a_rule(
    vendors: int, days: int, slots_a_day: int, gap: int, away: list[tuple[int, int]], adjacent: str
) -> None:
    problem = small_problem(vendors=vendors, days=days, slots_a_day=slots_a_day, gap=gap)
    off = [frozenset(day for who, day in away if who == number) for number in range(vendors)]
    problem = replace(
        problem,
        rules=replace(problem.rules, adjacent=adjacent),
        vendors=tuple(replace(vendor, days_off=days_off) for vendor, days_off in zip(problem.vendors, off, strict=True)),
    )

    result = solve(problem)

    assert result.score.hard == 0
    assert all(bound is None or bound <= getattr(result.score, part) for part, bound in result.bounds.items())


def test_another_process_with_another_hash_seed_draws_the_same(tmp_path: Path) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(load_example("S1")["problem"]))
    digests = {
        json.loads(
            subprocess.run(
                [sys.executable, "-m", "bazaar.rotation", "solve", str(path), "--seed", "7"],
                cwd=ROOT,
                env={**os.environ, "PYTHONHASHSEED": hash_seed},
                capture_output=True,
                check=True,
                text=True,
            ).stdout
        )["digest"]
        for hash_seed in ("1", "2")
    }

    assert digests == {solve(read_problem(load_example("S1")["problem"]), seed=7).digest}


def test_the_command_line_scores_a_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example = load_example("T2")
    problem, plan = tmp_path / "problem.json", tmp_path / "plan.json"
    problem.write_text(json.dumps(example["problem"]))
    plan.write_text(json.dumps({"plan": example["plan"]}))

    code = main(["score", str(problem), str(plan)])

    assert (code, json.loads(capsys.readouterr().out)) == (0, example["score"])


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({}, 0, "The score and the digest that {result} states agree with its plan."),
        ({"score": {"hard": 9}}, 1, "{result} states another score than its plan has for this problem."),
        ({"digest": "0" * 64}, 1, "{result} states another digest than its plan has for this problem."),
        ({"plan": {"s0-0": None}}, 1, "{result} states another score and another digest than its plan has for this problem."),
    ],
    ids=["nothing", "score", "digest", "plan"],
)
def test_scoring_a_result_says_whether_its_own_score_and_digest_agree(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: dict[str, object], code: int, words: str
) -> None:
    drawn = small_problem()
    problem, result = tmp_path / "soal.json", tmp_path / "hasil.json"
    problem.write_text(json.dumps(write_problem(drawn)))
    result.write_text(json.dumps({**solve(drawn).as_dict(), **changed}))

    answered = main(["score", str(problem), str(result)])

    said = capsys.readouterr()
    assert (answered, said.err) == (code, words.format(result=result) + "\n")
    assert list(json.loads(said.out)) == list(PARTS)


def test_a_draw_with_more_effort_keeps_its_seal_where_the_effort_is_named(tmp_path: Path) -> None:
    drawn = small_problem()
    problem, result = tmp_path / "soal.json", tmp_path / "hasil.json"
    problem.write_text(json.dumps(write_problem(drawn)))
    result.write_text(json.dumps(solve(drawn, effort=2).as_dict()))

    assert main(["score", str(problem), str(result), "--effort", "2"]) == 0
    assert main(["score", str(problem), str(result)]) == 1


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"rules": 1}'])
def test_the_command_line_refuses_a_bad_file_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content)

    code = main(["solve", str(path)])

    assert (code, capsys.readouterr().err.count("\n")) == (2, 1)
