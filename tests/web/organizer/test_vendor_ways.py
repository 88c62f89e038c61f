"""The page on which an organizer settles how one vendor is written to."""

import pytest
from flask.testing import FlaskClient

from bazaar.database import reading, transaction
from bazaar.states import ChannelName, DeliveryState
from models import Delivery, DeliveryEvent, Edition, Vendor
from tests import factories
from tests.conftest import START
from tests.reminders.stage import change, delivery_ids, set_stage
from tests.web.organizer.desk import Desk, actions_by, sit_down


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    return sit_down(client, name="Bazar Mei")


def vendor(vendor_id: int) -> Vendor:
    with reading() as session:
        return session.get_one(Vendor, vendor_id)


def test_order_and_language_are_chosen_and_shown_on_the_vendors_page(desk: Desk) -> None:
    vendor_id = factories.make_vendor(desk.edition_id, email="sari@example.com")

    form = desk.get(f"/lapak/{vendor_id}/kabar")
    shown = desk.follow(f"/lapak/{vendor_id}/kabar", {"revision": "0", "first": "email", "second": "push", "language": "jv"})

    assert "Kabar di browser (belum ada alamatnya)" in form.text
    assert "Seperti biasa, urutan bazar" in form.text
    assert "Pertama E-mail, lalu dikirim sendiri." in shown.text
    assert "Bahasa pesan: Jawa." in shown.text
    assert (vendor(vendor_id).channel_order, vendor(vendor_id).message_language) == (["email", "push"], "jv")


@pytest.mark.parametrize(("first", "order"), [("hand", ["hand"]), ("", None)])
def test_a_second_way_counts_only_after_a_first(desk: Desk, first: str, order: list[str] | None) -> None:
    vendor_id = factories.make_vendor(desk.edition_id, channel_order=["push"])

    desk.post(f"/lapak/{vendor_id}/kabar", {"revision": "0", "first": first, "second": "email", "language": ""})

    assert vendor(vendor_id).channel_order == order


def test_the_same_way_twice_is_no_order(desk: Desk) -> None:
    vendor_id = factories.make_vendor(desk.edition_id)

    answer = desk.post(f"/lapak/{vendor_id}/kabar", {"revision": "0", "first": "email", "second": "email", "language": ""})

    assert answer.status_code == 422
    assert "Pilih jalan lain daripada yang pertama." in answer.text


def test_two_organizers_see_each_other(desk: Desk) -> None:
    vendor_id = factories.make_vendor(desk.edition_id, email="sari@example.com")
    sent = {"revision": "0", "first": "email", "second": "", "language": ""}
    desk.post(f"/lapak/{vendor_id}/kabar", sent)

    answer = desk.post(f"/lapak/{vendor_id}/kabar", {**sent, "first": "hand"})

    assert answer.status_code == 409
    assert "Jalan pertama sekarang: <strong>E-mail</strong>" in answer.text


def test_an_opt_out_is_shown_and_taken_back_for_whoever_asks(desk: Desk) -> None:
    vendor_id = factories.make_vendor(desk.edition_id, opted_out_at=START)

    before = desk.get(f"/lapak/{vendor_id}").text
    after = desk.follow(f"/lapak/{vendor_id}/kabar/lagi").text
    again = desk.follow(f"/lapak/{vendor_id}/kabar/lagi").text

    assert "Tidak mau menerima pesan sejak 4 Mei 2026." in before
    assert "lapak ini dikabari lagi." in after
    assert "Tidak mau menerima pesan sejak" not in after + again
    assert vendor(vendor_id).opted_out_at is None
    assert actions_by(desk.account_id) == ["resume_messages"]


@pytest.mark.parametrize("channel", [name for name in ChannelName if name is not ChannelName.HAND])
def test_a_message_by_any_channel_shows_on_the_vendors_page(desk: Desk, channel: ChannelName) -> None:
    stage = set_stage(now=START, bazaar_id=desk.bazaar_id)
    first = delivery_ids(stage.edition_id)[0]
    change(Delivery, first, channel=channel, state=DeliveryState.UNRESOLVED)
    with transaction() as session:
        session.add(DeliveryEvent(delivery_id=first, at=START, state=DeliveryState.UNRESOLVED))
    slug = edition_slug(stage.edition_id)

    answer = desk.client.get(f"/panitia/{slug}/lapak/{stage.vendors[0]}")

    assert answer.status_code == 200
    assert "tidak jelas: layanan tidak memberi kabar" in answer.text


def edition_slug(edition_id: int) -> str:
    with reading() as session:
        return session.get_one(Edition, edition_id).slug
