"""The list that a person sends by WhatsApp: each message ready to tap, ticked off once it went."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from bazaar.database import reading, transaction
from bazaar.phones import whatsapp_number, whatsapp_url
from bazaar.refusals import Refusal
from bazaar.reminders.compose import write
from bazaar.reminders.fallback import drop_other_ways
from bazaar.reminders.letter import HIDDEN_LINK, Facts, facts_of, gather_letter, letter_of
from bazaar.reminders.policy import urgent_before
from bazaar.reminders.rows import move_deliveries
from bazaar.reminders.settling import message_of, note_settled
from bazaar.reminders.world import VendorLinks
from bazaar.states import DeliveryState, LinkKind, ReminderKind, ReminderState
from bazaar.vendors.links import vendor_nonce
from models import Delivery, Edition, Link, Reminder, Vendor

_WAITING = (Delivery.state == DeliveryState.WAITING_FOR_HAND, Reminder.state == ReminderState.PLANNED)


@dataclass(frozen=True)
class HandLine:
    """One message that waits for a person. `url` opens WhatsApp with the text typed in; empty where the number is invented or no mobile."""

    delivery_id: int
    vendor_id: int
    owner_name: str
    business_name: str
    phone: str
    kind: ReminderKind
    lead_minutes: int | None
    turn_starts_at: datetime | None
    send_before: datetime  # the nearest turn it is about; it may still be useful afterwards
    text: str
    url: str


def hand_list(edition_id: int, links: VendorLinks, *, now: datetime) -> list[HandLine]:
    """What waits for a person, the most urgent first, each text written for this very moment."""
    _make_missing_links(edition_id, links, now)
    with reading() as session:
        is_demo = session.get_one(Edition, edition_id).is_demo
        waiting = _waiting(session, edition_id, now)
        facts = facts_of(session, [reminder for _delivery, reminder, _vendor in waiting])
        nonces = _nonces(session, {vendor.id for _delivery, _reminder, vendor in waiting})
        lines = [line for row in waiting if (line := _line(facts, *row, links, nonces, is_demo, now))]
    return sorted(lines, key=lambda line: (line.send_before, line.delivery_id))


def open_hand_count(edition_id: int, *, now: datetime) -> int:
    """How many messages wait for a person: the figure beside `Pesan`."""
    with reading() as session:
        waiting = (
            select(func.count())
            .select_from(Delivery)
            .join(Reminder, Reminder.id == Delivery.reminder_id)
            .where(*_WAITING, Reminder.edition_id == edition_id, Reminder.stale_at > now)
        )
        return session.scalar(waiting) or 0


def tick_off(edition_id: int, delivery_id: int, *, by: int | None, now: datetime) -> bool:
    """Note that a person sent it; False where somebody had ticked it off already. Refuses `not_found`, `message_is_over`."""
    with transaction() as session:
        delivery, reminder, vendor = message_of(session, edition_id, delivery_id)
        if delivery.state is DeliveryState.ACCEPTED:
            return False
        letter = gather_letter(session, reminder, link=HIDDEN_LINK, now=now)
        moved = move_deliveries(
            session,
            Delivery.id == delivery_id,
            leaving={DeliveryState.WAITING_FOR_HAND},
            to=DeliveryState.ACCEPTED,
            now=now,
            note="dikirim panitia lewat WhatsApp",
            by=by,
            text=write(letter).whatsapp if letter else None,
            attempt_count=1,
        )
        if not moved:
            raise Refusal("message_is_over")
        drop_other_ways(session, delivery_id, now=now)
        note_settled(session, "tick_off_message", delivery_id, reminder, vendor, by=by, now=now)
        return True


def _nonces(session: Session, vendor_ids: Collection[int]) -> dict[int, str]:
    """By vendor: what the token of the current link is made from."""
    rows = session.execute(
        select(Link.vendor_id, Link.nonce).where(Link.vendor_id.in_(vendor_ids), Link.kind == LinkKind.VENDOR, Link.revoked_at.is_(None))
    )
    return {vendor_id: nonce for vendor_id, nonce in rows if vendor_id is not None}


def _waiting(session: Session, edition_id: int, now: datetime) -> Sequence[tuple[Delivery, Reminder, Vendor]]:
    rows = session.execute(
        select(Delivery, Reminder, Vendor)
        .join(Reminder, Reminder.id == Delivery.reminder_id)
        .join(Vendor, Vendor.id == Reminder.vendor_id)
        .where(*_WAITING, Reminder.edition_id == edition_id, Reminder.stale_at > now)
    ).all()
    return [(delivery, reminder, vendor) for delivery, reminder, vendor in rows]


def _line(
    facts: Facts,
    delivery: Delivery,
    reminder: Reminder,
    vendor: Vendor,
    links: VendorLinks,
    nonces: Mapping[int, str],
    is_demo: bool,
    now: datetime,
) -> HandLine | None:
    nonce = nonces.get(vendor.id)
    letter = letter_of(facts, reminder, link=links.vendor(nonce), now=now) if nonce else None
    if letter is None:
        return None
    text = write(letter).whatsapp
    number = "" if is_demo else whatsapp_number(vendor.phone)
    return HandLine(
        delivery_id=delivery.id,
        vendor_id=vendor.id,
        owner_name=vendor.owner_name,
        business_name=vendor.business_name,
        phone=vendor.phone,
        kind=reminder.kind,
        lead_minutes=reminder.lead_minutes,
        turn_starts_at=reminder.turn_starts_at,
        send_before=_send_before(reminder, now),
        text=text,
        url=whatsapp_url(number, text) if number else "",
    )


def _send_before(reminder: Reminder, now: datetime) -> datetime:
    gone, added = ([datetime.fromisoformat(at) for at in reminder.details.get(name, ())] for name in ("gone", "added"))
    return urgent_before(gone, added, reminder.stale_at, now=now)


def _make_missing_links(edition_id: int, links: VendorLinks, now: datetime) -> None:
    """A message needs its vendor's link; one is made where none is, and nothing is written where all have theirs."""
    has_link = exists().where(Link.vendor_id == Vendor.id, Link.kind == LinkKind.VENDOR, Link.revoked_at.is_(None))
    addressed = (
        select(Reminder.vendor_id).join(Delivery, Delivery.reminder_id == Reminder.id).where(*_WAITING, Reminder.edition_id == edition_id)
    )
    without = select(Vendor).where(Vendor.id.in_(addressed), ~has_link).order_by(Vendor.id)
    with reading() as session:
        if session.scalars(without).first() is None:
            return
    with transaction() as session:
        for vendor in session.scalars(without).all():
            vendor_nonce(session, vendor, links.secret_key, now=now)
