"""Signing in and out, one-time links, new passwords: the doors of the house, in both languages.

A GET here never spends a token: messengers and mail filters open links before people do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bazaar.accounts.emails import read_email
from bazaar.accounts.first_organizer import Start, begin, check_first_organizer_token
from bazaar.accounts.invitations import Invitation, accept_invitation, accept_with_new_account, invitation
from bazaar.accounts.letters import password_changed_letter, reset_letter, totp_ended_letter
from bazaar.accounts.passwords import PASSWORD_REFUSALS, check_new_password
from bazaar.accounts.profile import account_page
from bazaar.accounts.resets import ask_new_password, check_reset_token, set_new_password
from bazaar.accounts.sign_in import (
    NewSignIn,
    awaited_account_id,
    check_sign_in_link,
    confirm_code,
    open_sign_in_link,
)
from bazaar.accounts.sign_in import (
    sign_in as sign_in_by_password,
)
from bazaar.accounts.sign_in import (
    sign_out as end_this_browser,
)
from bazaar.accounts.visitor import visitor_of
from bazaar.phones import PhoneError, parse_callable_phone
from bazaar.refusals import Refusal
from bazaar.tokens import hash_token, new_token
from bazaar.web import limits
from bazaar.web.access import Access, allow
from bazaar.web.auth import (
    browser_name,
    browser_token,
    clear_sign_in_cookie,
    home_of,
    now,
    outside,
    safe_next,
    set_sign_in_cookie,
    settings,
    visitor,
)
from bazaar.web.errors import word_refusal
from bazaar.web.language import carry_language, current_language, translate
from bazaar.web.limits import limiter
from bazaar.web.mail import later, mail_channel, post

blueprint = Blueprint("auth_pages", __name__, url_prefix="")

Page = str | tuple[str, int] | Response

_PASSWORD_REFUSALS = dict.fromkeys(PASSWORD_REFUSALS, "password")


@dataclass(frozen=True)
class Typed:
    """What was typed into a form, to be shown again, and what is wrong with it by field. Passwords are never shown again."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


carry_language(blueprint)


@blueprint.context_processor
def _other_language() -> dict[str, str]:
    """The address of this page in the other language."""
    other = "id" if current_language() == "en" else "en"
    return {"other_language": other, "other_language_url": f"?{urlencode({**request.args.to_dict(), 'lang': other})}"}


@blueprint.get("/masuk")
@allow(Access.PUBLIC)
def sign_in() -> Page:
    """E-mail and password; whoever is in already goes on."""
    if visitor().account_id is not None:
        return redirect(_asked_next() or _first_page(browser_token()), 303)
    return render_template("auth/sign_in.html", typed=Typed({"keep": "1"}), next=_asked_next())


@blueprint.post("/masuk")
@allow(Access.PUBLIC)
@limiter.limit(limits.TRIES_FROM_HERE, key_func=limits.named_email_from_here, deduct_when=limits.has_failed)
@limiter.limit(limits.TRIES_AT_ACCOUNT, key_func=limits.named_email, deduct_when=limits.has_failed)
@limiter.limit(limits.TRIES_BY_ADDRESS, deduct_when=limits.has_failed)
def sign_in_with_password() -> Page:
    """The first step, and for most people the only one."""
    keep = bool(request.form.get("keep"))
    try:
        step = sign_in_by_password(
            request.form.get("email", ""),
            request.form.get("password", ""),
            keep=keep,
            device_name=browser_name(),
            replaces=browser_token(),
            now=now(),
        )
    except Refusal as refusal:
        typed = _typed("email", "keep", refused=(refusal, {"sign_in_wrong": "password"}))
        return render_template("auth/sign_in.html", typed=typed, next=_asked_next()), 401
    if step.awaits_code:
        answer = redirect(url_for("auth_pages.code", next=_asked_next() or None, keep="1" if keep else None), 303)
        set_sign_in_cookie(answer, step.token, step.expires_at, keep=False)
        return answer
    return _go_in(step, keep=keep)


@blueprint.get("/masuk/kode")
@allow(Access.PUBLIC)
def code() -> Page:
    """The second step."""
    if awaited_account_id(browser_token(), now=now()) is None:
        return redirect(url_for("auth_pages.sign_in", next=_asked_next() or None), 303)
    return render_template("auth/code.html", typed=Typed())


