"""Two small tables say of every turn what the problem says."""

import numpy as np
from hypothesis import given, settings

from bazaar.rotation.instance import instance_of
from bazaar.rotation.polishing.wishes import Wishes
from bazaar.rotation.problem import Problem, is_wish_missed
from tests.rotation.small import small_problems


@settings(max_examples=40, deadline=None)
@given(small_problems())
def test_a_wish_is_missed_where_the_problem_says_so(problem: Problem) -> None:
    wishes = Wishes(instance_of(problem))

    missed = wishes.missed(np.arange(len(problem.vendors))[:, None], np.arange(len(problem.slots)))

    assert missed.tolist() == [[is_wish_missed(vendor, slot) for slot in problem.slots] for vendor in problem.vendors]
