"""A curve of viewers in a real browser: pasted, looked at, stored, and seen where weights are set; mistakes are named."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from bazaar.database import reading
from models import Edition
from tests import factories
from tests.conftest import START

pytestmark = pytest.mark.browser


def test_a_pasted_curve_is_looked_at_stored_and_shown_beside_the_weights(open_page, check_axe, check_width) -> None:
    bazaar_id = factories.make_bazaar()
    edition_id = factories.make_edition(bazaar_id=bazaar_id, name="Bazar Ramadhan 1447 H di Alun-Alun Kabupaten Jember")
    began_at = START - timedelta(days=2)  # 19.00 WIB
    factories.make_live_session(edition_id, starts_at=began_at, slot_count=6)
    with reading() as session:
        slug = session.get_one(Edition, edition_id).slug
    page = open_page(factories.make_sign_in(account_id=factories.make_account(bazaar_id=bazaar_id)))
    minutes = [began_at + timedelta(hours=7, minutes=minute) for minute in range(-3, 62)]
    curve = "".join(f"{at:%Y-%m-%d %H:%M}\t{1200 + place}\n" for place, at in enumerate(minutes))

    page.goto(f"/panitia/{slug}/pengaturan/nilai")
    page.get_by_role("link", name="Impor jumlah penonton").click()
    check_axe(page)
    check_width(page)
    page.get_by_label("Atau tempel dari lembar kerja").fill("Time\tViewers\nbesok\tramai\n2026-05-02 03:00\t80\n")
    page.get_by_role("button", name="Periksa dulu").click()
    expect(page.locator(".i-problem")).to_have_count(3)
    check_axe(page)
    check_width(page)
    page.get_by_role("link", name="Impor lagi").click()
    page.get_by_label("Atau tempel dari lembar kerja").fill(f"Time\tConcurrent viewers\n{curve}")
    page.get_by_role("button", name="Periksa dulu").click()
    expect(page.get_by_role("row", name="20.00")).to_contain_text("1.264rata-rata 2 baris")
    check_axe(page)
    check_width(page)
    page.get_by_role("button", name="Simpan 2 catatan").click()

    page.get_by_text("Penonton di 1 siaran edisi ini").click()
    expect(page.get_by_role("row", name="Sab, 2 Mei")).to_contain_text("2 dari 2 jam")
    check_axe(page)
    check_width(page)
