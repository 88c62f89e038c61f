"""The call list: vendors whose turn is ten minutes away, whom nothing reached for certain and who gave no sign.

It is a question to the rows, asked whenever a page is opened, and no beat has to be on time for it: while the scheduler is down it is
longer, never wrong.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.accounts import audit
from bazaar.database import reading, transaction
from bazaar.localtime import clock_zone_text
from bazaar.refusals import Refusal
from bazaar.reminders.words import moment, tried_words
from bazaar.states import AnswerKind, ChannelName, DeliveryState, ReminderKind
from bazaar.turns import select_published
from bazaar.vendors.answers import newest_answers, note_answer, published_slot
from bazaar.vendors.links import last_opened
from models import Answer, Audit, Delivery, Edition, Reminder, Slot, Turn, Vendor

CALL_BEFORE = timedelta(minutes=10)
LOOKED_WITHIN = timedelta(hours=12)
"""Where no message ever left: so long before the turn an opened page counts as a sign."""
UNANSWERED = "call_unanswered"

Outcome = Literal["ready", "unable", "unanswered"]
_ARRIVED = frozenset({DeliveryState.DELIVERED, DeliveryState.READ})
_HAS_LEFT = _ARRIVED | {DeliveryState.ACCEPTED, DeliveryState.UNKNOWN, DeliveryState.UNRESOLVED}


@dataclass(frozen=True)
class CallLine:
    """Somebody to telephone now. `phone` is empty where the edition's numbers are invented."""

    slot_id: int
    live_session_id: int
    vendor_id: int
    owner_name: str
    business_name: str
    starts_at: datetime
    clock: str  # 20.15 WIB
    phone: str  # E.164
    tried: tuple[str, ...]  # what was sent and what is known of it; then calls that nobody answered


def call_list(edition_id: int, *, live_session_id: int | None = None, now: datetime) -> tuple[CallLine, ...]:
    """Whom to telephone, the next turn first; of one live session where that is asked for."""
    with reading() as session:
        return call_list_in(session, edition_id, live_session_id=live_session_id, now=now)


def call_list_in(session: Session, edition_id: int, *, live_session_id: int | None = None, now: datetime) -> tuple[CallLine, ...]:
    """Query: as `call_list`. One statement while no turn is near."""
    near = select_published().where(Turn.edition_id == edition_id, Slot.starts_at > now, Slot.starts_at <= now + CALL_BEFORE)
    if live_session_id is not None:
        near = near.where(Slot.live_session_id == live_session_id)
    rows = [(slot, vendor) for _turn, slot, _live_session, vendor in session.execute(near.order_by(Slot.starts_at, Slot.id))]
    if not rows:
        return ()
    slot_ids, vendor_ids = {slot.id for slot, _ in rows}, {vendor.id for _, vendor in rows}
    edition = session.get_one(Edition, edition_id)
    answered = newest_answers(session, Answer.slot_id.in_(slot_ids))
    sent = _deliveries(session, slot_ids)
    opened = last_opened(session, vendor_ids)
    calls = _unanswered_calls(session, vendor_ids, now)
    return tuple(
        CallLine(
            slot_id=slot.id,
            live_session_id=slot.live_session_id,
            vendor_id=vendor.id,
            owner_name=vendor.owner_name,
            business_name=vendor.business_name,
            starts_at=slot.starts_at,
            clock=clock_zone_text(slot.starts_at, edition.timezone),
            phone="" if edition.is_demo else vendor.phone,
            tried=(
                *_tried(vendor, sent[slot.id, vendor.id], edition.timezone, now),
                *(f"Ditelepon {moment(at, edition.timezone, now=now)} oleh {by}, tidak diangkat" for at, by in calls[slot.id, vendor.id]),
            ),
        )
        for slot, vendor in rows
        if (slot.id, vendor.id) not in answered and not _has_shown(slot, sent[slot.id, vendor.id], opened.get(vendor.id))
    )


