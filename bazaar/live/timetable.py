"""What everybody may see of an edition's turns: now and next, evening by evening, and the hours elsewhere.

Nothing here knows an owner's name, a phone number that is not public, an e-mail address or a note.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Literal

from sqlalchemy import Exists, exists, select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.live.search import matching_vendors, tidy_search
from bazaar.live.wares import Ware, wares_of
from bazaar.localtime import local_date, localize, to_utc, zone_name
from bazaar.phones import whatsapp_number
from bazaar.refusals import Refusal
from bazaar.states import RotationState
from bazaar.turns import select_published
from bazaar.vendors.day_words import day_words
from bazaar.web_address import is_web_address
from models import Bazaar, Edition, LiveSession, Rotation, Slot, Turn, Vendor

DOORS_OPEN = timedelta(minutes=15)
"""The addresses of a live session are shown so long before it begins: earlier they only lead to an empty room."""
HERO_WARES = 3

EditionState = Literal["published", "unpublished", "archived"]
Phase = Literal["past", "now", "ahead"]
PLACES = (
    ("west_indonesia", "Asia/Jakarta"),
    ("central_indonesia", "Asia/Makassar"),
    ("malaysia_to_taiwan", "Asia/Singapore"),  # Hong Kong and Taiwan keep the same hours
    ("east_indonesia", "Asia/Jayapura"),
    ("japan_korea", "Asia/Tokyo"),
    ("saudi_arabia", "Asia/Riyadh"),
)
"""Where buyers live, as codes that pages put into words, with their zones."""


@dataclass(frozen=True)
class EditionHead:
    """What every public page of an edition says about it. The phone is the committee's."""

    id: int
    slug: str
    name: str
    bazaar_name: str
    city: str
    timezone: str
    zone: str  # its short name: WIB
    starts_on: date
    ends_on: date
    help_phone: str
    help_whatsapp: str  # empty where the help phone is a landline
    state: EditionState


@dataclass(frozen=True)
class TurnLine:
    """One turn in the timetable. `next_day` is the calendar day where the turn lies past the midnight of its evening."""

    starts_at: datetime
    ends_at: datetime
    next_day: date | None
    vendor_id: int
    business_name: str
    category: str
    featured_product: str
    district: str
    phase: Phase


@dataclass(frozen=True)
class Broadcast:
    """One live session with its turns; called off, only those that had begun. Addresses stay empty until `opens_at`, if there are any."""

    starts_at: datetime
    ends_at: datetime
    is_withdrawn: bool
    phase: Phase
    youtube_url: str
    zoom_url: str
    opens_at: datetime | None
    turns: tuple[TurnLine, ...]


@dataclass(frozen=True)
class Evening:
    """A day of the edition with its live sessions."""

    day: date
    when: str  # a code of vendors.day_words for its first live session
    broadcasts: tuple[Broadcast, ...]

    @property
    def turn_count(self) -> int:
        return sum(len(broadcast.turns) for broadcast in self.broadcasts)


@dataclass(frozen=True)
class Place:
    """How late it is elsewhere when a live session begins and ends."""

    code: str
    timezone: str
    minutes_apart: int
    days_apart: int


@dataclass(frozen=True)
class Hero:
    """The turn on air or the next one, with what it sells. `order_phone` only with the vendor's consent."""

    phase: Literal["on_air", "next"]
    turn: TurnLine
    when: str
    wares: tuple[Ware, ...]
    more_wares: int
    order_phone: str


@dataclass(frozen=True)
class TimetablePage:
    """The whole timetable. With a search, `hero` is None and the evenings hold only what was found."""

    edition: EditionHead
    hero: Hero | None
    then: TurnLine | None
    broadcast: Broadcast | None  # the one running, or the next
    tonight: Evening | None
    ahead: tuple[Evening, ...]
    past: tuple[Evening, ...]
    places: tuple[Place, ...]
    categories: tuple[str, ...]
    vendor_count: int
    search: str
    category: str

    @property
    def is_filtered(self) -> bool:
        return bool(self.search or self.category)

    @property
    def found_count(self) -> int:
        return sum(evening.turn_count for evening in (*self.ahead, *self.past))

    @property
    def is_over(self) -> bool:
        return self.hero is None and not self.is_filtered


