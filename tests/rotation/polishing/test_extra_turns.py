"""Where points allow it, a rarer category gets the turn that some have more."""

import random
from dataclasses import replace

import numpy as np

from bazaar.rotation.instance import Instance, instance_of
from bazaar.rotation.polishing.board import Board
from bazaar.rotation.polishing.extra_turns import ExtraTurns
from bazaar.rotation.problem import Problem, ProblemSlot, ProblemVendor, Rules

A1, A2, B = 0, 1, 2


def two_evenings(**rarer: object) -> Problem:
    """Two evenings of two slots; two vendors of one category, one of another."""
    vendor = ProblemVendor("", "a", frozenset(), None, None, None, 0, 2, 1, None, ())
    return Problem(
        "two evenings",
        1,
        2,
        Rules(1, 1, "soft", ()),
        tuple(
            ProblemSlot(f"s{day}{place}", day, f"e{day}", place, 1200 + place, 1, 10, frozenset(), None)
            for day in (0, 1)
            for place in (0, 1)
        ),
        (replace(vendor, id="a1"), replace(vendor, id="a2"), replace(vendor, id="b", category="b", **rarer)),  # type: ignore[arg-type]
    )


def moved(instance: Instance) -> tuple[bool, list[int]]:
    """Whether anything moved, and the turns of a1, a2 and b afterwards."""
    board = Board(instance, np.array([A1, B, A1, A2]))
    has_moved = ExtraTurns(board, np.arange(4), random.Random(1)).move()
    return has_moved, board.turn_count.tolist()


def test_the_extra_turn_goes_to_the_rarer_category() -> None:
    assert moved(instance_of(two_evenings())) == (True, [1, 1, 2])


def test_it_stays_where_the_rarer_one_cannot_come() -> None:
    assert moved(instance_of(two_evenings(days_off=frozenset({1})))) == (False, [2, 1, 1])


def test_it_stays_where_the_rarer_one_may_have_no_more() -> None:
    assert moved(instance_of(two_evenings(max_turns=1))) == (False, [2, 1, 1])
