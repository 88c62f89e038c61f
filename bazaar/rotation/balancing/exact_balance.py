"""dev_max and dev_sq as a whole-number programme, for small problems in which baskets alone leave a question.

Bounds from baskets (`configuration`) forget on which day a slot lies and who else wants it. That costs nothing where all slots are
held; but where some stay empty, where guarantees cannot be kept, or where pins contradict each other, the truth often lies above.
Here the rows of `programme` stay, with all parts above fixed at their values, and points are laid on top: each vendor takes one
basket (so many slots of each value: `basket_columns`). The sum W of all points is a column, as it depends on which slots stay empty,
and so is the widest distance D from it: V F - W <= D and W - V F <= D for everybody.

First the smallest D; then, with that D, the smallest sum of squares. Where no other W allows that D, it is fixed between the two:
baskets outside the band are out then, and the squares have the parity of W. Each question asks for a plan better than the best one
known, so that the answer is a better plan or a proof, rounded as in `programme`.

How long HiGHS thinks is bounded by counts. Its root (relaxation, cuts, heuristics) knows no limit and grows faster than the number of
entries of the rows, so that larger programmes are not asked; all questions together have a number of nodes, the fewer the larger the
programme. What they leave open stays as `balance` found it, unproved.
"""

from collections.abc import Mapping
from math import inf

import numpy as np

from bazaar.rotation.balancing.balance import deviation, final_points
from bazaar.rotation.balancing.basket_columns import Basket, BasketColumns
from bazaar.rotation.filling.changes import changes_in
from bazaar.rotation.filling.pins import Pins, keep_pins, roster_with
from bazaar.rotation.filling.programme import Answer, Programme, Row, Term, column_count, whole
from bazaar.rotation.instance import Instance, Ints, plan_of
from bazaar.rotation.score import Score, score_plan
from bazaar.rotation.stage import NOBODY, Outcome, Progress

MOST_COLUMNS = 6_000
"""Times the effort, beyond which the rows are not even written."""

MOST_ENTRIES, MOST_ENTRIES_OF_SQUARES, FEW_WORTHS = 10_000, 25_000, 12
"""Times the effort. 24 vendors and 84 slots have some 9,000, and a root takes half a second; with 13,000 it may take two, with 21,000
(30 vendors and 90 slots, a third of them empty) it took thirteen. More where only squares are left to prove, no slot is empty, and
slots have few different worths: such a question is nearly always refuted before the root."""

NODES_TIMES_ENTRIES = 1_500_000
"""Times the effort, of all questions together: about a second."""

MOST_SUMS = 12_000
"""Times the effort: vendors times turns of the busiest times points between the least and the most worth of a slot. Beyond, to list the
baskets alone takes seconds."""

MOST_CELLS = 50_000
"""Vendors times slots, beyond which the columns are not even counted."""

MOST_SQUARES = 10_000_000
"""Vendors times the square of the farthest from the mean, in points, beyond which HiGHS's floating point could not tell one from the
next, and would think for minutes."""

ABOVE = ("hard", "unfilled", "short", "changes", "spread", "turns_sq")


def prove_balance(
    instance: Instance, above: Mapping[str, int | None], balanced: Outcome, *, effort: int, progress: Progress = lambda _stage, _share: None
) -> Outcome:
    """The best dev_max and dev_sq of a small problem, where `balanced` does not prove its own. above: the bounds of the parts above;
    all must be proved, as nothing follows from fixing what could be beaten."""
    if not instance.vendor_count:
        return Outcome(balanced.holders, {"dev_max": 0, "dev_sq": 0})
    reached = deviation(final_points(instance, balanced.holders))
    if reached == (balanced.bounds["dev_max"], balanced.bounds["dev_sq"]) or instance.fits.size > MOST_CELLS:
        return balanced
    score = score_plan(instance.problem, plan_of(instance, balanced.holders))
    if any(above[part] != getattr(score, part) for part in ABOVE):
        return balanced
    if _squares_at_most(score, instance.vendor_count) > MOST_SQUARES:
        return balanced
    turns = int(np.bincount(balanced.holders[balanced.holders != NOBODY], minlength=1).max())
    if instance.vendor_count * turns * int(np.ptp(instance.weight)) > MOST_SUMS * effort:
        return balanced
    pins = keep_pins(instance)
    if column_count(roster_with(instance, pins, kept=pins.firm), pins, finely=True) > MOST_COLUMNS * effort:
        return balanced
    exact = ExactBalance(instance, pins, balanced, score, effort=effort)
    has_few_worths = len(np.unique(instance.weight)) <= FEW_WORTHS
    is_about_squares = has_few_worths and not score.unfilled and score.dev_max == balanced.bounds["dev_max"]
    if exact.programme.entry_count <= effort * (MOST_ENTRIES_OF_SQUARES if is_about_squares else MOST_ENTRIES):
        exact.run(progress)
    return Outcome(exact.holders, exact.bounds)


