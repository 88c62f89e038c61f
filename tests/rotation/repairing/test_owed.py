"""Whoever is owed a turn gets it by one change, proved without the integer program."""

from dataclasses import replace
from typing import Any

import pytest

from bazaar.rotation.problem import Problem
from bazaar.rotation.repairing import least
from bazaar.rotation.repairing.replan import replan
from bazaar.rotation.solve import solve
from tests.rotation.problems import plain_problem, plain_slot, plain_vendor


def published(**owed: int) -> Problem:
    """Six evenings of one slot, three vendors with two turns each; some are promised more since."""
    slots = [plain_slot(f"s{day}", day=day) for day in range(6)]
    vendors = [plain_vendor(f"v{number}", gap=1) for number in range(3)]
    plan = dict(solve(plain_problem(slots, vendors)).plan)
    promised = [replace(vendor, min_turns=owed.get(vendor.id, 0)) for vendor in vendors]
    return plain_problem(slots, promised, published=plan)


@pytest.fixture
def no_program(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any) -> None:
        raise AssertionError("the integer program was asked")

    monkeypatch.setattr(least, "RepairModel", refuse)


@pytest.mark.usefixtures("no_program")
def test_a_turn_that_is_owed_is_given_by_one_change() -> None:
    result = replan(published(v0=3))

    assert (result.score.short, result.score.changes) == (0, 1)
    assert {"unfilled", "short", "changes"} <= set(result.proved)


@pytest.mark.usefixtures("no_program")
def test_nobody_is_taken_below_the_own_guarantee() -> None:
    result = replan(published(v0=3, v1=2))

    assert (result.score.short, result.score.changes) == (0, 1)
    assert list(result.plan.values()).count("v2") == 1


def test_what_no_hand_over_can_give_is_asked_exactly() -> None:
    result = replan(published(v0=3, v1=2, v2=2))

    assert (result.score.short, result.score.changes) == (1, 0)
    assert {"short", "changes"} <= set(result.proved)
