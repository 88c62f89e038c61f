"""Whether a channel may be called right now: its breaker, a pause that it asked for, the limits of a day, the distance to the last message.

Nothing here loses a message: it waits a moment, or goes another way.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bazaar.reminders.channel_accounts import account_of, is_current
from bazaar.reminders.channels.base import DeliveryError
from bazaar.reminders.channels.kinds import FROM_ACCOUNT, KINDS
from bazaar.reminders.policy import MOST_IN_A_DAY
from bazaar.states import ChannelName
from models import ChannelAccount, Delivery, Edition, Reminder

BREAKER_OPENS_AT = 5
"""So many failures of the channel itself in a row, and only one probe in half a minute goes."""

PROBE_EVERY = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=10)
"""A channel that asks for a longer pause is closed for this message: the next one takes it."""

_DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Pause:
    """The message waits until then and comes back."""

    until: datetime
    note: str


@dataclass(frozen=True)
class Closed:
    """This channel does not carry the message; another one may."""

    note: str


def look_at_pace(
    session: Session, delivery: Delivery, reminder: Reminder, channel: ChannelName, *, bazaar_id: int, address: str, now: datetime
) -> Pause | Closed | None:
    """Query: what stands against calling the channel for this delivery at this moment; None: nothing. `address` is its hash."""
    account = account_of(session, bazaar_id, channel)
    if account is not None and account.retry_at is not None and account.retry_at > now:
        if account.retry_at - now > LONGEST_PAUSE or account.retry_at >= reminder.stale_at:
            return Closed("jalan ini sedang tidak bisa dipakai")
        return Pause(account.retry_at, "jalan ini minta jeda")
    if account is not None and account.daily_limit is not None and sent_today(session, bazaar_id, channel, now) >= account.daily_limit:
        return Closed("batas kiriman sehari sudah tercapai")
    if _sent_to_vendor(session, reminder.vendor_id, now) >= MOST_IN_A_DAY:
        return Closed("lapak ini sudah menerima banyak pesan hari ini")
    spacing = KINDS[channel].spacing
    last = _last_call(session, delivery.id, address) if spacing else None
    if last is not None and last <= now < last + spacing:
        return Pause(last + spacing, "jarak antar pesan")
    return None


def note_success(session: Session, bazaar_id: int, channel: ChannelName, *, now: datetime) -> None:
    """Step: the channel took a message: its breaker is shut."""
    if channel not in FROM_ACCOUNT:
        return
    account = update(ChannelAccount).where(is_current(bazaar_id, channel))
    session.execute(account.values(failure_count=0, retry_at=None, last_error=None, last_ok_at=now))


def note_failure(session: Session, bazaar_id: int, channel: ChannelName, error: DeliveryError, *, now: datetime) -> None:
    """Step: remember what a call said about the channel itself: a pause asked for, or that it is away."""
    if error.retry_after is not None:
        asked = update(ChannelAccount).where(is_current(bazaar_id, channel))
        session.execute(asked.values(retry_at=now + error.retry_after, last_error=error.reason[:400]))
    if not (error.unreachable or error.ambiguous):
        return
    account = account_of(session, bazaar_id, channel)
    if account is None:
        return
    account.failure_count += 1
    account.last_error = error.reason[:400]
    if account.failure_count >= BREAKER_OPENS_AT:
        account.retry_at = max(account.retry_at or now, now + PROBE_EVERY)
    session.flush()


def _last_call(session: Session, delivery_id: int, address: str) -> datetime | None:
    """When this address was last called over the same channel, by any delivery but this one: a retry has its own wait."""
    return session.scalar(select(func.max(Delivery.called_at)).where(Delivery.address_hash == address, Delivery.id != delivery_id))


def sent_today(session: Session, bazaar_id: int, channel: ChannelName, now: datetime) -> int:
    """Query: how many messages of a bazaar called the channel within the last 24 hours."""
    sent = (
        select(func.count())
        .select_from(Delivery)
        .join(Reminder, Reminder.id == Delivery.reminder_id)
        .join(Edition, Edition.id == Reminder.edition_id)
        .where(Edition.bazaar_id == bazaar_id, Delivery.channel == channel, Delivery.called_at > now - _DAY)
    )
    return session.scalar(sent) or 0


def _sent_to_vendor(session: Session, vendor_id: int, now: datetime) -> int:
    sent = (
        select(func.count())
        .select_from(Delivery)
        .join(Reminder, Reminder.id == Delivery.reminder_id)
        .where(Reminder.vendor_id == vendor_id, Delivery.called_at > now - _DAY)
    )
    return session.scalar(sent) or 0
