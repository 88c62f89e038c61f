"""Links and keys: vendors' pages, doors to the console, devices that may log sales; made, handed out, replaced, revoked."""

from datetime import timedelta
from typing import Any

import segno
from flask import Blueprint, g, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response
from wtforms import RadioField

from bazaar.localtime import clock_zone_text, day_text, local_date
from bazaar.phones import whatsapp_number, whatsapp_url
from bazaar.refusals import Refusal
from bazaar.sales.devices import DeviceMade, add_device, revoke_device
from bazaar.vendors.link_pages import HostDoors, VendorLinkRow, host_doors, links_page, slips
from bazaar.vendors.links import make_host_link, make_missing_links, replace_vendor_link, revoke_link, vendor_link
from bazaar.web.access import Access, allow
from bazaar.web.auth import now, outside, settings
from bazaar.web.organizer.desk import account_id, blame, done, speak_indonesian
from bazaar.web.organizer.fields import DeskForm, Line, needed

blueprint = Blueprint("links", __name__, url_prefix="/panitia/<edition>/tautan")
blueprint.before_request(speak_indonesian)

LINK_OUTLIVES_SESSION = timedelta(hours=2)
"""For late entries and the last look at the books; a link without an end lasts as long as a device's key."""


class HostLinkForm(DeskForm):
    """A link for one host."""

    label = Line("Untuk siapa", [needed("Tulis untuk siapa tautan ini. Contoh: Mbak Laras.")])
    until = RadioField(
        "Berlaku sampai",
        choices={"evening": "dua jam setelah siaran selesai", "long": "dua hari setelah siaran selesai"},
        default="evening",
    )


class DeviceForm(DeskForm):
    """A phone or laptop with a key of its own."""

    name = Line("Nama HP", [needed("Tulis nama HP-nya. Contoh: HP Rina.")], length=60)


@blueprint.get("")
@allow(Access.ORGANIZER)
def index(edition: str) -> str:
    """Every vendor's link, and the live sessions ahead with their doors."""
    page = links_page(g.edition.id, now=now())
    return render_template("organizer/links/index.html", page=page, link_url=outside().links.vendor, share_url=_share_url)


@blueprint.post("/lengkapi")
@allow(Access.ORGANIZER)
def make_missing(edition: str) -> Response:
    """A link for every vendor that has none."""
    count = make_missing_links(g.edition.id, settings().secret_key, by=account_id(), now=now())
    return done(f"{count} tautan dibuat." if count else "Semua lapak sudah punya tautan.", "links.index", edition=edition)


@blueprint.post("/lapak/<int:vendor_id>/<any(buat, ganti):way>")
@allow(Access.ORGANIZER)
def renew(edition: str, vendor_id: int, way: str) -> Response:
    """Make a vendor's link, or replace it: the old one stops working at once."""
    if way == "ganti":
        replace_vendor_link(g.edition.id, vendor_id, settings().secret_key, by=account_id(), now=now())
        text = "Tautan diganti. Tautan lama tidak berlaku lagi; kirim yang baru."
    else:
        vendor_link(g.edition.id, vendor_id, settings().secret_key, now=now())
        text = "Tautan siap dikirim."
    return done(text, "links.index", edition=edition, _anchor=f"lapak-{vendor_id}")


@blueprint.post("/<int:link_id>/cabut")
@allow(Access.ORGANIZER)
def revoke(edition: str, link_id: int) -> Response:
    """End a link of a vendor or a host, and every browser that came in by it."""
    revoke_link(g.edition.id, link_id, by=account_id(), now=now())
    live_session_id = request.form.get("siaran", type=int)
    text = "Tautan dicabut dan tidak berlaku lagi."
    if live_session_id is not None:
        return done(text, "links.doors", edition=edition, live_session_id=live_session_id)
    return done(text, "links.index", edition=edition)


@blueprint.get("/cetak")
@allow(Access.ORGANIZER)
def print_slips(edition: str) -> str:
    """Slips of paper for vendors who look at no phone: their turns, and a QR code for whoever helps them."""
    return render_template("organizer/links/print.html", slips=slips(g.edition.id, now=now()), qr_code=_qr_code)


