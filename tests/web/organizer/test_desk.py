"""What every desk page has in common: above all, that it says when reminders stand still."""

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from bazaar.reminders.pulse import note_began, note_failed, note_finished
from tests.conftest import START, World
from tests.web.organizer.desk import Desk, sit_down

STOPPED = "Pengingat dan tutup buku berhenti"
PAGES = ["/", "/pesan", "/hasil", "/hasil/perlu-dilihat", "/lapak"]


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    return sit_down(client)


def beat(*names: str, at: datetime) -> None:
    for name in names:
        note_began(name, now=at)
        note_finished(name, now=at)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_that_the_scheduler_stopped_and_since_when(desk: Desk, world: World, path: str) -> None:
    beat("heartbeat", "pump", "close", at=START)
    world.wait(seconds=40)
    fresh = desk.get(path).text
    world.wait(seconds=1)

    late = desk.get(path).text

    assert STOPPED not in fresh
    assert STOPPED in late
    assert "sejak Sen, 4 Mei, 19.00 WIB" in late


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/papan",
        "/papan/susun",
        "/papan/perbaiki",
        "/papan/versi",
        "/pengaturan",
        "/pengaturan/nilai",
        "/lapak",
        "/siaran",
        "/pesan",
        "/hasil",
        "/tautan",
        "/impor",
    ],
)
def test_a_page_has_one_heading_of_the_first_rank_also_while_there_is_nothing_to_show(desk: Desk, path: str) -> None:
    page = desk.get(path).text

    assert page.count("<h1") == 1


def test_a_scheduler_that_never_ran_is_said_to_stand_still(desk: Desk) -> None:
    assert STOPPED in desk.get("/pesan").text


def test_a_beat_that_keeps_failing_is_named_while_the_others_go_on(desk: Desk, world: World) -> None:
    beat("heartbeat", "pump", "close", at=START)
    for _ in range(13):
        at = world.wait(seconds=10)
        beat("heartbeat", "pump", at=at)
        note_began("close", now=at)
        note_failed("close", "OperationalError: disk full", now=at)

    text = desk.get("/pesan").text

    assert "Tutup buku macet" in text
    assert "disk full" not in text
    assert STOPPED not in text


def test_an_open_page_can_ask_for_the_banner_alone(desk: Desk, world: World) -> None:
    beat("heartbeat", "pump", "close", at=START)
    well = desk.get("/detak").text
    world.now = START + timedelta(minutes=3)

    ill = desk.get("/detak").text

    assert well.strip() == ""
    assert STOPPED in ill
    assert "<html" not in ill


def test_the_number_of_messages_to_send_stands_beside_the_tab_only_while_there_are_some(desk: Desk) -> None:
    assert "pesan belum dikirim" not in desk.get("/").text
