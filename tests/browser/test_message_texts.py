"""An organizer rewords a reminder on the phone and watches how it arrives; the same on a desk in the dark, and without script."""

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.conftest import START
from tests.reminders.stage import publish

pytestmark = pytest.mark.browser

LONG = {
    "owner_name": "Bu Hj. Siti Aminah Kusumaningtyas Prawirodirjo",
    "business_name": "Pusat Oleh-Oleh Suwar-Suwir & Prol Tape Khas Jember Ibu Hajah Siti Aminah",
    "featured_product": "prol tape, suwar-suwir dan dodol",
}


def test_a_reminder_is_reworded_with_its_preview(open_page, check_axe, check_width, tolerate) -> None:
    tolerate("422")
    bazaar_id = factories.make_bazaar(help_phone="+62331000100")
    edition_id = factories.make_edition(bazaar_id=bazaar_id, slug="mei", name="Bazar Mei")
    session_id = factories.make_live_session(edition_id)
    publish(edition_id, [(factories.slot_ids(session_id)[0], factories.make_vendor(edition_id, **LONG))], now=START)
    token = factories.make_sign_in(account_id=factories.make_account(bazaar_id=bazaar_id, name="Rani"))
    phone = open_page(token)

    def look(page) -> None:
        check_axe(page)
        check_width(page)

    phone.goto("/panitia/mei/pengaturan")
    phone.get_by_role("link", name="Lihat teks pesan").click()
    look(phone)
    phone.get_by_role("link", name="Indonesia").first.click()
    bubble = phone.locator(".t-bubble")
    expect(bubble).to_contain_text("giliran Ibu besok malam, 20.00 WIB")
    look(phone)

    phone.get_by_label("Isi pesan").fill("Semangat, {sapaan}.\n{tutan}")
    expect(phone.locator("#pratinjau")).to_contain_text("{tutan} tidak dikenal. Maksudnya {tautan}?")
    phone.get_by_role("button", name="Simpan teks").click()
    expect(phone.get_by_role("alert")).to_contain_text("Maksudnya {tautan}?")
    look(phone)
    phone.get_by_label("Isi pesan").fill("Semangat, {sapaan}.\n{tautan}")
    expect(bubble).to_contain_text("Semangat, Ibu.")
    phone.get_by_role("button", name="Simpan teks").click()
    expect(phone.get_by_text("Teks disimpan.")).to_be_visible()

    desk = open_page(token, screen="desk", color_scheme="dark")
    desk.goto("/panitia/mei/pengaturan/pesan")
    look(desk)
    desk.get_by_role("link", name="Indonesia").first.click()
    look(desk)
    desk.get_by_role("button", name="Kembali ke teks biasa").click()
    desk.get_by_role("dialog").get_by_role("button", name="Kembali ke teks biasa").click()
    expect(desk.get_by_text("Teks biasa dipakai lagi.")).to_be_visible()

    plain = open_page(token, javascript=False)
    plain.goto("/panitia/mei/pengaturan/pesan/hasil/jv")
    plain.get_by_label("Isi pesan").fill("{hasil}\n\nMatur nuwun.\n{tautan}")
    plain.get_by_role("button", name="Lihat pratinjau").click()
    expect(plain.locator(".t-bubble")).to_contain_text("Kacathet 6 tumbasan")