@blueprint.get("/siaran/<int:live_session_id>")
@allow(Access.ORGANIZER)
def doors(edition: str, live_session_id: int) -> str:
    """The links and devices of one live session."""
    return _doors_page(host_doors(g.edition.id, live_session_id, now=now()))


@blueprint.post("/siaran/<int:live_session_id>/tautan")
@allow(Access.ORGANIZER)
def open_door(edition: str, live_session_id: int) -> tuple[str, int] | Response:
    """Make a link that opens the console."""
    page = host_doors(g.edition.id, live_session_id, now=now())
    form = HostLinkForm()
    if not form.validate_on_submit():
        return _doors_page(page, link_form=form), 422
    expires_at = max(page.ends_at, now()) + LINK_OUTLIVES_SESSION if form.until.data == "evening" else None
    make_host_link(g.edition.id, live_session_id, form.label.data, settings().secret_key, expires_at=expires_at, by=account_id(), now=now())
    return done(f"Tautan untuk {form.label.data} siap dikirim.", "links.doors", edition=edition, live_session_id=live_session_id)


@blueprint.post("/siaran/<int:live_session_id>/hp")
@allow(Access.ORGANIZER)
def admit_device(edition: str, live_session_id: int) -> tuple[str, int]:
    """Let a device log sales. Its key stands on this one answer and nowhere else."""
    page = host_doors(g.edition.id, live_session_id, now=now())
    form = DeviceForm()
    if not form.validate_on_submit():
        return _doors_page(page, device_form=form), 422
    try:
        made = add_device(live_session_id, form.name.data, by=account_id(), now=now())
    except Refusal as refusal:
        blame(form, refusal, {"device_name_taken": "name", "device_name_missing": "name"})
        return _doors_page(page, device_form=form), 422
    return _doors_page(host_doors(g.edition.id, live_session_id, now=now()), made=made), 200


@blueprint.post("/siaran/<int:live_session_id>/hp/cabut")
@allow(Access.ORGANIZER)
def dismiss_device(edition: str, live_session_id: int) -> Response:
    """End a device's key; what it logged stays."""
    host_doors(g.edition.id, live_session_id, now=now())
    name = request.form.get("name", "")
    revoke_device(live_session_id, name, by=account_id(), now=now())
    return done(f"Kunci {name} dicabut. Catatannya tetap ada.", "links.doors", edition=edition, live_session_id=live_session_id)


def _doors_page(
    page: HostDoors, *, link_form: HostLinkForm | None = None, device_form: DeviceForm | None = None, made: DeviceMade | None = None
) -> str:
    return render_template(
        "organizer/links/doors.html",
        page=page,
        link_form=link_form or HostLinkForm(formdata=None, data={"label": "" if page.open_links else page.host_name, "until": "evening"}),
        device_form=device_form or DeviceForm(formdata=None),
        made=made,
        door_url=outside().links.host,
        door_share_url=lambda nonce, label: _door_share_url(page, nonce, label),
        server_url=settings().public_url,
    )


def _share_url(row: VendorLinkRow) -> str:
    """A WhatsApp chat with the vendor, the link typed in; empty where the number is invented or none of WhatsApp's."""
    if g.edition.is_demo or row.link is None or not whatsapp_number(row.phone):
        return ""
    url = outside().links.vendor(row.link.nonce)
    return whatsapp_url(row.phone, f"{row.owner_name}, ini tautan giliran {row.business_name} di {g.edition.name}. Simpan, ya: {url}")


def _door_share_url(page: HostDoors, nonce: str, label: str) -> str:
    """WhatsApp with the door's address typed in; whom to send it to is chosen there."""
    day = day_text(local_date(page.starts_at, g.edition.timezone))
    clock = clock_zone_text(page.starts_at, g.edition.timezone)
    return whatsapp_url("", f"{label}, ini tautan meja siaran {day}, {clock}. Jangan diteruskan, ya: {outside().links.host(nonce)}")


def _qr_code(nonce: str) -> Markup:
    """The vendor's address as a picture. Dark on light also at night, or cameras would not read it."""
    # A token is as good as random, and so is any mask on it; to weigh all eight takes four times as long, for every slip.
    code: Any = segno.make(outside().links.vendor(nonce), error="m", micro=False, mask=0)
    return Markup(code.svg_inline(border=2, dark="#000", light="#fff", omitsize=True))  # noqa: S704 (segno's own drawing)
