"""The organizer's evening: Malam ini, Pesan and Hasil on a phone and a desk, by day and by night, as a person uses them."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from bazaar.closings.close import close_due_turns
from bazaar.database import reading, transaction
from bazaar.reminders.dispatch import dispatch_due
from bazaar.reminders.plan import plan_missing
from bazaar.reminders.pulse import note_finished
from bazaar.states import AnswerKind, Role
from bazaar.vendors.answers import answer_turn
from models import Beat, Closing, Edition, Supplement, Vendor
from tests import factories
from tests.conftest import World
from tests.sales.evening import Evening, make_evening, minutes, sale

pytestmark = pytest.mark.browser


@pytest.fixture
def evening(app: Flask, world: World) -> Evening:
    """Nineteen minutes in: books of the first turn closed, the second on the air, a conflict, an empty slot, a long name."""
    evening = make_evening(host_name="Rani Prameswari")
    with transaction() as session:
        vendor = session.get_one(Vendor, evening.vendor_ids[1])
        vendor.business_name = "Paguyuban Batik Tulis Daun Tembakau Sumberpakem Lestari Abadi"
        vendor.phone = "+6281200001024"
        session.get_one(Edition, evening.edition_id).slug = "sore-malam"
    plan_missing(now=minutes(-3000))
    answer_turn(evening.edition_id, evening.slot_ids[0], evening.vendor_ids[0], AnswerKind.READY, now=minutes(-60))
    world.now = minutes(-1440)
    first = sale(qty=2)
    evening.store(first)
    evening.store({**first, "qty": 3}, at=minutes(6))
    close_due_turns(now=minutes(18))
    world.now = minutes(18)
    dispatch_due(app.extensions["giliran.outside"], now=world.now)
    world.now = minutes(19)
    note_finished("heartbeat", now=world.now)
    return evening


@pytest.fixture
def token(evening: Evening) -> str:
    account_id = factories.make_account(bazaar_id=evening.bazaar_id, role=Role.ORGANIZER, name="Rani Prameswari")
    return factories.make_sign_in(account_id=account_id)


def test_an_evening_is_run_from_a_phone(
    evening: Evening,
    token: str,
    world: World,
    open_page: Callable[..., Page],
    check_axe: Callable[[Page], None],
    check_width: Callable[[Page], None],
    tolerate: Callable[[str], None],
) -> None:
    tolerate("422")  # a void without a reason
    page = open_page(token)

    page.goto("/panitia/sore-malam/")
    expect(page.get_by_role("heading", name="Selasa malam, 5 Mei")).to_be_visible()
    expect(page.get_by_text("Pengingat dan tutup buku berhenti")).to_have_count(0)
    check_axe(page)
    check_width(page)

    # She calls Bu Mardiyah, who is on in a moment, and notes the answer.
    expect(page.get_by_role("link", name="Telepon Bu Mardiyah").first).to_have_attribute("href", "tel:+6281200001024")
    page.get_by_role("button", name="Catat Bu Mardiyah siap").first.click()
    expect(page.get_by_text("Dicatat: siap.")).to_be_visible()
    expect(page.get_by_text("Bu Mardiyah belum menjawab")).to_have_count(0)

    # The recap of the first turn is sent by hand, ticked off, and taken back.
    page.get_by_role("navigation", name="Utama").get_by_role("link", name="Pesan").click()
    expect(page.get_by_role("link", name="Kirim ke Bu Siti Aminah lewat WhatsApp")).to_be_visible()
    check_axe(page)
    check_width(page)
    page.get_by_role("button", name="Bu Siti Aminah sudah terkirim").click()
    expect(page.get_by_text("Dicatat: pesan sudah terkirim.")).to_be_visible()
    page.get_by_text("1 baru saja dicentang").click()
    check_axe(page)
    page.get_by_role("button", name="Bu Siti Aminah belum terkirim").click()
    expect(page.get_by_text("Pesan kembali ke daftar.")).to_be_visible()

    # The conflict is settled for the second; the closed books get two supplements and the closing stays.
    page.get_by_role("navigation", name="Utama").get_by_role("link", name="Hasil").click()
    check_axe(page)
    check_width(page)
    page.get_by_role("link", name="Bandingkan").click()
    check_axe(page)
    check_width(page)
    page.get_by_role("button", name="Pakai yang kedua").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Keduanya tetap tersimpan.")
    check_axe(page)
    dialog.get_by_role("button", name="Pakai yang kedua").click()
    expect(page.get_by_text("Yang kedua dipakai. Yang pertama dibatalkan.")).to_be_visible()

    # A void needs a reason, and is a negative supplement.
    page.goto(f"/panitia/sore-malam/hasil/giliran/{evening.slot_ids[0]}")
    page.get_by_text("Batalkan 3 × K03").first.click()
    page.get_by_role("button", name="Batalkan 3 × K03").click()
    expect(page.get_by_text("Tulis alasannya, misalnya: pembeli batal.")).to_be_visible()
    check_axe(page)
    check_width(page)
    page.get_by_label("Alasan").fill("Pembeli batal")
    page.get_by_role("button", name="Batalkan 3 × K03").click()
    expect(page.get_by_text("Buku giliran mendapat susulan.")).to_be_visible()
    check_axe(page)
    with reading() as session:
        assert session.scalars(select(Closing.amount_idr)).all() == [36_000]
        assert session.scalars(select(Supplement.amount_idr).order_by(Supplement.number)).all() == [-36_000, 54_000, -54_000]


@pytest.mark.parametrize(("screen", "color_scheme"), [("desk", "dark")])
def test_the_same_pages_at_night_on_a_desk_and_a_stopped_scheduler_shows_on_an_open_page(
    evening: Evening,
    token: str,
    world: World,
    open_page: Callable[..., Page],
    check_axe: Callable[[Page], None],
    check_width: Callable[[Page], None],
) -> None:
    page = open_page(token)
    page.clock.install()

    for path in (
        "hasil",
        f"hasil/siaran/{evening.live_session_id}",
        f"hasil/giliran/{evening.slot_ids[0]}",
        "hasil/perlu-dilihat",
        "pesan",
        "",
    ):
        page.goto(f"/panitia/sore-malam/{path}")
        check_axe(page)
        check_width(page)

    evening.store(sale(slot_position=2, product_code="B07", unit_price_idr=250_000, qty=1), at=minutes(19))
    world.now = minutes(21)
    page.clock.run_for(21_000)
    expect(page.get_by_text("Pengingat dan tutup buku berhenti")).to_be_visible()
    expect(page.get_by_label("Sekarang")).to_contain_text("Rp250.000")
    check_axe(page)

    with transaction() as session:
        session.get_one(Beat, "heartbeat").finished_at = world.now
    page.clock.run_for(21_000)
    expect(page.get_by_text("Pengingat dan tutup buku berhenti")).to_have_count(0)


@pytest.mark.parametrize("color_scheme", ["dark"])
def test_an_edition_with_nothing_in_it_says_what_to_do_first(
    evening: Evening, token: str, open_page: Callable[..., Page], check_axe: Callable[[Page], None], check_width: Callable[[Page], None]
) -> None:
    factories.make_edition(bazaar_id=evening.bazaar_id, slug="kosong")
    page = open_page(token)

    for path, sentence in (("", "Belum ada lapak."), ("hasil", "Belum ada hasil."), ("pesan", "Belum ada pesan.")):
        page.goto(f"/panitia/kosong/{path}")
        expect(page.get_by_text(sentence).first).to_be_visible()
        check_axe(page)
        check_width(page)
