"""The proof of a draw, for everybody: what was asked, what came out, how good it is, and what anybody needs in order to do it again.

Vendors appear by number only. The number is the one in the address of their stall: whoever compares a plan with the timetable
knows it anyway, so it hides nothing that a renumbering would hide, and lets a vendor find itself.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.editions.levels import Level, Verdict, levels_of, verdict_of
from bazaar.editions.problem import SOON, id_of
from bazaar.editions.versions import drawn_plan, stored_turns
from bazaar.live.timetable import EditionHead, edition_head
from bazaar.planner import planner_version
from bazaar.refusals import Refusal
from bazaar.rotation.problem import Problem, ProblemError, ProblemSlot, read_problem
from bazaar.rotation.result import canonical_json, sha256_of
from bazaar.rotation.score import credit_of, score_plan
from bazaar.states import RotationState
from bazaar.turns import published_turns
from models import Edition, Rotation, Slot

Seal = Literal["holds", "broken"]
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True)
class PinnedSlot:
    """A slot that the organizers gave away before the draw."""

    day: date
    minute: int
    vendor_number: int


@dataclass(frozen=True)
class DraftLine:
    """A draft from which this publication could be chosen."""

    number: int
    seed: int
    made_at: datetime
    is_this: bool

    @property
    def is_seed_chosen(self) -> bool:
        """Whether somebody typed the seed; by itself it is the draft's number."""
        return self.seed != self.number


@dataclass(frozen=True)
class NumberShare:
    """What one vendor got, by number."""

    number: int
    turn_count: int
    minutes: int
    points: int
    credit: int


@dataclass(frozen=True)
class Since:
    """How the turns of this publication differ from what was drawn."""

    carried_count: int  # had begun before the draw, which was not about them
    changed_count: int  # of slots that the draw was about
    dropped_count: int  # called off since: the vendor left, or the live session does not take place


@dataclass(frozen=True)
class Asked:
    """What the draw was asked, counted."""

    slot_count: int
    vendor_count: int
    gap_days: int
    wanted_gap_days: int
    is_adjacent_forbidden: bool
    decay_pct: tuple[int, ...]
    least_points_per_minute: float
    most_points_per_minute: float
    away_count: int  # vendors with days on which they cannot come
    hours_count: int  # vendors who can come at some hours only
    wish_count: int
    guaranteed_count: int
    capped_count: int  # vendors who want at most so many turns
    newcomer_count: int
    pins: tuple[PinnedSlot, ...]
    kept_count: int  # turns of the next 24 hours that were left where they were
    is_kept_sure: bool  # whether it was written down which pins people set; else some of those that were kept may be theirs


@dataclass(frozen=True)
class ProofPage:
    """One publication and its proof."""

    edition: EditionHead
    number: int
    published_at: datetime
    replaced_by: int | None
    replaced_at: datetime | None
    numbers: tuple[int, ...]  # of every publication, the newest first
    verdict: Verdict
    is_repair: bool
    levels: tuple[Level, ...]
    turns: tuple[tuple[int, int], ...]  # (turns, how many vendors have so many)
    asked: Asked
    drafts: tuple[DraftLine, ...]
    lost_numbers: tuple[int, ...]  # drafts that were made for it and no longer exist
    vendors: tuple[NumberShare, ...]
    since: Since
    seed: int
    effort: int | None
    extra_changes: int | None
    planner_version: str | None
    is_planner_same: bool | None
    problem_hash: str
    is_problem_as_drawn: bool | None
    digest: str
    seal: Seal
    is_score_right: bool  # reckoned anew from problem and plan, and nothing called proved that is not on its bound

    @property
    def unproved(self) -> tuple[Level, ...]:
        """The parts of fairness for which a better value is not excluded; more changes than the fewest are no doubt where allowed."""
        wanted = {"changes"} if self.extra_changes else set()
        return tuple(level for level in self.levels if level.is_fairness and not level.is_proved and level.part not in wanted)

    def level(self, part: str) -> Level:
        """That part of the score."""
        return next(level for level in self.levels if level.part == part)


@dataclass(frozen=True)
class DrawFile:
    """A file to download. The problem's bytes are its canonical JSON, so that their SHA-256 is the problem's hash."""

    name: str
    content: bytes


def newest_proof_number(slug: str) -> int | None:
    """The publication in force; None where nothing was ever published. Refuses `not_found`."""
    with reading() as session:
        published = _publications(session, edition_head(session, slug).id)
        return published[-1].number if published else None


