"""The next way: asked when one failed, stays silent, or leaves nobody the wiser; dropped when another one arrived."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.reminders.policy import SILENCE, is_silent
from bazaar.reminders.rows import move_deliveries, note_events
from bazaar.reminders.ways import edition_ways, other_ways
from bazaar.reminders.world import World
from bazaar.states import OPEN_DELIVERY_STATES, ChannelName, DeliveryState, LinkKind, ReminderKind, ReminderState
from models import Answer, Delivery, Edition, Link, Reminder, Vendor

UNRESOLVED_NOTE = "tidak ada kabar dari layanan, mungkin sudah sampai"
FALLBACK_NOTE = "jalan sebelumnya tidak berhasil"
LONG_BEFORE = timedelta(hours=6)
"""Further than this from a turn silence may last hours."""
_BATCH = 500


def ask_next_way(session: Session, world: World, delivery_id: int, *, now: datetime) -> None:
    """Step: this way failed, or stays silent: the same reminder gets a delivery over the next channel that it did not try yet.

    The hand list is the last of them.
    """
    row = session.execute(
        select(Reminder, Vendor, Edition)
        .join(Delivery, Delivery.reminder_id == Reminder.id)
        .join(Vendor, Vendor.id == Reminder.vendor_id)
        .join(Edition, Edition.id == Reminder.edition_id)
        .where(Delivery.id == delivery_id)
    ).one()
    reminder, vendor, edition = row
    ways = edition_ways(session, world, edition).to(vendor)
    tried = set(session.scalars(select(Delivery.channel).where(Delivery.reminder_id == reminder.id)))
    way = next((way for way in ways if way not in tried), None)
    if way is None:
        return
    state = DeliveryState.WAITING_FOR_HAND if way is ChannelName.HAND else DeliveryState.PLANNED
    delivery = Delivery(reminder_id=reminder.id, channel=way, state=state, next_at=now, created_at=now)
    session.add(delivery)
    session.flush()
    note_events(session, [delivery.id], state, now=now, note=FALLBACK_NOTE)


def is_last_machine(session: Session, world: World, delivery_id: int) -> bool:
    """Query: whether no other channel of a machine is left for the reminder of this delivery."""
    delivery = session.get_one(Delivery, delivery_id)
    reminder = session.get_one(Reminder, delivery.reminder_id)
    vendor, edition = session.get_one(Vendor, reminder.vendor_id), session.get_one(Edition, reminder.edition_id)
    tried = {*other_ways(session, delivery), delivery.channel, ChannelName.HAND}
    return all(way in tried for way in edition_ways(session, world, edition).to(vendor))


def ask_after_silence(session: Session, world: World, *, now: datetime) -> None:
    """Step: what was taken over, but neither arrived nor showed in anything that its vendor did, goes the next way as well.

    Only machines' ways: a person is asked by the call list, ten minutes before the turn.
    """
    rows = session.execute(
        select(Delivery, Reminder)
        .join(Reminder, Reminder.id == Delivery.reminder_id)
        .where(
            Delivery.state == DeliveryState.ACCEPTED,
            Delivery.channel != ChannelName.HAND,
            Delivery.finished_at <= now - SILENCE,
            Reminder.kind != ReminderKind.RECAP,
            Reminder.state == ReminderState.PLANNED,
            Reminder.stale_at > now,
            Reminder.turn_starts_at > now,
        )
        .order_by(Delivery.id)
        .limit(_BATCH)
    ).all()
    for delivery, reminder in rows:
        is_patient = reminder.turn_starts_at is not None and reminder.turn_starts_at - now > LONG_BEFORE
        if (
            delivery.finished_at is not None
            and is_silent(delivery.finished_at, is_long=is_patient, now=now)
            and not _has_open_way(session, reminder.id)
            and not is_last_machine(session, world, delivery.id)
            and not has_stirred(session, reminder, since=delivery.called_at or delivery.finished_at)
        ):
            ask_next_way(session, world, delivery.id, now=now)


def _has_open_way(session: Session, reminder_id: int) -> bool:
    busy = OPEN_DELIVERY_STATES | {DeliveryState.SENDING, DeliveryState.DELIVERED, DeliveryState.READ}
    return session.scalar(select(Delivery.id).where(Delivery.reminder_id == reminder_id, Delivery.state.in_(busy)).limit(1)) is not None


def has_stirred(session: Session, reminder: Reminder, *, since: datetime) -> bool:
    """Query: whether the vendor opened the own page or answered about the turn since then: whoever does needs no second message."""
    opened = select(Link.id).where(Link.vendor_id == reminder.vendor_id, Link.kind == LinkKind.VENDOR, Link.last_opened_at >= since)
    answered = select(Answer.id).where(Answer.vendor_id == reminder.vendor_id, Answer.slot_id == reminder.slot_id)
    return session.scalar(opened.limit(1)) is not None or session.scalar(answered.limit(1)) is not None


def resolve_unknown(session: Session, world: World, *, now: datetime) -> None:
    """Step: nobody said in time whether these arrived. They are a person's to look at, and the next way is asked."""
    waited = session.scalars(select(Delivery.id).where(Delivery.state == DeliveryState.UNKNOWN, Delivery.next_at <= now)).all()
    unresolved = move_deliveries(
        session, Delivery.id.in_(waited), leaving={DeliveryState.UNKNOWN}, to=DeliveryState.UNRESOLVED, now=now, note=UNRESOLVED_NOTE
    )
    for delivery_id in unresolved:
        if _is_useful(session, delivery_id, now):
            ask_next_way(session, world, delivery_id, now=now)


def _is_useful(session: Session, delivery_id: int, now: datetime) -> bool:
    reminder = session.scalars(select(Reminder).join(Delivery).where(Delivery.id == delivery_id)).one()
    return reminder.state is ReminderState.PLANNED and reminder.stale_at > now


def drop_other_ways(session: Session, delivery_id: int, *, now: datetime) -> None:
    """Step: this delivery reached the vendor; whatever else of the same reminder still waits would only be a double."""
    reminder_id = session.get_one(Delivery, delivery_id).reminder_id
    others = (Delivery.reminder_id == reminder_id, Delivery.id != delivery_id)
    move_deliveries(
        session, *others, leaving=OPEN_DELIVERY_STATES, to=DeliveryState.CANCELLED, now=now, note="sudah terkirim lewat jalan lain"
    )
