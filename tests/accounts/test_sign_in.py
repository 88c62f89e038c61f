"""Signing in, by each of its ways, and signing out for real."""

from datetime import datetime, timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from bazaar.accounts import totp
from bazaar.accounts.sign_in import (
    HOST_LINK_AFTER_END,
    KEPT_FOR,
    SHORT_FOR,
    awaited_account_id,
    check_sign_in_link,
    confirm_code,
    make_sign_in_link,
    open_host_link,
    open_sign_in_link,
    sign_in,
    sign_out,
)
from bazaar.accounts.visitor import NOBODY, Visitor, visitor_of
from bazaar.database import reading
from bazaar.refusals import Refusal
from bazaar.tokens import hash_token
from models import Account, SignIn
from tests import factories
from tests.conftest import START

KEY = factories.SECRET_KEY
EMAIL = "rani@contoh.id"


@pytest.fixture
def account_id(app: Flask) -> int:
    return factories.make_account(email=EMAIL, name="Rani", password_hash=factories.password_hash())


@pytest.fixture
def careful_id(app: Flask) -> int:
    """An account with a second factor."""
    return factories.make_account(
        email=EMAIL, password_hash=factories.password_hash(), totp_secret=totp.new_secret(KEY), totp_confirmed_at=START
    )


def who(token: str, *, now: datetime = START) -> Visitor:
    return visitor_of(hash_token(token), now=now)


def sealed_of(account_id: int) -> str | None:
    with reading() as session:
        return session.get_one(Account, account_id).totp_secret


def code_for(account_id: int, *, now: datetime = START) -> str:
    return pyotp.TOTP(totp.open_secret(sealed_of(account_id) or "", KEY)).at(now)


def test_the_right_password_signs_in_and_only_the_hash_of_the_cookie_is_kept(account_id: int) -> None:
    step = sign_in(f" {EMAIL.upper()} ", factories.PASSWORD, device_name="Chrome di Android", now=START)

    assert who(step.token).account_id == account_id
    with reading() as session:
        row = session.scalars(select(SignIn)).one()
    assert (row.token_hash, row.device_name) == (hash_token(step.token), "Chrome di Android")


@pytest.mark.parametrize(("keep", "lasts"), [(False, SHORT_FOR), (True, KEPT_FOR)])
def test_a_sign_in_lasts_an_evening_or_a_month(account_id: int, keep: bool, lasts: timedelta) -> None:
    step = sign_in(EMAIL, factories.PASSWORD, keep=keep, now=START)

    assert step.expires_at == START + lasts


@pytest.mark.parametrize(("email", "password"), [(EMAIL, "salah sekali"), ("lain@contoh.id", factories.PASSWORD), ("", "")])
def test_wrong_password_and_unknown_address_are_refused_alike(account_id: int, email: str, password: str) -> None:
    with pytest.raises(Refusal, match="sign_in_wrong"):
        sign_in(email, password, now=START)


def test_a_disabled_account_is_refused_like_a_wrong_password(app: Flask) -> None:
    factories.make_account(email=EMAIL, password_hash=factories.password_hash(), disabled_at=START)

    with pytest.raises(Refusal, match="sign_in_wrong"):
        sign_in(EMAIL, factories.PASSWORD, now=START)


def test_signing_in_ends_what_the_browser_held_before(account_id: int) -> None:
    planted = sign_in(EMAIL, factories.PASSWORD, now=START)

    fresh = sign_in(EMAIL, factories.PASSWORD, replaces=planted.token, now=START)

    assert [who(planted.token), who(fresh.token).account_id] == [NOBODY, account_id]


def test_an_older_hash_is_renewed_when_its_owner_signs_in(app: Flask, monkeypatch) -> None:
    monkeypatch.setattr("bazaar.accounts.passwords.needs_rehash", lambda _stored: True)
    account_id = factories.make_account(email=EMAIL, password_hash=factories.password_hash())

    sign_in(EMAIL, factories.PASSWORD, now=START)

    with reading() as session:
        assert session.get_one(Account, account_id).password_hash != factories.password_hash()
    assert sign_in(EMAIL, factories.PASSWORD, now=START).token


def test_with_a_second_factor_the_password_alone_opens_nothing(careful_id: int) -> None:
    step = sign_in(EMAIL, factories.PASSWORD, now=START)

    assert step.awaits_code
    assert who(step.token) == NOBODY
    assert awaited_account_id(step.token, now=START) == careful_id


def test_the_code_completes_the_sign_in_under_a_new_token(careful_id: int) -> None:
    pending = sign_in(EMAIL, factories.PASSWORD, now=START)

    step = confirm_code(pending.token, code_for(careful_id), KEY, keep=True, now=START)

    assert who(step.token).account_id == careful_id
    assert step.token != pending.token
    assert step.expires_at == START + KEPT_FOR
    assert awaited_account_id(pending.token, now=START) is None


