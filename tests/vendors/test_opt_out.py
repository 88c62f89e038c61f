"""A vendor ends all messages, and takes it back."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from bazaar.database import reading
from bazaar.vendors.opt_out import resume_messages, stop_messages
from models import Audit, Vendor
from tests import factories
from tests.conftest import START


@pytest.fixture
def vendor_id(app: Flask) -> int:
    return factories.make_vendor(factories.make_edition())


def word_of(vendor_id: int) -> tuple[object, int]:
    with reading() as session:
        vendor = session.get_one(Vendor, vendor_id)
        return vendor.opted_out_at, vendor.revision


def test_the_word_counts_once_and_leaves_a_trace(vendor_id: int) -> None:
    first, again = stop_messages(vendor_id, now=START), stop_messages(vendor_id, now=START + timedelta(hours=1))

    assert (first, again, word_of(vendor_id)) == (True, False, (START, 1))
    with reading() as session:
        assert session.execute(select(Audit.action, Audit.actor, Audit.subject_id)).all() == [("opt_out", "tautan lapak", vendor_id)]


def test_it_can_be_taken_back_and_a_form_that_was_open_meanwhile_is_overtaken(vendor_id: int) -> None:
    stop_messages(vendor_id, now=START)
    resumed, again = resume_messages(vendor_id, now=START), resume_messages(vendor_id, now=START)

    assert (resumed, again, word_of(vendor_id)) == (True, False, (None, 2))
