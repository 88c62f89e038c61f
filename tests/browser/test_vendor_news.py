"""Notifications in a real Chromium, with its real worker. The one part that is a double is the push service of the browser.

Chromium gets its subscriptions from a service on the internet, which tests do not reach: `pushManager` is replaced by one that
remembers a subscription of our own double, with real keys. What the server sends there is opened by the double and handed to the
worker by the browser's own debugging door, as the service would.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from bazaar.database import reading
from bazaar.reminders.channels.push import PushChannel
from bazaar.vendors.push import MOST_BROWSERS, add_browser, end_browser, live_browsers
from tests.browser.conftest import assert_easy_to_read
from tests.conftest import START, World
from tests.reminders.channels.doubles.push import PushService, running_push_service, writing_to_browsers
from tests.vendors.evening import Evening, make_evening

pytestmark = pytest.mark.browser

FAKE_PUSH = """(subscription) => {
  const key = "subscription";
  const made = (one) => ({ ...one, toJSON: () => one, unsubscribe: async () => { localStorage.removeItem(key); return true; } });
  PushManager.prototype.getSubscription = async () => {
    const kept = localStorage.getItem(key);
    return kept ? made(JSON.parse(kept)) : null;
  };
  PushManager.prototype.subscribe = async (options) => {
    if (!options.userVisibleOnly || options.applicationServerKey.length !== 87) throw new TypeError("options");
    localStorage.setItem(key, JSON.stringify(subscription));
    return made(subscription);
  };
}"""


@pytest.fixture
def service() -> Iterator[PushService]:
    with running_push_service() as service:
        yield service


@pytest.fixture
def push(app: Flask, world: World) -> Iterator[PushChannel]:
    with writing_to_browsers(app, world.clock) as channel:
        yield channel


def pretend(page: Page, service: PushService, name: str = "hp") -> None:
    """Give the page's browser a push service."""
    browser = service.subscribe(name)
    subscription = {"endpoint": browser.endpoint, "keys": {"p256dh": browser.p256dh, "auth": browser.auth}}
    page.add_init_script(f"({FAKE_PUSH})({json.dumps(subscription)})")


def deliver(page: Page, scope: str, text: str) -> None:
    """Hand the worker a push, as a push service does."""
    door = page.context.new_cdp_session(page)
    registrations: list[dict[str, Any]] = []
    door.on("ServiceWorker.workerRegistrationUpdated", lambda event: registrations.extend(event["registrations"]))
    door.send("ServiceWorker.enable")
    registration = None
    for _look in range(100):
        registration = next((one for one in registrations if one["scopeURL"].endswith(scope)), None)
        if registration is not None:
            break
        page.wait_for_timeout(20)  # gives the browser's word time to come in
    assert registration is not None, "the worker is registered"
    origin = registration["scopeURL"].removesuffix(scope)
    door.send("ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": registration["registrationId"], "data": text})


def shown(page: Page, scope: str) -> list[dict[str, str]]:
    script = """async (scope) => (await (await navigator.serviceWorker.getRegistration(scope)).getNotifications())
      .map(({ title, body, tag }) => ({ title, body, tag }))"""
    page.wait_for_function(f"async (scope) => (await ({script})(scope)).length > 0", arg=scope)
    found: list[dict[str, str]] = page.evaluate(script, scope)
    return found


def live(evening: Evening) -> int:
    with reading() as session:
        return len(live_browsers(session, evening.vendor_id))


def test_a_phone_is_asked_after_a_tap_shows_what_it_is_sent_and_is_switched_off_again(
    open_page: Callable[..., Page], push: PushChannel, service: PushService, tolerate: Callable[[str], None]
) -> None:
    tolerate("409")
    evening = make_evening(owner_name="Bu Hj. Raden Ayu Sulistyowati Prawirodirdjo")
    page = open_page(permissions=["notifications"])
    pretend(page, service)
    scope = f"/kabar/{evening.vendor_id}/"
    page.goto(f"/g/{evening.token}")
    part = page.locator("#kabar")
    expect(part.get_by_role("button", name="Nyalakan kabar")).to_be_visible()
    workers_before = page.evaluate("async () => (await navigator.serviceWorker.getRegistrations()).length")
    assert_easy_to_read(page)

    for n in range(MOST_BROWSERS):
        add_browser(evening.vendor_id, service.subscribe(f"lain-{n}"), device_name="", now=START)
    part.get_by_role("button", name="Nyalakan kabar").click()
    expect(part.get_by_role("status")).to_have_text("Sudah lima HP yang menyala. Matikan dulu satu.")
    with reading() as session:
        others = [browser.endpoint for browser in live_browsers(session, evening.vendor_id)]
    for endpoint in others:
        end_browser(evening.vendor_id, endpoint, now=START)
    part.get_by_role("button", name="Nyalakan kabar").click()
    expect(part.get_by_text("Kabar giliran Ibu muncul di HP ini.")).to_be_visible()
    expect(part.get_by_role("button", name="Kirim kabar percobaan")).to_be_focused()
    part.get_by_role("button", name="Kirim kabar percobaan").click()
    expect(part.get_by_role("status")).to_have_text("Kabar percobaan sudah dikirim.")
    assert_easy_to_read(page)
    deliver(page, scope, json.dumps(service.pushed[0].notification))
    first = shown(page, scope)
    page.reload()
    expect(part.get_by_role("button", name="Matikan kabar")).to_be_visible()
    was_live = live(evening)
    part.get_by_role("button", name="Matikan kabar").click()
    expect(part.get_by_role("button", name="Nyalakan kabar")).to_be_focused()

    assert (workers_before, was_live, live(evening)) == (0, 1, 0)
    expected = {
        "title": "Bu Hj. Raden Ayu Sulistyowati Prawirodirdjo, kabar sudah menyala",
        "body": "Begini kabar giliran muncul di HP ini.",
        "tag": "coba",
    }
    assert first == [expected]


