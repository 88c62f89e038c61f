"""How good a rotation is, part by part in people's units, with what is proved of each part, and what all of them together prove.

The proof for everybody and the organizers' own page tell the same from here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, floor, sqrt
from typing import Literal

from bazaar.rotation.problem import Problem
from bazaar.rotation.score import PARTS, credit_of
from models import Rotation

FAIRNESS = PARTS[: PARTS.index("dev_sq") + 1]
"""The parts of the score that are about fairness; those after them make an equally fair plan more pleasant."""


Verdict = Literal["broken", "empty", "fairest", "unchanged", "fairest_repair", "fairest_of_more_changes", "near"]
"""broken: against a rule; empty: nobody got anything; fairest: no plan is fairer. Of a repair a proof holds for its number of changes
only, so it is never that: unchanged: nothing had to change; fairest_repair: fairest with the fewest changes; near: not proved."""


@dataclass(frozen=True)
class Level:
    """One part of the score in people's units: as it is, the least it can be (None: not known), and how far apart they are at most."""

    part: str
    value: int
    bound: int | None
    is_proved: bool
    amount: float  # whole, or points to a tenth, rounded up
    least: float | None
    apart: float | None  # of the two as they are told, so that a reader who subtracts finds it, and never less than it is

    @property
    def is_fairness(self) -> bool:
        """Whether it is about fairness."""
        return self.part in FAIRNESS


def levels_of(problem: Problem, rotation: Rotation, plan: Mapping[str, str | None]) -> tuple[Level, ...]:
    """The parts of the score, in order; changes only of a repair."""
    total = shared_points(problem, plan)

    def in_units(part: str, value: int) -> float:
        """Points from the mean for the two parts about points; every other part counts something already."""
        if part == "dev_max":
            return value / max(1, len(problem.vendors))
        return usual_distance(value, total, len(problem.vendors)) if part == "dev_sq" else float(value)

    parts = [part for part in PARTS if part in rotation.score and (part != "changes" or problem.published is not None)]
    return tuple(_level(part, rotation, in_units) for part in parts)


def to_a_tenth(points: float) -> float:
    """A distance as all pages tell it: rounded up, so that it is never told as smaller than it is."""
    return ceil(points * 10 - 1e-9) / 10


def shared_points(problem: Problem, plan: Mapping[str, str | None]) -> int:
    """All points that were given, with what was carried over."""
    return sum(credit_of(problem).values()) + sum(slot.weight for slot in problem.slots if plan.get(slot.id) is not None)


def usual_distance(squares: int, total: int, count: int) -> float:
    """How far from their mean so many numbers usually are (their standard deviation), from their sum and the sum of their squares."""
    return sqrt(max(0.0, squares / max(1, count) - (total / max(1, count)) ** 2))


def verdict_of(rotation: Rotation) -> Verdict:
    """What all the parts about fairness prove together."""
    score, is_repair = rotation.score, rotation.problem.get("published") is not None
    parts = [part for part in FAIRNESS if part in score and (part != "changes" or is_repair)]
    unproved = {part for part in parts if part not in rotation.proved}
    if score.get("hard"):
        return "broken"
    slots = rotation.problem.get("slots")
    if slots and score.get("unfilled") == len(slots):
        return "empty"
    if is_repair and unproved == {"changes"}:
        return "fairest_of_more_changes"
    if not score or unproved:
        return "near"
    if is_repair:  # its bounds stand below the number of changes: with more of them something fairer may exist
        return "fairest_repair" if score["changes"] else "unchanged"
    return "fairest"


def _level(part: str, rotation: Rotation, in_units: Callable[[str, int], float]) -> Level:
    value, bound = int(rotation.score[part]), rotation.bounds.get(part)
    amount, least = to_a_tenth(in_units(part, value)), None if bound is None else floor(in_units(part, bound) * 10) / 10
    return Level(
        part=part,
        value=value,
        bound=bound,
        is_proved=part in rotation.proved,
        amount=amount,
        least=least,
        apart=None if least is None else round(amount - least, 1),
    )
