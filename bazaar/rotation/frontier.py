"""The choice between few changes and fair turns: for each number of changes the fairest repair, as long as one more change helps.

The first step has the fewest changes there are (`replan`). Each further one has more changes and a better (spread, turns_sq,
dev_max, dev_sq); steps that gain nothing are left out, so the list is strictly monotone in both. `handovers` finds the plans,
`turn_bound` proves spread and turns squared for each number of changes, and where it does not and the problem is small enough
(`MOST_PAIRS`), the integer program does. dev_max and dev_sq are searched, not proved: deciding them exactly is a programme with a
quadratic level per step. The list ends where turns are as even as any plan allows, and further changes up to `PATIENCE` bring
nothing for points, or after the plans that the effort pays for.
"""

from collections.abc import Iterator

from bazaar.rotation.handovers import Search, Stand
from bazaar.rotation.problem import Problem
from bazaar.rotation.repair_model import RepairModel
from bazaar.rotation.replan import Repaired, plan_of_stand, repair_least, search_of, turn_bound_at
from bazaar.rotation.score import score_plan
from bazaar.rotation.stage import Progress
from bazaar.rotation.steps import RepairStep

PLANS_LOOKED_AT = 160
"""So many plans, times the effort, are looked at on the way up."""
PATIENCE = 4
"""So many numbers of changes in a row may bring nothing before the list ends."""
MOST_ASKED = 6
"""So many numbers of changes are put to the integer program."""


def frontier(problem: Problem, *, effort: int = 1, progress: Progress = lambda _stage, _share: None) -> list[RepairStep]:
    """The steps, fewest changes first. Raises ProblemError where nothing is published."""
    progress("repair", 0.0)
    repaired = repair_least(problem)
    _ground, search = search_of(repaired)
    most = sum(not fixed for fixed in repaired.repair.is_fixed)
    size = len(problem.slots)
    plans = max(12, PLANS_LOOKED_AT * effort * 400**2 // max(400, size) ** 2)
    progress("even out", 0.1)
    search.run(least=repaired.changes, most=most, plans=plans, patience=PATIENCE)
    progress("prove", 0.7)
    proofs = _prove_turns(repaired, search, most)
    steps = []
    for stand in _improving(search, repaired.changes):
        score = score_plan(problem, plan_of_stand(stand))
        steps.append(RepairStep(stand.changes, score, plan_of_stand(stand), _proved(repaired, stand, proofs)))
    progress("repair", 1.0)
    return steps


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
    """For each number of changes, up to where turns are as even as any plan allows: the least (spread, turns_sq), where proved.
    Where counting does not prove what the search found, the integer program is asked, and its plan joins the search."""
    proofs: dict[int, tuple[int, int]] = {}
    asked: RepairModel | None = None
    final = turn_bound_at(repaired, most)
    questions = MOST_ASKED
    for changes in range(repaired.changes, most + 1):
        reached = _turns_reached(search, changes)
        bound = turn_bound_at(repaired, changes - repaired.changes)
        if bound is not None and reached == bound:
            proofs[changes] = bound
        elif questions:
            asked = asked or RepairModel(search.ground.instance, repaired.repair)
            if not asked.is_small():
                break
            questions -= 1
            answer = _ask(repaired, asked, search, changes)
            if answer is not None:
                proofs[changes] = answer
            if changes == repaired.changes or questions == MOST_ASKED - 1:
                final = _ask(repaired, asked, search, most) or final
        if final is not None and _turns_reached(search, changes) == final:
            break
        if not questions and changes > max(search.best):
            break
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


def _proved(repaired: Repaired, stand: Stand, proofs: dict[int, tuple[int, int]]) -> tuple[str, ...]:
    """The parts of which it is certain that no plan with as many changes is better. Once turns are as even as any plan allows,
    more changes prove nothing new."""
    proved = ["unfilled", "short", "changes"] if repaired.is_least else []
    known = proofs.get(stand.changes) or (proofs[max(proofs)] if proofs and stand.changes > max(proofs) else None)
    if known == stand.key[1:3]:
        proved += ["spread", "turns_sq"]
    return tuple(proved)
