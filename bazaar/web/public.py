"""What everybody may see: the front page, an edition's timetable, its stalls, the proof of a draw. Nothing here is for one reader alone."""

import hashlib
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.wrappers import Response as WerkzeugResponse

from bazaar.editions.proof import DrawFile, newest_proof_number, plan_file, problem_file, proof_page
from bazaar.live.landing import landing_page
from bazaar.live.stalls import stall_page, stalls_page
from bazaar.live.timetable import EditionHead, timetable_page
from bazaar.live.wares import Ware
from bazaar.phones import contact_url, whatsapp_url
from bazaar.web.access import Access, allow
from bazaar.web.auth import now, settings, visitor
from bazaar.web.language import LANGUAGES, carry_language, current_language

blueprint = Blueprint("public", __name__, url_prefix="")


@dataclass(frozen=True)
class PageHead:
    """What search engines and messengers read: one address for each language, and whether to list the page at all."""

    is_indexable: bool
    canonical: str
    default: str
    alternates: dict[str, str]  # language -> address
    switch: dict[str, str]  # language -> this very page, search included


carry_language(blueprint)


@blueprint.get("/")
@allow(Access.PUBLIC)
def landing() -> WerkzeugResponse:
    """What this is, and which bazaars run here."""
    return _answer("public/landing.html", None, is_indexable=True, page=landing_page(now=now()))


@blueprint.get("/e/<edition>")
@allow(Access.PUBLIC)
def timetable(edition: str) -> WerkzeugResponse:
    """Who is on air, who is next, and every evening. `?cari=` and `?jenis=` narrow it."""
    page = timetable_page(edition, search=_asked("cari"), category=_asked("jenis"), now=now())
    if page.edition.state != "published":
        return _closed(page.edition)
    order = _order_url(page.edition, page.hero.turn.business_name, page.hero.order_phone) if page.hero else None
    return _answer("public/timetable.html", page.edition, is_indexable=not page.is_filtered, page=page, order=order)


@blueprint.get("/e/<edition>/lapak")
@allow(Access.PUBLIC)
def stalls(edition: str) -> WerkzeugResponse:
    """Every stall that takes part, some at a time."""
    number = request.args.get("hal", 1, type=int)
    page = stalls_page(edition, search=_asked("cari"), category=_asked("jenis"), number=number, now=now())
    if page.edition.state != "published":
        return _closed(page.edition)
    is_indexable = not page.search and not page.category and number == 1
    return _answer("public/stalls.html", page.edition, is_indexable=is_indexable, page=page)


@blueprint.get("/e/<edition>/lapak/<int:vendor_id>")
@allow(Access.PUBLIC)
def stall(edition: str, vendor_id: int) -> WerkzeugResponse:
    """One vendor: goods, turns, how to order."""
    page = stall_page(edition, vendor_id, now=now())
    order = _order_url(page.edition, page.business_name, page.order_phone)
    return _answer("public/stall.html", page.edition, is_indexable=not page.is_gone, page=page, order=order)


@blueprint.get("/e/<edition>/undian")
@allow(Access.PUBLIC)
def newest_proof(edition: str) -> WerkzeugResponse:
    """The proof of the publication in force."""
    number = newest_proof_number(edition)
    if number is None:
        return _closed(timetable_page(edition, now=now()).edition)
    page = proof_page(edition, number)
    return _answer("public/proof.html", page.edition, is_indexable=False, page=page)  # its own address is the one with the number


@blueprint.get("/e/<edition>/undian/<int:published_number>")
@allow(Access.PUBLIC)
def proof(edition: str, published_number: int) -> WerkzeugResponse:
    """How fair a publication is, how that is known, and how to draw it again."""
    page = proof_page(edition, published_number)
    return _answer("public/proof.html", page.edition, is_indexable=page.replaced_by is None, page=page)


@blueprint.get("/e/<edition>/undian/<int:published_number>/soal.json")
@allow(Access.PUBLIC)
def proof_problem(edition: str, published_number: int) -> WerkzeugResponse:
    """What the draw was asked, to solve it again."""
    return _download(problem_file(edition, published_number))


@blueprint.get("/e/<edition>/undian/<int:published_number>/hasil.json")
@allow(Access.PUBLIC)
def proof_plan(edition: str, published_number: int) -> WerkzeugResponse:
    """What the draw gave, to compare."""
    return _download(plan_file(edition, published_number))


def _download(file: DrawFile) -> Response:
    """To be kept beside others: under a name of its own, and sent again only when it changed."""
    response = make_response(file.content)
    response.mimetype = "application/json"
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response.set_etag(hashlib.sha256(file.content).hexdigest()[:24], weak=True)
    if not visitor().is_known:
        response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response


def _asked(name: str) -> str:
    return request.args.get(name, "")


def _closed(edition: EditionHead) -> WerkzeugResponse:
    proof_number = newest_proof_number(edition.slug) if edition.state == "archived" else None
    return _answer("public/closed.html", edition, is_indexable=False, proof_number=proof_number)


def _answer(template: str, here: EditionHead | None, *, is_indexable: bool, **values: object) -> Response:
    """The page with an ETag: whoever asks again with it gets 304 until something changed."""
    head = _head(is_indexable=is_indexable)
    html = render_template(template, here=here, head=head, help_url=_help_url(here) if here else "", **values)
    response = make_response(html)
    response.vary.update(("Accept-Language", "Cookie"))
    response.set_etag(hashlib.sha256(html.encode()).hexdigest()[:24], weak=True)
    if not visitor().is_known:
        response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response


def _head(*, is_indexable: bool) -> PageHead:
    address = settings().public_url + request.path
    alternates = {language: f"{address}?lang={language}" for language in LANGUAGES}
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return PageHead(
        is_indexable=is_indexable,
        canonical=alternates[current_language()],
        default=address,
        alternates=alternates,
        switch={language: f"{request.path}?{urlencode([*kept, ('lang', language)])}" for language in LANGUAGES},
    )


@dataclass(frozen=True)
class OrderLink:
    """Opens a chat with the vendor, the order typed in. The vendor reads Indonesian, so the text is; an English reader sees it in both."""

    phone: str
    business_name: str
    bazaar_name: str

    def __call__(self, ware: Ware | None = None) -> str:
        """The address for one product, or for asking about all."""
        goods = f"{ware.name} ({ware.code})" if ware else ""
        text = f"Halo {self.business_name}, saya lihat lapak ini di {self.bazaar_name}. " + (
            f"Saya mau pesan {goods}. Masih ada?" if goods else "Saya mau pesan."
        )
        if current_language() == "en":
            text += f"\n(Hello, I saw your stall at {self.bazaar_name}. " + (
                f"I would like to order {goods}. Is it available?)" if goods else "I would like to order.)"
            )
        return whatsapp_url(self.phone, text)


def _order_url(edition: EditionHead, business_name: str, phone: str) -> OrderLink | None:
    return OrderLink(phone, business_name, edition.bazaar_name) if phone else None


def _help_url(edition: EditionHead) -> str:
    """How to reach the committee, with the first words of a chat typed in; empty without a number."""
    text = f"Halo panitia, saya mau tanya tentang {edition.name}."
    if current_language() == "en":
        text += f"\n(Hello, I have a question about {edition.name}.)"
    return contact_url(edition.help_phone, text)
