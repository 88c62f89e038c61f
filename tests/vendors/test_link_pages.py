"""What the pages about links count and leave out."""

from datetime import timedelta

from flask import Flask

from bazaar.vendors.link_pages import host_doors, links_page, slips
from tests import factories
from tests.conftest import START


def test_vendors_come_by_name_with_the_link_that_works(app: Flask) -> None:
    edition_id = factories.make_edition()
    tape = factories.make_vendor(edition_id, business_name="tape")
    factories.make_vendor(edition_id, business_name="Batik")
    factories.make_vendor(edition_id, business_name="Mundur", withdrawn_at=START)
    factories.make_link(edition_id, vendor_id=tape, revoked_at=START)
    link_id, _token = factories.make_link(edition_id, vendor_id=tape, last_opened_at=START)

    page = links_page(edition_id, now=START)

    assert [(row.business_name, row.link and row.link.id) for row in page.vendors] == [("Batik", None), ("tape", link_id)]
    assert (page.missing_count, page.unopened_count) == (1, 0)


def test_doors_are_those_of_live_sessions_that_are_not_over(app: Flask) -> None:
    edition_id = factories.make_edition()
    over = factories.make_live_session(edition_id, starts_at=START - timedelta(hours=2))
    ahead = factories.make_live_session(edition_id, starts_at=START)
    factories.make_live_session(edition_id, starts_at=START + timedelta(days=1), withdrawn_at=START)
    for live_session_id in (over, ahead):
        factories.make_link(edition_id, live_session_id=live_session_id)
        factories.make_device(live_session_id)
    factories.make_link(edition_id, live_session_id=ahead, expires_at=START)
    factories.make_device(ahead, revoked_at=START)

    [door] = links_page(edition_id, now=START).doors

    assert door == host_doors(edition_id, ahead, now=START)
    assert [len(rows) for rows in (door.links, door.open_links, door.devices, door.open_devices)] == [2, 1, 2, 1]


def test_a_slip_holds_the_turns_ahead_in_order(app: Flask) -> None:
    edition_id = factories.make_edition()
    vendor_id = factories.make_vendor(edition_id)
    starts = [START + timedelta(days=days) for days in (5, -1, 1)]
    slots = [factories.slot_ids(factories.make_live_session(edition_id, starts_at=at, slot_count=1))[0] for at in starts]
    factories.make_rotation(edition_id, [(slot_id, vendor_id) for slot_id in slots])

    [slip] = slips(edition_id, now=START)

    assert slip.turn_starts == (START + timedelta(days=1), START + timedelta(days=5))
    assert slip.link is None
