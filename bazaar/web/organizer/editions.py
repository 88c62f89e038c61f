"""My bazaars and editions; making and setting up an edition; putting one away."""

from typing import Any

from flask import Blueprint, g, render_template, request
from werkzeug.wrappers import Response

from bazaar.editions.bazaars import change_bazaar, create_bazaar
from bazaar.editions.edition_settings import archive_edition, change_edition, create_edition, delete_edition, return_edition
from bazaar.editions.home import bazaar_page, edition_page, home_page
from bazaar.editions.weights import change_weights, example_points, weights_page
from bazaar.localtime import local_date
from bazaar.refusals import Refusal
from bazaar.states import Role
from bazaar.web.access import Access, allow
from bazaar.web.auth import now, visitor
from bazaar.web.organizer.desk import Desk, account_id, blame, done, revision_of, speak_indonesian
from bazaar.web.organizer.edition_forms import FIELDS, BazaarForm, EditionForm, edition_values, usual_edition
from bazaar.web.organizer.weights_form import FIELDS as WEIGHT_FIELDS
from bazaar.web.organizer.weights_form import seen_cells, weights_form, weights_values

blueprint = Blueprint("editions", __name__, url_prefix="/panitia")
blueprint.before_request(speak_indonesian)
blueprint.app_context_processor(lambda: {"desk": Desk()})

_BAZAAR_FIELDS = {"name_missing": "name", "help_phone_wrong": "help_phone"}


@blueprint.get("")
@allow(Access.SIGNED_IN)
def home() -> str:
    """My bazaars and their editions."""
    roles = visitor().roles
    page = home_page({bazaar_id for bazaar_id, role in roles if role is Role.ORGANIZER}, now=now())
    return render_template("organizer/editions/home.html", page=page, is_host=any(role is Role.HOST for _, role in roles))


@blueprint.route("/bazar/baru", methods=["GET", "POST"])
@allow(Access.SIGNED_IN)
def add_bazaar() -> str | tuple[str, int] | Response:
    """Begin a bazaar; whoever does is its first organizer."""
    form = BazaarForm()
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                slug = create_bazaar(form.name.data, form.city.data, form.help_phone.data or "", by=account_id(), now=now())
            except Refusal as refusal:
                blame(form, refusal, _BAZAAR_FIELDS)
            else:
                return done(f"{form.name.data} siap. Sekarang buat edisi pertamanya.", "editions.add", bazaar=slug)
    return render_template("organizer/editions/bazaar.html", form=form, bazaar=None), status


@blueprint.route("/bazar/<bazaar>/ubah", methods=["GET", "POST"])
@allow(Access.ORGANIZER)
def edit_bazaar(bazaar: str) -> str | tuple[str, int] | Response:
    """Change name, city and help phone."""
    page = bazaar_page(bazaar)
    form = BazaarForm(data={"name": page.name, "city": page.city, "help_phone": page.help_phone})
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                change_bazaar(page.id, form.name.data, form.city.data, form.help_phone.data or "", by=account_id(), now=now())
            except Refusal as refusal:
                blame(form, refusal, _BAZAAR_FIELDS)
            else:
                return done("Perubahan disimpan.", "editions.home")
    return render_template("organizer/editions/bazaar.html", form=form, bazaar=page), status


@blueprint.route("/bazar/<bazaar>/edisi/baru", methods=["GET", "POST"])
@allow(Access.ORGANIZER)
def add(bazaar: str) -> str | tuple[str, int] | Response:
    """Begin an edition, with rules that suit most."""
    page = bazaar_page(bazaar)
    form = EditionForm(data=usual_edition(local_date(now(), "Asia/Jakarta")))
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                slug = create_edition(page.id, form.edition_data(), by=account_id(), now=now())
            except Refusal as refusal:
                blame(form, refusal, FIELDS)
            else:
                return done(f"{form.name.data} siap. Sekarang tambahkan siarannya.", "live_sessions.index", edition=slug)
    return render_template("organizer/editions/form.html", form=form, bazaar=page, page=None, overtaken=None), status


