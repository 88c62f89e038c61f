"""What accounts forget: a month after its end, and never what the ledger names."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from bazaar.accounts import account_tokens
from bazaar.accounts.retention import KEPT_FOR, purge_sign_ins
from bazaar.accounts.sign_in import sign_out
from bazaar.database import reading, transaction
from bazaar.sales.entry import store_entries
from bazaar.states import TokenPurpose
from bazaar.tokens import hash_token
from models import AccountToken, SignIn
from tests import factories
from tests.conftest import START

AFTER = START + KEPT_FOR + timedelta(seconds=1)


def kept() -> set[str]:
    with reading() as session:
        return set(session.scalars(select(SignIn.token_hash)))


def test_ended_sign_ins_and_spent_tokens_go_after_a_month(app: Flask) -> None:
    account_id = factories.make_account()
    open_one, expired, signed_out = (
        factories.make_sign_in(account_id=account_id),
        factories.make_sign_in(account_id=account_id, expires_at=START),
        factories.make_sign_in(account_id=account_id),
    )
    sign_out(signed_out, now=START)
    with transaction() as session:
        account_tokens.issue(session, TokenPurpose.PASSWORD_RESET, account_id=account_id, now=START - timedelta(minutes=30))

    assert purge_sign_ins(now=START + KEPT_FOR) == 0
    assert kept() == {hash_token(token) for token in (open_one, expired, signed_out)}

    assert purge_sign_ins(now=AFTER) == 3
    assert kept() == {hash_token(open_one)}
    with reading() as session:
        assert session.scalars(select(AccountToken)).all() == []


def test_a_sign_in_under_which_a_sale_was_logged_stays(app: Flask) -> None:
    live_session_id = factories.make_live_session(edition_id := factories.make_edition(), starts_at=START)
    factories.make_product(edition_id, factories.make_vendor(edition_id), code="K01")
    token = factories.make_sign_in(account_id=factories.make_account(), expires_at=START)
    with reading() as session:
        sign_in_id = session.scalar(select(SignIn.id))
    sale = {"uuid": "018f3a52-7b1c-7d3e-8a4f-5b6c7d8e9f00", "kind": "sale", "slot_position": 1, "product_code": "K01", "qty": 1}
    store_entries(live_session_id, [sale], device_id=None, sign_in_id=sign_in_id, device_name="hp-1", now=START)

    assert purge_sign_ins(now=AFTER) == 0
    assert kept() == {hash_token(token)}
