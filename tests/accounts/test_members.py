"""Members of a bazaar, which never stays without an organizer."""

import pytest
from flask import Flask

from bazaar.accounts.members import MembersPage, change_role, end_membership, members_page
from bazaar.refusals import Refusal
from bazaar.states import Role
from tests import factories
from tests.conftest import START
from tests.web.organizer.desk import actions_by


def page(bazaar_id: int, *, account_id: int | None = None) -> MembersPage:
    return members_page(bazaar_id, factories.SECRET_KEY, account_id=account_id, now=START)


def membership(bazaar_id: int, name: str) -> int:
    return next(member.membership_id for member in page(bazaar_id).members if member.name == name)


def roles(bazaar_id: int) -> dict[str, Role]:
    return {member.name: member.role for member in page(bazaar_id).members}


@pytest.fixture
def bazaar_id(app: Flask) -> int:
    """Rani organizes, Budi hosts."""
    bazaar_id = factories.make_bazaar()
    factories.make_account(bazaar_id=bazaar_id, name="Budi", role=Role.HOST)
    factories.make_account(bazaar_id=bazaar_id, name="Rani")
    return bazaar_id


def test_organizers_come_first_and_the_reader_is_marked(bazaar_id: int) -> None:
    me = factories.make_account(bazaar_id=bazaar_id, name="Aminah", role=Role.HOST)
    factories.make_account(bazaar_id=factories.make_bazaar(), name="Orang lain")

    members = page(bazaar_id, account_id=me).members

    assert [(member.name, member.is_me, member.is_last_organizer) for member in members] == [
        ("Rani", False, True),
        ("Aminah", True, False),
        ("Budi", False, False),
    ]


def test_a_role_is_changed_both_ways(bazaar_id: int) -> None:
    change_role(bazaar_id, membership(bazaar_id, "Budi"), Role.ORGANIZER, by=None, now=START)
    change_role(bazaar_id, membership(bazaar_id, "Rani"), Role.HOST, by=None, now=START)

    assert roles(bazaar_id) == {"Budi": Role.ORGANIZER, "Rani": Role.HOST}


def test_the_last_organizer_stays(bazaar_id: int) -> None:
    rani = membership(bazaar_id, "Rani")

    with pytest.raises(Refusal, match="last_organizer"):
        change_role(bazaar_id, rani, Role.HOST, by=None, now=START)
    with pytest.raises(Refusal, match="last_organizer"):
        end_membership(bazaar_id, rani, by=None, now=START)

    assert roles(bazaar_id) == {"Budi": Role.HOST, "Rani": Role.ORGANIZER}


def test_an_ended_member_is_gone_from_the_list(bazaar_id: int) -> None:
    budi = membership(bazaar_id, "Budi")

    end_membership(bazaar_id, budi, by=None, now=START)

    assert roles(bazaar_id) == {"Rani": Role.ORGANIZER}
    with pytest.raises(Refusal, match="not_found"):
        end_membership(bazaar_id, budi, by=None, now=START)


def test_another_bazaars_member_does_not_exist(bazaar_id: int) -> None:
    budi, other = membership(bazaar_id, "Budi"), factories.make_bazaar()

    with pytest.raises(Refusal, match="not_found"):
        change_role(other, budi, Role.ORGANIZER, by=None, now=START)
    with pytest.raises(Refusal, match="not_found"):
        end_membership(other, budi, by=None, now=START)

    assert roles(bazaar_id)["Budi"] is Role.HOST


def test_the_same_role_again_leaves_no_trace(bazaar_id: int) -> None:
    rani = factories.make_account(bazaar_id=bazaar_id)

    change_role(bazaar_id, membership(bazaar_id, "Budi"), Role.HOST, by=rani, now=START)
    change_role(bazaar_id, membership(bazaar_id, "Budi"), Role.ORGANIZER, by=rani, now=START)

    assert actions_by(rani) == ["change_role"]
