"""An edition with turns in force and its reminders planned, for the tests of the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Flask, current_app
from sqlalchemy import func, select, update

from bazaar.database import reading, transaction
from bazaar.outside import Outside
from bazaar.reminders.dispatch import Dispatched, dispatch_due
from bazaar.reminders.plan import PlanCounts, replace_plan
from bazaar.states import ChannelName, DeliveryState, ReminderKind, ReminderState, RotationState
from bazaar.turns import published_turns
from models import Delivery, DeliveryEvent, Edition, Reminder, Rotation, Turn
from tests import factories

TURN_AT = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)
"""Tuesday 5 May 2026, 20.00 WIB: when the first slot of every stage begins; the others follow each quarter of an hour."""


@dataclass(frozen=True)
class Stage:
    """An edition whose vendors stand in its first slots, in order."""

    edition_id: int
    live_session_id: int
    slots: list[int]
    vendors: list[int]


def set_stage(
    *, vendor_count: int = 1, now: datetime, starts_at: datetime = TURN_AT, vendor: dict[str, Any] | None = None, **edition: Any
) -> Stage:
    """Vendors with an e-mail address unless told otherwise, each with one turn; planned at `now`."""
    edition_id = factories.make_edition(**edition)
    live_session_id = factories.make_live_session(edition_id, starts_at=starts_at)
    slots = factories.slot_ids(live_session_id)
    vendors = [
        factories.make_vendor(edition_id, **{"owner_name": f"Bu Sari {n}", "email": f"sari{n}@example.com", **(vendor or {})})
        for n in range(1, vendor_count + 1)
    ]
    publish(edition_id, list(zip(slots, vendors, strict=False)), now=now)
    return Stage(edition_id, live_session_id, slots, vendors)


def publish(edition_id: int, turns: Sequence[tuple[int, int]], *, now: datetime) -> PlanCounts:
    """Put (slot id, vendor id) turns in force and plan what follows, in one transaction, as publishing does."""
    with transaction() as session:
        previous = published_turns(session, edition_id)
        in_force = (Rotation.edition_id == edition_id, Rotation.state == RotationState.PUBLISHED)
        session.execute(update(Rotation).where(*in_force).values(state=RotationState.SUPERSEDED))
        edition = session.get_one(Edition, edition_id)
        edition.rotation_count += 1
        empty = {"problem": {}, "score": {}, "bounds": {}, "proved": []}
        rotation = Rotation(
            edition_id=edition_id,
            number=edition.rotation_count,
            state=RotationState.PUBLISHED,
            seed=1,
            digest="0" * 64,
            created_at=now,
            published_at=now,
            **empty,
        )
        session.add(rotation)
        session.flush()
        for slot_id, vendor_id in turns:
            session.add(Turn(edition_id=edition_id, rotation_id=rotation.id, slot_id=slot_id, vendor_id=vendor_id, points=10))
        session.flush()
        return replace_plan(session, edition_id, previous=previous, now=now)


def world_of(app: Flask | None = None) -> Outside:
    """The outside world of the test's app."""
    outside: Outside = (app or current_app).extensions["giliran.outside"]
    return outside


def send(**options: Any) -> Dispatched:
    """One pass at the test's instant."""
    outside = world_of()
    return dispatch_due(outside, now=outside.clock(), **options)


@dataclass(frozen=True)
class Line:
    """A delivery with its reminder, short enough to compare whole."""

    kind: ReminderKind
    lead: int | None
    reminder: ReminderState
    channel: ChannelName
    state: DeliveryState


def outbox(edition_id: int, *, vendor_id: int | None = None, kind: ReminderKind | None = None) -> list[Line]:
    """Every delivery of an edition, by the instant it was due."""
    with reading() as session:
        rows = session.execute(
            select(Reminder, Delivery)
            .join(Delivery, Delivery.reminder_id == Reminder.id)
            .where(Reminder.edition_id == edition_id)
            .order_by(Reminder.due_at, Reminder.id, Delivery.id)
        ).all()
        return [
            Line(reminder.kind, reminder.lead_minutes, reminder.state, delivery.channel, delivery.state)
            for reminder, delivery in rows
            if vendor_id in (None, reminder.vendor_id) and kind in (None, reminder.kind)
        ]


def states(edition_id: int, **narrowed: Any) -> list[DeliveryState]:
    """Only the states of the deliveries."""
    return [line.state for line in outbox(edition_id, **narrowed)]


def history(delivery_id: int) -> list[DeliveryState]:
    """Every state that a delivery went through."""
    with reading() as session:
        events = select(DeliveryEvent.state).where(DeliveryEvent.delivery_id == delivery_id).order_by(DeliveryEvent.id)
        return list(session.scalars(events))


def delivery_ids(edition_id: int) -> list[int]:
    """The deliveries of an edition, by the instant they were due."""
    with reading() as session:
        due = select(Delivery.id).join(Reminder).where(Reminder.edition_id == edition_id).order_by(Reminder.due_at, Delivery.id)
        return list(session.scalars(due))


def row_count(table: type[Any]) -> int:
    """How many rows a table holds."""
    with reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def change(table: type[Any], row_id: int, **values: Any) -> None:
    """Set columns of one row, as another part of the product would."""
    with transaction() as session:
        session.execute(update(table).where(table.id == row_id).values(**values))
