"""The browser test bed itself: a page is served, seen, and its complaints are heard."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints

pytestmark = pytest.mark.browser


def test_a_page_is_served_and_read(page: Page, tolerate, check_axe, check_width) -> None:
    tolerate("404")

    page.goto("/no-such-page")

    expect(page.get_by_role("heading")).to_have_text("Halaman ini tidak ada. Periksa lagi alamatnya.")
    check_axe(page)
    check_width(page)


@pytest.mark.parametrize("screen", ["desk"])
@pytest.mark.parametrize("color_scheme", ["dark"])
def test_screen_and_colours_are_chosen_by_the_test(page: Page, tolerate) -> None:
    tolerate("404")

    page.goto("/no-such-page")

    assert page.viewport_size == {"width": 1280, "height": 800}
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")


def test_a_complaint_is_heard(page: Page, complaints: Complaints) -> None:
    page.goto("/no-such-page")
    page.evaluate("console.error('something broke')")

    heard = complaints.unexpected()

    assert [message for message in heard if "something broke" in message]
    complaints.messages.clear()
