"""Does the work of a planning job: asks the planner, watches over it, keeps what comes of it.

A kind of job is a verb of the planner and a step that keeps its answer. To add one: a line in `KINDS`, a use case that calls
`request_job` with its problem, and an errand in `bazaar/web/organizer/planning.py` that says where its result is read.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bazaar.clock import Clock
from bazaar.database import is_passing, reading, transaction
from bazaar.editions.build import store_draft
from bazaar.editions.editing import locked_edition
from bazaar.editions.jobs import begin_job, end_job, fail_job, is_wanted, note_progress
from bazaar.planner import (
    AskPlanner,
    PlannerCrashedError,
    PlannerError,
    PlannerStoppedError,
    PlannerTooSlowError,
    add_reasons,
    add_reasons_to_steps,
)
from bazaar.refusals import Refusal
from bazaar.rotation.problem import read_problem
from bazaar.rotation.result import Result
from models import PlanningJob

WRITE_SECONDS = 0.5
"""Progress is written at most so often: each write is a commit."""
HEARTBEAT_SECONDS = 5.0
"""And at least so often, however long a stage is silent."""
LOOK_SECONDS = 0.25
"""How soon a cancelled job's planner is stopped."""

log = logging.getLogger(__name__)
Keep = Callable[[Session, PlanningJob, Any, datetime], bool]
"""Step: keep the planner's JSON document and end the job; False where nobody wants it any more."""


@dataclass(frozen=True)
class Kind:
    """What a job asks the planner, and what becomes of the answer."""

    verb: str
    keep: Keep
    options: tuple[str, ...] = ()  # as on the planner's command line


def keep_draft(session: Session, job: PlanningJob, document: Any, now: datetime) -> bool:
    """Step: a rotation becomes a draft of the edition."""
    edition = locked_edition(session, job.edition_id)
    built = store_draft(session, edition, read_problem(job.problem), Result.from_dict(document), by=job.created_by, now=now)
    return end_job(session, job.id, rotation_id=built.rotation_id, now=now)


def keep_answer(session: Session, job: PlanningJob, document: Any, now: datetime) -> bool:
    """Step: the document stays in the job, for a page to word it (`job_answer`)."""
    return end_job(session, job.id, answer=document, now=now)


KINDS: Mapping[str, Kind] = {
    "build": Kind("solve", keep_draft),
    "repair": Kind("frontier", keep_answer, ("--proofs",)),
}


def run_job(job_id: int, *, ask: AskPlanner, clock: Clock) -> None:
    """Do a queued job from beginning to end. Whatever goes wrong ends up in its row; nothing is raised but the end of the process."""
    if not begin_job(job_id, now=clock()):
        return
    try:
        _work(job_id, ask, clock)
    except PlannerStoppedError:
        log.info("planning job %s is not wanted any more", job_id)
    except PlannerError as error:
        log.error("planning job %s: %s", job_id, error)  # noqa: TRY400 (the planner's words say it; where we waited does not)
        fail_job(job_id, _code_of(error), now=clock())
    except Refusal as refusal:
        fail_job(job_id, refusal.code, now=clock())
    except Exception:
        log.exception("planning job %s failed", job_id)
        fail_job(job_id, "planner_failed", now=clock())


def _code_of(error: PlannerError) -> str:
    if isinstance(error, PlannerTooSlowError):
        return "planner_too_slow"
    return "planner_crashed" if isinstance(error, PlannerCrashedError) else "planner_failed"


def _work(job_id: int, ask: AskPlanner, clock: Clock) -> None:
    with reading() as session:
        job = session.get_one(PlanningJob, job_id)
    kind = KINDS[job.kind]
    problem, watcher = read_problem(job.problem), _Watcher(job_id, clock)
    document = ask(kind.verb, problem, *kind.options, watch=watcher)
    if kind.keep is keep_draft:
        document = add_reasons(document, ask, problem, watch=watcher)
    elif kind.verb == "frontier":
        document = add_reasons_to_steps(document, ask, problem, watch=watcher)
    with transaction() as session:
        if not kind.keep(session, job, document, clock()):
            raise PlannerStoppedError("cancelled at the last moment: what was kept is rolled back")


class _Watcher:
    """Carries the planner's progress into the job's row, and a person's cancel back."""

    def __init__(self, job_id: int, clock: Clock) -> None:
        self.job_id, self.clock = job_id, clock
        self.noted = ("", 0)
        self.noted_at = self.looked_at = time.monotonic()

    def __call__(self, stage: str, share: float) -> bool:
        """Whether the planner should go on. A database that is busy for a moment is no reason to stop."""
        try:
            return self._look((stage, int(100 * share)), time.monotonic())
        except Exception as error:
            if not is_passing(error):
                raise
            return True

    def _look(self, told: tuple[str, int], tick: float) -> bool:
        silence = tick - self.noted_at
        if silence >= HEARTBEAT_SECONDS or (told != self.noted and silence >= WRITE_SECONDS):
            self.noted, self.noted_at = told, tick
            return note_progress(self.job_id, *told, now=self.clock())
        if tick - self.looked_at >= LOOK_SECONDS:
            self.looked_at = tick
            return is_wanted(self.job_id)
        return True
