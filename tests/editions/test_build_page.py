"""What the page before a draft counts is what the draft is then about."""

from datetime import UTC, datetime, timedelta

import pytest

from bazaar.database import transaction
from bazaar.editions.air_reports import note_loss
from bazaar.editions.build import build_rotation
from bazaar.editions.build_page import build_page
from bazaar.editions.evenness import evenness_page
from bazaar.editions.pins import pin_slot
from bazaar.editions.problem import SlotCounts
from bazaar.rotation.solve import solve
from models import LiveSession, Vendor
from tests.factories import make_edition, make_live_session, make_rotation, make_vendor, slot_ids

EVENING = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)
BEFORE, AFTER = EVENING - timedelta(days=1), EVENING + timedelta(hours=4)
pytestmark = pytest.mark.usefixtures("app")


def test_before_anything_is_published_every_slot_ahead_is_shared_out() -> None:
    edition_id = make_edition()
    slots = slot_ids(make_live_session(edition_id))
    first, _second = make_vendor(edition_id), make_vendor(edition_id)
    make_vendor(edition_id, withdrawn_at=BEFORE)
    pin_slot(edition_id, slots[0], first, by=None, now=BEFORE)

    page = build_page(edition_id, now=BEFORE)

    assert (page.vendor_count, page.slots, page.pin_count) == (2, SlotCounts(asked=6, ahead=6, failed=0, over=0), 1)
    assert (page.fair_share, page.published, page.soon) == ("3", None, ())


def test_failed_empty_left_and_called_off_slots_are_counted_as_the_draft_counts_them() -> None:
    edition_id = make_edition(gap_days=1)
    tonight = slot_ids(make_live_session(edition_id, slot_count=4))
    later = slot_ids(make_live_session(edition_id, starts_at=EVENING + timedelta(days=7), slot_count=3))
    called_off = make_live_session(edition_id, starts_at=EVENING + timedelta(days=9), slot_count=2)
    stays, fails, leaves = (make_vendor(edition_id) for _ in range(3))
    make_rotation(edition_id, [(tonight[0], stays), (tonight[1], fails), (tonight[2], leaves), (later[0], stays)])
    note_loss(tonight[1], lost_minutes=15, reason="internet putus", by=None, now=AFTER)
    with transaction() as session:
        session.get_one(Vendor, leaves).withdrawn_at = AFTER
        session.get_one(LiveSession, called_off).withdrawn_at = AFTER

    page = build_page(edition_id, now=AFTER)
    draft = build_rotation(edition_id, planner=solve, by=None, now=AFTER)
    drawn = evenness_page(edition_id, draft.number, now=AFTER)

    assert page.slots == SlotCounts(asked=4, ahead=3, failed=1, over=2)
    assert (drawn.asked.slot_count, drawn.asked.left_out_count) == (page.slots.asked, 2)


def test_turns_of_the_next_day_are_named_by_their_hours() -> None:
    edition_id = make_edition()
    near = slot_ids(make_live_session(edition_id, slot_count=2))
    far = slot_ids(make_live_session(edition_id, starts_at=EVENING + timedelta(days=7), slot_count=1))
    vendor_id = make_vendor(edition_id)
    make_rotation(edition_id, [(near[1], vendor_id), (far[0], vendor_id)])

    page = build_page(edition_id, now=EVENING - timedelta(hours=3))

    assert page.soon == (EVENING + timedelta(minutes=15),)
