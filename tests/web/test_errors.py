"""What people see when something is refused or breaks: a sentence in their language, never the inside of the server."""

import sqlite3
import string

import psycopg.errors
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, abort, default_exceptions

from bazaar.refusals import Refusal
from bazaar.states import Role
from bazaar.web.access import Access, allow
from bazaar.web.errors import SENTENCES, word_refusal
from tests import factories
from tests.sales.evening import make_evening
from tests.web.organizer.desk import sit_down


def _sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("rahasia di /srv/giliran")
    error.sqlite_errorcode = code
    return error


PASSING = {
    "locked": _sqlite_error(sqlite3.SQLITE_BUSY),
    "deadlock": psycopg.errors.DeadlockDetected("rahasia"),
    "serialization": psycopg.errors.SerializationFailure("rahasia"),
    "lock-timeout": psycopg.errors.LockNotAvailable("rahasia"),
    "away": psycopg.OperationalError("connection refused to /srv/giliran"),
}


@pytest.fixture
def breaking(app: Flask) -> FlaskClient:
    """Pages that fail in the way their address says."""

    @app.get("/gagal/<way>")
    @app.get("/api/gagal/<way>")
    @allow(Access.PUBLIC)
    def fail(way: str) -> str:
        if way == "bug":
            raise ZeroDivisionError("rahasia di /srv/giliran")
        if way in PASSING:
            raise OperationalError("UPDATE", {}, PASSING[way])
        if way == "waiting":
            raise PoolTimeoutError("too many at once")
        if way == "schema":
            raise OperationalError("SELECT", {}, _sqlite_error(sqlite3.SQLITE_ERROR))
        if way == "refusal":
            raise Refusal("already_member", email="<b>rani@contoh.id</b>")
        abort(int(way))

    return app.test_client()


