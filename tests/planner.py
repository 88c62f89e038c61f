"""Planners for tests: the real one within the test's own process, and one that waits to be told."""

import json
import tempfile
import threading
from dataclasses import dataclass, field
from typing import Any

from bazaar.planner import PlannerStoppedError, Watch, add_reasons, watch_idly
from bazaar.rotation.__main__ import answer
from bazaar.rotation.problem import Problem, write_problem
from bazaar.rotation.result import Result


def ask_here(verb: str, problem: Problem, *options: str, watch: Watch = watch_idly) -> Any:
    """What `ask_apart` answers, without the half second that a process costs."""

    def progress(stage: str, share: float) -> None:
        if not watch(stage, share):
            raise PlannerStoppedError("stopped by a test")

    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(write_problem(problem), file)
        file.flush()
        return answer([verb, file.name, *options], progress)


def plan_here(problem: Problem) -> Result:
    """A rotation with its reasons, as `Outside.planner` gives it."""
    return Result.from_dict(add_reasons(ask_here("solve", problem), ask_here, problem))


@dataclass
class PatientPlanner:
    """Thinks until it is told to `go_on`; meanwhile it is where the test says (`reach`)."""

    now_at: tuple[str, float] = ("", 0.0)
    asked: list[str] = field(default_factory=list)
    was_stopped: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    def reach(self, stage: str, share: float) -> None:
        """Be there from now on."""
        self.now_at = (stage, share)

    def __call__(self, verb: str, problem: Problem, *options: str, watch: Watch = watch_idly) -> Any:
        self.asked.append(verb)
        while not self.go_on.wait(0.02):
            if not watch(*self.now_at):
                self.was_stopped.set()
                raise PlannerStoppedError("stopped by a test")
        return ask_here(verb, problem, *options, watch=watch)
