"""Stage 2, parts dev_max and dev_sq: points (with credit) even, turns as stage 1 left them.

First what no plan can beat, from baskets alone (`baskets`, `configuration`). Then baskets on the bound that are near to what vendors
have (`targets`), and all vendors at once on their way there (`aiming`). What the rules of days leave undone, exchanges mend at the
prices found with the bound (`placement`, `exchange`, on `places`), until the plan stands on it or the rounds are over. Where baskets
cannot be whole on the bound, it is raised (`branching`).

Slots with many different values (measured viewers) are bounded by ranges instead (`levels`). Where slots stay empty, which ones is
open (`empty`): the sum of points then varies, and the bounds hold for all sums that are possible. In both cases vendors are then
regrouped two by two (`regrouping`).

A bound is None only where fixed slots contradict each other or the rules (which of them gives way is open, so nothing follows from
them), or where the reported sum cannot be met within the ranges.
What is not proved here, `exact_balance` settles for problems that are small enough.
"""

import random  # noqa: TID251 (seeded dice only: a draw can be replayed)
from dataclasses import dataclass

import numpy as np

from bazaar.rotation.balancing.baskets import Market, basket_count, baskets_of, market_of, reachable
from bazaar.rotation.balancing.branching import is_out_of_reach
from bazaar.rotation.balancing.configuration import SCALE, Program, Relaxed, narrowest, narrowest_alone, program_of, relax
from bazaar.rotation.balancing.empty import move_to_empty
from bazaar.rotation.balancing.exchange import Measure
from bazaar.rotation.balancing.levels import levelled, levelled_of_totals, narrowest_of_ranges, narrowest_of_totals, ranges
from bazaar.rotation.balancing.placement import Descent, settle_days
from bazaar.rotation.balancing.places import MOST_REMEMBERED, Board
from bazaar.rotation.balancing.regrouping import regroup
from bazaar.rotation.balancing.targets import Targets
from bazaar.rotation.instance import Flags, Instance, Ints
from bazaar.rotation.stage import NOBODY, Holders, Outcome, Progress

MOST_CLASSES, MOST_BASKETS = 12, 4_000
"""Beyond these, points are bounded by ranges: with many different values nearly every sum can be made."""

MOST_TABLE = 20_000_000
"""Places times classes of points, beyond which exchanges are not looked at."""

ROUNDS, FEWEST_ROUNDS, ROUNDS_TIMES_COLUMNS = 60, 12, 20_000
"""Rounds of aiming at baskets, fewer where each of them is dear; nearly always one to three are enough."""

WANDER = 200
SHAKES, SHAKEN = 40, 8
OPEN_ROUNDS, MOST_TOTALS, MOST_OPEN_TOTALS = 8, 2_000, 1_000_000

MOST_REGROUPED = 20_000
"""Vendors times slots, beyond which vendors are not regrouped two by two."""


@dataclass(frozen=True)
class Goal:
    """What no plan can beat, and the prices that show the way there."""

    dev_max: int
    market: Market
    program: Program  # within the band
    relaxed: Relaxed


def balance(instance: Instance, holders: Holders, *, effort: int, progress: Progress) -> Outcome:
    """The holders with points as even as can be. Slots that still stand as published stay."""
    progress("balance", 0.0)
    if not instance.vendor_count or not instance.slot_count:
        return Outcome(holders, dict(zip(("dev_max", "dev_sq"), deviation(instance.credit), strict=True)))
    is_kept = instance.is_fixed.copy()
    if instance.published is not None:
        is_kept |= (holders == instance.published) & (holders != NOBODY)
    dice = random.Random(f"balance/{instance.problem.seed}")  # noqa: S311 (seeded: the draw can be replayed)
    board = Board(instance, holders, ~is_kept)
    if (holders[~instance.is_fixed] == NOBODY).any():
        return _even_out_beside_empty_slots(instance, board, dice, effort)
    goal = goal_of(instance, holders, is_kept)
    if goal is None:
        return _even_out_by_ranges(instance, board, is_kept, dice, effort)
    dev_sq: int | None = _even_out(board, goal, dice, effort, progress)
    reached = deviation(board.final)[0]
    if instance.published is not None or reached != goal.dev_max:
        goal = goal_of(instance, holders, instance.is_fixed) or goal
        dev_sq = bound_within(instance, holders, instance.is_fixed, reached)
    if not keeps_what_is_fixed(instance, holders):
        return Outcome(board.holders, {"dev_max": None, "dev_sq": None})
    return Outcome(board.holders, {"dev_max": goal.dev_max, "dev_sq": dev_sq})


