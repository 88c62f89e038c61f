"""Small repairs are as good in all parts down to points as the best of all plans, and proved, where every pin can be kept."""

from dataclasses import replace

from hypothesis import given, settings

from bazaar.rotation.problem import Problem
from bazaar.rotation.repairing.replan import replan
from bazaar.rotation.score import PARTS
from tests.rotation.broken import broken_problems, every_repair
from tests.rotation.problems import plain_problem, plain_slot, plain_vendor

DOWN_TO_POINTS = PARTS[:8]


@settings(max_examples=25, deadline=None)
@given(broken_problems())
def test_everything_down_to_points_is_as_good_as_can_be_and_proved(problem: Problem) -> None:
    result = replan(problem)

    best = min(score for _plan, score in every_repair(problem, result.plan))
    assert [getattr(result.score, part) for part in DOWN_TO_POINTS] == [getattr(best, part) for part in DOWN_TO_POINTS]
    assert set(DOWN_TO_POINTS) <= set(result.proved)


def test_which_of_two_slots_stays_empty_is_chosen_for_the_most_even_points() -> None:
    """One vendor for two slots of an evening, with fewer points from before than the other, who has left for good."""
    slots = [plain_slot("poor", weight=10), plain_slot("good", position=1, weight=20)]
    vendors = [plain_vendor("new", past=(0,)), plain_vendor("away", past=(40,), days_off=frozenset({0}))]
    problem = plain_problem(slots, vendors, published={"poor": "away", "good": "away"})

    result = replan(problem)

    assert result.plan == {"poor": None, "good": "new"}
    assert set(DOWN_TO_POINTS) <= set(result.proved)


def test_a_rule_broken_when_it_took_place_stays_and_nothing_is_claimed_of_what_another_past_might_allow() -> None:
    slots = [plain_slot("over"), plain_slot("ahead", day=5)]
    problem = replace(plain_problem(slots, [plain_vendor("a"), plain_vendor("b")], published={"over": "gone", "ahead": "a"}), now=1)

    result = replan(problem)

    assert result.plan == {"over": None, "ahead": "a"}
    assert result.score.hard == 1
    assert [result.bounds[part] for part in ("hard", "unfilled", "turns_sq", "dev_sq")] == [None] * 4
