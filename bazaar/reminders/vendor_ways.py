"""How one vendor is written to: by which channels in which order, in which language, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from bazaar.accounts import audit
from bazaar.database import reading, transaction
from bazaar.refusals import Refusal
from bazaar.reminders.channel_accounts import current_accounts
from bazaar.reminders.ways import address_of, edition_ways, own_order
from bazaar.reminders.world import World
from bazaar.states import ChannelName
from bazaar.vendors.message_language import letter_language
from bazaar.vendors.registry import vendor_of
from models import Edition, Vendor

_OF_THE_DEPLOYMENT = (ChannelName.PUSH, ChannelName.EMAIL)


@dataclass(frozen=True)
class VendorWays:
    """What is settled for a vendor, and what follows from it now."""

    vendor_id: int
    revision: int
    business_name: str
    owner_name: str
    order: tuple[ChannelName, ...]  # the vendor's own; empty: as the bazaar does it
    language: str  # id, en, jv; empty: by the languages the vendor speaks
    written_language: str  # the one that messages are in now
    opted_out_at: datetime | None
    now: tuple[ChannelName, ...]  # what would carry a message now, a person's hand last; empty: none is wanted
    choices: tuple[ChannelName, ...]
    without_address: frozenset[ChannelName]  # those of the choices that would not find the vendor


def vendor_ways(edition_id: int, vendor_id: int, world: World) -> VendorWays:
    """Query: how a vendor is written to. Refuses `not_found`."""
    with reading() as session:
        vendor = vendor_of(session, edition_id, vendor_id)
        edition = session.get_one(Edition, edition_id)
        ways = edition_ways(session, world, edition)
        order = own_order(vendor)
        own = [account.channel for account in current_accounts(session, edition.bazaar_id)]
        choices = tuple(dict.fromkeys([*own, *_OF_THE_DEPLOYMENT, *(name for name in order if name is not ChannelName.HAND)]))
        has_browser = vendor_id in ways.with_browser
        return VendorWays(
            vendor_id,
            vendor.revision,
            vendor.business_name,
            vendor.owner_name,
            order,
            vendor.message_language,
            letter_language(vendor),
            vendor.opted_out_at,
            ways.to(vendor),
            choices,
            frozenset(name for name in choices if not (has_browser if name is ChannelName.PUSH else address_of(vendor, name))),
        )


def change_vendor_ways(
    edition_id: int, vendor_id: int, order: Sequence[ChannelName], language: str, *, revision: int, by: int | None, now: datetime
) -> None:
    """Settle a vendor's channels and language; an empty order is the bazaar's, `hand` alone leaves everything to a person.

    What is planned already follows too: the way is chosen when a message is due. Refuses `not_found` and `changed_meanwhile`.
    """
    wanted = {"channel_order": [name.value for name in dict.fromkeys(order)] or None, "message_language": language}
    with transaction() as session:
        vendor = vendor_of(session, edition_id, vendor_id)
        before = {"channel_order": vendor.channel_order, "message_language": vendor.message_language}
        as_seen = update(Vendor).where(Vendor.id == vendor_id, Vendor.revision == revision)
        if session.scalar(as_seen.values(revision=revision + 1, **wanted).returning(Vendor.id)) is None:
            raise Refusal("changed_meanwhile")
        bazaar_id = session.get_one(Edition, edition_id).bazaar_id
        old, new = audit.changed_values(before, wanted)
        audit.note(session, "change_vendor_ways", "vendor", vendor_id, now=now, bazaar_id=bazaar_id, by=by, before=old, after=new)
