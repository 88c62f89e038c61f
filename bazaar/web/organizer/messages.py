"""Messages: the WhatsApp list to send by hand, and what went out."""

from flask import Blueprint, g, render_template
from werkzeug.wrappers import Response

from bazaar.reminders.hand import tick_off
from bazaar.reminders.queries import messages_page
from bazaar.reminders.replies import recent_replies
from bazaar.reminders.take_back import take_back_tick, ticked_lately
from bazaar.web.access import Access, allow
from bazaar.web.auth import now, outside
from bazaar.web.organizer.desk import account_id, asked_day, done, speak_indonesian
from bazaar.web.organizer.reasons import plain_reason

blueprint = Blueprint("messages", __name__, url_prefix="/panitia/<edition>/pesan")
blueprint.before_request(speak_indonesian)


@blueprint.get("")
@allow(Access.ORGANIZER)
def index(edition: str) -> str:
    """What a person has to send now, and what went out about one day's turns."""
    page = messages_page(g.edition.id, outside().links, day=asked_day("hari"), now=now())
    ticked = ticked_lately(g.edition.id, now=now())
    replies = recent_replies(g.edition.id, now=now())
    return render_template("organizer/messages/index.html", page=page, ticked=ticked, replies=replies, plain_reason=plain_reason)


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
