"""Vendors and their products: list, add, change, withdraw, archive; their link, and answers noted on the phone."""

from flask import Blueprint, g, render_template, request
from werkzeug.wrappers import Response

from bazaar.editions.credit import credit_account
from bazaar.editions.owed import owed_rows
from bazaar.editions.reasons import vendor_why
from bazaar.lines import one_line
from bazaar.phones import whatsapp_url
from bazaar.refusals import Refusal
from bazaar.reminders.timeline import vendor_stories
from bazaar.reminders.vendor_ways import vendor_ways
from bazaar.vendors.links import replace_vendor_link, vendor_link
from bazaar.vendors.pages import VendorDetailPage, VendorState, product_page, vendor_detail_page, vendors_page
from bazaar.vendors.products import add_product, archive_product, change_product, delete_product, return_product, withdraw_product
from bazaar.vendors.registry import add_vendor, archive_vendor, change_vendor, delete_vendor, return_vendor, withdraw_vendor
from bazaar.web.access import Access, allow
from bazaar.web.auth import now, outside, settings
from bazaar.web.organizer.desk import account_id, blame, done, note_phone_answer, revision_of, speak_indonesian
from bazaar.web.organizer.reasons import plain_reason
from bazaar.web.organizer.vendor_forms import CATEGORIES, UNITS, ProductForm, VendorForm, product_values, vendor_values
from bazaar.web.organizer.vendor_ways import LANGUAGES, way_words

blueprint = Blueprint("vendors", __name__, url_prefix="/panitia/<edition>/lapak")
blueprint.before_request(speak_indonesian)

_STATES: dict[str, VendorState] = {"ikut": "active", "mundur": "withdrawn", "arsip": "archived"}


@blueprint.get("")
@allow(Access.ORGANIZER)
def index(edition: str) -> str:
    """The list of vendors."""
    state = _STATES.get(request.args.get("status", ""), "active")
    page = vendors_page(g.edition.id, search=request.args.get("cari", ""), state=state, now=now())
    return render_template("organizer/vendors/index.html", page=page)


@blueprint.route("/baru", methods=["GET", "POST"])
@allow(Access.ORGANIZER)
def add(edition: str) -> str | tuple[str, int] | Response:
    """Write a new vendor down."""
    form = VendorForm()
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                vendor_id = add_vendor(g.edition.id, form.vendor_data(), by=account_id(), now=now())
            except Refusal as refusal:
                blame(form, refusal, {"business_name_taken": "business_name"})
            else:
                return done(f"{form.business_name.data} dicatat.", "vendors.show", edition=edition, vendor_id=vendor_id)
    return render_template("organizer/vendors/form.html", form=form, vendor=None, categories=CATEGORIES, overtaken=None), status


@blueprint.get("/<int:vendor_id>")
@allow(Access.ORGANIZER)
def show(edition: str, vendor_id: int) -> str:
    """Everything about one vendor."""
    page = vendor_detail_page(g.edition.id, vendor_id, now=now())
    url = outside().links.vendor(page.link.nonce) if page.link else ""
    text = f"{page.data.owner_name}, ini tautan giliran {page.data.business_name} di {g.edition.name}. Simpan, ya: {url}"
    return render_template(
        "organizer/vendors/show.html",
        page=page,
        credit=credit_account(g.edition.id, vendor_id),
        owed=next(iter(owed_rows(g.edition.id, vendor_id, now=now())), None),
        why=vendor_why(g.edition.id, vendor_id),
        stories=vendor_stories(g.edition.id, vendor_id, now=now()),
        plain_reason=plain_reason,
        ways=vendor_ways(g.edition.id, vendor_id, outside()),
        way_words=way_words,
        languages=LANGUAGES,
        link_url=url,
        share_url="" if g.edition.is_demo or not url else whatsapp_url(page.data.phone, text),
        chat_url="" if g.edition.is_demo else whatsapp_url(page.data.phone),
    )


@blueprint.route("/<int:vendor_id>/ubah", methods=["GET", "POST"])
@allow(Access.ORGANIZER)
def change(edition: str, vendor_id: int) -> str | tuple[str, int] | Response:
    """Change what is written down."""
    page = vendor_detail_page(g.edition.id, vendor_id, now=now())
    form = VendorForm(data={"revision": page.revision, **vendor_values(page.data)})
    form.offer_languages(page.data.languages)
    status, others = 200, None
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                change_vendor(g.edition.id, vendor_id, form.vendor_data(), revision=revision_of(form), by=account_id(), now=now())
            except Refusal as refusal:
                status, others = 409, blame(form, refusal, {"business_name_taken": "business_name"}, lambda: _saved_vendor(vendor_id))
            else:
                return done("Perubahan disimpan.", "vendors.show", edition=edition, vendor_id=vendor_id)
    return render_template("organizer/vendors/form.html", form=form, vendor=page, categories=CATEGORIES, overtaken=others), status


@blueprint.get("/<int:vendor_id>/<any(mundur, arsip, hapus):way>")
@allow(Access.ORGANIZER)
def ask_to_leave(edition: str, vendor_id: int, way: str) -> str:
    """Say what withdrawing, archiving or deleting would do, before it happens."""
    page = vendor_detail_page(g.edition.id, vendor_id, now=now())
    return render_template("organizer/vendors/leave.html", page=page, way=way)


