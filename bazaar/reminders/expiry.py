"""Steps that take out of the outbox what must not go any more: withdrawn, archived, too late, overtaken by a later reminder."""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from bazaar.reminders.rows import UNSENT_STATES, move_deliveries
from bazaar.states import OPEN_DELIVERY_STATES, DeliveryState, ReminderKind, ReminderState
from models import Delivery, Edition, Reminder, Vendor

LATE_NOTE = "sudah lewat waktunya, tidak dikirim"
TOO_LATE_TO_RETRY_NOTE = "sudah lewat waktunya, tidak dicoba lagi"
UNWANTED_NOTE = "lapak minta tidak dikabari"
OVERTAKEN_NOTE = "pengingat berikutnya sudah waktunya"


def withdraw_retired(session: Session, *, now: datetime) -> None:
    """Step: deliveries that came back open after their reminder was withdrawn, those of editions now archived, and what waits for a
    hand to write to somebody who wants no messages any more."""
    for state in (ReminderState.SUPERSEDED, ReminderState.CANCELLED):
        retired = select(Delivery.id).join(Reminder).where(Delivery.state.in_(OPEN_DELIVERY_STATES), Reminder.state == state)
        move_deliveries(session, Delivery.id.in_(retired), leaving=OPEN_DELIVERY_STATES, to=DeliveryState(state.value), now=now)
    archived = (
        select(Delivery.id)
        .join(Reminder)
        .join(Edition, Edition.id == Reminder.edition_id)
        .where(Delivery.state.in_(OPEN_DELIVERY_STATES), Edition.archived_at.is_not(None))
    )
    move_deliveries(
        session,
        Delivery.id.in_(archived),
        leaving=OPEN_DELIVERY_STATES,
        to=DeliveryState.CANCELLED,
        now=now,
        note="bazar sudah diarsipkan",
    )
    by_hand = {DeliveryState.WAITING_FOR_HAND}
    unwanted = (
        select(Delivery.id)
        .join(Reminder)
        .join(Vendor, Vendor.id == Reminder.vendor_id)
        .where(Delivery.state.in_(by_hand), Vendor.opted_out_at.is_not(None))
    )
    move_deliveries(session, Delivery.id.in_(unwanted), leaving=by_hand, to=DeliveryState.SUPPRESSED, now=now, note=UNWANTED_NOTE)


def expire_stale(session: Session, *, now: datetime) -> list[int]:
    """Step: what would do harm by now does not go out any more."""
    stale = select(Delivery.id).join(Reminder).where(Delivery.state.in_(UNSENT_STATES), Reminder.stale_at <= now)
    ids = session.scalars(stale).all()
    expired: list[int] = []
    for tried, note in ((Delivery.attempt_count == 0, LATE_NOTE), (Delivery.attempt_count > 0, TOO_LATE_TO_RETRY_NOTE)):
        expired += move_deliveries(
            session, Delivery.id.in_(ids), tried, leaving=UNSENT_STATES, to=DeliveryState.EXPIRED, now=now, note=note
        )
    return expired


def expire_overtaken(session: Session, *, now: datetime) -> list[int]:
    """Step: a reminder whose successor for the same turn is due as well would say the same thing twice: the later one speaks."""
    later = aliased(Reminder)
    is_overtaken = exists().where(
        later.edition_id == Reminder.edition_id,
        later.vendor_id == Reminder.vendor_id,
        later.kind == ReminderKind.BEFORE,
        later.turn_starts_at == Reminder.turn_starts_at,
        later.state == ReminderState.PLANNED,
        later.due_at > Reminder.due_at,
        later.due_at <= now,
    )
    overtaken = (
        select(Delivery.id)
        .join(Reminder)
        .where(Delivery.state.in_(OPEN_DELIVERY_STATES), Reminder.kind == ReminderKind.BEFORE, Reminder.due_at <= now, is_overtaken)
    )
    return move_deliveries(
        session, Delivery.id.in_(overtaken), leaving=OPEN_DELIVERY_STATES, to=DeliveryState.EXPIRED, now=now, note=OVERTAKEN_NOTE
    )
