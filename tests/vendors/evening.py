"""One vendor with three turns (last week, tonight, next week), for the tests of the vendor's page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests import factories
from tests.conftest import START

TONIGHT = START + timedelta(hours=1, minutes=15)
"""20.15 WIB on Monday 4 May 2026."""
ZOOM = "https://zoom.example/j/1234"


@dataclass(frozen=True)
class Evening:
    """Ids of what was made, and the token of the vendor's link."""

    bazaar_id: int
    edition_id: int
    slug: str
    vendor_id: int
    past_slot: int
    slot_id: int
    next_slot: int
    link_id: int
    token: str


def make_evening(*, help_phone: str = "+6281200000100", zoom_url: str = ZOOM, **vendor: Any) -> Evening:
    """Turns at 20.15 WIB, eight days apart."""
    bazaar_id = factories.make_bazaar(name="Pasar Virtual Jember", help_phone=help_phone)
    edition_id = factories.make_edition(bazaar_id=bazaar_id, slug="bazar-ramadhan")
    defaults = {"business_name": "Dapur Tape Kenanga", "owner_name": "Bu Siti Aminah", "featured_product": "Tape dan suwar-suwir"}
    vendor_id = factories.make_vendor(edition_id, **{**defaults, **vendor})
    slots = [_slot_at(edition_id, TONIGHT + timedelta(days=days), zoom_url) for days in (-8, 0, 8)]
    factories.make_rotation(edition_id, [(slot_id, vendor_id) for slot_id in slots])
    link_id, token = factories.make_link(edition_id, vendor_id=vendor_id)
    return Evening(bazaar_id, edition_id, "bazar-ramadhan", vendor_id, *slots, link_id, token)


def _slot_at(edition_id: int, starts_at: datetime, zoom_url: str) -> int:
    live_session_id = factories.make_live_session(edition_id, starts_at=starts_at, slot_count=1, zoom_url=zoom_url)
    return factories.slot_ids(live_session_id)[0]
