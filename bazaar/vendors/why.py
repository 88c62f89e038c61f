"""Why a vendor has these turns and no others, told honestly: what everybody got, and what became of the vendor's own wishes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bazaar.airtime import failed_slots
from bazaar.localtime import local_date, minute_of_evening
from bazaar.states import RotationState
from models import Availability, Edition, Rotation, Turn, Vendor, Wish


@dataclass(frozen=True)
class Why:
    """What the rotation gave everybody, and what became of this vendor's wishes. Times of day are local, weekdays 0 to 6."""

    own_count: int
    least_count: int
    most_count: int
    wished_from: time | None
    wished_until: time | None
    wished_weekdays: tuple[int, ...]
    wish_kept_count: int  # of the vendor's own turns
    has_days_off: bool
    takes_part: bool  # whoever withdrew is not compared with the others

    @property
    def has_wish(self) -> bool:
        """Whether the vendor asked for anything at all."""
        return self.wished_from is not None or self.wished_until is not None or bool(self.wished_weekdays)

    @property
    def is_wish_kept(self) -> bool:
        """Whether every turn lies within the wish."""
        return self.has_wish and 0 < self.own_count == self.wish_kept_count

    @property
    def spread(self) -> int:
        """By how many turns the luckiest vendor is ahead of the last."""
        return self.most_count - self.least_count


def why_of(session: Session, vendor: Vendor, edition: Edition, turns: Iterable[tuple[int, datetime, datetime]]) -> Why:
    """The reasons for this vendor's turns; a wish is measured against each of them. Turns that failed count for nobody.

    turns: of each its slot, when it starts, and when its live session does.
    """
    failed = failed_slots(session, edition.id)
    held = [(starts_at, began_at) for slot_id, starts_at, began_at in turns if slot_id not in failed]
    least, most = _turn_counts(session, edition.id, failed)
    wish = session.scalar(select(Wish).where(Wish.vendor_id == vendor.id))
    days_off = session.scalar(select(func.count()).select_from(Availability).where(Availability.vendor_id == vendor.id))
    return Why(
        own_count=len(held),
        least_count=least,
        most_count=most,
        wished_from=_time_of_day(wish.from_minute if wish else None),
        wished_until=_time_of_day(wish.until_minute if wish else None),
        wished_weekdays=tuple(wish.weekdays or ()) if wish else (),
        wish_kept_count=sum(_is_kept(wish, *turn, edition.timezone) for turn in held) if wish else 0,
        has_days_off=bool(days_off),
        takes_part=vendor.withdrawn_at is None and vendor.archived_at is None,
    )


def _turn_counts(session: Session, edition_id: int, failed: set[int]) -> tuple[int, int]:
    """The fewest and the most turns that any vendor who takes part has."""
    counts = (
        select(Vendor.id, func.count(Turn.id).label("turns"))
        .outerjoin(
            Turn,
            (Turn.vendor_id == Vendor.id)
            & Turn.rotation_id.in_(select(Rotation.id).where(Rotation.edition_id == edition_id, Rotation.state == RotationState.PUBLISHED))
            & Turn.slot_id.not_in(failed),
        )
        .where(Vendor.edition_id == edition_id, Vendor.withdrawn_at.is_(None), Vendor.archived_at.is_(None))
        .group_by(Vendor.id)
        .subquery()
    )
    least, most = session.execute(select(func.min(counts.c.turns), func.max(counts.c.turns))).one()
    return least or 0, most or 0


def _is_kept(wish: Wish, starts_at: datetime, began_at: datetime, timezone: str) -> bool:
    """As the planner reads it: past midnight a turn belongs to the evening on which its live session began."""
    evening_on = local_date(began_at, timezone)
    minute = minute_of_evening(starts_at, evening_on, timezone)
    return (
        (wish.from_minute is None or minute >= wish.from_minute)
        and (wish.until_minute is None or minute < wish.until_minute)
        and (not wish.weekdays or evening_on.weekday() in wish.weekdays)
    )


def _time_of_day(minute: int | None) -> time | None:
    return None if minute is None else time(minute // 60 % 24, minute % 60)
