"""The board: the rotation, evenings by slots; build, look, pin, publish."""

from typing import Any, cast, get_args

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bazaar.editions.announcement import AnnouncementPage, announcement_page
from bazaar.editions.board import ALL_WEEKS, board_page
from bazaar.editions.build import request_build
from bazaar.editions.build_page import build_page
from bazaar.editions.candidates import Candidate, SlotPage, slot_page
from bazaar.editions.conflicts import Suggestion, by_evening, draft_conflicts
from bazaar.editions.evenness import evenness_page, evenness_sheet
from bazaar.editions.importing.sheets import XLSX, as_xlsx
from bazaar.editions.jobs import job_at_work
from bazaar.editions.pins import pin_slot
from bazaar.editions.publish import discard_rotation, publish_rotation
from bazaar.editions.reasons import slot_why
from bazaar.editions.shares import Order
from bazaar.editions.versions import rotation_versions
from bazaar.localtime import clock_zone_text, day_text, local_date
from bazaar.phones import whatsapp_number, whatsapp_url
from bazaar.refusals import Refusal
from bazaar.vendors.address import form_of_address
from bazaar.web.access import Access, allow
from bazaar.web.auth import LARGEST_KEY, now, outside
from bazaar.web.errors import word_refusal
from bazaar.web.organizer.board_forms import BuildForm
from bazaar.web.organizer.desk import account_id, asked_day, attachment, done, speak_indonesian
from bazaar.web.organizer.planning import set_going

blueprint = Blueprint("board", __name__, url_prefix="/panitia/<edition>/papan")
blueprint.before_request(speak_indonesian)


@blueprint.get("")
@allow(Access.ORGANIZER)
def show(edition: str) -> str:
    """The published rotation, or the one of that number; a week of it, or one vendor's turns."""
    page = board_page(
        g.edition.id,
        number=_asked_number("rancangan"),
        week_of=asked_day("minggu"),
        all_weeks=request.args.get("minggu") == ALL_WEEKS,
        vendor_id=_asked_number("lapak"),
        now=now(),
    )
    return render_template("organizer/board/show.html", page=page)


@blueprint.route("/susun", methods=["GET", "POST"])
@allow(Access.ORGANIZER)
def build(edition: str) -> str | tuple[str, int] | Response:
    """Say what a new draft would be made of, and have it made."""
    form = BuildForm()
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                requested = request_build(
                    g.edition.id,
                    seed=form.seed.data,
                    keep_published=not form.is_afresh,
                    keep_soon=bool(form.keep_soon.data),
                    by=account_id(),
                    now=now(),
                )
            except Refusal as refusal:
                if refusal.code != "seed_out_of_range":
                    return _say_no(refusal, "board.build", edition=edition)
                form.refuse("seed", word_refusal(refusal, "id")[1])
            else:
                return set_going(requested, edition)
    page, running = build_page(g.edition.id, now=now()), job_at_work(g.edition.id, now=now())
    return render_template("organizer/board/build.html", page=page, running=running, form=form), status


@blueprint.get("/versi")
@allow(Access.ORGANIZER)
def versions(edition: str) -> str:
    """Every version, the newest first."""
    return render_template("organizer/board/versions.html", versions=rotation_versions(g.edition.id))


@blueprint.get("/rancangan/<int:number>")
@allow(Access.ORGANIZER)
def evenness(edition: str, number: int) -> str:
    """How even a rotation is, in words and for each vendor."""
    asked = request.args.get("urut", "name")
    order = cast("Order", asked if asked in get_args(Order) else "name")
    page = evenness_page(g.edition.id, number, order=order, is_reversed=request.args.get("balik") == "1", now=now())
    conflicts = by_evening(draft_conflicts(g.edition.id, number))
    return render_template("organizer/board/evenness.html", page=page, conflicts=conflicts, ask_url=_ask_url)


@blueprint.get("/rancangan/<int:number>/lembar")
@allow(Access.ORGANIZER)
def evenness_file(edition: str, number: int) -> Response:
    """What each vendor gets, as a workbook."""
    return attachment(as_xlsx(evenness_sheet(g.edition.id, number, now=now())), XLSX, f"pembagian-{edition}-{number}.xlsx")


@blueprint.get("/rancangan/<int:number>/terbit")
@allow(Access.ORGANIZER)
def review(edition: str, number: int) -> str | Response:
    """Who will be told what, before it happens."""
    page = announcement_page(g.edition.id, number, outside(), now=now())
    if not page.draft.is_draft:
        return redirect(url_for("board.evenness", edition=edition, number=number), 303)
    conflicts = by_evening([one for one in draft_conflicts(g.edition.id, number) if one.level == "hard"] if page.broken_count else [])
    return render_template("organizer/board/review.html", page=page, conflicts=conflicts, ask_url=_ask_url)


@blueprint.post("/rancangan/<int:number>/terbit")
@allow(Access.ORGANIZER)
def publish(edition: str, number: int) -> Response:
    """Put the draft in force. What was reviewed is what happens: if another one was published meanwhile, look again first."""
    page = announcement_page(g.edition.id, number, outside(), now=now())
    if page.draft.is_draft and page.published and request.form.get("seen") != str(page.published.number):
        flash(f"Sementara itu pembagian ke-{page.published.number} sudah terbit. Lihat lagi siapa yang berubah.", "act")
        return redirect(url_for("board.review", edition=edition, number=number), 303)
    try:
        published = publish_rotation(page.draft.id, despite_broken=bool(request.form.get("despite")), by=account_id(), now=now())
    except Refusal as refusal:
        if refusal.code == "draft_broken":
            return _say_no(refusal, "board.review", edition=edition, number=number)
        return _say_no(refusal, "board.evenness", edition=edition, number=number)
    return done(f"Pembagian ke-{published.number} terbit. {_told(page)}", "board.show", edition=edition)


