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
        cards = [card for edition, bazaar in _published_editions(session) if (card := _card(session, edition, bazaar, now)) is not None]
    current = sorted((card for card in cards if card.phase != "over"), key=lambda card: (card.phase == "coming", card.starts_on, card.slug))
    over = sorted((card for card in cards if card.phase == "over"), key=lambda card: card.ends_on, reverse=True)
    return LandingPage(tuple(current), tuple(over[:ENDED_SHOWN]))


def _published_editions(session: Session) -> Sequence[tuple[Edition, Bazaar]]:
    rows = session.execute(
        select(Edition, Bazaar).join(Bazaar, Bazaar.id == Edition.bazaar_id).where(Edition.archived_at.is_(None), is_published())
    )
    return [(edition, bazaar) for edition, bazaar in rows]


def _card(session: Session, edition: Edition, bazaar: Bazaar, now: datetime) -> EditionCard | None:
    turns = select_published().where(Turn.edition_id == edition.id)
    first_at, last_at, vendor_count = session.execute(
        turns.with_only_columns(
            func.min(Slot.starts_at), func.max(Slot.ends_at), func.count(Turn.vendor_id.distinct()), maintain_column_froms=True
        )
    ).one()
    if first_at is None or last_at is None:
        return None
    next_at = session.scalar(turns.where(Slot.ends_at > now).with_only_columns(func.min(Slot.starts_at), maintain_column_froms=True))
    return EditionCard(
        slug=edition.slug,
        name=edition.name,
        bazaar_name=bazaar.name,
        city=bazaar.city,
        timezone=edition.timezone,
        starts_on=edition.starts_on,
        ends_on=edition.ends_on,
        vendor_count=vendor_count,
        phase="over" if next_at is None else "on_air" if next_at <= now else "coming" if now < first_at else "running",
        next_at=next_at,
        next_on=local_date(next_at, edition.timezone) if next_at else None,
    )
