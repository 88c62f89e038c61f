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
    ("fields", "kept_count"),
    [
        ({"from_minute": 20 * 60}, 3),
        ({"from_minute": 20 * 60 + 16}, 0),
        ({"until_minute": 20 * 60 + 16}, 3),
        ({"until_minute": 20 * 60 + 15}, 0),
        ({"weekdays": [0]}, 1),  # tonight's only
        ({"weekdays": [1, 6]}, 2),
        ({"weekdays": [3]}, 0),
    ],
)
def test_a_wish_is_kept_when_every_turn_begins_inside_it(evening: Evening, fields: dict[str, object], kept_count: int) -> None:
    wish(evening, **fields)

    reasons = why(evening)

    assert (reasons.has_wish, reasons.wish_kept_count, reasons.is_wish_kept) == (True, kept_count, kept_count == reasons.own_count)


def test_whoever_withdrew_is_not_compared_with_the_others(evening: Evening) -> None:
    before = why(evening).takes_part
    with transaction() as session:
        session.get_one(Vendor, evening.vendor_id).withdrawn_at = START

    assert (before, why(evening).takes_part) == (True, False)


def test_days_off_are_mentioned_where_there_are_any(evening: Evening) -> None:
    before = why(evening).has_days_off
    with transaction() as session:
        vendor = session.get_one(Vendor, evening.vendor_id)
        session.add(Availability(vendor_id=vendor.id, weekday=4))

    assert (before, why(evening).has_days_off) == (False, True)
