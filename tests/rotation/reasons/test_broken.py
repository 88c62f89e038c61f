"""Every broken rule is named: as many as the scorer counts, whatever a plan may be."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bazaar.rotation.problem import Problem
from bazaar.rotation.reasons.broken import BrokenRule, broken_rules
from bazaar.rotation.score import score_plan
from tests.rotation.broken import evenings
from tests.rotation.small import small_problems


@given(small_problems(most_days=4, most_slots=10, most_vendors=4), st.data())
def test_as_many_rules_are_named_as_the_scorer_counts(problem: Problem, data: st.DataObject) -> None:
    holders = st.sampled_from([None, "stranger", *(vendor.id for vendor in problem.vendors)])
    slots = [*(slot.id for slot in problem.slots), "nowhere"]
    plan = data.draw(st.dictionaries(st.sampled_from(slots), holders))

    assert len(broken_rules(problem, plan)) == score_plan(problem, plan).hard


TWO_EVENINGS = evenings(vendors=2, days=2, slots_a_day=1, gap=2)


@pytest.mark.parametrize(
    ("problem", "plan", "broken"),
    [
        (TWO_EVENINGS, {"s0-0": "v0", "s1-0": "v0"}, BrokenRule("near", ("s0-0", "s1-0"), "v0")),
        (
            replace(TWO_EVENINGS, slots=tuple(replace(slot, pin="v1") for slot in TWO_EVENINGS.slots[:1])),
            {"s0-0": "v0"},
            BrokenRule("pin", ("s0-0",), "v1"),
        ),
        (
            replace(TWO_EVENINGS, vendors=tuple(replace(vendor, days_off=frozenset({0})) for vendor in TWO_EVENINGS.vendors)),
            {"s0-0": "v0"},
            BrokenRule("away", ("s0-0",), "v0"),
        ),
        (
            evenings(vendors=3, days=1, slots_a_day=2, adjacent="hard"),
            {"s0-0": "v0", "s0-1": "v2"},
            BrokenRule("twin", ("s0-0", "s0-1"), None),
        ),
    ],
    ids=["near", "pin", "away", "twin"],
)
def test_a_broken_rule_names_its_slots_and_its_vendor(problem: Problem, plan: dict[str, str | None], broken: BrokenRule) -> None:
    assert broken_rules(problem, plan) == (broken,)
