"""The proof of a draw on a phone by day and on a desk by night: readable by everybody, and reached by a vendor from the own page."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from bazaar.database import reading, transaction
from bazaar.rotation.score import PARTS
from models import Slot, Vendor
from tests import factories
from tests.conftest import World
from tests.editions.draws import NOW, change_draw, draw, make_draw, make_fair

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("screen", "color_scheme", "lang"), [("phone", "light", "id"), ("desk", "dark", "en")], ids=["phone-light-id", "desk-dark-en"]
)
def test_every_state_of_the_proof_is_readable_by_everybody(page: Page, app, world: World, lang: str, check_axe, check_width) -> None:
    world.now = NOW + timedelta(hours=3)
    edition_id = make_fair(slug="ramadhan", bazaar_id=factories.make_bazaar(name="Pasar Virtual Kabupaten Jember dan Sekitarnya"))
    with transaction() as session:
        vendor_id = session.scalars(select(Vendor.id)).first()
        session.execute(update(Slot).where(Slot.id.in_(select(Slot.id).limit(1))).values(pinned_vendor_id=vendor_id))
    doubtful = draw(make_draw(edition_id, seed=2**31 - 1))
    change_draw(doubtful.id, proved=["hard"], bounds={**doubtful.bounds, "dev_sq": None, "spacing": 0}, problem_hash="0" * 64)
    make_draw(edition_id, proved=list(PARTS), at=NOW + timedelta(hours=1))
    repair = draw(make_draw(edition_id, keep_published=True, proved=list(PARTS), planner_version=None, at=NOW + timedelta(hours=2)))
    change_draw(repair.id, score={**repair.score, "changes": 2})

    for number in (1, 2, 3):
        page.goto(f"/e/ramadhan/undian/{number}?lang={lang}")
        page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
        check_axe(page)
        check_width(page)
        page.goto(f"/e/ramadhan/undian/{number}?lang={'id' if lang == 'en' else 'en'}")
        page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
        check_width(page)


def test_a_vendor_comes_from_the_own_page_to_the_own_number(page: Page, app, world: World) -> None:
    world.now = NOW + timedelta(hours=1)
    edition_id = make_fair(slug="ramadhan")
    make_draw(edition_id)
    with reading() as session:
        vendor_id = session.scalars(select(Vendor.id).order_by(Vendor.id.desc())).first()
    _, token = factories.make_link(edition_id, vendor_id=vendor_id)

    page.goto(f"/g/{token}")
    page.locator("summary").filter(has_text="Kenapa dapat jam ini?").click()
    page.get_by_role("link", name="Lihat bukti undiannya").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Bukti undian ke-1")
    row = page.locator("tr:target")
    expect(row).to_be_visible()
    expect(row.get_by_role("rowheader")).to_have_text(str(vendor_id))
