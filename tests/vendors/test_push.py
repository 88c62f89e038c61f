"""Browsers of a vendor: said yes, at most five, never somebody else's, ended with the link that let them in."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from bazaar.database import reading, transaction
from bazaar.editions.edition_settings import delete_edition
from bazaar.refusals import Refusal
from bazaar.reminders.channels.base import Browser
from bazaar.vendors.links import replace_vendor_link, revoke_link
from bazaar.vendors.push import (
    MOST_BROWSERS,
    add_browser,
    browser_marks,
    browser_of,
    end_browser,
    live_browsers,
    purge_ended_browsers,
    record_outcome,
)
from bazaar.vendors.registry import delete_vendor
from models import PushSubscription
from tests import factories
from tests.conftest import START


@pytest.fixture
def edition_id(app: Flask) -> int:
    return factories.make_edition()


@pytest.fixture
def vendor_id(edition_id: int) -> int:
    return factories.make_vendor(edition_id)


def browser(name: str) -> Browser:
    return Browser(f"https://push.example/{name}", f"kunci {name}", "rahasia")


def add(vendor_id: int, name: str, *, replaces: str = "") -> None:
    add_browser(vendor_id, browser(name), device_name="Chrome di Android", replaces=replaces, now=START)


def live(vendor_id: int) -> list[str]:
    with reading() as session:
        return [one.endpoint.rpartition("/")[2] for one in live_browsers(session, vendor_id)]


def test_a_browser_that_says_yes_is_written_to_and_one_that_says_it_again_is_still_one(vendor_id: int) -> None:
    add(vendor_id, "hp")
    add(vendor_id, "hp")

    with reading() as session:
        assert live_browsers(session, vendor_id) == (browser("hp"),)
        assert session.scalars(select(PushSubscription.device_name)).all() == ["Chrome di Android"]


def test_a_sixth_browser_is_refused_until_one_is_off(vendor_id: int) -> None:
    for number in range(MOST_BROWSERS):
        add(vendor_id, f"hp-{number}")

    with pytest.raises(Refusal, match="browsers_full"):
        add(vendor_id, "lagi")
    add(vendor_id, "hp-3")
    end_browser(vendor_id, browser("hp-0").endpoint, now=START)
    add(vendor_id, "lagi")

    assert sorted(live(vendor_id)) == ["hp-1", "hp-2", "hp-3", "hp-4", "lagi"]


def test_a_new_subscription_takes_the_place_of_the_one_it_replaces_also_when_all_are_taken(vendor_id: int) -> None:
    for number in range(MOST_BROWSERS):
        add(vendor_id, f"hp-{number}")

    add(vendor_id, "baru", replaces=browser("hp-2").endpoint)

    assert sorted(live(vendor_id)) == ["baru", "hp-0", "hp-1", "hp-3", "hp-4"]


def test_a_stranger_can_neither_end_nor_try_nor_replace_a_browser(edition_id: int, vendor_id: int) -> None:
    other = factories.make_vendor(edition_id)
    add(vendor_id, "hp")

    end_browser(other, browser("hp").endpoint, now=START)
    record_outcome(other, gone=[browser("hp").endpoint], now=START)
    add(other, "lain", replaces=browser("hp").endpoint)
    with pytest.raises(Refusal, match="not_found"):
        browser_of(other, browser("hp").endpoint)

    assert (live(vendor_id), live(other)) == (["hp"], ["lain"])


def test_what_a_send_taught_is_kept_and_the_browser_that_answered_last_comes_first(vendor_id: int) -> None:
    for name in ("a", "b", "c"):
        add(vendor_id, name)

    record_outcome(vendor_id, reached=[browser("b").endpoint], gone=[browser("c").endpoint], now=START + timedelta(minutes=1))

    assert live(vendor_id) == ["b", "a"]
    assert browser_of(vendor_id, browser("a").endpoint) == browser("a")
    add(vendor_id, "c")
    assert live(vendor_id) == ["b", "c", "a"]


def test_marks_tell_a_phone_itself_and_nobody_an_address(edition_id: int, vendor_id: int) -> None:
    silent = factories.make_vendor(edition_id)
    add(vendor_id, "hp")

    [mark] = browser_marks(vendor_id)

    assert browser_marks(silent) == ()
    assert (len(mark), "push" in mark) == (16, False)


@pytest.mark.parametrize("way", ["replaced", "revoked"])
def test_a_link_that_ends_takes_its_browsers_along(edition_id: int, vendor_id: int, way: str) -> None:
    link_id, _token = factories.make_link(edition_id, vendor_id=vendor_id)
    other = factories.make_vendor(edition_id)
    add(vendor_id, "hp")
    add(other, "lain")

    if way == "replaced":
        replace_vendor_link(edition_id, vendor_id, factories.SECRET_KEY, by=None, now=START)
    else:
        revoke_link(edition_id, link_id, by=None, now=START)

    assert (live(vendor_id), live(other)) == ([], ["lain"])


def test_an_ended_browser_is_forgotten_after_a_month_and_a_live_one_never(vendor_id: int) -> None:
    add(vendor_id, "hp")
    add(vendor_id, "lama")
    end_browser(vendor_id, browser("lama").endpoint, now=START)

    gone = [purge_ended_browsers(now=START + timedelta(days=days)) for days in (30, 31, 4000)]

    assert (gone, live(vendor_id)) == ([0, 1, 0], ["hp"])


def test_a_vendor_and_an_edition_with_browsers_can_be_deleted(edition_id: int, vendor_id: int) -> None:
    other = factories.make_vendor(edition_id)
    add(vendor_id, "hp")
    add(other, "lain")

    delete_vendor(edition_id, vendor_id, by=None, now=START)
    delete_edition(edition_id, by=None, now=START)

    with transaction() as session:
        assert session.scalars(select(PushSubscription)).all() == []
