"""Runs the planner in a process of its own: a web server that is on air must not think about anything else meanwhile.

It also keeps numpy and scipy, some 60 MB, out of the processes that stay. The child tells how far it is, can be stopped at any
time, is ended after `LONGEST_SECONDS`, and dies with its parent (`bazaar.leash`).

A compiled library may take the child down with it. The planner is pure, so asking again does no harm: a child that crashed is
started once more. What killed it by a signal from outside (SIGKILL: out of memory, somebody's hand) would do so again.
"""

import hashlib
import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from bazaar.rotation.problem import Problem, write_problem
from bazaar.settings import ROOT

log = logging.getLogger(__name__)

LONGEST_SECONDS = 300.0
LOOK_SECONDS = 0.25
"""How often the watcher is asked whether the answer is still wanted."""
MODULE = "bazaar.rotation"
"""What the child runs; a test puts one there that dies."""
MOST_CRASHES = 2
CRASHES = frozenset({signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL})
"""Signals by which a process falls over its own feet."""
_LONGEST_WORDS = 16_000
"""Of what the child says beside its progress the end is kept: the trace of a crash is some hundred lines."""

Watch = Callable[[str, float], bool]
"""Told the stage of the work (empty: it has not begun) and the share of it that is done; False stops the planner."""


class PlannerError(RuntimeError):
    """The planner gave no answer; the text holds its own words."""


class PlannerTooSlowError(PlannerError):
    """It was ended after `LONGEST_SECONDS`."""


class PlannerStoppedError(PlannerError):
    """The watcher wanted no answer any more."""


class PlannerCrashedError(PlannerError):
    """It fell over its own feet (`CRASHES`); the text holds the signal and the trace of where it was."""


class AskPlanner(Protocol):
    """Whoever answers a verb of `python -m bazaar.rotation` about a problem: `ask_apart`, or the same within a test."""

    def __call__(self, verb: str, problem: Problem, *options: str, watch: Watch = ...) -> Any:
        """The JSON document of that verb; `options` as on the command line. Raises PlannerError."""
        ...


def watch_idly(_stage: str, _share: float) -> bool:
    """For whoever waits to the end."""
    return True


def ask_apart(verb: str, problem: Problem, *options: str, watch: Watch = watch_idly) -> Any:
    """The answer of a child process, of a second one where the first crashed. Both together get `LONGEST_SECONDS`.

    Raises PlannerError; whatever is raised here, also by the watcher, ends the child.
    """
    until = time.monotonic() + LONGEST_SECONDS
    for crash_count in range(1, MOST_CRASHES + 1):
        try:
            return _ask_once(verb, problem, options, watch, until)
        except PlannerCrashedError as error:
            if crash_count == MOST_CRASHES:
                raise
            log.warning("%s: %s\nIt is asked once more.", verb, error)
    raise AssertionError("the last crash is raised above")


def _ask_once(verb: str, problem: Problem, options: tuple[str, ...], watch: Watch, until: float) -> Any:
    rotation = [MODULE, "--progress", verb, "-", *options]
    # faulthandler: whoever crashes says where.
    command = [sys.executable, "-X", "faulthandler", "-m", "bazaar.leash", str(os.getpid()), *rotation]
    # Files, not pipes: neither a long question nor a long answer can make the two processes wait for each other.
    with tempfile.TemporaryFile("w+") as question, tempfile.TemporaryFile("w+") as answer:
        json.dump(write_problem(problem), question)
        question.seek(0)
        with subprocess.Popen(
            command, stdin=question, stdout=answer, stderr=subprocess.PIPE, bufsize=0, cwd=ROOT, start_new_session=True
        ) as child:
            try:
                words = _follow(child, watch, until).strip()
            finally:
                _end(child)
        if child.returncode != 0:
            raise _failure(child.returncode, words)
        if words:
            log.info("the planner said: %s", words)
        answer.seek(0)
        return json.load(answer)


def _failure(exit_code: int, words: str) -> PlannerError:
    """What a child that gave no answer died of, with its last words."""
    if exit_code >= 0:
        return PlannerError(f"the planner failed: {words or f'exit code {exit_code}'}")
    name = signal.Signals(-exit_code).name
    if -exit_code in CRASHES:
        return PlannerCrashedError(f"the planner crashed ({name}). {words}".strip())
    return PlannerError(f"the planner was ended from outside ({name}); SIGKILL is mostly want of memory. {words}".strip())


def add_reasons(document: Any, ask: AskPlanner, problem: Problem, *, watch: Watch = watch_idly) -> Any:
    """A rotation's document, with what cannot be satisfied (`conflicts`) where something is missing.

    Reasons are worth waiting for, but no rotation is lost for want of them: raises PlannerStoppedError only.
    """
    score = document["score"]
    if not (score["hard"] or score["unfilled"] or score["short"]):
        return document
    try:
        return {**document, "conflicts": ask("diagnose", problem, watch=watch)["conflicts"]}
    except PlannerStoppedError:
        raise
    except PlannerError:
        log.exception("the planner gave a rotation and no reasons")
        return document


def add_reasons_to_steps(steps: Any, ask: AskPlanner, problem: Problem, *, watch: Watch = watch_idly) -> Any:
    """The steps of a repair, each with the same reasons: what cannot be satisfied does not depend on how much changes."""
    reasons = add_reasons(steps[0], ask, problem, watch=watch).get("conflicts", [])
    return [{**step, "conflicts": reasons} for step in steps]


def planner_version() -> str:
    """What a draw depends on besides its problem: the planner's sources, hashed, and the two libraries it counts with.

    Nobody can forget to raise it, and it is read anew each time, as the planner's own process reads its sources.
    """
    sources = hashlib.sha256()
    package = Path(__file__).parent / "rotation"
    for path in sorted(package.rglob("*.py")):
        sources.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{sources.hexdigest()[:12]}, numpy {version('numpy')}, scipy {version('scipy')}"


def _follow(child: subprocess.Popen[bytes], watch: Watch, until: float) -> str:
    """Hand on what the child tells of its progress until it closes its lips; returns its other words."""
    stage, share, words, rest = "", 0.0, "", b""
    assert child.stderr is not None  # asked for above
    with selectors.DefaultSelector() as selector:
        selector.register(child.stderr, selectors.EVENT_READ)
        while True:
            lines: list[bytes] = []
            if selector.select(LOOK_SECONDS):
                heard = os.read(child.stderr.fileno(), 65_536)
                if not heard:
                    child.wait()
                    return words + rest.decode(errors="replace")
                *lines, rest = (rest + heard).split(b"\n")
            for told in map(_progress_in, lines):
                if isinstance(told, str):
                    words = (words + told)[-_LONGEST_WORDS:]
                else:
                    stage, share = told
                    _ask_on(watch, stage, share)
            _ask_on(watch, stage, share)
            if time.monotonic() > until:
                raise PlannerTooSlowError(f"the planner took longer than {LONGEST_SECONDS:g} seconds")


def _ask_on(watch: Watch, stage: str, share: float) -> None:
    if not watch(stage, share):
        raise PlannerStoppedError("the planner was stopped")


def _progress_in(line: bytes) -> tuple[str, float] | str:
    """What a line says of the progress; of any other line its words."""
    with suppress(ValueError, KeyError, TypeError):
        told = json.loads(line)
        return str(told["stage"]), float(told["share"])
    return line.decode(errors="replace") + "\n"


def _end(child: subprocess.Popen[bytes]) -> None:
    """The child and whatever it may have started, if it still lives."""
    if child.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
