"""Planning jobs: the planner at work for an edition, as rows that every organizer can see, watch and cancel.

A job is asked for (queued), begun by a thread (running), and ends as done, failed or cancelled. Each step is an UPDATE that names
the state it leaves, so a job ends once: whoever comes second hears False. A job whose heartbeat stopped belongs to a process that
died; it shows as interrupted, and the next one asked for takes its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, select, update
from sqlalchemy.orm import Session

from bazaar.database import reading, transaction
from bazaar.editions.editing import locked_edition, note_change
from bazaar.refusals import Refusal
from bazaar.rotation.problem import Problem, read_problem, write_problem
from bazaar.states import PlanningState
from models import Account, PlanningJob, Rotation

SILENT_AFTER = timedelta(seconds=30)
"""Without a heartbeat for so long nobody is at work any more."""
_AT_WORK = (PlanningState.QUEUED, PlanningState.RUNNING)
_JobRow = Row[PlanningJob, str, int]  # of the outer joins: name and number may be None


@dataclass(frozen=True)
class JobRef:
    """A job as the pages tell of it."""

    id: int
    edition_id: int
    kind: str
    options: Mapping[str, Any]
    state: PlanningState
    stage: str
    share_pct: int  # of that stage
    rotation_id: int | None
    rotation_number: int | None
    error: str
    created_at: datetime
    created_by: str  # empty: a command
    creator_id: int | None
    finished_at: datetime | None

    @property
    def is_at_work(self) -> bool:
        """Whether there is something to wait for."""
        return self.state in _AT_WORK


@dataclass(frozen=True)
class Requested:
    """The job that was asked for, or the one that was at work already."""

    job_id: int
    is_new: bool
    is_as_asked: bool = True  # False: the one at work was asked something else


def request_job(edition_id: int, kind: str, problem: Problem, options: Mapping[str, Any], *, by: int | None, now: datetime) -> Requested:
    """Ask the planner something. Where it is at work for this edition already, that job is the answer.

    Refuses `not_found` and `edition_archived`.
    """
    with transaction() as session:
        locked_edition(session, edition_id)
        _bury_the_silent(session, edition_id, now)
        running = session.scalar(select(PlanningJob).where(PlanningJob.edition_id == edition_id, PlanningJob.finished_at.is_(None)))
        if running is not None:
            is_as_asked = (running.kind, running.options) == (kind, dict(options))
            return Requested(running.id, is_new=False, is_as_asked=is_as_asked)
        job = PlanningJob(
            edition_id=edition_id,
            kind=kind,
            options=dict(options),
            problem=write_problem(problem),
            state=PlanningState.QUEUED,
            heartbeat_at=now,
            created_at=now,
            created_by=by,
        )
        session.add(job)
        session.flush()
        return Requested(job.id, is_new=True)


def begin_job(job_id: int, *, now: datetime) -> bool:
    """Take a queued job in hand. False: it was cancelled before it began, or somebody else has it."""
    with transaction() as session:
        return _move(session, job_id, (PlanningState.QUEUED,), state=PlanningState.RUNNING, heartbeat_at=now)


def note_progress(job_id: int, stage: str, share_pct: int, *, now: datetime) -> bool:
    """Write how far a running job is, and that it lives. False: nobody wants its answer any more."""
    with transaction() as session:
        return _move(session, job_id, (PlanningState.RUNNING,), stage=stage, share_pct=share_pct, heartbeat_at=now)


def is_wanted(job_id: int) -> bool:
    """Whether a running job was not cancelled meanwhile."""
    with reading() as session:
        return session.scalar(select(PlanningJob.state).where(PlanningJob.id == job_id)) is PlanningState.RUNNING


def cancel_job(edition_id: int, job_id: int, *, by: int | None, now: datetime) -> bool:
    """Want a job's answer no more. False: it was over already. Refuses `not_found` and `edition_archived`."""
    with transaction() as session:
        edition = locked_edition(session, edition_id)
        if session.scalar(select(PlanningJob.edition_id).where(PlanningJob.id == job_id)) != edition_id:
            raise Refusal("not_found")
        is_cancelled = _end(session, job_id, PlanningState.CANCELLED, now=now)
        if is_cancelled:
            note_change(session, edition, "cancel_planning", "planning_job", job_id, by=by, now=now)
        return is_cancelled


