"""Minutes in good hours, whatever the clock; columns with their sum and range."""

import pytest

from bazaar.editions.shares import Column, GoodHours, column_of
from bazaar.rotation.problem import ProblemSlot

EVENING = GoodHours(19 * 60 + 30, 21 * 60 + 30)
NIGHT = GoodHours(0, 60)


def slot(start: int, minutes: int = 30) -> ProblemSlot:
    return ProblemSlot("s1", 0, "l1", 0, start, minutes, 10, frozenset(), None)


@pytest.mark.parametrize(
    ("hours", "start", "minutes"),
    [
        (EVENING, 19 * 60, 0),
        (EVENING, 19 * 60 + 15, 15),
        (EVENING, 20 * 60, 30),
        (EVENING, 21 * 60 + 20, 10),
        (EVENING, 21 * 60 + 30, 0),
        (NIGHT, 23 * 60 + 45, 15),  # runs past midnight
        (NIGHT, 24 * 60 + 50, 10),  # belongs to the evening before
    ],
)
def test_only_minutes_within_good_hours_count(hours: GoodHours, start: int, minutes: int) -> None:
    assert hours.minutes_of(slot(start)) == minutes


def test_a_turn_is_in_good_hours_where_it_begins_in_them() -> None:
    assert [EVENING.holds(slot(start)) for start in (19 * 60 + 29, 19 * 60 + 30, 21 * 60 + 29, 21 * 60 + 30)] == [False, True, True, False]


def test_a_column_has_its_sum_and_range_also_without_vendors() -> None:
    assert column_of([3, 4, 3]) == Column(10, 3, 4)
    assert (column_of([3, 4, 3]).spread, column_of([]).spread) == (1, 0)
