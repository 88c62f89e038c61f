"""What a plan would score with a few slots given to others. No numpy: pages ask too.

Only what a change touches is counted anew: its slots, the live sessions they lie in, and the vendors who lose or gain a turn.
Of everybody else three things are kept: how many have how many turns (spread), the points in order (dev_max), and the sums.
Whole numbers throughout, so the result is exactly that of `score_plan` on the changed plan.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise

from bazaar.rotation.problem import Problem, ProblemSlot, day_gap, fits, is_wish_missed
from bazaar.rotation.reasons.standing import Standing
from bazaar.rotation.score import Score, ceilings_of, count_alike, credit_of, score_plan

Changes = Mapping[str, str | None]
"""Slot id -> who holds it instead, or None: nobody."""


class Variations:
    """A plan, ready to be asked what small changes would do to its score."""

    def __init__(self, problem: Problem, plan: Mapping[str, str | None]) -> None:
        self.problem = problem
        self.standing = Standing(problem, plan)
        self.score = score_plan(problem, plan)
        self.ceilings = ceilings_of(problem)
        self.credit = credit_of(problem)
        self._plan = plan
        self._sessions: dict[str, list[ProblemSlot]] = defaultdict(list)
        for slot in problem.slots:
            self._sessions[slot.session].append(slot)
        points = {vendor_id: self._points(vendor_id, self.turns_with(vendor_id, {})) for vendor_id in self.standing.vendors}
        self._total = sum(points.values())
        self._by_points = sorted((value, vendor_id) for vendor_id, value in points.items())
        counts = {vendor_id: len(self.standing.turns[vendor_id]) for vendor_id in self.standing.vendors}
        self._counts = Counter(counts.values())
        self._counts_below = Counter(count for vendor_id, count in counts.items() if count < self.ceilings[vendor_id])

    def score_with(self, changes: Changes) -> Score:
        """The score of the plan with these changes."""
        old, new = self._tally(changes, {}), self._tally(changes, changes)
        parts = {part: value + new[part] - old[part] for part, value in self.score.as_dict().items()}
        if self.problem.rules.adjacent == "hard":  # counted once, however many pairs
            parts["hard"] += (parts["adj"] > 0) - (self.score.adj > 0)
        parts["spread"] = self._spread(changes)
        parts["dev_max"] = self._largest_deviation(changes)
        return Score(**parts)

    def turns_with(self, vendor_id: str, changes: Changes) -> list[ProblemSlot]:
        """The vendor's turns after the changes, by day."""
        kept = [slot for slot in self.standing.turns[vendor_id] if slot.id not in changes]
        gained = [self.standing.slots[slot_id] for slot_id, holder in changes.items() if holder == vendor_id]
        return sorted(kept + gained, key=lambda slot: slot.day)

    def _tally(self, touched: Changes, changes: Changes) -> Counter[str]:
        """What the touched slots, live sessions and vendors add to the sums of the score."""
        tally: Counter[str] = Counter()
        for slot_id in touched:
            self._tally_slot(tally, self.standing.slots[slot_id], self._holder(slot_id, changes))
        for session in dict.fromkeys(self.standing.slots[slot_id].session for slot_id in touched):
            adjacent, repeated = self._alike(session, changes)
            tally["adj"] += adjacent
            tally["rep"] += repeated
        for vendor_id in self._touched_vendors(touched):
            self._tally_vendor(tally, vendor_id, self.turns_with(vendor_id, changes))
        return tally

    def _tally_slot(self, tally: Counter[str], slot: ProblemSlot, holder: str | None) -> None:
        vendor = self.standing.vendors.get(holder or "") if holder is not None else None
        tally["hard"] += (holder is not None and vendor is None) + (vendor is not None and not fits(vendor, slot))
        tally["hard"] += slot.pin is not None and holder != slot.pin
        tally["unfilled"] += vendor is None
        tally["wish_miss"] += vendor is not None and is_wish_missed(vendor, slot)
        if self.problem.published is not None and holder != self.problem.published.get(slot.id):
            tally["hard" if slot.day < self.problem.now else "changes"] += 1

    def _tally_vendor(self, tally: Counter[str], vendor_id: str, own: list[ProblemSlot]) -> None:
        vendor = self.standing.vendors[vendor_id]
        distances = [later.day - earlier.day for earlier, later in pairwise(own)]
        tally["hard"] += sum(distance < day_gap(vendor) for distance in distances) + (len(own) > vendor.max_turns)
        tally["short"] += max(0, vendor.min_turns - len(own))
        tally["turns_sq"] += len(own) ** 2
        tally["dev_sq"] += self._points(vendor_id, own) ** 2
        tally["spacing"] += sum(max(0, self.problem.rules.want_gap - distance) for distance in distances)

    def _alike(self, session: str, changes: Changes) -> tuple[int, int]:
        row = {}
        for slot in self._sessions[session]:
            vendor = self.standing.vendors.get(self._holder(slot.id, changes) or "")
            if vendor is not None:
                row[slot.position] = vendor.category
        return count_alike(row)

    def _spread(self, changes: Changes) -> int:
        counts, below = self._counts.copy(), self._counts_below.copy()
        for vendor_id in self._touched_vendors(changes):
            ceiling = self.ceilings[vendor_id]
            for count, step in ((len(self.standing.turns[vendor_id]), -1), (len(self.turns_with(vendor_id, changes)), 1)):
                counts[count] += step
                below[count] += step * (count < ceiling)
        least = min(_present(below), default=None)
        return 0 if least is None else max(0, max(_present(counts)) - least)

    def _largest_deviation(self, changes: Changes) -> int:
        touched = self._touched_vendors(changes)
        points = [self._points(vendor_id, self.turns_with(vendor_id, changes)) for vendor_id in touched]
        total = self._total + sum(points) - sum(self._points(vendor_id, self.turns_with(vendor_id, {})) for vendor_id in touched)
        # Of those whose points stay, only the first and the last can be farthest from the mean.
        for order in (self._by_points, reversed(self._by_points)):
            points += next(([value] for value, vendor_id in order if vendor_id not in touched), [])
        return max((abs(len(self.standing.vendors) * value - total) for value in points), default=0)

    def _points(self, vendor_id: str, own: Iterable[ProblemSlot]) -> int:
        return self.credit[vendor_id] + sum(slot.weight for slot in own)

    def _touched_vendors(self, changes: Changes) -> list[str]:
        holders = [holder for slot_id, new in changes.items() for holder in (self._plan.get(slot_id), new)]
        return list(dict.fromkeys(holder for holder in holders if holder in self.standing.vendors))

    def _holder(self, slot_id: str, changes: Changes) -> str | None:
        return changes[slot_id] if slot_id in changes else self._plan.get(slot_id)


def _present(counts: Counter[int]) -> list[int]:
    return [count for count, vendors in counts.items() if vendors > 0]
