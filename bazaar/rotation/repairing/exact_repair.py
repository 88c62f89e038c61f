"""A repair whose proof is not complete, asked exactly where the problem is small enough.

Counting and assignments prove most repairs. They leave questions about points where somebody had to move or slots stay empty. The
same whole-number programmes as for a new rotation answer them, with the number of changes as a further part: `exact_fill` from hard
to turns_sq, `exact_balance` for points. Both begin at the repair that is known, so that it stays as it is unless something is
better. What is over stays in any case.

Where fixed slots contradict each other or the rules, the programmes still find better repairs, but their bounds hold only while what
is over stays as it was, and say nothing of neighbours and turns beyond those that break a rule already: `frontier` takes the plan then
and leaves the bounds.
"""

from dataclasses import replace

from bazaar.rotation.balancing.exact_balance import MOST_CELLS, MOST_COLUMNS, prove_balance
from bazaar.rotation.filling.exact_fill import ExactFill
from bazaar.rotation.filling.fill_bounds import bounds_of
from bazaar.rotation.filling.pins import keep_pins, roster_standing, roster_with
from bazaar.rotation.filling.programme import column_count
from bazaar.rotation.instance import Instance, holders_of, instance_of, plan_of
from bazaar.rotation.problem import Problem
from bazaar.rotation.result import Result, digest_of, proved_parts
from bazaar.rotation.score import PARTS, score_plan
from bazaar.rotation.stage import Outcome

ASKED = PARTS[: PARTS.index("dev_sq") + 1]
ABOVE_POINTS = PARTS[: PARTS.index("dev_max")]


def settle(problem: Problem, result: Result, *, seed: int, effort: int) -> Result:
    """The best repair with the fewest changes, and its bounds. result: the best one known; its own bounds hold."""
    is_small = len(problem.vendors) * len(problem.slots) <= MOST_CELLS
    if not is_small or all(part in result.proved for part in ASKED):
        return result
    instance = instance_of(problem)
    outcome = _settled(instance, result, effort)
    if outcome is None:
        return result
    plan = plan_of(instance, outcome.holders)
    score = score_plan(problem, plan)
    bounds = {part: 0 if getattr(score, part) == 0 else None for part in PARTS} | dict(outcome.bounds)
    return replace(
        result, plan=plan, score=score, bounds=bounds, proved=proved_parts(score, bounds), digest=digest_of(problem, seed, effort, plan)
    )


def _settled(instance: Instance, result: Result, effort: int) -> Outcome | None:
    pins = keep_pins(instance)
    if column_count(roster_with(instance, pins, kept=pins.firm), pins, finely=True) > MOST_COLUMNS * effort:
        return None
    holders = holders_of(instance, result.plan)
    bounds = {part: result.bounds[part] for part in ABOVE_POINTS}
    if not all(part in result.proved for part in ABOVE_POINTS):
        roster = roster_standing(instance, pins, holders)
        exact = ExactFill(roster, pins, bounds_of(roster, pins), tries=0, effort=effort)
        exact.run(lambda _stage, _share: None)
        holders, bounds = exact.roster.holders, exact.bounds
    unknown: dict[str, int | None] = {"dev_max": None, "dev_sq": None}
    balanced = prove_balance(instance, bounds, Outcome(holders, unknown), effort=effort)
    return Outcome(balanced.holders, {**bounds, **balanced.bounds})
