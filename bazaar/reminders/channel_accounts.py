"""The channels of one bazaar: what the deployment brings (e-mail, the console, browsers) and what the bazaar opened itself.

The fields of an account rest encrypted (Fernet, a key derived from SECRET_KEY); whoever has only the database can send nothing.
"""

import json
import logging
import threading
from collections.abc import Mapping
from typing import Protocol

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from bazaar.clock import Clock, system_clock
from bazaar.reminders.channels.base import Channel
from bazaar.reminders.channels.kinds import FROM_ACCOUNT, build_channel
from bazaar.states import ChannelName
from bazaar.tokens import fernet_key
from models import ChannelAccount

log = logging.getLogger(__name__)


class Unreadable(Exception):  # noqa: N818 (an answer, not a fault)
    """The fields were sealed with another SECRET_KEY: somebody must enter them again."""


def seal_fields(fields: Mapping[str, str], secret_key: str) -> str:
    """The fields of a channel account, encrypted for the database."""
    return _box(secret_key).encrypt(json.dumps(dict(fields), sort_keys=True).encode()).decode()


def open_fields(sealed: str, secret_key: str) -> dict[str, str]:
    """What `seal_fields` sealed. Raises Unreadable where SECRET_KEY is another one than then."""
    try:
        fields: dict[str, str] = json.loads(_box(secret_key).decrypt(sealed.encode()))
    except InvalidToken:
        raise Unreadable from None
    return fields


def _box(secret_key: str) -> Fernet:
    return Fernet(fernet_key(secret_key, "channel account"))


class _Deployment(Protocol):
    """What is needed of `bazaar.reminders.world.World`."""

    @property
    def clock(self) -> Clock: ...

    @property
    def channels(self) -> Mapping[ChannelName, Channel]: ...

    @property
    def rack(self) -> "ChannelRack": ...


class ChannelRack:
    """The channels already built in this process, by account and revision: connections are kept, a changed account is built anew."""

    def __init__(self) -> None:
        self._built: dict[int, tuple[int, Channel]] = {}
        self._lock = threading.Lock()

    def channel(self, account: ChannelAccount, secret_key: str, *, clock: Clock = system_clock) -> Channel:
        """The channel of an account, by our clock. Raises Unreadable, or what the channel raises for fields that it cannot use."""
        with self._lock:
            revision, channel = self._built.get(account.id, (-1, None))
            if channel is None or revision != account.revision:
                if channel is not None:
                    hang_up(channel)
                channel = build_channel(account.channel, open_fields(account.sealed, secret_key), clock=clock)
                self._built[account.id] = (account.revision, channel)
            return channel

    def close(self) -> None:
        """Let go of every connection."""
        with self._lock:
            for _revision, channel in self._built.values():
                hang_up(channel)
            self._built.clear()


def hang_up(channel: Channel) -> None:
    """Let go of what a channel keeps open; many keep nothing."""
    close = getattr(channel, "close", None)
    if close is not None:
        close()


def current_accounts(session: Session, bazaar_id: int) -> list[ChannelAccount]:
    """Query: the accounts that a bazaar has now, paused ones included, in the order in which it wants them tried."""
    return list(
        session.scalars(
            select(ChannelAccount)
            .where(ChannelAccount.bazaar_id == bazaar_id, ChannelAccount.withdrawn_at.is_(None))
            .order_by(ChannelAccount.rank, ChannelAccount.id)
        )
    )


def is_current(bazaar_id: int, channel: ChannelName) -> ColumnElement[bool]:
    """SQL: whether it is the bazaar's account of the channel that counts now."""
    return and_(ChannelAccount.bazaar_id == bazaar_id, ChannelAccount.channel == channel, ChannelAccount.withdrawn_at.is_(None))


def account_of(session: Session, bazaar_id: int, channel: ChannelName) -> ChannelAccount | None:
    """Query: the bazaar's account of a channel; None where the channel comes with the deployment."""
    if channel not in FROM_ACCOUNT:
        return None
    return session.scalar(select(ChannelAccount).where(is_current(bazaar_id, channel)))


def channels_of(session: Session, deployment: _Deployment, bazaar_id: int, *, secret_key: str) -> dict[ChannelName, Channel]:
    """Query: every channel that may carry messages of this bazaar now, its own ones in the order in which it wants them tried.

    An account that cannot be opened is left out, with a log line.
    """
    channels = dict(deployment.channels)
    for account in current_accounts(session, bazaar_id):
        if account.is_paused:
            continue
        try:
            channels[account.channel] = deployment.rack.channel(account, secret_key, clock=deployment.clock)
        except (Unreadable, ValueError, ImportError) as error:
            log.warning("the %s account of bazaar %d cannot be used: %s", account.channel, bazaar_id, error or "SECRET_KEY has changed")
    return channels
