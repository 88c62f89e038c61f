"""Checks a sheet against an edition and stores it: all rows or none. Storing the same sheet twice changes nothing."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bazaar.database import reading, transaction
from bazaar.editions.editing import locked_edition, note_change
from bazaar.editions.importing.columns import Problem
from bazaar.editions.importing.history import HISTORY
from bazaar.editions.importing.kinds import Comparison, Context, Difference, Kind, compare, name_key
from bazaar.editions.importing.products import PRODUCTS
from bazaar.editions.importing.sessions import SESSIONS
from bazaar.editions.importing.table import Table, table_from_json
from bazaar.editions.importing.vendors import VENDORS
from bazaar.localtime import to_utc, zone_name
from bazaar.refusals import Refusal
from bazaar.reminders.plan import replace_plan
from bazaar.turns import published_turns
from models import Edition, ImportDraft, Vendor

KINDS = {kind.name: kind for kind in (VENDORS, PRODUCTS, HISTORY, SESSIONS)}
"""The kinds by name, in the order in which a new edition needs them: products and history name vendors."""

_DRAFT_KEPT = timedelta(days=7)


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


@dataclass(frozen=True)
class DraftPage:
    """A sheet between its dry run and the organizer's yes."""

    id: int
    kind: str
    file_name: str
    created_at: datetime
    check: ImportCheck


def check_import(edition_id: int, kind: str, table: Table, *, now: datetime) -> ImportCheck:
    """The dry run: every problem by row and column, and what would be new or change.

    Refuses `import_kind_unknown`, `not_found` and `edition_archived`.
    """
    known = _kind(kind)
    with reading() as session:
        edition = session.get(Edition, edition_id)
        if edition is None:
            raise Refusal("not_found")
        if edition.archived_at is not None:
            raise Refusal("edition_archived", name=edition.name)
        return _check(known, _compare(session, edition, known, table, now))


def run_import(edition_id: int, kind: str, table: Table, *, by: int | None, now: datetime) -> ImportResult:
    """Store a sheet. Refuses as `check_import`, and `import_has_problems` with their number (nothing is stored then)."""
    known = _kind(kind)
    with transaction() as session:
        return _run(session, locked_edition(session, edition_id), known, table, by=by, now=now)


def save_draft(edition_id: int, kind: str, table: Table, *, by: int | None, now: datetime) -> int:
    """Keep a sheet's rows until the organizer has seen what they would do; returns the draft's id.

    Drafts of this edition that were not used within a week go. Refuses `import_kind_unknown`, `not_found` and `edition_archived`.
    """
    known = _kind(kind)
    with transaction() as session:
        edition = locked_edition(session, edition_id)
        _forget_old(session, edition_id, now)
        draft = ImportDraft(
            edition_id=edition.id, kind=known.name, file_name=table.file_name[:200], rows=table.as_json(), created_at=now, account_id=by
        )
        session.add(draft)
        session.flush()
        return draft.id


def draft_page(edition_id: int, draft_id: int, *, now: datetime) -> DraftPage:
    """The draft, checked anew against what is stored now. Refuses `not_found`, `import_done` and `edition_archived`."""
    with reading() as session:
        draft = _draft(session, edition_id, draft_id)
        table = table_from_json(draft.file_name, draft.rows)
        page = (draft.id, draft.kind, draft.file_name, draft.created_at)
    return DraftPage(*page, check_import(edition_id, page[1], table, now=now))


def run_draft(edition_id: int, draft_id: int, *, by: int | None, now: datetime) -> ImportResult:
    """Store a draft's rows, once. Refuses `not_found`, `import_done`, `edition_archived` and `import_has_problems`."""
    with transaction() as session:
        edition = locked_edition(session, edition_id)
        draft = _draft(session, edition_id, draft_id)
        kind, table = _kind(draft.kind), table_from_json(draft.file_name, draft.rows)
        used = session.execute(
            update(ImportDraft).where(ImportDraft.id == draft_id, ImportDraft.used_at.is_(None)).values(used_at=now, rows=[])
        )
        if used.rowcount == 0:  # type: ignore[attr-defined] # an UPDATE's result counts rows
            raise Refusal("import_done")
        return _run(session, edition, kind, table, by=by, now=now)


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise Refusal("import_kind_unknown", kind=name)
    return KINDS[name]


def _compare(session: Session, edition: Edition, kind: Kind, table: Table, now: datetime) -> Comparison:
    names = session.scalars(select(Vendor.business_name).where(Vendor.edition_id == edition.id))
    vendor_names = {name_key(name): name for name in names}
    zone_names = (zone_name(to_utc(edition.starts_on, time(12), edition.timezone), edition.timezone),)
    return compare(kind, table, Context(session, edition, now, kind.stored(session, edition), vendor_names, zone_names))


def _check(kind: Kind, found: Comparison) -> ImportCheck:
    return ImportCheck(
        kind.name, found.problems, found.additions, found.changes, found.unchanged_count, found.row_count, found.ignored_columns
    )


def _run(session: Session, edition: Edition, kind: Kind, table: Table, *, by: int | None, now: datetime) -> ImportResult:
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


def _draft(session: Session, edition_id: int, draft_id: int) -> ImportDraft:
    draft = session.get(ImportDraft, draft_id)
    if draft is None or draft.edition_id != edition_id:
        raise Refusal("not_found")
    if draft.used_at is not None:
        raise Refusal("import_done")
    return draft


def _forget_old(session: Session, edition_id: int, now: datetime) -> None:
    """Rows hold phone numbers: what nobody confirmed is not kept."""
    session.execute(delete(ImportDraft).where(ImportDraft.edition_id == edition_id, ImportDraft.created_at < now - _DRAFT_KEPT))
