"""Huey on a SQLite file (fsync on), one worker thread: a task is taken out of the queue by a commit of its own before it runs."""

import time
from threading import Thread

from huey import SqliteHuey

from benchmarks.outbox_peers.sink import answer, deliver, told, wait_for


def main() -> None:
    """Fill the queue, then start its consumer."""
    count, folder, _ = told()
    huey = SqliteHuey("jobs", filename=f"{folder}/jobs.sqlite3", fsync=True, results=False)
    task = huey.task()(deliver)
    for number in range(count):
        task(folder, number)
    consumer = huey.create_consumer(workers=1, periodic=False, initial_delay=0.01, check_worker_health=False)
    consumer._set_signal_handlers = lambda: None  # noqa: SLF001 (not in the main thread)
    began = time.perf_counter()
    thread = Thread(target=consumer.run, daemon=True)
    thread.start()
    wait_for(folder, count)
    answer(began)
    consumer.stop_flag.set()
    thread.join(10)


if __name__ == "__main__":
    main()
