"""Live sessions: added, repeated, moved with their vendors told, called off, brought back, deleted."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask

from bazaar.database import reading, transaction
from bazaar.editions.live_sessions import (
    LiveSessionData,
    Pattern,
    add_live_session,
    add_live_sessions_by_pattern,
    archive_live_session,
    change_live_session,
    delete_live_session,
    read_live_session_data,
    refuse_impossible,
    return_live_session,
    withdraw_live_session,
)
from bazaar.refusals import Refusal
from bazaar.reminders.plan import replace_plan
from bazaar.states import ReminderKind, ReminderState, RotationState
from bazaar.turns import published_turns
from models import Edition, LiveSession, Reminder, Slot, Turn
from tests import factories
from tests.conftest import START
from tests.editions.evenings import evening

TUESDAY = date(2026, 5, 5)


@pytest.fixture
def edition_id(app: Flask) -> int:
    return factories.make_edition()


def add(edition_id: int, data: LiveSessionData) -> int:
    return add_live_session(edition_id, data, by=None, now=START)


def change(edition_id: int, live_session_id: int, data: LiveSessionData, now: datetime = START):
    return change_live_session(edition_id, live_session_id, data, version=stored(live_session_id).version, by=None, now=now)


def refusal_of(act, *args: object, **kwargs: object) -> str:
    with pytest.raises(Refusal) as refused:
        act(*args, **kwargs)
    return refused.value.code


def stored(live_session_id: int) -> LiveSessionData:
    with reading() as session:
        return read_live_session_data(session.get_one(LiveSession, live_session_id), "Asia/Jakarta")


def slots(live_session_id: int) -> list[Slot]:
    with reading() as session:
        return session.query(Slot).filter_by(live_session_id=live_session_id).order_by(Slot.position).all()


def published(edition_id: int, live_session_id: int, positions: tuple[int, ...] = (1,)) -> list[int]:
    """Vendors who stand there by a published rotation, reminders planned."""
    vendors = [factories.make_vendor(edition_id) for _ in positions]
    ids = factories.slot_ids(live_session_id)
    factories.make_rotation(edition_id, [(ids[position - 1], vendor) for position, vendor in zip(positions, vendors, strict=True)])
    with transaction() as session:
        replace_plan(session, edition_id, previous=[], now=START)
    return vendors


def reminders(kind: ReminderKind, state: ReminderState = ReminderState.PLANNED) -> list[Reminder]:
    with reading() as session:
        return session.query(Reminder).filter_by(kind=kind, state=state).order_by(Reminder.id).all()


def turn_count(edition_id: int) -> int:
    with reading() as session:
        return len(published_turns(session, edition_id))


def test_a_live_session_is_cut_into_weighed_slots(edition_id: int) -> None:
    live_session_id = add(edition_id, evening(TUESDAY, slot_minutes=20))

    cut = slots(live_session_id)

    assert [(slot.position, slot.points) for slot in cut] == [(1, 30), (2, 30), (3, 30), (4, 30)]
    assert (cut[0].starts_at, cut[-1].ends_at) == (datetime(2026, 5, 5, 13, tzinfo=UTC), datetime(2026, 5, 5, 14, 20, tzinfo=UTC))


def test_an_end_before_the_start_lies_past_midnight(edition_id: int) -> None:
    data = evening(TUESDAY, starts=time(23), ends=time(0, 30))

    live_session_id = add(edition_id, data)

    assert slots(live_session_id)[-1].ends_at == datetime(2026, 5, 5, 17, 30, tzinfo=UTC)
    assert stored(live_session_id) == data


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ends": time(20)}, "times_equal"),
        ({"ends": time(19)}, "live_session_too_long"),
        ({"slot_minutes": 91}, "slots_do_not_fit"),
        ({"slot_minutes": 0}, "slots_do_not_fit"),
        ({"on": date(2026, 6, 1)}, "outside_edition"),
        ({"zoom_url": "javascript:alert(1)"}, "address_wrong"),
        ({"youtube_url": "https://"}, "address_wrong"),
    ],
)
def test_an_impossible_live_session_is_refused(changes: dict[str, object], code: str) -> None:
    edition = Edition(starts_on=date(2026, 5, 4), ends_on=date(2026, 5, 31), timezone="Asia/Jakarta")

    assert refusal_of(refuse_impossible, edition, replace(evening(TUESDAY), **changes)) == code


def test_two_live_sessions_never_overlap_unless_one_is_called_off(edition_id: int) -> None:
    first = add(edition_id, evening(TUESDAY))
    late = evening(TUESDAY, starts=time(21), ends=time(22))

    code = refusal_of(add, edition_id, late)
    withdraw_live_session(edition_id, first, by=None, now=START)
    add(edition_id, late)

    assert code == "live_session_overlaps"
    assert refusal_of(return_live_session, edition_id, first, by=None, now=START) == "live_session_overlaps"


def test_a_pattern_adds_its_weekdays_and_leaves_out_what_is_taken(edition_id: int) -> None:
    add(edition_id, evening(date(2026, 5, 9)))
    pattern = Pattern((4, 5), date(2026, 5, 4), date(2026, 5, 17), time(20), time(21, 30), languages=("jv",))

    first = add_live_sessions_by_pattern(edition_id, pattern, by=None, now=START)
    again = add_live_sessions_by_pattern(edition_id, pattern, by=None, now=START)

    assert ((first.added_count, first.skipped_count), (again.added_count, again.skipped_count)) == ((3, 1), (0, 4))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"until_on": date(2026, 5, 3)}, "dates_reversed"),
        ({"until_on": date(2027, 12, 1)}, "pattern_too_long"),
        ({"weekdays": ()}, "pattern_empty"),
        ({"until_on": date(2026, 6, 7)}, "outside_edition"),
    ],
)
def test_an_impossible_pattern_adds_nothing(edition_id: int, changes: dict[str, object], code: str) -> None:
    pattern = replace(Pattern((0,), date(2026, 5, 4), date(2026, 5, 10), time(20), time(21)), **changes)

    with pytest.raises(Refusal) as refused:
        add_live_sessions_by_pattern(edition_id, pattern, by=None, now=START)

    with reading() as session:
        assert (refused.value.code, session.query(LiveSession).count()) == (code, 0)


def test_nobody_overwrites_what_they_have_not_seen(edition_id: int) -> None:
    live_session_id = add(edition_id, evening(TUESDAY))
    seen = stored(live_session_id).version
    change(edition_id, live_session_id, evening(TUESDAY, host_name="Rani"))

    code = refusal_of(
        change_live_session, edition_id, live_session_id, evening(TUESDAY, host_name="Bagas"), version=seen, by=None, now=START
    )

    assert (code, stored(live_session_id).host_name) == ("changed_meanwhile", "Rani")


def test_before_publishing_a_live_session_is_cut_anew_at_will(edition_id: int) -> None:
    live_session_id = add(edition_id, evening(TUESDAY))
    vendor_id = factories.make_vendor(edition_id)
    factories.make_rotation(edition_id, [(factories.slot_ids(live_session_id)[5], vendor_id)], state=RotationState.DRAFT)

    change(edition_id, live_session_id, evening(TUESDAY, slot_minutes=30))

    count = len(slots(live_session_id))
    with reading() as session:
        assert (count, session.query(Turn).count()) == (3, 0)


def test_moving_a_published_live_session_tells_its_vendors_and_moves_their_reminders(edition_id: int) -> None:
    live_session_id = add(edition_id, evening(TUESDAY))
    published(edition_id, live_session_id, (1, 2))
    before = {slot.id for slot in slots(live_session_id)}

    counts = change(edition_id, live_session_id, evening(date(2026, 5, 7)))

    assert (counts.moved, len(reminders(ReminderKind.CHANGED))) == (2, 2)
    assert {slot.id for slot in slots(live_session_id)} == before
    assert all(reminder.turn_starts_at.day == 7 for reminder in reminders(ReminderKind.BEFORE))


def test_another_host_or_address_tells_nobody(edition_id: int) -> None:
    live_session_id = add(edition_id, evening(TUESDAY))
    published(edition_id, live_session_id)

    counts = change(edition_id, live_session_id, evening(TUESDAY, host_name="Rani", zoom_url="https://zoom.us/j/1"))

    assert (counts.moved, counts.removed, counts.unchanged, reminders(ReminderKind.CHANGED)) == (0, 0, 1, [])


@pytest.mark.parametrize("changes", [{"slot_minutes": 20}, {"ends": time(20, 30)}])
def test_a_published_slot_keeps_its_length_and_place(edition_id: int, changes: dict[str, object]) -> None:
    live_session_id = add(edition_id, evening(TUESDAY))
    published(edition_id, live_session_id, (3,))

    assert refusal_of(change, edition_id, live_session_id, evening(TUESDAY, **changes)) == "slots_in_use"


def test_slots_behind_the_last_published_one_may_go_and_more_may_come(edition_id: int) -> None:
    live_session_id = add(edition_id, evening(TUESDAY))
    published(edition_id, live_session_id, (3,))

    change(edition_id, live_session_id, evening(TUESDAY, ends=time(20, 45)))
    shorter = len(slots(live_session_id))
    change(edition_id, live_session_id, evening(TUESDAY, ends=time(22)))

    assert (shorter, len(slots(live_session_id)), turn_count(edition_id)) == (3, 8, 1)


def test_a_live_session_that_has_begun_does_not_move_but_may_grow(edition_id: int) -> None:
    live_session_id = add(edition_id, evening(TUESDAY))
    published(edition_id, live_session_id)
    during = datetime(2026, 5, 5, 13, 20, tzinfo=UTC)

    code = refusal_of(change, edition_id, live_session_id, evening(TUESDAY, starts=time(20, 5)), during)
    change(edition_id, live_session_id, evening(TUESDAY, ends=time(22)), during)

    assert (code, len(slots(live_session_id))) == ("live_session_begun", 8)


def test_calling_off_takes_the_turns_ahead_out_of_force_and_tells_their_vendors_once(edition_id: int) -> None:
    live_session_id = add(edition_id, evening(TUESDAY))
    published(edition_id, live_session_id, (1, 2))

    first = withdraw_live_session(edition_id, live_session_id, reason="hujan", by=None, now=START)
    again = withdraw_live_session(edition_id, live_session_id, by=None, now=START + timedelta(minutes=1))

    assert ((first.removed, again.removed), turn_count(edition_id)) == ((2, 0), 0)
    assert (len(reminders(ReminderKind.CANCELLED)), reminders(ReminderKind.BEFORE)) == (2, [])


def test_a_turn_that_has_begun_counts_although_the_rest_is_called_off(edition_id: int) -> None:
    live_session_id = add(edition_id, evening(TUESDAY))
    published(edition_id, live_session_id, (1, 4))

    withdraw_live_session(edition_id, live_session_id, by=None, now=datetime(2026, 5, 5, 13, 5, tzinfo=UTC))

    assert turn_count(edition_id) == 1


@pytest.mark.parametrize("leave", [withdraw_live_session, archive_live_session])
def test_a_live_session_comes_back_with_its_turns_and_reminders(edition_id: int, leave) -> None:
    live_session_id = add(edition_id, evening(TUESDAY))
    published(edition_id, live_session_id)
    leave(edition_id, live_session_id, by=None, now=START)

    return_live_session(edition_id, live_session_id, by=None, now=START + timedelta(seconds=5))

    assert (turn_count(edition_id), reminders(ReminderKind.CANCELLED)) == (1, [])
    assert len(reminders(ReminderKind.BEFORE)) == 3


def test_only_a_live_session_that_nobody_saw_is_deleted(edition_id: int) -> None:
    fresh, seen = add(edition_id, evening(TUESDAY)), add(edition_id, evening(date(2026, 5, 6)))
    factories.make_link(edition_id, live_session_id=fresh)
    factories.make_device(fresh)
    published(edition_id, seen)

    delete_live_session(edition_id, fresh, by=None, now=START)
    code = refusal_of(delete_live_session, edition_id, seen, by=None, now=START)

    with reading() as session:
        assert ([row.id for row in session.query(LiveSession)], code) == ([seen], "live_session_was_published")


def test_a_live_session_of_another_edition_does_not_exist(edition_id: int) -> None:
    foreign = add(factories.make_edition(), evening(TUESDAY))

    acts = (withdraw_live_session, return_live_session, archive_live_session, delete_live_session)

    assert [refusal_of(act, edition_id, foreign, by=None, now=START) for act in acts] == ["not_found"] * 4
