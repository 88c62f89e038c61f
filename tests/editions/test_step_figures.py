"""A choice in people's units: what a person would reckon from the plan itself."""

from dataclasses import replace
from statistics import median, pstdev

from bazaar.editions.levels import to_a_tenth
from bazaar.editions.step_figures import StepFigures, days_between, step_figures
from bazaar.rotation.problem import Problem
from bazaar.rotation.repairing.frontier import frontier
from bazaar.rotation.score import credit_of
from tests.rotation.broken import evenings


def called_off() -> Problem:
    """Ten evenings of two slots for four vendors; what was published had one of them stand twice as often as the last."""
    problem = evenings(vendors=4, days=10, slots_a_day=2, gap=2)
    holders = ["v0", "v1", "v2", "v3", "v0", "v1", "v0", "v2", "v1", "v3"]
    published = {slot.id: holders[(slot.day * 2 + slot.position) % 10] for slot in problem.slots}
    return replace(problem, published=published, vendors=tuple(replace(vendor, past=(9,)) for vendor in problem.vendors))


def test_every_figure_is_what_the_plan_itself_gives() -> None:
    problem = called_off()
    for step in frontier(problem):
        turns = [[slot for slot in problem.slots if step.plan.get(slot.id) == vendor.id] for vendor in problem.vendors]
        points = [
            credit_of(problem)[vendor.id] + sum(slot.weight for slot in own) for vendor, own in zip(problem.vendors, turns, strict=True)
        ]
        mean = sum(points) / len(points)
        days = days_between(problem, step.plan)

        assert step_figures(problem, step) == StepFigures(
            spread=step.score.spread,
            usual_turns=round(pstdev(map(len, turns)), 2),
            farthest_points=to_a_tenth(max(abs(value - mean) for value in points)),
            usual_points=to_a_tenth(pstdev(points)),
            usual_days=median(days),
            near_count=sum(gap < problem.rules.want_gap for gap in days),
        )


def test_where_nobody_has_two_turns_there_is_no_distance() -> None:
    problem = evenings(vendors=2, days=2, slots_a_day=1)

    assert days_between(problem, {"s0-0": "v0", "s1-0": "v1"}) == []
    assert days_between(problem, {"s0-0": "v0", "s1-0": "v0"}) == [1]
