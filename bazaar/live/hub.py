"""Tells open event streams of this process that a live session changed: after our own commits and after other processes'.

While at least one stream is open, one thread watches the database (SQLite: `PRAGMA data_version`; PostgreSQL: the current
snapshot) and computes the version of each watched live session once per change, however many streams look at it. A stream that
waits holds no database connection.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine

POLL_SECONDS = 0.15
REST_SECONDS = 0.03
"""After computing versions, so that a burst of sales is told once and not thirty times."""
FORCED_LOOK_SECONDS = 30.0
"""A look that needs no sign of change: whatever the probe overlooks must not freeze a console for long."""

log = logging.getLogger(__name__)
VersionOf = Callable[[int], str | None]


class ChangeProbe:
    """A value that differs whenever anybody has committed since the last look. Opened and used by one thread."""

    def __init__(self, engine: Engine) -> None:
        # A driver's connection: SQLAlchemy's would hold a transaction open, inside which nothing ever changes.
        self._connection = engine.raw_connection()
        self._question = "PRAGMA data_version" if engine.dialect.name == "sqlite" else "SELECT pg_current_snapshot()::text"

    def look(self) -> str:
        """The value now. Costs microseconds."""
        cursor = self._connection.cursor()
        try:
            cursor.execute(self._question)
            return str(cursor.fetchone())
        finally:
            cursor.close()
            self._connection.rollback()

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


@dataclass
class _Watched:
    """A live session that streams look at."""

    stream_count: int = 0
    version: str | None = None


class Hub:
    """The versions of watched live sessions, and whoever waits for the next one.

    `version_of` computes the version of a live session (None: it no longer exists); it runs in the hub's own thread.
    """

    def __init__(self, engine: Engine, version_of: VersionOf) -> None:
        self._engine = engine
        self._version_of = version_of
        self._change = threading.Condition()
        self._wake = threading.Event()
        self._watched: dict[int, _Watched] = {}
        self._thread: threading.Thread | None = None
        self._is_stopped = False

    @property
    def is_stopped(self) -> bool:
        """Whether streams should end."""
        return self._is_stopped

    @property
    def stream_count(self) -> int:
        """How many streams are open."""
        with self._change:
            return sum(watched.stream_count for watched in self._watched.values())

    def poke(self) -> None:
        """Say that this process has just committed something: streams need not wait for the next look."""
        self._wake.set()

    def stop(self) -> None:
        """End every stream and the thread."""
        with self._change:
            self._is_stopped = True
            self._change.notify_all()
        self._wake.set()

    def join(self, timeout: float = 5.0) -> None:
        """Wait until the thread of a stopped hub has gone."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)

    @contextmanager
    def watch(self, live_session_id: int) -> Iterator[None]:
        """Keep the version of a live session up to date while the block runs."""
        with self._change:
            self._watched.setdefault(live_session_id, _Watched()).stream_count += 1
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="giliran-hub", daemon=True)
                self._thread.start()
        self._wake.set()
        try:
            yield
        finally:
            with self._change:
                watched = self._watched[live_session_id]
                watched.stream_count -= 1
                if not watched.stream_count:
                    del self._watched[live_session_id]
            self._wake.set()

    def wait(self, live_session_id: int, seen: str | None, timeout: float) -> str | None:
        """A version other than `seen`, as soon as there is one; None after `timeout` seconds or when the hub stops."""

        def other() -> str | None:
            watched = self._watched.get(live_session_id)
            return watched.version if watched and watched.version != seen else None

        with self._change:
            self._change.wait_for(lambda: self._is_stopped or other() is not None, timeout)
            return None if self._is_stopped else other()

    def _run(self) -> None:
        probe: ChangeProbe | None = None
        last_look, looked_at = "", 0.0
        try:
            while not self._retire_if_idle():
                try:
                    probe = probe or ChangeProbe(self._engine)
                    look = probe.look()
                    if look != last_look or self._has_unknown() or time.monotonic() - looked_at > FORCED_LOOK_SECONDS:
                        last_look, looked_at = look, time.monotonic()
                        self._compute_versions()
                except Exception:
                    log.exception("the live hub could not look at the database; trying again")
                    _close(probe)
                    probe = None
                    time.sleep(1)
                self._wake.wait(POLL_SECONDS)
                self._wake.clear()
        finally:
            _close(probe)

    def _retire_if_idle(self) -> bool:
        with self._change:
            if self._is_stopped or not self._watched:
                self._thread = None
                return True
            return False

    def _has_unknown(self) -> bool:
        with self._change:
            return any(watched.version is None for watched in self._watched.values())

    def _compute_versions(self) -> None:
        with self._change:
            live_session_ids = list(self._watched)
        versions = {live_session_id: self._version_of(live_session_id) for live_session_id in live_session_ids}
        with self._change:
            for live_session_id, version in versions.items():
                if live_session_id in self._watched:
                    self._watched[live_session_id].version = version
            self._change.notify_all()
        time.sleep(REST_SECONDS)


def _close(probe: ChangeProbe | None) -> None:
    if probe is not None:
        try:
            probe.close()
        except Exception:
            log.warning("the live hub's connection could not be closed", exc_info=True)
