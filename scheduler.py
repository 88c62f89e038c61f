"""The scheduler process: APScheduler as a clock only. A beat wakes its own thread, which reads the clock and calls one use case.

Everything is level-triggered: a pass looks at the tables and does what ought to be done by now, so a missed tick costs
seconds, never a message. `--once` runs every beat once and ends.
"""

import logging
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from app import create_app
from bazaar.accounts.retention import purge_sign_ins
from bazaar.backup import nightly_backup
from bazaar.closings.close import close_due_turns
from bazaar.database import database_schema, program_schema
from bazaar.editions.digest import send_digests
from bazaar.editions.retention import purge_import_drafts, purge_planning_jobs
from bazaar.editions.unable import tell_organizers, work_out_repairs
from bazaar.outside import Outside
from bazaar.reminders.channel_accounts import hang_up
from bazaar.reminders.dispatch import dispatch_due
from bazaar.reminders.guard import SendingGuard
from bazaar.reminders.lease import THIS_PROCESS, keep_lease, leads, release_lease
from bazaar.reminders.plan import plan_missing
from bazaar.reminders.pulse import note_began, note_failed, note_finished, note_missed, note_standing_by
from bazaar.reminders.retention import purge_messages
from bazaar.settings import Settings, SettingsError
from bazaar.vendors.push import purge_ended_browsers

log = logging.getLogger("giliran.scheduler")

SILENCE_LIMIT_SECONDS = 30
STOP_WITHIN_SECONDS = 12
STUCK = 70
"""The exit code of a process that ended itself because a beat was stuck; its supervisor starts it again."""

OUTDATED = 71
"""The exit code of a process whose code is not that of its database: the one that is started again has the new code."""

_standby = threading.Event()
"""Set while another process holds the lease: said once, not every five seconds."""

_outdated = threading.Event()
"""Set when the database was migrated beneath this process."""

_missed: Counter[str] = Counter()
"""Ticks that APScheduler missed, by beat, until the heartbeat writes them down."""

KeepGoing = Callable[[], bool]
"""A beat asks it between two pieces of work: False when the process is to stop. Asking is a sign of life as well."""


@dataclass(frozen=True)
class Beat:
    """A use case and how often it runs. `run` returns True when there is more to do at once.

    Where it acts on what time it is (`needs_clock`) it waits while the clock cannot be believed: a turn closed by a clock that was hours
    ahead stays closed.
    """

    name: str
    seconds: int
    run: Callable[[Outside, datetime, KeepGoing], bool]
    longest_silence: int = SILENCE_LIMIT_SECONDS
    needs_clock: bool = True


def _plan(_outside: Outside, now: datetime, _keep_going: KeepGoing) -> bool:
    plan_missing(now=now)
    return False


def _pump(outside: Outside, now: datetime, keep_going: KeepGoing) -> bool:
    def should_stop() -> bool:
        return not keep_going() or not outside.guard.is_steady(outside.clock())

    done = dispatch_due(outside, now=now, should_stop=should_stop, side_by_side=True)
    if done.is_leader:
        _standby.clear()
        return done.has_more
    note_standing_by(now=now)
    if not _standby.is_set():
        _standby.set()
        log.warning("another scheduler is sending, or was until a moment ago; this one stands by")
    return done.has_more


def _close(_outside: Outside, now: datetime, _keep_going: KeepGoing) -> bool:
    close_due_turns(now=now)
    return False


def _repair(outside: Outside, now: datetime, keep_going: KeepGoing) -> bool:
    tell_organizers(outside, outside.links, now=now)
    work_out_repairs(outside.ask_planner, outside.clock, keep_going=keep_going, now=now)
    return False


def _heartbeat(_outside: Outside, now: datetime, _keep_going: KeepGoing) -> bool:
    keep_lease(THIS_PROCESS, now=now)
    for name in list(_missed):
        note_missed(name, _missed.pop(name))
    return False


def _schema(_outside: Outside, _now: datetime, _keep_going: KeepGoing) -> bool:
    if database_schema() != program_schema():
        _outdated.set()
    return False


def _is_outdated(app: Flask) -> bool:
    """Asked before the first beat. A database that does not answer says nothing: the beats try again."""
    try:
        with app.app_context():
            if (stored := database_schema()) == program_schema():
                return False
    except SQLAlchemyError:
        return False
    log.critical("the database is of version %s, this program is for %s; ./run --prepare brings it there", stored, program_schema())
    return True


