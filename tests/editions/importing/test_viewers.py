"""Viewers from a sheet: each row finds its live session and hour, a curve becomes its hours' means, and mistakes are named."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from bazaar.database import reading
from bazaar.editions.audience import audience_of, evenings_of, note_viewers
from bazaar.editions.importing.run import ImportCheck, check_import, run_import
from bazaar.editions.importing.sheets import as_csv, as_xlsx, export_rows, template_rows
from bazaar.editions.importing.table import Table, read_pasted, read_table
from bazaar.editions.live_sessions import withdraw_live_session
from models import Audit, Edition
from tests import factories

AFTERNOON = datetime(2026, 5, 5, 9, 0, tzinfo=UTC)  # Tuesday, 16.00 to 17.00 WIB
EVENING = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)  # 20.00 to 21.30 WIB
LATE = datetime(2026, 5, 6, 16, 0, tzinfo=UTC)  # Wednesday, 23.00 to 00.30 WIB
NEXT_WEEK = datetime(2026, 5, 12, 13, 0, tzinfo=UTC)
NOW = datetime(2026, 5, 10, 0, 0, tzinfo=UTC)


@pytest.fixture
def edition_id(app: Flask) -> int:
    """An edition with live sessions 1 to 4."""
    edition_id = factories.make_edition()
    for starts_at, slot_count in ((AFTERNOON, 4), (EVENING, 6), (LATE, 6), (NEXT_WEEK, 6)):
        factories.make_live_session(edition_id, starts_at=starts_at, slot_count=slot_count)
    return edition_id


def check(edition_id: int, text: str, *, now: datetime = NOW) -> ImportCheck:
    return check_import(edition_id, "viewers", read_pasted(text), now=now)


def store(edition_id: int, table: Table) -> tuple[int, int, int]:
    """(added, changed, unchanged)"""
    result = run_import(edition_id, "viewers", table, by=None, now=NOW)
    return result.added_count, result.changed_count, result.unchanged_count


def noted(live_session_id: int) -> list[int | None]:
    """Of all of it, then of each of its hours."""
    return [count.viewer_count for count in audience_of(live_session_id)]


def problems(edition_id: int, text: str) -> list[tuple[int | None, str | None, str, str]]:
    return [(problem.row, problem.column, problem.code, problem.cell) for problem in check(edition_id, text).problems]


@pytest.mark.parametrize(
    "text",
    [
        (
            "tanggal\tmulai\tjam\tmenit\tpenonton\n"
            "2026-05-05\t16.00\t\t\t40\n"
            "5/5/2026\t\t20.15 WIB\t\t80\n"
            "5 Mei 2026\t20.00\t\t75\t120\n"
            "6/5/2026\t\t\t\t30\n"
        ),
        (
            "Date\tStart time\tTime\tMinute\tViewers\n"
            "May 5, 2026\t16:00\t\t\t40\n"
            "2026-05-05\t\t8:15 PM\t\t80\n"
            "2026-05-05\t\t21:00\t15\t120\n"
            "2026-05-06\t\t\t\t30\n"
        ),
    ],
    ids=["Indonesian", "English"],
)
def test_a_row_finds_its_live_session_by_the_day_its_start_a_time_within_or_a_minute(edition_id: int, text: str) -> None:
    assert store(edition_id, read_pasted(text)) == (4, 0, 0)

    assert [noted(live_session_id) for live_session_id in (1, 2, 3)] == [[40, None], [None, 80, 120], [30, None, None]]
    with reading() as session:
        assert [trace.action for trace in session.query(Audit)] == ["import_viewers"]


@pytest.mark.parametrize("header", ["Time", "Waktu", "timestamp", "tanggal"])
@pytest.mark.parametrize("zone", ["", "+07:00"])
def test_a_curve_gives_the_mean_of_each_hour_and_leaves_out_what_lies_beside_it(edition_id: int, header: str, zone: str) -> None:
    first = datetime(2026, 5, 5, 19, 57)
    minutes = [first + timedelta(minutes=minute) for minute in range(96)]
    lines = [f"{at.isoformat()}{zone},{50 if at.hour == 20 else 81 if at.minute < 10 else 100}" for at in minutes]

    text = f"{header},Concurrent viewers\n" + "\n".join(lines)
    found = check(edition_id, text)
    stored = store(edition_id, read_table("live.csv", text.encode()))

    assert (found.problems, found.left_out_rows) == ((), (2, 3, 4, 95, 96, 97))
    assert [(each.values["penonton"], each.values["row_count"]) for each in found.additions] == [(50, 60), (94, 30)]
    assert (stored, noted(2)) == ((2, 0, 0), [None, 50, 94])  # (10 x 81 + 20 x 100) / 30 = 93.67


def test_a_curve_goes_on_past_midnight_also_where_a_workbook_writes_midnight_as_a_day(edition_id: int) -> None:
    store(edition_id, read_pasted("Waktu\tPenonton\n2026-05-06 23:58\t10\n2026-05-06 23:59\t20\n2026-05-07\t30\n2026-05-07 00:01\t50\n"))

    assert noted(3) == [None, 15, 40]


def test_past_midnight_an_hour_may_be_written_under_its_evening(edition_id: int) -> None:
    store(edition_id, read_pasted("tanggal\tjam\tpenonton\n2026-05-06\t00.10\t25\n"))

    assert noted(3) == [None, None, 25]


def test_every_mistake_is_named_by_row_and_column_and_nothing_is_stored(edition_id: int) -> None:
    text = (
        "tanggal\tmulai\tjam\tmenit\tpenonton\n"
        "2026-05-05\t\t\t\t80\n"  # which of the two?
        "2026-05-04\t\t20.00\t\t80\n"
        "2026-05-05\t\t19.30\t\t80\n"  # no curve: a slip
        "2026-05-05\t19.00\t\t\t80\n"
        "2026-05-06\t\t\t300\t80\n"
        "besok\t\t20.00\t\t80\n"
        "2026-05-05\t\t8 malam\t\t80\n"
        "2026-05-05\t\t20.00\t\tramai\n"
        "2026-05-05\t\t20.00\t\t1.200\n"
        "2026-05-12\t\t20.00\t\t80\n"
        "2026-05-05\t\t21.00\t\t80\n"
        "2026-05-05\t20.00\t\t60\t90\n"
    )

    assert problems(edition_id, text) == [
        (2, "tanggal", "live_session_ambiguous", "2026-05-05"),
        (3, "tanggal", "no_live_session_on", "2026-05-04"),
        (4, "jam", "no_live_session_then", "19.30"),
        (5, "mulai", "no_live_session_at", "19.00"),
        (6, "menit", "no_live_session_then", "300"),
        (7, "tanggal", "date_wrong", "besok"),
        (8, "jam", "clock_wrong", "8 malam"),
        (9, "penonton", "number_wrong", "ramai"),
        (10, "penonton", "number_wrong", "1.200"),
        (11, "tanggal", "not_begun", "2026-05-12"),
        (13, None, "row_twice", ""),
    ]
    hours = [problem.values.get("hours") for problem in check(edition_id, text).problems[:3]]
    assert hours == ["16.00–17.00, 20.00–21.30", None, "20.00–21.30"]


def test_an_hour_that_has_not_come_and_a_live_session_called_off_have_no_viewers(edition_id: int) -> None:
    text = "tanggal\tjam\tpenonton\n2026-05-05\t21.00\t80\n"

    early = check(edition_id, text, now=EVENING + timedelta(minutes=30)).problems
    withdraw_live_session(edition_id, 2, by=None, now=NOW)

    assert [(problem.column, problem.code) for problem in early] == [("jam", "hour_not_begun")]
    assert problems(edition_id, text) == [(2, "jam", "no_live_session_then", "21.00")]


def test_the_mean_of_an_export_is_rounded(edition_id: int) -> None:
    store(edition_id, read_pasted("tanggal;jam;penonton\n2026-05-05;20.00;85,5\n2026-05-05;21.00;85.49999\n"))

    assert noted(2) == [None, 86, 85]


def test_what_is_stored_comes_out_and_in_again_without_a_change_and_the_newest_count_is_kept(edition_id: int) -> None:
    note_viewers(2, 70, by=None, now=NOW)
    note_viewers(2, 90, hour_starts_at=EVENING, by=None, now=NOW)
    note_viewers(3, 33, hour_starts_at=LATE + timedelta(hours=1), by=None, now=NOW)

    sheets = [read_table("x", write(export_rows(edition_id, "viewers"))) for write in (as_csv, as_xlsx)]
    again = [store(edition_id, sheet) for sheet in sheets]
    changed = store(edition_id, read_pasted("tanggal\tjam\tpenonton\n2026-05-05\t20.00\t95\n"))

    assert (again, changed) == ([(0, 0, 3), (0, 0, 3)], (0, 1, 0))
    assert noted(2) == [70, 95, None]


def test_the_template_can_be_imported_once_its_live_sessions_have_begun(app: Flask) -> None:
    edition_id = factories.make_edition()
    later = NOW + timedelta(days=60)
    for kind in ("sessions", "viewers"):
        table = read_table("x", as_csv(template_rows(edition_id, kind)))
        assert run_import(edition_id, kind, table, by=None, now=later).added_count


def test_the_evenings_that_were_noted_tell_their_mean(edition_id: int) -> None:
    note_viewers(2, 70, by=None, now=NOW)
    note_viewers(2, 90, hour_starts_at=EVENING, by=None, now=NOW)

    with reading() as session:
        evenings = evenings_of(session, session.get_one(Edition, edition_id))

    assert [(each.live_session_id, each.viewer_count, each.noted_hour_count, each.hour_count) for each in evenings] == [(2, 80, 1, 2)]


@pytest.mark.parametrize("kind", ["vendors", "sessions"])
def test_a_curve_in_the_wrong_place_is_recognized(edition_id: int, kind: str) -> None:
    table = read_pasted("Time\tConcurrent viewers\n2026-05-05 20:00\t50\n")

    assert check_import(edition_id, kind, table, now=NOW).likely_kind == "viewers"
