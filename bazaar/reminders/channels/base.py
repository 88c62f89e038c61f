"""What every channel promises: take a finished message, hand it over, and be honest about how that went."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from bazaar.states import ChannelName


@dataclass(frozen=True)
class Message:
    """A finished text and where it goes. `key` is the same over all attempts of one delivery, so a provider can tell a repeat."""

    key: str
    to_name: str
    to_address: str  # an e-mail address, a phone number in E.164, a chat: as the channel needs
    subject: str
    text: str
    html: str = ""
    attachments: tuple["Attachment", ...] = field(default=())
    stale_at: datetime | None = None  # a provider that keeps messages must not hand it over from here on
    topic: str = ""  # of two messages with one topic the later one replaces the earlier one where the phone can do that
    link: str = ""  # the page that a tap opens
    unsubscribe_url: str = ""  # a POST to it ends all messages (RFC 8058)
    template: "Template | None" = None  # for channels that take approved templates only
    is_urgent: bool = False
    browsers: tuple["Browser", ...] = field(default=())  # of the vendor, for the channel that writes to browsers


@dataclass(frozen=True)
class Attachment:
    """A file that travels with a message, for example the turn as an ICS calendar."""

    file_name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Browser:
    """A browser that said yes to notifications: where its push service listens, and the keys that only the browser can read with."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True)
class Template:
    """A message in the form that a provider approved beforehand: its name and what goes into its places, in order."""

    name: str  # before_long, before_short, changed, cancelled, recap
    language: str  # id, en
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Receipt:
    """The provider took the message. `reference` is its name for it, empty where it gives none.

    Where a message went to several browsers, `reached` are the endpoints that took it and `gone` those that exist no more.
    """

    reference: str = ""
    reached: tuple[str, ...] = field(default=())
    gone: tuple[str, ...] = field(default=())


class DeliveryError(Exception):
    """The message did not certainly leave.

    permanent: trying again is useless (no such mailbox); ambiguous: it may have left, nobody can tell; unreachable: the
    channel itself is away, and the next message would fare no better; retry_after: it asked us to wait so long;
    is_address_gone: this address exists no more (a browser took its permission back); gone: which browsers those are.
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        ambiguous: bool = False,
        unreachable: bool = False,
        retry_after: timedelta | None = None,
        is_address_gone: bool = False,
        gone: tuple[str, ...] = (),
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.ambiguous = ambiguous
        self.unreachable = unreachable
        self.retry_after = retry_after
        self.is_address_gone = is_address_gone
        self.gone = gone


class Channel(Protocol):
    """One way for a message to travel."""

    name: ChannelName

    def send(self, message: Message) -> Receipt:
        """Hand the message over, within the channel's own time limit. Raises DeliveryError."""