def _housekeeping(_outside: Outside, now: datetime, _keep_going: KeepGoing) -> bool:
    purge_sign_ins(now=now)
    purge_import_drafts(now=now)
    purge_planning_jobs(now=now)
    purge_ended_browsers(now=now)
    purge_messages(now=now)
    return False


def _digest(outside: Outside, now: datetime, keep_going: KeepGoing) -> bool:
    if leads(THIS_PROCESS, now=now):
        send_digests(outside, outside.links, now=now, keep_going=keep_going)
    return False


def _nightly(_outside: Outside, now: datetime, _keep_going: KeepGoing) -> bool:
    settings: Settings = current_app.extensions["giliran.settings"]
    if leads(THIS_PROCESS, now=now):
        nightly_backup(settings.backup_dir, keep=settings.backup_keep, now=now)
    return False


BEATS: Mapping[str, Beat] = {
    beat.name: beat
    for beat in (
        Beat("heartbeat", 5, _heartbeat, needs_clock=False),
        Beat("plan", 30, _plan),
        Beat("close", 15, _close, longest_silence=120),  # at a first start a whole edition may want closing
        Beat("repair", 15, _repair, longest_silence=120),  # the planner shows that it lives; a letter may take its 20 seconds
        # its guard looks at the clock; one mail may take its 20 seconds, and the connection before it
        Beat("pump", 5, _pump, longest_silence=60, needs_clock=False),
        Beat("housekeeping", 3600, _housekeeping, longest_silence=120),
        Beat("digest", 60, _digest, longest_silence=120),  # a letter may take its 20 seconds
        Beat("nightly", 300, _nightly, longest_silence=900),  # a large database takes its time
        Beat("schema", 60, _schema, needs_clock=False),
    )
}
"""In the order in which `--once` runs them: closings plan summaries, which the pump then sends."""


def beats(_app: Flask) -> tuple[str, ...]:
    """The names of this app's beats."""
    return tuple(BEATS)


def run_beat(app: Flask, name: str, keep_going: KeepGoing = lambda: True) -> bool:
    """One pass of a beat, with its traces in the tables. True: there is more to do at once. Raises what the use case raises."""
    outside: Outside = app.extensions["giliran.outside"]
    with app.app_context():
        beat, now = BEATS[name], outside.clock()
        note_began(name, now=now)
        try:
            has_more = (not beat.needs_clock or outside.guard.is_steady(now)) and beat.run(outside, now, keep_going)
        except Exception as error:
            note_failed(name, f"{type(error).__name__}: {error}", now=outside.clock())
            raise
        note_finished(name, now=outside.clock())
        return has_more


