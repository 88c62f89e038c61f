"""Columns of a sheet: finding them by name, reading and showing their cells, and naming what cannot be read."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import Any

from bazaar.editions.importing.table import Row, Table
from bazaar.lines import one_line
from bazaar.money import format_rupiah, parse_rupiah
from bazaar.phones import PhoneError, parse_phone
from bazaar.vendors.availability import DaysOff, DaysOffError, format_days_off, parse_days_off
from bazaar.web_address import is_web_address

_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2})(?::\d{2})?)?")
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")
_LARGEST_NUMBER = 1_000_000_000
_LONGEST_NOTE = 2_000
_SHOWN_LETTERS = 120


class CellError(ValueError):
    """A cell says something that cannot be meant; `code` and `values` tell it in words elsewhere."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True)
class Problem:
    """What is wrong, where: the row as the sheet numbers it (None: the sheet as a whole) and the column (None: the row as a whole)."""

    row: int | None
    column: str | None
    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    cell: str = ""  # what stands there


@dataclass(frozen=True)
class Column:
    """A column of an import: its name in the template, how a cell is read (raising CellError) and shown, and other names for it."""

    name: str
    read: Callable[[str], Any]
    show: Callable[[Any], str] = str
    is_required: bool = False
    aliases: tuple[str, ...] = ()
    is_clock: bool = False  # a time of day, behind which the edition's zone may be written


@dataclass(frozen=True)
class Found:
    """Which columns of a table are which, and what was not found or not understood."""

    indexes: Mapping[str, int]  # name in the template -> place in the row
    ignored: tuple[str, ...]
    problems: tuple[Problem, ...]


def find_columns(table: Table, columns: tuple[Column, ...]) -> Found:
    """Match the header, whatever its capitals and spaces. Missing required columns and doubled ones are problems; others are ignored."""
    by_name = {_plain(name): column.name for column in columns for name in (column.name, *column.aliases)}
    indexes: dict[str, int] = {}
    ignored: list[str] = []
    problems: list[Problem] = []
    for index, header in enumerate(table.columns):
        name = by_name.get(_plain(header))
        if name is None:
            ignored += [header] if header else []
        elif name in indexes:
            problems.append(Problem(1, header, "column_twice"))
        else:
            indexes[name] = index
    problems += [Problem(1, column.name, "column_missing") for column in columns if column.is_required and column.name not in indexes]
    return Found(indexes, tuple(ignored), tuple(problems))


def read_cells(
    row: Row, found: Found, columns: tuple[Column, ...], width: int, zone_names: tuple[str, ...] = ()
) -> tuple[dict[str, Any], list[Problem]]:
    """The values of a row by column name, for the columns that the table has; and a problem for each cell that cannot be read."""
    values: dict[str, Any] = {}
    problems = [Problem(row.number, None, "row_too_long")] if any(row.cells[width:]) else []
    for column in columns:
        if column.name not in found.indexes:
            continue
        cell = row.cells[found.indexes[column.name]]
        if column.is_clock:
            cell = _without_zone(cell, zone_names)
        try:
            values[column.name] = column.read(cell)
        except CellError as error:
            problems.append(Problem(row.number, column.name, error.code, error.values))
    return values, problems


def with_cell(problem: Problem, row: Row, found: Found) -> Problem:
    """The problem with the text of the cell that it is about."""
    index = found.indexes.get(problem.column or "")
    return problem if index is None else replace(problem, cell=row.cells[index][:_SHOWN_LETTERS])


def _without_zone(cell: str, zone_names: tuple[str, ...]) -> str:
    """`20.00 WIB` -> `20.00` where that is the edition's zone; another zone's name stays, and is a problem."""
    for name in zone_names:
        if cell.upper().endswith(name.upper()):
            return cell[: -len(name)].rstrip()
    return cell


