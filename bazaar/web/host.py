"""The host's door, the console, and the list of live sessions that an account may run."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from bazaar import phones
from bazaar.accounts.sign_in import open_host_link
from bazaar.editions import air_reports, audience
from bazaar.editions.air_reports import air_turns
from bazaar.live.hosting import host_door, hosting_page
from bazaar.live.queries import console_state
from bazaar.refusals import Refusal
from bazaar.states import LinkKind, PaymentMethod, Role
from bazaar.vendors.links import LinkRef, link_of, note_opened
from bazaar.web.access import Access, allow
from bazaar.web.air_forms import LOSS_FIELDS, VIEWER_FIELDS, loss_form, viewers_form
from bazaar.web.auth import browser_name, browser_token, now, set_sign_in_cookie, visitor
from bazaar.web.organizer.desk import blame, done, note_call_outcome

blueprint = Blueprint("host", __name__, url_prefix="")

PAYMENTS = (
    (PaymentMethod.QRIS.value, "QRIS"),
    (PaymentMethod.TRANSFER.value, "Transfer"),
    (PaymentMethod.EWALLET.value, "Dompet digital"),
    (PaymentMethod.OTHER.value, "Lainnya"),
)
VOID_REASONS = ("Salah ketik", "Pembeli batal", "Dicatat dua kali", "Barang habis")
SIGNS = (
    *("away", "cam", "check", "check2", "cloud", "phone", "play", "plus", "wait", "x"),
    *(
        f"g_{kind}"
        for kind in ("batik", "bean", "beauty", "cake", "coffee", "cook", "craft", "drink", "farm", "gift", "sea", "snack", "tape")
    ),
)
"""The signs that the console's script draws."""


@dataclass(frozen=True)
class ConsolePage:
    """The console's shell; the script lives on `state`."""

    live_session_id: int
    title: str
    state: dict[str, Any]
    state_url: str
    events_url: str
    entries_url: str
    sign_in_url: str
    report_url: str
    call_url: str
    help_link: str
    is_help_chat: bool
    signs: tuple[str, ...] = SIGNS
    payments: tuple[tuple[str, str], ...] = PAYMENTS
    void_reasons: tuple[str, ...] = VOID_REASONS


@blueprint.before_request
def _speak_indonesian() -> None:
    g.language = "id"


@blueprint.get("/h/<token>")
@allow(Access.VENDOR_LINK)
def door(token: str) -> Response:
    """Says what the link opens. Inert: a messenger's preview may come by as often as it likes."""
    link = _host_link(token)
    note_opened(link.id, now=now())
    page = host_door(_live_session_id(link), now=now())
    return _keep_origin(make_response(render_template("host/door.html", page=page)))


@blueprint.post("/h/<token>")
@allow(Access.VENDOR_LINK)
def enter(token: str) -> WerkzeugResponse:
    """Sign this browser in to the console of the link's live session."""
    link = _host_link(token)
    sign_in = open_host_link(
        link.id,
        device_name=browser_name(),
        replaces=browser_token(),
        now=now(),
    )
    answer = redirect(url_for("host.console", live_session_id=_live_session_id(link)), 303)
    set_sign_in_cookie(answer, sign_in.token, sign_in.expires_at)
    return answer


@blueprint.get("/siaran")
@allow(Access.SIGNED_IN)
def index() -> str:
    """The live sessions of the bazaars where this account is host or organizer."""
    bazaar_ids = {bazaar_id for bazaar_id, role in visitor().roles if role in {Role.HOST, Role.ORGANIZER}}
    return render_template("host/index.html", page=hosting_page(bazaar_ids, now=now()))


@blueprint.get("/siaran/<int:live_session_id>")
@allow(Access.HOST)
def console(live_session_id: int) -> str:
    """The console of one live session, with its first state inside."""
    state = console_state(live_session_id, now=now())
    here = url_for("host.console", live_session_id=live_session_id)
    page = ConsolePage(
        live_session_id=live_session_id,
        title=state["live_session"]["title"],
        state=state,
        state_url=url_for("api_events.state", live_session_id=live_session_id),
        events_url=url_for("api_events.events", live_session_id=live_session_id),
        entries_url=url_for("api_entries.store", live_session_id=live_session_id),
        sign_in_url=url_for("auth_pages.sign_in", next=here),
        report_url=url_for("host.report", live_session_id=live_session_id),
        call_url=f"{here}/telepon",
        help_link=phones.contact_url(g.edition.help_phone),
        is_help_chat=bool(phones.whatsapp_number(g.edition.help_phone)),
    )
    return render_template("host/console.html", page=page)


