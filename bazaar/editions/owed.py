"""Who is owed a make-up turn, since when, and what can become of it: which slots ahead the vendor could take at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.airtime import MakeUp, make_ups_of
from bazaar.database import reading
from bazaar.editions.problem import problem_of_edition, slot_key, vendor_key
from bazaar.rotation.problem import Problem, fits, is_wish_missed
from bazaar.rotation.reasons.standing import Standing
from models import Edition, Slot, Vendor

Remedy = Literal["draft", "credit", "none"]
"""What can become of a turn that is owed: the next draft gives it; no slot is left that suits the vendor, so that the points of the
whole turn go on as credit into the next edition; nothing, because the vendor withdrew."""


@dataclass(frozen=True)
class OpenSlot:
    """A slot ahead that is nobody's yet."""

    slot_id: int
    starts_at: datetime
    is_wished: bool  # nothing against it in what the vendor wishes


@dataclass(frozen=True)
class OwedRow:
    """A vendor whose turn failed: which, since when a make-up turn is owed, which turns made it good, and where it could be."""

    vendor_id: int
    business_name: str
    owner_name: str
    failed_at: tuple[datetime, ...]
    failed_slot_id: int
    since: datetime
    owed_count: int  # failed turns without another in their place
    remedy: Remedy
    given: tuple[tuple[int, datetime, bool], ...]  # (slot id, start, is over)
    open_count: int  # slots ahead that are nobody's yet
    could_take: tuple[OpenSlot, ...]  # of them, those that suit the vendor: days, hours, language, distance to its own turns

    @property
    def awaits_draft(self) -> bool:
        """Whether a new draft would give what is owed."""
        return self.owed_count > 0 and self.remedy == "draft"


def owed_rows(edition_id: int, vendor_id: int | None = None, *, now: datetime) -> tuple[OwedRow, ...]:
    """Every vendor (or that one) of whom a turn failed: those to whom a draft would give one first, the longest wait first."""
    with reading() as session:
        return owed_in(session, session.get_one(Edition, edition_id), vendor_id, now=now)


def owed_in(session: Session, edition: Edition, vendor_id: int | None = None, *, now: datetime) -> tuple[OwedRow, ...]:
    """Step: the same inside an open session."""
    make_ups = make_ups_of(session, edition.id, vendor_id)
    if not make_ups:
        return ()
    vendors = {row.id: row for row in session.scalars(select(Vendor).where(Vendor.id.in_(make_ups)))}
    ahead = _Ahead(session, edition, now)
    rows = [_row(make_up, vendors[make_up.vendor_id], ahead, now) for make_up in make_ups.values()]
    return tuple(sorted(rows, key=lambda row: (not row.awaits_draft, row.owed_count == 0, row.since, row.vendor_id)))


class _Ahead:
    """The slots that have not begun, as the planner would see them, with whoever is to stand there."""

    def __init__(self, session: Session, edition: Edition, now: datetime) -> None:
        problem: Problem = problem_of_edition(session, edition, seed=0, keep_published=True, now=now)
        own = select(Slot.id, Slot.starts_at).where(Slot.edition_id == edition.id, Slot.starts_at > now)
        self.starts: Mapping[str, tuple[int, datetime]] = {slot_key(slot_id): (slot_id, at) for slot_id, at in session.execute(own)}
        self.slots = sorted(
            (slot for slot in problem.slots if slot.id in self.starts), key=lambda slot: (self.starts[slot.id][1], self.starts[slot.id][0])
        )
        self.standing = Standing(problem, problem.published or {})
        self.open = [slot for slot in self.slots if slot.id not in self.standing.holders and slot.pin is None]

    def suits(self, key: str) -> bool:
        """Whether the vendor could come to any slot ahead, also one that somebody else has now."""
        return any(fits(self.standing.vendors[key], slot) for slot in self.slots)

    def could_take(self, key: str) -> tuple[OpenSlot, ...]:
        """The open slots in which nothing keeps the vendor from standing."""
        vendor = self.standing.vendors[key]
        return tuple(
            OpenSlot(*self.starts[slot.id], is_wished=not is_wish_missed(vendor, slot))
            for slot in self.open
            if self.standing.obstacle(vendor, slot) is None
        )


def _row(make_up: MakeUp, vendor: Vendor, ahead: _Ahead, now: datetime) -> OwedRow:
    key = vendor_key(vendor.id)
    takes_part = key in ahead.standing.vendors
    return OwedRow(
        vendor_id=vendor.id,
        business_name=vendor.business_name,
        owner_name=vendor.owner_name,
        failed_at=tuple(turn.starts_at for turn in make_up.failed),
        failed_slot_id=make_up.failed[-1].slot_id,
        since=make_up.since,
        # Further turns that were promised and taken away since are no turns that failed.
        owed_count=min(make_up.owed_count, len(make_up.failed)),
        remedy="none" if not takes_part else "draft" if ahead.suits(key) else "credit",
        given=tuple((turn.slot_id, turn.starts_at, turn.ends_at <= now) for turn in make_up.given),
        open_count=len(ahead.open),
        could_take=ahead.could_take(key) if takes_part else (),
    )
