"""`python -m bazaar.rotation solve|score|replan|frontier|explain|diagnose`: the planner on a file, so that anybody can replay a draw.

`score` and `explain` need nothing but Python itself, so that a plan can be judged anywhere: the other verbs bring numpy and scipy in.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from bazaar.rotation.checked import read_plan
from bazaar.rotation.problem import MOST_SEED, Problem, ProblemError, read_problem
from bazaar.rotation.reasons.explain import explain
from bazaar.rotation.result import disputed
from bazaar.rotation.score import score_plan

if TYPE_CHECKING:
    from bazaar.rotation.stage import Progress

MOST_EFFORT = 1_000


def main(arguments: list[str] | None = None) -> int:
    """Standard output is one JSON document; whatever is wrong with the file or the command line gives one sentence and 2.

    `score` says on stderr whether the result's own score and digest agree with its plan, and gives 1 where they do not.
    """
    try:
        options = _read_arguments(arguments)
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


def answer(arguments: list[str], progress: "Progress") -> Any:
    """What the command line would print, for a caller in this very process. Raises ProblemError."""
    return _answer(_read_arguments(arguments), progress)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the lines on usage; `--help` prints those."""

    def error(self, message: str) -> NoReturn:
        """Instead of leaving the process."""
        raise ProblemError(f"{message.splitlines()[0]}; {self.prog} --help tells more.")


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,19}", text) or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"write a whole number from {low:,} to {high:,} instead of {json.dumps(text[:40])}")
        return int(text)

    return read


def _read_arguments(arguments: list[str] | None) -> argparse.Namespace:
    effort, seed = _whole(1, MOST_EFFORT), _whole(-MOST_SEED, MOST_SEED)
    parser = _Parser(prog="python -m bazaar.rotation", description="Giliran's planner on a problem file.")
    parser.add_argument("--progress", action="store_true", help='a line on stderr for each step: {"stage": "fill", "share": 0.25}')
    verbs = parser.add_subparsers(dest="verb", required=True)
    solving = verbs.add_parser("solve", help="find a plan")
    solving.add_argument("problem", type=Path)
    solving.add_argument("--effort", type=effort, default=1)
    solving.add_argument("--seed", type=seed, default=0)
    scoring = verbs.add_parser("score", help="judge a plan")
    scoring.add_argument("problem", type=Path)
    scoring.add_argument("plan", type=Path)
    scoring.add_argument("--effort", type=effort, default=1, help="with which it was drawn: the digest covers it")
    scoring.add_argument("--seed", type=seed, default=0)
    explaining = verbs.add_parser("explain", help="why this vendor is in a slot, or nobody")
    explaining.add_argument("problem", type=Path)
    explaining.add_argument("plan", type=Path)
    explaining.add_argument("slot")
    verbs.add_parser("diagnose", help="what cannot be satisfied").add_argument("problem", type=Path)
    repairing = verbs.add_parser("replan", help="repair what was published with the fewest changes")
    repairing.add_argument("problem", type=Path)
    repairing.add_argument(
        "--extra-changes", type=_whole(0, 1_000_000), default=0, help="at most so many more than the fewest, for fairness"
    )
    repairing.add_argument("--effort", type=effort, default=1)
    repairing.add_argument("--seed", type=seed, default=0)
    choosing = verbs.add_parser("frontier", help="the repairs from the fewest changes to the fairest")
    choosing.add_argument("problem", type=Path)
    choosing.add_argument("--effort", type=effort, default=1)
    choosing.add_argument("--proofs", action="store_true", help="each step with its bounds, what is proved, and its digest")
    return parser.parse_args(arguments)


def _answer(options: argparse.Namespace, progress: "Progress") -> Any:
    problem = read_problem(_read(options.problem))
    if options.verb == "score":
        return score_plan(problem, _read_plan(options.plan)).as_dict()
    if options.verb == "explain":
        return explain(problem, _read_plan(options.plan), options.slot).as_dict()
    return _compute(options, problem, progress)


def _compute(options: argparse.Namespace, problem: Problem, progress: "Progress") -> Any:
    """The verbs that make a plan."""
    from bazaar.rotation.reasons.diagnose import diagnose  # noqa: PLC0415 (numpy and scipy only where they are needed)
    from bazaar.rotation.repairing.frontier import frontier  # noqa: PLC0415 (as above)
    from bazaar.rotation.repairing.replan import replan  # noqa: PLC0415 (as above)
    from bazaar.rotation.solve import solve  # noqa: PLC0415 (as above)

    if options.verb == "solve":
        return solve(problem, seed=options.seed, effort=options.effort, progress=progress).as_dict()
    if options.verb == "replan":
        extra, seed, effort = options.extra_changes, options.seed, options.effort
        return replan(problem, extra_changes=extra, seed=seed, effort=effort, progress=progress).as_dict()
    if options.verb == "frontier":
        steps = frontier(problem, effort=options.effort, progress=progress)
        return [step.with_proofs() if options.proofs else step.as_dict() for step in steps]
    return diagnose(problem, progress=progress).as_dict()


def _judge(options: argparse.Namespace) -> int:
    """Score a result, and hold what the file says of itself against it. The digest needs no draw: it outlives its planner."""
    document, result = _read(options.problem), _read(options.plan)
    problem, plan = read_problem(document), read_plan(result, str(options.plan))
    score = score_plan(problem, plan).as_dict()
    print(json.dumps(score, ensure_ascii=False))
    stated = [part for part in ("score", "digest") if part in result] if isinstance(result.get("plan"), dict) else []
    wrong = disputed(result, document, problem, seed=options.seed, effort=options.effort) if stated else []
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
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once)
    except OSError as error:
        raise ProblemError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise ProblemError(f"{path} is not UTF-8 at byte {error.start}; save it as UTF-8.") from None
    except json.JSONDecodeError as error:
        raise ProblemError(f"{path} is not JSON at line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except RecursionError:
        raise ProblemError(f"{path} is nested too deeply; a problem has a handful of levels.") from None
    except ProblemError as error:
        raise ProblemError(f"{path}: {error}") from None
    except ValueError:
        raise ProblemError(f"{path} holds a number of too many digits; write a smaller one.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; one that gives a name twice would be read differently by different readers."""
    read = dict(pairs)
    if len(read) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for number, name in enumerate(names) if name in names[:number])
        raise ProblemError(f"an object gives {json.dumps(twice[:40])} twice; leave one of them out.")
    return read


def _read_plan(path: Path) -> Mapping[str, str | None]:
    return read_plan(_read(path), str(path))


if __name__ == "__main__":
    sys.exit(main())
