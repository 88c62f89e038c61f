"""What no machine brought to its end: a person sends it again, or says that the vendor knows already."""

from datetime import datetime

from bazaar.database import transaction
from bazaar.refusals import Refusal
from bazaar.reminders.fallback import drop_other_ways
from bazaar.reminders.rows import move_deliveries
from bazaar.reminders.settling import message_of, note_settled
from bazaar.states import ChannelName, DeliveryState, ReminderState
from models import Delivery

ENDED_BADLY = frozenset({DeliveryState.DEAD, DeliveryState.UNRESOLVED})
"""States that ask for a person."""


def send_again(edition_id: int, delivery_id: int, *, by: int | None, now: datetime) -> bool:
    """Start a new generation of a delivery that ended badly: the same channel, another key, its attempts counted from nothing.

    False where somebody did so already. Refuses `not_found`, `message_is_over` (its time is gone, or the turn moved on).
    """
    with transaction() as session:
        delivery, reminder, vendor = message_of(session, edition_id, delivery_id)
        if delivery.channel is ChannelName.HAND:
            raise Refusal("not_found")
        if reminder.state is not ReminderState.PLANNED or reminder.stale_at <= now:
            raise Refusal("message_is_over")
        generation = delivery.generation + 1
        moved = move_deliveries(
            session,
            Delivery.id == delivery_id,
            leaving=ENDED_BADLY,
            to=DeliveryState.PLANNED,
            now=now,
            note="dikirim ulang oleh panitia",
            by=by,
            generation=generation,
            attempt_count=0,
            next_at=now,
            provider_ref=None,
            last_error=None,
        )
        if moved:
            note_settled(session, "send_message_again", delivery_id, reminder, vendor, by=by, now=now)
        return bool(moved)


def mark_done(edition_id: int, delivery_id: int, *, by: int | None, now: datetime) -> bool:
    """Note that the vendor knows, however: the delivery counts as taken over, and no other way is tried any more.

    False where it had arrived already. Refuses `not_found`, `message_is_over` where it is none that asks for a person.
    """
    with transaction() as session:
        delivery, reminder, vendor = message_of(session, edition_id, delivery_id)
        if delivery.state is DeliveryState.ACCEPTED:
            return False
        moved = move_deliveries(
            session,
            Delivery.id == delivery_id,
            leaving=ENDED_BADLY | {DeliveryState.UNKNOWN},
            to=DeliveryState.ACCEPTED,
            now=now,
            note="ditandai selesai oleh panitia",
            by=by,
        )
        if not moved:
            raise Refusal("message_is_over")
        drop_other_ways(session, delivery_id, now=now)
        note_settled(session, "mark_message_done", delivery_id, reminder, vendor, by=by, now=now)
        return True
