"""Importing files: dry run, problems by row, then yes. And the way out again: what is stored, in the same columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bazaar.editions.importing.columns import Problem
from bazaar.editions.importing.drafts import DraftPage, discard_draft, draft_page, open_drafts, reread_draft, run_draft, save_draft
from bazaar.editions.importing.kinds import Values
from bazaar.editions.importing.sheets import CSV, XLSX, as_csv, as_xlsx, column_names, export_rows, required_columns, template_rows
from bazaar.editions.importing.table import PASTED, Table, read_pasted, read_table
from bazaar.refusals import Refusal
from bazaar.web.access import Access, allow
from bazaar.web.auth import now
from bazaar.web.errors import word_refusal
from bazaar.web.organizer.desk import account_id, attachment, done, speak_indonesian
from bazaar.web.words.import_problems import word_problem

blueprint = Blueprint("importing", __name__, url_prefix="/panitia/<edition>/impor")
blueprint.before_request(speak_indonesian)

_SHEET_TYPES = {
    "csv": (CSV, as_csv),
    "xlsx": (XLSX, as_xlsx),
}
_MOST_PROBLEMS_SHOWN = 300


@dataclass(frozen=True)
class KindWords:
    """A kind of import in the desk's words."""

    kind: str
    slug: str  # in addresses
    title: str
    things: str  # what a row is
    hint: str
    done_endpoint: str
    unit: str = "baris"  # what is stored, counted
    columns_hint: str = ""


KIND_WORDS = (
    KindWords("vendors", "lapak", "Lapak", "lapak", "Nama usaha, pemilik, nomor WhatsApp. Satu baris satu lapak.", "vendors.index"),
    KindWords("products", "barang", "Barang", "barang", "Kode, nama, dan harga. Lapaknya harus sudah ada.", "vendors.index"),
    KindWords(
        "sessions",
        "siaran",
        "Siaran",
        "siaran",
        "Tanggal, jam, dan menit untuk satu giliran. Satu baris satu siaran.",
        "live_sessions.index",
    ),
    KindWords(
        "history",
        "riwayat",
        "Riwayat",
        "baris riwayat",
        "Giliran di edisi sebelumnya, supaya pembagiannya adil. Lapaknya harus sudah ada.",
        "vendors.index",
    ),
    KindWords(
        "viewers",
        "penonton",
        "Penonton",
        "catatan penonton",
        "Jumlah penonton tiap siaran atau tiap jam. Grafik per menit dari YouTube atau Zoom juga bisa: kami hitung rata-rata tiap jamnya.",
        "editions.weights",
        unit="catatan",
        columns_hint="Tanggal dan penonton saja sudah cukup. Isi mulai kalau sehari ada beberapa siaran. "
        "Isi jam, atau menit ke berapa, untuk mencatat tiap jam. Nama Inggris seperti date, time, dan viewers juga terbaca.",
    ),
)
_BY_SLUG = {words.slug: words for words in KIND_WORDS}
_BY_KIND = {words.kind: words for words in KIND_WORDS}
_SLUGS = "any(lapak, barang, siaran, riwayat, penonton)"


@dataclass(frozen=True)
class WordedProblem:
    """A problem as a person reads it."""

    row: int | None
    column: str | None
    cell: str
    text: str


@dataclass(frozen=True)
class MeasuredHour:
    """What would be noted of an hour (none: of the live session as a whole), and the mean of how many rows that is."""

    evening_on: date
    starts: time
    hour: time | None
    viewer_count: int
    row_count: int


@blueprint.get("")
@allow(Access.ORGANIZER)
def index(edition: str) -> str:
    """Choose what to bring in; see what still waits for a yes."""
    return _form(_BY_SLUG.get(request.args.get("jenis", ""), KIND_WORDS[0]))


@blueprint.post(f"/<{_SLUGS}:kind>")
@allow(Access.ORGANIZER)
def upload(edition: str, kind: str) -> str | tuple[str, int] | Response:
    """Read a file or pasted cells, and keep their rows for the dry run."""
    words, pasted = _BY_SLUG[kind], request.form.get("pasted", "")
    try:
        table = _read(pasted)
        draft_id = save_draft(g.edition.id, words.kind, table, by=account_id(), now=now())
    except Refusal as refusal:
        if not refusal.code.startswith("import_"):
            raise
        status, text = word_refusal(refusal, "id")
        return _form(words, error=text, pasted=pasted), status
    return redirect(url_for("importing.check", edition=edition, draft_id=draft_id), 303)


@blueprint.get("/<int:draft_id>")
@allow(Access.ORGANIZER)
def check(edition: str, draft_id: int) -> str | tuple[str, int] | Response:
    """The dry run: every problem, and what storing would do."""
    try:
        page = draft_page(g.edition.id, draft_id, now=now())
    except Refusal as refusal:
        if refusal.code != "import_done":
            raise
        flash(word_refusal(refusal, "id")[1])
        return redirect(url_for("importing.index", edition=edition), 303)
    return _check_page(page)


