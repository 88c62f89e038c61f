"""Part by part, from hard to turns_sq: is there a better plan? What `programme` finds is taken, what it refutes is proved.

Each question fixes what was reached in the parts above and asks for less than the best value known in its own. So the answer is
either a better plan, and at its end the best one, or the proof that there is none.
"""

from collections.abc import Callable

import numpy as np

from bazaar.rotation.filling.chains import even_turns
from bazaar.rotation.filling.changes import changes_in
from bazaar.rotation.filling.counting import least_squares, ranges_of
from bazaar.rotation.filling.fill_bounds import Bounds, bounds_of
from bazaar.rotation.filling.pins import Pins, roster_standing, roster_with
from bazaar.rotation.filling.programme import Answer, Programme, Row, Term, column_count, whole
from bazaar.rotation.filling.roster import Roster
from bazaar.rotation.instance import Ints, plan_of
from bazaar.rotation.score import score_plan
from bazaar.rotation.stage import Holders, Progress

MOST_COLUMNS = 20_000
"""Beyond, the programme would take minutes. 240 vendors on 30 evenings of 48 slots are some 7,000."""

MOST_CELLS = 1_000_000
"""Vendors times slots, beyond which the columns are not even counted."""


def is_within_reach(roster: Roster, pins: Pins) -> bool:
    """Whether the problem is small enough to be asked exactly."""
    return (
        roster.instance.fits.size <= MOST_CELLS and column_count(roster_with(roster.instance, pins, kept=pins.firm), pins) <= MOST_COLUMNS
    )


