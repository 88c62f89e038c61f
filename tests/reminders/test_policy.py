"""When messages are due and from when they would do harm, and which channel carries them. Pure."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bazaar.reminders.policy import (
    Window,
    planned_channel,
    settled_channel,
    urgent_before,
    window_before,
    window_cancelled,
    window_changed,
    window_recap,
)
from bazaar.states import ChannelName

T = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
BOTH = frozenset({ChannelName.EMAIL, ChannelName.CONSOLE})


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


@pytest.mark.parametrize(
    ("facts", "channel"),
    [
        ({}, ChannelName.EMAIL),
        ({"has_email": False}, ChannelName.HAND),
        ({"has_opted_out": True}, None),
        ({"is_demo": True}, ChannelName.CONSOLE),
        ({"is_demo": True, "is_mail_local": True}, ChannelName.EMAIL),
        ({"is_demo": True, "available": {ChannelName.EMAIL}}, ChannelName.HAND),
        ({"available": {ChannelName.CONSOLE}}, ChannelName.CONSOLE),
        ({"available": set()}, ChannelName.HAND),
        ({"has_email": False, "has_opted_out": True}, None),
    ],
)
def test_the_channel_is_settled_by_todays_facts(facts: dict[str, Any], channel: ChannelName | None) -> None:
    usual = {"has_email": True, "has_opted_out": False, "is_demo": False, "is_mail_local": False, "available": BOTH}

    assert settled_channel(**{**usual, **facts}) is channel