def keeps_what_is_fixed(instance: Instance, holders: Holders) -> bool:
    """Whether pins, and slots that are over, stand as they must and break no rule by that. Where they contradict each other, plans
    that are as good above may break other ones, and what follows from fixed slots proves nothing."""
    fixed = np.flatnonzero(instance.is_fixed)
    if (holders[fixed] != instance.forced[fixed]).any():
        return False
    problem = instance.problem
    strangers = [problem.slots[slot] for slot in fixed[instance.forced[fixed] == NOBODY].tolist()]
    if any(slot.pin is not None or (problem.published or {}).get(slot.id) is not None for slot in strangers):
        return False
    held = fixed[holders[fixed] != NOBODY]
    who, day = holders[held], instance.day[held]
    order = np.lexsort((day, who))
    who, day = who[order], day[order]
    too_close = (who[1:] == who[:-1]) & (day[1:] - day[:-1] < instance.gap[who[1:]])
    turns = np.bincount(who, minlength=instance.vendor_count)
    return bool(instance.fits[holders[held], held].all() and not too_close.any() and (turns <= instance.most).all())


def deviation(final: Ints) -> tuple[int, int]:
    """(dev_max, dev_sq) of the points of all vendors."""
    return int(np.abs(len(final) * final - final.sum()).max(initial=0)), int(final @ final)


def goal_of(instance: Instance, holders: Holders, is_fixed: Flags) -> Goal | None:
    """The bounds, where only slots that are not fixed change hands; None where the baskets are too many or slots stay empty."""
    found = _program_of(instance, holders, is_fixed)
    if found is None:
        return None
    market, program = found
    dev_max = narrowest(program, deviation(final_points(instance, holders))[0])
    relaxed = relax(program.within(dev_max))
    return None if relaxed is None else Goal(dev_max, market, program.within(dev_max), relaxed)


def bound_within(instance: Instance, holders: Holders, is_fixed: Flags, dev_max: int) -> int | None:
    """The bound of dev_sq for plans with this dev_max."""
    found = _program_of(instance, holders, is_fixed)
    relaxed = None if found is None else relax(found[1].within(dev_max))
    return None if relaxed is None else relaxed.bound


def turn_range(instance: Instance, turns: Ints) -> tuple[Ints, Ints]:
    """(V,), (V,): the turns that a vendor has at least and at most in every plan with the same filled slots, spread and squared turns.

    Where the squares are as small as counting allows, everybody has the rounded mean, down or up. Else the spread says: for some m,
    everybody has m turns or the own ceiling, and nobody more than m + spread; all m that can give the sum are taken together.
    """
    filled = int(turns.sum())
    each, rest = divmod(filled, len(turns))
    if turns @ turns == rest * (each + 1) ** 2 + (len(turns) - rest) * each**2:
        return np.full_like(turns, each), np.full_like(turns, each + (rest > 0))
    ceiling = np.maximum(instance.ceiling, turns)
    below = turns[turns < instance.ceiling]
    spread = max(0, int(turns.max() - below.min())) if len(below) else 0
    possible = [
        fewest
        for fewest in range(int(ceiling.max()) + 1)
        if np.minimum(fewest, ceiling).sum() <= filled <= np.minimum(fewest + spread, ceiling).sum()
    ]
    low, high = min(possible, default=0), max(possible, default=int(ceiling.max())) + spread
    return np.minimum(low, ceiling), np.minimum(high, ceiling)


