"""A planning job ends once, one runs at a time in an edition, and one whose process died makes room."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bazaar.database import transaction
from bazaar.editions.jobs import (
    Requested,
    begin_job,
    cancel_job,
    end_job,
    fail_job,
    is_wanted,
    job_answer,
    job_at_work,
    job_page,
    note_progress,
    request_job,
)
from bazaar.refusals import Refusal
from bazaar.rotation.problem import Problem, Rules
from bazaar.states import PlanningState
from tests.factories import make_account, make_edition

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SOON = NOW + timedelta(seconds=10)
LATER = NOW + timedelta(seconds=31)
PROBLEM = Problem("edisi", 1, 3, Rules(3, 10, "soft", (60, 30)), (), (), None, 0)
pytestmark = pytest.mark.usefixtures("app")


def request(edition_id: int, *, kind: str = "build", by: int | None = None, now: datetime = NOW) -> Requested:
    return request_job(edition_id, kind, PROBLEM, {"seed": 7}, by=by, now=now)


def state(edition_id: int, job_id: int, *, now: datetime = SOON) -> PlanningState:
    return job_page(edition_id, job_id, now=now).state


def done(job_id: int, answer: object) -> bool:
    with transaction() as session:
        return end_job(session, job_id, answer=answer, now=SOON)


def test_a_job_tells_who_asked_for_what_and_how_far_it_is() -> None:
    edition_id = make_edition()
    account_id = make_account(name="Rani Prameswari")
    job_id = request(edition_id, by=account_id).job_id

    begun = begin_job(job_id, now=NOW)
    goes_on = note_progress(job_id, "balance", 40, now=SOON)

    job = job_page(edition_id, job_id, now=SOON)
    assert (begun, goes_on, is_wanted(job_id)) == (True, True, True)
    assert (job.kind, job.options, job.created_by, job.creator_id) == ("build", {"seed": 7}, "Rani Prameswari", account_id)
    assert (job.state, job.stage, job.share_pct, job.is_at_work) == (PlanningState.RUNNING, "balance", 40, True)


def test_the_second_to_ask_finds_the_job_of_the_first_and_other_editions_are_free() -> None:
    edition_id, other_id = make_edition(), make_edition()
    first = request(edition_id)

    second, third, elsewhere = request(edition_id), request(edition_id, kind="repair"), request(other_id)

    assert second == replace(first, is_new=False)
    assert third == replace(first, is_new=False, is_as_asked=False)
    assert elsewhere.is_new
    at_work = job_at_work(edition_id, now=NOW)
    assert at_work is not None
    assert at_work.id == first.job_id


def test_a_job_is_taken_in_hand_once() -> None:
    job_id = request(make_edition()).job_id

    assert [begin_job(job_id, now=NOW), begin_job(job_id, now=NOW)] == [True, False]


@pytest.mark.parametrize("is_begun", [False, True])
def test_what_was_cancelled_neither_begins_nor_goes_on_nor_ends(is_begun: bool) -> None:
    edition_id = make_edition()
    job_id = request(edition_id).job_id
    if is_begun:
        begin_job(job_id, now=NOW)

    cancelled = [cancel_job(edition_id, job_id, by=None, now=SOON) for _ in range(2)]

    assert cancelled == [True, False]
    assert not begin_job(job_id, now=SOON)
    assert not note_progress(job_id, "fill", 10, now=SOON)
    assert not is_wanted(job_id)
    assert not done(job_id, [])
    assert not fail_job(job_id, "planner_failed", now=SOON)
    assert state(edition_id, job_id) is PlanningState.CANCELLED
    assert request(edition_id).is_new


def test_an_answer_stays_with_its_question() -> None:
    edition_id = make_edition()
    job_id = request(edition_id, kind="frontier").job_id
    begin_job(job_id, now=NOW)
    with pytest.raises(Refusal, match="not_found"):
        job_answer(edition_id, job_id)

    done(job_id, [{"changes": 4}])

    assert job_answer(edition_id, job_id) == (PROBLEM, [{"changes": 4}])
    assert state(edition_id, job_id) is PlanningState.DONE
    assert job_at_work(edition_id, now=SOON) is None


def test_a_failure_keeps_its_reason_and_comes_too_late_after_the_end() -> None:
    edition_id = make_edition()
    job_id = request(edition_id).job_id
    begin_job(job_id, now=NOW)

    assert [fail_job(job_id, code, now=SOON) for code in ("planner_too_slow", "planner_failed")] == [True, False]
    assert job_page(edition_id, job_id, now=SOON).error == "planner_too_slow"


def test_a_job_without_a_heartbeat_shows_as_interrupted_and_makes_room() -> None:
    edition_id = make_edition()
    job_id = request(edition_id).job_id
    begin_job(job_id, now=NOW)

    assert state(edition_id, job_id, now=NOW + timedelta(seconds=30)) is PlanningState.RUNNING
    assert state(edition_id, job_id, now=LATER) is PlanningState.INTERRUPTED
    assert job_at_work(edition_id, now=LATER) is None
    assert request(edition_id, now=LATER).is_new
    assert not note_progress(job_id, "fill", 50, now=LATER)


def test_a_heartbeat_keeps_a_job_alive() -> None:
    edition_id = make_edition()
    job_id = request(edition_id).job_id
    begin_job(job_id, now=NOW)

    note_progress(job_id, "fill", 50, now=SOON)

    assert state(edition_id, job_id, now=LATER) is PlanningState.RUNNING


def test_the_job_of_another_edition_is_not_there() -> None:
    job_id = request(make_edition()).job_id
    other_id = make_edition()

    with pytest.raises(Refusal, match="not_found"):
        job_page(other_id, job_id, now=NOW)
    with pytest.raises(Refusal, match="not_found"):
        cancel_job(other_id, job_id, by=None, now=NOW)
    assert is_wanted(job_id) is False  # it has not begun
    assert begin_job(job_id, now=NOW)


def test_an_archived_edition_plans_no_more() -> None:
    with pytest.raises(Refusal, match="edition_archived"):
        request(make_edition(archived_at=NOW))
