"""An edition as a problem for the planner: numbers only, so that the draw can be published and replayed without anybody's name.

A slot's id is `s<id>`, a vendor's `v<id>`. Days are counted from the edition's first, minutes on the clock from midnight of the
evening on which a live session begins; past midnight they go on beyond 1440. What has begun is a fact: whoever stood there is
pinned, and a slot that stayed empty is no longer asked for; neither is any that began before something was published,
unless the whole edition lies behind: then a command makes the record of it.

Minutes that were lost are no turn: a slot that has begun counts with the minutes really on air and their points, at least one minute
long because the file knows no empty slot. A turn that failed leaves the problem, and its vendor's guarantee (`min`) rises to the turns
that were promised, so that the level `short`, which stands above every change and every evenness, asks for the make-up turn. The file
needs no field of its own for that, and whoever replays it sees the same guarantee (ADR 16).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.airtime import Loss, losses_of, make_ups_of
from bazaar.editions.credit import earlier_editions, past_of, vendors_taking_part
from bazaar.editions.languages import code_of
from bazaar.editions.points import rules_of, slot_points
from bazaar.localtime import local_date, minute_of_evening, minutes_between
from bazaar.rotation.problem import Problem, ProblemSlot, ProblemVendor, Rules, VendorWish, day_gap, fits
from bazaar.states import AnswerKind
from bazaar.turns import published_turns
from bazaar.vendors.answers import is_about_edition, newest_answers
from models import AirReport, Availability, Edition, LiveSession, Slot, Vendor, Wish

SOON = timedelta(hours=24)
"""A turn so near that its vendor has arranged the day by it, and may not read a message in time."""


def slot_key(slot_id: int) -> str:
    """The slot's id in a problem."""
    return f"s{slot_id}"


def vendor_key(vendor_id: int) -> str:
    """The vendor's id in a problem."""
    return f"v{vendor_id}"


def id_of(key: str) -> int:
    """The row's id behind a key."""
    return int(key[1:])


@dataclass(frozen=True)
class SlotCounts:
    """The slots of live sessions that take place, by what a draft would do with them. The page before a draft and the draft itself
    speak of the same `asked`."""

    asked: int  # what the planner is asked about: the slots ahead, and turns that have begun and count
    ahead: int  # of them, those that have not begun
    failed: int  # whose turn failed: it counts as none, and its vendor is owed another
    over: int  # that began with nobody in them who takes part

    @property
    def all(self) -> int:
        """Every slot."""
        return self.asked + self.failed + self.over


def slot_counts(session: Session, edition: Edition, *, now: datetime) -> SlotCounts:
    """Step: how many slots `problem_of_edition` would ask about now, and why not about the others."""
    stage = _Stage(session, edition, now)
    holders = stage.holders({vendor.id for vendor in stage.vendors()})
    slots = stage.slots()
    asked = {slot.id for slot in stage.asked_slots(holders)}
    ahead = sum(slot.starts_at > now for slot in slots)
    failed = sum(slot.id not in asked and slot.id in holders for slot in slots)
    return SlotCounts(asked=len(asked), ahead=ahead, failed=failed, over=len(slots) - len(asked) - failed)


def problem_of_edition(
    session: Session, edition: Edition, *, seed: int, keep_published: bool, keep_until: datetime | None = None, now: datetime
) -> Problem:
    """Step: what the planner has to answer now. Slots and vendors that were withdrawn are left out.

    keep_published: change as little as possible of the published rotation; otherwise whatever has not begun is drawn afresh.
    keep_until: turns that begin until then stay with their vendors like what has begun, where these can still come.
    """
    stage = _Stage(session, edition, now)
    vendors = stage.vendors()
    vendor_ids, tongues = {vendor.id for vendor in vendors}, {_tongue(vendor) for vendor in vendors}
    holders = stage.holders(vendor_ids)
    slots = stage.asked_slots(holders)
    ahead = [stage.day_of(slot) for slot in slots if slot.starts_at > now]
    keeps = keep_published and stage.has_published
    problem = Problem(
        name=edition.slug,
        seed=seed,
        days=max([(edition.ends_on - edition.starts_on).days, *map(stage.day_of, slots)]) + 1,
        rules=Rules(edition.gap_days, edition.wanted_gap_days, edition.adjacent_categories, tuple(edition.decay_pct)),
        slots=tuple(stage.problem_slot(slot, holders.get(slot.id), vendor_ids, tongues) for slot in slots),
        vendors=tuple(stage.problem_vendors(vendors, slots, holders)),
        published={slot_key(slot.id): holders.get(slot.id) for slot in slots} if keeps else None,
        now=min(ahead, default=0) if keeps else 0,
    )
    soon = {slot_key(slot.id): holders.get(slot.id) for slot in slots if keep_until is not None and now < slot.starts_at <= keep_until}
    return _sparing(problem, {slot: holder for slot, holder in soon.items() if holder is not None})


