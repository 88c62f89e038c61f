"""The planner's process dies with whoever waits for it, is stopped from any process, and leaves no draft that nobody wanted."""

import os
import signal
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bazaar import planner
from bazaar.database import reading
from bazaar.editions.build import request_build
from bazaar.editions.jobs import cancel_job, job_at_work, job_page, job_problem
from bazaar.editions.planning import run_job
from bazaar.rotation.problem import read_problem
from bazaar.states import PlanningState
from models import Edition, Rotation
from tests import crashing
from tests.factories import make_edition, make_live_session, make_vendor
from tests.faults.processes import PATIENCE_SECONDS, Schedulers, real_now, wait_until

SERVER = """
import sys, time
from app import create_app
from bazaar.web.planning import start_job
app = create_app()
with app.app_context():
    start_job(int(sys.argv[1]))
time.sleep(60)
"""
"""A web server as far as planning is concerned: an app and a thread of its own for the job."""


_frozen: list[int] = []


@pytest.fixture(autouse=True)
def _leave_nobody_frozen() -> Iterator[None]:
    """A planner that a failed test leaves behind would stay for good."""
    yield
    while _frozen:
        pid = _frozen.pop()
        if (stat_of(pid) or [""])[0] == "T":
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def edition_id(app: object) -> int:
    edition_id = make_edition()
    for day in (1, 5):
        make_live_session(edition_id, starts_at=real_now() + timedelta(days=day), slot_count=2)
    make_vendor(edition_id)
    make_vendor(edition_id)
    return edition_id


def serve(schedulers: Schedulers, edition_id: int) -> tuple[subprocess.Popen[bytes], int, int]:
    """(a server at work on a build, its job, the planner's process, which is frozen before it has an answer)."""
    job_id = request_build(edition_id, by=None, now=real_now()).job_id
    server = schedulers.start(SERVER, str(job_id), script="-c")
    return server, job_id, frozen_planner_of(server)


def frozen_planner_of(parent: subprocess.Popen[bytes]) -> int:
    found: list[int] = []

    def look() -> bool:
        found.extend(pid for pid in processes() if parent_of(pid) == parent.pid and is_leashed(pid))
        return bool(found)

    wait_until(look, "the planner began")
    os.kill(found[0], signal.SIGSTOP)
    _frozen.append(found[0])
    return found[0]


def processes() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]


