"""A new password by mail: one link, which opens nothing else."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from bazaar.accounts import totp
from bazaar.accounts.resets import ask_new_password, check_reset_token, set_new_password
from bazaar.accounts.sign_in import sign_in
from bazaar.accounts.visitor import visitor_of
from bazaar.database import reading
from bazaar.refusals import Refusal
from bazaar.tokens import hash_token
from models import AccountToken
from tests import factories
from tests.conftest import START

EMAIL = "rani@contoh.id"
FRESH = "tembakau kopi hujan"


@pytest.fixture
def account_id(app: Flask) -> int:
    return factories.make_account(email=EMAIL, name="Rani", password_hash=factories.password_hash())


def test_a_token_is_made_for_an_account_and_only_there(account_id: int) -> None:
    factories.make_account(email="mati@contoh.id", disabled_at=START)

    reset = ask_new_password(f" {EMAIL.upper()}", now=START)

    assert (reset.name, reset.email, reset.minutes) == ("Rani", EMAIL, 30)
    assert [ask_new_password(email, now=START) for email in ("lain@contoh.id", "mati@contoh.id", "")] == [None] * 3
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(AccountToken)) == 1


def test_the_link_sets_a_password_once_and_ends_every_sign_in(account_id: int) -> None:
    browser = factories.make_sign_in(account_id=account_id)
    reset, second = (ask_new_password(EMAIL, now=START) for _ in range(2))
    assert check_reset_token(reset.token, now=START) == EMAIL

    told = set_new_password(reset.token, FRESH, now=START)

    assert (told.name, told.email, told.token) == ("Rani", EMAIL, "")
    assert not visitor_of(hash_token(browser), now=START).is_known
    assert sign_in(EMAIL, FRESH, now=START).token
    for token in (reset.token, second.token):
        with pytest.raises(Refusal, match="account_link_ended"):
            set_new_password(token, "kata lain yang baru", now=START)


def test_the_link_ends_after_half_an_hour(account_id: int) -> None:
    reset = ask_new_password(EMAIL, now=START)

    with pytest.raises(Refusal, match="account_link_ended"):
        check_reset_token(reset.token, now=START + timedelta(minutes=30))


def test_a_refused_password_leaves_the_link_whole(account_id: int) -> None:
    reset = ask_new_password(EMAIL, now=START)

    with pytest.raises(Refusal, match="password_personal"):
        set_new_password(reset.token, EMAIL, now=START)

    assert check_reset_token(reset.token, now=START) == EMAIL
    assert sign_in(EMAIL, factories.PASSWORD, now=START).token


def test_a_mailbox_alone_does_not_get_past_the_second_factor(app: Flask) -> None:
    sealed = totp.new_secret(factories.SECRET_KEY)
    factories.make_account(email=EMAIL, password_hash=factories.password_hash(), totp_secret=sealed, totp_confirmed_at=START)

    set_new_password(ask_new_password(EMAIL, now=START).token, FRESH, now=START)

    assert sign_in(EMAIL, FRESH, now=START).awaits_code
