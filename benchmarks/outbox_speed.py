"""How soon and how fast the outbox sends.

    python -m benchmarks.outbox_speed latency [--vendors 73 2000] [--channel whatsapp|email] [--database sqlite|postgresql]
    python -m benchmarks.outbox_speed rate    [--count 1000]
    python -m benchmarks.outbox_speed profile [--count 300]

latency: every vendor's reminder falls due within the same second, a real scheduler is running, the service stands on this machine:
from the due instant to the first call. rate: claim and send through the product's own code, all due an hour ago, beside APScheduler's
job store, Huey and Procrastinate with the same sink in one run; what is missing or doubled in the sink is counted. profile: where the
product's time goes. Peers live in environments of their own below `.peers/`, made at the first run.
"""

import argparse
import cProfile
import json
import os
import pstats
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app import create_app
from bazaar.database import db, migrate_database, reading
from bazaar.outside import real_outside
from bazaar.reminders.channels.base import Message, Receipt
from bazaar.reminders.dispatch import dispatch_due
from bazaar.reminders.keys import message_key
from bazaar.settings import read_settings
from bazaar.states import ChannelName
from benchmarks.machine import describe_machine
from benchmarks.outbox_faults import database
from benchmarks.outbox_peers.sink import deliver, delivered
from benchmarks.peers import environment
from models import Delivery, Reminder
from tests.faults.campaign.stage import SECRET_KEY, Group, campaign_stage, settle_bazaar

ROOT = Path(__file__).resolve().parents[1]
GOALS = {73: 10.0, 2000: 60.0}


