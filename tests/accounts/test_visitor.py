"""Who a request comes from, and every way in which a sign-in stops counting."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from bazaar.accounts.visitor import IDLE_LIMIT, NOBODY, SEEN_EVERY, Visitor, device_of, visitor_of
from bazaar.database import reading, transaction
from bazaar.states import Role
from bazaar.tokens import hash_token
from models import Account, Link, Membership, SignIn
from tests import factories
from tests.conftest import START


def who(token: str, *, now=START) -> Visitor:
    return visitor_of(hash_token(token), now=now)


def change(model, **values) -> None:
    with transaction() as session:
        session.execute(update(model).values(**values))


def test_an_account_comes_with_its_roles_in_each_bazaar(app: Flask) -> None:
    first, second = factories.make_bazaar(), factories.make_bazaar()
    account_id = factories.make_account(bazaar_id=first, name="Rani")
    with transaction() as session:
        session.add(Membership(bazaar_id=second, account_id=account_id, role=Role.HOST, created_at=START))

    visitor = who(factories.make_sign_in(account_id=account_id))

    assert (visitor.account_id, visitor.name) == (account_id, "Rani")
    assert visitor.roles == {(first, Role.ORGANIZER), (second, Role.HOST)}
    assert [visitor.has_role(second, Role.ORGANIZER), visitor.may_host(1, second), visitor.may_host(1, second + 1)] == [False, True, False]


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (SignIn, {"revoked_at": START}),
        (SignIn, {"expires_at": START}),
        (SignIn, {"awaits_totp": True}),
        (SignIn, {"last_seen_at": START - IDLE_LIMIT - timedelta(seconds=1)}),
        (Account, {"disabled_at": START}),
    ],
)
def test_a_sign_in_counts_no_longer(app: Flask, model, values) -> None:
    token = factories.make_sign_in(account_id=factories.make_account())
    assert who(token).is_known

    change(model, **values)

    assert who(token) == NOBODY


def test_an_ended_membership_counts_no_longer_from_the_next_request_on(app: Flask) -> None:
    bazaar_id = factories.make_bazaar()
    token = factories.make_sign_in(account_id=factories.make_account(bazaar_id=bazaar_id))

    change(Membership, ended_at=START)

    assert who(token).is_known
    assert who(token).roles == frozenset()


@pytest.mark.parametrize("values", [{"revoked_at": START}, {"expires_at": START}])
def test_a_host_is_out_as_soon_as_the_link_is(app: Flask, values) -> None:
    live_session_id = factories.make_live_session(edition_id := factories.make_edition())
    link_id, _ = factories.make_link(edition_id, live_session_id=live_session_id)
    token = factories.make_sign_in(link_id=link_id)
    assert who(token).may_host(live_session_id, 999)

    change(Link, **values)

    assert who(token) == NOBODY


def test_being_seen_is_noted_every_few_minutes_not_at_every_request(app: Flask) -> None:
    token = factories.make_sign_in(account_id=factories.make_account())
    seen = []

    for wait in (timedelta(), SEEN_EVERY - timedelta(seconds=1), SEEN_EVERY + timedelta(seconds=1)):
        who(token, now=START + wait)
        with reading() as session:
            seen.append(session.scalar(select(SignIn.last_seen_at)))

    assert seen == [START, START, START + SEEN_EVERY + timedelta(seconds=1)]


def test_an_unknown_token_is_nobody(app: Flask) -> None:
    assert who("guessed") == NOBODY


def test_a_device_is_known_by_its_key_until_it_ends(app: Flask) -> None:
    live_session_id = factories.make_live_session(factories.make_edition())
    _, key = factories.make_device(live_session_id, name="hp-1")
    _, revoked = factories.make_device(live_session_id, revoked_at=START)
    _, expired = factories.make_device(live_session_id, expires_at=START)

    device = device_of(hash_token(key), now=START)

    assert device is not None
    assert (device.name, device.live_session_id) == ("hp-1", live_session_id)
    assert [device_of(hash_token(other), now=START) for other in (revoked, expired, "guessed")] == [None] * 3
