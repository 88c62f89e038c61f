"""What the kinds of import have in common: rows read, compared with what is stored, and a difference to show and to store."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.editions.importing.columns import Column, Problem, find_columns, read_cells, with_cell
from bazaar.editions.importing.table import Table
from bazaar.localtime import to_utc
from models import Edition, Vendor

_MOST_GUESSES = 100
Values = dict[str, Any]
"""What a row says, by column name; only the columns that the table has."""
Rows = Sequence[tuple[int, Values]]
"""Rows with the numbers that they have in the sheet."""


@dataclass(frozen=True)
class Stored:
    """A row as the database has it: its id and all its columns."""

    id: int
    values: Values


@dataclass(frozen=True)
class FieldChange:
    """One cell that would change, as a person writes it."""

    column: str
    before: str
    after: str


@dataclass(frozen=True)
class Difference:
    """A row of the sheet that would add something (no `stored_id`) or change it."""

    row: int
    name: str
    stored_id: int | None
    values: Values
    changes: tuple[FieldChange, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """A sheet against the database: every problem, and what storing it would do."""

    problems: tuple[Problem, ...]
    additions: tuple[Difference, ...]
    changes: tuple[Difference, ...]
    unchanged_count: int
    row_count: int
    ignored_columns: tuple[str, ...]
    left_out_rows: tuple[int, ...] = ()


@dataclass(frozen=True)
class Context:
    """What a kind may look at while it checks."""

    session: Session
    edition: Edition
    now: datetime
    stored: Mapping[Hashable, Stored]
    vendor_names: Mapping[str, str]  # as registered, by the name's key
    zone_names: tuple[str, ...] = ()  # what may stand behind a clock time: WIB
    read: dict[str, Any] = field(default_factory=dict)  # what a kind looks at for every row, read for the first
    guesses: dict[str, str] = field(default_factory=dict)  # names like an unknown one, found once

    def unknown_vendor(self, name: str, row: int) -> list[Problem]:
        """A problem where no vendor is called so, with the name that was probably meant."""
        key = name_key(name)
        if key in self.vendor_names:
            return []
        if key not in self.guesses:
            likely = get_close_matches(key, self.vendor_names, n=1, cutoff=0.75) if len(self.guesses) < _MOST_GUESSES else []
            self.guesses[key] = self.vendor_names[likely[0]] if likely else ""
        code = "vendor_unknown_near" if self.guesses[key] else "vendor_unknown"
        return [Problem(row, "nama_usaha", code, {"text": name, "near": self.guesses[key]})]


@dataclass(frozen=True)
class Kind:
    """One kind of import. All functions are steps: they take part in an open transaction and never commit."""

    name: str
    columns: tuple[Column, ...]
    stored: Callable[[Session, Edition], dict[Hashable, Stored]]
    key: Callable[[Values, Edition], Hashable]  # by which a row is known again
    label: Callable[[Values], str]
    check: Callable[[Values, int, Context], list[Problem]]  # the values may lack what could not be read
    store: Callable[[Session, Edition, Sequence[Difference], datetime], None]
    key_columns: tuple[str, ...]  # without these a row cannot be told from another
    check_together: Callable[[Rows, Context], list[Problem]] = lambda _rows, _context: []
    checks_whole_rows: bool = False  # `check` makes no sense of a row with a cell that could not be read
    prepare: Callable[[Table], Table] = lambda table: table
    gather: Callable[[Rows, Context], tuple[Rows, tuple[int, ...]]] = lambda rows, _context: (rows, ())
    """Several rows may be about one thing: one row for each, and the numbers of rows that are about nothing."""


def compare(kind: Kind, sheet: Table, context: Context) -> Comparison:
    """Read every row, name every problem, and tell what is new, what changes and what stays; rows with a problem are none of these."""
    table = kind.prepare(sheet)
    found = find_columns(table, kind.columns)
    if any(problem.code == "column_missing" for problem in found.problems):
        return Comparison(found.problems, (), (), 0, len(table.rows), found.ignored)
    problems = list(found.problems)
    rows_by_key: dict[Hashable, int] = {}
    readable: list[tuple[int, Values]] = []
    for row in table.rows:
        values, row_problems = read_cells(row, found, kind.columns, len(table.columns), context.zone_names)
        if not (row_problems and kind.checks_whole_rows):
            row_problems += kind.check(values, row.number, context)
        if all(name in values for name in kind.key_columns):
            first = rows_by_key.setdefault(kind.key(values, context.edition), row.number)
            if first != row.number:
                row_problems.append(Problem(row.number, None, "row_twice", {"other": first, "name": kind.label(values)}))
        if not row_problems:
            readable.append((row.number, values))
        problems += [with_cell(problem, row, found) for problem in row_problems]
    rows_by_number = {row.number: row for row in table.rows}
    for problem in kind.check_together(readable, context):
        problems.append(problem if problem.row is None else with_cell(problem, rows_by_number[problem.row], found))
    problems.sort(key=lambda problem: (problem.row or 0, problem.column or ""))
    wrong_rows = {problem.row for problem in problems}
    good = [(number, values) for number, values in readable if number not in wrong_rows]
    gathered, left_out = kind.gather(good, context)
    compared = _differences(kind, context, gathered, tuple(problems), len(table.rows), found.ignored)
    return replace(compared, left_out_rows=left_out)


def _differences(
    kind: Kind,
    context: Context,
    rows: Rows,
    problems: tuple[Problem, ...],
    row_count: int,
    ignored: tuple[str, ...],
) -> Comparison:
    additions: list[Difference] = []
    changes: list[Difference] = []
    for number, values in rows:
        stored = context.stored.get(kind.key(values, context.edition))
        if stored is None:
            additions.append(Difference(number, kind.label(values), None, values))
        elif differing := _changes(kind, stored.values, values):
            changes.append(Difference(number, kind.label(values), stored.id, values, differing))
    unchanged_count = len(rows) - len(additions) - len(changes)
    return Comparison(problems, tuple(additions), tuple(changes), unchanged_count, row_count, ignored)


def name_key(name: str) -> str:
    """By which a business name is known again: capitals and doubled spaces do not count."""
    return " ".join(name.split()).lower()


def vendor_ids(session: Session, edition: Edition) -> dict[str, int]:
    """Step: the edition's vendors by the key of their name."""
    rows = session.execute(select(Vendor.id, Vendor.business_name).where(Vendor.edition_id == edition.id))
    return {name_key(name): vendor_id for vendor_id, name in rows}


def start_of(values: Values, edition: Edition, clock_column: str) -> datetime:
    """The instant that `tanggal` and a clock column name."""
    return to_utc(values["tanggal"], values[clock_column], edition.timezone)


def _changes(kind: Kind, before: Values, after: Values) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(column.name, column.show(before[column.name]), column.show(after[column.name]))
        for column in kind.columns
        if column.name in after and column.name in before and after[column.name] != before[column.name]
    )
