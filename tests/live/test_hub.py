"""The hub tells every open stream of a change, whoever made it, and rests when nobody looks."""

import threading
import time
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from bazaar.database import db
from bazaar.live.hub import Hub
from bazaar.web.api.live_hub import live_hub
from tests.conftest import World
from tests.sales.evening import Evening, make_evening, minutes, sale

PATIENCE = 10.0


@pytest.fixture
def hub(app: Flask, world: World) -> Iterator[Hub]:
    world.now = minutes(5)
    hub = live_hub()
    yield hub
    hub.stop()
    hub.join()


def hub_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "giliran-hub"]


def test_a_change_of_this_process_is_told(hub: Hub) -> None:
    evening = make_evening()

    with hub.watch(evening.live_session_id):
        first = hub.wait(evening.live_session_id, None, PATIENCE)
        evening.store(sale())
        hub.poke()
        second = hub.wait(evening.live_session_id, first, PATIENCE)

    assert first is not None
    assert second not in {first, None}


def test_a_change_of_another_process_is_told_without_a_poke(hub: Hub, database_url: str) -> None:
    evening = make_evening()
    elsewhere = create_engine(database_url)

    with hub.watch(evening.live_session_id):
        first = hub.wait(evening.live_session_id, None, PATIENCE)
        with elsewhere.begin() as connection:
            connection.execute(text("UPDATE product SET price_idr = 1 WHERE code = 'K03'"))
        second = hub.wait(evening.live_session_id, first, PATIENCE)
    elsewhere.dispose()

    assert second not in {first, None}


def test_a_change_elsewhere_wakes_nobody(hub: Hub) -> None:
    evening, other = make_evening(), make_evening()

    with hub.watch(evening.live_session_id):
        first = hub.wait(evening.live_session_id, None, PATIENCE)
        other.store(sale())
        hub.poke()

        assert hub.wait(evening.live_session_id, first, 0.4) is None


def test_one_thread_serves_all_streams_and_leaves_with_the_last(hub: Hub) -> None:
    evening, other = make_evening(), make_evening()

    with hub.watch(evening.live_session_id), hub.watch(evening.live_session_id), hub.watch(other.live_session_id):
        assert (hub.stream_count, len(hub_threads())) == (3, 1)

    hub.join()
    assert (hub.stream_count, hub_threads()) == (0, [])


def test_a_stop_ends_every_wait_at_once(hub: Hub) -> None:
    evening = make_evening()
    began = time.monotonic()

    with hub.watch(evening.live_session_id):
        first = hub.wait(evening.live_session_id, None, PATIENCE)
        threading.Timer(0.1, hub.stop).start()
        ended = hub.wait(evening.live_session_id, first, PATIENCE)

    assert ended is None
    assert hub.is_stopped
    assert time.monotonic() - began < PATIENCE


def test_a_database_that_stumbles_is_looked_at_again(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    evening: Evening = make_evening()
    answers = iter([OSError("gone for a moment")])

    def version_of(_live_session_id: int) -> str:
        for error in answers:
            raise error
        return "v1"

    hub = Hub(db.engine, version_of)
    with hub.watch(evening.live_session_id):
        version = hub.wait(evening.live_session_id, None, PATIENCE)
    hub.stop()
    hub.join()

    assert version == "v1"
    assert "trying again" in caplog.text