@blueprint.post("/<int:vendor_id>/<any(mundur, arsip, hapus):way>")
@allow(Access.ORGANIZER)
def leave(edition: str, vendor_id: int, way: str) -> Response:
    """Withdraw, archive or delete a vendor."""
    name = vendor_detail_page(g.edition.id, vendor_id, now=now()).data.business_name
    if way == "hapus":
        delete_vendor(g.edition.id, vendor_id, by=account_id(), now=now())
        return done(f"{name} dihapus.", "vendors.index", edition=edition)
    if way == "arsip":
        archive_vendor(g.edition.id, vendor_id, by=account_id(), now=now())
        return done(f"{name} diarsipkan.", "vendors.index", edition=edition)
    reason = one_line(request.form.get("reason", ""))[:200]
    counts = withdraw_vendor(g.edition.id, vendor_id, reason=reason, by=account_id(), now=now())
    told = " Kabarnya ada di Pesan." if counts.removed else ""
    return done(f"{name} tidak lagi ikut.{told}", "vendors.show", edition=edition, vendor_id=vendor_id)


@blueprint.post("/<int:vendor_id>/kembali")
@allow(Access.ORGANIZER)
def come_back(edition: str, vendor_id: int) -> Response:
    """Bring a withdrawn or archived vendor back."""
    return_vendor(g.edition.id, vendor_id, by=account_id(), now=now())
    return done("Lapak ini ikut lagi.", "vendors.show", edition=edition, vendor_id=vendor_id)


@blueprint.post("/<int:vendor_id>/tautan")
@allow(Access.ORGANIZER)
def make_link(edition: str, vendor_id: int) -> Response:
    """Make the vendor's link, or replace it: the old one stops working."""
    secret_key = settings().secret_key
    if request.form.get("replace"):
        replace_vendor_link(g.edition.id, vendor_id, secret_key, by=account_id(), now=now())
        text = "Tautan diganti. Tautan lama tidak berlaku lagi; kirim yang baru."
    else:
        vendor_link(g.edition.id, vendor_id, secret_key, now=now())
        text = "Tautan siap dikirim."
    return done(text, "vendors.show", edition=edition, vendor_id=vendor_id)


@blueprint.post("/<int:vendor_id>/jawaban/<int:slot_id>")
@allow(Access.ORGANIZER)
def answer(edition: str, vendor_id: int, slot_id: int) -> Response:
    """Note an answer that the vendor gave on the phone."""
    return done(note_phone_answer(vendor_id, slot_id), "vendors.show", edition=edition, vendor_id=vendor_id)


@blueprint.route("/<int:vendor_id>/barang/baru", methods=["GET", "POST"])
@allow(Access.ORGANIZER)
def add_goods(edition: str, vendor_id: int) -> str | tuple[str, int] | Response:
    """Write a new product down."""
    page = vendor_detail_page(g.edition.id, vendor_id, now=now())
    form = ProductForm(data={"code": page.next_code})
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                add_product(g.edition.id, vendor_id, form.product_data(), by=account_id(), now=now())
            except Refusal as refusal:
                blame(form, refusal, {"product_code_taken": "code"})
            else:
                return done(f"{form.name.data} dicatat.", "vendors.show", edition=edition, vendor_id=vendor_id)
    return render_template("organizer/vendors/product.html", form=form, vendor=page, product=None, units=UNITS, overtaken=None), status


@blueprint.route("/<int:vendor_id>/barang/<int:product_id>", methods=["GET", "POST"])
@allow(Access.ORGANIZER)
def change_goods(edition: str, vendor_id: int, product_id: int) -> str | tuple[str, int] | Response:
    """Change a product; sales keep the price they were made at."""
    page = vendor_detail_page(g.edition.id, vendor_id, now=now())
    product = product_page(g.edition.id, vendor_id, product_id)
    form = ProductForm(data={"version": product.data.version, **product_values(product.data)})
    status, others = 200, None
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                change_product(g.edition.id, product_id, form.product_data(), version=form.version.data, by=account_id(), now=now())
            except Refusal as refusal:
                status, others = 409, blame(form, refusal, {"product_code_taken": "code"}, lambda: _saved_product(vendor_id, product_id))
            else:
                return done("Perubahan disimpan.", "vendors.show", edition=edition, vendor_id=vendor_id)
    return render_template("organizer/vendors/product.html", form=form, vendor=page, product=product, units=UNITS, overtaken=others), status


@blueprint.post("/<int:vendor_id>/barang/<int:product_id>/<any(tarik, kembali, arsip, hapus):way>")
@allow(Access.ORGANIZER)
def move_goods(edition: str, vendor_id: int, product_id: int, way: str) -> Response:
    """Withdraw, bring back, archive or delete a product."""
    name = product_page(g.edition.id, vendor_id, product_id).data.name
    act, said = {
        "tarik": (withdraw_product, "ditarik. Tidak lagi dijual"),
        "kembali": (return_product, "dijual lagi"),
        "arsip": (archive_product, "diarsipkan"),
        "hapus": (delete_product, "dihapus"),
    }[way]
    act(g.edition.id, product_id, by=account_id(), now=now())
    return done(f"{name} {said}.", "vendors.show", edition=edition, vendor_id=vendor_id)


def _saved_vendor(vendor_id: int) -> VendorForm:
    page: VendorDetailPage = vendor_detail_page(g.edition.id, vendor_id, now=now())
    form = VendorForm(formdata=None, data={"revision": page.revision, **vendor_values(page.data)})
    form.offer_languages(page.data.languages)
    return form


def _saved_product(vendor_id: int, product_id: int) -> ProductForm:
    data = product_page(g.edition.id, vendor_id, product_id).data
    return ProductForm(formdata=None, data={"version": data.version, **product_values(data)})