def _squares_at_most(score: Score, vendor_count: int) -> int:
    """V times the square of the farthest from the mean; dev_max is V times that distance."""
    return score.dev_max * score.dev_max // vendor_count


class ExactBalance:
    """The best plan known, and what is proved about it. V vendors; F is credit and points of a vendor; W is the sum of F."""

    def __init__(self, instance: Instance, pins: Pins, balanced: Outcome, score: Score, *, effort: int) -> None:
        self.instance, self.pins, self.count = instance, pins, instance.vendor_count
        self.holders, self.score, self.bounds = balanced.holders, score, dict(balanced.bounds)
        self.firm = roster_with(instance, pins, kept=pins.firm)
        self.programme = Programme(self.firm, pins, effort=effort, finely=True)
        self.filled = int((self.holders != NOBODY).sum())
        self.centre = (2 * self._total() + self.count) // (2 * self.count)  # points are counted from here: small factors
        self.totals = self._possible_totals()
        self.allowed = self._allowed_turns()
        self.begin = self._firm_points()
        self._fix_parts_above()
        self.baskets = self._add_baskets()
        self._fix_turns()
        self.over = self._add_total()  # column: W less the least there is
        self.farthest = self._add_farthest()  # column: D
        self.nodes_left = NODES_TIMES_ENTRIES * effort // self.programme.entry_count

    def run(self, progress: Progress) -> None:
        """Both parts in turn."""
        if self.bounds["dev_max"] != self.score.dev_max:
            progress("balance", 0.9)
            terms: list[Term] = [(self.farthest, 1)]
            self._learn("dev_max", self._least(terms, [(terms, -inf, self.score.dev_max - 1)]))
        self.programme.require([(self.farthest, 1)], high=self.score.dev_max)
        if self.bounds["dev_sq"] != self.score.dev_sq:
            progress("balance", 0.95)
            self._ask_squares()

    def _total(self) -> int:
        """W as the best plan known has it."""
        return int(self.instance.credit.sum() + self.instance.weight[self.holders != NOBODY].sum())

    def _firm_points(self) -> Ints:
        """(V,): credit and points of firm pins."""
        points, held = self.instance.credit.copy(), np.flatnonzero(self.firm.holders != NOBODY)
        np.add.at(points, self.firm.holders[held], self.instance.weight[held])
        return points

    def _possible_totals(self) -> tuple[int, int]:
        """The least and the most W that so many filled slots can have."""
        worth, credit = np.sort(self.instance.weight), int(self.instance.credit.sum())
        return credit + int(worth[: self.filled].sum()), credit + int(worth[len(worth) - self.filled :].sum())

    def _allowed_turns(self) -> list[list[int]]:
        """Of each vendor: turns that leave the others enough for the sum of squares (as in `turn_ranges`)."""
        each = self.filled // self.count
        excess = self.score.turns_sq - (2 * each + 1) * self.filled + each * (each + 1) * self.count
        possible = [turns for turns in range(self.filled + 1) if (turns - each) * (turns - each - 1) <= excess]
        return [[turns for turns in possible if turns <= limit] for limit in self.pins.limits(self.instance).tolist()]

    def _fix_parts_above(self) -> None:
        """hard, unfilled, short and changes; spread and squared turns need baskets."""
        programme, missing = self.programme, self.instance.fewest - self.firm.turns
        if programme.broken:
            programme.require(programme.broken, high=self.score.hard - self.pins.lost)
        changes, already = changes_in(programme)
        if changes:
            programme.require(changes, high=self.score.changes - already)
        free = self.filled - int(self.firm.turns.sum())
        programme.require(programme.filled, free, free)
        short: list[Term] = []
        for vendor in np.flatnonzero(missing > 0).tolist():
            column = programme.add_whole(float(missing[vendor]))
            programme.require([*programme.turns[vendor], (column, 1)], low=float(missing[vendor]))
            short.append((column, 1))
        if short:
            programme.require(short, high=self.score.short)

    def _add_baskets(self) -> list[list[Basket]]:
        """Of each vendor: the baskets with which turns are allowed and points near enough to some W."""
        columns = BasketColumns(self.programme, max(max(turns) for turns in self.allowed))
        found = []
        for vendor, turns in enumerate(self.allowed):
            had, points = int(self.firm.turns[vendor]), int(self.begin[vendor])
            contents = [
                parts
                for parts in columns.contents(vendor, max(turns) - had)
                if had + columns.worths.turns_in(parts) in turns and self._is_near(points + columns.worths.points_in(parts), *self.totals)
            ]
            found.append([Basket(own.column, had + own.turns, points + own.points - self.centre) for own in columns.add(vendor, contents)])
        return found

    def _is_near(self, final: int, least: int, most: int) -> bool:
        """Whether such an F lies in the band around some W from least to most."""
        return least - self.score.dev_max <= self.count * final <= most + self.score.dev_max

    def _fix_turns(self) -> None:
        """spread and turns_sq. For some number `most`, nobody has more turns, and everybody has `most` - spread or the own ceiling."""
        programme, spread, squares = self.programme, self.score.spread, float(self.score.turns_sq)
        programme.require([(own.column, own.turns**2) for baskets in self.baskets for own in baskets], squares, squares)
        ceiling, limit = self.instance.ceiling, self.pins.limits(self.instance)
        highest = max(own.turns for baskets in self.baskets for own in baskets)
        columns = {
            most: programme.add_whole(1)
            for most in range(highest + 1)
            if np.minimum(ceiling, max(0, most - spread)).sum() <= self.filled <= np.minimum(limit, most).sum()
        }
        programme.require([(column, 1) for column in columns.values()], 1, 1)
        for baskets, own_ceiling in zip(self.baskets, ceiling.tolist(), strict=True):
            turns: list[Term] = [(own.column, own.turns) for own in baskets]
            programme.require([*turns, *((column, -most) for most, column in columns.items())], high=0)
            programme.require([*turns, *((column, -min(own_ceiling, most - spread)) for most, column in columns.items())], low=0)

    def _add_total(self) -> int:
        least, most = self.totals
        column = self.programme.add_whole(float(most - least))
        beside = least - self.count * self.centre
        points: list[Term] = [(own.column, own.points) for baskets in self.baskets for own in baskets]
        self.programme.require([*points, (column, -1)], beside, beside)
        return column

    def _add_farthest(self) -> int:
        column = self.programme.add_whole(float(self.score.dev_max))
        beside = self.totals[0] - self.count * self.centre
        for baskets in self.baskets:
            away: list[Term] = [*((own.column, self.count * own.points) for own in baskets), (self.over, -1)]
            self.programme.require([*away, (column, -1)], high=beside)
            self.programme.require([*away, (column, 1)], low=beside)
        return column

    def _is_total_settled(self) -> bool:
        """Whether no other W allows this D. It is fixed then, and baskets outside the band around it are out."""
        total = self._total()
        now = total - self.totals[0]
        others: list[Row] = [([(self.over, 1)], -inf, now - 1), ([(self.over, 1)], now + 1, inf)]
        if any(self._least([], [row]).bound < inf for row in others):
            return False
        self.programme.require([(self.over, 1)], now, now)
        outside = [own for baskets in self.baskets for own in baskets if not self._is_near(own.points + self.centre, total, total)]
        self.programme.require([(own.column, 1) for own in outside], high=0)
        return True

    def _ask_squares(self) -> None:
        """F^2 = (F - c)^2 + 2 c F - c^2 with the centre c. Where W is fixed, F^2 = F mod 2 leaves every other number only."""
        step = 2 if self._is_total_settled() else 1
        terms: list[Term] = [(own.column, own.points**2) for baskets in self.baskets for own in baskets]
        terms.append((self.over, 2 * self.centre))
        beside = 2 * self.centre * self.totals[0] - self.count * self.centre**2
        self._learn("dev_sq", self._least(terms, [(terms, -inf, self.score.dev_sq - step - beside)]), beside, step)

    def _least(self, terms: list[Term], rows: list[Row]) -> Answer:
        """As the programme answers with the nodes that are left; -inf where none are."""
        if self.nodes_left <= 0:
            return Answer(None, -inf)
        answer = self.programme.least(terms, rows, most_nodes=self.nodes_left)
        self.nodes_left -= answer.nodes
        return answer

    def _learn(self, part: str, answer: Answer, beside: int = 0, step: int = 1) -> None:
        """Take the better plan where there is one, and the bound in any case. beside: what the part is more than the terms asked for.
        step: between two values that it can have."""
        if answer.values is not None:
            holders = self.programme.holders(answer.values, self.holders)
            score = score_plan(self.instance.problem, plan_of(self.instance, holders))
            if score < self.score:
                self.holders, self.score = holders, score
        value = int(getattr(self.score, part))
        bound = value if answer.bound == inf else whole(max(answer.bound, -1e9)) + beside
        bound += (value - bound) % step
        self.bounds[part] = max(self.bounds[part] or 0, min(bound, value))
