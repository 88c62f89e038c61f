"""Stage 3, parts adj to wish_miss: moves that change nobody's turns or points.

Neighbours, repetition, spacing, wishes, in that order.

Two slots of equal worth change holders where that makes the vector of these four smaller. Only the live sessions and vendors
touched are counted anew. The number of tries is fixed beforehand: a slow machine gives the same plan, only later.
"""

import random  # noqa: TID251 (seeded dice only: a draw can be replayed)
from itertools import combinations, pairwise

from bazaar.rotation.draft import Draft, draft_of
from bazaar.rotation.even import can_exchange, exchange
from bazaar.rotation.instance import Instance, holders_of
from bazaar.rotation.problem import is_wish_missed
from bazaar.rotation.stage import NOBODY, Holders, Outcome, Progress

FULL_SWEEP_PAIRS = 40_000
"""Up to so many pairs are all tried; of more, as many are drawn."""


def polish(instance: Instance, holders: Holders, dice: random.Random, *, effort: int, progress: Progress) -> Outcome:
    """Sweep until nothing improves, at most eight times the effort."""
    progress("polish", 0.0)
    draft = draft_of(instance, holders)
    rows = _sessions(draft)
    pairs = _pairs(draft)
    for _ in range(8 * effort):
        tried = pairs if len(pairs) <= FULL_SWEEP_PAIRS else dice.sample(pairs, FULL_SWEEP_PAIRS)
        if not sum(_try(draft, slot, other, rows) for slot, other in tried):
            break
    return Outcome(holders_of(instance, draft.as_plan()), {"adj": 0, "rep": 0, "spacing": 0, "wish_miss": 0})


def _pairs(draft: Draft) -> list[tuple[int, int]]:
    by_weight: dict[int, list[int]] = {}
    for index, slot in enumerate(draft.slots):
        if draft.holder[index] != NOBODY and draft.is_movable(index):
            by_weight.setdefault(slot.weight, []).append(index)
    return [pair for group in by_weight.values() for pair in combinations(group, 2)]


def _sessions(draft: Draft) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for index in sorted(range(len(draft.slots)), key=lambda index: (draft.slots[index].session, draft.slots[index].position)):
        rows.setdefault(draft.slots[index].session, []).append(index)
    return rows


def _try(draft: Draft, slot: int, other: int, rows: dict[str, list[int]]) -> bool:
    one, two = draft.holder[slot], draft.holder[other]
    if one == two or not can_exchange(draft, slot, other):
        return False
    sessions = {draft.slots[slot].session, draft.slots[other].session}
    before = _cost(draft, sessions, (one, two), rows)
    exchange(draft, slot, other)
    if _cost(draft, sessions, (one, two), rows) < before:
        return True
    exchange(draft, slot, other)
    return False


def _cost(draft: Draft, sessions: set[str], vendors: tuple[int, int], rows: dict[str, list[int]]) -> tuple[int, int, int, int]:
    adjacent = repeated = spacing = missed = 0
    for session in sessions:
        row = rows[session]
        kinds = [draft.vendors[draft.holder[index]].category for index in row if draft.holder[index] != NOBODY]
        repeated += sum(kinds.count(kind) - 1 for kind in kinds)
        for left, right in pairwise(row):
            adjacent += (
                draft.slots[right].position == draft.slots[left].position + 1
                and NOBODY not in (draft.holder[left], draft.holder[right])
                and draft.vendors[draft.holder[left]].category == draft.vendors[draft.holder[right]].category
            )
    wanted = draft.problem.rules.want_gap
    for vendor in vendors:
        days = sorted(draft.slots[own].day for own in draft.turns[vendor])
        spacing += sum(max(0, wanted - (later - earlier)) for earlier, later in pairwise(days))
        missed += sum(is_wish_missed(draft.vendors[vendor], draft.slots[own]) for own in draft.turns[vendor])
    return adjacent, repeated, spacing, missed
