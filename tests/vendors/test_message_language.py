"""The language in which a vendor is written to."""

import pytest
from sqlalchemy import select

from bazaar.database import reading
from bazaar.refusals import Refusal
from bazaar.vendors.message_language import choose_language, letter_language
from models import Audit, Vendor
from tests import factories
from tests.conftest import START


@pytest.mark.usefixtures("app")
def test_the_choice_is_noted_once_and_an_open_form_of_the_desk_is_told() -> None:
    vendor_id = factories.make_vendor(factories.make_edition(), languages=["Inggris"])

    changed = [choose_language(vendor_id, "jv", now=START) for _ in range(2)]

    assert changed == [True, False]
    with reading() as session:
        vendor = session.get_one(Vendor, vendor_id)
        audits = session.scalars(select(Audit).where(Audit.action == "choose_language")).all()
        assert (letter_language(vendor), vendor.revision) == ("jv", 1)
        assert [(audit.actor, audit.after) for audit in audits] == [("tautan lapak", {"language": "jv"})]


@pytest.mark.usefixtures("app")
def test_a_language_that_nobody_writes_is_refused() -> None:
    with pytest.raises(Refusal, match="not_found"):
        choose_language(factories.make_vendor(factories.make_edition()), "su", now=START)
