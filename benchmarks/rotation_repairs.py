"""Repairs and replays of the planner, measured.

    python -m benchmarks.rotation_repairs changes  [S M L XL] [--count 200] [--from 1000]
    python -m benchmarks.rotation_repairs frontier [S M L]    [--count 20]  [--from 1000]
    python -m benchmarks.rotation_repairs digests  [M]        [--count 100]

changes: a rotation is solved, then something breaks: a vendor leaves, an evening is called off, a vendor cannot come on some more
days, somebody is pinned, or two of these. Told is on how many the number of changes stands on its proved lower bound, and the time
of a repair. frontier: time, number of choices, whether each has more changes and is fairer than the one before, and of how many it is
proved, down to turns and points, that no plan with as many changes is fairer. digests: the
same draw in fresh processes with different hash seeds. Times are processor seconds of one thread, after import.
"""

import argparse
import copy
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.machine import describe_machine
from benchmarks.rotation import spread_of
from benchmarks.rotation_instances import SHAPES, make_instance

ROOT = Path(__file__).resolve().parents[1]
Document = dict[str, Any]
TURNS = {"hard", "unfilled", "short", "spread", "turns_sq"}


def main() -> None:
    """Choose and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["changes", "frontier", "digests"])
    parser.add_argument("sizes", nargs="*", choices=[*SHAPES, []], metavar="SIZE")
    parser.add_argument("--count", type=int)
    parser.add_argument("--from", dest="start", type=int, default=1000)
    options = parser.parse_args()
    print(describe_machine())
    run, sizes, count = {
        "changes": (repair, ["S", "M", "L"], 200),
        "frontier": (climb, ["S", "M"], 20),
        "digests": (replay, ["M"], 100),
    }[options.verb]
    for size in options.sizes or sizes:
        run(size, options.start, options.count or count)


def broken(document: Document, plan: dict[str, str | None], dice: random.Random) -> Document:
    """The problem after something happened to it on a day of the middle third; what was before that day stays."""
    problem = copy.deepcopy(document)
    problem["published"], problem["now"] = dict(plan), dice.randrange(problem["days"] // 3, 2 * problem["days"] // 3)
    for harm in dice.sample([_leaves, _called_off, _stays_away, _is_pinned], dice.choice([1, 1, 2])):
        harm(problem, dice)
    return problem


def _leaves(problem: Document, dice: random.Random) -> None:
    gone = dice.choice([vendor["id"] for vendor in problem["vendors"] if not any(slot["pin"] == vendor["id"] for slot in problem["slots"])])
    for vendor in problem["vendors"]:
        if vendor["id"] == gone:
            vendor["off"] = sorted({*vendor["off"], *range(problem["now"], problem["days"])})


def _called_off(problem: Document, dice: random.Random) -> None:
    day = dice.randrange(problem["now"], problem["days"])
    problem["slots"] = [slot for slot in problem["slots"] if slot["day"] != day or slot["pin"]]
    kept = {slot["id"] for slot in problem["slots"]}
    problem["published"] = {slot: vendor for slot, vendor in problem["published"].items() if slot in kept}


def _stays_away(problem: Document, dice: random.Random) -> None:
    for vendor in dice.sample(problem["vendors"], 3):
        pinned = {slot["day"] for slot in problem["slots"] if slot["pin"] == vendor["id"]}
        more = set(dice.sample(range(problem["now"], problem["days"]), min(4, problem["days"] - problem["now"])))
        vendor["off"] = sorted({*vendor["off"], *(more - pinned)})


def _is_pinned(problem: Document, dice: random.Random) -> None:
    slots = [slot for slot in problem["slots"] if slot["day"] >= problem["now"] and slot["pin"] is None]
    slot = dice.choice(slots)
    days = {vendor["id"]: set(vendor["off"]) for vendor in problem["vendors"]}
    standing: dict[str | None, list[int]] = {}
    for each in problem["slots"]:
        standing.setdefault(problem["published"].get(each["id"]), []).append(each["day"])
    for vendor in dice.sample(problem["vendors"], len(problem["vendors"])):
        near = [day for day in standing.get(vendor["id"], []) if day < problem["now"] and abs(day - slot["day"]) < vendor["gap"]]
        is_free = slot["day"] not in days[vendor["id"]] and vendor["lang"] is None and not near
        is_pinned = any(each["pin"] == vendor["id"] for each in problem["slots"])
        if is_free and not is_pinned and vendor["from"] is None and vendor["to"] is None:
            slot["pin"] = vendor["id"]
            return


def _cases(size: str, start: int, count: int) -> list[Document]:
    from bazaar.rotation.problem import read_problem
    from bazaar.rotation.solve import solve

    cases = []
    for seed in range(start, start + max(1, count // 10)):  # ten mishaps for each rotation
        document = make_instance(size, seed)
        plan = dict(solve(read_problem(document)).plan)
        dice = random.Random(f"mishaps/{size}/{seed}")
        cases += [broken(document, plan, dice) for _ in range(min(10, count))]
    return cases


def repair(size: str, start: int, count: int) -> None:
    """Each case repaired with the fewest changes."""
    from bazaar.rotation.instance import instance_of
    from bazaar.rotation.problem import read_problem
    from bazaar.rotation.repairing.replan import replan

    times, arrays, least, changes, hard = [], [], 0, [], Counter()
    cases = _cases(size, start, count)
    for case in cases:
        problem = read_problem(case)
        began = time.process_time()
        instance_of(problem)
        arrays.append(time.process_time() - began)
        began = time.process_time()
        result = replan(problem)
        times.append(time.process_time() - began)
        least += "changes" in result.proved
        changes.append(result.score.changes)
        hard[result.score.hard] += 1
    print(f"\n{size}: changes stand on their lower bound in {least} of {len(cases)} repairs; changes {min(changes)} to {max(changes)}")
    print(f"   broken hard rules: {dict(hard)}; repair {spread_of(times)}; building the arrays alone {spread_of(arrays)}")


def climb(size: str, start: int, count: int) -> None:
    """The whole choice between few changes and fair turns."""
    from bazaar.rotation.problem import read_problem
    from bazaar.rotation.repairing.frontier import frontier

    times, lengths, is_monotone, steps_of, proved = [], [], [], Counter(), Counter()
    for case in _cases(size, start, count):
        began = time.process_time()
        steps = frontier(read_problem(case))
        times.append(time.process_time() - began)
        lengths.append(len(steps))
        for number, step in enumerate(steps):
            place = "the first" if number == 0 else "the last" if number == len(steps) - 1 else "those between"
            steps_of[place] += 1
            proved[place, "turns"] += set(step.result.proved) >= TURNS
            proved[place, "the farthest points"] += {*TURNS, "dev_max"} <= set(step.result.proved)
            proved[place, "all points"] += {*TURNS, "dev_max", "dev_sq"} <= set(step.result.proved)
        fair = [tuple(value for part, value in step.score.as_dict().items() if part != "changes") for step in steps]
        more = [step.changes for step in steps]
        is_monotone.append(all(a < b for a, b in itertools.pairwise(more)) and all(a > b for a, b in itertools.pairwise(fair)))
    print(f"\n{size}: {len(times)} frontiers of {min(lengths)} to {max(lengths)} choices (mean {mean(lengths):.1f}), {spread_of(times)}")
    print(f"   strictly more changes and strictly fairer from choice to choice: {sum(is_monotone)} of {len(is_monotone)}")
    for place, number in steps_of.items():
        known = ", ".join(f"{what} {proved[place, what]}" for what in ("turns", "the farthest points", "all points"))
        print(f"   of {number} choices, {place}, no plan with as many changes is fairer, proved: {known}")


def replay(size: str, start: int, count: int) -> None:
    """One problem, fresh processes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "problem.json"
        path.write_text(json.dumps(make_instance(size, start)))
        command = [sys.executable, "-m", "bazaar.rotation", "solve", str(path)]
        digests = Counter(
            json.loads(
                subprocess.run(
                    command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": str(seed)}, capture_output=True, check=True, text=True
                ).stdout
            )["digest"]
            for seed in range(1, count + 1)
        )
    print(f"\n{size}: {len(digests)} digest in {count} processes with as many hash seeds")


if __name__ == "__main__":
    main()
