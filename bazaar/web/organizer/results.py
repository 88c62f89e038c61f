"""Results: closings, supplements, how it stands; voids after the closing; conflicts that a person settles."""

import uuid
from typing import Any, cast, get_args

from flask import Blueprint, abort, g, make_response, render_template, request
from werkzeug.wrappers import Response

from bazaar.closings.lines import flagged_sales
from bazaar.closings.queries import EveningPage, TurnPage, closing_list, evening_page, results_page, turn_page
from bazaar.closings.sheet import closings_sheet
from bazaar.editions import air_reports, audience
from bazaar.editions.air_reports import air_turn, air_turns
from bazaar.editions.owed import owed_rows
from bazaar.localtime import local_date
from bazaar.refusals import Refusal
from bazaar.sales.conflicts import Choice, conflicts_page, settle_conflict
from bazaar.sales.entry import is_kept, store_entries
from bazaar.web.access import Access, allow
from bazaar.web.air_forms import LOSS_FIELDS, VIEWER_FIELDS, loss_form, viewers_form
from bazaar.web.auth import now, visitor
from bazaar.web.organizer.desk import account_id, blame, done, speak_indonesian

blueprint = Blueprint("results", __name__, url_prefix="/panitia/<edition>/hasil")
blueprint.before_request(speak_indonesian)

DEVICE_NAME = "meja panitia"
"""How the ledger names the desk; whose hand it was stands in the entry's sign-in."""


@blueprint.get("")
@allow(Access.ORGANIZER)
def index(edition: str) -> str:
    """The whole edition: totals, evenings, vendors, categories."""
    return render_template(
        "organizer/results/index.html", page=results_page(g.edition.id, now=now()), owed=owed_rows(g.edition.id, now=now())
    )


@blueprint.get("/siaran/<int:live_session_id>")
@allow(Access.ORGANIZER)
def evening(edition: str, live_session_id: int) -> str:
    """One live session, turn by turn."""
    return _show_evening(evening_page(g.edition.id, live_session_id, now=now()))


@blueprint.get("/giliran/<int:slot_id>")
@allow(Access.ORGANIZER)
def turn(edition: str, slot_id: int) -> str:
    """The books of one turn, with every entry."""
    return _show_turn(turn_page(g.edition.id, slot_id, now=now()))


@blueprint.post("/giliran/<int:slot_id>/tayang")
@allow(Access.ORGANIZER)
def note_loss(edition: str, slot_id: int) -> Response | tuple[str, int]:
    """Note or correct the minutes that a turn lost, and whether it counts. Refuses as `air_reports.note_loss`."""
    turn = air_turn(g.edition.id, slot_id, now=now())
    if turn is None:
        raise Refusal("not_begun")
    form = loss_form([turn], g.edition.timezone, slot_id)
    form.slot.process_data(slot_id)
    if form.validate():
        try:
            air_reports.note_loss(
                slot_id,
                lost_minutes=form.lost_minutes.data,
                reason=form.reason.data,
                is_failed=form.is_failed,
                by=account_id(),
                now=now(),
            )
        except Refusal as refusal:
            blame(form, refusal, LOSS_FIELDS)
        else:
            return done("Menit tayang dicatat.", "results.turn", edition=edition, slot_id=slot_id)
    return _show_turn(turn_page(g.edition.id, slot_id, now=now()), losses=form), 422


@blueprint.post("/siaran/<int:live_session_id>/penonton")
@allow(Access.ORGANIZER)
def note_viewers(edition: str, live_session_id: int) -> Response | tuple[str, int]:
    """Note how many watched. Refuses as `audience.note_viewers`."""
    page = evening_page(g.edition.id, live_session_id, now=now())
    form = viewers_form(audience.audience_of(live_session_id), g.edition.timezone, now=now())
    if form.validate():
        try:
            audience.note_viewers(live_session_id, form.viewer_count.data, hour_starts_at=form.hour_starts_at, by=account_id(), now=now())
        except Refusal as refusal:
            blame(form, refusal, VIEWER_FIELDS)
        else:
            return done("Jumlah penonton dicatat.", "results.evening", edition=edition, live_session_id=live_session_id)
    return _show_evening(page, viewers=form), 422


