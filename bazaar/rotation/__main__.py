"""`python -m bazaar.rotation solve|score|explain|diagnose`: the planner on a file, so that anybody can replay and judge a draw."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from bazaar.rotation.diagnose import diagnose
from bazaar.rotation.explain import explain
from bazaar.rotation.problem import ProblemError, read_problem
from bazaar.rotation.score import score_plan
from bazaar.rotation.solve import solve


def main(arguments: list[str] | None = None) -> int:
    """Standard output is one JSON document; a file that is no problem gives one sentence and 2."""
    parser = argparse.ArgumentParser(prog="python -m bazaar.rotation", description="Giliran's planner on a problem file.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    solving = verbs.add_parser("solve", help="find a plan")
    solving.add_argument("problem", type=Path)
    solving.add_argument("--effort", type=int, default=1)
    solving.add_argument("--seed", type=int, default=0)
    scoring = verbs.add_parser("score", help="judge a plan")
    scoring.add_argument("problem", type=Path)
    scoring.add_argument("plan", type=Path)
    explaining = verbs.add_parser("explain", help="why this vendor is in a slot, or nobody")
    explaining.add_argument("problem", type=Path)
    explaining.add_argument("plan", type=Path)
    explaining.add_argument("slot")
    verbs.add_parser("diagnose", help="what cannot be satisfied").add_argument("problem", type=Path)
    options = parser.parse_args(arguments)
    try:
        problem = read_problem(_read(options.problem))
        if options.verb == "solve":
            answer = solve(problem, seed=options.seed, effort=max(1, options.effort)).as_dict()
        elif options.verb == "explain":
            answer = explain(problem, _read_plan(options.plan), options.slot).as_dict()
        elif options.verb == "diagnose":
            answer = diagnose(problem).as_dict()
        else:
            answer = score_plan(problem, _read_plan(options.plan)).as_dict()
    except ProblemError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(answer, ensure_ascii=False))
    return 0


def _read(path: Path) -> Any:
    """The JSON in a file; `-` is standard input."""
    try:
        return json.loads(sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProblemError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ProblemError(f"{path} is not JSON: {error}") from None


def _read_plan(path: Path) -> dict[str, str | None]:
    document = _read(path)
    plan = document.get("plan", document) if isinstance(document, dict) else None
    if not isinstance(plan, dict) or not all(value is None or isinstance(value, str) for value in plan.values()):
        raise ProblemError(f"{path} holds no plan; it must map slots to vendors or null")
    return plan


if __name__ == "__main__":
    sys.exit(main())
