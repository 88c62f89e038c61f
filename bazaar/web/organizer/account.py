"""My account: name, password, second factor, where I am signed in."""

from datetime import timedelta

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import PasswordField

from bazaar.accounts.browsers import revoke_browser, revoke_other_browsers
from bazaar.accounts.letters import password_changed_letter
from bazaar.accounts.passwords import PASSWORD_REFUSALS
from bazaar.accounts.profile import (
    account_page,
    begin_totp,
    change_name,
    change_password,
    confirm_totp,
    disable_totp,
    switch_digest,
    totp_setup,
)
from bazaar.accounts.sign_in import SHORT_FOR, NewSignIn
from bazaar.refusals import Refusal
from bazaar.tokens import new_token
from bazaar.web import limits
from bazaar.web.access import Access, allow
from bazaar.web.auth import clear_sign_in_cookie, now, outside, set_sign_in_cookie, settings, visitor
from bazaar.web.limits import limiter
from bazaar.web.mail import mail_channel, post
from bazaar.web.organizer.desk import blame, done, speak_indonesian
from bazaar.web.organizer.fields import DeskForm, Line, needed

blueprint = Blueprint("account", __name__, url_prefix="/akun")
blueprint.before_request(speak_indonesian)

Page = str | tuple[str, int] | Response

_QR_QUIET_ZONE = 4
_PASSWORD_REFUSALS = dict.fromkeys(PASSWORD_REFUSALS, "new_password")
_limit_tries = limiter.limit(limits.TRIES_FROM_HERE, key_func=limits.signed_in_account, deduct_when=limits.has_failed)


class NameForm(DeskForm):
    """How one is called."""

    name = Line("Nama", [needed("Nama perlu diisi.")])


class PasswordForm(DeskForm):
    """The old password and a new one."""

    old_password = PasswordField("Kata sandi sekarang", [needed("Ketik kata sandi yang sekarang.")])
    new_password = PasswordField("Kata sandi baru", [needed("Ketik kata sandi yang baru.")])


class TotpForm(DeskForm):
    """The password again, before the second factor goes on or off."""

    totp_password = PasswordField("Kata sandi", [needed("Ketik kata sandi Anda.")])


class CodeForm(DeskForm):
    """The first code from the app."""

    code = Line("Kode dari aplikasi", [needed("Ketik enam angka dari aplikasi.")], length=20)


@blueprint.get("")
@allow(Access.SIGNED_IN)
def show() -> Page:
    """Everything about one's own account."""
    return _page()


@blueprint.post("/nama")
@allow(Access.SIGNED_IN)
def rename() -> Page:
    """Change one's name."""
    form = NameForm()
    if not form.validate():
        return _page(name_form=form), 422
    change_name(_account_id(), form.name.data, now=now())
    return done("Nama disimpan.", "account.show")


@blueprint.post("/sandi")
@allow(Access.SIGNED_IN)
@_limit_tries
def set_password() -> Page:
    """Change one's password; every other browser is signed out."""
    form = PasswordForm()
    if not form.validate():
        return _page(password_form=form), 422
    try:
        step = change_password(
            _account_id(), form.old_password.data, form.new_password.data, sign_in_id=visitor().sign_in_id or 0, now=now()
        )
    except Refusal as refusal:
        blame(form, refusal, {"password_wrong": "old_password", **_PASSWORD_REFUSALS})
        return _page(password_form=form), 422
    me = account_page(_account_id(), sign_in_id=None, now=now())
    if channel := mail_channel(outside()):
        post(channel, password_changed_letter(me.name, me.email, new_token()))
    return _stay_in(step, done("Kata sandi diganti. Perangkat lain sudah dikeluarkan.", "account.show"))


@blueprint.post("/surat-pagi")
@allow(Access.SIGNED_IN)
def set_digest() -> Response:
    """Switch the morning's letter on or off."""
    is_on = request.form.get("is_on") == "1"
    switch_digest(_account_id(), is_on=is_on, now=now())
    return done("Surat pagi datang lagi pada hari siaran." if is_on else "Surat pagi dimatikan.", "account.show")


@blueprint.get("/kode")
@allow(Access.SIGNED_IN)
def totp() -> Page:
    """The picture to scan, and the first code."""
    return _totp_page(CodeForm())


