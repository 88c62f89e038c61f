"""What a choice of a repair comes to, in people's units, so that it can be set beside another choice."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from bazaar.editions.levels import shared_points, to_a_tenth, usual_distance
from bazaar.rotation.problem import Plan, Problem
from bazaar.rotation.repairing.steps import RepairStep


@dataclass(frozen=True)
class StepFigures:
    """Distances from the mean, up to a tenth of a point or a hundredth of a turn; days between a vendor's consecutive turns."""

    spread: int  # turns that the luckiest has more
    usual_turns: float  # how far from the mean a vendor's turns usually are
    farthest_points: float  # how far from the mean anybody's points are
    usual_points: float  # how far they usually are
    usual_days: float | None  # between two turns of a vendor; None where nobody has two
    near_count: int  # how often they are closer than wanted


def step_figures(problem: Problem, step: RepairStep) -> StepFigures:
    """The figures of a choice; the parts of its score are squares, so that a person reads their roots."""
    count, turn_count = len(problem.vendors), sum(holder is not None for holder in step.plan.values())
    days = days_between(problem, step.plan)
    return StepFigures(
        spread=step.score.spread,
        usual_turns=round(usual_distance(step.score.turns_sq, turn_count, count), 2),
        farthest_points=to_a_tenth(step.score.dev_max / max(1, count)),
        usual_points=to_a_tenth(usual_distance(step.score.dev_sq, shared_points(problem, step.plan), count)),
        usual_days=median(days) if days else None,
        near_count=sum(gap < problem.rules.want_gap for gap in days),
    )


def days_between(problem: Problem, plan: Plan) -> list[int]:
    """The days between each turn and the vendor's next one."""
    days: dict[str, list[int]] = defaultdict(list)
    for slot in problem.slots:
        holder = plan.get(slot.id)
        if holder is not None:
            days[holder].append(slot.day)
    return [later - earlier for own in days.values() for earlier, later in pairwise(sorted(own))]
