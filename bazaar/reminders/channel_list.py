"""The channels of a bazaar as its organizers see them: in the order in which they are tried, whom each reaches, how it is."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.phones import whatsapp_number
from bazaar.reminders.channel_accounts import Unreadable, current_accounts, open_fields
from bazaar.reminders.channels.kinds import FROM_ACCOUNT, KINDS
from bazaar.reminders.pacing import BREAKER_OPENS_AT, sent_today
from bazaar.reminders.rows import ARRIVED_STATES
from bazaar.reminders.ways import edition_ways
from bazaar.reminders.world import World
from bazaar.states import ChannelName
from models import ChannelAccount, Delivery, Edition, Reminder, Vendor

_OF_THE_DEPLOYMENT = (ChannelName.PUSH, ChannelName.EMAIL)


class ChannelState(StrEnum):
    """How a channel is now, the worst first."""

    UNREADABLE = "unreadable"  # sealed with another SECRET_KEY: everything must be entered again
    MISSING = "missing"  # the deployment does not bring it
    PAUSED = "paused"  # an organizer switched it off
    BROKEN = "broken"  # it failed again and again; only a probe goes
    RESTING = "resting"  # it asked for a pause
    FULL = "full"  # the limit of a day is reached
    TROUBLED = "troubled"  # the last call failed
    WORKS = "works"
    UNTRIED = "untried"  # nothing went over it yet


@dataclass(frozen=True)
class ChannelLine:
    """One channel in the list."""

    channel: ChannelName
    label: str
    warning: str
    state: ChannelState
    reach_count: int
    is_own: bool = False  # opened by the bazaar, so that it can be moved, changed and given up
    can_rise: bool = False
    can_sink: bool = False
    can_be_tried: bool = False
    is_paused: bool = False
    daily_limit: int | None = None
    sent_count: int = 0  # within 24 hours
    retry_at: datetime | None = None
    last_error: str = ""
    last_ok_at: datetime | None = None

    @property
    def left_count(self) -> int:
        """How many messages the limit still allows."""
        return max(0, (self.daily_limit or 0) - self.sent_count)


@dataclass(frozen=True)
class ChannelsPage:
    """All channels of a bazaar, and whom they reach in one of its editions."""

    lines: tuple[ChannelLine, ...]
    closed: tuple[ChannelName, ...]  # those that could be opened
    vendor_count: int
    by_hand_count: int  # vendors that no machine reaches
    opted_out_count: int
    is_demo: bool


def channels_page(edition_id: int, world: World, *, now: datetime) -> ChannelsPage:
    """Query: every channel, the first to be tried first."""
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        accounts = current_accounts(session, edition.bazaar_id)
        ways = edition_ways(session, world, edition)
        could = replace(ways, available=[*ways.available, *(account.channel for account in accounts)])
        taking_part = (Vendor.edition_id == edition_id, Vendor.withdrawn_at.is_(None), Vendor.archived_at.is_(None))
        vendors = session.scalars(select(Vendor).where(*taking_part)).all()
        reach = Counter(way for vendor in vendors for way in could.to(vendor))
        reach[ChannelName.HAND] = sum(bool(whatsapp_number(vendor.phone)) for vendor in vendors if vendor.opted_out_at is None)
        lines = [
            _own_line(session, account, place, len(accounts), reach[account.channel], secret_key=world.links.secret_key, now=now)
            for place, account in enumerate(accounts)
        ]
        lasts = _last_successes(session, edition.bazaar_id)
        lines += [_deployed_line(world, channel, reach[channel], lasts.get(channel)) for channel in _deployed(world)]
        lines.append(_line(ChannelName.HAND, ChannelState.WORKS, reach[ChannelName.HAND]))
        return ChannelsPage(
            lines=tuple(lines),
            closed=tuple(name for name in FROM_ACCOUNT if all(account.channel is not name for account in accounts)),
            vendor_count=len(vendors),
            by_hand_count=sum(ways.to(vendor) == (ChannelName.HAND,) for vendor in vendors),
            opted_out_count=sum(vendor.opted_out_at is not None for vendor in vendors),
            is_demo=edition.is_demo,
        )


def _own_line(
    session: Session, account: ChannelAccount, place: int, count: int, reach_count: int, *, secret_key: str, now: datetime
) -> ChannelLine:
    sent_count = sent_today(session, account.bazaar_id, account.channel, now)
    line = _line(account.channel, _state(account, sent_count, secret_key, now), reach_count)
    return replace(
        line,
        is_own=True,
        can_rise=place > 0,
        can_sink=place < count - 1,
        can_be_tried=line.state is not ChannelState.UNREADABLE,
        is_paused=account.is_paused,
        daily_limit=account.daily_limit,
        sent_count=sent_count,
        retry_at=account.retry_at,
        last_error=account.last_error or "",
        last_ok_at=account.last_ok_at,
    )


def _state(account: ChannelAccount, sent_count: int, secret_key: str, now: datetime) -> ChannelState:
    try:
        open_fields(account.sealed, secret_key)
    except Unreadable:
        return ChannelState.UNREADABLE
    is_resting = account.retry_at is not None and account.retry_at > now
    answers = (
        (account.is_paused, ChannelState.PAUSED),
        (account.failure_count >= BREAKER_OPENS_AT, ChannelState.BROKEN),
        (is_resting, ChannelState.RESTING),
        (account.daily_limit is not None and sent_count >= account.daily_limit, ChannelState.FULL),
        (bool(account.failure_count and account.last_error), ChannelState.TROUBLED),
        (account.last_ok_at is not None, ChannelState.WORKS),
    )
    return next((state for holds, state in answers if holds), ChannelState.UNTRIED)


def _deployed(world: World) -> list[ChannelName]:
    """What comes with the deployment, whether it is there or not; the console only where it stands in for e-mail."""
    stands_in = ChannelName.CONSOLE in world.channels and ChannelName.EMAIL not in world.channels
    return [*_OF_THE_DEPLOYMENT, *([ChannelName.CONSOLE] if stands_in else [])]


def _deployed_line(world: World, channel: ChannelName, reach_count: int, last_ok_at: datetime | None) -> ChannelLine:
    if channel not in world.channels:
        return _line(channel, ChannelState.MISSING, 0)
    line = _line(channel, ChannelState.WORKS if last_ok_at else ChannelState.UNTRIED, reach_count)
    return replace(line, can_be_tried=channel is ChannelName.EMAIL, last_ok_at=last_ok_at)


def _line(channel: ChannelName, state: ChannelState, reach_count: int) -> ChannelLine:
    kind = KINDS[channel]
    return ChannelLine(channel, kind.label, kind.warning, state, reach_count)


def _last_successes(session: Session, bazaar_id: int) -> dict[ChannelName, datetime]:
    """When a message of the bazaar was last taken over, by channel of the deployment."""
    rows = session.execute(
        select(Delivery.channel, func.max(Delivery.called_at))
        .join(Reminder, Reminder.id == Delivery.reminder_id)
        .join(Edition, Edition.id == Reminder.edition_id)
        .where(Edition.bazaar_id == bazaar_id, Delivery.state.in_(ARRIVED_STATES), Delivery.called_at.is_not(None))
        .group_by(Delivery.channel)
    )
    return {channel: at for channel, at in rows if at is not None}
