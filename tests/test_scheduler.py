"""The scheduler's own promises: APScheduler is a clock only, a failing beat is seen and goes on, a stuck one ends the process."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from apscheduler.jobstores.memory import MemoryJobStore
from flask import Flask
from sqlalchemy import select

import scheduler
from bazaar.database import database_schema, program_schema, reading, schema_versions
from bazaar.outside import Outside
from bazaar.reminders.lease import THIS_PROCESS, take_lease
from bazaar.reminders.world import Unguarded
from models import Beat as BeatRow
from models import WorkerLease
from scheduler import BEATS, Beat, KeepGoing, Worker, beats, main, run_beat, run_once, start_clock
from tests.conftest import World
from tests.reminders.stage import TURN_AT, set_stage

ROOT = Path(__file__).resolve().parent.parent


def beat_of(run: Any, **fields: Any) -> Beat:
    return Beat(**{"name": "pump", "seconds": 1, "run": run, **fields})


@pytest.fixture
def beats_are(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Replace the table of beats."""

    def replace_them(*own: Beat) -> None:
        monkeypatch.setattr(scheduler, "BEATS", {beat.name: beat for beat in own})

    return replace_them


@pytest.fixture
def worker(app: Flask, beats_are: Any) -> Iterator[Any]:
    """Make workers that are stopped when the test ends."""
    made: list[Worker] = []

    def make(run: Any, **fields: Any) -> Worker:
        beat = beat_of(run, **fields)
        beats_are(beat)
        made.append(Worker(app, beat))
        made[-1].start()
        return made[-1]

    yield make
    for worker in made:
        worker.stop()
        worker.thread.join(5)
        assert not worker.thread.is_alive()


def row(name: str = "pump") -> BeatRow:
    with reading() as session:
        return session.get_one(BeatRow, name)


def test_apscheduler_keeps_nothing_but_ticks(app: Flask) -> None:
    workers = [Worker(app, beat) for beat in BEATS.values()]

    clock = start_clock(workers)
    try:
        jobs = clock.get_jobs()
        facts = {(job.coalesce, job.max_instances, job.misfire_grace_time) for job in jobs}
        stores = list(clock._jobstores.values())
        intervals = {job.id: job.trigger.interval.total_seconds() for job in jobs}
        wakes = {job.id: job.func for job in jobs}
    finally:
        clock.shutdown(wait=False)

    assert facts == {(True, 1, None)}
    assert [type(store) for store in stores] == [MemoryJobStore]
    assert str(clock.timezone) == "UTC"
    seldom = {"housekeeping": 3600, "digest": 60, "nightly": 300, "schema": 60}
    assert intervals == {"heartbeat": 5, "plan": 30, "close": 15, "repair": 15, "pump": 5, **seldom}
    assert wakes == {worker.beat.name: worker.wake.set for worker in workers}


def test_no_code_stores_a_job() -> None:
    sources = [path for path in (*ROOT.glob("*.py"), *(ROOT / "bazaar").rglob("*.py")) if "apscheduler" in path.read_text()]

    assert sources == [ROOT / "scheduler.py"]
    assert "jobstore" not in sources[0].read_text()


def test_closings_come_before_the_pump_so_that_one_pass_sends_their_recaps(app: Flask) -> None:
    names = beats(app)

    assert names.index("plan") < names.index("close") < names.index("pump")


def test_a_pass_leaves_its_traces(app: Flask, world: World, beats_are: Any) -> None:
    def work(outside: Outside, _now: datetime, _keep_going: KeepGoing) -> bool:
        assert outside.clock() == world.now
        world.wait(seconds=3)
        return True

    beats_are(beat_of(work))
    began = world.now

    assert run_beat(app, "pump") is True
    assert (row().began_at, row().finished_at, row().failed_at, row().error) == (began, world.now, None, None)


def test_a_failure_is_in_the_row_and_in_the_log_and_the_next_pass_goes_on(
    app: Flask, beats_are: Any, caplog: pytest.LogCaptureFixture
) -> None:
    broken = [ZeroDivisionError("nol")]

    def work(*_given: Any) -> bool:
        if broken:
            raise broken.pop()
        return False

    beats_are(beat_of(work))

    assert run_once(app) == 1
    assert (row().error, row().finished_at) == ("ZeroDivisionError: nol", None)
    assert "beat pump failed" in caplog.text
    assert "ZeroDivisionError: nol" in caplog.text
    assert run_once(app) == 0
    assert row().error is None


def test_once_runs_the_others_although_one_fails(app: Flask, beats_are: Any) -> None:
    ran = []

    def fail(*_given: Any) -> bool:
        raise ZeroDivisionError

    def work(*_given: Any) -> bool:
        ran.append(1)
        return len(ran) < 3  # there is more to do, twice

    beats_are(beat_of(fail, name="plan"), beat_of(work))

    assert run_once(app) == 1
    assert len(ran) == 3