@blueprint.post("/rancangan/<int:number>/buang")
@allow(Access.ORGANIZER)
def discard(edition: str, number: int) -> Response:
    """Put a draft away."""
    ref = announcement_page(g.edition.id, number, outside(), now=now()).draft
    try:
        discard_rotation(ref.id, by=account_id(), now=now())
    except Refusal as refusal:
        return _say_no(refusal, "board.evenness", edition=edition, number=number)
    return done(f"Rancangan ke-{number} dibuang.", "board.show", edition=edition)


@blueprint.get("/waktu/<int:slot_id>")
@allow(Access.ORGANIZER)
def slot(edition: str, slot_id: int) -> str:
    """One slot: who stands there, who could, why others not."""
    page = slot_page(g.edition.id, slot_id, now=now())
    return _slot_page(page)


@blueprint.post("/waktu/<int:slot_id>")
@allow(Access.ORGANIZER)
def pin(edition: str, slot_id: int) -> str | tuple[str, int] | Response:
    """Pin a vendor to the slot, or take the pin away."""
    page = slot_page(g.edition.id, slot_id, now=now())
    is_unpinned = bool(request.form.get("unpin"))  # sent together with the vendor that is ticked
    offered = () if is_unpinned else (*page.free, *page.movable)
    chosen = next((each for each in offered if str(each.vendor_id) == request.form.get("vendor_id")), None)
    if chosen is None and not is_unpinned:
        return _slot_page(page, error="Pilih salah satu lapak yang bisa."), 422
    try:
        pin_slot(g.edition.id, slot_id, chosen.vendor_id if chosen else None, by=account_id(), now=now())
    except Refusal as refusal:
        return _say_no(refusal, "board.slot", edition=edition, slot_id=slot_id)
    return done(_pinned_words(page, chosen), "board.slot", edition=edition, slot_id=slot_id)


def _pinned_words(before: SlotPage, chosen: Candidate | None) -> str:
    """What pinning did, and when it takes effect: that depends on what is published, and on who stands there already."""
    if chosen is None and before.pinned is None:
        return "Waktu ini memang tidak dipasang. Tidak ada yang berubah."
    if chosen and before.pinned and chosen.vendor_id == before.pinned.vendor_id:
        return f"{chosen.business_name} memang sudah dipasang di waktu ini. Tidak ada yang berubah."
    text = f"{chosen.business_name} dipasang di waktu ini" if chosen else "Pasangan waktu ini dilepas"
    if not before.is_published:
        return f"{text}. Berlaku waktu giliran disusun lagi." if before.number_in_address else f"{text}. Berlaku waktu giliran disusun."
    if chosen is None:
        return f"{text}. Yang sudah terbit tidak berubah."
    if before.holder and before.holder.vendor_id == chosen.vendor_id:
        return f"{text}. Gilirannya memang sudah di sini."
    return f"{text}. Berlaku sesudah pembagian diperbaiki dan diterbitkan."


def _slot_page(page: SlotPage, *, error: str = "") -> str:
    return render_template("organizer/board/slot.html", page=page, why=slot_why(g.edition.id, page.slot_id), error=error)


def _ask_url(one: Suggestion) -> str:
    """WhatsApp with the question typed in; empty where the number is invented or no mobile."""
    if g.edition.is_demo or one.vendor is None or one.moment is None or not whatsapp_number(one.vendor.phone):
        return ""
    when = f"{day_text(local_date(one.moment.starts_at, g.edition.timezone))}, {clock_zone_text(one.moment.starts_at, g.edition.timezone)}"
    you = form_of_address(one.vendor.owner_name)
    return whatsapp_url(one.vendor.phone, f"{one.vendor.owner_name}, kami mencari lapak untuk {when}. {you} bisa tampil waktu itu?")


def _told(page: AnnouncementPage) -> str:
    """How vendors hear of it: what a machine sends, and what waits for a person."""
    mailed = f"{page.mail_count} lapak dikabari lewat e-mail dalam dua menit." if page.mail_count else ""
    by_hand = f"{page.hand_count} pesan menunggu di halaman Pesan, untuk Anda kirim lewat WhatsApp." if page.hand_count else ""
    return " ".join(filter(None, (mailed, by_hand))) or "Tidak ada yang perlu dikabari sekarang."


def _say_no(refusal: Refusal, endpoint: str, **values: Any) -> Response:
    """The rules' sentence on the page where one can do something about it."""
    if refusal.code == "not_found":
        raise refusal
    flash(word_refusal(refusal, "id")[1], "act")
    return redirect(url_for(endpoint, **values), 303)


def _asked_number(name: str) -> int | None:
    """A number from the address; anything else asks for none, one that no row can have for nothing."""
    text = request.args.get(name, "")
    if not (text.isascii() and text.isdecimal()):
        return None
    if len(text) > 10 or int(text) > LARGEST_KEY:
        raise Refusal("not_found")
    return int(text)
