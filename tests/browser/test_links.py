"""An organizer hands out links and keys, and looks after vendors: on a phone at night, every page without a violation."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.conftest import START
from tests.vendors.evening import make_evening

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("color_scheme", ["dark"])
def test_links_and_vendors_are_looked_after_on_a_phone(
    open_page: Callable[..., Page], check_axe: Callable[[Page], None], check_width: Callable[[Page], None]
) -> None:
    evening = make_evening()
    page = open_page(factories.make_sign_in(account_id=factories.make_account(bazaar_id=evening.bazaar_id)))
    live_session_id = factories.make_live_session(evening.edition_id, starts_at=START + timedelta(days=1), host_name="Mbak Laras")
    desk = f"/panitia/{evening.slug}"

    page.goto(f"{desk}/tautan")
    page.locator("summary", has_text="Alamat").click()
    expect(page.get_by_label("Halaman giliran Bu Siti Aminah")).to_have_value(f"http://localhost:8000/g/{evening.token}")
    check_axe(page)
    check_width(page)
    page.get_by_role("button", name="Cabut").click()
    page.get_by_role("dialog").get_by_role("button", name="Cabut").click()
    expect(page.get_by_text("Tautan dicabut dan tidak berlaku lagi.")).to_be_visible()

    page.goto(f"{desk}/tautan/siaran/{live_session_id}")
    page.get_by_role("button", name="Buat tautan").click()
    expect(page.get_by_label("Alamat untuk Mbak Laras")).to_have_value(re.compile(r"^http://localhost:8000/h/[\w-]{43}$"))
    page.get_by_label("Nama HP").fill("HP Rina")
    page.get_by_role("button", name="Tambah HP").click()
    expect(page.get_by_label("Kunci", exact=True)).to_be_in_viewport()
    check_axe(page)
    check_width(page)

    for path in (
        "/tautan/cetak",
        "/lapak",
        f"/lapak/{evening.vendor_id}",
        f"/lapak/{evening.vendor_id}/ubah",
        f"/lapak/{evening.vendor_id}/mundur",
    ):
        page.goto(desk + path)
        check_axe(page)
        check_width(page)
