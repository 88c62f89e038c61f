"""Links and keys on the organizer's desk: handed out, replaced, revoked; a key shown once."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bazaar.database import reading, transaction
from bazaar.tokens import token_of_link
from models import Device, Edition, Link
from tests import factories
from tests.conftest import START, World
from tests.web.organizer.desk import Desk, actions_by, sit_down

TONIGHT = START + timedelta(hours=1)


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    return sit_down(client)


def links_of(desk: Desk) -> list[Link]:
    with reading() as session:
        return list(session.scalars(select(Link).where(Link.edition_id == desk.edition_id).order_by(Link.id)))


def address(link: Link) -> str:
    kind = "g" if link.vendor_id else "h"
    return f"http://localhost:8000/{kind}/{token_of_link(factories.SECRET_KEY, link.nonce)}"


def test_an_empty_edition_says_how_to_begin(desk: Desk) -> None:
    text = desk.get("/tautan").text

    assert "Belum ada lapak." in text
    assert "Tidak ada siaran di depan." in text


def test_missing_links_are_made_at_once_and_ready_to_send(desk: Desk) -> None:
    factories.make_vendor(desk.edition_id, owner_name="Bu Siti", business_name="Dapur Tape", phone="+6281200001024")
    factories.make_vendor(desk.edition_id, business_name="Mundur", withdrawn_at=START)

    before = desk.get("/tautan").text
    after = desk.follow("/tautan/lengkapi").text

    [link] = links_of(desk)
    assert "belum ada tautan" in before
    assert "1 tautan dibuat." in after
    assert address(link) in after
    assert "https://wa.me/6281200001024?text=Bu%20Siti%2C%20ini%20tautan%20giliran" in after
    assert "belum dibuka" in after
    assert "Mundur" not in after


def test_who_opened_it_last_is_told(desk: Desk, client: FlaskClient) -> None:
    vendor_id = factories.make_vendor(desk.edition_id)
    _id, token = factories.make_link(desk.edition_id, vendor_id=vendor_id)
    client.get(f"/g/{token}", headers={"User-Agent": "Chrome"})

    assert "dibuka Sen, 4 Mei, 19.00 WIB" in desk.get("/tautan").text


def test_a_replaced_link_ends_the_old_one(desk: Desk, client: FlaskClient) -> None:
    vendor_id = factories.make_vendor(desk.edition_id)
    _id, old = factories.make_link(desk.edition_id, vendor_id=vendor_id)

    answer = desk.follow(f"/tautan/lapak/{vendor_id}/ganti").text

    new = links_of(desk)[-1]
    assert "Tautan lama tidak berlaku lagi" in answer
    assert client.get(f"/g/{old}").status_code == 410
    assert client.get(address(new).removeprefix("http://localhost:8000")).status_code == 200
    assert actions_by(desk.account_id) == ["replace_link"]


def test_a_revoked_link_is_gone_until_another_is_made(desk: Desk, client: FlaskClient) -> None:
    vendor_id = factories.make_vendor(desk.edition_id)
    link_id, token = factories.make_link(desk.edition_id, vendor_id=vendor_id)

    revoked = desk.follow(f"/tautan/{link_id}/cabut").text
    desk.post(f"/tautan/lapak/{vendor_id}/buat")

    assert "belum ada tautan" in revoked
    assert client.get(f"/g/{token}").status_code == 410
    assert len([link for link in links_of(desk) if link.revoked_at is None]) == 1


def test_in_the_sample_edition_no_invented_number_is_offered(desk: Desk) -> None:
    vendor_id = factories.make_vendor(desk.edition_id)
    factories.make_link(desk.edition_id, vendor_id=vendor_id)
    with transaction() as session:
        session.get_one(Edition, desk.edition_id).is_demo = True

    text = desk.get("/tautan").text

    assert "nomornya karangan" in text
    assert "wa.me" not in text


def test_slips_carry_the_turns_and_a_code_of_the_address(desk: Desk) -> None:
    vendor_id = factories.make_vendor(desk.edition_id, owner_name="Pak Slamet")
    factories.make_vendor(desk.edition_id, owner_name="Bu Tanpa Tautan")
    slot_id = factories.slot_ids(factories.make_live_session(desk.edition_id, starts_at=TONIGHT))[0]
    factories.make_rotation(desk.edition_id, [(slot_id, vendor_id)])
    factories.make_link(desk.edition_id, vendor_id=vendor_id)

    text = desk.get("/tautan/cetak").text

    assert "Pak Slamet" in text
    assert 'Senin, 4 Mei, <strong class="num nowrap">20.00 WIB</strong>' in text
    assert text.count('role="img"') == 1
    assert "style=" not in text
    assert "Bu Tanpa Tautan" in text
    assert "Belum ada giliran di depan." in text


def test_a_hosts_link_opens_one_console_and_ends_in_time(desk: Desk, client: FlaskClient, world: World) -> None:
    live_session_id = factories.make_live_session(desk.edition_id, starts_at=TONIGHT, host_name="Mbak Laras")

    form = desk.get(f"/tautan/siaran/{live_session_id}").text
    made = desk.follow(f"/tautan/siaran/{live_session_id}/tautan", {"label": "Mbak Laras", "until": "evening"}).text

    [link] = links_of(desk)
    assert 'value="Mbak Laras"' in form
    assert "Tautan untuk Mbak Laras siap dikirim." in made
    assert address(link) in made
    assert "https://wa.me/?text=Mbak%20Laras" in made
    path = address(link).removeprefix("http://localhost:8000")
    assert client.get(path).status_code == 200
    world.now = TONIGHT + timedelta(minutes=90, hours=2)
    assert client.get(path).status_code == 410


def test_a_revoked_host_link_is_listed_as_ended(desk: Desk) -> None:
    live_session_id = factories.make_live_session(desk.edition_id, starts_at=TONIGHT)
    link_id, token = factories.make_link(desk.edition_id, live_session_id=live_session_id, label="Mas Bagus")

    text = desk.follow(f"/tautan/{link_id}/cabut", {"siaran": live_session_id}).text

    assert "Tautan dicabut" in text
    assert "Mas Bagus" in text
    assert "Tidak berlaku" in text
    assert token not in text


def test_a_key_is_shown_once_and_works(desk: Desk, client: FlaskClient) -> None:
    live_session_id = factories.make_live_session(desk.edition_id, starts_at=TONIGHT)

    shown = desk.post(f"/tautan/siaran/{live_session_id}/hp", {"name": " HP  Rina "})
    again = desk.get(f"/tautan/siaran/{live_session_id}").text

    match = re.search(r'id="kunci-hp" readonly value="([\w-]{43})"', shown.text)
    assert match is not None
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")
    assert match[1] not in again
    assert "HP Rina" in again
    answer = client.application.test_client().post(
        f"/api/v1/live-sessions/{live_session_id}/entries",
        json={"device": "hp-1", "entries": []},
        headers={"Authorization": f"Bearer {match[1]}"},
    )
    assert answer.status_code == 200


def test_a_dismissed_device_is_out(desk: Desk) -> None:
    live_session_id = factories.make_live_session(desk.edition_id, starts_at=TONIGHT)
    factories.make_device(live_session_id, name="HP Rina")

    text = desk.follow(f"/tautan/siaran/{live_session_id}/hp/cabut", {"name": "HP Rina"}).text

    assert "Kunci HP Rina dicabut. Catatannya tetap ada." in text
    with reading() as session:
        assert session.scalars(select(Device.revoked_at)).all() == [START]


@pytest.mark.parametrize(
    ("path", "form", "sentence"),
    [
        ("tautan", {"label": "", "until": "evening"}, "Tulis untuk siapa tautan ini."),
        ("tautan", {"label": "Mbak Laras", "until": "selamanya"}, "Pilih salah satu dari daftar."),
        ("hp", {"name": ""}, "Tulis nama HP-nya."),
        ("hp", {"name": "HP Rina"}, "Siaran ini sudah punya HP bernama HP Rina."),
    ],
)
def test_a_mistake_is_named_and_what_was_typed_stays(desk: Desk, path: str, form: dict[str, str], sentence: str) -> None:
    live_session_id = factories.make_live_session(desk.edition_id, starts_at=TONIGHT)
    factories.make_device(live_session_id, name="HP Rina")

    answer = desk.post(f"/tautan/siaran/{live_session_id}/{path}", form)

    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert f'value="{form.get("label", form.get("name"))}"' in answer.text
    assert links_of(desk) == []


@pytest.mark.parametrize("path", ["", "/tautan", "/hp", "/hp/cabut"])
def test_a_live_session_of_another_edition_does_not_exist(desk: Desk, path: str) -> None:
    foreign = factories.make_live_session(factories.make_edition(bazaar_id=desk.bazaar_id))
    factories.make_device(foreign, name="HP Rina")

    answers = {desk.get(f"/tautan/siaran/{foreign}{path}").status_code}
    answers |= {desk.post(f"/tautan/siaran/{foreign}{path}", {"name": "HP Rina", "label": "X", "until": "long"}).status_code}

    assert answers <= {404, 405}
    assert 404 in answers
    assert links_of(desk) == []


def test_a_link_of_another_edition_cannot_be_revoked(desk: Desk, client: FlaskClient) -> None:
    other = factories.make_edition(bazaar_id=desk.bazaar_id)
    vendor_id = factories.make_vendor(other)
    link_id, token = factories.make_link(other, vendor_id=vendor_id)

    codes = [desk.post(f"/tautan/{link_id}/cabut").status_code, desk.post(f"/tautan/lapak/{vendor_id}/ganti").status_code]

    assert codes == [404, 404]
    assert client.get(f"/g/{token}").status_code == 200