def fail_job(job_id: int, error: str, *, now: datetime) -> bool:
    """Write why a job came to nothing: the code of a refusal. False: it was over already."""
    with transaction() as session:
        return _end(session, job_id, PlanningState.FAILED, error=error, now=now)


def end_job(session: Session, job_id: int, *, rotation_id: int | None = None, answer: Any = None, now: datetime) -> bool:
    """Step: a running job is done, with the draft or the answer it led to. False: nobody wants it any more."""
    return _end(session, job_id, PlanningState.DONE, rotation_id=rotation_id, answer=answer, now=now)


def job_page(edition_id: int, job_id: int, *, now: datetime) -> JobRef:
    """A job of this edition. Refuses `not_found`."""
    with reading() as session:
        row = session.execute(_jobs().where(PlanningJob.edition_id == edition_id, PlanningJob.id == job_id)).one_or_none()
    if row is None:
        raise Refusal("not_found")
    return _ref(row, now)


def job_at_work(edition_id: int, *, now: datetime) -> JobRef | None:
    """The job that the planner is busy with for this edition."""
    with reading() as session:
        row = session.execute(_jobs().where(PlanningJob.edition_id == edition_id, PlanningJob.finished_at.is_(None))).one_or_none()
    job = None if row is None else _ref(row, now)
    return job if job is not None and job.is_at_work else None


def job_answer(edition_id: int, job_id: int) -> tuple[Problem, Any]:
    """What was asked and what came of it, for the page that words it. Refuses `not_found`, also while it is at work."""
    with reading() as session:
        job = session.scalar(select(PlanningJob).where(PlanningJob.edition_id == edition_id, PlanningJob.id == job_id))
        if job is None or job.answer is None:
            raise Refusal("not_found")
        return read_problem(job.problem), job.answer


def job_problem(edition_id: int, job_id: int) -> Any:
    """The file that a job was asked about, as it was then: numbers and no names, to solve it again elsewhere. Refuses `not_found`."""
    with reading() as session:
        of_job = select(PlanningJob.problem).where(PlanningJob.edition_id == edition_id, PlanningJob.id == job_id)
        document = session.scalar(of_job)
    if document is None:
        raise Refusal("not_found")
    return document


def _jobs() -> Select[PlanningJob, str, int]:
    return (
        select(PlanningJob, Account.name, Rotation.number)
        .outerjoin(Account, Account.id == PlanningJob.created_by)
        .outerjoin(Rotation, Rotation.id == PlanningJob.rotation_id)
    )


def _ref(row: _JobRow, now: datetime) -> JobRef:
    job, name, number = row
    ref = JobRef(
        id=job.id,
        edition_id=job.edition_id,
        kind=job.kind,
        options=job.options,
        state=job.state,
        stage=job.stage,
        share_pct=job.share_pct,
        rotation_id=job.rotation_id,
        rotation_number=number,
        error=job.error,
        created_at=job.created_at,
        created_by=name or "",
        creator_id=job.created_by,
        finished_at=job.finished_at,
    )
    is_silent = ref.is_at_work and job.heartbeat_at < now - SILENT_AFTER
    return replace(ref, state=PlanningState.INTERRUPTED) if is_silent else ref


def _bury_the_silent(session: Session, edition_id: int, now: datetime) -> None:
    session.execute(
        update(PlanningJob)
        .where(PlanningJob.edition_id == edition_id, PlanningJob.state.in_(_AT_WORK), PlanningJob.heartbeat_at < now - SILENT_AFTER)
        .values(state=PlanningState.INTERRUPTED, finished_at=now)
        .execution_options(synchronize_session=False)
    )


def _end(session: Session, job_id: int, state: PlanningState, *, now: datetime, **values: Any) -> bool:
    leaves = (PlanningState.RUNNING,) if state is PlanningState.DONE else _AT_WORK
    return _move(session, job_id, leaves, state=state, finished_at=now, **values)


def _move(session: Session, job_id: int, leaves: tuple[PlanningState, ...], **values: Any) -> bool:
    moved = session.execute(
        update(PlanningJob)
        .where(PlanningJob.id == job_id, PlanningJob.state.in_(leaves))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(moved.rowcount)  # type: ignore[attr-defined] # an UPDATE's result counts rows
