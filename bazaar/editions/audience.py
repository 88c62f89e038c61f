"""How many watch, as people noted it, and the weights that follow from it.

Every observation (an hour of a live session here, a turn of an imported edition) is divided by the mean of its own edition, so that a
bazaar that grows does not make last year's hours look dull. With n observations whose median is m, an hour band is believed

    band = (n m + K) / (n + K)                 towards 1, the mean of all
    cell = (n m + K band) / (n + K)            a weekday within its band, towards the band

with K = 4: one loud evening moves a weight little, twenty move it nearly all the way. This is the credibility estimate of actuaries
(Buehlmann, Experience rating and credibility, ASTIN Bulletin 4, 1967), with medians in place of means because a single crowded night
must not count as a habit. Weights are 100 x cell, rounded half up to steps of 5: few different weights keep the number of different
point values small, on which the planner's baskets depend. All of it in exact fractions; nothing is suggested from fewer than 12.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from fractions import Fraction
from statistics import mean, median

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.database import reading, transaction
from bazaar.editions.editing import locked_edition, note_change
from bazaar.editions.points import DAY_COUNT, HourBand, band_at
from bazaar.localtime import local_date, minute_of_day, to_utc
from bazaar.refusals import Refusal
from models import AudienceCount, Edition, LiveSession, PastTurn, Vendor

FEWEST_OBSERVATIONS = 12
PRIOR_WEIGHT = 4
"""K: how many observations the mean itself is worth."""
STEP_PCT = 5
_LARGEST_PCT = 1_000
MOST_VIEWERS = 10_000_000
_FEWEST_MINUTES_ON_AIR = 5
"""A turn that broke off sooner says nothing about its hour."""


@dataclass(frozen=True)
class Observation:
    """So many people watched at that time. `edition` tells audiences of different years apart; minute is local, since midnight."""

    edition: str
    weekday: int
    minute: int
    viewer_count: int


@dataclass(frozen=True)
class Suggestion:
    """Weights as measured, in the same bands as the table, with how often each of its cells was observed."""

    bands: tuple[HourBand, ...]
    counts: tuple[tuple[int, ...], ...]
    observation_count: int
    edition_count: int


@dataclass(frozen=True)
class HourCount:
    """An hour of a live session (None: all of it), and how many watched as far as anybody noted it."""

    starts_at: datetime | None
    viewer_count: int | None


@dataclass(frozen=True)
class EveningCount:
    """A live session of which viewers were noted: the mean of its hours, and how many of them were noted by themselves."""

    live_session_id: int
    starts_at: datetime
    viewer_count: int
    noted_hour_count: int
    hour_count: int


CountKey = tuple[int, datetime | None]
"""A live session, and the hour of it that begins then (None: all of it)."""


def suggest(observations: Sequence[Observation], bands: Sequence[HourBand]) -> Suggestion | None:
    """Weights for these bands from what was measured; None where too little was."""
    relative = list(_shares(observations))
    if len(relative) < FEWEST_OBSERVATIONS:
        return None
    by_band: dict[int, list[Fraction]] = defaultdict(list)
    by_cell: dict[tuple[int, int], list[Fraction]] = defaultdict(list)
    for seen, share in relative:
        begins = band_at(bands, seen.minute).from_minute
        by_band[begins].append(share)
        by_cell[begins, seen.weekday].append(share)
    suggested = []
    for band in bands:
        typical = _believed(by_band[band.from_minute], Fraction(1))
        cells = [_believed(by_cell[band.from_minute, weekday], typical) for weekday in range(DAY_COUNT)]
        suggested.append(HourBand(band.from_minute, tuple(_as_weight(cell) for cell in cells)))
    return Suggestion(
        bands=tuple(suggested),
        counts=tuple(tuple(len(by_cell[band.from_minute, weekday]) for weekday in range(DAY_COUNT)) for band in bands),
        observation_count=len(relative),
        edition_count=len({seen.edition for seen, _ in relative}),
    )


def suggestion_of(session: Session, edition: Edition, bands: Sequence[HourBand]) -> Suggestion | None:
    """Step: what was measured in this bazaar's live sessions and in the history imported into the edition, as weights."""
    return suggest([*_imported(session, edition), *_noted(session, edition)], bands)


def note_viewers(
    live_session_id: int,
    viewer_count: int,
    *,
    hour_starts_at: datetime | None = None,
    by: int | None,
    link_id: int | None = None,
    now: datetime,
) -> None:
    """Append how many watched, in the hour that begins then or in the live session as a whole; the newest note counts.

    Refuses `not_found`, `edition_archived`, `not_begun`, `hour_unknown`, `hour_not_begun` and `viewers_out_of_range`.
    """
    if not 0 <= viewer_count <= MOST_VIEWERS:
        raise Refusal("viewers_out_of_range")
    with transaction() as session:
        live_session = session.get(LiveSession, live_session_id)
        if live_session is None:
            raise Refusal("not_found")
        edition = locked_edition(session, live_session.edition_id)
        if live_session.starts_at > now:
            raise Refusal("not_begun")
        if hour_starts_at is not None and hour_starts_at not in hours_of(live_session, edition.timezone):
            raise Refusal("hour_unknown")
        if hour_starts_at is not None and hour_starts_at > now:
            raise Refusal("hour_not_begun")
        session.add(
            AudienceCount(
                live_session_id=live_session_id,
                hour_starts_at=hour_starts_at,
                viewer_count=viewer_count,
                noted_at=now,
                account_id=by,
                link_id=link_id,
            )
        )
        after = {"viewers": viewer_count, "hour": hour_starts_at.isoformat() if hour_starts_at else None}
        note_change(session, edition, "note_viewers", "live_session", live_session_id, by=by, link_id=link_id, now=now, after=after)


