"""Procrastinate on PostgreSQL, one job at a time: fetched by one commit, finished by another, as an outbox does it."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import procrastinate

from benchmarks.outbox_peers.sink import answer, deliver, told


async def main() -> None:
    """Defer the jobs, then run a worker until none is left."""
    count, folder, url = told()
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))
    task = app.task(deliver, name="deliver")
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        due = datetime.now(UTC) - timedelta(hours=1)
        await task.configure(schedule_at=due).batch_defer_async(*({"folder": folder, "number": number} for number in range(count)))
        began = time.perf_counter()
        await app.run_worker_async(concurrency=1, wait=False, install_signal_handlers=False)
        answer(began)


if __name__ == "__main__":
    asyncio.run(main())
