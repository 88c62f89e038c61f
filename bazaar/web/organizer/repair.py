"""Repair what is published: what broke, the choices from few changes to fair turns, and the draft of the one that was chosen."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bazaar.editions.jobs import job_at_work, job_page
from bazaar.editions.repairs import choose_repair, repair_page, repair_start, request_repair
from bazaar.refusals import Refusal
from bazaar.states import PlanningState
from bazaar.web.access import Access, allow
from bazaar.web.auth import now, outside
from bazaar.web.errors import word_refusal
from bazaar.web.organizer.desk import account_id, done, speak_indonesian
from bazaar.web.organizer.planning import set_going

blueprint = Blueprint("repair", __name__, url_prefix="/panitia/<edition>/papan/perbaiki")
blueprint.before_request(speak_indonesian)


@blueprint.get("")
@allow(Access.ORGANIZER)
def show(edition: str) -> str:
    """What broke, and how to have it repaired."""
    page, running = repair_start(g.edition.id, now=now()), job_at_work(g.edition.id, now=now())
    return render_template("organizer/repair/start.html", page=page, running=running)


@blueprint.post("")
@allow(Access.ORGANIZER)
def start(edition: str) -> Response:
    """Have the choices worked out."""
    try:
        requested = request_repair(g.edition.id, keep_soon=bool(request.form.get("keep_soon")), by=account_id(), now=now())
    except Refusal as refusal:
        return _say_no(refusal, "repair.show", edition=edition)
    return set_going(requested, edition)


@blueprint.get("/<int:job_id>")
@allow(Access.ORGANIZER)
def choices(edition: str, job_id: int) -> str | Response:
    """The choices, and all about one of them; of a job that has none to offer, the page that waits for it."""
    job = job_page(g.edition.id, job_id, now=now())
    if job.kind != "repair" or job.state is not PlanningState.DONE:
        return redirect(url_for("planning.show", edition=edition, job_id=job_id), 303)
    page = repair_page(g.edition.id, job_id, _asked_changes(request.args), outside(), now=now())
    return render_template("organizer/repair/choices.html", page=page, keeps_soon=bool(job.options["keep_soon"]))


@blueprint.post("/<int:job_id>")
@allow(Access.ORGANIZER)
def choose(edition: str, job_id: int) -> Response:
    """Make a draft of a choice."""
    changes = _asked_changes(request.form)
    try:
        built = choose_repair(g.edition.id, job_id, -1 if changes is None else changes, by=account_id(), now=now())
    except Refusal as refusal:
        return _say_no(refusal, "repair.choices", edition=edition, job_id=job_id)
    return done(f"Rancangan ke-{built.number} selesai disusun.", "board.review", edition=edition, number=built.number)


def _asked_changes(fields: Any) -> int | None:
    text = fields.get("ubah", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else None


def _say_no(refusal: Refusal, endpoint: str, **values: Any) -> Response:
    if refusal.code == "not_found":
        raise refusal
    flash(word_refusal(refusal, "id")[1], "act")
    return redirect(url_for(endpoint, **values), 303)
