"""What each vendor gets from a rotation: turns, minutes, minutes in good hours, points, and credit before and after; with totals.

Told of the rotation as it was built, in the planner's own problem: whoever compares the page with the published file finds the same.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bazaar.editions.problem import id_of
from bazaar.rotation.problem import Problem, ProblemSlot, ProblemVendor, fits
from bazaar.rotation.reasons.standing import Standing
from bazaar.rotation.score import ceilings_of, credit_of

Order = Literal["name", "turns", "minutes", "good", "points", "before", "after"]
Limit = Literal["asked", "days", "gap"]
"""asked: the vendor wants no more turns; days: there are no more evenings on which it can come; gap: those lie too close together."""
_DAY = 24 * 60


@dataclass(frozen=True)
class GoodHours:
    """The hours with most viewers, in local minutes of the day; the end is not part of them."""

    from_minute: int
    until_minute: int

    def holds(self, slot: ProblemSlot) -> bool:
        """Whether a turn in this slot begins in them."""
        return self.from_minute <= slot.start % _DAY < self.until_minute

    def minutes_of(self, slot: ProblemSlot) -> int:
        """How many of the slot's minutes lie in them, also of one that runs past midnight."""
        starts = slot.start % _DAY
        ends = starts + slot.minutes
        days = ((self.from_minute, self.until_minute), (self.from_minute + _DAY, self.until_minute + _DAY))
        return sum(max(0, min(ends, until) - max(starts, since)) for since, until in days)


@dataclass(frozen=True)
class Ceiling:
    """Why a vendor has fewer turns than others although everybody else would give way: it can have no more."""

    turn_count: int
    reason: Limit
    day_count: int  # evenings with a slot in which it can stand


@dataclass(frozen=True)
class VendorShare:
    """What one vendor gets, and what it carried over and will carry on (points above or below the mean)."""

    vendor_id: int
    business_name: str
    owner_name: str
    turn_count: int
    minutes: int
    good_turn_count: int
    good_minutes: int
    points: int
    credit_before: int
    credit_after: int
    missing_count: int  # turns that its guarantee asks for and the rotation does not give
    is_at_ceiling: bool  # could not have one more, whoever else gave way
    ceiling: Ceiling | None = None  # why, where others have more


@dataclass(frozen=True)
class Column:
    """A figure over all vendors."""

    total: int
    least: int
    most: int

    @property
    def spread(self) -> int:
        """The difference between the luckiest and the last."""
        return self.most - self.least


def shares_of(problem: Problem, standing: Standing, names: Mapping[str, tuple[str, str]], good: GoodHours) -> list[VendorShare]:
    """One share for each vendor of the problem, in its order. names: key -> (business, owner)."""
    points = {vendor.id: sum(slot.weight for slot in standing.turns[vendor.id]) for vendor in problem.vendors}
    ceilings = ceilings_of(problem)
    before, after = credit_of(problem), credit_of(_next_edition(problem, points))
    most = max((len(standing.turns[vendor.id]) for vendor in problem.vendors), default=0)
    shares = []
    for vendor in problem.vendors:
        own, (business, owner) = standing.turns[vendor.id], name_of(names, vendor.id)
        is_at_ceiling = len(own) >= ceilings[vendor.id]
        shares.append(
            VendorShare(
                vendor_id=id_of(vendor.id),
                business_name=business,
                owner_name=owner,
                turn_count=len(own),
                minutes=sum(slot.minutes for slot in own),
                good_turn_count=sum(map(good.holds, own)),
                good_minutes=sum(map(good.minutes_of, own)),
                points=points[vendor.id],
                credit_before=before[vendor.id],
                credit_after=after[vendor.id],
                missing_count=max(0, vendor.min_turns - len(own)),
                is_at_ceiling=is_at_ceiling,
                ceiling=_ceiling(problem, vendor, ceilings[vendor.id]) if is_at_ceiling and len(own) < most else None,
            )
        )
    return shares


def name_of(names: Mapping[str, tuple[str, str]], key: str) -> tuple[str, str]:
    """Business and owner; a draft may be older than a vendor's deletion."""
    return names.get(key, ("Lapak yang sudah dihapus", ""))


def column_of(values: Iterable[int]) -> Column:
    """The foot of a column."""
    known = list(values)
    return Column(sum(known), min(known, default=0), max(known, default=0))


_FIGURES: Mapping[Order, Callable[[VendorShare], int]] = {
    "turns": lambda share: share.turn_count,
    "minutes": lambda share: share.minutes,
    "good": lambda share: share.good_minutes,
    "points": lambda share: share.points,
    "before": lambda share: share.credit_before,
    "after": lambda share: share.credit_after,
}


def columns_of(shares: Sequence[VendorShare]) -> dict[Order, Column]:
    """The foot of each column of figures."""
    return {order: column_of(map(figure, shares)) for order, figure in _FIGURES.items()}


def sorted_shares(shares: Sequence[VendorShare], order: Order, *, is_reversed: bool) -> list[VendorShare]:
    """Figures the largest first, names from A; reversed the other way round. Equal figures stay in the order of names."""
    by_name = sorted(shares, key=lambda share: share.business_name.lower())
    if order == "name":
        return by_name[::-1] if is_reversed else by_name
    return sorted(by_name, key=_FIGURES[order], reverse=not is_reversed)


_SHEET_HEAD = (
    *("Lapak", "Pemilik", "Giliran", "Menit", "Giliran ramai", "Menit ramai", "Nilai", "Bekal dulu", "Bekal nanti"),
    "Kurang dari jatah",
)


def share_rows(shares: Sequence[VendorShare]) -> list[list[str | int]]:
    """The same as rows of a sheet, the head first."""
    return [list(_SHEET_HEAD), *map(_sheet_row, shares)]


def _sheet_row(share: VendorShare) -> list[str | int]:
    return [
        share.business_name,
        share.owner_name,
        share.turn_count,
        share.minutes,
        share.good_turn_count,
        share.good_minutes,
        share.points,
        share.credit_before,
        share.credit_after,
        share.missing_count,
    ]


def _ceiling(problem: Problem, vendor: ProblemVendor, turn_count: int) -> Ceiling:
    days = {slot.day for slot in problem.slots if fits(vendor, slot)}
    reason: Limit = "asked" if vendor.max_turns <= turn_count else "days" if len(days) <= turn_count else "gap"
    return Ceiling(turn_count, reason, len(days))


def _next_edition(problem: Problem, points: Mapping[str, int]) -> Problem:
    """The same vendors one edition later: what they get now has become the newest past."""
    return replace(problem, vendors=tuple(replace(vendor, past=(points[vendor.id], *vendor.past)) for vendor in problem.vendors))
