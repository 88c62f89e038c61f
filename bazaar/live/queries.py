"""What the console of a live session shows, as one document: turns, products, entries, totals."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar import localtime
from bazaar.database import reading
from bazaar.refusals import Refusal
from bazaar.reminders.call_list import CallLine, call_list_in
from bazaar.sales.queries import (
    EntryLine,
    SoldTotals,
    newest_entries,
    open_conflict_count,
    pieces_by_product,
    pieces_by_slot_and_product,
    sold_by_slot,
)
from bazaar.states import AnswerKind
from bazaar.turns import select_published
from bazaar.vendors.answers import newest_answers
from models import Answer, Closing, Edition, LiveSession, Product, Slot, Vendor

MOST_ENTRIES_SHOWN = 300


@dataclass(frozen=True)
class _Turn:
    """A slot of the live session with whoever stands in it."""

    slot: Slot
    vendor: Vendor | None
    is_closed: bool
    answer: AnswerKind | None


def console_state(live_session_id: int, *, now: datetime) -> dict[str, Any]:
    """The state of a live session for its console. Its `version` changes with anything in it but the clock. Refuses `not_found`.

    A product's `sold` counts pieces of this turn; its `stock` is what remains after all sales of the edition (null: not counted).
    """
    with reading() as session:
        state = _state(session, live_session_id, now)
    version = hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:20]
    return {"now": now.isoformat(), "version": version, **state}


def state_version(live_session_id: int, *, now: datetime) -> str:
    """The version that `console_state` would have now. Refuses `not_found`."""
    return str(console_state(live_session_id, now=now)["version"])


def _state(session: Session, live_session_id: int, now: datetime) -> dict[str, Any]:
    row = session.execute(
        select(LiveSession, Edition).join(Edition, Edition.id == LiveSession.edition_id).where(LiveSession.id == live_session_id)
    ).one_or_none()
    if row is None:
        raise Refusal("not_found")
    live_session, edition = row
    turns = _turns(session, live_session_id)
    slot_ids = [turn.slot.id for turn in turns]
    sold = sold_by_slot(session, slot_ids)
    products = _products(session, edition.id, slot_ids, [turn.vendor.id for turn in turns if turn.vendor])
    return {
        "live_session": _live_session_document(live_session, edition),
        "grace_seconds": edition.grace_seconds,
        "turns": [_turn_document(turn, edition.grace_seconds, sold.get(turn.slot.id, SoldTotals()), products) for turn in turns],
        "entries": [_entry_document(line) for line in newest_entries(session, live_session_id, limit=MOST_ENTRIES_SHOWN)],
        "totals": _totals_document(sum(sold.values(), SoldTotals())),
        "conflict_count": open_conflict_count(session, live_session_id),
        "calls": [_call_document(line) for line in call_list_in(session, edition.id, live_session_id=live_session_id, now=now)],
    }


def _call_document(line: CallLine) -> dict[str, Any]:
    return {
        "slot_id": line.slot_id,
        "vendor_id": line.vendor_id,
        "owner_name": line.owner_name,
        "business_name": line.business_name,
        "clock": line.clock,
        "phone": line.phone,
        "tried": list(line.tried),
    }


def _turns(session: Session, live_session_id: int) -> list[_Turn]:
    slots = session.execute(
        select(Slot, Closing.id)
        .outerjoin(Closing, Closing.slot_id == Slot.id)
        .where(Slot.live_session_id == live_session_id)
        .order_by(Slot.position)
    ).all()
    vendors = {row[1].id: row[3] for row in session.execute(select_published().where(Slot.live_session_id == live_session_id))}
    answers = newest_answers(session, Answer.slot_id.in_([slot.id for slot, _ in slots]))
    return [
        _Turn(slot, vendor, closing_id is not None, answer.kind if answer else None)
        for slot, closing_id in slots
        for vendor in [vendors.get(slot.id)]
        for answer in [answers.get((slot.id, vendor.id)) if vendor else None]
    ]


def _products(
    session: Session, edition_id: int, slot_ids: Sequence[int], vendor_ids: Sequence[int]
) -> dict[tuple[int, int], list[dict[str, Any]]]:
    """(slot id, vendor id) -> the vendor's products as tiles."""
    products = session.scalars(
        select(Product)
        .where(Product.vendor_id.in_(vendor_ids), Product.withdrawn_at.is_(None), Product.archived_at.is_(None))
        .order_by(Product.code)
    ).all()
    in_slot = pieces_by_slot_and_product(session, slot_ids)
    in_edition = pieces_by_product(session, edition_id, [product.id for product in products if product.stock is not None])
    return {
        (slot_id, vendor_id): [
            {
                "code": product.code,
                "name": product.name,
                "price_idr": product.price_idr,
                "unit": product.unit,
                "stock": None if product.stock is None else max(0, product.stock - in_edition.get(product.id, 0)),
                "sold": in_slot.get((slot_id, product.id), 0),
            }
            for product in products
            if product.vendor_id == vendor_id
        ]
        for slot_id in slot_ids
        for vendor_id in set(vendor_ids)
    }


