"""Stage 1 reaches the best hard, unfilled, short, spread and turns_sq there are, proves it, and never falls over a contradiction."""

import random
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bazaar.rotation.filling.fill import fill
from bazaar.rotation.instance import instance_of, plan_of
from bazaar.rotation.problem import Plan, Problem, read_problem
from bazaar.rotation.score import Score, score_plan
from bazaar.rotation.stage import Outcome
from tests.rotation.examples import load_example
from tests.rotation.tiny import PIN_OF_NOBODY, problem_of

PARTS = ("hard", "unfilled", "short", "spread", "turns_sq")


def filled(problem: Problem) -> tuple[Plan, Score, Outcome]:
    instance = instance_of(problem)
    outcome = fill(instance, random.Random(1), effort=1, progress=lambda _stage, _share: None)
    plan = plan_of(instance, outcome.holders)
    return plan, score_plan(problem, plan), outcome


def parts_of(score: Score) -> tuple[int, ...]:
    return tuple(getattr(score, part) for part in PARTS)


def best_parts(problem: Problem) -> tuple[int, ...]:
    """By trying every plan."""
    choices = [None, *(vendor.id for vendor in problem.vendors)]
    every = product(choices, repeat=len(problem.slots))
    return min(parts_of(score_plan(problem, dict(zip((slot.id for slot in problem.slots), who, strict=True)))) for who in every)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """At most three vendors and four slots, so that every plan can be tried; pins of all kinds."""
    count = draw(st.integers(0, 3))
    days = st.integers(0, 4)
    places = draw(st.lists(st.tuples(days, st.integers(0, 2)), max_size=4, unique=True))
    vendor = st.fixed_dictionaries(
        {
            "category": st.sampled_from("ab"),
            "days_off": st.frozensets(days, max_size=3),
            "start_from": st.sampled_from([None, None, 1215]),
            "end_until": st.sampled_from([None, None, 1230]),
            "min_turns": st.integers(0, 2),
            "max_turns": st.integers(0, 3),
            "gap": st.integers(0, 3),
        }
    )
    pin = st.sampled_from([None, None, *(f"v{row}" for row in range(count)), PIN_OF_NOBODY])
    pins = {row: who for row in range(len(places)) if (who := draw(pin))}
    return problem_of(
        slots=sorted(places),
        vendors=[draw(vendor) for _ in range(count)],
        pins=pins if draw(st.booleans()) else {},
        adjacent=draw(st.sampled_from(["soft", "hard"])),
    )


@settings(max_examples=150, deadline=None)
@given(problems())
def test_no_plan_is_better_and_that_is_proved(problem: Problem) -> None:
    _plan, score, outcome = filled(problem)

    assert parts_of(score) == best_parts(problem)
    assert tuple(outcome.bounds[part] for part in PARTS) == parts_of(score)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("S1", (0, 0, 0, 1, 214)),
        ("M1", (0, 0, 0, 1, 804)),
        ("T1", (0, 22, 0, 1, 176)),
        ("T2", (0, 0, 2, 2, 34)),
        ("T3", (0, 0, 0, 1, 122)),
        ("T4", (0, 5, 0, 1, 105)),
        ("T5", (0, 0, 0, 0, 160)),
    ],
)
def test_the_known_problems_are_filled_as_well_as_can_be_and_that_is_proved(name: str, parts: tuple[int, ...]) -> None:
    problem = read_problem(load_example(name)["problem"])

    _plan, score, outcome = filled(problem)

    assert parts_of(score) == tuple(outcome.bounds[part] for part in PARTS) == parts


def test_two_runs_give_the_same_plan() -> None:
    problem = read_problem(load_example("T1")["problem"])

    assert filled(problem)[0] == filled(problem)[0]


def test_somebody_who_is_free_on_one_day_only_has_fewer_turns_and_that_is_proved_even() -> None:
    problem = problem_of(
        slots=[(day, place) for day in range(6) for place in range(2)],
        vendors=[{"days_off": frozenset({1, 2, 3, 4, 5})}, {}, {}, {}],
    )

    plan, score, outcome = filled(problem)

    assert sorted(list(plan.values()).count(vendor.id) for vendor in problem.vendors) == [1, 3, 4, 4]
    assert (score.spread, score.turns_sq) == (outcome.bounds["spread"], outcome.bounds["turns_sq"]) == (1, 42)


