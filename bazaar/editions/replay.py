"""Replays a draw: puts the stored question to the planner once more, and compares its answer with everything that is stored."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from bazaar.database import reading
from bazaar.editions.proof import drawn_plan, stored_turns
from bazaar.planner import AskPlanner, planner_version
from bazaar.refusals import Refusal
from bazaar.rotation.problem import ProblemError, read_problem
from bazaar.rotation.result import Result, sha256_of
from bazaar.rotation.score import PARTS, score_plan
from bazaar.states import RotationState
from models import Rotation


@dataclass(frozen=True)
class Replay:
    """What the planner says now, held against what was stored then. Empty and True where both agree."""

    number: int
    digest: str
    drawn_by: str | None  # the planner's version then; None: not recorded
    replayed_by: str
    is_problem_as_drawn: bool  # True also where no hash was kept: then the digest alone tells
    changed_turns: tuple[str, ...]  # slots whose turn is no longer the drawn one
    differing_slots: tuple[str, ...]  # slots that the planner now gives to somebody else
    wrong_parts: tuple[str, ...]  # of the score, which the drawn plan does not have
    differing_parts: tuple[str, ...]  # of score or bound, in which the new answer differs
    is_digest_same: bool

    @property
    def agrees(self) -> bool:
        """Whether nothing at all differs."""
        differs = self.changed_turns or self.differing_slots or self.wrong_parts or self.differing_parts
        return self.is_problem_as_drawn and self.is_digest_same and not differs

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
        plan, turns = drawn_plan(session, rotation), stored_turns(session, rotation.id)
        session.expunge(rotation)
    try:
        problem = read_problem(rotation.problem)
    except ProblemError as error:
        raise Refusal("draw_unreadable", number=rotation.number) from error
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
        changed_turns=_differing(plan, {slot.id: turns.get(slot.id) for slot in problem.slots}),
        differing_slots=_differing(plan, again.plan),
        wrong_parts=tuple(part for part in PARTS if stored[part] != rotation.score.get(part)),
        differing_parts=tuple(
            part for part in PARTS if score[part] != rotation.score.get(part) or again.bounds.get(part) != rotation.bounds.get(part)
        ),
        is_digest_same=again.digest == rotation.digest,
    )


def _differing(one: Mapping[str, str | None], other: Mapping[str, str | None]) -> tuple[str, ...]:
    return tuple(sorted(slot for slot in one.keys() | other.keys() if one.get(slot) != other.get(slot)))
