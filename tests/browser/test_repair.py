"""Repairing in a real browser: what broke, a choice, its draft; from a pin to the repair."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from bazaar.database import reading, transaction
from models import Edition, Slot, Vendor
from tests import factories
from tests.conftest import START

pytestmark = pytest.mark.browser

LONG = "Kelompok Wanita Tani Sumber Rejeki Makmur Sejahtera Bersama Desa Sidomulyo"


def test_a_vendor_who_left_is_repaired_step_by_step(open_page: Callable[..., Page], check_axe, check_width) -> None:
    bazaar_id = factories.make_bazaar()
    edition_id = factories.make_edition(bazaar_id=bazaar_id, name="Bazar Ramadhan 1447 H di Alun-Alun Kabupaten Jember")
    names = (LONG, "Batik Gumitir", "Kopi Argopuro", "Sambal Bu Sri")
    vendors = [factories.make_vendor(edition_id, business_name=name) for name in names]
    slots: list[int] = []
    for day in (2, 9, 16):
        live_session_id = factories.make_live_session(edition_id, starts_at=START + timedelta(days=day), slot_count=2)
        with reading() as session:
            slots += session.scalars(select(Slot.id).where(Slot.live_session_id == live_session_id).order_by(Slot.position))
    factories.make_rotation(
        edition_id, list(zip(slots, [vendors[0], vendors[1], vendors[0], vendors[3], vendors[0], vendors[1]], strict=True))
    )
    with transaction() as session:
        session.execute(update(Vendor).where(Vendor.id == vendors[3]).values(withdrawn_at=START))
    with reading() as session:
        slug = session.get_one(Edition, edition_id).slug
    page = open_page(factories.make_sign_in(account_id=factories.make_account(bazaar_id=bazaar_id)))

    page.goto(f"/panitia/{slug}/papan/perbaiki")
    expect(page.get_by_text("tidak ikut lagi")).to_be_visible()
    check_axe(page)
    check_width(page)
    page.get_by_role("button", name="Hitung pilihannya").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Pilih perbaikannya")
    expect(page.get_by_text("Lebih sedikit dari ini tidak mungkin.")).to_be_visible()
    check_axe(page)
    check_width(page)
    page.get_by_role("link", name="2 perubahan").click()
    expect(page.get_by_role("heading", level=2, name="2 perubahan")).to_be_visible()
    expect(page.get_by_text(LONG)).to_be_visible()
    check_width(page)
    page.get_by_role("button", name="Buat rancangan ini").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Terbitkan rancangan ke-2?")
