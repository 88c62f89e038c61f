"""What every channel promises: take a finished message, hand it over, and be honest about how that went."""

from dataclasses import dataclass, field
from typing import Protocol

from bazaar.states import ChannelName


@dataclass(frozen=True)
class Message:
    """A finished text and where it goes. `key` is the same over all attempts of one delivery, so a provider can tell a repeat."""

    key: str
    to_name: str
    to_address: str  # an e-mail address or a phone number in E.164, as the channel needs
    subject: str
    text: str
    html: str = ""
    attachments: tuple["Attachment", ...] = field(default=())


@dataclass(frozen=True)
class Attachment:
    """A file that travels with a message, for example the turn as an ICS calendar."""

    file_name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Receipt:
    """The provider took the message. `reference` is its name for it, empty where it gives none."""

    reference: str = ""


class DeliveryError(Exception):
    """The message did not certainly leave.

    permanent: trying again is useless (no such mailbox); ambiguous: it may have left, nobody can tell; unreachable: the
    channel itself is away, and the next message would fare no better.
    """

    def __init__(self, reason: str, *, permanent: bool = False, ambiguous: bool = False, unreachable: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.ambiguous = ambiguous
        self.unreachable = unreachable


class Channel(Protocol):
    """One way for a message to travel."""

    name: ChannelName

    def send(self, message: Message) -> Receipt:
        """Hand the message over, within the channel's own time limit. Raises DeliveryError."""