def test_a_wrong_code_leaves_the_door_as_it_was(careful_id: int) -> None:
    pending = sign_in(EMAIL, factories.PASSWORD, now=START)

    with pytest.raises(Refusal, match="code_wrong"):
        confirm_code(pending.token, "000000", KEY, now=START)

    assert confirm_code(pending.token, code_for(careful_id), KEY, now=START).token


def test_the_code_is_waited_for_ten_minutes(careful_id: int) -> None:
    pending = sign_in(EMAIL, factories.PASSWORD, now=START)
    late = START + timedelta(minutes=10)

    with pytest.raises(Refusal, match="code_too_late"):
        confirm_code(pending.token, code_for(careful_id, now=late), KEY, now=late)


def test_a_full_sign_in_owes_no_code(account_id: int) -> None:
    step = sign_in(EMAIL, factories.PASSWORD, now=START)

    assert awaited_account_id(step.token, now=START) is None
    with pytest.raises(Refusal, match="code_too_late"):
        confirm_code(step.token, "123456", KEY, now=START)


def test_the_recovery_code_signs_in_once_and_switches_the_second_factor_off(careful_id: int) -> None:
    paper = totp.recovery_code(sealed_of(careful_id) or "", KEY)
    pending = sign_in(EMAIL, factories.PASSWORD, now=START)
    other = sign_in(EMAIL, factories.PASSWORD, now=START)

    step = confirm_code(pending.token, paper.lower(), KEY, now=START)

    assert step.ended_totp
    assert who(step.token).account_id == careful_id
    assert sealed_of(careful_id) is None
    with pytest.raises(Refusal, match="code_wrong"):
        confirm_code(other.token, paper, KEY, now=START)


def test_signing_out_makes_the_cookie_worthless(account_id: int) -> None:
    step = sign_in(EMAIL, factories.PASSWORD, now=START)

    sign_out(step.token, now=START)
    sign_out("never there", now=START)

    assert who(step.token) == NOBODY


def test_a_host_link_lets_into_its_live_session_only(app: Flask) -> None:
    live_session_id = factories.make_live_session(edition_id := factories.make_edition(), starts_at=START)
    link_id, _token = factories.make_link(edition_id, live_session_id=live_session_id, label="Mbak Laras")

    visitor = who(open_host_link(link_id, now=START).token)

    assert (visitor.account_id, visitor.live_session_id, visitor.name, visitor.roles) == (None, live_session_id, "Mbak Laras", frozenset())


def test_a_host_link_ends_two_days_after_the_live_session_or_earlier_with_the_link(app: Flask) -> None:
    live_session_id = factories.make_live_session(edition_id := factories.make_edition(), starts_at=START)
    ends_at = START + timedelta(minutes=90)
    open_ended, _ = factories.make_link(edition_id, live_session_id=live_session_id)
    short, _ = factories.make_link(edition_id, live_session_id=live_session_id, expires_at=ends_at)

    assert open_host_link(open_ended, now=START).expires_at == ends_at + HOST_LINK_AFTER_END
    assert open_host_link(short, now=START).expires_at == ends_at
    with pytest.raises(Refusal, match="link_ended"):
        open_host_link(open_ended, now=ends_at + HOST_LINK_AFTER_END)


def test_a_revoked_host_link_and_a_vendors_link_open_no_console(app: Flask) -> None:
    live_session_id = factories.make_live_session(edition_id := factories.make_edition())
    revoked, _ = factories.make_link(edition_id, live_session_id=live_session_id, revoked_at=START)
    vendors, _ = factories.make_link(edition_id, vendor_id=factories.make_vendor(edition_id))

    for link_id in (revoked, vendors, 999_999):
        with pytest.raises(Refusal, match="link_ended"):
            open_host_link(link_id, now=START)


def test_a_demonstration_link_opens_again_and_again(account_id: int) -> None:
    token = make_sign_in_link(account_id, now=START)

    first, second = (open_sign_in_link(token, now=START) for _ in range(2))

    assert check_sign_in_link(token, now=START) == "Rani"
    assert [who(first.token).account_id, who(second.token).account_id] == [account_id, account_id]


def test_a_demonstration_link_ends_after_thirty_days_and_for_a_disabled_account(app: Flask) -> None:
    token = make_sign_in_link(factories.make_account(), now=START)
    disabled = make_sign_in_link(factories.make_account(disabled_at=START), now=START)

    with pytest.raises(Refusal, match="account_link_ended"):
        open_sign_in_link(token, now=START + timedelta(days=30))
    with pytest.raises(Refusal, match="account_link_ended"):
        open_sign_in_link(disabled, now=START)
