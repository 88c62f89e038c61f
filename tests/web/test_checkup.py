"""The doctor sees what is wrong and says what to do about it."""

import json
import socket
from dataclasses import replace
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from flask import Flask
from sqlalchemy import text

from bazaar.accounts.first_organizer import check_first_organizer_token, ensure_first_organizer_token
from bazaar.database import db, schema_versions, transaction
from bazaar.reminders.pulse import note_finished
from bazaar.settings import Settings
from bazaar.web.checkup import Finding, look_over
from tests import factories
from tests.conftest import START


def findings(settings: Settings, **minutes: float) -> dict[str, Finding]:
    return {finding.name: finding for finding in look_over(settings, now=START + timedelta(**minutes))}


def needy(settings: Settings) -> set[str]:
    return {name for name, finding in findings(settings).items() if finding.needs_you}


def test_a_fresh_development_machine_needs_its_scheduler_and_somebody(app: Flask, settings: Settings) -> None:
    assert needy(settings) == {"scheduler", "people"}

    note_finished("pump", now=START)
    factories.make_account()
    assert needy(settings) == set()


def test_a_scheduler_that_fell_asleep_is_noticed(app: Flask, settings: Settings) -> None:
    note_finished("pump", now=START)

    assert not findings(settings, seconds=59)["scheduler"].needs_you
    asleep = findings(settings, minutes=12)["scheduler"]
    assert asleep.needs_you
    assert "12 minutes ago" in asleep.text


def test_production_wants_https_and_mail(app: Flask, settings: Settings) -> None:
    note_finished("pump", now=START)
    factories.make_account()

    assert needy(replace(settings, environment="production", public_url="http://giliran.example.org")) == {"address", "mail"}


def test_sample_data_in_production_is_noticed(app: Flask, settings: Settings) -> None:
    factories.make_edition(slug="ramadhan-1442", is_demo=True)

    assert not findings(settings)["sample data"].needs_you
    assert findings(replace(settings, environment="production"))["sample data"].needs_you


def test_an_old_schema_is_noticed_before_anything_that_would_stumble_over_it(app: Flask, settings: Settings) -> None:
    newest = schema_versions()[1]
    with transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))

    found = findings(settings)

    try:
        assert found["schema"].needs_you
        assert "./run --prepare" in found["schema"].text
        assert "scheduler" not in found
    finally:
        with transaction() as session:
            session.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": newest})  # PostgreSQL's outlives the test
        db.session.remove()


def test_a_mail_server_is_greeted_but_gets_no_mail(app: Flask, settings: Settings) -> None:
    sink = Controller(Sink(), hostname="127.0.0.1", port=0)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        sink.port = probe.getsockname()[1]
    sink.start()
    try:
        found = findings(replace(settings, smtp_url=f"smtp://127.0.0.1:{sink.port}"))["mail"]
    finally:
        sink.stop()

    assert not found.needs_you
    assert "127.0.0.1 answers" in found.text


@pytest.mark.parametrize(
    ("changes", "name", "word"),
    [
        ({"smtp_url": "smtp://127.0.0.1:9"}, "mail", "Connection refused"),
        ({"smtp_url": "smtp://127.0.0.1:9", "mail_from": "nobody"}, "mail sender", "MAIL_FROM"),
        ({"smtp_url": "smtp://127.0.0.1:9", "environment": "production"}, "mail sender", "@localhost"),
    ],
)
def test_mail_that_cannot_work_is_named(app: Flask, settings: Settings, changes: dict[str, str], name: str, word: str) -> None:
    found = findings(replace(settings, **changes))[name]  # type: ignore[arg-type]

    assert found.needs_you
    assert word in found.text


def test_the_command_changes_nothing_and_says_how_the_first_organizer_comes_in(app: Flask) -> None:
    token = ensure_first_organizer_token(now=START)
    assert token is not None

    first = app.test_cli_runner().invoke(args=["doctor"])
    factories.make_account()
    second = app.test_cli_runner().invoke(args=["doctor"])

    assert "!!  people:" in first.stdout
    assert "accounts first-organizer" in first.stdout
    assert first.exit_code == 1
    assert "people" not in second.stdout
    check_first_organizer_token(token, now=START)  # the link that the start printed still works


def test_the_command_answers_in_json_too(app: Flask) -> None:
    document = json.loads(app.test_cli_runner().invoke(args=["doctor", "--json"]).stdout)

    assert {"name": "environment", "text": "development", "needs_you": False} in document["findings"]
