"""Links: found by their hash, replaced and revoked for good, never told from a copy of the database."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from bazaar.database import reading
from bazaar.refusals import Refusal
from bazaar.states import LinkKind
from bazaar.tokens import token_of_link
from bazaar.vendors.links import link_of, make_host_link, make_missing_links, note_opened, replace_vendor_link, revoke_link, vendor_link
from bazaar.vendors.registry import withdraw_vendor
from models import Audit, Link
from tests import factories
from tests.conftest import START

SECRET = factories.SECRET_KEY


@pytest.fixture
def vendor(app: Flask) -> tuple[int, int]:
    """(edition, vendor)."""
    edition_id = factories.make_edition()
    return edition_id, factories.make_vendor(edition_id)


def token_of(nonce: str) -> str:
    return token_of_link(SECRET, nonce)


def audited() -> list[str]:
    with reading() as session:
        return list(session.scalars(select(Audit.action).order_by(Audit.id)))


def test_the_same_link_is_printed_again_and_again(vendor: tuple[int, int]) -> None:
    first, again = (vendor_link(*vendor, SECRET, now=START) for _ in range(2))

    link = link_of(token_of(first), LinkKind.VENDOR, now=START)

    assert first == again
    assert (link.edition_id, link.vendor_id) == vendor


def test_the_database_alone_does_not_hold_the_token(vendor: tuple[int, int]) -> None:
    token = token_of(vendor_link(*vendor, SECRET, now=START))

    with reading() as session:
        row = session.scalars(select(Link)).one()
        stored = [str(getattr(row, column.name)) for column in Link.__table__.columns]

    assert token not in stored
    assert token_of_link("another-secret-0123456789-abcdefghij", row.nonce) != token


def test_a_replaced_link_is_ended_and_the_new_one_works(vendor: tuple[int, int]) -> None:
    old = token_of(vendor_link(*vendor, SECRET, now=START))

    new = token_of(replace_vendor_link(*vendor, SECRET, by=None, now=START))

    with pytest.raises(Refusal, match="link_ended"):
        link_of(old, LinkKind.VENDOR, now=START)
    assert link_of(new, LinkKind.VENDOR, now=START).vendor_id == vendor[1]
    assert audited() == ["replace_link"]


def test_a_link_is_of_one_kind_only(vendor: tuple[int, int]) -> None:
    token = token_of(vendor_link(*vendor, SECRET, now=START))

    with pytest.raises(Refusal, match="link_unknown"):
        link_of(token, LinkKind.HOST, now=START)


def test_a_hosts_link_ends_at_its_hour(vendor: tuple[int, int]) -> None:
    edition_id, _vendor_id = vendor
    live_session_id = factories.make_live_session(edition_id)
    end = START + timedelta(hours=3)
    nonce = make_host_link(edition_id, live_session_id, "Mbak Laras", SECRET, expires_at=end, by=None, now=START)

    link = link_of(token_of(nonce), LinkKind.HOST, now=end - timedelta(seconds=1))

    assert (link.live_session_id, link.label) == (live_session_id, "Mbak Laras")
    with pytest.raises(Refusal, match="link_ended"):
        link_of(token_of(nonce), LinkKind.HOST, now=end)


def test_opening_is_noted_and_changes_nothing_else(vendor: tuple[int, int]) -> None:
    token = token_of(vendor_link(*vendor, SECRET, now=START))
    before = link_of(token, LinkKind.VENDOR, now=START)

    note_opened(before.id, now=START)

    assert link_of(token, LinkKind.VENDOR, now=START) == before
    with reading() as session:
        assert session.scalars(select(Link.last_opened_at)).all() == [START]


def test_only_the_editions_own_links_vendors_and_live_sessions_are_touched(vendor: tuple[int, int]) -> None:
    edition_id, vendor_id = vendor
    link_id, token = factories.make_link(edition_id, vendor_id=vendor_id)
    other = factories.make_edition()

    for act in (
        lambda: revoke_link(other, link_id, by=None, now=START),
        lambda: replace_vendor_link(other, vendor_id, SECRET, by=None, now=START),
        lambda: vendor_link(other, vendor_id, SECRET, now=START),
        lambda: make_host_link(other, factories.make_live_session(edition_id), "x", SECRET, expires_at=None, by=None, now=START),
    ):
        with pytest.raises(Refusal, match="not_found"):
            act()

    assert link_of(token, LinkKind.VENDOR, now=START).id == link_id


def test_links_are_made_only_where_one_is_missing(app: Flask) -> None:
    edition_id = factories.make_edition()
    linked, bare, gone = (factories.make_vendor(edition_id) for _ in range(3))
    factories.make_link(edition_id, vendor_id=linked)
    withdraw_vendor(edition_id, gone, by=None, now=START)

    first = make_missing_links(edition_id, factories.SECRET_KEY, by=None, now=START)
    second = make_missing_links(edition_id, factories.SECRET_KEY, by=None, now=START)

    with reading() as session:
        assert sorted(session.scalars(select(Link.vendor_id))) == sorted([linked, bare])
    assert (first, second) == (1, 0)
