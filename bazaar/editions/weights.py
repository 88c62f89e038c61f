"""What turns of an edition are worth, as its organizer sets it: weights of hours and weekdays, and how much earlier editions count."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bazaar.accounts.audit import changed_values
from bazaar.database import reading, transaction
from bazaar.editions.audience import EveningCount, Suggestion, evenings_of, suggestion_of
from bazaar.editions.credit import leaves_sample_out
from bazaar.editions.editing import locked_edition, note_change, raise_revision
from bazaar.editions.points import DAY_COUNT, HourBand, band_at, read_bands, rules_of, slot_points, write_bands
from bazaar.localtime import minutes_between
from bazaar.refusals import Refusal
from bazaar.states import RotationState
from bazaar.turns import published_turns
from models import Edition, LiveSession, Rotation, Slot, Turn

MOST_BANDS = 8
LARGEST_WEIGHT_PCT = 1_000
EXAMPLE_WEEKDAY, EXAMPLE_MINUTE, EXAMPLE_MINUTES = 1, 20 * 60, 15
"""Tuesday, 20.00, a quarter of an hour: the slot that the page counts as an example."""


@dataclass(frozen=True)
class Weights:
    """The table, and how much of the last edition is carried over and of the one before it, in parts of a hundred."""

    bands: tuple[HourBand, ...]
    decay_pct: tuple[int, ...] = (60, 30)


@dataclass(frozen=True)
class WeightsPage:
    """What the page shows: the weights as they are, what an example is worth, and what was measured."""

    slug: str
    name: str
    revision: int
    weights: Weights
    is_archived: bool
    is_fixed: bool  # turns have begun
    example_points: int
    suggestion: Suggestion | None
    evenings: tuple[EveningCount, ...]  # what was noted of this edition's live sessions
    timezone: str
    is_suggested: bool  # the table is what was measured
    leaves_sample_out: bool  # there is a sample edition, whose viewers are invented


def weights_page(edition_id: int, *, now: datetime) -> WeightsPage:
    """The weights of an edition. Refuses `not_found`."""
    with reading() as session:
        edition = session.get(Edition, edition_id)
        if edition is None:
            raise Refusal("not_found")
        weights = read_weights(edition)
        suggestion = suggestion_of(session, edition, weights.bands)
        return WeightsPage(
            slug=edition.slug,
            name=edition.name,
            revision=edition.revision,
            weights=weights,
            is_archived=edition.archived_at is not None,
            is_fixed=_has_begun(session, edition_id, now),
            example_points=example_points(weights.bands),
            suggestion=suggestion,
            evenings=evenings_of(session, edition),
            timezone=edition.timezone,
            is_suggested=suggestion is not None and suggestion.bands == weights.bands,
            leaves_sample_out=leaves_sample_out(session, edition),
        )


def example_points(bands: tuple[HourBand, ...]) -> int:
    """What a quarter of an hour on Tuesday at 20.00 is worth."""
    return (EXAMPLE_MINUTES * band_at(bands, EXAMPLE_MINUTE).weights[EXAMPLE_WEEKDAY] + 50) // 100


def change_weights(edition_id: int, weights: Weights, *, revision: int, by: int | None, now: datetime) -> None:
    """Set what turns are worth; `revision` is the one the organizer saw. Every slot, draft and published turn is counted anew.

    Refuses `not_found`, `edition_archived`, `changed_meanwhile`, `weights_in_use` (turns have begun), `bands_wrong` (none, too many,
    not from midnight, or two alike), `weight_out_of_range` and `decay_out_of_range`.
    """
    _refuse_impossible(weights)
    with transaction() as session:
        edition = locked_edition(session, edition_id)
        before = read_weights(edition)
        raise_revision(session, edition, revision)
        if weights == before:
            return
        if _has_begun(session, edition_id, now):
            raise Refusal("weights_in_use")
        edition.audience_weights = write_bands(weights.bands)
        edition.decay_pct = list(weights.decay_pct)
        session.flush()
        if weights.bands != before.bands:
            _count_points_anew(session, edition)
        old, new = changed_values(_as_written(before), _as_written(weights))
        note_change(session, edition, "change_weights", "edition", edition_id, by=by, now=now, before=old, after=new)


def read_weights(edition: Edition) -> Weights:
    """The weights as they are now."""
    return Weights(read_bands(edition.audience_weights), tuple(edition.decay_pct))


def _refuse_impossible(weights: Weights) -> None:
    beginnings = [band.from_minute for band in weights.bands]
    is_ordered = all(earlier < later for earlier, later in pairwise(beginnings))
    if not (0 < len(beginnings) <= MOST_BANDS and beginnings[0] == 0 and is_ordered and beginnings[-1] < 24 * 60):
        raise Refusal("bands_wrong", most=MOST_BANDS)
    for band in weights.bands:
        if len(band.weights) != DAY_COUNT or not all(0 < weight <= LARGEST_WEIGHT_PCT for weight in band.weights):
            raise Refusal("weight_out_of_range")
    if len(weights.decay_pct) != 2 or not 100 >= weights.decay_pct[0] >= weights.decay_pct[1] >= 0:
        raise Refusal("decay_out_of_range")


def _has_begun(session: Session, edition_id: int, now: datetime) -> bool:
    return any(turn.starts_at <= now for turn in published_turns(session, edition_id))


def _as_written(weights: Weights) -> dict[str, Any]:
    """For the audit: plain values that JSON can hold."""
    return {"audience_weights": write_bands(weights.bands), "decay_pct": list(weights.decay_pct)}


def _count_points_anew(session: Session, edition: Edition) -> None:
    rules = rules_of(edition)
    rows = session.execute(
        select(Slot, LiveSession.starts_at).join(LiveSession, LiveSession.id == Slot.live_session_id).where(Slot.edition_id == edition.id)
    ).all()
    for slot, began_at in rows:
        slot.points = slot_points(minutes_between(slot.starts_at, slot.ends_at), slot.starts_at, began_at, rules)
    session.flush()
    current = select(Slot.points).where(Slot.id == Turn.slot_id).scalar_subquery()
    drawn = select(Rotation.id).where(Rotation.state.in_((RotationState.DRAFT, RotationState.PUBLISHED)))
    session.execute(update(Turn).where(Turn.edition_id == edition.id, Turn.rotation_id.in_(drawn)).values(points=current))
