"""Steps between repairs: one slot handed over, two exchanged, a chain of two, or an empty slot filled for one given up.

For each number of changes the best repair found is kept.

Turns squared and any power sum of the distances from the mean are sums over vendors, so what a step does to them is known from the
two or three vendors it touches: all steps of a plan are weighed at once, and only the few most promising ones are made and judged
exactly. The search goes up from the least number of changes and keeps the best few plans for each number (a beam; Lowerre 1976);
a step that takes a change back leads down again. It ends after a number of plans, never by a clock.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bazaar.rotation.instance import Instance
from bazaar.rotation.repairing.repair import Repair
from bazaar.rotation.stage import NOBODY, Holders

BEAM = 2
"""So many plans are kept for each number of changes."""
MOST_SLOTS = 400
"""Steps are weighed among so many slots; of more, those whose vendors are farthest from the others are taken."""
_TRIED = 4
"""So many steps of a plan are judged exactly for each change in the number of changes."""
SMALL = 24
"""In problems with at most so many pairs of vendor and slot,"""
SMALL_BEAM = 20
"""so many plans are kept, and every step of each is judged."""
_NOTHING = 1e-6
"""So little is nothing but rounding."""
MOST_MOVES = 400_000
"""So many ways to fill an empty slot for one given up are weighed; of more, those in which the same vendor moves."""

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Key = tuple[int, int, int, int, int]
"""(short, spread, turns_sq, dev_max, dev_sq): smaller is fairer."""
Step = tuple[tuple[int, int], ...]
"""(slot, who gets it), in any order."""


@dataclass(frozen=True)
class Ground:
    """What a search needs to know of the problem and does not change."""

    instance: Instance
    is_movable: Flags  # (S,)
    published: Ints  # (S,) NOBODY also for somebody who is gone
    was_filled: Flags  # (S,)
    counts_as_change: Flags  # (S,) from `now` on
    is_near: Flags  # (kinds of gap, D, D) two days are closer than the gap
    gap_kind: Ints  # (V,) row of is_near

    @property
    def is_small(self) -> bool:
        """Whether every step can be looked at."""
        return self.instance.vendor_count * self.instance.slot_count <= SMALL

    @property
    def forbids_neighbours(self) -> bool:
        """Whether neighbours of one category break a rule."""
        return self.instance.problem.rules.adjacent == "hard"

    @cached_property
    def neighbours(self) -> list[list[int]]:
        """By slot: the slots beside it."""
        instance = self.instance
        place = {pair: slot for slot, pair in enumerate(zip(instance.session.tolist(), instance.position.tolist(), strict=True))}
        return [[place[row, at] for at in (position - 1, position + 1) if (row, at) in place] for row, position in place]


def ground_of(instance: Instance, repair: Repair) -> Ground:
    """The ground of a repair."""
    days = np.arange(int(instance.day.max(initial=0)) + 1)
    gaps, kinds = np.unique(instance.gap, return_inverse=True)
    return Ground(
        instance=instance,
        is_movable=~np.array(repair.is_fixed, dtype=np.bool_),
        published=np.array(repair.published, dtype=np.int64),
        was_filled=np.array(repair.was_filled, dtype=np.bool_),
        counts_as_change=instance.day >= repair.problem.now,
        is_near=np.abs(days[:, None] - days) < gaps[:, None, None],
        gap_kind=kinds,
    )


class Stand:
    """Who holds which slot, and what is counted of it. Never changed: a step gives a new one."""

    def __init__(self, ground: Ground, holders: Holders) -> None:
        self.ground, self.holders = ground, holders
        instance = ground.instance
        held = np.flatnonzero(holders != NOBODY)
        self.turns = np.bincount(holders[held], minlength=instance.vendor_count)
        self.points = instance.credit + np.bincount(holders[held], weights=instance.weight[held], minlength=instance.vendor_count).astype(
            np.int64
        )

    @cached_property
    def changed(self) -> Flags:
        """(S,) where it differs from what was published."""
        return self.ground.counts_as_change & _differs(self.ground, self.holders)

    @property
    def changes(self) -> int:
        """How many slots differ."""
        return int(self.changed.sum())

    @cached_property
    def away(self) -> Ints:
        """(V,) distance of the points from the mean, times V."""
        return self.points * len(self.points) - int(self.points.sum())

    @cached_property
    def key(self) -> Key:
        """How fair it is."""
        instance = self.ground.instance
        below = self.turns[self.turns < instance.ceiling]
        spread = max(0, int(self.turns.max()) - int(below.min())) if len(below) else 0
        short = int(np.maximum(0, instance.fewest - self.turns).sum())
        return short, spread, int((self.turns**2).sum()), int(np.abs(self.away).max(initial=0)), int((self.points**2).sum())

    @cached_property
    def pool(self) -> Ints:
        """(P,) the slots that may change hands, P at most MOST_SLOTS."""
        slots = np.flatnonzero(self.ground.is_movable & (self.holders != NOBODY))
        if len(slots) <= MOST_SLOTS:
            return slots
        holder = self.holders[slots]
        extreme = np.abs(self.turns[holder] - np.median(self.turns))
        order = np.lexsort((-np.abs(self.away[holder]), -extreme, ~self.changed[slots]))
        chosen: Ints = np.sort(slots[order[:MOST_SLOTS]])
        return chosen

    @cached_property
    def crowd(self) -> Ints:
        """(V, D) how many of the vendor's turns are too close to the day."""
        ground, held = self.ground, np.flatnonzero(self.holders != NOBODY)
        who = self.holders[held]
        crowd = np.zeros((len(self.turns), ground.is_near.shape[1]), dtype=np.int64)
        np.add.at(crowd, who, ground.is_near[ground.gap_kind[who], ground.instance.day[held]])
        return crowd

    def after(self, step: Step) -> "Stand | None":
        """The plan with the step made; None where it would break a rule."""
        holders = self.holders.copy()
        for slot, vendor in step:
            holders[slot] = vendor
        if self.ground.forbids_neighbours and any(_is_beside_its_like(self.ground, holders, slot) for slot, _vendor in step):
            return None
        if len(step) > 2 and not self._keeps_distance(holders, step):
            return None
        return Stand(self.ground, holders)

    def _keeps_distance(self, holders: Holders, step: Step) -> bool:
        day, gap = self.ground.instance.day, self.ground.instance.gap
        for vendor in dict.fromkeys(vendor for _slot, vendor in step if vendor != NOBODY):
            own = np.sort(day[holders == vendor])
            if len(own) > self.ground.instance.most[vendor] or (np.diff(own) < gap[vendor]).any():
                return False
        return True


