"""Notices when the wall clock jumps: it is held against the monotonic one, which nobody can set. Pure but for its own memory.

A jump of more than two minutes, either way, makes a stretch of settling: a minute in which nothing is to be sent, begun anew by every
further jump. What drifts or is slewed by a second at a time is no jump.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

LARGEST_DRIFT = timedelta(seconds=120)
SETTLING_SECONDS = 60.0


@dataclass(frozen=True)
class Jump:
    """How far the clock jumped, and where it would stand without that."""

    by: timedelta
    expected: datetime


class ClockWatch:
    """One for each process; every thread may look."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._last: tuple[datetime, float] | None = None
        self._settled_at: float | None = None
        self._jump: Jump | None = None

    def look(self, wall: datetime) -> bool:
        """Take a reading of the wall clock; whether the clock may be believed."""
        with self._lock:
            ticks = self._monotonic()
            if self._last is not None:
                expected = self._last[0] + timedelta(seconds=ticks - self._last[1])
                if abs(wall - expected) > LARGEST_DRIFT:
                    self._jump = Jump(wall - expected, expected)
                    self._settled_at = ticks + SETTLING_SECONDS
            self._last = (wall, ticks)
            return self._is_steady(ticks)

    def settle(self) -> None:
        """Begin a stretch of settling: somebody else saw a jump."""
        with self._lock:
            self._settled_at = self._monotonic() + SETTLING_SECONDS

    def take_jump(self) -> Jump | None:
        """The newest jump that nobody was told of yet; None where there is none, or where it has settled since."""
        with self._lock:
            jump, self._jump = self._jump, None
            return None if self._is_steady(self._monotonic()) else jump

    def _is_steady(self, ticks: float) -> bool:
        return self._settled_at is None or ticks >= self._settled_at