def _sparing(problem: Problem, turns: Mapping[str, str]) -> Problem:
    """The problem with those turns pinned, except where the vendor cannot come any more or a pin asks for something else."""
    vendors = {vendor.id: vendor for vendor in problem.vendors}

    def is_free(slot: ProblemSlot, holder: str) -> bool:
        asked = (other for other in problem.slots if other.pin == holder)
        return fits(vendors[holder], slot) and all(abs(other.day - slot.day) >= day_gap(vendors[holder]) for other in asked)

    return replace(
        problem,
        slots=tuple(
            replace(slot, pin=turns[slot.id]) if slot.pin is None and slot.id in turns and is_free(slot, turns[slot.id]) else slot
            for slot in problem.slots
        ),
    )


@dataclass(frozen=True)
class _SlotRow:
    """A slot with what the planner asks about its live session."""

    id: int
    live_session_id: int
    position: int
    starts_at: datetime
    ends_at: datetime
    live_session_starts_at: datetime
    evening_on: date
    points: int
    pinned_vendor_id: int | None
    languages: tuple[str, ...]


class _Stage:
    """What an edition's rows say, read once."""

    def __init__(self, session: Session, edition: Edition, now: datetime) -> None:
        self.session, self.edition, self.now = session, edition, now
        self.published = published_turns(session, edition.id)
        self.has_published = bool(self.published)
        self.losses = losses_of(session, AirReport.edition_id == edition.id)
        self.make_ups = make_ups_of(session, edition.id)
        self.rules = rules_of(edition)

    def vendors(self) -> Sequence[Vendor]:
        """Those who take part."""
        return vendors_taking_part(self.session, self.edition.id)

    def slots(self) -> list[_SlotRow]:
        """The slots of live sessions that take place, by time."""
        rows = self.session.execute(
            select(Slot, LiveSession)
            .join(LiveSession, LiveSession.id == Slot.live_session_id)
            .where(Slot.edition_id == self.edition.id, LiveSession.withdrawn_at.is_(None), LiveSession.archived_at.is_(None))
            .order_by(Slot.starts_at, Slot.id)
        )
        return [
            _SlotRow(
                slot.id,
                live_session.id,
                slot.position,
                slot.starts_at,
                slot.ends_at,
                live_session.starts_at,
                local_date(live_session.starts_at, self.edition.timezone),
                slot.points,
                slot.pinned_vendor_id,
                tuple(live_session.languages or ()),
            )
            for slot, live_session in rows
        ]

    def asked_slots(self, holders: Mapping[int, str]) -> list[_SlotRow]:
        """Those that are to be filled, and those that were."""
        slots = self.slots()
        if not self.has_published and all(slot.starts_at <= self.now for slot in slots):
            return slots
        return [slot for slot in slots if not self._is_past_asking(slot, holders)]

    def _is_past_asking(self, slot: _SlotRow, holders: Mapping[int, str]) -> bool:
        """Whether the slot has begun and is nobody's turn: nothing was published, it stayed empty, or the turn in it failed."""
        if slot.starts_at > self.now:
            return False
        loss = self._loss(slot, holders.get(slot.id))
        return slot.id not in holders or (loss is not None and loss.has_failed(_minutes(slot)))

    def _loss(self, slot: _SlotRow, holder: str | None) -> Loss | None:
        return None if holder is None else self.losses.get((slot.id, id_of(holder)))

    def day_of(self, slot: _SlotRow) -> int:
        """The evening the slot belongs to, counted from the edition's first day."""
        return max(0, (slot.evening_on - self.edition.starts_on).days)

    def holders(self, vendor_ids: set[int]) -> dict[int, str]:
        """Slot id -> key of the vendor whom the published rotation puts there, of those who still take part."""
        return {turn.slot_id: vendor_key(turn.vendor_id) for turn in self.published if turn.vendor_id in vendor_ids}

    def problem_slot(self, slot: _SlotRow, holder: str | None, vendor_ids: set[int], tongues: set[str]) -> ProblemSlot:
        """The slot in the planner's words; one that has begun is pinned to whoever stands there."""
        has_begun = self.has_published and slot.starts_at <= self.now
        loss = self._loss(slot, holder) if has_begun else None
        aired = _minutes(slot) if loss is None else loss.aired_minutes(_minutes(slot))
        asked = vendor_key(slot.pinned_vendor_id) if slot.pinned_vendor_id in vendor_ids else None
        return ProblemSlot(
            id=slot_key(slot.id),
            day=self.day_of(slot),
            session=f"l{slot.live_session_id}",
            position=slot.position - 1,
            start=minute_of_evening(slot.starts_at, slot.evening_on, self.edition.timezone),
            minutes=max(1, aired),
            weight=slot.points if loss is None else slot_points(aired, slot.starts_at, slot.live_session_starts_at, self.rules),
            languages=frozenset(_tongues_that_reach(slot.languages, tongues)),
            pin=holder if has_begun else asked,
        )

    def problem_vendors(self, vendors: Sequence[Vendor], slots: Sequence[_SlotRow], holders: Mapping[int, str]) -> list[ProblemVendor]:
        """The vendors in the planner's words."""
        away, wishes, past = self._days_off(), self._wishes(), self._past(vendors)
        unable, stood = self._unable(slots), self._days_begun(slots, holders)
        asks_language = any(slot.languages for slot in slots)
        last_day = max([(self.edition.ends_on - self.edition.starts_on).days, *map(self.day_of, slots)])
        return [
            ProblemVendor(
                id=vendor_key(vendor.id),
                category=vendor.category,
                # A fact outweighs a calendar: on a day on which somebody really stood there, they were not away.
                days_off=frozenset(
                    day
                    for day in range(last_day + 1)
                    if (self._is_away(away[vendor.id], day) or (vendor.id, day) in unable) and (vendor.id, day) not in stood
                ),
                start_from=vendor.available_from_minute,
                end_until=vendor.available_until_minute,
                language=_tongue(vendor) if asks_language else None,
                min_turns=max(vendor.min_turns, self.make_ups[vendor.id].turns_promised)
                if vendor.id in self.make_ups
                else vendor.min_turns,
                max_turns=len(slots) if vendor.max_turns is None else vendor.max_turns,
                gap=self.edition.gap_days,
                wish=self._wish(wishes.get(vendor.id), last_day),
                past=past[vendor.id],
            )
            for vendor in vendors
        ]

    def _is_away(self, days: set[int | date], day: int) -> bool:
        on = self.edition.starts_on + timedelta(days=day)
        return on in days or on.weekday() in days

    def _days_off(self) -> dict[int, set[int | date]]:
        """Vendor id -> weekdays (numbers) and dates."""
        own = select(Vendor.id).where(Vendor.edition_id == self.edition.id)
        away: dict[int, set[int | date]] = defaultdict(set)
        for day in self.session.scalars(select(Availability).where(Availability.vendor_id.in_(own))):
            away[day.vendor_id] |= {part for part in (day.weekday, day.off_on) if part is not None}
        return away

    def _unable(self, slots: Sequence[_SlotRow]) -> set[tuple[int, int]]:
        """(vendor id, day) where somebody's newest answer about a slot still ahead is that they cannot come."""
        day_of_slot = {slot.id: self.day_of(slot) for slot in slots if slot.starts_at > self.now}
        newest = newest_answers(self.session, is_about_edition(self.edition.id))
        return {
            (vendor_id, day_of_slot[slot_id])
            for (slot_id, vendor_id), answer in newest.items()
            if answer.kind is AnswerKind.UNABLE and slot_id in day_of_slot
        }

    def _days_begun(self, slots: Sequence[_SlotRow], holders: Mapping[int, str]) -> set[tuple[int, int]]:
        return {(id_of(holders[slot.id]), self.day_of(slot)) for slot in slots if slot.id in holders and slot.starts_at <= self.now}

    def _wishes(self) -> dict[int, Wish]:
        own = select(Vendor.id).where(Vendor.edition_id == self.edition.id)
        return {wish.vendor_id: wish for wish in self.session.scalars(select(Wish).where(Wish.vendor_id.in_(own)))}

    def _wish(self, wish: Wish | None, last_day: int) -> VendorWish | None:
        if wish is None:
            return None
        days = None
        if wish.weekdays:
            days = frozenset(
                day for day in range(last_day + 1) if (self.edition.starts_on + timedelta(days=day)).weekday() in wish.weekdays
            )
        return VendorWish(days, wish.from_minute, wish.until_minute)

    def _past(self, vendors: Sequence[Vendor]) -> dict[int, tuple[int | None, ...]]:
        """Vendor id -> points of the newest earlier editions, newest first; None where the vendor was not part of one."""
        return past_of(vendors, earlier_editions(self.session, self.edition))


def _minutes(slot: _SlotRow) -> int:
    """As planned."""
    return minutes_between(slot.starts_at, slot.ends_at)


def _tongue(vendor: Vendor) -> str:
    """All languages a vendor speaks, as the one word that the planner compares."""
    return "+".join(sorted(code_of(name) for name in vendor.languages))


def _tongues_that_reach(asked: Sequence[str], tongues: set[str]) -> set[str]:
    """Those of these `_tongue`s that can stand in a slot: all, or those that hold one of the languages asked for."""
    return tongues if not asked else {tongue for tongue in tongues if set(tongue.split("+")) & set(asked)}
