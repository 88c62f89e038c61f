"""One's own account: every change asks for what it needs and ends what it must."""

from datetime import timedelta

import pyotp
import pytest
from flask import Flask

from bazaar.accounts import profile
from bazaar.accounts.resets import ask_new_password, check_reset_token
from bazaar.accounts.sign_in import sign_in
from bazaar.accounts.visitor import visitor_of
from bazaar.database import transaction
from bazaar.refusals import Refusal
from bazaar.states import Role
from bazaar.tokens import hash_token
from models import Membership
from tests import factories
from tests.conftest import START

KEY = factories.SECRET_KEY
EMAIL = "rani@contoh.id"
FRESH = "tembakau kopi hujan"


@pytest.fixture
def me(app: Flask) -> int:
    return factories.make_account(email=EMAIL, name="Rani", password_hash=factories.password_hash())


@pytest.fixture
def here(me: int) -> str:
    """The browser in front of me."""
    return factories.make_sign_in(account_id=me)


def sign_in_id(token: str) -> int:
    return visitor_of(hash_token(token), now=START).sign_in_id or 0


def is_in(token: str) -> bool:
    return visitor_of(hash_token(token), now=START).is_known


def switch_on(me: int, here: str) -> str:
    """Put the second factor on; returns this browser's new token."""
    profile.begin_totp(me, factories.PASSWORD, KEY, now=START)
    return profile.confirm_totp(me, code(me), KEY, sign_in_id=sign_in_id(here), now=START).token


def code(me: int) -> str:
    setup = profile.totp_setup(me, KEY)
    assert setup is not None
    return pyotp.TOTP(setup.secret.replace(" ", "")).at(START)


def test_the_page_shows_browsers_and_bazaars_this_browser_first(me: int, here: str) -> None:
    now_there, left = factories.make_bazaar(name="Pasar Jember"), factories.make_bazaar(name="Pasar Lama")
    with transaction() as session:
        session.add(Membership(bazaar_id=now_there, account_id=me, role=Role.HOST, created_at=START))
        session.add(Membership(bazaar_id=left, account_id=me, role=Role.ORGANIZER, created_at=START, ended_at=START))
    factories.make_sign_in(account_id=me)
    factories.make_sign_in(account_id=me, expires_at=START)

    page = profile.account_page(me, sign_in_id=sign_in_id(here), now=START)

    assert (page.name, page.email, page.has_totp, page.other_count) == ("Rani", EMAIL, False, 1)
    assert [browser.is_this for browser in page.browsers] == [True, False]
    assert [(place.bazaar_name, place.is_organizer) for place in page.places] == [("Pasar Jember", False)]


def test_a_name_is_changed_but_never_emptied(me: int) -> None:
    profile.change_name(me, "  Rani Prameswari ", now=START)

    with pytest.raises(Refusal, match="name_missing"):
        profile.change_name(me, "   ", now=START)
    assert profile.account_page(me, sign_in_id=None, now=START).name == "Rani Prameswari"


def test_a_new_password_ends_other_browsers_old_token_and_reset_links(me: int, here: str) -> None:
    elsewhere = factories.make_sign_in(account_id=me)
    reset = ask_new_password(EMAIL, now=START)

    step = profile.change_password(me, factories.PASSWORD, FRESH, sign_in_id=sign_in_id(here), now=START)

    assert [is_in(token) for token in (elsewhere, here, step.token)] == [False, False, True]
    assert sign_in(EMAIL, FRESH, now=START).token
    with pytest.raises(Refusal, match="sign_in_wrong"):
        sign_in(EMAIL, factories.PASSWORD, now=START)
    with pytest.raises(Refusal, match="account_link_ended"):
        check_reset_token(reset.token, now=START)


@pytest.mark.parametrize(
    ("old", "new", "code"), [("salah sekali", FRESH, "password_wrong"), (factories.PASSWORD, "pendek", "password_short")]
)
def test_a_refused_password_changes_nothing(me: int, here: str, old: str, new: str, code: str) -> None:
    elsewhere = factories.make_sign_in(account_id=me)

    with pytest.raises(Refusal) as refused:
        profile.change_password(me, old, new, sign_in_id=sign_in_id(here), now=START)

    assert refused.value.code == code
    assert [is_in(elsewhere), is_in(here)] == [True, True]
    assert sign_in(EMAIL, factories.PASSWORD, now=START).token


def test_the_second_factor_counts_only_after_a_first_right_code(me: int, here: str) -> None:
    profile.begin_totp(me, factories.PASSWORD, KEY, now=START)
    assert not sign_in(EMAIL, factories.PASSWORD, now=START).awaits_code
    with pytest.raises(Refusal, match="code_wrong"):
        profile.confirm_totp(me, "000000", KEY, sign_in_id=sign_in_id(here), now=START)

    profile.confirm_totp(me, code(me), KEY, sign_in_id=sign_in_id(here), now=START)

    assert sign_in(EMAIL, factories.PASSWORD, now=START).awaits_code
    assert profile.account_page(me, sign_in_id=None, now=START).has_totp


def test_switching_it_on_ends_browsers_that_signed_in_without(me: int, here: str) -> None:
    elsewhere = factories.make_sign_in(account_id=me)

    fresh = switch_on(me, here)

    assert [is_in(token) for token in (elsewhere, here, fresh)] == [False, False, True]


def test_the_secret_is_shown_only_before_it_counts(me: int, here: str) -> None:
    assert profile.totp_setup(me, KEY) is None
    profile.begin_totp(me, factories.PASSWORD, KEY, now=START)
    setup = profile.totp_setup(me, KEY)
    assert setup is not None
    assert setup.address.startswith("otpauth://totp/Giliran:rani%40contoh.id?secret=" + setup.secret.replace(" ", ""))
    assert len(setup.recovery_code) == 19

    profile.confirm_totp(me, code(me), KEY, sign_in_id=sign_in_id(here), now=START)

    assert profile.totp_setup(me, KEY) is None


def test_what_is_on_cannot_be_begun_or_confirmed_again(me: int, here: str) -> None:
    switch_on(me, here)

    with pytest.raises(Refusal, match="totp_is_on"):
        profile.begin_totp(me, factories.PASSWORD, KEY, now=START)
    with pytest.raises(Refusal, match="totp_is_on"):
        profile.confirm_totp(me, "123456", KEY, sign_in_id=1, now=START)


def test_an_unlocked_phone_alone_neither_begins_nor_ends_it(me: int, here: str) -> None:
    with pytest.raises(Refusal, match="password_wrong"):
        profile.begin_totp(me, "salah sekali", KEY, now=START)
    switch_on(me, here)
    with pytest.raises(Refusal, match="password_wrong"):
        profile.disable_totp(me, "salah sekali", now=START)

    assert sign_in(EMAIL, factories.PASSWORD, now=START).awaits_code


def test_switched_off_the_password_alone_suffices_again(me: int, here: str) -> None:
    switch_on(me, here)

    profile.disable_totp(me, factories.PASSWORD, now=START)

    assert not sign_in(EMAIL, factories.PASSWORD, now=START).awaits_code


def test_whoever_runs_the_server_can_switch_it_off_which_ends_every_browser(me: int, here: str) -> None:
    fresh = switch_on(me, here)

    assert profile.forget_totp(f" {EMAIL.upper()} ", now=START + timedelta(minutes=1)) == "Rani"

    assert not is_in(fresh)
    assert not sign_in(EMAIL, factories.PASSWORD, now=START).awaits_code
    with pytest.raises(Refusal, match="account_unknown"):
        profile.forget_totp("lain@contoh.id", now=START)
