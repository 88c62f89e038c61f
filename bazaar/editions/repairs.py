"""The repair of what is published: what broke, the choice between few changes and fair turns, and the draft that comes of a choice.

The planner works out the choices in a planning job (`request_repair`); each is a complete rotation, so that choosing one
(`choose_repair`) only stores it as a draft. Reviewing and publishing are the same as for every draft.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.database import reading, transaction
from bazaar.editions.announcement import VendorNews, vendor_news
from bazaar.editions.build import Built, refuse_what_is_over, solvable_problem, store_draft, turns_of_plan
from bazaar.editions.editing import locked_edition
from bazaar.editions.jobs import Requested, job_answer, request_job
from bazaar.editions.problem import problem_of_edition, slot_key, vendor_key
from bazaar.planner import AskPlanner, add_reasons_to_steps
from bazaar.refusals import Refusal
from bazaar.reminders.world import World
from bazaar.rotation.problem import Plan, Problem, ProblemSlot, ProblemVendor, fits
from bazaar.rotation.repairing.steps import RepairStep
from bazaar.states import AnswerKind, RotationState
from bazaar.vendors.answers import is_about_edition, newest_answers
from models import Edition, LiveSession, Rotation, Slot, Turn, Vendor


@dataclass(frozen=True)
class BrokenTurn:
    """A published turn ahead that cannot take place. `reason`: called_off, left, pinned (to somebody else), unable, away."""

    starts_at: datetime
    business_name: str
    owner_name: str
    reason: str


@dataclass(frozen=True)
class RepairStart:
    """What there is to repair, before anything is worked out."""

    number: int  # of the rotation in force
    broken: tuple[BrokenTurn, ...]  # by time
    waiting_pin_count: int  # slots whose pinned vendor does not stand there yet


@dataclass(frozen=True)
class StepLine:
    """One choice in the list."""

    changes: int
    spread: int
    is_chosen: bool
    is_notable: bool  # the first, one with a smaller spread, the first with turns as even as can be, the last


@dataclass(frozen=True)
class RepairPage:
    """The choices of a repair, and all about the chosen one. Counts of changes are slots."""

    job_id: int
    lines: tuple[StepLine, ...]
    changes: int
    extra_changes: int  # more than the fewest
    spread: int
    open_slot_count: int
    is_fewest_proved: bool
    is_even_proved: bool  # no plan with as many changes shares turns more evenly
    is_evenest: bool  # no further step shares turns more evenly
    next_even: tuple[int, int] | None  # (how many changes more, the spread then)
    farthest_points: int  # how far anybody's points are from the mean, at most
    farthest_points_before: int  # the same with the fewest changes
    moved: tuple[VendorNews, ...]
    new: tuple[VendorNews, ...]
    removed: tuple[VendorNews, ...]
    is_stale: bool  # something else was published since, or the edition changed: work it out again

    @property
    def is_nothing(self) -> bool:
        """Whether nothing has to change and nothing would become fairer."""
        return not self.changes and len(self.lines) == 1

    @property
    def told(self) -> tuple[VendorNews, ...]:
        """Whom publishing tells."""
        return tuple(news for news in (*self.moved, *self.new, *self.removed) if news.is_told)

    @property
    def hand_count(self) -> int:
        """How many of them a person has to tell."""
        return sum(news.is_by_hand for news in self.told)

    @property
    def mail_count(self) -> int:
        """How many of them a machine tells."""
        return len(self.told) - self.hand_count


def repair_start(edition_id: int, *, now: datetime) -> RepairStart | None:
    """What broke since the rotation in force was published; None while nothing is published."""
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        number = _number_in_force(session, edition_id)
        if number is None:
            return None
        problem = problem_of_edition(session, edition, seed=0, keep_published=True, now=now)
        standing = session.execute(
            select(Turn, Slot, LiveSession, Vendor)
            .join(Rotation, Rotation.id == Turn.rotation_id)
            .join(Slot, Slot.id == Turn.slot_id)
            .join(LiveSession, LiveSession.id == Slot.live_session_id)
            .join(Vendor, Vendor.id == Turn.vendor_id)
            .where(Turn.edition_id == edition_id, Rotation.state == RotationState.PUBLISHED, Slot.starts_at > now)
            .order_by(Slot.starts_at, Slot.id)
        ).all()
        answers = newest_answers(session, is_about_edition(edition_id))
        unable = {key for key, answer in answers.items() if answer.kind is AnswerKind.UNABLE}
    reasons = [(slot, vendor, _reason(problem, slot, live_session, vendor, unable)) for _turn, slot, live_session, vendor in standing]
    published: Mapping[str, str | None] = problem.published or {}
    return RepairStart(
        number=number,
        broken=tuple(
            BrokenTurn(slot.starts_at, vendor.business_name, vendor.owner_name, reason) for slot, vendor, reason in reasons if reason
        ),
        waiting_pin_count=sum(
            slot.pin is not None and slot.day >= problem.now and published.get(slot.id) != slot.pin for slot in problem.slots
        ),
    )


def request_repair(edition_id: int, *, keep_soon: bool = True, by: int | None, now: datetime) -> Requested:
    """Ask for the choices as a planning job. keep_soon: turns of the next 24 hours stay where their vendors can still come.

    Refuses `not_found`, `edition_archived`, `no_vendors`, `no_slots`, `no_slots_ahead` and `nothing_published`.
    """
    refuse_what_is_over(edition_id, now=now)
    problem = _repairable_problem(edition_id, keep_soon, now)
    with reading() as session:
        number = _number_in_force(session, edition_id)
    return request_job(edition_id, "repair", problem, {"keep_soon": keep_soon, "number": number}, by=by, now=now)


def repair_steps(edition_id: int, *, keep_soon: bool = True, ask: AskPlanner, now: datetime) -> tuple[Problem, list[RepairStep]]:
    """The choices, for a caller that waits. Refuses as `request_repair`."""
    problem = _repairable_problem(edition_id, keep_soon, now)
    document = add_reasons_to_steps(ask("frontier", problem, "--proofs"), ask, problem)
    return problem, [RepairStep.from_dict(step) for step in document]


def repair_page(edition_id: int, job_id: int, changes: int | None, world: World, *, now: datetime) -> RepairPage:
    """The choices of a job, the one with so many changes in full (else the first). Refuses `not_found`."""
    problem, steps = _answer(edition_id, job_id)
    chosen = next((step for step in steps if step.changes == changes), steps[0])
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        news = vendor_news(session, edition, turns_of_plan(session, edition, chosen.plan, now), world, now=now)
        is_stale = _is_stale(session, edition, problem, chosen.plan, now)
    vendors = max(1, len(problem.vendors))
    evenest = _evenness(steps[-1])
    further = next((step for step in steps if step.score.spread < chosen.score.spread and step.changes > chosen.changes), None)
    return RepairPage(
        job_id=job_id,
        lines=tuple(_lines(steps, chosen)),
        changes=chosen.changes,
        extra_changes=chosen.changes - steps[0].changes,
        spread=chosen.score.spread,
        open_slot_count=chosen.score.unfilled,
        is_fewest_proved="changes" in steps[0].result.proved,
        is_even_proved={"spread", "turns_sq"} <= set(chosen.result.proved),
        is_evenest=_evenness(chosen) == evenest,
        next_even=None if further is None else (further.changes - chosen.changes, further.score.spread),
        farthest_points=round(chosen.score.dev_max / vendors),
        farthest_points_before=round(steps[0].score.dev_max / vendors),
        moved=news["moved"],
        new=news["new"],
        removed=news["removed"],
        is_stale=is_stale,
    )


def choose_repair(edition_id: int, job_id: int, changes: int, *, by: int | None, now: datetime) -> Built:
    """Make a draft of the choice with so many changes.

    Refuses `not_found`, `edition_archived` and `repair_outdated`: the rotation in force or the edition is no longer what the
    choices were worked out for.
    """
    problem, steps = _answer(edition_id, job_id)
    step = next((step for step in steps if step.changes == changes), None)
    if step is None:
        raise Refusal("not_found")
    with transaction() as session:
        edition = locked_edition(session, edition_id)
        if _is_stale(session, edition, problem, step.plan, now):
            raise Refusal("repair_outdated")
        extra = step.changes - steps[0].changes
        return store_draft(session, edition, problem, step.result, extra_changes=extra, by=by, now=now)


def build_repair(edition_id: int, changes: int, *, keep_soon: bool = True, ask: AskPlanner, by: int | None, now: datetime) -> Built:
    """Work the choices out, wait for them, and make a draft of the one with so many changes.

    Refuses as `request_repair`, and `no_such_step`.
    """
    problem, steps = repair_steps(edition_id, keep_soon=keep_soon, ask=ask, now=now)
    step = next((step for step in steps if step.changes == changes), None)
    if step is None:
        raise Refusal("no_such_step", changes=changes)
    with transaction() as session:
        edition = locked_edition(session, edition_id)
        extra = step.changes - steps[0].changes
        return store_draft(session, edition, problem, step.result, extra_changes=extra, by=by, now=now)


def _repairable_problem(edition_id: int, keep_soon: bool, now: datetime) -> Problem:
    problem = solvable_problem(edition_id, keep_soon=keep_soon, now=now)
    if problem.published is None:
        raise Refusal("nothing_published")
    return problem


def _answer(edition_id: int, job_id: int) -> tuple[Problem, list[RepairStep]]:
    problem, document = job_answer(edition_id, job_id)
    if not isinstance(document, list):
        raise Refusal("not_found")  # a job of another kind
    return problem, [RepairStep.from_dict(step) for step in document]


def _number_in_force(session: Session, edition_id: int) -> int | None:
    return session.scalar(select(Rotation.number).where(Rotation.edition_id == edition_id, Rotation.state == RotationState.PUBLISHED))


def _is_stale(session: Session, edition: Edition, problem: Problem, plan: Plan, now: datetime) -> bool:
    """Whether a choice no longer answers what the edition asks. Turns that have begun meanwhile are pins now, which a choice that
    leaves them alone keeps."""
    current = problem_of_edition(session, edition, seed=problem.seed, keep_published=True, now=now)
    asked = {slot.id: slot for slot in problem.slots}
    before, published = problem.published or {}, current.published or {}
    still = {slot.id for slot in current.slots}
    return (
        any(slot.id not in asked or _times(slot) != _times(asked[slot.id]) for slot in current.slots)
        or any(published.get(slot.id) != before.get(slot.id) for slot in current.slots)
        or any(slot.pin is not None and plan.get(slot.id) != slot.pin for slot in current.slots)
        or any(holder is not None and slot not in still for slot, holder in plan.items())
        or [_freedom(vendor) for vendor in current.vendors] != [_freedom(vendor) for vendor in problem.vendors]
    )


def _times(slot: ProblemSlot) -> tuple[int, int, int]:
    return slot.day, slot.start, slot.minutes


def _freedom(vendor: ProblemVendor) -> tuple[Any, ...]:
    return vendor.id, vendor.days_off, vendor.start_from, vendor.end_until, vendor.language


def _evenness(step: RepairStep) -> tuple[int, int]:
    return step.score.spread, step.score.turns_sq


def _lines(steps: list[RepairStep], chosen: RepairStep) -> list[StepLine]:
    lines, spread, seen_evenest = [], None, False
    for step in steps:
        is_evenest = _evenness(step) == _evenness(steps[-1])
        is_notable = spread is None or step.score.spread < spread or (is_evenest and not seen_evenest) or step is steps[-1]
        seen_evenest = seen_evenest or is_evenest
        spread = step.score.spread
        lines.append(StepLine(step.changes, step.score.spread, step is chosen, is_notable))
    return lines


def _reason(problem: Problem, slot: Slot, live_session: LiveSession, vendor: Vendor, unable: set[tuple[int, int]]) -> str:
    if live_session.withdrawn_at is not None or live_session.archived_at is not None:
        return "called_off"
    if vendor.withdrawn_at is not None or vendor.archived_at is not None:
        return "left"
    if (slot.id, vendor.id) in unable:
        return "unable"
    if slot.pinned_vendor_id is not None and slot.pinned_vendor_id != vendor.id:
        return "pinned"
    there = next((each for each in problem.slots if each.id == slot_key(slot.id)), None)
    who = next((each for each in problem.vendors if each.id == vendor_key(vendor.id)), None)
    return "away" if there is not None and who is not None and not fits(who, there) else ""
