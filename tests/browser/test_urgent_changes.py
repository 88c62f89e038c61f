"""Changes of the next hours on a phone: what is urgent can be read, and reached, without scrolling past anything else."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import delete

from bazaar.database import reading, transaction
from bazaar.editions.build import build_rotation
from bazaar.rotation.solve import solve
from models import Edition, Rotation, Turn
from tests import factories
from tests.browser.conftest import LiveServer
from tests.conftest import START, World
from tests.vendors.evening import TONIGHT, make_evening
from tests.vendors.test_moves import move


def test_a_vendor_with_many_moves_reads_one_sentence_and_still_sees_both_answers(
    app: Flask, page: Page, live_server: LiveServer, world: World, check_axe: Callable[[Page], None]
) -> None:
    evening = make_evening()
    world.now = START
    later = TONIGHT + timedelta(days=30)
    move(evening, (evening.slot_id, TONIGHT + timedelta(days=2)), (evening.next_slot, later))

    page.goto(live_server.address(f"/g/{evening.token}"))

    expect(page.locator(".notice")).to_have_text("Giliran pindah dari Senin 20.15 ke Rabu 20.15 WIB.")
    expect(page.get_by_role("button", name="Berhalangan")).to_be_in_viewport(ratio=1)
    expect(page.locator(".turns")).to_contain_text("Sebelumnya Selasa, 12 Mei, 20.15 WIB.")
    check_axe(page)


def swap_in_draft(edition_id: int, turns: list[tuple[int, int]]) -> None:
    """A draft that could be published, with other vendors in it than the planner chose."""
    built = build_rotation(edition_id, planner=solve, by=None, now=START)
    with transaction() as session:
        session.execute(delete(Turn).where(Turn.rotation_id == built.rotation_id))
        session.get_one(Rotation, built.rotation_id).score = {"hard": 99, "unfilled": 0}
        session.add_all(
            Turn(edition_id=edition_id, rotation_id=built.rotation_id, slot_id=slot_id, vendor_id=vendor_id, points=10)
            for slot_id, vendor_id in turns
        )


def test_who_loses_a_turn_tonight_stands_before_the_button_that_publishes(
    app: Flask,
    page: Page,
    live_server: LiveServer,
    world: World,
    sign_in: Callable[[Page, str], None],
    check_axe: Callable[[Page], None],
    check_width: Callable[[Page], None],
) -> None:
    bazaar_id = factories.make_bazaar()
    edition_id = factories.make_edition(bazaar_id=bazaar_id)
    slots = factories.slot_ids(factories.make_live_session(edition_id, starts_at=TONIGHT))
    vendors = [factories.make_vendor(edition_id, business_name=f"Dapur Tape Kenanga Sumbersari {n}") for n in range(3)]
    factories.make_rotation(edition_id, list(zip(slots, vendors, strict=False)))
    swap_in_draft(edition_id, list(zip(slots, reversed(vendors), strict=False)))
    world.now = TONIGHT - timedelta(minutes=16)
    sign_in(page, factories.make_sign_in(account_id=factories.make_account(bazaar_id=bazaar_id)))
    with reading() as session:
        slug = session.get_one(Edition, edition_id).slug

    page.goto(live_server.address(f"/panitia/{slug}/papan/rancangan/2/terbit"))

    warning = page.get_by_text("Dalam 24 jam ini, giliran 2 lapak batal atau pindah.")
    expect(warning).to_be_in_viewport(ratio=1)
    warning.click(trial=True)  # nothing lies over it
    expect(page.get_by_role("button", name="Terbitkan, 2 lapak dikabari")).not_to_be_in_viewport()
    check_axe(page)
    check_width(page)
