"""Commands that ask the planner: the same planning job as on the desk, worked in this very process, with its progress on stderr.

The desk shows the job and may cancel it. Ctrl-C cancels it too; whoever kills the command outright leaves a job that shows as
interrupted after half a minute, as a dead server does.
"""

import sys
from typing import Any

import click

from bazaar.editions.jobs import JobRef, Requested, cancel_job, job_page
from bazaar.editions.planning import run_job
from bazaar.editions.scope import EditionRef
from bazaar.localtime import clock_zone_text
from bazaar.planner import AskPlanner, Watch, watch_idly
from bazaar.refusals import Refusal
from bazaar.rotation.problem import Problem
from bazaar.states import PlanningState
from bazaar.web.auth import outside
from bazaar.web.commands.progress import ProgressLine

_INTERRUPTED = 130  # as shells tell of Ctrl-C


def work_out(edition: EditionRef, requested: Requested) -> JobRef:
    """Do the work of a job that this command asked for; the job once it is done.

    Refuses `planner_at_work` (the planner has another job of this edition), `planning_cancelled`, and whatever the job came to
    nothing for. Ctrl-C ends the process.
    """
    if not requested.is_new:
        raise _busy(edition, requested.job_id)
    world, line = outside(), ProgressLine()
    try:
        run_job(requested.job_id, ask=_telling(world.ask_planner, line), clock=world.clock)
    except KeyboardInterrupt:
        is_cancelled = cancel_job(edition.id, requested.job_id, by=None, now=world.clock())
        line.close()
        if is_cancelled:
            click.echo("Cancelled: nothing was stored.", err=True)
            sys.exit(_INTERRUPTED)
        click.echo("Too late to cancel: the planner was done already.", err=True)
    finally:
        line.close()
    job = job_page(edition.id, requested.job_id, now=world.clock())
    if job.state is not PlanningState.DONE:
        raise Refusal(job.error or "planning_cancelled", name=edition.name)
    return job


def _busy(edition: EditionRef, job_id: int) -> Refusal:
    job = job_page(edition.id, job_id, now=outside().clock())
    since = clock_zone_text(job.created_at, edition.timezone)
    if not job.created_by:
        return Refusal("planner_at_work_for_command", since=since)
    return Refusal("planner_at_work", name=job.created_by, since=since)


def _telling(ask: AskPlanner, line: ProgressLine) -> AskPlanner:
    """The same planner, which tells its progress on the terminal too."""

    def asked(verb: str, problem: Problem, *options: str, watch: Watch = watch_idly) -> Any:
        return ask(verb, problem, *options, watch=lambda stage, share: line(stage, share) and watch(stage, share))

    return asked
