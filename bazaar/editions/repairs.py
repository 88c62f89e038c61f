"""The repair of what is published: what broke, the choice between few changes and fair turns, and the draft that comes of a choice.

The planner works out the choices in a planning job (`request_repair`); each is a complete rotation, so that choosing one
(`choose_repair`) only stores it as a draft. Reviewing and publishing are the same as for every draft.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bazaar.database import reading, transaction
from bazaar.editions.announcement import VendorNews, vendor_news
from bazaar.editions.build import Built, refuse_what_is_over, solvable_problem, store_draft, turns_of_plan
from bazaar.editions.editing import locked_edition
from bazaar.editions.jobs import Requested, job_answer, request_job
from bazaar.editions.owed import OwedRow, owed_in
from bazaar.editions.problem import problem_of_edition, slot_key, vendor_key
from bazaar.editions.step_figures import StepFigures, step_figures
from bazaar.refusals import Refusal
from bazaar.reminders.world import World
from bazaar.rotation.problem import Plan, Problem, ProblemSlot, ProblemVendor, fits
from bazaar.rotation.repairing.steps import RepairStep
from bazaar.states import AnswerKind, RotationState
from bazaar.vendors.answers import is_about_edition, newest_answers
from models import Edition, LiveSession, Rotation, Slot, Turn, Vendor

A_HANDFUL = 3
"""So many choices of a kind are shown at first."""


@dataclass(frozen=True)
class BrokenTurn:
    """A published turn ahead that cannot take place. `reason`: called_off, left, pinned (to somebody else), unable, away."""

    starts_at: datetime
    business_name: str
    owner_name: str
    reason: str


@dataclass(frozen=True)
class LostTurn:
    """A vendor who gets nothing in place of published turns that were called off."""

    business_name: str
    owner_name: str
    starts: tuple[datetime, ...]
    count: int


@dataclass(frozen=True)
class RepairStart:
    """What there is to repair, before anything is worked out."""

    number: int  # of the rotation in force
    broken: tuple[BrokenTurn, ...]  # by time
    waiting_pin_count: int  # slots whose pinned vendor does not stand there yet
    owed: tuple[OwedRow, ...]  # make-up turns that nobody has been given yet


@dataclass(frozen=True)
class StepLine:
    """One choice in the list."""

    changes: int
    spread: int
    gains: tuple["Gain", ...]  # over the line before it: among the notable ones the notable one before, else the choice before
    is_chosen: bool
    is_notable: bool  # the first, those that matter for turns, a handful of those for points, the last


@dataclass(frozen=True)
class Gain:
    """What more changes buy. `part`: spread in turns, turns_sq in turns from the mean, dev_max and dev_sq in points from the mean, each
    as `StepFigures` tells it. Both are the same where what they buy is too little to show.
    """

    part: str
    before: float
    after: float


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
    is_value_proved: bool  # nor points
    next_even: tuple[int, int] | None  # (how many changes more, the spread then)
    figures: StepFigures
    fewest: StepFigures  # with the fewest changes
    wanted_gap_days: int
    moved: tuple[VendorNews, ...]
    new: tuple[VendorNews, ...]
    removed: tuple[VendorNews, ...]
    lost: tuple[LostTurn, ...]  # called off, and nothing in its place
    is_stale: bool  # something else was published since, or the edition changed: work it out again

    @property
    def is_nothing(self) -> bool:
        """Whether nothing has to change and nothing would become fairer."""
        return not self.changes and len(self.lines) == 1

    @property
    def is_value_changed(self) -> bool:
        """Whether the fewest changes would leave other points, as far as it shows."""
        return (self.figures.usual_points, self.figures.farthest_points) != (self.fewest.usual_points, self.fewest.farthest_points)

    @property
    def is_distance_changed(self) -> bool:
        """Whether the fewest changes would leave other days between turns."""
        before = (self.fewest.usual_days, self.fewest.near_count)
        return self.fewest.usual_days is not None and before != (self.figures.usual_days, self.figures.near_count)

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
        owed = tuple(row for row in owed_in(session, edition, now=now) if row.owed_count and row.remedy != "none")
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
        owed=owed,
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


def repair_page(edition_id: int, job_id: int, changes: int | None, world: World, *, now: datetime) -> RepairPage:
    """The choices of a job, the one with so many changes in full (else the first). Refuses `not_found`."""
    problem, steps = _answer(edition_id, job_id)
    chosen = next((step for step in steps if step.changes == changes), steps[0])
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        news = vendor_news(session, edition, turns_of_plan(session, edition, chosen.plan, now), world, now=now)
        is_stale = _is_stale(session, edition, problem, chosen.plan, now)
        lost = _lost(session, edition_id, [*news["moved"], *news["new"], *news["removed"]], now)
    figures = [step_figures(problem, step) for step in steps]
    further = next((step for step in steps if step.score.spread < chosen.score.spread and step.changes > chosen.changes), None)
    return RepairPage(
        job_id=job_id,
        lines=tuple(_lines(steps, chosen, figures)),
        changes=chosen.changes,
        extra_changes=chosen.changes - steps[0].changes,
        spread=chosen.score.spread,
        open_slot_count=chosen.score.unfilled,
        is_fewest_proved="changes" in steps[0].result.proved,
        is_even_proved={"spread", "turns_sq"} <= set(chosen.result.proved),
        is_value_proved={"spread", "turns_sq", "dev_max", "dev_sq"} <= set(chosen.result.proved),
        next_even=None if further is None else (further.changes - chosen.changes, further.score.spread),
        figures=figures[steps.index(chosen)],
        fewest=figures[0],
        wanted_gap_days=problem.rules.want_gap,
        moved=news["moved"],
        new=news["new"],
        removed=news["removed"],
        lost=lost,
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


def _lines(steps: list[RepairStep], chosen: RepairStep, figures: list[StepFigures]) -> list[StepLine]:
    notable, lines = _notable(steps), []
    for place, step in enumerate(steps):
        before = max((each for each in notable if each < place), default=0) if place in notable else max(0, place - 1)
        gains = _gains((steps[before], figures[before]), (step, figures[place]))
        lines.append(StepLine(step.changes, step.score.spread, gains, step is chosen, place in notable))
    return lines


def _notable(steps: list[RepairStep]) -> set[int]:
    """The places of the choices that matter: few enough to read."""
    better = [place for place in range(1, len(steps)) if _evenness(steps[place]) < _evenness(steps[place - 1])]
    smaller = {place for place in better if steps[place].score.spread < steps[place - 1].score.spread}
    for_points = [place for place in range(1, len(steps)) if place not in better]
    for_points = [place for place in for_points if steps[place].score.dev_max < steps[place - 1].score.dev_max] or for_points
    return {0, len(steps) - 1, *smaller, *better[-1:], *_spaced(better, A_HANDFUL), *_spaced(for_points, A_HANDFUL)}


def _spaced(places: list[int], count: int) -> list[int]:
    """So many of them, as far apart as can be."""
    if len(places) <= count:
        return places
    return [places[number * (len(places) - 1) // (count - 1)] for number in range(count)]


def _gains(before: tuple[RepairStep, StepFigures], after: tuple[RepairStep, StepFigures]) -> tuple[Gain, ...]:
    """What got better, the weightiest first; the farthest only where it shows to a tenth of a point."""
    (earlier, was), (later, now) = before, after
    gains = [
        (earlier.score.spread > later.score.spread, Gain("spread", was.spread, now.spread)),
        (earlier.score.turns_sq > later.score.turns_sq, Gain("turns_sq", was.usual_turns, now.usual_turns)),
        (was.farthest_points > now.farthest_points, Gain("dev_max", was.farthest_points, now.farthest_points)),
        (earlier.score.dev_sq > later.score.dev_sq, Gain("dev_sq", was.usual_points, now.usual_points)),
    ]
    return tuple(gain for is_better, gain in gains if is_better)


def _lost(session: Session, edition_id: int, news: list[VendorNews], now: datetime) -> tuple[LostTurn, ...]:
    """Vendors whose called-off turns ahead are made good by no turn in this choice."""
    rows = session.execute(
        select(Vendor, Slot.starts_at)
        .join(Turn, Turn.vendor_id == Vendor.id)
        .join(Rotation, Rotation.id == Turn.rotation_id)
        .join(Slot, Slot.id == Turn.slot_id)
        .join(LiveSession, LiveSession.id == Slot.live_session_id)
        .where(
            Turn.edition_id == edition_id,
            Rotation.state == RotationState.PUBLISHED,
            Slot.starts_at > now,
            or_(LiveSession.withdrawn_at.is_not(None), LiveSession.archived_at.is_not(None)),
        )
        .order_by(Slot.starts_at, Slot.id)
    )
    called_off: dict[Vendor, list[datetime]] = {}
    for vendor, starts_at in rows:
        called_off.setdefault(vendor, []).append(starts_at)
    by_vendor = {each.vendor_id: each for each in news}
    lost = []
    for vendor, starts in called_off.items():
        change = by_vendor.get(vendor.id)
        replaced = 0 if change is None else len(change.added) - len([at for at in change.gone if at not in starts])
        if replaced < len(starts):
            lost.append(LostTurn(vendor.business_name, vendor.owner_name, tuple(starts), len(starts) - max(0, replaced)))
    return tuple(lost)


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
