"""What every job does: append its number to a file."""

import json
import os
import sys
import time
from pathlib import Path


def deliver(folder: str, number: int) -> None:
    """One line for one job."""
    line = os.open(Path(folder) / "sink", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(line, f"{number}\n".encode())
    os.close(line)


def delivered(folder: str) -> int:
    """How many lines there are."""
    path = Path(folder) / "sink"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def wait_for(folder: str, count: int, *, seconds: float = 600) -> None:
    """Until so many lines are there."""
    deadline = time.monotonic() + seconds
    while delivered(folder) < count and time.monotonic() < deadline:
        time.sleep(0.02)


def told() -> tuple[int, str, str]:
    """(count, folder, database URL) from the command line."""
    return int(sys.argv[1]), sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else ""


def answer(began: float) -> None:
    """Print how long it took."""
    print(json.dumps({"seconds": time.perf_counter() - began}))