@blueprint.post("/siaran/<int:live_session_id>/telepon/<int:vendor_id>/<int:slot_id>")
@allow(Access.HOST)
def call(live_session_id: int, vendor_id: int, slot_id: int) -> Response:
    """Note how a call from the call list went. The console's script sends it and looks again; nothing to show here."""
    note_call_outcome(vendor_id, slot_id, live_session_id=live_session_id)
    return Response(status=204)


@blueprint.get("/siaran/<int:live_session_id>/laporan")
@allow(Access.HOST)
def report(live_session_id: int) -> str:
    """What a host notes besides sales: minutes that were lost, and how many watch."""
    return _show_report(live_session_id)


@blueprint.post("/siaran/<int:live_session_id>/laporan/terputus")
@allow(Access.HOST)
def note_loss(live_session_id: int) -> WerkzeugResponse | tuple[str, int]:
    """Note minutes that a turn lost. Refuses as `air_reports.note_loss`."""
    form = loss_form(air_turns(live_session_id, now=now()), g.edition.timezone)
    if form.validate():
        try:
            air_reports.note_loss(
                form.slot.data,
                lost_minutes=form.lost_minutes.data,
                reason=form.reason.data,
                by=visitor().account_id,
                link_id=visitor().link_id,
                now=now(),
            )
        except Refusal as refusal:
            blame(form, refusal, LOSS_FIELDS)
        else:
            has_failed = any(turn.has_failed for turn in air_turns(live_session_id, now=now()) if turn.slot_id == form.slot.data)
            if has_failed:
                told = "Dicatat. Giliran ini gagal, jadi tidak dihitung. Panitia melihatnya di halaman hasil."
            elif form.lost_minutes.data:
                told = "Dicatat. Menit yang hilang tidak dihitung untuk lapak ini."
            else:
                told = "Dicatat. Semua menit giliran ini tayang."
            return done(told, "host.report", live_session_id=live_session_id)
    return _show_report(live_session_id, losses=form), 422


@blueprint.post("/siaran/<int:live_session_id>/laporan/penonton")
@allow(Access.HOST)
def note_viewers(live_session_id: int) -> WerkzeugResponse | tuple[str, int]:
    """Note how many watch. Refuses as `audience.note_viewers`."""
    form = viewers_form(audience.audience_of(live_session_id), g.edition.timezone, now=now())
    if form.validate():
        try:
            audience.note_viewers(
                live_session_id,
                form.viewer_count.data,
                hour_starts_at=form.hour_starts_at,
                by=visitor().account_id,
                link_id=visitor().link_id,
                now=now(),
            )
        except Refusal as refusal:
            blame(form, refusal, VIEWER_FIELDS)
        else:
            return done("Jumlah penonton dicatat.", "host.report", live_session_id=live_session_id)
    return _show_report(live_session_id, viewers=form), 422


def _show_report(live_session_id: int, *, losses: Any = None, viewers: Any = None) -> str:
    evening = host_door(live_session_id, now=now())
    turns, hours = air_turns(live_session_id, now=now()), audience.audience_of(live_session_id)
    return render_template(
        "host/report.html",
        live_session_id=live_session_id,
        title=evening.title,
        turns=turns,
        hours=hours,
        has_begun=evening.has_begun,
        losses=losses or loss_form(turns, g.edition.timezone),
        audience_form=viewers or viewers_form(hours, g.edition.timezone, now=now()),
    )


def _host_link(token: str) -> LinkRef:
    return link_of(token, LinkKind.HOST, now=now())


def _live_session_id(link: LinkRef) -> int:
    assert link.live_session_id is not None  # the schema says so of every host link
    return link.live_session_id


def _keep_origin(answer: Response) -> Response:
    """Under `no-referrer` a browser sends `Origin: null` with a form, which looks like another site."""
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer
