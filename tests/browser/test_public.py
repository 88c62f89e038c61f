"""The public pages as buyers see them: on a phone by day in Indonesian, on a desk by night in English, and without script."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests import factories
from tests.conftest import START, World

pytestmark = pytest.mark.browser

TONIGHT = datetime(2026, 5, 4, 13, 0, tzinfo=UTC)  # 20.00 WIB


@pytest.fixture
def kopi(app: Flask) -> int:
    """An edition with tonight and three more evenings; the vendor who opens tonight agreed to show her phone."""
    edition_id = factories.make_edition(
        slug="ramadhan", name="Bazar Ramadhan", bazaar_id=factories.make_bazaar(name="Pasar Virtual Kabupaten Jember dan Sekitarnya")
    )
    kopi = factories.make_vendor(
        edition_id, business_name="Kopi Ledok", category="Kopi dan cokelat", is_phone_public=True, phone_consent_at=START, instagram="kopi"
    )
    long_name = factories.make_vendor(
        edition_id, business_name="Koperasi Wanita Pengrajin Anyaman Bambu Nogosari Asri Sejahtera", featured_product="Keranjang " * 8
    )
    for number, stock in enumerate((None, 0, 3, 90), start=1):
        factories.make_product(edition_id, kopi, code=f"K0{number}", name=f"Kopi bubuk {number}", stock=stock)
    turns = []
    for day in range(-1, 4):
        live_session = factories.make_live_session(
            edition_id, starts_at=TONIGHT + timedelta(days=day), slot_count=4, youtube_url="https://youtube.example/live/1"
        )
        turns += zip(factories.slot_ids(live_session), (kopi, long_name, kopi, long_name), strict=True)
    factories.make_rotation(edition_id, turns)
    return kopi


@pytest.mark.parametrize(
    ("screen", "color_scheme", "lang"), [("phone", "light", "id"), ("desk", "dark", "en")], ids=["phone-light-id", "desk-dark-en"]
)
def test_every_page_is_readable_by_everybody(page: Page, world: World, kopi: int, lang: str, check_axe, check_width) -> None:
    edition = "/e/ramadhan"
    world.now = TONIGHT + timedelta(minutes=5)
    paths = ["/", edition, f"{edition}/lapak", f"{edition}/lapak/{kopi}", f"{edition}?cari=kopi", f"{edition}?cari=zebra"]

    for path in paths:
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={lang}")
        page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
        check_axe(page)
        check_width(page)
        expect(page.locator("html")).to_have_attribute("lang", lang)

    world.now = TONIGHT + timedelta(days=30)
    page.goto(f"{edition}?lang={lang}")
    check_axe(page)
    check_width(page)


def test_now_and_next_change_while_the_page_stays_open(page: Page, world: World, kopi: int) -> None:
    world.now = TONIGHT - timedelta(minutes=20)
    page.goto("/e/ramadhan")
    hero = page.locator("#sekarang")
    expect(hero.locator("time").first).to_have_text("20.00")
    expect(hero.get_by_role("link", name="Tonton siaran")).to_have_count(0)

    world.now = TONIGHT + timedelta(minutes=1)
    hero.get_by_role("link", name="Kopi Ledok").focus()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect(page.get_by_role("status")).to_have_text("")  # the same stall: nothing to announce
    expect(hero.get_by_role("link", name="Tonton siaran")).to_be_visible()
    expect(hero.get_by_role("link", name="Kopi Ledok")).to_be_focused()
    world.now = TONIGHT + timedelta(minutes=16)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("status")).to_have_text("Sekarang: Koperasi Wanita Pengrajin Anyaman Bambu Nogosari Asri Sejahtera")
    expect(page.locator("#malam-ini .is-now time")).to_have_text("20.15")


def test_a_buyer_abroad_reads_their_own_hours(browser, live_server, complaints, world: World, kopi: int) -> None:
    context = browser.new_context(base_url=live_server.url, timezone_id="Asia/Tokyo", locale="id-ID")
    page = context.new_page()
    page.on("console", complaints.on_console)

    page.goto("/e/ramadhan")

    expect(page.get_by_text("Di tempat Anda (Tokyo): 22.00–23.00.")).to_be_visible()
    context.close()


def test_everything_works_without_script(open_page: Callable[..., Page], world: World, kopi: int) -> None:
    page = open_page(javascript=False)
    page.goto("/")

    page.get_by_role("link", name="Buka jadwal Bazar Ramadhan").click()
    page.get_by_label("Cari lapak atau barang").fill("koperasi")
    page.get_by_role("button", name="Cari").click()
    expect(page.get_by_role("heading", name="10 giliran ditemukan")).to_be_visible()
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="10 turns found")).to_be_visible()
    page.get_by_role("link", name="Show all").click()
    page.locator("summary").filter(has_text="Wednesday, 6 May").click()
    page.locator("details[open]").filter(has_text="Wednesday, 6 May").get_by_role("link", name="Kopi Ledok").first.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Kopi Ledok")
    expect(page.get_by_role("link", name="Order Kopi bubuk 3")).to_have_attribute("href", re.compile(r"^https://wa\.me/62\d+\?text=Halo"))
    expect(page.get_by_text("sold out")).to_be_visible()
