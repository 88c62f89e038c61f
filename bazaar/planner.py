"""Runs the planner in a process of its own: a web server that is on air must not think about anything else meanwhile.

It also keeps numpy and scipy, some 60 MB, out of the processes that stay.
"""

import hashlib
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from bazaar.rotation.problem import Problem, write_problem
from bazaar.rotation.result import Result
from bazaar.settings import ROOT

LONGEST_SECONDS = 300


def solve_apart(problem: Problem) -> Result:
    """The same result as `solve(problem)`. Raises RuntimeError with the planner's own words when it fails."""
    command = [sys.executable, "-m", "bazaar.rotation", "solve", "-"]
    question = json.dumps(write_problem(problem))
    done = subprocess.run(command, input=question, capture_output=True, text=True, cwd=ROOT, timeout=LONGEST_SECONDS, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the planner failed: {done.stderr.strip()[-2000:]}")
    return Result.from_dict(json.loads(done.stdout))


def planner_version() -> str:
    """What a draw depends on besides its problem: the planner's sources, hashed, and the two libraries it counts with.

    Nobody can forget to raise it, and it is read anew each time, as the planner's own process reads its sources.
    """
    sources = hashlib.sha256()
    for path in sorted((Path(__file__).parent / "rotation").glob("*.py")):
        sources.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"{sources.hexdigest()[:12]}, numpy {version('numpy')}, scipy {version('scipy')}"
