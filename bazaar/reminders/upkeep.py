"""Steps that a pass begins with: what a dead worker left is taken up again, what is stale expires, what is due gets its channel."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from bazaar.reminders.channels.kinds import KINDS, AfterCrash
from bazaar.reminders.nudges import withdraw_answered
from bazaar.reminders.policy import SILENCE, UNKNOWN_PATIENCE, is_silent, quiet_until
from bazaar.reminders.retry import MOST_AMBIGUOUS
from bazaar.reminders.rows import by_urgency, move_deliveries, note_events, unknown_counts
from bazaar.reminders.ways import EditionWays, edition_ways, next_way, other_ways
from bazaar.reminders.world import World
from bazaar.states import OPEN_DELIVERY_STATES, ChannelName, DeliveryState, LinkKind, ReminderKind, ReminderState
from models import Answer, Delivery, Edition, Link, Reminder, Vendor

LATE_NOTE = "sudah lewat waktunya, tidak dikirim"
TOO_LATE_TO_RETRY_NOTE = "sudah lewat waktunya, tidak dicoba lagi"
OVERTAKEN_NOTE = "pengingat berikutnya sudah waktunya"
BROKE_OFF_NOTE = "pengirim berhenti di tengah pengiriman, mungkin sudah sampai"
UNRESOLVED_NOTE = "tidak ada kabar dari layanan, mungkin sudah sampai"
UNWANTED_NOTE = "lapak minta tidak dikabari"
FALLBACK_NOTE = "jalan sebelumnya tidak berhasil"
QUIET_BEFORE = timedelta(hours=12)
QUIET_AFTER = timedelta(hours=1)
LONG_BEFORE = timedelta(hours=6)
"""Further than this from a turn silence may last hours."""
_BATCH = 500


@dataclass(frozen=True)
class Upkeep:
    """What was done before anything is sent."""

    expired_count: int
    to_hand_count: int


def tidy_outbox(session: Session, world: World, epoch: int, *, now: datetime) -> Upkeep:
    """Step: recover, resolve, withdraw, expire, wait for the morning, ask further, settle; each finds the rows of the one before."""
    recover_abandoned(session, world, epoch, now=now)
    resolve_unknown(session, world, now=now)
    withdraw_retired(session, now=now)
    withdraw_answered(session, now=now)
    expired = expire_stale(session, now=now) + expire_overtaken(session, now=now)
    keep_quiet(session, now=now)
    ask_after_silence(session, world, now=now)
    return Upkeep(len(expired), settle_due(session, world, now=now))


def recover_abandoned(session: Session, world: World, epoch: int, *, now: datetime) -> None:
    """Step: rows of a worker that is gone. Claimed ones were never sent; of `sending` ones nobody knows.

    What may go twice goes again. What must not waits for its provider's word.
    """
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
        next_at=now + UNKNOWN_PATIENCE,
    )
    again = [
        id_
        for id_, channel in session.execute(select(Delivery.id, Delivery.channel).where(Delivery.id.in_(unknown)))
        if goes_again(channel)
    ]
    seen = unknown_counts(session, again)
    hopeless = [id_ for id_ in again if seen[id_] >= MOST_AMBIGUOUS]
    for delivery_id in move_deliveries(
        session, Delivery.id.in_(hopeless), leaving={DeliveryState.UNKNOWN}, to=DeliveryState.DEAD, now=now, note="semua percobaan habis"
    ):
        ask_next_way(session, world, delivery_id, now=now)
    move_deliveries(session, Delivery.id.in_(again), leaving={DeliveryState.UNKNOWN}, to=DeliveryState.RETRY_WAIT, now=now, next_at=now)


def goes_again(channel: ChannelName) -> bool:
    """Whether a message whose end nobody saw may go over this channel once more."""
    return KINDS[channel].after_crash is AfterCrash.AGAIN


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


def give_back_claims(session: Session, *which: object, now: datetime, note: str) -> None:
    """Step: claimed rows back in line, first attempts as planned, others as waiting for their next attempt."""
    fresh, tried = Delivery.attempt_count == 0, Delivery.attempt_count > 0
    for attempts, state in ((fresh, DeliveryState.PLANNED), (tried, DeliveryState.RETRY_WAIT)):
        move_deliveries(session, *which, attempts, leaving={DeliveryState.CLAIMED}, to=state, now=now, note=note)


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
    unsent = OPEN_DELIVERY_STATES - {DeliveryState.UNKNOWN}  # of an unknown one nobody may say that it did not go
    stale = select(Delivery.id).join(Reminder).where(Delivery.state.in_(unsent), Reminder.stale_at <= now)
    ids = session.scalars(stale).all()
    expired: list[int] = []
    for tried, note in ((Delivery.attempt_count == 0, LATE_NOTE), (Delivery.attempt_count > 0, TOO_LATE_TO_RETRY_NOTE)):
        expired += move_deliveries(session, Delivery.id.in_(ids), tried, leaving=unsent, to=DeliveryState.EXPIRED, now=now, note=note)
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


def keep_quiet(session: Session, *, now: datetime) -> None:
    """Step: what can wait for the morning waits, where the morning is not too late. Near a turn nothing waits."""
    rows = session.execute(
        select(Delivery.id, Reminder, Edition)
        .join(Reminder, Reminder.id == Delivery.reminder_id)
        .join(Edition, Edition.id == Reminder.edition_id)
        .where(
            Delivery.state == DeliveryState.PLANNED,
            Delivery.next_at <= now,
            Delivery.channel != ChannelName.HAND,
            Reminder.state == ReminderState.PLANNED,
        )
    ).all()
    for delivery_id, reminder, edition in rows:
        until = quiet_until(now, edition.timezone, edition.quiet_from_minute, edition.quiet_until_minute)
        if until is not None and until < reminder.stale_at and can_wait(reminder, now):
            session.execute(update(Delivery).where(Delivery.id == delivery_id).values(next_at=until))


def can_wait(reminder: Reminder, now: datetime) -> bool:
    """Whether nobody needs this message tonight: its turn is hours away, or was over an hour ago."""
    at = reminder.turn_starts_at
    return at is not None and (at - now > QUIET_BEFORE or now - at > QUIET_AFTER)


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
    known: dict[int, EditionWays] = {}
    for delivery, vendor, edition in rows:
        ways = known[edition.id] = known.get(edition.id) or edition_ways(session, world, edition)
        way = next_way(session, ways, delivery, vendor)
        if way is None or way is ChannelName.HAND:
            to_hand += leave_machine(session, delivery.id, way, leaving=DeliveryState.PLANNED, now=now)
        elif way is not delivery.channel:
            delivery.channel = way
            session.flush()
    return to_hand


def leave_machine(
    session: Session, delivery_id: int, way: ChannelName | None, *, leaving: DeliveryState, now: datetime, note: str = ""
) -> bool:
    """Step: no machine sends this one: a person does (`hand`), or nobody (None, the vendor opted out). True: it waits for a hand."""
    if way is None:
        move_deliveries(session, Delivery.id == delivery_id, leaving={leaving}, to=DeliveryState.SUPPRESSED, now=now, note=UNWANTED_NOTE)
        return False
    moved = move_deliveries(
        session, Delivery.id == delivery_id, leaving={leaving}, to=DeliveryState.WAITING_FOR_HAND, now=now, note=note, channel=way
    )
    return bool(moved)


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


def drop_other_ways(session: Session, delivery_id: int, *, now: datetime) -> None:
    """Step: this delivery reached the vendor; whatever else of the same reminder still waits would only be a double."""
    reminder_id = session.get_one(Delivery, delivery_id).reminder_id
    others = (Delivery.reminder_id == reminder_id, Delivery.id != delivery_id)
    move_deliveries(
        session, *others, leaving=OPEN_DELIVERY_STATES, to=DeliveryState.CANCELLED, now=now, note="sudah terkirim lewat jalan lain"
    )
