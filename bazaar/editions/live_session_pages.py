"""The organizer's pages about live sessions: the list by day, and one of them with its slots and turns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Literal

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.editions.languages import name_of
from bazaar.editions.live_sessions import LiveSessionData, live_session_of, read_live_session_data
from bazaar.editions.slots import used_slots
from bazaar.localtime import local_date
from bazaar.refusals import Refusal
from bazaar.turns import select_published
from models import Edition, Entry, EntryConflict, LiveSession, Slot

State = Literal["ahead", "on-air", "done", "withdrawn", "archived"]
Shelf = Literal["ahead", "done", "withdrawn", "archived"]
"""Where the list keeps a live session; one on air stands with those ahead."""


@dataclass(frozen=True)
class LiveSessionRow:
    """A live session in the list."""

    id: int
    starts_at: datetime
    ends_at: datetime
    slot_minutes: int
    slot_count: int
    turn_count: int
    host_name: str
    has_room: bool  # a Zoom address
    languages: tuple[str, ...]
    state: State


@dataclass(frozen=True)
class LiveSessionDay:
    """The live sessions that begin on one day."""

    day: date
    rows: tuple[LiveSessionRow, ...]


@dataclass(frozen=True)
class LiveSessionsPage:
    """The list of one shelf, and how much lies on each."""

    days: tuple[LiveSessionDay, ...]
    shelf: Shelf
    counts: dict[Shelf, int]
    slot_count: int  # of all that take place or took place
    is_empty_edition: bool
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class SlotRow:
    """A slot with its turn in the rotation that is in force."""

    id: int
    position: int
    starts_at: datetime
    ends_at: datetime
    points: int
    vendor_id: int | None
    business_name: str
    owner_name: str
    is_ahead: bool


@dataclass(frozen=True)
class LiveSessionPage:
    """One live session."""

    row: LiveSessionRow
    data: LiveSessionData
    slots: tuple[SlotRow, ...]
    is_in_use: bool  # published before: its slots keep their length
    can_be_deleted: bool

    @property
    def turns_ahead(self) -> tuple[SlotRow, ...]:
        """Turns that would be lost if it were called off."""
        return tuple(slot for slot in self.slots if slot.vendor_id is not None and slot.is_ahead)

    @property
    def told_count(self) -> int:
        """How many vendors would have to be told."""
        return len({slot.vendor_id for slot in self.turns_ahead})


def live_sessions_page(edition_id: int, *, shelf: Shelf, now: datetime) -> LiveSessionsPage:
    """The live sessions of an edition, by day. What is over comes newest first. Refuses `not_found`."""
    with reading() as session:
        edition = session.get(Edition, edition_id)
        if edition is None:
            raise Refusal("not_found")
        rows = _rows(session, edition_id, None, now)
        slot_count = sum(row.slot_count for row in rows if row.state not in {"withdrawn", "archived"})
        counts = {name: sum(_shelf(row) == name for row in rows) for name in _SHELVES}
        shown = [row for row in rows if _shelf(row) == shelf]
        if shelf == "done":
            shown.reverse()
        days = groupby(shown, key=lambda row: local_date(row.starts_at, edition.timezone))
        return LiveSessionsPage(
            days=tuple(LiveSessionDay(day, tuple(group)) for day, group in days),
            shelf=shelf,
            counts=counts,
            slot_count=slot_count,
            is_empty_edition=not rows,
            starts_on=edition.starts_on,
            ends_on=edition.ends_on,
        )


def live_session_page(edition_id: int, live_session_id: int, *, now: datetime) -> LiveSessionPage:
    """One live session with its slots. Refuses `not_found`."""
    with reading() as session:
        live_session = live_session_of(session, edition_id, live_session_id)
        timezone = session.get_one(Edition, edition_id).timezone
        used = bool(used_slots(session, live_session_id))
        logged = exists().where(Entry.live_session_id == live_session_id)
        disputed = exists().where(EntryConflict.live_session_id == live_session_id)
        return LiveSessionPage(
            row=_rows(session, edition_id, live_session_id, now)[0],
            data=read_live_session_data(live_session, timezone),
            slots=_slots(session, live_session_id, now),
            is_in_use=used,
            can_be_deleted=not used and not session.scalar(select(logged | disputed)),
        )


def live_session_list(edition_id: int, *, now: datetime) -> Sequence[LiveSessionRow]:
    """Every live session of an edition, by start: for the command line."""
    with reading() as session:
        return _rows(session, edition_id, None, now)


_SHELVES: tuple[Shelf, ...] = ("ahead", "done", "withdrawn", "archived")


def _shelf(row: LiveSessionRow) -> Shelf:
    return "ahead" if row.state == "on-air" else row.state


def _state(live_session: LiveSession, now: datetime) -> State:
    if live_session.archived_at is not None:
        return "archived"
    if live_session.withdrawn_at is not None:
        return "withdrawn"
    if live_session.ends_at <= now:
        return "done"
    return "on-air" if live_session.starts_at <= now else "ahead"


def _rows(session: Session, edition_id: int, live_session_id: int | None, now: datetime) -> list[LiveSessionRow]:
    query = select(LiveSession).where(LiveSession.edition_id == edition_id).order_by(LiveSession.starts_at, LiveSession.id)
    slots = select(Slot.live_session_id, func.count()).where(Slot.edition_id == edition_id).group_by(Slot.live_session_id)
    turns = select_published().where(Slot.edition_id == edition_id)
    if live_session_id is not None:
        query = query.where(LiveSession.id == live_session_id)
        slots = slots.where(Slot.live_session_id == live_session_id)
        turns = turns.where(Slot.live_session_id == live_session_id)
    slot_counts = dict(session.execute(slots).all())
    turn_counts: dict[int, int] = {}
    for id_ in session.scalars(turns.with_only_columns(Slot.live_session_id)):
        turn_counts[id_] = turn_counts.get(id_, 0) + 1
    return [
        LiveSessionRow(
            id=live_session.id,
            starts_at=live_session.starts_at,
            ends_at=live_session.ends_at,
            slot_minutes=live_session.slot_minutes,
            slot_count=slot_counts.get(live_session.id, 0),
            turn_count=turn_counts.get(live_session.id, 0),
            host_name=live_session.host_name,
            has_room=bool(live_session.zoom_url),
            languages=tuple(name_of(code) for code in live_session.languages or ()),
            state=_state(live_session, now),
        )
        for live_session in session.scalars(query)
    ]


def _slots(session: Session, live_session_id: int, now: datetime) -> tuple[SlotRow, ...]:
    published = session.execute(select_published().where(Slot.live_session_id == live_session_id)).all()
    vendors = {slot.id: vendor for _turn, slot, _live_session, vendor in published}
    rows = []
    for slot in session.scalars(select(Slot).where(Slot.live_session_id == live_session_id).order_by(Slot.position)):
        vendor = vendors.get(slot.id)
        rows.append(
            SlotRow(
                id=slot.id,
                position=slot.position,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                points=slot.points,
                vendor_id=vendor.id if vendor else None,
                business_name=vendor.business_name if vendor else "",
                owner_name=vendor.owner_name if vendor else "",
                is_ahead=slot.starts_at > now,
            )
        )
    return tuple(rows)
