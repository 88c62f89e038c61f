"""The board after many moves is the board of the plan it came to, and what a move promises is what the score says."""

import random

import numpy as np
from hypothesis import given, settings

from bazaar.rotation.filling.fill import fill
from bazaar.rotation.instance import Instance, instance_of, plan_of
from bazaar.rotation.polishing.board import Board
from bazaar.rotation.polishing.groups import Groups
from bazaar.rotation.polishing.reassign import best_order, difference
from bazaar.rotation.problem import Problem
from bazaar.rotation.score import score_plan
from bazaar.rotation.stage import Holders
from tests.rotation.small import small_problems


def filled(instance: Instance) -> Holders:
    return fill(instance, random.Random(1), effort=1, progress=lambda _stage, _share: None).holders


@settings(max_examples=30, deadline=None)
@given(small_problems())
def test_the_four_parts_are_those_of_the_score(problem: Problem) -> None:
    instance = instance_of(problem)
    holders = filled(instance)

    parts = Board(instance, holders).parts().tolist()

    score = score_plan(problem, plan_of(instance, holders))
    assert parts == [score.adj, score.rep, score.spacing, score.wish_miss]


@settings(max_examples=30, deadline=None)
@given(small_problems())
def test_any_order_of_a_group_changes_the_parts_as_promised_and_nothing_above(problem: Problem) -> None:
    instance = instance_of(problem)
    board = Board(instance, filled(instance))
    dice, changes = random.Random(2), score_plan(problem, plan_of(instance, board.holders)).changes
    groups = Groups(board, dice, size=5)

    for _ in range(20 if len(groups.movable) else 0):
        before, parts = score_plan(problem, plan_of(instance, board.holders)), board.parts()
        group = groups.draw()
        if len(group.vendors) < 2:
            continue
        costs = group.costs(board)
        anything = np.array([[dice.randrange(100) for _slot in group.slots] for _vendor in group.vendors])
        order = best_order(costs, np.zeros(4, dtype=np.int64), anything)
        board.apply(group.vendors, group.slots, group.slots[order])

        after = score_plan(problem, plan_of(instance, board.holders))
        assert board.parts().tolist() == (parts + difference(costs, order)).tolist()
        assert (after.unfilled, after.short, after.spread, after.turns_sq) == (
            before.unfilled,
            before.short,
            before.spread,
            before.turns_sq,
        )
        assert (after.dev_max, after.dev_sq) == (before.dev_max, before.dev_sq)
        assert after.changes <= changes

    fresh = Board(instance, board.holders)
    for part in ("kind", "points", "turn_count", "near", "kinds"):
        assert np.array_equal(getattr(board, part), getattr(fresh, part)), part
    assert [sorted(own) for own in board.turns[:, : fresh.turns.shape[1]].tolist()] == [sorted(own) for own in fresh.turns.tolist()]
