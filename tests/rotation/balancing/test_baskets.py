"""Which baskets a vendor can reach alone: exactly those that some choice of days, hours and gaps gives."""

from itertools import combinations, pairwise

import numpy as np
from hypothesis import given, settings

from bazaar.rotation.balancing.baskets import Baskets, Market, basket_count, baskets_of, market_of, reachable
from bazaar.rotation.instance import Instance, instance_of
from bazaar.rotation.problem import Problem
from bazaar.rotation.stage import NOBODY
from tests.rotation.problems import plain_problem, plain_slot, plain_vendor
from tests.rotation.small import small_problems


def market_without_holders(instance: Instance) -> Market:
    return market_of(instance, np.full(instance.slot_count, NOBODY), np.zeros(instance.slot_count, dtype=np.bool_))


def reached_by(instance: Instance, market: Market, baskets: Baskets, vendor: int) -> set[tuple[int, ...]]:
    return {tuple(counts) for counts in baskets.counts[reachable(instance, market, baskets)[:, vendor]].tolist()}


@settings(max_examples=40, deadline=None)
@given(small_problems(most_days=5, most_slots=8, most_vendors=2))
def test_what_is_reached_is_what_trying_every_choice_of_slots_reaches(problem: Problem) -> None:
    instance = instance_of(problem)
    market = market_without_holders(instance)
    baskets = baskets_of(market.worth, 3)

    reached = [reached_by(instance, market, baskets, vendor) for vendor in range(instance.vendor_count)]

    for vendor, found in enumerate(reached):
        expected = set()
        for turns in range(4):
            for choice in combinations(np.flatnonzero(instance.fits[vendor]).tolist(), turns):
                days = sorted(instance.day[list(choice)].tolist())
                if all(later - earlier >= instance.gap[vendor] for earlier, later in pairwise(days)):
                    expected.add(tuple(np.bincount(market.kind[list(choice)], minlength=len(market.worth)).tolist()))
        assert found == expected


def test_a_full_count_of_one_class_does_not_carry_into_the_next() -> None:
    """Three cheap turns are no dear turn: with too small a shift the third one would have counted as one of the class above."""
    slots = [plain_slot(f"s{day}", day=4 * day, weight=10) for day in range(3)] + [plain_slot("dear", day=20, weight=20)]
    instance = instance_of(plain_problem(slots, [plain_vendor("v0", days_off=frozenset({20}))]))
    market = market_without_holders(instance)

    reached = reached_by(instance, market, baskets_of(market.worth, 3), 0)

    assert reached == {(0, 0), (1, 0), (2, 0), (3, 0)}


def test_a_fixed_turn_counts_beforehand_and_keeps_its_gap_free() -> None:
    slots = [plain_slot(f"s{day}", day=day, weight=10 + day) for day in range(4)]
    instance = instance_of(plain_problem(slots, [plain_vendor("v0", gap=2)]))
    is_fixed = np.array([False, True, False, False])
    market = market_of(instance, np.array([NOBODY, 0, NOBODY, NOBODY]), is_fixed)

    reached = reached_by(instance, market, baskets_of(market.worth, 2), 0)

    assert (market.base.tolist(), market.fixed_turns.tolist()) == ([11], [1])
    assert reached == {(0, 0, 0), (0, 0, 1)}  # only day 3 is two days away


def test_baskets_are_all_multisets_and_know_the_smaller_ones() -> None:
    baskets = baskets_of(np.array([10, 15, 20]), 4)

    assert len(baskets) == basket_count(3, 4) == 35
    grown = baskets.smaller[:, 1] >= 0
    assert (baskets.counts[grown] - baskets.counts[baskets.smaller[grown, 1]]).tolist() == [[0, 1, 0]] * int(grown.sum())
    assert (baskets.points == baskets.counts @ [10, 15, 20]).all()
