"""Waiting for the planner in a real browser: the bar moves by itself, without script the page reloads, a cancel ends it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from bazaar.database import reading
from bazaar.editions import planning as work
from bazaar.web.organizer import planning
from bazaar.web.planning import wait_for_planning
from models import Edition
from tests import factories
from tests.conftest import START
from tests.planner import PatientPlanner

pytestmark = pytest.mark.browser


@pytest.fixture
def planner(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[PatientPlanner]:
    """A planner that thinks for as long as the test wants, and tells its progress at once."""
    planner = PatientPlanner()
    app.extensions["giliran.outside"] = replace(app.extensions["giliran.outside"], ask_planner=planner)
    monkeypatch.setattr(planning, "QUICK_SECONDS", 0.0)
    monkeypatch.setattr(work, "WRITE_SECONDS", 0.0)
    monkeypatch.setattr(work, "LOOK_SECONDS", 0.0)
    yield planner
    planner.go_on.set()
    wait_for_planning()


def build_page(open_page: Callable[..., Page], **options: object) -> Page:
    """A signed-in organizer who is about to press build."""
    bazaar_id = factories.make_bazaar()
    edition_id = factories.make_edition(bazaar_id=bazaar_id, name="Bazar Ramadhan 1447 H di Alun-Alun Kabupaten Jember")
    for day in (1, 5):
        factories.make_live_session(edition_id, starts_at=START + timedelta(days=day), slot_count=2)
    for name in ("Dapur Tape Kenanga", "Batik Gumitir"):
        factories.make_vendor(edition_id, business_name=name)
    with reading() as session:
        slug = session.get_one(Edition, edition_id).slug
    page = open_page(factories.make_sign_in(account_id=factories.make_account(bazaar_id=bazaar_id)), **options)
    page.goto(f"/panitia/{slug}/papan/susun")
    return page


def test_the_bar_moves_by_itself_and_leads_to_the_draft(open_page, planner: PatientPlanner, check_axe, check_width) -> None:
    page = build_page(open_page)
    page.get_by_role("button", name="Susun giliran").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Giliran sedang disusun")
    expect(page.locator("[aria-current=step]")).to_have_text("Membagi giliran")
    check_axe(page)
    check_width(page)
    planner.reach("balance", 0.5)
    expect(page.locator("[aria-current=step]")).to_have_text("Meratakan nilai")
    expect(page.get_by_role("progressbar")).to_have_js_property("value", 37)
    planner.go_on.set()

    expect(page.get_by_role("heading", level=1)).to_have_text("Rancangan ke-1")
    expect(page.locator(".o-flash[role=status]")).to_contain_text("Rancangan ke-1 selesai disusun.")


def test_a_server_that_does_not_answer_is_told_of_until_it_does(open_page, planner: PatientPlanner, check_axe, check_width) -> None:
    page = build_page(open_page)
    page.get_by_role("button", name="Susun giliran").click()
    expect(page.get_by_role("progressbar")).to_have_js_property("value", 4)  # begun, and seen to be
    silence = page.get_by_text("Belum ada kabar dari server.")
    expect(silence).to_be_hidden()

    page.route("**/kemajuan", lambda _route: None)

    expect(silence).to_be_visible(timeout=15_000)
    check_axe(page)
    check_width(page)
    page.unroute("**/kemajuan")
    expect(silence).to_be_hidden(timeout=10_000)


def test_a_cancel_ends_it_also_for_whoever_else_watches(open_page, planner: PatientPlanner, check_axe, check_width) -> None:
    page = build_page(open_page, screen="desk", color_scheme="dark")
    page.get_by_role("button", name="Susun giliran").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    watcher = page.context.new_page()
    watcher.goto(page.url)

    page.get_by_role("button", name="Batalkan").click()

    expect(page.get_by_text("Dibatalkan. Tidak ada yang berubah.")).to_be_visible()
    expect(watcher.get_by_text("Dibatalkan. Tidak ada yang berubah.")).to_be_visible()
    assert planner.was_stopped.wait(5)
    check_axe(page)
    check_width(page)
    page.get_by_role("button", name="Coba lagi").click()
    expect(page.get_by_role("progressbar")).to_be_visible()


def test_without_script_the_page_reloads_until_the_draft_is_there(open_page, planner: PatientPlanner) -> None:
    page = build_page(open_page, javascript=False)
    page.get_by_role("button", name="Susun giliran").click()
    expect(page.get_by_role("progressbar")).to_be_visible()

    planner.go_on.set()

    expect(page.get_by_role("heading", level=1)).to_have_text("Rancangan ke-1")