@blueprint.post("/masuk/kode")
@allow(Access.PUBLIC)
@limiter.limit(limits.TRIES_FROM_HERE, key_func=limits.awaited_account_from_here, deduct_when=limits.has_failed)
@limiter.limit(limits.CODES_AT_ACCOUNT, key_func=limits.awaited_account, deduct_when=limits.has_failed)
def confirm() -> Page:
    """The code from the app, or the one from paper."""
    keep = bool(request.args.get("keep"))
    try:
        step = confirm_code(
            browser_token(), request.form.get("code", ""), settings().secret_key, keep=keep, device_name=browser_name(), now=now()
        )
    except Refusal as refusal:
        if refusal.code == "code_too_late":
            flash(word_refusal(refusal, current_language())[1], "act")
            return redirect(url_for("auth_pages.sign_in", next=_asked_next() or None), 303)
        return render_template("auth/code.html", typed=_typed(refused=(refusal, {"code_wrong": "code"}))), 401
    if not step.ended_totp:
        return _go_in(step, keep=keep)
    _tell_about_recovery(step)
    flash("Kode masuk sekarang mati, karena kode cadangan dipakai. Pasang lagi di HP yang baru.", "act")
    return _go_in(step, keep=keep, target=url_for("account.show"))


@blueprint.post("/keluar")
@allow(Access.PUBLIC)
def sign_out() -> Response:
    """End this browser's sign-in, on the server too."""
    end_this_browser(browser_token(), now=now())
    flash(translate("Anda sudah keluar."))
    answer = redirect(url_for("auth_pages.sign_in"), 303)
    clear_sign_in_cookie(answer)
    return answer


@blueprint.route("/masuk/tautan/<token>", methods=["GET", "POST"])
@allow(Access.PUBLIC)
def demo_link(token: str) -> Page:
    """Into the demonstration without a password, by one button. In production this page does not exist."""
    if settings().is_production:
        raise Refusal("not_found")
    try:
        name = check_sign_in_link(token, now=now())
        if request.method == "GET":
            return render_template("auth/demo_link.html", name=name)
        step = open_sign_in_link(token, device_name=browser_name(), replaces=browser_token(), now=now())
    except Refusal as refusal:
        return _ended(refusal, "sign_in")
    return _go_in(step, keep=True)


@blueprint.route("/mulai/<token>", methods=["GET", "POST"])
@allow(Access.PUBLIC)
def first_organizer(token: str) -> Page:
    """The first account and its bazaar, by the link that the server printed."""
    try:
        check_first_organizer_token(token, now=now())
        if request.method == "GET":
            return render_template("auth/first_organizer.html", typed=Typed())
        return _begin(token)
    except Refusal as refusal:
        return _ended(refusal, "first_organizer")


def _begin(token: str) -> Page:
    names = ("name", "email", "bazaar_name", "city", "help_phone")
    text = {name: request.form.get(name, "").strip() for name in names}
    password = request.form.get("password", "")
    errors = {name: translate("Nama perlu diisi.") for name in ("name", "bazaar_name") if not text[name]}
    errors |= _refused("email", lambda: read_email(text["email"]))
    errors |= _refused("password", lambda: check_new_password(password, about=(text["email"], text["name"], text["bazaar_name"])))
    text["help_phone"], error = _read_help_phone(text["help_phone"])
    if error:
        errors["help_phone"] = error
    if errors:  # all of them at once
        return render_template("auth/first_organizer.html", typed=_typed(*names, errors=errors)), 422
    return _go_in(begin(token, Start(**text, password=password), device_name=browser_name(), now=now()), keep=True)


def _refused(name: str, check: Callable[[], object]) -> dict[str, str]:
    """What a rule says about one field, in words."""
    try:
        check()
    except Refusal as refusal:
        return {name: word_refusal(refusal, current_language())[1]}
    return {}


def _read_help_phone(text: str) -> tuple[str, str]:
    """(E.164 or empty, what is wrong with it)."""
    if not text.strip():
        return "", ""
    try:
        return parse_callable_phone(text), ""
    except PhoneError:
        return "", translate("Nomor ini tidak terbaca. Contoh: 0812 0000 1024 atau (0331) 487000.")


@blueprint.route("/lupa-sandi", methods=["GET"])
@allow(Access.PUBLIC)
def forgot() -> Page:
    """Ask for a link to a new password."""
    return render_template("auth/forgot.html", typed=Typed({"email": request.args.get("email", "")}), can_send=_can_send())


@blueprint.post("/lupa-sandi")
@allow(Access.PUBLIC)
@limiter.limit(limits.LETTERS_TO_ACCOUNT, key_func=limits.named_email)
@limiter.limit(limits.LETTERS_BY_ADDRESS)
def ask_for_new_password() -> Page:
    """The same answer, as fast, whether anybody has that address or not."""
    if not _can_send():
        raise Refusal("mail_not_set_up")
    email, instant = request.form.get("email", "").strip(), now()
    if "@" not in email:
        typed = _typed("email", refused=(Refusal("email_wrong"), {"email_wrong": "email"}))
        return render_template("auth/forgot.html", typed=typed, can_send=True), 422
    later(lambda: _send_reset_letter(email, instant))
    return render_template("auth/sent.html", email=email)


