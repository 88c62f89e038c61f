"""What follows when a vendor says berhalangan: the choices of a repair are worked out, and the organizers are told.

Level-triggered, for answers come in by pages, by organizers' phones and by replies that the scheduler reads: a beat looks at the rows,
finds published turns ahead that are answered so, and does what was not done since. Nothing is published by it.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.accounts import audit
from bazaar.accounts.members import select_organizers
from bazaar.clock import Clock
from bazaar.database import reading, transaction
from bazaar.editions.editing import locked_edition
from bazaar.editions.jobs import SILENT_AFTER
from bazaar.editions.planning import run_job
from bazaar.editions.repairs import request_repair
from bazaar.localtime import clock_zone_text, day_text, local_date
from bazaar.planner import AskPlanner, Watch, watch_idly
from bazaar.refusals import Refusal
from bazaar.reminders.channels.base import Channel, DeliveryError, Message
from bazaar.reminders.world import Pages, World
from bazaar.rotation.problem import Problem
from bazaar.states import AnswerKind, ChannelName, PlanningState
from bazaar.tokens import hash_token
from bazaar.turns import select_published
from models import Account, Answer, Audit, Edition, PlanningJob, Slot, Vendor

log = logging.getLogger(__name__)

SLIPPED_THUMB = timedelta(minutes=1)
"""So long an answer stands before anything follows from it."""
OLD_NEWS = timedelta(days=3)
"""An answer older than this was dealt with long ago, or nobody wants to."""
MOST_BROKEN_OFF = 3
"""So many repairs whose process died are enough."""
_MOST_LETTERS = 5
_TOLD, _NOT_TOLD = "tell_unable", "tell_unable_failed"
_CAME_TO_AN_END = frozenset({PlanningState.DONE, PlanningState.FAILED, PlanningState.CANCELLED})


@dataclass(frozen=True)
class UnableTurn:
    """A published turn ahead whose vendor cannot come."""

    answer_id: int
    edition_id: int
    slot_id: int
    owner_name: str
    business_name: str
    starts_at: datetime
    answered_at: datetime


@dataclass(frozen=True)
class RepairOffer:
    """What the desk says while somebody cannot come: who, and how far the choices are."""

    turns: tuple[UnableTurn, ...]  # the nearest first
    job_id: int | None  # of the newest repair asked for since the last of these answers
    is_ready: bool
    is_at_work: bool


def repair_offer(edition_id: int, *, now: datetime) -> RepairOffer | None:
    """What to offer about turns ahead whose vendors cannot come; None where all can."""
    with reading() as session:
        turns = _unable_turns(session, now, edition_id=edition_id)
        if not turns:
            return None
        since = max(turn.answered_at for turn in turns)
        jobs = _repairs_since(session, edition_id, since)
    job = next((job for job in jobs if job.state in _CAME_TO_AN_END or _is_alive(job, now)), None)
    return RepairOffer(
        turns=tuple(turns),
        job_id=job.id if job else None,
        is_ready=job is not None and job.state is PlanningState.DONE,
        is_at_work=job is not None and job.finished_at is None,
    )


def work_out_repairs(ask: AskPlanner, clock: Clock, *, keep_going: Callable[[], bool], now: datetime) -> int:
    """Have the choices worked out wherever they are wanted, one edition after the other, in this process; returns how many were."""
    count = 0
    for edition_id in _editions_wanting_repair(now):
        if not keep_going():
            break
        try:
            requested = request_repair(edition_id, by=None, now=clock())
        except Refusal as refusal:
            log.info("no repair for edition %d: %s", edition_id, refusal.code)
            continue
        if requested.is_new:
            run_job(requested.job_id, ask=_alive(ask, keep_going), clock=clock)
            count += 1
    return count


def tell_organizers(world: World, pages: Pages, *, now: datetime) -> int:
    """Write to the organizers about answers of which they were not told; one letter each, whatever happens. Returns how many answers.

    The letter is noted before it leaves: it never goes twice. Where it certainly did not leave, a later pass tries again.
    """
    channel = world.channels.get(ChannelName.EMAIL) or world.channels.get(ChannelName.CONSOLE)
    if channel is None:
        return 0
    with reading() as session:
        waiting = [turn for turn in _unable_turns(session, now) if turn.answered_at <= now - SLIPPED_THUMB]
        due = [turn for turn in waiting if turn.answer_id in _untold(session, waiting)]
    return sum(_tell(world, pages, channel, turn, now) for turn in due)


def _unable_turns(session: Session, now: datetime, *, edition_id: int | None = None) -> list[UnableTurn]:
    """By start. The newest answer of a turn counts."""
    later = select(Answer.slot_id, Answer.vendor_id, Answer.id).subquery()
    rows = session.execute(
        select_published()
        .add_columns(Answer)
        .join(Answer, (Answer.slot_id == Slot.id) & (Answer.vendor_id == Vendor.id))
        .join(Edition, Edition.id == Slot.edition_id)
        .where(
            Slot.starts_at > now,
            Edition.archived_at.is_(None),
            Answer.kind == AnswerKind.UNABLE,
            Answer.answered_at > now - OLD_NEWS,
            ~select(later.c.id)
            .where(later.c.slot_id == Answer.slot_id, later.c.vendor_id == Answer.vendor_id, later.c.id > Answer.id)
            .exists(),
            *([Slot.edition_id == edition_id] if edition_id is not None else []),
        )
        .order_by(Slot.starts_at, Slot.id)
    ).all()
    return [
        UnableTurn(answer.id, slot.edition_id, slot.id, vendor.owner_name, vendor.business_name, slot.starts_at, answer.answered_at)
        for _turn, slot, _live_session, vendor, answer in rows
    ]


def _repairs_since(session: Session, edition_id: int, since: datetime) -> Sequence[PlanningJob]:
    """The newest first."""
    return session.scalars(
        select(PlanningJob)
        .where(PlanningJob.edition_id == edition_id, PlanningJob.kind == "repair", PlanningJob.created_at >= since)
        .order_by(PlanningJob.id.desc())
    ).all()


def _editions_wanting_repair(now: datetime) -> list[int]:
    with reading() as session:
        newest: dict[int, datetime] = {}
        for turn in _unable_turns(session, now):
            if turn.answered_at <= now - SLIPPED_THUMB:
                newest[turn.edition_id] = max(turn.answered_at, newest.get(turn.edition_id, turn.answered_at))
        return [edition_id for edition_id, since in newest.items() if _wants_repair(session, edition_id, since, now)]


def _wants_repair(session: Session, edition_id: int, since: datetime, now: datetime) -> bool:
    jobs = _repairs_since(session, edition_id, since)
    is_dealt_with = any(job.state in _CAME_TO_AN_END or _is_alive(job, now) for job in jobs)
    return not is_dealt_with and len(jobs) < MOST_BROKEN_OFF


def _is_alive(job: PlanningJob, now: datetime) -> bool:
    return job.finished_at is None and job.heartbeat_at >= now - SILENT_AFTER


def _alive(ask: AskPlanner, keep_going: Callable[[], bool]) -> AskPlanner:
    """The planner, with a sign of life of this beat each time it tells how far it is; it stops when the process is to stop."""

    def ask_and_live(verb: str, problem: Problem, *options: str, watch: Watch = watch_idly) -> Any:
        return ask(verb, problem, *options, watch=lambda stage, share: keep_going() and watch(stage, share))

    return ask_and_live


def _untold(session: Session, turns: Sequence[UnableTurn]) -> set[int]:
    """The answers that no letter told of yet, and none failed too often."""
    notes = session.execute(
        select(Audit.subject_id, Audit.action).where(
            Audit.subject_kind == "answer",
            Audit.subject_id.in_({turn.answer_id for turn in turns}),
            Audit.action.in_((_TOLD, _NOT_TOLD)),
        )
    ).all()
    counted = Counter((subject_id, action) for subject_id, action in notes)
    return {turn.answer_id for turn in turns if counted[turn.answer_id, _TOLD] == counted[turn.answer_id, _NOT_TOLD] < _MOST_LETTERS}


def _tell(world: World, pages: Pages, channel: Channel, turn: UnableTurn, now: datetime) -> bool:
    with transaction() as session:
        try:
            edition = locked_edition(session, turn.edition_id)
        except Refusal:
            return False
        if turn.answer_id not in _untold(session, [turn]):
            return False  # another process was first
        _note(session, _TOLD, edition, turn, now)
        is_silent = edition.is_demo and not world.is_mail_local
        organizers = [] if is_silent else _organizers(session, edition.bazaar_id)
    reached = [_write(channel, _letter(edition, turn, name, email, pages)) for name, email in organizers]
    if reached and not any(reached):
        with transaction() as session:
            _note(session, _NOT_TOLD, edition, turn, now)
    return True


def _note(session: Session, action: str, edition: Edition, turn: UnableTurn, now: datetime) -> None:
    after = {"vendor": turn.business_name, "slot_id": turn.slot_id}
    audit.note(session, action, "answer", turn.answer_id, now=now, bazaar_id=edition.bazaar_id, actor="scheduler", after=after)


def _organizers(session: Session, bazaar_id: int) -> list[tuple[str, str]]:
    rows = session.scalars(select_organizers(bazaar_id).order_by(Account.id))
    return [(account.name, account.email) for account in rows]


def _letter(edition: Edition, turn: UnableTurn, name: str, email: str, pages: Pages) -> Message:
    when = f"{day_text(local_date(turn.starts_at, edition.timezone))}, {clock_zone_text(turn.starts_at, edition.timezone)}"
    text = (
        f"Halo {name},\n\n"
        f"{turn.owner_name} ({turn.business_name}) berhalangan untuk giliran {when}.\n\n"
        f"Usulan perbaikannya disiapkan di sini:\n{pages.page(f'/panitia/{edition.slug}/papan/perbaiki')}\n\n"
        "Lihat, pilih satu, lalu terbitkan. Sebelum itu tidak ada giliran yang berubah.\n\n"
        f"-- \n{edition.name}\n"
    )
    return Message(
        key=hash_token(f"unable:{turn.answer_id}:{email}"),
        to_name=name,
        to_address=email,
        subject=f"{turn.owner_name} berhalangan, {when}",
        text=text,
    )


def _write(channel: Channel, message: Message) -> bool:
    """Whether it left, or may have."""
    try:
        channel.send(message)
    except DeliveryError as error:
        log.warning("a letter about a turn in danger did not leave: %s", error.reason)
        return error.ambiguous
    return True
