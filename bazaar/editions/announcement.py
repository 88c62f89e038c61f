"""Who would be told what if a draft were published: the same comparison by vendor that publishing makes, with names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bazaar.database import reading
from bazaar.editions.publish import is_outdated
from bazaar.editions.versions import RotationRef, rotation_numbered, rotation_refs, turns_of
from bazaar.reminders.changes import Starts, compare_plans, news_of, starts_by_vendor
from bazaar.reminders.notices import vendors_to_welcome
from bazaar.turns import published_turns
from models import Edition, Rotation, Slot, Vendor


@dataclass(frozen=True)
class VendorNews:
    """What publishing would mean for one vendor; turns by their starts, only those still ahead."""

    vendor_id: int
    business_name: str
    owner_name: str
    gone: tuple[datetime, ...]
    added: tuple[datetime, ...]
    staying: tuple[datetime, ...]
    is_told: bool  # a message goes out, besides the reminders
    is_opted_out: bool


@dataclass(frozen=True)
class AnnouncementPage:
    """The vendors of a draft, sorted by what happens to them."""

    draft: RotationRef
    published: RotationRef | None
    is_outdated: bool
    open_slot_count: int
    new: tuple[VendorNews, ...]
    moved: tuple[VendorNews, ...]
    removed: tuple[VendorNews, ...]
    unchanged: tuple[VendorNews, ...]

    @property
    def message_count(self) -> int:
        """How many messages publishing sends at once; reminders come later by themselves."""
        return sum(news.is_told for news in (*self.new, *self.moved, *self.removed))

    @property
    def is_first(self) -> bool:
        """Whether nothing is published yet."""
        return self.published is None


def announcement_page(edition_id: int, number: int, *, now: datetime) -> AnnouncementPage:
    """What publishing that rotation would do. Refuses `not_found`."""
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        ref = rotation_numbered(session, edition_id, number)
        rotation = session.get_one(Rotation, ref.id)
        published = next((version for version in rotation_refs(session, edition_id) if version.is_published), None)
        before = starts_by_vendor(published_turns(session, edition_id))
        slots = dict(session.execute(select(Slot.id, Slot.starts_at).where(Slot.edition_id == edition_id)).all())
        after = _starts({slot_id: vendor_id for slot_id, vendor_id in turns_of(session, ref.id).items() if slot_id in slots}, slots)
        vendors = {vendor.id: vendor for vendor in session.scalars(select(Vendor).where(Vendor.edition_id == edition_id))}
        outdated = ref.is_draft and is_outdated(session, edition, rotation, now=now)
        welcome = vendors_to_welcome(session, edition, before, after, now=now)
    changes = compare_plans(before, after)

    def news(vendor_ids: Iterable[int]) -> tuple[VendorNews, ...]:
        found = [_news(vendors[vendor_id], before, after, vendor_id in welcome, now) for vendor_id in vendor_ids]
        return tuple(sorted(found, key=lambda each: each.business_name.lower()))

    return AnnouncementPage(
        draft=ref,
        published=published,
        is_outdated=outdated,
        open_slot_count=int(rotation.score.get("unfilled", 0)),
        new=news(changes.new),
        moved=news(changes.moved),
        removed=news(changes.removed),
        unchanged=news(changes.unchanged),
    )


def _starts(standing: Mapping[int, int], slots: Mapping[int, datetime]) -> Starts:
    starts: dict[int, set[datetime]] = {}
    for slot_id, vendor_id in standing.items():
        starts.setdefault(vendor_id, set()).add(slots[slot_id])
    return {vendor_id: frozenset(instants) for vendor_id, instants in starts.items()}


def _news(vendor: Vendor, before: Starts, after: Starts, is_welcomed: bool, now: datetime) -> VendorNews:
    told = before.get(vendor.id, frozenset())
    news = news_of(told, after.get(vendor.id, frozenset()), now=now)
    is_opted_out = vendor.opted_out_at is not None
    return VendorNews(
        vendor_id=vendor.id,
        business_name=vendor.business_name,
        owner_name=vendor.owner_name,
        gone=news.gone,
        added=news.added,
        staying=news.staying,
        is_told=(bool(told) or is_welcomed) and not news.is_nothing and not is_opted_out,
        is_opted_out=is_opted_out,
    )
