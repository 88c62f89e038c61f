"""The host's door, the console, and the list of live sessions that an account may run."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from bazaar import phones
from bazaar.accounts.sign_in import open_host_link
from bazaar.live.hosting import host_door, hosting_page
from bazaar.live.queries import console_state
from bazaar.states import LinkKind, PaymentMethod, Role
from bazaar.vendors.links import LinkRef, link_of, note_opened
from bazaar.web.access import Access, allow
from bazaar.web.auth import browser_name, browser_token, now, set_sign_in_cookie, visitor

blueprint = Blueprint("host", __name__, url_prefix="")

PAYMENTS = (
    (PaymentMethod.QRIS.value, "QRIS"),
    (PaymentMethod.TRANSFER.value, "Transfer"),
    (PaymentMethod.EWALLET.value, "Dompet digital"),
    (PaymentMethod.OTHER.value, "Lainnya"),
)
VOID_REASONS = ("Salah ketik", "Pembeli batal", "Dicatat dua kali", "Barang habis")
SIGNS = (
    *("away", "cam", "check", "check2", "cloud", "play", "plus", "wait", "x"),
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
        help_link=phones.contact_url(g.edition.help_phone),
        is_help_chat=bool(phones.whatsapp_number(g.edition.help_phone)),
    )
    return render_template("host/console.html", page=page)


def _host_link(token: str) -> LinkRef:
    return link_of(token, LinkKind.HOST, now=now())


def _live_session_id(link: LinkRef) -> int:
    assert link.live_session_id is not None  # the schema says so of every host link
    return link.live_session_id


def _keep_origin(answer: Response) -> Response:
    """Under `no-referrer` a browser sends `Origin: null` with a form, which looks like another site."""
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer
