"""Malam ini on the organizer's desk: the sentences, and answers noted on the phone."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from bazaar.database import transaction
from bazaar.editions.build import read_problem_of
from bazaar.editions.jobs import request_job
from bazaar.states import AnswerKind, PlanningState
from bazaar.vendors.answers import answer_turn, newest_answer
from models import Edition, PlanningJob, Vendor
from tests import factories
from tests.conftest import World
from tests.sales.evening import Evening, make_evening, minutes, sale
from tests.web.organizer.desk import Desk, actions_by, sit_down


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    return sit_down(client)


@pytest.fixture
def evening(desk: Desk, world: World) -> Evening:
    """Five minutes into the first turn."""
    world.now = minutes(5)
    return make_evening(edition_id=desk.edition_id, host_name="Rani Prameswari")


def test_an_edition_without_data_says_what_to_do_first(desk: Desk) -> None:
    text = desk.get("/").text

    assert "Belum ada lapak. Tempel daftar dari WhatsApp atau Excel." in text
    assert f"/panitia/{desk.slug}/impor" in text


def test_an_edition_without_a_published_rotation_leads_to_the_board(desk: Desk) -> None:
    factories.make_vendor(desk.edition_id)
    factories.make_live_session(desk.edition_id)

    text = desk.get("/").text

    assert "1 lapak tercatat." in text
    assert "Bagi giliran dengan adil, lihat, lalu terbitkan." in text


def test_the_running_evening_says_who_is_on_and_who_is_next(desk: Desk, evening: Evening) -> None:
    evening.store(sale(qty=2))

    text = " ".join(desk.get("/").text.split())

    assert "Selasa malam, 5 Mei" in text
    assert "Sekarang, sampai 20.15 WIB</span>Dapur Tape Kenanga" in text
    assert "Berikutnya 20.15: Batik Bambu Gumitir (menunggu)." in text
    assert "Rp36.000" in text
    assert f"/siaran/{evening.live_session_id}" in text
    assert f"/e/{desk.slug}" in text


def test_before_the_edition_it_says_when_it_begins(desk: Desk, evening: Evening, world: World) -> None:
    world.now = minutes(-3 * 24 * 60)

    text = desk.get("/").text

    assert "3 hari lagi" in text
    assert "Edisi ini mulai Selasa, 5 Mei." in text


def test_after_the_last_evening_it_leads_to_the_results(desk: Desk, evening: Evening, world: World) -> None:
    world.now = minutes(3 * 24 * 60)

    assert "Siaran terakhir edisi ini sudah lewat." in desk.get("/").text


def test_whoever_has_not_answered_can_be_called_and_written_to(desk: Desk, evening: Evening) -> None:
    with transaction() as session:
        session.get_one(Vendor, evening.vendor_ids[1]).phone = "+6281200001024"

    text = desk.get("/").text

    assert 'href="tel:+6281200001024"' in text
    assert "https://wa.me/6281200001024?text=Bu%20Mardiyah%2C%20giliran%20Batik%20Bambu%20Gumitir%20Selasa%2C%205%20Mei" in text


def test_a_demo_shows_no_number_to_call(desk: Desk, evening: Evening) -> None:
    with transaction() as session:
        session.get_one(Edition, desk.edition_id).is_demo = True

    text = desk.get("/").text

    assert "tel:" not in text
    assert "wa.me" not in text
    assert "Nomor di edisi contoh ini karangan." in text


@pytest.mark.parametrize(("kind", "said"), [("ready", "Dicatat: siap."), ("unable", "Dicatat: berhalangan.")])
def test_an_answer_given_on_the_phone_is_noted_with_who_noted_it(desk: Desk, evening: Evening, kind: str, said: str) -> None:
    answer = desk.follow(f"/jawaban/{evening.vendor_ids[1]}/{evening.slot_ids[1]}?siaran={evening.live_session_id}", {"kind": kind})

    assert said in answer.text
    assert "dicatat Rani Prameswari" in answer.text
    with transaction() as session:
        assert newest_answer(session, evening.slot_ids[1], evening.vendor_ids[1]) is AnswerKind(kind)
    assert actions_by(desk.account_id) == ["answer_turn"]


def test_an_answer_that_is_none_is_refused(desk: Desk, evening: Evening) -> None:
    assert desk.post(f"/jawaban/{evening.vendor_ids[1]}/{evening.slot_ids[1]}", {"kind": "maybe"}).status_code == 400


def test_an_answer_about_somebody_elses_turn_is_refused(desk: Desk, evening: Evening) -> None:
    foreign = make_evening()

    assert desk.post(f"/jawaban/{foreign.vendor_ids[1]}/{foreign.slot_ids[1]}", {"kind": "ready"}).status_code == 409
    assert desk.post(f"/jawaban/{evening.vendor_ids[0]}/{evening.slot_ids[1]}", {"kind": "ready"}).status_code == 409


def test_somebody_unable_stands_first_beside_the_way_out(desk: Desk, evening: Evening) -> None:
    answer_turn(desk.edition_id, evening.slot_ids[1], evening.vendor_ids[1], AnswerKind.UNABLE, now=minutes(-60))

    text = desk.get("/").text

    assert text.index("Bu Mardiyah berhalangan") < text.index("masih kosong") < text.index('id="urutan"')
    assert "Cari pengganti" in text


@pytest.mark.parametrize("asked", ["x", "-1", "99999999999999999999", "١", "2147483648", ""])
def test_an_odd_number_in_the_address_shows_the_evening_that_matters(desk: Desk, evening: Evening, asked: str) -> None:
    answer = desk.get(f"/?siaran={asked}")

    assert answer.status_code == 200
    assert "Selasa malam, 5 Mei" in answer.text


def test_names_are_never_markup(desk: Desk, evening: Evening) -> None:
    with transaction() as session:
        session.get_one(Vendor, evening.vendor_ids[0]).business_name = "<b>Tape</b>"

    text = desk.get("/").text

    assert "&lt;b&gt;Tape&lt;/b&gt;" in text
    assert "<b>Tape</b>" not in text


def test_the_next_evening_is_one_step_away(desk: Desk, evening: Evening) -> None:
    later = factories.make_live_session(desk.edition_id, starts_at=minutes(0) + timedelta(days=1))

    text = desk.get("/").text

    assert f"siaran={later}" in text
    assert "Rabu malam, 6 Mei" in desk.get(f"/?siaran={later}").text


def test_ten_minutes_before_the_turn_whoever_gave_no_sign_is_to_be_telephoned(desk: Desk, evening: Evening) -> None:
    with transaction() as session:
        session.get_one(Vendor, evening.vendor_ids[1]).phone = "+6281200001024"
    path = f"/telepon/{evening.vendor_ids[1]}/{evening.slot_ids[1]}"

    before = " ".join(desk.get("/").text.split())
    unanswered = " ".join(desk.follow(path, {"kind": "unanswered"}).text.split())
    answered = desk.follow(path, {"kind": "ready"}).text

    assert "Telepon sekarang" in before
    assert 'href="tel:+6281200001024"' in before
    assert "Belum ada pesan yang berangkat." in before
    assert "Bu Mardiyah belum menjawab" not in before
    assert "Dicatat: tidak diangkat." in unanswered
    assert "Ditelepon 20.05 oleh Rani Prameswari, tidak diangkat." in unanswered
    assert "Dicatat: siap." in answered
    assert "Telepon sekarang" not in answered
    assert actions_by(desk.account_id) == ["call_unanswered", "answer_turn"]


def test_where_somebody_cannot_come_the_evening_and_the_board_offer_the_repair(desk: Desk, evening: Evening, world: World) -> None:
    answer_turn(desk.edition_id, evening.slot_ids[1], evening.vendor_ids[1], AnswerKind.UNABLE, now=minutes(-60))
    asked, board = desk.get("/").text, desk.get("/papan").text
    job_id = request_job(
        desk.edition_id, "repair", read_problem_of(desk.edition_id, now=world.now), {"keep_soon": True}, by=None, now=world.now
    ).job_id
    counting = desk.get("/").text
    with transaction() as session:
        job = session.get_one(PlanningJob, job_id)
        job.state, job.finished_at, job.answer = PlanningState.DONE, world.now, []
    ready = desk.get("/").text

    assert "<strong>Bu Mardiyah berhalangan</strong>" in asked
    assert "Usulan perbaikannya segera dihitung." in asked
    assert "<strong>Bu Mardiyah berhalangan</strong>" in board
    assert "Usulan perbaikannya sedang dihitung." in counting
    assert f'href="/panitia/{desk.slug}/papan/perbaiki/{job_id}">Lihat usulan perbaikan' in ready
