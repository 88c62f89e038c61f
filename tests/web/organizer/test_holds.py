"""Organizers see within a minute that nothing is sent, why, and end it themselves where that is theirs to decide."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bazaar.database import transaction
from bazaar.reminders.pulse import note_failed, note_standing_by
from bazaar.states import DeliveryState, HoldReason
from models import SendingHold
from tests.conftest import START, World
from tests.factories import make_edition, make_live_session, make_vendor, slot_ids
from tests.reminders.stage import TURN_AT, publish, states
from tests.web.organizer.desk import Desk, actions_by, sit_down


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    return sit_down(client)


def hold(reason: HoldReason, note: str = "", **fields: object) -> int:
    with transaction() as session:
        row = SendingHold(reason=reason, note=note, **{"began_at": START, **fields})
        session.add(row)
        session.flush()
        return row.id


def stage(desk: Desk, world: World) -> None:
    """One message due before the hold began, and useful still."""
    slots = slot_ids(make_live_session(desk.edition_id, starts_at=TURN_AT))
    publish(desk.edition_id, [(slots[0], make_vendor(desk.edition_id, email="sari@example.com"))], now=START)
    world.now = TURN_AT - timedelta(hours=23)


def test_where_nothing_is_held_the_page_says_so(desk: Desk) -> None:
    page = desk.get("/jeda").text

    assert "Pengiriman berjalan" in page
    assert "Tidak ada yang menahan pesan" in page


@pytest.mark.parametrize(("choice", "state"), [("drop", DeliveryState.EXPIRED), ("send", DeliveryState.PLANNED)])
def test_after_a_restore_a_person_reads_the_figures_and_decides(desk: Desk, world: World, choice: str, state: DeliveryState) -> None:
    stage(desk, world)
    hold_id = hold(HoldReason.RESTORE, "restored 7", began_at=world.now)
    assert "cadangan data baru dipulihkan" in desk.get("/detak").text

    page = desk.get("/jeda").text
    answer = desk.follow("/jeda", {"hold": hold_id, "choice": choice})

    assert '<strong class="num">7</strong> pesan diketahui sudah terkirim' in page
    assert '<strong class="num">1</strong> pesan sudah waktunya dan masih berguna' in page
    assert "Pengiriman berjalan lagi" in answer.text
    assert states(desk.edition_id)[0] is state
    assert actions_by(desk.account_id) == ["release_hold"]
    assert "cadangan data" not in desk.get("/detak").text
    assert desk.post("/jeda", {"hold": hold_id, "choice": choice}).status_code == 409


@pytest.mark.parametrize(
    ("note", "sentence"),
    [
        ("jumped 36000", "Jam server melompat 10 jam ke depan"),
        ("jumped -600", "Jam server melompat 10 menit ke belakang"),
        ("jumped 315619200", "Jam server melompat 10 tahun ke depan"),
        ("behind 86400", "Jam server tertinggal 1 hari"),
    ],
)
def test_trouble_of_the_clock_is_told_in_words(desk: Desk, note: str, sentence: str) -> None:
    hold(HoldReason.CLOCK, note, ends_at=START + timedelta(minutes=1))

    assert "jam server tidak bisa dipercaya" in desk.get("/pesan").text
    assert sentence in desk.get("/jeda").text


def test_where_several_bazaars_share_the_server_its_keeper_decides(desk: Desk) -> None:
    make_edition()
    hold_id = hold(HoldReason.RESTORE)

    page = desk.get("/jeda").text

    assert "Pengurus server yang memutuskan" in page
    assert "Kirim yang masih berguna" not in page
    assert desk.post("/jeda", {"hold": hold_id, "choice": "send"}).status_code == 403


@pytest.mark.parametrize(
    "data", [{}, {"hold": "x", "choice": "send"}, {"hold": "1", "choice": "maybe"}, {"hold": "9" * 99, "choice": "send"}]
)
def test_a_form_that_was_made_up_is_refused(desk: Desk, data: dict[str, str]) -> None:
    assert desk.post("/jeda", data).status_code == 400


def test_a_second_scheduler_and_a_full_disk_are_told(desk: Desk, world: World) -> None:
    for _ in range(8):
        note_standing_by(now=world.now)
        world.wait(seconds=5)
    note_failed("pump", "JournalError: /srv cannot be written to: No space left on device", now=world.now)
    note_failed("backup", "backup_damaged", now=world.now)

    banners = desk.get("/detak").text

    assert "Dua penjadwal berjalan." in banners
    assert "server tidak bisa menulis" in banners
    assert "Cadangan data tidak berhasil" in banners


def test_the_commands_list_and_release(app: Flask, world: World) -> None:
    run = app.test_cli_runner().invoke
    assert run(args=["reminders", "release-hold", "--send"]).exit_code == 1
    hold(HoldReason.RESTORE, "restored 2")
    hold(HoldReason.CLOCK, "behind 600", ends_at=START + timedelta(minutes=8))

    listed = run(args=["reminders", "holds"])
    released = run(args=["reminders", "release-hold", "--drop"])

    assert "restore, since 2026-05-04 12:00:00 UTC: 2 known to have left" in listed.stdout
    assert "clock behind by +600 s" in listed.stdout
    assert released.stdout.splitlines() == ["restore: released", "clock: released"]
    assert run(args=["reminders", "holds"]).stderr == "Nothing holds sending up.\n"
