"""The page `Malam ini`: the live session that runs, else the next, else the last; who is ready, and what needs a hand first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.localtime import live_session_title, local_date
from bazaar.phones import whatsapp_number
from bazaar.reminders.call_list import CallLine, call_list_in
from bazaar.reminders.hand import open_hand_count
from bazaar.sales.queries import SoldTotals, open_conflict_count, sold_by_slot, sold_in_edition, unsent_by_device
from bazaar.states import AnswerKind, DeliveryState, LinkKind, ReminderKind, ReminderState, RotationState
from bazaar.turns import live_sessions_held, select_published
from bazaar.vendors.answers import newest_answers, noted_by
from models import (
    Account,
    Answer,
    Closing,
    Delivery,
    Device,
    Edition,
    Link,
    LiveSession,
    Reminder,
    Rotation,
    Slot,
    Vendor,
)

LINGERS_FOR = timedelta(minutes=90)
"""A live session that has ended stays on the page for so long, unless the next one is about to begin."""
CALL_FROM = timedelta(hours=2)
"""From here on, whoever has not answered is worth a call."""
UNSENT_MATTERS_FOR = timedelta(hours=24)

Phase = Literal["running", "ended", "ahead", "over"]
TurnState = Literal["done", "on-air", "waiting", "ready", "unable", "open"]
ReachKind = Literal["opened", "sent", "by_hand", "failed", "planned", "silent", "none"]
ActionKind = Literal["unable", "open", "call", "failed", "by_hand", "conflicts", "unsent"]
Happened = Literal["ready", "unable", "closed", "sent"]

NOTHING_SOLD = SoldTotals()
_REACHED = frozenset({DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.READ})
_FAILED = frozenset({DeliveryState.DEAD, DeliveryState.UNKNOWN})
_COMING = frozenset({DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.RETRY_WAIT})


@dataclass(frozen=True)
class Reach:
    """How far a reminder of this turn came. `at`: when it went out or was opened, or is due where it is still planned."""

    kind: ReachKind
    at: datetime | None = None


@dataclass(frozen=True)
class TonightTurn:
    """One slot of the live session with whoever stands in it; without a vendor its state is `open`."""

    slot_id: int
    position: int
    starts_at: datetime
    ends_at: datetime
    state: TurnState
    is_next: bool
    vendor_id: int | None = None
    business_name: str = ""
    owner_name: str = ""
    district: str = ""
    category: str = ""
    phone: str = ""  # E.164; empty where the edition's numbers are invented
    whatsapp: str = ""  # empty where no WhatsApp can be behind the number
    link_nonce: str = ""
    answer: AnswerKind | None = None
    answered_at: datetime | None = None
    answered_by: str = ""  # the organizer who noted it; empty: the vendor, by the link
    reach: Reach = Reach("none")
    sold: SoldTotals = NOTHING_SOLD
    closing_number: int | None = None
    is_answerable: bool = False
    is_to_call: bool = False


@dataclass(frozen=True)
class Action:
    """Something that a person should do now. `turn` for what is about one turn, `count` and `name` for the rest."""

    kind: ActionKind
    turn: TonightTurn | None = None
    count: int = 0
    name: str = ""


@dataclass(frozen=True)
class Check:
    """One thing to have ready before the stream begins."""

    name: Literal["zoom", "youtube", "host", "door", "answers"]
    is_done: bool
    detail: str = ""


@dataclass(frozen=True)
class Event:
    """Something that happened to this live session."""

    at: datetime
    kind: Happened
    name: str = ""
    by: str = ""
    count: int = 0


@dataclass(frozen=True)
class Evening:
    """The live session on the page."""

    id: int
    title: str
    phase: Phase
    starts_at: datetime
    ends_at: datetime
    days_ahead: int
    minutes_ahead: int
    host_name: str
    zoom_url: str
    youtube_url: str
    turns: tuple[TonightTurn, ...]
    now: TonightTurn | None
    next: TonightTurn | None
    actions: tuple[Action, ...]
    checks: tuple[Check, ...]
    events: tuple[Event, ...]
    sold: SoldTotals
    earlier: int | None
    later: int | None

    def count(self, state: TurnState) -> int:
        """How many turns are in a state."""
        return sum(turn.state == state for turn in self.turns)


@dataclass(frozen=True)
class Progress:
    """How far the edition has come."""

    done_count: int
    turn_count: int
    sold: SoldTotals


@dataclass(frozen=True)
class Setup:
    """What is still missing before there can be an evening."""

    vendor_count: int
    live_session_count: int
    has_draft: bool


@dataclass(frozen=True)
class TonightPage:
    """Either an evening, or what to do before there is one."""

    setup: Setup | None
    evening: Evening | None
    progress: Progress
    is_edition_over: bool
    is_before_edition: bool
    calls: tuple[CallLine, ...] = ()  # whom to telephone now, whichever evening is on the page


def tonight_page(edition_id: int, *, live_session_id: int | None = None, now: datetime) -> TonightPage:
    """The page of an edition, with the live session asked for or the one that matters now."""
    by_hand = open_hand_count(edition_id, now=now)
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        live_sessions = live_sessions_held(session, edition_id)
        setup = _setup(session, edition_id, len(live_sessions))
        chosen = next((row for row in live_sessions if row.id == live_session_id), None) or _that_matters(live_sessions, now)
        calls = call_list_in(session, edition_id, now=now)
        on_call = {line.slot_id for line in calls}
        evening = _evening(session, edition, live_sessions, chosen, by_hand, on_call, now) if chosen and setup is None else None
        progress = _progress(session, edition_id, now)
    return TonightPage(
        setup=setup,
        evening=evening,
        progress=progress,
        is_edition_over=bool(live_sessions) and live_sessions[-1].ends_at <= now,
        is_before_edition=bool(live_sessions) and live_sessions[0].starts_at > now,
        calls=calls,
    )


def _that_matters(live_sessions: Sequence[LiveSession], now: datetime) -> LiveSession | None:
    """The one that runs; the one just over, while its books close; the next; the last."""
    running = [row for row in live_sessions if row.starts_at <= now < row.ends_at]
    coming = [row for row in live_sessions if row.starts_at > now]
    ended = [row for row in live_sessions if row.ends_at <= now]
    if running:
        return running[-1]
    if ended and now - ended[-1].ends_at < LINGERS_FOR and not (coming and coming[0].starts_at - now < LINGERS_FOR):
        return ended[-1]
    return coming[0] if coming else ended[-1] if ended else None


def _setup(session: Session, edition_id: int, live_session_count: int) -> Setup | None:
    """None once a rotation is published."""
    states = set(session.scalars(select(Rotation.state).where(Rotation.edition_id == edition_id).distinct()))
    if RotationState.PUBLISHED in states and live_session_count:
        return None
    vendor_count = select(func.count()).select_from(Vendor).where(Vendor.edition_id == edition_id, Vendor.withdrawn_at.is_(None))
    return Setup(session.scalar(vendor_count) or 0, live_session_count, RotationState.DRAFT in states)


def _progress(session: Session, edition_id: int, now: datetime) -> Progress:
    in_force = select_published().with_only_columns(Slot.ends_at, maintain_column_froms=True).where(Slot.edition_id == edition_id)
    ends = session.scalars(in_force).all()
    return Progress(sum(at <= now for at in ends), len(ends), sold_in_edition(session, edition_id))


def _evening(
    session: Session,
    edition: Edition,
    live_sessions: Sequence[LiveSession],
    row: LiveSession,
    by_hand: int,
    on_call: Collection[int],
    now: datetime,
) -> Evening:
    turns = _turns(session, edition, row, now)
    place = list(live_sessions).index(row)
    days = (local_date(row.starts_at, edition.timezone) - local_date(now, edition.timezone)).days
    return Evening(
        id=row.id,
        title=live_session_title(row.starts_at, edition.timezone),
        phase=_phase(row, live_sessions, now),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        days_ahead=days,
        minutes_ahead=max(0, int((row.starts_at - now) / timedelta(minutes=1))),
        host_name=row.host_name,
        zoom_url=row.zoom_url,
        youtube_url=row.youtube_url,
        turns=turns,
        now=next((turn for turn in turns if turn.starts_at <= now < turn.ends_at), None),
        next=next((turn for turn in turns if turn.is_next), None),
        actions=_actions(session, edition, row, turns, by_hand, on_call, now),
        checks=_checks(session, row, turns, now) if row.starts_at > now else (),
        events=_events(session, row, turns),
        sold=sum((turn.sold for turn in turns), SoldTotals()),
        earlier=live_sessions[place - 1].id if place else None,
        later=live_sessions[place + 1].id if place + 1 < len(live_sessions) else None,
    )


def _phase(row: LiveSession, live_sessions: Sequence[LiveSession], now: datetime) -> Phase:
    if row.starts_at > now:
        return "ahead"
    if now < row.ends_at:
        return "running"
    return "over" if row is live_sessions[-1] else "ended"


def _turns(session: Session, edition: Edition, row: LiveSession, now: datetime) -> tuple[TonightTurn, ...]:
    slots = session.execute(
        select(Slot, Closing).outerjoin(Closing, Closing.slot_id == Slot.id).where(Slot.live_session_id == row.id).order_by(Slot.position)
    ).all()
    slot_ids = [slot.id for slot, _ in slots]
    vendors = {found[1].id: found[3] for found in session.execute(select_published().where(Slot.live_session_id == row.id))}
    answers = newest_answers(session, Answer.slot_id.in_(slot_ids))
    reaches = _reaches(session, slot_ids, [vendor.id for vendor in vendors.values()])
    nonces = _nonces(session, [vendor.id for vendor in vendors.values()])
    sold = sold_by_slot(session, slot_ids)
    upcoming = next((slot.id for slot, _ in slots if slot.starts_at > now), None)
    turns = []
    for slot, closing in slots:
        vendor = vendors.get(slot.id)
        books = sold.get(slot.id, SoldTotals())
        if vendor is None:
            state: TurnState = "done" if slot.ends_at <= now else "open"
            turns.append(TonightTurn(slot.id, slot.position, slot.starts_at, slot.ends_at, state, is_next=slot.id == upcoming, sold=books))
            continue
        answer = answers.get((slot.id, vendor.id))
        kind = answer.kind if answer else None
        turns.append(
            TonightTurn(
                slot_id=slot.id,
                position=slot.position,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                state=_state(slot, kind, now),
                is_next=slot.id == upcoming,
                vendor_id=vendor.id,
                business_name=vendor.business_name,
                owner_name=vendor.owner_name,
                district=vendor.district,
                category=vendor.category,
                phone="" if edition.is_demo else vendor.phone,
                whatsapp="" if edition.is_demo else whatsapp_number(vendor.phone),
                link_nonce=nonces.get(vendor.id, ""),
                answer=kind,
                answered_at=answer.answered_at if answer else None,
                answered_by=answer.by if answer else "",
                reach=reaches.get((slot.id, vendor.id), Reach("silent" if vendor.opted_out_at else "none")),
                sold=books,
                closing_number=closing.number if closing else None,
                is_answerable=slot.ends_at > now,
                is_to_call=kind is None and now < slot.ends_at and slot.starts_at - now <= CALL_FROM,
            )
        )
    return tuple(turns)


def _state(slot: Slot, answer: AnswerKind | None, now: datetime) -> TurnState:
    if slot.ends_at <= now:
        return "done"
    if slot.starts_at <= now and answer is not AnswerKind.UNABLE:
        return "on-air"
    if answer is None:
        return "waiting"
    return "ready" if answer is AnswerKind.READY else "unable"


def _nonces(session: Session, vendor_ids: Sequence[int]) -> dict[int, str]:
    rows = session.execute(
        select(Link.vendor_id, Link.nonce).where(Link.vendor_id.in_(vendor_ids), Link.kind == LinkKind.VENDOR, Link.revoked_at.is_(None))
    )
    return {vendor_id: nonce for vendor_id, nonce in rows if vendor_id is not None}


def _reaches(session: Session, slot_ids: Sequence[int], vendor_ids: Sequence[int]) -> dict[tuple[int, int], Reach]:
    """(slot, vendor) -> the best that can be said about the reminders of that turn."""
    rows = session.execute(
        select(Reminder.slot_id, Reminder.vendor_id, Delivery.state, Delivery.finished_at, Delivery.next_at)
        .join(Delivery, Delivery.reminder_id == Reminder.id)
        .where(Reminder.slot_id.in_(slot_ids), Reminder.kind == ReminderKind.BEFORE, Reminder.state == ReminderState.PLANNED)
        .order_by(Reminder.due_at, Delivery.id)
    ).all()
    found: dict[tuple[int, int], list[tuple[DeliveryState, datetime | None, datetime]]] = {}
    for slot_id, vendor_id, state, finished_at, next_at in rows:
        if slot_id is not None:
            found.setdefault((slot_id, vendor_id), []).append((state, finished_at, next_at))
    opened = _opened(session, vendor_ids)
    return {key: _reach(deliveries, opened.get(key[1])) for key, deliveries in found.items()}


def _opened(session: Session, vendor_ids: Sequence[int]) -> dict[int, datetime]:
    rows = session.execute(select(Link.vendor_id, Link.last_opened_at).where(Link.vendor_id.in_(vendor_ids), Link.revoked_at.is_(None)))
    return {vendor_id: at for vendor_id, at in rows if vendor_id is not None and at is not None}


def _reach(deliveries: Sequence[tuple[DeliveryState, datetime | None, datetime]], opened_at: datetime | None) -> Reach:
    """What waits for a person comes first: it can still be put right. Then the newest that arrived, then what failed."""
    if any(state is DeliveryState.WAITING_FOR_HAND for state, _, _ in deliveries):
        return Reach("by_hand")
    sent = [at for state, at, _ in deliveries if state in _REACHED and at is not None]
    if sent and opened_at is not None and opened_at >= min(sent):
        return Reach("opened", opened_at)
    if sent:
        return Reach("sent", max(sent))
    if any(state in _FAILED for state, _, _ in deliveries):
        return Reach("failed")
    coming = [next_at for state, _, next_at in deliveries if state in _COMING]
    if coming:
        return Reach("planned", min(coming))
    return Reach("silent" if any(state is DeliveryState.SUPPRESSED for state, _, _ in deliveries) else "none")


def _actions(
    session: Session,
    edition: Edition,
    row: LiveSession,
    turns: Sequence[TonightTurn],
    by_hand: int,
    on_call: Collection[int],
    now: datetime,
) -> tuple[Action, ...]:
    """The most urgent first: nobody will stand there, somebody may not come, money that does not add up, messages.

    Who is `on_call` stands in the call list above all this.
    """
    actions = [Action("unable", turn) for turn in turns if turn.state == "unable"]
    actions += [Action("open", turn) for turn in turns if turn.state == "open"]
    actions += [Action("call", turn) for turn in turns if turn.is_to_call and turn.slot_id not in on_call]
    if conflicts := open_conflict_count(session, row.id):
        actions.append(Action("conflicts", count=conflicts))
    if row.starts_at <= now < row.ends_at + UNSENT_MATTERS_FOR:
        actions += [Action("unsent", count=count, name=device) for device, count in unsent_by_device(session, row.id).items()]
    if failed := _failed_count(session, edition.id, now):
        actions.append(Action("failed", count=failed))
    if by_hand:
        actions.append(Action("by_hand", count=by_hand))
    return tuple(actions)


def _failed_count(session: Session, edition_id: int, now: datetime) -> int:
    """Reminders that did not go out although their turn is still to come."""
    failed = select(func.count()).select_from(Delivery).join(Reminder, Reminder.id == Delivery.reminder_id)
    return (
        session.scalar(
            failed.where(
                Reminder.edition_id == edition_id,
                Reminder.state == ReminderState.PLANNED,
                Reminder.turn_starts_at > now,
                Delivery.state.in_(_FAILED),
            )
        )
        or 0
    )


def _checks(session: Session, row: LiveSession, turns: Sequence[TonightTurn], now: datetime) -> tuple[Check, ...]:
    doors = session.scalar(
        select(func.count())
        .select_from(Link)
        .where(
            Link.live_session_id == row.id,
            Link.kind == LinkKind.HOST,
            Link.revoked_at.is_(None),
            Link.expires_at.is_(None) | (Link.expires_at > now),
        )
    )
    devices = session.scalar(select(func.count()).select_from(Device).where(Device.live_session_id == row.id, Device.revoked_at.is_(None)))
    waiting = sum(turn.state == "waiting" for turn in turns)
    return (
        Check("host", bool(row.host_name), row.host_name),
        Check("door", bool(doors or devices)),
        Check("zoom", bool(row.zoom_url)),
        Check("youtube", bool(row.youtube_url)),
        Check("answers", waiting == 0, str(waiting)),
    )


def _events(session: Session, row: LiveSession, turns: Sequence[TonightTurn]) -> tuple[Event, ...]:
    """The ten newest: answers, closed books, reminders that went out (all of one lead together)."""
    slot_ids = [turn.slot_id for turn in turns]
    answers = session.execute(
        select(Answer.answered_at, Answer.kind, Vendor.owner_name, noted_by())
        .join(Vendor, Vendor.id == Answer.vendor_id)
        .outerjoin(Account, Account.id == Answer.account_id)
        .outerjoin(Link, Link.id == Answer.link_id)
        .where(Answer.slot_id.in_(slot_ids))
    )
    events = [Event(at, "ready" if kind is AnswerKind.READY else "unable", name, by or "") for at, kind, name, by in answers]
    closings = session.execute(
        select(Closing.closed_at, Vendor.business_name, Closing.number)
        .join(Vendor, Vendor.id == Closing.vendor_id)
        .where(Closing.slot_id.in_(slot_ids))
    )
    events += [Event(at, "closed", name, count=number) for at, name, number in closings]
    sent = session.execute(
        select(func.max(Delivery.finished_at), func.count())
        .join(Reminder, Reminder.id == Delivery.reminder_id)
        .where(Reminder.slot_id.in_(slot_ids), Reminder.kind == ReminderKind.BEFORE, Delivery.state.in_(_REACHED))
        .group_by(Reminder.lead_minutes)
    )
    events += [Event(at, "sent", count=count) for at, count in sent if at is not None]
    return tuple(sorted(events, key=lambda event: event.at, reverse=True)[:10])
