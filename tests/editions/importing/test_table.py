"""Reading sheets as they come: whatever separator, encoding or kind; what is no sheet is refused and harms nobody."""

import csv
import io
import zipfile
from datetime import date, datetime, time

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from bazaar.editions.importing.sheets import as_csv, as_xlsx
from bazaar.editions.importing.table import LARGEST_FILE_BYTES, Row, read_pasted, read_table, table_from_json
from bazaar.editions.importing.workbook import LARGEST_RATIO, MOST_ENTRIES
from bazaar.lines import several_lines
from bazaar.refusals import Refusal

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\N{NO-BREAK SPACE}"), max_size=30).map(several_lines)
HEADER = ["nama_usaha", "catatan", "whatsapp"]
ROWS = st.lists(st.lists(CELLS, min_size=3, max_size=3).filter(any), min_size=1, max_size=6)


def workbook(*rows: list[object], **options: object) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as book:
        sheet = book.add_worksheet()
        formats = {date: book.add_format({"num_format": "yyyy-mm-dd"}), time: book.add_format({"num_format": "hh:mm"})}
        for y, row in enumerate(rows):
            for x, cell in enumerate(row):
                kind = type(cell)
                if kind in formats:
                    sheet.write_datetime(y, x, cell, formats[kind])
                else:
                    sheet.write(y, x, cell)
    return out.getvalue()


def cells_of(content: bytes) -> list[tuple[str, ...]]:
    return [row.cells for row in read_table("berkas", content).rows]


def outcome(content: bytes) -> str:
    """`rows`, or the code of the refusal."""
    try:
        return "rows" if read_table("x", content).rows else "nothing"
    except Refusal as refusal:
        return refusal.code


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_separator_and_encoding_are_found_out(delimiter: str, encoding: str) -> None:
    text = f"nama_usaha{delimiter}pemilik\r\nKafé Léon{delimiter}Bu Siti\r\n"

    table = read_table("lapak.csv", text.encode(encoding))

    assert (table.columns, table.rows) == (("nama_usaha", "pemilik"), (Row(2, ("Kafé Léon", "Bu Siti")),))


def test_the_line_that_tells_excel_the_separator_is_no_row() -> None:
    assert read_table("x", b"sep=;\r\na;b,c\r\n1;2\r\n").rows == (Row(2, ("1", "2")),)


def test_rows_are_numbered_as_the_sheet_numbers_them() -> None:
    table = read_pasted('nama\tcatatan\n\nTape\t"dua\nbaris"\n\t\nBatik\t\n')

    assert table.rows == (Row(3, ("Tape", "dua\nbaris")), Row(5, ("Batik", "")))


def test_a_row_that_is_longer_than_the_header_keeps_what_is_too_much() -> None:
    assert cells_of(b"a,b\n1,2,3\n4\n") == [("1", "2", "3"), ("4", "")]


def test_cells_that_look_like_formulas_stay_text() -> None:
    assert cells_of(b"a,b\n=1+1,'=1+1\n-5,@contoh\n") == [("=1+1", "=1+1"), ("-5", "@contoh")]


def test_a_workbook_says_what_its_cells_show() -> None:
    content = workbook(
        ["tanggal", "jam", "whatsapp", "harga", "ya", "kosong"], [date(2026, 5, 4), time(20, 15), 81200001001, 12500.5, True, None]
    )

    assert cells_of(content) == [("2026-05-04", "20:15", "81200001001", "12500.5", "ya", "")]


def test_the_first_sheet_that_holds_anything_is_read() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet("Kosong")
        book.add_worksheet("Isi").write_column(0, 0, ["nama", "Tape"])

    assert cells_of(out.getvalue()) == [("Tape",)]


@settings(deadline=None, max_examples=50)
@given(rows=ROWS)
def test_a_csv_that_we_write_reads_back_as_it_was(rows: list[list[str]]) -> None:
    assert cells_of(as_csv([HEADER, *rows])) == [tuple(row) for row in rows]


def test_a_workbook_that_we_write_reads_back_as_it_was() -> None:
    rows = [["=1+1", "'=1", "''@x"], ["0812 0000", "a & <b>", "dua\nbaris"], ["+62", "-", "😀"]]

    assert cells_of(as_xlsx([HEADER, *rows])) == [tuple(row) for row in rows]


