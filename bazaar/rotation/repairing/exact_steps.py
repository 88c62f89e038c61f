"""Each step of the frontier exact: for every number of changes the fairest points there are, with proof, as far as the effort goes.

The parts are asked in their order, with all above fixed at their proved values (`pattern_program`):

- dev_max: the fewest changes with which everybody comes nearer to the mean than in the best plan known. If these are more than allowed,
  that plan stands proved; the same answer holds for every number of changes below.
- dev_sq: the least sum of squares within that band.

From the fewest changes up, one more at a time, until the plan is as fair as the free draw. A number of changes that brings nothing is
no step. Where slots stay empty that somebody could take, the sum of points is open, and nothing is asked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bazaar.rotation.balancing.balance import MOST_BASKETS, MOST_CLASSES, turn_range
from bazaar.rotation.balancing.baskets import basket_count, baskets_of, market_of
from bazaar.rotation.instance import Flags, Instance, Ints, holders_of, plan_of
from bazaar.rotation.problem import Plan
from bazaar.rotation.repairing.least import Repaired
from bazaar.rotation.repairing.pattern_program import Limit, PatternProgram, Question
from bazaar.rotation.repairing.patterns import kinds_ahead
from bazaar.rotation.repairing.repair import instance_for
from bazaar.rotation.result import Result
from bazaar.rotation.score import Score
from bazaar.rotation.stage import NOBODY, Holders

COLUMNS = 45_000
"""So many columns of programs are solved for a whole frontier, times the effort: about ten microseconds each."""
EACH = 12
"""Every number of changes is asked up to so many more than the least,"""
RESERVED = 16_000
"""if that leaves so many columns, times the effort, for the others."""
MOST_CELLS = 100_000
"""Vendors times slots that may change hands, beyond which nothing is asked: one relaxation alone would take seconds."""
TURNS = ("hard", "unfilled", "short", "spread", "turns_sq")
FAIRNESS = (*TURNS, "dev_max", "dev_sq")

Make = Callable[[Plan], Result]
"""A plan as a result, with the bounds that are known without this file."""


@dataclass(frozen=True)
class Scale:
    """What a question counts with. V vendors, B baskets."""

    turns: Ints  # (B, V) with the fixed ones
    points: Ints  # (B, V) F
    total: int  # of all F, the same in every plan

    @property
    def centre(self) -> int:
        """The whole number of points next to the mean."""
        count = self.points.shape[1]
        return int((2 * self.total + count) // (2 * count))

    @property
    def away(self) -> Ints:
        """(B, V): |V F - W|."""
        away: Ints = np.abs(self.points.shape[1] * self.points - self.total)
        return away


@dataclass(frozen=True)
class FreeDraw:
    """Everything ahead drawn afresh: its score, and what no plan can beat given the values of the parts above."""

    score: Score
    bounds: Mapping[str, int | None]

    def is_nearest(self, score: Score) -> bool:
        """Whether no plan with these turns, whatever it changes, has a smaller dev_max."""
        return self.bounds["dev_max"] == score.dev_max and all(getattr(score, part) == getattr(self.score, part) for part in TURNS)


class ExactSteps:
    """Asks for one number of changes after the other."""

    def __init__(self, repaired: Repaired, steps: list[Result], make: Make, free: FreeDraw, *, effort: int) -> None:
        self.repaired, self.make, self.free = repaired, make, free
        self.instance: Instance = instance_for(repaired.repair)
        first = holders_of(self.instance, steps[0].plan)
        is_fixed = np.array(repaired.repair.is_fixed, dtype=np.bool_) | _is_nobodys(repaired, first)
        self.market = market_of(self.instance, first, is_fixed)
        self.fixed_changes = steps[0].score.changes - _changes_ahead(repaired, first, is_fixed)
        self.program: PatternProgram | None = None
        most = max((int(_turns(self.instance, holders_of(self.instance, step.plan)).max(initial=0)) for step in steps), default=0) + 1
        largest = max(1, int((most - self.market.fixed_turns).max(initial=0)))
        self.is_askable = (
            repaired.repair.is_consistent
            and repaired.is_least
            and 0 < len(self.market.slots) * self.instance.vendor_count <= MOST_CELLS
            and not (first[~is_fixed] == NOBODY).any()
            and len(self.market.worth) <= MOST_CLASSES
            and basket_count(len(self.market.worth), largest) <= MOST_BASKETS
        )
        if not self.is_askable:
            return
        self.program = PatternProgram(
            instance=self.instance,
            kinds=kinds_ahead(self.instance, repaired.repair, self.market),
            baskets=baskets_of(self.market.worth, largest),
            market=self.market,
            holders=np.where(is_fixed, first, NOBODY),
            published=np.array(repaired.repair.published, dtype=np.int64),
            effort_left=COLUMNS * effort,
        )
        self.scale = Scale(
            turns=self.market.fixed_turns + self.program.baskets.turns[:, None],
            points=self.market.base + self.program.baskets.points[:, None],
            total=int(self.instance.credit.sum() + self.instance.weight[first >= 0].sum()),
        )
        self._nearer: dict[tuple[int, ...], int] = {}  # parts down to dev_max -> changes with which everybody comes nearer, at least
        for step in steps:
            self.program.learn(holders_of(self.instance, step.plan))

    def can_ask(self, beside: int = 0) -> bool:
        """Whether more can be asked; beside: so much effort is kept for later."""
        return self.program is not None and self.program.effort_left > beside

    def settle(self, known: Result, changes: int) -> tuple[Result, dict[str, int]]:
        """The fairest plan with at most so many changes, and bounds of dev_max and dev_sq for as many. known: the fairest one known."""
        while True:
            while (better := self._come_nearer(known, changes)) is not None:
                known = better
            evened, dev_sq = self._even_out(known, changes)
            if evened.score.dev_max == known.score.dev_max:
                break
            known = evened
        bounds = {"dev_sq": dev_sq} if dev_sq >= 0 else {}
        if self._nearer.get(_down_to_dev_max(evened), 0) > changes:
            bounds["dev_max"] = evened.score.dev_max
        return evened, bounds

    def _come_nearer(self, known: Result, changes: int) -> Result | None:
        """A plan with a smaller dev_max, if one is found; what is proved of it is kept in mind."""
        assert self.program is not None
        score = known.score
        key = _down_to_dev_max(known)
        if self.free.is_nearest(score) or self._nearer.get(key, 0) > changes or not self._is_covered(known):
            return None
        may = self._allowed(known) & (self.scale.away < score.dev_max)
        if not may.any(axis=0).all():
            self._nearer[key] = 1 << 40
            return None
        ahead = changes - self.fixed_changes
        nothing = np.zeros(may.shape, dtype=np.int64)
        answer = self.program.ask(Question(may, nothing, 1, self._limits(known)), ahead + 1)
        self._nearer[key] = max(self._nearer.get(key, 0), answer.bound + self.fixed_changes)
        return self._better(known, answer.holders, changes)

    def _even_out(self, known: Result, changes: int) -> tuple[Result, int]:
        """The least squares within the band of the known plan, and their bound."""
        assert self.program is not None
        if not self._is_covered(known):
            return known, -1
        score, centre = known.score, self.scale.centre
        beside = 2 * centre * self.scale.total - self.instance.vendor_count * centre**2  # of F^2 beside (F - centre)^2
        may = self._allowed(known) & (self.scale.away <= score.dev_max)
        limits = (*self._limits(known), Limit(None, changes - self.fixed_changes))
        answer = self.program.ask(Question(may, (self.scale.points - centre) ** 2, 0, limits, step=2), score.dev_sq - beside)
        better = self._better(known, answer.holders, changes)
        return (known if better is None else better), answer.bound + beside

    def _turn_range(self, known: Result) -> tuple[Ints, Ints]:
        """(V,), (V,) the fewest and the most turns of each vendor in any plan with these turns."""
        fewest, most = turn_range(self.instance, _turns(self.instance, holders_of(self.instance, known.plan)))
        return (fewest if known.score.short else np.maximum(fewest, self.instance.fewest)), most

    def _is_covered(self, known: Result) -> bool:
        """Whether the baskets are large enough for every plan with these turns."""
        return bool((self._turn_range(known)[1] <= self.scale.turns.max(axis=0)).all())

    def _allowed(self, known: Result) -> Flags:
        """(B, V) baskets with as many turns as a vendor can have in any plan with these turns."""
        fewest, most = self._turn_range(known)
        allowed: Flags = (self.scale.turns >= fewest) & (self.scale.turns <= most)
        return allowed

    def _limits(self, known: Result) -> tuple[Limit, ...]:
        limits = [Limit(self.scale.turns**2, known.score.turns_sq)]
        if known.score.short:
            limits.append(Limit(np.maximum(0, self.instance.fewest - self.scale.turns), known.score.short))
        return tuple(limits)

    def _better(self, known: Result, holders: Holders | None, changes: int) -> Result | None:
        """The plan as a result, where it is one that is fairer with no more changes."""
        if holders is None:
            return None
        result = self.make(plan_of(self.instance, holders))
        if result.score.changes > changes or fairness_of(result) >= fairness_of(known):
            return None
        return result


def numbers_asked(least: int, most: int) -> frozenset[int]:
    """The numbers of changes that are asked: all of the next few, then ones that lie apart, the farther up the more."""
    asked, changes = [], least + 1
    while changes < most:
        asked.append(changes)
        changes += max(1, (changes - least - EACH) // 4)
    return frozenset([*asked, most])


def fairness_of(result: Result) -> tuple[int, ...]:
    """What a further change may buy."""
    return tuple(getattr(result.score, part) for part in FAIRNESS)


def _down_to_dev_max(result: Result) -> tuple[int, ...]:
    return tuple(getattr(result.score, part) for part in (*TURNS, "dev_max"))


def _turns(instance: Instance, holders: Holders) -> Ints:
    return np.bincount(holders[holders != NOBODY], minlength=instance.vendor_count).astype(np.int64)


def _is_nobodys(repaired: Repaired, holders: Holders) -> Flags:
    """(S,) empty slots that stay so in every plan: nobody can take them."""
    repair, slots = repaired.repair, repaired.problem.slots
    is_nobodys = np.zeros(len(holders), dtype=np.bool_)
    for slot in np.flatnonzero(holders == NOBODY).tolist():
        is_nobodys[slot] = not any(repair.could_ever_take(vendor, slot) for vendor in repair.free_on(slots[slot].day))
    return is_nobodys


def _changes_ahead(repaired: Repaired, holders: Holders, is_fixed: Flags) -> int:
    """Changes in slots that are not fixed, all of which have somebody."""
    published = np.array(repaired.repair.published, dtype=np.int64)
    changes: Flags = (holders != published) & ~is_fixed
    return int(changes.sum())