def main() -> None:
    """One of the three."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("what", choices=("latency", "rate", "profile"))
    options.add_argument("--vendors", type=int, nargs="+", default=list(GOALS))
    options.add_argument("--channel", choices=("whatsapp", "email", "webhook"), default="whatsapp")
    options.add_argument("--count", type=int, default=1000)
    options.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    given = options.parse_args()
    print(describe_machine(), flush=True)
    if given.what == "latency":
        for vendor_count in given.vendors:
            latency(vendor_count, given.channel, given.database)
    elif given.what == "rate":
        rate(given.count)
    else:
        profile(given.count)


# --- due -> first call ----------------------------------------------------------------------------------------------------


def latency(vendor_count: int, channel: str, kind: str) -> None:
    """All at once is the worst that an edition can ask."""
    with tempfile.TemporaryDirectory() as folder, database(kind, Path(folder)) as url, campaign_stage(Path(folder), url) as stage:
        lead = 60
        stage.settle(
            Group(ChannelName(channel), vendor_count),
            first_turn_in=timedelta(minutes=lead, seconds=25),
            every=timedelta(microseconds=400),
            leads=(lead,),
        )
        pid = stage.start()
        deadline = time.monotonic() + 300
        while len({one.mark for one in stage.seen}) < vendor_count and time.monotonic() < deadline:
            time.sleep(0.2)
        stage.stop(pid)
        first: dict[str, datetime] = {}
        for one in stage.seen:
            first.setdefault(one.mark, one.at)
        with reading() as session:
            rows = session.execute(select(Delivery, Reminder).join(Reminder).where(Reminder.lead_minutes == lead)).all()
        waits = sorted(
            (first[key] - reminder.due_at).total_seconds()
            for delivery, reminder in rows
            if (key := message_key(delivery, reminder)) in first
        )
        doubled = sum(count - 1 for count in Counter(one.mark for one in stage.seen).values())
    goal = GOALS.get(vendor_count)
    print(
        f"{vendor_count} vendors over {channel}, {kind}: due -> first call p50 {_at(waits, 0.5):.1f} s, p99 {_at(waits, 0.99):.1f} s, "
        f"max {waits[-1]:.1f} s"
        + (f" (goal: p99 <= {goal:.0f} s)" if goal else "")
        + f"; missed {vendor_count - len(waits)}, doubled {doubled}",
        flush=True,
    )


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


# --- messages a second ----------------------------------------------------------------------------------------------------


def rate(count: int) -> None:
    """The same number of messages through each, one after the other."""
    ours = _told("ours, SQLite", _ours(count))
    apscheduler = _told("APScheduler's SQLAlchemyJobStore", _peer("apscheduler_store", None, count))
    _told("Huey, SQLite", _peer("huey_queue", "huey", count))
    _told("ours, PostgreSQL", _ours(count, kind="postgresql"))
    _told("Procrastinate, PostgreSQL", _peer("procrastinate_queue", "procrastinate", count, kind="postgresql"))
    if ours is not None and apscheduler is not None:
        print(f"ours / APScheduler: {apscheduler.seconds / ours.seconds:.2f}")


@dataclass(frozen=True)
class Run:
    """How long it took, and what the sink says of it."""

    count: int
    seconds: float
    missed: int
    doubled: int


def _told(name: str, run: Run | None) -> Run | None:
    said = "did not run" if run is None else f"{run.count / run.seconds:8.1f} a second, missed {run.missed}, doubled {run.doubled}"
    print(f"{name:32} {said}", flush=True)
    return run


def _ours(count: int, *, kind: str = "sqlite", around: Callable[[Callable[[], None]], None] = lambda work: work()) -> Run:
    """`dispatch_due` until nothing is left, with a channel that writes into the sink; as durable as in production."""
    with tempfile.TemporaryDirectory() as folder, database(kind, Path(folder)) as url:

        class Sink:
            name = ChannelName.EMAIL

            def send(self, message: Message) -> Receipt:
                deliver(folder, int(message.to_address.removeprefix("sari").partition("@")[0]))
                return Receipt("sink")

        environ = {"INSTANCE_DIR": folder, "SECRET_KEY": SECRET_KEY} | ({"DATABASE_URL": url} if url else {})
        settings = read_settings(environ)
        outside = replace(real_outside(settings), channels={ChannelName.EMAIL: Sink()})
        app = create_app(settings, outside)
        with app.app_context():
            migrate_database()
            now = outside.clock()
            # Planned two hours ago, due an hour ago, of use for two hours more.
            settle_bazaar(
                Group(ChannelName.EMAIL, count),
                number=0,
                now=now - timedelta(hours=2),
                first_turn_in=timedelta(hours=5),
                every=timedelta(seconds=1),
                leads=(240,),
            )

            def work() -> None:
                while dispatch_due(outside, now=outside.clock()).has_more:
                    pass

            began, began_working = time.perf_counter(), time.process_time()
            around(work)
            seconds, worked = time.perf_counter() - began, time.process_time() - began_working
            print(f"  ours, {kind}: {1000 * worked / count:.1f} ms of processor time a message")
            db.engine.dispose()
        return _judge(folder, count, seconds)


def _peer(module: str, requirements: str | None, count: int, *, kind: str = "sqlite") -> Run | None:
    python = environment("outbox_peers", requirements)
    if python is None:
        return None
    with tempfile.TemporaryDirectory() as folder, database(kind, Path(folder)) as url:
        command = [str(python), "-m", f"benchmarks.outbox_peers.{module}", str(count), folder]
        command += [url.replace("postgresql+psycopg://", "postgresql://")] if url else []
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False)
        if done.returncode:
            print(f"{module} failed: {done.stderr.strip().splitlines()[-1:]}")
            return None
        seconds: float = json.loads(done.stdout.splitlines()[-1])["seconds"]
        return _judge(folder, count, seconds)


def _judge(folder: str, count: int, seconds: float) -> Run:
    """What is missing in the sink, and what is there twice."""
    lines = (Path(folder) / "sink").read_text().split() if delivered(folder) else []
    return Run(count, seconds, count - len(set(lines)), len(lines) - len(set(lines)))


def profile(count: int) -> None:
    """The functions in which the product spends its time, by what lies below them."""
    profiler = cProfile.Profile()

    def watched(work: Callable[[], Any]) -> None:
        profiler.runcall(work)

    _ours(count, around=watched)
    pstats.Stats(profiler).sort_stats("cumulative").print_stats(r"bazaar|sqlite3|sqlalchemy.*(execute|commit)", 45)


if __name__ == "__main__":
    main()
