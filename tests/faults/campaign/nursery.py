"""Starts schedulers by forking a process that has loaded everything: a start costs a fork instead of two seconds of imports.

    python -m tests.faults.campaign.nursery FOLDER

Reads one command a line: `start POINT NTH` answers with the process id, `reap PID` waits for its end and answers with its status.
When its input ends it kills what it started. A child is `scheduler.py` but for three things: it signs its lease with a name of its own
(forks share the one that was made at import), it reads the campaign's clock, and it may be told a point of the outbox's way at which
it kills itself. Connections, threads and files are its own: the app is built before the fork, but nothing of it is used.
"""

import logging
import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask

import scheduler
from app import create_app
from bazaar import outside
from bazaar.reminders import dispatch, lease, outcome, sending
from tests.faults.campaign.clock import SharedClock

POINTS = ("claimed", "sending", "answered", "recorded")
"""After the claim; after the commit that says `sending`, before the call; with the answer in hand; after its commit."""


def serve(folder: Path) -> None:
    """Obey until the input ends; then nobody is left."""
    outside.system_clock = SharedClock(folder / "clock")
    app = create_app()  # opens no connection: none may be shared by forks
    children: set[int] = set()
    try:
        for line in sys.stdin:
            command, *arguments = line.split()
            if command == "start":
                pid = os.fork()
                if pid == 0:
                    _live(app, folder, *arguments)
                children.add(pid)
                print(pid, flush=True)
            else:
                pid = int(arguments[0])
                _, status = os.waitpid(pid, 0)
                children.discard(pid)
                print(os.waitstatus_to_exitcode(status), flush=True)
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _live(app: Flask, folder: Path, point: str, nth: str) -> None:
    """A scheduler's whole life. Never returns."""
    log = os.open(folder / "schedulers.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    code = 1
    try:
        _name_anew()
        if point in POINTS:
            die_at(point, int(nth))
        logging.basicConfig(level="INFO", format="%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        code = scheduler.run_forever(app)
    finally:
        os._exit(code)


def _name_anew() -> None:
    name = f"campaign:{os.getpid()}:{os.urandom(4).hex()}"
    lease.THIS_PROCESS = scheduler.THIS_PROCESS = dispatch.THIS_PROCESS = name
    assert dispatch.dispatch_due.__kwdefaults__ is not None
    dispatch.dispatch_due.__kwdefaults__["owner"] = name


def die_at(point: str, nth: int) -> None:
    """Let this process kill itself when it comes to that point for the nth time."""
    holder, name, after = {
        "claimed": (dispatch._Pass, "run", False),
        "sending": (sending, "_make_call", False),
        "answered": (outcome, "record", False),
        "recorded": (outcome, "record", True),
    }[point]
    setattr(holder, name, _dying(getattr(holder, name), nth, after=after))


def _dying(function: Callable[..., Any], nth: int, *, after: bool) -> Callable[..., Any]:
    numbers = count(1)

    def run(*arguments: Any, **options: Any) -> Any:
        is_it = next(numbers) == nth
        if is_it and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*arguments, **options)
        if is_it:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return run


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
