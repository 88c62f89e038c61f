"""What the organizer's pages about vendors and products show: frozen page objects, one query function for each page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.localtime import local_date, minute_of_evening
from bazaar.refusals import Refusal
from bazaar.states import AnswerKind
from bazaar.turns import select_published
from bazaar.vendors.answers import CurrentAnswer, is_about_edition, newest_answers
from bazaar.vendors.link_pages import LinkRow, current_links
from bazaar.vendors.products import ProductData, next_product_code, product_can_be_deleted, read_product_data
from bazaar.vendors.registry import VendorData, can_be_deleted, read_vendor_data, vendor_of
from models import Answer, Closing, Edition, LiveSession, PastTurn, Product, Slot, Vendor

VendorState = Literal["active", "withdrawn", "archived"]
TurnState = Literal["waiting", "ready", "unable", "on-air", "done"]


@dataclass(frozen=True)
class VendorRow:
    """One vendor in the list; `next_state` says what it answered about its next turn."""

    id: int
    business_name: str
    owner_name: str
    category: str
    district: str
    product_count: int
    turn_count: int
    next_starts_at: datetime | None
    next_state: TurnState | None
    words: str  # everything one may search for, in small letters


@dataclass(frozen=True)
class VendorsPage:
    """The vendors of an edition in one state, by name, and how many there are in each."""

    rows: tuple[VendorRow, ...]
    state: VendorState
    search: str
    active_count: int
    withdrawn_count: int
    archived_count: int

    @property
    def is_empty_edition(self) -> bool:
        """Whether nobody was ever written down."""
        return self.active_count + self.withdrawn_count + self.archived_count == 0


@dataclass(frozen=True)
class ProductRow:
    """A product with its place in the register."""

    id: int
    data: ProductData
    is_withdrawn: bool
    is_archived: bool


@dataclass(frozen=True)
class ProductPage(ProductRow):
    """A product on its own page."""

    can_be_deleted: bool


@dataclass(frozen=True)
class TurnRow:
    """A published turn of the vendor. `is_clashing`: it now falls on a day off or outside the hours in which the vendor can come."""

    slot_id: int
    live_session_id: int
    starts_at: datetime
    ends_at: datetime
    state: TurnState
    answer: AnswerKind | None
    answered_at: datetime | None
    answered_by: str  # the organizer who noted it; empty: the vendor, by its link
    is_ahead: bool
    is_clashing: bool
    amount_idr: int | None  # once its books are closed


@dataclass(frozen=True)
class PastTurnRow:
    """A turn of an earlier edition."""

    edition_name: str
    started_at: datetime
    minutes_aired: int
    viewer_count: int | None


@dataclass(frozen=True)
class VendorDetailPage:
    """Everything about one vendor."""

    id: int
    revision: int
    data: VendorData
    phone_consent_at: datetime | None
    withdrawn_at: datetime | None
    is_archived: bool
    can_be_deleted: bool
    products: tuple[ProductRow, ...]
    next_code: str
    turns: tuple[TurnRow, ...]
    past_turns: tuple[PastTurnRow, ...]
    link: LinkRow | None

    @property
    def turns_ahead(self) -> tuple[TurnRow, ...]:
        """Turns that have not begun."""
        return tuple(turn for turn in self.turns if turn.is_ahead)


def vendors_page(edition_id: int, *, search: str = "", state: VendorState = "active", now: datetime) -> VendorsPage:
    """The list of vendors: `search` looks into names, owners, districts, kinds and products."""
    with reading() as session:
        vendors = session.scalars(select(Vendor).where(Vendor.edition_id == edition_id)).all()
        products = _product_words(session, edition_id)
        turns = _turns_of(session, edition_id)
        answers = newest_answers(session, is_about_edition(edition_id))
    counts = Counter(_state(vendor) for vendor in vendors)
    rows = [
        _row(vendor, products.get(vendor.id, []), turns.get(vendor.id, []), answers, now) for vendor in vendors if _state(vendor) == state
    ]
    wanted = search.strip().lower()
    return VendorsPage(
        rows=tuple(sorted((row for row in rows if wanted in row.words), key=lambda row: row.business_name.lower())),
        state=state,
        search=search.strip(),
        active_count=counts["active"],
        withdrawn_count=counts["withdrawn"],
        archived_count=counts["archived"],
    )


def vendor_detail_page(edition_id: int, vendor_id: int, *, now: datetime) -> VendorDetailPage:
    """One vendor with products, days off, turns, answers, link and messages. Refuses `not_found`."""
    with reading() as session:
        vendor = vendor_of(session, edition_id, vendor_id)
        timezone = session.get_one(Edition, edition_id).timezone
        data = read_vendor_data(session, vendor)
        products = session.scalars(select(Product).where(Product.vendor_id == vendor_id).order_by(Product.code)).all()
        past = session.scalars(select(PastTurn).where(PastTurn.vendor_id == vendor_id).order_by(PastTurn.started_at.desc())).all()
        return VendorDetailPage(
            id=vendor.id,
            revision=vendor.revision,
            data=data,
            phone_consent_at=vendor.phone_consent_at,
            withdrawn_at=vendor.withdrawn_at,
            is_archived=vendor.archived_at is not None,
            can_be_deleted=can_be_deleted(session, vendor_id),
            products=tuple(
                ProductRow(product.id, read_product_data(product), product.withdrawn_at is not None, product.archived_at is not None)
                for product in products
            ),
            next_code=next_product_code(session, edition_id),
            turns=_turn_rows(session, vendor, data, timezone, now),
            past_turns=tuple(PastTurnRow(turn.edition_name, turn.started_at, turn.minutes_aired, turn.viewer_count) for turn in past),
            link=current_links(session, edition_id, now).get(vendor_id),
        )


def product_page(edition_id: int, vendor_id: int, product_id: int) -> ProductPage:
    """One product, for its form. Refuses `not_found`."""
    with reading() as session:
        product = session.get(Product, product_id)
        if product is None or product.edition_id != edition_id or product.vendor_id != vendor_id:
            raise Refusal("not_found")
        return ProductPage(
            id=product.id,
            data=read_product_data(product),
            is_withdrawn=product.withdrawn_at is not None,
            is_archived=product.archived_at is not None,
            can_be_deleted=product_can_be_deleted(session, product),
        )


def vendor_named(edition_id: int, name: str) -> int:
    """The id of the vendor with that business name: as written, else whatever capitals were used.

    Refuses `vendor_unknown`, or `vendor_unknown_near` with the names that come near.
    """
    with reading() as session:
        names = dict(session.execute(select(Vendor.business_name, Vendor.id).where(Vendor.edition_id == edition_id)).all())
    if name in names:
        return int(names[name])
    wanted = name.strip().lower()
    same = [known for known in names if known.lower() == wanted]
    if len(same) == 1:
        return int(names[same[0]])
    near = _names_near(wanted, list(names))
    raise Refusal("vendor_unknown_near", name=name, near=", ".join(near)) if near else Refusal("vendor_unknown", name=name)


def _names_near(wanted: str, names: list[str]) -> list[str]:
    """Names that hold what was written, else those that look like it."""
    holding = sorted(name for name in names if wanted and wanted in name.lower())
    by_letters = {name.lower(): name for name in names}
    alike = [by_letters[letters] for letters in get_close_matches(wanted, list(by_letters), n=5, cutoff=0.5)]
    return (holding or alike)[:5]


def _state(vendor: Vendor) -> VendorState:
    if vendor.archived_at is not None:
        return "archived"
    return "withdrawn" if vendor.withdrawn_at is not None else "active"


def _product_words(session: Session, edition_id: int) -> dict[int, list[str]]:
    words: dict[int, list[str]] = {}
    rows = session.execute(
        select(Product.vendor_id, Product.code, Product.name).where(Product.edition_id == edition_id, Product.withdrawn_at.is_(None))
    )
    for vendor_id, code, name in rows:
        words.setdefault(vendor_id, []).append(f"{code} {name}")
    return words


def _turns_of(session: Session, edition_id: int) -> dict[int, list[Slot]]:
    """Vendor id -> the slots of its published turns, by time."""
    turns: dict[int, list[Slot]] = {}
    for turn, slot, _live_session, _vendor in session.execute(
        select_published().where(Slot.edition_id == edition_id).order_by(Slot.starts_at)
    ):
        turns.setdefault(turn.vendor_id, []).append(slot)
    return turns


def _row(
    vendor: Vendor, products: Sequence[str], slots: Sequence[Slot], answers: dict[tuple[int, int], CurrentAnswer], now: datetime
) -> VendorRow:
    ahead = next((slot for slot in slots if slot.ends_at > now), None)
    words = (vendor.business_name, vendor.owner_name, vendor.category, vendor.district, vendor.phone, *products)
    return VendorRow(
        id=vendor.id,
        business_name=vendor.business_name,
        owner_name=vendor.owner_name,
        category=vendor.category,
        district=vendor.district,
        product_count=len(products),
        turn_count=len(slots),
        next_starts_at=ahead.starts_at if ahead else None,
        next_state=_turn_state(ahead, answers.get((ahead.id, vendor.id)), now) if ahead else None,
        words=" ".join(words).lower(),
    )


def _turn_state(slot: Slot, answer: CurrentAnswer | None, now: datetime) -> TurnState:
    if slot.ends_at <= now:
        return "done"
    if slot.starts_at <= now:
        return "on-air"
    if answer is None:
        return "waiting"
    return "ready" if answer.kind is AnswerKind.READY else "unable"


def _turn_rows(session: Session, vendor: Vendor, data: VendorData, timezone: str, now: datetime) -> tuple[TurnRow, ...]:
    answers = newest_answers(session, Answer.vendor_id == vendor.id)
    amounts = dict(session.execute(select(Closing.slot_id, Closing.amount_idr).where(Closing.vendor_id == vendor.id)).all())
    rows = []
    for _turn, slot, live_session, _vendor in session.execute(
        select_published().where(Vendor.id == vendor.id).order_by(Slot.starts_at)
    ).all():
        answer = answers.get((slot.id, vendor.id))
        rows.append(
            TurnRow(
                slot_id=slot.id,
                live_session_id=live_session.id,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                state=_turn_state(slot, answer, now),
                answer=answer.kind if answer else None,
                answered_at=answer.answered_at if answer else None,
                answered_by=answer.by if answer else "",
                is_ahead=slot.starts_at > now,
                is_clashing=slot.starts_at > now and _clashes(slot, live_session, data, timezone),
                amount_idr=amounts.get(slot.id),
            )
        )
    return tuple(rows)


def _clashes(slot: Slot, live_session: LiveSession, data: VendorData, timezone: str) -> bool:
    """Whether the turn falls on a day off or outside the hours in which the vendor can come (noted after publishing).

    As the planner reads it: past midnight a turn belongs to the evening on which its live session began.
    """
    evening_on = local_date(live_session.starts_at, timezone)
    return (
        evening_on in data.days_off.dates
        or evening_on.weekday() in data.days_off.weekdays
        or (data.available_from_minute is not None and minute_of_evening(slot.starts_at, evening_on, timezone) < data.available_from_minute)
        or (data.available_until_minute is not None and minute_of_evening(slot.ends_at, evening_on, timezone) > data.available_until_minute)
    )
