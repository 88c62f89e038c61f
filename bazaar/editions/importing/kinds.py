"""What the four kinds of import have in common: rows read, compared with what is stored, and a difference to show and to store."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bazaar.editions.importing.columns import Column, Problem, find_columns, read_cells
from bazaar.editions.importing.table import Table
from bazaar.localtime import to_utc
from models import Edition

Values = dict[str, Any]
"""What a row says, by column name; only the columns that the table has."""


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


@dataclass(frozen=True)
class Context:
    """What a kind may look at while it checks."""

    session: Session
    edition: Edition
    now: datetime
    stored: Mapping[Hashable, Stored]
    vendor_ids: Mapping[str, int]  # by the name's key


@dataclass(frozen=True)
class Kind:
    """One kind of import. All functions are steps: they take part in an open transaction and never commit."""

    name: str
    columns: tuple[Column, ...]
    stored: Callable[[Session, Edition], dict[Hashable, Stored]]
    key: Callable[[Values, Edition], Hashable]  # by which a row is known again
    label: Callable[[Values], str]
    check: Callable[[Values, int, Context], list[Problem]]
    store: Callable[[Session, Edition, Sequence[Difference], datetime], None]
    check_together: Callable[[Sequence[tuple[int, Values]], Context], list[Problem]] = lambda _rows, _context: []

    @property
    def key_columns(self) -> tuple[str, ...]:
        """Without these a row cannot be told from another."""
        return tuple(column.name for column in self.columns if column.is_required)


def compare(kind: Kind, table: Table, context: Context) -> Comparison:
    """Read every row, name every problem, and tell what is new, what changes and what stays."""
    found = find_columns(table, kind.columns)
    if any(problem.code == "column_missing" for problem in found.problems):
        return Comparison(found.problems, (), (), 0, len(table.rows), found.ignored)
    problems = list(found.problems)
    rows_by_key: dict[Hashable, int] = {}
    additions: list[Difference] = []
    changes: list[Difference] = []
    unchanged_count = 0
    readable: list[tuple[int, Values]] = []
    for row in table.rows:
        values, row_problems = read_cells(row, found, kind.columns, len(table.columns))
        problems += row_problems
        if any(name not in values for name in kind.key_columns):
            continue
        key = kind.key(values, context.edition)
        if key in rows_by_key:
            problems.append(Problem(row.number, None, "row_twice", {"other": rows_by_key[key], "name": kind.label(values)}))
            continue
        rows_by_key[key] = row.number
        problems += kind.check(values, row.number, context)
        readable.append((row.number, values))
        stored = context.stored.get(key)
        if stored is None:
            additions.append(Difference(row.number, kind.label(values), None, values))
        elif differing := _changes(kind, stored.values, values):
            changes.append(Difference(row.number, kind.label(values), stored.id, values, differing))
        else:
            unchanged_count += 1
    problems += kind.check_together(readable, context)
    problems.sort(key=lambda problem: (problem.row or 0, problem.column or ""))
    return Comparison(tuple(problems), tuple(additions), tuple(changes), unchanged_count, len(table.rows), found.ignored)


def name_key(name: str) -> str:
    """By which a business name is known again: capitals and doubled spaces do not count."""
    return " ".join(name.split()).lower()


def start_of(values: Values, edition: Edition, clock_column: str) -> datetime:
    """The instant that `tanggal` and a clock column name."""
    return to_utc(values["tanggal"], values[clock_column], edition.timezone)


def _changes(kind: Kind, before: Values, after: Values) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(column.name, column.show(before[column.name]), column.show(after[column.name]))
        for column in kind.columns
        if column.name in after and column.name in before and after[column.name] != before[column.name]
    )
