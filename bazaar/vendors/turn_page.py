"""What a vendor's personal page shows: the one turn that matters now, all others, the results, and why it came out so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bazaar.airtime import make_ups_of
from bazaar.database import reading
from bazaar.localtime import local_date, localize, zone_name
from bazaar.phones import whatsapp_number
from bazaar.refusals import Refusal
from bazaar.reminders.policy import leads_after_answer
from bazaar.states import AnswerKind, LinkKind, RotationState
from bazaar.tokens import hash_token
from bazaar.turns import PublishedTurn, select_published
from bazaar.vendors.address import form_of_address
from bazaar.vendors.answers import CurrentAnswer, newest_answers
from bazaar.vendors.day_words import day_words, wait_of
from bazaar.vendors.message_language import letter_language
from bazaar.vendors.moves import Move, moves_of, news_above
from bazaar.vendors.why import Why, why_of
from bazaar.web_address import is_web_address
from models import (
    Answer,
    Bazaar,
    Closing,
    Edition,
    Link,
    LiveSession,
    Rotation,
    Slot,
    Supplement,
    Turn,
    Vendor,
)

ZOOM_OPENS = timedelta(minutes=15)
"""The Zoom button appears so long before the turn: earlier it only invites people to come too early."""
ENTER_BEFORE = timedelta(minutes=10)
SOON_MINUTES = 60
THANKS_LAST = timedelta(hours=12)

INDONESIAN_ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")

State = Literal["turn", "none_yet", "lost", "finished", "withdrawn", "archived"]
AnswerState = Literal["waiting", "ready", "unable"]
_ANSWER_STATES: dict[AnswerKind | None, AnswerState] = {None: "waiting", AnswerKind.READY: "ready", AnswerKind.UNABLE: "unable"}


@dataclass(frozen=True)
class ZoneTime:
    """On which day the turn falls in one zone."""

    name: str
    timezone: str
    day: date
    is_other_day: bool  # than where the bazaar is


@dataclass(frozen=True)
class CurrentTurn:
    """The turn that runs or comes next. `when` is a code for words like *malam ini*; see `day_words`."""

    slot_id: int
    starts_at: datetime
    ends_at: datetime
    day: date
    is_after_midnight: bool
    phase: Literal["later", "soon", "on_air"]
    when: str
    minutes: int
    wait_minutes: int | None  # None where the day already says it
    minutes_left: int
    answer: AnswerState
    enter_at: datetime
    zoom_opens_at: datetime
    has_zoom: bool
    zoom_url: str  # empty until it opens
    move: Move | None  # what was said before, while that is news
    zones: tuple[ZoneTime, ...]
    next_lead_minutes: int | None  # how long before it the vendor hears from us again; None: no more


@dataclass(frozen=True)
class Question:
    """Asked once more before a turn is given up."""

    slot_id: int
    starts_at: datetime
    day: date


@dataclass(frozen=True)
class Result:
    """The frozen books of one turn, with what arrived after they were closed. Amounts in rupiah."""

    sale_count: int
    amount_idr: int
    late_amount_idr: int


@dataclass(frozen=True)
class PastTurn:
    """A turn that ended; its result is None until its books are closed."""

    slot_id: int
    starts_at: datetime
    day: date
    result: Result | None


@dataclass(frozen=True)
class Amends:
    """A turn that failed and is given again. `given_at` is None while nobody knows when, and for good where no slot is left for it."""

    failed_at: datetime
    failed_day: date
    given_at: datetime | None
    given_day: date | None


@dataclass(frozen=True)
class TurnRow:
    """One line of all turns. `badge` is a state of templates/_macros/badges.html, `is_later` one that is only `Nanti`."""

    slot_id: int
    starts_at: datetime
    day: date
    when: str  # only of the next one, and only where it says more than the date
    badge: str
    is_next: bool
    is_later: bool
    is_unable: bool
    can_answer: bool  # about a turn after the next one; the next one has the slip
    was_at: datetime | None  # when it would have been, while that is news; of the next one the slip tells
    result: Result | None


@dataclass(frozen=True)
class Committee:
    """Whom to call, and where everybody's timetable stands. `timetable_slug` is empty while nothing is published, as is `draw_number`."""

    bazaar_name: str
    help_phone: str
    help_whatsapp: str  # empty where the help phone is a landline
    timetable_slug: str
    draw_number: int | None


@dataclass(frozen=True)
class TurnPage:
    """The whole page of one vendor."""

    edition_id: int
    edition_slug: str
    edition_name: str
    timezone: str
    vendor_id: int
    business_name: str
    name: str
    you: str
    category: str
    featured_product: str
    state: State
    turn: CurrentTurn | None
    question: Question | None
    thanks: PastTurn | None
    rows: tuple[TurnRow, ...]
    amends: tuple[Amends, ...]  # until the turn in place of it has been
    lost: tuple[Move, ...]  # further turns that went lately, with nothing in their place
    total: Result | None  # over all turns that are closed
    why: Why | None
    committee: Committee
    is_opted_out: bool  # wants no messages
    message_language: str  # of messages: id, en, jv
    is_open_noted: bool  # a recent visit is already on record


