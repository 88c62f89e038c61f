"""The vendor's page over HTTP: what a person reads, what a messenger's preview cannot spoil, and the way out of a dead link."""

import gzip
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from bazaar.database import reading, transaction
from bazaar.editions.air_reports import note_loss
from bazaar.editions.build import read_problem_of
from bazaar.rotation.problem import write_problem
from bazaar.states import AnswerKind, RotationState
from bazaar.web import vendor
from models import Answer, Audit, Availability, Edition, Link, PastTurn, Rotation, SignIn, Vendor, Wish
from tests import factories
from tests.conftest import START, World
from tests.vendors.evening import TONIGHT, ZOOM, Evening, make_evening

PHONE = "Mozilla/5.0 (Linux; Android 9; SM-J260G) AppleWebKit/537.36 Chrome/96.0 Mobile Safari/537.36"


@pytest.fixture
def evening(client: FlaskClient) -> Evening:
    return make_evening()


def open_link(client: FlaskClient, evening: Evening, **kwargs: Any) -> Any:
    return client.get(f"/g/{evening.token}", headers={"User-Agent": PHONE, **kwargs.pop("headers", {})}, **kwargs)


def send(client: FlaskClient, evening: Evening, **form: Any) -> Any:
    return client.post(f"/g/{evening.token}", data=form)


def answers() -> list[tuple[int, AnswerKind, int | None]]:
    with reading() as session:
        return [tuple(row) for row in session.execute(select(Answer.slot_id, Answer.kind, Answer.link_id).order_by(Answer.id))]


def last_opened(evening: Evening) -> Any:
    with reading() as session:
        return session.get_one(Link, evening.link_id).last_opened_at


def test_one_sentence_and_one_time_stand_on_top(client: FlaskClient, evening: Evening) -> None:
    text = open_link(client, evening).text

    assert "Bu Siti Aminah, giliran Ibu malam ini" in text
    assert ">20.15</time> <small>WIB</small>" in text
    assert "Senin, 4 Mei" in text
    assert "Masih 75 menit lagi. Lamanya 15 menit." in text
    assert "Tape dan suwar-suwir di meja" in text
    assert "Tombol Zoom terbuka jam" in text
    assert ZOOM not in text
    assert "https://wa.me/6281200000100" in text


def test_the_page_is_one_small_answer_that_leaves_nothing_behind(client: FlaskClient, evening: Evening) -> None:
    answer = open_link(client, evening, headers={"Accept-Encoding": "gzip"})
    text = gzip.decompress(answer.data).decode()

    assert len(answer.data) <= 30_000
    assert answer.headers.getlist("Set-Cookie") == []
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert [word for word in ("<script", '<link rel="stylesheet"', "<img", " style=", 'name="referrer"') if word in text] == []


def test_ten_previews_change_nothing(client: FlaskClient, evening: Evening) -> None:
    for _ in range(10):
        assert open_link(client, evening, headers={"User-Agent": "WhatsApp/2.23.20.0"}).status_code == 200
    assert client.head(f"/g/{evening.token}").status_code == 200

    with reading() as session:
        left = [session.scalar(select(func.count()).select_from(table)) for table in (Answer, SignIn, Audit)]
    assert (left, last_opened(evening)) == ([0, 0, 0], None)
    assert open_link(client, evening).status_code == 200


def test_a_visit_is_noted_once_in_five_minutes(client: FlaskClient, evening: Evening, world: World) -> None:
    open_link(client, evening)
    world.wait(minutes=4)
    open_link(client, evening)
    noted_within = last_opened(evening)
    world.wait(minutes=2)
    open_link(client, evening)

    assert (noted_within, last_opened(evening)) == (START, START + timedelta(minutes=6))


def test_a_busy_database_costs_the_note_and_not_the_page(client: FlaskClient, evening: Evening, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_args: Any, **_kwargs: Any) -> None:
        raise OperationalError("UPDATE link", {}, Exception("database is locked"))

    monkeypatch.setattr(vendor, "note_opened", locked)

    assert "giliran Ibu malam ini" in open_link(client, evening).text


