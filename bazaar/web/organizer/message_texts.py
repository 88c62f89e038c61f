"""`Pengaturan > Pesan`: what vendors are sent, in the edition's own words where it wants that, seen as they will see it."""

from typing import Any

from flask import Blueprint, g, render_template, request
from werkzeug.wrappers import Response
from wtforms import StringField, TextAreaField

from bazaar.accounts.profile import account_page
from bazaar.refusals import Refusal
from bazaar.reminders.channel_trial import TRIABLE, TrialWords, send_trial
from bazaar.reminders.channels.kinds import KINDS
from bazaar.reminders.message_texts import NEW, Preview, TextPage, preview, restore_text, save_text, text_page, texts_page
from bazaar.reminders.placeholders import TextKind, Wording, read_wording
from bazaar.states import ChannelName
from bazaar.web.access import Access, allow
from bazaar.web.auth import now, outside, settings, visitor
from bazaar.web.errors import word_refusal
from bazaar.web.limits import limiter, signed_in_account
from bazaar.web.organizer.channel_forms import trial_form
from bazaar.web.organizer.channel_reasons import plain_trouble
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
    way = Choice("Lewat", validate_choice=False)
    address = StringField("Ke")

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
    """Send what is typed to whoever types it. Nothing is saved, nothing is tried again."""
    page = text_page(g.edition.id, SLUGS[slug], language, now=now())
    form = _form(page)
    shown = _preview(page, form)
    _put_faults(form, shown)
    if shown.faults:
        return _editor(page, form, status=422)
    channel = next((way for way in _trial_ways(page) if way == form.way.data), None)
    if channel is None:
        return _editor(page, form, status=409, trouble=_say(Refusal("channel_not_open")))
    asked = trial_form(channel)
    if not asked.validate():
        form.refuse("address", asked.address.errors[0])
        return _editor(page, form, status=422)
    try:
        trial = send_trial(
            page.edition_id, channel, asked.address.data, world=outside(), by=account_id(), now=now(), words=_trial_words(shown, channel)
        )
    except Refusal as refusal:
        status, sentence = word_refusal(refusal, "id")
        return _editor(page, form, status=status, trouble=sentence)
    if not trial.is_sent:
        first = "Belum pasti terkirim." if trial.is_unclear else "Tidak terkirim."
        return _editor(page, form, status=409, trouble=f"{first} {plain_trouble(trial.reason)} Kata jalannya: {trial.reason}.")
    return _editor(page, form, status=200, sent="Percobaan dikirim. Teksnya belum disimpan.")


def _trial_ways(page: TextPage) -> list[ChannelName]:
    """By which ways a wording can be tried. Not by WhatsApp's own, which takes approved texts only."""
    mail = [ChannelName.EMAIL] if ChannelName.EMAIL in outside().channels else []
    return mail + [name for name in page.own_channels if name in TRIABLE and name is not ChannelName.WHATSAPP]


def _trial_words(shown: Preview, channel: ChannelName) -> TrialWords:
    text = shown.mail if channel is ChannelName.EMAIL else shown.chat
    return TrialWords(shown.subject, f"{text}\n\n--\nIni pesan percobaan. Tautan di dalamnya hanya contoh dan tidak bisa dibuka.\n")


def _form(page: TextPage, formdata: Any = ...) -> TextForm:
    first = page.vendors[0][0] if page.vendors else 0
    revision = "" if page.revision == NEW else page.revision
    data = {
        "revision": revision,
        "subject": page.wording.subject,
        "body": page.wording.body,
        "vendor": first,
        "way": next(iter(_trial_ways(page)), None),
        "address": _own_email(),
    }
    form = TextForm(data=data) if formdata is ... else TextForm(formdata=formdata, data=data)
    form.vendor.choices = dict(page.vendors)
    form.way.choices = {way.value: KINDS[way].label for way in _trial_ways(page)}
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
        **texts,
    ), status