@blueprint.post("/kode")
@allow(Access.SIGNED_IN)
@_limit_tries
def start_totp() -> Page:
    """Lay a secret ready for the app."""
    form = TotpForm()
    if not form.validate():
        return _page(totp_form=form), 422
    try:
        begin_totp(_account_id(), form.totp_password.data, settings().secret_key, now=now())
    except Refusal as refusal:
        blame(form, refusal, {"password_wrong": "totp_password"})
        return _page(totp_form=form), 422
    return redirect(url_for("account.totp"), 303)


@blueprint.post("/kode/pasang")
@allow(Access.SIGNED_IN)
@_limit_tries
def finish_totp() -> Page:
    """Switch the second factor on, once a code from the app is right."""
    form = CodeForm()
    if not form.validate():
        return _totp_page(form, 422)
    try:
        step = confirm_totp(_account_id(), form.code.data, settings().secret_key, sign_in_id=visitor().sign_in_id or 0, now=now())
    except Refusal as refusal:
        blame(form, refusal, {"code_wrong": "code"})
        return _totp_page(form, 422)
    return _stay_in(step, done("Kode masuk aktif. Simpan kode cadangan di tempat aman.", "account.show"))


@blueprint.post("/kode/matikan")
@allow(Access.SIGNED_IN)
@_limit_tries
def stop_totp() -> Page:
    """Switch the second factor off."""
    form = TotpForm()
    if not form.validate():
        return _page(totp_form=form), 422
    try:
        disable_totp(_account_id(), form.totp_password.data, now=now())
    except Refusal as refusal:
        blame(form, refusal, {"password_wrong": "totp_password"})
        return _page(totp_form=form), 422
    return done("Kode masuk dimatikan.", "account.show")


@blueprint.post("/perangkat/<int:sign_in_id>/keluarkan")
@allow(Access.SIGNED_IN)
def end_browser(sign_in_id: int) -> Response:
    """Sign one browser out; where it is this one, that is signing out."""
    revoke_browser(_account_id(), sign_in_id, now=now())
    if sign_in_id == visitor().sign_in_id:
        return _signed_out("Anda sudah keluar.")
    return done("Perangkat itu sudah dikeluarkan.", "account.show")


@blueprint.post("/keluar-semua")
@allow(Access.SIGNED_IN)
def end_everywhere() -> Response:
    """Sign out everywhere, here too."""
    revoke_other_browsers(_account_id(), but=None, now=now())
    return _signed_out("Anda sudah keluar dari semua perangkat.")


def _page(*, name_form: NameForm | None = None, password_form: PasswordForm | None = None, totp_form: TotpForm | None = None) -> str:
    page = account_page(_account_id(), sign_in_id=visitor().sign_in_id, now=now())
    return render_template(
        "organizer/account/show.html",
        page=page,
        name_form=name_form or NameForm(formdata=None, data={"name": page.name}),
        password_form=password_form or PasswordForm(formdata=None),
        totp_form=totp_form or TotpForm(formdata=None),
        is_begun=totp_setup(_account_id(), settings().secret_key) is not None,
        seen={browser.id: "Perangkat ini" if browser.is_this else _ago(now() - browser.last_seen_at) for browser in page.browsers},
    )


def _ago(since: timedelta) -> str:
    """`3 jam lalu`. In no zone: an account belongs to none."""
    minutes = int(since.total_seconds() // 60)
    if minutes < 10:
        return "Baru saja"
    if minutes < 120:
        return f"{minutes} menit lalu"
    return f"{minutes // 60} jam lalu" if minutes < 48 * 60 else f"{minutes // 1440} hari lalu"


def _totp_page(form: CodeForm, status: int = 200) -> Page:
    setup = totp_setup(_account_id(), settings().secret_key)
    if setup is None:
        return redirect(url_for("account.show"), 303)
    picture = segno.make(setup.address, error="m").svg_data_uri(border=_QR_QUIET_ZONE, omitsize=True, light="white")
    return render_template("organizer/account/totp.html", setup=setup, picture=picture, form=form), status


def _account_id() -> int:
    account_id = visitor().account_id
    assert account_id is not None  # the guard lets only accounts in here
    return account_id


def _stay_in(step: NewSignIn, answer: Response) -> Response:
    """The same browser under its new token, for as long as before."""
    set_sign_in_cookie(answer, step.token, step.expires_at, keep=step.expires_at - now() > SHORT_FOR)
    return answer


def _signed_out(text: str) -> Response:
    flash(text)
    answer = redirect(url_for("auth_pages.sign_in"), 303)
    clear_sign_in_cookie(answer)
    return answer
