"""The scorer is the definition of fairness: it agrees with every known example, and no corruption of a plan escapes it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bazaar.rotation.problem import Plan, Problem, ProblemError, read_problem, write_problem
from bazaar.rotation.score import score_plan
from bazaar.rotation.solve import solve
from tests.rotation.examples import NAMES, load_example
from tests.rotation.problems import problems_with_plans
from tests.rotation.second_scorer import second_score

S1 = read_problem(load_example("S1")["problem"])
SOLVED = solve(S1)


@pytest.mark.parametrize("name", NAMES)
def test_the_score_of_a_known_plan_is_exact(name: str) -> None:
    example = load_example(name)

    score = score_plan(read_problem(example["problem"]), example["plan"])

    assert score.as_dict() == example["score"]


@pytest.mark.parametrize("name", NAMES)
def test_a_problem_survives_reading_and_writing(name: str) -> None:
    document = load_example(name)["problem"]

    assert write_problem(read_problem(document)) == document


@settings(max_examples=80, deadline=None)
@given(problems_with_plans())
def test_a_second_scorer_agrees_on_any_plan_however_absurd(case: tuple[Problem, Plan]) -> None:
    problem, plan = case
    assume(len({(slot.session, slot.position) for slot in problem.slots}) == len(problem.slots))

    assert score_plan(problem, plan).as_dict() == second_score(problem, plan)


@pytest.mark.parametrize("name", NAMES)
def test_a_second_scorer_agrees_on_the_examples(name: str) -> None:
    example = load_example(name)
    problem = read_problem(example["problem"])

    assert second_score(problem, example["plan"]) == example["score"]


def changed(problem: Problem, vendor_id: str, **changes: Any) -> Problem:
    """The problem with one vendor otherwise."""
    vendors = tuple(replace(vendor, **changes) if vendor.id == vendor_id else vendor for vendor in problem.vendors)
    return replace(problem, vendors=vendors)


CORRUPTIONS = (
    *("empty", "stranger", "unknown slot", "twice a day", "gap broken", "away", "too early", "too late", "language"),
    *("max exceeded", "pin broken", "past slot changed", "past slot emptied", "neighbours"),
)


@pytest.mark.parametrize("corruption", CORRUPTIONS)
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_every_corruption_of_a_plan_is_caught(corruption: str, data: st.DataObject) -> None:
    problem, plan = S1, dict(SOLVED.plan)
    slot = data.draw(st.sampled_from([slot for slot in S1.slots if slot.pin is None and plan[slot.id]]))
    newcomer = data.draw(st.sampled_from([vendor for vendor in S1.vendors if vendor.id != plan[slot.id]]))
    holder = str(plan[slot.id])
    if corruption == "empty":
        plan[slot.id] = None
    elif corruption == "stranger":
        plan[slot.id] = "nobody we know"
    elif corruption == "unknown slot":
        plan["a slot we do not have"] = newcomer.id
    elif corruption == "twice a day":
        plan[slot.id] = next(plan[other.id] for other in S1.slots if other.day == slot.day and other.id != slot.id)
    elif corruption == "gap broken":
        near = [other for other in S1.slots if 0 < abs(other.day - slot.day) < S1.rules.gap]
        plan[slot.id] = plan[data.draw(st.sampled_from(near)).id]
    elif corruption == "away":
        problem = changed(problem, holder, days_off=frozenset({slot.day}))
    elif corruption == "too early":
        problem = changed(problem, holder, start_from=slot.start + 1)
    elif corruption == "too late":
        problem = changed(problem, holder, end_until=slot.start + slot.minutes - 1)
    elif corruption == "language":
        problem = changed(problem, holder, language="a language nobody asks for")
    elif corruption == "max exceeded":
        problem = changed(problem, holder, max_turns=sum(each == holder for each in plan.values()) - 1)
    elif corruption == "pin broken":
        problem = replace(problem, slots=tuple(replace(each, pin=newcomer.id) if each.id == slot.id else each for each in S1.slots))
    elif corruption.startswith("past"):
        problem = replace(problem, published=dict(plan), now=slot.day + 1)
        plan[slot.id] = newcomer.id if corruption == "past slot changed" else None
    else:
        problem = replace(problem, rules=replace(problem.rules, adjacent="hard"))
        problem = changed(problem, holder, category="alike")
        beside = next(other for other in S1.slots if other.session == slot.session and abs(other.position - slot.position) == 1)
        problem = changed(problem, str(plan[beside.id]), category="alike")

    score = score_plan(problem, plan)

    assert (score.hard > SOLVED.score.hard) == (corruption != "empty")
    assert score > SOLVED.score


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"rules": None}, "rules"),
        ({"slots": [{"id": "a"}]}, r"slots\[0\]\.day: this is missing"),
        ({"vendors": [{"id": "v", "max": "many", "gap": 1}]}, r"vendors\[0\]"),
        ({"days": "x"}, "days: write a whole number"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(change: dict[str, Any], where: str) -> None:
    document = {**load_example("T2")["problem"], **change}

    with pytest.raises(ProblemError, match=where):
        read_problem(document)


def test_two_slots_of_one_name_are_refused() -> None:
    document = load_example("T2")["problem"]
    document["slots"].append(document["slots"][0])

    with pytest.raises(ProblemError, match=r"has the id .* too"):
        read_problem(document)
