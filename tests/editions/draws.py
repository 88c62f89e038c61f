"""Real draws for tests: solved by the planner, stored as building and publishing store them."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update

from bazaar.database import reading, transaction
from bazaar.editions.build import read_problem_of
from bazaar.editions.problem import id_of, slot_key, vendor_key
from bazaar.planner import planner_version
from bazaar.rotation.problem import Problem, write_problem
from bazaar.rotation.result import sha256_of
from bazaar.rotation.solve import solve
from bazaar.states import RotationState
from models import Rotation, Slot
from tests import factories

NOW = datetime(2026, 5, 4, 0, 0, tzinfo=UTC)


def make_fair(*, vendors: int = 4, evenings: int = 2, slots: int = 4, **fields: Any) -> int:
    """An edition in which every vendor can have the same: evenings three days apart, everybody free."""
    edition_id = factories.make_edition(**{"gap_days": 3, "wanted_gap_days": 3, **fields})
    for evening in range(evenings):
        factories.make_live_session(edition_id, starts_at=datetime(2026, 5, 5 + 3 * evening, 13, tzinfo=UTC), slot_count=slots)
    for index in range(vendors):
        factories.make_vendor(edition_id, category="AB"[index % 2])
    return edition_id


def make_draw(
    edition_id: int,
    *,
    seed: int | None = None,
    state: RotationState = RotationState.PUBLISHED,
    keep_published: bool = False,
    keep_soon: bool = False,
    at: datetime = NOW,
    **fields: Any,
) -> int:
    """A rotation drawn and published at that time; what was published before is superseded. Returns its id."""
    problem = read_problem_of(edition_id, seed=seed, keep_published=keep_published, keep_soon=keep_soon, now=at)
    result = solve(problem)
    document = write_problem(problem)
    if state is RotationState.PUBLISHED:
        with transaction() as session:
            published = (Rotation.edition_id == edition_id, Rotation.state == RotationState.PUBLISHED)
            session.execute(update(Rotation).where(*published).values(state=RotationState.SUPERSEDED))
    drawn = {
        "seed": problem.seed,
        "problem": document,
        "score": result.score.as_dict(),
        "bounds": result.bounds,
        "proved": result.proved,
        "digest": result.digest,
        "plan": dict(result.plan),
        "problem_hash": sha256_of(document),
        "effort": 1,
        "extra_changes": 0,
        "planner_version": planner_version(),
        "hand_pins": hand_pins_of(edition_id, problem, at),
        "created_at": at,
        "published_at": at if state is RotationState.PUBLISHED else None,
    }
    turns = [(id_of(slot), id_of(vendor)) for slot, vendor in result.plan.items() if vendor is not None]
    return factories.make_rotation(edition_id, turns, state=state, **{**drawn, **fields})


def hand_pins_of(edition_id: int, problem: Problem, at: datetime) -> list[str]:
    """Slots of the problem that are pinned by a person and still ahead."""
    with reading() as session:
        ahead = select(Slot).where(Slot.edition_id == edition_id, Slot.pinned_vendor_id.is_not(None), Slot.starts_at > at)
        pinned = {slot_key(slot.id): vendor_key(slot.pinned_vendor_id or 0) for slot in session.scalars(ahead)}
    return [slot.id for slot in problem.slots if slot.pin is not None and pinned.get(slot.id) == slot.pin]


def change_draw(rotation_id: int, **values: Any) -> None:
    """Tamper with what is stored."""
    with transaction() as session:
        session.execute(update(Rotation).where(Rotation.id == rotation_id).values(**values))


def draw(rotation_id: int) -> Rotation:
    """The row."""
    with reading() as session:
        return session.scalars(select(Rotation).where(Rotation.id == rotation_id)).one()