def _program_of(instance: Instance, holders: Holders, is_fixed: Flags) -> tuple[Market, Program] | None:
    market = market_of(instance, holders, is_fixed)
    turns = np.bincount(holders[holders != NOBODY], minlength=instance.vendor_count).astype(np.int64)
    fewest, most = turn_range(instance, turns)
    largest = max(1, int((most - market.fixed_turns).max(initial=0)))
    if len(market.worth) > MOST_CLASSES or basket_count(len(market.worth), largest) > MOST_BASKETS:
        return None
    baskets = baskets_of(market.worth, largest)
    has = market.fixed_turns[:, None] + baskets.turns
    may = reachable(instance, market, baskets).T & (has >= fewest[:, None]) & (has <= most[:, None])
    squares = int(turns @ turns) if most.max() - fewest.min() > 1 else None
    empty = np.flatnonzero(~is_fixed & (holders == NOBODY))
    total = int(final_points(instance, holders).sum() + instance.weight[empty].sum())
    return market, program_of(market, baskets, may, total, squares, len(empty))


def final_points(instance: Instance, holders: Holders) -> Ints:
    """(V,) F: credit and points of each vendor."""
    held = np.flatnonzero(holders != NOBODY)
    final = instance.credit.copy()
    np.add.at(final, holders[held], instance.weight[held])
    return final


