"""The main pages on a small phone whose reader doubled the text: lines wrap and rows stack, nothing scrolls sideways."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Playwright

from tests.browser.conftest import FLAGS, LiveServer, sign_in_page
from tests.conftest import START, World
from tests.web.neighbours import Home, build_home
from tests.web.test_access import addresses, all_from, routes_of

pytestmark = pytest.mark.browser

FIRST_FOR_MEMBERS = "overview.tonight"
ENDPOINTS = (
    *("vendor.show", "public.timetable", "public.stalls", "public.stall", "public.proof", "auth_pages.sign_in"),
    *(FIRST_FOR_MEMBERS, "board.show", "board.slot", "vendors.index", "vendors.show", "messages.index", "results.index"),
    *("live_sessions.index", "links.index", "editions.settings", "editions.weights", "channels.index", "account.show"),
    "host.console",
)
"""A page of every kind that people meet: the vendor, the buyer, the organizer, the host."""

STICKING_OUT = """() => [...document.querySelectorAll("body *")]
  .filter((element) => element.checkVisibility() && !element.closest(".hush, .tabs, .b-weeks"))
  .filter((element) => Math.round(element.getBoundingClientRect().right) > document.documentElement.clientWidth)
  .map((element) => `${element.tagName}.${element.className}: ${element.textContent.trim().slice(0, 40)}`)"""
"""What ends outside the screen. Rows of tabs and weeks scroll in their own box."""


@pytest.fixture
def home(app: Flask) -> Home:
    """A bazaar with a row of every table."""
    return build_home("A")


@pytest.fixture
def reader(chromium: str, playwright: Playwright, live_server: LiveServer) -> Iterator[BrowserContext]:
    """A phone of 360 px whose letters have 32 px in every setting: the flag needs a browser of its own."""
    browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, "--blink-settings=defaultFontSize=32"])
    yield browser.new_context(base_url=live_server.url, viewport={"width": 360, "height": 740}, locale="id-ID")
    browser.close()


def address_of(app: Flask, home: Home, endpoint: str) -> str:
    """The page of this home."""
    blueprint, _ = endpoint.split(".")
    (route,) = (route for route in routes_of(app, blueprint) if route.rule.endpoint == endpoint and route.method == "GET")
    return addresses(app, route, all_from(route, home))[0]


def test_no_main_page_scrolls_sideways_where_the_text_is_doubled(
    app: Flask, home: Home, world: World, live_server: LiveServer, reader: BrowserContext
) -> None:
    world.now = START - timedelta(minutes=12)  # the vendor's turn is on the air
    page = reader.new_page()
    faults = {}

    for endpoint in ENDPOINTS:
        if endpoint == FIRST_FOR_MEMBERS:
            sign_in_page(page, home.sign_ins["organizer"], live_server)
        answer = page.goto(address_of(app, home, endpoint))
        page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
        wide = page.evaluate("document.documentElement.scrollWidth")
        if answer is None or answer.status != 200 or wide > 360 or page.evaluate(STICKING_OUT):
            faults[endpoint] = (answer and answer.status, wide, page.evaluate(STICKING_OUT))

    assert faults == {}
