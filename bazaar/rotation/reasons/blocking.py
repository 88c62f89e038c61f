"""Groups that cannot all be served.

Hall (1935): some of those who ask find nobody exactly if a group of them has fewer neighbours than members. With a largest
matching (augmenting paths, breadth first), those who ask and can be reached by alternating paths from one that found nobody are
such a group. All that can be reached from any of them, split where they share no neighbour, is the overdetermined part of Dulmage
and Mendelsohn (1958): it does not depend on which largest matching was found, and each member of it is left out by some largest
matching, so without any one of them fewer are missing. What is reached from a single one is the smallest group with one missing.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Member = TypeVar("Member")


@dataclass(frozen=True)
class HallGroup:
    """Rows of those who ask, with all their neighbours, of which there are `missing` too few; `core`: the smallest group in it."""

    members: tuple[int, ...]
    neighbours: tuple[int, ...]
    core_members: tuple[int, ...]
    core_neighbours: tuple[int, ...]

    @property
    def missing(self) -> int:
        """How many of the members find nobody."""
        return len(self.members) - len(self.neighbours)


def hall_groups(neighbours: Sequence[Sequence[int]]) -> list[HallGroup]:
    """The groups among those who ask, each given by its neighbours; none where everybody finds one."""
    holder: dict[int, int] = {}  # neighbour -> who has it
    lonely = [member for member in range(len(neighbours)) if not _augment(neighbours, holder, member)]
    groups = []
    left = set(lonely)
    reached = {member: _reach(neighbours, holder, [member]) for member in lonely}
    while left:
        group = [min(left)]
        touched = {near for member in reached[group[0]] for near in neighbours[member]}
        grows = True
        while grows:  # two that share a neighbour are told together
            joined = [other for other in sorted(left) if other not in group and touched & _around(neighbours, reached[other])]
            group += joined
            touched |= {near for other in joined for near in _around(neighbours, reached[other])}
            grows = bool(joined)
        left -= set(group)
        members = sorted({member for one in group for member in reached[one]})
        smallest = min((reached[one] for one in group), key=lambda core: (len(core), core))
        groups.append(HallGroup(tuple(members), tuple(sorted(touched)), tuple(smallest), tuple(sorted(_around(neighbours, smallest)))))
    return groups


def smallest_stretch(pieces: Sequence[Sequence[Member]], blocks: Callable[[Sequence[Member]], bool]) -> tuple[int, int]:
    """(first, end) of a row of pieces, one after the other, that blocks while no shorter row does that ends where it ends and none
    that ends before. The whole must block."""
    end = _least(1, len(pieces), lambda end: blocks([member for piece in pieces[:end] for member in piece]))
    spared = _least(0, end, lambda first: not blocks([member for piece in pieces[first:end] for member in piece]))
    return spared - 1, end


def _least(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The least number for which it holds, as it does for `high` and all above the least."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def smallest_group(members: Sequence[Member], blocks: Callable[[Sequence[Member]], bool], tries: int = 100_000) -> list[Member]:
    """Deletion filter (Chinneck and Dravnieks 1991): members that still block, none of which can be spared.

    Larger pieces are tried first. `blocks` must hold for whatever holds a group that blocks, and for all members. When it was asked
    `tries` times, what is left stays: it blocks, but may hold more than it must.
    """
    kept, size = list(members), max(1, len(members) // 2)
    while True:
        place = 0
        while place < len(kept):
            if not tries:
                return kept
            tries -= 1
            rest = kept[:place] + kept[place + size :]
            if rest and blocks(rest):
                kept = rest
            else:
                place += size
        if size == 1:
            return kept
        size //= 2


def _augment(neighbours: Sequence[Sequence[int]], holder: dict[int, int], start: int) -> bool:
    """Find somebody for one more, others giving way in a row; False where nobody can be found."""
    came: dict[int, int] = {}  # neighbour -> the member that looks at it
    has = {member: near for near, member in holder.items()}
    queue = deque([start])
    while queue:
        member = queue.popleft()
        for near in neighbours[member]:
            if near in came:
                continue
            came[near] = member
            if near not in holder:
                _hand_over(came, has, holder, near)
                return True
            queue.append(holder[near])
    return False


def _hand_over(came: dict[int, int], has: dict[int, int], holder: dict[int, int], near: int) -> None:
    while True:
        member = came[near]
        before = has.get(member)
        holder[near] = member
        if before is None:
            return
        near = before


def _reach(neighbours: Sequence[Sequence[int]], holder: dict[int, int], starts: Sequence[int]) -> list[int]:
    """Members on alternating paths from these, in order."""
    reached, queue = set(starts), deque(starts)
    while queue:
        for near in neighbours[queue.popleft()]:
            member = holder.get(near)
            if member is not None and member not in reached:
                reached.add(member)
                queue.append(member)
    return sorted(reached)


def _around(neighbours: Sequence[Sequence[int]], members: Sequence[int]) -> set[int]:
    return {near for member in members for near in neighbours[member]}
