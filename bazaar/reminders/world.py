"""What sending needs of the real world: the part of `bazaar.outside.Outside` that this feature may know."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from bazaar.clock import Clock
from bazaar.reminders.channel_accounts import ChannelRack
from bazaar.reminders.channels.base import Channel
from bazaar.states import ChannelName


class VendorLinks(Protocol):
    """Prints the personal addresses of vendors."""

    @property
    def secret_key(self) -> str:
        """What tokens are derived from."""

    def vendor(self, nonce: str) -> str:
        """The personal page of the vendor whose link has this nonce."""


class Pages(Protocol):
    """Prints addresses of this deployment."""

    def page(self, path: str) -> str:
        """Any page, by its absolute path."""


class Guard(Protocol):
    """Says whether anything may be sent, and hears of what was."""

    def is_steady(self, now: datetime) -> bool:
        """Whether the clock may be believed right now."""

    def may_send(self, epoch: int, *, now: datetime) -> bool:
        """Asked before each pass, under the epoch of its lease."""

    def note_sent(self, delivery_id: int, key: str, about: str, *, reference: str = "", now: datetime) -> None:
        """Told of each message that a provider took, before the database is. What it raises stops the pass."""


class Unguarded:
    """Lets everything pass and remembers nothing: for whoever sends no messages of the outbox, and for tests."""

    def is_steady(self, now: datetime) -> bool:
        """Always."""
        return True

    def may_send(self, epoch: int, *, now: datetime) -> bool:
        """Always."""
        return True

    def note_sent(self, delivery_id: int, key: str, about: str, *, reference: str = "", now: datetime) -> None:
        """Forgotten."""


class World(Protocol):
    """Clock, channels, links and the guard."""

    @property
    def clock(self) -> Clock:
        """Read between sends: a pass may take seconds."""

    @property
    def channels(self) -> Mapping[ChannelName, Channel]:
        """The channels that come with the deployment."""

    @property
    def rack(self) -> ChannelRack:
        """The channels that bazaars opened themselves."""

    @property
    def links(self) -> VendorLinks:
        """The printer of links."""

    @property
    def guard(self) -> Guard:
        """Who is asked before anything is sent."""

    @property
    def is_mail_local(self) -> bool:
        """Whether mail stays on this machine."""
