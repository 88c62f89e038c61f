"""Live sessions: list, add one or a whole pattern, change, withdraw."""

from typing import Any

from flask import Blueprint, g, render_template, request
from werkzeug.wrappers import Response

from bazaar.editions.live_session_pages import LiveSessionPage, Shelf, live_session_page, live_sessions_page
from bazaar.editions.live_sessions import (
    add_live_session,
    add_live_sessions_by_pattern,
    archive_live_session,
    change_live_session,
    delete_live_session,
    return_live_session,
    withdraw_live_session,
)
from bazaar.lines import one_line
from bazaar.localtime import date_text, local_date
from bazaar.refusals import Refusal
from bazaar.reminders.plan import PlanCounts
from bazaar.web.access import Access, allow
from bazaar.web.auth import now
from bazaar.web.organizer.desk import account_id, blame, done, speak_indonesian
from bazaar.web.organizer.live_session_forms import (
    FIELDS,
    PATTERN_FIELDS,
    LiveSessionForm,
    PatternForm,
    live_session_values,
    usual_evening,
    usual_pattern,
)
from bazaar.web_address import is_web_address

blueprint = Blueprint("live_sessions", __name__, url_prefix="/panitia/<edition>/siaran")
blueprint.before_request(speak_indonesian)

_SHELVES: dict[str, Shelf] = {"depan": "ahead", "lewat": "done", "batal": "withdrawn", "arsip": "archived"}


@blueprint.get("")
@allow(Access.ORGANIZER)
def index(edition: str) -> str:
    """The list, by day; without a choice what lies ahead, or what is over where nothing does."""
    asked = request.args.get("status", "")
    page = live_sessions_page(g.edition.id, shelf=_SHELVES.get(asked, "ahead"), now=now())
    if asked not in _SHELVES and not page.counts["ahead"] and page.counts["done"]:
        page = live_sessions_page(g.edition.id, shelf="done", now=now())
    return render_template("organizer/live_sessions/index.html", page=page)


@blueprint.route("/baru", methods=["GET", "POST"])
@allow(Access.ORGANIZER)
def add(edition: str) -> str | tuple[str, int] | Response:
    """Add one live session."""
    form = LiveSessionForm(data=usual_evening(_first_day()))
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                live_session_id = add_live_session(g.edition.id, form.live_session_data(), by=account_id(), now=now())
            except Refusal as refusal:
                _blame(form, refusal, FIELDS)
            else:
                return done("Siaran ditambahkan.", "live_sessions.show", edition=edition, live_session_id=live_session_id)
    return render_template("organizer/live_sessions/form.html", form=form, page=None, overtaken=None), status


@blueprint.route("/pola", methods=["GET", "POST"])
@allow(Access.ORGANIZER)
def add_pattern(edition: str) -> str | tuple[str, int] | Response:
    """Add live sessions that recur."""
    last = live_sessions_page(g.edition.id, shelf="ahead", now=now()).ends_on
    form = PatternForm(data=usual_pattern(_first_day(), last))
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                result = add_live_sessions_by_pattern(g.edition.id, form.pattern(), by=account_id(), now=now())
            except Refusal as refusal:
                _blame(form, refusal, PATTERN_FIELDS)
            else:
                left_out = f" {result.skipped_count} dilewati karena jamnya sudah terpakai." if result.skipped_count else ""
                return done(f"{result.added_count} siaran ditambahkan.{left_out}", "live_sessions.index", edition=edition)
    return render_template("organizer/live_sessions/pattern.html", form=form), status


@blueprint.get("/<int:live_session_id>")
@allow(Access.ORGANIZER)
def show(edition: str, live_session_id: int) -> str:
    """One live session with its slots."""
    return render_template("organizer/live_sessions/show.html", page=_page(live_session_id))


