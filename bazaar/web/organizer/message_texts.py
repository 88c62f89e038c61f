"""`Pengaturan > Pesan`: what vendors are sent, in the edition's own words where it wants that, seen as they will see it."""

from typing import Any

from flask import Blueprint, g, render_template, request
from werkzeug.wrappers import Response
from wtforms import StringField, TextAreaField

from bazaar.accounts.profile import account_page
from bazaar.refusals import Refusal
from bazaar.reminders.channels.base import DeliveryError, Message
from bazaar.reminders.message_texts import NEW, Preview, TextPage, preview, restore_text, save_text, text_page, texts_page
from bazaar.reminders.placeholders import TextKind, Wording, read_wording
from bazaar.tokens import new_token
from bazaar.web.access import Access, allow
from bazaar.web.auth import now, outside, settings, visitor
from bazaar.web.errors import word_refusal
from bazaar.web.limits import limiter, signed_in_account
from bazaar.web.mail import mail_channel
from bazaar.web.organizer.desk import account_id, blame, done, revision_of, speak_indonesian
from bazaar.web.organizer.fields import Choice, DeskForm, Seen

blueprint = Blueprint("message_texts", __name__, url_prefix="/panitia/<edition>/pengaturan/pesan")
blueprint.before_request(speak_indonesian)

SLUGS = {
    "jauh-hari": TextKind.BEFORE_LONG,
    "menjelang": TextKind.BEFORE_SHORT,
    "pindah": TextKind.CHANGED,
    "batal": TextKind.CANCELLED,
    "hasil": TextKind.RECAP,
}
_PATH = '/<any("jauh-hari", menjelang, pindah, batal, hasil):slug>/<any(id, en, jv):language>'
_TRIES = "6 per 10 minutes"


class TextForm(DeskForm):
    """A wording, and for whom it is shown."""

    revision = Seen()
    subject = StringField("Baris pertama")
    body = TextAreaField("Isi pesan")
    vendor = Choice("Contoh untuk", coerce=int, validate_choice=False)

    def wording(self) -> Wording:
        """What was typed."""
        return read_wording(self.subject.data or "", self.body.data or "")

    def vendor_id(self) -> int | None:
        """For whom it is shown; None where nobody was chosen."""
        return self.vendor.data if isinstance(self.vendor.data, int) else None


@blueprint.get("")
@allow(Access.ORGANIZER)
def index(edition: str) -> str:
    """The list of wordings, by kind and language."""
    return render_template(
        "organizer/texts/index.html", page=texts_page(g.edition.id, now=now()), slugs={kind: slug for slug, kind in SLUGS.items()}
    )


@blueprint.route(_PATH, methods=["GET", "POST"])
@allow(Access.ORGANIZER)
def edit(edition: str, slug: str, language: str) -> str | tuple[str, int] | Response:
    """Write one wording. `do`: `simpan` saves, `biasa` goes back to the usual text; anything else only shows the preview."""
    page = text_page(g.edition.id, SLUGS[slug], language, now=now())
    form = _form(page)
    wish = request.form.get("do", "")
    if wish == "biasa":
        restore_text(page.edition_id, page.kind, language, revision=revision_of(form), by=account_id(), now=now())
        return done("Teks biasa dipakai lagi.", "message_texts.edit", edition=edition, slug=slug, language=language)
    status, others = 200, None
    if form.is_submitted():
        shown = _preview(page, form)
        _put_faults(form, shown)
        status = 422 if shown.faults else 200
        if wish == "simpan" and not shown.faults:
            try:
                save_text(page.edition_id, page.kind, language, form.wording(), revision=revision_of(form), by=account_id(), now=now())
            except Refusal as refusal:
                status, others = (
                    409,
                    blame(form, refusal, {}, lambda: _form(text_page(page.edition_id, page.kind, language, now=now()), None)),
                )
            else:
                return done(
                    "Teks disimpan. Berlaku mulai pesan berikutnya.", "message_texts.edit", edition=edition, slug=slug, language=language
                )
    return _editor(page, form, status=status, overtaken=others)


@blueprint.post(_PATH + "/pratinjau")
@allow(Access.ORGANIZER)
def look(edition: str, slug: str, language: str) -> str:
    """Only the preview of what is typed so far, for the page's script."""
    page = text_page(g.edition.id, SLUGS[slug], language, now=now())
    return render_template("organizer/texts/_preview.html", shown=_preview(page, _form(page)), page=page, say=_say)


@blueprint.post(_PATH + "/coba")
@allow(Access.ORGANIZER)
@limiter.limit(_TRIES, key_func=signed_in_account)
def try_out(edition: str, slug: str, language: str) -> tuple[str, int] | Response:
    """Mail what is typed to whoever types it. Nothing is saved, nothing is tried again."""
    page = text_page(g.edition.id, SLUGS[slug], language, now=now())
    form = _form(page)
    shown = _preview(page, form)
    _put_faults(form, shown)
    if shown.faults:
        return _editor(page, form, status=422)
    email, channel = _own_email(), mail_channel(outside())
    if channel is None or (page.is_demo and not outside().is_mail_local):
        return _editor(page, form, status=409, trouble="Percobaan tidak bisa dikirim dari sini: e-mail belum dipasang untuk bazar ini.")
    try:
        channel.send(_trial(shown, email))
    except DeliveryError as error:
        return _editor(page, form, status=409, trouble=f"Percobaan belum terkirim: {error.reason}.")
    return _editor(page, form, status=200, sent=f"Percobaan dikirim ke {email}. Belum ada yang disimpan.")


def _form(page: TextPage, formdata: Any = ...) -> TextForm:
    first = page.vendors[0][0] if page.vendors else 0
    revision = "" if page.revision == NEW else page.revision
    data = {"revision": revision, "subject": page.wording.subject, "body": page.wording.body, "vendor": first}
    form = TextForm(data=data) if formdata is ... else TextForm(formdata=formdata, data=data)
    form.vendor.choices = dict(page.vendors)
    return form


def _preview(page: TextPage, form: TextForm) -> Preview:
    return preview(
        page.edition_id,
        page.kind,
        page.language,
        form.wording(),
        vendor_id=form.vendor_id(),
        public_url=settings().public_url,
        now=now(),
    )


def _put_faults(form: TextForm, shown: Preview) -> None:
    for fault in shown.faults:
        form.refuse(fault.field, _say(fault.refusal))


def _say(refusal: Refusal) -> str:
    return word_refusal(refusal, "id")[1]


def _own_email() -> str:
    own = account_id()
    assert own is not None  # organizers have accounts
    return account_page(own, sign_in_id=visitor().sign_in_id, now=now()).email


def _trial(shown: Preview, email: str) -> Message:
    text = f"{shown.mail}\n\n--\nIni pesan percobaan. Tautan di dalamnya hanya contoh dan tidak bisa dibuka.\n"
    return Message(key=f"trial-{new_token()}", to_name="", to_address=email, subject=shown.subject, text=text)


def _editor(page: TextPage, form: TextForm, *, status: int, **notes: Any) -> tuple[str, int]:
    """The page, with what was typed."""
    texts = {"overtaken": None, "trouble": "", "sent": "", **notes}
    slugs = {kind: slug for slug, kind in SLUGS.items()}
    shown = _preview(page, form)
    return render_template(
        "organizer/texts/edit.html",
        page=page,
        form=form,
        shown=shown,
        say=_say,
        slugs=slugs,
        email=_own_email(),
        can_try=mail_channel(outside()) is not None and (not page.is_demo or outside().is_mail_local),
        **texts,
    ), status