class Search:
    """The best plans found for each number of changes."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.best: dict[int, list[Stand]] = {}
        self._seen: set[bytes] = set()
        self._grown: set[bytes] = set()

    def add(self, plan: Stand) -> bool:
        """Keep the plan if it is among the best of its number of changes."""
        mark = plan.holders.tobytes()
        if mark in self._seen:
            return False
        self._seen.add(mark)
        row = self.best.setdefault(plan.changes, [])
        row.append(plan)
        row.sort(key=lambda each: each.key)
        del row[SMALL_BEAM if self.ground.is_small else BEAM :]
        return any(each is plan for each in row)

    def run(self, *, start: int, most: int, plans: int, patience: int) -> None:
        """Go from a number of changes up to the most, looking at so many plans at most; what is known of the start itself stays.
        Stops where so many numbers of changes in a row bring nothing."""
        at, idle, best = start, 0, min(plan.key for plan in self.best[start])
        while at <= most and idle <= patience:
            row = self.best.get(at, [])
            ungrown = [plan for plan in row if plan.holders.tobytes() not in self._grown]
            if ungrown and plans > 0:
                plans -= 1
                at = min(at, self._grow(ungrown[0], start + 1))
                continue
            idle = 0 if at == start or (row and row[0].key < best) else idle + 1
            best = min([best, *(plan.key for plan in row)])
            at += 1

    def settle(self, at: int, *, plans: int) -> None:
        """Even out at one number of changes, looking at so many plans at most."""
        for _ in range(plans):
            ungrown = [plan for plan in self.best[at] if plan.holders.tobytes() not in self._grown]
            if not ungrown:
                break
            self._grow(ungrown[0], at, at)

    def _grow(self, plan: Stand, least: int, most: int | None = None) -> int:
        """Look at the steps from a plan to others with so many changes; the lowest number at which something better was found."""
        self._grown.add(plan.holders.tobytes())
        lowest = plan.changes
        for step in _promising(plan):
            other = plan.after(step)
            if other is None or other.changes < least or (most is not None and other.changes > most) or other.key[0] > plan.key[0]:
                continue
            if (
                not self.ground.is_small
                and other.changes <= plan.changes
                and self.best.get(other.changes)
                and other.key >= self.best[other.changes][0].key
            ):
                continue
            if self.add(other):
                lowest = min(lowest, other.changes)
        return lowest


def _promising(plan: Stand) -> list[Step]:
    """For each difference in changes the few steps that even out most: once by squares, once by the eighth power, which sees
    only those farthest away."""
    if not len(plan.points):  # nobody to hand anything to
        return []
    moves = [_hand_overs(plan), _exchanges(plan), _chains(plan), _moves_to_empty(plan)]
    steps: list[Step] = []
    tried = plan.ground.instance.slot_count**2 * plan.ground.instance.vendor_count if plan.ground.is_small else _TRIED
    away = plan.away.astype(np.float64)
    scale = max(1.0, float(np.abs(away).max()))
    for power in (2, 8):
        for slots, takers, losses in moves:
            if not len(slots):
                continue
            worth = _worth(plan, slots, takers, losses, power, scale)
            cost = _extra_changes(plan, slots, takers)
            for extra in np.unique(cost).tolist():
                among = np.flatnonzero(cost == extra)
                few: Ints = among[np.argpartition(worth[among], tried)[:tried]] if len(among) > tried else among
                few = few[np.argsort(worth[few], kind="stable")]
                chosen = few if extra > 0 or plan.ground.is_small else few[worth[few] < 0]
                steps += [tuple(zip(slots[index].tolist(), takers[index].tolist(), strict=True)) for index in chosen.tolist()]
    return list(dict.fromkeys(steps))


def neutral_steps(plan: Stand) -> list[Step]:
    """The steps that take changes back and, as far as turns and points squared tell, cost nothing; those that take back most first."""
    if not len(plan.away):  # nobody takes part
        return []
    scale = max(1.0, float(np.abs(plan.away).max()))
    found: list[tuple[int, Step]] = []
    for slots, takers, givers in (_hand_overs(plan), _exchanges(plan), _chains(plan), _moves_to_empty(plan)):
        if not len(slots):
            continue
        cost = _extra_changes(plan, slots, takers)
        less = np.flatnonzero(cost < 0)
        if not len(less):
            continue
        worth = _worth(plan, slots[less], takers[less], givers[less], 2, scale)
        found += [
            (int(cost[index]), tuple(zip(slots[index].tolist(), takers[index].tolist(), strict=True)))
            for index in less[np.abs(worth) < _NOTHING].tolist()
        ]
    return [step for _cost, step in sorted(found)]


def _hand_overs(plan: Stand) -> tuple[Ints, Ints, Ints]:
    """(N, 1) slots, (N, 1) takers, (N, 1) givers: the slot goes to somebody who gives nothing for it."""
    taker, column = np.nonzero(_can_take(plan))
    slot = plan.pool[column]
    return slot[:, None], taker[:, None], plan.holders[slot][:, None]


def _exchanges(plan: Stand) -> tuple[Ints, Ints, Ints]:
    """(N, 2): two slots change holders."""
    can = _can_move(plan)
    both: Flags = np.triu(can & can.T)
    slots = np.stack([plan.pool[index] for index in np.nonzero(both)], axis=1)
    return slots, plan.holders[slots[:, ::-1]], plan.holders[slots]


def _chains(plan: Stand) -> tuple[Ints, Ints, Ints]:
    """(N, 2): the holder of the second slot moves to the first, and whoever has least takes the second."""
    able, holder = _can_take(plan), plan.holders[plan.pool]
    rank = np.lexsort((plan.points, plan.turns))
    first: Ints = able[rank].argmax(axis=0)
    taker: Ints = rank[first]
    can: Flags = _can_move(plan)
    can &= able[taker, np.arange(len(taker))] & (holder[:, None] != taker[None, :])
    can &= plan.turns[holder][:, None] > plan.turns[taker][None, :]
    one, two = np.nonzero(can)
    slots = np.stack((plan.pool[one], plan.pool[two]), axis=1)
    return slots, np.stack((holder[two], taker[two]), axis=1), plan.holders[slots]


def _moves_to_empty(plan: Stand) -> tuple[Ints, Ints, Ints]:
    """(N, 2): somebody takes an empty slot, and the holder of another slot gives it up, often the same vendor; givers and takers say so
    with NOBODY. As many slots stay empty as before."""
    ground, instance, pool = plan.ground, plan.ground.instance, plan.pool
    empty = np.flatnonzero(ground.is_movable & (plan.holders == NOBODY))[:MOST_SLOTS]
    if not len(empty) or not len(pool):
        return np.empty((0, 2), dtype=np.int64), np.empty((0, 2), dtype=np.int64), np.empty((0, 2), dtype=np.int64)
    holder, day = plan.holders[pool], instance.day
    leaving = ground.is_near[ground.gap_kind[holder][None, :], day[empty][:, None], day[pool][None, :]]
    moves: Flags = instance.fits[np.ix_(holder, empty)].T & (plan.crowd[np.ix_(holder, day[empty])].T - leaving == 0)
    into, out = np.nonzero(moves)
    taker = holder[out]
    if instance.vendor_count * len(empty) * len(pool) <= MOST_MOVES:
        able: Flags = instance.fits[:, empty] & (plan.crowd[:, day[empty]] == 0) & (plan.turns < instance.most)[:, None]
        new, at, given = np.nonzero(np.broadcast_to(able[:, :, None], (*able.shape, len(pool))))
        others = holder[given] != new
        taker = np.concatenate((taker, new[others]))
        into, out = np.concatenate((into, at[others])), np.concatenate((out, given[others]))
    nobody = np.full_like(taker, NOBODY)
    slots = np.stack((empty[into], pool[out]), axis=1)
    return slots, np.stack((taker, nobody), axis=1), np.stack((nobody, holder[out]), axis=1)


def _can_take(plan: Stand) -> Flags:
    """(V, P) the vendor could take the slot from its holder and give nothing for it."""
    instance, slots = plan.ground.instance, plan.pool
    able: Flags = instance.fits[:, slots] & (plan.crowd[:, instance.day[slots]] == 0) & (plan.turns < instance.most)[:, None]
    return able


def _can_move(plan: Stand) -> Flags:
    """(P, P) the holder of the second slot could take the first and leave the second for it."""
    ground, instance, slots = plan.ground, plan.ground.instance, plan.pool
    day, holder = instance.day[slots], plan.holders[slots]
    leaving = ground.is_near[ground.gap_kind[holder][None, :], day[:, None], day[None, :]]
    able: Flags = instance.fits[np.ix_(holder, slots)].T & (plan.crowd[np.ix_(holder, day)].T - leaving == 0)
    able &= holder[:, None] != holder[None, :]
    return able


def _worth(plan: Stand, slots: Ints, takers: Ints, givers: Ints, power: int, scale: float) -> Floats:
    """(N,) what each step does to the squares of turns, and below that to the power sum of distances; negative is better."""
    weight, count = plan.ground.instance.weight[slots], len(plan.turns)
    if slots.shape[1] == 1:
        touched = np.concatenate((givers, takers), axis=1)
        turns, points = np.concatenate((-np.ones_like(weight), np.ones_like(weight)), axis=1), np.concatenate((-weight, weight), axis=1)
    elif (takers[:, 1] == NOBODY).all():
        touched = np.stack((takers[:, 0], givers[:, 1]), axis=1)
        is_same = touched[:, 0] == touched[:, 1]
        turns = np.where(is_same[:, None], 0, np.array([1, -1]))
        own_change = weight[:, 0] - weight[:, 1]
        points = np.where(is_same[:, None], np.stack((own_change, 0 * own_change), axis=1), weight * np.array([1, -1]))
    elif len(slots) and (takers[:, 1] == givers[:, 0]).all():
        touched = givers
        turns, points = np.zeros_like(weight), weight[:, ::-1] - weight
    else:
        touched = np.stack((givers[:, 0], givers[:, 1], takers[:, 1]), axis=1)
        turns = np.broadcast_to(np.array([-1, 0, 1]), touched.shape)
        points = np.stack((-weight[:, 0], weight[:, 0] - weight[:, 1], weight[:, 1]), axis=1)
    own = plan.turns[touched]
    squares = ((own + turns) ** 2 - own**2).sum(axis=1)
    before = plan.away[touched] / scale
    after = (plan.away[touched] + points * count) / scale
    worth: Floats = squares * 1e9 + (_raised(after, power) - _raised(before, power)).sum(axis=1)
    return worth


def _raised(values: Floats, power: int) -> Floats:
    raised = values * values
    while power > 2:
        raised, power = raised * raised, power // 2
    return raised


def _extra_changes(plan: Stand, slots: Ints, takers: Ints) -> Ints:
    """(N,) how many more slots differ after the step."""
    ground = plan.ground
    differs = np.where(ground.was_filled[slots], (takers == NOBODY) | (takers != ground.published[slots]), takers != NOBODY)
    after = differs & ground.counts_as_change[slots]
    extra: Ints = after.sum(axis=1) - plan.changed[slots].sum(axis=1)
    return extra


def _differs(ground: Ground, holders: Holders) -> Flags:
    differs: Flags = np.where(ground.was_filled, (holders == NOBODY) | (holders != ground.published), holders != NOBODY)
    return differs


def _is_beside_its_like(ground: Ground, holders: Holders, slot: int) -> bool:
    category, holder = ground.instance.category, holders[slot]
    if holder == NOBODY:
        return False
    return any(holders[near] != NOBODY and category[holders[near]] == category[holder] for near in ground.neighbours[slot])
