"""What a draft breaks is told by name and hour; what breaks nothing tells nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from bazaar.database import transaction
from bazaar.editions.broken import BrokenTurn, broken_turns
from bazaar.editions.build import build_rotation
from bazaar.editions.pins import pin_slot
from bazaar.editions.publish import publish_rotation
from bazaar.refusals import Refusal
from bazaar.rotation.solve import solve
from models import Availability
from tests.factories import make_edition, make_live_session, make_vendor, slot_ids

EVENING = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)
NOW = EVENING - timedelta(days=2)
pytestmark = pytest.mark.usefixtures("app")


def test_a_pin_on_a_day_off_is_named_and_the_use_case_itself_refuses_to_publish_it() -> None:
    edition_id = make_edition()
    slots = slot_ids(make_live_session(edition_id, slot_count=2))
    away = make_vendor(edition_id, business_name="Libur", min_turns=0)
    make_vendor(edition_id)
    pin_slot(edition_id, slots[0], away, by=None, now=NOW)
    with transaction() as session:
        session.add(Availability(vendor_id=away, weekday=EVENING.weekday()))
    draft = build_rotation(edition_id, planner=solve, by=None, now=NOW)

    told = broken_turns(edition_id, draft.number)

    assert len(told) == draft.score["hard"] == 1
    assert told[0] in (BrokenTurn("away", "Libur", (EVENING,), ""), BrokenTurn("pin", "Libur", (EVENING,), told[0].holder_name))
    with pytest.raises(Refusal, match="draft_broken"):
        publish_rotation(draft.rotation_id, by=None, now=NOW)
    assert publish_rotation(draft.rotation_id, despite_broken=True, by=None, now=NOW).number == draft.number


def test_a_draft_that_breaks_nothing_has_nothing_to_tell() -> None:
    edition_id = make_edition()
    make_live_session(edition_id, slot_count=1)
    make_vendor(edition_id)

    assert broken_turns(edition_id, build_rotation(edition_id, planner=solve, by=None, now=NOW).number) == ()
