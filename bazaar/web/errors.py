"""Turns a refusal, an HTTP error or a bug into a page or JSON in the reader's language; never a stack trace."""

import logging
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask, Response, g, jsonify, make_response, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from bazaar.accounts.visitor import NOBODY, Visitor
from bazaar.database import is_passing
from bazaar.refusals import Refusal
from bazaar.states import Role
from bazaar.web.auth import home_of, safe_next
from bazaar.web.language import current_language
from bazaar.web.words import accounts, closings, common, editions, live, operating, reminders, sales, vendors
from bazaar.web.words.sentence import Sentence

log = logging.getLogger(__name__)

SENTENCES: dict[str, Sentence] = {
    code: sentence
    for words in (common, accounts, closings, editions, live, operating, reminders, sales, vendors)
    for code, sentence in words.REFUSALS.items()
}
_HTTP_SENTENCES = {
    400: Sentence(
        400,
        "Permintaan ini tidak bisa dibaca. Kembali, muat ulang halaman, lalu coba lagi.",
        "This request could not be read. Go back, reload the page and try again.",
    ),
    403: Sentence(403, "Halaman ini bukan untuk Anda.", "This page is not for you."),
    404: Sentence(404, "Halaman ini tidak ada. Periksa lagi alamatnya.", "This page does not exist. Please check its address."),
    405: Sentence(405, "Halaman ini tidak bisa dipakai dengan cara itu.", "This page cannot be used that way."),
    413: Sentence(413, "Kiriman terlalu besar. Paling besar 2 MB.", "That is too large. At most 2 MB."),
    415: Sentence(415, "Jenis isi ini tidak dikenal.", "This kind of content is not known."),
    429: Sentence(429, "Terlalu sering dicoba. Tunggu 15 menit, lalu coba lagi.", "Too many tries. Wait 15 minutes, then try again."),
}
_BUSY = Sentence(
    503,
    "Sedang ramai, jadi belum tersimpan. Tunggu sebentar, lalu coba lagi.",
    "It is busy here right now, so nothing was saved. Wait a moment, then try again.",
)
_BUSY_SECONDS = 5
_BUG = Sentence(500, "Ada yang macet di pihak kami. Coba lagi sebentar.", "Something is stuck on our side. Please try again in a moment.")


@dataclass(frozen=True)
class WaysOn:
    """Where somebody who was refused goes from there: back to the page they came from (empty: none), or where they begin."""

    back: str
    home: str
    home_kind: str  # front, desk, console, account


def word_refusal(refusal: Refusal, language: str) -> tuple[int, str]:
    """The HTTP status and the sentence for a refusal."""
    sentence = SENTENCES[refusal.code]
    return sentence.status, sentence.text(language, refusal.values)


def init_errors(app: Flask) -> None:
    """Install the three handlers."""

    @app.errorhandler(Refusal)
    def _refused(refusal: Refusal) -> Response:
        status, text = word_refusal(refusal, current_language())
        return _answer(status, refusal.code, text)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        if error.response is not None:
            return make_response(error.get_response())
        status = error.code or 500
        sentence = _HTTP_SENTENCES.get(status, _BUG if status >= 500 else _HTTP_SENTENCES[400])
        answer = _answer(status, error.name.lower().replace(" ", "_"), sentence.text(current_language()))
        for name, value in error.get_headers():
            if name in {"Allow", "Retry-After"}:
                answer.headers[name] = value
        return answer

    @app.errorhandler(Exception)
    def _bug(error: Exception) -> Response:
        if is_passing(error):
            log.warning("the database could not do it now in %s", request.endpoint, exc_info=True)
            answer = _answer(503, "busy", _BUSY.en if current_language() == "en" else _BUSY.id)
            answer.headers["Retry-After"] = str(_BUSY_SECONDS)
            return answer
        reference = secrets.token_hex(4)
        log.exception("unexpected error %s in %s", reference, request.endpoint)
        return _answer(500, "bug", _BUG.text(current_language()), reference)


def _answer(status: int, code: str, text: str, reference: str = "") -> Response:
    if request.path.startswith("/api/"):
        response = jsonify(error=code, message=text, **({"reference": reference} if reference else {}))
    else:
        response = make_response(render_template("errors/error.html", text=text, reference=reference, ways=_ways_on()))
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def _ways_on() -> WaysOn:
    person: Visitor = g.get("visitor", NOBODY)
    if not person.is_known:  # a request under a foreign host name has no addresses to build from either
        return WaysOn("", "/", "front")
    home = home_of(person)
    edition = g.get("edition")
    if edition is not None and person.has_role(edition.bazaar_id, Role.ORGANIZER):
        home = url_for("overview.tonight", edition=edition.slug)
    kinds = {"/panitia": "desk", "/siaran": "console", "/akun": "account"}
    kind = next((kind for start, kind in kinds.items() if home.startswith(start)), "front")
    return WaysOn(_page_before(), home, kind)


def _page_before() -> str:
    """The page of ours that sent the browser here; empty for none, or when it is this very page."""
    before = urlsplit(request.referrer or "")
    path = safe_next(before.path) if before.netloc == request.host else ""
    if path == request.path and request.method == "GET":
        return ""
    return f"{path}?{before.query}" if path and before.query else path
