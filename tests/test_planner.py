"""The planner's process: it tells its progress, ends when it is not wanted or too slow, and leaves nothing behind."""

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bazaar import planner
from bazaar.planner import (
    AskPlanner,
    PlannerCrashedError,
    PlannerError,
    PlannerStoppedError,
    PlannerTooSlowError,
    Watch,
    add_reasons,
    ask_apart,
    watch_idly,
)
from bazaar.rotation.problem import Problem, read_problem
from tests import crashing
from tests.rotation.examples import load_example

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def problem() -> Problem:
    return read_problem(load_example("S1")["problem"])


def children() -> set[str]:
    """The processes whose parent is this one."""
    own = str(os.getpid())
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[1] == own:
            found.add(stat.parent.name)
    return found


def test_the_child_tells_each_stage_and_its_answer(problem: Problem) -> None:
    told: list[str] = []

    def watch(stage: str, share: float) -> bool:
        assert 0 <= share <= 1
        told.append(stage)
        return True

    answer = ask_apart("solve", problem, watch=watch)

    assert [stage for stage in dict.fromkeys(told) if stage] == ["fill", "balance", "polish"]
    assert set(answer) >= {"plan", "score", "bounds", "proved", "digest"}


def test_options_reach_the_command_line(problem: Problem) -> None:
    digests = {ask_apart("solve", problem, "--seed", str(seed))["digest"] for seed in (1, 2)}

    assert len(digests) == 2


def test_a_child_that_is_not_wanted_any_more_is_gone_at_once(problem: Problem) -> None:
    before = children()

    with pytest.raises(PlannerStoppedError):
        ask_apart("solve", problem, watch=lambda _stage, _share: False)

    assert children() == before


def test_a_child_goes_with_whatever_ends_the_wait(problem: Problem) -> None:
    before = children()

    def interrupt(_stage: str, _share: float) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask_apart("solve", problem, watch=interrupt)

    assert children() == before


def test_a_child_that_takes_too_long_is_ended(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner, "LONGEST_SECONDS", 0.0)
    before = children()

    with pytest.raises(PlannerTooSlowError, match="longer than 0 seconds"):
        ask_apart("solve", problem)

    assert children() == before


def test_a_verb_that_is_none_fails_with_the_childs_own_words(problem: Problem) -> None:
    with pytest.raises(PlannerError, match="invalid choice: 'guess'"):
        ask_apart("guess", problem)


@pytest.fixture
def crashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Says of which signals the next children shall die."""
    monkeypatch.setattr(planner, "MODULE", "tests.crashing")
    monkeypatch.setenv("CRASH_FOLDER", str(tmp_path / "crashes"))
    crashing.tell(tmp_path / "crashes")
    return partial(crashing.tell, tmp_path / "crashes")


def test_a_child_that_crashes_is_asked_once_more_and_the_log_says_where_it_was(
    problem: Problem, crashes: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    whole = ask_apart("solve", problem)
    crashes(signal.SIGSEGV)

    assert ask_apart("solve", problem) == whole

    said = "\n".join(record.getMessage() for record in caplog.records if record.levelno == logging.WARNING)
    assert said.startswith("solve: the planner crashed (SIGSEGV). Fatal Python error: Segmentation fault")
    assert "in crash_if_told" in said
    assert said.endswith("It is asked once more.")


def test_a_child_that_crashes_again_is_told_with_its_trace(problem: Problem, crashes: Callable[..., None]) -> None:
    crashes(signal.SIGSEGV, signal.SIGABRT)

    with pytest.raises(PlannerCrashedError, match=r"crashed \(SIGABRT\)(.|\n)*in crash_if_told"):
        ask_apart("solve", problem)


def test_a_child_that_is_killed_from_outside_is_not_asked_again(problem: Problem, crashes: Callable[..., None]) -> None:
    crashes(signal.SIGKILL)

    with pytest.raises(PlannerError, match=r"ended from outside \(SIGKILL\)") as raised:
        ask_apart("solve", problem)

    assert not isinstance(raised.value, PlannerCrashedError)


def test_a_leashed_process_refuses_to_begin_without_its_parent() -> None:
    done = subprocess.run([sys.executable, "-m", "bazaar.leash", "1", "this"], cwd=ROOT, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (1, b"")


def test_progress_is_asked_for(tmp_path: Path, problem: Problem) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(load_example("S1")["problem"]))

    silent = subprocess.run(
        [sys.executable, "-m", "bazaar.rotation", "solve", str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert silent.stderr == ""


@pytest.mark.parametrize("part", ["hard", "unfilled", "short"])
def test_reasons_are_asked_for_where_something_is_missing(problem: Problem, part: str) -> None:
    def ask(verb: str, _problem: Problem, *_options: str, watch: Watch = watch_idly) -> Any:
        return {"conflicts": [verb]}

    full = {"score": {"hard": 0, "unfilled": 0, "short": 0}}
    lacking = {"score": {**full["score"], part: 1}}

    assert add_reasons(full, ask, problem) == full
    assert add_reasons(lacking, ask, problem) == {**lacking, "conflicts": ["diagnose"]}


def test_no_rotation_is_lost_for_want_of_reasons_but_a_stop_is_a_stop(problem: Problem) -> None:
    def fail(error: Exception) -> AskPlanner:
        def ask(_verb: str, _problem: Problem, *_options: str, watch: Watch = watch_idly) -> Any:
            raise error

        return ask

    lacking = {"score": {"hard": 0, "unfilled": 1, "short": 0}}

    assert add_reasons(lacking, fail(PlannerTooSlowError("too slow")), problem) == lacking
    with pytest.raises(PlannerStoppedError):
        add_reasons(lacking, fail(PlannerStoppedError("stopped")), problem)
