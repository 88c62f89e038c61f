"""When messages are due and from when they would do harm, and which channel carries them. Pure."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from bazaar.reminders.policy import (
    Reach,
    Window,
    is_silent,
    leads_after_answer,
    planned_channel,
    quiet_until,
    urgent_before,
    ways_to,
    window_before,
    window_cancelled,
    window_changed,
    window_recap,
)
from bazaar.states import AnswerKind, ChannelName

T = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
WIB = timezone(timedelta(hours=7))


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.mark.parametrize(
    ("lead", "due_before", "stale_before"),
    [(1440, 1440, 1080), (2880, 2880, 2520), (720, 720, 360), (30, 30, 5), (60, 60, 5), (16, 16, 5), (10, 10, 1), (15, 15, 1), (2, 2, 1)],
)
def test_a_reminder_is_useful_for_as_long_as_its_lead_allows(lead: int, due_before: int, stale_before: int) -> None:
    assert window_before(T, lead) == Window(T - minutes(due_before), T - minutes(stale_before))


def test_a_lead_of_a_minute_never_has_a_useful_moment_but_keeps_its_place() -> None:
    window = window_before(T, 1)

    assert window.is_missed
    assert window.stale_at > window.due_at
    assert window.is_over(T - timedelta(days=9))


def test_a_window_is_over_at_the_very_instant_it_goes_stale() -> None:
    window = window_before(T, 30)

    assert not window.is_over(T - minutes(5) - timedelta(microseconds=1))
    assert window.is_over(T - minutes(5))


def test_a_change_waits_for_the_debounce() -> None:
    assert window_changed(NOW, nearest_at=T, until=T) == Window(NOW + timedelta(seconds=90), T)


@pytest.mark.parametrize("before", [2, 16, 60])
def test_a_change_does_not_wait_when_the_nearest_turn_is_near(before: int) -> None:
    later = T + timedelta(days=40)

    assert window_changed(T - minutes(before), nearest_at=T, until=later) == Window(T - minutes(before), later)


@pytest.mark.parametrize(
    ("now", "pressing"),
    [(T - minutes(16), T), (T + minutes(10), T + minutes(30)), (T + minutes(30), T + minutes(120)), (T + minutes(120), T + minutes(900))],
    ids=["before the lost turn", "while its vendor may be waiting", "until the new turn", "while anything is left to say"],
)
def test_a_notice_presses_by_the_nearest_turn_it_is_about(now: datetime, pressing: datetime) -> None:
    assert urgent_before([T], [T + minutes(120)], T + minutes(900), now=now) == pressing


def test_a_message_about_no_change_presses_until_it_is_stale() -> None:
    assert urgent_before([], [], T, now=NOW) == T


def test_a_lost_turn_is_told_at_once_and_until_half_an_hour_into_it() -> None:
    assert window_cancelled(NOW, T) == Window(NOW, T + minutes(30))


def test_a_recap_is_good_for_three_days_after_the_turn_should_have_been_closed() -> None:
    assert window_recap(T, T) == Window(T, T + timedelta(hours=72))
    assert window_recap(T + timedelta(days=4), T).is_missed


@pytest.mark.parametrize(("has_email", "channel"), [(True, ChannelName.EMAIL), (False, ChannelName.HAND)])
def test_a_message_is_planned_by_what_is_known_of_the_vendor(has_email: bool, channel: ChannelName) -> None:
    assert planned_channel(has_email=has_email) is channel


EVERYWHERE = Reach(has_email=True, has_mobile=True, has_browser=True, has_chat=True)
ORDER = (ChannelName.FONNTE, ChannelName.TELEGRAM, ChannelName.PUSH, ChannelName.EMAIL, ChannelName.CONSOLE)


@pytest.mark.parametrize(
    ("facts", "ways"),
    [
        ({}, "fonnte telegram push email hand"),
        ({"reach": Reach(has_email=True)}, "email hand"),
        ({"reach": Reach()}, "hand"),
        ({"available": {ChannelName.CONSOLE, ChannelName.FONNTE}}, "fonnte console hand"),
        ({"reach": Reach(has_mobile=True), "available": {ChannelName.CONSOLE}}, "hand"),
        ({"order": (ChannelName.EMAIL, ChannelName.HAND, ChannelName.FONNTE)}, "email fonnte hand"),
        ({"is_demo": True}, "telegram push console hand"),
        ({"is_demo": True, "is_mail_local": True}, "telegram push email hand"),
        ({"available": set()}, "hand"),
    ],
)
def test_the_ways_to_a_vendor_follow_the_order_and_todays_facts(facts: dict[str, Any], ways: str) -> None:
    usual = {"reach": EVERYWHERE, "order": ORDER, "available": set(ORDER), "is_demo": False, "is_mail_local": False}
    asked = {**usual, **facts}

    assert " ".join(ways_to(asked.pop("reach"), **asked)) == ways


@pytest.mark.parametrize(
    ("clock", "hours", "ends"),
    [
        ("21.59", (22, 6), None),
        ("22.00", (22, 6), "06.00 next day"),
        ("03.00", (22, 6), "06.00"),
        ("06.00", (22, 6), None),
        ("13.00", (12, 15), "15.00"),
        ("15.00", (12, 15), None),
        ("12.00", (7, 7), None),
    ],
)
def test_quiet_hours_end_in_the_morning_that_follows(clock: str, hours: tuple[int, int], ends: str | None) -> None:
    now = datetime(2026, 5, 5, int(clock[:2]), int(clock[3:]), tzinfo=WIB)

    until = quiet_until(now, "Asia/Jakarta", hours[0] * 60, hours[1] * 60)

    expected = None
    if ends is not None:
        expected = datetime(2026, 5, 6 if "next" in ends else 5, int(ends[:2]), 0, tzinfo=WIB)
    assert until == expected


@pytest.mark.parametrize(("waited", "is_long", "silent"), [(9, False, False), (10, False, True), (179, True, False), (180, True, True)])
def test_silence_is_minutes_before_a_turn_and_hours_where_a_day_is_left(waited: int, is_long: bool, silent: bool) -> None:
    assert is_silent(T - minutes(waited), is_long=is_long, now=T) is silent


@pytest.mark.parametrize(
    ("answer", "hours", "leads", "left"),
    [
        (None, 48, [1440, 30, 10], {1440, 30, 10}),
        (AnswerKind.READY, 12, [1440, 30, 10], set()),
        (AnswerKind.READY, 12.1, [1440, 30, 10], {30}),
        (AnswerKind.READY, 48, [1440, 120, 10], {120}),
        (AnswerKind.READY, 48, [1440], set()),
        (AnswerKind.READY, -0.1, [30], set()),
        (AnswerKind.UNABLE, 48, [1440, 30, 10], set()),
        (AnswerKind.UNABLE, 0.1, [30], set()),
    ],
)
def test_an_answer_leaves_only_the_reminders_that_still_help(
    answer: AnswerKind | None, hours: float, leads: list[int], left: set[int]
) -> None:
    assert leads_after_answer(leads, answer, ahead=timedelta(hours=hours)) == left
