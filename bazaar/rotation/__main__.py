"""`python -m bazaar.rotation solve|score|replan|frontier|explain|diagnose`: the planner on a file, so that anybody can replay a draw."""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bazaar.rotation.problem import ProblemError, read_problem
from bazaar.rotation.reasons.diagnose import diagnose
from bazaar.rotation.reasons.explain import explain
from bazaar.rotation.repairing.frontier import frontier
from bazaar.rotation.repairing.replan import replan
from bazaar.rotation.result import disputed
from bazaar.rotation.score import score_plan
from bazaar.rotation.solve import solve
from bazaar.rotation.stage import Progress


def main(arguments: list[str] | None = None) -> int:
    """Standard output is one JSON document; a file that is no problem gives one sentence and 2.

    `score` says on stderr whether the result's own score and digest agree with its plan, and gives 1 where they do not.
    """
    options = _read_arguments(arguments)
    try:
        if options.verb == "score":
            return _judge(options)
        with _libraries_on_stderr():
            document = _answer(options, _tell if options.progress else _tell_nobody)
    except ProblemError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(document, ensure_ascii=False))
    return 0


@contextmanager
def _libraries_on_stderr() -> Iterator[None]:
    """HiGHS now and then writes a line to standard output whatever its options say; the document must stand there alone."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def answer(arguments: list[str], progress: Progress) -> Any:
    """What the command line would print, for a caller in this very process. Raises ProblemError."""
    return _answer(_read_arguments(arguments), progress)


def _read_arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bazaar.rotation", description="Giliran's planner on a problem file.")
    parser.add_argument("--progress", action="store_true", help='a line on stderr for each step: {"stage": "fill", "share": 0.25}')
    verbs = parser.add_subparsers(dest="verb", required=True)
    solving = verbs.add_parser("solve", help="find a plan")
    solving.add_argument("problem", type=Path)
    solving.add_argument("--effort", type=int, default=1)
    solving.add_argument("--seed", type=int, default=0)
    scoring = verbs.add_parser("score", help="judge a plan")
    scoring.add_argument("problem", type=Path)
    scoring.add_argument("plan", type=Path)
    scoring.add_argument("--effort", type=int, default=1, help="with which it was drawn: the digest covers it")
    scoring.add_argument("--seed", type=int, default=0)
    explaining = verbs.add_parser("explain", help="why this vendor is in a slot, or nobody")
    explaining.add_argument("problem", type=Path)
    explaining.add_argument("plan", type=Path)
    explaining.add_argument("slot")
    verbs.add_parser("diagnose", help="what cannot be satisfied").add_argument("problem", type=Path)
    repairing = verbs.add_parser("replan", help="repair what was published with the fewest changes")
    repairing.add_argument("problem", type=Path)
    repairing.add_argument("--extra-changes", type=int, default=0, help="at most so many more than the fewest, for fairness")
    repairing.add_argument("--effort", type=int, default=1)
    repairing.add_argument("--seed", type=int, default=0)
    choosing = verbs.add_parser("frontier", help="the repairs from the fewest changes to the fairest")
    choosing.add_argument("problem", type=Path)
    choosing.add_argument("--effort", type=int, default=1)
    choosing.add_argument("--proofs", action="store_true", help="each step with its bounds, what is proved, and its digest")
    return parser.parse_args(arguments)


def _answer(options: argparse.Namespace, progress: Progress) -> Any:
    problem = read_problem(_read(options.problem))
    if options.verb == "solve":
        return solve(problem, seed=options.seed, effort=max(1, options.effort), progress=progress).as_dict()
    if options.verb == "replan":
        effort, extra = max(1, options.effort), max(0, options.extra_changes)
        return replan(problem, extra_changes=extra, seed=options.seed, effort=effort, progress=progress).as_dict()
    if options.verb == "frontier":
        steps = frontier(problem, effort=max(1, options.effort), progress=progress)
        return [step.with_proofs() if options.proofs else step.as_dict() for step in steps]
    if options.verb == "explain":
        return explain(problem, _read_plan(options.plan), options.slot).as_dict()
    if options.verb == "diagnose":
        return diagnose(problem, progress=progress).as_dict()
    return score_plan(problem, _read_plan(options.plan)).as_dict()


def _judge(options: argparse.Namespace) -> int:
    """Score a result, and hold what the file says of itself against it. The digest needs no draw: it outlives its planner."""
    document, result = _read(options.problem), _read(options.plan)
    problem, plan = read_problem(document), _plan_in(result, options.plan)
    score = score_plan(problem, plan).as_dict()
    print(json.dumps(score, ensure_ascii=False))
    stated = [part for part in ("score", "digest") if part in result] if "plan" in result else []
    wrong = disputed(result, document, problem, seed=options.seed, effort=max(1, options.effort)) if stated else []
    if not stated:
        words = f"{options.plan} states no score and no digest, so only its plan was judged."
    elif wrong:
        words = f"{options.plan} states another {' and another '.join(wrong)} than its plan has for this problem."
    else:
        words = f"The {' and the '.join(stated)} that {options.plan} states agree with its plan."
    print(words, file=sys.stderr)
    return 1 if wrong else 0


def _tell(stage: str, share: float) -> None:
    print(json.dumps({"stage": stage, "share": round(share, 4)}), file=sys.stderr, flush=True)


def _tell_nobody(_stage: str, _share: float) -> None:
    pass


def _read(path: Path) -> Any:
    """The JSON in a file; `-` is standard input."""
    try:
        return json.loads(sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProblemError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ProblemError(f"{path} is not JSON: {error}") from None


def _read_plan(path: Path) -> dict[str, str | None]:
    return _plan_in(_read(path), path)


def _plan_in(document: Any, path: Path) -> dict[str, str | None]:
    plan = document.get("plan", document) if isinstance(document, dict) else None
    if not isinstance(plan, dict) or not all(value is None or isinstance(value, str) for value in plan.values()):
        raise ProblemError(f"{path} holds no plan; it must map slots to vendors or null")
    return plan


if __name__ == "__main__":
    sys.exit(main())
