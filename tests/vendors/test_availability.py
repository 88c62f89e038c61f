"""Days off are read as people write them, or the part that nobody can read is named."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bazaar.vendors.availability import DaysOff, DaysOffError, format_days_off, parse_days_off


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", DaysOff()),
        (" ; ", DaysOff()),
        ("Jumat; 2026-05-04", DaysOff((4,), (date(2026, 5, 4),))),
        ("Minggu; Sabtu; minggu", DaysOff((5, 6), ())),
        ("Jum'at, Ahad", DaysOff((4, 6), ())),
        ("Jum\N{RIGHT SINGLE QUOTATION MARK}at dan Senin", DaysOff((0, 4), ())),
        ("hari Selasa", DaysOff((1,), ())),
        ("Monday; Tue", DaysOff((0, 1), ())),
        ("Sen; Sel; Rab", DaysOff((0, 1, 2), ())),
        ("4/5/2026", DaysOff((), (date(2026, 5, 4),))),
        ("2021-04-21; 20.04.2021", DaysOff((), (date(2021, 4, 20), date(2021, 4, 21)))),
        ("4 Mei 2026\n5 Agt 2026", DaysOff((), (date(2026, 5, 4), date(2026, 8, 5)))),
    ],
)
def test_days_are_read_as_people_write_them(text: str, expected: DaysOff) -> None:
    assert parse_days_off(text) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [("Jumat; kapan-kapan", "kapan-kapan"), ("2026-02-31", "2026-02-31"), ("4 Mei", "4 Mei"), ("Sabtu; 31/31/2026", "31/31/2026")],
)
def test_an_unreadable_part_is_named(text: str, part: str) -> None:
    with pytest.raises(DaysOffError) as caught:
        parse_days_off(text)

    assert caught.value.part == part


@given(st.sets(st.integers(0, 6)), st.sets(st.dates(date(2000, 1, 1), date(2100, 1, 1)), max_size=5))
def test_what_is_written_can_be_read_back(weekdays: set[int], dates: set[date]) -> None:
    assert parse_days_off(format_days_off(weekdays, dates)) == DaysOff(tuple(sorted(weekdays)), tuple(sorted(dates)))
