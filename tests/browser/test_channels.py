"""Jalan kabar in a real browser: open a channel, try it, order it, settle a vendor's own way."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from bazaar.database import reading
from models import Edition
from tests import factories
from tests.browser.conftest import assert_no_sideways_scrolling, assert_no_violations
from tests.reminders.channels.doubles.fonnte import Fonnte
from tests.reminders.channels.doubles.server import running

pytestmark = pytest.mark.browser


def looks_right(page: Page) -> None:
    assert_no_violations(page)
    assert_no_sideways_scrolling(page)


@pytest.mark.parametrize(("screen", "color_scheme"), [("phone", "dark"), ("desk", "light")])
def test_an_organizer_opens_tries_and_orders_channels(
    open_page: Callable[..., Page], tolerate: Callable[[str], None], screen: str, color_scheme: str
) -> None:
    tolerate("422")  # the form that is refused on purpose
    bazaar_id = factories.make_bazaar()
    edition_id = factories.make_edition(bazaar_id=bazaar_id)
    name = "Tape Manis Bondowoso Asli Ibu Hajah Siti Aminah"
    vendor_id = factories.make_vendor(edition_id, business_name=name, phone="+6281200001024")
    token = factories.make_sign_in(account_id=factories.make_account(bazaar_id=bazaar_id))
    with reading() as session:
        home = f"/panitia/{session.get_one(Edition, edition_id).slug}"
    service = Fonnte()
    page = open_page(token)

    with running(service):
        page.goto(f"{home}/pengaturan/jalan-kabar")
        looks_right(page)
        page.get_by_role("link", name="Buka WhatsApp lewat Fonnte").click()
        page.get_by_label("Alamat layanan").fill("fonnte")
        page.get_by_role("button", name="Buka jalan ini").click()
        expect(page.get_by_text("Token perangkat belum diisi.").first).to_be_visible()
        looks_right(page)
        page.get_by_label("Token perangkat").fill(service.fields()["token"])
        page.get_by_label("Alamat layanan").fill(service.url)
        page.get_by_role("button", name="Buka jalan ini").click()
        page.get_by_text("Tampilkan untuk disalin").click()
        expect(page.get_by_label("Alamat webhook dan webhook status")).to_have_value(re.compile("/fonnte/"))
        looks_right(page)
        page.get_by_role("link", name="Kirim percobaan").click()
        looks_right(page)
        page.get_by_label("Nomor HP Anda").fill("0812 0000 2048")
        page.get_by_role("button", name="Kirim percobaan").click()
        expect(page.get_by_text("Terkirim. Kalau belum masuk dalam satu menit")).to_be_visible()

    assert [message.phone for message in service.delivered] == ["+6281200002048"]
    page.goto(f"{home}/pengaturan/jalan-kabar/webhook")
    page.get_by_label("Alamat gerbang").fill("http://127.0.0.1:9/kirim")
    page.get_by_label("Kunci tanda tangan").fill("kunci-tanda-tangan-gerbang")
    page.get_by_role("button", name="Buka jalan ini").click()
    page.goto(f"{home}/pengaturan/jalan-kabar")
    page.get_by_role("button", name="Naikkan Gerbang sendiri").click()
    expect(page.locator(".c-way h2").first).to_have_text("Gerbang sendiri (webhook)")
    page.get_by_role("button", name="Matikan Gerbang sendiri").click()
    expect(page.locator("#webhook .badge")).to_have_text("Dimatikan")
    looks_right(page)

    page.goto(f"{home}/lapak/{vendor_id}")
    expect(page.get_by_text("Pertama WhatsApp lewat Fonnte, lalu dikirim sendiri.")).to_be_visible()
    page.get_by_role("link", name="Ubah jalan dan bahasa kabar").click()
    looks_right(page)
    page.get_by_label("Jalan pertama").select_option(label="Selalu dikirim sendiri")
    page.get_by_label("Bahasa pesan").select_option(label="Jawa")
    page.get_by_role("button", name="Simpan perubahan").click()
    expect(page.get_by_text("Dikirim sendiri oleh panitia.")).to_be_visible()
    looks_right(page)
