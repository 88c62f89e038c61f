"""The only sign of life that counts is a pass that came to its end."""

from datetime import timedelta

import pytest

from bazaar.database import reading
from bazaar.reminders.pulse import note_began, note_failed, note_finished, scheduler_age
from models import Beat
from tests.conftest import START

pytestmark = pytest.mark.usefixtures("app")


def test_a_scheduler_that_never_ran_has_no_age() -> None:
    assert scheduler_age(START) is None


def test_the_newest_finished_pass_counts() -> None:
    note_finished("plan", now=START)
    note_finished("pump", now=START + timedelta(seconds=30))

    assert scheduler_age(START + timedelta(seconds=70)) == timedelta(seconds=40)


def test_beginning_and_failing_are_no_signs_of_life() -> None:
    note_began("pump", now=START)
    note_failed("pump", "OperationalError: locked", now=START)

    assert scheduler_age(START) is None


def test_a_failure_stands_until_a_pass_succeeds() -> None:
    def error() -> str | None:
        with reading() as session:
            return session.get_one(Beat, "pump").error

    note_failed("pump", "x" * 1_000, now=START)
    assert error() == "x" * 400

    note_began("pump", now=START)
    assert error() is not None
    note_finished("pump", now=START)
    assert error() is None
