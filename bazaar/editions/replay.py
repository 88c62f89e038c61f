"""Replays a draw: puts the stored question to the planner once more, and compares its answer with everything that is stored."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.editions.problem import slot_key
from bazaar.editions.versions import drawn_plan, stored_turns
from bazaar.planner import AskPlanner, planner_version
from bazaar.refusals import Refusal
from bazaar.rotation.problem import Problem, ProblemError, read_problem
from bazaar.rotation.result import Result, sha256_of
from bazaar.rotation.score import PARTS, score_plan
from bazaar.states import RotationState
from models import Rotation, Slot, Turn


@dataclass(frozen=True)
class Replay:
    """What the planner says now, held against what was stored then. Empty and True where both agree."""

    number: int
    digest: str
    drawn_by: str | None  # the planner's version then; None: not recorded
    replayed_by: str
    is_problem_as_drawn: bool  # True also where no hash was kept: then the digest alone tells
    is_seed_as_drawn: bool  # the stored number of the draw is the problem's
    changed_turns: tuple[str, ...]  # slots whose turn is no longer the drawn one
    changed_points: tuple[str, ...]  # slots whose turn is not worth what the problem says
    differing_slots: tuple[str, ...]  # slots that the planner now gives to somebody else
    wrong_parts: tuple[str, ...]  # of the score, which the drawn plan does not have
    differing_parts: tuple[str, ...]  # of score or bound, in which the new answer differs
    differing_proofs: tuple[str, ...]  # parts called proved that the new answer does not prove, or the other way round
    is_digest_same: bool

    @property
    def agrees(self) -> bool:
        """Whether nothing at all differs."""
        turns = self.changed_turns or self.changed_points or self.differing_slots
        parts = self.wrong_parts or self.differing_parts or self.differing_proofs
        return self.is_problem_as_drawn and self.is_seed_as_drawn and self.is_digest_same and not turns and not parts

    @property
    def is_planner_same(self) -> bool:
        """Whether a difference cannot come from another version of the planner."""
        return self.drawn_by == self.replayed_by


def replay_rotation(edition_id: int, number: int | None, *, ask: AskPlanner) -> Replay:
    """Draw that rotation again (without a number: the one in force). Refuses `no_rotation`, `rotation_unknown` and `draw_unreadable`."""
    with reading() as session:
        wanted = Rotation.state == RotationState.PUBLISHED if number is None else Rotation.number == number
        rotation = session.scalar(select(Rotation).where(Rotation.edition_id == edition_id, wanted))
        if rotation is None:
            raise Refusal("no_rotation") if number is None else Refusal("rotation_unknown", number=number)
        try:
            problem = read_problem(rotation.problem)
        except ProblemError as error:
            raise Refusal("draw_unreadable", number=rotation.number) from error
        plan, turns = drawn_plan(session, rotation), stored_turns(session, rotation.id)
        changed_points = _changed_points(session, rotation, problem)
        session.expunge(rotation)
    effort = ("--effort", str(rotation.effort or 1))
    if rotation.extra_changes:
        again = Result.from_dict(ask("replan", problem, "--extra-changes", str(rotation.extra_changes), *effort))
    else:
        again = Result.from_dict(ask("solve", problem, *effort))
    score, stored = again.score.as_dict(), score_plan(problem, plan).as_dict()
    return Replay(
        number=rotation.number,
        digest=rotation.digest,
        drawn_by=rotation.planner_version,
        replayed_by=planner_version(),
        is_problem_as_drawn=rotation.problem_hash in (None, sha256_of(rotation.problem)),
        is_seed_as_drawn=rotation.seed == problem.seed,
        changed_turns=_differing(plan, {slot.id: turns.get(slot.id) for slot in problem.slots}),
        changed_points=changed_points,
        differing_slots=_differing(plan, again.plan),
        wrong_parts=tuple(part for part in PARTS if stored[part] != rotation.score.get(part)),
        differing_parts=tuple(
            part for part in PARTS if score[part] != rotation.score.get(part) or again.bounds.get(part) != rotation.bounds.get(part)
        ),
        differing_proofs=tuple(sorted(set(again.proved) ^ set(rotation.proved))),
        is_digest_same=again.digest == rotation.digest,
    )


def _changed_points(session: Session, rotation: Rotation, problem: Problem) -> tuple[str, ...]:
    """Of turns ahead when they were drawn; the problem counts what was really aired of the others."""
    weights = {slot.id: slot.weight for slot in problem.slots}
    rows = session.execute(
        select(Turn.slot_id, Turn.points)
        .join(Slot, Slot.id == Turn.slot_id)
        .where(Turn.rotation_id == rotation.id, Slot.starts_at > rotation.created_at)
    )
    return tuple(sorted(slot_key(slot) for slot, points in rows if points != weights.get(slot_key(slot), points)))


def _differing(one: Mapping[str, str | None], other: Mapping[str, str | None]) -> tuple[str, ...]:
    return tuple(sorted(slot for slot in one.keys() | other.keys() if one.get(slot) != other.get(slot)))