@blueprint.post("/giliran/<int:slot_id>/batal")
@allow(Access.ORGANIZER)
def void(edition: str, slot_id: int) -> Response | tuple[str, int]:
    """Void a sale, also after the closing: then the books get a negative supplement. Refuses `sale_not_of_turn`, `void_not_stored`."""
    page = turn_page(g.edition.id, slot_id, now=now())
    sale = next((line for line in page.sales if line.uuid == request.form.get("sale")), None)
    if sale is None:
        raise Refusal("sale_not_of_turn")
    reason = " ".join(request.form.get("reason", "").split())[:200]
    if not reason:
        return _show_turn(page, wrong=sale.uuid), 422
    entry: dict[str, object] = {
        "uuid": request.form.get("uuid"),
        "kind": "void",
        "void_of": sale.uuid,
        "slot_position": page.turn.position,
        "reason": reason,
    }
    [answer] = store_entries(page.turn.live_session_id, [entry], sign_in_id=visitor().sign_in_id, device_name=DEVICE_NAME, now=now())
    if not is_kept(answer):
        raise Refusal("void_not_stored")
    told = " Buku giliran mendapat susulan." if page.turn.closing else ""
    return done(f"{sale.quantity} × {sale.product_code} dibatalkan.{told}", "results.turn", edition=edition, slot_id=slot_id)


@blueprint.get("/perlu-dilihat")
@allow(Access.ORGANIZER)
def doubts(edition: str) -> str:
    """Conflicts side by side, and sales that count although they are odd."""
    return render_template("organizer/results/doubts.html", page=conflicts_page(g.edition.id), flagged=flagged_sales(g.edition.id))


@blueprint.post("/perlu-dilihat/<int:conflict_id>")
@allow(Access.ORGANIZER)
def settle(edition: str, conflict_id: int) -> Response:
    """Say which of the two is right. Refuses `conflict_settled`, `conflict_not_replaceable`."""
    by = account_id()
    choice = request.form.get("choice")
    if by is None or choice not in get_args(Choice):
        abort(400)
    first_counts = settle_conflict(
        g.edition.id,
        conflict_id,
        choice=cast("Choice", choice),
        by=by,
        sign_in_id=visitor().sign_in_id,
        device_name=DEVICE_NAME,
        now=now(),
    )
    if choice == "second":
        told = "Yang kedua dipakai. Yang pertama dibatalkan."
    else:
        told = (
            "Yang pertama tetap berlaku." if first_counts else "Dicatat. Yang pertama sudah dibatalkan tadi, jadi keduanya tidak dihitung."
        )
    return done(told, "results.doubts", edition=edition)


@blueprint.get("/tutup-buku.csv")
@allow(Access.ORGANIZER)
def sheet(edition: str) -> Response:
    """All closings as a sheet."""
    answer = make_response(closings_sheet(closing_list(g.edition.id), g.edition.timezone))
    answer.mimetype = "text/csv"
    name = f"tutup-buku-{g.edition.slug}-{local_date(now(), g.edition.timezone).isoformat()}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _show_turn(page: TurnPage, *, wrong: str = "", losses: Any = None) -> str:
    """Each form carries the UUID of the void it would make: pressed twice, it is made once. `wrong`: the sale whose reason is missing."""
    uuids = {line.uuid: str(uuid.uuid4()) for line in page.sales}
    air = air_turn(g.edition.id, page.turn.slot_id, now=now())
    form = losses or (loss_form([air], g.edition.timezone, air.slot_id) if air else None)
    owed = next(iter(owed_rows(g.edition.id, air.vendor_id, now=now())), None) if air and air.has_failed else None
    return render_template("organizer/results/turn.html", page=page, uuids=uuids, wrong=wrong, air=air, owed=owed, losses=form)


def _show_evening(page: EveningPage, *, viewers: Any = None) -> str:
    hours = audience.audience_of(page.evening.id)
    return render_template(
        "organizer/results/evening.html",
        page=page,
        air={turn.slot_id: turn for turn in air_turns(page.evening.id, now=now()) if turn.notes},
        hours=hours,
        has_begun=page.evening.starts_at <= now(),
        audience_form=viewers or viewers_form(hours, g.edition.timezone, now=now()),
    )
