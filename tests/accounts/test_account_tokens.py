"""Single-use tokens: found while they last, spent once, indistinguishable when they are not."""

from datetime import timedelta

import pytest
from flask import Flask

from bazaar.accounts import account_tokens
from bazaar.database import reading, transaction
from bazaar.refusals import Refusal
from bazaar.states import TokenPurpose
from models import AccountToken
from tests.conftest import START


@pytest.fixture
def token(app: Flask) -> str:
    return issue(TokenPurpose.PASSWORD_RESET)


def issue(purpose: TokenPurpose) -> str:
    with transaction() as session:
        return account_tokens.issue(session, purpose, now=START)


def find(token: str, purpose: TokenPurpose = TokenPurpose.PASSWORD_RESET, *, now=START) -> AccountToken:
    with reading() as session:
        return account_tokens.find(session, token, purpose, now=now)


def test_the_token_itself_is_not_stored(token: str) -> None:
    row = find(token)

    assert token not in (row.token_hash, row.email)
    assert len(token) == 43


@pytest.mark.parametrize("purpose", list(TokenPurpose))
def test_a_token_ends_with_its_time(app: Flask, purpose: TokenPurpose) -> None:
    token, lasts = issue(purpose), account_tokens.LASTS[purpose]

    assert find(token, purpose, now=START + lasts - timedelta(seconds=1)).purpose is purpose
    with pytest.raises(Refusal, match="account_link_ended"):
        find(token, purpose, now=START + lasts)


def test_a_token_opens_nothing_but_its_purpose(token: str) -> None:
    for purpose in set(TokenPurpose) - {TokenPurpose.PASSWORD_RESET}:
        with pytest.raises(Refusal, match="account_link_ended"):
            find(token, purpose)


def test_a_token_is_spent_once_even_by_two_who_found_it_at_the_same_time(token: str) -> None:
    row = find(token)

    with transaction() as session:
        account_tokens.use(session, row, now=START)

    with transaction() as session, pytest.raises(Refusal, match="account_link_ended"):
        account_tokens.use(session, row, now=START)
    with pytest.raises(Refusal, match="account_link_ended"):
        find(token)


def test_ending_unused_tokens_leaves_others_alone(token: str) -> None:
    other = issue(TokenPurpose.SIGN_IN)

    with transaction() as session:
        ended = account_tokens.end_unused(session, AccountToken.purpose == TokenPurpose.PASSWORD_RESET, now=START)

    assert ended == 1
    assert find(other, TokenPurpose.SIGN_IN).used_at is None
