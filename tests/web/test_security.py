"""Headers on every kind of answer, nothing inline in any page, and no request that another site caused."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bazaar.settings import SettingsError
from bazaar.web.access import Access
from bazaar.web.filters import static_url
from bazaar.web.security import CONTENT_SECURITY_POLICY
from tests import factories
from tests.conftest import World
from tests.web.neighbours import Home, build_home

HTTPS = "https://giliran.example.org"
_STYLE_BY_HASH = re.compile(r"style-src 'sha256-[\w+/=]+'|style-src [^;]*'sha256-[\w+/=]+'")


@pytest.fixture
def strict(app: Flask) -> Flask:
    """The app with its cross-site check on, as it runs for people."""
    app.config["WTF_CSRF_ENABLED"] = True
    return app


@pytest.fixture
def home(app: Flask) -> Home:
    return build_home("A")


def organizer(app: Flask, home: Home) -> FlaskClient:
    client = app.test_client()
    client.set_cookie("giliran", home.sign_ins["organizer"])
    return client


# --- Headers -------------------------------------------------------------------------------------------------------------


def answers(app: Flask, home: Home) -> Iterator[tuple[str, Any]]:
    """Each kind of answer, closed behind the reader: files stay open otherwise."""
    for kind, answer in _answers(app, home):
        yield kind, answer
        answer.close()


def _answers(app: Flask, home: Home) -> Iterator[tuple[str, Any]]:
    """One of each kind: page, form, redirect, error, JSON, calendar, static file, what is not there."""
    client = organizer(app, home)
    yield "page", client.get("/akun")
    yield "form with an error", client.post("/akun/nama", data={"name": ""})
    yield "redirect", client.post("/akun/nama", data={"name": "Rani"})
    yield "sign-in redirect", app.test_client().get("/akun")
    yield "public page", app.test_client().get(f"/e/{home.edition}")
    yield "vendor page", app.test_client().get(f"/g/{home.tokens['g']}")
    yield "ended link", app.test_client().get(f"/g/{home.ended_tokens['g']}")
    yield "host door", app.test_client().get(f"/h/{home.tokens['h']}")
    yield "console", client.get(f"/siaran/{home.ids['live_session']}")
    yield "JSON", client.get(f"/api/v1/live-sessions/{home.ids['live_session']}/state")
    yield "JSON error", app.test_client().get("/api/v1/live-sessions/1/state")
    yield "not found", app.test_client().get("/tidak-ada")
    yield "not allowed", client.get("/keluar")
    yield "health", app.test_client().get("/healthz")
    yield "static file", app.test_client().get(static_url("css/base.css"))
    yield "picture", app.test_client().get(static_url("img/favicon.svg"))
    yield "no such static file", app.test_client().get("/static/x/y.css")


def test_every_kind_of_answer_carries_the_headers(app: Flask, home: Home) -> None:
    wrong = []
    for kind, answer in answers(app, home):
        policy = answer.headers.get("Content-Security-Policy", "")
        if not ("default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy):
            wrong.append(f"{kind}: policy {policy!r}")
        if "unsafe-inline" in policy or "unsafe-eval" in policy or "*" in policy or "http:" in policy:
            wrong.append(f"{kind}: lax policy {policy!r}")
        if policy != CONTENT_SECURITY_POLICY and not _STYLE_BY_HASH.search(policy):
            wrong.append(f"{kind}: a policy of its own {policy!r}")
        for name, value in (("X-Content-Type-Options", "nosniff"), ("Cross-Origin-Opener-Policy", "same-origin")):
            if answer.headers.get(name) != value:
                wrong.append(f"{kind}: {name} {answer.headers.get(name)!r}")
        if "Referrer-Policy" not in answer.headers or "Permissions-Policy" not in answer.headers:
            wrong.append(f"{kind}: {sorted(answer.headers.keys())}")

    assert wrong == []


def test_what_is_for_one_reader_is_stored_nowhere(app: Flask, home: Home) -> None:
    personal = {"page", "form with an error", "vendor page", "ended link", "host door", "console", "JSON", "JSON error", "not found"}

    lax = {kind for kind, answer in answers(app, home) if kind in personal and answer.headers.get("Cache-Control") != "no-store"}

    assert lax == set()
    assert app.test_client().get("/masuk").headers["Cache-Control"] == "no-store"


def test_a_secret_address_is_told_to_no_other_page(app: Flask, home: Home) -> None:
    policies = {part: app.test_client().get(f"/{part}/{token}").headers["Referrer-Policy"] for part, token in home.tokens.items()}

    assert {part for part, policy in policies.items() if policy != "no-referrer"} <= {"h", "masuk"}  # `h` says why; `masuk` is no page here


def test_https_is_remembered_only_where_there_is_https(another_app, app: Flask) -> None:
    secure = another_app(PUBLIC_URL=HTTPS)

    assert secure.test_client().get("/masuk", base_url=HTTPS).headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in app.test_client().get("/masuk").headers


def test_over_https_every_cookie_is_bound_to_this_host(another_app) -> None:
    client = another_app(PUBLIC_URL=HTTPS).test_client()

    cookie = client.get("/masuk", base_url=HTTPS).headers["Set-Cookie"]

    assert cookie.startswith("__Host-form=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}


# --- Nothing inline ------------------------------------------------------------------------------------------------------


@dataclass
class _Inline(HTMLParser):
    """Notes what a strict policy would block: handlers, style attributes, scripts and styles in the text, addresses elsewhere."""

    def __post_init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        self._inside = tag if tag in {"script", "style"} else ""
        if tag == "script" and names.get("type") == "application/json":
            self._inside = ""
        self.found += [f"<{tag} {name}>" for name in names if name.startswith("on") or name == "style"]
        for name in ("src", "href", "action", "formaction"):
            value = (names.get(name) or "").strip()
            if value.lower().startswith("javascript:"):
                self.found.append(f"<{tag} {name}={value}>")
        source = names.get("src") or (names.get("href") if tag == "link" else None) or ""
        if (
            tag in {"script", "link", "img", "iframe"}
            and re.match(r"(https?:)?//", source)
            and names.get("rel") not in {"canonical", "alternate"}
        ):
            self.found.append(f"<{tag}> from {source}")

    def handle_data(self, data: str) -> None:
        if self._inside and data.strip():
            self.found.append(f"<{self._inside}> with text")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""


def test_no_page_carries_code_or_style_inside(app: Flask, home: Home) -> None:
    """Every GET of every route, as whoever sees most of it. The vendor's page has one style element, named by its hash."""
    client, stranger = organizer(app, home), app.test_client()
    from tests.web.test_access import addresses, all_from, routes_of

    wrong, seen = {}, 0
    for blueprint in app.blueprints:
        for route in routes_of(app, blueprint):
            if route.method != "GET" or route.rule.endpoint == "api_events.events":
                continue
            for address in addresses(app, route, all_from(route, home)):
                answer = (stranger if route.access is Access.VENDOR_LINK else client).get(address)
                if answer.mimetype != "text/html":
                    continue
                seen += 1
                page = _Inline()
                page.feed(answer.get_data(as_text=True))
                allowed = {"<style> with text"} if "'sha256-" in answer.headers["Content-Security-Policy"] else set()
                if set(page.found) - allowed:
                    wrong[address] = page.found

    assert seen > 20
    assert wrong == {}


