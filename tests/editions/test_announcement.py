"""Who would be told what: the promise before publishing is what publishing then does."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bazaar.database import reading, transaction
from bazaar.editions.announcement import announcement_page
from bazaar.editions.build import build_rotation
from bazaar.editions.publish import publish_rotation
from bazaar.states import ReminderKind, RotationState
from models import Availability, Reminder
from tests.factories import make_edition, make_live_session, make_rotation, make_vendor, slot_ids

EVENING = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)
NOW = EVENING - timedelta(days=2)
pytestmark = pytest.mark.usefixtures("app")


def names(group: tuple[object, ...]) -> list[str]:
    return [one.business_name for one in group]  # type: ignore[attr-defined]


def test_every_vendor_is_in_one_of_four_groups_with_its_times() -> None:
    edition_id = make_edition()
    slots = slot_ids(make_live_session(edition_id))
    stays, moves, leaves, comes = (make_vendor(edition_id, business_name=name) for name in ("Tetap", "Pindah", "Batal", "Baru"))
    make_rotation(edition_id, [(slots[0], stays), (slots[1], moves), (slots[2], leaves)])
    make_rotation(
        edition_id, [(slots[0], stays), (slots[2], moves), (slots[1], comes)], state=RotationState.DRAFT, problem=EMPTY, score=NONE
    )

    page = announcement_page(edition_id, 2, now=NOW)

    assert [names(group) for group in (page.new, page.moved, page.removed, page.unchanged)] == [["Baru"], ["Pindah"], ["Batal"], ["Tetap"]]
    moved, quarter = page.moved[0], timedelta(minutes=15)
    assert (moved.gone, moved.added, moved.staying) == ((EVENING + quarter,), (EVENING + 2 * quarter,), ())
    assert page.message_count == 2


def test_a_change_behind_us_is_told_nobody() -> None:
    edition_id = make_edition()
    slots = slot_ids(make_live_session(edition_id))
    vendor_id = make_vendor(edition_id)
    make_rotation(edition_id, [(slots[0], vendor_id)])
    make_rotation(edition_id, [(slots[1], vendor_id)], state=RotationState.DRAFT, problem=EMPTY, score=NONE)

    page = announcement_page(edition_id, 2, now=EVENING + timedelta(days=1))

    assert (len(page.moved), page.message_count) == (1, 0)


def test_who_wants_no_messages_is_counted_out() -> None:
    edition_id = make_edition()
    slots = slot_ids(make_live_session(edition_id))
    vendor_id = make_vendor(edition_id, opted_out_at=NOW)
    make_rotation(edition_id, [(slots[0], vendor_id)])
    make_rotation(edition_id, [(slots[1], vendor_id)], state=RotationState.DRAFT, problem=EMPTY, score=NONE)

    page = announcement_page(edition_id, 2, now=NOW)

    assert ([one.is_opted_out for one in page.moved], page.message_count) == ([True], 0)


def test_what_is_promised_is_what_publishing_does() -> None:
    edition_id = make_edition()
    for day in (0, 4, 8):
        make_live_session(edition_id, starts_at=EVENING + timedelta(days=day), slot_count=2)
    vendors = [make_vendor(edition_id) for _ in range(4)]
    publish_rotation(build_rotation(edition_id, by=None, now=NOW).rotation_id, by=None, now=NOW)
    with transaction() as session:
        session.add_all(Availability(vendor_id=vendors[0], weekday=day) for day in range(7))
    draft = build_rotation(edition_id, by=None, now=NOW)

    page = announcement_page(edition_id, draft.number, now=NOW)
    counts = publish_rotation(draft.rotation_id, by=None, now=NOW).counts

    assert (counts.new, counts.moved, counts.removed, counts.unchanged) == tuple(
        len(group) for group in (page.new, page.moved, page.removed, page.unchanged)
    )
    with reading() as session:
        kinds = (ReminderKind.CHANGED, ReminderKind.CANCELLED)
        assert page.message_count == session.scalar(select(func.count()).select_from(Reminder).where(Reminder.kind.in_(kinds))) > 0


EMPTY = {"days": 1, "rules": {"gap": 0, "want_gap": 0, "decay_pct": []}, "slots": [], "vendors": []}
NONE = {"hard": 0, "unfilled": 0}
