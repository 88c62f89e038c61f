"""Editions: their rules, two organizers at once, putting one away."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from bazaar.database import reading
from bazaar.editions.edition_settings import (
    EditionData,
    archive_edition,
    change_edition,
    create_edition,
    delete_edition,
    read_edition_data,
    return_edition,
)
from bazaar.editions.live_sessions import add_live_session
from bazaar.editions.scope import edition_ref
from bazaar.refusals import Refusal
from bazaar.states import ReminderState, RotationState
from models import Availability, Edition, LiveSession, PastTurn, Product, Reminder, Rotation, Slot, Turn, Vendor
from tests import factories
from tests.conftest import START
from tests.editions.evenings import evening

MAY = EditionData("Bazar Mei", date(2026, 5, 4), date(2026, 5, 31))


def refusal_of(act, *args: object, **kwargs: object) -> str:
    with pytest.raises(Refusal) as refused:
        act(*args, **kwargs)
    return refused.value.code


def new_edition(data: EditionData = MAY) -> int:
    return edition_ref(create_edition(factories.make_bazaar(), data, by=None, now=START)).id


def saved(edition_id: int) -> EditionData:
    with reading() as session:
        return read_edition_data(session.get_one(Edition, edition_id))


def test_an_edition_keeps_what_was_decided(app: Flask) -> None:
    data = replace(MAY, timezone="Asia/Jayapura", reminder_leads=(10, 1440, 10), adjacent_categories="hard", good_until_minute=24 * 60)

    edition_id = new_edition(data)

    assert saved(edition_id) == replace(data, reminder_leads=(1440, 10))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": " "}, "name_missing"),
        ({"ends_on": date(2026, 5, 3)}, "dates_reversed"),
        ({"gap_days": 11}, "gaps_reversed"),
        ({"good_until_minute": 19 * 60}, "good_hours_reversed"),
        ({"reminder_leads": (15 * 24 * 60,)}, "lead_out_of_range"),
        ({"reminder_leads": (1, 2, 3, 4, 5, 6, 7)}, "lead_out_of_range"),
        ({"grace_seconds": 3601}, "grace_out_of_range"),
        ({"timezone": "Asia/Jember"}, "timezone_unknown"),
    ],
)
def test_impossible_rules_are_refused(changes: dict[str, object], code: str) -> None:
    assert refusal_of(create_edition, 1, replace(MAY, **changes), by=None, now=START) == code


def test_the_second_of_two_organizers_does_not_overwrite_the_first(app: Flask) -> None:
    edition_id = new_edition()
    change_edition(edition_id, replace(MAY, gap_days=4), revision=0, by=None, now=START)

    code = refusal_of(change_edition, edition_id, replace(MAY, gap_days=5), revision=0, by=None, now=START)

    assert (code, saved(edition_id).gap_days) == ("changed_meanwhile", 4)


def test_the_zone_is_fixed_and_the_dates_hold_once_live_sessions_exist(app: Flask) -> None:
    edition_id = new_edition()
    add_live_session(edition_id, evening(date(2026, 5, 20)), by=None, now=START)

    def change(**changes: object) -> str:
        return refusal_of(change_edition, edition_id, replace(MAY, **changes), revision=0, by=None, now=START)

    assert change(timezone="Asia/Makassar") == "timezone_in_use"
    assert change(ends_on=date(2026, 5, 19)) == "dates_leave_out"


def test_new_lead_times_plan_the_reminders_anew(app: Flask) -> None:
    edition_id, vendor_id = (edition := new_edition()), factories.make_vendor(edition)
    live_session_id = add_live_session(edition_id, evening(date(2026, 5, 8)), by=None, now=START)
    factories.make_rotation(edition_id, [(factories.slot_ids(live_session_id)[0], vendor_id)])

    change_edition(edition_id, replace(MAY, reminder_leads=(60,)), revision=0, by=None, now=START)
    change_edition(edition_id, replace(MAY, reminder_leads=(60, 20)), revision=1, by=None, now=START)

    with reading() as session:
        planned = session.query(Reminder).filter_by(state=ReminderState.PLANNED).all()
    assert sorted(reminder.lead_minutes for reminder in planned) == [20, 60]


def test_an_archived_edition_cannot_be_changed_until_it_is_brought_back(app: Flask) -> None:
    edition_id = new_edition()
    archive_edition(edition_id, by=None, now=START)

    codes = [
        refusal_of(change_edition, edition_id, MAY, revision=1, by=None, now=START),
        refusal_of(add_live_session, edition_id, evening(date(2026, 5, 5)), by=None, now=START),
    ]
    for _ in range(2):
        return_edition(edition_id, by=None, now=START)
    change_edition(edition_id, MAY, revision=2, by=None, now=START)

    assert codes == ["edition_archived", "edition_archived"]


def test_an_edition_whose_vendors_wait_cannot_be_archived(app: Flask) -> None:
    edition_id, vendor_id = (edition := new_edition()), factories.make_vendor(edition)
    live_session_id = add_live_session(edition_id, evening(date(2026, 5, 5)), by=None, now=START)
    factories.make_rotation(edition_id, [(factories.slot_ids(live_session_id)[0], vendor_id)])

    assert refusal_of(archive_edition, edition_id, by=None, now=START) == "edition_has_turns_ahead"
    archive_edition(edition_id, by=None, now=START + timedelta(days=2))


def test_only_an_edition_that_nobody_saw_is_deleted_with_all_that_was_prepared(app: Flask) -> None:
    edition_id = new_edition()
    vendor_id = factories.make_vendor(edition_id)
    factories.make_product(edition_id, vendor_id)
    factories.make_link(edition_id, vendor_id=vendor_id)
    live_session_id = add_live_session(edition_id, evening(date(2026, 5, 5)), by=None, now=START)
    factories.make_device(live_session_id)
    factories.make_rotation(edition_id, [(factories.slot_ids(live_session_id)[0], vendor_id)], state=RotationState.DRAFT)

    delete_edition(edition_id, by=None, now=START)

    with reading() as session:
        tables = (Edition, LiveSession, Slot, Vendor, Product, Rotation, Turn, Availability, PastTurn)
        assert [session.query(table).count() for table in tables] == [0] * len(tables)


def test_an_edition_that_was_published_is_not_deleted(app: Flask) -> None:
    edition_id = new_edition()
    factories.make_rotation(edition_id, state=RotationState.SUPERSEDED)

    assert refusal_of(delete_edition, edition_id, by=None, now=START) == "edition_was_published"


def test_live_sessions_of_another_zone_are_instants_of_that_zone(app: Flask) -> None:
    edition_id = new_edition(replace(MAY, timezone="Asia/Jayapura"))

    add_live_session(edition_id, evening(date(2026, 5, 5)), by=None, now=START)

    with reading() as session:
        assert session.query(LiveSession).one().starts_at == datetime(2026, 5, 5, 11, 0, tzinfo=UTC)
