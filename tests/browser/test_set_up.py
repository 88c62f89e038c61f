"""A new organizer sets up a whole bazaar on the phone: bazaar, edition, a pattern of live sessions, vendors by paste."""

import pytest
from playwright.sync_api import Page, expect

from bazaar.database import reading
from models import LiveSession, Slot, Vendor
from tests import factories

pytestmark = pytest.mark.browser

PASTED = """nama_usaha\tpemilik\tkategori\twhatsapp\thari_tidak_bisa
Dapur Tape Kenanga\tBu Siti Aminah\tCamilan khas\t0812 0000 1024\tJumat
Batik Bambu Gumitir\tPak Sugeng\tFesyen dan batik\t0331-123456\t
"""


def test_a_new_organizer_sets_everything_up_on_the_phone(page: Page, sign_in, tolerate, check_axe, check_width) -> None:
    tolerate("422")
    sign_in(page, factories.make_sign_in(account_id=factories.make_account(name="Bu Yuliana")))

    def look() -> None:
        check_axe(page)
        check_width(page)

    page.goto("/panitia")
    expect(page.get_by_text("Selamat datang, Bu Yuliana.")).to_be_visible()
    look()
    page.get_by_role("link", name="Buat bazar").click()
    page.get_by_role("button", name="Buat bazar").click()
    expect(page.get_by_role("alert")).to_contain_text("Tulis nama bazarnya.")
    look()
    page.get_by_label("Nama bazar").fill("Pasar Virtual Jember")
    page.get_by_label("Nomor panitia").fill("0812 0000 1000")
    page.get_by_role("button", name="Buat bazar").click()

    expect(page.get_by_text("Sekarang buat edisi pertamanya.")).to_be_visible()
    page.get_by_label("Nama edisi").fill("Bazar Ramadhan 1447 H")
    page.get_by_text("Aturan giliran dan pengingat").click()
    expect(page.get_by_label("Pengingat sebelum giliran")).to_have_value("24 jam; 30 menit; 10 menit")
    look()
    page.get_by_role("button", name="Buat edisi").click()

    expect(page.get_by_text("Belum ada siaran.")).to_be_visible()
    look()
    page.get_by_role("link", name="Tambah berulang").click()
    for day in ("Senin", "Selasa", "Rabu", "Kamis"):
        page.get_by_label(day).uncheck()
    look()
    page.get_by_role("button", name="Tambah semua").click()
    expect(page.get_by_text("12 siaran ditambahkan.")).to_be_visible()
    look()
    page.get_by_role("link", name="20.00–21.30 WIB").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Jumat, 22 Mei 2026")
    look()

    page.get_by_label("Utama").get_by_role("link", name="Lapak").click()
    page.get_by_role("link", name="Impor", exact=True).click()
    page.get_by_label("Atau tempel dari lembar kerja").fill(PASTED)
    look()
    page.get_by_role("button", name="Periksa dulu").click()
    expect(page.get_by_role("heading", name="1 baris perlu dilihat")).to_be_visible()
    expect(page.get_by_text("Ini nomor telepon rumah.")).to_be_visible()
    look()
    page.get_by_role("link", name="Impor lagi").click()
    page.get_by_label("Atau tempel dari lembar kerja").fill(PASTED.replace("0331-123456", "0812 0000 1025"))
    page.get_by_role("button", name="Periksa dulu").click()
    page.reload()  # a dry run survives it
    look()
    page.get_by_role("button", name="Simpan 2 baris").click()

    expect(page.get_by_text("Lapak disimpan: 2 baru.")).to_be_visible()
    expect(page.get_by_text("Batik Bambu Gumitir")).to_be_visible()
    page.get_by_label("Giliran, semua bazar").click()
    expect(page.get_by_text("Siaran dan lapak siap. Giliran belum dibagi.")).to_be_visible()
    look()
    with reading() as session:
        assert [session.query(table).count() for table in (LiveSession, Slot, Vendor)] == [12, 72, 2]