@blueprint.route("/<int:live_session_id>/ubah", methods=["GET", "POST"])
@allow(Access.ORGANIZER)
def change(edition: str, live_session_id: int) -> str | tuple[str, int] | Response:
    """Change a live session; vendors whose turn moves are told."""
    page = _page(live_session_id)
    form = LiveSessionForm(data=live_session_values(page.data))
    form.offer_languages(page.data.languages)
    status, others = 200, None
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                counts = change_live_session(
                    g.edition.id, page.row.id, form.live_session_data(), version=form.version.data, by=account_id(), now=now()
                )
            except Refusal as refusal:
                status, others = 409, _blame(form, refusal, FIELDS, lambda: _saved(live_session_id))
            else:
                told = _told(counts)
                return done(f"Perubahan disimpan.{told}", "live_sessions.show", edition=edition, live_session_id=page.row.id)
    return render_template("organizer/live_sessions/form.html", form=form, page=page, overtaken=others), status


@blueprint.get("/<int:live_session_id>/<any(batal, arsip, hapus):way>")
@allow(Access.ORGANIZER)
def ask_to_leave(edition: str, live_session_id: int, way: str) -> str:
    """Say what calling off, archiving or deleting would do, before it happens."""
    return render_template("organizer/live_sessions/leave.html", page=_page(live_session_id), way=way)


@blueprint.post("/<int:live_session_id>/<any(batal, arsip, hapus):way>")
@allow(Access.ORGANIZER)
def leave(edition: str, live_session_id: int, way: str) -> Response:
    """Call off, archive or delete a live session."""
    day = date_text(local_date(_page(live_session_id).row.starts_at, g.edition.timezone))
    if way == "hapus":
        delete_live_session(g.edition.id, live_session_id, by=account_id(), now=now())
        return done(f"Siaran {day} dihapus.", "live_sessions.index", edition=edition)
    if way == "arsip":
        counts = archive_live_session(g.edition.id, live_session_id, by=account_id(), now=now())
        return done(f"Siaran {day} diarsipkan.{_told(counts)}", "live_sessions.index", edition=edition)
    reason = one_line(request.form.get("reason", ""))[:200]
    counts = withdraw_live_session(g.edition.id, live_session_id, reason=reason, by=account_id(), now=now())
    return done(f"Siaran {day} dibatalkan.{_told(counts)}", "live_sessions.show", edition=edition, live_session_id=live_session_id)


@blueprint.post("/<int:live_session_id>/kembali")
@allow(Access.ORGANIZER)
def come_back(edition: str, live_session_id: int) -> Response:
    """A live session that was called off or archived takes place after all."""
    counts = return_live_session(g.edition.id, live_session_id, by=account_id(), now=now())
    back = counts.new + counts.moved
    planned = f" Pengingat untuk {back} lapak dijadwalkan lagi." if back else ""
    return done(f"Siaran ini jadi lagi.{planned}", "live_sessions.show", edition=edition, live_session_id=live_session_id)


def _page(live_session_id: int) -> LiveSessionPage:
    return live_session_page(g.edition.id, live_session_id, now=now())


def _saved(live_session_id: int) -> LiveSessionForm:
    data = _page(live_session_id).data
    form = LiveSessionForm(formdata=None, data=live_session_values(data))
    form.offer_languages(data.languages)
    return form


def _blame(form: Any, refusal: Refusal, fields: dict[str, str], saved: Any = None) -> list[tuple[str, str]] | None:
    if refusal.code == "address_wrong":
        fields = {"address_wrong": "youtube_url" if not form.zoom_url.data or is_web_address(form.zoom_url.data) else "zoom_url"}
    return blame(form, refusal, fields, saved)


def _told(counts: PlanCounts) -> str:
    """Whom the change reaches, as a sentence to append."""
    count = counts.moved + counts.removed
    return f" Kabar untuk {count} lapak ada di Pesan." if count else ""


def _first_day() -> Any:
    """The first day of the edition that is not over."""
    return max(local_date(now(), g.edition.timezone), live_sessions_page(g.edition.id, shelf="ahead", now=now()).starts_on)
