"""Calendars: one turn to save, all of them to follow; never a secret inside."""

from datetime import timedelta

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import delete

from bazaar.database import transaction
from bazaar.exports.calendar import vendor_calendar
from bazaar.refusals import Refusal
from models import Turn
from tests import factories
from tests.conftest import START
from tests.vendors.evening import TONIGHT, ZOOM, Evening, make_evening


@pytest.fixture
def evening(app: Flask) -> Evening:
    return make_evening()


def calendar_of(evening: Evening, slot_id: int | None = None) -> bytes:
    return vendor_calendar(evening.vendor_id, host="giliran.example.org", slot_id=slot_id, now=START)


def events(content: bytes) -> list[object]:
    return list(Calendar.from_ical(content).walk("VEVENT"))


def test_one_turn_is_one_event_in_the_bazaars_zone_with_an_alarm(evening: Evening) -> None:
    [event] = Calendar.from_ical(calendar_of(evening, evening.slot_id)).walk("VEVENT")

    assert (event["DTSTART"].dt, event["DTEND"].dt) == (TONIGHT, TONIGHT + timedelta(minutes=15))
    assert event["DTSTART"].params["TZID"] == "Asia/Jakarta"
    assert event["SUMMARY"] == "Giliran siaran Dapur Tape Kenanga"
    assert "Masuk Zoom jam 20.05 WIB." in event["DESCRIPTION"]
    assert event.walk("VALARM")[0]["TRIGGER"].dt == timedelta(minutes=-30)


def test_the_feed_holds_every_turn_past_ones_too(evening: Evening) -> None:
    calendar = Calendar.from_ical(calendar_of(evening))

    assert [event["DTSTART"].dt for event in calendar.walk("VEVENT")] == [TONIGHT + timedelta(days=days) for days in (-8, 0, 8)]
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT2H" in calendar_of(evening)


def test_an_event_keeps_its_name_so_that_saving_again_replaces_it(evening: Evening) -> None:
    [one] = Calendar.from_ical(calendar_of(evening, evening.slot_id)).walk("VEVENT")
    feed = Calendar.from_ical(calendar_of(evening)).walk("VEVENT")

    assert one["UID"] == feed[1]["UID"]
    assert len({event["UID"] for event in feed}) == 3


def test_a_turn_that_went_away_leaves_the_feed(evening: Evening) -> None:
    with transaction() as session:
        session.execute(delete(Turn).where(Turn.slot_id == evening.next_slot))

    assert len(events(calendar_of(evening))) == 2


def test_neither_phone_nor_zoom_nor_token_is_inside(evening: Evening) -> None:
    content = calendar_of(evening).decode()

    assert [secret in content for secret in (ZOOM, evening.token, "0812")] == [False, False, False]


def test_a_strangers_slot_is_not_found(evening: Evening) -> None:
    other_slot = factories.slot_ids(factories.make_live_session(evening.edition_id, starts_at=TONIGHT + timedelta(days=2)))[0]

    with pytest.raises(Refusal, match="not_found"):
        calendar_of(evening, other_slot)
