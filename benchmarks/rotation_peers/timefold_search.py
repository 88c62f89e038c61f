"""Timefold (local search in a Java machine, driven from Python): one entity for each slot, its vendor the variable.

Hard: two turns of a vendor too close, too many turns. Medium: open slots. Soft, weighted: squared turns, squared points with credit,
neighbours of one kind. Each slot offers only the vendors who can come. Needs Java 17 or newer; without it the peer is left out.
"""

import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from timefold.solver import SolverFactory
from timefold.solver.config import Duration, ScoreDirectorFactoryConfig, SolverConfig, TerminationConfig
from timefold.solver.domain import (
    PlanningEntityCollectionProperty,
    PlanningId,
    PlanningScore,
    PlanningVariable,
    ProblemFactCollectionProperty,
    ValueRangeProvider,
    planning_entity,
    planning_solution,
)
from timefold.solver.score import ConstraintCollectors, ConstraintFactory, HardMediumSoftScore, Joiners, constraint_provider

from benchmarks.rotation_peers.question import Document, Plan, answer, credits_of, fits, gap_of

TURNS, POINTS, NEIGHBOURS = 500, 1, 5


@dataclass
class Vendor:
    """Who sells."""

    id: str
    category: str
    credit: int
    gap: int
    most: int


@planning_entity
@dataclass
class Stand:
    """A slot, and whoever stands there."""

    id: Annotated[str, PlanningId]
    day: int
    session: str
    position: int
    weight: int
    able: Annotated[list[Vendor], ValueRangeProvider] = field(default_factory=list)
    vendor: Annotated[Vendor | None, PlanningVariable(allows_unassigned=True)] = field(default=None)


@planning_solution
@dataclass
class Evenings:
    """The whole question."""

    vendors: Annotated[list[Vendor], ProblemFactCollectionProperty]
    stands: Annotated[list[Stand], PlanningEntityCollectionProperty]
    score: Annotated[HardMediumSoftScore, PlanningScore] = field(default=None)


@constraint_provider
def rules(factory: ConstraintFactory) -> list:
    """What is forbidden and what is wished."""
    return [
        factory.for_each_unique_pair(Stand, Joiners.equal(lambda stand: stand.vendor))
        .filter(lambda one, other: one.vendor is not None and abs(one.day - other.day) < one.vendor.gap)
        .penalize(HardMediumSoftScore.ONE_HARD)
        .as_constraint("too close"),
        factory.for_each(Stand)
        .group_by(lambda stand: stand.vendor, ConstraintCollectors.count())
        .filter(lambda vendor, turns: turns > vendor.most)
        .penalize(HardMediumSoftScore.ONE_HARD)
        .as_constraint("too many"),
        factory.for_each_including_unassigned(Stand)
        .filter(lambda stand: stand.vendor is None)
        .penalize(HardMediumSoftScore.ONE_MEDIUM)
        .as_constraint("open"),
        factory.for_each(Stand)
        .group_by(lambda stand: stand.vendor, ConstraintCollectors.count())
        .penalize(HardMediumSoftScore.ONE_SOFT, lambda vendor, turns: TURNS * turns * turns)
        .as_constraint("turns"),
        factory.for_each(Stand)
        .group_by(lambda stand: stand.vendor, ConstraintCollectors.sum(lambda stand: stand.weight))
        .impact(HardMediumSoftScore.ONE_SOFT, lambda vendor, points: -POINTS * points * (2 * vendor.credit + points))
        .as_constraint("points"),
        factory.for_each_unique_pair(Stand, Joiners.equal(lambda stand: stand.session))
        .filter(lambda one, other: abs(one.position - other.position) == 1)
        .filter(lambda one, other: one.vendor is not None and other.vendor is not None and one.vendor.category == other.vendor.category)
        .penalize(HardMediumSoftScore.of_soft(NEIGHBOURS))
        .as_constraint("neighbours"),
    ]


def solve(problem: Document, seconds: float, first: Callable[[], None]) -> tuple[Plan, str]:
    """Construction heuristic and local search for so many seconds."""
    credit = credits_of(problem)
    vendors = {v["id"]: Vendor(v["id"], v["cat"], credit[v["id"]], gap_of(v), v["max"]) for v in problem["vendors"]}
    stands = [
        Stand(s["id"], s["day"], s["session"], s["pos"], s["weight"], [vendors[v["id"]] for v in problem["vendors"] if fits(v, s)])
        for s in problem["slots"]
    ]
    config = SolverConfig(
        solution_class=Evenings,
        entity_class_list=[Stand],
        score_director_factory_config=ScoreDirectorFactoryConfig(constraint_provider_function=rules),
        termination_config=TerminationConfig(spent_limit=Duration(seconds=int(seconds))),
    )
    solver = SolverFactory.create(config).build_solver()
    solver.add_event_listener(lambda event: first() if event.is_new_best_solution_initialized else None)
    found = solver.solve(Evenings(list(vendors.values()), stands))
    return {stand.id: stand.vendor.id if stand.vendor else None for stand in found.stands}, ""


def _find_java() -> None:
    """Debian's Java where JAVA_HOME is not set."""
    if "JAVA_HOME" not in os.environ and (java := shutil.which("java")):
        os.environ["JAVA_HOME"] = str(Path(java).resolve().parents[1])


if __name__ == "__main__":
    logging.disable(logging.INFO)
    _find_java()
    answer(solve)
