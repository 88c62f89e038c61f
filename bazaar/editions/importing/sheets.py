"""Sheets the other way round: an empty template to fill in, and what is stored in the very columns that an import reads."""

import csv
import io
from collections.abc import Iterable

from bazaar.database import reading
from bazaar.editions.importing.run import KINDS
from bazaar.editions.importing.table import FORMULA_SIGNS
from bazaar.refusals import Refusal
from models import Edition


def template_csv(kind: str) -> bytes:
    """A sheet with nothing but the header, for downloading. Refuses `import_kind_unknown`."""
    return _csv([column_names(kind)])


def column_names(kind: str) -> list[str]:
    """The columns of a kind, in the template's order. Refuses `import_kind_unknown`."""
    if kind not in KINDS:
        raise Refusal("import_kind_unknown", kind=kind)
    return [column.name for column in KINDS[kind].columns]


def required_columns(kind: str) -> list[str]:
    """The columns that no sheet of the kind may miss. Refuses `import_kind_unknown`."""
    return [column.name for column in KINDS[kind].columns if column.is_required] if column_names(kind) else []


def export_csv(edition_id: int, kind: str) -> bytes:
    """What is stored, in the columns of the import: reading it back changes nothing. Refuses `import_kind_unknown` and `not_found`."""
    header = column_names(kind)
    with reading() as session:
        edition = session.get(Edition, edition_id)
        if edition is None:
            raise Refusal("not_found")
        rows = [
            [column.show(stored.values[column.name]) for column in KINDS[kind].columns]
            for stored in KINDS[kind].stored(session, edition).values()
        ]
    return _csv([header, *rows])


def _csv(rows: Iterable[list[str]]) -> bytes:
    """UTF-8 with a mark, which spreadsheets on Windows need; cells that a spreadsheet would calculate get an apostrophe."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([("'" + cell if cell.startswith(FORMULA_SIGNS) else cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")
