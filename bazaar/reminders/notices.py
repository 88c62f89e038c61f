"""Plans the notices that tell vendors what changed: one for each vendor whose turns ahead are not what they were told."""

from collections.abc import Collection, Iterable
from datetime import datetime
from hashlib import sha256

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bazaar.reminders.changes import News, Starts, news_of
from bazaar.reminders.policy import LOST_TURN_LIFE, Window, is_long, window_before, window_cancelled, window_changed
from bazaar.reminders.rows import NOTICES, Draft, insert_reminders, retire_reminders, revive_reminders
from bazaar.states import OPEN_DELIVERY_STATES, DeliveryState, ReminderKind, ReminderState, RotationState
from models import Delivery, Edition, Reminder, Rotation

_UNHEARD = frozenset({DeliveryState.PLANNED, DeliveryState.CLAIMED})


def plan_notices(session: Session, edition: Edition, before: Starts, after: Starts, *, now: datetime) -> int:
    """Step: plan a notice for every vendor of `before` whose turns ahead changed, and for those to welcome; returns how many.

    A notice that has not left yet is folded into the new one: moved away and back within the debounce tells nothing,
    moved twice tells once, from what the vendor really heard last.
    """
    vendor_ids = {vendor_id for vendor_id in before.keys() | after.keys() if before.get(vendor_id) != after.get(vendor_id)}
    heard = _fold_waiting_notices(session, edition.id, vendor_ids, now)
    welcome = vendors_to_welcome(session, edition, before, after, now=now) | {vendor_id for vendor_id, told in heard.items() if not told}
    number = session.scalar(select(Rotation.number).where(Rotation.edition_id == edition.id, Rotation.state == RotationState.PUBLISHED))
    drafts = []
    for vendor_id in sorted(vendor_ids):
        told = heard.get(vendor_id, before.get(vendor_id, frozenset()))
        news = news_of(told, after.get(vendor_id, frozenset()), now=now)
        if (told or vendor_id in welcome) and not news.is_nothing:
            drafts.append(_draft(vendor_id, news, told, number or 0, now))
    return _insert_or_revive(session, edition.id, drafts, now)


def vendors_to_welcome(session: Session, edition: Edition, before: Starts, after: Starts, *, now: datetime) -> set[int]:
    """Query: vendors new to a plan who hear of it besides their reminders. Others learn of their turn by the first reminder.

    Two kinds: who was told that a turn is off, and who steps in when the reminder that leaves time to arrange a day is over.
    """
    new = after.keys() - before.keys()
    late = {vendor_id for vendor_id in new if before and _is_too_late_to_remind(edition, after[vendor_id], now)}
    return late | _told_of_cancelling(session, edition.id, new)


def _is_too_late_to_remind(edition: Edition, starts: Iterable[datetime], now: datetime) -> bool:
    first = min((at for at in starts if at > now), default=None)
    windows = [window_before(first, int(lead)) for lead in edition.reminder_leads if first and is_long(int(lead))]
    return bool(windows) and all(window.is_over(now) for window in windows)


def _draft(vendor_id: int, news: News, told: Iterable[datetime], rotation_number: int, now: datetime) -> Draft:
    kind = ReminderKind.CANCELLED if news.is_cancelled else ReminderKind.CHANGED
    instants = {"old": sorted(told), "gone": news.gone, "added": news.added}
    details = {name: [at.isoformat() for at in which] for name, which in instants.items()}
    digest = sha256(f"{news.gone}{news.added}{news.staying}".encode()).hexdigest()[:12]
    return Draft(
        key=f"{kind}:{vendor_id}:{rotation_number}:{now:%Y%m%dT%H%M%S}:{digest}",
        vendor_id=vendor_id,
        kind=kind,
        window=_window(news, now),
        turn_starts_at=min(news.gone + news.added),
        details=details,
    )


def _window(news: News, now: datetime) -> Window:
    """Good until the last new turn begins; without a new turn, until the last lost one is half an hour old."""
    if news.is_cancelled:
        return window_cancelled(now, news.gone[-1])
    until = news.added[-1] if news.added else news.gone[-1] + LOST_TURN_LIFE
    return window_changed(now, nearest_at=min(news.gone + news.added), until=until)


def _told_of_cancelling(session: Session, edition_id: int, vendor_ids: Collection[int]) -> set[int]:
    """Those of these vendors who may have read that their turn is off."""
    may_have_left = or_(Delivery.attempt_count > 0, Delivery.state == DeliveryState.WAITING_FOR_HAND)
    return set(
        session.scalars(
            select(Reminder.vendor_id)
            .join(Delivery, Delivery.reminder_id == Reminder.id)
            .where(
                Reminder.edition_id == edition_id,
                Reminder.kind == ReminderKind.CANCELLED,
                Reminder.vendor_id.in_(vendor_ids),
                may_have_left,
            )
        )
    )


def _fold_waiting_notices(session: Session, edition_id: int, vendor_ids: set[int], now: datetime) -> dict[int, frozenset[datetime]]:
    """Withdraw the notices of these vendors that have not left; gives what each of them was told before.

    One that may have been read (by hand, or tried once) is withdrawn as well, but counts as heard.
    """
    rows = session.execute(
        select(Reminder.id, Reminder.vendor_id, Reminder.details, Delivery.state, Delivery.attempt_count)
        .join(Delivery, Delivery.reminder_id == Reminder.id)
        .where(
            Reminder.edition_id == edition_id,
            Reminder.kind.in_(NOTICES),
            Reminder.state == ReminderState.PLANNED,
            Reminder.vendor_id.in_(vendor_ids),
            Delivery.state.in_(OPEN_DELIVERY_STATES),
        )
        .order_by(Reminder.id)
    ).all()
    retire_reminders(session, {row.id for row in rows}, ReminderState.SUPERSEDED, now=now, note="diganti kabar yang lebih baru")
    return {
        row.vendor_id: frozenset(datetime.fromisoformat(at) for at in row.details["old"])
        for row in rows
        if row.state in _UNHEARD and row.attempt_count == 0
    }


def _insert_or_revive(session: Session, edition_id: int, drafts: list[Draft], now: datetime) -> int:
    there = session.execute(
        select(Reminder.key, Reminder.id).where(Reminder.edition_id == edition_id, Reminder.key.in_({draft.key for draft in drafts}))
    ).all()
    keys = {key for key, _id in there}
    inserted = insert_reminders(session, edition_id, [draft for draft in drafts if draft.key not in keys], now=now)
    return inserted + revive_reminders(session, [reminder_id for _key, reminder_id in there], now=now)
