"""What a draft could not give, by name and hour and by evening, with what would help: as the planner found it when it was drawn.

Nothing is judged here; `rotation/reasons/diagnose.py` is who knows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.editions.problem import id_of, slot_key, vendor_key
from bazaar.editions.versions import rotation_numbered, turns_of
from bazaar.localtime import local_date
from bazaar.rotation.reasons.diagnosis import Conflict, Kind, Repair, RepairKind
from models import Edition, LiveSession, Rotation, Slot, Vendor

GONE = "Lapak yang sudah dihapus"
SHOWN_AT_FIRST = 3
"""So many evenings are shown at first."""
_KINDS: tuple[RepairKind, ...] = get_args(RepairKind)


@dataclass(frozen=True)
class Named:
    """A vendor of a conflict. A draft may be older than a vendor's deletion: then there is no id."""

    vendor_id: int | None
    business_name: str
    owner_name: str
    phone: str


@dataclass(frozen=True)
class Moment:
    """A slot of a conflict."""

    slot_id: int
    live_session_id: int
    starts_at: datetime
    evening_on: date  # on which its live session begins


@dataclass(frozen=True)
class Suggestion:
    """Something to do about a conflict, with what its link and sentence need. `leaves`: what would still be missing."""

    kind: RepairKind
    leaves: int
    vendor: Named | None
    moment: Moment | None  # the slot it is about; of a new slot one of the same live session, if there is one
    on: date | None
    start_minute: int | None  # of a new slot, on the clock of its evening
    number: int  # new slots, slots to spare, days between turns, turns: whatever is counted


@dataclass(frozen=True)
class ConflictView:
    """What could not be had. `filled_by`: who stands where the pinned vendor cannot."""

    level: str  # the part of the score that cannot be nought: hard, unfilled, short
    kind: Kind
    reason: str
    vendors: tuple[Named, ...]
    moments: tuple[Moment, ...]
    missing: int
    is_one_day: bool
    own_turns: int  # of the only vendor: how many would fit
    filled_by: str
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True)
class ConflictEvening:
    """What cannot be had on one evening; without a date: what is about several, or about none."""

    on: date | None
    conflicts: tuple[ConflictView, ...]

    @property
    def missing(self) -> int:
        """Slots that stay empty there."""
        return sum(conflict.missing for conflict in self.conflicts if conflict.level == "unfilled")

    @property
    def is_broken(self) -> bool:
        """Whether a rule is broken there, and not only a wish left open."""
        return any(conflict.level == "hard" for conflict in self.conflicts)

    @property
    def is_about_guarantees(self) -> bool:
        """Whether all of it is about guaranteed turns."""
        return all(conflict.level == "short" for conflict in self.conflicts)

    @property
    def effort(self) -> tuple[bool, int, int, date]:
        """How hard it is to mend, to be compared: broken rules come first, then what one cheap step settles."""
        firsts = [conflict.suggestions[0] if conflict.suggestions else None for conflict in self.conflicts]
        return (
            not self.is_broken,
            sum(1 if first is None else first.leaves for first in firsts),
            max(len(_KINDS) if first is None else _KINDS.index(first.kind) for first in firsts),
            self.on or date.max,
        )


@dataclass(frozen=True)
class ConflictList:
    """All conflicts by evening: the easiest to mend first, with what is about no single evening; the others by date."""

    first: tuple[ConflictEvening, ...]
    others: tuple[ConflictEvening, ...]

    @property
    def evening_count(self) -> int:
        """Evenings on which something cannot be had."""
        return sum(evening.on is not None for evening in (*self.first, *self.others))

    @property
    def missing(self) -> int:
        """Slots that stay empty."""
        return sum(evening.missing for evening in (*self.first, *self.others))

    @property
    def other_missing(self) -> int:
        """Of them, those that are not shown at first."""
        return sum(evening.missing for evening in self.others)


def by_evening(conflicts: Sequence[ConflictView]) -> ConflictList:
    """The conflicts for a page to show: a few evenings, the easiest to mend first, and the rest for whoever wants it."""
    grouped: dict[date | None, list[ConflictView]] = {}
    for conflict in conflicts:
        grouped.setdefault(conflict.moments[0].evening_on if conflict.is_one_day else None, []).append(conflict)
    told = sorted((ConflictEvening(on, tuple(own)) for on, own in grouped.items()), key=lambda evening: evening.effort)
    evenings, undated = [each for each in told if each.on is not None], [each for each in told if each.on is None]
    few = len(evenings) if len(evenings) <= SHOWN_AT_FIRST + 1 else SHOWN_AT_FIRST  # to fold a single one helps nobody
    first = sorted([*evenings[:few], *undated], key=lambda evening: (not evening.is_broken, evening.on is None))
    return ConflictList(tuple(first), tuple(sorted(evenings[few:], key=lambda evening: evening.on or date.max)))


def draft_conflicts(edition_id: int, number: int) -> tuple[ConflictView, ...]:
    """What the rotation of that number could not satisfy, the planner's most important first; slots of one evening in which nobody at
    all can stand are told together. Refuses `not_found`.
    """
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        rotation = session.get_one(Rotation, rotation_numbered(session, edition_id, number).id)
        if not rotation.conflicts:
            return ()
        names = _Names(session, edition, turns_of(session, rotation.id))
        return _told_together([names.conflict(Conflict.from_dict(document)) for document in rotation.conflicts])