# --- Other sites ---------------------------------------------------------------------------------------------------------


def form_token(client: FlaskClient, path: str = "/akun") -> str:
    match = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert match is not None
    return match[1]


def test_every_unsafe_request_with_a_cookie_needs_the_forms_token(strict: Flask, home: Home) -> None:
    from tests.web.test_access import addresses, all_from, routes_of, snapshot

    client, thief = organizer(strict, home), strict.test_client()
    foreign = form_token(thief, "/masuk")  # a real token, of another browser
    before, wrong, tried = snapshot(), [], 0
    for route in [route for name in strict.blueprints for route in routes_of(strict, name)]:
        if route.method == "GET" or route.access in {Access.VENDOR_LINK, Access.PROVIDER}:  # there no cookie speaks
            continue
        for address in addresses(strict, route, all_from(route, home))[:1]:
            for token in ("", "tebakan", foreign):
                tried += 1
                answer = client.open(address, method=route.method, data={"csrf_token": token, "name": "Dicuri"})
                if answer.status_code != 400:
                    wrong.append(f"{route.method} {address} with {token[:8]!r}: {answer.status_code}")

    assert tried > 50
    assert wrong == []
    assert snapshot() == before


def test_with_the_forms_token_it_goes_through(strict: Flask, home: Home) -> None:
    client = organizer(strict, home)

    answer = client.post("/akun/nama", data={"csrf_token": form_token(client), "name": "Rani"})

    assert answer.status_code == 303


