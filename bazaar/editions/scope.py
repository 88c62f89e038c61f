"""Which edition and bazaar an address means: the small facts that every page about an edition needs."""

from dataclasses import dataclass

from sqlalchemy import select

from bazaar.database import reading
from bazaar.refusals import Refusal
from models import Bazaar, Edition, LiveSession


@dataclass(frozen=True)
class EditionRef:
    """An edition by name, with its bazaar and zone."""

    id: int
    slug: str
    name: str
    timezone: str
    is_demo: bool
    is_archived: bool
    bazaar_id: int
    bazaar_slug: str
    bazaar_name: str
    city: str
    help_phone: str


@dataclass(frozen=True)
class LiveSessionRef:
    """A live session and the edition it belongs to."""

    id: int
    edition: EditionRef


def edition_ref(slug: str) -> EditionRef:
    """The edition with that slug. Refuses `not_found`."""
    with reading() as session:
        row = session.execute(
            select(Edition, Bazaar).join(Bazaar, Bazaar.id == Edition.bazaar_id).where(Edition.slug == slug)
        ).one_or_none()
        if row is None:
            raise Refusal("not_found")
        return _ref(row[0], row[1])


def bazaar_id_of(slug: str) -> int:
    """The bazaar with that slug. Refuses `not_found`."""
    with reading() as session:
        bazaar_id = session.scalar(select(Bazaar.id).where(Bazaar.slug == slug))
    if bazaar_id is None:
        raise Refusal("not_found")
    return bazaar_id


def live_session_ref(live_session_id: int) -> LiveSessionRef:
    """The live session with that id. Refuses `not_found`."""
    with reading() as session:
        row = session.execute(
            select(LiveSession.id, Edition, Bazaar)
            .join(Edition, Edition.id == LiveSession.edition_id)
            .join(Bazaar, Bazaar.id == Edition.bazaar_id)
            .where(LiveSession.id == live_session_id)
        ).one_or_none()
        if row is None:
            raise Refusal("not_found")
        return LiveSessionRef(row[0], _ref(row[1], row[2]))


def _ref(edition: Edition, bazaar: Bazaar) -> EditionRef:
    return EditionRef(
        id=edition.id,
        slug=edition.slug,
        name=edition.name,
        timezone=edition.timezone,
        is_demo=edition.is_demo,
        is_archived=edition.archived_at is not None,
        bazaar_id=bazaar.id,
        bazaar_slug=bazaar.slug,
        bazaar_name=bazaar.name,
        city=bazaar.city,
        help_phone=bazaar.help_phone,
    )
