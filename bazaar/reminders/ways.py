"""By which channels a vendor can be written to now, and which of them comes next."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from hmac import new as keyed_hash

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.phones import whatsapp_number
from bazaar.reminders.channel_accounts import channels_of, current_accounts
from bazaar.reminders.channels.base import Channel
from bazaar.reminders.channels.kinds import FROM_ACCOUNT, KINDS, Address
from bazaar.reminders.policy import Reach, ways_to
from bazaar.reminders.world import World
from bazaar.states import ChannelName
from bazaar.tokens import derive_key
from models import Delivery, Edition, PushSubscription, Vendor

_NAMES = frozenset(name.value for name in ChannelName)
_OF_THE_DEPLOYMENT = (ChannelName.PUSH, ChannelName.EMAIL, ChannelName.CONSOLE)


@dataclass(frozen=True)
class EditionWays:
    """How an edition's vendors can be written to: read once, asked for many of them."""

    available: Collection[ChannelName]
    usual: Sequence[ChannelName]
    with_browser: Collection[int]
    is_demo: bool
    is_mail_local: bool

    def to(self, vendor: Vendor) -> tuple[ChannelName, ...]:
        """The channels for a vendor, the first to try first, the hand list last; empty where the vendor wants no messages.

        The vendor's own order counts; without one the bazaar's channels in its order, then the browser, then e-mail.
        """
        if vendor.opted_out_at is not None:
            return ()
        reach = Reach(
            has_email=bool(vendor.email),
            has_mobile=bool(whatsapp_number(vendor.phone)),
            has_browser=vendor.id in self.with_browser,
            has_chat=bool(vendor.telegram_chat),
        )
        return ways_to(
            reach, order=own_order(vendor) or self.usual, available=self.available, is_demo=self.is_demo, is_mail_local=self.is_mail_local
        )


def own_order(vendor: Vendor) -> tuple[ChannelName, ...]:
    """The channels in the order that was settled for this vendor; empty: as the bazaar does it."""
    return tuple(ChannelName(name) for name in vendor.channel_order or () if name in _NAMES)


def edition_ways(session: Session, world: World, edition: Edition, *, channels: Mapping[ChannelName, Channel] | None = None) -> EditionWays:
    """Query: what an edition's vendors can be written to by. `channels` are the open ones, where they were read already."""
    if channels is None:
        channels = open_channels(session, world, edition)
        own = [account.channel for account in current_accounts(session, edition.bazaar_id)]  # the paused ones keep their place
    else:
        own = [name for name in channels if name in FROM_ACCOUNT]
    live = select(PushSubscription.vendor_id).join(Vendor).where(Vendor.edition_id == edition.id, PushSubscription.ended_at.is_(None))
    return EditionWays(
        available=channels.keys(),
        usual=[*own, *_OF_THE_DEPLOYMENT],
        with_browser=set(session.scalars(live)) if ChannelName.PUSH in channels else (),
        is_demo=edition.is_demo,
        is_mail_local=world.is_mail_local,
    )


def open_channels(session: Session, world: World, edition: Edition) -> dict[ChannelName, Channel]:
    """Query: what can carry messages of this edition's bazaar, ready to be called."""
    return channels_of(session, world, edition.bazaar_id, secret_key=world.links.secret_key)


def next_way(
    session: Session,
    ways: EditionWays,
    delivery: Delivery,
    vendor: Vendor,
    *,
    closed: Collection[ChannelName] = (),
    taken: Collection[ChannelName] | None = None,
) -> ChannelName | None:
    """Query: the channel that carries this delivery now; None: none, by the vendor's wish.

    One that was tried already stays with its channel. Ways on which the same reminder went (or failed to go) are not taken again,
    nor those that are `closed` for now. `taken`: those ways, where they were read for many.
    """
    possible = ways.to(vendor)
    if not possible:
        return None
    open_ways = [way for way in possible if way not in closed]
    if delivery.attempt_count and delivery.channel in open_ways:
        return delivery.channel
    taken = other_ways(session, delivery) if taken is None else taken
    return next((way for way in open_ways if way not in taken), delivery.channel if delivery.channel not in closed else ChannelName.HAND)


def other_ways(session: Session, delivery: Delivery) -> set[ChannelName]:
    """Query: the channels of the other deliveries of the same reminder."""
    others = select(Delivery.channel).where(Delivery.reminder_id == delivery.reminder_id, Delivery.id != delivery.id)
    return set(session.scalars(others))


def address_of(vendor: Vendor, channel: ChannelName) -> str:
    """Where a channel finds the vendor; empty for browsers, which are many."""
    return {
        Address.EMAIL: vendor.email,
        Address.PHONE: vendor.phone,
        Address.CHAT: vendor.telegram_chat,
        Address.BROWSER: "",
        Address.NONE: vendor.email,
    }[KINDS[channel].address]


def address_hash(secret_key: str, channel: ChannelName, address: str) -> str:
    """Tells one address of a channel from another without saying which it is."""
    return keyed_hash(derive_key(secret_key, "address"), f"{channel}:{address}".encode(), sha256).hexdigest()
