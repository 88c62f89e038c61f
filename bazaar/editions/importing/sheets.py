"""Sheets the other way round: a template to fill in, and what is stored in the very columns that an import reads."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from bazaar.database import reading
from bazaar.editions.importing.examples import example_rows
from bazaar.editions.importing.run import KINDS
from bazaar.editions.importing.table import is_quoted, quoted
from bazaar.refusals import Refusal
from models import Edition

Rows = Sequence[Sequence[str]]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The media type of a workbook."""
CSV = "text/csv; charset=utf-8"
"""And of the same as text."""
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)  # the same rows are the same bytes


def column_names(kind: str) -> list[str]:
    """The columns of a kind, in the template's order. Refuses `import_kind_unknown`."""
    if kind not in KINDS:
        raise Refusal("import_kind_unknown", kind=kind)
    return [column.name for column in KINDS[kind].columns]


def required_columns(kind: str) -> list[str]:
    """The columns that no sheet of the kind may miss. Refuses `import_kind_unknown`."""
    return [column.name for column in KINDS[kind].columns if column.is_required] if column_names(kind) else []


def template_rows(edition_id: int, kind: str) -> Rows:
    """A sheet with the header and a few examples, which this edition could import. Refuses `import_kind_unknown` and `not_found`."""
    header = column_names(kind)
    with reading() as session:
        edition = session.get(Edition, edition_id)
        if edition is None:
            raise Refusal("not_found")
        return [header, *([example.get(name, "") for name in header] for example in example_rows(kind, edition.starts_on))]


def export_rows(edition_id: int, kind: str) -> Rows:
    """What is stored, in the columns of the import: reading it back changes nothing. Refuses `import_kind_unknown` and `not_found`."""
    header = column_names(kind)
    with reading() as session:
        edition = session.get(Edition, edition_id)
        if edition is None:
            raise Refusal("not_found")
        stored = KINDS[kind].stored(session, edition).values()
        return [header, *([column.show(row.values[column.name]) for column in KINDS[kind].columns] for row in stored)]


def as_csv(rows: Rows) -> bytes:
    """UTF-8 with a mark, which spreadsheets on Windows need; cells that a spreadsheet would calculate get an apostrophe."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([quoted(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(rows: Sequence[Sequence[str | int]]) -> bytes:
    """A workbook in which nothing is calculated: a text cell keeps a phone number's leading zero, also in rows added later; whole
    numbers are numbers."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**_WORKBOOK_PARTS, "xl/worksheets/sheet1.xml": _sheet(rows)}.items():
            archive.writestr(zipfile.ZipInfo(name, _FIXED_DATE), _XML + text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _sheet(rows: Sequence[Sequence[str | int]]) -> str:
    columns = (f'<col min="{number}" max="{number}" width="{width}" style="1" customWidth="1"/>' for number, width in _widths(rows))
    lines = (f"<row>{''.join(_cell(cell, is_header=index == 0) for cell in row)}</row>" for index, row in enumerate(rows))
    return (
        f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft"'
        f' state="frozen"/></sheetView></sheetViews><cols>{"".join(columns)}</cols>'
        f"<sheetData>{''.join(lines)}</sheetData></worksheet>"
    )


def _widths(rows: Sequence[Sequence[str | int]]) -> Iterator[tuple[int, int]]:
    """Column by column, counted from one: as wide as its longest cell, within what a screen can show."""
    for number, cells in enumerate(zip(*rows, strict=True), start=1):
        yield number, min(60, max(14, 2 + max(len(str(cell)) for cell in cells)))


def _cell(text: str | int, *, is_header: bool) -> str:
    if isinstance(text, int):
        return f'<c s="0"><v>{text}</v></c>'
    safe = _NOT_XML.sub("", "'" + text if is_quoted(text) else text)
    return f'<c s="{2 if is_header else 1}" t="inlineStr"><is><t xml:space="preserve">{escape(safe)}</t></is></c>'


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_WORKBOOK_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
    ),
    # Format 49 is text: what is typed stays as it is typed. 0 is nothing, 1 a text cell, 2 the bold header.
    "xl/styles.xml": (
        f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="3"><xf/><xf numFmtId="49" applyNumberFormat="1"/>'
        '<xf numFmtId="49" fontId="1" applyNumberFormat="1" applyFont="1"/>'
        "</cellXfs></styleSheet>"
    ),
}
