"""A cold start of `python app.py`: until the address is printed, until the first page is there, and what the two processes weigh.

    python -m benchmarks.start

Goals: a second start within 3 s, the first page after a cold start within 2 s, web process at most 120 MB, scheduler 100 MB.
Loads the sample edition into a temporary folder first (not measured). Linux only: it reads /proc.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmarks.machine import describe_machine

ROOT = Path(__file__).resolve().parents[1]
PAGE = "/e/ramadhan-1442"


def main() -> None:
    """Prepare, then three starts."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "INSTANCE_DIR": folder}
        began = time.perf_counter()
        subprocess.run([sys.executable, "app.py", "--prepare"], cwd=ROOT, env=environ, check=True, stdout=subprocess.DEVNULL)
        print(describe_machine())
        print(f"first preparation, with the sample edition: {time.perf_counter() - began:.1f} s")
        for _ in range(3):
            print(_start(environ))


def _start(environ: dict[str, str]) -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "app.py", "--port", str(port)], cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        while "Giliran runs at" not in process.stdout.readline():
            pass
        greeted = time.perf_counter() - began
        before_page = time.perf_counter()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{PAGE}", timeout=30) as answer:
            size = len(answer.read())
        page = time.perf_counter() - before_page
        time.sleep(6)  # a pass of each beat
        weights = ", ".join(f"{name} {_resident_mb(pid):.0f} MB" for name, pid in sorted(_children(process.pid)))
        return f"greeted after {greeted:.2f} s; first page ({size} bytes) {page:.2f} s later; {weights}"
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def _children(pid: int) -> list[tuple[str, int]]:
    """(name, pid) of the supervised processes; granian's worker is a child of its own watcher."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            command = path.with_name("cmdline").read_text().replace("\0", " ")
        except (OSError, ValueError):
            continue
        own = int(path.parent.name)
        if parent == pid:
            found.append(("scheduler" if "scheduler.py" in command else "web watcher", own))
            found += [("web worker", child) for name, child in _children(own) if name == "web watcher"]
    return found


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


if __name__ == "__main__":
    main()