@dataclass(frozen=True)
class EndedLinkPage:
    """Where a link leads that no longer works, or never did."""

    is_known: bool
    committee: Committee | None


def turn_page(vendor_id: int, link_id: int, *, asked_slot_id: int | None = None, now: datetime) -> TurnPage:
    """The page of the vendor behind a link. `asked_slot_id` is the turn about which to ask once more. Refuses `not_found`."""
    with reading() as session:
        row = session.execute(
            select(Vendor, Edition, Bazaar, Link.last_opened_at)
            .join(Edition, Edition.id == Vendor.edition_id)
            .join(Bazaar, Bazaar.id == Edition.bazaar_id)
            .join(Link, Link.vendor_id == Vendor.id)
            .where(Vendor.id == vendor_id, Link.id == link_id)
        ).one_or_none()
        if row is None:
            raise Refusal("not_found")
        vendor, edition, bazaar, opened_at = row
        turns = _turns_of(session, vendor)
        results = _results_of(session, vendor)
        answers = _answers_of(session, vendor)
        is_archived = edition.archived_at is not None
        coming = [turn for turn in turns if turn.ends_at > now and not is_archived]
        current = coming[0] if coming else None
        past = _past_turns(turns, results, edition.timezone, now)
        moves = moves_of(session, vendor.id, current.slot_id if current else None, edition.timezone, now=now)
        turn = _current_turn(session, vendor, edition, current, answers, moves, now) if current else None
        told = turn.move if turn else None
        return TurnPage(
            edition_id=edition.id,
            edition_slug=edition.slug,
            edition_name=edition.name,
            timezone=edition.timezone,
            vendor_id=vendor.id,
            business_name=vendor.business_name,
            name=vendor.owner_name,
            you=form_of_address(vendor.owner_name),
            category=vendor.category,
            featured_product=vendor.featured_product,
            state="archived" if is_archived else _state(session, vendor, current, past, now),
            turn=turn,
            question=next((_question(turn, edition.timezone) for turn in coming if turn.slot_id == asked_slot_id), None),
            thanks=_thanks(past, current, turns, now),
            rows=_rows(coming, past, {slot_id: answer.kind for slot_id, answer in answers.items()}, moves, edition.timezone, now),
            amends=_amends(session, vendor, edition.timezone, now),
            lost=tuple(move for move in moves if move.now_at is None and move.was_at > now and move is not told),
            total=_total(results),
            why=why_of(session, vendor, edition, [(turn.slot_id, turn.starts_at, turn.began_at) for turn in turns]) if turns else None,
            committee=_committee(session, edition, bazaar),
            is_opted_out=vendor.opted_out_at is not None,
            message_language=letter_language(vendor),
            is_open_noted=opened_at is not None and opened_at > now - timedelta(minutes=5),
        )


def ended_link_page(token: str) -> EndedLinkPage:
    """The way out for somebody whose link ended. Where the link was never known, the committee is named only if there is but one."""
    with reading() as session:
        row = session.execute(
            select(Edition, Bazaar)
            .join(Bazaar, Bazaar.id == Edition.bazaar_id)
            .join(Link, Link.edition_id == Edition.id)
            .where(Link.token_hash == hash_token(token), Link.kind == LinkKind.VENDOR)
        ).one_or_none()
        if row is not None:
            return EndedLinkPage(True, _committee(session, row[0], row[1]))
        bazaars = session.scalars(select(Bazaar).limit(2)).all()
        return EndedLinkPage(False, _committee(session, None, bazaars[0]) if len(bazaars) == 1 else None)


def published_turns_of(session: Session, vendor_id: int) -> list[PublishedTurn]:
    """The vendor's turns in force, past ones included, by start."""
    rows = session.execute(select_published().where(Turn.vendor_id == vendor_id).order_by(Slot.starts_at))
    return [PublishedTurn(slot.id, vendor_id, live_session.id, slot.starts_at, slot.ends_at) for _turn, slot, live_session, _vendor in rows]


@dataclass(frozen=True)
class _PlannedTurn:
    """A published turn with what its page needs of the live session."""

    slot_id: int
    starts_at: datetime
    ends_at: datetime
    began_at: datetime  # its live session
    zoom_url: str