def proof_page(slug: str, number: int) -> ProofPage:
    """The proof of that publication. Refuses `not_found` (also for what was never published) and `draw_unreadable`."""
    with reading() as session:
        head = edition_head(session, slug)
        rotation = _published(session, head.id, number)
        problem = _problem(rotation)
        plan, turns = drawn_plan(session, rotation), stored_turns(session, rotation.id)
        publications = _publications(session, head.id)
        place = [row.number for row in publications].index(number)
        later = publications[place + 1] if place + 1 < len(publications) else None
        earlier = publications[place - 1] if place else None
        drafts, lost_numbers = _drafts(session, rotation, earlier)
        in_force = len(published_turns(session, head.id)) if rotation.state is RotationState.PUBLISHED else len(turns)
        before = stored_turns(session, earlier.id) if earlier else {}
        pins, kept_count, begun_count = _pins(session, problem, rotation, session.get_one(Edition, head.id).starts_on, before)
        levels = levels_of(problem, rotation, plan)
        counts = Counter(vendor for vendor in plan.values() if vendor is not None)
        version = planner_version()
        return ProofPage(
            edition=head,
            number=number,
            published_at=_instant(rotation),
            replaced_by=later.number if later else None,
            replaced_at=later.published_at if later else None,
            numbers=tuple(row.number for row in reversed(publications)),
            verdict=verdict_of(rotation),
            is_repair=problem.published is not None,
            levels=levels,
            turns=tuple(sorted(Counter(counts[vendor.id] for vendor in problem.vendors).items(), reverse=True)),
            asked=_asked(problem, pins, kept_count, is_kept_sure=rotation.hand_pins is not None),
            drafts=drafts,
            lost_numbers=lost_numbers,
            vendors=_shares(problem, plan),
            since=_since(problem, plan, turns, in_force, begun_count),
            seed=rotation.seed,
            effort=rotation.effort,
            extra_changes=rotation.extra_changes,
            planner_version=rotation.planner_version,
            is_planner_same=None if rotation.planner_version is None else rotation.planner_version == version,
            problem_hash=sha256_of(rotation.problem),
            is_problem_as_drawn=None if rotation.problem_hash is None else rotation.problem_hash == sha256_of(rotation.problem),
            digest=rotation.digest,
            seal="holds" if seal_of(rotation, plan) == rotation.digest and rotation.seed == problem.seed else "broken",
            is_score_right=_is_score_right(problem, plan, rotation),
        )


def problem_file(slug: str, number: int) -> DrawFile:
    """What was asked, for `python -m bazaar.rotation solve`. Refuses `not_found` and `draw_unreadable`."""
    with reading() as session:
        rotation = _published(session, edition_head(session, slug).id, number)
        _problem(rotation)
        return DrawFile(f"undian-{number}-soal.json", canonical_json(rotation.problem))


def plan_file(slug: str, number: int) -> DrawFile:
    """What came out, in the planner's own form. Refuses `not_found` and `draw_unreadable`."""
    with reading() as session:
        rotation = _published(session, edition_head(session, slug).id, number)
        _problem(rotation)
        document = {
            "plan": drawn_plan(session, rotation),
            "score": rotation.score,
            "bounds": rotation.bounds,
            "proved": rotation.proved,
            "digest": rotation.digest,
        }
        if rotation.hand_pins is not None:
            document["pinned_by_people"] = rotation.hand_pins  # the problem's other pins had begun, or were near and were to stay
        return DrawFile(f"undian-{number}-hasil.json", canonical_json(document))


def seal_of(rotation: Rotation, plan: Mapping[str, str | None]) -> str:
    """The digest that this problem and plan have, to be compared with the one that was written down when they were drawn.

    Of the problem as it is stored: what a newer planner would write down besides does not break an older seal.
    """
    return sha256_of({"problem": rotation.problem, "seed": 0, "effort": rotation.effort or 1, "plan": dict(plan)})


def _is_score_right(problem: Problem, plan: Mapping[str, str | None], rotation: Rotation) -> bool:
    """The digest covers problem and plan, not what was said of them. Whether the bounds are right only a replay tells."""
    is_backed = all(rotation.bounds.get(part) == rotation.score.get(part) for part in rotation.proved)
    is_possible = all(bound is None or bound <= rotation.score.get(part, bound) for part, bound in rotation.bounds.items())
    return is_backed and is_possible and score_plan(problem, plan).as_dict() == rotation.score


def _published(session: Session, edition_id: int, number: int) -> Rotation:
    rotation = session.scalar(
        select(Rotation).where(Rotation.edition_id == edition_id, Rotation.number == number, Rotation.published_at.is_not(None))
    )
    if rotation is None:
        raise Refusal("not_found")
    return rotation


def _publications(session: Session, edition_id: int) -> list[Any]:
    """(id, number, published_at) of everything that was ever published, the oldest first."""
    return list(
        session.execute(
            select(Rotation.id, Rotation.number, Rotation.published_at)
            .where(Rotation.edition_id == edition_id, Rotation.published_at.is_not(None))
            .order_by(Rotation.published_at, Rotation.number)
        )
    )


def _problem(rotation: Rotation) -> Problem:
    try:
        return read_problem(rotation.problem)
    except ProblemError as error:
        raise Refusal("draw_unreadable", number=rotation.number) from error


