"""Jalan kabar: by which channels messages reach the vendors; open, change, move, try and give up a channel."""

from flask import Blueprint, flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from bazaar.refusals import Refusal
from bazaar.reminders.channel_list import channels_page
from bazaar.reminders.channel_settings import (
    AccountValues,
    account_values,
    handover,
    move_account,
    pause_account,
    save_account,
    withdraw_account,
)
from bazaar.reminders.channel_trial import TRIABLE, connect_bot, send_trial
from bazaar.reminders.channels.kinds import FROM_ACCOUNT, KINDS
from bazaar.states import ChannelName
from bazaar.web import limits
from bazaar.web.access import Access, allow
from bazaar.web.auth import now, outside, settings
from bazaar.web.errors import word_refusal
from bazaar.web.limits import limiter
from bazaar.web.organizer.channel_forms import account_form, trial_form
from bazaar.web.organizer.channel_reasons import plain_trouble
from bazaar.web.organizer.desk import account_id, blame, done, revision_of, speak_indonesian
from bazaar.web.organizer.fields import DeskForm

blueprint = Blueprint("channels", __name__, url_prefix="/panitia/<edition>/pengaturan/jalan-kabar")
blueprint.before_request(speak_indonesian)

_OWN = f"<any({', '.join(FROM_ACCOUNT)}):name>"
_TRIED = f"<any({', '.join(TRIABLE)}):name>"
_TRIALS = "6 per 15 minutes"
"""By one organizer: a trial is a real message to a number that somebody typed."""
_TRIALS_OF_BAZAAR = "30 per day"


@blueprint.get("")
@allow(Access.ORGANIZER)
def index(edition: str) -> str:
    """All channels in the order in which they are tried."""
    page = channels_page(g.edition.id, outside(), now=now())
    return render_template("organizer/channels/index.html", page=page, labels=_labels(), plain_trouble=plain_trouble)


@blueprint.route(f"/{_OWN}", methods=["GET", "POST"])
@allow(Access.ORGANIZER)
def account(edition: str, name: str) -> str | tuple[str, int] | Response:
    """Open a channel, or change what was entered for it."""
    channel = ChannelName(name)
    values = _values(channel)
    form = account_form(values)
    status, others = 200, None
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                is_new = save_account(
                    g.edition.bazaar_id,
                    channel,
                    form.typed(),
                    daily_limit=form.daily_limit.data,
                    revision=revision_of(form),
                    secret_key=settings().secret_key,
                    by=account_id(),
                    now=now(),
                )
            except Refusal as refusal:
                if refusal.code == "channel_fields_unusable":
                    _point_at(form, refusal)
                else:
                    status, others = 409, blame(form, refusal, {}, lambda: account_form(_values(channel), is_saved=True))
            else:
                said = f"{_label(channel)} dibuka. Sekarang kirim percobaan." if is_new else "Perubahan disimpan."
                return done(said, "channels.account", edition=edition, name=name)
    return render_template(
        "organizer/channels/account.html",
        form=form,
        kind=KINDS[channel],
        values=values,
        addresses=_addresses(channel) if values.is_open else [],
        label=_label(channel),
        overtaken=others,
    ), status


@blueprint.post(f"/{_OWN}/<any(naik, turun, matikan, nyalakan):way>")
@allow(Access.ORGANIZER)
def move(edition: str, name: str, way: str) -> Response:
    """Try a channel earlier or later; switch it off or on."""
    channel = ChannelName(name)
    if way in {"naik", "turun"}:
        move_account(g.edition.bazaar_id, channel, is_up=way == "naik", by=account_id(), now=now())
        said = f"{_label(channel)} {'naik' if way == 'naik' else 'turun'} satu tempat."
    else:
        pause_account(g.edition.bazaar_id, channel, is_paused=way == "matikan", by=account_id(), now=now())
        said = f"{_label(channel)} dimatikan. Pesannya lewat jalan berikutnya." if way == "matikan" else f"{_label(channel)} dipakai lagi."
    return done(said, "channels.index", edition=edition)


