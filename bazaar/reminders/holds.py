"""Stretches in which nothing is sent: begun by the guard, ended by the guard or by a person's word."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from bazaar.database import reading, transaction
from bazaar.refusals import Refusal
from bazaar.reminders.clock_watch import LARGEST_DRIFT
from bazaar.reminders.rows import move_deliveries
from bazaar.states import OPEN_DELIVERY_STATES, DeliveryState, HoldReason, ReminderState
from models import Account, Audit, Delivery, Edition, Reminder, SendingHold

JUMPED, BEHIND = "jumped", "behind"
"""Which trouble of the clock a hold is about; the first word of its note."""
MISSED_NOTE = "terlewat saat cadangan dipulihkan, tidak dikirim"

Choice = Literal["send", "drop"]
"""Of what was due before a restored backup began to live: send what still helps, or nothing."""


@dataclass(frozen=True)
class HoldPage:
    """A hold with its figures, as far as they are about one bazaar. A clock's hold has none."""

    id: int
    reason: HoldReason
    kind: str  # of a clock's: jumped or behind
    seconds: int  # by how much; below 0: backwards
    began_at: datetime
    ends_at: datetime | None
    known_count: int = 0  # messages that the journal knew to have left
    useful_count: int = 0  # due before the restore, and still of use
    stale_count: int = 0  # due before the restore, too late by now
    later_count: int = 0  # due since then: they go in any case
    is_deciding: bool = True  # a person of this bazaar may decide


def open_holds(session: Session) -> list[SendingHold]:
    """Query: what holds sending up now."""
    return list(session.scalars(select(SendingHold).where(SendingHold.released_at.is_(None)).order_by(SendingHold.id)))


def begin_hold(session: Session, reason: HoldReason, note: str, *, ends_at: datetime | None, now: datetime) -> SendingHold:
    """Step: hold sending up. One hold for each reason: what is open already goes on, to the later end."""
    hold = next((hold for hold in open_holds(session) if hold.reason is reason), None)
    if hold is None:
        hold = SendingHold(reason=reason, note=note, began_at=now, ends_at=ends_at)
        session.add(hold)
    elif ends_at is not None:
        hold.note, hold.ends_at = note, max(ends_at, hold.ends_at or ends_at)
    session.flush()
    return hold


def is_behind(hold: SendingHold) -> bool:
    """Whether a hold waits for a clock that stands behind what the database knows."""
    return hold.note.startswith(BEHIND)


def forgiven(session: Session, instant: datetime, *, now: datetime) -> bool:
    """Query: whether an instant ahead of the clock is known to come from a clock that was wrong, so that it proves nothing.

    A hold that ended before its time says so: the clock went back and stayed there, or a person found it right.
    """
    holds = session.execute(
        select(SendingHold.released_at, SendingHold.ends_at).where(
            SendingHold.reason == HoldReason.CLOCK, SendingHold.released_at.is_not(None), SendingHold.ends_at > now
        )
    )
    return any(released < instant <= ends + LARGEST_DRIFT for released, ends in holds if released is not None and ends is not None)


def hold_pages(bazaar_id: int | None, *, now: datetime) -> list[HoldPage]:
    """What holds sending up, for the organizers of a bazaar; None: for whoever keeps the server."""
    with reading() as session:
        return [_page(session, hold, bazaar_id, now) for hold in open_holds(session)]


def _page(session: Session, hold: SendingHold, bazaar_id: int | None, now: datetime) -> HoldPage:
    kind, _, number = hold.note.partition(" ")
    is_deciding = bazaar_id is None or not _has_others(session, bazaar_id)
    if hold.reason is HoldReason.CLOCK:
        return HoldPage(hold.id, hold.reason, kind, int(number or 0), hold.began_at, hold.ends_at, is_deciding=is_deciding)
    due_before, stale = Reminder.due_at < hold.began_at, Reminder.stale_at <= now

    def count(*which: ColumnElement[bool]) -> int:
        rows = select(func.count()).select_from(Delivery).join(Reminder).join(Edition, Edition.id == Reminder.edition_id)
        ours = rows.where(Delivery.state.in_(OPEN_DELIVERY_STATES), Reminder.state == ReminderState.PLANNED, *which)
        return session.scalar(ours if bazaar_id is None else ours.where(Edition.bazaar_id == bazaar_id)) or 0

    return HoldPage(
        hold.id,
        hold.reason,
        "",
        0,
        hold.began_at,
        None,
        known_count=int(number or 0),
        useful_count=count(due_before, ~stale),
        stale_count=count(due_before, stale),
        later_count=count(~due_before, Reminder.due_at <= now, ~stale),
        is_deciding=is_deciding,
    )


def _has_others(session: Session, bazaar_id: int) -> bool:
    """Whether other bazaars in earnest share this deployment: then what is true for all is decided by whoever keeps the server."""
    others = select(Edition.id).where(Edition.bazaar_id != bazaar_id, Edition.is_demo.is_(False), Edition.archived_at.is_(None))
    return session.scalar(others.limit(1)) is not None


def release_hold(hold_id: int, choice: Choice, *, by: int | None, bazaar_id: int | None = None, actor: str = "", now: datetime) -> int:
    """Let sending go on. `drop` expires what was due before the backup was restored. Returns how many expired.

    Refuses `hold_over` where it ended already, `hold_of_all` where other bazaars share the deployment.
    """
    with transaction() as session:
        hold = session.scalar(select(SendingHold).where(SendingHold.id == hold_id).with_for_update())
        if hold is None or hold.released_at is not None:
            raise Refusal("hold_over")
        if bazaar_id is not None and _has_others(session, bazaar_id):
            raise Refusal("hold_of_all")
        dropped = _drop_due(session, hold, now) if hold.reason is HoldReason.RESTORE and choice == "drop" else 0
        hold.released_at, hold.released_by = now, by
        name = session.get_one(Account, by).name if by is not None else actor
        session.add(
            Audit(
                at=now,
                bazaar_id=bazaar_id,
                account_id=by,
                actor=name,
                action="release_hold",
                subject_kind="sending_hold",
                subject_id=hold.id,
                after={"reason": hold.reason, "choice": choice, "dropped": dropped},
            )
        )
        return dropped


def _drop_due(session: Session, hold: SendingHold, now: datetime) -> int:
    due = select(Delivery.id).join(Reminder).where(Reminder.due_at < hold.began_at)
    calling = {DeliveryState.SENDING}
    move_deliveries(session, Delivery.id.in_(due), leaving=calling, to=DeliveryState.UNKNOWN, now=now, note=MISSED_NOTE)
    ids = session.scalars(due.where(Delivery.state.in_(OPEN_DELIVERY_STATES))).all()
    return len(
        move_deliveries(session, Delivery.id.in_(ids), leaving=OPEN_DELIVERY_STATES, to=DeliveryState.EXPIRED, now=now, note=MISSED_NOTE)
    )