@settings(deadline=None, max_examples=50)
@given(cell=CELLS)
def test_no_cell_of_a_csv_begins_as_a_formula(cell: str) -> None:
    written = next(csv.reader(io.StringIO(as_csv([[cell, "x"]]).decode("utf-8-sig"), newline="")))

    assert not written[0].startswith(("=", "+", "-", "@"))


@settings(deadline=None, max_examples=50)
@given(rows=ROWS)
def test_a_table_survives_json(rows: list[list[str]]) -> None:
    table = read_table("x.csv", as_csv([HEADER, *rows]))

    assert table_from_json("x.csv", table.as_json()) == table


@settings(deadline=None, max_examples=50)
@given(content=st.binary(max_size=300) | st.binary(max_size=300).map(lambda tail: b"a,b\n" + tail))
def test_nonsense_is_read_or_refused_and_never_raises_anything_else(content: bytes) -> None:
    assert outcome(content) in {"rows", "import_empty", "import_unreadable", "import_too_many_columns"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "import_empty"),
        (b"\n\n , ,\n", "import_empty"),
        (b"nama,pemilik\n", "import_empty"),
        (b"x" * (LARGEST_FILE_BYTES + 1), "import_file_too_large"),
        (b"nama\n" + b"x\n" * 5_001, "import_too_many_rows"),
        (b"a" + b",a" * 100 + b"\n1\n", "import_too_many_columns"),
        (b"PK\x03\x04 no zip at all", "import_unreadable"),
        (b"\xd0\xcf\x11\xe0 an old workbook", "import_unreadable"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "import_unreadable"),
        (b'nama\n"' + b"x" * 200_000, "import_unreadable"),
    ],
)
def test_what_is_no_sheet_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_table("berkas", content)

    assert refused.value.code == code


def test_as_many_rows_as_allowed_are_read() -> None:
    assert len(read_table("x", b"nama\n" + b"x\n" * 5_000).rows) == 5_000


def zip_of(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def far_cell() -> bytes:
    """Two cells as far apart as a sheet is wide and high: 5 KB that ask a reader for half a terabyte."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "nama")
        sheet.write(1_048_575, 16_383, "jauh")
    return out.getvalue()


def lying_zip() -> bytes:
    """A workbook whose directory says that a part of 80 MB is small."""
    content = bytearray(zip_of({"xl/workbook.xml": b"<a>" + b" " * 80_000_000}))
    real = (80_000_003).to_bytes(4, "little")
    place = content.find(real)
    while place >= 0:
        content[place : place + 4] = (1_000).to_bytes(4, "little")
        place = content.find(real)
    return bytes(content)


def entities() -> bytes:
    """A billion laughs in place of a sheet."""
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{laughs}]>'
    content = workbook(["nama"], ["Tape"], ["Batik"])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode().split("?>", 1)[1].replace("<v>1</v>", "<v>&a9;</v>", 1)
    return zip_of({**parts, "xl/worksheets/sheet1.xml": (bomb + sheet).encode()})


@pytest.mark.parametrize(
    "content",
    [
        zip_of({"xl/workbook.xml": b"\0" * (LARGEST_RATIO * 20_000)}),
        zip_of({f"{number}.xml": b"<a/>" for number in range(MOST_ENTRIES + 1)}),
        zip_of({"anything.txt": b"no workbook"}),
        far_cell(),
        lying_zip(),
    ],
    ids=["ratio", "entries", "no workbook", "far cell", "lying directory"],
)
def test_a_bomb_is_refused_and_takes_nothing_down(content: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        read_table("bom.xlsx", content)

    assert refused.value.code in {"import_unreadable", "import_too_many_columns", "import_too_many_rows"}


def test_entities_are_not_expanded() -> None:
    cells = cells_of(entities())

    assert all(len(cell) < 100 for row in cells for cell in row)


def test_a_workbook_with_too_many_rows_or_columns_says_so() -> None:
    def code(content: bytes) -> str:
        with pytest.raises(Refusal) as refused:
            read_table("x.xlsx", content)
        return refused.value.code

    assert code(workbook(*([["x"]] * 5_002))) == "import_too_many_rows"
    assert code(workbook(["x"] * 101, ["y"])) == "import_too_many_columns"


def test_a_moment_in_a_workbook_keeps_its_time() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "kapan")
        sheet.write_datetime(1, 0, datetime(2026, 5, 4, 20, 15), book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))

    assert cells_of(out.getvalue()) == [("2026-05-04 20:15",)]
