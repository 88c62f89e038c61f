"""Tonight: who is on, who is ready, what needs a hand."""

from flask import Blueprint, g, render_template, request
from werkzeug.wrappers import Response

from bazaar.editions.tonight import TonightTurn, tonight_page
from bazaar.localtime import clock_zone_text, day_text, local_date
from bazaar.phones import whatsapp_url
from bazaar.vendors.address import form_of_address
from bazaar.web.access import Access, allow
from bazaar.web.auth import LARGEST_KEY, now, outside
from bazaar.web.organizer.desk import done, note_call_outcome, note_phone_answer, speak_indonesian

blueprint = Blueprint("overview", __name__, url_prefix="/panitia/<edition>")
blueprint.before_request(speak_indonesian)


@blueprint.get("/")
@allow(Access.ORGANIZER)
def tonight(edition: str) -> str:
    """The live session that runs, or comes next, or the one asked for."""
    page = tonight_page(g.edition.id, live_session_id=_asked(), now=now())
    chats = {turn.slot_id: _chat_url(turn) for turn in page.evening.turns} if page.evening else {}
    return render_template("organizer/overview/index.html", page=page, chats=chats)


@blueprint.post("/jawaban/<int:vendor_id>/<int:slot_id>")
@allow(Access.ORGANIZER)
def answer(edition: str, vendor_id: int, slot_id: int) -> Response:
    """Note an answer that the vendor gave on the phone."""
    return done(note_phone_answer(vendor_id, slot_id), "overview.tonight", edition=edition, siaran=_asked())


@blueprint.post("/telepon/<int:vendor_id>/<int:slot_id>")
@allow(Access.ORGANIZER)
def call(edition: str, vendor_id: int, slot_id: int) -> Response:
    """Note how a call from the call list went."""
    text = note_call_outcome(vendor_id, slot_id)
    return done(text, "overview.tonight", edition=edition, siaran=_asked())


@blueprint.get("/detak")
@allow(Access.ORGANIZER)
def pulse(edition: str) -> str:
    """The scheduler's banner alone, empty while all is well: open pages ask for it twice a minute."""
    return render_template("organizer/overview/_pulse.html")


def _asked() -> int | None:
    """The live session in the address; anything that is no number asks for none."""
    text = request.args.get("siaran", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 11 and int(text) <= LARGEST_KEY else None


def _chat_url(turn: TonightTurn) -> str:
    """WhatsApp with the question typed in; empty where the number is invented or no mobile."""
    if not turn.whatsapp:
        return ""
    when = f"{day_text(local_date(turn.starts_at, g.edition.timezone))}, {clock_zone_text(turn.starts_at, g.edition.timezone)}"
    link = f" Jawab di sini, ya: {outside().links.vendor(turn.link_nonce)}" if turn.link_nonce else ""
    return whatsapp_url(
        turn.whatsapp, f"{turn.owner_name}, giliran {turn.business_name} {when}. {form_of_address(turn.owner_name)} bisa hadir?{link}"
    )