def test_a_worker_survives_its_failures_and_wakes_without_the_clock(worker: Any, caplog: pytest.LogCaptureFixture) -> None:
    passes = threading.Semaphore(0)

    def fail(*_given: Any) -> bool:
        passes.release()
        raise ZeroDivisionError

    with caplog.at_level(logging.ERROR):
        made = worker(fail, seconds=0.05)
        assert all(passes.acquire(timeout=5) for _ in range(3))

    assert not made.is_stuck()
    assert "goes on with the next pass" in caplog.text


def test_a_worker_with_more_to_do_does_not_wait_for_its_tick(worker: Any) -> None:
    passes = threading.Semaphore(0)

    def work(*_given: Any) -> bool:
        passes.release()
        return True

    worker(work, seconds=3600)

    assert all(passes.acquire(timeout=5) for _ in range(3))


def test_a_worker_that_gives_no_sign_is_stuck_and_one_that_does_is_not(worker: Any) -> None:
    hangs, may_go = threading.Event(), threading.Event()

    def hang(_outside: Outside, _now: datetime, keep_going: KeepGoing) -> bool:
        hangs.set()
        may_go.wait(10)
        keep_going()
        return False

    made = worker(hang, longest_silence=0.1)
    assert hangs.wait(5)
    made.last_sign -= 0.2

    assert made.is_stuck()
    may_go.set()


def test_a_worker_whose_thread_died_is_stuck(app: Flask) -> None:
    made = Worker(app, beat_of(lambda *_given: False))
    made.thread = threading.Thread(target=lambda: None)

    assert made.is_stuck()


def test_a_busy_beat_is_told_to_stop(worker: Any) -> None:
    began, ended = threading.Event(), threading.Event()

    def work(_outside: Outside, _now: datetime, keep_going: KeepGoing) -> bool:
        began.set()
        while keep_going():
            ended.wait(0.01)
        ended.set()
        return True

    made = worker(work)
    assert began.wait(5)
    made.stop()

    assert ended.wait(5)


def test_the_heartbeat_keeps_the_lease_and_never_takes_one(app: Flask, world: World) -> None:
    run_beat(app, "heartbeat")
    take_lease(THIS_PROCESS, now=world.now)
    world.wait(seconds=15)

    run_beat(app, "heartbeat")

    with reading() as session:
        lease = session.scalars(select(WorkerLease)).one()
    assert (lease.epoch, (lease.expires_at - world.now).total_seconds()) == (1, 20)


def test_a_second_scheduler_stands_by_and_says_so_once(app: Flask, world: World, caplog: pytest.LogCaptureFixture) -> None:
    scheduler._standby.clear()
    take_lease("another process", now=world.now)

    run_beat(app, "pump")
    run_beat(app, "pump")

    assert caplog.text.count("this one stands by") == 1
    world.wait(seconds=20)
    run_beat(app, "pump")
    assert not scheduler._standby.is_set()


def test_once_sends_what_is_due_closes_what_is_over_and_gives_the_lease_back(app: Flask, world: World) -> None:
    set_stage(now=world.now, vendor_count=2)
    world.now = TURN_AT + timedelta(minutes=18)

    assert run_once(app) == 0

    assert [message.subject for message in world.email.sent] == ["Bu Sari 1, giliran 20.00 WIB sudah selesai"]
    assert take_lease("the next one", now=world.now) is not None


def test_the_clocks_troubles_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    from apscheduler.events import EVENT_JOB_MISSED, JobEvent

    scheduler._note_trouble(JobEvent(EVENT_JOB_MISSED, "pump", "default"))

    assert "the clock missed a tick of pump" in caplog.text
    scheduler._missed.clear()


def test_missed_ticks_are_counted_in_the_beats_own_row(app: Flask) -> None:
    scheduler._missed.update({"pump": 2})
    run_beat(app, "heartbeat")
    scheduler._missed.update({"pump": 1})
    run_beat(app, "heartbeat")

    assert (row("pump").missed_count, scheduler._missed) == (3, {})


def test_a_beat_that_acts_on_the_time_waits_while_the_clock_cannot_be_believed(app: Flask, beats_are: Any) -> None:
    class Doubting(Unguarded):
        def is_steady(self, now: datetime) -> bool:
            return False

    ran: list[str] = []

    def work(*_given: Any) -> bool:
        ran.append("ran")
        return True

    app.extensions["giliran.outside"] = replace(app.extensions["giliran.outside"], guard=Doubting())
    beats_are(beat_of(work, name="close"), beat_of(work, name="heartbeat", needs_clock=False))

    assert (run_beat(app, "close"), run_beat(app, "heartbeat")) == (False, True)
    assert ran == ["ran"]


def test_the_programs_version_is_that_of_its_newest_migration(app: Flask) -> None:
    assert (database_schema(), program_schema()) == schema_versions()


def test_a_wrong_argument_or_setting_ends_with_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("INSTANCE_DIR", str(tmp_path))
    monkeypatch.setenv("SMTP_URL", "mail.example.org")

    assert main(["--twice"]) == 2
    assert main(["--once"]) == 1

    said = capsys.readouterr().err.splitlines()
    assert said[0] == "usage: python scheduler.py [--once]"
    assert said[1].startswith("SMTP_URL must look like")
    assert len(said) == 2
