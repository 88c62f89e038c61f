"""What holds sending up: why, with figures, and the buttons of whoever decides."""

from flask import Blueprint, abort, g, render_template, request
from werkzeug.wrappers import Response

from bazaar.reminders.holds import hold_pages, release_hold
from bazaar.web.access import Access, allow
from bazaar.web.auth import now
from bazaar.web.organizer.desk import account_id, done, speak_indonesian

blueprint = Blueprint("holds", __name__, url_prefix="/panitia/<edition>/jeda")
blueprint.before_request(speak_indonesian)

_UNITS = ((365 * 86_400, "tahun"), (86_400, "hari"), (3_600, "jam"), (60, "menit"))


@blueprint.get("")
@allow(Access.ORGANIZER)
def index(edition: str) -> str:
    """Every hold there is, or that there is none."""
    pages = hold_pages(g.edition.bazaar_id, now=now())
    return render_template("organizer/holds/index.html", holds=pages, spans={page.id: _span(page.seconds) for page in pages})


@blueprint.post("")
@allow(Access.ORGANIZER)
def release(edition: str) -> Response:
    """Let sending go on, with what was missed or without."""
    hold, choice = request.form.get("hold", ""), request.form.get("choice")
    if not (hold.isascii() and hold.isdecimal() and len(hold) < 10) or choice not in {"send", "drop"}:
        abort(400)
    dropped = release_hold(int(hold), "drop" if choice == "drop" else "send", by=account_id(), bazaar_id=g.edition.bazaar_id, now=now())
    said = f"{dropped} pesan yang terlewat tidak dikirim." if choice == "drop" else "Yang masih berguna segera dikirim."
    return done(f"Pengiriman berjalan lagi. {said}", "messages.index", edition=edition)


def _span(seconds: int) -> str:
    """`10 menit`, `2 hari`: the largest unit that fits."""
    length, unit = next(((length, unit) for length, unit in _UNITS if abs(seconds) >= length), (1, "detik"))
    return f"{abs(seconds) // length} {unit}"
