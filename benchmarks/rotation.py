"""The planner beside its peers, on the same problems, in one run.

    python -m benchmarks.rotation compare [S M L XL XXL T1 T2 T3 T4 T5] [--seed 1] [--seconds 10 60] [--peers ...]
    python -m benchmarks.rotation seeds   [S M L] [--count 100] [--from 1000]
    python -m benchmarks.rotation narrow  [--vendors 2 3 5 12 30] [--slots 20 60 120] [--seeds 1]

compare: every peer's time to its first plan, whole time, memory, score and proof; `sd` is the standard deviation of points with
credit, `x` how many times ours. seeds: how often the levels hard to dev_sq are proved, and in what time of one thread, on problems
nobody tuned for. narrow: small bazaars of many shapes, on which exact methods may think for minutes; what took longest.

The peers live in environments of their own, made below `.peers/` at the first run (pip must reach a package index; Timefold
also needs Java 17). Whatever cannot be made is named and left out.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import mean, median, quantiles
from typing import Any

from bazaar.rotation.problem import Problem, read_problem
from bazaar.rotation.score import Score, credit_of, score_plan
from benchmarks.machine import describe_machine
from benchmarks.peers import environment
from benchmarks.rotation_instances import NARROW, SHAPES, make_instance, make_narrow

ROOT = Path(__file__).resolve().parents[1]
SHARES = ("hard", "unfilled", "short", "changes", "spread", "turns_sq", "dev_max", "dev_sq")


@dataclass(frozen=True)
class Peer:
    """A program under `benchmarks/rotation_peers`. `largest`: slots beyond which it is not asked (measured: no answer, or no memory)."""

    module: str
    requirements: str | None
    seconds: tuple[float, ...]
    largest: int = 10**9


def peers(seconds: tuple[float, ...]) -> dict[str, Peer]:
    """Ours first: the others are told as multiples of it."""
    return {
        "ours": Peer("ours", None, (0,)),
        "queue": Peer("spreadsheet_queue", None, (0,)),
        "cp-sat": Peer("naive_cp_sat", "ortools", seconds, largest=2_000),
        "conference": Peer("conference", "conference-scheduler", (max(seconds),), largest=360),
        "timefold": Peer("timefold_search", "timefold", seconds, largest=2_000),
    }


@dataclass(frozen=True)
class Run:
    """What came out, and what it cost: seconds after import, seconds on the wall of the whole process, mebibytes at most."""

    answer: dict[str, Any]
    wall: float
    memory: float
    error: str = ""


def main() -> None:
    """Choose and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    comparing = verbs.add_parser("compare")
    comparing.add_argument("sizes", nargs="*", default=list(SHAPES), choices=list(SHAPES), metavar="SIZE")
    comparing.add_argument("--seed", type=int, default=1)
    comparing.add_argument("--seconds", nargs="+", type=float, default=[10, 60])
    comparing.add_argument("--peers", nargs="+", default=list(peers((0,))))
    sowing = verbs.add_parser("seeds")
    sowing.add_argument("sizes", nargs="*", default=["S", "M", "L"], choices=list(SHAPES), metavar="SIZE")
    sowing.add_argument("--count", type=int, default=100)
    sowing.add_argument("--from", dest="start", type=int, default=1000)
    narrowing = verbs.add_parser("narrow")
    narrowing.add_argument("--vendors", nargs="+", type=int, default=[2, 3, 5, 12, 30])
    narrowing.add_argument("--slots", nargs="+", type=int, default=[20, 60, 120])
    narrowing.add_argument("--seeds", nargs="+", type=int, default=[1])
    options = parser.parse_args()
    print(describe_machine())
    if options.verb == "compare":
        compare(options.sizes, options.seed, tuple(options.seconds), options.peers)
    elif options.verb == "seeds":
        sow(options.sizes, range(options.start, options.start + options.count))
    elif options.verb == "narrow":
        narrow([*product(options.vendors, options.slots, NARROW, options.seeds)])


# --- side by side ---------------------------------------------------------------------------------------------------------


def compare(sizes: list[str], seed: int, seconds: tuple[float, ...], names: list[str]) -> None:
    """One table for each size."""
    chosen = {name: peer for name, peer in peers(seconds).items() if name in names}
    pythons = {name: environment("rotation_peers", peer.requirements) for name, peer in chosen.items()}
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            document = make_instance(size, seed)
            path = Path(folder) / f"{size}.json"
            path.write_text(json.dumps(document))
            problem = read_problem(document)
            print(f"\n{size}: {len(problem.vendors)} vendors, {len(problem.slots)} slots, seed {seed}", flush=True)
            for line in _rows(problem, path, chosen, pythons):
                print(line, flush=True)