def test_guarantees_that_collide_are_kept_as_far_as_they_can_be() -> None:
    late = {"start_from": 1215, "min_turns": 1}
    problem = problem_of(slots=[(0, 0), (0, 1)], vendors=[late, late, late])

    _plan, score, outcome = filled(problem)

    assert (score.unfilled, score.short) == (outcome.bounds["unfilled"], outcome.bounds["short"]) == (1, 2)


def test_the_slot_of_a_pin_that_is_broken_anyway_goes_to_somebody_who_can_come() -> None:
    problem = problem_of(slots=[(0, 0)], vendors=[{"days_off": frozenset({0})}, {}], pins={0: "v0"})

    plan, score, outcome = filled(problem)

    assert plan == {"s0": "v1"}
    assert (score.hard, score.unfilled) == (outcome.bounds["hard"], outcome.bounds["unfilled"]) == (1, 0)


def test_of_three_pins_too_near_to_each_other_the_middle_one_is_given_up() -> None:
    problem = problem_of(slots=[(0, 0), (2, 0), (4, 0)], vendors=[{"gap": 3}, {}], pins={0: "v0", 1: "v0", 2: "v0"})

    plan, score, outcome = filled(problem)

    assert plan == {"s0": "v0", "s1": "v1", "s2": "v0"}
    assert score.hard == outcome.bounds["hard"] == 1


def test_neighbours_of_one_category_are_avoided_where_they_are_forbidden() -> None:
    kinds = [{"category": kind} for kind in "aaab"]
    problem = problem_of(slots=[(0, place) for place in range(4)], vendors=kinds, adjacent="hard")

    plan, score, outcome = filled(problem)

    assert (score.hard, score.unfilled) == (outcome.bounds["hard"], outcome.bounds["unfilled"]) == (0, 1)
    assert "v3" in plan.values()


def test_pinned_neighbours_of_one_category_break_one_rule_and_no_more() -> None:
    kinds = [{"category": kind} for kind in "aaab"]
    problem = problem_of(slots=[(0, place) for place in range(4)], vendors=kinds, pins={0: "v0", 1: "v1"}, adjacent="hard")

    _plan, score, outcome = filled(problem)

    assert (score.hard, score.unfilled) == (outcome.bounds["hard"], outcome.bounds["unfilled"]) == (1, 0)


def test_a_plan_that_is_pinned_whole_is_that_plan() -> None:
    pins = {row: f"v{row % 3}" for row in range(6)}
    problem = problem_of(slots=[(row, 0) for row in range(6)], vendors=[{}, {}, {}], pins=pins)

    plan, _score, outcome = filled(problem)

    assert plan == {f"s{row}": vendor for row, vendor in pins.items()}
    assert [outcome.bounds[part] for part in PARTS] == [0, 0, 0, 0, 12]


def test_a_pin_to_a_vendor_that_nobody_knows_costs_one_rule_and_the_slot_is_filled() -> None:
    problem = problem_of(slots=[(0, 0)], vendors=[{}], pins={0: PIN_OF_NOBODY})

    plan, score, outcome = filled(problem)

    assert plan == {"s0": "v0"}
    assert score.hard == outcome.bounds["hard"] == 1


def test_what_is_over_stays_and_is_counted_where_it_breaks_a_rule() -> None:
    problem = problem_of(
        slots=[(0, 0), (1, 0), (2, 0)],
        vendors=[{"gap": 2}, {"gap": 2}],
        pins={0: "v1"},
        published={"s0": "v0", "s1": "v0", "s2": "v0"},
        now=2,
    )

    plan, score, outcome = filled(problem)

    assert plan == {"s0": "v0", "s1": "v0", "s2": "v1"}
    assert score.hard == outcome.bounds["hard"] == 2  # two turns too near, and a pin that somebody else kept warm


@pytest.mark.parametrize(
    "problem",
    [
        problem_of(slots=[], vendors=[]),
        problem_of(slots=[(0, 0)], vendors=[]),
        problem_of(slots=[], vendors=[{"min_turns": 1}]),
        problem_of(slots=[(0, 0)], vendors=[{}]),
        problem_of(slots=[(0, 0), (1, 0)], vendors=[{"days_off": frozenset({0, 1})}] * 3),
        problem_of(slots=[(700_000, 0), (-3, 0)], vendors=[{}, {}]),
    ],
    ids=["nothing", "no vendors", "no slots", "one of each", "all away", "days far apart"],
)
def test_hardly_a_problem_is_proved_all_the_same(problem: Problem) -> None:
    _plan, score, outcome = filled(problem)

    assert parts_of(score) == tuple(outcome.bounds[part] for part in PARTS) == best_parts(problem)