def _even_out(board: Board, goal: Goal, dice: random.Random, effort: int, progress: Progress) -> int:
    """Move until the points lie on the bound or the rounds are over. The bound of dev_sq, raised where baskets cannot be whole on it.

    The first round aims at once, for that alone mostly does it; exchanges come in where the rules of days leave something undone."""
    program, bound = goal.program, goal.relaxed.bound
    descent = _descent_of(board, goal)
    targets = Targets(program, goal.relaxed.prices, goal.relaxed.slack)
    is_exact = True
    best, least = board.holder.copy(), deviation(board.final)
    rounds = effort * min(ROUNDS, max(FEWEST_ROUNDS, ROUNDS_TIMES_COLUMNS // max(1, int(program.may.sum()))))
    for turn in range(rounds + 1):
        progress("balance", turn / (rounds + 1))
        if turn:
            descent.improve(is_deep=turn > 1)
        reached = deviation(board.final)
        if reached < least:
            best, least = board.holder.copy(), reached
        if descent.is_done:
            break
        if turn > 1:
            descent.wander(dice, min(WANDER, len(board.own)))
        wanted = targets.near(_baskets_on(board), dice, min(turn, 20))
        if wanted is not None:
            places = np.bincount(board.holder, minlength=len(board.own))
            descent.aim(np.column_stack([wanted, places - wanted.sum(axis=1)]), dice)
            continue
        if not turn:
            settle_days(board, descent.measure)
        # Try the next value of the same parity.
        is_exact = is_exact and is_out_of_reach(program, goal.relaxed, targets.slack)
        bound += 2 * is_exact
        targets.slack += 2 * SCALE
        descent.goal += 2 * SCALE * is_exact
    board.restore(best)
    return bound


def _baskets_on(board: Board) -> Ints:
    """(V, J) slots of each class that each vendor has on the board."""
    baskets = np.zeros((len(board.own), len(board.worth) - 1), dtype=np.int64)
    np.add.at(baskets, (board.holder[: board.slot_count], board.kind[: board.slot_count]), 1)
    return baskets


def _descent_of(board: Board, goal: Goal) -> Descent:
    program, relaxed = goal.program, goal.relaxed
    count, total = program.vendor_count, program.total
    measure = Measure(
        scale=SCALE,
        centre=program.centre,
        lowest=-(-(total - goal.dev_max) // count),
        highest=(total + goal.dev_max) // count,
        penalty=_penalty(board),
        price=np.append(relaxed.prices[: len(goal.market.worth)], 0),
    )
    goal_cost = SCALE * (relaxed.bound - 2 * program.centre * total + count * program.centre**2)
    return Descent(board, measure, relaxed.floor[program.group], goal_cost)


def _even_out_by_ranges(instance: Instance, board: Board, is_kept: Flags, dice: random.Random, effort: int) -> Outcome:
    """Where there is no program: everybody as near to the mean as the own range allows."""
    total = int(board.final.sum())
    least, most = _ranges_of(instance, board.holders)
    dev_max = narrowest_of_ranges(least, most, total) if keeps_what_is_fixed(instance, board.holders) else None
    _descend_by_ranges(board, least, most, dev_max, dice, effort)
    holders = board.holders
    if deviation(board.final) != (dev_max, None if dev_max is None else levelled(least, most, total, dev_max)):
        holders = _regrouped(instance, holders, is_kept, dice, effort)
    reached = deviation(final_points(instance, holders))
    return Outcome(holders, {"dev_max": dev_max, "dev_sq": None if dev_max is None else levelled(least, most, total, reached[0])})


def _ranges_of(instance: Instance, holders: Holders) -> tuple[Ints, Ints]:
    """(V,), (V,): the least and the most F that each vendor can have in plans that are as good above."""
    turns = np.bincount(holders[holders != NOBODY], minlength=instance.vendor_count).astype(np.int64)
    return ranges(instance, market_of(instance, holders, instance.is_fixed), *turn_range(instance, turns))


def _descend_by_ranges(board: Board, least: Ints, most: Ints, dev_max: int | None, dice: random.Random, effort: int) -> None:
    """Days, then exchanges, towards everybody near to the mean."""
    total, count = int(board.final.sum()), len(board.own)
    centre = (2 * total + count) // (2 * count)
    band = deviation(board.final)[0] if dev_max is None else dev_max
    measure = Measure(
        scale=SCALE,
        centre=centre,
        lowest=-((band - total) // count),
        highest=(total + band) // count,
        penalty=_penalty(board),
        price=np.zeros_like(board.worth),
    )
    settle_days(board, measure)
    if len(board.holder) * len(board.worth) <= MOST_TABLE:
        best = np.where(least <= most, np.clip(centre, least, np.maximum(least, most)), centre)
        dev_sq = None if dev_max is None else levelled(least, most, total, dev_max)
        goal = 0 if dev_sq is None else SCALE * (dev_sq - 2 * centre * total + count * centre**2)
        _shake(Descent(board, measure, measure.cost(best), goal), dice, effort)


def _regrouped(instance: Instance, holders: Holders, is_kept: Flags, dice: random.Random, effort: int) -> Holders:
    """The holders once vendors were looked at two by two, where the problem is small enough for that."""
    if instance.fits.size > MOST_REGROUPED:
        return holders
    lowest, highest = _ends_of_total(instance, holders)
    return regroup(instance, holders, is_kept, dice, lowest=lowest, highest=highest, effort=effort)


def _ends_of_total(instance: Instance, holders: Holders) -> tuple[int, int]:
    """The least and the most that the sum of F can be with as many filled slots: a day has no more of them than vendors who can come."""
    open_slots = np.flatnonzero(~instance.is_fixed)
    worth, day = instance.weight[open_slots], instance.day[open_slots]
    left = int((holders[open_slots] != NOBODY).sum())
    days, row = np.unique(day, return_inverse=True)
    room = instance.fits_somewhere(open_slots, row, len(days)).sum(axis=1)
    firm = int(final_points(instance, holders).sum() - instance.weight[open_slots[holders[open_slots] != NOBODY]].sum())
    ends: list[int] = []
    for order in (np.lexsort((worth, day)), np.lexsort((-worth, day))):
        place = np.arange(len(order)) - np.searchsorted(day[order], days)[row[order]]
        usable = np.sort(worth[order][place < room[row[order]]])
        ends.append(firm + int(usable[:left].sum() if not ends else usable[len(usable) - left :].sum()))
    return ends[0], ends[1]


def _even_out_beside_empty_slots(instance: Instance, board: Board, dice: random.Random, effort: int) -> Outcome:
    """Where slots stay empty, which ones may change as well: exchanges, then moves to an empty slot, in turn."""
    best = board.holders
    is_kept = np.ones(instance.slot_count, dtype=np.bool_)
    is_kept[board.slots] = False
    for _ in range(OPEN_ROUNDS * effort):
        least, most = _ranges_of(instance, board.holders)
        total = int(board.final.sum())
        dev_max = narrowest_of_ranges(least, most, total) if keeps_what_is_fixed(instance, board.holders) else None
        _descend_by_ranges(board, least, most, dev_max, dice, effort)
        holders = board.holders
        while move_to_empty(instance, holders, is_kept):
            pass
        if deviation(final_points(instance, holders)) >= deviation(final_points(instance, best)):
            break
        best = holders
        board = Board(instance, best, ~is_kept)
    bounds = _bounds_beside_empty_slots(instance, best)
    if deviation(final_points(instance, best)) != (bounds["dev_max"], bounds["dev_sq"]):
        best = _regrouped(instance, best, instance.is_fixed, dice, effort)
        bounds = _bounds_beside_empty_slots(instance, best)
    return Outcome(best, bounds)


def _bounds_beside_empty_slots(instance: Instance, holders: Holders) -> dict[str, int | None]:
    """The sum of points depends on which slots stay empty: each sum is looked at."""
    if not keeps_what_is_fixed(instance, holders):
        return {"dev_max": None, "dev_sq": None}
    reached = deviation(final_points(instance, holders))
    dev_max, dev_sq = _bounds_of_totals(instance, holders, reached[0])
    found = _program_of(instance, holders, instance.is_fixed)
    if found is not None:
        program = found[1]
        dev_max = max(dev_max, narrowest(program, reached[0]))
        relaxed = relax(program.within(reached[0]))
        dev_sq = max(dev_sq, 0 if relaxed is None else relaxed.bound)
        if program.totals[1] - program.totals[0] <= MOST_TOTALS:
            dev_max = max(dev_max, min(narrowest_alone(program).values()))
    return {"dev_max": min(dev_max, reached[0]), "dev_sq": dev_sq}


def _bounds_of_totals(instance: Instance, holders: Holders, reached: int) -> tuple[int, int]:
    """By ranges of all vendors and ends of the sum; nought where too many sums are possible."""
    lowest, highest = _ends_of_total(instance, holders)
    if lowest < 0 or highest - lowest > MOST_OPEN_TOTALS:
        return 0, 0
    totals = np.arange(lowest, highest + 1)
    least, most = _ranges_of(instance, holders)
    return int(narrowest_of_totals(least, most, totals).min()), levelled_of_totals(least, most, totals, reached) or 0


def _shake(descent: Descent, dice: random.Random, effort: int) -> None:
    """Iterated local search (Lourenço, Martin and Stützle 2003): improve, disturb a little, improve again, keep the better one."""
    board = descent.board
    is_small = len(board.holder) <= MOST_REMEMBERED
    descent.improve(is_deep=False)
    best, least = board.holder.copy(), descent.cost
    for _ in range(SHAKES * effort if is_small else 0):
        if descent.is_done:
            return
        descent.wander(dice, SHAKEN, tolerance=(least - descent.goal) // SHAKEN + SCALE)
        descent.improve(is_deep=False)
        if descent.cost <= least:
            best, least = board.holder.copy(), descent.cost
        else:
            board.restore(best)


def _penalty(board: Board) -> int:
    """More than all squares together can change by a single move; less only where so much for all vendors would leave 64 bits."""
    span = int(board.final.max() - board.final.min()) + 2 * int(board.weight.max(initial=0)) + 1
    return min(SCALE * span * span, (1 << 58) // (span * len(board.own)))
