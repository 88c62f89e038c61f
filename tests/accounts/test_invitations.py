"""Invitations: for one address, one role, once."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from bazaar.accounts.invitations import (
    OpenInvitation,
    accept_invitation,
    accept_with_new_account,
    invitation,
    invite,
    open_invitations,
    withdraw_invitation,
)
from bazaar.accounts.members import end_membership, members_page
from bazaar.accounts.visitor import visitor_of
from bazaar.database import reading
from bazaar.refusals import Refusal
from bazaar.states import Role
from bazaar.tokens import hash_token
from models import Account, AccountToken
from tests import factories
from tests.conftest import START

KEY = factories.SECRET_KEY
GUEST = "tamu@contoh.id"


@pytest.fixture
def bazaar_id(app: Flask) -> int:
    return factories.make_bazaar(name="Pasar Virtual Jember")


def invite_guest(bazaar_id: int, role: Role = Role.HOST, *, now=START) -> OpenInvitation:
    return invite(bazaar_id, GUEST, role, KEY, by=None, now=now)


def open_ones(bazaar_id: int, key: str = KEY, *, now=START) -> tuple[OpenInvitation, ...]:
    with reading() as session:
        return open_invitations(session, bazaar_id, key, now=now)


def role_of(bazaar_id: int, email: str) -> Role | None:
    members = members_page(bazaar_id, KEY, account_id=None, now=START).members
    return next((member.role for member in members if member.email == email), None)


def test_an_invitation_tells_the_guest_what_it_offers_and_stays_whole(bazaar_id: int) -> None:
    made = invite_guest(bazaar_id, Role.ORGANIZER)

    offers = [invitation(made.token, now=START) for _ in range(2)]

    assert offers[0] == offers[1]
    assert (offers[0].bazaar_name, offers[0].email, offers[0].is_organizer, offers[0].has_account) == (
        "Pasar Virtual Jember",
        GUEST,
        True,
        False,
    )


def test_the_organizer_can_copy_the_link_again_but_the_database_does_not_hold_it(bazaar_id: int) -> None:
    made = invite_guest(bazaar_id)

    with reading() as session:
        row = session.scalars(select(AccountToken)).one()

    assert open_ones(bazaar_id) == (made,)
    assert row.token_hash == hash_token(made.token)
    assert open_ones(bazaar_id, KEY + "x")[0].token != made.token


def test_a_guest_joins_with_a_new_account_and_is_signed_in(bazaar_id: int) -> None:
    made = invite_guest(bazaar_id)

    step = accept_with_new_account(made.token, " Tamu Baru ", factories.PASSWORD, now=START)

    visitor = visitor_of(hash_token(step.token), now=START)
    assert (visitor.name, visitor.roles) == ("Tamu Baru", {(bazaar_id, Role.HOST)})
    with pytest.raises(Refusal, match="account_link_ended"):
        invitation(made.token, now=START)


def test_a_guest_with_an_account_joins_as_that(bazaar_id: int) -> None:
    account_id = factories.make_account(email=GUEST)
    made = invite_guest(bazaar_id, Role.ORGANIZER)

    assert invitation(made.token, now=START).has_account
    accept_invitation(made.token, account_id, now=START)

    assert role_of(bazaar_id, GUEST) is Role.ORGANIZER


def test_nobody_else_can_take_an_invitation(bazaar_id: int) -> None:
    stranger = factories.make_account(email="lain@contoh.id")
    made = invite_guest(bazaar_id)

    with pytest.raises(Refusal, match="invitation_for_other"):
        accept_invitation(made.token, stranger, now=START)

    assert role_of(bazaar_id, "lain@contoh.id") is None
    assert invitation(made.token, now=START).email == GUEST


def test_an_existing_account_is_not_taken_over_by_a_new_password(bazaar_id: int) -> None:
    factories.make_account(email=GUEST, password_hash=factories.password_hash())
    made = invite_guest(bazaar_id)

    with pytest.raises(Refusal, match="has_account"):
        accept_with_new_account(made.token, "Penyusup", "kata sandi yang lain", now=START)

    with reading() as session:
        assert session.scalar(select(Account.password_hash)) == factories.password_hash()


@pytest.mark.parametrize(
    ("name", "password", "code"),
    [("", factories.PASSWORD, "name_missing"), ("Tamu", "pendek", "password_short"), ("Tamu", GUEST, "password_personal")],
)
def test_a_refused_form_leaves_the_invitation_open(bazaar_id: int, name: str, password: str, code: str) -> None:
    made = invite_guest(bazaar_id)

    with pytest.raises(Refusal) as refused:
        accept_with_new_account(made.token, name, password, now=START)

    assert refused.value.code == code
    assert open_ones(bazaar_id) == (made,)


def test_an_invitation_lasts_a_week(bazaar_id: int) -> None:
    made = invite_guest(bazaar_id)

    with pytest.raises(Refusal, match="account_link_ended"):
        accept_with_new_account(made.token, "Tamu", factories.PASSWORD, now=START + timedelta(days=7))

    assert open_ones(bazaar_id, now=START + timedelta(days=7)) == ()


def test_inviting_again_replaces_the_link(bazaar_id: int) -> None:
    first = invite_guest(bazaar_id)
    second = invite_guest(bazaar_id, Role.ORGANIZER, now=START + timedelta(minutes=1))

    assert open_ones(bazaar_id) == (second,)
    with pytest.raises(Refusal, match="account_link_ended"):
        invitation(first.token, now=START)


def test_a_withdrawn_invitation_opens_nothing(bazaar_id: int) -> None:
    made = invite_guest(bazaar_id)

    withdraw_invitation(bazaar_id, made.id, by=None, now=START)

    with pytest.raises(Refusal, match="account_link_ended"):
        invitation(made.token, now=START)
    with pytest.raises(Refusal, match="not_found"):
        withdraw_invitation(bazaar_id, made.id, by=None, now=START)


def test_another_bazaars_invitation_does_not_exist(bazaar_id: int) -> None:
    made = invite_guest(bazaar_id)

    with pytest.raises(Refusal, match="not_found"):
        withdraw_invitation(factories.make_bazaar(), made.id, by=None, now=START)

    assert open_ones(bazaar_id) == (made,)


def test_a_member_is_not_invited_again_but_a_former_one_may_return(bazaar_id: int) -> None:
    factories.make_account(bazaar_id=bazaar_id)
    account_id = factories.make_account(bazaar_id=bazaar_id, email=GUEST, role=Role.HOST)
    with pytest.raises(Refusal, match="already_member"):
        invite_guest(bazaar_id)
    membership_id = next(m.membership_id for m in members_page(bazaar_id, KEY, account_id=None, now=START).members if m.email == GUEST)

    end_membership(bazaar_id, membership_id, by=None, now=START)
    accept_invitation(invite_guest(bazaar_id).token, account_id, now=START)

    assert role_of(bazaar_id, GUEST) is Role.HOST


def test_an_address_that_is_none_is_refused(bazaar_id: int) -> None:
    with pytest.raises(Refusal, match="email_wrong"):
        invite(bazaar_id, "tamu", Role.HOST, KEY, by=None, now=START)
