"""The arrays of a problem."""

import numpy as np
from hypothesis import given, settings

from bazaar.rotation.instance import instance_of
from bazaar.rotation.problem import Problem
from tests.rotation.problems import problems


@settings(max_examples=60, deadline=None)
@given(problems())
def test_who_fits_somewhere_in_a_group_fits_one_of_its_slots(problem: Problem) -> None:
    instance = instance_of(problem)
    slots = np.arange(1, instance.slot_count)

    somewhere = instance.fits_somewhere(slots, slots % 3, 4)

    expected = [instance.fits[:, slots[slots % 3 == group]].any(axis=1).tolist() for group in range(4)]
    assert somewhere.tolist() == expected
