"""When a cell says something was: as people write it, and as exports do."""

from datetime import UTC, date, datetime, time

import pytest

from bazaar.editions.importing.columns import CellError
from bazaar.editions.importing.moments import Moment, at_midnight, clock_or_moment_of, day_of, has_day, show_moment

DAY = date(2021, 5, 4)
QUARTER = time(20, 15)


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2021-05-04", Moment(DAY)),
        ("4 Mei 2021", Moment(DAY)),
        ("May 4, 2021", Moment(DAY)),
        ("2021-05-04 20:15", Moment(DAY, QUARTER)),
        ("2021-05-04 20.15", Moment(DAY, QUARTER)),
        ("2021-05-04 8:15 PM", Moment(DAY, QUARTER)),
        ("2021-05-04T20:15:30", Moment(DAY, time(20, 15, 30))),
        ("4/5/2021 20.15", Moment(DAY, QUARTER)),
        ("4 Mei 2021, pukul 20.15", Moment(DAY, QUARTER)),
        ("May 4, 2021, 8:15:00 PM", Moment(DAY, QUARTER)),
        ("May 4, 2021 at 12:05 a.m.", Moment(DAY, time(0, 5))),
    ],
)
def test_a_day_is_read_with_or_without_a_clock_time(cell: str, moment: Moment) -> None:
    assert day_of(cell) == moment
    assert day_of(show_moment(moment)).day == DAY


@pytest.mark.parametrize(
    "cell", ["2021-05-04T13:15:00Z", "2021-05-04 13:15:00 UTC", "2021-05-04T20:15:00+07:00", "2021-05-04 20:15:00 +0700"]
)
def test_an_offset_makes_it_an_instant(cell: str) -> None:
    assert day_of(cell).at == datetime(2021, 5, 4, 13, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("", "cell_empty"),
        ("Selasa", "date_wrong"),
        ("2021-02-30 20:15", "date_wrong"),
        ("4/5/2021 25.15", "clock_wrong"),
        ("4/5/2021 13:15 PM", "clock_wrong"),
        ("2021-05-04 20:15 EST", "date_wrong"),
    ],
)
def test_what_cannot_be_meant_is_named(cell: str, code: str) -> None:
    with pytest.raises(CellError, match=code):
        day_of(cell)


def test_a_clock_time_may_stand_alone_or_be_missing() -> None:
    assert [clock_or_moment_of(cell) for cell in ("", "20.15", "8:15 pm", "20")] == [
        None,
        Moment(clock=QUARTER),
        Moment(clock=QUARTER),
        Moment(clock=time(20)),
    ]
    assert clock_or_moment_of("2021-05-04 20:15") == Moment(DAY, QUARTER)
    assert [has_day(cell) for cell in ("20.15", "2021-05-04", "4/5/2021 20.15")] == [False, False, True]


def test_a_day_alone_is_midnight_where_the_others_have_a_clock_time() -> None:
    assert [at_midnight(cell) for cell in ("2021-05-05", "2021-05-05 00:01", "besok", "")] == [
        "2021-05-05 00:00",
        "2021-05-05 00:01",
        "besok",
        "",
    ]
