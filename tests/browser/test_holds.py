"""The page of what holds messages up, and the banners that lead there, in a real browser."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from bazaar.database import reading, transaction
from bazaar.reminders.pulse import note_failed
from bazaar.states import HoldReason
from models import Edition, SendingHold
from tests import factories
from tests.browser.conftest import assert_no_sideways_scrolling, assert_no_violations
from tests.conftest import START

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("screen", "color_scheme"), [("phone", "light"), ("desk", "dark")])
def test_an_organizer_reads_what_holds_messages_up_and_decides(open_page: Callable[..., Page], screen: str, color_scheme: str) -> None:
    bazaar_id = factories.make_bazaar()
    edition_id = factories.make_edition(bazaar_id=bazaar_id)
    token = factories.make_sign_in(account_id=factories.make_account(bazaar_id=bazaar_id))
    with reading() as session:
        home = f"/panitia/{session.get_one(Edition, edition_id).slug}"
    note_failed("backup", "backup_damaged", now=START)
    with transaction() as session:
        session.add(SendingHold(reason=HoldReason.RESTORE, note="restored 128", began_at=START))
        session.add(SendingHold(reason=HoldReason.CLOCK, note="behind 86400", began_at=START, ends_at=START + timedelta(days=1)))
    page = open_page(token)

    page.goto(f"{home}/pesan")
    page.get_by_role("link", name="Lihat dan putuskan").first.click()

    expect(page.get_by_role("heading", name="Pengiriman berhenti dulu", level=1)).to_be_visible()
    assert_no_violations(page)
    assert_no_sideways_scrolling(page)
    page.get_by_role("button", name="Kirim yang masih berguna").click()
    expect(page.get_by_text("Pengiriman berjalan lagi.")).to_be_visible()
    page.goto(f"{home}/jeda")
    page.get_by_role("button", name="Jam server sudah benar").click()
    page.goto(f"{home}/jeda")
    expect(page.get_by_role("heading", name="Pengiriman berjalan", level=1)).to_be_visible()