def test_the_worker_shows_even_what_it_cannot_read_and_keeps_its_subscription_alive(
    open_page: Callable[..., Page], push: PushChannel, service: PushService
) -> None:
    evening = make_evening()
    page = open_page(permissions=["notifications"])
    pretend(page, service)
    scope = f"/kabar/{evening.vendor_id}/"
    page.goto(f"/g/{evening.token}")
    page.get_by_role("button", name="Nyalakan kabar").click()
    expect(page.get_by_role("button", name="Matikan kabar")).to_be_visible()
    [worker] = page.context.service_workers
    renewed = service.subscribe("baru")
    subscription = {"endpoint": renewed.endpoint, "keys": {"p256dh": renewed.p256dh, "auth": renewed.auth}}

    deliver(page, scope, "bukan JSON")
    unreadable = shown(page, scope)
    worker.evaluate(
        """async (subscription) => {
          const event = { newSubscription: { toJSON: () => subscription }, oldSubscription: { endpoint: "https://push.example/old" } };
          await renew(event);
        }""",
        subscription,
    )
    with reading() as session:
        endpoints = {browser.endpoint for browser in live_browsers(session, evening.vendor_id)}
    opened = worker.evaluate(
        """async (link) => {
          const opened = [];
          const pages = [{ url: location.origin + link + "?lang=en", focus: async () => opened.push("focus") }];
          const fake = { matchAll: async () => pages, openWindow: async (address) => opened.push(address.replace(location.origin, "")) };
          Object.defineProperty(self, "clients", { value: fake, configurable: true });
          await openPage({ close: () => opened.push("close"), data: { link } });
          pages.length = 0;
          await openPage({ close: () => opened.push("close"), data: { link: "" } });
          await openPage({ close: () => opened.push("close"), data: { link: "https://elsewhere.example/x" } });
          return opened;
        }""",
        f"/g/{evening.token}",
    )

    assert unreadable == [{"title": "Giliran", "body": "", "tag": ""}]
    assert renewed.endpoint in endpoints
    assert opened == ["close", "focus", "close", f"/g/{evening.token}", "close"]


@pytest.mark.parametrize("color_scheme", ["dark"])
def test_a_phone_that_says_no_is_told_where_to_change_that_and_one_without_a_script_sees_nothing(
    open_page: Callable[..., Page], push: PushChannel, service: PushService
) -> None:
    evening = make_evening()
    page = open_page()
    pretend(page, service)
    page.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => window.word ?? 'default' })")
    page.add_init_script("Notification.requestPermission = async () => window.word ?? 'default'")
    page.goto(f"/g/{evening.token}")
    part = page.locator("#kabar")

    part.get_by_role("button", name="Nyalakan kabar").click()
    expect(part.get_by_role("status")).to_have_text("HP ini belum memberi izin. Tekan lagi kalau mau.")
    page.evaluate("window.word = 'denied'")
    part.get_by_role("button", name="Nyalakan kabar").click()
    expect(part.get_by_text("HP ini menolak kabar dari halaman ini. Izinkan dulu di setelan HP.")).to_be_visible()
    expect(part.get_by_role("button")).to_have_count(0)
    assert_easy_to_read(page)
    page.add_init_script("window.word = 'granted'; PushManager.prototype.subscribe = async () => { throw new DOMException('no service') }")
    page.reload()
    part.get_by_role("button", name="Nyalakan kabar").click()
    expect(part.get_by_role("status")).to_have_text("Belum berhasil. Coba lagi sebentar.")
    plain = open_page(javascript=False)
    plain.goto(f"/g/{evening.token}")

    expect(plain.locator("#kabar")).to_be_hidden()
    plain.get_by_role("link", name="Berhenti dikirimi kabar").click()
    assert_width_without_script(plain)
    plain.get_by_role("button", name="Ya, berhenti").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Bu Siti Aminah, kabar sudah berhenti")
    plain.get_by_role("link", name="Lihat giliran saya").click()
    plain.get_by_role("button", name="Kirimi saya kabar lagi").click()
    expect(plain.get_by_role("link", name="Berhenti dikirimi kabar")).to_be_visible()


def assert_width_without_script(page: Page) -> None:
    """Axe is a script itself, so here only the width is looked at."""
    box = page.locator("main").bounding_box()
    assert box is not None
    assert box["width"] <= 360
