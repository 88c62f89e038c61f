"""The stalls of an edition as everybody may see them: the list, and one vendor with goods, turns and how to order."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.live.search import matching_vendors, tidy_search
from bazaar.live.shop_links import ShopLink, shop_links
from bazaar.live.timetable import EditionHead, TurnLine, edition_head, placed_turns, public_phone
from bazaar.live.wares import Ware, wares_of
from bazaar.refusals import Refusal
from bazaar.vendors.day_words import day_words
from models import Vendor

PAGE_SIZE = 24
CARD_WARES = 3


@dataclass(frozen=True)
class StallTurn:
    """A turn of the vendor, with the evening it belongs to."""

    line: TurnLine
    day: date
    when: str


@dataclass(frozen=True)
class StallCard:
    """A stall in the list, with its first goods and its next turn."""

    vendor_id: int
    business_name: str
    category: str
    district: str
    featured_product: str
    wares: tuple[Ware, ...]
    next_turn: StallTurn | None


@dataclass(frozen=True)
class StallsPage:
    """One page of the list, by name."""

    edition: EditionHead
    cards: tuple[StallCard, ...]
    categories: tuple[str, ...]
    search: str
    category: str
    found_count: int
    number: int
    page_count: int


@dataclass(frozen=True)
class StallPage:
    """One vendor. `order_phone` only with her consent."""

    edition: EditionHead
    vendor_id: int
    business_name: str
    category: str
    district: str
    featured_product: str
    languages: tuple[str, ...]
    is_gone: bool
    wares: tuple[Ware, ...]
    shops: tuple[ShopLink, ...]
    order_phone: str
    turns_ahead: tuple[StallTurn, ...]
    turns_past: tuple[StallTurn, ...]


def stalls_page(slug: str, *, now: datetime, search: str = "", category: str = "", number: int = 1) -> StallsPage:
    """The stalls that take part. Refuses `not_found`, also for a page beyond the last."""
    with reading() as session:
        edition = edition_head(session, slug)
        if edition.state != "published":
            return StallsPage(edition, (), (), "", "", 0, 1, 1)
        search = tidy_search(search)
        vendors = _participants(session, edition.id)
        categories = tuple(sorted({vendor.category for vendor in vendors}))
        category = category if category in categories else ""
        wanted = matching_vendors(session, edition.id, search, category)
        found = sorted((vendor for vendor in vendors if vendor.id in wanted), key=lambda vendor: vendor.business_name.casefold())
        page_count = max(1, -(-len(found) // PAGE_SIZE))
        if not 1 <= number <= page_count:
            raise Refusal("not_found")
        shown = found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
        return StallsPage(edition, _cards(session, edition, shown, now), categories, search, category, len(found), number, page_count)


def stall_page(slug: str, vendor_id: int, *, now: datetime) -> StallPage:
    """One vendor of the edition. Refuses `not_found`, also where nothing of the edition is public."""
    with reading() as session:
        edition = edition_head(session, slug)
        vendor = session.get(Vendor, vendor_id)
        if vendor is None or vendor.edition_id != edition.id or edition.state != "published":
            raise Refusal("not_found")
        turns = _turns(session, edition, [vendor.id], now).get(vendor.id, ())
        is_gone = vendor.withdrawn_at is not None or vendor.archived_at is not None
        return StallPage(
            edition=edition,
            vendor_id=vendor.id,
            business_name=vendor.business_name,
            category=vendor.category,
            district=vendor.district,
            featured_product=vendor.featured_product,
            languages=tuple(vendor.languages),
            is_gone=is_gone,
            wares=() if is_gone else wares_of(session, edition.id, [vendor.id]).get(vendor.id, ()),
            shops=() if is_gone else shop_links(instagram=vendor.instagram, shopee=vendor.shopee, tokopedia=vendor.tokopedia),
            order_phone=public_phone(vendor),
            turns_ahead=tuple(turn for turn in turns if turn.line.phase != "past"),
            turns_past=tuple(turn for turn in turns if turn.line.phase == "past"),
        )


def _participants(session: Session, edition_id: int) -> list[Vendor]:
    return list(
        session.scalars(select(Vendor).where(Vendor.edition_id == edition_id, Vendor.withdrawn_at.is_(None), Vendor.archived_at.is_(None)))
    )


def _cards(session: Session, edition: EditionHead, vendors: list[Vendor], now: datetime) -> tuple[StallCard, ...]:
    ids = [vendor.id for vendor in vendors]
    wares, turns = wares_of(session, edition.id, ids), _turns(session, edition, ids, now)
    return tuple(
        StallCard(
            vendor_id=vendor.id,
            business_name=vendor.business_name,
            category=vendor.category,
            district=vendor.district,
            featured_product=vendor.featured_product,
            wares=wares.get(vendor.id, ())[:CARD_WARES],
            next_turn=next((turn for turn in turns.get(vendor.id, ()) if turn.line.phase != "past"), None),
        )
        for vendor in vendors
    )


def _turns(session: Session, edition: EditionHead, vendor_ids: list[int], now: datetime) -> dict[int, tuple[StallTurn, ...]]:
    turns: dict[int, tuple[StallTurn, ...]] = {}
    for placed in placed_turns(session, edition, now=now, vendor_ids=vendor_ids):
        turn = StallTurn(placed.line, placed.evening, day_words(placed.line.starts_at, edition.timezone, now=now))
        turns[placed.line.vendor_id] = (*turns.get(placed.line.vendor_id, ()), turn)
    return turns