@blueprint.post("/<int:draft_id>/simpan")
@allow(Access.ORGANIZER)
def store(edition: str, draft_id: int) -> str | tuple[str, int] | Response:
    """Store all rows, or none while a problem stands."""
    try:
        result = run_draft(g.edition.id, draft_id, by=account_id(), now=now())
    except Refusal as refusal:
        if refusal.code != "import_has_problems":
            raise
        return _check_page(draft_page(g.edition.id, draft_id, now=now())), 422  # something changed since the dry run
    words = _BY_KIND[result.kind]
    parts = ((result.added_count, "baru"), (result.changed_count, "diubah"), (result.unchanged_count, "tetap"))
    said = ", ".join(f"{count} {word}" for count, word in parts if count)
    return done(f"{words.title} disimpan: {said}.", words.done_endpoint, edition=edition)


@blueprint.post(f"/<int:draft_id>/sebagai/<{_SLUGS}:kind>")
@allow(Access.ORGANIZER)
def reread(edition: str, draft_id: int, kind: str) -> Response:
    """Take the rows for another kind."""
    reread_draft(g.edition.id, draft_id, _BY_SLUG[kind].kind)
    return redirect(url_for("importing.check", edition=edition, draft_id=draft_id), 303)


@blueprint.post("/<int:draft_id>/buang")
@allow(Access.ORGANIZER)
def discard(edition: str, draft_id: int) -> Response:
    """Throw a draft away; nothing of it was stored."""
    discard_draft(g.edition.id, draft_id)
    return done("Dibuang. Tidak ada yang disimpan.", "importing.index", edition=edition)


@blueprint.get(f"/<{_SLUGS}:kind>/contoh.<any(csv, xlsx):form>")
@allow(Access.ORGANIZER)
def template(edition: str, kind: str, form: str) -> Response:
    """A sheet with the columns of a kind and a few examples."""
    mimetype, write = _SHEET_TYPES[form]
    return attachment(write(template_rows(g.edition.id, _BY_SLUG[kind].kind)), mimetype, f"contoh-{kind}.{form}")


@blueprint.get(f"/<{_SLUGS}:kind>/data.<any(csv, xlsx):form>")
@allow(Access.ORGANIZER)
def export(edition: str, kind: str, form: str) -> Response:
    """What is stored, in the columns of the import."""
    mimetype, write = _SHEET_TYPES[form]
    return attachment(write(export_rows(g.edition.id, _BY_SLUG[kind].kind)), mimetype, f"{kind}-{g.edition.slug}.{form}")


def _read(pasted: str) -> Table:
    file = request.files.get("file")
    if file is not None and file.filename:
        return read_table(file.filename, file.read())
    if not pasted.strip():
        raise Refusal("import_file_missing")
    return read_pasted(pasted)


def _form(words: KindWords, *, error: str = "", pasted: str = "") -> str:
    return render_template(
        "organizer/importing/index.html",
        words=words,
        kinds=KIND_WORDS,
        columns=column_names(words.kind),
        required=required_columns(words.kind),
        drafts=open_drafts(g.edition.id),
        by_kind=_BY_KIND,
        pasted_name=PASTED,
        error=error,
        pasted=pasted,
    )


def _check_page(page: DraftPage) -> str:
    problems = [_worded(problem) for problem in page.check.problems[:_MOST_PROBLEMS_SHOWN]]
    return render_template(
        "organizer/importing/check.html",
        page=page,
        check=page.check,
        words=_BY_KIND[page.kind],
        likely=_BY_KIND.get(page.check.likely_kind or ""),
        problems=problems,
        hidden_count=len(page.check.problems) - len(problems),
        measured=[_measured(addition.values) for addition in page.check.additions] if page.kind == "viewers" else [],
        left_out=_spans(page.check.left_out_rows),
        pasted_name=PASTED,
    )


def _measured(values: Values) -> MeasuredHour:
    hour = values["jam"].clock if values["jam"] else None
    return MeasuredHour(values["evening_on"], values["mulai"], hour, values["penonton"], values["row_count"])


def _spans(rows: Sequence[int]) -> str:
    """`2–5, 64`: rows that follow each other as one."""
    spans: list[list[int]] = []
    for row in rows:
        if spans and row == spans[-1][-1] + 1:
            spans[-1].append(row)
        else:
            spans.append([row])
    return ", ".join(str(span[0]) if len(span) == 1 else f"{span[0]}–{span[-1]}" for span in spans)


def _worded(problem: Problem) -> WordedProblem:
    return WordedProblem(problem.row, problem.column, problem.cell, word_problem(problem, "id"))
