"""Plans reminders as rows, in the transaction of whatever changed the turns in force; nothing is sent here.

Every row has a key that names its occasion, so planning the same thing twice changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from bazaar.database import reading, transaction
from bazaar.reminders.changes import compare_plans, starts_by_vendor
from bazaar.reminders.notices import plan_notices
from bazaar.reminders.policy import window_before, window_recap
from bazaar.reminders.rows import Draft, insert_reminders, retire_reminders, revive_reminders
from bazaar.states import ReminderKind, ReminderState, RotationState
from bazaar.turns import PublishedTurn, published_turns
from models import Edition, Reminder, Rotation, Slot, Vendor


@dataclass(frozen=True)
class PlanCounts:
    """Vendors by what happened to them, and how many messages were planned that may still go out."""

    new: int
    moved: int
    removed: int
    unchanged: int
    planned: int


def replace_plan(session: Session, edition_id: int, *, previous: Sequence[PublishedTurn], now: datetime) -> PlanCounts:
    """Step: make the reminders fit the turns in force. `previous` are the turns in force before the change.

    Reminders of unchanged turns stay as they are, sent ones included. Those of turns that moved or went are superseded or
    cancelled. Vendors of `previous` whose turns ahead changed get one notice. New vendors get none but their reminders, unless
    they step in so late that the long reminder is over, or had been told that their turn is off.
    """
    edition = session.scalars(select(Edition).where(Edition.id == edition_id).with_for_update(key_share=True)).one()
    current = [] if edition.archived_at else published_turns(session, edition_id)
    before, after = starts_by_vendor(previous), starts_by_vendor(current)
    planned = _plan_before(session, edition, current, now)
    if not edition.archived_at:
        planned += plan_notices(session, edition, before, after, now=now)
    gone = (Vendor.edition_id == edition_id, or_(Vendor.withdrawn_at.is_not(None), Vendor.archived_at.is_not(None)))
    changes = compare_plans(before, after, left=set(session.scalars(select(Vendor.id).where(*gone))))
    return PlanCounts(len(changes.new), len(changes.moved), len(changes.removed), len(changes.unchanged), planned)


def plan_recap(
    session: Session, edition_id: int, *, vendor_id: int, slot_id: int, turn_starts_at: datetime, details: dict[str, Any], now: datetime
) -> bool:
    """Step: plan the summary of a turn just closed; False when it is planned already or the edition is archived.

    A closing that comes more than 72 hours late plans a summary that is expired from the start: old news helps nobody.
    """
    edition = session.get_one(Edition, edition_id)
    key = f"recap:{vendor_id}:{slot_id}"
    if edition.archived_at or session.scalar(select(Reminder.id).where(Reminder.edition_id == edition_id, Reminder.key == key)):
        return False
    closes_at = session.get_one(Slot, slot_id).ends_at + timedelta(seconds=edition.grace_seconds)
    draft = Draft(
        key=key,
        vendor_id=vendor_id,
        kind=ReminderKind.RECAP,
        window=window_recap(now, closes_at),
        slot_id=slot_id,
        turn_starts_at=turn_starts_at,
        details=details,
    )
    insert_reminders(session, edition_id, [draft], now=now)
    return True


def plan_missing(*, now: datetime) -> int:
    """Plan what ought to be planned and is not, in every edition: the beat that heals. Returns how many editions needed it.

    Leads that an organizer changed take effect here. It tells nobody of changes; that is for whoever made them.
    """
    edition_ids = _editions_out_of_step(now)
    for edition_id in edition_ids:
        with transaction() as session:
            replace_plan(session, edition_id, previous=published_turns(session, edition_id), now=now)
    return len(edition_ids)


def _editions_out_of_step(now: datetime) -> list[int]:
    with reading() as session:
        editions = session.scalars(
            select(Edition)
            .join(Rotation, Rotation.edition_id == Edition.id)
            .where(Edition.archived_at.is_(None), Rotation.state == RotationState.PUBLISHED)
        ).all()
        return [edition.id for edition in editions if _is_out_of_step(session, edition, now)]


def _is_out_of_step(session: Session, edition: Edition, now: datetime) -> bool:
    ahead = [turn for turn in published_turns(session, edition.id) if turn.starts_at > now]
    there = session.scalars(select(Reminder.key).where(*_before_ahead(edition.id, now), Reminder.state == ReminderState.PLANNED))
    return set(_wanted_before(edition, ahead)) != set(there)


def _before_ahead(edition_id: int, now: datetime) -> tuple[Any, ...]:
    return Reminder.edition_id == edition_id, Reminder.kind == ReminderKind.BEFORE, Reminder.turn_starts_at > now


def _wanted_before(edition: Edition, turns: Iterable[PublishedTurn]) -> dict[str, Draft]:
    drafts = {}
    for turn in turns:
        for lead in sorted({int(lead) for lead in edition.reminder_leads}, reverse=True):
            key = f"before:{turn.vendor_id}:{turn.starts_at.astimezone(UTC):%Y%m%dT%H%M%S}:{lead}"
            drafts[key] = Draft(
                key=key,
                vendor_id=turn.vendor_id,
                kind=ReminderKind.BEFORE,
                window=window_before(turn.starts_at, lead),
                slot_id=turn.slot_id,
                lead_minutes=lead,
                turn_starts_at=turn.starts_at,
            )
    return drafts


def _plan_before(session: Session, edition: Edition, turns: Sequence[PublishedTurn], now: datetime) -> int:
    """Insert what is missing, bring back what returned, retire what no longer fits; returns how many may go that could not before."""
    wanted = _wanted_before(edition, turns)
    rows = session.execute(
        select(Reminder.id, Reminder.key, Reminder.state, Reminder.vendor_id, Reminder.slot_id, Reminder.turn_starts_at).where(
            Reminder.edition_id == edition.id, Reminder.kind == ReminderKind.BEFORE
        )
    ).all()
    planned = insert_reminders(session, edition.id, _missing(wanted, {row.key for row in rows}), now=now)
    planned += revive_reminders(session, [row.id for row in rows if row.key in wanted and row.state is not ReminderState.PLANNED], now=now)
    for row in rows:
        if row.key in wanted and row.slot_id != wanted[row.key].slot_id:  # the same instant in another live session's slot
            session.execute(update(Reminder).where(Reminder.id == row.id).values(slot_id=wanted[row.key].slot_id))
    unwanted = [row for row in rows if row.key not in wanted and row.state is ReminderState.PLANNED and row.turn_starts_at > now]
    staying = {turn.vendor_id for turn in turns if turn.starts_at > now}
    moved = [row.id for row in unwanted if row.vendor_id in staying]
    retire_reminders(session, moved, ReminderState.SUPERSEDED, now=now, note="giliran pindah")
    gone = [row.id for row in unwanted if row.vendor_id not in staying]
    retire_reminders(session, gone, ReminderState.CANCELLED, now=now, note="giliran batal")
    return planned


def _missing(wanted: dict[str, Draft], there: set[str]) -> list[Draft]:
    return [draft for key, draft in wanted.items() if key not in there]
