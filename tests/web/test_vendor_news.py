"""What a vendor decides about messages over HTTP: browsers on, tried and off; all messages ended and wanted again."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from bazaar.database import reading
from bazaar.outside import real_outside
from bazaar.reminders.channels.base import Browser
from bazaar.reminders.channels.push import PushChannel
from bazaar.states import ChannelName
from bazaar.vendors.push import MOST_BROWSERS, live_browsers
from models import PushSubscription, Vendor
from tests.conftest import START, World
from tests.reminders.channels.doubles.push import PushService, running_push_service, writing_to_browsers
from tests.vendors.evening import Evening, make_evening


@pytest.fixture
def service() -> Iterator[PushService]:
    with running_push_service() as service:
        yield service


@pytest.fixture
def push(app: Flask, world: World) -> Iterator[PushChannel]:
    with writing_to_browsers(app, world.clock) as channel:
        yield channel


@pytest.fixture
def evening(client: FlaskClient) -> Evening:
    return make_evening()


def body_of(browser: Browser, **more: Any) -> dict[str, Any]:
    return {**asdict(browser), **more}


def post(client: FlaskClient, evening: Evening, path: str, **options: Any) -> Any:
    return client.post(f"/g/{evening.token}/kabar{path}", **options)


def live(evening: Evening) -> list[str]:
    with reading() as session:
        return [browser.endpoint for browser in live_browsers(session, evening.vendor_id)]


def opted_out_at(evening: Evening) -> object:
    with reading() as session:
        return session.get_one(Vendor, evening.vendor_id).opted_out_at


def test_a_phone_is_switched_on_tried_and_switched_off(
    client: FlaskClient, evening: Evening, push: PushChannel, service: PushService
) -> None:
    service.own_key = push.public_key
    browser = service.subscribe()

    on = post(client, evening, "", json=body_of(browser), headers={"User-Agent": "Chrome/96.0 Android"})
    tried = post(client, evening, "/coba", json={"endpoint": browser.endpoint})
    while_on = live(evening)
    off = post(client, evening, "/mati", json={"endpoint": browser.endpoint})

    assert [answer.status_code for answer in (on, tried, off)] == [204, 204, 204]
    assert (while_on, live(evening)) == ([browser.endpoint], [])
    [pushed] = service.pushed
    assert pushed.notification == {
        "title": "Bu Siti Aminah, kabar sudah menyala",
        "body": "Begini kabar giliran muncul di HP ini.",
        "tag": "coba",
        "link": f"/g/{evening.token}",
    }
    with reading() as session:
        [row] = session.scalars(select(PushSubscription))
        assert (row.device_name, row.last_ok_at, row.ended_at) == ("Chrome di Android", START, START)


def test_a_trial_tells_a_browser_that_is_gone_from_a_service_that_is_busy(
    client: FlaskClient, evening: Evening, push: PushChannel, service: PushService
) -> None:
    browser = service.subscribe()
    post(client, evening, "", json=body_of(browser))
    service.answer("hp", 503)
    service.answer("hp", 410)

    answers = [post(client, evening, "/coba", json={"endpoint": browser.endpoint}).status_code for _ in range(3)]

    assert (answers, live(evening)) == ([503, 404, 404], [])


def test_trials_are_few(client: FlaskClient, evening: Evening, push: PushChannel, service: PushService) -> None:
    browser = service.subscribe()
    post(client, evening, "", json=body_of(browser))

    answers = [post(client, evening, "/coba", json={"endpoint": browser.endpoint}).status_code for _ in range(7)]

    assert answers == [204] * 6 + [429]


def test_a_sixth_phone_is_refused(client: FlaskClient, evening: Evening, push: PushChannel, service: PushService) -> None:
    answers = [post(client, evening, "", json=body_of(service.subscribe(f"hp-{n}"))).status_code for n in range(MOST_BROWSERS + 1)]

    assert answers == [204] * MOST_BROWSERS + [409]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{}", 400),
        (b"[]", 400),
        (b"\xff", 400),
        (b'{"endpoint": 1, "p256dh": "", "auth": ""}', 400),
        (b'{"endpoint": "https://push.example/x", "p256dh": "", "auth": "", "extra": 1}', 400),
        (b'{"endpoint": "https://push.example/x", "p256dh": "x", "auth": "y"}', 422),
        (b'{"endpoint": "https://10.0.0.1/x", "p256dh": "KEY", "auth": "AUTH"}', 422),
        (b'{"endpoint": "http://push.example/x", "p256dh": "KEY", "auth": "AUTH"}', 422),
        (b'{"endpoint": "ENDPOINT", "p256dh": "KEY", "auth": "AUTH", "replaces": "' + b"x" * 2000 + b'"}', 422),
        (b'{"endpoint": "' + b"x" * 5000 + b'"}', 413),
    ],
)
def test_what_is_no_browser_is_refused(
    client: FlaskClient, evening: Evening, push: PushChannel, service: PushService, content: bytes, status: int
) -> None:
    good = service.subscribe()
    for word, value in (("ENDPOINT", good.endpoint), ("KEY", good.p256dh), ("AUTH", good.auth)):
        content = content.replace(word.encode(), value.encode())

    answer = post(client, evening, "", data=content, content_type="application/json")

    assert (answer.status_code, live(evening)) == (status, [])


def test_another_site_can_do_nothing(client: FlaskClient, evening: Evening, push: PushChannel, service: PushService) -> None:
    elsewhere = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}

    answers = [
        post(client, evening, "", json=body_of(service.subscribe()), headers=elsewhere),
        post(client, evening, "/berhenti", headers=elsewhere),
    ]

    assert ([answer.status_code for answer in answers], live(evening), opted_out_at(evening)) == ([400, 400], [], None)


def test_the_page_offers_it_where_there_is_something_to_tell_and_its_script_comes_last(
    client: FlaskClient, evening: Evening, push: PushChannel, world: World
) -> None:
    answer = client.get(f"/g/{evening.token}")
    world.wait(days=30)
    over = client.get(f"/g/{evening.token}")

    assert ('<script type="module" src="/static/' in answer.text, f'data-key="{push.public_key}"' in answer.text) == (True, True)
    assert answer.headers["Content-Security-Policy"].endswith("; script-src 'self'; connect-src 'self'; worker-src 'self'")
    assert len(answer.data) < 30_000
    assert ("<script" in over.text, "script-src" in over.headers["Content-Security-Policy"]) == (False, False)


def test_without_https_nothing_is_offered(client: FlaskClient, evening: Evening, service: PushService) -> None:
    page = client.get(f"/g/{evening.token}").text

    assert ("<script" in page, "Kabar di HP ini" in page) == (False, False)
    assert post(client, evening, "", json=body_of(service.subscribe())).status_code == 404


def test_the_worker_stands_at_an_address_of_its_own_and_is_asked_for_anew(client: FlaskClient) -> None:
    answer = client.get("/sw-kabar.js")
    again = client.get("/sw-kabar.js", headers={"If-None-Match": answer.headers["ETag"]})

    assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (200, "text/javascript", "no-cache")
    assert ("showNotification" in answer.text, again.status_code) == (True, 304)


def test_one_click_in_a_mail_ends_all_messages_without_another_address(client: FlaskClient, evening: Evening) -> None:
    looked = client.get(f"/g/{evening.token}/kabar/berhenti")
    after_a_look = opted_out_at(evening)
    answer = post(client, evening, "/berhenti", data={"List-Unsubscribe": "One-Click"})

    assert (looked.status_code, after_a_look, "Berhenti dikirimi kabar?" in looked.text) == (200, None, True)
    assert (answer.status_code, opted_out_at(evening)) == (200, START)


def test_a_person_ends_messages_by_a_button_and_takes_it_back_on_the_page(client: FlaskClient, evening: Evening, push: PushChannel) -> None:
    offered = "Berhenti dikirimi kabar" in client.get(f"/g/{evening.token}").text
    stopped = post(client, evening, "/berhenti?lang=id")
    told = client.get(stopped.headers["Location"]).text
    page = client.get(f"/g/{evening.token}").text
    resumed = post(client, evening, "/lagi")

    assert (offered, stopped.status_code) == (True, 303)
    assert "Bu Siti Aminah, kabar sudah berhenti" in told
    assert ("Ibu minta tidak dikirimi kabar." in page, "<script" in page) == (True, False)
    assert (resumed.headers["Location"], opted_out_at(evening)) == (f"/g/{evening.token}", None)


def test_in_english_it_is_english_from_page_to_page(client: FlaskClient, evening: Evening) -> None:
    page = client.get(f"/g/{evening.token}/kabar/berhenti?lang=en")
    stopped = post(client, evening, "/berhenti?lang=en")

    assert ("Stop all messages?" in page.text, stopped.headers["Location"].endswith("?lang=en")) == (True, True)


def test_outside_of_production_and_in_it_the_channel_is_built_from_the_settings(another_app: Callable[..., Flask]) -> None:
    settings = another_app(PUBLIC_URL="https://giliran.example").extensions["giliran.settings"]

    assert isinstance(real_outside(settings).channels[ChannelName.PUSH], PushChannel)


def test_a_vendor_chooses_the_language_of_messages(client: FlaskClient, evening: Evening) -> None:
    before = client.get(f"/g/{evening.token}").text
    answer = post(client, evening, "/bahasa?lang=id", data={"language": "jv"})
    after = client.get(f"/g/{evening.token}").text
    strange = post(client, evening, "/bahasa", data={"language": "xx"})

    assert "Kabar ditulis dalam bahasa Indonesia" in before
    assert 'value="jv"' in before
    assert 'value="id"' not in before
    assert (answer.status_code, answer.location) == (303, f"/g/{evening.token}?lang=id#bahasa")
    assert "Kabar ditulis dalam bahasa Jawa" in after
    assert strange.status_code == 404
    with reading() as session:
        assert session.get_one(Vendor, evening.vendor_id).message_language == "jv"
