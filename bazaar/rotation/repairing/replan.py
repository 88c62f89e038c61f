"""Repair what was published with the fewest changes; with some more, as evenly as these allow.

The fewest changes are `least`; without further ones the repair is that, with points evened out at the same number of changes where
the assignment alone did not prove them. Further changes are spent as the frontier says: the repair is the fairest step of
`climb` that the caller can afford, so that a step an organizer chose is drawn again with the same number of extra changes.
"""

from bazaar.rotation.problem import Problem
from bazaar.rotation.repairing.frontier import climbed_results, even_at_least, plan_of_stand, result_of, settled
from bazaar.rotation.repairing.least import plan_of_repair, repair_least
from bazaar.rotation.result import Result
from bazaar.rotation.stage import Progress


def replan(
    problem: Problem, *, extra_changes: int = 0, seed: int = 0, effort: int = 1, progress: Progress = lambda _stage, _share: None
) -> Result:
    """The published rotation repaired. extra_changes: at most so many more than the least, spent where they even out most.

    Nothing moves that is pinned or before `now`. Raises ProblemError where nothing is published. The seed is part of the digest
    only: a repair throws no dice.
    """
    progress("repair", 0.0)
    repaired = repair_least(problem)
    if extra_changes > 0:
        steps = climbed_results(repaired, seed=seed, effort=effort, progress=progress)
        result = [step for step in steps if step.score.changes <= steps[0].score.changes + extra_changes][-1]
    else:
        plan = plan_of_repair(repaired.repair) if repaired.is_evenest else plan_of_stand(even_at_least(repaired, effort=effort))
        result = settled(repaired, result_of(repaired, plan, {}, seed=seed, effort=effort), seed=seed, effort=effort)
    progress("repair", 1.0)
    return result
