"""Towards given baskets: nobody ends farther from them, no rule is broken, and rings of any length are seen."""

import random

import numpy as np
import pytest

from bazaar.rotation.balancing.aiming import Aim
from bazaar.rotation.balancing.places import Board
from bazaar.rotation.filling.fill import fill
from bazaar.rotation.instance import Instance, Ints, instance_of, plan_of
from bazaar.rotation.problem import read_problem
from bazaar.rotation.score import score_plan
from tests.rotation.examples import load_example
from tests.rotation.problems import plain_problem, plain_slot, plain_vendor


def board_of(instance: Instance) -> Board:
    holders = fill(instance, random.Random(1), effort=1, progress=lambda _stage, _share: None).holders
    return Board(instance, holders, ~instance.is_fixed)


def baskets_on(board: Board) -> Ints:
    baskets = np.zeros((len(board.own), len(board.worth)), dtype=np.int64)
    np.add.at(baskets, (board.holder, board.kind), 1)
    return baskets


def off(board: Board, targets: Ints) -> int:
    return int(np.abs(baskets_on(board) - targets).sum())


def test_a_ring_of_vendors_who_each_want_the_next_ones_turn_moves_at_once() -> None:
    slots = [plain_slot(f"s{number}", day=number, weight=10 * number) for number in range(1, 6)]
    board = board_of(instance_of(plain_problem(slots, [plain_vendor(f"v{number}") for number in range(5)])))
    targets = np.zeros_like(baskets_on(board))
    targets[board.holder, np.roll(board.kind, 1)] = 1

    Aim(board, targets).together(random.Random(2))

    assert off(board, targets) == 0


def test_who_cannot_come_there_stays_away() -> None:
    slots = [plain_slot("poor", day=1, weight=1), plain_slot("rich", day=2, weight=9)]
    board = board_of(instance_of(plain_problem(slots, [plain_vendor("a", days_off=frozenset({2})), plain_vendor("b")])))
    targets = baskets_on(board)[::-1].copy()

    aim = Aim(board, targets)
    aim.together(random.Random(3))
    aim.singly()

    assert board.holder.tolist() == [0, 1]


@pytest.mark.parametrize("adjacent", ["soft", "hard"])
@pytest.mark.parametrize("name", ["S1", "M1"])
def test_baskets_come_nearer_and_the_parts_above_stay(name: str, adjacent: str) -> None:
    document = load_example(name)["problem"]
    problem = read_problem({**document, "rules": {**document["rules"], "adjacent": adjacent}})
    instance = instance_of(problem)
    board = board_of(instance)
    before = score_plan(problem, plan_of(instance, board.holders))
    targets = baskets_on(board)
    equal_turns = np.flatnonzero(targets[:, -1] == 0)
    targets[equal_turns] = targets[np.roll(equal_turns, 1)]
    far = off(board, targets)

    aim = Aim(board, targets)
    aim.together(random.Random(4))
    together = off(board, targets)
    aim.singly()

    after = score_plan(problem, plan_of(instance, board.holders))
    assert off(board, targets) <= together < far
    assert (aim.have == baskets_on(board)).all()
    assert (after.hard, after.unfilled, after.short, after.turns_sq) == (before.hard, before.unfilled, before.short, before.turns_sq)