def test_ready_is_one_press(client: FlaskClient, evening: Evening) -> None:
    answer = send(client, evening, slot_id=evening.slot_id, answer="ready")

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/g/{evening.token}#jawab")
    assert answers() == [(evening.slot_id, AnswerKind.READY, evening.link_id)]
    assert "Terima kasih, Ibu sudah siap." in open_link(client, evening).text


def test_unable_is_asked_once_more_and_can_be_taken_back(client: FlaskClient, evening: Evening) -> None:
    first = send(client, evening, slot_id=evening.slot_id, answer="unable")
    question = client.get(first.headers["Location"]).text
    said_nothing_yet = answers()
    send(client, evening, slot_id=evening.slot_id, answer="unable", sure="1")
    page = open_link(client, evening).text
    send(client, evening, slot_id=evening.slot_id, answer="ready")

    assert "Yakin berhalangan?" in question
    assert "Giliran Senin, 4 Mei, 20.15 WIB, diberikan ke lapak lain." in question
    assert said_nothing_yet == []
    assert "Ibu berhalangan. Sudah kami catat." in page
    assert "Yang disiapkan" not in page
    assert [kind for _slot, kind, _link in answers()] == [AnswerKind.UNABLE, AnswerKind.READY]


def test_a_later_turn_can_be_given_up_early(client: FlaskClient, evening: Evening) -> None:
    question = client.get(f"/g/{evening.token}?yakin={evening.next_slot}").text
    send(client, evening, slot_id=evening.next_slot, answer="unable", sure="1")

    assert "Giliran Selasa, 12 Mei, 20.15 WIB, diberikan ke lapak lain." in question
    assert "Ibu bisa hadir?" in question
    assert answers() == [(evening.next_slot, AnswerKind.UNABLE, evening.link_id)]


def test_an_answer_about_a_turn_that_is_gone_says_so_and_shows_the_page(client: FlaskClient, evening: Evening, world: World) -> None:
    stranger = factories.slot_ids(factories.make_live_session(evening.edition_id, starts_at=TONIGHT + timedelta(days=2)))[0]

    changed = send(client, evening, slot_id=stranger, answer="ready")
    world.now = TONIGHT + timedelta(hours=1)
    over = send(client, evening, slot_id=evening.slot_id, answer="ready")

    assert (changed.status_code, "Giliran ini baru saja berubah." in changed.text) == (409, True)
    assert (over.status_code, "Giliran ini sudah lewat" in over.text) == (409, True)
    assert "giliran Ibu berikutnya" in over.text
    assert answers() == []


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"answer": "ready"},
        {"slot_id": "x", "answer": "ready"},
        {"slot_id": "1", "answer": "mungkin"},
        {"slot_id": "9" * 30, "answer": "ready"},
    ],
)
def test_a_form_that_says_nothing_is_refused(client: FlaskClient, evening: Evening, form: dict[str, str]) -> None:
    assert send(client, evening, **form).status_code == 400


def test_another_site_cannot_answer(client: FlaskClient, evening: Evening) -> None:
    answer = client.post(
        f"/g/{evening.token}",
        data={"slot_id": evening.slot_id, "answer": "ready"},
        headers={"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"},
    )

    assert (answer.status_code, answers()) == (400, [])