@blueprint.route("/<edition>/pengaturan", methods=["GET", "POST"])
@allow(Access.ORGANIZER)
def settings(edition: str) -> str | tuple[str, int] | Response:
    """Change the rules of an edition."""
    page = edition_page(g.edition.id, now=now())
    form = EditionForm(data={"revision": page.revision, **edition_values(page.data)})
    status, others = 200, None
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                change_edition(page.id, form.edition_data(), revision=revision_of(form), by=account_id(), now=now())
            except Refusal as refusal:
                status, others = 409, blame(form, refusal, FIELDS, _saved_edition)
            else:
                return done("Perubahan disimpan.", "editions.settings", edition=edition)
    return render_template("organizer/editions/form.html", form=form, bazaar=None, page=page, overtaken=others), status


@blueprint.route("/<edition>/pengaturan/nilai", methods=["GET", "POST"])
@allow(Access.ORGANIZER)
def weights(edition: str) -> str | tuple[str, int] | Response:
    """What turns are worth: hours by weekdays. `contoh` counts the example with what was typed, `tambah` adds a row; neither saves."""
    page = weights_page(g.edition.id, now=now())
    sent, wish = (request.form, request.form.get("do", "")) if request.method == "POST" else (None, "")
    form = weights_form(page.weights, page.revision, sent, extra_rows=int(wish == "tambah"))
    status, others, example, is_saved = 200, None, page.example_points, True
    if sent is not None and wish != "tambah":
        status = 422
        if form.validate():
            example, is_saved = example_points(form.weights().bands), False
            if wish == "contoh":
                status = 200
            else:
                try:
                    change_weights(g.edition.id, form.weights(), revision=revision_of(form), by=account_id(), now=now())
                except Refusal as refusal:
                    status, others = 409, blame(form, refusal, WEIGHT_FIELDS, lambda: _saved_weights(form.row_count))
                else:
                    return done("Nilai giliran disimpan.", "editions.weights", edition=edition)
    measured = weights_values(page.suggestion.bands) if page.suggestion else {}
    seen = seen_cells(page.suggestion.counts) if page.suggestion else set()
    return render_template(
        "organizer/editions/weights.html",
        form=form,
        page=page,
        example=example,
        is_saved=is_saved,
        measured=measured,
        seen=seen,
        overtaken=others,
    ), status


@blueprint.get("/<edition>/pengaturan/<any(arsip, hapus):way>")
@allow(Access.ORGANIZER)
def ask_to_leave(edition: str, way: str) -> str:
    """Say what archiving or deleting would do, before it happens."""
    page = edition_page(g.edition.id, now=now())
    return render_template("organizer/editions/leave.html", page=page, way=way)


@blueprint.post("/<edition>/pengaturan/<any(arsip, hapus):way>")
@allow(Access.ORGANIZER)
def leave(edition: str, way: str) -> Response:
    """Archive or delete an edition."""
    if way == "hapus":
        delete_edition(g.edition.id, by=account_id(), now=now())
        return done(f"{g.edition.name} dihapus.", "editions.home")
    archive_edition(g.edition.id, by=account_id(), now=now())
    return done(f"{g.edition.name} diarsipkan.", "editions.home")


@blueprint.post("/<edition>/kembali")
@allow(Access.ORGANIZER)
def come_back(edition: str) -> Response:
    """Bring an archived edition back."""
    return_edition(g.edition.id, by=account_id(), now=now())
    return done(f"{g.edition.name} aktif lagi.", "editions.settings", edition=edition)


def _saved_edition() -> EditionForm:
    page = edition_page(g.edition.id, now=now())
    return EditionForm(formdata=None, data={"revision": page.revision, **edition_values(page.data)})


def _saved_weights(row_count: int) -> Any:
    """As many rows as the other form at least, so that a row which somebody threw away is told of."""
    page = weights_page(g.edition.id, now=now())
    return weights_form(page.weights, page.revision, extra_rows=max(0, row_count - len(page.weights.bands)))
