"""Kabar untuk satu lapak: by which channels and in which language one vendor is written to, and whether at all."""

from flask import Blueprint, g, render_template
from werkzeug.wrappers import Response

from bazaar.refusals import Refusal
from bazaar.reminders.channels.kinds import KINDS
from bazaar.reminders.vendor_ways import VendorWays, change_vendor_ways, vendor_ways
from bazaar.states import ChannelName
from bazaar.vendors.opt_out import resume_by_organizer
from bazaar.web.access import Access, allow
from bazaar.web.auth import now, outside
from bazaar.web.organizer.desk import account_id, blame, done, revision_of, speak_indonesian
from bazaar.web.organizer.fields import Choice, DeskForm, Seen

blueprint = Blueprint("vendor_ways", __name__, url_prefix="/panitia/<edition>/lapak/<int:vendor_id>/kabar")
blueprint.before_request(speak_indonesian)

LANGUAGES = {"id": "Indonesia", "jv": "Jawa", "en": "Inggris"}
BY_HAND = "Selalu dikirim sendiri"


class WaysForm(DeskForm):
    """First and second channel, language."""

    revision = Seen()
    first = Choice("Jalan pertama")
    second = Choice("Kalau gagal")
    language = Choice("Bahasa pesan", choices={"": "Seperti bahasa penjualnya", **LANGUAGES})

    def validate(self, extra_validators: object = None) -> bool:
        """A second channel is another one than the first."""
        is_valid = bool(super().validate(extra_validators))
        if self.first.data and self.first.data == self.second.data:
            self.refuse("second", "Pilih jalan lain daripada yang pertama.")
            return False
        return is_valid

    def order(self) -> list[ChannelName]:
        """What was chosen: nothing follows the usual order, nothing precedes a hand."""
        if self.first.data in {"", ChannelName.HAND}:
            return [ChannelName.HAND] if self.first.data else []
        return [ChannelName(name) for name in (self.first.data, self.second.data) if name]


@blueprint.route("", methods=["GET", "POST"])
@allow(Access.ORGANIZER)
def change(edition: str, vendor_id: int) -> str | tuple[str, int] | Response:
    """Settle how this vendor is written to."""
    page = vendor_ways(g.edition.id, vendor_id, outside())
    form = _form(page)
    status, others = 200, None
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                change_vendor_ways(
                    g.edition.id, vendor_id, form.order(), form.language.data, revision=revision_of(form), by=account_id(), now=now()
                )
            except Refusal as refusal:
                saved = vendor_ways(g.edition.id, vendor_id, outside())
                status, others = 409, blame(form, refusal, {}, lambda: _form(saved, is_saved=True))
            else:
                return done("Perubahan disimpan.", "vendors.show", edition=edition, vendor_id=vendor_id)
    return render_template(
        "organizer/vendors/ways.html", page=page, form=form, words=way_words, languages=LANGUAGES, overtaken=others
    ), status


@blueprint.post("/lagi")
@allow(Access.ORGANIZER)
def resume(edition: str, vendor_id: int) -> Response:
    """Take back that the vendor wants no messages, because they asked for it."""
    resume_by_organizer(g.edition.id, vendor_id, by=account_id(), now=now())
    return done("Mulai pengingat berikutnya, lapak ini dikabari lagi.", "vendors.show", edition=edition, vendor_id=vendor_id)


def way_words(ways: tuple[ChannelName, ...]) -> str:
    """`Pertama WhatsApp lewat Fonnte, lalu E-mail, lalu dikirim sendiri.`"""
    if ways == (ChannelName.HAND,):
        return "Dikirim sendiri oleh panitia."
    return f"Pertama {', lalu '.join('dikirim sendiri' if way is ChannelName.HAND else KINDS[way].label for way in ways)}."


def _form(page: VendorWays, *, is_saved: bool = False) -> WaysForm:
    first, second = (*page.order[:2], "", "")[:2]
    data = {"revision": page.revision, "first": first, "second": second, "language": page.language}
    form = WaysForm(formdata=None, data=data) if is_saved else WaysForm(data=data)
    named = {name.value: KINDS[name].label + (" (belum ada alamatnya)" if name in page.without_address else "") for name in page.choices}
    form.first.choices = {"": "Seperti biasa, urutan bazar", **named, ChannelName.HAND.value: BY_HAND}
    form.second.choices = {"": "Langsung dikirim sendiri", **named}
    return form
