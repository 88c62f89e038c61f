"""The repair as a program over patterns: exact for points at each number of changes, in problems of ordinary size.

One column for each vendor and pattern (`patterns`), as in the cutting-stock problem (Gilmore and Gomory 1961): every vendor has one,
every kind of slots is handed out exactly, and sums over vendors stay within limits: changes, squared turns, missing guarantees. That
forgets which of two equal slots somebody gets, and forbidden neighbours; so no plan is better, and nearly always one is as good.

Columns are generated: the linear relaxation is solved over those that are known, its dual values price the kinds, and the patterns that
are cheapest at these prices come in. HiGHS is not believed: for any whole prices, the sum of the cheapest patterns, plus the prices of
all slots, less the limits times theirs, is at most the cost of every plan (Lagrangian duality; Geoffrion 1974). That sum is computed
in whole numbers. Where it does not reach the best plan known, all patterns are taken whose cost at these prices leaves room for a
better plan, no others can be part of one (Baldacci, Christofides and Mingozzi 2008), and the program over them is solved in whole
numbers. Ends by counts of rounds, patterns and nodes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, eye_array, hstack

from bazaar.rotation.balancing.baskets import Baskets, Market
from bazaar.rotation.instance import Flags, Instance, Ints
from bazaar.rotation.repairing.patterns import NEVER, Kinds, Paths, Patterns
from bazaar.rotation.stage import Holders

SCALE = 1 << 12
"""Prices are whole numbers of 1/4096."""
MOST_ROUNDS = 60
"""Linear relaxations for one question."""
MOST_PATTERNS = 600
"""So many patterns are put to the whole-number program."""
NODE_LIMIT = 20
COLUMNS_AT_LEAST, WHOLE_IS_DEARER = 200, 5
"""What a relaxation costs beside its columns, and how many times a column of a whole-number program costs as much."""
MOST_LOOKED_AT = 3_000
"""So many patterns are looked at to take in new ones,"""
OF_A_VENDOR = 6
"""so many of each vendor at a time."""
_GAPS = (3, 12, 48, 1 << 40)
"""How far above the bound better plans are looked for, one after the other."""
_ALMOST = 1e-6


@dataclass(frozen=True)
class Limit:
    """The sum of `factor` over all vendors is at most `most`. factor: (B, V), or None for the number of changes."""

    factor: Ints | None
    most: int


@dataclass(frozen=True)
class Question:
    """Which plan costs least. V vendors, B baskets."""

    may: Flags  # (B, V) baskets that are allowed
    cost: Ints  # (B, V) of a basket
    change_cost: int  # of a change
    limits: tuple[Limit, ...]
    step: int = 1  # between two costs that a plan can have


@dataclass(frozen=True)
class Answer:
    """`bound`: no plan costs less. holders: a plan that costs `cost`, less than was known; None: there was none, or none was found."""

    bound: int
    cost: int | None = None
    holders: Holders | None = None


@dataclass
class PatternProgram:
    """The patterns that came in so far serve the next question too."""

    instance: Instance
    kinds: Kinds
    baskets: Baskets
    market: Market
    holders: Holders  # of the slots that are fixed
    published: Holders
    effort_left: int  # columns of programs that may still be solved
    _known: dict[tuple[int, bytes], None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._kind_of = np.full(self.instance.slot_count, -1, dtype=np.int64)
        for kind, slots in enumerate(self.kinds.slots):
            self._kind_of[slots] = kind
        classes = self.baskets.counts.shape[1]
        self._digits: Ints = (int(self.baskets.counts.max(initial=0)) + 2) ** np.arange(classes, dtype=np.int64)
        self._row_of = {key: row for row, key in enumerate((self.baskets.counts @ self._digits).tolist())}
        self._class_of = np.eye(classes, dtype=np.int64)[self.kinds.worth] if classes else np.zeros((0, 0), dtype=np.int64)

    def learn(self, holders: Holders) -> None:
        """The patterns of a plan come in."""
        takes = np.zeros((self.instance.vendor_count, len(self.kinds.size)), dtype=np.bool_)
        slots = self.market.slots[holders[self.market.slots] >= 0]
        takes[holders[slots], self._kind_of[slots]] = True
        for vendor, own in enumerate(takes):
            self._known.setdefault((vendor, own.tobytes()))

    def ask(self, question: Question, known: int) -> Answer:
        """The least cost, or what is known of it. known: what a plan costs already; only less is looked for."""
        best, best_paths = -NEVER, None
        for _ in range(MOST_ROUNDS):
            if self.effort_left <= 0:
                break
            columns = self._columns(question)
            self.effort_left -= COLUMNS_AT_LEAST + len(columns)
            relaxed = _Master(self, question, columns).relaxed()
            if relaxed is None:
                break
            paths, bound = self._priced(question, relaxed.prices, relaxed.fines)
            if bound > best:
                best, best_paths = bound, paths
            least = _rounded(best, known, question.step)
            if least >= known:
                return Answer(least)
            if least >= relaxed.cost - _ALMOST:  # further patterns raise nothing
                if relaxed.chosen is not None and (cost := self._cost(question, chosen := columns.only(relaxed.chosen))) == least:
                    return Answer(least, cost, self._placed(chosen))
                break
            if not self._take_in(paths, 2 * SCALE):
                break
        if best_paths is None:
            return Answer(-NEVER)
        return self._search(question, known, best_paths, best)

    def _search(self, question: Question, known: int, paths: Paths, bound: int) -> Answer:
        """Among all patterns that can be part of a better plan: first of a plan that is hardly above the bound."""
        least = _rounded(bound, known, question.step)
        room = (known - question.step) * SCALE - bound
        for gap in _GAPS:
            slack = min(room, gap * SCALE)
            patterns = paths.within(np.full(self.instance.vendor_count, slack, dtype=np.int64), MOST_PATTERNS)
            if patterns is None:
                break
            self.effort_left -= WHOLE_IS_DEARER * len(patterns)
            takes, is_settled = _Master(self, question, patterns).whole() if len(patterns) else (None, True)
            if is_settled:  # a plan with other patterns costs more than bound + slack
                least = max(least, _rounded(bound + slack + 1, known, question.step))
            cost = known if takes is None else self._cost(question, takes)
            if takes is not None and cost < known:
                return Answer(min(cost, least), cost, self._placed(takes))
            if not is_settled or slack == room:
                break
        return Answer(min(known, least))

    def _columns(self, question: Question) -> Patterns:
        """Those known that are allowed."""
        vendor = np.fromiter((vendor for vendor, _takes in self._known), dtype=np.int64, count=len(self._known))
        takes = np.frombuffer(b"".join(own for _vendor, own in self._known), dtype=np.bool_).reshape(len(vendor), len(self.kinds.size))
        keys = takes @ self._class_of @ self._digits
        basket = np.fromiter((self._row_of.get(key, -1) for key in keys.tolist()), dtype=np.int64, count=len(vendor))
        good = basket >= 0
        good &= question.may[basket, vendor]
        return Patterns(vendor[good], basket[good], takes[good])

    def _priced(self, question: Question, prices: Ints, fines: Ints) -> tuple[Paths, int]:
        """The cheapest patterns, and the bound in units of 1/SCALE. prices: (K,) of a slot. fines: of each limit, not negative."""
        cost, per_change, paid = SCALE * question.cost, SCALE * question.change_cost, 0
        for limit, fine in zip(question.limits, fines.tolist(), strict=True):
            paid += fine * limit.most
            if limit.factor is None:
                per_change += fine
            else:
                cost = cost + fine * limit.factor
        toll = np.where(self.kinds.may, per_change * self.kinds.gain - prices[:, None], NEVER)
        paths = Paths(self.kinds, self.baskets, self.instance.gap, np.where(question.may, cost, NEVER), toll)
        if (paths.floor >= NEVER // 2).any():
            return paths, NEVER
        return paths, int(paths.floor.sum() + prices @ self.kinds.size) - paid

    def _take_in(self, paths: Paths, slack: int) -> int:
        """The cheapest patterns come in, a few of each vendor; how many are new."""
        before = len(self._known)
        for room in (slack, 0):
            patterns = paths.within(np.full(self.instance.vendor_count, room, dtype=np.int64), MOST_LOOKED_AT)
            if patterns is None:
                continue
            order = np.argsort(patterns.vendor, kind="stable")
            vendor = patterns.vendor[order]
            place = np.arange(len(order)) - np.searchsorted(vendor, vendor)  # 0 for the first of a vendor, and so on
            for row in order[place < OF_A_VENDOR].tolist():
                self._known.setdefault((int(patterns.vendor[row]), patterns.takes[row].tobytes()))
            break
        return len(self._known) - before

    def _cost(self, question: Question, patterns: Patterns) -> int:
        cost = int(question.cost[patterns.basket, patterns.vendor].sum())
        return cost + question.change_cost * int(changes_of_patterns(self.kinds, patterns).sum())

    def _placed(self, patterns: Patterns) -> Holders:
        """A plan with these patterns: who was published in a slot stays there."""
        holders = self.holders.copy()
        takers: list[list[int]] = [[] for _ in self.kinds.size]
        for vendor, own in zip(patterns.vendor.tolist(), patterns.takes, strict=True):
            for kind in np.flatnonzero(own).tolist():
                takers[kind].append(vendor)
        for slots, coming in zip(self.kinds.slots, takers, strict=True):
            waiting, free = sorted(coming), []
            for slot in slots.tolist():
                if (before := int(self.published[slot])) in waiting:
                    holders[slot] = before
                    waiting.remove(before)
                else:
                    free.append(slot)
            for slot, vendor in zip(free, waiting, strict=False):
                holders[slot] = vendor
        return holders


def changes_of_patterns(kinds: Kinds, patterns: Patterns) -> Ints:
    """(N,) how many changes each pattern makes."""
    changes: Ints = (patterns.takes * kinds.gain.T[patterns.vendor]).sum(axis=1)
    return changes


def _rounded(bound: int, known: int, step: int) -> int:
    """The smallest cost that a plan can have from the bound on; it lies whole steps from the known one."""
    least = -(-bound // SCALE)
    return least + (known - least) % step


@dataclass(frozen=True)
class Relaxed:
    """A solved relaxation, prices in units of 1/SCALE."""

    cost: float
    prices: Ints  # (K,) of a slot of each kind
    fines: Ints  # of passing each limit, not negative
    chosen: Ints | None  # the columns, where they come out whole


class _Master:
    """The program over some patterns. Rows: vendors, kinds; then limits."""

    def __init__(self, program: PatternProgram, question: Question, patterns: Patterns) -> None:
        kinds, count = program.kinds, len(patterns)
        self.vendors, self.patterns = program.instance.vendor_count, patterns
        changes = changes_of_patterns(kinds, patterns)
        self.cost = (question.cost[patterns.basket, patterns.vendor] + question.change_cost * changes).astype(np.float64)
        column, kind = np.nonzero(patterns.takes)
        entries = np.ones(count + len(column))
        where = (np.concatenate([patterns.vendor, self.vendors + kind]), np.concatenate([np.arange(count), column]))
        self.shares = csr_array((entries, where), shape=(self.vendors + len(kinds.size), count))
        self.supply = np.concatenate([np.ones(self.vendors), kinds.size])
        sums: Sequence[Ints] = [
            changes if limit.factor is None else limit.factor[patterns.basket, patterns.vendor] for limit in question.limits
        ]
        self.sums = csr_array(np.array(sums, dtype=np.float64).reshape(len(question.limits), count))
        self.most = np.array([limit.most for limit in question.limits], dtype=np.float64)
        self.missing = 1.0 + 4.0 * float(np.abs(np.where(question.may, question.cost, 0)).max(initial=0)) + 4.0 * question.change_cost

    def relaxed(self) -> "Relaxed | None":
        """The linear relaxation; None where HiGHS fails. Slots may be missing, vendors have nothing and limits be passed, at a high price:
        prices come out also where these patterns make no plan."""
        rows, count, limits = len(self.supply), len(self.cost), len(self.most)
        missing, over = eye_array(rows, format="csr"), eye_array(limits, format="csr")
        equal = csr_array(hstack([self.shares, missing, -missing, csr_array((rows, limits))]))
        below = csr_array(hstack([self.sums, csr_array((limits, 2 * rows)), -over]))
        weights = np.concatenate([self.cost, np.full(2 * rows + limits, self.missing)])
        solved = linprog(weights, A_eq=equal, b_eq=self.supply, A_ub=below, b_ub=self.most)
        if solved.status != 0 or not count:
            return None
        prices: Ints = np.rint(solved.eqlin.marginals[self.vendors :] * SCALE).astype(np.int64)
        fines: Ints = np.maximum(0, np.rint(-solved.ineqlin.marginals * SCALE)).astype(np.int64)
        amounts = np.rint(solved.x)
        is_whole = np.abs(solved.x - amounts).max() < _ALMOST and not amounts[count:].any()
        chosen = np.flatnonzero(amounts[:count]) if is_whole else None
        return Relaxed(float(solved.fun), prices, fines, chosen if chosen is not None and self._is_plan(chosen) else None)

    def _is_plan(self, chosen: Ints) -> bool:
        """Whether these columns hand everything out within the limits; in whole numbers."""
        is_shared = (self.shares[:, chosen].sum(axis=1) == self.supply).all()
        return bool(is_shared and (self.sums[:, chosen].sum(axis=1) <= self.most).all())

    def whole(self) -> tuple[Patterns | None, bool]:
        """The best plan of these patterns, None where there is none; and whether that is sure."""
        limits = [LinearConstraint(self.shares, self.supply, self.supply)]
        if len(self.most):
            limits.append(LinearConstraint(self.sums, -np.inf, self.most))
        answer = milp(
            self.cost,
            constraints=limits,
            bounds=Bounds(0, 1),
            integrality=np.ones(len(self.cost)),
            options={"node_limit": NODE_LIMIT, "mip_rel_gap": 0.0},
        )
        if answer.x is None:
            return None, bool(answer.status == 2)
        chosen = np.flatnonzero(answer.x > 0.5)
        if not self._is_plan(chosen):
            return None, False
        return self.patterns.only(chosen), bool(answer.status == 0)
