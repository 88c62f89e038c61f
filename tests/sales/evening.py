"""An evening on the air for tests of the ledger: two vendors, three slots (the last one empty), and entries as phones send them."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from bazaar.database import reading
from bazaar.sales.entry import VerdictOf, store_entries
from models import Edition, Entry
from tests import factories

STARTS_AT = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)
"""20.00 WIB. Slots of fifteen minutes follow: 20.00, 20.15, 20.30; grace is two minutes."""
FIRST_TURN, SECOND_TURN, EMPTY_SLOT = 1, 2, 3
_numbers = count(1)


@dataclass(frozen=True)
class Evening:
    """The ids of it. `tape` and `batik` are the codes of what the first and the second vendor sell."""

    bazaar_id: int
    edition_id: int
    live_session_id: int
    slot_ids: list[int]
    vendor_ids: list[int]
    tape: str = "K03"
    batik: str = "B07"

    def store(self, *entries: Any, at: datetime | None = None, **whose: Any) -> list[VerdictOf]:
        """Hand entries in, five minutes into the first turn unless `at` says otherwise."""
        return store_entries(self.live_session_id, entries, now=at or minutes(5), **whose)

    def store_again(self, *entries: Any, **kwargs: Any) -> list[str]:
        """The verdicts alone."""
        return [str(verdict.verdict) for verdict in self.store(*entries, **kwargs)]


def minutes(number: float) -> datetime:
    """So many minutes into the evening."""
    return STARTS_AT + timedelta(minutes=number)


def make_evening(*, bazaar_id: int | None = None, edition_id: int | None = None, **session_fields: Any) -> Evening:
    """Tape in the first turn, batik in the second, nobody in the third; published."""
    if edition_id is None:
        edition_id = factories.make_edition(bazaar_id=bazaar_id)
    live_session_id = factories.make_live_session(edition_id, starts_at=STARTS_AT, slot_count=3, **session_fields)
    slots = factories.slot_ids(live_session_id)
    tape = factories.make_vendor(edition_id, business_name="Dapur Tape Kenanga", owner_name="Bu Siti Aminah", district="Kaliwates")
    batik = factories.make_vendor(edition_id, business_name="Batik Bambu Gumitir", owner_name="Bu Mardiyah")
    factories.make_product(edition_id, tape, code="K03", name="Tape bakar keju isi 6", price_idr=18_000, unit="kotak", stock=10)
    factories.make_product(edition_id, batik, code="B07", name="Batik daun tembakau", price_idr=250_000, unit="lembar")
    factories.make_rotation(edition_id, [(slots[0], tape), (slots[1], batik)])
    with reading() as session:
        bazaar_id = session.get_one(Edition, edition_id).bazaar_id
    return Evening(bazaar_id, edition_id, live_session_id, slots, [tape, batik])


def sale(**fields: Any) -> dict[str, Any]:
    """Two boxes of tape in the first turn, under a UUID of its own."""
    number = next(_numbers)
    defaults = {
        "uuid": str(uuid.UUID(int=0x4000_8000_0000_0000_0000 + number)),
        "kind": "sale",
        "slot_position": FIRST_TURN,
        "product_code": "K03",
        "qty": 2,
        "unit_price_idr": 18_000,
        "buyer_alias": "Mbak Laras",
        "payment_method": "qris",
        "recorded_at": "2026-05-05T13:05:00.000Z",
        "device": "hp-1",
        "seq": number,
    }
    return {**defaults, **fields}


def void(of: dict[str, Any] | str, **fields: Any) -> dict[str, Any]:
    """A void of that sale."""
    number = next(_numbers)
    defaults = {
        "uuid": str(uuid.UUID(int=0x4000_8000_0000_0000_0000 + number)),
        "kind": "void",
        "void_of": of if isinstance(of, str) else of["uuid"],
        "reason": "Salah ketik",
        "recorded_at": "2026-05-05T13:06:00.000Z",
        "device": "hp-1",
        "seq": number,
    }
    return {**defaults, **fields}


def ledger(live_session_id: int) -> list[Entry]:
    """All rows of a live session's ledger, in order."""
    with reading() as session:
        return list(session.scalars(select(Entry).where(Entry.live_session_id == live_session_id).order_by(Entry.server_seq)))
