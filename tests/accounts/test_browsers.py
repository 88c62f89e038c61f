"""Browsers one is signed in with: each can be ended, and only by its owner."""

import pytest
from flask import Flask

from bazaar.accounts.browsers import renew_token, revoke_browser, revoke_other_browsers
from bazaar.accounts.visitor import visitor_of
from bazaar.database import transaction
from bazaar.refusals import Refusal
from bazaar.tokens import hash_token
from tests import factories
from tests.conftest import START


def sign_in_id(token: str) -> int:
    return visitor_of(hash_token(token), now=START).sign_in_id or 0


def is_in(token: str) -> bool:
    return visitor_of(hash_token(token), now=START).is_known


@pytest.fixture
def mine(app: Flask) -> int:
    return factories.make_account()


def test_one_browser_is_ended_and_ending_it_again_is_fine(mine: int) -> None:
    lost, here = (factories.make_sign_in(account_id=mine) for _ in range(2))
    lost_id = sign_in_id(lost)

    revoke_browser(mine, lost_id, now=START)
    revoke_browser(mine, lost_id, now=START)

    assert [is_in(lost), is_in(here)] == [False, True]


def test_somebody_elses_browser_does_not_exist(mine: int) -> None:
    theirs = factories.make_sign_in(account_id=factories.make_account())

    with pytest.raises(Refusal, match="not_found"):
        revoke_browser(mine, sign_in_id(theirs), now=START)

    assert is_in(theirs)


def test_all_but_this_or_all_are_ended_and_nobody_elses(mine: int) -> None:
    here, *others = (factories.make_sign_in(account_id=mine) for _ in range(3))
    theirs = factories.make_sign_in(account_id=factories.make_account())

    assert revoke_other_browsers(mine, but=sign_in_id(here), now=START) == 2
    assert [is_in(token) for token in (here, *others, theirs)] == [True, False, False, True]
    assert revoke_other_browsers(mine, but=None, now=START) == 1
    assert [is_in(here), is_in(theirs)] == [False, True]


def test_a_renewed_token_replaces_the_one_before(mine: int) -> None:
    old = factories.make_sign_in(account_id=mine)
    old_id = sign_in_id(old)

    with transaction() as session:
        new, _expires_at = renew_token(session, old_id)

    assert [is_in(old), is_in(new)] == [False, True]


def test_an_ended_browser_gets_no_new_token(mine: int) -> None:
    old = factories.make_sign_in(account_id=mine)
    old_id = sign_in_id(old)
    revoke_browser(mine, old_id, now=START)

    with transaction() as session, pytest.raises(Refusal, match="not_found"):
        renew_token(session, old_id)
