"""The flow never claims more than is true, and sees guarantees that collide."""

import random

from hypothesis import given, settings

from bazaar.rotation.filling.fill import fill
from bazaar.rotation.filling.pins import keep_pins, roster_with
from bazaar.rotation.filling.window_flow import WindowFlow
from bazaar.rotation.instance import instance_of, plan_of
from bazaar.rotation.problem import Problem, read_problem
from bazaar.rotation.score import score_plan
from tests.rotation.examples import load_example
from tests.rotation.problems import plain_problem, plain_slot, plain_vendor
from tests.rotation.small import small_problems


def flow_of(problem: Problem) -> WindowFlow:
    instance = instance_of(problem)
    pins = keep_pins(instance)
    return WindowFlow(roster_with(instance, pins, kept=pins.firm), pins)


@settings(max_examples=30, deadline=None)
@given(small_problems())
def test_the_best_plan_is_no_better_than_the_flow_allows(problem: Problem) -> None:
    instance = instance_of(problem)
    holders = fill(instance, random.Random(1), effort=1, progress=lambda _stage, _share: None).holders
    score = score_plan(problem, plan_of(instance, holders))

    flow = flow_of(problem)

    assert 0 <= flow.fewest_empty() <= score.unfilled
    assert 0 <= flow.fewest_short() <= score.short


def test_a_slot_that_is_over_and_in_doubt_may_be_kept_and_is_not_counted_as_empty() -> None:
    """Its vendor may have one turn, stood there, and is pinned to a later slot: one rule is broken whichever of the two goes."""
    vendors = (plain_vendor("v0", max_turns=1), plain_vendor("v1"))
    slots = (plain_slot("s0", day=0), plain_slot("s1", day=3, pin="v0"))
    problem = plain_problem(slots, vendors, published={"s0": "v0", "s1": None}, now=1)

    assert flow_of(problem).fewest_empty() == 0


def test_a_slot_whose_pin_cannot_be_kept_may_serve_a_guarantee() -> None:
    vendors = (plain_vendor("v0", days_off=frozenset({0})), plain_vendor("v1", min_turns=1), plain_vendor("v2", min_turns=1))
    slots = (plain_slot("s0"), plain_slot("s1", position=1, pin="v0"))

    assert flow_of(plain_problem(slots, vendors)).fewest_short() == 0


def test_three_guarantees_and_one_slot_for_them_leave_two_short() -> None:
    assert flow_of(read_problem(load_example("T2")["problem"])).fewest_short() == 2


def test_a_slot_that_nobody_can_take_and_an_evening_with_two_vendors_leave_five_empty() -> None:
    assert flow_of(read_problem(load_example("T4")["problem"])).fewest_empty() == 5