def _plain(header: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", header.lower()).strip("_")


def text_of(longest: int, *, is_required: bool = False) -> Callable[[str], str]:
    """Reads a text; line breaks and doubled spaces become one space."""

    def read(cell: str) -> str:
        text = one_line(cell)
        if is_required and not text:
            raise CellError("cell_empty")
        if len(text) > longest:
            raise CellError("text_too_long", longest=longest)
        return text

    return read


def note_of(cell: str) -> str:
    """Reads a longer text, line breaks kept."""
    if len(cell) > _LONGEST_NOTE:
        raise CellError("text_too_long", longest=_LONGEST_NOTE)
    return cell


def phone_of(cell: str) -> str:
    """Reads a mobile number; stored in E.164."""
    if not cell:
        raise CellError("cell_empty")
    try:
        return parse_phone(cell)
    except PhoneError as error:
        raise CellError(f"phone_{error.reason}", text=cell) from error


def show_phone_cell(e164: str) -> str:
    """`081200001001`: the national form for Indonesian numbers, E.164 for others."""
    return "0" + e164[3:] if e164.startswith("+62") else e164


def email_of(cell: str) -> str:
    """Reads an e-mail address, or nothing."""
    text = cell.lower()
    if text and (len(text) > 254 or not _EMAIL.fullmatch(text)):
        raise CellError("email_wrong", text=cell)
    return text


def rupiah_of(cell: str) -> int:
    """Reads a price above zero."""
    if not cell:
        raise CellError("cell_empty")
    try:
        amount = parse_rupiah(cell)
    except ValueError as error:
        raise CellError("price_wrong", text=cell) from error
    if amount <= 0:
        raise CellError("price_wrong", text=cell)
    return amount


def number_of(*, least: int = 0, most: int = _LARGEST_NUMBER, is_required: bool = False) -> Callable[[str], int | None]:
    """Reads a whole number; an empty cell is None unless it is required."""

    def read(cell: str) -> int | None:
        if not cell and not is_required:
            return None
        if not cell:
            raise CellError("cell_empty")
        if not (cell.isascii() and cell.isdigit() and len(cell) <= 12 and least <= int(cell) <= most):
            raise CellError("number_wrong", text=cell, least=least, most=most)
        return int(cell)

    return read


def days_off_of(cell: str) -> DaysOff:
    """Reads days on which a vendor cannot come."""
    try:
        return parse_days_off(cell)
    except DaysOffError as error:
        raise CellError("day_wrong", text=error.part) from error


def show_days_off(days: DaysOff) -> str:
    """The same as a cell."""
    return format_days_off(days.weekdays, days.dates)


def date_of(cell: str) -> date:
    """Reads one date: `2026-05-04`, `4/5/2026`, `4 Mei 2026`."""
    if not cell:
        raise CellError("cell_empty")
    try:
        days = parse_days_off(cell)
    except DaysOffError as error:
        raise CellError("date_wrong", text=cell) from error
    if days.weekdays or len(days.dates) != 1:
        raise CellError("date_wrong", text=cell)
    return days.dates[0]


def clock_of(cell: str) -> time:
    """Reads a clock time: `20:00`, `20.00`, `20`."""
    if not cell:
        raise CellError("cell_empty")
    match = _CLOCK.fullmatch(cell.lower().removeprefix("jam ").removeprefix("pukul ").strip())
    if match is None or int(match[1]) > 23 or int(match[2] or 0) > 59:
        raise CellError("clock_wrong", text=cell)
    return time(int(match[1]), int(match[2] or 0))


def show_clock(clock: time) -> str:
    """`20:00`."""
    return clock.isoformat("minutes")


def address_of(cell: str) -> str:
    """Reads a web address, or nothing."""
    if cell and (len(cell) > 400 or not is_web_address(cell)):
        raise CellError("address_wrong", text=cell[:80])
    return cell


def show_optional(value: Any) -> str:
    """Nothing for None."""
    return "" if value is None else str(value)


def show_rupiah(amount: int) -> str:
    """`Rp13.000`, which reads back as the same amount."""
    return format_rupiah(amount)
