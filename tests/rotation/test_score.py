"""The scorer is the definition of fairness: it agrees with every known example, and no corruption of a plan escapes it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bazaar.rotation.problem import ProblemError, read_problem, write_problem
from bazaar.rotation.score import score_plan
from bazaar.rotation.solve import solve
from tests.rotation.examples import NAMES, load_example

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


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_corrupted_plan_scores_worse(data: st.DataObject) -> None:
    slot = data.draw(st.sampled_from(S1.slots))
    plan: dict[str, str | None] = dict(SOLVED.plan)
    corruption = data.draw(st.sampled_from(["empty", "stranger", "unknown slot", "twice a day"]))
    if corruption == "empty":
        plan[slot.id] = None
    elif corruption == "stranger":
        plan[slot.id] = "nobody we know"
    elif corruption == "unknown slot":
        plan["a slot we do not have"] = S1.vendors[0].id
    else:
        plan[slot.id] = next(plan[other.id] for other in S1.slots if other.day == slot.day and other.id != slot.id)

    assert score_plan(S1, plan) > SOLVED.score


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"rules": None}, "rules"),
        ({"slots": [{"id": "a"}]}, r"slots\[0\]: 'day' is missing"),
        ({"vendors": [{"id": "v", "max": "many", "gap": 1}]}, r"vendors\[0\]"),
        ({"days": "x"}, "the file"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(change: dict[str, Any], where: str) -> None:
    document = {**load_example("T2")["problem"], **change}

    with pytest.raises(ProblemError, match=where):
        read_problem(document)


def test_two_slots_of_one_name_are_refused() -> None:
    document = load_example("T2")["problem"]
    document["slots"].append(document["slots"][0])

    with pytest.raises(ProblemError, match="two slots have the id"):
        read_problem(document)
