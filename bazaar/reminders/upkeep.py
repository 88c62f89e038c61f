"""Steps that a pass begins with: what a dead worker left is taken up again, what is stale expires, what is due gets its channel."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from bazaar.reminders.policy import settled_channel
from bazaar.reminders.retry import MOST_AMBIGUOUS
from bazaar.reminders.rows import by_urgency, move_deliveries, note_events, unknown_counts
from bazaar.reminders.world import World
from bazaar.states import OPEN_DELIVERY_STATES, ChannelName, DeliveryState, ReminderKind, ReminderState
from models import Delivery, Edition, Reminder, Vendor

LATE_NOTE = "sudah lewat waktunya, tidak dikirim"
TOO_LATE_TO_RETRY_NOTE = "sudah lewat waktunya, tidak dicoba lagi"
OVERTAKEN_NOTE = "pengingat berikutnya sudah waktunya"
BROKE_OFF_NOTE = "pengirim berhenti di tengah pengiriman, mungkin sudah sampai"
_BATCH = 500


@dataclass(frozen=True)
class Upkeep:
    """What was done before anything is sent."""

    expired_count: int
    to_hand_count: int


def tidy_outbox(session: Session, world: World, epoch: int, *, now: datetime) -> Upkeep:
    """Step: recover, withdraw, expire, settle; in this order, so that each finds the rows of the one before."""
    recover_abandoned(session, epoch, now=now)
    withdraw_retired(session, now=now)
    expired = expire_stale(session, now=now) + expire_overtaken(session, now=now)
    return Upkeep(len(expired), settle_due(session, world, now=now))


def recover_abandoned(session: Session, epoch: int, *, now: datetime) -> None:
    """Step: rows of a worker that is gone. Claimed ones were never sent; of `sending` ones nobody knows, and e-mail goes again."""
    abandoned = or_(Delivery.owner_epoch < epoch, Delivery.lease_until <= now)
    give_back_claims(session, abandoned, now=now, note="pengirim berhenti sebelum mengirim")
    unknown = move_deliveries(
        session,
        abandoned,
        leaving={DeliveryState.SENDING},
        to=DeliveryState.UNKNOWN,
        now=now,
        note=BROKE_OFF_NOTE,
        last_error=BROKE_OFF_NOTE,
    )
    seen = unknown_counts(session, unknown)
    hopeless = [id_ for id_ in unknown if seen[id_] >= MOST_AMBIGUOUS]
    for delivery_id in move_deliveries(
        session, Delivery.id.in_(hopeless), leaving={DeliveryState.UNKNOWN}, to=DeliveryState.DEAD, now=now, note="semua percobaan habis"
    ):
        hand_over_to_person(session, delivery_id, now=now)
    move_deliveries(session, Delivery.id.in_(unknown), leaving={DeliveryState.UNKNOWN}, to=DeliveryState.RETRY_WAIT, now=now, next_at=now)


def give_back_claims(session: Session, *which: object, now: datetime, note: str) -> None:
    """Step: claimed rows back in line, first attempts as planned, others as waiting for their next attempt."""
    fresh, tried = Delivery.attempt_count == 0, Delivery.attempt_count > 0
    for attempts, state in ((fresh, DeliveryState.PLANNED), (tried, DeliveryState.RETRY_WAIT)):
        move_deliveries(session, *which, attempts, leaving={DeliveryState.CLAIMED}, to=state, now=now, note=note)


def withdraw_retired(session: Session, *, now: datetime) -> None:
    """Step: deliveries that came back open after their reminder was withdrawn, and those of editions now archived."""
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


def expire_stale(session: Session, *, now: datetime) -> list[int]:
    """Step: what would do harm by now does not go out any more."""
    stale = select(Delivery.id).join(Reminder).where(Delivery.state.in_(OPEN_DELIVERY_STATES), Reminder.stale_at <= now)
    ids = session.scalars(stale).all()
    expired: list[int] = []
    for tried, note in ((Delivery.attempt_count == 0, LATE_NOTE), (Delivery.attempt_count > 0, TOO_LATE_TO_RETRY_NOTE)):
        expired += move_deliveries(
            session, Delivery.id.in_(ids), tried, leaving=OPEN_DELIVERY_STATES, to=DeliveryState.EXPIRED, now=now, note=note
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


def settle_due(session: Session, world: World, *, now: datetime) -> int:
    """Step: give what is due the channel that today's facts ask for; returns how many now wait for a hand."""
    rows = session.execute(
        select(Delivery, Vendor, Edition)
        .join(Reminder, Reminder.id == Delivery.reminder_id)
        .join(Vendor, Vendor.id == Reminder.vendor_id)
        .join(Edition, Edition.id == Reminder.edition_id)
        .where(Delivery.state == DeliveryState.PLANNED, Delivery.next_at <= now, Reminder.state == ReminderState.PLANNED)
        .order_by(by_urgency(now), Delivery.id)
        .limit(_BATCH)
    ).all()
    to_hand = 0
    for delivery, vendor, edition in rows:
        channel = channel_for(session, delivery, vendor, edition, world)
        if channel is None or channel is ChannelName.HAND:
            to_hand += leave_machine(session, delivery.id, channel, leaving=DeliveryState.PLANNED, now=now)
        elif channel is not delivery.channel:
            delivery.channel = channel
            session.flush()
    return to_hand


