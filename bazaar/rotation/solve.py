"""From a problem to a plan: place, even out turns, even out points, polish; then say how good it is and what is proved.

The same problem, seed and effort give the same plan on every machine: every loop ends by a count, never by a clock.
"""

import hashlib
import json
import random  # noqa: TID251 (seeded dice only: a draw can be replayed)
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bazaar.rotation.bounds import bounds_of, proved_parts
from bazaar.rotation.draft import Draft
from bazaar.rotation.even import even_points, even_turns
from bazaar.rotation.place import fill_by_chains, place_days, place_fixed
from bazaar.rotation.polish import polish
from bazaar.rotation.problem import Plan, Problem, write_problem
from bazaar.rotation.score import Score, score_plan

Progress = Callable[[str], None]
Planner = Callable[[Problem], "Result"]
"""Whatever turns a problem into a result: `solve` here, or the same in a process of its own (`bazaar.planner`)."""


@dataclass(frozen=True)
class Result:
    """A plan and what is known about it."""

    plan: Plan
    score: Score
    bounds: dict[str, int | None]
    proved: list[str]
    digest: str

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> "Result":
        """The result behind its JSON form."""
        return cls(document["plan"], Score(**document["score"]), document["bounds"], document["proved"], document["digest"])

    def as_dict(self) -> dict[str, Any]:
        """The JSON form that the command line prints."""
        return {"plan": dict(self.plan), "score": self.score.as_dict(), "bounds": self.bounds, "proved": self.proved, "digest": self.digest}


def solve(problem: Problem, *, seed: int = 0, effort: int = 1, progress: Progress = lambda _stage: None) -> Result:
    """The fairest plan this method finds. With `published`, slots before `now` stay and the rest changes as little as it must.

    progress: told the name of each stage as it begins. Never raises for a problem that cannot be filled: slots stay empty.
    """
    dice = random.Random(f"{problem.seed}/{seed}")  # noqa: S311 (seeded: the draw can be replayed)
    draft = Draft(problem)
    progress("place")
    place_fixed(draft)
    place_days(draft, dice)
    fill_by_chains(draft)
    progress("turns")
    even_turns(draft)
    progress("points")
    even_points(draft, sweeps=20 * effort)
    progress("polish")
    polish(draft, dice, sweeps=8 * effort)
    plan = draft.as_plan()
    score = score_plan(problem, plan)
    bounds = bounds_of(problem, score)
    return Result(plan, score, bounds, proved_parts(score, bounds), digest_of(problem, seed, effort, plan))


def digest_of(problem: Problem, seed: int, effort: int, plan: Plan) -> str:
    """SHA-256 of the canonical JSON of problem, seed, effort and plan: equal digests, equal draw."""
    document = {"problem": write_problem(problem), "seed": seed, "effort": effort, "plan": dict(plan)}
    return hashlib.sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
