"""Products: written down, changed without overwriting each other, withdrawn, deleted only when nobody saw them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask

from bazaar.database import reading, transaction
from bazaar.refusals import Refusal
from bazaar.states import EntryKind, PaymentMethod, Verdict
from bazaar.vendors.products import (
    ProductData,
    add_product,
    archive_product,
    change_product,
    delete_product,
    next_product_code,
    read_product_data,
    return_product,
    withdraw_product,
)
from models import Edition, Entry, Product, Sale
from tests import factories

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
TAPE = ProductData("K01", "Tape besek", 15_000, "besek", 40, 500)


def product_row(product_id: int) -> Product:
    with reading() as session:
        return session.get_one(Product, product_id)


def sell(edition_id: int, vendor_id: int | None, product_id: int) -> None:
    """One sale of the product in the first slot of a new live session."""
    live_session_id = factories.make_live_session(edition_id)
    slot_id = factories.slot_ids(live_session_id)[0]
    with transaction() as session:
        entry = Entry(
            bazaar_id=session.get_one(Edition, edition_id).bazaar_id,
            live_session_id=live_session_id,
            server_seq=1,
            uuid="0f4d1c2e-0000-4000-8000-000000000001",
            kind=EntryKind.SALE,
            payload_hash="0" * 64,
            verdict=Verdict.STORED,
            received_at=NOW,
        )
        session.add(entry)
        session.flush()
        session.add(
            Sale(
                entry_id=entry.id,
                edition_id=edition_id,
                slot_id=slot_id,
                vendor_id=vendor_id,
                product_id=product_id,
                product_code="K01",
                product_name="Tape",
                quantity=1,
                unit_price_idr=15_000,
                amount_idr=15_000,
                payment_method=PaymentMethod.QRIS,
            )
        )


def test_a_product_is_written_down_as_told(app: Flask) -> None:
    edition_id = factories.make_edition()

    product_id = add_product(edition_id, factories.make_vendor(edition_id), TAPE, by=None, now=NOW)

    assert read_product_data(product_row(product_id)) == TAPE


def test_a_code_belongs_to_one_product_of_the_edition(app: Flask) -> None:
    edition_id = factories.make_edition()
    add_product(edition_id, factories.make_vendor(edition_id), TAPE, by=None, now=NOW)

    with pytest.raises(Refusal) as caught:
        add_product(edition_id, factories.make_vendor(edition_id), replace(TAPE, name="Pia"), by=None, now=NOW)

    assert (caught.value.code, caught.value.values) == ("product_code_taken", {"product_code": "K01", "name": "Tape besek"})


def test_a_change_needs_the_product_as_it_was_seen(app: Flask) -> None:
    edition_id = factories.make_edition()
    product_id = add_product(edition_id, factories.make_vendor(edition_id), TAPE, by=None, now=NOW)
    dearer, cheaper = replace(TAPE, price_idr=17_000), replace(TAPE, price_idr=12_000)

    change_product(edition_id, product_id, dearer, version=TAPE.version, by=None, now=NOW)
    with pytest.raises(Refusal, match="changed_meanwhile"):
        change_product(edition_id, product_id, cheaper, version=TAPE.version, by=None, now=NOW)

    assert product_row(product_id).price_idr == 17_000


def test_a_withdrawn_product_comes_back_and_an_archived_one_too(app: Flask) -> None:
    edition_id = factories.make_edition()
    product_id = add_product(edition_id, factories.make_vendor(edition_id), TAPE, by=None, now=NOW)

    withdraw_product(edition_id, product_id, by=None, now=NOW)
    withdrawn = product_row(product_id).withdrawn_at
    archive_product(edition_id, product_id, by=None, now=NOW)
    archived = product_row(product_id).archived_at
    return_product(edition_id, product_id, by=None, now=NOW)

    row = product_row(product_id)
    assert (withdrawn, archived, row.withdrawn_at, row.archived_at) == (NOW, NOW, None, None)


def test_a_product_nobody_saw_is_deleted(app: Flask) -> None:
    edition_id = factories.make_edition()
    product_id = factories.make_product(edition_id, factories.make_vendor(edition_id))

    delete_product(edition_id, product_id, by=None, now=NOW)

    with reading() as session:
        assert session.get(Product, product_id) is None


def test_a_product_of_a_published_vendor_is_not_deleted(app: Flask) -> None:
    edition_id = factories.make_edition()
    vendor_id = factories.make_vendor(edition_id)
    product_id = factories.make_product(edition_id, vendor_id)
    factories.make_rotation(edition_id, [(factories.slot_ids(factories.make_live_session(edition_id))[0], vendor_id)])

    with pytest.raises(Refusal, match="product_was_published"):
        delete_product(edition_id, product_id, by=None, now=NOW)


def test_a_product_sold_in_somebody_elses_turn_is_not_deleted(app: Flask) -> None:
    edition_id = factories.make_edition()
    product_id = factories.make_product(edition_id, factories.make_vendor(edition_id))
    sell(edition_id, None, product_id)

    with pytest.raises(Refusal, match="product_was_published"):
        delete_product(edition_id, product_id, by=None, now=NOW)


def test_a_product_of_another_edition_does_not_exist(app: Flask) -> None:
    edition_id, other_id = factories.make_edition(), factories.make_edition()
    product_id = factories.make_product(edition_id, factories.make_vendor(edition_id))

    for attempt in (withdraw_product, return_product, archive_product, delete_product):
        with pytest.raises(Refusal, match="not_found"):
            attempt(other_id, product_id, by=None, now=NOW)
    with pytest.raises(Refusal, match="not_found"):
        change_product(other_id, product_id, TAPE, version="", by=None, now=NOW)


def test_the_next_free_code_follows_the_highest(app: Flask) -> None:
    edition_id = factories.make_edition()
    vendor_id = factories.make_vendor(edition_id)
    with reading() as session:
        first = next_product_code(session, edition_id)
    for code in ("K09", "K205", "ABC", "KX"):
        factories.make_product(edition_id, vendor_id, code=code)

    with reading() as session:
        assert (first, next_product_code(session, edition_id)) == ("K01", "K206")
