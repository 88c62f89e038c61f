"""Two vendors are split as evenly as any trade of their chains can, one vendor's turns come as near to a number of points as any."""

import random
from collections.abc import Callable
from itertools import combinations, compress, pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bazaar.rotation.balancing import balance as balancing
from bazaar.rotation.balancing.balance import balance
from bazaar.rotation.balancing.exact_balance import NODES_TIMES_ENTRIES, prove_balance
from bazaar.rotation.balancing.regrouping import Chain, Table, best_split, nearest_bit, nearest_turns
from bazaar.rotation.filling import programme as programmes
from bazaar.rotation.filling.fill import fill
from bazaar.rotation.instance import instance_of, plan_of
from bazaar.rotation.problem import Problem, ProblemSlot
from bazaar.rotation.score import PARTS, score_plan
from tests.rotation.problems import plain_problem, plain_slot, plain_vendor

chains = st.builds(Chain, st.just(()), st.integers(-1, 1), st.integers(-9, 9))


@given(st.lists(chains, max_size=7), st.integers(1, 40), st.sampled_from([[0], [0, 1]]))
def test_a_split_is_as_near_to_even_as_any_trade_of_chains(offered: list[Chain], apart: int, balances: list[int]) -> None:
    chosen = best_split(offered, apart, balances)

    def left(some: list[Chain]) -> int:
        return abs(2 * sum(chain.points for chain in some) - apart)

    trades = [list(compress(offered, taken)) for taken in product([False, True], repeat=len(offered))]
    assert left(chosen) == min(left(trade) for trade in trades if sum(chain.turns for chain in trade) in balances)
    assert sum(chain.turns for chain in chosen) in balances


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9)), max_size=7), st.integers(1, 3), st.integers(0, 3), st.integers(0, 30))
def test_turns_come_as_near_to_the_points_as_any_turns_that_far_apart(
    offers: list[tuple[int, int]], gap: int, turns: int, points: int
) -> None:
    slots = [(day, worth, number) for number, (day, worth) in enumerate(sorted(offers))]

    chosen = nearest_turns(slots, gap, turns, points)

    ways = [way for way in combinations(slots, turns) if all(late[0] - early[0] >= gap for early, late in pairwise(way))]
    assert (chosen is None) == (not ways)
    if chosen is not None:
        own = sorted(slots[number] for number in chosen)
        assert tuple(own) in ways
        assert abs(sum(worth for _day, worth, _slot in own) - points) == min(abs(sum(each[1] for each in way) - points) for way in ways)


@given(st.integers(1, 1 << 12), st.integers(-3, 15))
def test_the_nearest_bit_is_set_and_none_is_nearer(bits: int, place: int) -> None:
    found = nearest_bit(bits, place)

    assert bits >> found & 1
    assert abs(found - max(0, place)) == min(abs(other - max(0, place)) for other in range(13) if bits >> other & 1)


def narrow_problem(vendors: int, days: int, worth: Callable[[random.Random], int]) -> Problem:
    """Six slots a day, and few vendors, so that most slots stay empty; every other vendor needs a day more between turns."""
    dice = random.Random(f"{vendors}/{days}")
    slots: list[ProblemSlot] = [
        plain_slot(f"s{day}-{place}", day=day, position=place, weight=worth(dice)) for day in range(days) for place in range(6)
    ]
    return plain_problem(
        slots, [plain_vendor(f"v{row}", max_turns=99, gap=1 + row % 2, past=(dice.randint(0, 90),)) for row in range(vendors)]
    )


@pytest.mark.parametrize(("vendors", "days"), [(3, 6), (5, 6), (8, 15)])
def test_a_small_bazaar_is_asked_no_more_nodes_than_it_may(monkeypatch: pytest.MonkeyPatch, vendors: int, days: int) -> None:
    problem = narrow_problem(vendors, days, lambda dice: dice.randint(5, 60))
    instance = instance_of(problem)
    filled = fill(instance, random.Random(1), effort=1, progress=lambda _stage, _share: None)
    balanced = balance(instance, filled.holders, effort=1, progress=lambda _stage, _share: None)
    asked: list[int] = []
    ask = programmes.milp

    def count(*args: object, constraints: list, options: dict, **others: object) -> object:  # type: ignore[type-arg]
        asked.append(options["node_limit"] * constraints[0].A.nnz)
        return ask(*args, constraints=constraints, options=options, **others)

    monkeypatch.setattr(programmes, "milp", count)
    outcome = prove_balance(instance, filled.bounds, balanced, effort=1)

    before, after = (score_plan(problem, plan_of(instance, some.holders)) for some in (balanced, outcome))
    assert after <= before
    assert all(entries <= 1.1 * NODES_TIMES_ENTRIES for entries in asked)
    assert (outcome.bounds["dev_max"] or 0) <= after.dev_max


def test_regrouped_vendors_keep_what_counts_before_points(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = narrow_problem(5, 12, lambda dice: dice.randint(100, 900))
    instance = instance_of(problem)
    filled = fill(instance, random.Random(1), effort=1, progress=lambda _stage, _share: None)
    regrouped = balance(instance, filled.holders, effort=1, progress=lambda _stage, _share: None)
    monkeypatch.setattr(balancing, "MOST_REGROUPED", 0)
    plain = balance(instance, filled.holders, effort=1, progress=lambda _stage, _share: None)

    better, worse = (score_plan(problem, plan_of(instance, some.holders)) for some in (regrouped, plain))
    assert [getattr(better, part) for part in PARTS[:6]] == [getattr(worse, part) for part in PARTS[:6]]
    assert (better.dev_max, better.dev_sq) < (worse.dev_max, worse.dev_sq)


def test_a_turn_that_is_kept_keeps_its_neighbours_too() -> None:
    slots = [plain_slot(f"s{day}", day=day, weight=weight) for day, weight in ((0, 10), (1, 16), (5, 10), (6, 16))]
    instance = instance_of(plain_problem(slots, [plain_vendor("a"), plain_vendor("b")]))

    table = Table(instance, np.array([0, 1, 0, 1]), np.array([True, False, False, False]), 10)
    table.even_out_pairs()

    assert table.holders.tolist() == [0, 1, 1, 0]