def note_call(
    edition_id: int,
    slot_id: int,
    vendor_id: int,
    outcome: Outcome,
    *,
    by: int | None = None,
    link_id: int | None = None,
    actor: str = "",
    live_session_id: int | None = None,
    now: datetime,
) -> None:
    """Note how a call went: an answer, as every other one, or that nobody picked up, which keeps the vendor on the list.

    `link_id` is the host's link, where no account called, `live_session_id` the one that whoever called may run.
    Refuses `turn_changed`, `turn_over`, and `not_found` where the slot is in another live session.
    """
    with transaction() as session:
        slot = session.get(Slot, slot_id)
        if slot is None or slot.edition_id != edition_id or live_session_id not in (None, slot.live_session_id):
            raise Refusal("not_found")
        if outcome != "unanswered":
            kind = AnswerKind(outcome)
            note_answer(session, edition_id, slot_id, vendor_id, kind, by=by, link_id=link_id, actor=actor, now=now)
            return
        published_slot(session, edition_id, slot_id, vendor_id)
        bazaar_id = session.get_one(Edition, edition_id).bazaar_id
        after = {"slot_id": slot_id}
        audit.note(session, UNANSWERED, "vendor", vendor_id, now=now, bazaar_id=bazaar_id, by=by, actor=actor, after=after)


@dataclass(frozen=True)
class _Sent:
    """One delivery of a reminder about the turn. `at`: when the last call began, or a person ticked it off."""

    channel: ChannelName
    state: DeliveryState
    at: datetime | None


def _deliveries(session: Session, slot_ids: Collection[int]) -> defaultdict[tuple[int, int], list[_Sent]]:
    rows = session.execute(
        select(Reminder.slot_id, Reminder.vendor_id, Delivery.channel, Delivery.state, Delivery.called_at, Delivery.finished_at)
        .join(Delivery, Delivery.reminder_id == Reminder.id)
        .where(Reminder.slot_id.in_(slot_ids), Reminder.kind == ReminderKind.BEFORE)
        .order_by(Reminder.due_at, Delivery.id)
    )
    found: defaultdict[tuple[int, int], list[_Sent]] = defaultdict(list)
    for slot_id, vendor_id, channel, state, called_at, finished_at in rows:
        if slot_id is not None:
            found[slot_id, vendor_id].append(_Sent(channel, state, called_at or finished_at))
    return found


def _unanswered_calls(
    session: Session, vendor_ids: Collection[int], now: datetime
) -> defaultdict[tuple[int, int], list[tuple[datetime, str]]]:
    rows = session.scalars(
        select(Audit)
        .where(
            Audit.subject_kind == "vendor",
            Audit.subject_id.in_(vendor_ids),
            Audit.action == UNANSWERED,
            Audit.at > now - LOOKED_WITHIN,
        )
        .order_by(Audit.id)
    )
    found: defaultdict[tuple[int, int], list[tuple[datetime, str]]] = defaultdict(list)
    for row in rows:
        found[(row.after or {}).get("slot_id", 0), row.subject_id or 0].append((row.at, row.actor))
    return found


def _has_shown(slot: Slot, sent: Iterable[_Sent], opened_at: datetime | None) -> bool:
    """Whether a message arrived for certain, or the page was opened since the first that left."""
    sent = list(sent)
    if any(one.state in _ARRIVED for one in sent):
        return True
    since = min((one.at for one in sent if one.state in _HAS_LEFT and one.at), default=slot.starts_at - LOOKED_WITHIN)
    return opened_at is not None and opened_at >= since


def _tried(vendor: Vendor, sent: Iterable[_Sent], timezone: str, now: datetime) -> list[str]:
    words = [tried_words(one.channel, one.state, one.at, timezone, now=now) for one in sent]
    told = list(dict.fromkeys(word for word in words if word))  # two reminders that never left say the same
    if vendor.opted_out_at is not None:
        told = list(dict.fromkeys([*told, "Lapak minta tidak dikirimi pesan"]))
    return told or ["Belum ada pesan yang berangkat"]
