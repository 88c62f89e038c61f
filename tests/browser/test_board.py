"""The board as an organizer uses it: build, look, review, publish, pin; on the phone and on the desk."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from bazaar.database import reading
from bazaar.editions.build import build_rotation
from models import Edition
from tests import factories
from tests.conftest import START
from tests.planner import plan_here

pytestmark = pytest.mark.browser

NAMES = (
    "Keripik Singkong Gunung Gambir Asli Pedas Manis Ibu Sumarni Kecamatan Sumberbaru",
    "Dapur Tape Kenanga",
    "Batik Gumitir",
    "Kopi Raung",
)


@pytest.fixture
def board_of(open_page: Callable[..., Page]) -> Callable[[str, str], Page]:
    """A signed-in organizer before an empty board with four vendors and five evenings of three slots."""

    def open_board(screen: str, color_scheme: str) -> Page:
        bazaar_id = factories.make_bazaar()
        edition_id = factories.make_edition(bazaar_id=bazaar_id)
        for day in (1, 5, 6, 9, 13):
            factories.make_live_session(edition_id, starts_at=START + timedelta(days=day), slot_count=3, host_name="Rani Prameswari")
        for name in NAMES:
            factories.make_vendor(edition_id, business_name=name)
        token = factories.make_sign_in(account_id=factories.make_account(bazaar_id=bazaar_id))
        with reading() as session:
            slug = session.get_one(Edition, edition_id).slug
        page = open_page(token, screen=screen, color_scheme=color_scheme)
        page.goto(f"/panitia/{slug}/papan")
        return page

    return open_board


@pytest.mark.parametrize(("screen", "color_scheme"), [("phone", "light"), ("desk", "dark")])
def test_a_rotation_is_built_looked_at_reviewed_published_and_pinned(
    board_of: Callable[[str, str], Page], screen: str, color_scheme: str, check_axe, check_width
) -> None:
    page = board_of(screen, color_scheme)

    def look() -> None:
        check_axe(page)
        check_width(page)

    expect(page.get_by_role("heading", name="Giliran belum dibagi.")).to_be_visible()
    look()
    page.get_by_role("link", name="Susun giliran").click()
    look()
    page.get_by_role("button", name="Susun giliran").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Rancangan ke-1")
    expect(page.locator(".ticks").first).to_contain_text("Giliran: paling sedikit 3, paling banyak 4. Terbukti paling rata.")
    expect(page.locator(".b-table tbody tr")).to_have_count(4)
    look()
    page.get_by_role("link", name="Lihat di papan").click()
    expect(page.locator(".chip")).to_have_count(9)
    page.get_by_role("link", name="Semua", exact=True).click()
    expect(page.locator(".chip")).to_have_count(15)
    look()
    page.get_by_role("link", name="Tinjau dan terbitkan").click()

    expect(page.get_by_text("4 lapak baru dapat giliran")).to_be_visible()
    page.get_by_text("Lihat siapa saja").click()
    expect(page.get_by_text(NAMES[0])).to_be_visible()
    look()
    page.get_by_role("button", name="Terbitkan").click()

    expect(page.locator(".o-flash[role=status]")).to_contain_text("Pembagian ke-1 terbit.")
    page.locator(".chip").first.click()
    expect(page.get_by_role("heading", name="Siapa yang bisa di sini?")).to_be_visible()
    page.get_by_role("searchbox").fill("gumitir")
    expect(page.get_by_role("radio")).to_have_count(1)
    page.get_by_role("radio", name="Batik Gumitir").check()
    look()
    page.get_by_role("button", name="Pasang di sini").click()

    expect(page.locator(".o-flash[role=status]")).to_contain_text("Batik Gumitir dipasang di waktu ini.")
    page.get_by_role("button", name="Lepas pasangan").click()
    expect(page.get_by_text("Tidak dipasang")).to_be_visible()


@pytest.mark.parametrize(("screen", "color_scheme"), [("phone", "dark"), ("desk", "light")])
def test_the_shares_of_many_stay_readable_their_head_stays_and_a_name_is_found(
    open_page: Callable[..., Page], check_axe, check_width, screen: str, color_scheme: str
) -> None:
    bazaar_id = factories.make_bazaar()
    edition_id = factories.make_edition(bazaar_id=bazaar_id)
    for day in (1, 5, 9):
        factories.make_live_session(edition_id, starts_at=START + timedelta(days=day), slot_count=12)
    for name in ("Warungsuwarsuwirdantapebakarsingkong" * 2, *(f"Lapak {number}" for number in range(1, 30))):
        factories.make_vendor(edition_id, business_name=name)
    build_rotation(edition_id, planner=plan_here, by=None, now=START)
    with reading() as session:
        slug = session.get_one(Edition, edition_id).slug
    page = open_page(
        factories.make_sign_in(account_id=factories.make_account(bazaar_id=bazaar_id)), screen=screen, color_scheme=color_scheme
    )
    page.goto(f"/panitia/{slug}/papan/rancangan/1?urut=points")
    head, rows = page.locator(".b-table thead"), page.locator(".b-table tbody tr")

    rows.nth(20).get_by_role("link").focus()

    assert round(head.bounding_box()["y"]) == 0
    assert rows.nth(20).bounding_box()["height"] < 100
    check_width(page)
    page.get_by_role("searchbox", name="Cari lapak").fill("lapak 17")
    expect(rows.filter(visible=True)).to_have_count(1)
    page.get_by_role("searchbox", name="Cari lapak").fill("sambal")
    expect(page.get_by_text("Tidak ada yang cocok.")).to_be_visible()
    check_axe(page)


def test_a_second_press_does_no_harm_and_a_draft_goes_only_when_asked_twice(board_of, check_axe) -> None:
    page = board_of("phone", "light")
    address = page.url

    page.goto(f"{address}/susun")
    page.get_by_role("button", name="Susun giliran").dblclick()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Rancangan ke-")
    page.get_by_role("button", name="Buang rancangan").click()
    expect(page.get_by_role("dialog")).to_contain_text("Buang rancangan ke-")
    check_axe(page)
    page.get_by_role("dialog").get_by_role("button", name="Buang rancangan").click()
    expect(page.locator(".o-flash[role=status]")).to_contain_text("dibuang.")