def timetable_page(slug: str, *, now: datetime, search: str = "", category: str = "") -> TimetablePage:
    """The timetable of an edition; without any turn where it is not published or archived. Refuses `not_found`."""
    with reading() as session:
        edition = edition_head(session, slug)
        if edition.state != "published":
            return _closed_page(edition)
        evenings = _evenings(session, edition, now)
        turns = [turn for evening in evenings for broadcast in evening.broadcasts for turn in broadcast.turns]
        categories = tuple(sorted({turn.category for turn in turns}))
        vendor_count = len({turn.vendor_id for turn in turns})
        category = category if category in categories else ""
        search = tidy_search(search)
        if search or category:
            evenings = _found(evenings, matching_vendors(session, edition.id, search, category))
        hero = None if search or category else _hero(session, edition, turns, now)
        broadcast = _broadcast_of_interest(evenings, now)
        tonight = None if search or category else _tonight(evenings, edition.timezone, now)
        return TimetablePage(
            edition=edition,
            hero=hero,
            then=_then(turns, hero),
            broadcast=broadcast,
            tonight=tonight,
            ahead=tuple(evening for evening in evenings if evening is not tonight and not _is_behind(evening)),
            past=tuple(reversed([evening for evening in evenings if evening is not tonight and _is_behind(evening)])),
            places=_places(broadcast.starts_at, edition.timezone) if broadcast else (),
            categories=categories,
            vendor_count=vendor_count,
            search=search,
            category=category,
        )


def edition_head(session: Session, slug: str) -> EditionHead:
    """Step: an edition as everybody may see it. Refuses `not_found`."""
    row = session.execute(  # the flag is a column without a type of its own
        select(Edition, Bazaar, is_published()).join(Bazaar, Bazaar.id == Edition.bazaar_id).where(Edition.slug == slug)
    ).one_or_none()
    if row is None:
        raise Refusal("not_found")
    edition, bazaar, has_timetable = row
    return EditionHead(
        id=edition.id,
        slug=edition.slug,
        name=edition.name,
        bazaar_name=bazaar.name,
        city=bazaar.city,
        timezone=edition.timezone,
        zone=_zone_names(edition),
        starts_on=edition.starts_on,
        ends_on=edition.ends_on,
        help_phone=bazaar.help_phone,
        help_whatsapp=whatsapp_number(bazaar.help_phone),
        state="archived" if edition.archived_at is not None else "published" if has_timetable else "unpublished",
    )


def _zone_names(edition: Edition) -> str:
    """`WIB`; both names where clocks are changed between the first day and the last: `CEST / CET`."""
    noons = (to_utc(day, time(12), edition.timezone) for day in (edition.starts_on, edition.ends_on))
    return " / ".join(dict.fromkeys(zone_name(noon, edition.timezone) for noon in noons))


def public_phone(vendor: Vendor) -> str:
    """The number to order at, where the vendor agreed that everybody sees it; otherwise empty."""
    is_gone = vendor.withdrawn_at is not None or vendor.archived_at is not None
    has_agreed = vendor.is_phone_public and vendor.phone_consent_at is not None
    return whatsapp_number(vendor.phone) if has_agreed and not is_gone else ""


@dataclass(frozen=True)
class PlacedTurn:
    """A turn with the live session and the evening it belongs to."""

    live_session_id: int
    evening: date
    line: TurnLine


def placed_turns(session: Session, edition: EditionHead, *, now: datetime, vendor_ids: Sequence[int] | None = None) -> list[PlacedTurn]:
    """Step: the published turns by start, of all vendors or of these. Columns only: 252 rows of four objects cost 20 ms."""
    rows = select_published().where(Turn.edition_id == edition.id).order_by(Slot.starts_at, Slot.id)
    if vendor_ids is not None:
        rows = rows.where(Turn.vendor_id.in_(vendor_ids))
    columns = (
        *(LiveSession.id, LiveSession.starts_at, Slot.starts_at, Slot.ends_at),
        *(Vendor.id, Vendor.business_name, Vendor.category, Vendor.featured_product, Vendor.district),
    )
    placed = []
    found = session.execute(rows.with_only_columns(*columns, maintain_column_froms=True))
    for live_session_id, began_at, starts_at, ends_at, vendor_id, name, category, product, district in found:
        evening, day = local_date(began_at, edition.timezone), local_date(starts_at, edition.timezone)
        next_day = day if day != evening else None
        phase = _phase(starts_at, ends_at, now)
        line = TurnLine(starts_at, ends_at, next_day, vendor_id, name, category, product, district, phase)
        placed.append(PlacedTurn(live_session_id, evening, line))
    return placed


def is_published() -> Exists:
    """Whether an edition has a published rotation, as a condition."""
    return exists().where(Rotation.edition_id == Edition.id, Rotation.state == RotationState.PUBLISHED)


def _closed_page(edition: EditionHead) -> TimetablePage:
    return TimetablePage(edition, None, None, None, None, (), (), (), (), 0, "", "")


def _evenings(session: Session, edition: EditionHead, now: datetime) -> list[Evening]:
    turns = _turns_by_live_session(session, edition, now)
    live_sessions = session.scalars(
        select(LiveSession).where(LiveSession.edition_id == edition.id, LiveSession.archived_at.is_(None)).order_by(LiveSession.starts_at)
    )
    broadcasts = [
        _broadcast(live_session, turns.get(live_session.id, ()), now)
        for live_session in live_sessions
        if live_session.id in turns or (live_session.withdrawn_at is not None and live_session.ends_at > now)
    ]
    return [
        Evening(day, day_words(group[0].starts_at, edition.timezone, now=now), group)
        for day, members in groupby(broadcasts, key=lambda broadcast: local_date(broadcast.starts_at, edition.timezone))
        for group in [tuple(members)]
    ]


