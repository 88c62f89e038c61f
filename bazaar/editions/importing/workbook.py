"""Reads the first filled sheet of an XLSX file in a process of its own, with little memory and few seconds.

A workbook of 5 KB may name a cell so far out that a reader asks for half a terabyte and takes its whole process down. So `table.py`
runs this file as a script: bytes on stdin, JSON on stdout, no other import of ours. Exit code 3 says: too many rows; 4: too many columns.
"""

import io
import json
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any

MOST_ROWS = 5_000
MOST_COLUMNS = 100
LONGEST_CELL = 5_000
LARGEST_UNPACKED_BYTES = 50 * 1024 * 1024
LARGEST_RATIO = 100
MOST_ENTRIES = 200
MEMORY_BYTES = 768 * 1024 * 1024
CPU_SECONDS = 5
TOO_MANY_ROWS = 3
TOO_MANY_COLUMNS = 4
_SPARE_ROWS = 1_000  # empty ones between filled ones


class BombError(ValueError):
    """The file unpacks to far more than it weighs, or is no plain workbook."""


def refuse_bomb(content: bytes) -> None:
    """Raise BombError for what no sheet of a committee looks like, before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise BombError("not a zip file") from error
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES or unpacked > LARGEST_UNPACKED_BYTES or unpacked > LARGEST_RATIO * len(content):
        raise BombError("it would unpack to too much")
    if any(entry.flag_bits & 1 for entry in entries):
        raise BombError("it is encrypted")


def read_rows(content: bytes) -> list[list[str]]:
    """The cells of the first sheet that holds anything, as text. Exits the process where it is too large."""
    import python_calamine  # noqa: PLC0415 (a compiled reader, loaded under the limits only)

    with python_calamine.CalamineWorkbook.from_object(io.BytesIO(content)) as workbook:
        for index in range(len(workbook.sheet_names)):
            sheet = workbook.get_sheet_by_index(index)
            if sheet.width > MOST_COLUMNS:
                sys.exit(TOO_MANY_COLUMNS)
            if sheet.height > MOST_ROWS + 1 + _SPARE_ROWS:
                sys.exit(TOO_MANY_ROWS)
            rows = [[cell_text(cell)[:LONGEST_CELL] for cell in row] for row in sheet.to_python(skip_empty_area=False)]
            if any(any(row) for row in rows):
                return rows
    return []


def cell_text(cell: Any) -> str:
    """A cell as a person reads it: whole numbers without a point, days and times in ISO form."""
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


def main() -> None:
    """Read stdin under the limits; any other exit code than 0, 3 and 4 says that the file cannot be read."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    rows = read_rows(sys.stdin.buffer.read())
    sys.stdout.write(json.dumps(rows))


if __name__ == "__main__":
    main()
