"""Pins that contradict each other are given up as few as can be; what is given up is known exactly."""

from itertools import chain, combinations

from hypothesis import given, settings

from bazaar.rotation.filling.pins import keep_pins
from bazaar.rotation.instance import instance_of
from bazaar.rotation.problem import Problem
from bazaar.rotation.score import score_plan
from bazaar.rotation.stage import NOBODY
from tests.rotation.small import small_problems
from tests.rotation.tiny import PIN_OF_NOBODY, problem_of


@settings(max_examples=60, deadline=None)
@given(small_problems(most_slots=8))
def test_no_subset_of_the_pins_breaks_fewer_rules(problem: Problem) -> None:
    instance = instance_of(problem)
    fixed = [row for row in range(len(problem.slots)) if instance.forced[row] != NOBODY]
    over = {row for row in fixed if problem.published is not None and problem.slots[row].day < problem.now}
    subsets = chain.from_iterable(combinations(fixed, count) for count in range(len(fixed) + 1))

    least = min(
        score_plan(problem, {problem.slots[row].id: problem.vendors[instance.forced[row]].id for row in kept}).hard
        for kept in subsets
        if over <= set(kept)
    )

    assert keep_pins(instance).least_broken == least


def test_pins_without_contradiction_are_firm() -> None:
    instance = instance_of(problem_of(slots=[(0, 0), (1, 0), (2, 0)], vendors=[{}, {}], pins={0: "v0", 2: "v1"}))

    pins = keep_pins(instance)

    assert pins.firm.tolist() == pins.kept.tolist() == [0, NOBODY, 1]
    assert (pins.least_broken, dict(pins.choices)) == (0, {})


def test_rather_a_pin_is_not_kept_than_somebody_stands_where_a_rule_forbids_it() -> None:
    away = {"days_off": frozenset({0})}
    instance = instance_of(problem_of(slots=[(0, 0), (1, 0)], vendors=[away], pins={0: "v0", 1: PIN_OF_NOBODY}))

    pins = keep_pins(instance)

    assert pins.kept.tolist() == [NOBODY, NOBODY]
    assert pins.least_broken == 2


def test_too_many_doubtful_pins_of_one_vendor_are_all_kept_and_nothing_is_claimed() -> None:
    slots = [(0, place) for place in range(15)]
    instance = instance_of(problem_of(slots=slots, vendors=[{}], pins=dict.fromkeys(range(15), "v0")))

    pins = keep_pins(instance)

    assert (pins.kept == 0).all()
    assert pins.least_broken is None
