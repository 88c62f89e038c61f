"""What travels with a mail, and which messages belong together: over publishing, moving and losing a turn."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from bazaar.database import reading, transaction
from bazaar.exports.calendar import vendor_calendar
from bazaar.reminders.invite import attachments_of, topic_of
from bazaar.reminders.plan import replace_plan
from bazaar.states import ReminderKind
from bazaar.turns import published_turns
from models import Reminder, Slot
from tests import factories
from tests.conftest import START
from tests.reminders.stage import TURN_AT, Stage, publish, set_stage

LINK = "https://giliran.example/g/rahasia-sekali"


@pytest.fixture
def stage(app: Flask) -> Stage:
    return set_stage(now=START)


def reminders(stage: Stage, kind: ReminderKind) -> list[Reminder]:
    with reading() as session:
        return list(
            session.scalars(select(Reminder).where(Reminder.vendor_id == stage.vendors[0], Reminder.kind == kind).order_by(Reminder.id))
        )


def events_of(reminder: Reminder) -> list[tuple[str, str, Any]]:
    """(UID, status, start) of each turn in the attached file."""
    with reading() as session:
        files = attachments_of(session, reminder, link=LINK, now=START)
    events = [event for file in files for event in Calendar.from_ical(file.content).walk("VEVENT")]
    return [(str(event["UID"]), str(event["STATUS"]), event["DTSTART"].dt) for event in events]


def uid(stage: Stage, slot: int) -> str:
    """How the UID of a slot's turn ends; it begins with the edition."""
    return f"-{stage.slots[slot]}-{stage.vendors[0]}@giliran.example"


def test_the_long_reminder_brings_the_turn_and_the_short_ones_nothing(stage: Stage) -> None:
    found = {reminder.lead_minutes: events_of(reminder) for reminder in reminders(stage, ReminderKind.BEFORE)}

    [(name, status, starts_at)] = found[1440]
    assert (name.endswith(uid(stage, 0)), status, starts_at) == (True, "CONFIRMED", TURN_AT)
    assert (found[30], found[10]) == ([], [])


def test_the_file_names_its_method_and_neither_link_nor_phone(stage: Stage) -> None:
    [long, *_] = reminders(stage, ReminderKind.BEFORE)
    with reading() as session:
        [file] = attachments_of(session, long, link=LINK, now=START)

    assert (file.file_name, file.media_type) == ("giliran.ics", "text/calendar; method=PUBLISH; charset=utf-8")
    assert [secret in file.content for secret in (b"rahasia", b"+62", b"0812", b"/g/")] == [False] * 4
    assert b"METHOD:PUBLISH" in file.content


def test_a_moved_turn_strikes_out_the_old_one_and_rises_above_it(stage: Stage) -> None:
    [long, *_] = reminders(stage, ReminderKind.BEFORE)
    first = sequence_of(long)

    publish(stage.edition_id, [(stage.slots[3], stage.vendors[0])], now=START)

    [notice] = reminders(stage, ReminderKind.CHANGED)
    [(old, gone, was_at), (new, there, is_at)] = events_of(notice)
    assert (old.endswith(uid(stage, 0)), gone, was_at) == (True, "CANCELLED", TURN_AT)
    assert (new.endswith(uid(stage, 3)), there, is_at) == (True, "CONFIRMED", TURN_AT + timedelta(minutes=45))
    assert sequence_of(notice) > first


def test_a_lost_turn_is_only_struck_out(stage: Stage) -> None:
    publish(stage.edition_id, [], now=START)

    [notice] = reminders(stage, ReminderKind.CANCELLED)
    [(name, status, _at)] = events_of(notice)
    assert (name.endswith(uid(stage, 0)), status) == (True, "CANCELLED")


def test_a_slot_whose_hour_moved_keeps_its_name_and_is_not_struck_out(stage: Stage) -> None:
    later = timedelta(minutes=30)
    with transaction() as session:
        previous = published_turns(session, stage.edition_id)
        slot = session.get_one(Slot, stage.slots[0])
        slot.starts_at, slot.ends_at = slot.starts_at + later, slot.ends_at + later
        session.flush()
        replace_plan(session, stage.edition_id, previous=previous, now=START)

    [notice] = reminders(stage, ReminderKind.CHANGED)
    [(name, status, starts_at)] = events_of(notice)
    assert (name.endswith(uid(stage, 0)), status, starts_at) == (True, "CONFIRMED", TURN_AT + later)


def test_mail_and_feed_call_a_turn_by_the_same_name_and_number(stage: Stage) -> None:
    [long, *_] = reminders(stage, ReminderKind.BEFORE)
    [event] = Calendar.from_ical(vendor_calendar(stage.vendors[0], host="giliran.example", now=START)).walk("VEVENT")

    assert [str(event["UID"])] == [name for name, _status, _at in events_of(long)]
    assert event["SEQUENCE"] == sequence_of(long)


def test_all_about_one_turn_has_one_topic_and_every_other_turn_another(stage: Stage) -> None:
    before = {topic(reminder) for reminder in reminders(stage, ReminderKind.BEFORE)}
    publish(stage.edition_id, [(stage.slots[3], stage.vendors[0])], now=START)
    [notice] = reminders(stage, ReminderKind.CHANGED)
    after = {topic(reminder) for reminder in reminders(stage, ReminderKind.BEFORE)}

    assert before == {topic(notice)}
    assert len(after) == 2
    assert all(len(one) == 32 and one.isalnum() for one in after)


def test_a_notice_about_several_turns_takes_nothing_away(app: Flask) -> None:
    stage = set_stage(vendor_count=0, now=START)
    stage.vendors.append(factories.make_vendor(stage.edition_id))
    publish(stage.edition_id, [(slot_id, stage.vendors[0]) for slot_id in (stage.slots[0], stage.slots[3])], now=START)
    publish(stage.edition_id, [], now=START)

    [notice] = reminders(stage, ReminderKind.CANCELLED)
    assert topic(notice) not in {topic(reminder) for reminder in reminders(stage, ReminderKind.BEFORE)}
    assert [status for _name, status, _at in events_of(notice)] == ["CANCELLED", "CANCELLED"]


def sequence_of(reminder: Reminder) -> int:
    with reading() as session:
        [file] = attachments_of(session, reminder, link=LINK, now=START)
    return max(int(event["SEQUENCE"]) for event in Calendar.from_ical(file.content).walk("VEVENT"))


def topic(reminder: Reminder) -> str:
    with reading() as session:
        return topic_of(session, reminder)
