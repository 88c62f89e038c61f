"""The board: who stands where, evening by evening, in the published rotation or in a draft; only what is unusual is marked."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.airtime import failed_slots
from bazaar.database import reading
from bazaar.editions.levels import Verdict, verdict_of
from bazaar.editions.problem import id_of
from bazaar.editions.publish import is_outdated
from bazaar.editions.versions import RotationRef, drawn_plan, rotation_refs, turns_of
from bazaar.localtime import local_date, minute_of_day, part_of_day_text
from bazaar.refusals import Refusal
from bazaar.rotation.problem import ProblemError, read_problem
from bazaar.rotation.score import credit_of
from bazaar.states import AnswerKind, RotationState
from bazaar.vendors.answers import CurrentAnswer, is_about_edition, newest_answers
from models import Edition, LiveSession, Rotation, Slot, Vendor

SlotState = Literal["open", "waiting", "ready", "unable", "on-air", "done"]
Emptiness = Literal["no_vendors", "no_live_sessions", "all_over", "no_rotation"]
ALL_WEEKS = "semua"
_MOST_WATCHED = 6


@dataclass(frozen=True)
class BoardSlot:
    """A slot and whoever stands there. Names are empty where there is nobody to name."""

    id: int
    starts_at: datetime
    ends_at: datetime
    vendor_id: int | None
    business_name: str
    owner_name: str
    category: str
    state: SlotState
    is_over: bool
    is_pinned: bool  # to whoever stands here
    pinned_name: str  # belongs to this vendor, who does not stand here
    gone_name: str  # stood here, but takes part no longer
    is_changed: bool  # a draft that differs from what is published
    was_name: str  # who stands here according to what is published
    is_chosen: bool  # belongs to the vendor one looks for


@dataclass(frozen=True)
class BoardLiveSession:
    """A live session: one row of the board."""

    id: int
    starts_at: datetime
    ends_at: datetime
    part_text: str  # malam, dini hari
    host_name: str
    slots: tuple[BoardSlot, ...]

    @property
    def has_chosen(self) -> bool:
        """Whether the vendor one looks for stands here."""
        return any(slot.is_chosen for slot in self.slots)


@dataclass(frozen=True)
class BoardDay:
    """The live sessions of one local day."""

    on: date
    is_today: bool
    live_sessions: tuple[BoardLiveSession, ...]


@dataclass(frozen=True)
class BoardWeek:
    """A week in which there are live sessions, from Monday; numbered within the edition."""

    number: int
    monday: date
    first_on: date
    last_on: date
    open_count: int


@dataclass(frozen=True)
class Share:
    """So many vendors have so many turns."""

    turn_count: int
    vendor_count: int


@dataclass(frozen=True)
class Fairness:
    """How the turns are shared out among the vendors that take part; a turn that failed counts as none."""

    turns: tuple[Share, ...]
    good_turns: tuple[Share, ...]
    vendor_count: int
    is_spread_proved: bool  # no plan has a smaller difference
    points: tuple[int, int] | None  # the least and the most that any vendor has, with what it carried over: as drawn; None as below
    verdict: Verdict | None  # of the rotation as it was drawn; None: it does not stand so any more

    @property
    def spread(self) -> int:
        """By how many turns the luckiest vendor is ahead of the last."""
        return self.turns[-1].turn_count - self.turns[0].turn_count if self.turns else 0


@dataclass(frozen=True)
class Concern:
    """Something on the board that a person should look at."""

    kind: Literal["open", "unable", "gone", "pin"]
    slot_id: int
    starts_at: datetime
    name: str


@dataclass(frozen=True)
class VendorOption:
    """A vendor one may look for."""

    id: int
    business_name: str


@dataclass(frozen=True)
class BoardPage:
    """The board of one rotation; `emptiness` names the first thing that is missing, if one is."""

    emptiness: Emptiness | None
    vendor_count: int
    slot_count: int  # of the board
    ahead_slot_count: int  # that have not begun
    rotation: RotationRef | None
    published: RotationRef | None
    newest_draft: RotationRef | None
    days: tuple[BoardDay, ...]
    weeks: tuple[BoardWeek, ...]
    week: BoardWeek | None  # None: all of them
    vendors: tuple[VendorOption, ...]
    chosen: VendorOption | None
    chosen_count: int
    changed_slot_count: int
    changed_vendor_count: int
    fairness: Fairness
    concerns: tuple[Concern, ...]
    concern_count: int
    unfillable_count: int  # of them empty slots that no plan could fill, by the proof of this rotation

    @property
    def column_count(self) -> int:
        """Columns in which the slots of every live session shown stand below each other: three to eight."""
        return min(8, max((3, *(len(live.slots) for day in self.days for live in day.live_sessions))))

    @property
    def number_in_address(self) -> int | None:
        """What the address says to show this very rotation; the published one needs no number."""
        return self.rotation.number if self.rotation and not self.rotation.is_published else None

    @property
    def is_behind(self) -> bool:
        """Whether one looks at something older than the newest draft."""
        return self.newest_draft is not None and self.rotation is not None and self.rotation.number < self.newest_draft.number


def board_page(
    edition_id: int,
    *,
    number: int | None = None,
    week_of: date | None = None,
    all_weeks: bool = False,
    vendor_id: int | None = None,
    now: datetime,
) -> BoardPage:
    """The published rotation, or the rotation of that number; without either the newest draft. Refuses `not_found`.

    `week_of` is any day of the week to show; without it the week that runs or comes next. A chosen vendor's turns are shown over all weeks.
    """
    with reading() as session:
        read = _read(session, edition_id, number, now)
    view = _View(read.edition, read.vendors, read.standing, read.told_beside_draft, read.answers, vendor_id, now)
    days = view.days(read.slots)
    chosen = read.vendors.get(vendor_id or 0)
    weeks = _weeks(days)
    week = None if all_weeks or (chosen and week_of is None) else _week(weeks, week_of or local_date(now, read.edition.timezone))
    concerns = _concerns(days) if read.rotation else []
    unfillable = read.unfillable()
    ahead_count = sum(slot.starts_at > now and live.withdrawn_at is None and live.archived_at is None for live, slot in read.slots)
    shown = [slot for day in days for live in day.live_sessions for slot in live.slots]
    return BoardPage(
        emptiness=_emptiness(read.taking_part, read.slots, read.rotation, has_slots_ahead=ahead_count > 0),
        vendor_count=len(read.taking_part),
        slot_count=len(read.slots),
        ahead_slot_count=ahead_count,
        rotation=read.rotation,
        published=read.published,
        newest_draft=next((version for version in read.versions if version.is_draft), None),
        days=_shown(days, week, chosen is not None),
        weeks=weeks,
        week=week,
        vendors=_options(read),
        chosen=VendorOption(chosen.id, chosen.business_name) if chosen else None,
        chosen_count=sum(slot.is_chosen for slot in shown),
        changed_slot_count=sum(slot.is_changed for slot in shown),
        changed_vendor_count=view.changed_vendor_count(read.slots),
        fairness=_fairness_of(read, view.in_force(read.slots)),
        concerns=tuple(concerns[:_MOST_WATCHED]),
        concern_count=len(concerns),
        unfillable_count=sum(concern.kind == "open" and concern.slot_id in unfillable for concern in concerns),
    )


@dataclass(frozen=True)
class _Read:
    """What the rows say of an edition and of one rotation in it."""

    edition: Edition
    versions: Sequence[RotationRef]
    rotation: RotationRef | None
    published: RotationRef | None
    vendors: Mapping[int, Vendor]
    slots: Sequence[tuple[LiveSession, Slot]]
    standing: Mapping[int, int]  # slot id -> vendor id, of the rotation
    told: Mapping[int, int]  # the same of the published one
    answers: Mapping[tuple[int, int], CurrentAnswer]
    drawn: Rotation | None
    plan: Mapping[str, str | None]  # as it was drawn
    is_current: bool  # what was proved of it is still about this edition
    failed: AbstractSet[int]  # slots whose turn counts as none

    @property
    def taking_part(self) -> set[int]:
        """Vendors that are neither withdrawn nor archived."""
        return {vendor.id for vendor in self.vendors.values() if vendor.withdrawn_at is None and vendor.archived_at is None}

    @property
    def told_beside_draft(self) -> Mapping[int, int] | None:
        """What is published, where one looks at a draft; else there is nothing to compare."""
        return self.told if self.published and self.rotation and self.rotation.is_draft else None

    def unfillable(self) -> set[int]:
        """Slots that no plan could have filled, by the proof of this rotation."""
        if self.drawn is None or not self.is_current or "unfilled" not in self.drawn.proved:
            return set()
        return {id_of(slot) for slot, holder in self.plan.items() if holder is None}

    def stands_as_drawn(self, in_force: Mapping[int, int]) -> bool:
        """A proof holds for the plan as it was built, from what it was built of; once somebody has left it says nothing."""
        return (
            self.is_current
            and len(in_force) == len(self.standing)
            and all(in_force.get(id_of(slot)) == id_of(holder) for slot, holder in self.plan.items() if holder is not None)
        )


def _read(session: Session, edition_id: int, number: int | None, now: datetime) -> _Read:
    edition = session.get_one(Edition, edition_id)
    versions = rotation_refs(session, edition_id)
    rotation = _chosen_rotation(versions, number)
    published = next((version for version in versions if version.is_published), None)
    drawn = session.get_one(Rotation, rotation.id) if rotation else None
    is_draft = drawn is not None and drawn.state is RotationState.DRAFT and bool(drawn.problem)
    is_outdated_draft = drawn is not None and is_draft and is_outdated(session, edition, drawn, now=now)
    return _Read(
        edition=edition,
        versions=versions,
        rotation=rotation,
        published=published,
        vendors=_vendors_of(session, edition_id),
        slots=_slots_of(session, edition_id),
        standing=turns_of(session, rotation.id if rotation else None),
        told=turns_of(session, published.id if published else None),
        answers=newest_answers(session, is_about_edition(edition_id)),
        drawn=drawn,
        plan=drawn_plan(session, drawn) if drawn else {},
        is_current=drawn is not None and not is_outdated_draft,
        failed=failed_slots(session, edition_id) if rotation and rotation.is_published else set(),
    )


def _options(read: _Read) -> tuple[VendorOption, ...]:
    """Whom one may look for, from A."""
    shown = read.taking_part | set(read.standing.values())
    known = [vendor for vendor in read.vendors.values() if vendor.id in shown]
    return tuple(VendorOption(vendor.id, vendor.business_name) for vendor in sorted(known, key=lambda vendor: vendor.business_name.lower()))


def _fairness_of(read: _Read, in_force: Mapping[int, int]) -> Fairness:
    held = {slot_id: vendor for slot_id, vendor in in_force.items() if slot_id not in read.failed}
    drawn = read.drawn if read.stands_as_drawn(in_force) else None
    return _fairness(read.edition, read.slots, held, read.taking_part, drawn)


@dataclass(frozen=True)
class SheetLine:
    """A slot as a list tells it; `business_name` is None where nobody stands."""

    business_name: str | None
    starts_at: datetime
    ends_at: datetime
    live_session_id: int
    position: int
    points: int


@dataclass(frozen=True)
class RotationSheet:
    """A rotation as a plain list of every slot, by time."""

    rotation: RotationRef
    lines: tuple[SheetLine, ...]


def rotation_sheet(edition_id: int, *, now: datetime) -> RotationSheet:
    """The published rotation, or the newest draft while none is published. Refuses `no_rotation`."""
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        rotation = _chosen_rotation(rotation_refs(session, edition_id), None)
        if rotation is None:
            raise Refusal("no_rotation")
        vendors, rows = _vendors_of(session, edition_id), _slots_of(session, edition_id)
        in_force = _View(edition, vendors, turns_of(session, rotation.id), None, {}, None, now).in_force(rows)
    lines = [
        SheetLine(
            vendors[in_force[slot.id]].business_name if slot.id in in_force else None,
            slot.starts_at,
            slot.ends_at,
            live.id,
            slot.position,
            slot.points,
        )
        for live, slot in rows
    ]
    return RotationSheet(rotation, tuple(lines))


@dataclass(frozen=True)
class _View:
    """What it takes to say of any slot who stands there."""

    edition: Edition
    vendors: Mapping[int, Vendor]
    standing: Mapping[int, int]
    told: Mapping[int, int] | None  # what is published, where one looks at a draft
    answers: Mapping[tuple[int, int], CurrentAnswer]
    chosen_id: int | None
    now: datetime

    def days(self, rows: Sequence[tuple[LiveSession, Slot]]) -> list[BoardDay]:
        slots_of: dict[int, list[Slot]] = defaultdict(list)
        lives = {live.id: live for live, _slot in rows}
        for live, slot in rows:
            slots_of[live.id].append(slot)
        days: dict[date, list[BoardLiveSession]] = defaultdict(list)
        for live_id, slots in slots_of.items():
            days[local_date(lives[live_id].starts_at, self.edition.timezone)].append(self._live_session(lives[live_id], slots))
        today = local_date(self.now, self.edition.timezone)
        return [BoardDay(on, on == today, tuple(live)) for on, live in sorted(days.items())]

    def in_force(self, rows: Sequence[tuple[LiveSession, Slot]]) -> dict[int, int]:
        """Slot id -> vendor id, without turns of vendors who left before them."""
        return {slot.id: vendor.id for _live, slot in rows if (vendor := self._vendor(slot, self.standing)) is not None}

    def changed_vendor_count(self, rows: Sequence[tuple[LiveSession, Slot]]) -> int:
        """How many vendors a draft puts elsewhere than what is published; one that has left anyway is none of them."""
        if self.told is None:
            return 0
        before = _by_vendor({slot.id: vendor.id for _live, slot in rows if (vendor := self._vendor(slot, self.told)) is not None})
        after = _by_vendor(self.in_force(rows))
        return sum(before.get(vendor_id) != after.get(vendor_id) for vendor_id in before.keys() | after.keys())

    def _live_session(self, live: LiveSession, slots: Sequence[Slot]) -> BoardLiveSession:
        part = part_of_day_text(live.starts_at, self.edition.timezone)
        return BoardLiveSession(live.id, live.starts_at, live.ends_at, part, live.host_name, tuple(self._slot(slot) for slot in slots))

    def _slot(self, slot: Slot) -> BoardSlot:
        vendor = self._vendor(slot, self.standing)
        planned = self.vendors.get(self.standing.get(slot.id, 0))
        told = self.told.get(slot.id) if self.told is not None else None
        is_changed = self.told is not None and told != (vendor.id if vendor else None)
        was, pinned = self.vendors.get(told or 0), self.vendors.get(slot.pinned_vendor_id or 0)
        is_pinned = pinned is not None and pinned is vendor
        return BoardSlot(
            id=slot.id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            vendor_id=vendor.id if vendor else None,
            business_name=vendor.business_name if vendor else "",
            owner_name=vendor.owner_name if vendor else "",
            category=vendor.category if vendor else "",
            state=self._state(slot, vendor),
            is_over=slot.ends_at <= self.now,
            is_pinned=is_pinned,
            pinned_name=pinned.business_name if pinned and not is_pinned else "",
            gone_name=planned.business_name if planned and vendor is None else "",
            is_changed=is_changed,
            was_name=was.business_name if was and is_changed else "",
            is_chosen=self.chosen_id is not None and vendor is not None and vendor.id == self.chosen_id,
        )

    def _vendor(self, slot: Slot, standing: Mapping[int, int]) -> Vendor | None:
        """Who stands there; a vendor who left before the slot began does not."""
        vendor = self.vendors.get(standing.get(slot.id, 0))
        if vendor is None or (vendor.withdrawn_at is not None and slot.starts_at > vendor.withdrawn_at):
            return None
        return vendor

    def _state(self, slot: Slot, vendor: Vendor | None) -> SlotState:
        if vendor is None:
            return "open"
        if slot.ends_at <= self.now:
            return "done"
        if slot.starts_at <= self.now:
            return "on-air"
        answer = self.answers.get((slot.id, vendor.id))
        if answer is None:
            return "waiting"
        return "ready" if answer.kind is AnswerKind.READY else "unable"


def _chosen_rotation(versions: Sequence[RotationRef], number: int | None) -> RotationRef | None:
    if number is not None:
        wanted = next((version for version in versions if version.number == number), None)
        if wanted is None:
            raise Refusal("not_found")
        return wanted
    published = next((version for version in versions if version.is_published), None)
    return published or next((version for version in versions if version.is_draft), None)


def _vendors_of(session: Session, edition_id: int) -> dict[int, Vendor]:
    return {vendor.id: vendor for vendor in session.scalars(select(Vendor).where(Vendor.edition_id == edition_id))}


def _slots_of(session: Session, edition_id: int) -> list[tuple[LiveSession, Slot]]:
    """Every slot by time, without those of a live session that was called off before they began."""
    rows = session.execute(
        select(LiveSession, Slot)
        .join(Slot, Slot.live_session_id == LiveSession.id)
        .where(LiveSession.edition_id == edition_id)
        .order_by(LiveSession.starts_at, Slot.position)
    )
    return [(live, slot) for live, slot in rows if live.withdrawn_at is None or slot.starts_at <= live.withdrawn_at]


def _emptiness(taking_part: set[int], rows: Sequence[object], rotation: RotationRef | None, *, has_slots_ahead: bool) -> Emptiness | None:
    if rotation is not None:
        return None
    if not taking_part:
        return "no_vendors"
    if rows and not has_slots_ahead:
        return "all_over"
    return "no_rotation" if rows else "no_live_sessions"


def _weeks(days: Sequence[BoardDay]) -> tuple[BoardWeek, ...]:
    by_monday: dict[date, list[BoardDay]] = defaultdict(list)
    for day in days:
        by_monday[day.on - timedelta(days=day.on.weekday())].append(day)
    return tuple(
        BoardWeek(number, monday, own[0].on, own[-1].on, _open_count(own))
        for number, (monday, own) in enumerate(sorted(by_monday.items()), start=1)
    )


def _open_count(days: Iterable[BoardDay]) -> int:
    return sum(slot.state == "open" and not slot.is_over for day in days for live in day.live_sessions for slot in live.slots)


def _week(weeks: Sequence[BoardWeek], day: date) -> BoardWeek | None:
    """The week of that day, else the next one, else the last."""
    return next((week for week in weeks if week.monday + timedelta(days=6) >= day), weeks[-1] if weeks else None)


def _shown(days: Sequence[BoardDay], week: BoardWeek | None, only_chosen: bool) -> tuple[BoardDay, ...]:
    shown = [day for day in days if week is None or week.monday <= day.on < week.monday + timedelta(days=7)]
    if not only_chosen:
        return tuple(shown)
    own = [BoardDay(day.on, day.is_today, tuple(live for live in day.live_sessions if live.has_chosen)) for day in shown]
    return tuple(day for day in own if day.live_sessions)


def _by_vendor(standing: Mapping[int, int]) -> dict[int, set[int]]:
    slots: dict[int, set[int]] = defaultdict(set)
    for slot_id, vendor_id in standing.items():
        slots[vendor_id].add(slot_id)
    return slots


def _fairness(
    edition: Edition,
    rows: Sequence[tuple[LiveSession, Slot]],
    in_force: Mapping[int, int],
    taking_part: set[int],
    drawn: Rotation | None,
) -> Fairness:
    turns = Counter(dict.fromkeys(taking_part, 0))
    good = Counter(dict.fromkeys(taking_part, 0))
    for _live, slot in rows:
        vendor_id = in_force.get(slot.id)
        if vendor_id in taking_part:
            turns[vendor_id] += 1
            good[vendor_id] += is_good_hour(edition, slot.starts_at)
    shares = _shares(turns)
    spread = shares[-1].turn_count - shares[0].turn_count if shares else 0
    is_free = drawn is not None and drawn.problem.get("published") is None  # a repair proves it for its number of changes only
    proved_spread = drawn.score.get("spread") if drawn and is_free and "spread" in drawn.proved else None
    verdict = verdict_of(drawn) if drawn and drawn.score else None
    points = _points(drawn) if drawn else None
    return Fairness(shares, _shares(good), len(taking_part), spread == proved_spread, points, verdict)


def _points(drawn: Rotation) -> tuple[int, int] | None:
    """What was evened out: the points of every vendor's turns, with what it carried over. None: the draw is not known well enough."""
    try:
        problem = read_problem(drawn.problem)
    except ProblemError:
        return None
    if drawn.plan is None:
        return None
    points = Counter(credit_of(problem))
    for slot in problem.slots:
        vendor = drawn.plan.get(slot.id)
        if vendor is not None:
            points[vendor] += slot.weight
    return (min(points.values()), max(points.values())) if points else None


def _shares(counts: Mapping[int, int]) -> tuple[Share, ...]:
    return tuple(Share(turn_count, vendor_count) for turn_count, vendor_count in sorted(Counter(counts.values()).items()))


def is_good_hour(edition: Edition, starts_at: datetime) -> bool:
    """Whether a turn that begins then has the most viewers, by the edition's own good hours."""
    return edition.good_from_minute <= minute_of_day(starts_at, edition.timezone) < edition.good_until_minute


def _concerns(days: Sequence[BoardDay]) -> list[Concern]:
    """What lies ahead and wants a decision, the nearest first."""
    found = []
    for slot in (slot for day in days for live in day.live_sessions for slot in live.slots if not slot.is_over):
        if slot.gone_name:
            found.append(Concern("gone", slot.id, slot.starts_at, slot.gone_name))
        elif slot.pinned_name:
            found.append(Concern("pin", slot.id, slot.starts_at, slot.pinned_name))
        elif slot.state == "open":
            found.append(Concern("open", slot.id, slot.starts_at, ""))
        elif slot.state == "unable":
            found.append(Concern("unable", slot.id, slot.starts_at, slot.business_name))
    return found
