"""Cells: what is shown reads back as the same value, and what cannot be meant is named."""

from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bazaar.editions.importing import columns as cells
from bazaar.editions.importing.columns import CellError, Column, Found, find_columns, read_cells
from bazaar.editions.importing.run import KINDS
from bazaar.editions.importing.table import Row, read_pasted
from bazaar.vendors.availability import DaysOff
from bazaar.web.words.import_problems import word_problem

DATES = st.dates(date(2000, 1, 1), date(2099, 12, 31))
LINES = (
    st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=40).map(lambda text: " ".join(text.split())).filter(bool)
)
CLOCKS = st.times().map(lambda clock: time(clock.hour, clock.minute))
LANGUAGES = st.lists(st.sampled_from(["Indonesia", "Jawa", "Madura", "Inggris"]), unique=True).map(tuple)
WISHES = st.tuples(st.none() | st.integers(1, 700), st.none() | st.integers(701, 1439))
VALUES = {
    ("vendors", "nama_usaha"): LINES,
    ("vendors", "whatsapp"): st.integers(0, 9_999_999).map(lambda number: f"+62812{number:07d}"),
    ("vendors", "hari_tidak_bisa"): st.builds(
        lambda days, dates: DaysOff(tuple(sorted(days)), tuple(sorted(dates))), st.sets(st.integers(0, 6)), st.sets(DATES, max_size=4)
    ),
    ("vendors", "jam_pilihan"): WISHES,
    ("vendors", "bahasa"): LANGUAGES,
    ("vendors", "catatan"): st.text(st.characters(categories=["L", "N"]), max_size=50),
    ("products", "harga_idr"): st.integers(1, 1_000_000_000),
    ("products", "stok"): st.none() | st.integers(0, 1_000_000),
    ("history", "tanggal"): DATES,
    ("history", "jam"): CLOCKS,
    ("history", "penonton"): st.none() | st.integers(0, 10_000_000),
    ("sessions", "mulai"): CLOCKS,
    ("sessions", "menit_per_giliran"): st.integers(1, 480),
    ("sessions", "bahasa"): st.lists(st.sampled_from(["id", "jv", "mad", "en"]), unique=True).map(tuple),
}


@pytest.mark.parametrize(("kind", "name"), VALUES)
@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_what_a_column_shows_it_reads_back(kind: str, name: str, data: st.DataObject) -> None:
    column = next(column for column in KINDS[kind].columns if column.name == name)
    value = data.draw(VALUES[kind, name])

    assert column.read(column.show(value)) == value


@pytest.mark.parametrize("name", [column.name for column in KINDS["vendors"].columns])
@settings(deadline=None, max_examples=50)
@given(text=st.text(max_size=60))
def test_any_text_is_read_or_named_as_a_problem(name: str, text: str) -> None:
    column = next(column for column in KINDS["vendors"].columns if column.name == name)

    values, problems = read_cells(Row(2, (text.strip(),)), Found({name: 0}, (), ()), (column,), 1)

    assert [column.read(column.show(value)) for value in values.values()] == list(values.values())
    assert [problem.column for problem in problems] == [name][len(values) :]
    assert all(word_problem(problem, "id") for problem in problems)


@pytest.mark.parametrize(
    ("read", "cell", "code"),
    [
        (cells.phone_of, "", "cell_empty"),
        (cells.phone_of, "besok", "phone_not_a_number"),
        (cells.phone_of, "0812345", "phone_wrong_length"),
        (cells.phone_of, "0331-123456", "phone_landline"),
        (cells.email_of, "siti@", "email_wrong"),
        (cells.rupiah_of, "gratis", "price_wrong"),
        (cells.rupiah_of, "0", "price_wrong"),
        (cells.number_of(most=10), "11", "number_wrong"),
        (cells.number_of(), "٣", "number_wrong"),
        (cells.number_of(is_required=True), "", "cell_empty"),
        (cells.days_off_of, "Jumat; besok", "day_wrong"),
        (cells.date_of, "Jumat", "date_wrong"),
        (cells.date_of, "31/2/2026", "date_wrong"),
        (cells.clock_of, "25.00", "clock_wrong"),
        (cells.clock_of, "20.00 WITA", "clock_wrong"),
        (cells.address_of, "javascript:alert(1)", "address_wrong"),
        (cells.text_of(5), "terlalu", "text_too_long"),
        (cells.text_of(5, is_required=True), " ", "cell_empty"),
        (cells.note_of, "x" * 2_001, "text_too_long"),
    ],
)
def test_what_cannot_be_meant_is_named(read, cell: str, code: str) -> None:
    with pytest.raises(CellError) as wrong:
        read(cell)

    assert wrong.value.code == code


@pytest.mark.parametrize(
    ("cell", "clock"), [("20:00", time(20)), ("20.15", time(20, 15)), ("7", time(7)), ("jam 20.00", time(20)), ("20:00:00", time(20))]
)
def test_clock_times_are_read_as_people_write_them(cell: str, clock: time) -> None:
    assert cells.clock_of(cell) == clock


def test_a_header_is_known_by_other_names_and_whatever_its_capitals() -> None:
    table = read_pasted("Nama Usaha\tNo. WA\tWarna\nTape\t0812\tmerah")

    found = find_columns(table, KINDS["vendors"].columns)

    assert (dict(found.indexes), found.ignored) == ({"nama_usaha": 0, "whatsapp": 1}, ("Warna",))
    assert [(problem.column, problem.code) for problem in found.problems] == [("pemilik", "column_missing"), ("kategori", "column_missing")]


def test_a_column_that_is_there_twice_is_a_problem() -> None:
    found = find_columns(read_pasted("nama_usaha\tnama lapak\nA\tB"), (Column("nama_usaha", str, aliases=("nama lapak",)),))

    assert [(problem.row, problem.column, problem.code) for problem in found.problems] == [(1, "nama lapak", "column_twice")]


def test_the_editions_own_zone_may_stand_behind_a_clock_time_and_no_other() -> None:
    columns = (Column("jam", cells.clock_of, is_clock=True),)
    table = read_pasted("jam\tx\n20.00 wib\t\n20.00 WITA\t")
    found = find_columns(table, columns)

    read = [read_cells(row, found, columns, 2, ("WIB",)) for row in table.rows]

    assert read[0] == ({"jam": time(20)}, [])
    assert [problem.code for problem in read[1][1]] == ["clock_wrong"]
