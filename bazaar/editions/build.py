"""Builds a rotation: reads the edition into a problem, lets the planner solve it outside any transaction, stores a draft.

A page or a command asks for it (`request_build`) and looks in again; `editions/planning.py` does the work meanwhile. The
demonstration waits for it (`build_rotation`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bazaar.database import reading, transaction
from bazaar.editions.editing import locked_edition, note_change
from bazaar.editions.jobs import Requested, request_job
from bazaar.editions.problem import SOON, id_of, problem_of_edition, slot_key, vendor_key
from bazaar.planner import planner_version
from bazaar.refusals import Refusal
from bazaar.rotation.problem import Plan, Problem, write_problem
from bazaar.rotation.result import Planner, Result, sha256_of
from bazaar.states import RotationState
from bazaar.turns import published_turns
from models import Edition, LiveSession, PlanningJob, Rotation, Slot, Turn


@dataclass(frozen=True)
class Built:
    """The draft that was made, and what is known about it."""

    rotation_id: int
    number: int
    seed: int
    digest: str
    score: dict[str, int]
    bounds: dict[str, int | None]
    proved: tuple[str, ...]
    turn_count: int
    open_slot_count: int


def build_rotation(
    edition_id: int,
    *,
    seed: int | None = None,
    keep_published: bool = True,
    keep_soon: bool = False,
    planner: Planner,
    by: int | None,
    now: datetime,
) -> Built:
    """Build a draft and wait for it. The same edition and seed give the same draft; without a seed it is the draft's number.

    While a rotation is published, as little of it changes as possible; with `keep_published=False` all that has not begun is
    drawn afresh, with `keep_soon` but for the turns of the next 24 hours.
    Refuses `not_found`, `edition_archived`, `no_vendors`, `no_slots` and `seed_out_of_range`. An edition that lies wholly behind is
    built like any other: that is how a record is made of what a bazaar did before it came here.
    """
    problem = solvable_problem(edition_id, seed=seed, keep_published=keep_published, keep_soon=keep_soon, now=now)
    result = planner(problem)
    with transaction() as session:
        return store_draft(session, locked_edition(session, edition_id), problem, result, by=by, now=now)


def request_build(
    edition_id: int,
    *,
    seed: int | None = None,
    keep_published: bool = True,
    keep_soon: bool = False,
    also_behind: bool = False,
    by: int | None,
    now: datetime,
) -> Requested:
    """Ask for the same draft as a planning job, or find the job that is at work already.

    Refuses the same, and `no_slots_ahead` unless it is `also_behind`: for the record of an edition that lies behind.
    """
    if not also_behind:
        refuse_what_is_over(edition_id, now=now)
    problem = solvable_problem(edition_id, seed=seed, keep_published=keep_published, keep_soon=keep_soon, now=now)
    options = {"seed": seed, "keep_published": keep_published, "keep_soon": keep_soon}
    return request_job(edition_id, "build", problem, options, by=by, now=now)


def read_problem_of(
    edition_id: int, *, seed: int | None = None, keep_published: bool = True, keep_soon: bool = False, now: datetime
) -> Problem:
    """What the planner would be asked now. Refuses `not_found`, `edition_archived` and `seed_out_of_range`."""
    if seed is not None and not 0 <= seed < 2**31:
        raise Refusal("seed_out_of_range")
    with reading() as session:
        edition = session.get(Edition, edition_id)
        if edition is None:
            raise Refusal("not_found")
        if edition.archived_at is not None:
            raise Refusal("edition_archived", name=edition.name)
        chosen = edition.rotation_count + 1 if seed is None else seed
        keep_until = now + SOON if keep_soon else None
        return problem_of_edition(session, edition, seed=chosen, keep_published=keep_published, keep_until=keep_until, now=now)


def solvable_problem(
    edition_id: int, *, seed: int | None = None, keep_published: bool = True, keep_soon: bool = False, now: datetime
) -> Problem:
    """The same, if there is something to solve. Refuses also `no_vendors` and `no_slots`."""
    problem = read_problem_of(edition_id, seed=seed, keep_published=keep_published, keep_soon=keep_soon, now=now)
    if not problem.vendors:
        raise Refusal("no_vendors")
    if not problem.slots:
        raise Refusal("no_slots")
    return problem


def refuse_what_is_over(edition_id: int, *, now: datetime) -> None:
    """Refuse `no_slots_ahead`: every slot has begun, and what has begun cannot be given to anybody any more."""
    takes_place = (LiveSession.withdrawn_at.is_(None), LiveSession.archived_at.is_(None))
    own = select(func.max(Slot.starts_at)).join(LiveSession, LiveSession.id == Slot.live_session_id)
    with reading() as session:
        last = session.scalar(own.where(Slot.edition_id == edition_id, *takes_place))
    if last is not None and last <= now:
        raise Refusal("no_slots_ahead")


def store_draft(
    session: Session, edition: Edition, problem: Problem, result: Result, *, extra_changes: int = 0, by: int | None, now: datetime
) -> Built:
    """Step: a draft of a locked edition. Refuses `changed_meanwhile`: a slot or vendor is gone that the plan names.

    extra_changes: how many more than the fewest a repair was allowed; whoever replays it needs to know.
    """
    edition.rotation_count += 1
    rotation = _draft_row(session, edition, problem, result, now)
    rotation.extra_changes, rotation.created_by = extra_changes, by
    session.add(rotation)
    turns = turns_of_plan(session, edition, result.plan, now)
    _add_turns(session, rotation, turns)
    after = {"number": rotation.number, "seed": rotation.seed, "digest": rotation.digest}
    note_change(session, edition, "build_rotation", "rotation", rotation.id, by=by, now=now, after=after)
    return _built(rotation, len(turns))


def built_of(edition_id: int, job_id: int) -> Built:
    """The draft that a planning job led to. Refuses `not_found`: it led to none."""
    with reading() as session:
        of_job = select(PlanningJob.rotation_id).where(PlanningJob.id == job_id, PlanningJob.edition_id == edition_id)
        rotation = session.scalar(select(Rotation).where(Rotation.id == of_job.scalar_subquery()))
        if rotation is None:
            raise Refusal("not_found")
        turn_count = session.scalar(select(func.count()).select_from(Turn).where(Turn.rotation_id == rotation.id))
        return _built(rotation, turn_count or 0)


def _built(rotation: Rotation, turn_count: int) -> Built:
    return Built(
        rotation_id=rotation.id,
        number=rotation.number,
        seed=rotation.seed,
        digest=rotation.digest,
        score=rotation.score,
        bounds=rotation.bounds,
        proved=tuple(rotation.proved),
        turn_count=turn_count,
        open_slot_count=rotation.score["unfilled"],
    )


def _draft_row(session: Session, edition: Edition, problem: Problem, result: Result, now: datetime) -> Rotation:
    """All that a replay needs, and what was found out."""
    document = write_problem(problem)
    return Rotation(
        edition_id=edition.id,
        number=edition.rotation_count,
        state=RotationState.DRAFT,
        seed=problem.seed,
        problem=document,
        score=result.score.as_dict(),
        bounds=result.bounds,
        proved=result.proved,
        digest=result.digest,
        plan=dict(result.plan),
        problem_hash=sha256_of(document),
        effort=1,  # what every planner uses that is not told otherwise
        planner_version=planner_version(),
        conflicts=[conflict.as_dict() for conflict in result.conflicts],
        hand_pins=_hand_pins(session, edition, problem, now),
        created_at=now,
    )


def _hand_pins(session: Session, edition: Edition, problem: Problem, now: datetime) -> list[str]:
    """Slots that people pinned. A problem has other pins too, and no field to tell them apart: turns that have begun, and turns of the
    next 24 hours that were to stay."""
    own = select(Slot.id, Slot.pinned_vendor_id).where(Slot.edition_id == edition.id)
    asked = {slot_key(slot_id): vendor_key(vendor_id) for slot_id, vendor_id in session.execute(own) if vendor_id is not None}
    begun = {slot_key(turn.slot_id) for turn in published_turns(session, edition.id) if turn.starts_at <= now}
    return [slot.id for slot in problem.slots if slot.pin is not None and slot.pin == asked.get(slot.id) and slot.id not in begun]


def _add_turns(session: Session, rotation: Rotation, turns: Mapping[int, int]) -> None:
    """Turns (slot id -> vendor id) with what their slots are worth now. Refuses `changed_meanwhile`."""
    weight = {slot.id: slot.points for slot in session.scalars(select(Slot).where(Slot.edition_id == rotation.edition_id))}
    try:
        session.flush()
        session.add_all(
            Turn(
                edition_id=rotation.edition_id,
                rotation_id=rotation.id,
                slot_id=slot_id,
                vendor_id=vendor_id,
                points=weight.get(slot_id, 0),
            )
            for slot_id, vendor_id in turns.items()
        )
        session.flush()
    except IntegrityError as error:  # a slot or vendor was deleted while the planner was thinking
        raise Refusal("changed_meanwhile") from error


def turns_of_plan(session: Session, edition: Edition, plan: Plan, now: datetime) -> dict[int, int]:
    """Step: slot id -> vendor id: the plan, and over it what has begun, which no plan can change (also of vendors who have left since)."""
    planned = {id_of(slot): id_of(vendor) for slot, vendor in plan.items() if vendor is not None}
    begun = {turn.slot_id: turn.vendor_id for turn in published_turns(session, edition.id) if turn.starts_at <= now}
    return planned | begun
