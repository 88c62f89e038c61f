"""Steps that a pass begins with: what a dead worker left is taken up again, what is stale expires, what is due gets its channel."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bazaar.reminders.channels.kinds import KINDS, AfterCrash
from bazaar.reminders.expiry import UNWANTED_NOTE, expire_overtaken, expire_stale, withdraw_retired
from bazaar.reminders.fallback import ask_after_silence, ask_next_way, resolve_unknown
from bazaar.reminders.nudges import withdraw_answered
from bazaar.reminders.policy import UNKNOWN_PATIENCE
from bazaar.reminders.quiet import keep_quiet
from bazaar.reminders.retry import MOST_AMBIGUOUS
from bazaar.reminders.rows import by_urgency, move_deliveries, unknown_counts
from bazaar.reminders.ways import EditionWays, edition_ways, next_way
from bazaar.reminders.world import World
from bazaar.states import ChannelName, DeliveryState, ReminderState
from models import Delivery, Edition, Reminder, Vendor

BROKE_OFF_NOTE = "pengirim berhenti di tengah pengiriman, mungkin sudah sampai"
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


def give_back_claims(session: Session, *which: object, now: datetime, note: str) -> None:
    """Step: claimed rows back in line, first attempts as planned, others as waiting for their next attempt."""
    fresh, tried = Delivery.attempt_count == 0, Delivery.attempt_count > 0
    for attempts, state in ((fresh, DeliveryState.PLANNED), (tried, DeliveryState.RETRY_WAIT)):
        move_deliveries(session, *which, attempts, leaving={DeliveryState.CLAIMED}, to=state, now=now, note=note)


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
    ways_of = _ways_of(session, [delivery.reminder_id for delivery, _vendor, _edition in rows])
    for delivery, vendor, edition in rows:
        ways = known[edition.id] = known.get(edition.id) or edition_ways(session, world, edition)
        mine = ways_of[delivery.reminder_id]
        way = next_way(session, ways, delivery, vendor, taken={channel for id_, channel in mine.items() if id_ != delivery.id})
        if way is None or way is ChannelName.HAND:
            to_hand += leave_machine(session, delivery.id, way, leaving=DeliveryState.PLANNED, now=now)
        elif way is not delivery.channel:
            delivery.channel = way
            session.flush()
        mine[delivery.id] = way or delivery.channel
    return to_hand


def _ways_of(session: Session, reminder_ids: Collection[int]) -> dict[int, dict[int, ChannelName]]:
    """The deliveries of many reminders with their channels, by reminder: one statement instead of one for each message that is due."""
    found: dict[int, dict[int, ChannelName]] = defaultdict(dict)
    rows = session.execute(select(Delivery.reminder_id, Delivery.id, Delivery.channel).where(Delivery.reminder_id.in_(reminder_ids)))
    for reminder_id, id_, channel in rows:
        found[reminder_id][id_] = channel
    return found


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
