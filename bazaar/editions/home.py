"""The organizer's first page: my bazaars, their editions, and what comes next in each."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.editions.edition_settings import EditionData, has_left_a_trace, read_edition_data
from bazaar.refusals import Refusal
from bazaar.states import RotationState
from bazaar.turns import published_turns
from models import Bazaar, Edition, LiveSession, Rotation, Vendor

Step = Literal["live_sessions", "vendors", "build", "publish", "on_air", "ahead", "over", "archived"]
"""What an organizer has to do next in an edition, or what happens there by itself."""


@dataclass(frozen=True)
class EditionCard:
    """An edition at a glance."""

    id: int
    slug: str
    name: str
    timezone: str
    starts_on: date
    ends_on: date
    is_demo: bool
    vendor_count: int
    live_session_count: int
    turn_count: int
    step: Step
    next_starts_at: datetime | None  # of the turn that is on, or comes next


@dataclass(frozen=True)
class BazaarCard:
    """A bazaar with its editions, the newest first."""

    id: int
    slug: str
    name: str
    city: str
    help_phone: str
    editions: tuple[EditionCard, ...]
    archived: tuple[EditionCard, ...]


@dataclass(frozen=True)
class HomePage:
    """The bazaars that somebody organizes, by name."""

    bazaars: tuple[BazaarCard, ...]


@dataclass(frozen=True)
class BazaarPage:
    """A bazaar as it is written down."""

    id: int
    slug: str
    name: str
    city: str
    help_phone: str


@dataclass(frozen=True)
class EditionPage:
    """An edition's settings, and which of them are fixed by now."""

    id: int
    slug: str
    name: str
    revision: int
    data: EditionData
    is_archived: bool
    has_live_sessions: bool  # the time zone is fixed
    has_begun: bool  # the weights are fixed
    turns_ahead_count: int
    can_be_deleted: bool


def home_page(bazaar_ids: Collection[int], *, now: datetime) -> HomePage:
    """What these bazaars run, ran and prepare."""
    with reading() as session:
        bazaars = session.scalars(select(Bazaar).where(Bazaar.id.in_(bazaar_ids)).order_by(Bazaar.name, Bazaar.id)).all()
        query = select(Edition).where(Edition.bazaar_id.in_(bazaar_ids)).order_by(Edition.starts_on.desc(), Edition.id.desc())
        editions = session.scalars(query).all()
        counts = _Counts(session, [edition.id for edition in editions])
        cards: dict[int, list[tuple[bool, EditionCard]]] = defaultdict(list)
        for edition in editions:
            cards[edition.bazaar_id].append((edition.archived_at is not None, _card(session, edition, counts, now)))
    return HomePage(
        tuple(
            BazaarCard(
                bazaar.id,
                bazaar.slug,
                bazaar.name,
                bazaar.city,
                bazaar.help_phone,
                editions=tuple(card for is_archived, card in cards[bazaar.id] if not is_archived),
                archived=tuple(card for is_archived, card in cards[bazaar.id] if is_archived),
            )
            for bazaar in bazaars
        )
    )


def bazaar_page(slug: str) -> BazaarPage:
    """The bazaar with that slug. Refuses `not_found`."""
    with reading() as session:
        bazaar = session.scalar(select(Bazaar).where(Bazaar.slug == slug))
        if bazaar is None:
            raise Refusal("not_found")
        return BazaarPage(bazaar.id, bazaar.slug, bazaar.name, bazaar.city, bazaar.help_phone)


def edition_page(edition_id: int, *, now: datetime) -> EditionPage:
    """The settings of an edition. Refuses `not_found`."""
    with reading() as session:
        edition = session.get(Edition, edition_id)
        if edition is None:
            raise Refusal("not_found")
        turns = published_turns(session, edition_id)
        planned = select(LiveSession.id).where(LiveSession.edition_id == edition_id, LiveSession.withdrawn_at.is_(None))
        return EditionPage(
            id=edition.id,
            slug=edition.slug,
            name=edition.name,
            revision=edition.revision,
            data=read_edition_data(edition),
            is_archived=edition.archived_at is not None,
            has_live_sessions=session.scalar(planned.limit(1)) is not None,
            has_begun=any(turn.starts_at <= now for turn in turns),
            turns_ahead_count=sum(turn.ends_at > now for turn in turns),
            can_be_deleted=not has_left_a_trace(session, edition_id),
        )


class _Counts:
    """How much there is in each edition, one question for all of them."""

    def __init__(self, session: Session, edition_ids: list[int]) -> None:
        def by_edition(query: Select[int, int]) -> dict[int, int]:
            return dict(session.execute(query).all())

        self.vendors = by_edition(
            select(Vendor.edition_id, func.count())
            .where(Vendor.edition_id.in_(edition_ids), Vendor.withdrawn_at.is_(None), Vendor.archived_at.is_(None))
            .group_by(Vendor.edition_id)
        )
        self.live_sessions = by_edition(
            select(LiveSession.edition_id, func.count())
            .where(LiveSession.edition_id.in_(edition_ids), LiveSession.withdrawn_at.is_(None), LiveSession.archived_at.is_(None))
            .group_by(LiveSession.edition_id)
        )
        self.drafts = by_edition(
            select(Rotation.edition_id, func.count())
            .where(Rotation.edition_id.in_(edition_ids), Rotation.state == RotationState.DRAFT)
            .group_by(Rotation.edition_id)
        )


def _card(session: Session, edition: Edition, counts: _Counts, now: datetime) -> EditionCard:
    turns = published_turns(session, edition.id)
    ahead = [turn for turn in turns if turn.ends_at > now]
    step: Step
    if edition.archived_at is not None:
        step = "archived"
    elif turns:
        step = "over" if not ahead else "on_air" if ahead[0].starts_at <= now else "ahead"
    elif edition.id not in counts.live_sessions:
        step = "live_sessions"
    elif edition.id not in counts.vendors:
        step = "vendors"
    else:
        step = "publish" if edition.id in counts.drafts else "build"
    return EditionCard(
        id=edition.id,
        slug=edition.slug,
        name=edition.name,
        timezone=edition.timezone,
        starts_on=edition.starts_on,
        ends_on=edition.ends_on,
        is_demo=edition.is_demo,
        vendor_count=counts.vendors.get(edition.id, 0),
        live_session_count=counts.live_sessions.get(edition.id, 0),
        turn_count=len(turns),
        step=step,
        next_starts_at=ahead[0].starts_at if ahead else None,
    )