def audience_of(live_session_id: int) -> tuple[HourCount, ...]:
    """The live session as a whole and hour by hour, with what was noted. Refuses `not_found`."""
    with reading() as session:
        live_session = session.get(LiveSession, live_session_id)
        if live_session is None:
            raise Refusal("not_found")
        timezone = session.get_one(Edition, live_session.edition_id).timezone
        noted = _viewers(newest_counts(session, [live_session_id]))
        return tuple(HourCount(hour, noted.get((live_session_id, hour))) for hour in (None, *hours_of(live_session, timezone)))


def evenings_of(session: Session, edition: Edition) -> tuple[EveningCount, ...]:
    """Step: the live sessions of an edition of which anybody noted viewers, by time."""
    own = select(LiveSession).where(LiveSession.edition_id == edition.id).order_by(LiveSession.starts_at, LiveSession.id)
    live_sessions = session.scalars(own).all()
    noted = _viewers(newest_counts(session, [each.id for each in live_sessions]))
    evenings = []
    for each in live_sessions:
        hours = hours_of(each, edition.timezone)
        whole = noted.get((each.id, None))
        seen = [noted.get((each.id, hour), whole) for hour in hours]
        known = [count for count in seen if count is not None]
        if known:
            noted_hours = sum((each.id, hour) in noted for hour in hours)
            evenings.append(EveningCount(each.id, each.starts_at, round(mean(known)), noted_hours, len(hours)))
    return tuple(evenings)


def newest_counts(session: Session, live_session_ids: Sequence[int]) -> dict[CountKey, AudienceCount]:
    """Step: the notes that count, by live session and hour (None: all of it)."""
    rows = session.scalars(select(AudienceCount).where(AudienceCount.live_session_id.in_(live_session_ids)).order_by(AudienceCount.id))
    return {(row.live_session_id, row.hour_starts_at): row for row in rows}


def hours_of(live_session: LiveSession, timezone: str) -> list[datetime]:
    """A live session's beginning, and every full hour on the clock until its end."""
    first = live_session.starts_at
    hours, next_hour = [first], first + timedelta(minutes=60 - minute_of_day(first, timezone) % 60)
    while next_hour < live_session.ends_at:
        hours.append(next_hour)
        next_hour += timedelta(hours=1)
    return hours


def _shares(observations: Sequence[Observation]) -> Iterable[tuple[Observation, Fraction]]:
    """Each observation with its size compared with the mean of its edition."""
    sums: dict[str, list[int]] = defaultdict(list)
    for seen in observations:
        sums[seen.edition].append(seen.viewer_count)
    for seen in observations:
        known = sums[seen.edition]
        if any(known):
            yield seen, Fraction(seen.viewer_count * len(known), sum(known))


def _believed(shares: Sequence[Fraction], expected: Fraction) -> Fraction:
    return (len(shares) * median(shares) + PRIOR_WEIGHT * expected) / (len(shares) + PRIOR_WEIGHT) if shares else expected


def _as_weight(share: Fraction) -> int:
    steps = (100 * share / STEP_PCT + Fraction(1, 2)).__floor__()
    return min(_LARGEST_PCT, max(STEP_PCT, STEP_PCT * steps))


def _imported(session: Session, edition: Edition) -> list[Observation]:
    turns = session.scalars(
        select(PastTurn)
        .join(Vendor, Vendor.id == PastTurn.vendor_id)
        .where(Vendor.edition_id == edition.id, PastTurn.viewer_count.is_not(None), PastTurn.minutes_aired >= _FEWEST_MINUTES_ON_AIR)
    )
    return [_observation(turn.edition_name, turn.started_at, turn.viewer_count or 0, edition.timezone) for turn in turns]


def _noted(session: Session, edition: Edition) -> list[Observation]:
    """The hours of this bazaar's live sessions; one noted only as a whole counts the same in each of its hours."""
    rows = session.execute(
        select(LiveSession, Edition)
        .join(Edition, Edition.id == LiveSession.edition_id)
        .where(
            Edition.bazaar_id == edition.bazaar_id,
            Edition.is_demo == edition.is_demo,
            LiveSession.id.in_(select(AudienceCount.live_session_id)),
        )
        .order_by(LiveSession.starts_at, LiveSession.id)
    ).all()
    noted = _viewers(newest_counts(session, [live_session.id for live_session, _ in rows]))
    return [
        _observation(f"#{of.id}", _in_evening(hour, live_session, of.timezone), viewer_count, of.timezone)
        for live_session, of in rows
        for hour in hours_of(live_session, of.timezone)
        if (viewer_count := noted.get((live_session.id, hour), noted.get((live_session.id, None)))) is not None
    ]


def _in_evening(hour: datetime, live_session: LiveSession, timezone: str) -> datetime:
    """Past midnight an hour still belongs to the evening on which its live session began, as its points do."""
    evening_on = local_date(live_session.starts_at, timezone)
    return hour if local_date(hour, timezone) == evening_on else to_utc(evening_on, time(23, 59), timezone)


def _viewers(counts: Mapping[CountKey, AudienceCount]) -> dict[CountKey, int]:
    return {key: count.viewer_count for key, count in counts.items()}


def _observation(edition: str, at: datetime, viewer_count: int, timezone: str) -> Observation:
    return Observation(edition, local_date(at, timezone).weekday(), minute_of_day(at, timezone), viewer_count)