class ExactFill:
    """The best plan known, and what is proved about it."""

    def __init__(self, roster: Roster, pins: Pins, bounds: Bounds, *, tries: int, effort: int) -> None:
        self.instance, self.pins, self.tries = roster.instance, pins, tries
        self.roster, self.bounds = roster, dict(bounds)
        self.firm = roster_with(self.instance, pins, kept=pins.firm)
        self.is_repair = self.instance.published is not None
        self.programme = Programme(self.firm, pins, effort=effort, finely=self.is_repair)
        self.least_most, self.most_least = 0, self.instance.slot_count  # ends of the turns, as far as they were asked for
        self.ceilings, self.limits = self.instance.ceiling, pins.limits(self.instance)

    def run(self, progress: Progress) -> None:
        """Every part in turn; those that are proved already only narrow the questions after them. progress: from a half to the end."""
        asks: dict[str, Callable[[int], None]] = {
            "hard": self._ask_hard,
            "unfilled": self._ask_unfilled,
            "short": self._ask_short,
            "changes": self._ask_changes,
            "spread": self._ask_spread,
            "turns_sq": self._ask_squares,
        }
        for done, (part, ask) in enumerate(asks.items()):
            progress("fill", 0.5 + 0.5 * done / len(asks))
            ask(self._value(part))

    def _value(self, part: str) -> int:
        return int(getattr(score_plan(self.instance.problem, plan_of(self.instance, self.roster.holders)), part))

    def _is_proved(self, part: str, value: int) -> bool:
        return self.bounds[part] == value

    def _ask_hard(self, value: int) -> None:
        programme, terms = self.programme, self.programme.broken
        if not self._is_proved("hard", value):
            paid = self.pins.lost
            answer = programme.least(terms, [(terms, -np.inf, value - 1 - paid)])
            self._learn("hard", value, answer, paid)
        if terms:
            programme.require(terms, high=self._value("hard") - self.pins.lost)

    def _ask_unfilled(self, value: int) -> None:
        programme, total = self.programme, len(self.firm.holders) - int(self.firm.turns.sum())
        fewer = [(column, -factor) for column, factor in programme.filled]
        if not self._is_proved("unfilled", value):
            answer = programme.least(fewer, [(fewer, -np.inf, value - 1 - total)])
            self._learn("unfilled", value, answer, total)
        programme.require(fewer, high=self._value("unfilled") - total)

    def _ask_short(self, value: int) -> None:
        programme, missing = self.programme, self.instance.fewest - self.firm.turns
        terms: list[Term] = []
        for vendor in np.flatnonzero(missing > 0).tolist():
            column = programme.add_part(float(missing[vendor]))
            programme.require([*programme.turns[vendor], (column, 1)], low=float(missing[vendor]))
            terms.append((column, 1))
        if not self._is_proved("short", value):
            self._learn("short", value, programme.least(terms, [(terms, -np.inf, value - 1)]), 0)
        if terms:
            programme.require(terms, high=self._value("short"))

    def _ask_changes(self, value: int) -> None:
        terms, constant = changes_in(self.programme)
        if not self._is_proved("changes", value):
            self._learn("changes", value, self.programme.least(terms, [(terms, -np.inf, value - 1 - constant)]), constant)
        if terms:
            self.programme.require(terms, high=self._value("changes") - constant)

    def _ask_spread(self, value: int) -> None:
        """First the two ends alone: how few turns the busiest can have, how many everybody can have who could have more. No spread is
        below their difference. From there each spread is tried with every number of turns of the busiest that lies between the ends."""
        if self._is_proved("spread", value):
            return
        self.least_most, self.most_least = self._find_least_most(), self._find_most_least()
        for spread in range(max(self.bounds["spread"] or 0, self.least_most - self.most_least), value):
            self.bounds["spread"] = spread
            answers = []
            for rows in self._ranges(spread):
                answers.append(self.programme.least([], rows))
                if answers[-1].values is not None:
                    self._take("spread", answers[-1])
                    self.bounds["spread"] = self._value("spread")
                    return
            if any(answer.bound < np.inf for answer in answers):  # not answered within its nodes
                return
        self.bounds["spread"] = value

    def _find_least_most(self) -> int:
        """The smallest number of turns that the busiest can have; where a question stays open, perhaps a smaller one."""
        low, high = 0, int(self.roster.turns.max(initial=0))
        while low < high:
            middle = (low + high) // 2
            if self._is_possible(np.zeros_like(self.limits), np.minimum(self.limits, middle)):
                high = middle
            else:
                low = middle + 1
        return low

    def _find_most_least(self) -> int:
        """The largest number of turns that everybody can have, or as many as their own ceiling allows; perhaps a larger one."""
        low, high = 0, int(self.ceilings.max(initial=0))
        if self._is_possible(self.ceilings, self.limits):
            return self.instance.slot_count  # nobody could have more: there is no end
        while low < high:
            middle = (low + high + 1) // 2
            if self._is_possible(np.minimum(self.ceilings, middle), self.limits):
                low = middle
            else:
                high = middle - 1
        return low

    def _is_possible(self, low: Ints, high: Ints) -> bool:
        """False only where it is proved that no plan has everybody's turns in the range."""
        if least_squares(int(self.roster.turns.sum()), low, high) is None:
            return False
        return self.programme.least([], self._rows_between(low, high)).bound < np.inf

    def _ask_squares(self, value: int) -> None:
        if self._is_proved("turns_sq", value):
            return
        is_answered, most = True, int(self.roster.turns.max(initial=0))
        columns = self.programme.next_column + np.arange(len(self.limits) * most).reshape(len(self.limits), most)
        for rows in self._ranges(self._value("spread"), below=value):
            steps: list[Row] = [
                ([*self.programme.turns[vendor], *((int(column), -1) for column in columns[vendor])], -held, -held)
                for vendor, held in enumerate(self.firm.turns.tolist())
            ]
            terms: list[Term] = [(int(column), 2 * turn + 1) for own in columns for turn, column in enumerate(own)]
            cut: Row = (terms, -np.inf, self._value("turns_sq") - 1)
            answer = self.programme.least(terms, [*rows, *steps, cut], extra=[1.0] * columns.size)
            if answer.values is not None:
                self._take("turns_sq", answer)
                is_answered &= whole(answer.bound) >= self._value("turns_sq")
            else:
                is_answered &= answer.bound == np.inf
        if is_answered:
            self.bounds["turns_sq"] = self._value("turns_sq")

    def _ranges(self, spread: int, below: int | None = None) -> list[list[Row]]:
        """For each number of turns that the busiest may have: the rows that keep everybody in range. Left out where counting
        refutes it, or shows that the squares do not fall below the number."""
        filled, found = int(self.roster.turns.sum()), []
        for most in range(self.least_most, min(int(self.limits.max(initial=0)), self.most_least + spread) + 1):
            low, high = ranges_of(most, spread, np.zeros_like(self.ceilings), self.ceilings, self.limits)
            squares = least_squares(filled, low, high)
            if squares is not None and (below is None or squares < below):
                found.append(self._rows_between(low, high))
        return found

    def _rows_between(self, low: Ints, high: Ints) -> list[Row]:
        held = self.firm.turns
        return [
            (terms, float(low[vendor] - held[vendor]), float(high[vendor] - held[vendor]))
            for vendor, terms in enumerate(self.programme.turns)
        ]

    def _learn(self, part: str, value: int, answer: Answer, constant: int) -> None:
        """Take the better plan where there is one, and the bound in any case."""
        if answer.values is not None:
            self._take(part, answer)
        bound = value if answer.bound == np.inf else whole(max(answer.bound, -1e9)) + constant
        self.bounds[part] = max(self.bounds[part] or 0, min(bound, self._value(part)))

    def _take(self, part: str, answer: Answer) -> None:
        """The plan of the answer, its turns evened out where they may be; what counting says about the parts below is said anew."""
        assert answer.values is not None
        holders: Holders = self.programme.holders(answer.values, self.roster.holders)
        self.roster = roster_standing(self.instance, self.pins, holders)
        if not self.is_repair:  # which turns may change hands there is a question of changes
            even_turns(self.roster, tries=self.tries)
        anew = bounds_of(self.roster, self.pins)
        names = list(anew)
        for name in names[names.index(part) + 1 :]:
            self.bounds[name] = anew[name]
