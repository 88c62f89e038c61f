"""Steps that write reminders and deliveries: inserted in bulk, moved from state to state, each move with its event."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, insert, select, update
from sqlalchemy.orm import Session

from bazaar.reminders.policy import LOST_TURN_LIFE, Window, planned_channel
from bazaar.states import OPEN_DELIVERY_STATES, DeliveryState, ReminderKind, ReminderState
from models import Delivery, DeliveryEvent, Reminder, Vendor

MISSED_NOTE = "waktunya sudah lewat"
FINAL_STATES = frozenset(
    {
        DeliveryState.ACCEPTED,
        DeliveryState.DEAD,
        DeliveryState.UNRESOLVED,
        DeliveryState.EXPIRED,
        DeliveryState.SUPERSEDED,
        DeliveryState.CANCELLED,
        DeliveryState.SUPPRESSED,
    }
)
"""States at which a delivery gets its `finished_at`."""

ARRIVED_STATES = frozenset({DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.READ})
"""States in which somebody took the message over for good."""

UNSENT_STATES = OPEN_DELIVERY_STATES - {DeliveryState.UNKNOWN}
"""Open ones that certainly did not go: of an unknown one nobody may say that."""

CLAIMABLE_STATES = frozenset({DeliveryState.PLANNED, DeliveryState.RETRY_WAIT})
"""States from which a machine takes a delivery once its time has come."""

NOTICES = (ReminderKind.CHANGED, ReminderKind.CANCELLED)


@dataclass(frozen=True)
class Draft:
    """A reminder before it is a row."""

    key: str
    vendor_id: int
    kind: ReminderKind
    window: Window
    slot_id: int | None = None
    lead_minutes: int | None = None
    turn_starts_at: datetime | None = None
    details: dict[str, Any] = field(default_factory=dict)


def by_urgency(now: datetime) -> ColumnElement[datetime]:
    """Orders reminders: a notice by the nearest turn it is about, while that presses; all else by when it goes stale."""
    presses = and_(Reminder.kind.in_(NOTICES), Reminder.turn_starts_at > now - LOST_TURN_LIFE)
    return case((presses, Reminder.turn_starts_at), else_=Reminder.stale_at)


def insert_reminders(session: Session, edition_id: int, drafts: Sequence[Draft], *, now: datetime) -> int:
    """Step: write the drafts with one delivery each. What can no longer go out is there too, but expired. Returns how many may go."""
    if not drafts:
        return 0
    values = [
        {
            "edition_id": edition_id,
            "key": draft.key,
            "vendor_id": draft.vendor_id,
            "slot_id": draft.slot_id,
            "kind": draft.kind,
            "lead_minutes": draft.lead_minutes,
            "turn_starts_at": draft.turn_starts_at,
            "details": draft.details,
            "due_at": draft.window.due_at,
            "stale_at": draft.window.stale_at,
            "state": ReminderState.PLANNED,
            "created_at": now,
        }
        for draft in drafts
    ]
    reminder_ids = session.scalars(insert(Reminder).returning(Reminder.id, sort_by_parameter_order=True), values).all()
    _insert_deliveries(session, list(zip(reminder_ids, drafts, strict=True)), now)
    return sum(not draft.window.is_over(now) for draft in drafts)


def _insert_deliveries(session: Session, planned: Sequence[tuple[int, Draft]], now: datetime) -> None:
    with_email = set(
        session.scalars(select(Vendor.id).where(Vendor.id.in_({draft.vendor_id for _id, draft in planned}), Vendor.email != ""))
    )
    values = [
        {
            "reminder_id": reminder_id,
            "channel": planned_channel(has_email=draft.vendor_id in with_email),
            "state": DeliveryState.EXPIRED if draft.window.is_over(now) else DeliveryState.PLANNED,
            "next_at": draft.window.due_at,
            "attempt_count": 0,
            "finished_at": now if draft.window.is_over(now) else None,
            "created_at": now,
        }
        for reminder_id, draft in planned
    ]
    delivery_ids = session.scalars(insert(Delivery).returning(Delivery.id, sort_by_parameter_order=True), values).all()
    for state, note in ((DeliveryState.PLANNED, ""), (DeliveryState.EXPIRED, MISSED_NOTE)):
        ids = [id_ for id_, value in zip(delivery_ids, values, strict=True) if value["state"] is state]
        note_events(session, ids, state, now=now, note=note)


def note_events(
    session: Session, delivery_ids: Iterable[int], state: DeliveryState, *, now: datetime, note: str = "", by: int | None = None
) -> None:
    """Step: append one event for each delivery."""
    values = [{"delivery_id": id_, "at": now, "state": state, "note": note[:400], "account_id": by} for id_ in delivery_ids]
    if values:
        session.execute(insert(DeliveryEvent), values)


def move_deliveries(
    session: Session,
    *which: Any,
    leaving: Collection[DeliveryState],
    to: DeliveryState,
    now: datetime,
    note: str = "",
    by: int | None = None,
    **values: Any,
) -> list[int]:
    """Step: move the deliveries that match `which` and are in one of the states they leave; returns the ids of those that moved."""
    finished = {"finished_at": now if to in FINAL_STATES else None}
    ids = session.scalars(
        update(Delivery)
        .where(*which, Delivery.state.in_(leaving))
        .values({"state": to, **finished, **values})
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    note_events(session, sorted(ids), to, now=now, note=note, by=by)
    return sorted(ids)


def unknown_counts(session: Session, delivery_ids: Collection[int]) -> Counter[int]:
    """Query: for each of these deliveries, after how many calls nobody knew whether the message had left."""
    events = session.scalars(
        select(DeliveryEvent.delivery_id).where(DeliveryEvent.delivery_id.in_(delivery_ids), DeliveryEvent.state == DeliveryState.UNKNOWN)
    )
    return Counter(events)


def retire_reminders(session: Session, reminder_ids: Collection[int], state: ReminderState, *, now: datetime, note: str) -> None:
    """Step: take reminders out of the plan, with whatever of them has not left yet."""
    if not reminder_ids:
        return
    session.execute(update(Reminder).where(Reminder.id.in_(reminder_ids), Reminder.state == ReminderState.PLANNED).values(state=state))
    move_deliveries(
        session, Delivery.reminder_id.in_(reminder_ids), leaving=OPEN_DELIVERY_STATES, to=DeliveryState(state.value), now=now, note=note
    )


def revive_reminders(
    session: Session, reminder_ids: Collection[int], *, now: datetime, note: str = "giliran kembali seperti semula"
) -> int:
    """Step: bring reminders back whose turn came back before they left. Returns how many may still go.

    What reached the vendor by one way does not go by another one.
    """
    if not reminder_ids:
        return 0
    session.execute(update(Reminder).where(Reminder.id.in_(reminder_ids)).values(state=ReminderState.PLANNED))
    retired = {DeliveryState.SUPERSEDED, DeliveryState.CANCELLED}
    heard = select(Delivery.reminder_id).where(Delivery.reminder_id.in_(reminder_ids), Delivery.state.in_(ARRIVED_STATES))
    alive = select(Reminder.id).where(Reminder.id.in_(reminder_ids), Reminder.stale_at > now, Reminder.id.not_in(heard))
    stale = select(Reminder.id).where(Reminder.id.in_(reminder_ids), Reminder.stale_at <= now)
    move_deliveries(session, Delivery.reminder_id.in_(stale), leaving=retired, to=DeliveryState.EXPIRED, now=now, note=MISSED_NOTE)
    revived = move_deliveries(session, Delivery.reminder_id.in_(alive), leaving=retired, to=DeliveryState.PLANNED, now=now, note=note)
    return len(revived)
