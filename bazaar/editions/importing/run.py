"""Checks a sheet against an edition and stores it: all rows or none. Storing the same sheet twice changes nothing."""

from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.database import reading, transaction
from bazaar.editions.editing import locked_edition, note_change
from bazaar.editions.importing.columns import Problem, find_columns
from bazaar.editions.importing.history import HISTORY
from bazaar.editions.importing.kinds import Comparison, Context, Difference, Kind, compare, name_key
from bazaar.editions.importing.products import PRODUCTS
from bazaar.editions.importing.sessions import SESSIONS
from bazaar.editions.importing.table import Table
from bazaar.editions.importing.vendors import VENDORS
from bazaar.editions.importing.viewers import VIEWERS
from bazaar.localtime import to_utc, zone_name
from bazaar.refusals import Refusal
from bazaar.reminders.plan import replace_plan
from bazaar.turns import published_turns
from models import Edition, Vendor

KINDS = {kind.name: kind for kind in (VENDORS, PRODUCTS, HISTORY, SESSIONS, VIEWERS)}
"""The kinds by name, in the order in which an edition needs them: products and history name vendors, viewers live sessions."""


@dataclass(frozen=True)
class ImportCheck:
    """What a sheet would do. With any problem it does nothing."""

    kind: str
    problems: tuple[Problem, ...]
    additions: tuple[Difference, ...]
    changes: tuple[Difference, ...]
    unchanged_count: int
    row_count: int
    ignored_columns: tuple[str, ...]
    left_out_rows: tuple[int, ...] = ()  # right as they are, and about nothing that is stored
    likely_kind: str | None = None  # whose columns these are, when they are not those of `kind`

    @property
    def good_row_count(self) -> int:
        """How many rows need no second look."""
        return len(self.additions) + len(self.changes) + self.unchanged_count

    @property
    def problem_row_count(self) -> int:
        """How many rows have to be looked at."""
        return len({problem.row for problem in self.problems})


@dataclass(frozen=True)
class ImportResult:
    """What a sheet did, in rows."""

    kind: str
    added_count: int
    changed_count: int
    unchanged_count: int


def check_import(edition_id: int, kind: str, table: Table, *, now: datetime) -> ImportCheck:
    """The dry run: every problem by row and column, and what would be new or change.

    Refuses `import_kind_unknown`, `not_found` and `edition_archived`.
    """
    known = known_kind(kind)
    with reading() as session:
        edition = session.get(Edition, edition_id)
        if edition is None:
            raise Refusal("not_found")
        if edition.archived_at is not None:
            raise Refusal("edition_archived", name=edition.name)
        return _check(known, table, _compare(session, edition, known, table, now))


def run_import(edition_id: int, kind: str, table: Table, *, by: int | None, now: datetime) -> ImportResult:
    """Store a sheet. Refuses as `check_import`, and `import_has_problems` with their number (nothing is stored then)."""
    known = known_kind(kind)
    with transaction() as session:
        return store_table(session, locked_edition(session, edition_id), known, table, by=by, now=now)


def known_kind(name: str) -> Kind:
    """The kind of that name. Refuses `import_kind_unknown`."""
    if name not in KINDS:
        raise Refusal("import_kind_unknown", kind=name)
    return KINDS[name]


def _compare(session: Session, edition: Edition, kind: Kind, table: Table, now: datetime) -> Comparison:
    names = session.scalars(select(Vendor.business_name).where(Vendor.edition_id == edition.id))
    vendor_names = {name_key(name): name for name in names}
    zone_names = (zone_name(to_utc(edition.starts_on, time(12), edition.timezone), edition.timezone),)
    return compare(kind, table, Context(session, edition, now, kind.stored(session, edition), vendor_names, zone_names))


def _check(kind: Kind, table: Table, found: Comparison) -> ImportCheck:
    is_lost = any(problem.code == "column_missing" for problem in found.problems)
    return ImportCheck(
        kind.name,
        found.problems,
        found.additions,
        found.changes,
        found.unchanged_count,
        found.row_count,
        found.ignored_columns,
        found.left_out_rows,
        likely_kind=_kind_of(table) if is_lost else None,
    )


def _kind_of(table: Table) -> str | None:
    """The kind whose required columns are all there; of several the one that requires most, if it is one only."""
    fitting = [kind for kind in KINDS.values() if not find_columns(kind.prepare(table), kind.columns).problems]
    required = {kind.name: sum(column.is_required for column in kind.columns) for kind in fitting}
    likely = [name for name, count in required.items() if count == max(required.values())]
    return likely[0] if len(likely) == 1 else None


def store_table(session: Session, edition: Edition, kind: Kind, table: Table, *, by: int | None, now: datetime) -> ImportResult:
    """Step: store all rows of a sheet, or refuse `import_has_problems`."""
    found = _compare(session, edition, kind, table, now)
    if found.problems:
        raise Refusal("import_has_problems", count=len(found.problems))
    previous = published_turns(session, edition.id) if kind is SESSIONS else []
    kind.store(session, edition, [*found.additions, *found.changes], now)
    session.flush()
    result = ImportResult(kind.name, len(found.additions), len(found.changes), found.unchanged_count)
    if found.additions or found.changes:
        after = {"file": table.file_name, "added_count": result.added_count, "changed_count": result.changed_count}
        note_change(session, edition, f"import_{kind.name}", "edition", edition.id, by=by, now=now, after=after)
    if previous and found.changes:
        replace_plan(session, edition.id, previous=previous, now=now)
    return result