def _send_reset_letter(email: str, instant: datetime) -> None:
    reset = ask_new_password(email, now=instant)
    channel = mail_channel(outside())
    if reset is not None and channel is not None:
        address = outside().links.page(f"/sandi-baru/{reset.token}")
        post(channel, reset_letter(reset.name, reset.email, reset.token, address, reset.minutes))


@blueprint.route("/sandi-baru/<token>", methods=["GET", "POST"])
@allow(Access.PUBLIC)
def new_password(token: str) -> Page:
    """Set a new password by a link; it signs nobody in."""
    try:
        email = check_reset_token(token, now=now())
        if request.method == "GET":
            return render_template("auth/new_password.html", email=email, typed=Typed())
        changed = set_new_password(token, request.form.get("password", ""), now=now())
    except Refusal as refusal:
        if refusal.code not in _PASSWORD_REFUSALS:
            return _ended(refusal, "new_password")
        typed = _typed(refused=(refusal, _PASSWORD_REFUSALS))
        return render_template("auth/new_password.html", email=email, typed=typed), 422
    if channel := mail_channel(outside()):
        post(channel, password_changed_letter(changed.name, changed.email, new_token()))
    flash(translate("Kata sandi baru sudah dipasang. Masuk dengan kata sandi itu."))
    answer = redirect(url_for("auth_pages.sign_in"), 303)
    clear_sign_in_cookie(answer)
    return answer


@blueprint.get("/undangan/<token>")
@allow(Access.PUBLIC)
def invited(token: str) -> Page:
    """What the invitation offers; a visit takes nothing."""
    try:
        return _invitation_page(invitation(token, now=now()), Typed())
    except Refusal as refusal:
        return _ended(refusal, "invitation")


@blueprint.post("/undangan/<token>")
@allow(Access.PUBLIC)
def join(token: str) -> Page:
    """Accept: with the account that is signed in, or with a new one."""
    try:
        offer = invitation(token, now=now())
        account_id = visitor().account_id
        if account_id is not None:
            accept_invitation(token, account_id, now=now())
            flash(f"Anda sekarang {'panitia' if offer.is_organizer else 'pembawa acara'} di {offer.bazaar_name}.")
            return redirect(url_for("account.show"), 303)
        step = accept_with_new_account(
            token, request.form.get("name", ""), request.form.get("password", ""), device_name=browser_name(), now=now()
        )
    except Refusal as refusal:
        if refusal.code == "account_link_ended":
            return _ended(refusal, "invitation")
        if refusal.code not in {"name_missing", *_PASSWORD_REFUSALS}:
            raise
        return _invitation_page(offer, _typed("name", refused=(refusal, {"name_missing": "name", **_PASSWORD_REFUSALS}))), 422
    return _go_in(step, keep=True)


def _invitation_page(offer: Invitation, typed: Typed) -> str:
    """Four cases: nobody signed in with or without an account, the right account, another one."""
    account_id = visitor().account_id
    my_email = account_page(account_id, sign_in_id=None, now=now()).email if account_id is not None else ""
    return render_template("auth/invitation.html", offer=offer, my_email=my_email, is_mine=my_email == offer.email, typed=typed)


def _ended(refusal: Refusal, door: str) -> tuple[str, int]:
    """The page behind a link that no longer works, with the way to another one."""
    if refusal.code != "account_link_ended":
        raise refusal
    status, text = word_refusal(refusal, current_language())
    return render_template("auth/ended.html", text=text, door=door), status


def _go_in(step: NewSignIn, *, keep: bool, target: str = "") -> Response:
    """On to where the visitor was going, with the new sign-in in the cookie."""
    answer = redirect(target or _asked_next() or _first_page(step.token), 303)
    set_sign_in_cookie(answer, step.token, step.expires_at, keep=keep)
    return answer


def _first_page(token: str) -> str:
    """The desk for organizers, the list of live sessions for hosts, the account for whoever belongs to no bazaar."""
    return home_of(visitor_of(hash_token(token), now=now()))


def _asked_next() -> str:
    return safe_next(request.args.get("next"))


def _typed(*names: str, errors: Mapping[str, str] | None = None, refused: tuple[Refusal, Mapping[str, str]] | None = None) -> Typed:
    """The form as it came, with the refusal worded under the field it is about."""
    errors = dict(errors or {})
    if refused is not None:
        refusal, fields = refused
        errors[fields[refusal.code]] = word_refusal(refusal, current_language())[1]
    return Typed({name: request.form.get(name, "") for name in names}, errors)


def _can_send() -> bool:
    return mail_channel(outside()) is not None


def _tell_about_recovery(step: NewSignIn) -> None:
    account_id = visitor_of(hash_token(step.token), now=now()).account_id
    channel = mail_channel(outside())
    if account_id is not None and channel is not None:
        page = account_page(account_id, sign_in_id=None, now=now())
        post(channel, totp_ended_letter(page.name, page.email, new_token()))
