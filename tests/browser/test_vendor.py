"""The vendor's page as a vendor meets it: a cheap phone, no script, large letters, every hour of an evening."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from bazaar.database import transaction
from bazaar.states import AnswerKind
from bazaar.vendors.answers import answer_turn
from models import Link
from tests import factories
from tests.browser.conftest import assert_easy_to_read
from tests.conftest import START, World
from tests.vendors.evening import TONIGHT, Evening, make_evening

pytestmark = pytest.mark.browser

LETTERS_TOO_SMALL = """() => [...document.querySelectorAll("main *")]
  .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
  .filter((element) => parseFloat(getComputedStyle(element).fontSize) < 18)
  .map((element) => element.textContent.trim())"""
TARGETS_TOO_LOW = """() => [...document.querySelectorAll("main a, main button, main summary")]
  .filter((element) => element.getBoundingClientRect().height < 55.5).map((element) => element.textContent.trim())"""


def assert_state_is_readable(page: Page, state: str) -> None:
    """Easy to read with everything unfolded; letters and targets are large enough."""
    for summary in page.locator("summary").all():
        summary.click()
    assert_easy_to_read(page, state)
    assert page.evaluate(LETTERS_TOO_SMALL) == [], state
    assert page.evaluate(TARGETS_TOO_LOW) == [], state


@pytest.mark.parametrize(("screen", "color_scheme"), [("phone", "light"), ("desk", "dark")])
def test_every_state_of_the_page_is_readable(open_page: Callable[..., Page], world: World, tolerate: Callable[[str], None]) -> None:
    tolerate("410|404")
    evening = make_evening(owner_name="Bu Hj. Raden Ayu Sulistyowati Prawirodirdjo", business_name="Batik Gumitir Sumberjambe Lestari")
    page = open_page()
    address = f"/g/{evening.token}"
    for state, now, path in (
        ("before", START, address),
        ("in English", START, f"{address}?lang=en"),
        ("question", START, f"{address}?yakin={evening.slot_id}"),
        ("question about a later turn", START, f"{address}?yakin={evening.next_slot}"),
        ("soon", TONIGHT - timedelta(minutes=9), address),
        ("on air", TONIGHT + timedelta(minutes=4), address),
        ("just over", TONIGHT + timedelta(minutes=20), address),
        ("all over", TONIGHT + timedelta(days=20), address),
    ):
        world.now = now
        page.goto(path)
        assert_state_is_readable(page, state)
    world.now = START
    for kind in (AnswerKind.READY, AnswerKind.UNABLE):
        answer_turn(evening.edition_id, evening.slot_id, evening.vendor_id, kind, now=START)
        page.goto(address)
        assert_state_is_readable(page, kind)
    factories.make_closing(evening.edition_id, evening.past_slot, evening.vendor_id, amount_idr=123_456_789)
    page.goto(address)
    assert_state_is_readable(page, "with results")
    end_link(evening)
    for state, path in (("revoked", address), ("unknown", "/g/tidak-ada")):
        page.goto(path)
        assert_state_is_readable(page, state)


def test_an_evening_is_answered_without_a_script_and_in_one_request_a_page(open_page: Callable[..., Page], world: World) -> None:
    evening = make_evening()
    page = open_page(javascript=False)
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.method))

    page.goto(f"/g/{evening.token}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bu Siti Aminah, giliran Ibu malam ini")
    opened_with = list(fetched)
    page.get_by_role("button", name="Siap").click()
    expect(page.get_by_role("status")).to_have_text("Terima kasih, Ibu sudah siap.")
    page.get_by_text("Ubah jawaban").click()
    page.get_by_role("button", name="Berhalangan").click()
    page.get_by_role("link", name="Tidak jadi").click()
    expect(page.get_by_role("status")).to_have_text("Terima kasih, Ibu sudah siap.")
    page.get_by_text("Ubah jawaban").click()
    page.get_by_role("button", name="Berhalangan").click()
    page.get_by_role("button", name="Ya, berhalangan").click()
    expect(page.get_by_role("status")).to_contain_text("Ibu berhalangan. Sudah kami catat.")
    page.get_by_role("button", name="Ternyata bisa hadir").click()
    expect(page.get_by_role("status")).to_have_text("Terima kasih, Ibu sudah siap.")
    world.now = TONIGHT - timedelta(minutes=10)
    page.reload()

    expect(page.get_by_role("link", name="Masuk Zoom")).to_have_attribute("href", "https://zoom.example/j/1234")
    assert opened_with == ["GET"]
    assert page.context.cookies() == []


def end_link(evening: Evening) -> None:
    with transaction() as session:
        session.get_one(Link, evening.link_id).revoked_at = START
