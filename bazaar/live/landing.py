"""The front page of the deployment: which editions run, which come, which are over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.live.timetable import is_published
from bazaar.localtime import local_date
from bazaar.turns import select_published
from models import Bazaar, Edition, Slot, Turn

ENDED_SHOWN = 6


@dataclass(frozen=True)
class EditionCard:
    """An edition on the front page."""

    slug: str
    name: str
    bazaar_name: str
    city: str
    timezone: str
    starts_on: date
    ends_on: date
    vendor_count: int
    phase: Literal["on_air", "running", "coming", "over"]
    next_at: datetime | None
    next_on: date | None


@dataclass(frozen=True)
class LandingPage:
    """The front page: editions that run or come, and the newest of those that are over."""

    current: tuple[EditionCard, ...]
    over: tuple[EditionCard, ...]


def landing_page(*, now: datetime) -> LandingPage:
    """Every published edition that is not archived."""
    with reading() as session:
        spans = _spans(session, now)
        cards = [_card(edition, bazaar, spans[edition.id], now) for edition, bazaar in _published_editions(session) if edition.id in spans]
    current = sorted((card for card in cards if card.phase != "over"), key=lambda card: (card.phase == "coming", card.starts_on, card.slug))
    over = sorted((card for card in cards if card.phase == "over"), key=lambda card: card.ends_on, reverse=True)
    return LandingPage(tuple(current), tuple(over[:ENDED_SHOWN]))


def _published_editions(session: Session) -> Sequence[tuple[Edition, Bazaar]]:
    rows = session.execute(
        select(Edition, Bazaar).join(Bazaar, Bazaar.id == Edition.bazaar_id).where(Edition.archived_at.is_(None), is_published())
    )
    return [(edition, bazaar) for edition, bazaar in rows]


@dataclass(frozen=True)
class _Span:
    """What the turns of an edition span."""

    first_at: datetime
    vendor_count: int
    next_at: datetime | None  # the start of the turn that runs or comes next


def _spans(session: Session, now: datetime) -> dict[int, _Span]:
    """By edition; one that has no turn in force is missing."""
    turns = select_published().group_by(Turn.edition_id)
    first, count = func.min(Slot.starts_at), func.count(Turn.vendor_id.distinct())
    coming = turns.where(Slot.ends_at > now).with_only_columns(Turn.edition_id, first, maintain_column_froms=True)
    next_at = {edition_id: starts_at for edition_id, starts_at in session.execute(coming)}  # noqa: C416 (a Row does not type-check)
    rows = session.execute(turns.with_only_columns(Turn.edition_id, first, count, maintain_column_froms=True))
    return {edition_id: _Span(first_at, vendor_count, next_at.get(edition_id)) for edition_id, first_at, vendor_count in rows}


def _card(edition: Edition, bazaar: Bazaar, span: _Span, now: datetime) -> EditionCard:
    next_at = span.next_at
    return EditionCard(
        slug=edition.slug,
        name=edition.name,
        bazaar_name=bazaar.name,
        city=bazaar.city,
        timezone=edition.timezone,
        starts_on=edition.starts_on,
        ends_on=edition.ends_on,
        vendor_count=span.vendor_count,
        phase="over" if next_at is None else "on_air" if next_at <= now else "coming" if now < span.first_at else "running",
        next_at=next_at,
        next_on=local_date(next_at, edition.timezone) if next_at else None,
    )
