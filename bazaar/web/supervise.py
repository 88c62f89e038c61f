"""Keeps the web server and the scheduler running side by side, and stops both when told to.

Run by `bazaar.web.serve` as a process of its own, on the standard library alone: it stays as small as a shell.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass

STOP_WITHIN_SECONDS = 15
RESTART_AFTER_SECONDS = (1, 2, 5, 10, 30)
STEADY_AFTER_SECONDS = 60
_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One supervised process and its record of falls."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes]
    started: float
    falls: int = 0
    restart_at: float | None = None


def main() -> int:
    """Supervise until SIGINT or SIGTERM. The first argument is the port; the welcome text comes in GILIRAN_WELCOME."""
    host, port = sys.argv[1], int(sys.argv[2])
    welcome = os.environ.pop("GILIRAN_WELCOME", "")
    stopping = False

    def stop(_signal: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    children = [_start("web server", _web_command(host, port)), _start("scheduler", [sys.executable, "scheduler.py"])]
    is_greeted = False
    try:
        while not stopping:
            if not is_greeted and _answers(host, port):
                print(welcome, flush=True)
                is_greeted = True
            for child in children:
                _look_after(child)
            time.sleep(0.05 if not is_greeted else 0.2)
    finally:
        _stop_all(children)
    return 0


def _web_command(host: str, port: int) -> list[str]:
    """granian with a thread for each open event stream; without a kill timeout it would wait for streams for ever."""
    options = {
        "--interface": "wsgi",
        "--host": host,
        "--port": str(port),
        "--workers": "1",
        "--blocking-threads": "128",
        "--backpressure": "4096",
        "--backlog": "4096",
        "--workers-kill-timeout": "3",
        "--log-level": "error",
    }
    return [sys.executable, "-m", "granian", "--factory", *(part for pair in options.items() for part in pair), "app:create_app"]


def _start(name: str, command: list[str]) -> Child:
    # A session of its own: Ctrl-C reaches the children through us, in order, not through the terminal.
    process = subprocess.Popen(command, start_new_session=True, preexec_fn=_die_with_parent if sys.platform == "linux" else None)  # noqa: PLW1509 (no threads here)
    return Child(name, command, process, time.monotonic())


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _look_after(child: Child) -> None:
    """Start a fallen child again, a little later each time it falls soon after its start."""
    clock = time.monotonic()
    if child.restart_at is not None:
        if clock >= child.restart_at:
            fresh = _start(child.name, child.command)
            child.process, child.started, child.restart_at = fresh.process, fresh.started, None
        return
    code = child.process.poll()
    if code is None:
        return
    child.falls = 0 if clock - child.started > STEADY_AFTER_SECONDS else child.falls + 1
    wait = RESTART_AFTER_SECONDS[min(child.falls, len(RESTART_AFTER_SECONDS) - 1)]
    print(f"The {child.name} stopped by itself (code {code}); starting it again in {wait} s.", file=sys.stderr, flush=True)
    child.restart_at = clock + wait
    _end_group(child)


def _end_group(child: Child) -> None:
    """Whatever a child leaves behind (granian's worker outlives its parent) would go on serving beside the next one."""
    with suppress(ProcessLookupError):
        os.killpg(child.process.pid, signal.SIGKILL)


def _stop_all(children: list[Child]) -> None:
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
    deadline = time.monotonic() + STOP_WITHIN_SECONDS
    for child in children:
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            print(f"The {child.name} did not stop in time and was ended.", file=sys.stderr, flush=True)
            child.process.kill()
            child.process.wait()
        _end_group(child)


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1" if host in {"0.0.0.0", "::"} else host, port), timeout=0.2):  # noqa: S104 (compared)
            return True
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
