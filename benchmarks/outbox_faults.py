"""What the outbox does when everything around it fails: real schedulers, real local services, real signals.

    python -m benchmarks.outbox_faults kills     [--count 1000] [--deliveries 2500] [--minutes M]
    python -m benchmarks.outbox_faults leaders   [--count 200] [--side-by-side 8]
    python -m benchmarks.outbox_faults gateways
    python -m benchmarks.outbox_faults locks     [--count 60]      count: seconds
    python -m benchmarks.outbox_faults slow_mail [--count 60]      count: seconds before every answer
    python -m benchmarks.outbox_faults down      [--count 48]      count: hours
    any of them: [--database sqlite|postgresql] [--seed N]

Each campaign prints its seed, its progress and its verdict, and exits with 1 where something was lost, doubled where it must not be,
called too late, or hidden. Nothing leaves this machine; every process that a campaign starts ends with it; its files lie in a temporary
folder. The campaigns themselves stand in tests/faults/campaign: the suite runs them short.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import median

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from benchmarks.machine import describe_machine
from tests.faults.campaign.gateways import run_gateways
from tests.faults.campaign.judge import Verdict
from tests.faults.campaign.kills import run_kills, settle_for_kills
from tests.faults.campaign.leaders import run_leaders, settle_for_leaders
from tests.faults.campaign.outages import Outage, run_down, run_lock, run_slow_mail
from tests.faults.campaign.stage import CampaignStage, campaign_stage
from tests.postgresql import start_server

LONGEST_TAKEOVER_SECONDS = 25.0
TAKEOVERS = "takeovers: "


def main() -> int:
    """One campaign."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # with everything that was started
    options = _options()
    seed = options.seed if options.seed is not None else time.time_ns() % 1_000_000
    if options.side_by_side > 1:
        return _side_by_side(options, seed)
    print(describe_machine())
    print(f"{options.campaign}, {options.database}, count {options.count}, seed {seed}", flush=True)
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="giliran-faults-") as folder,
        database(options.database, Path(folder)) as url,
        campaign_stage(Path(folder), url) as stage,
    ):
        is_good = CAMPAIGNS[options.campaign](stage, Random(seed), options)
    print(f"{time.monotonic() - began:.0f} s; {'as it must be' if is_good else 'NOT as it must be'}")
    return 0 if is_good else 1


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("campaign", choices=list(CAMPAIGNS))
    options.add_argument("--count", type=int, default=None, help="kills, rounds: how often")
    options.add_argument("--deliveries", type=int, default=2500, help="kills: how many messages")
    options.add_argument("--side-by-side", type=int, default=1, help="so many stages at once, each with its share of the count")
    options.add_argument("--minutes", type=float, default=float("inf"), help="kills: stop killing after so long")
    options.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    options.add_argument("--seed", type=int, default=None)
    given = options.parse_args()
    given.count = given.count or USUAL_COUNT.get(given.campaign, 1)
    return given


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """An empty database's address; '' for the stage's own SQLite file."""
    if kind == "sqlite":
        yield ""
        return
    endings: list[Callable[[], None]] = []
    try:
        url = make_url(start_server(endings.append, is_durable=True))
        name = f"giliran_{uuid.uuid4().hex}"
        server = create_engine(url, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        server.dispose()
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        for end in endings:
            end()


def _tell(line: str) -> None:
    print(f"  {line}", flush=True)


def _kills(stage: CampaignStage, dice: Random, options: argparse.Namespace) -> bool:
    settle_for_kills(stage, options.deliveries, kill_count=options.count)
    kills = run_kills(stage, dice, options.count, seconds=60 * options.minutes, tell=_tell)
    for where, count in sorted(kills.struck.items()):
        _tell(f"killed {count} times {where}")
    return _say(kills.verdict)


def _say(verdict: Verdict) -> bool:
    for line in verdict.lines():
        _tell(line)
    return not verdict.faults


def _leaders(stage: CampaignStage, dice: Random, options: argparse.Namespace) -> bool:
    settle_for_leaders(stage, options.count)
    takeovers = run_leaders(stage, dice, options.count, tell=_tell)
    print(f"{TAKEOVERS}{json.dumps({'killed': takeovers.killed, 'frozen': takeovers.frozen})}", flush=True)
    is_quick = _say_takeovers(takeovers.killed, takeovers.frozen)
    return _say(takeovers.verdict) and is_quick


def _say_takeovers(killed: list[float], frozen: list[float]) -> bool:
    for name, seconds in (("killed", killed), ("frozen", frozen)):
        if seconds:
            _tell(f"leader {name} {len(seconds)} times; taken over after {median(seconds):.1f} s (median), at most {max(seconds):.1f} s")
    return max((*killed, *frozen), default=0.0) <= LONGEST_TAKEOVER_SECONDS


def _side_by_side(options: argparse.Namespace, seed: int) -> int:
    """The same campaign on several stages at once, for those that mostly wait."""
    print(describe_machine())
    print(f"{options.campaign}, {options.database}, count {options.count} on {options.side_by_side} stages, seed {seed}", flush=True)
    began, each = time.monotonic(), -(-options.count // options.side_by_side)
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.outbox_faults", options.campaign, "--database", options.database]
    stages = [
        subprocess.Popen([*command, "--count", str(each), "--seed", str(seed + number)], stdout=subprocess.PIPE, text=True)
        for number in range(options.side_by_side)
    ]
    killed: list[float] = []
    frozen: list[float] = []
    try:
        for number, stage in enumerate(stages):
            for line in stage.communicate()[0].splitlines():
                if line.startswith(TAKEOVERS):
                    seconds = json.loads(line.removeprefix(TAKEOVERS))
                    killed += seconds["killed"]
                    frozen += seconds["frozen"]
                elif not line.startswith("  round"):
                    print(f"  [{number}] {line.strip()}", flush=True)
    finally:
        for stage in stages:
            if stage.poll() is None:
                stage.terminate()
                stage.wait(60)
    is_quick = _say_takeovers(killed, frozen)
    is_good = is_quick and not any(stage.returncode for stage in stages)
    print(f"{time.monotonic() - began:.0f} s; {'as it must be' if is_good else 'NOT as it must be'}")
    return 0 if is_good else 1


def _gateways(stage: CampaignStage, dice: Random, _options: argparse.Namespace) -> bool:
    cases = run_gateways(stage, dice)
    for case in cases:
        _tell(case.line() + (f"  FAULT {case.wrong()}" if case.wrong() else ""))
    return not any(case.wrong() for case in cases)


def _locks(stage: CampaignStage, _dice: Random, options: argparse.Namespace) -> bool:
    return _say_outage(run_lock(stage, seconds=options.count, tell=_tell))


def _slow_mail(stage: CampaignStage, _dice: Random, options: argparse.Namespace) -> bool:
    return _say_outage(run_slow_mail(stage, stall=options.count, seconds=150, tell=_tell))


def _down(stage: CampaignStage, _dice: Random, options: argparse.Namespace) -> bool:
    return _say_outage(run_down(stage, away=timedelta(hours=options.count), tell=_tell))


def _say_outage(outage: Outage) -> bool:
    end = "lived on" if outage.survived else "was replaced"
    _tell(f"all that was due was settled {outage.seconds:.1f} s after the end; the scheduler {end}")
    return _say(outage.verdict)


CAMPAIGNS: dict[str, Callable[[CampaignStage, Random, argparse.Namespace], bool]] = {
    "kills": _kills,
    "leaders": _leaders,
    "gateways": _gateways,
    "locks": _locks,
    "slow_mail": _slow_mail,
    "down": _down,
}
USUAL_COUNT = {"kills": 1000, "leaders": 200, "locks": 60, "slow_mail": 60, "down": 48}


if __name__ == "__main__":
    sys.exit(main())