def _rows(problem: Problem, path: Path, chosen: dict[str, Peer], pythons: dict[str, Path | None]) -> Iterator[str]:
    yield f"{'':16}{'first':>9}{'all':>9}{'wall':>9}{'MiB':>7}{'sd':>8}{'x':>7}  score"
    own_deviation = None
    for name, peer in chosen.items():
        python = pythons[name]
        for limit in peer.seconds:
            title = f"{name} {limit:g} s" if limit else name
            if python is None or len(problem.slots) > peer.largest:
                yield f"{title:16} {'could not be installed' if python is None else 'not asked at this size'}"
                continue
            run = run_peer(python, peer, path, limit)
            if run.error or not run.answer["plan"]:
                yield f"{title:16} {run.error or run.answer['note']} ({run.wall:.1f} s, {run.memory:.0f} MiB)"
                continue
            score = score_plan(problem, run.answer["plan"])
            deviation = standard_deviation(problem, score, run.answer["plan"])
            own_deviation = own_deviation if own_deviation is not None else deviation
            yield (
                f"{title:16}{run.answer['first']:9.3f}{run.answer['seconds']:9.3f}{run.wall:9.2f}{run.memory:7.0f}{deviation:8.3f}"
                f"{deviation / own_deviation if own_deviation else 1:7.2f}  {_vector(score)}  {_told(run.answer)}"
            )


def _vector(score: Score) -> str:
    return " ".join(f"{part}={value}" for part, value in score.as_dict().items() if value)


def _told(answer: dict[str, Any]) -> str:
    if "proved" not in answer:
        return str(answer["note"])
    return (
        "proved: "
        + ("hard..dev_sq" if set(SHARES) <= set(answer["proved"]) else "")
        + " "
        + " ".join(part for part in answer["proved"] if part not in SHARES or not set(SHARES) <= set(answer["proved"]))
    )


def standard_deviation(problem: Problem, score: Score, plan: dict[str, str | None]) -> float:
    """Of points with credit over all vendors, in points."""
    weights = {slot.id: slot.weight for slot in problem.slots}
    total = sum(credit_of(problem).values()) + sum(weights.get(slot, 0) for slot, vendor in plan.items() if vendor is not None)
    count = len(problem.vendors)
    return max(0.0, score.dev_sq / count - (total / count) ** 2) ** 0.5


def run_peer(python: Path, peer: Peer, path: Path, seconds: float) -> Run:
    """The peer in a process of its own, with what it cost."""
    began = time.perf_counter()
    command = [str(python), "-m", f"benchmarks.rotation_peers.{peer.module}", str(path), str(seconds)]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=err, env={**os.environ, "OMP_NUM_THREADS": "1"})
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - began
        out.seek(0)
        err.seek(0)
        text, complaint = out.read().decode(), err.read().decode().strip().splitlines()
    memory = usage.ru_maxrss / 1024
    if process.returncode:
        return Run({}, wall, memory, error=f"failed: {complaint[-1] if complaint else process.returncode}")
    return Run(json.loads(text), wall, memory)


# --- many seeds -----------------------------------------------------------------------------------------------------------


def sow(sizes: list[str], seeds: range) -> None:
    """Each size over all seeds, in this process, one thread; times are processor seconds after import."""
    from bazaar.rotation.solve import solve

    for size in sizes:
        proofs, wholes, unproved, rest = [], [], [], []
        for seed in seeds:
            document = make_instance(size, seed)
            stages: dict[str, float] = {}
            began = time.process_time()
            result = solve(read_problem(document), progress=_clock(stages, began))
            wholes.append(time.process_time() - began)
            proofs.append(stages["polish"])
            if not set(SHARES) <= set(result.proved):
                unproved.append((seed, [part for part in SHARES if part not in result.proved]))
            rest.append(result.score)
        print(f"\n{size}: hard..dev_sq proved on {len(seeds) - len(unproved)} of {len(seeds)} seeds", unproved or "")
        print(f"   until proved {spread_of(proofs)}; whole plan {spread_of(wholes)}")
        for part in ("adj", "rep", "spacing", "wish_miss"):
            print(
                f"   {part}: mean {mean(getattr(score, part) for score in rest):.2f}, worst {max(getattr(score, part) for score in rest)}"
            )


def narrow(shapes: list[tuple[int, int, str, int]]) -> None:
    """Each shape in this process, one thread; processor seconds after import."""
    from bazaar.rotation.solve import solve

    times, unproved = {}, dict.fromkeys(SHARES, 0)
    for shape in shapes:
        problem = read_problem(make_narrow(*shape))
        began = time.process_time()
        result = solve(problem)
        times[shape] = time.process_time() - began
        for part in set(SHARES) - set(result.proved):
            unproved[part] += 1
    print(f"\n{len(shapes)} small bazaars: whole plan {spread_of(list(times.values()))}")
    for shape in sorted(times, key=lambda shape: -times[shape])[:5]:
        print(f"   {times[shape]:.2f} s: {shape[0]} vendors, {shape[1]} slots, {shape[2]}, seed {shape[3]}")
    print("   not proved:", ", ".join(f"{part} {count}" for part, count in unproved.items() if count) or "nothing")


def _clock(stages: dict[str, float], began: float) -> Callable[[str, float], None]:
    def note(stage: str, _share: float) -> None:
        stages.setdefault(stage, time.process_time() - began)

    return note


def spread_of(seconds: list[float]) -> str:
    """Median, ninth decile and worst."""
    p90 = quantiles(seconds, n=10)[-1] if len(seconds) > 1 else seconds[0]
    return f"p50 {median(seconds):.3f} s, p90 {p90:.3f} s, worst {max(seconds):.3f} s"


if __name__ == "__main__":
    main()
