"""What sending needs of the real world: the part of `bazaar.outside.Outside` that this feature may know."""

from collections.abc import Mapping
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


class World(Protocol):
    """Clock, channels and links."""

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
    def is_mail_local(self) -> bool:
        """Whether mail stays on this machine."""
