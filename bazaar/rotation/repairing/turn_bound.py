"""The evenest turns that a number of changes can reach, were everybody free at all times: a bound for every repair.

What a repair does to turns is: each vendor loses some of the turns that could have stayed, never a fixed one, and gains some, never
beyond the ceiling. With e changes more than the least there are e more losses and e more gains. Forgetting who fits where leaves a
problem of counts alone: separable and convex over a box, so taking from whoever has most and giving to whoever has least is
optimal (greedy for resource allocation; Ibaraki and Katoh 1988, 4.2). The spread is found by trying its values from 0 on: counts
between some `low` (or the vendor's own ceiling, if that is less) and `low + spread`.

Vendors with equal numbers are one class, so that a thousand vendors cost no more than a handful.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count


@dataclass(frozen=True)
class TurnClass:
    """Vendors with the same numbers of turns."""

    fixed: int  # turns that cannot move
    kept: int  # turns that can stay: fixed ones and published ones
    ceiling: int
    top: int  # the most turns anyhow: the ceiling, and fixed turns in which the vendor would not fit any more
    size: int  # how many vendors


def turn_classes(fixed: Iterable[int], kept: Iterable[int], ceilings: Iterable[int], tops: Iterable[int]) -> list[TurnClass]:
    """Vendors with equal numbers put together."""
    rows = Counter(zip(fixed, kept, ceilings, tops, strict=True))
    return [TurnClass(*numbers, size) for numbers, size in sorted(rows.items())]


def evenest_turns(classes: list[TurnClass], *, gains: int, losses: int) -> tuple[int, int] | None:
    """The least (spread, sum of squares) with at most `losses` turns taken away and, for each of these and `gains` more, one given.
    None where the turns have no room."""
    most = max((each.kept for each in classes), default=0) + gains + losses
    for spread in count():
        squares = [_least_squares(classes, low, low + spread, gains, losses) for low in range(most + 1)]
        reached = [value for value in squares if value is not None]
        if reached:
            return spread, min(reached)
        if spread > most:
            return None
    raise AssertionError  # pragma: no cover (count() does not end)


def _least_squares(classes: list[TurnClass], low: int, high: int, gains: int, losses: int) -> int | None:
    """The least sum of squares with everybody between min(low, ceiling) and high; None where that cannot be."""
    counts: Counter[tuple[int, int, int]] = Counter()  # (turns, least allowed, most allowed) -> vendors; grows with each gain and loss
    lost = gained = 0
    for each in classes:
        least, most = min(low, each.ceiling), min(high, max(each.top, each.fixed))
        if each.fixed > high:
            return None
        turns = min(max(each.kept, least), most)
        lost += max(0, each.kept - turns) * each.size
        gained += max(0, turns - each.kept) * each.size
        counts[turns, max(each.fixed, least), most] += each.size
    if lost > losses:
        return None
    return _even_out(counts, open_gains=gains + lost - gained, losses=losses - lost)


def _even_out(counts: Counter[tuple[int, int, int]], *, open_gains: int, losses: int) -> int | None:
    """Give what is to be given (a debt, where the box asked for more gains than there are, is paid by further losses), then move
    turns from the highest to the lowest while that helps."""
    while open_gains < 0:
        giver = max((key for key, size in counts.items() if size and key[0] > key[1]), default=None)
        if giver is None or not losses:
            return None
        _step(counts, giver, -1)
        open_gains, losses = open_gains + 1, losses - 1
    while open_gains > 0:
        taker = min((key for key, size in counts.items() if size and key[0] < key[2]), default=None)
        if taker is None:
            return None
        _step(counts, taker, 1)
        open_gains -= 1
    for _ in range(losses):
        giver = max((key for key, size in counts.items() if size and key[0] > key[1]), default=None)
        taker = min((key for key, size in counts.items() if size and key[0] < key[2]), default=None)
        if giver is None or taker is None or giver[0] - taker[0] < 2:
            break
        _step(counts, giver, -1)
        _step(counts, taker, 1)
    return sum(turns * turns * size for (turns, _least, _most), size in counts.items())


def _step(counts: Counter[tuple[int, int, int]], key: tuple[int, int, int], step: int) -> None:
    counts[key] -= 1
    counts[key[0] + step, key[1], key[2]] += 1
