"""The first plan leaves hardly anything to mend where there is room enough."""

import numpy as np
import pytest

from bazaar.rotation.filling.first_plan import place_days
from bazaar.rotation.filling.pins import keep_pins, roster_with
from bazaar.rotation.filling.roster import Roster
from bazaar.rotation.instance import instance_of
from bazaar.rotation.problem import read_problem
from bazaar.rotation.stage import NOBODY
from tests.rotation.examples import load_example
from tests.rotation.tiny import problem_of


@pytest.mark.parametrize("name", ["S1", "M1"])
def test_every_slot_is_filled_and_turns_differ_by_two_at_most(name: str) -> None:
    instance = instance_of(read_problem(load_example(name)["problem"]))
    pins = keep_pins(instance)
    roster = roster_with(instance, pins, kept=pins.kept)

    place_days(roster, np.zeros(instance.vendor_count))

    assert (roster.holders != NOBODY).all()
    assert roster.turns.max() - roster.turns.min() <= 2


def test_somebody_with_one_day_left_goes_before_those_who_have_many() -> None:
    instance = instance_of(problem_of(slots=[(0, 0), (1, 0), (2, 0)], vendors=[{}, {}, {"days_off": frozenset({1, 2})}]))
    roster = Roster(instance)

    place_days(roster, np.zeros(3))

    assert roster.holders[0] == 2


def test_a_full_evening_is_matched_as_a_whole_when_those_on_top_do_not_fit() -> None:
    late: dict[str, object] = {"start_from": 1200 + 15 * 30}
    slots = [(0, place) for place in range(60)]
    instance = instance_of(problem_of(slots=slots, vendors=[late] * 60 + [{}] * 30))
    roster = Roster(instance)

    place_days(roster, np.linspace(1, 0, 90))

    assert (roster.holders != NOBODY).all()
