"""A clock that processes share: the machine's, and so many seconds ahead of it.

Between two schedulers a campaign sets it forward past the end of the dead one's lease, so that nobody waits twenty seconds a thousand
times. While a scheduler runs it goes as the machine's does, unless a campaign is about steps.
"""

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path


class SharedClock:
    """Its lead over the machine's clock stands in a file that every process maps."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(struct.pack("d", 0.0))
        with path.open("r+b") as file:
            self._lead = mmap.mmap(file.fileno(), 8)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.lead)

    @property
    def lead(self) -> float:
        return float(struct.unpack("d", self._lead[:8])[0])

    def step(self, seconds: float) -> None:
        """Set it forward, or back."""
        self._lead[:8] = struct.pack("d", self.lead + seconds)