@blueprint.route(f"/{_OWN}/cabut", methods=["GET", "POST"])
@allow(Access.ORGANIZER)
def withdraw(edition: str, name: str) -> str | Response:
    """Say what giving a channel up would do; do it."""
    channel = ChannelName(name)
    form = account_form(_values(channel))
    if form.is_submitted():
        withdraw_account(g.edition.bazaar_id, channel, secret_key=settings().secret_key, by=account_id(), now=now())
        return done(f"{_label(channel)} dicabut. Isiannya sudah dihapus.", "channels.index", edition=edition)
    if not _values(channel).is_open:
        return done(f"{_label(channel)} belum dibuka.", "channels.index", edition=edition)
    return render_template("organizer/channels/withdraw.html", name=name, label=_label(channel))


@blueprint.route(f"/{_TRIED}/coba", methods=["GET", "POST"])
@allow(Access.ORGANIZER)
@limiter.limit(_TRIALS, key_func=limits.signed_in_account, methods=["POST"])
@limiter.limit(_TRIALS_OF_BAZAAR, key_func=lambda: f"bazaar {g.edition.bazaar_id}", methods=["POST"])
def attempt(edition: str, name: str) -> str | tuple[str, int] | Response:
    """Send one message to whoever asks."""
    channel = ChannelName(name)
    form = trial_form(channel)
    status, failed, refused = 200, None, ""
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                trial = send_trial(g.edition.id, channel, form.address.data, world=outside(), by=account_id(), now=now())
            except Refusal as refusal:
                status, refused = word_refusal(refusal, "id")
            else:
                if trial.is_sent:
                    return done(_sent(channel), "channels.attempt", edition=edition, name=name)
                failed = trial
    return render_template("organizer/channels/trial.html", **_trial_page(channel), form=form, failed=failed, refused=refused), status


@blueprint.post("/telegram/sambungkan")
@allow(Access.ORGANIZER)
@limiter.limit(_TRIALS, key_func=limits.signed_in_account)
def connect(edition: str) -> Response:
    """Tell the bot where to post what vendors write to it."""
    address = outside().links.page(url_for("api_providers.telegram", bazaar=g.edition.bazaar_slug))
    trial = connect_bot(g.edition.bazaar_id, address, world=outside(), by=account_id(), now=now())
    if not trial.is_sent:
        flash(f"Bot belum tersambung. {plain_trouble(trial.reason)} ({trial.reason})", "act")
        return redirect(url_for("channels.account", edition=edition, name="telegram"), 303)
    return done("Bot tersambung. Balasan penjual masuk ke sini.", "channels.account", edition=edition, name="telegram")


def _trial_page(channel: ChannelName) -> dict[str, object]:
    return {
        "name": channel.value,
        "label": _label(channel),
        "kind": KINDS[channel],
        "plain_trouble": plain_trouble,
        "is_own": channel in FROM_ACCOUNT,
    }


def _sent(channel: ChannelName) -> str:
    look = "folder spam" if channel is ChannelName.EMAIL else "nomornya dan catatan di layanannya"
    return f"Terkirim. Kalau belum masuk dalam satu menit, periksa {look}."


def _values(channel: ChannelName) -> AccountValues:
    return account_values(g.edition.bazaar_id, channel, secret_key=settings().secret_key)


def _point_at(form: DeskForm, refusal: Refusal) -> None:
    problems = refusal.values["problems"]
    assert isinstance(problems, dict)
    for field, sentence in problems.items():
        form.refuse(field, sentence)


def _addresses(channel: ChannelName) -> list[tuple[str, str]]:
    """(label, what to enter at the service), ready to copy; empty where the service is told nothing."""
    told = handover(g.edition.bazaar_id, channel, secret_key=settings().secret_key)
    bazaar = g.edition.bazaar_slug
    if told is None or channel is ChannelName.APPRISE:
        return []
    if channel is ChannelName.FONNTE:
        path = url_for("api_providers.fonnte", bazaar=bazaar, secret=told.words["hook_secret"])
        return [("Alamat webhook dan webhook status", outside().links.page(path))]
    page = outside().links.page(url_for(f"api_providers.{channel.value}", bazaar=bazaar))
    words = {field.name: field.label for field in KINDS[channel].fields if field.is_made_up}
    return [("Alamat webhook", page), *((words[name], word) for name, word in told.words.items())]


def _labels() -> dict[ChannelName, str]:
    return {kind.name: kind.label for kind in KINDS.values()}


def _label(channel: ChannelName) -> str:
    return KINDS[channel].label