def test_another_site_is_refused_even_with_the_token(strict: Flask, home: Home) -> None:
    client = organizer(strict, home)
    data = {"csrf_token": form_token(client), "name": "Rani"}
    ours: list[dict[str, str]] = [
        {},
        {"Origin": "http://localhost"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ]
    others = [
        {"Origin": "https://jahat.example"},
        {"Origin": "http://localhost.jahat.example"},
        {"Origin": "http://localhost:81"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ]

    let_in = [client.post("/akun/nama", data=data, headers=headers).status_code for headers in ours]
    refused = [client.post("/akun/nama", data=data, headers=headers).status_code for headers in others]

    assert (let_in, refused) == ([303] * 5, [400] * 5)


def test_another_site_cannot_press_the_buttons_behind_a_link(strict: Flask, home: Home) -> None:
    foreign = ({"Origin": "https://jahat.example"}, {"Sec-Fetch-Site": "cross-site"})

    statuses = [
        strict.test_client().post(f"/{part}/{home.tokens[part]}", headers=headers).status_code for part in "gh" for headers in foreign
    ]

    assert statuses == [400] * 4


def test_a_device_key_needs_no_forms_token_but_a_cookie_does(strict: Flask, home: Home) -> None:
    path = f"/api/v1/live-sessions/{home.ids['live_session']}/entries"
    client = organizer(strict, home)

    by_key = strict.test_client().post(path, json={"entries": []}, headers={"Authorization": f"Bearer {home.device_key}"})
    by_cookie = client.post(path, json={"entries": []})
    by_cookie_and_token = client.post(path, json={"entries": []}, headers={"X-CSRFToken": form_token(client)})

    assert [by_key.status_code, by_cookie.status_code, by_cookie_and_token.status_code] == [200, 400, 200]


def test_no_answer_lets_another_site_read_it(app: Flask, home: Home) -> None:
    for _kind, answer in answers(app, home):
        assert not [name for name in answer.headers.keys() if name.lower().startswith("access-control-")]  # noqa: SIM118 (no dict)


# --- Hosts, sizes, lengths -----------------------------------------------------------------------------------------------


PRODUCTION = {"GILIRAN_ENV": "production", "PUBLIC_URL": HTTPS}


def test_in_production_only_our_own_name_is_answered(another_app) -> None:
    client = another_app(**PRODUCTION).test_client()
    claims = ("jahat.example", "giliran.example.org.jahat.example", "localhost", "")

    assert [client.get("/masuk", headers={"Host": host}).status_code for host in claims] == [400] * 4
    assert client.get("/masuk", base_url=HTTPS).status_code == 200


def test_a_claimed_host_never_gets_into_a_letter(another_app, world: World) -> None:
    from bazaar.web.mail import wait_for_postman

    app = another_app(PUBLIC_URL=HTTPS)
    with app.app_context():
        factories.make_account(email="rani@contoh.id")
    app.test_client().post("/lupa-sandi", data={"email": "rani@contoh.id"}, headers={"Host": "jahat.example"})
    wait_for_postman()

    assert f"{HTTPS}/sandi-baru/" in world.email.sent[0].text
    assert "jahat" not in world.email.sent[0].text


@pytest.mark.parametrize(("hops", "address"), [("0", "10.0.0.9"), ("1", "203.0.113.7")])
def test_a_proxy_counts_only_where_it_is_announced(another_app, hops: str, address: str) -> None:
    app = another_app(PUBLIC_URL=HTTPS, PROXY_HOPS=hops)
    seen = []
    app.before_request(lambda: seen.append(_client_address()))

    app.test_client().get("/masuk", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}, environ_overrides={"REMOTE_ADDR": "10.0.0.9"})

    assert seen == [address]


def _client_address() -> str:
    from bazaar.web.limits import client_address

    return client_address()


def test_a_debugger_in_production_stops_the_start(another_app, monkeypatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")

    with pytest.raises(SettingsError, match="FLASK_DEBUG"):
        another_app(**PRODUCTION)


def test_what_is_too_large_is_refused(app: Flask, home: Home) -> None:
    client = organizer(app, home)

    by_file = client.post(f"/panitia/{home.edition}/impor/lapak", data=b"x" * (2 * 1024 * 1024 + 1), content_type="text/csv")
    by_field = client.post("/akun/nama", data=_multipart({"name": "x" * (1024 * 1024 + 1)}), content_type=_MULTIPART)
    by_parts = client.post("/akun/nama", data=_multipart({f"f{n}": "x" for n in range(1001)}), content_type=_MULTIPART)

    assert [answer.status_code for answer in (by_file, by_field, by_parts)] == [413, 413, 413]
    assert "Kiriman terlalu besar" in by_file.text


_MULTIPART = "multipart/form-data; boundary=batas"


def _multipart(fields: dict[str, str]) -> bytes:
    parts = "".join(f'--batas\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
    return f"{parts}--batas--\r\n".encode()


# --- Compression ---------------------------------------------------------------------------------------------------------


def test_a_page_beside_whose_text_stands_a_secret_is_not_compressed(app: Flask, home: Home) -> None:
    zipped = {"Accept-Encoding": "gzip"}

    assert "Content-Encoding" not in app.test_client().get("/masuk", headers=zipped).headers
    assert "Content-Encoding" not in organizer(app, home).get("/akun", headers=zipped).headers
    assert app.test_client().get(f"/g/{home.tokens['g']}", headers=zipped).headers["Content-Encoding"] == "gzip"
