"""What air time is worth, and what becomes of it when a connection fails: from the weights to the vendor's phone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from bazaar.database import reading, transaction
from models import Edition, PastTurn
from tests import factories
from tests.conftest import START, World

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("screen", ["phone", "desk"])
def test_an_organizer_weighs_hours_and_takes_over_what_was_measured(
    open_page: Callable[..., Page], check_axe: Callable[[Page], None], check_width: Callable[[Page], None], screen: str
) -> None:
    edition_id = factories.make_edition(name="Bazar Mei")
    vendor_id = factories.make_vendor(edition_id)
    with transaction() as session:
        edition = session.get_one(Edition, edition_id)
        slug, bazaar_id = edition.slug, edition.bazaar_id
        for place in range(24):
            at = START.replace(day=1 + place, hour=3 if place % 2 else 13)
            viewers = 20 if place % 2 else 60
            session.add(PastTurn(vendor_id=vendor_id, edition_name="I", started_at=at, minutes_aired=15, viewer_count=viewers))
    page = open_page(factories.make_sign_in(account_id=factories.make_account(bazaar_id=bazaar_id)), screen=screen)

    page.goto(f"/panitia/{slug}/pengaturan")
    page.get_by_role("link", name="Atur bobot jam dan hari").click()
    page.get_by_label("Baris 2, Selasa").fill("400")
    page.get_by_role("button", name="Hitung contoh").click()
    expect(page.locator("#contoh")).to_contain_text("bernilai 60. Belum disimpan.")
    page.get_by_role("button", name="Tambah baris").click()
    expect(page.get_by_label("Baris 3, mulai jam")).to_be_visible()
    check_axe(page)
    check_width(page)
    page.get_by_label("Baris 2, Selasa").fill("200")
    page.get_by_role("button", name="Simpan nilai giliran").click()
    expect(page.locator("#contoh")).to_contain_text("bernilai 30.")
    page.get_by_role("button", name="Pakai bobot terukur").click()

    expect(page.get_by_text("Bobot yang terukur sudah dipakai.")).to_be_visible()
    expect(page.locator("#contoh")).to_contain_text("bernilai 21.")
    check_axe(page)
    check_width(page)


def test_a_lost_turn_goes_from_the_hosts_phone_to_the_desk_and_to_the_vendor(
    open_page: Callable[..., Page],
    check_axe: Callable[[Page], None],
    check_width: Callable[[Page], None],
    tolerate: Callable[[str], None],
    world: World,
) -> None:
    tolerate("422")  # a form that was refused
    edition_id = factories.make_edition()
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        slug, bazaar_id = edition.slug, edition.bazaar_id
    name = "Oleh-Oleh dan Kerajinan Nusantara Barokah Sejahtera"
    vendor_id = factories.make_vendor(edition_id, business_name=name, owner_name="Bu Endang Sulistyowati")
    live_session_id = factories.make_live_session(edition_id, starts_at=START, slot_count=2)
    factories.make_rotation(edition_id, [(factories.slot_ids(live_session_id)[0], vendor_id)])
    factories.make_live_session(edition_id, starts_at=START + timedelta(days=5), slot_count=1)  # where a make-up turn could be
    _, host_token = factories.make_link(edition_id, live_session_id=live_session_id)
    _, vendor_token = factories.make_link(edition_id, vendor_id=vendor_id)
    world.now = START + timedelta(minutes=20)

    host = open_page()
    host.goto(f"/h/{host_token}")
    host.get_by_role("button").first.click()
    host.get_by_role("link", name="Terputus?").click()
    host.get_by_label("Menit yang hilang").fill("12")
    host.get_by_role("button", name="Catat menit yang hilang").click()
    expect(host.get_by_label("Sebabnya")).to_be_focused()  # what is missing, however far down the page
    host.get_by_label("Sebabnya").fill("Listrik padam")
    host.get_by_role("button", name="Catat menit yang hilang").click()
    expect(host.get_by_text("Gagal, 3 dari 15 menit tayang.")).to_be_visible()
    host.get_by_label("Jumlah penonton").fill("85")
    host.get_by_role("button", name="Catat penonton").click()
    expect(host.get_by_text("85 penonton")).to_be_visible()
    check_axe(host)
    check_width(host)

    desk = open_page(factories.make_sign_in(account_id=factories.make_account(bazaar_id=bazaar_id)), color_scheme="dark")
    desk.goto(f"/panitia/{slug}/hasil")
    expect(desk.get_by_text("Belum diganti: 1 giliran")).to_be_visible()
    check_axe(desk)
    check_width(desk)
    desk.get_by_role("link", name="Lihat giliran").click()
    expect(desk.get_by_text("mendapat giliran pengganti")).to_be_visible()
    check_axe(desk)
    check_width(desk)

    vendor = open_page()
    vendor.goto(f"/g/{vendor_token}")
    expect(vendor.get_by_text("Ibu mendapat giliran pengganti")).to_be_visible()
    check_axe(vendor)
    check_width(vendor)
