"""Every page on the smallest phone with names that nothing breaks: ninety letters without a blank, in every place that holds a name."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, Playwright

import bazaar
from bazaar.web.access import Access
from bazaar.web.register import BLUEPRINTS
from tests.browser.conftest import FLAGS
from tests.conftest import START, World
from tests.web.neighbours import Home, build_home
from tests.web.test_access import Route, addresses, all_from, routes_of

pytestmark = pytest.mark.browser

STYLES = Path(bazaar.__file__).parent / "static" / "css"
UNBROKEN = ("Warungsuwarsuwirdantapebakarsingkong" * 3)[:90]
VISITORS = {Access.PUBLIC: "nobody", Access.VENDOR_LINK: "nobody", Access.HOST: "host by link"}
"""Who looks at a page; all others are the organizer's."""

FAULTS = """() => {
  const faults = [];
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) faults.push(`${wide} px too wide`);
  const isLetter = (sign) => /[\\p{L}\\d@._]/u.test(sign ?? " ");
  const isHidden = (box) => box !== null && (getComputedStyle(box).clipPath !== "none" || isHidden(box.parentElement));
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { data, parentElement } = texts.currentNode;
    if (!parentElement.checkVisibility() || isHidden(parentElement)) continue;
    for (const { 0: word, index } of data.matchAll(/[\\p{L}\\d]{2,14}/gu)) {
      if (isLetter(data[index - 1]) || isLetter(data[index + word.length])) continue;
      if (/:\\/\\/\\S*$/u.test(data.slice(0, index))) continue; // a piece of an address, whose token may hold a hyphen anywhere
      const range = document.createRange();
      range.setStart(texts.currentNode, index);
      range.setEnd(texts.currentNode, index + word.length);
      const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
      if (lines.size > 1) faults.push(`torn: ${word} in ${parentElement.tagName}.${parentElement.className}`);
    }
  }
  for (const { 0: glued } of document.body.innerText.matchAll(/\\p{Ll}[.?!]\\p{Lu}\\p{Ll}+/gu)) faults.push(`glued: ${glued}`);
  return faults;
}"""
"""A page that scrolls sideways, words of ours (or short ones of others) that a long neighbour tore apart, sentences glued together."""


@pytest.fixture
def home(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A bazaar with a row of every table, in whose names stand ninety letters in one piece."""
    monkeypatch.setattr(Home, "secret", property(lambda _: UNBROKEN))
    return build_home("A")


def pages_of(app: Flask, home: Home) -> list[tuple[Route, str]]:
    routes = [route for blueprint in BLUEPRINTS for route in routes_of(app, blueprint.name) if route.method == "GET"]
    return [(route, address) for route in routes for address in addresses(app, route, all_from(route, home))]


def test_no_page_scrolls_sideways_or_tears_words_however_long_a_name_is(
    app: Flask, home: Home, world: World, open_page: Callable[..., Page], tolerate: Callable[[str], None]
) -> None:
    tolerate("404|409|410")  # the walk asks for everything there is
    world.now = START - timedelta(minutes=12)  # the vendor's turn is on the air
    pages = {name: open_page(home.sign_ins.get(name)) for name in ("nobody", "organizer", "host by link")}
    looked_at, faults = 0, {}

    for route, address in pages_of(app, home):
        page = pages[VISITORS.get(route.access, "organizer")]
        if route.rule.rule.startswith("/api/") or "text/html" not in page.request.get(address).headers.get("content-type", ""):
            continue
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
        looked_at += 1
        faults[address] = page.evaluate(FAULTS)

    world.now = START  # the vendor's turn is over, and claims come late
    console = pages["host by link"]
    console.goto(f"/siaran/{home.ids['live_session']}")
    faults["after a turn"] = console.evaluate(FAULTS)
    console.locator("#previous").click()
    faults["late claims"] = console.evaluate(FAULTS)
    console.locator(".tile").first.click()
    faults["a sale"] = console.evaluate(FAULTS)

    assert {place: found for place, found in faults.items() if found} == {}
    assert looked_at > 50


def test_a_date_with_its_hour_breaks_where_a_reader_doubled_the_text(chromium: str, playwright: Playwright) -> None:
    """Such a reader's letters have 32 px in every browser setting; so the test needs a browser of its own."""
    browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, "--blink-settings=defaultFontSize=32"])
    page = browser.new_page(viewport={"width": 360, "height": 740})
    styles = "".join((STYLES / name).read_text(encoding="utf-8") for name in ("tokens.css", "base.css"))

    page.set_content(f"<style>{styles}</style><main style='padding: 2rem'><time class='nowrap'>Kam, 26 Nov 2026, 04.34 WIB</time></main>")

    wide, screen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    browser.close()
    assert wide <= screen
