"""A live session of the sample edition that began 20 minutes ago, so that there is an evening to look at whatever the hour."""

import random  # noqa: TID251 (seeded dice only: a draw can be replayed)
from datetime import datetime, timedelta

from sqlalchemy import select

from bazaar.database import reading, transaction
from bazaar.demo.history import play_live_session
from bazaar.editions.build import build_rotation
from bazaar.editions.live_sessions import LiveSessionData, add_live_session, withdraw_live_session
from bazaar.editions.publish import publish_rotation
from bazaar.localtime import localize
from bazaar.refusals import Refusal
from bazaar.rotation.result import Planner
from models import Edition, LiveSession

BEGAN_BEFORE = timedelta(minutes=20)
SLOT_MINUTES = 15
SLOT_COUNT = 6
LASTS = timedelta(minutes=SLOT_MINUTES * SLOT_COUNT)


def add_evening(edition_id: int, planner: Planner, *, by: int | None, now: datetime) -> int:
    """Add the evening to an edition that is published already: vendors take their places, the turn just over has its sales.

    Returns the live session's id. Whatever else would be on air at that time is called off.
    """
    planned_at = _beginning(edition_id, now) - timedelta(minutes=1)
    live_session_id = put_evening(edition_id, by=by, planned_at=planned_at, now=now)
    built = build_rotation(edition_id, planner=planner, by=by, now=planned_at)
    publish_rotation(built.rotation_id, by=by, now=planned_at)
    dice = random.Random(live_session_id)  # noqa: S311 (seeded: the same evening again would be the same)
    play_live_session(edition_id, live_session_id, dice, now=now)
    return live_session_id


def put_evening(edition_id: int, *, by: int | None, planned_at: datetime, now: datetime) -> int:
    """Plan the live session itself, in the edition's calendar as it was at `planned_at`; returns its id."""
    starts_at = _beginning(edition_id, now)
    for other_id in _on_air_between(edition_id, starts_at, starts_at + LASTS):
        withdraw_live_session(edition_id, other_id, reason="diganti siaran contoh", by=by, now=planned_at)
    timezone = _reach(edition_id, starts_at)
    starts, ends = localize(starts_at, timezone), localize(starts_at + LASTS, timezone)
    data = LiveSessionData(
        on=starts.date(),
        starts=starts.time(),
        ends=ends.time(),
        slot_minutes=SLOT_MINUTES,
        host_name="Mbak Rahma",
        zoom_url="https://zoom.example/j/1442000001",
        youtube_url="https://youtube.example/watch?v=contoh1442",
    )
    return add_live_session(edition_id, data, by=by, now=planned_at)


def _beginning(edition_id: int, now: datetime) -> datetime:
    """20 minutes ago, on a whole minute; earlier by one where another live session began in that very minute."""
    starts_at = (now - BEGAN_BEFORE).replace(second=0, microsecond=0)
    with reading() as session:
        taken = set(session.scalars(select(LiveSession.starts_at).where(LiveSession.edition_id == edition_id)))
    while starts_at in taken:
        starts_at -= timedelta(minutes=1)
    return starts_at


def _on_air_between(edition_id: int, starts_at: datetime, ends_at: datetime) -> list[int]:
    with reading() as session:
        return list(
            session.scalars(
                select(LiveSession.id).where(
                    LiveSession.edition_id == edition_id,
                    LiveSession.withdrawn_at.is_(None),
                    LiveSession.starts_at < ends_at,
                    LiveSession.ends_at > starts_at,
                )
            )
        )


def _reach(edition_id: int, starts_at: datetime) -> str:
    """Let the edition's dates take in the evening; returns its zone."""
    with transaction() as session:
        edition = session.get(Edition, edition_id)
        if edition is None:
            raise Refusal("demo_missing")
        on = localize(starts_at, edition.timezone).date()
        edition.starts_on, edition.ends_on = min(edition.starts_on, on), max(edition.ends_on, on)
        return edition.timezone
