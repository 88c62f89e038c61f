"""Telephoning whom nothing reached, ten minutes before the turn: at the host's console and on the organizer's page of the evening."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from bazaar.database import transaction
from bazaar.states import Role
from models import Edition, Vendor
from tests import factories
from tests.conftest import World
from tests.sales.evening import Evening, make_evening, minutes

pytestmark = pytest.mark.browser


@pytest.fixture
def evening(app: Flask, world: World) -> Evening:
    """Five minutes into the first turn: the second is ten minutes away, and its vendor gave no sign."""
    world.now = minutes(5)
    evening = make_evening(host_name="Rani")
    with transaction() as session:
        vendor = session.get_one(Vendor, evening.vendor_ids[1])
        vendor.phone, vendor.owner_name = "+6281200001024", "Bu Raden Ajeng Mardiyah Kusumaningrum"
    return evening


def test_the_host_telephones_whom_nothing_reached_and_notes_what_came_of_it(
    evening: Evening, open_page: Callable[..., Page], check_axe: Callable[[Page], None], check_width: Callable[[Page], None]
) -> None:
    link_id, _token = factories.make_link(evening.edition_id, live_session_id=evening.live_session_id, label="Rani")
    page = open_page(factories.make_sign_in(link_id=link_id))
    page.goto(f"/siaran/{evening.live_session_id}")
    calls = page.get_by_role("region", name="Telepon sekarang")

    expect(calls.get_by_role("link", name="Telepon Bu Raden Ajeng")).to_have_attribute("href", "tel:+6281200001024")
    check_axe(page)
    check_width(page)
    calls.get_by_role("button", name="Tidak diangkat").click()
    expect(calls).to_contain_text("Ditelepon 20.05 oleh Rani, tidak diangkat.")
    calls.get_by_role("button", name="Siap").click()

    expect(calls).to_be_hidden()
    expect(page.locator("#next")).to_contain_text("Siap")


def test_the_organizer_sees_the_same_list_above_the_evening(
    evening: Evening, open_page: Callable[..., Page], check_axe: Callable[[Page], None], check_width: Callable[[Page], None]
) -> None:
    account_id = factories.make_account(bazaar_id=evening.bazaar_id, role=Role.ORGANIZER, name="Rani Prameswari")
    with transaction() as session:
        slug = session.get_one(Edition, evening.edition_id).slug
    page = open_page(factories.make_sign_in(account_id=account_id))
    page.goto(f"/panitia/{slug}/")
    calls = page.get_by_role("region", name="Telepon sekarang")

    expect(calls.get_by_role("link", name="Telepon Bu Raden Ajeng")).to_have_attribute("href", "tel:+6281200001024")
    check_axe(page)
    check_width(page)
    calls.get_by_role("button", name="berhalangan").click()

    expect(page.get_by_text("Dicatat: berhalangan.")).to_be_visible()
    expect(calls).to_have_count(0)
