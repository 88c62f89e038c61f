"""A wall clock is believed as long as it goes with the one that nobody can set."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from bazaar.reminders.clock_watch import ClockWatch, Jump
from tests.conftest import START

YEARS = timedelta(days=3653)


@dataclass
class Clocks:
    """A wall clock that can be set and a monotonic one that cannot."""

    seconds: float = 0.0
    offset: timedelta = timedelta(0)

    def wait(self, seconds: float) -> None:
        self.seconds += seconds

    @property
    def wall(self) -> datetime:
        return START + timedelta(seconds=self.seconds) + self.offset


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def watch(clocks: Clocks) -> ClockWatch:
    watch = ClockWatch(lambda: clocks.seconds)
    watch.look(clocks.wall)
    return watch


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("by", [timedelta(seconds=1), timedelta(seconds=60), timedelta(seconds=120)])
def test_a_small_step_is_nothing(watch: ClockWatch, clocks: Clocks, by: timedelta, sign: int) -> None:
    clocks.wait(5)
    clocks.offset += sign * by

    assert watch.look(clocks.wall)
    assert watch.take_jump() is None


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("by", [timedelta(seconds=121), timedelta(minutes=10), timedelta(hours=10), timedelta(days=1), YEARS])
def test_a_jump_is_not_believed_for_a_minute(watch: ClockWatch, clocks: Clocks, by: timedelta, sign: int) -> None:
    clocks.wait(5)
    expected = clocks.wall
    clocks.offset += sign * by

    assert not watch.look(clocks.wall)
    assert watch.take_jump() == Jump(sign * by, expected)
    clocks.wait(59)
    assert not watch.look(clocks.wall)
    clocks.wait(1)
    assert watch.look(clocks.wall)
    assert watch.take_jump() is None


def test_a_clock_that_jumps_back_begins_the_minute_anew(watch: ClockWatch, clocks: Clocks) -> None:
    clocks.offset = YEARS
    watch.look(clocks.wall)
    clocks.wait(50)
    clocks.offset = timedelta(0)

    assert not watch.look(clocks.wall)
    clocks.wait(50)
    assert not watch.look(clocks.wall)
    clocks.wait(10)
    assert watch.look(clocks.wall)


def test_a_long_pause_is_no_jump(watch: ClockWatch, clocks: Clocks) -> None:
    clocks.wait(86_400)

    assert watch.look(clocks.wall)


def test_a_clock_that_is_slewed_is_believed_all_the_way(watch: ClockWatch, clocks: Clocks) -> None:
    for _ in range(50):
        clocks.wait(5)
        clocks.offset -= timedelta(seconds=4)
        assert watch.look(clocks.wall)


def test_somebody_elses_jump_settles_here_as_well(watch: ClockWatch, clocks: Clocks) -> None:
    watch.settle()

    assert not watch.look(clocks.wall)
    clocks.wait(60)
    assert watch.look(clocks.wall)
