"""The very first organizer: one link, one account, one bazaar."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from bazaar.accounts.first_organizer import Start, begin, check_first_organizer_token, ensure_first_organizer_token
from bazaar.accounts.visitor import visitor_of
from bazaar.database import reading
from bazaar.refusals import Refusal
from bazaar.states import Role
from bazaar.tokens import hash_token
from models import Account, Audit, Bazaar
from tests import factories
from tests.conftest import START

RANI = Start("Rani Prameswari", "Rani@Contoh.id", factories.PASSWORD, "Pasar Virtual Jember", "Jember", "+6281200001024")


def test_the_first_organizer_owns_a_bazaar_and_is_signed_in(app: Flask) -> None:
    token = ensure_first_organizer_token(now=START)

    step = begin(token, RANI, device_name="Chrome di Android", now=START)

    visitor = visitor_of(hash_token(step.token), now=START)
    with reading() as session:
        bazaar = session.scalars(select(Bazaar)).one()
        actions = session.scalars(select(Audit.action).order_by(Audit.id)).all()
        assert session.scalars(select(Account.email)).all() == ["rani@contoh.id"]
    assert (bazaar.slug, bazaar.name, bazaar.city, bazaar.help_phone) == (
        "pasar-virtual-jember",
        "Pasar Virtual Jember",
        "Jember",
        "+6281200001024",
    )
    assert visitor.roles == {(bazaar.id, Role.ORGANIZER)}
    assert actions == ["create_bazaar", "sign_in"]


def test_only_the_newest_link_works_and_looking_at_it_changes_nothing(app: Flask) -> None:
    older, newest = (ensure_first_organizer_token(now=START) for _ in range(2))

    check_first_organizer_token(newest, now=START)
    check_first_organizer_token(newest, now=START)

    with pytest.raises(Refusal, match="account_link_ended"):
        check_first_organizer_token(older, now=START)


def test_the_link_ends_after_a_day_and_with_its_first_use(app: Flask) -> None:
    token = ensure_first_organizer_token(now=START)
    with pytest.raises(Refusal, match="account_link_ended"):
        begin(token, RANI, now=START + timedelta(hours=24))

    begin(token, RANI, now=START)

    with pytest.raises(Refusal, match="account_link_ended"):
        begin(token, RANI, now=START)


def test_no_link_is_made_once_anybody_has_an_account(app: Flask) -> None:
    made_before = ensure_first_organizer_token(now=START)
    factories.make_account()

    assert ensure_first_organizer_token(now=START) is None
    with pytest.raises(Refusal, match="account_link_ended"):
        begin(made_before, RANI, now=START)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"email": "rani"}, "email_wrong"),
        ({"name": "  "}, "name_missing"),
        ({"bazaar_name": ""}, "name_missing"),
        ({"password": "pendek"}, "password_short"),
        ({"password": "Rani Prameswari"}, "password_personal"),
    ],
)
def test_a_refused_form_leaves_the_link_unspent(app: Flask, changes: dict[str, str], code: str) -> None:
    token = ensure_first_organizer_token(now=START)

    with pytest.raises(Refusal) as refused:
        begin(token, Start(**{**vars(RANI), **changes}), now=START)

    assert refused.value.code == code
    check_first_organizer_token(token, now=START)


def test_a_taken_address_gets_a_number(app: Flask) -> None:
    factories.make_bazaar(slug="pasar-virtual-jember")
    token = ensure_first_organizer_token(now=START)

    begin(token, RANI, now=START)

    with reading() as session:
        assert session.scalars(select(Bazaar.slug).order_by(Bazaar.id)).all() == ["pasar-virtual-jember", "pasar-virtual-jember-2"]


def test_a_name_in_another_script_still_gets_an_address(app: Flask) -> None:
    token = ensure_first_organizer_token(now=START)

    begin(token, Start(**{**vars(RANI), "bazaar_name": "ꦗꦼꦩ꧀ꦧꦼꦂ"}), now=START)

    with reading() as session:
        assert session.scalar(select(Bazaar.slug)) == "bazar-2"  # `bazar` stands in addresses already