def stat_of(pid: int) -> list[str]:
    """What the kernel says of a process, from its state on; nothing where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def parent_of(pid: int) -> int:
    return int((stat_of(pid) or [0, 0])[1])


def is_leashed(pid: int) -> bool:
    """Whether it has tied itself to its parent: the last thing it does before the planner begins is to step back a little."""
    return bool(stat_of(pid)) and int(stat_of(pid)[16]) > os.nice(0)


def is_gone(pid: int) -> bool:
    """Whether it is dead; a zombie that nobody has buried yet is."""
    return (stat_of(pid) or ["Z"])[0] == "Z"


def draft_count() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(Rotation)) or 0


def test_kill_9_of_the_server_takes_the_planner_along_and_the_job_shows_as_interrupted(schedulers: Schedulers, edition_id: int) -> None:
    server, job_id, child = serve(schedulers, edition_id)

    server.send_signal(signal.SIGKILL)

    wait_until(lambda: is_gone(child), "the planner went with its server")
    later = real_now() + timedelta(seconds=31)
    assert job_page(edition_id, job_id, now=later).state is PlanningState.INTERRUPTED
    assert request_build(edition_id, by=None, now=later).is_new
    assert draft_count() == 0


def test_a_cancel_in_another_process_ends_the_planner_and_not_the_server(schedulers: Schedulers, edition_id: int) -> None:
    server, job_id, child = serve(schedulers, edition_id)
    wait_until(lambda: job_page(edition_id, job_id, now=real_now()).state is PlanningState.RUNNING, "the job began")

    cancel_job(edition_id, job_id, by=None, now=real_now())

    wait_until(lambda: is_gone(child), "the planner was stopped", seconds=5)
    assert server.poll() is None
    assert (job_page(edition_id, job_id, now=real_now()).state, draft_count()) == (PlanningState.CANCELLED, 0)


def command(schedulers: Schedulers, edition_id: int, *arguments: str) -> subprocess.Popen[bytes]:
    with reading() as session:
        slug = session.get_one(Edition, edition_id).slug
    return schedulers.start("rotation", *arguments, "--edition", slug, script="app.py")


def build_by_command(schedulers: Schedulers, edition_id: int) -> tuple[subprocess.Popen[bytes], int, int]:
    """(a command at work on a build, its job, the planner's process, which is frozen before it has an answer)."""
    process = command(schedulers, edition_id, "build")
    child = frozen_planner_of(process)
    job = job_at_work(edition_id, now=real_now())
    assert job is not None
    assert (job.kind, job.state, job.creator_id) == ("build", PlanningState.RUNNING, None)
    return process, job.id, child


def test_ctrl_c_cancels_the_job_of_a_command_and_says_so(schedulers: Schedulers, edition_id: int) -> None:
    process, job_id, child = build_by_command(schedulers, edition_id)

    process.send_signal(signal.SIGINT)

    assert process.wait(PATIENCE_SECONDS) == 130
    assert is_gone(child)
    assert "Cancelled: nothing was stored." in schedulers.said()
    assert (job_page(edition_id, job_id, now=real_now()).state, draft_count()) == (PlanningState.CANCELLED, 0)


def test_while_a_command_plans_a_second_start_is_refused_and_the_desk_may_cancel_it(schedulers: Schedulers, edition_id: int) -> None:
    process, job_id, child = build_by_command(schedulers, edition_id)
    second = command(schedulers, edition_id, "build", "--seed", "9")

    assert second.wait(PATIENCE_SECONDS) == 1
    assert "is at work for this edition already: a command began at" in schedulers.said()
    assert not request_build(edition_id, by=None, now=real_now()).is_new
    cancel_job(edition_id, job_id, by=None, now=real_now())

    wait_until(lambda: is_gone(child), "the planner was stopped", seconds=2)
    assert process.wait(PATIENCE_SECONDS) == 1
    assert "Somebody cancelled it. Nothing was stored." in schedulers.said()
    assert draft_count() == 0


def test_kill_9_of_a_command_takes_the_planner_along_and_the_job_shows_as_interrupted(schedulers: Schedulers, edition_id: int) -> None:
    process, job_id, child = build_by_command(schedulers, edition_id)

    process.send_signal(signal.SIGKILL)

    wait_until(lambda: is_gone(child), "the planner went with its command")
    later = real_now() + timedelta(seconds=31)
    assert job_page(edition_id, job_id, now=later).state is PlanningState.INTERRUPTED
    assert request_build(edition_id, by=None, now=later).is_new


@pytest.mark.parametrize(("crash_count", "state", "drafts"), [(1, PlanningState.DONE, 1), (2, PlanningState.FAILED, 0)])
def test_a_job_outlives_one_crash_of_its_planner_and_keeps_what_it_was_asked_after_two(
    edition_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crash_count: int, state: PlanningState, drafts: int
) -> None:
    monkeypatch.setattr(planner, "MODULE", "tests.crashing")
    monkeypatch.setenv("CRASH_FOLDER", str(tmp_path / "crashes"))
    crashing.tell(tmp_path / "crashes", *[signal.SIGSEGV] * crash_count)
    job_id = request_build(edition_id, by=None, now=real_now()).job_id

    run_job(job_id, ask=planner.ask_apart, clock=real_now)

    job = job_page(edition_id, job_id, now=real_now())
    assert (job.state, job.error, draft_count()) == (state, "" if drafts else "planner_crashed", drafts)
    assert read_problem(job_problem(edition_id, job_id)).vendors
