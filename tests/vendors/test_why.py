"""The reasons a vendor reads: counted over everybody, measured against her own wish."""

import pytest
from flask import Flask

from bazaar.database import transaction
from bazaar.vendors.turn_page import turn_page
from bazaar.vendors.why import Why
from models import Availability, Vendor, Wish
from tests import factories
from tests.conftest import START
from tests.vendors.evening import Evening, make_evening


@pytest.fixture
def evening(app: Flask) -> Evening:
    return make_evening()


def why(evening: Evening) -> Why:
    reasons = turn_page(evening.vendor_id, evening.link_id, now=START).why
    assert reasons is not None
    return reasons


def wish(evening: Evening, **fields: object) -> None:
    with transaction() as session:
        session.add(Wish(vendor_id=evening.vendor_id, **fields))


def test_the_counts_are_those_of_vendors_who_take_part(evening: Evening) -> None:
    factories.make_vendor(evening.edition_id, withdrawn_at=START)
    alone = why(evening)
    factories.make_vendor(evening.edition_id)
    beside_another = why(evening)

    assert (alone.own_count, alone.least_count, alone.most_count, alone.spread) == (3, 3, 3, 0)
    assert (beside_another.least_count, beside_another.most_count, beside_another.spread) == (0, 3, 3)


@pytest.mark.parametrize(
    ("fields", "is_kept"),
    [
        ({"from_minute": 20 * 60}, True),
        ({"from_minute": 20 * 60 + 16}, False),
        ({"until_minute": 20 * 60 + 16}, True),
        ({"until_minute": 20 * 60 + 15}, False),
        ({"weekdays": [0]}, True),
        ({"weekdays": [1]}, False),
    ],
)
def test_a_wish_is_kept_when_the_next_turn_begins_inside_it(evening: Evening, fields: dict[str, object], is_kept: bool) -> None:
    wish(evening, **fields)

    assert (why(evening).has_wish, why(evening).is_wish_kept) == (True, is_kept)


def test_days_off_are_mentioned_where_there_are_any(evening: Evening) -> None:
    before = why(evening).has_days_off
    with transaction() as session:
        vendor = session.get_one(Vendor, evening.vendor_id)
        session.add(Availability(vendor_id=vendor.id, weekday=4))

    assert (before, why(evening).has_days_off) == (False, True)
