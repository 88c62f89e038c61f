"""Reads a sheet as it comes: CSV with whatever separator, XLSX, or a block pasted from another sheet. Cells become text, nothing more."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bazaar.editions.importing import workbook
from bazaar.editions.importing.workbook import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS
from bazaar.lines import several_lines
from bazaar.refusals import Refusal

LARGEST_FILE_BYTES = 2 * 1024 * 1024
PASTED = "tempelan"
"""What a pasted block is called where a file would have a name."""
_DELIMITERS = ",;\t|"
_SEPARATOR_LINE = re.compile(r"sep=([,;\t|])\r?\n", re.IGNORECASE)  # how Excel is told; it does not count as a row
_ZIP_MAGIC = b"PK\x03\x04"
_OLD_OFFICE_MAGIC = b"\xd0\xcf\x11\xe0"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_WORKBOOK_SECONDS = 15
_QUOTED_FORMULA = re.compile(r"'+[=+\-@]")
_NEEDS_QUOTE = re.compile(r"'*[=+\-@]")


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
        return _table(file_name, list(_limited(_workbook_rows(file_name, content))))
    if content.startswith(_OLD_OFFICE_MAGIC):
        raise Refusal("import_unreadable", file=file_name)
    return _table(file_name, _text_rows(file_name, _decoded(file_name, content)))


def read_pasted(text: str) -> Table:
    """A sheet from a block that was copied out of a spreadsheet. Refuses as `read_table`."""
    return read_table(PASTED, text.encode())


def quoted(cell: str) -> str:
    """The cell with an apostrophe where a spreadsheet would calculate it; reading takes exactly one off again."""
    return "'" + cell if _NEEDS_QUOTE.match(cell) else cell


def is_quoted(cell: str) -> bool:
    """Whether reading would take an apostrophe off the front."""
    return bool(_QUOTED_FORMULA.match(cell))


def _decoded(file_name: str, content: bytes) -> str:
    try:
        if content.startswith(_UTF16_MARKS):
            return content.decode("utf-16")  # "Unicode text" of old spreadsheets
        if b"\0" in content:
            raise Refusal("import_unreadable", file=file_name)
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")  # what old spreadsheets on Windows write


def _text_rows(file_name: str, text: str) -> list[list[str]]:
    if "\0" in text:
        raise Refusal("import_unreadable", file=file_name)
    if named := _SEPARATOR_LINE.match(text):
        text, delimiter = text[named.end() :], named[1]
    else:
        header = next((line for line in text.splitlines() if line.strip()), "")
        delimiter = max(_DELIMITERS, key=header.count)
    try:
        return list(_limited(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))
    except csv.Error as error:
        raise Refusal("import_unreadable", file=file_name) from error


def _workbook_rows(file_name: str, content: bytes) -> list[list[str]]:
    """The rows of a workbook, read by another process: a malicious one takes only that process down."""
    try:
        workbook.refuse_bomb(content)
        ended = subprocess.run(
            [sys.executable, "-I", str(Path(workbook.__file__))], input=content, capture_output=True, timeout=_WORKBOOK_SECONDS, check=False
        )
    except (workbook.BombError, subprocess.TimeoutExpired) as error:
        raise Refusal("import_unreadable", file=file_name) from error
    if ended.returncode == workbook.TOO_MANY_ROWS:
        raise Refusal("import_too_many_rows", most=MOST_ROWS)
    if ended.returncode == workbook.TOO_MANY_COLUMNS:
        raise Refusal("import_too_many_columns", most=MOST_COLUMNS)
    if ended.returncode != 0:
        raise Refusal("import_unreadable", file=file_name)
    rows: list[list[str]] = json.loads(ended.stdout)
    return rows


def _limited(rows: Iterable[Sequence[str]]) -> Iterable[list[str]]:
    filled = 0
    for row in rows:
        cells = [_trimmed(cell) for cell in row]
        while len(cells) > MOST_COLUMNS and not cells[-1]:
            cells.pop()
        if len(cells) > MOST_COLUMNS:
            raise Refusal("import_too_many_columns", most=MOST_COLUMNS)
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
    text = several_lines(cell.replace("\N{NO-BREAK SPACE}", " ")[: 2 * LONGEST_CELL])[:LONGEST_CELL].strip()
    return text[1:] if is_quoted(text) else text
