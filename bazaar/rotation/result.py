"""What a planner answers: a plan, how good it is, what no plan can beat, and the seal over all of it. No numpy: pages read this."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bazaar.rotation.problem import Plan, Problem, write_problem
from bazaar.rotation.reasons.diagnosis import Conflict
from bazaar.rotation.score import PARTS, Score, score_plan

Planner = Callable[[Problem], "Result"]
"""Whatever turns a problem into a result: `solve`, or the same in a process of its own (`bazaar.planner`)."""


@dataclass(frozen=True)
class Result:
    """A plan and what is known about it. `bounds`: for each part the best value it can have, given the reached values of the parts
    above it; None where nothing is known. `conflicts`: what cannot be satisfied, where somebody asked (`diagnose`)."""

    plan: Plan
    score: Score
    bounds: dict[str, int | None]
    proved: list[str]
    digest: str
    conflicts: tuple[Conflict, ...] = ()

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> "Result":
        """The result behind its JSON form."""
        conflicts = tuple(Conflict.from_dict(conflict) for conflict in document.get("conflicts", ()))
        return cls(document["plan"], Score(**document["score"]), document["bounds"], document["proved"], document["digest"], conflicts)

    def as_dict(self) -> dict[str, Any]:
        """The JSON form that the command line prints."""
        return {"plan": dict(self.plan), "score": self.score.as_dict(), "bounds": self.bounds, "proved": self.proved, "digest": self.digest}


def proved_parts(score: Score, bounds: dict[str, int | None]) -> list[str]:
    """The parts whose value is the best there is."""
    return [part for part in PARTS if bounds[part] == getattr(score, part)]


def digest_of(problem: Problem, seed: int, effort: int, plan: Plan) -> str:
    """SHA-256 of the canonical JSON of problem, seed, effort and plan: equal digests, equal draw."""
    return sha256_of({"problem": write_problem(problem), "seed": seed, "effort": effort, "plan": dict(plan)})


def disputed(stated: dict[str, Any], document: Any, problem: Problem, *, seed: int, effort: int) -> list[str]:
    """Which of the score and digest that a result states its plan does not have: none, where the seal holds.

    document: the problem as its file says it. A seal may be over these very words, or over what `write_problem` makes of them today.
    """
    plan, wrong = stated["plan"], []
    if "score" in stated and stated["score"] != score_plan(problem, plan).as_dict():
        wrong.append("score")
    seals = {digest_of(problem, seed, effort, plan), sha256_of({"problem": document, "seed": seed, "effort": effort, "plan": plan})}
    if "digest" in stated and stated["digest"] not in seals:
        wrong.append("digest")
    return wrong


def sha256_of(document: Any) -> str:
    """The hash of a document's canonical JSON."""
    return hashlib.sha256(canonical_json(document)).hexdigest()


def canonical_json(document: Any) -> bytes:
    """Sorted keys, no spaces, ASCII, no line break at the end: so a file written like this has the hash of what it says."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