def _live_session_document(live_session: LiveSession, edition: Edition) -> dict[str, Any]:
    return {
        "id": live_session.id,
        "title": localtime.live_session_title(live_session.starts_at, edition.timezone),
        "edition": edition.name,
        "timezone": edition.timezone,
        "zone": localtime.zone_name(live_session.starts_at, edition.timezone),
        "starts_at": live_session.starts_at.isoformat(),
        "ends_at": live_session.ends_at.isoformat(),
        "zoom_url": live_session.zoom_url,
        "youtube_url": live_session.youtube_url,
        "host_name": live_session.host_name,
        "is_withdrawn": live_session.withdrawn_at is not None,
    }


def _turn_document(
    turn: _Turn, grace_seconds: int, sold: SoldTotals, products: dict[tuple[int, int], list[dict[str, Any]]]
) -> dict[str, Any]:
    slot, vendor = turn.slot, turn.vendor
    return {
        "slot_position": slot.position,
        "starts_at": slot.starts_at.isoformat(),
        "ends_at": slot.ends_at.isoformat(),
        "accepts_until": (slot.ends_at + timedelta(seconds=grace_seconds)).isoformat(),
        "vendor": _vendor_document(vendor) if vendor else None,
        "answer": turn.answer.value if turn.answer else "waiting",
        "is_closed": turn.is_closed,
        **_totals_document(sold),
        "products": products.get((slot.id, vendor.id), []) if vendor else [],
    }


def _vendor_document(vendor: Vendor) -> dict[str, Any]:
    return {
        "id": vendor.id,
        "business_name": vendor.business_name,
        "owner_name": vendor.owner_name,
        "district": vendor.district,
        "category": vendor.category,
        "note": vendor.note,
    }


def _totals_document(totals: SoldTotals) -> dict[str, int]:
    return {"sale_count": totals.sale_count, "item_count": totals.item_count, "amount_idr": totals.amount_idr}


def _entry_document(line: EntryLine) -> dict[str, Any]:
    return {
        "uuid": line.uuid,
        "kind": line.kind.value,
        "void_of": line.void_of,
        "slot_position": line.slot_position,
        "product_code": line.product_code,
        "product_name": line.product_name,
        "qty": line.quantity,
        "unit_price_idr": line.unit_price_idr,
        "amount_idr": line.amount_idr,
        "buyer_alias": line.buyer_alias,
        "payment_method": line.payment_method.value if line.payment_method else None,
        "received_at": line.received_at.isoformat(),
        "server_seq": line.server_seq,
        "verdict": line.verdict.value,
        "device": line.device_name,
        "is_voided": line.is_voided,
        "void_reason": line.void_reason,
        "flags": line.flags,
    }
