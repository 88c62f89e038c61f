"""The one reading of the machine's clock."""

from datetime import UTC, datetime, timedelta

from bazaar.clock import system_clock


def test_it_is_now_in_utc() -> None:
    at = system_clock()

    assert at.tzinfo is UTC
    assert abs(at - datetime.now(UTC)) < timedelta(seconds=5)
