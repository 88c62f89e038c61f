"""The factories fit the schema on every database."""

from flask import Flask
from flask.testing import FlaskClient

from bazaar.database import reading
from models import Turn
from tests import factories


def test_a_small_evening_can_be_made_from_defaults(app: Flask) -> None:
    edition_id = factories.make_edition()
    live_session_id = factories.make_live_session(edition_id)
    vendor_id = factories.make_vendor(edition_id)
    factories.make_product(edition_id, vendor_id)
    factories.make_link(edition_id, vendor_id=vendor_id)
    factories.make_device(live_session_id)
    factories.make_rotation(edition_id, [(factories.slot_ids(live_session_id)[0], vendor_id)])

    with reading() as session:
        assert session.query(Turn).count() == 1


def test_an_unknown_address_is_a_page_in_indonesian(client: FlaskClient) -> None:
    answer = client.get("/tidak-ada")

    assert (answer.status_code, "Halaman ini tidak ada" in answer.text) == (404, True)
