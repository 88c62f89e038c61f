"""What the console reads: a state with an ETag, and a stream that resumes, beats, and ends with the right to look."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bazaar.live import stream
from bazaar.live.hub import Hub
from bazaar.states import Role
from bazaar.vendors.links import revoke_link
from tests import factories
from tests.conftest import World
from tests.sales.evening import Evening, make_evening, minutes, sale


@pytest.fixture
def evening(app: Flask, world: World) -> Iterator[Evening]:
    world.now = minutes(5)
    yield make_evening()
    for hub in [value for value in app.extensions.values() if isinstance(value, Hub)]:
        hub.stop()
        hub.join()


@pytest.fixture
def host(client: FlaskClient, evening: Evening) -> FlaskClient:
    """A browser of a host of the evening's bazaar."""
    account_id = factories.make_account(bazaar_id=evening.bazaar_id, role=Role.HOST)
    factories.sign_in(client, factories.make_sign_in(account_id=account_id))
    return client


def state(client: FlaskClient, evening: Evening, **headers: str) -> Any:
    return client.get(f"/api/v1/live-sessions/{evening.live_session_id}/state", headers=headers)


def open_stream(client: FlaskClient, evening: Evening, last_id: str | None = None) -> Any:
    headers = {"Last-Event-ID": last_id} if last_id else {}
    return client.get(f"/api/v1/live-sessions/{evening.live_session_id}/events", headers=headers)


def read_until(answer: Any, word: str) -> str:
    """What the stream says up to the first piece with the word in it."""
    heard = ""
    deadline = time.monotonic() + 10
    for piece in answer.iter_encoded():
        heard += piece.decode()
        if word in heard:
            return heard
        assert time.monotonic() < deadline, heard
    return heard


# --- State ---------------------------------------------------------------------------------------


def test_the_state_is_fetched_once_and_then_only_when_it_changed(host: FlaskClient, evening: Evening, world: World) -> None:
    first = state(host, evening)
    world.wait(seconds=30)
    again = state(host, evening, **{"If-None-Match": first.headers["ETag"]})
    evening.store(sale())
    changed = state(host, evening, **{"If-None-Match": first.headers["ETag"]})

    assert [answer.status_code for answer in (first, again, changed)] == [200, 304, 200]
    assert first.headers["Cache-Control"] == "no-store"
    assert (first.json["totals"]["amount_idr"], changed.json["totals"]["amount_idr"]) == (0, 36_000)


def test_the_state_is_for_hosts_of_that_bazaar(client: FlaskClient, evening: Evening) -> None:
    nobody = state(client, evening)
    factories.sign_in(client, factories.make_sign_in(account_id=factories.make_account(bazaar_id=factories.make_bazaar())))
    stranger = state(client, evening)

    assert (nobody.status_code, stranger.status_code) == (401, 404)


# --- Events --------------------------------------------------------------------------------------


def test_a_stream_begins_with_the_version_and_tells_each_change(host: FlaskClient, evening: Evening) -> None:
    before = state(host, evening).json["version"]
    with closing(open_stream(host, evening)) as answer:
        assert (answer.mimetype, answer.headers["X-Accel-Buffering"]) == ("text/event-stream", "no")
        first = read_until(answer, before)

        evening.store(sale())
        after = state(host, evening).json["version"]
        second = read_until(answer, after)

    assert first == f"retry: 2000\n\nid: {before}\nevent: changed\ndata: {json.dumps({'version': before})}\n\n"
    assert second.startswith(f"id: {after}\n")


def test_a_stream_that_resumes_says_nothing_twice(host: FlaskClient, evening: Evening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.3)
    seen = state(host, evening).json["version"]

    with closing(open_stream(host, evening, seen)) as answer:
        heard = read_until(answer, "terhubung")

    assert heard == "retry: 2000\n\n: masih terhubung\n\n"


def test_a_stream_ends_when_the_link_behind_it_is_revoked(
    client: FlaskClient, evening: Evening, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.3)
    link_id, _token = factories.make_link(evening.edition_id, live_session_id=evening.live_session_id)
    factories.sign_in(client, factories.make_sign_in(link_id=link_id))

    with closing(open_stream(client, evening)) as answer:
        read_until(answer, "changed")
        revoke_link(evening.edition_id, link_id, by=None, now=world.now)
        heard = read_until(answer, "a word that never comes")

    assert heard.endswith("event: ended\ndata: {}\n\n")
    assert (state(client, evening).status_code, open_stream(client, evening).status_code) == (401, 401)


def test_who_comes_when_all_streams_are_taken_is_told_to_ask_instead(
    host: FlaskClient, evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bazaar.web.api.events.MOST_STREAMS", 0)

    answer = open_stream(host, evening)

    assert (answer.status_code, answer.json["error"]) == (503, "too_many_streams")
    assert state(host, evening).status_code == 200
