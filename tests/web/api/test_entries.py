"""The ledger's door over HTTP: who may hand entries in, what a body must be, and what the answer says."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bazaar.accounts.visitor import device_of
from bazaar.sales.devices import revoke_device
from bazaar.states import Role
from bazaar.tokens import hash_token
from models import Entry
from tests import factories
from tests.conftest import World
from tests.sales.evening import Evening, ledger, make_evening, minutes, sale, void


@pytest.fixture
def evening(app: Flask, world: World) -> Evening:
    world.now = minutes(5)
    return make_evening()


@pytest.fixture
def key(evening: Evening) -> str:
    """The key of a phone that may log sales of the evening."""
    return factories.make_device(evening.live_session_id, name="hp-rina")[1]


def post(client: FlaskClient, evening: Evening, key: str | None, body: Any, **headers: str) -> Any:
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    data = body if isinstance(body, bytes) else json.dumps(body)
    return client.post(
        f"/api/v1/live-sessions/{evening.live_session_id}/entries", data=data, content_type="application/json", headers=headers
    )


def rows(evening: Evening) -> list[Entry]:
    return ledger(evening.live_session_id)


# --- Verdicts ------------------------------------------------------------------------------------


def test_the_answer_has_one_verdict_for_each_entry_in_order(client: FlaskClient, evening: Evening, key: str) -> None:
    entry, bad = sale(), sale(qty=0)
    batch = {"device": "hp-1", "entries": [entry, entry, {**entry, "qty": 9}, bad, void(entry)]}

    answer = post(client, evening, key, batch)

    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.json == {
        "verdicts": [
            {"uuid": entry["uuid"], "verdict": "stored", "server_seq": 1},
            {"uuid": entry["uuid"], "verdict": "duplicate", "first": "stored", "server_seq": 1},
            {
                "uuid": entry["uuid"],
                "verdict": "conflict",
                "reason": "other_payload",
                "message": "Nomor catatan ini sudah dipakai dengan isi lain. Yang pertama tetap berlaku; panitia akan melihatnya.",
                "server_seq": None,
            },
            {
                "uuid": bad["uuid"],
                "verdict": "rejected",
                "reason": "qty_out_of_range",
                "message": "Jumlah harus 1 sampai 999.",
                "server_seq": None,
            },
            {"uuid": batch["entries"][4]["uuid"], "verdict": "stored", "server_seq": 2},
        ]
    }


def test_reasons_are_worded_in_the_clients_language(client: FlaskClient, evening: Evening, key: str) -> None:
    answer = post(client, evening, key, {"entries": [sale(qty=0)]}, **{"Accept-Language": "en"})

    assert answer.json["verdicts"][0]["message"] == "The quantity must be 1 to 999."


def test_the_servers_clock_decides_what_is_late(client: FlaskClient, evening: Evening, key: str, world: World) -> None:
    world.now = minutes(18)

    answer = post(client, evening, key, {"entries": [sale(recorded_at="2026-05-05T13:05:00Z")]})

    assert answer.json["verdicts"][0]["verdict"] == "late"


def test_an_empty_batch_is_answered_with_nothing(client: FlaskClient, evening: Evening, key: str) -> None:
    assert post(client, evening, key, {"entries": []}).json == {"verdicts": []}


def test_a_hundred_entries_are_taken_and_one_more_is_not(client: FlaskClient, evening: Evening, key: str) -> None:
    too_many = post(client, evening, key, {"entries": [sale() for _ in range(101)]})
    assert (too_many.status_code, too_many.json["error"], rows(evening)) == (413, "too_many_entries", [])

    answer = post(client, evening, key, {"entries": [sale() for _ in range(100)]})

    assert {verdict["verdict"] for verdict in answer.json["verdicts"]} == {"stored"}
    assert len(rows(evening)) == 100


# --- Bodies --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{bad",
        b"null",
        b"0",
        b"[]",
        b"{}",
        b'"entries"',
        b'{"entries": null}',
        b'{"entries": {}}',
        b'{"entries": "x"}',
        b'{"entries": [NaN]}',
        b'{"entries": [1e999]}',
        b'{"entries": [{"uuid": "\\ud800"}]}',  # half a character
        b'{"entries": ["\xff"]}',
        b'{"entries": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b"uuid=1&kind=sale",
    ],
)
def test_a_body_that_is_no_batch_is_refused_with_a_sentence(client: FlaskClient, evening: Evening, key: str, body: bytes) -> None:
    answer = post(client, evening, key, body)

    assert (answer.status_code, answer.json["error"]) == (400, "entries_unreadable")
    assert "catatan penjualan" in answer.json["message"]
    assert rows(evening) == []


def test_a_body_that_is_too_large_is_not_read(client: FlaskClient, evening: Evening, key: str) -> None:
    answer = post(client, evening, key, {"entries": [sale(note="x" * 600_000)]})

    assert (answer.status_code, answer.json["error"], rows(evening)) == (413, "batch_too_large", [])


def test_the_batch_names_the_device_where_entries_do_not(client: FlaskClient, evening: Evening, key: str) -> None:
    anonymous = [{name: value for name, value in sale().items() if name != "device"} for _ in range(2)]

    post(client, evening, key, {"device": "meja depan", "entries": anonymous[:1]})
    post(client, evening, key, {"device": ["hp"], "entries": anonymous[1:]})

    assert [row.device_name for row in rows(evening)] == ["meja depan", "hp-rina"]


# --- Who -----------------------------------------------------------------------------------------


def test_a_device_key_is_known_by_its_device(client: FlaskClient, evening: Evening, key: str, world: World) -> None:
    post(client, evening, key, {"entries": [sale()]})

    device = device_of(hash_token(key), now=world.now)
    assert device is not None
    assert [(row.device_id, row.sign_in_id) for row in rows(evening)] == [(device.id, None)]


@pytest.mark.parametrize("header", ["Bearer", "Bearer  ", "Bearer wrong", "Basic {key}", "{key}"])
def test_a_wrong_key_is_refused_and_told_that_nothing_is_lost(client: FlaskClient, evening: Evening, key: str, header: str) -> None:
    answer = post(client, evening, None, {"entries": [sale()]}, Authorization=header.format(key=key))

    assert (answer.status_code, answer.json["error"], answer.headers["WWW-Authenticate"]) == (401, "unauthorized", "Bearer")
    assert "Catatan tetap tersimpan di HP" in answer.json["message"]
    assert rows(evening) == []


def test_a_key_ends_when_it_is_revoked_and_when_its_time_is_over(client: FlaskClient, evening: Evening, key: str, world: World) -> None:
    _id, short_lived = factories.make_device(evening.live_session_id, expires_at=minutes(10))
    assert post(client, evening, short_lived, {"entries": [sale()]}).status_code == 200

    revoke_device(evening.live_session_id, "hp-rina", now=minutes(6))
    world.now = minutes(10)

    assert [post(client, evening, ended, {"entries": [sale()]}).status_code for ended in (key, short_lived)] == [401, 401]
    assert len(rows(evening)) == 1


def test_a_key_opens_its_own_live_session_only(client: FlaskClient, evening: Evening, key: str) -> None:
    neighbour = make_evening(bazaar_id=evening.bazaar_id)

    assert post(client, neighbour, key, {"entries": [sale()]}).status_code == 404
    assert rows(neighbour) == []


def test_a_key_may_write_but_not_look(client: FlaskClient, evening: Evening, key: str) -> None:
    bearer = {"Authorization": f"Bearer {key}"}

    answers = [client.get(f"/api/v1/live-sessions/{evening.live_session_id}/{what}", headers=bearer) for what in ("state", "events")]

    assert [answer.status_code for answer in answers] == [401, 401]


@pytest.mark.parametrize(("role", "status"), [(Role.HOST, 200), (Role.ORGANIZER, 200)])
def test_a_signed_in_host_may_write(client: FlaskClient, evening: Evening, role: Role, status: int) -> None:
    factories.sign_in(client, factories.make_sign_in(account_id=factories.make_account(bazaar_id=evening.bazaar_id, role=role)))

    assert post(client, evening, None, {"entries": [sale()]}).status_code == status
    assert [row.sign_in_id is not None and row.device_id is None for row in rows(evening)] == [True]


def test_a_host_of_another_bazaar_finds_nothing(client: FlaskClient, evening: Evening) -> None:
    stranger = factories.make_account(bazaar_id=factories.make_bazaar(), role=Role.HOST)
    factories.sign_in(client, factories.make_sign_in(account_id=stranger))

    assert post(client, evening, None, {"entries": [sale()]}).status_code == 404
    assert rows(evening) == []


def test_nobody_is_asked_to_sign_in(client: FlaskClient, evening: Evening) -> None:
    assert post(client, evening, None, {"entries": [sale()]}).status_code == 401


def test_a_cookie_needs_the_pages_token_and_a_key_does_not(app: Flask, client: FlaskClient, evening: Evening, key: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    keyed = app.test_client()
    factories.sign_in(client, factories.make_sign_in(account_id=factories.make_account(bazaar_id=evening.bazaar_id)))
    page = client.get(f"/siaran/{evening.live_session_id}").text
    token = page.split('name="csrf-token" content="')[1].split('"')[0]

    without = post(client, evening, None, {"entries": [sale()]})
    forged = post(client, evening, None, {"entries": [sale()]}, **{"X-CSRFToken": token, "Sec-Fetch-Site": "cross-site"})
    with_token = post(client, evening, None, {"entries": [sale()]}, **{"X-CSRFToken": token})
    by_key = post(keyed, evening, key, {"entries": [sale()]})

    assert [answer.status_code for answer in (without, forged, with_token, by_key)] == [400, 400, 200, 200]
    assert without.json["error"] != "entries_unreadable"  # else the console would blame the entries
    assert len(rows(evening)) == 2
