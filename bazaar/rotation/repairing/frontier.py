"""The choice between few changes and fair turns: for each number of changes the fairest repair, as long as one more change helps.

The first step has the fewest changes there are (`least`, `exact_repair`). Each further one has more changes and is fairer in
(spread, turns_sq, dev_max, dev_sq); steps that gain nothing are left out, so the list is strictly monotone in both.

Exact: the least number of changes; spread and turns_sq for each number of changes where `turn_bound` or the free draw reaches what
was found or, in problems of at most `MOST_PAIRS_ASKED` pairs, the integer program does; dev_max and dev_sq where `exact_steps` had the
effort to ask. The last step is as fair as everything that is ahead drawn afresh (`afresh`); down to dev_sq as far as the free draw
proves it. `result.proved` of each step says what is exact: no plan with as many changes is fairer.

Searched, not proved: numbers of changes that the effort does not reach, by `handovers`, of which the bounds say how far off they can be
at most; and with how few changes the last step can be had. Where fixed slots contradict each other or the rules, nothing but
`hard` is proved, and nothing is drawn afresh.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from bazaar.rotation.instance import plan_of
from bazaar.rotation.problem import Plan, Problem
from bazaar.rotation.repairing.afresh import Afresh, draw_afresh
from bazaar.rotation.repairing.exact_repair import settle
from bazaar.rotation.repairing.exact_steps import EACH, FAIRNESS, RESERVED, ExactSteps, FreeDraw, fairness_of, numbers_asked
from bazaar.rotation.repairing.handovers import Search, Stand, ground_of
from bazaar.rotation.repairing.least import Repaired, repair_least, turn_bound_at
from bazaar.rotation.repairing.repair import instance_for
from bazaar.rotation.repairing.repair_model import RepairModel, pair_count
from bazaar.rotation.repairing.steps import RepairStep
from bazaar.rotation.result import Result, digest_of, proved_parts
from bazaar.rotation.score import PARTS, Score, score_plan
from bazaar.rotation.stage import Progress

PLANS_LOOKED_AT = 32
"""So many plans, times the effort, are looked at on the way up."""
PLANS_AT_LEAST = 40
"""So many plans, times the effort, are looked at to even out points at the least number of changes."""
PATIENCE = 4
"""So many numbers of changes in a row may bring nothing before the list ends."""
MOST_ASKED = 6
"""So many numbers of changes are put to the integer program,"""
MOST_PAIRS_ASKED = 2_500
"""if there are at most so many pairs of vendor and slot: it takes seconds for more, and says little for them that counting does not."""


@dataclass(frozen=True)
class Climb:
    """The plans of the frontier, fewest changes first, and for numbers of changes the least (spread, turns_sq) where proved."""

    stands: list[Stand]
    proofs: dict[int, tuple[int, int]]


def frontier(problem: Problem, *, seed: int = 0, effort: int = 1, progress: Progress = lambda _stage, _share: None) -> list[RepairStep]:
    """The steps, fewest changes first. Raises ProblemError where nothing is published."""
    progress("repair", 0.0)
    repaired = repair_least(problem)
    results = climbed_results(repaired, seed=seed, effort=effort, progress=progress)
    steps = [RepairStep(result.score.changes, result) for result in results]
    progress("repair", 1.0)
    return steps


def climbed_results(repaired: Repaired, *, seed: int, effort: int, progress: Progress) -> list[Result]:
    """The frontier as results. The first is settled exactly where it can be; of the others those are left that are fairer still."""
    climbed = climb(repaired, effort=effort, progress=progress)
    results = [_weighed(repaired, plan_of_stand(stand), climbed.proofs) for stand in climbed.stands]
    steps = [settled(repaired, results[0], seed=seed, effort=effort)]
    for result in results[1:]:
        if result.score.changes > steps[-1].score.changes and fairness_of(result) < fairness_of(steps[-1]):
            steps.append(result)
    if repaired.repair.is_consistent:
        progress("even out", 0.8)
        afresh = draw_afresh(repaired.repair, effort=effort)
        steps = _with_last(repaired, steps, afresh, climbed.proofs)
        steps = _exactly(repaired, steps, afresh, climbed.proofs, effort=effort)
    return [replace(step, digest=digest_of(repaired.problem, seed, effort, step.plan)) for step in steps]


def _exactly(
    repaired: Repaired, steps: list[Result], afresh: Afresh, proofs: Mapping[int, tuple[int, int]], *, effort: int
) -> list[Result]:
    """The fairest plan for each number of changes from the least on, as far as the effort goes; then the steps as they were found,
    where they are fairer still."""
    drawn = score_plan(repaired.problem, plan_of_stand(afresh.stand))

    def make(plan: Plan) -> Result:
        return _weighed(repaired, plan, proofs)

    exact = ExactSteps(repaired, steps, make, FreeDraw(drawn, afresh.bounds), effort=effort)
    known, found = list(steps), [steps[0]]
    least, most = steps[0].score.changes, steps[-1].score.changes
    asked = numbers_asked(least, most)
    for changes in range(least + 1, most + 1):
        best = min((step for step in known if step.score.changes <= changes), key=fairness_of)
        bounds: dict[str, int] = {}
        if changes in asked and exact.can_ask(RESERVED * effort if changes <= least + EACH else 0):
            best, bounds = exact.settle(best, changes)
            known.append(best)
        if fairness_of(best) >= fairness_of(found[-1]):
            continue
        found = [step for step in found if step.score.changes < best.score.changes]
        found.append(_with_proofs(_with_bounds(best, bounds), drawn, afresh.bounds))
        if all(getattr(best.score, part) == afresh.bounds[part] for part in FAIRNESS):  # no plan at all is fairer
            break
    return found


def _with_bounds(result: Result, more: Mapping[str, int]) -> Result:
    """The result with further bounds; of two, the larger one says more."""
    bounds = dict(result.bounds)
    for part, bound in more.items():
        bounds[part] = max(bound, bounds[part] or 0)
    return replace(result, bounds=bounds, proved=proved_parts(result.score, bounds))


def _with_last(repaired: Repaired, steps: list[Result], afresh: Afresh, proofs: Mapping[int, tuple[int, int]]) -> list[Result]:
    """The steps with everything drawn afresh as the last one where that is fairer; steps that it leaves without a point go. Whichever
    is last and as fair as that has its proofs."""
    last = _weighed(repaired, plan_of_stand(afresh.stand), proofs)
    if fairness_of(last) < fairness_of(steps[-1]) and last.score.changes > steps[0].score.changes:
        steps = [*(step for step in steps if step.score.changes < last.score.changes), last]
    return [_with_proofs(step, last.score, afresh.bounds) for step in steps]


def _with_proofs(result: Result, drawn: Score, known: Mapping[str, int | None]) -> Result:
    """What no plan can beat, no plan with as many changes can: part by part, as long as the parts above are those of the free draw,
    for which the bounds are known."""
    bounds = dict(result.bounds)
    for part in FAIRNESS:
        limits = [limit for limit in (bounds[part], known[part]) if limit is not None]
        bounds[part] = max(limits, default=None)
        if getattr(result.score, part) != getattr(drawn, part):
            break
    return replace(result, bounds=bounds, proved=proved_parts(result.score, bounds))


def settled(repaired: Repaired, result: Result, *, seed: int, effort: int) -> Result:
    """The repair with the fewest changes, settled exactly where it can be. Of what is fixed and contradictory only the plan is taken."""
    better = settle(repaired.problem, result, seed=seed, effort=effort)
    if repaired.repair.is_consistent:
        return better
    plan = better.plan if better.score < result.score else result.plan
    return result_of(repaired, plan, {}, seed=seed, effort=effort)


def climb(repaired: Repaired, *, effort: int, progress: Progress) -> Climb:
    """From the repair with the fewest changes up to where further ones bring nothing."""
    least = even_at_least(repaired, effort=effort)
    search = Search(least.ground)
    search.add(least)
    most = sum(not fixed for fixed in repaired.repair.is_fixed)
    progress("even out", 0.1)
    search.run(start=repaired.changes, most=most, plans=PLANS_LOOKED_AT * effort, patience=PATIENCE)
    progress("prove", 0.7)
    proofs = _prove_turns(repaired, search, most) if repaired.is_least else {}
    return Climb(list(_improving(search, repaired.changes)), proofs)


def even_at_least(repaired: Repaired, *, effort: int) -> Stand:
    """The repair with the fewest changes, points evened out where the assignment did not prove them."""
    ground = ground_of(instance_for(repaired.repair), repaired.repair)
    stand = Stand(ground, np.array(repaired.repair.holder, dtype=np.int64))
    if repaired.is_evenest:
        return stand
    search = Search(ground)
    search.add(stand)
    search.settle(repaired.changes, plans=PLANS_AT_LEAST * effort)
    return search.best[repaired.changes][0]


def plan_of_stand(stand: Stand) -> Plan:
    """The plan by ids."""
    return plan_of(stand.ground.instance, stand.holders)


def result_of(repaired: Repaired, plan: Plan, proofs: Mapping[int, tuple[int, int]], *, seed: int, effort: int) -> Result:
    """The repair in the form that a planner answers."""
    result = _weighed(repaired, plan, proofs)
    return replace(result, digest=digest_of(repaired.problem, seed, effort, plan))


def _weighed(repaired: Repaired, plan: Plan, proofs: Mapping[int, tuple[int, int]]) -> Result:
    """The same without the digest, which is dear: most plans that are weighed are no step in the end."""
    score = score_plan(repaired.problem, plan)
    bounds = _bounds(repaired, score, proofs)
    return Result(plan, score, bounds, proved_parts(score, bounds), "")


def _bounds(repaired: Repaired, score: Score, proofs: Mapping[int, tuple[int, int]]) -> dict[str, int | None]:
    """A bound for each part: of turns at this number of changes, of changes the least there is. Where fixed slots contradict each
    other or the rules, another choice of them may be better below `hard`, so nothing is said there."""
    bounds: dict[str, int | None] = {part: 0 if getattr(score, part) == 0 else None for part in PARTS}
    bounds["hard"] = repaired.repair.least_broken
    if not repaired.is_least:
        return bounds
    bounds |= {"unfilled": score.unfilled, "short": score.short, "changes": repaired.changes}
    if repaired.is_evenest and score.changes == repaired.changes:
        return bounds | {part: getattr(score, part) for part in ("spread", "turns_sq", "dev_max", "dev_sq")}
    reached = (score.spread, score.turns_sq)
    if proofs and reached == proofs[max(proofs)]:  # as even as with any number of changes
        return bounds | {"spread": reached[0], "turns_sq": reached[1]}
    turns = proofs.get(score.changes) or turn_bound_at(repaired, score.changes - repaired.changes)
    if turns is not None:
        bounds |= {"spread": turns[0], "turns_sq": turns[1] if score.spread == turns[0] else None}
    return bounds


def _improving(search: Search, least: int) -> Iterator[Stand]:
    """The best plan of each number of changes, where it is fairer than all with fewer."""
    best = None
    for changes in sorted(search.best):
        if changes < least or not search.best[changes]:
            continue
        stand = search.best[changes][0]
        if best is None or stand.key < best:
            best = stand.key
            yield stand


def _prove_turns(repaired: Repaired, search: Search, most: int) -> dict[int, tuple[int, int]]:
    """For each number of changes, up to where turns are as even as any plan allows: the least (spread, turns_sq), where proved;
    under the largest number what no plan at all can beat. Where counting does not prove what the search found, the integer
    program is asked, and its plan joins the search."""
    proofs: dict[int, tuple[int, int]] = {}
    asked: RepairModel | None = None
    final = turn_bound_at(repaired, most)
    questions = MOST_ASKED if pair_count(search.ground.instance, repaired.repair) <= MOST_PAIRS_ASKED else 0
    for changes in range(repaired.changes, most + 1):
        reached = _turns_reached(search, changes)
        bound = turn_bound_at(repaired, changes - repaired.changes)
        if bound is not None and reached == bound:
            proofs[changes] = bound
        elif questions:
            questions -= 1
            asked = asked or RepairModel(search.ground.instance, repaired.repair)
            answer = _ask(repaired, asked, search, changes)
            if answer is not None:
                proofs[changes] = answer
            if changes == repaired.changes or questions == MOST_ASKED - 1:
                final = _ask(repaired, asked, search, most) or final
        if final is not None and _turns_reached(search, changes) == final:
            break
        if not questions and changes > max(search.best):
            break
    if final is not None:
        proofs[most] = final
    return proofs


def _ask(repaired: Repaired, model: RepairModel, search: Search, changes: int) -> tuple[int, int] | None:
    """The least (spread, turns_sq) with at most so many changes, by the integer program; None where it gave up."""
    least = search.best[repaired.changes][0]
    unfilled = int((least.holders < 0).sum())
    solved = model.minimise(("spread", "turns_sq", "changes"), {"unfilled": unfilled, "short": least.key[0], "changes": changes})
    if solved is None:
        return None
    search.add(Stand(search.ground, solved.holders))
    return (solved.values[0], solved.values[1]) if solved.is_exact else None


def _turns_reached(search: Search, changes: int) -> tuple[int, int]:
    spread, squares = min(row[0].key[1:3] for number, row in search.best.items() if row and number <= changes)
    return spread, squares