def channel_for(session: Session, delivery: Delivery, vendor: Vendor, edition: Edition, world: World) -> ChannelName | None:
    """Query: which channel carries this delivery now; None: none, by the vendor's wish.

    A channel that carries (or failed to carry) the same reminder already is not taken again.
    """
    wanted = settled_channel(
        has_email=bool(vendor.email),
        has_opted_out=vendor.opted_out_at is not None,
        is_demo=edition.is_demo,
        is_mail_local=world.is_mail_local,
        available=world.channels.keys(),
    )
    if wanted is None or wanted is delivery.channel:
        return wanted
    taken = session.scalars(select(Delivery.channel).where(Delivery.reminder_id == delivery.reminder_id, Delivery.id != delivery.id)).all()
    return delivery.channel if wanted in taken else wanted


def leave_machine(session: Session, delivery_id: int, channel: ChannelName | None, *, leaving: DeliveryState, now: datetime) -> bool:
    """Step: no machine sends this one: a person does (`hand`), or nobody (None, the vendor opted out). True: it waits for a hand."""
    to = DeliveryState.SUPPRESSED if channel is None else DeliveryState.WAITING_FOR_HAND
    note = "lapak minta tidak dikabari" if channel is None else ""
    moved = move_deliveries(session, Delivery.id == delivery_id, leaving={leaving}, to=to, now=now, note=note)
    if moved and channel is not None:
        session.execute(update(Delivery).where(Delivery.id == delivery_id).values(channel=channel))
    return bool(moved) and channel is not None


def hand_over_to_person(session: Session, delivery_id: int, *, now: datetime) -> None:
    """Step: where the machine gave up, or fails for long, the same reminder goes on the list that a person sends by WhatsApp."""
    reminder_id = session.get_one(Delivery, delivery_id).reminder_id
    by_hand = select(Delivery.id).where(Delivery.reminder_id == reminder_id, Delivery.channel == ChannelName.HAND)
    if session.scalar(by_hand) is not None:
        return
    delivery = Delivery(
        reminder_id=reminder_id, channel=ChannelName.HAND, state=DeliveryState.WAITING_FOR_HAND, next_at=now, created_at=now
    )
    session.add(delivery)
    session.flush()
    note_events(session, [delivery.id], DeliveryState.WAITING_FOR_HAND, now=now, note="e-mail tidak bisa dikirim")


def drop_other_ways(session: Session, delivery_id: int, *, now: datetime) -> None:
    """Step: this delivery reached the vendor; whatever else of the same reminder still waits would only be a double."""
    reminder_id = session.get_one(Delivery, delivery_id).reminder_id
    others = (Delivery.reminder_id == reminder_id, Delivery.id != delivery_id)
    move_deliveries(
        session, *others, leaving=OPEN_DELIVERY_STATES, to=DeliveryState.CANCELLED, now=now, note="sudah terkirim lewat jalan lain"
    )
