"""Giliran's own planner under the same protocol: the first plan is what the first stage leaves; `proof` is when the shares are proved."""

import json
import sys
import time
from pathlib import Path

from bazaar.rotation.problem import read_problem
from bazaar.rotation.solve import solve


def main() -> None:
    """One problem file; reading it and building the arrays count, importing does not."""
    document = json.loads(Path(sys.argv[1]).read_text())
    began = time.perf_counter()
    stages: dict[str, float] = {}
    result = solve(read_problem(document), progress=lambda stage, _share: stages.setdefault(stage, time.perf_counter() - began) and None)
    seconds = time.perf_counter() - began
    answer = {"first": stages["balance"], "proof": stages["polish"], "seconds": seconds, "note": "", **result.as_dict()}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
