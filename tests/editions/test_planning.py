"""The work of a planning job: its answer is kept once, a cancel reaches the planner, and whatever goes wrong is written down."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from bazaar.database import reading, transaction
from bazaar.editions import planning
from bazaar.editions.build import read_problem_of, request_build
from bazaar.editions.jobs import JobRef, cancel_job, job_page, job_problem
from bazaar.editions.planning import run_job
from bazaar.planner import PlannerCrashedError, PlannerError, PlannerTooSlowError, Watch, watch_idly
from bazaar.refusals import Refusal
from bazaar.rotation.problem import Problem, read_problem
from bazaar.states import PlanningState
from models import Edition, Rotation, Vendor
from tests.factories import make_edition, make_live_session, make_vendor
from tests.planner import PatientPlanner, ask_here

NOW = datetime(2026, 5, 4, 0, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("app")


def edition_with_vendors() -> int:
    edition_id = make_edition()
    for day in (1, 5):
        make_live_session(edition_id, starts_at=NOW + timedelta(days=day, hours=13), slot_count=2)
    for _ in range(2):
        make_vendor(edition_id)
    return edition_id


def run(job_id: int, ask: Any = ask_here) -> None:
    run_job(job_id, ask=ask, clock=lambda: NOW)


def requested(edition_id: int, **options: Any) -> int:
    return request_build(edition_id, by=None, now=NOW, **options).job_id


def page(edition_id: int, job_id: int) -> JobRef:
    return job_page(edition_id, job_id, now=NOW)


def rotation_count() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(Rotation)) or 0


def test_a_build_ends_in_a_draft_of_the_asked_draw() -> None:
    edition_id = edition_with_vendors()
    job_id = requested(edition_id, seed=7)

    run(job_id)

    job = page(edition_id, job_id)
    assert (job.state, job.rotation_number, job.options["seed"]) == (PlanningState.DONE, 1, 7)
    with reading() as session:
        assert session.scalars(select(Rotation.seed)).one() == 7


def test_doing_the_work_twice_gives_one_draft() -> None:
    job_id = requested(edition_with_vendors())

    run(job_id)
    run(job_id)

    assert rotation_count() == 1


@pytest.mark.parametrize(("seed", "code"), [(-1, "seed_out_of_range"), (None, "no_vendors")])
def test_what_cannot_be_built_is_refused_before_anybody_waits(seed: int | None, code: str) -> None:
    edition_id = make_edition()

    with pytest.raises(Refusal, match=code):
        requested(edition_id, seed=seed)


def test_progress_reaches_the_row_and_a_cancel_the_planner(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WRITE_SECONDS", "LOOK_SECONDS"):
        monkeypatch.setattr(planning, name, 0.0)
    edition_id = edition_with_vendors()
    job_id = requested(edition_id)
    planner = PatientPlanner()
    planner.reach("balance", 0.4)

    def work() -> None:
        with app.app_context():
            run(job_id, planner)

    thread = threading.Thread(target=work)
    thread.start()
    wait_until(lambda: page(edition_id, job_id).stage == "balance")
    assert page(edition_id, job_id).share_pct == 40
    cancel_job(edition_id, job_id, by=None, now=NOW)

    assert planner.was_stopped.wait(5)
    thread.join()
    assert (page(edition_id, job_id).state, rotation_count()) == (PlanningState.CANCELLED, 0)


def test_a_cancel_at_the_last_moment_leaves_no_draft() -> None:
    edition_id = edition_with_vendors()
    job_id = requested(edition_id)

    def cancelled_meanwhile(verb: str, problem: Problem, *options: str, watch: Watch = watch_idly) -> Any:
        document = ask_here(verb, problem, *options)
        cancel_job(edition_id, job_id, by=None, now=NOW)
        return document

    run(job_id, cancelled_meanwhile)

    assert (page(edition_id, job_id).state, rotation_count()) == (PlanningState.CANCELLED, 0)
    with reading() as session:
        assert session.get_one(Edition, edition_id).rotation_count == 0


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PlannerTooSlowError("300 s"), "planner_too_slow"),
        (PlannerCrashedError("SIGSEGV"), "planner_crashed"),
        (PlannerError("exit 1"), "planner_failed"),
        (ValueError(), "planner_failed"),
    ],
)
def test_a_planner_that_gives_no_answer_fails_the_job_in_words(error: Exception, code: str) -> None:
    edition_id = edition_with_vendors()
    job_id = requested(edition_id)

    def fail(*_asked: object, **_options: object) -> Any:
        raise error

    run(job_id, fail)

    job = page(edition_id, job_id)
    assert (job.state, job.error, rotation_count()) == (PlanningState.FAILED, code, 0)
    assert read_problem(job_problem(edition_id, job_id)) == read_problem_of(edition_id, now=NOW)


def test_a_vendor_that_went_meanwhile_fails_the_job() -> None:
    edition_id = edition_with_vendors()
    job_id = requested(edition_id)

    def slow(verb: str, problem: Problem, *options: str, watch: Watch = watch_idly) -> Any:
        with transaction() as session:
            session.delete(session.scalars(select(Vendor)).first())
        return ask_here(verb, problem, *options)

    run(job_id, slow)

    assert page(edition_id, job_id).error == "changed_meanwhile"


def wait_until(holds: Callable[[], object]) -> None:
    for _ in range(500):
        if holds():
            return
        threading.Event().wait(0.01)
    raise AssertionError("waited 5 s in vain")
