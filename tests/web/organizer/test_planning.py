"""Waiting for the planner on the desk: straight to the draft where it is quick, a page to watch and cancel where it is not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bazaar.editions import planning as work
from bazaar.editions.build import read_problem_of, request_build
from bazaar.editions.jobs import begin_job, fail_job, note_progress
from bazaar.rotation.problem import read_problem
from bazaar.web.organizer import planning
from bazaar.web.planning import wait_for_planning
from tests import factories
from tests.conftest import START, World
from tests.planner import PatientPlanner
from tests.web.organizer.desk import Desk, actions_by, sit_down


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    desk = sit_down(client)
    for day in (1, 5):
        factories.make_live_session(desk.edition_id, starts_at=START + timedelta(days=day), slot_count=2)
    for name in ("Dapur Tape Kenanga", "Batik Gumitir"):
        factories.make_vendor(desk.edition_id, business_name=name)
    return desk


@pytest.fixture
def planner(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[PatientPlanner]:
    """A planner that is not done within the moment that a request waits."""
    planner = PatientPlanner()
    app.extensions["giliran.outside"] = replace(app.extensions["giliran.outside"], ask_planner=planner)
    monkeypatch.setattr(planning, "QUICK_SECONDS", 0.0)
    monkeypatch.setattr(work, "LOOK_SECONDS", 0.0)
    yield planner
    planner.go_on.set()
    wait_for_planning()


def start(desk: Desk, **form: str) -> str:
    """Press build; the path within the edition that it leads to."""
    answer = desk.post("/papan/susun", {"way": "tetap", **form})
    assert answer.status_code == 303
    return str(answer.location).removeprefix(f"/panitia/{desk.slug}")


def test_a_quick_draft_needs_no_waiting(desk: Desk) -> None:
    assert start(desk) == "/papan/rancangan/1"


def test_a_slow_one_is_watched_and_leads_to_its_draft(desk: Desk, planner: PatientPlanner) -> None:
    path = start(desk)
    waiting = desk.get(path).text
    planner.go_on.set()
    wait_for_planning()
    ready = desk.get(path)

    assert "Giliran sedang disusun" in waiting
    assert "Membagi giliran" in waiting
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in waiting
    assert ready.location == f"/panitia/{desk.slug}/papan/rancangan/1"
    assert "Rancangan ke-1 selesai disusun." in desk.get("/papan/rancangan/1").text


def test_progress_is_told_once(desk: Desk) -> None:
    job_id = request_build(desk.edition_id, by=None, now=START).job_id
    begin_job(job_id, now=START)
    note_progress(job_id, "balance", 50, now=START)

    first = desk.get(f"/hitung/{job_id}/kemajuan")
    again = desk.get(f"/hitung/{job_id}/kemajuan", headers={"If-None-Match": first.headers["ETag"]})

    assert first.json == {"at_work": True, "percent": 37, "steps": ["done", "now", "ahead", "ahead"]}
    assert again.status_code == 304


def test_a_second_organizer_sees_the_job_of_the_first(desk: Desk, planner: PatientPlanner, app: Flask) -> None:
    path = start(desk)
    other = app.test_client()
    account_id = factories.make_account(bazaar_id=desk.bazaar_id, name="Dewi")
    factories.sign_in(other, factories.make_sign_in(account_id=account_id))
    hers = Desk(other, desk.edition_id, desk.bazaar_id, account_id, desk.slug)

    assert start(hers) == path
    assert "oleh Rani Prameswari" in hers.get(path).text
    assert "oleh Rani Prameswari" not in desk.get(path).text
    assert "Rani Prameswari memulai hitungan" in hers.get("/papan/susun").text
    planner.go_on.set()
    wait_for_planning()
    assert planner.asked == ["solve"]


def test_cancelling_stops_the_planner_and_offers_the_same_again(desk: Desk, planner: PatientPlanner) -> None:
    path = start(desk, way="ulang", seed="7")

    page = desk.follow(f"{path}/batal").text

    assert planner.was_stopped.wait(5)
    assert "Dibatalkan. Tidak ada yang berubah." in page
    assert '<input type="hidden" name="way" value="ulang">' in page
    assert '<input type="hidden" name="seed" value="7">' in page
    assert actions_by(desk.account_id) == ["cancel_planning"]


def test_cancelling_twice_says_one_thing_and_cancelling_what_has_ended_says_that_it_came_too_late(
    desk: Desk, planner: PatientPlanner
) -> None:
    path = start(desk, way="ulang", seed="7")
    desk.follow(f"{path}/batal")

    again = desk.follow(f"{path}/batal").text
    job_id = request_build(desk.edition_id, by=None, now=START).job_id
    fail_job(job_id, "planner_too_slow", now=START)
    late = desk.follow(f"/hitung/{job_id}/batal").text

    assert "Dibatalkan. Tidak ada yang berubah." in again
    assert "Tidak sempat dibatalkan" not in again
    assert "Tidak sempat dibatalkan" in late


def test_what_failed_says_why(desk: Desk) -> None:
    job_id = request_build(desk.edition_id, by=None, now=START).job_id
    fail_job(job_id, "planner_too_slow", now=START)

    page = desk.get(f"/hitung/{job_id}").text

    assert "lebih dari lima menit" in page
    assert "Coba lagi" in page


def test_what_made_the_planner_crash_can_be_downloaded_and_names_nobody(desk: Desk) -> None:
    job_id = request_build(desk.edition_id, by=None, now=START).job_id
    fail_job(job_id, "planner_crashed", now=START)

    page, file = desk.get(f"/hitung/{job_id}").text, desk.get(f"/hitung/{job_id}/soal.json")

    assert "berhenti mendadak, dua kali" in page
    assert f'href="/panitia/{desk.slug}/hitung/{job_id}/soal.json"' in page
    assert read_problem(file.json) == read_problem_of(desk.edition_id, now=START)
    assert "Kenanga" not in file.text
    assert file.headers["Content-Disposition"] == f'attachment; filename="hitungan-{job_id}-soal.json"'


def test_what_a_command_began_is_told_on_the_pages(desk: Desk) -> None:
    job_id = request_build(desk.edition_id, by=None, now=START).job_id

    assert "dari perintah di server" in desk.get(f"/hitung/{job_id}").text
    assert "Perintah di server memulai hitungan" in desk.get("/papan/susun").text


def test_whoever_asks_something_else_meanwhile_is_told_that_it_did_not_begin(desk: Desk) -> None:
    request_build(desk.edition_id, by=None, now=START)

    same, other = start(desk), start(desk, way="ulang", seed="9")

    assert same == other
    assert desk.get(other).text.count("Permintaan Anda belum dimulai") == 1


def test_a_job_whose_server_died_is_told_as_interrupted(desk: Desk, world: World) -> None:
    job_id = request_build(desk.edition_id, by=None, now=START).job_id
    begin_job(job_id, now=START)
    world.wait(seconds=31)

    page = desk.get(f"/hitung/{job_id}").text

    assert "Hitungannya terputus" in page
    assert start(desk) == "/papan/rancangan/1"
