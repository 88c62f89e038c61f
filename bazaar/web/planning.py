"""Planning jobs at work in this web server: a thread for each, which waits for the planner's process and keeps its answer.

The thread is a daemon: when the server stops nobody waits for it, the planner's process goes with it, and its job shows as
interrupted half a minute later.
"""

import threading

from flask import Flask

from bazaar.editions.planning import run_job
from bazaar.outside import Outside
from bazaar.web.auth import outside, this_app

_NAME = "planning"


def start_job(job_id: int) -> threading.Thread:
    """Begin the work of a queued job. Joining the thread waits for its end."""
    thread = threading.Thread(target=_work, args=(this_app(), outside(), job_id), name=f"{_NAME}-{job_id}", daemon=True)
    thread.start()
    return thread


def wait_for_planning() -> None:
    """Return when every job that was started in this process is over."""
    for thread in threading.enumerate():
        if thread.name.startswith(f"{_NAME}-"):
            thread.join()


def _work(app: Flask, world: Outside, job_id: int) -> None:
    with app.app_context():
        run_job(job_id, ask=world.ask_planner, clock=world.clock)