def _instant(rotation: Rotation) -> datetime:
    assert rotation.published_at is not None  # that is how it was found
    return rotation.published_at


def _drafts(session: Session, rotation: Rotation, earlier: Any | None) -> tuple[tuple[DraftLine, ...], tuple[int, ...]]:
    """Every draft made since the publication before, and the numbers of those that are gone."""
    rows = session.execute(
        select(Rotation.number, Rotation.seed, Rotation.created_at)
        .where(Rotation.edition_id == rotation.edition_id, Rotation.created_at <= rotation.published_at)
        .order_by(Rotation.number)
    ).all()
    since = [row for row in rows if row.number == rotation.number or earlier is None or row.created_at > earlier.published_at]
    first = 1 if earlier is None else earlier.number + 1
    known = {row.number for row in rows}
    lost = tuple(number for number in range(first, rotation.number) if number not in known)
    return tuple(DraftLine(row.number, row.seed, row.created_at, row.number == rotation.number) for row in since), lost


def _pins(
    session: Session, problem: Problem, rotation: Rotation, first_day: date, before: Mapping[str, str]
) -> tuple[tuple[PinnedSlot, ...], int, int]:
    """What the organizers gave away, how many turns were left as they had been published because they were near, and how many had
    begun: these are pinned too, but by the clock. An older rotation did not write down which pins people set: there a near turn that
    stayed counts as kept.
    """
    starts = dict(session.execute(select(Slot.id, Slot.starts_at).where(Slot.edition_id == rotation.edition_id)).all())
    by_hand = None if rotation.hand_pins is None else set(rotation.hand_pins)
    given, kept_count, begun_count = [], 0, 0
    for slot in sorted(problem.slots, key=lambda slot: (slot.day, slot.start, slot.id)):
        if slot.pin is None:
            continue
        starts_at = starts.get(id_of(slot.id))  # None: the slot was deleted since, so it had not begun
        has_begun = bool(before) and starts_at is not None and starts_at <= rotation.created_at
        is_near = slot.pin == before.get(slot.id) and starts_at is not None and starts_at <= rotation.created_at + SOON
        if has_begun:
            begun_count += 1
        elif is_near if by_hand is None else slot.id not in by_hand:
            kept_count += 1
        else:
            day = first_day + timedelta(days=slot.day + slot.start // _DAY_MINUTES)
            given.append(PinnedSlot(day, slot.start % _DAY_MINUTES, id_of(slot.pin)))
    return tuple(given), kept_count, begun_count


def _asked(problem: Problem, pins: tuple[PinnedSlot, ...], kept_count: int, *, is_kept_sure: bool) -> Asked:
    rates = [slot.weight / slot.minutes for slot in problem.slots]
    vendors, slot_count = problem.vendors, len(problem.slots)
    return Asked(
        slot_count=slot_count,
        vendor_count=len(vendors),
        gap_days=problem.rules.gap,
        wanted_gap_days=problem.rules.want_gap,
        is_adjacent_forbidden=problem.rules.adjacent == "hard",
        decay_pct=problem.rules.decay_pct,
        least_points_per_minute=min(rates, default=0.0),
        most_points_per_minute=max(rates, default=0.0),
        away_count=sum(bool(vendor.days_off) for vendor in vendors),
        hours_count=sum(vendor.start_from is not None or vendor.end_until is not None for vendor in vendors),
        wish_count=sum(vendor.wish is not None for vendor in vendors),
        guaranteed_count=sum(vendor.min_turns > 0 for vendor in vendors),
        capped_count=sum(vendor.max_turns < slot_count for vendor in vendors),
        newcomer_count=sum(all(points is None for points in vendor.past) for vendor in vendors),
        pins=pins,
        kept_count=kept_count,
        is_kept_sure=is_kept_sure,
    )


def _shares(problem: Problem, plan: Mapping[str, str | None]) -> tuple[NumberShare, ...]:
    credit = credit_of(problem)
    own: dict[str | None, list[ProblemSlot]] = defaultdict(list)
    for slot in problem.slots:
        own[plan.get(slot.id)].append(slot)
    shares = (
        NumberShare(
            number=id_of(vendor.id),
            turn_count=len(own[vendor.id]),
            minutes=sum(slot.minutes for slot in own[vendor.id]),
            points=sum(slot.weight for slot in own[vendor.id]),
            credit=credit[vendor.id],
        )
        for vendor in problem.vendors
    )
    return tuple(sorted(shares, key=lambda share: share.number))


def _since(problem: Problem, plan: Mapping[str, str | None], turns: Mapping[str, str], in_force: int, begun_count: int) -> Since:
    asked = {slot.id for slot in problem.slots}
    return Since(
        carried_count=begun_count + sum(slot not in asked for slot in turns),
        changed_count=sum(turns.get(slot) != plan.get(slot) for slot in asked),
        dropped_count=len(turns) - in_force,
    )
