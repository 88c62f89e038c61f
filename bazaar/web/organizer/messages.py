"""Messages: the WhatsApp list to send by hand, what ended badly, and the story of each turn."""

from collections.abc import Mapping

from flask import Blueprint, g, render_template, request
from werkzeug.wrappers import Response

from bazaar.editions.importing.sheets import CSV, XLSX, as_csv, as_xlsx
from bazaar.reminders.dead_letters import mark_done, send_again
from bazaar.reminders.hand import tick_off
from bazaar.reminders.queries import Filter, message_sheet, messages_page
from bazaar.reminders.replies import recent_replies
from bazaar.reminders.take_back import take_back_tick, ticked_lately
from bazaar.web.access import Access, allow
from bazaar.web.auth import now, outside
from bazaar.web.organizer.desk import account_id, asked_day, attachment, done, speak_indonesian
from bazaar.web.organizer.reasons import plain_reason

blueprint = Blueprint("messages", __name__, url_prefix="/panitia/<edition>/pesan")
blueprint.before_request(speak_indonesian)

_FILTERS: Mapping[str, Filter] = {"": "all", "bermasalah": "trouble", "belum-sampai": "unreached", "belum-menjawab": "unanswered"}
"""As they stand in the address."""


@blueprint.get("")
@allow(Access.ORGANIZER)
def index(edition: str) -> str:
    """What a person has to send now, and what went out about one day's turns."""
    show = _FILTERS.get(request.args.get("saring", ""), "all")
    page = messages_page(g.edition.id, outside().links, day=asked_day("hari"), show=show, now=now())
    ticked = ticked_lately(g.edition.id, now=now())
    replies = recent_replies(g.edition.id, now=now())
    return render_template(
        "organizer/messages/index.html", page=page, ticked=ticked, replies=replies, plain_reason=plain_reason, filters=_FILTERS
    )


@blueprint.post("/<int:delivery_id>/terkirim")
@allow(Access.ORGANIZER)
def tick(edition: str, delivery_id: int) -> Response:
    """Note that a message was sent by hand."""
    is_first = tick_off(g.edition.id, delivery_id, by=account_id(), now=now())
    return done(
        "Dicatat: pesan sudah terkirim." if is_first else "Pesan ini sudah dicatat terkirim tadi.", "messages.index", edition=edition
    )


@blueprint.post("/<int:delivery_id>/belum-terkirim")
@allow(Access.ORGANIZER)
def untick(edition: str, delivery_id: int) -> Response:
    """Take a wrong tick back: the message returns to the list."""
    take_back_tick(g.edition.id, delivery_id, by=account_id(), now=now())
    return done("Pesan kembali ke daftar. Kirim, lalu centang lagi.", "messages.index", edition=edition)


@blueprint.post("/<int:delivery_id>/kirim-ulang")
@allow(Access.ORGANIZER)
def again(edition: str, delivery_id: int) -> Response:
    """Try a message once more that ended badly."""
    is_first = send_again(g.edition.id, delivery_id, by=account_id(), now=now())
    return done(
        "Pesan dikirim ulang sebentar lagi." if is_first else "Pesan ini sudah dikirim ulang tadi.", "messages.index", edition=edition
    )


@blueprint.post("/<int:delivery_id>/selesai")
@allow(Access.ORGANIZER)
def settle(edition: str, delivery_id: int) -> Response:
    """Note that the vendor knows, by whatever way."""
    is_first = mark_done(g.edition.id, delivery_id, by=account_id(), now=now())
    return done("Dicatat: sudah selesai." if is_first else "Pesan ini sudah sampai atau sudah selesai.", "messages.index", edition=edition)


@blueprint.get("/riwayat.xlsx")
@allow(Access.ORGANIZER)
def sheet(edition: str) -> Response:
    """Everything that happened about every turn, as a workbook."""
    return attachment(as_xlsx(message_sheet(g.edition.id, now=now())), XLSX, f"pesan-{edition}.xlsx")


@blueprint.get("/riwayat.csv")
@allow(Access.ORGANIZER)
def sheet_as_text(edition: str) -> Response:
    """The same as text, for whatever reads no workbooks."""
    return attachment(as_csv(message_sheet(g.edition.id, now=now())), CSV, f"pesan-{edition}.csv")