def _turns_of(session: Session, vendor: Vendor) -> list[_PlannedTurn]:
    rows = session.execute(
        select_published()
        .with_only_columns(Slot.id, Slot.starts_at, Slot.ends_at, LiveSession.starts_at, LiveSession.zoom_url, maintain_column_froms=True)
        .where(Turn.vendor_id == vendor.id)
        .order_by(Slot.starts_at)
    )
    return [_PlannedTurn(*row) for row in rows]


def _answers_of(session: Session, vendor: Vendor) -> dict[int, CurrentAnswer]:
    """The newest answer by slot."""
    return {slot_id: answer for (slot_id, _), answer in newest_answers(session, Answer.vendor_id == vendor.id).items()}


def _results_of(session: Session, vendor: Vendor) -> dict[int, tuple[datetime, Result]]:
    """Closed books by slot, also of slots that a later rotation no longer names."""
    late = func.coalesce(func.sum(Supplement.amount_idr), 0)
    rows = session.execute(
        select(Closing.slot_id, Slot.starts_at, Closing.sale_count, Closing.amount_idr, late)
        .join(Slot, Slot.id == Closing.slot_id)
        .outerjoin(Supplement, Supplement.closing_id == Closing.id)
        .where(Closing.vendor_id == vendor.id)
        .group_by(Closing.id, Slot.starts_at)
    )
    return {slot_id: (starts_at, Result(count, amount, int(extra))) for slot_id, starts_at, count, amount, extra in rows}


def _past_turns(turns: Sequence[_PlannedTurn], results: dict[int, tuple[datetime, Result]], timezone: str, now: datetime) -> list[PastTurn]:
    """Turns that ended, newest first: those in force, and those whose books stand although the rotation has moved on."""
    starts = {turn.slot_id: turn.starts_at for turn in turns if turn.ends_at <= now}
    starts |= {slot_id: starts_at for slot_id, (starts_at, _result) in results.items()}
    past = [
        PastTurn(slot_id, starts_at, local_date(starts_at, timezone), results[slot_id][1] if slot_id in results else None)
        for slot_id, starts_at in starts.items()
    ]
    return sorted(past, key=lambda turn: turn.starts_at, reverse=True)


def _state(session: Session, vendor: Vendor, current: _PlannedTurn | None, past: list[PastTurn], now: datetime) -> State:
    if current is not None:
        return "turn"
    if vendor.withdrawn_at is not None:
        return "withdrawn"
    if _lost_a_turn(session, vendor, now):
        return "lost"
    return "finished" if past else "none_yet"


def _lost_a_turn(session: Session, vendor: Vendor, now: datetime) -> bool:
    """Whether a turn that still lies ahead was once published for this vendor, who now has none: they may still count on it."""
    return bool(
        session.scalar(
            select(func.count())
            .select_from(Turn)
            .join(Rotation, Rotation.id == Turn.rotation_id)
            .join(Slot, Slot.id == Turn.slot_id)
            .where(
                Turn.vendor_id == vendor.id,
                Slot.starts_at > now,
                Rotation.state.in_((RotationState.PUBLISHED, RotationState.SUPERSEDED)),
            )
        )
    )


