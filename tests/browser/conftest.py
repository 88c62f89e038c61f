"""A real server and a real Chromium for tests that look at pages as people do.

`page` is a phone (360 x 740) in light colours; a test asks for another by parametrizing `screen` ("phone", "desk") and
`color_scheme` ("light", "dark"), or makes more with `open_page`. A page that logs a console error or throws fails its test;
a test that provokes one on purpose says so with `tolerate`.
"""

import os
import re
import shutil
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from bazaar.live.hub import Hub

SCREENS = {"phone": (360, 740), "desk": (1280, 800)}
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PATIENCE_MS = 10_000
"""How long Playwright waits for what a test expects: two slow cores must not make a red test."""


class QuietHandler(WSGIRequestHandler):
    """Keeps the test's output for what went wrong."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 (werkzeug's name)
        """Say nothing."""

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        """A browser that leaves an open stream is no error. Werkzeug then forgets to close what it was sending."""
        close = getattr((environ or {}).get(_ANSWER), "close", None)
        if close is not None:
            close()


_ANSWER = "tests.answer"


def _remembering(app: Flask) -> Callable[[Any, Any], Any]:
    """The app, which leaves what it answers where `connection_dropped` finds it."""

    def serve(environ: Any, start_response: Any) -> Any:
        environ[_ANSWER] = app(environ, start_response)
        return environ[_ANSWER]

    return serve


class Server(ThreadedWSGIServer):
    """A threaded server that can be stopped at once, also while event streams are open."""

    def __init__(self, app: Flask) -> None:
        super().__init__("127.0.0.1", 0, _remembering(app), handler=QuietHandler)
        self.daemon_threads = True
        self._open: dict[threading.Thread, socket.socket] = {}

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection, remembered while it lasts."""
        self._open[threading.current_thread()] = request
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._open.pop(threading.current_thread(), None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A closed connection is how every test ends; anything else is printed and fails by its missing answer."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError, OSError, ValueError)):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """Take no more requests, cut the open connections, wait for their threads."""
        self.shutdown()
        self.server_close()
        for thread, request in list(self._open.items()):
            with suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=20)


@dataclass(frozen=True)
class LiveServer:
    """The test's app behind a real address."""

    url: str
    app: Flask

    def address(self, path: str) -> str:
        """The absolute address of a path."""
        return self.url + path


@dataclass
class Complaints:
    """What the pages of one test complained about, and what the test allows."""

    messages: list[str] = field(default_factory=list)
    allowed: list[re.Pattern[str]] = field(default_factory=list)

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.messages.append(f"console: {message.text} ({message.location.get('url', '')})")

    def on_page_error(self, error: Exception) -> None:
        self.messages.append(f"page error: {error}")

    def unexpected(self) -> list[str]:
        return [message for message in self.messages if not any(pattern.search(message) for pattern in self.allowed)]


@pytest.fixture
def live_server(app: Flask) -> Iterator[LiveServer]:
    """The test's app on 127.0.0.1 and a free port, cross-site check on. `world.now` may be moved while it runs."""
    app.config["WTF_CSRF_ENABLED"] = True
    server = Server(app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="live server")
    thread.start()
    yield LiveServer(f"http://127.0.0.1:{server.server_port}", app)
    end_streams(app)
    server.stop()
    thread.join()


def end_streams(app: Flask) -> None:
    """Open event streams wait for a change, up to a heartbeat long: end them, and the thread that watches for them."""
    for hub in [value for value in app.extensions.values() if isinstance(value, Hub)]:
        hub.stop()
    for thread in threading.enumerate():
        if thread.name == "giliran-hub":
            thread.join(timeout=5)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The system's Chromium. Where there is none the browser tests are skipped, or fail under GILIRAN_NO_SKIP=1."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        reason = "no Chromium here: install the package `chromium` to run the browser tests"
        if os.environ.get("GILIRAN_NO_SKIP") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The driver, one for all tests of a worker."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(chromium: str, playwright: Playwright) -> Iterator[Browser]:
    """One Chromium for all tests of a worker; each test gets a context of its own."""
    browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
    yield browser
    browser.close()


@pytest.fixture
def screen() -> str:
    """`phone` (360 x 740, touch) or `desk` (1280 x 800). Parametrize it to change it."""
    return "phone"


@pytest.fixture
def color_scheme() -> str:
    """`light` or `dark`. Parametrize it to change it."""
    return "light"


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Fails the test when a page complained about something that the test did not announce."""
    complaints = Complaints()
    yield complaints
    assert complaints.unexpected() == [], "the page complained in its console"


@pytest.fixture
def tolerate(complaints: Complaints) -> Callable[[str], None]:
    """Announce a complaint that the test provokes: `tolerate("ERR_FAILED")`, a regular expression."""
    return lambda pattern: complaints.allowed.append(re.compile(pattern))


@pytest.fixture
def open_page(
    browser: Browser, live_server: LiveServer, complaints: Complaints, screen: str, color_scheme: str
) -> Iterator[Callable[..., Page]]:
    """Make pages, each in a browser profile of its own: `open_page(token)`, `open_page(screen="desk", javascript=False)`.

    `token` is a sign-in cookie from `factories.make_sign_in`. Paths work as addresses: `page.goto("/masuk")`.
    """
    contexts: list[BrowserContext] = []

    def open_one(
        token: str | None = None, *, screen: str = screen, color_scheme: str = color_scheme, javascript: bool = True, **options: Any
    ) -> Page:
        width, height = SCREENS[screen]
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            has_touch=screen == "phone",
            color_scheme=color_scheme,
            java_script_enabled=javascript,
            locale="id-ID",
            timezone_id="Asia/Jakarta",
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("console", complaints.on_console)
        page.on("pageerror", complaints.on_page_error)
        if token is not None:
            sign_in_page(page, token, live_server)
        return page

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """One page on this test's screen and colours, nobody signed in."""
    return open_page()


@pytest.fixture
def sign_in(live_server: LiveServer) -> Callable[[Page, str], None]:
    """Hand a page a sign-in: `sign_in(page, factories.make_sign_in(account_id=...))`."""
    return lambda page, token: sign_in_page(page, token, live_server)


def sign_in_page(page: Page, token: str, live_server: LiveServer) -> None:
    """Put the sign-in cookie into the page's browser profile."""
    page.context.add_cookies([{"name": "giliran", "value": token, "url": live_server.url, "httpOnly": True, "sameSite": "Lax"}])


@pytest.fixture
def check_axe() -> Callable[[Page], None]:
    """Fail on any accessibility violation of the page as it is now, with axe's report."""
    return assert_no_violations


_AT_REST = """() => Promise.all(
    document.getAnimations()
        .filter((one) => one.effect.getComputedTiming().iterations !== Infinity)
        .map((one) => one.finished.catch(() => 0))
)"""
"""Half-way through a fade a colour has half its contrast."""


def assert_no_violations(page: Page) -> None:
    """Run axe on the page, once nothing fades in or out any more; its report is the failure's text."""
    page.evaluate(_AT_REST)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


_AAA = {"rules": {"color-contrast-enhanced": {"enabled": True}, "target-size": {"enabled": True}}}


def assert_easy_to_read(page: Page, state: str = "") -> None:
    """What vendors' pages keep to: no violation, contrast of AAA and large targets included, and nothing sticks out."""
    results = Axe().run(page, options=_AAA)
    assert "color-contrast-enhanced" in {rule["id"] for rule in results.response["passes"]}, "axe did not look at AAA"
    assert results.violations_count == 0, f"{state}: {results.generate_report()}"
    assert_no_sideways_scrolling(page)


@pytest.fixture
def check_width() -> Callable[[Page], None]:
    """Fail when the page can be scrolled sideways."""
    return assert_no_sideways_scrolling


def assert_no_sideways_scrolling(page: Page) -> None:
    """The document is no wider than the screen."""
    wide, screen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= screen, f"the page is {wide} px wide on a screen of {screen} px"
