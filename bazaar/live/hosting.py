"""Which live sessions a host may run, and what the door to one of them says."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bazaar import localtime
from bazaar.database import reading
from bazaar.refusals import Refusal
from models import Bazaar, Edition, LiveSession

STAYS_FOR = timedelta(hours=12)
"""How long a live session stays in the list after its end: its books may still be corrected."""
MOST_SHOWN = 30


@dataclass(frozen=True)
class HostedSession:
    """A live session as its host sees it from outside."""

    id: int
    title: str
    time_text: str  # `20.00–21.30 WIB`
    host_name: str
    edition_name: str
    bazaar_name: str
    is_on_air: bool
    has_begun: bool
    is_withdrawn: bool


@dataclass(frozen=True)
class HostingPage:
    """The live sessions of one host, next ones first."""

    live_sessions: tuple[HostedSession, ...]


def host_door(live_session_id: int, *, now: datetime) -> HostedSession:
    """What the door to a live session's console says. Refuses `not_found`."""
    with reading() as session:
        found = _hosted(session, LiveSession.id == live_session_id, now=now)
        if not found:
            raise Refusal("not_found")
        return found[0]


def hosting_page(bazaar_ids: Collection[int], *, now: datetime) -> HostingPage:
    """The live sessions of these bazaars that run or are still to come, the next thirty."""
    with reading() as session:
        which = (
            Edition.bazaar_id.in_(bazaar_ids)
            & (LiveSession.ends_at > now - STAYS_FOR)
            & LiveSession.withdrawn_at.is_(None)
            & LiveSession.archived_at.is_(None)
            & Edition.archived_at.is_(None)
        )
        return HostingPage(tuple(_hosted(session, which, now=now)))


def _hosted(session: Session, which: ColumnElement[bool], *, now: datetime) -> list[HostedSession]:
    rows = session.execute(
        select(LiveSession, Edition, Bazaar)
        .join(Edition, Edition.id == LiveSession.edition_id)
        .join(Bazaar, Bazaar.id == Edition.bazaar_id)
        .where(which)
        .order_by(LiveSession.ends_at, LiveSession.id)
        .limit(MOST_SHOWN)
    ).all()
    return [_as_hosted(live_session, edition, bazaar, now) for live_session, edition, bazaar in rows]


def _as_hosted(live_session: LiveSession, edition: Edition, bazaar: Bazaar, now: datetime) -> HostedSession:
    starts = localtime.clock_text(live_session.starts_at, edition.timezone)
    return HostedSession(
        id=live_session.id,
        title=localtime.live_session_title(live_session.starts_at, edition.timezone),
        time_text=f"{starts}–{localtime.clock_zone_text(live_session.ends_at, edition.timezone)}",
        host_name=live_session.host_name,
        edition_name=edition.name,
        bazaar_name=bazaar.name,
        is_on_air=live_session.starts_at <= now < live_session.ends_at,
        has_begun=live_session.starts_at <= now,
        is_withdrawn=live_session.withdrawn_at is not None,
    )
