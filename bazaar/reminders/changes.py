"""What changed between two plans, vendor by vendor. Pure: a vendor's turn is told by the instant it begins."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from bazaar.turns import PublishedTurn

Starts = Mapping[int, frozenset[datetime]]


@dataclass(frozen=True)
class Changes:
    """Vendors by what happened to them; `moved` are all whose turns begin at other instants than before."""

    new: frozenset[int]
    moved: frozenset[int]
    removed: frozenset[int]
    unchanged: frozenset[int]


def starts_by_vendor(turns: Iterable[PublishedTurn]) -> Starts:
    """When each vendor's turns begin. Vendors without a turn are missing."""
    starts: dict[int, set[datetime]] = defaultdict(set)
    for turn in turns:
        starts[turn.vendor_id].add(turn.starts_at)
    return {vendor_id: frozenset(instants) for vendor_id, instants in starts.items()}


def compare_plans(before: Starts, after: Starts, *, left: AbstractSet[int] = frozenset()) -> Changes:
    """Sort every vendor of either plan into one of the four.

    left: vendors who take part no more. The turns they had before that stay as facts, but such a vendor stays nowhere.
    """
    both = before.keys() & after.keys()
    return Changes(
        new=frozenset(after.keys() - before.keys()),
        moved=frozenset(vendor_id for vendor_id in both if before[vendor_id] != after[vendor_id]),
        removed=frozenset(before.keys() - after.keys()),
        unchanged=frozenset(vendor_id for vendor_id in both if before[vendor_id] == after[vendor_id]) - left,
    )


@dataclass(frozen=True)
class News:
    """What one vendor has to hear: turns gone, turns added, turns that stay; only those still ahead, by time."""

    gone: tuple[datetime, ...]
    added: tuple[datetime, ...]
    staying: tuple[datetime, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.gone or self.added)

    @property
    def is_cancelled(self) -> bool:
        """Whether the vendor has no turn ahead any more."""
        return bool(self.gone) and not (self.added or self.staying)


def news_of(old: Iterable[datetime], new: Iterable[datetime], *, now: datetime) -> News:
    """The difference between what a vendor was told and what holds now. What lies behind is no news."""
    old_ahead, new_ahead = {at for at in old if at > now}, {at for at in new if at > now}
    return News(
        gone=tuple(sorted(old_ahead - new_ahead)),
        added=tuple(sorted(new_ahead - old_ahead)),
        staying=tuple(sorted(old_ahead & new_ahead)),
    )
