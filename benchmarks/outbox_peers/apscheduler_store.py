"""APScheduler 3 with its SQLAlchemy job store on a SQLite file: a date job for each message, ten threads, late jobs run.

Each job is taken out of the store by a commit of its own when it is handed to its thread: before it ran.
"""

import time
from datetime import UTC, datetime, timedelta

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from benchmarks.outbox_peers.sink import answer, deliver, told, wait_for


def main() -> None:
    """Store the jobs while it is paused, then let it run."""
    count, folder, _ = told()
    scheduler = BackgroundScheduler(
        timezone=UTC,
        jobstores={"default": SQLAlchemyJobStore(url=f"sqlite:///{folder}/jobs.sqlite3")},
        job_defaults={"misfire_grace_time": None},
    )
    scheduler.start(paused=True)
    due = datetime.now(UTC) - timedelta(hours=1)
    for number in range(count):
        scheduler.add_job(deliver, "date", run_date=due, args=(folder, number), id=str(number))
    began = time.perf_counter()
    scheduler.resume()
    wait_for(folder, count)
    answer(began)
    scheduler.shutdown(wait=True)


if __name__ == "__main__":
    main()