def _turns_by_live_session(session: Session, edition: EditionHead, now: datetime) -> dict[int, tuple[TurnLine, ...]]:
    turns: dict[int, tuple[TurnLine, ...]] = {}
    for turn in placed_turns(session, edition, now=now):
        turns[turn.live_session_id] = (*turns.get(turn.live_session_id, ()), turn.line)
    return turns


def _broadcast(live_session: LiveSession, turns: tuple[TurnLine, ...], now: datetime) -> Broadcast:
    youtube_url, zoom_url = (url if is_web_address(url) else "" for url in (live_session.youtube_url, live_session.zoom_url))
    is_withdrawn = live_session.withdrawn_at is not None
    opens_at = live_session.starts_at - DOORS_OPEN
    is_open = not is_withdrawn and opens_at <= now < live_session.ends_at
    is_still_shut = not is_withdrawn and now < opens_at and bool(youtube_url or zoom_url)
    return Broadcast(
        starts_at=live_session.starts_at,
        ends_at=live_session.ends_at,
        is_withdrawn=is_withdrawn,
        phase=_phase(live_session.starts_at, live_session.ends_at, now),
        youtube_url=youtube_url if is_open else "",
        zoom_url=zoom_url if is_open else "",
        opens_at=opens_at if is_still_shut else None,
        turns=tuple(replace(turn, phase="past") for turn in turns) if is_withdrawn else turns,
    )


def _phase(starts_at: datetime, ends_at: datetime, now: datetime) -> Phase:
    return "past" if ends_at <= now else "now" if starts_at <= now else "ahead"


def _hero(session: Session, edition: EditionHead, turns: Sequence[TurnLine], now: datetime) -> Hero | None:
    turn = next((turn for turn in turns if turn.phase != "past"), None)
    if turn is None:
        return None
    wares = wares_of(session, edition.id, [turn.vendor_id]).get(turn.vendor_id, ())
    return Hero(
        phase="on_air" if turn.phase == "now" else "next",
        turn=turn,
        when=day_words(turn.starts_at, edition.timezone, now=now),
        wares=wares[:HERO_WARES],
        more_wares=max(0, len(wares) - HERO_WARES),
        order_phone=public_phone(session.get_one(Vendor, turn.vendor_id)),
    )


def _then(turns: Sequence[TurnLine], hero: Hero | None) -> TurnLine | None:
    """Whoever follows the hero on the same evening, without a long pause."""
    if hero is None:
        return None
    later = (turn for turn in turns if turn.starts_at >= hero.turn.ends_at)
    following = next(later, None)
    return following if following and following.starts_at - hero.turn.ends_at <= timedelta(hours=6) else None


def _broadcast_of_interest(evenings: Sequence[Evening], now: datetime) -> Broadcast | None:
    broadcasts = [broadcast for evening in evenings for broadcast in evening.broadcasts]
    return next((broadcast for broadcast in broadcasts if not broadcast.is_withdrawn and broadcast.ends_at > now), None)


def _tonight(evenings: Sequence[Evening], timezone: str, now: datetime) -> Evening | None:
    """Today's evening, or one that began yesterday and still runs."""
    today = local_date(now, timezone)
    running = (evening for evening in evenings if any(broadcast.phase == "now" for broadcast in evening.broadcasts))
    return next(running, None) or next((evening for evening in evenings if evening.day == today), None)


def _is_behind(evening: Evening) -> bool:
    return all(broadcast.phase == "past" for broadcast in evening.broadcasts)


def _places(starts_at: datetime, timezone: str) -> tuple[Place, ...]:
    here = localize(starts_at, timezone)
    places = []
    for code, name in PLACES:
        there = localize(starts_at, name)
        apart = (there.utcoffset() or timedelta()) - (here.utcoffset() or timedelta())
        if apart:
            places.append(Place(code, name, int(apart / timedelta(minutes=1)), (there.date() - here.date()).days))
    return tuple(places)


def _found(evenings: Sequence[Evening], vendor_ids: set[int]) -> list[Evening]:
    """Only the turns of these vendors."""
    narrowed = [replace(evening, broadcasts=_only(evening.broadcasts, vendor_ids)) for evening in evenings]
    return [evening for evening in narrowed if evening.broadcasts]


def _only(broadcasts: Sequence[Broadcast], vendor_ids: set[int]) -> tuple[Broadcast, ...]:
    narrowed = (replace(cast, turns=tuple(turn for turn in cast.turns if turn.vendor_id in vendor_ids)) for cast in broadcasts)
    return tuple(broadcast for broadcast in narrowed if broadcast.turns)
