"""Real scheduler processes on the test's database, with a real mail server beside them, to be stopped, killed and raced."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select, text, update

from bazaar.database import db, reading, transaction
from models import Beat, WorkerLease

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 30


def real_now() -> datetime:
    """Processes live by the machine's clock; so do the stages they play on."""
    return datetime.now(UTC)


def _hear_ctrl_c() -> None:
    """Whoever runs the tests in the background ignores SIGINT, and so would every child."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass
class Schedulers:
    """Starts schedulers, keeps what they said, and leaves none behind."""

    folder: Path
    database_url: str
    smtp_port: int
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *arguments: str, script: str = "scheduler.py") -> subprocess.Popen[bytes]:
        """A process of its own. What it says lands in `said()`."""
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TZ"}}
        environ = {
            **kept,
            "INSTANCE_DIR": str(self.folder),
            "DATABASE_URL": self.database_url,
            "SECRET_KEY": "only-for-tests-0123456789-abcdefghijkl",
            "SMTP_URL": f"smtp://127.0.0.1:{self.smtp_port}",
            "PYTHONPATH": str(ROOT),
        }
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, script, *arguments], cwd=ROOT, env=environ, stdout=log, stderr=log, preexec_fn=_hear_ctrl_c
            )
        self.started.append(process)
        return process

    def once(self) -> int:
        """Every beat once, to its end; the exit code."""
        return self.start("--once").wait(PATIENCE_SECONDS)

    def said(self) -> str:
        """Everything that all of them wrote so far."""
        return self._log.read_text() if self._log.exists() else ""

    def end_all(self) -> None:
        """Kill what still runs; also what was stopped."""
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                process.wait(10)

    @property
    def _log(self) -> Path:
        return self.folder / "schedulers.log"


def wait_until(holds: Callable[[], object], what: str, *, seconds: float = PATIENCE_SECONDS) -> None:
    """Look every twentieth of a second until it holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain until {what}")
        time.sleep(0.05)


def finished_beats() -> set[str]:
    """The beats that came to an end at least once."""
    with reading() as session:
        return set(session.scalars(select(Beat.name).where(Beat.finished_at.is_not(None))))


def lease_is_free() -> bool:
    """Whether the next process may send at once."""
    with reading() as session:
        ends_at = session.scalars(select(WorkerLease.expires_at)).one()
    return ends_at <= real_now()


def let_the_lease_run_out() -> None:
    """As if the twenty seconds of a lease had passed, without spending them."""
    with transaction() as session:
        session.execute(update(WorkerLease).values(expires_at=real_now()))


def freeze_between_transactions(pid: int, *, seconds: float = PATIENCE_SECONDS) -> None:
    """Stop the process (SIGSTOP) at a moment when no thread of it is inside a transaction.

    One that is frozen inside keeps SQLite's lock until it wakes or dies, whoever waits: no program can take that lock from it.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        os.kill(pid, signal.SIGSTOP)
        wait_until_stopped(pid)
        if nobody_is_in_a_transaction():
            return
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.05)
    raise AssertionError(f"for {seconds} s the process was never seen between two transactions")


def wait_until_stopped(pid: int) -> None:
    """Until every thread stands still: a signal is only sent when `kill` returns, and a busy machine takes its time."""
    wait_until(lambda: all(_state(task) in "TZ" for task in Path(f"/proc/{pid}/task").glob("*/stat")), f"process {pid} stands still")


def _state(stat: Path) -> str:
    try:
        return stat.read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "Z"  # a thread that ended meanwhile


def nobody_is_in_a_transaction() -> bool:
    """Whether no process holds the database at this moment."""
    url = db.engine.url
    if url.get_backend_name() == "postgresql":
        with db.engine.connect() as connection:
            others = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
            )
            return connection.scalar(text(others)) == 0
    with closing(sqlite3.connect(str(url.database), timeout=0)) as probe:
        try:
            probe.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            return False
        return True
