"""Bazaars: begun by whoever becomes their organizer, changed with a trace."""

import pytest
from flask import Flask

from bazaar.accounts.visitor import visitor_of
from bazaar.database import reading
from bazaar.editions.bazaars import change_bazaar, create_bazaar
from bazaar.editions.scope import bazaar_id_of
from bazaar.refusals import Refusal
from bazaar.states import Role
from bazaar.tokens import hash_token
from models import Audit, Bazaar
from tests import factories
from tests.conftest import START


def test_whoever_begins_a_bazaar_organizes_it(app: Flask) -> None:
    account_id = factories.make_account()
    token = factories.make_sign_in(account_id=account_id)

    slug = create_bazaar("  Pasar Virtual Jember ", "Jember", "0812 0000 1024", by=account_id, now=START)

    bazaar_id = bazaar_id_of(slug)
    with reading() as session:
        row = session.get_one(Bazaar, bazaar_id)
    assert (slug, row.name, row.help_phone) == ("pasar-virtual-jember", "Pasar Virtual Jember", "+6281200001024")
    assert visitor_of(hash_token(token), now=START).has_role(bazaar_id, Role.ORGANIZER)


def test_two_bazaars_of_one_name_have_two_addresses(app: Flask) -> None:
    slugs = [create_bazaar("Pasar", "", "", by=None, now=START) for _ in range(2)]

    assert slugs == ["pasar", "pasar-2"]


def test_a_bazaar_needs_a_name_and_a_phone_that_can_be_called(app: Flask) -> None:
    codes = []
    for name, phone in ((" ", ""), ("Pasar", "besok")):
        with pytest.raises(Refusal) as refused:
            create_bazaar(name, "", phone, by=None, now=START)
        codes.append(refused.value.code)

    assert codes == ["name_missing", "help_phone_wrong"]


def test_a_change_keeps_the_address_and_leaves_one_trace(app: Flask) -> None:
    bazaar_id = bazaar_id_of(create_bazaar("Pasar", "", "", by=None, now=START))

    for _ in range(2):
        change_bazaar(bazaar_id, "Pasar Raya", "Jember", "", by=None, now=START)

    with reading() as session:
        assert session.get_one(Bazaar, bazaar_id).slug == "pasar"
        assert [row.action for row in session.query(Audit).order_by(Audit.id)] == ["create_bazaar", "change_bazaar"]
