"""Clocks that make trouble: a live session past midnight, an edition in the east, and the night on which clocks are put back.

Berlin puts its clocks back on 31 October 2027 at 3.00: the hour from 2.00 comes twice, and the day has 25 hours.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from bazaar.closings.close import close_due_turns
from bazaar.database import reading, transaction
from bazaar.editions.board import board_page
from bazaar.editions.build import read_problem_of
from bazaar.editions.importing.run import check_import
from bazaar.editions.importing.sheets import as_csv, export_rows
from bazaar.editions.importing.table import read_table
from bazaar.editions.live_sessions import LiveSessionData, add_live_session, change_live_session, read_live_session_data
from bazaar.exports.calendar import vendor_calendar
from bazaar.live.timetable import timetable_page
from bazaar.reminders.letter import turn_words
from bazaar.reminders.plan import replace_plan
from bazaar.rotation.problem import Problem, ProblemVendor, is_within_hours
from bazaar.vendors.pages import vendor_detail_page
from bazaar.vendors.turn_page import turn_page
from models import Availability, Edition, LiveSession, Reminder, Slot, Wish
from tests import factories
from tests.conftest import World
from tests.web.organizer.desk import Desk, sit_down

BEFORE = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)
THURSDAY = date(2026, 5, 7)
BERLIN = {"timezone": "Europe/Berlin", "starts_on": date(2027, 10, 25), "ends_on": date(2027, 11, 7)}
SATURDAY, SUNDAY, MONDAY = date(2027, 10, 30), date(2027, 10, 31), date(2027, 11, 1)
SECOND_TWO_O_CLOCK = datetime(2027, 10, 31, 1, 0, tzinfo=UTC)


def slots_of(live_session_id: int) -> list[Slot]:
    with reading() as session:
        return list(session.scalars(select(Slot).where(Slot.live_session_id == live_session_id).order_by(Slot.position)))


def live_session(live_session_id: int) -> LiveSession:
    with reading() as session:
        return session.get_one(LiveSession, live_session_id)


def publish(edition_id: int, turns: Sequence[tuple[int, int]], *, now: datetime = BEFORE) -> None:
    factories.make_rotation(edition_id, turns)
    with transaction() as session:
        replace_plan(session, edition_id, previous=[], now=now)


def stay_away(vendor_id: int, **day: Any) -> None:
    with transaction() as session:
        session.add(Availability(vendor_id=vendor_id, **day))


def vendor_in(problem: Problem, vendor_id: int) -> ProblemVendor:
    return next(vendor for vendor in problem.vendors if vendor.id == f"v{vendor_id}")


def events_of(vendor_id: int, *, now: datetime = BEFORE) -> list[Any]:
    return list(Calendar.from_ical(vendor_calendar(vendor_id, host="giliran.example.org", now=now)).walk("VEVENT"))


def slug_of(edition_id: int) -> str:
    with reading() as session:
        return session.get_one(Edition, edition_id).slug


# --- Past midnight -------------------------------------------------------------------------------------------------------


@pytest.fixture
def late(client: FlaskClient) -> tuple[Desk, int, int]:
    """Thursday 23.15 to 0.45, six turns; one vendor in the fourth: Friday 0.00 to 0.15. The desk, the live session, the vendor."""
    desk = sit_down(client)
    data = LiveSessionData(on=THURSDAY, starts=time(23, 15), ends=time(0, 45))
    live_session_id = add_live_session(desk.edition_id, data, by=None, now=BEFORE)
    vendor_id = factories.make_vendor(desk.edition_id, business_name="Dapur Tape Kenanga")
    publish(desk.edition_id, [(slots_of(live_session_id)[3].id, vendor_id)])
    return desk, live_session_id, vendor_id


def test_turns_past_midnight_are_worth_what_their_evening_is(late: tuple[Desk, int, int]) -> None:
    assert [slot.points for slot in slots_of(late[1])] == [23] * 6  # Thursday evening, not Friday's weekend


def test_a_turn_past_midnight_is_named_by_its_own_day_on_every_page(late: tuple[Desk, int, int], client: FlaskClient, world: World) -> None:
    desk, _, vendor_id = late
    _, token = factories.make_link(desk.edition_id, vendor_id=vendor_id)
    world.now = datetime(2026, 5, 7, 13, 0, tzinfo=UTC)  # Thursday 20.00

    own, public = client.get(f"/g/{token}").text, client.get(f"/e/{desk.slug}").text
    board = board_page(desk.edition_id, now=world.now)

    assert "Jumat, 8 Mei (lewat tengah malam)" in " ".join(own.split())
    assert "00.00" in own
    assert 'class="late">Jum, 8 Mei' in public
    assert [(day.on, len(day.live_sessions[0].slots)) for day in board.days if day.live_sessions] == [(THURSDAY, 6)]


def test_while_it_runs_past_midnight_it_is_still_tonight(late: tuple[Desk, int, int], client: FlaskClient, world: World) -> None:
    desk, _, vendor_id = late
    _, token = factories.make_link(desk.edition_id, vendor_id=vendor_id)
    world.now = datetime(2026, 5, 7, 17, 5, tzinfo=UTC)  # Friday 0.05

    page = timetable_page(desk.slug, now=world.now)

    assert page.tonight is not None
    assert page.tonight.day == THURSDAY
    assert page.hero is not None
    assert page.hero.phase == "on_air"
    assert "Kamis malam, 7 Mei" in desk.get("/").text
    assert client.get(f"/g/{token}").status_code == 200


def test_messages_and_calendar_name_the_day_after(late: tuple[Desk, int, int]) -> None:
    _, live_session_id, vendor_id = late
    starts_at = slots_of(live_session_id)[3].starts_at

    words = turn_words(starts_at, "Asia/Jakarta", "id", now=starts_at - timedelta(minutes=300))
    last = turn_words(starts_at, "Asia/Jakarta", "id", now=starts_at - timedelta(minutes=10))
    [event] = events_of(vendor_id)

    assert (words.day, words.clock, words.soon) == ("Jumat, 8 Mei", "00.00 WIB", "besok dini hari")
    assert last.soon == "10 menit lagi"
    assert event["dtstart"].to_ical() == b"20260508T000000"


def test_a_turn_past_midnight_is_closed_after_its_own_end(late: tuple[Desk, int, int]) -> None:
    ends_at = slots_of(late[1])[3].ends_at

    counts = [close_due_turns(now=ends_at + timedelta(seconds=seconds)) for seconds in (119, 121)]

    assert counts == [0, 1]


@pytest.mark.parametrize(("day_off", "clashes"), [(THURSDAY, True), (date(2026, 5, 8), False)])
def test_a_day_off_is_the_evening_that_goes_on_past_midnight(late: tuple[Desk, int, int], day_off: date, clashes: bool) -> None:
    desk, _, vendor_id = late
    stay_away(vendor_id, off_on=day_off)

    page = vendor_detail_page(desk.edition_id, vendor_id, now=BEFORE)
    problem = read_problem_of(desk.edition_id, keep_published=False, now=BEFORE)

    assert [turn.is_clashing for turn in page.turns] == [clashes]
    assert {slot.day for slot in problem.slots} == {3}
    assert (3 in vendor_in(problem, vendor_id).days_off) is clashes


def test_whoever_can_come_until_a_quarter_to_twelve_cannot_stand_there_past_midnight(client: FlaskClient) -> None:
    desk = sit_down(client)
    live_session_id = add_live_session(desk.edition_id, LiveSessionData(THURSDAY, time(23, 15), time(0, 45)), by=None, now=BEFORE)
    slots = slots_of(live_session_id)
    vendor_id = factories.make_vendor(desk.edition_id, available_from_minute=20 * 60, available_until_minute=23 * 60 + 45)
    publish(desk.edition_id, [(slots[1].id, vendor_id), (slots[3].id, vendor_id)])

    page = vendor_detail_page(desk.edition_id, vendor_id, now=BEFORE)
    problem = read_problem_of(desk.edition_id, keep_published=False, now=BEFORE)

    assert [turn.is_clashing for turn in page.turns] == [False, True]
    assert [is_within_hours(vendor_in(problem, vendor_id), slot) for slot in problem.slots] == [True, True, False, False, False, False]


@pytest.mark.parametrize(("weekday", "is_kept"), [(3, True), (4, False)])
def test_a_wish_for_a_day_means_the_evening(late: tuple[Desk, int, int], client: FlaskClient, weekday: int, is_kept: bool) -> None:
    with transaction() as session:
        session.add(Wish(vendor_id=late[2], from_minute=20 * 60, weekdays=[weekday]))
    link_id, _ = factories.make_link(late[0].edition_id, vendor_id=late[2])

    page = turn_page(late[2], link_id, now=BEFORE)

    assert page.why is not None
    assert page.why.is_wish_kept is is_kept


# --- In the east ---------------------------------------------------------------------------------------------------------


def test_the_day_in_jayapura_is_its_own(client: FlaskClient, world: World) -> None:
    desk = sit_down(client, timezone="Asia/Jayapura")
    data = LiveSessionData(on=THURSDAY, starts=time(0, 30), ends=time(1, 30))  # in Jakarta and in UTC it is still Wednesday
    live_session_id = add_live_session(desk.edition_id, data, by=None, now=BEFORE)
    vendor_id = factories.make_vendor(desk.edition_id)
    stay_away(vendor_id, weekday=3)
    first = slots_of(live_session_id)[0]
    publish(desk.edition_id, [(first.id, vendor_id)])
    _, token = factories.make_link(desk.edition_id, vendor_id=vendor_id)
    world.now = datetime(2026, 5, 6, 10, 0, tzinfo=UTC)  # Wednesday 19.00 there

    problem = read_problem_of(desk.edition_id, keep_published=False, now=BEFORE)
    words = turn_words(first.starts_at, "Asia/Jayapura", "id", now=world.now)

    assert first.starts_at == datetime(2026, 5, 6, 15, 30, tzinfo=UTC)
    assert (problem.slots[0].day, problem.slots[0].start) == (3, 30)
    assert 3 in vendor_in(problem, vendor_id).days_off
    assert vendor_detail_page(desk.edition_id, vendor_id, now=BEFORE).turns[0].is_clashing
    assert (words.day, words.clock) == ("Kamis, 7 Mei", "00.30 WIT")
    assert events_of(vendor_id)[0]["dtstart"].params["TZID"] == "Asia/Jayapura"
    assert "00.30" in client.get(f"/g/{token}").text
    assert "Kamis, 7 Mei" in desk.get(f"/siaran/{live_session_id}").text


# --- The night with 25 hours ---------------------------------------------------------------------------------------------


@pytest.fixture
def autumn(client: FlaskClient) -> Desk:
    return sit_down(client, gap_days=2, **BERLIN)


AUTUMN = datetime(2027, 10, 20, tzinfo=UTC)


def evening_in_berlin(desk: Desk, on: date) -> int:
    return add_live_session(desk.edition_id, LiveSessionData(on=on, starts=time(20), ends=time(21)), by=None, now=AUTUMN)


def test_evenings_keep_their_clock_and_days_their_distance(autumn: Desk) -> None:
    evenings = [evening_in_berlin(autumn, day) for day in (SATURDAY, SUNDAY, MONDAY)]

    problem = read_problem_of(autumn.edition_id, now=AUTUMN)

    assert [live_session(id_).starts_at.hour for id_ in evenings] == [18, 19, 19]
    assert [(slot.day, slot.start) for slot in problem.slots if slot.position == 0] == [(5, 1200), (6, 1200), (7, 1200)]


def test_hours_wished_and_possible_are_read_off_the_clock_on_the_long_day(autumn: Desk) -> None:
    first = slots_of(evening_in_berlin(autumn, SUNDAY))[0]
    vendor_id = factories.make_vendor(autumn.edition_id, available_from_minute=20 * 60, available_until_minute=20 * 60 + 15)

    problem = read_problem_of(autumn.edition_id, now=AUTUMN)
    publish(autumn.edition_id, [(first.id, vendor_id)], now=AUTUMN)

    assert problem.slots[0].start == vendor_in(problem, vendor_id).start_from
    assert not vendor_detail_page(autumn.edition_id, vendor_id, now=AUTUMN).turns[0].is_clashing


def test_a_live_session_through_the_repeated_hour_lasts_as_long_as_it_does(autumn: Desk) -> None:
    data = LiveSessionData(on=SATURDAY, starts=time(23), ends=time(4), slot_minutes=60)

    live_session_id = add_live_session(autumn.edition_id, data, by=None, now=AUTUMN)

    clocks = [turn_words(slot.starts_at, "Europe/Berlin", "id", now=AUTUMN).clock for slot in slots_of(live_session_id)]
    assert clocks == ["23.00 CEST", "00.00 CEST", "01.00 CEST", "02.00 CEST", "02.00 CET", "03.00 CET"]


@pytest.mark.parametrize(
    "starts_at", [SECOND_TWO_O_CLOCK, SECOND_TWO_O_CLOCK - timedelta(minutes=90), SECOND_TWO_O_CLOCK + timedelta(hours=4)]
)
def test_saving_the_form_as_it_was_moves_nothing(autumn: Desk, starts_at: datetime) -> None:
    """Also a live session in the second of the two hours, which came there while the edition was in another zone."""
    live_session_id = factories.make_live_session(autumn.edition_id, starts_at=starts_at, slot_count=4, slot_minutes=15)
    before = live_session(live_session_id)
    form = autumn.get(f"/siaran/{live_session_id}/ubah").text
    shown = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', form))
    shown |= {name: value for value, name in re.findall(r'<input[^>]*value="([^"]*)"[^>]*name="(\w+)"', form)}

    answer = autumn.follow(f"/siaran/{live_session_id}/ubah", {**shown, "host_name": "Mbak Rani"})

    after = live_session(live_session_id)
    assert "Perubahan disimpan." in answer.text
    assert (after.host_name, after.starts_at, after.ends_at) == ("Mbak Rani", before.starts_at, before.ends_at)


def test_another_end_leaves_the_start_in_the_hour_it_is_in(autumn: Desk) -> None:
    live_session_id = factories.make_live_session(autumn.edition_id, starts_at=SECOND_TWO_O_CLOCK, slot_count=4, slot_minutes=15)
    data = read_live_session_data(live_session(live_session_id), "Europe/Berlin")
    shorter = replace(data, starts=time(2), ends=time(2, 45))

    change_live_session(autumn.edition_id, live_session_id, shorter, version=data.version, by=None, now=AUTUMN)

    after = live_session(live_session_id)
    assert (after.starts_at, after.ends_at) == (SECOND_TWO_O_CLOCK, SECOND_TWO_O_CLOCK + timedelta(minutes=45))


def test_a_sheet_taken_out_and_brought_back_moves_nothing(autumn: Desk) -> None:
    factories.make_live_session(autumn.edition_id, starts_at=SECOND_TWO_O_CLOCK, slot_count=8, slot_minutes=15)
    evening_in_berlin(autumn, SUNDAY)
    sheet = as_csv(export_rows(autumn.edition_id, "sessions"))

    check = check_import(autumn.edition_id, "sessions", read_table("sessions.csv", sheet), now=AUTUMN)

    assert (check.problems, check.additions, check.changes, check.unchanged_count) == ((), (), (), 2)


def test_a_calendar_tells_the_two_hours_apart(autumn: Desk) -> None:
    vendor_id = factories.make_vendor(autumn.edition_id)
    first = SECOND_TWO_O_CLOCK - timedelta(hours=1)
    live_session_id = factories.make_live_session(autumn.edition_id, starts_at=first, slot_count=2, slot_minutes=60)
    publish(autumn.edition_id, [(slot.id, vendor_id) for slot in slots_of(live_session_id)], now=AUTUMN)

    instants = [(event["dtstart"].dt.astimezone(UTC), event["dtend"].dt.astimezone(UTC)) for event in events_of(vendor_id, now=AUTUMN)]

    assert instants == [(first, SECOND_TWO_O_CLOCK), (SECOND_TWO_O_CLOCK, SECOND_TWO_O_CLOCK + timedelta(hours=1))]


def test_the_timetable_names_both_zones_of_its_clocks(autumn: Desk, client: FlaskClient) -> None:
    first = slots_of(evening_in_berlin(autumn, SUNDAY))[0]
    publish(autumn.edition_id, [(first.id, factories.make_vendor(autumn.edition_id))], now=AUTUMN)

    assert "Semua jam CEST / CET." in client.get(f"/e/{autumn.slug}").text


def test_reminders_come_so_many_minutes_before_and_name_the_clock_of_the_turn(autumn: Desk) -> None:
    first = slots_of(evening_in_berlin(autumn, SUNDAY))[0]
    publish(autumn.edition_id, [(first.id, factories.make_vendor(autumn.edition_id))], now=AUTUMN)

    with reading() as session:
        due = sorted(session.scalars(select(Reminder.due_at)))

    assert [first.starts_at - at for at in due] == [timedelta(minutes=minutes) for minutes in (1440, 30, 10)]
    assert turn_words(first.starts_at, "Europe/Berlin", "id", now=due[0]).soon == "besok malam"
