"""The guard's small parts: the cookie by scheme, where one may go on to, whose name the clock and settings have."""

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from bazaar.web.auth import clear_sign_in_cookie, cookie_name, now, safe_next, set_sign_in_cookie
from tests import factories
from tests.conftest import START, World


@pytest.mark.parametrize("target", ["/", "/akun", "/panitia/edisi/papan?hari=2026-05-04#isi", "/e/edisi?cari=tape%20manis"])
def test_a_path_of_ours_may_be_gone_on_to(target: str) -> None:
    assert safe_next(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "akun",
        "//x.example",
        "///x.example",
        "/\\x.example",
        "\\/x.example",
        "https://x.example",
        "/a\nb",
        "/\tb",
        "/a\x00",
        " /akun",
    ],
)
def test_anything_else_may_not(target: str | None) -> None:
    assert safe_next(target) == ""


def test_over_https_the_cookie_is_bound_to_this_host(another_app) -> None:
    secure = another_app(PUBLIC_URL="https://giliran.example.org")
    answer = Response()

    with secure.test_request_context():
        set_sign_in_cookie(answer, "t0ken", START)
        name = cookie_name()
        clear_sign_in_cookie(answer)

    given, taken = answer.headers.getlist("Set-Cookie")
    assert name == "__Host-giliran"
    for cookie in (given, taken):
        assert cookie.startswith("__Host-giliran=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
        assert "Domain" not in cookie


def test_over_http_the_cookie_has_its_plain_name(app: Flask) -> None:
    answer = Response()

    with app.test_request_context():
        set_sign_in_cookie(answer, "t0ken", START)

    assert answer.headers["Set-Cookie"].startswith("giliran=t0ken;")
    assert "Secure" not in answer.headers["Set-Cookie"]


def test_a_request_reads_the_clock_once(app: Flask, world: World) -> None:
    with app.test_request_context():
        first = now()
        world.wait(minutes=5)

        assert now() == first == START


def test_an_expired_form_asks_to_sign_in_without_a_way_back_into_a_post(client: FlaskClient) -> None:
    assert client.post("/akun/nama", data={"name": "x"}).location == "/masuk"
    assert client.get("/akun").location == "/masuk?next=/akun"


def test_the_api_says_401_where_a_page_would_lead_to_the_door(client: FlaskClient) -> None:
    live_session_id = factories.make_live_session(factories.make_edition())

    answer = client.get(f"/api/v1/live-sessions/{live_session_id}/state")

    assert answer.status_code == 401
    assert answer.get_json()["error"] == "unauthorized"


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic abc", "Bearer salah", ""])
def test_a_wrong_key_is_refused_even_beside_a_good_cookie(client: FlaskClient, header: str) -> None:
    live_session_id = factories.make_live_session(edition_id := factories.make_edition(bazaar_id=factories.make_bazaar()))
    link_id, _ = factories.make_link(edition_id, live_session_id=live_session_id)
    factories.sign_in(client, factories.make_sign_in(link_id=link_id))

    answer = client.post(f"/api/v1/live-sessions/{live_session_id}/entries", json={"entries": []}, headers={"Authorization": header})

    assert answer.status_code == 401
