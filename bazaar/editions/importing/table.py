"""Reads a sheet as it comes: CSV with whatever separator, XLSX, or a block pasted from another sheet. Cells become text, nothing more."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from bazaar.refusals import Refusal

LARGEST_FILE_BYTES = 2 * 1024 * 1024
MOST_ROWS = 5_000
_MOST_COLUMNS = 100
_LONGEST_CELL = 5_000
_LARGEST_UNPACKED_BYTES = 64 * 1024 * 1024
_LARGEST_RATIO = 200
_MOST_ENTRIES = 1_000
_DELIMITERS = ",;\t|"
_ZIP_MAGIC = b"PK\x03\x04"
_OLD_OFFICE_MAGIC = b"\xd0\xcf\x11\xe0"
FORMULA_SIGNS = ("=", "+", "-", "@")


@dataclass(frozen=True)
class Row:
    """One row of a sheet: its number there (the header is row 1) and its cells, trimmed."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A sheet as text: the header's names as written, and the rows that hold anything."""

    file_name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values that a JSON column can keep."""
        return {"columns": list(self.columns), "rows": [[row.number, *row.cells] for row in self.rows]}


def table_from_json(file_name: str, document: dict[str, Any]) -> Table:
    """The table that `as_json` wrote."""
    rows = tuple(Row(number, tuple(cells)) for number, *cells in document["rows"])
    return Table(file_name, tuple(document["columns"]), rows)


def read_table(file_name: str, content: bytes) -> Table:
    """A sheet from a file's bytes (at most 2 MiB and 5,000 rows). What it is, its first bytes tell, not its name.

    Refuses `import_file_too_large`, `import_empty`, `import_unreadable`, `import_too_many_rows` and `import_too_many_columns`.
    """
    if len(content) > LARGEST_FILE_BYTES:
        raise Refusal("import_file_too_large", megabytes=LARGEST_FILE_BYTES // (1024 * 1024))
    if content.startswith(_ZIP_MAGIC):
        return _table(file_name, _workbook_rows(content))
    if content.startswith(_OLD_OFFICE_MAGIC):
        raise Refusal("import_unreadable", file=file_name)
    return _table(file_name, _text_rows(file_name, _decoded(file_name, content)))


def read_pasted(text: str) -> Table:
    """A sheet from a block that was copied out of a spreadsheet. Refuses as `read_table`."""
    return read_table("tempel", text.encode())


def _decoded(file_name: str, content: bytes) -> str:
    if b"\0" in content:
        raise Refusal("import_unreadable", file=file_name)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")  # what old spreadsheets on Windows write


def _text_rows(file_name: str, text: str) -> list[list[str]]:
    header = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=header.count)
    try:
        return list(_limited(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))
    except csv.Error as error:
        raise Refusal("import_unreadable", file=file_name) from error


def _workbook_rows(content: bytes) -> list[list[str]]:
    _refuse_bomb(content)
    import python_calamine  # noqa: PLC0415 (a compiled reader that only an upload of XLSX needs)

    try:
        with python_calamine.CalamineWorkbook.from_object(io.BytesIO(content)) as workbook:
            sheet = workbook.get_sheet_by_index(0)
            if sheet.height > MOST_ROWS + 1 + 1_000 or sheet.width > _MOST_COLUMNS:
                raise Refusal("import_too_many_rows", most=MOST_ROWS)
            cells = sheet.to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError, ValueError, IndexError) as error:
        raise Refusal("import_unreadable", file="XLSX") from error
    return list(_limited([_cell_text(cell) for cell in row] for row in cells))


def _refuse_bomb(content: bytes) -> None:
    """Refuse a workbook that would unpack to far more than it weighs, before anything is unpacked."""
    try:
        entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise Refusal("import_unreadable", file="XLSX") from error
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > _MOST_ENTRIES or unpacked > _LARGEST_UNPACKED_BYTES or unpacked > _LARGEST_RATIO * len(content):
        raise Refusal("import_unreadable", file="XLSX")


def _limited(rows: Iterable[Sequence[str]]) -> Iterable[list[str]]:
    filled = 0
    for row in rows:
        if len(row) > _MOST_COLUMNS:
            raise Refusal("import_too_many_columns", most=_MOST_COLUMNS)
        cells = [_trimmed(cell) for cell in row]
        filled += any(cells)
        if filled > MOST_ROWS + 1:
            raise Refusal("import_too_many_rows", most=MOST_ROWS)
        yield cells


def _table(file_name: str, rows: list[list[str]]) -> Table:
    numbered = [Row(number, tuple(cells)) for number, cells in enumerate(rows, start=1) if any(cells)]
    if len(numbered) < 2:
        raise Refusal("import_empty")
    header, *body = numbered
    width = len(header.cells)
    return Table(file_name[:200], header.cells, tuple(_fitted(row, width) for row in body))


def _fitted(row: Row, width: int) -> Row:
    """As many cells as the header has; a longer row keeps its extra cells, so that they can be named as a problem."""
    return Row(row.number, row.cells + ("",) * (width - len(row.cells)))


def _trimmed(cell: str) -> str:
    text = cell.replace("\N{NO-BREAK SPACE}", " ").replace("\N{ZERO WIDTH SPACE}", "").strip()[:_LONGEST_CELL]
    # A leading apostrophe keeps a spreadsheet from reading a formula; it is no part of the text.
    return text[1:] if text[:1] == "'" and text[1:2] in FORMULA_SIGNS else text


def _cell_text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "ya" if cell else "tidak"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.isoformat("minutes")
    if isinstance(cell, timedelta):
        minutes = round(cell.total_seconds() / 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    return str(cell)
