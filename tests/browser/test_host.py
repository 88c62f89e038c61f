"""An evening at the host's console in a real browser: logging, undoing, voiding, losing the network, and every odd hour of it."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, Route, expect

from bazaar.database import transaction
from bazaar.sales.queries import EntryLine, newest_entries
from bazaar.states import AnswerKind, EntryKind, Role
from bazaar.vendors.answers import answer_turn
from bazaar.vendors.links import revoke_link
from models import LiveSession, Product
from tests import factories
from tests.conftest import World
from tests.sales.evening import FIRST_TURN, SECOND_TURN, Evening, make_evening, minutes, sale

pytestmark = pytest.mark.browser


@pytest.fixture
def evening(app: Flask, world: World) -> Evening:
    """On the air since five minutes; batik comes next and is ready."""
    world.now = minutes(5)
    evening = make_evening(host_name="Rani", zoom_url="https://zoom.example/j/1")
    factories.make_product(evening.edition_id, evening.vendor_ids[0], code="K04", name="Suwar-suwir rasa buah 1 kg", price_idr=20_000)
    answer_turn(evening.edition_id, evening.slot_ids[1], evening.vendor_ids[1], AnswerKind.READY, now=minutes(-60))
    return evening


@pytest.fixture
def link(evening: Evening) -> tuple[int, str]:
    """(id, token) of a host link of the evening."""
    return factories.make_link(evening.edition_id, live_session_id=evening.live_session_id, label="Rani")


@pytest.fixture
def console(evening: Evening, link: tuple[int, str], open_page: Callable[..., Page]) -> Iterator[Page]:
    """The console, in a browser that has opened the link.

    The door's own cookie would not last: it ends with the evening, which lies in the past of this machine's clock.
    """
    page = open_page(factories.make_sign_in(link_id=link[0]))
    page.goto(f"/siaran/{evening.live_session_id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dapur Tape Kenanga")
    yield page
    # A page that is left while something is unsent asks first; the test's own end must not hang on that.
    page.evaluate("localStorage.clear()")


def sales(evening: Evening) -> list[EntryLine]:
    """The sales in the ledger, oldest first."""
    with transaction() as session:
        lines = newest_entries(session, evening.live_session_id)
    return [line for line in reversed(lines) if line.kind is EntryKind.SALE]


def brief(evening: Evening) -> list[tuple[str | None, int | None, str | None, int | None, bool]]:
    """What the ledger says of each sale: code, pieces, buyer, slot, voided."""
    return [(line.product_code, line.quantity, line.buyer_alias, line.slot_position, line.is_voided) for line in sales(evening)]


def row(page: Page, words: str) -> Locator:
    return page.locator("#rows li").filter(has_text=words)


def type_code(page: Page, code: str) -> None:
    page.get_by_role("textbox", name="Kode cepat").fill(code)
    page.keyboard.press("Enter")


def everything_is_sent(page: Page) -> None:
    expect(page.locator("#sync")).to_have_text("Semua terkirim")


def look_again(page: Page) -> None:
    """Tap the sign on top: the console asks the server, for its clock too."""
    page.locator("#sync").click()


def test_a_piece_of_an_evening_with_one_thumb(console: Page, evening: Evening, world: World, tolerate, check_axe, check_width) -> None:
    page = console
    expect(page.locator("#timer-figures")).to_have_text(re.compile(r"^(10:00|9:5\d)$"))
    expect(page.locator("#next")).to_contain_text("Batik Bambu Gumitir")
    expect(page.locator("#next")).to_contain_text("Siap")
    check_axe(page)
    check_width(page)

    # Three taps: the goods, how many, done.
    page.get_by_role("button", name=re.compile("^K03")).click()
    check_axe(page)
    page.get_by_role("button", name="Jumlah 2").click()
    page.get_by_role("button", name="Catat 2, Rp36.000").click()
    expect(row(page, "2 × K03").get_by_label("Terkirim")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^K03"))).to_contain_text("sisa 8 kotak")

    # The quick code, mistyped first; then undone within its ten seconds.
    type_code(page, "Q77 x2")
    expect(page.locator("#code-error")).to_have_text("Q77 tidak ada di Dapur Tape Kenanga. Yang ada: K03, K04.")
    check_axe(page)
    type_code(page, "k4 x3 Mbak Laras")
    expect(row(page, "3 × K04")).to_contain_text("Mbak Laras")
    expect(page.locator("#toast-text")).to_have_text("3 × K04 untuk Mbak Laras dicatat.")
    check_axe(page)
    page.get_by_role("button", name=re.compile("Urungkan")).click()
    expect(row(page, "3 × K04").get_by_label("Dibatalkan")).to_be_visible()

    # A void says why.
    type_code(page, "K04 Pak Heru")
    page.get_by_role("button", name="Batalkan 1 × K04 untuk Pak Heru").click()
    page.get_by_role("button", name="Batalkan penjualan").click()
    expect(page.locator("#void-error")).to_have_text("Pilih atau tulis alasannya dulu.")
    check_axe(page)
    page.get_by_label("Pembeli batal").check()
    page.get_by_role("button", name="Batalkan penjualan").click()
    expect(row(page, "1 × K04")).to_contain_text("Pembeli batal")
    expect(page.locator("#log-amount")).to_have_text("Rp36.000")
    everything_is_sent(page)

    # Goods that nobody listed, paid by transfer.
    page.get_by_role("button", name="Barang lain").click()
    page.get_by_label("Kode atau nama").fill("kerupuk")
    page.get_by_label("Harga satuan").fill("7.500")
    page.get_by_label("Transfer").check()
    page.get_by_role("button", name="Catat Rp7.500").click()
    expect(row(page, "1 × KERUPUK")).to_contain_text("Transfer")
    expect(row(page, "1 × KERUPUK")).to_contain_text("kode tidak dikenal")

    # The network goes away: entries wait, counted and marked; back again, they leave by themselves.
    tolerate("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    type_code(page, "K03 x2 Bu Tasmi")
    type_code(page, "K03 Bu Yuliana")
    expect(page.locator("#sync")).to_have_text("2 belum terkirim")
    expect(page.locator("#notes")).to_contain_text("Tidak ada sinyal. Catatan aman di HP ini, dikirim sendiri nanti.")
    expect(row(page, "Bu Tasmi").get_by_label("Tersimpan di HP")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.includes(':unsent:')).length") == 2
    check_axe(page)
    check_width(page)
    page.context.set_offline(False)
    everything_is_sent(page)
    expect(page.locator("#notes")).to_be_empty()

    # The turn ends; a claim for it comes after its end.
    world.now = minutes(16)
    look_again(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Batik Bambu Gumitir")
    page.get_by_role("button", name="Catat ke giliran sebelumnya: Dapur Tape Kenanga").click()
    expect(page.locator("#aim")).to_contain_text("Dapur Tape Kenanga")
    check_axe(page)
    type_code(page, "K03 Mas Bayu")
    expect(row(page, "Mas Bayu").get_by_label("Terkirim")).to_be_visible()
    type_code(page, "K03 x-1 Mas Bayu")
    expect(page.locator("#code-error")).to_have_text("Jumlah K03 harus angka bulat 1 sampai 999. Contoh: K03 x2.")
    type_code(page, "K03 x2 Mbak Ira")  # claims come in a bunch: the console stays with that turn until the host goes back
    expect(row(page, "Mbak Ira").get_by_label("Terkirim")).to_be_visible()
    expect(page.locator("#aim-name")).to_have_text("Dapur Tape Kenanga")
    page.get_by_role("button", name="Kembali ke sekarang").click()
    expect(page.locator("#aim")).to_be_hidden()
    type_code(page, "")
    expect(page.locator("#code-error")).to_have_text("Ketik kode dulu. Contoh: B07 x2 Mbak Laras.")
    type_code(page, "B07 Bu Rini")
    expect(row(page, "1 × B07").get_by_label("Terkirim")).to_be_visible()
    world.now = minutes(20)
    look_again(page)
    page.get_by_role("button", name="Catat ke giliran sebelumnya: Dapur Tape Kenanga (susulan)").click()
    type_code(page, "K04 Bu Nanik")
    expect(row(page, "Bu Nanik")).to_contain_text("susulan")

    # A further turn begins: the console goes back to now by itself.
    world.now = minutes(31)
    look_again(page)
    expect(page.locator("#aim")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_have_text("Waktu kosong")

    everything_is_sent(page)
    assert brief(evening) == [
        ("K03", 2, "", FIRST_TURN, False),
        ("K04", 3, "Mbak Laras", FIRST_TURN, True),
        ("K04", 1, "Pak Heru", FIRST_TURN, True),
        ("KERUPUK", 1, "", FIRST_TURN, False),
        ("K03", 2, "Bu Tasmi", FIRST_TURN, False),
        ("K03", 1, "Bu Yuliana", FIRST_TURN, False),
        ("K03", 1, "Mas Bayu", FIRST_TURN, False),
        ("K03", 2, "Mbak Ira", FIRST_TURN, False),
        ("B07", 1, "Bu Rini", SECOND_TURN, False),
        ("K04", 1, "Bu Nanik", FIRST_TURN, False),
    ]


def reload_with(page: Page, evening: Evening, *items: dict[str, Any]) -> None:
    """Put unsent entries where the console keeps them, as an earlier page of this phone would have, and open it anew."""
    page.evaluate(
        """([session, items]) => items.forEach((entry) =>
            localStorage.setItem(`giliran:unsent:${session}:${entry.uuid}`, JSON.stringify({entry, name: "", status: "unsent"})))""",
        [evening.live_session_id, list(items)],
    )
    page.reload()


@pytest.mark.parametrize("screen", ["desk"])
@pytest.mark.parametrize("color_scheme", ["dark"])
def test_what_goes_wrong_is_said_and_nothing_is_lost(
    console: Page, evening: Evening, link: tuple[int, str], sign_in: Callable[[Page, str], None], tolerate, check_axe, check_width
) -> None:
    page = console
    tolerate("500|502|401|ERR_FAILED")

    # An answer that is lost on the way back: the retry is a duplicate, the sale one.
    def lose_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/entries", lose_answer, times=1)
    page.keyboard.type("k03 x2 Laras")  # a host at a desk just types
    page.keyboard.press("Enter")
    expect(page.locator("#sync")).to_have_text("1 belum terkirim")
    everything_is_sent(page)
    assert brief(evening) == [("K03", 2, "Laras", FIRST_TURN, False)]

    # A server that stumbles is not blamed on the network.
    page.route("**/entries", lambda route: route.fulfill(status=502, body="<html>"), times=1)
    page.keyboard.type("k04")
    page.keyboard.press("Enter")
    expect(page.locator("#notes")).to_contain_text("Pusat sedang macet. Catatan aman di HP ini")
    everything_is_sent(page)
    page.keyboard.press("Control+z")
    expect(row(page, "1 × K04").get_by_label("Dibatalkan", exact=True)).to_be_visible()

    # A conflict and a rejection wait for a person, with what to do; a reload keeps them.
    first = sales(evening)[0]
    changed = sale(uuid=first.uuid, qty=9)
    astray = sale(slot_position=99, buyer_alias="Bu Ratmi", unit_price_idr=18_000)
    reload_with(page, evening, changed, astray)
    expect(page.locator("#problems")).to_contain_text("Bentrok: catatan ini sudah ada dengan isi lain. Yang tersimpan: 2 × K03.")
    page.reload()
    expect(page.locator("#problems")).to_contain_text("Siaran ini tidak punya giliran ke-99. Ubah isinya, atau buang.")
    expect(page.locator("#notes")).to_contain_text("1 catatan bentrok menunggu panitia. Jualan lain tetap jalan.")
    check_axe(page)
    check_width(page)
    page.get_by_role("button", name="Ubah dan kirim lagi").click()
    expect(page.get_by_label("Pembeli boleh kosong")).to_have_value("Bu Ratmi")
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    expect(row(page, "Bu Ratmi").get_by_label("Terkirim")).to_be_visible()
    page.locator(".problem").filter(has_text="9 × K03").get_by_role("button", name="Buang").click()
    check_axe(page)
    page.get_by_role("button", name="Buang catatan").click()
    expect(page.locator("#problems")).to_be_hidden()
    assert brief(evening)[-1] == ("K03", 3, "Bu Ratmi", FIRST_TURN, False)

    # The link is revoked while the console is open: it says so, and keeps what is written.
    revoke_link(evening.edition_id, link[0], by=None, now=minutes(5))
    page.keyboard.type("k03 Mas Bayu")
    page.keyboard.press("Enter")
    expect(page.locator("#notes")).to_contain_text("Anda perlu masuk lagi. Catatan aman di HP ini.")
    expect(page.locator("#sync")).to_have_text("1 belum terkirim")
    check_axe(page)
    page.on("dialog", lambda dialog: dialog.accept())  # leaving with something unsent asks first
    fresh, token = factories.make_link(evening.edition_id, live_session_id=evening.live_session_id)
    page.goto(f"/h/{token}")
    expect(page.get_by_role("button", name="Buka meja siaran")).to_be_visible()
    check_axe(page)
    sign_in(page, factories.make_sign_in(link_id=fresh))
    page.goto(f"/siaran/{evening.live_session_id}")
    expect(row(page, "Mas Bayu").get_by_label("Terkirim")).to_be_visible()
    assert brief(evening)[-1] == ("K03", 1, "Mas Bayu", FIRST_TURN, False)


def withdraw(evening: Evening) -> None:
    with transaction() as session:
        session.get_one(LiveSession, evening.live_session_id).withdrawn_at = minutes(4)


def take_goods_away(evening: Evening) -> None:
    with transaction() as session:
        for product in session.query(Product).filter_by(edition_id=evening.edition_id):
            product.withdrawn_at = minutes(1)


HOURS: list[tuple[str, float, Callable[[Evening], None] | None, str, str]] = [
    ("long before", -120, None, "Mulai 20.00 WIB", "1 dari 2 lapak sudah siap."),
    ("soon", -20, None, "Mulai 20.00 WIB", "Mulai lebih awal, catat untuk"),
    ("an empty slot", 35, None, "Waktu kosong", "Waktu ini tanpa lapak. Pakai Barang lain bila perlu."),
    ("after the end", 50, None, "Rp0", "Catat ke giliran terakhir:"),
    ("no goods", 5, take_goods_away, "Dapur Tape Kenanga", "Lapak ini belum punya daftar barang. Pakai Barang lain."),
    ("withdrawn", 5, withdraw, "Siaran ini batal", "Catatan yang sudah ada tetap aman."),
]


@pytest.mark.parametrize(("screen", "color_scheme"), [("phone", "dark"), ("desk", "light")])
def test_every_hour_of_an_evening_has_its_page(
    evening: Evening, world: World, open_page: Callable[..., Page], screen: str, color_scheme: str, check_axe, check_width
) -> None:
    account_id = factories.make_account(bazaar_id=evening.bazaar_id, role=Role.HOST, name="Rani")
    page = open_page(factories.make_sign_in(account_id=account_id))
    page.goto("/siaran")
    check_axe(page)
    check_width(page)
    page.get_by_role("link", name="Buka Selasa malam, 5 Mei").click()

    for hour, at, change, heading, words in HOURS:
        world.now = minutes(at)
        if change:
            change(evening)
        page.reload()
        expect(page.get_by_role("heading", level=1), hour).to_have_text(heading)
        expect(page.locator("body"), hour).to_contain_text(words)
        check_axe(page)
        check_width(page)


def test_a_stream_that_begins_early_can_be_written_down(evening: Evening, world: World, open_page: Callable[..., Page]) -> None:
    world.now = minutes(-3)
    page = open_page(factories.make_sign_in(account_id=factories.make_account(bazaar_id=evening.bazaar_id, role=Role.HOST)))
    page.goto(f"/siaran/{evening.live_session_id}")

    page.get_by_role("button", name="Mulai lebih awal, catat untuk: Dapur Tape Kenanga").click()
    type_code(page, "K03 x2")
    type_code(page, "K04")  # the console stays with that turn: there is no other one yet

    expect(row(page, "1 × K04").get_by_label("Terkirim")).to_be_visible()
    assert [(line.product_code, line.flags) for line in sales(evening)] == [("K03", ["before_turn"]), ("K04", ["before_turn"])]
    world.now = minutes(1)
    look_again(page)
    expect(page.locator("#aim")).to_be_hidden()
    expect(page.locator("#log-amount")).to_have_text("Rp56.000")


def test_another_phones_sale_appears_by_itself(console: Page, evening: Evening) -> None:
    evening.store(sale(device="hp-lain", buyer_alias="Bu Endang"))

    expect(row(console, "Bu Endang")).to_contain_text("HP lain")