def _current_turn(
    session: Session,
    vendor: Vendor,
    edition: Edition,
    turn: _PlannedTurn,
    answers: dict[int, CurrentAnswer],
    moves: tuple[Move, ...],
    now: datetime,
) -> CurrentTurn:
    timezone = edition.timezone
    local = localize(turn.starts_at, timezone)
    minutes_ahead = (turn.starts_at - now) / timedelta(minutes=1)
    is_on_air = turn.starts_at <= now
    zoom_opens_at = turn.starts_at - ZOOM_OPENS
    answer = answers.get(turn.slot_id)
    return CurrentTurn(
        slot_id=turn.slot_id,
        starts_at=turn.starts_at,
        ends_at=turn.ends_at,
        day=local.date(),
        is_after_midnight=local.hour < 4,
        phase="on_air" if is_on_air else "soon" if minutes_ahead <= SOON_MINUTES else "later",
        when=day_words(turn.starts_at, timezone, now=now),
        minutes=(turn.ends_at - turn.starts_at) // timedelta(minutes=1),
        wait_minutes=None if is_on_air else wait_of(turn.starts_at, timezone, now=now),
        minutes_left=max(1, -((now - turn.ends_at) // timedelta(minutes=1))),
        answer=_ANSWER_STATES[answer.kind if answer else None],
        enter_at=turn.starts_at - ENTER_BEFORE,
        zoom_opens_at=zoom_opens_at,
        has_zoom=is_web_address(turn.zoom_url),
        zoom_url=turn.zoom_url if zoom_opens_at <= now and is_web_address(turn.zoom_url) else "",
        move=news_above(moves, turn.starts_at, now=now),
        zones=_zones(turn.starts_at, timezone),
        next_lead_minutes=_next_lead(vendor, edition, turn.starts_at, answer, now),
    )


def _zones(starts_at: datetime, timezone: str) -> tuple[ZoneTime, ...]:
    """For vendors on another island than their committee."""
    names = INDONESIAN_ZONES if timezone in INDONESIAN_ZONES else (timezone, *INDONESIAN_ZONES)
    here = local_date(starts_at, timezone)
    days = {name: local_date(starts_at, name) for name in names}
    return tuple(ZoneTime(zone_name(starts_at, name), name, days[name], days[name] != here) for name in names)


def _next_lead(vendor: Vendor, edition: Edition, starts_at: datetime, answer: CurrentAnswer | None, now: datetime) -> int | None:
    if vendor.opted_out_at is not None:
        return None
    leads = edition.reminder_leads
    if answer is not None:
        leads = leads_after_answer(leads, answer.kind, ahead=starts_at - answer.answered_at)
    return max((lead for lead in leads if starts_at - timedelta(minutes=lead) > now), default=None)


def _question(turn: _PlannedTurn, timezone: str) -> Question:
    return Question(turn.slot_id, turn.starts_at, local_date(turn.starts_at, timezone))


def _amends(session: Session, vendor: Vendor, timezone: str, now: datetime) -> tuple[Amends, ...]:
    """The failed turns that are still to be made good, the earliest first; with the turns that will, in order."""
    make_up = make_ups_of(session, vendor.edition_id, vendor.id).get(vendor.id)
    if make_up is None or vendor.withdrawn_at is not None:
        return ()
    over = sum(turn.ends_at <= now for turn in make_up.given)
    coming = [turn.starts_at for turn in make_up.given if turn.ends_at > now]
    waiting = make_up.failed[over : over + len(coming) + make_up.owed_count]
    return tuple(
        Amends(
            turn.starts_at,
            local_date(turn.starts_at, timezone),
            given_at,
            None if given_at is None else local_date(given_at, timezone),
        )
        for turn, given_at in zip_longest(waiting, coming)
        if turn is not None
    )


def _thanks(past: list[PastTurn], current: _PlannedTurn | None, turns: Sequence[_PlannedTurn], now: datetime) -> PastTurn | None:
    """The turn to say thanks for: the newest, for some hours, or for good when none is left."""
    if not past:
        return None
    ended = [turn.ends_at for turn in turns if turn.ends_at <= now]
    is_recent = bool(ended) and max(ended) > now - THANKS_LAST
    return past[0] if is_recent or current is None else None


def _rows(
    turns: Sequence[_PlannedTurn],
    past: list[PastTurn],
    answers: dict[int, AnswerKind],
    moves: tuple[Move, ...],
    timezone: str,
    now: datetime,
) -> tuple[TurnRow, ...]:
    was_at = {move.now_at: move.was_at for move in moves}
    coming = [
        TurnRow(
            slot_id=turn.slot_id,
            starts_at=turn.starts_at,
            day=local_date(turn.starts_at, timezone),
            when=day_words(turn.starts_at, timezone, now=now) if number == 0 else "",
            badge="on-air" if turn.starts_at <= now else _ANSWER_STATES[answers.get(turn.slot_id)],
            is_next=number == 0,
            is_later=number > 0 and turn.slot_id not in answers,
            is_unable=answers.get(turn.slot_id) is AnswerKind.UNABLE,
            can_answer=number > 0,
            was_at=was_at.get(turn.starts_at) if number > 0 else None,
            result=None,
        )
        for number, turn in enumerate(turns)
    ]
    return tuple(coming + [_past_row(turn) for turn in past])


def _past_row(turn: PastTurn) -> TurnRow:
    return TurnRow(
        slot_id=turn.slot_id,
        starts_at=turn.starts_at,
        day=turn.day,
        when="",
        badge="done",
        is_next=False,
        is_later=False,
        is_unable=False,
        can_answer=False,
        was_at=None,
        result=turn.result,
    )


def _total(results: dict[int, tuple[datetime, Result]]) -> Result | None:
    if not results:
        return None
    books = [result for _starts_at, result in results.values()]
    return Result(sum(b.sale_count for b in books), sum(b.amount_idr for b in books), sum(b.late_amount_idr for b in books))


def _committee(session: Session, edition: Edition | None, bazaar: Bazaar) -> Committee:
    draw_number = None
    if edition is not None:
        draw_number = session.scalar(
            select(Rotation.number).where(Rotation.edition_id == edition.id, Rotation.state == RotationState.PUBLISHED)
        )
    return Committee(
        bazaar_name=bazaar.name,
        help_phone=bazaar.help_phone,
        help_whatsapp=whatsapp_number(bazaar.help_phone),
        timetable_slug=edition.slug if edition is not None and draw_number is not None else "",
        draw_number=draw_number,
    )