def test_a_bug_is_a_page_with_a_code_to_tell_and_a_traceback_in_the_log(breaking: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    answer = breaking.get("/gagal/bug")

    assert answer.status_code == 500
    assert "Ada yang macet di pihak kami." in answer.text
    assert not [trace for trace in ("Traceback", "ZeroDivision", "rahasia", "/srv/") if trace in answer.text]
    (record,) = [record for record in caplog.records if record.exc_info]
    reference = record.getMessage().split()[2]
    assert reference in answer.text
    assert "rahasia" in caplog.text


def test_a_bug_behind_the_api_is_json_with_the_same_code(breaking: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    answer = breaking.get("/api/gagal/bug")

    body = answer.get_json()
    assert (answer.status_code, body["error"]) == (500, "bug")
    assert body["reference"] in caplog.text


@pytest.mark.parametrize("way", [*PASSING, "waiting"])
def test_a_database_that_cannot_do_it_now_asks_to_try_again(breaking: FlaskClient, way: str) -> None:
    page, document = breaking.get(f"/gagal/{way}"), breaking.get(f"/api/gagal/{way}")

    assert page.status_code == document.status_code == 503
    assert "Sedang ramai, jadi belum tersimpan." in page.text
    assert page.headers["Retry-After"] == "5"
    assert document.get_json()["error"] == "busy"
    assert "rahasia" not in page.text + document.text


def test_a_database_that_does_not_know_its_tables_is_a_bug(breaking: FlaskClient) -> None:
    assert breaking.get("/gagal/schema").status_code == 500


def test_a_refusal_is_worded_and_escaped(breaking: FlaskClient) -> None:
    page, document = breaking.get("/gagal/refusal"), breaking.get("/api/gagal/refusal?lang=en")

    assert page.status_code == document.status_code == 409
    assert "&lt;b&gt;rani@contoh.id&lt;/b&gt; sudah menjadi anggota bazar ini." in page.text
    assert document.get_json() == {"error": "already_member", "message": "<b>rani@contoh.id</b> is a member of this bazaar already."}


@pytest.mark.parametrize("status", sorted(code for code in default_exceptions if 400 <= code < 600))
def test_every_http_error_is_a_page_in_both_languages(breaking: FlaskClient, status: int) -> None:
    indonesian, english = breaking.get(f"/gagal/{status}"), breaking.get(f"/gagal/{status}?lang=en")
    builtin = default_exceptions[status].description or "?"

    for answer, language in ((indonesian, "id"), (english, "en")):
        assert answer.status_code == status
        assert f'<html lang="{language}">' in answer.text
        assert builtin not in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
    assert indonesian.text != english.text


def test_a_wrong_method_says_which_are_right(app: Flask) -> None:
    answer = app.test_client().get("/keluar")

    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_the_errors_page_of_the_api_is_json_for_unknown_paths_too(client: FlaskClient) -> None:
    answer = client.get("/api/v1/tidak-ada")

    assert (answer.status_code, answer.mimetype) == (404, "application/json")


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_every_refusal_is_worded_in_both_languages_with_the_same_places(code: str) -> None:
    sentence = SENTENCES[code]

    places = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (sentence.id, sentence.en)]

    assert 400 <= sentence.status < 600
    assert places[0] == places[1]
    assert "!" not in sentence.id
    assert sentence.id[0].isupper() or sentence.id[0] in "{“0123456789"


def test_a_refusal_gets_its_values() -> None:
    assert word_refusal(Refusal("password_short", shortest=10), "id") == (422, "Kata sandi paling sedikit 10 huruf atau angka.")


def test_an_answer_made_elsewhere_passes_unchanged(app: Flask) -> None:
    ready = app.make_response(("siap", 418))

    @app.get("/siap")
    @allow(Access.PUBLIC)
    def teapot() -> str:
        raise HTTPException(response=ready)

    assert app.test_client().get("/siap").text == "siap"


@pytest.mark.parametrize(
    ("role", "home", "words"),
    [(Role.ORGANIZER, "/panitia", "Ke meja panitia"), (Role.HOST, "/siaran", "Ke meja siaran"), (None, "/akun", "Ke akun")],
)
@pytest.mark.parametrize("way", ["404", "409", "410", "413", "422"])
def test_whoever_signed_in_is_led_back_to_where_they_work(
    breaking: FlaskClient, role: Role | None, home: str, words: str, way: str
) -> None:
    account_id = factories.make_account(bazaar_id=factories.make_bazaar(), role=role) if role else factories.make_account()
    factories.sign_in(breaking, factories.make_sign_in(account_id=account_id))

    page = breaking.get(f"/gagal/{way}", headers={"Referer": "http://localhost/siaran?hari=1"}).text

    assert 'href="/siaran?hari=1">Kembali ke halaman tadi' in page
    assert (f'href="{home}"' in page, words in page, "Ke halaman depan" in page) == (True, True, False)


def test_a_stranger_is_led_to_the_front_page_alone(breaking: FlaskClient) -> None:
    page = breaking.get("/gagal/404", headers={"Referer": "http://localhost/panitia"}).text

    assert ("Ke halaman depan" in page, "Kembali ke halaman tadi" in page) == (True, False)


@pytest.mark.parametrize("before", ["https://jahat.example/panitia", "http://localhost/gagal/404", "http://localhost//jahat.example", ""])
def test_nobody_is_led_to_another_site_or_round_in_a_circle(breaking: FlaskClient, before: str) -> None:
    factories.sign_in(breaking, factories.make_sign_in(account_id=factories.make_account()))

    assert "Kembali ke halaman tadi" not in breaking.get("/gagal/404", headers={"Referer": before}).text


def test_a_refused_organizer_goes_back_to_the_edition_at_hand(client: FlaskClient) -> None:
    desk = sit_down(client)

    assert f'href="/panitia/{desk.slug}/"' in desk.get("/lapak/999").text


def test_a_host_who_came_by_link_goes_back_to_the_console(app: Flask, client: FlaskClient) -> None:
    evening = make_evening()
    link_id, _ = factories.make_link(evening.edition_id, live_session_id=evening.live_session_id)
    factories.sign_in(client, factories.make_sign_in(link_id=link_id))

    assert f'href="/siaran/{evening.live_session_id}"' in client.get("/siaran/999999").text


def test_a_file_that_is_too_large_leads_back_to_the_import(client: FlaskClient) -> None:
    desk = sit_down(client)
    before = {"Referer": f"http://localhost/panitia/{desk.slug}/impor"}

    answer = desk.post("/impor/lapak", {"pasted": "x" * 3_000_000}, headers=before)

    assert (answer.status_code, f'href="/panitia/{desk.slug}/impor">Kembali' in answer.text) == (413, True)
