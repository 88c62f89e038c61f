"""Who would be told what if a draft were published: the same comparison by vendor that publishing makes, with names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.editions.broken import BrokenTurn, broken_turns_of
from bazaar.editions.problem import SOON
from bazaar.editions.publish import is_outdated
from bazaar.editions.versions import RotationRef, rotation_numbered, rotation_refs, turns_of
from bazaar.reminders.changes import Starts, compare_plans, news_of, starts_by_vendor
from bazaar.reminders.notices import vendors_to_welcome
from bazaar.reminders.ways import edition_ways
from bazaar.reminders.world import World
from bazaar.states import AnswerKind, ChannelName
from bazaar.turns import PublishedTurn, published_turns
from bazaar.vendors.answers import CurrentAnswer, is_about_edition, newest_answers
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
    is_by_hand: bool  # a person sends the message, because no machine can


@dataclass(frozen=True)
class SoonLost:
    """A vendor who would lose turns of the next hours. `added` are the turns in their place, at whatever time; may be empty."""

    vendor_id: int
    business_name: str
    owner_name: str
    gone: tuple[datetime, ...]
    added: tuple[datetime, ...]
    is_ready: bool  # had said to come to one of them


@dataclass(frozen=True)
class AnnouncementPage:
    """The vendors of a draft, sorted by what happens to them."""

    draft: RotationRef
    published: RotationRef | None
    is_outdated: bool
    broken_count: int  # hard rules that it breaks
    broken: tuple[BrokenTurn, ...]  # which; empty of a draft that did not keep its problem
    open_slot_count: int
    new: tuple[VendorNews, ...]
    moved: tuple[VendorNews, ...]
    removed: tuple[VendorNews, ...]
    unchanged: tuple[VendorNews, ...]
    soon_lost: tuple[SoonLost, ...]  # within the next 24 hours, by time
    soon_gained_count: int  # other vendors who would suddenly stand within the next 24 hours

    @property
    def soon_ready_count(self) -> int:
        """How many of those who lose a turn soon had said that they come."""
        return sum(one.is_ready for one in self.soon_lost)

    @property
    def mail_count(self) -> int:
        """How many messages a machine sends."""
        return self.message_count - self.hand_count

    @property
    def hand_count(self) -> int:
        """How many messages a person has to send."""
        return sum(news.is_told and news.is_by_hand for news in (*self.new, *self.moved, *self.removed))

    @property
    def message_count(self) -> int:
        """How many vendors get a message because of publishing; reminders come later."""
        return sum(news.is_told for news in (*self.new, *self.moved, *self.removed))

    @property
    def is_first(self) -> bool:
        """Whether nothing is published yet."""
        return self.published is None


def announcement_page(edition_id: int, number: int, world: World, *, now: datetime) -> AnnouncementPage:
    """What publishing that rotation would do, and how its messages would travel. Refuses `not_found`."""
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        ref = rotation_numbered(session, edition_id, number)
        rotation = session.get_one(Rotation, ref.id)
        published = next((version for version in rotation_refs(session, edition_id) if version.is_published), None)
        in_force = published_turns(session, edition_id)
        answers = newest_answers(session, is_about_edition(edition_id))
        outdated = ref.is_draft and is_outdated(session, edition, rotation, now=now)
        broken = broken_turns_of(session, rotation)
        groups = vendor_news(session, edition, turns_of(session, ref.id), world, now=now)
    changed = (*groups["new"], *groups["moved"], *groups["removed"])
    soon_lost = _soon_lost(changed, in_force, answers, now + SOON)
    return AnnouncementPage(
        draft=ref,
        published=published,
        is_outdated=outdated,
        broken_count=int(rotation.score.get("hard", 0)),
        broken=broken,
        open_slot_count=int(rotation.score.get("unfilled", 0)),
        **groups,
        soon_lost=soon_lost,
        soon_gained_count=sum(
            any(at <= now + SOON for at in one.added) for one in changed if one.vendor_id not in {lost.vendor_id for lost in soon_lost}
        ),
    )


def vendor_news(
    session: Session, edition: Edition, turns: Mapping[int, int], world: World, *, now: datetime
) -> dict[str, tuple[VendorNews, ...]]:
    """Step: what it would mean for each vendor if those turns (slot id -> vendor id) were published: new, moved, removed, unchanged."""
    before = starts_by_vendor(published_turns(session, edition.id))
    slots = dict(session.execute(select(Slot.id, Slot.starts_at).where(Slot.edition_id == edition.id)).all())
    vendors = {vendor.id: vendor for vendor in session.scalars(select(Vendor).where(Vendor.edition_id == edition.id))}
    after = _starts({slot_id: vendor_id for slot_id, vendor_id in turns.items() if slot_id in slots and vendor_id in vendors}, slots)
    welcome = vendors_to_welcome(session, edition, before, after, now=now)
    ways = edition_ways(session, world, edition)
    by_hand = {vendor.id for vendor in vendors.values() if ways.to(vendor)[:1] == (ChannelName.HAND,)}
    left = {vendor.id for vendor in vendors.values() if vendor.withdrawn_at is not None or vendor.archived_at is not None}
    changes = compare_plans(before, after, left=left)

    def news(vendor_ids: Iterable[int]) -> tuple[VendorNews, ...]:
        found = [
            _news(vendors[vendor_id], before, after, is_welcomed=vendor_id in welcome, is_by_hand=vendor_id in by_hand, now=now)
            for vendor_id in vendor_ids
        ]
        return tuple(sorted(found, key=lambda each: each.business_name.lower()))

    return {name: news(getattr(changes, name)) for name in ("new", "moved", "removed", "unchanged")}


def _soon_lost(
    changed: Iterable[VendorNews], in_force: Iterable[PublishedTurn], answers: Mapping[tuple[int, int], CurrentAnswer], until: datetime
) -> tuple[SoonLost, ...]:
    slots = {(turn.vendor_id, turn.starts_at): turn.slot_id for turn in in_force}

    def is_ready(vendor_id: int, at: datetime) -> bool:
        answer = answers.get((slots[vendor_id, at], vendor_id))
        return answer is not None and answer.kind is AnswerKind.READY

    lost = []
    for one in changed:
        gone = tuple(at for at in one.gone if at <= until)
        if gone:
            ready = any(is_ready(one.vendor_id, at) for at in gone)
            lost.append(SoonLost(one.vendor_id, one.business_name, one.owner_name, gone, one.added, ready))
    return tuple(sorted(lost, key=lambda one: (one.gone[0], one.business_name.lower())))


def _starts(standing: Mapping[int, int], slots: Mapping[int, datetime]) -> Starts:
    starts: dict[int, set[datetime]] = {}
    for slot_id, vendor_id in standing.items():
        starts.setdefault(vendor_id, set()).add(slots[slot_id])
    return {vendor_id: frozenset(instants) for vendor_id, instants in starts.items()}


def _news(vendor: Vendor, before: Starts, after: Starts, *, is_welcomed: bool, is_by_hand: bool, now: datetime) -> VendorNews:
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
        is_by_hand=is_by_hand,
    )