def _told_together(conflicts: Sequence[ConflictView]) -> tuple[ConflictView, ...]:
    """Where nobody can come, the planner finds each slot to be a conflict of its own; on one evening they are one."""
    alike: dict[date, list[ConflictView]] = {}
    for conflict in conflicts:
        if _is_deserted(conflict):
            alike.setdefault(conflict.moments[0].evening_on, []).append(conflict)
    told: list[ConflictView] = []
    for conflict in conflicts:
        own = alike[conflict.moments[0].evening_on] if _is_deserted(conflict) else [conflict]
        if own[0] is conflict:
            told.append(conflict if len(own) == 1 else _as_one(own))
    return tuple(told)


def _is_deserted(conflict: ConflictView) -> bool:
    return conflict.kind == "few_vendors" and conflict.is_one_day and not conflict.vendors


def _as_one(conflicts: Sequence[ConflictView]) -> ConflictView:
    """Several groups of one evening that nobody can fill. A step that helps one of them leaves the others as they are; a vendor has one
    turn a day, so asking for the day fills one slot whichever it is."""
    missing = sum(conflict.missing for conflict in conflicts)
    found: dict[tuple[object, ...], Suggestion] = {}
    for conflict in conflicts:
        for one in conflict.suggestions:
            is_closing = one.kind == "close_slot"
            key = (one.kind,) if is_closing else (one.kind, one.vendor, one.moment if one.kind == "ask_hours" else one.on, one.number)
            before, relief = found.get(key), conflict.missing - one.leaves
            if before is None:
                found[key] = replace(one, leaves=missing - relief)
            elif is_closing:
                found[key] = replace(before, leaves=before.leaves - relief, number=before.number + one.number)
    return replace(
        conflicts[0],
        moments=tuple(sorted((moment for conflict in conflicts for moment in conflict.moments), key=lambda moment: moment.starts_at)),
        missing=missing,
        suggestions=tuple(sorted(found.values(), key=lambda one: (_KINDS.index(one.kind), one.leaves))),
    )


class _Names:
    """Names and hours behind the planner's numbers, read once."""

    def __init__(self, session: Session, edition: Edition, turns: Mapping[int, int]) -> None:
        self.first_day, self.turns = edition.starts_on, turns
        self.vendors = {
            vendor_key(vendor.id): Named(vendor.id, vendor.business_name, vendor.owner_name, vendor.phone)
            for vendor in session.scalars(select(Vendor).where(Vendor.edition_id == edition.id))
        }
        rows = session.execute(
            select(Slot.id, LiveSession.id, Slot.starts_at, LiveSession.starts_at)
            .join(LiveSession, LiveSession.id == Slot.live_session_id)
            .where(Slot.edition_id == edition.id)
        )
        self.moments = {
            slot_key(slot_id): Moment(slot_id, live_session_id, starts_at, local_date(begins_at, edition.timezone))
            for slot_id, live_session_id, starts_at, begins_at in rows
        }
        self.of_live_session = {f"l{moment.live_session_id}": moment for moment in self.moments.values()}

    def conflict(self, conflict: Conflict) -> ConflictView:
        """The conflict by names; slots that were cut away since are left out."""
        moments = self._moments(conflict.slots)
        holder = self.turns.get(id_of(conflict.slots[0])) if conflict.level == "hard" else None
        pinned = self._vendor(conflict.vendors[0]) if conflict.level == "hard" else None
        is_filled = holder is not None and pinned is not None and holder != pinned.vendor_id
        return ConflictView(
            level=conflict.level,
            kind=conflict.kind,
            reason=conflict.reason,
            vendors=tuple(self._vendor(key) for key in conflict.vendors),
            moments=moments,
            missing=conflict.missing,
            is_one_day=len({moment.evening_on for moment in moments}) == 1,
            own_turns=sum(vendor_key(vendor) in conflict.vendors for vendor in self.turns.values()),
            filled_by=self._vendor(vendor_key(holder)).business_name if is_filled and holder is not None else "",
            suggestions=tuple(self._suggestion(repair) for repair in conflict.repairs),
        )

    def _suggestion(self, repair: Repair) -> Suggestion:
        details = repair.details
        slots = [details["slot"]] if "slot" in details else details.get("slots", [])
        moment = self.of_live_session.get(details.get("session") or "") or next(iter(self._moments(slots)), None)
        vendor = details.get("vendor") or details.get("pinned")
        return Suggestion(
            kind=repair.kind,
            leaves=repair.leaves,
            vendor=self._vendor(vendor) if vendor else None,
            moment=moment,
            on=self.first_day + timedelta(days=details["day"]) if "day" in details else None,
            start_minute=details.get("start"),
            number=next((details[key] for key in ("count", "gap", "to") if key in details), 0),
        )

    def _vendor(self, key: str) -> Named:
        return self.vendors.get(key) or Named(None, GONE, "", "")

    def _moments(self, keys: Sequence[str]) -> tuple[Moment, ...]:
        known = [self.moments[key] for key in keys if key in self.moments]
        return tuple(sorted(known, key=lambda moment: (moment.starts_at, moment.slot_id)))