@dataclass
class Worker:
    """The thread of one beat: waits for its tick, at most as long as the beat's interval, and runs one pass."""

    app: Flask
    beat: Beat
    wake: threading.Event = field(default_factory=threading.Event)
    stopping: threading.Event = field(default_factory=threading.Event)
    last_sign: float = field(default_factory=time.monotonic)
    is_busy: bool = False

    def start(self) -> None:
        """Begin, with a pass at once."""
        self.wake.set()
        self.thread = threading.Thread(target=self._work, name=f"beat-{self.beat.name}", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Ask the thread to end after the piece of work in its hands."""
        self.stopping.set()
        self.wake.set()

    def is_stuck(self) -> bool:
        """Whether the thread died, or gave no sign of life for longer than its beat can take."""
        patience = self.beat.longest_silence if self.is_busy else self.beat.seconds + SILENCE_LIMIT_SECONDS
        return not self.thread.is_alive() or time.monotonic() - self.last_sign > patience

    def _work(self) -> None:
        while not self.stopping.is_set():
            self.wake.wait(self.beat.seconds)  # the clock may have stalled: time passes here as well
            self.wake.clear()
            if self.stopping.is_set():
                return
            self._sign(is_busy=True)
            try:
                if run_beat(self.app, self.beat.name, self._keep_going):
                    self.wake.set()
            except Exception:
                log.exception("beat %s failed; it goes on with the next pass", self.beat.name)
            self._sign(is_busy=False)

    def _keep_going(self) -> bool:
        self._sign(is_busy=True)
        return not self.stopping.is_set()

    def _sign(self, *, is_busy: bool) -> None:
        self.last_sign, self.is_busy = time.monotonic(), is_busy


def start_clock(workers: list[Worker]) -> BackgroundScheduler:
    """APScheduler with a memory store; its jobs do nothing but wake a worker."""
    clock = BackgroundScheduler(timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})
    clock.add_listener(_note_trouble, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES | EVENT_JOB_ERROR)
    for worker in workers:
        clock.add_job(worker.wake.set, "interval", seconds=worker.beat.seconds, id=worker.beat.name)
    clock.start()
    return clock


def _note_trouble(event: JobEvent) -> None:
    log.warning("the clock missed a tick of %s; the beat goes on by itself", event.job_id)
    _missed[event.job_id] += 1


def run_once(app: Flask) -> int:
    """Every beat once, in order; 1 when one of them failed."""
    _post_guard(app)
    failed = 0
    for name in beats(app):
        try:
            while run_beat(app, name):
                pass
        except Exception:
            log.exception("beat %s failed", name)
            failed = 1
    _give_lease_back(app)
    _hang_up(app)
    return failed


def run_forever(app: Flask) -> int:
    """Beat until SIGTERM or SIGINT, then end within 12 seconds. Ends itself when a beat is stuck."""
    stop_asked = False

    def ask_to_stop(_signal: int, _frame: object) -> None:
        nonlocal stop_asked
        stop_asked = True  # nothing else: whatever a handler locks, the main thread may be holding

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    _post_guard(app)
    workers = [Worker(app, beat) for beat in BEATS.values()]
    for worker in workers:
        worker.start()
    clock = start_clock(workers)
    log.info("the scheduler is running")
    pause = threading.Event()
    while not stop_asked and not _outdated.is_set():
        pause.wait(0.25)
        stuck = [worker.beat.name for worker in workers if worker.is_stuck()]
        if stuck:
            log.critical("no sign of life from %s; this process ends itself, to be started again", ", ".join(stuck))
            logging.shutdown()
            os._exit(STUCK)  # a stuck thread would keep an ordinary exit from happening
    clock.shutdown(wait=False)
    is_clean = _stop(app, workers)
    if _outdated.is_set():
        log.critical("the database is of another version than this program; it ends itself, to be started again with the right code")
        return OUTDATED
    return 0 if is_clean else 1


def _post_guard(app: Flask) -> None:
    """Put a guard before everything that this process sends. It looks at the database before any beat writes into it."""
    settings: Settings = app.extensions["giliran.settings"]
    guard = SendingGuard(settings.instance_dir)
    try:
        with app.app_context():
            guard.begin()
    except SQLAlchemyError:
        log.exception("the database does not answer yet; its newest instant is looked up at the first pass")
    app.extensions["giliran.outside"] = replace(app.extensions["giliran.outside"], guard=guard)


def _stop(app: Flask, workers: list[Worker]) -> bool:
    """Let every pass finish its piece of work, give the lease back; False when somebody would not end in time."""
    deadline = time.monotonic() + STOP_WITHIN_SECONDS - 6  # the rest is for the lease, the goodbyes and a busy machine
    for worker in workers:
        worker.stop()
    for worker in workers:
        worker.thread.join(max(0.0, deadline - time.monotonic()))
    late = [worker.beat.name for worker in workers if worker.thread.is_alive()]
    _give_lease_back(app)
    if late:
        log.warning("%s did not end in time; what was being sent is looked at again at the next start", ", ".join(late))
        return False
    _hang_up(app)
    log.info("the scheduler has stopped")
    return True


def _give_lease_back(app: Flask) -> None:
    """So that the next process need not wait. Whoever still has a message in hand here takes no other one without the lease."""
    outside: Outside = app.extensions["giliran.outside"]
    try:
        with app.app_context():
            release_lease(THIS_PROCESS, now=outside.clock())
    except SQLAlchemyError:
        log.exception("the lease could not be given back; it ends by itself in some seconds")


def _hang_up(app: Flask) -> None:
    outside: Outside = app.extensions["giliran.outside"]
    for channel in outside.channels.values():
        hang_up(channel)
    outside.rack.close()


def main(arguments: list[str]) -> int:
    """`python scheduler.py [--once]`."""
    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    if arguments not in ([], ["--once"]):
        print("usage: python scheduler.py [--once]", file=sys.stderr)
        return 2
    try:
        app = create_app()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    if _is_outdated(app):
        return OUTDATED
    return run_once(app) if arguments else run_forever(app)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
