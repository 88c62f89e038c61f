"""Nothing that opens a door, and no phone number, gets into a log."""

import logging

import pytest
from flask import Flask

from bazaar.tokens import new_token
from bazaar.web.scrubber import Scrubber, scrub, scrub_logs
from tests import factories

TOKEN = "Zk3xV0c9m2QhT7yB1sLwA8uEoR5dNfGjHiKpXqYvCt0"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"GET /g/{TOKEN} 200", "GET /g/••• 200"),
        ("GET /g/pendek/giliran-7.ics", "GET /g/•••/giliran-7.ics"),
        ("POST /h/abc?lang=en", "POST /h/•••?lang=en"),
        ("/mulai/abc /undangan/abc /sandi-baru/abc /masuk/tautan/abc", "/mulai/••• /undangan/••• /sandi-baru/••• /masuk/tautan/•••"),
        ("/masuk?next=%2Fundangan%2Fabc&lang=en", "/masuk?next=%2Fundangan%2F•••&lang=en"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer •••"),
        (f"cookie giliran={TOKEN};", "cookie giliran=•••;"),
        ("wa.me/6281200001024 +6281200001024 081200001024", "wa.me/6281••• +6281••• 081•••"),
        ("GET /e/ramadhan-1442/lapak/7 200 in 0.012 s", "GET /e/ramadhan-1442/lapak/7 200 in 0.012 s"),
        ("20260504120000 closed 1500000 IDR", "20260504120000 closed 1500000 IDR"),
    ],
)
def test_secrets_are_blotted_out_and_the_rest_stays(text: str, clean: str) -> None:
    assert scrub(text) == clean


def test_every_token_that_we_make_is_recognised() -> None:
    assert [token for token in (new_token() for _ in range(200)) if token in scrub(f"x {token} y")] == []


def test_arguments_and_tracebacks_are_scrubbed_too(caplog: pytest.LogCaptureFixture) -> None:
    scrub_logs()
    scrub_logs()  # once more changes nothing

    with caplog.at_level(logging.INFO):
        logging.getLogger("granian.access").info("%s %s", "GET", f"/g/{TOKEN}")
        try:
            _fails_with_its_address(TOKEN)
        except RuntimeError:
            logging.getLogger("bazaar").exception("it broke")

    assert "GET /g/•••" in caplog.text
    assert "cannot show /g/•••" in caplog.text
    assert TOKEN not in caplog.text


def test_a_record_without_secrets_keeps_its_arguments() -> None:
    record = logging.LogRecord("x", logging.INFO, "x.py", 1, "%s of %s", (1, 2), None)

    assert Scrubber().filter(record)
    assert (record.msg, record.args) == ("%s of %s", (1, 2))


def test_a_bug_behind_a_link_logs_where_but_not_which(another_app, app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    live = another_app()
    edition_id = factories.make_edition()
    _, token = factories.make_link(edition_id, vendor_id=factories.make_vendor(edition_id))
    live.view_functions["vendor.show"] = _fails_with_its_address
    _fails_with_its_address.access = app.view_functions["vendor.show"].access  # type: ignore[attr-defined]

    answer = live.test_client().get(f"/g/{token}")

    assert answer.status_code == 500
    assert "vendor.show" in caplog.text
    assert "RuntimeError" in caplog.text
    assert token not in caplog.text
    assert token not in answer.text


def _fails_with_its_address(token: str) -> str:
    raise RuntimeError(f"cannot show /g/{token}")
