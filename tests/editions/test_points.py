"""What air time is worth, in whole points, by hour, weekday and zone."""

from datetime import UTC, datetime

import pytest

from bazaar.editions.points import HourBand, PointRules, points_of, read_bands, slot_points, write_bands
from models import usual_weights

BANDS = read_bands(usual_weights())
RULES = PointRules("Asia/Jakarta", BANDS)
MONDAY_AFTERNOON = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)  # 15.00 WIB
MONDAY_EVENING = datetime(2026, 5, 4, 13, 0, tzinfo=UTC)  # 20.00 WIB
FRIDAY_EVENING = datetime(2026, 5, 8, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("starts_at", "points"),
    [
        (MONDAY_AFTERNOON, 20),  # 15 x 1.3 = 19.5, rounded half up
        (MONDAY_EVENING, 23),  # 15 x 1.5 = 22.5
        (FRIDAY_EVENING, 29),  # 15 x 1.5 x 1.3 = 29.25
    ],
)
def test_hour_and_weekend_weigh_the_minutes(starts_at: datetime, points: int) -> None:
    assert points_of(15, starts_at, RULES) == points


def test_the_hour_is_the_editions_own() -> None:
    ten_utc = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)  # 17.00 WIB, 19.00 WIT

    assert points_of(100, ten_utc, RULES) == 130
    assert points_of(100, ten_utc, PointRules("Asia/Jayapura", BANDS)) == 150


def test_past_midnight_a_slot_belongs_to_the_evening_before() -> None:
    thursday_evening = datetime(2026, 5, 7, 16, 0, tzinfo=UTC)  # Thursday 23.00 WIB
    after_midnight = datetime(2026, 5, 7, 17, 30, tzinfo=UTC)  # Friday 00.30 WIB

    assert slot_points(100, after_midnight, thursday_evening, RULES) == 150  # an evening, and no weekend yet


def test_a_band_lasts_until_the_next_begins_and_each_weekday_has_its_own_weight() -> None:
    bands = (HourBand(0, (100,) * 7), HourBand(20 * 60, (210, *(100,) * 6)), HourBand(21 * 60, (300,) * 7))
    rules = PointRules("Asia/Jakarta", bands)
    clocks = [
        datetime(2026, 5, day, 12 + hour, minute, tzinfo=UTC)
        for day, hour, minute in ((4, 0, 59), (4, 1, 0), (4, 1, 59), (4, 2, 0), (5, 1, 0))
    ]

    assert [points_of(10, at, rules) for at in clocks] == [10, 21, 21, 30, 10]


def test_bands_are_stored_and_read_back() -> None:
    assert (write_bands(BANDS), read_bands(write_bands(BANDS))) == (usual_weights(), BANDS)
