"""The host's door, list and console as people meet them."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from bazaar.database import reading, transaction
from bazaar.states import Role
from bazaar.vendors.answers import newest_answers
from bazaar.vendors.links import revoke_link
from models import Answer, Bazaar, Link, LiveSession, Membership, SignIn
from tests import factories
from tests.conftest import World
from tests.sales.evening import STARTS_AT, Evening, make_evening, minutes, sale

PHONE = "Mozilla/5.0 (Linux; Android 13; SM-A125F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36"


@pytest.fixture
def evening(app: Flask, world: World) -> Evening:
    world.now = minutes(5)
    return make_evening(host_name="Rani")


@pytest.fixture
def link(evening: Evening) -> tuple[int, str]:
    """(id, token) of a host link of the evening."""
    return factories.make_link(evening.edition_id, live_session_id=evening.live_session_id, label="Rani")


def sign_in_count() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(SignIn)) or 0


def sit_down(client: FlaskClient, evening: Evening, role: Role = Role.HOST) -> int:
    account_id = factories.make_account(bazaar_id=evening.bazaar_id, role=role, name="Rani Prameswari")
    factories.sign_in(client, factories.make_sign_in(account_id=account_id))
    return account_id


def console(client: FlaskClient, evening: Evening) -> Any:
    return client.get(f"/siaran/{evening.live_session_id}")


# --- The door ------------------------------------------------------------------------------------


def test_the_door_says_what_it_opens_and_changes_nothing_that_matters(client: FlaskClient, link: tuple[int, str]) -> None:
    for _ in range(3):  # a messenger's preview comes by first
        answer = client.get(f"/h/{link[1]}")

    assert answer.status_code == 200
    assert "Selasa malam, 5 Mei" in answer.text
    assert "20.00–20.45 WIB" in answer.text
    assert "Rani, Anda memandu siaran ini." in answer.text
    assert (answer.headers.getlist("Set-Cookie"), sign_in_count()) == ([], 0)
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_button_signs_this_browser_in_to_that_live_session_alone(client: FlaskClient, evening: Evening, link: tuple[int, str]) -> None:
    neighbour = make_evening(bazaar_id=evening.bazaar_id)

    entered = client.post(f"/h/{link[1]}", headers={"User-Agent": PHONE})

    assert (entered.status_code, entered.headers["Location"]) == (303, f"/siaran/{evening.live_session_id}")
    cookie = entered.headers["Set-Cookie"]
    assert all(part in cookie for part in ("giliran=", "HttpOnly", "SameSite=Lax"))
    assert [console(client, which).status_code for which in (evening, neighbour)] == [200, 404]
    with reading() as session:
        assert session.scalars(select(SignIn.device_name)).all() == ["Chrome di Android"]
    assert client.get("/siaran").status_code == 303  # the list is for accounts


def test_a_link_signs_in_again_and_again_until_it_is_revoked(
    client: FlaskClient, evening: Evening, link: tuple[int, str], app: Flask
) -> None:
    client.post(f"/h/{link[1]}")
    other = app.test_client()
    other.post(f"/h/{link[1]}")
    assert [console(browser, evening).status_code for browser in (client, other)] == [200, 200]

    revoke_link(evening.edition_id, link[0], by=None, now=minutes(6))

    assert [console(browser, evening).status_code for browser in (client, other)] == [303, 303]
    ended = client.get(f"/h/{link[1]}")
    assert (ended.status_code, client.post(f"/h/{link[1]}").status_code) == (410, 410)
    assert "Minta tautan baru kepada panitia" in ended.text


def test_a_link_ends_two_days_after_the_live_session(client: FlaskClient, evening: Evening, link: tuple[int, str], world: World) -> None:
    client.post(f"/h/{link[1]}")

    world.now = minutes(45) + timedelta(hours=47)
    assert console(client, evening).status_code == 200
    world.now += timedelta(hours=1, seconds=1)

    assert console(client, evening).status_code == 303
    assert client.post(f"/h/{link[1]}").status_code == 410


def test_a_vendors_link_is_no_hosts_link(client: FlaskClient, evening: Evening) -> None:
    _id, token = factories.make_link(evening.edition_id, vendor_id=evening.vendor_ids[0])

    assert client.post(f"/h/{token}").status_code == 404
    assert client.get("/h/nobody-made-this").status_code == 404


def test_the_door_of_a_withdrawn_live_session_says_so(client: FlaskClient, evening: Evening, link: tuple[int, str]) -> None:
    with transaction() as session:
        session.get_one(LiveSession, evening.live_session_id).withdrawn_at = minutes(1)

    assert "Siaran ini batal. Tanyakan kepada panitia." in client.get(f"/h/{link[1]}").text


def test_a_preview_leaves_a_trace_for_the_organizer(client: FlaskClient, link: tuple[int, str], world: World) -> None:
    client.get(f"/h/{link[1]}")

    with reading() as session:
        assert session.get_one(Link, link[0]).last_opened_at == world.now


# --- The list ------------------------------------------------------------------------------------


def test_the_list_shows_the_evenings_of_ones_own_bazaars_next_ones_first(client: FlaskClient, evening: Evening) -> None:
    sit_down(client, evening)
    factories.make_live_session(evening.edition_id, starts_at=STARTS_AT + timedelta(days=2))
    factories.make_live_session(evening.edition_id, starts_at=STARTS_AT - timedelta(days=3))  # long over
    factories.make_live_session(evening.edition_id, starts_at=STARTS_AT + timedelta(days=3), withdrawn_at=STARTS_AT)
    make_evening()  # another bazaar's

    page = client.get("/siaran").text

    assert re.findall(r"<h2>(.*?)</h2>", page) == ["Selasa malam, 5 Mei", "Kamis malam, 7 Mei"]
    assert page.count("Sedang siaran</span>") == 1  # the one on the air
    assert f'href="/siaran/{evening.live_session_id}"' in page


@pytest.mark.parametrize("way", ["list", "console"])
def test_what_was_done_before_is_said_on_the_hosts_pages_too(client: FlaskClient, evening: Evening, way: str) -> None:
    sit_down(client, evening)
    with client.session_transaction() as cookie:
        cookie["_flashes"] = [("message", "Anda sekarang pembawa acara.")]

    page = client.get("/siaran" if way == "list" else f"/siaran/{evening.live_session_id}").text

    assert "Anda sekarang pembawa acara." in page


def test_without_evenings_the_list_says_what_to_do(client: FlaskClient, app: Flask) -> None:
    account_id = factories.make_account(bazaar_id=factories.make_bazaar(), role=Role.HOST)
    factories.sign_in(client, factories.make_sign_in(account_id=account_id))

    assert "Belum ada siaran" in client.get("/siaran").text


def test_whoever_is_not_signed_in_is_led_to_the_door_and_back(client: FlaskClient, evening: Evening) -> None:
    answer = console(client, evening)

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/masuk?next=/siaran/{evening.live_session_id}")


# --- The console ---------------------------------------------------------------------------------


def test_the_console_carries_its_first_state(client: FlaskClient, evening: Evening) -> None:
    sit_down(client, evening)
    evening.store(sale())

    page = console(client, evening)

    state = json.loads(re.search(r'<script type="application/json" id="state">(.*?)</script>', page.text, re.DOTALL)[1])
    assert page.status_code == 200
    assert [turn["vendor"] and turn["vendor"]["business_name"] for turn in state["turns"]] == [
        "Dapur Tape Kenanga",
        "Batik Bambu Gumitir",
        None,
    ]
    assert state["totals"] == {"sale_count": 1, "item_count": 2, "amount_idr": 36_000}
    assert page.headers["Cache-Control"] == "no-store"


def test_names_cannot_break_out_of_the_state(client: FlaskClient, evening: Evening) -> None:
    sit_down(client, evening)
    evening.store(sale(product_code="</SCRIPT>", unit_price_idr=5, buyer_alias="</script><img src=x onerror=alert(1)>"))

    page = console(client, evening).text

    assert "<img" not in page
    assert page.lower().count("</script>") == 3


@pytest.mark.parametrize(
    ("phone", "way"), [("+62331487000", 'href="tel:+62331487000"'), ("+6281200000100", 'href="https://wa.me/6281200000100"')]
)
def test_the_committee_is_called_where_its_number_has_no_chat(client: FlaskClient, evening: Evening, phone: str, way: str) -> None:
    sit_down(client, evening)
    with transaction() as session:
        session.get_one(Bazaar, evening.bazaar_id).help_phone = phone

    page = console(client, evening).text

    assert (way in page, "Telepon panitia" in page) == (True, phone.startswith("+62331"))


def test_the_host_pages_speak_indonesian_to_every_browser(client: FlaskClient, evening: Evening) -> None:
    sit_down(client, evening)

    page = client.get(f"/siaran/{evening.live_session_id}", headers={"Accept-Language": "en"}).text

    assert '<html lang="id">' in page


def test_a_membership_that_ended_closes_the_console(client: FlaskClient, evening: Evening) -> None:
    account_id = sit_down(client, evening)
    assert console(client, evening).status_code == 200

    with transaction() as session:
        session.scalars(select(Membership).where(Membership.account_id == account_id)).one().ended_at = minutes(1)

    assert console(client, evening).status_code == 404


def test_without_javascript_the_console_says_what_it_needs(client: FlaskClient, evening: Evening) -> None:
    sit_down(client, evening)

    assert "Meja siaran perlu JavaScript" in console(client, evening).text


def test_a_host_by_link_notes_a_call_and_is_named_for_it(client: FlaskClient, evening: Evening, link: tuple[int, str]) -> None:
    factories.sign_in(client, factories.make_sign_in(link_id=link[0]))
    path = f"/siaran/{evening.live_session_id}/telepon/{evening.vendor_ids[1]}/{evening.slot_ids[1]}"
    state = f"/api/v1/live-sessions/{evening.live_session_id}/state"

    listed = client.get(state).json["calls"]
    unanswered = client.post(path, data={"kind": "unanswered"})
    after = client.get(state).json["calls"]
    answered = client.post(path, data={"kind": "unable"})

    assert [call["owner_name"] for call in listed] == ["Bu Mardiyah"]
    assert (unanswered.status_code, answered.status_code) == (204, 204)
    assert after[0]["tried"][-1] == "Ditelepon 20.05 oleh Rani, tidak diangkat"
    assert client.get(state).json["calls"] == []
    with reading() as session:
        noted = newest_answers(session, Answer.slot_id == evening.slot_ids[1])
    assert noted[evening.slot_ids[1], evening.vendor_ids[1]].by == "Rani"


def test_a_call_is_noted_with_one_of_three_outcomes(client: FlaskClient, evening: Evening) -> None:
    sit_down(client, evening)

    answer = client.post(
        f"/siaran/{evening.live_session_id}/telepon/{evening.vendor_ids[1]}/{evening.slot_ids[1]}", data={"kind": "mungkin"}
    )

    assert answer.status_code == 400