def test_an_answer_with_the_opaque_origin_of_a_page_without_referrer_counts(client: FlaskClient, evening: Evening) -> None:
    client.application.config["WTF_CSRF_ENABLED"] = True

    answer = client.post(
        f"/g/{evening.token}",
        data={"slot_id": evening.slot_id, "answer": "ready"},
        headers={"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    )

    assert (answer.status_code, len(answers())) == (303, 1)


def test_zoom_opens_when_it_is_time(client: FlaskClient, evening: Evening, world: World) -> None:
    world.now = TONIGHT - timedelta(minutes=15)

    text = open_link(client, evening).text

    assert f'href="{ZOOM}"' in text
    assert "Tombol Zoom terbuka" not in text


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [
        (-0.5, "Bu Siti Aminah, sebentar lagi giliran Ibu"),
        (0.1, "Bu Siti Aminah, sekarang giliran Ibu"),
        (1, "Giliran tadi selesai."),
        (24 * 20, "Semua giliran Ibu sudah selesai."),
    ],
)
def test_the_sentence_follows_the_hour(client: FlaskClient, evening: Evening, world: World, hours: float, sentence: str) -> None:
    world.now = TONIGHT + timedelta(hours=hours)

    assert sentence in open_link(client, evening).text


def test_a_wish_and_other_zones_are_told_in_the_readers_own_way(client: FlaskClient, evening: Evening) -> None:
    with transaction() as session:
        session.add(Wish(vendor_id=evening.vendor_id, from_minute=19 * 60 + 30))

    indonesian, english = open_link(client, evening).text, open_link(client, evening, query_string={"lang": "en"}).text

    assert "Ibu minta mulai jam 19.30. Permintaan itu terpenuhi." in indonesian
    assert '<th scope="row">WIT</th><td class="num">22.15</td>' in indonesian
    assert "You asked for 19:30 or later. Your wish was met." in english
    assert '<th scope="row">WIT</th><td class="num">22:15</td>' in english


def test_a_wish_that_only_some_turns_meet_is_told_by_number(client: FlaskClient, evening: Evening) -> None:
    with transaction() as session:
        session.add(Wish(vendor_id=evening.vendor_id, weekdays=[0]))

    indonesian, english = open_link(client, evening).text, open_link(client, evening, query_string={"lang": "en"}).text

    assert ("1 dari 3 giliran sesuai." in indonesian, "terpenuhi" in indonesian) == (True, False)
    assert "1 of 3 turns match it." in english


def test_whoever_withdrew_is_neither_compared_with_others_nor_sent_to_a_draw_without_them(client: FlaskClient, evening: Evening) -> None:
    factories.make_closing(evening.edition_id, evening.past_slot, evening.vendor_id)
    with transaction() as session:
        session.get_one(Vendor, evening.vendor_id).withdrawn_at = START

    in_force = open_link(client, evening).text
    with transaction() as session:
        session.query(Rotation).update({"state": RotationState.SUPERSEDED})
    factories.make_rotation(evening.edition_id, [(evening.next_slot, factories.make_vendor(evening.edition_id))])
    gone = open_link(client, evening).text

    assert ("2 pesanan" in in_force, "2 pesanan" in gone) == (True, True)
    assert [words in text for text in (in_force, gone) for words in ("lapak dapat", "dalam undian", "bukti undian")] == [False] * 6


def test_results_and_reasons_are_told(client: FlaskClient, evening: Evening) -> None:
    factories.make_closing(evening.edition_id, evening.past_slot, evening.vendor_id)

    text = open_link(client, evening).text

    assert "2 pesanan" in text
    assert "Rp45.000" in text
    assert "Semua lapak dapat 3 giliran." in text
    assert "Ibu tidak minta jam tertentu." in text


def test_the_draws_own_reasons_are_told_in_both_languages(client: FlaskClient, evening: Evening) -> None:
    away = factories.make_vendor(evening.edition_id)
    with transaction() as session:
        session.add_all(Availability(vendor_id=away, weekday=day) for day in range(7))
        session.add(PastTurn(vendor_id=evening.vendor_id, edition_name="2025", started_at=START - timedelta(days=365), minutes_aired=10))
        session.add(PastTurn(vendor_id=away, edition_name="2025", started_at=START - timedelta(days=365), minutes_aired=50))
    problem = write_problem(read_problem_of(evening.edition_id, now=START))
    with transaction() as session:
        session.execute(update(Rotation).where(Rotation.edition_id == evening.edition_id).values(problem=problem))

    indonesian, english = open_link(client, evening).text, open_link(client, evening, query_string={"lang": "en"}).text

    assert "Di waktu giliran Ibu, 1 lapak lain tidak bisa." in indonesian
    assert "Dulu nilai giliran Ibu di bawah rata-rata. Kali ini di atas rata-rata." in indonesian
    assert "Your turns were worth less than the average before. This time they are worth more." in english
    assert "tidak muat" not in indonesian  # the draw knows of two turns, the page of three
    assert "Other vendors who cannot come at the time of your turn: 1." in english


@pytest.mark.parametrize("past_minutes", [10, 90])
def test_a_vendor_is_never_told_of_more_or_less_than_the_draw_gives(client: FlaskClient, evening: Evening, past_minutes: int) -> None:
    """Both have turns worth the same now: whatever was carried over, nobody gets more or less than the mean."""
    other = factories.make_vendor(evening.edition_id)
    with transaction() as session:
        for vendor_id, minutes in ((evening.vendor_id, past_minutes), (other, 50)):
            session.add(PastTurn(vendor_id=vendor_id, edition_name="2025", started_at=START - timedelta(days=365), minutes_aired=minutes))
        session.query(Rotation).update({"state": RotationState.SUPERSEDED})
    more = factories.slot_ids(factories.make_live_session(evening.edition_id, starts_at=TONIGHT + timedelta(days=4), slot_count=1))
    factories.make_rotation(evening.edition_id, [(evening.next_slot, evening.vendor_id), (more[0], other)])
    problem = write_problem(read_problem_of(evening.edition_id, now=START))
    with transaction() as session:
        session.execute(update(Rotation).where(Rotation.state == RotationState.PUBLISHED).values(problem=problem))

    text = open_link(client, evening).text

    side = "bawah" if past_minutes < 50 else "atas"
    assert f"Dulu nilai giliran Ibu di {side} rata-rata. Itu ikut dihitung waktu giliran dibagi." in text
    assert "Kali ini" not in text


def test_a_turn_that_failed_is_owned_up_to_until_the_one_in_its_place_is_over(client: FlaskClient, evening: Evening, world: World) -> None:
    note_loss(evening.past_slot, lost_minutes=15, reason="Listrik padam", by=None, now=world.now)

    waiting, english = open_link(client, evening).text, client.get(f"/g/{evening.token}?lang=en").text
    with transaction() as session:
        session.query(Rotation).update({"state": RotationState.SUPERSEDED})
    given = factories.slot_ids(factories.make_live_session(evening.edition_id, starts_at=world.now + timedelta(days=3), slot_count=1))
    turns = [(slot_id, evening.vendor_id) for slot_id in (evening.past_slot, evening.slot_id, evening.next_slot, *given)]
    factories.make_rotation(evening.edition_id, turns)
    known = open_link(client, evening).text
    world.wait(days=4)
    over = open_link(client, evening).text

    sorry = "Maaf, giliran Minggu, 26 April jam 20.15 WIB terputus karena gangguan."
    assert "Semua lapak dapat 2 giliran." in waiting  # the third failed
    assert (sorry in waiting, "Waktunya sedang dicarikan panitia" in waiting) == (True, True)
    assert ("you get another turn in its place" in english, "Listrik padam" in waiting) == (True, False)
    assert (sorry in known, "Gantinya Kamis, 7 Mei jam 19.00 WIB." in known) == (True, True)
    assert sorry not in over


def test_a_failed_turn_with_no_slot_left_is_told_as_credit_not_as_a_turn_to_come(
    client: FlaskClient, evening: Evening, world: World
) -> None:
    note_loss(evening.past_slot, lost_minutes=15, reason="Listrik padam", by=None, now=world.now)
    world.now = TONIGHT + timedelta(days=9)

    indonesian, english = open_link(client, evening).text, client.get(f"/g/{evening.token}?lang=en").text

    assert "Nilai giliran itu menjadi bekal Ibu di edisi berikutnya" in indonesian
    assert ("mendapat giliran pengganti" in indonesian, "sedang dicarikan" in indonesian) == (False, False)
    assert "What the turn was worth counts for you in the next edition" in english


def test_english_comes_by_browser_or_address_and_stays(client: FlaskClient, evening: Evening) -> None:
    by_browser = open_link(client, evening, headers={"Accept-Language": "en-GB,en;q=0.9"}).text
    by_address = open_link(client, evening, query_string={"lang": "en"}).text
    answered = client.post(f"/g/{evening.token}?lang=en", data={"slot_id": evening.slot_id, "answer": "unable"})

    assert "your turn is tonight" in by_browser
    assert f'action="/g/{evening.token}?lang=en"' in by_address
    assert answered.headers["Location"] == f"/g/{evening.token}?lang=en&yakin={evening.slot_id}#jawab"


def test_a_revoked_link_leads_to_a_prepared_message(client: FlaskClient, evening: Evening) -> None:
    with transaction() as session:
        session.get_one(Link, evening.link_id).revoked_at = START

    answer = open_link(client, evening)

    assert answer.status_code == 410
    assert "Tautan ini sudah diganti" in answer.text
    assert "https://wa.me/6281200000100?text=Halo%20panitia" in answer.text
    assert "Siti" not in answer.text
    assert "style-src 'sha256-" in answer.headers["Content-Security-Policy"]
    assert send(client, evening, slot_id=evening.slot_id, answer="ready").status_code == 410
    assert client.get(f"/g/{evening.token}/kalender.ics").status_code == 410


def test_an_unknown_link_is_no_dead_end(client: FlaskClient, evening: Evening) -> None:
    answer = client.get("/g/tidak-ada")

    assert answer.status_code == 404
    assert "Tautan ini tidak dikenal" in answer.text
    assert "https://wa.me/6281200000100" in answer.text


def test_a_hosts_link_opens_no_vendors_page(client: FlaskClient, evening: Evening) -> None:
    live_session_id = factories.make_live_session(evening.edition_id, starts_at=TONIGHT + timedelta(days=2))
    _id, token = factories.make_link(evening.edition_id, live_session_id=live_session_id)

    assert client.get(f"/g/{token}").status_code == 404


def test_calendars_are_served_by_turn_and_as_a_feed(client: FlaskClient, evening: Evening) -> None:
    page = open_link(client, evening).text
    one = client.get(f"/g/{evening.token}/giliran-{evening.slot_id}.ics")
    feed = client.get(f"/g/{evening.token}/kalender.ics")
    foreign = client.get(f"/g/{evening.token}/giliran-99999.ics")

    assert f'href="/g/{evening.token}/giliran-{evening.slot_id}.ics"' in page
    assert f'href="webcal://localhost:8000/g/{evening.token}/kalender.ics"' in page
    assert [answer.headers["Content-Type"] for answer in (one, feed)] == ["text/calendar; charset=utf-8"] * 2
    assert [answer.text.count("BEGIN:VEVENT") for answer in (one, feed)] == [1, 3]
    assert foreign.status_code == 404


@pytest.mark.parametrize(
    ("model", "field", "sentence"),
    [(Vendor, "withdrawn_at", "lapak Ibu sudah berhenti"), (Edition, "archived_at", "Bazar ini sudah ditutup.")],
)
def test_where_nothing_is_ahead_the_page_says_why_and_asks_nothing(
    client: FlaskClient, evening: Evening, world: World, model: Any, field: str, sentence: str
) -> None:
    with transaction() as session:
        setattr(session.get_one(model, evening.vendor_id if model is Vendor else evening.edition_id), field, START)
    world.wait(minutes=1)

    text = open_link(client, evening).text
    refused = send(client, evening, slot_id=evening.slot_id, answer="ready")

    assert sentence in text
    assert "<form" not in text
    assert (refused.status_code, answers()) == (409, [])


def test_markup_in_names_is_shown_and_not_run(client: FlaskClient, evening: Evening) -> None:
    with transaction() as session:
        session.get_one(Vendor, evening.vendor_id).owner_name = 'Bu <b>Siti</b> & "Adik" 100%'

    text = open_link(client, evening).text

    assert "Bu &lt;b&gt;Siti&lt;/b&gt; &amp; &#34;Adik&#34; 100%, giliran Ibu malam ini" in text
