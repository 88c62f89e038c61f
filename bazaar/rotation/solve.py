"""From a problem to a plan: fill, balance, polish; then say how good it is and what is proved.

The same problem, seed and effort give the same plan on every machine: every loop ends by a count, never by a clock.
"""

import random  # noqa: TID251 (seeded dice only: a draw can be replayed)

from bazaar.rotation.balancing.balance import balance
from bazaar.rotation.balancing.exact_balance import prove_balance
from bazaar.rotation.filling.fill import fill
from bazaar.rotation.instance import instance_of, plan_of
from bazaar.rotation.polishing.polish import polish
from bazaar.rotation.problem import Problem
from bazaar.rotation.repairing.replan import replan
from bazaar.rotation.result import Result, digest_of, proved_parts
from bazaar.rotation.score import score_plan
from bazaar.rotation.stage import Progress


def solve(problem: Problem, *, seed: int = 0, effort: int = 1, progress: Progress = lambda _stage, _share: None) -> Result:
    """The fairest plan this method finds. With `published` it is a repair (`replan`): as little changes as must.

    progress: told the name of each stage and how much of it is done. Never raises for a problem that cannot be filled: slots stay empty.
    """
    if problem.published is not None:
        return replan(problem, seed=seed, effort=effort, progress=progress)
    instance = instance_of(problem)
    dice = random.Random(f"{problem.seed}/{seed}")  # noqa: S311 (seeded: the draw can be replayed)
    filled = fill(instance, dice, effort=effort, progress=progress)
    balanced = balance(instance, filled.holders, effort=effort, progress=progress)
    balanced = prove_balance(instance, filled.bounds, balanced, effort=effort, progress=progress)
    polished = polish(instance, balanced.holders, dice, effort=effort, progress=progress)
    plan = plan_of(instance, polished.holders)
    bounds = {**filled.bounds, **balanced.bounds, **polished.bounds}
    score = score_plan(problem, plan)
    return Result(plan, score, bounds, proved_parts(score, bounds), digest_of(problem, seed, effort, plan))
