"""Waiting, asking a person, giving up. Pure, but for seeded dice."""

from datetime import UTC, datetime, timedelta

import pytest

from bazaar.reminders.retry import MAX_ATTEMPTS, MAX_REFUSALS, dice_for, is_last, longest_wait, needs_person, wait_after

DUE = datetime(2026, 5, 5, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 10), (2, 20), (3, 40), (4, 80), (5, 160), (6, 300), (7, 300), (90, 300)])
def test_the_ceiling_doubles_up_to_five_minutes(attempts: int, seconds: int) -> None:
    assert longest_wait(attempts) == timedelta(seconds=seconds)


def test_waits_are_spread_over_everything_up_to_the_ceiling() -> None:
    waits = [wait_after(4, dice_for(delivery_id, 4)).total_seconds() for delivery_id in range(200)]

    assert min(waits) < 8
    assert 72 < max(waits) <= 80
    assert len(set(waits)) == 200


def test_the_same_attempt_waits_the_same_time_again() -> None:
    assert wait_after(3, dice_for(7, 3)) == wait_after(3, dice_for(7, 3))


def test_never_more_than_half_of_the_useful_time_is_waited_away() -> None:
    assert all(wait_after(9, dice_for(n, 9), left=timedelta(seconds=20)) <= timedelta(seconds=10) for n in range(50))


def test_what_breaks_us_is_tried_six_times_and_what_is_refused_for_now_a_hundred() -> None:
    assert [is_last(n) for n in (5, 6, 7)] == [False, True, True]
    assert [is_last(n, most=MAX_REFUSALS) for n in (99, 100)] == [False, True]
    assert MAX_ATTEMPTS == 6


@pytest.mark.parametrize(
    ("life_minutes", "patience_minutes"),
    [(25, 12.5), (9, 4.5), (360, 30), (72 * 60, 30)],
)
def test_a_person_is_asked_after_half_the_life_of_a_message_or_half_an_hour(life_minutes: float, patience_minutes: float) -> None:
    stale = DUE + timedelta(minutes=life_minutes)
    turning = DUE + timedelta(minutes=patience_minutes)

    assert not needs_person(9, turning - timedelta(seconds=1), due_at=DUE, stale_at=stale)
    assert needs_person(9, turning, due_at=DUE, stale_at=stale)


def test_nobody_is_asked_before_the_machine_tried_three_times() -> None:
    late = DUE + timedelta(minutes=20)

    assert [needs_person(n, late, due_at=DUE, stale_at=DUE + timedelta(minutes=25)) for n in (1, 2, 3)] == [False, False, True]
