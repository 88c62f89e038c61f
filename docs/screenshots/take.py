"""Takes the README's screenshots: the sample edition on a Tuesday evening, in the system's Chromium.

    python -m docs.screenshots.take

The clock stands still, so the pictures change only when the pages do.
"""

import logging
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from app import create_app
from bazaar.accounts.sign_in import make_sign_in_link, open_host_link, open_sign_in_link
from bazaar.database import migrate_database, reading
from bazaar.demo.load import LoadedDemo, load_demo
from bazaar.outside import Outside, real_outside
from bazaar.reminders.pulse import note_finished
from bazaar.settings import read_settings
from bazaar.states import LinkKind
from bazaar.tokens import token_of_link
from bazaar.turns import select_published
from bazaar.vendors.links import link_of, make_host_link, vendor_link
from models import Slot

AT = datetime(2026, 5, 19, 11, 50, tzinfo=UTC)  # Tuesday, 18.50 WIB: the second turn of the evening is on air
FOLDER = Path(__file__).parent
PHONE, DESK = (360, 780), (1280, 860)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@dataclass(frozen=True)
class Shot:
    """One picture: which page, on which screen, by which way in."""

    name: str
    path: str
    size: tuple[int, int]
    token: str = ""  # the sign-in cookie; set by hand, because to a browser of today it would have run out
    dark: bool = False


def main() -> None:
    """Load, serve, take, write."""
    with tempfile.TemporaryDirectory() as folder, _serving(Path(folder)) as (address, shots), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for shot in shots:
            _take(browser, address, shot)
            print(f"docs/screenshots/{shot.name}.png")
        browser.close()


@contextmanager
def _serving(folder: Path) -> Iterator[tuple[str, list[Shot]]]:
    settings = read_settings({"INSTANCE_DIR": str(folder)})
    outside = replace(real_outside(settings), clock=lambda: AT)
    app = create_app(settings, outside)
    with app.app_context():
        migrate_database()
        loaded = load_demo(outside, as_dated=False, now=AT)
        note_finished("pump", now=AT)  # as if the scheduler were running
        shots = _shots(outside, loaded)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True  # open event streams do not hold it up
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", shots
    server.shutdown()


def _shots(outside: Outside, loaded: LoadedDemo) -> list[Shot]:
    assert loaded.live_session_id is not None
    key = outside.links.secret_key
    organizer = open_sign_in_link(make_sign_in_link(loaded.organizer_id, now=AT), now=AT).token
    host_nonce = make_host_link(loaded.edition_id, loaded.live_session_id, "Mbak Rahma", key, expires_at=None, by=None, now=AT)
    host = open_host_link(link_of(token_of_link(key, host_nonce), LinkKind.HOST, now=AT).id, now=AT).token
    with reading() as session:
        next_turn = session.execute(
            select_published().where(Slot.live_session_id == loaded.live_session_id, Slot.starts_at > AT).order_by(Slot.starts_at).limit(1)
        ).one()
    vendor_nonce = vendor_link(loaded.edition_id, next_turn[3].id, key, now=AT)
    vendor = outside.links.vendor(vendor_nonce).removeprefix(outside.links.public_url)
    desk = "/panitia/ramadhan-1442"
    return [
        Shot("organizer", f"{desk}/", DESK, token=organizer),
        Shot("board", f"{desk}/papan", DESK, token=organizer),
        Shot("host", f"/siaran/{loaded.live_session_id}", PHONE, token=host),
        Shot("vendor", vendor, PHONE),
        Shot("vendor-dark", vendor, PHONE, dark=True),
        Shot("public", "/e/ramadhan-1442", DESK),
    ]


def _take(browser: Browser, address: str, shot: Shot) -> None:
    width, height = shot.size
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.dark else "light",
        locale="id-ID",
        timezone_id="Asia/Jakarta",
        device_scale_factor=2 if width < 500 else 1,
    )
    if shot.token:
        context.add_cookies([{"name": "giliran", "value": shot.token, "url": address}])
    page = context.new_page()
    page.clock.install(time=AT + timedelta(seconds=1))
    page.goto(shot.path)
    _settle(page)
    page.screenshot(path=FOLDER / f"{shot.name}.png")
    context.close()


def _settle(page: Page) -> None:
    page.wait_for_load_state()
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(500)


if __name__ == "__main__":
    main()
