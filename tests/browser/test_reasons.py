"""Why, as an organizer reads it: what a draft could not give and what helps, one slot, one vendor; on the phone and on the desk."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from bazaar.database import reading, transaction
from models import Availability, Edition, Slot
from tests import factories
from tests.conftest import START

pytestmark = pytest.mark.browser

LONG = "Keripik Singkong Gunung Gambir Asli Pedas Manis Ibu Sumarni Kecamatan Sumberbaru"


@pytest.mark.parametrize(("screen", "color_scheme"), [("phone", "light"), ("desk", "dark")])
def test_reasons_are_read_and_acted_on(
    open_page: Callable[..., Page], screen: str, color_scheme: str, check_axe: Callable[[Page], None], check_width: Callable[[Page], None]
) -> None:
    bazaar_id = factories.make_bazaar()
    edition_id = factories.make_edition(bazaar_id=bazaar_id)
    crowded = factories.make_live_session(edition_id, starts_at=START + timedelta(days=1), slot_count=4)
    factories.make_live_session(edition_id, starts_at=START + timedelta(days=8), slot_count=2)
    factories.make_vendor(edition_id, business_name=LONG)
    factories.make_vendor(edition_id, business_name="Dapur Tape Kenanga")
    late = factories.make_vendor(edition_id, business_name="Kopi Raung", available_from_minute=23 * 60)
    away = factories.make_vendor(edition_id, business_name="Batik Gumitir", min_turns=1)
    first = factories.slot_ids(crowded)[0]
    with transaction() as session:
        session.add_all(Availability(vendor_id=away, weekday=day) for day in range(7))
        session.get_one(Slot, first).pinned_vendor_id = late
    with reading() as session:
        slug = session.get_one(Edition, edition_id).slug
    page = open_page(
        factories.make_sign_in(account_id=factories.make_account(bazaar_id=bazaar_id)), screen=screen, color_scheme=color_scheme
    )

    page.goto(f"/panitia/{slug}/papan/susun")
    page.get_by_role("button", name="Susun giliran").click()

    expect(page.get_by_role("heading", name="Yang tidak bisa dipenuhi")).to_be_visible()
    check_axe(page)
    check_width(page)
    ask = page.get_by_role("link", name="Tanya Kopi Raung").first
    assert "wa.me" in (ask.get_attribute("href") or "")
    page.locator(".b-none a").first.click()
    expect(page.get_by_role("heading", name="Kenapa waktu ini kosong?")).to_be_visible()
    check_axe(page)
    check_width(page)
    page.goto(f"/panitia/{slug}/lapak/{away}")
    expect(page.get_by_role("heading", name="Kenapa belum dapat giliran?")).to_be_visible()
    check_axe(page)
    check_width(page)
