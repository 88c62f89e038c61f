"""A sheet between its dry run and the organizer's yes: kept as rows, so that it survives a reload; the file itself is never kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bazaar.database import reading, transaction
from bazaar.editions.editing import locked_edition
from bazaar.editions.importing.run import ImportCheck, ImportResult, check_import, known_kind, store_table
from bazaar.editions.importing.table import Table, table_from_json
from bazaar.refusals import Refusal
from models import Account, ImportDraft

_KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True)
class DraftPage:
    """A draft and what storing it would do now."""

    id: int
    kind: str
    file_name: str
    created_at: datetime
    check: ImportCheck


@dataclass(frozen=True)
class DraftRow:
    """A draft that waits for a yes."""

    id: int
    kind: str
    file_name: str
    row_count: int
    created_at: datetime
    by: str


def save_draft(edition_id: int, kind: str, table: Table, *, by: int | None, now: datetime) -> int:
    """Keep a sheet's rows until the organizer has seen what they would do; returns the draft's id.

    Drafts of this edition that were not used within a week go. Refuses `import_kind_unknown`, `not_found` and `edition_archived`.
    """
    known = known_kind(kind)
    with transaction() as session:
        edition = locked_edition(session, edition_id)
        # Rows hold phone numbers: what nobody confirmed is not kept.
        session.execute(delete(ImportDraft).where(ImportDraft.edition_id == edition_id, ImportDraft.created_at < now - _KEPT_FOR))
        draft = ImportDraft(
            edition_id=edition.id, kind=known.name, file_name=table.file_name[:200], rows=table.as_json(), created_at=now, account_id=by
        )
        session.add(draft)
        session.flush()
        return draft.id


def open_drafts(edition_id: int) -> tuple[DraftRow, ...]:
    """The drafts that wait, the newest first."""
    with reading() as session:
        rows = session.execute(
            select(ImportDraft, Account.name)
            .outerjoin(Account, Account.id == ImportDraft.account_id)
            .where(ImportDraft.edition_id == edition_id, ImportDraft.used_at.is_(None))
            .order_by(ImportDraft.id.desc())
            .limit(10)
        )
        return tuple(
            DraftRow(draft.id, draft.kind, draft.file_name, len(draft.rows["rows"]), draft.created_at, name or "") for draft, name in rows
        )


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
        kind, table = known_kind(draft.kind), table_from_json(draft.file_name, draft.rows)
        used = session.execute(
            update(ImportDraft).where(ImportDraft.id == draft_id, ImportDraft.used_at.is_(None)).values(used_at=now, rows=_NOTHING)
        )
        if used.rowcount == 0:  # type: ignore[attr-defined] # an UPDATE's result counts rows
            raise Refusal("import_done")
        return store_table(session, edition, kind, table, by=by, now=now)


def reread_draft(edition_id: int, draft_id: int, kind: str) -> None:
    """Take a draft for another kind: it was uploaded in the wrong place. Refuses `import_kind_unknown`, `not_found`, `import_done`."""
    known = known_kind(kind)
    with transaction() as session:
        _draft(session, edition_id, draft_id).kind = known.name


def discard_draft(edition_id: int, draft_id: int) -> None:
    """Throw a draft away; doing it twice changes nothing."""
    with transaction() as session:
        session.execute(
            delete(ImportDraft).where(ImportDraft.edition_id == edition_id, ImportDraft.id == draft_id, ImportDraft.used_at.is_(None))
        )


_NOTHING: dict[str, list[str]] = {"columns": [], "rows": []}


def _draft(session: Session, edition_id: int, draft_id: int) -> ImportDraft:
    draft = session.get(ImportDraft, draft_id)
    if draft is None or draft.edition_id != edition_id:
        raise Refusal("not_found")
    if draft.used_at is not None:
        raise Refusal("import_done")
    return draft
