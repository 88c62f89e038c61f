"""An answer decides which reminders of its turn are still of use: the others do not go any more.

It happens twice, by the same rule (`policy.leads_after_answer`): in the transaction of the answer, so that nothing claimed a moment
later leaves, and at the beginning of each pass, for whatever came back open since (another way after a failure, a plan made anew).
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bazaar.reminders.policy import leads_after_answer
from bazaar.reminders.rows import UNSENT_STATES, move_deliveries, revive_reminders
from bazaar.states import AnswerKind, DeliveryState, ReminderKind, ReminderState
from models import Answer, Delivery, Edition, Reminder

READY_NOTE = "lapak sudah menjawab siap"
UNABLE_NOTE = "lapak sudah menjawab berhalangan"
CHANGED_NOTE = "jawaban lapak berubah"

_NOTES = {AnswerKind.READY: READY_NOTE, AnswerKind.UNABLE: UNABLE_NOTE}


def fit_nudges(session: Session, slot_id: int, vendor_id: int, *, now: datetime) -> None:
    """Step: after an answer about a turn: cancel its reminders that help nobody any more, bring back those that do again."""
    session.flush()
    answer = newest_by_turn(session, [slot_id]).get((slot_id, vendor_id))
    rows = session.execute(
        select(Reminder.id, Reminder.lead_minutes, Reminder.turn_starts_at, Edition.reminder_leads)
        .join(Edition, Edition.id == Reminder.edition_id)
        .where(
            Reminder.slot_id == slot_id,
            Reminder.vendor_id == vendor_id,
            Reminder.kind == ReminderKind.BEFORE,
            Reminder.state == ReminderState.PLANNED,
            Reminder.stale_at > now,
        )
        .order_by(Reminder.id)
        .with_for_update(of=Reminder)  # the reminder first, then its deliveries, as whoever sends one does
    ).all()
    if answer is None:
        return
    kept = {row.id for row in rows if _is_wanted(row.lead_minutes, row.turn_starts_at, row.reminder_leads, answer)}
    dropped = [row.id for row in rows if row.id not in kept]
    move_deliveries(
        session,
        Delivery.reminder_id.in_(dropped),
        leaving=UNSENT_STATES,
        to=DeliveryState.CANCELLED,
        now=now,
        note=_NOTES[answer.kind],
    )
    revive_reminders(session, sorted(kept), now=now, note=CHANGED_NOTE)


def withdraw_answered(session: Session, *, now: datetime) -> None:
    """Step: what is due and was made needless by an answer, however it came back open, does not go."""
    rows = session.execute(
        select(Delivery.id, Reminder, Edition.reminder_leads)
        .join(Reminder, Reminder.id == Delivery.reminder_id)
        .join(Edition, Edition.id == Reminder.edition_id)
        .where(
            Delivery.state.in_(UNSENT_STATES),
            or_(Delivery.next_at <= now, Delivery.state == DeliveryState.WAITING_FOR_HAND),
            Reminder.kind == ReminderKind.BEFORE,
            Reminder.turn_starts_at > now,
            select(Answer.id).where(Answer.slot_id == Reminder.slot_id, Answer.vendor_id == Reminder.vendor_id).exists(),
        )
    ).all()
    answers = newest_by_turn(session, {reminder.slot_id for _id, reminder, _leads in rows if reminder.slot_id})
    needless: defaultdict[AnswerKind, list[int]] = defaultdict(list)
    for delivery_id, reminder, leads in rows:
        answer = answers[reminder.slot_id, reminder.vendor_id]
        if not _is_wanted(reminder.lead_minutes, reminder.turn_starts_at, leads, answer):
            needless[answer.kind].append(delivery_id)
    for kind, ids in needless.items():
        move_deliveries(session, Delivery.id.in_(ids), leaving=UNSENT_STATES, to=DeliveryState.CANCELLED, now=now, note=_NOTES[kind])


def newest_by_turn(session: Session, slot_ids: Collection[int]) -> dict[tuple[int, int], Answer]:
    """Query: (slot id, vendor id) -> the answer that counts, about these slots."""
    if not slot_ids:
        return {}
    newest = select(func.max(Answer.id)).where(Answer.slot_id.in_(slot_ids)).group_by(Answer.slot_id, Answer.vendor_id)
    return {(answer.slot_id, answer.vendor_id): answer for answer in session.scalars(select(Answer).where(Answer.id.in_(newest)))}


def _is_wanted(lead: int | None, starts_at: datetime | None, leads: Collection[int], answer: Answer) -> bool:
    assert starts_at is not None  # of every reminder before a turn
    return lead in leads_after_answer([int(each) for each in leads], answer.kind, ahead=starts_at - answer.answered_at)
