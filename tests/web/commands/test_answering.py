"""A command never ends in a traceback, and under --json a script always gets its one document."""

import json
from pathlib import Path

import pytest
from click import Group
from flask import Flask
from sqlalchemy import text

from bazaar.database import db, transaction
from bazaar.web.commands.answering import JsonCommand
from tests import factories

QUESTIONS = (
    ["sessions", "list", "--edition", "x"],
    ["rotation", "show", "--edition", "x"],
    ["rotation", "build", "--edition", "x"],
    ["reminders", "list", "--edition", "x"],
    ["closings", "list", "--live-session", "1"],
    ["links", "vendor", "x", "--edition", "x"],
    ["devices", "list", "--live-session", "1"],
    ["demo", "evening"],
)


@pytest.mark.parametrize("question", QUESTIONS, ids=" ".join)
def test_a_database_that_nobody_set_up_is_one_sentence(app: Flask, question: list[str]) -> None:
    with transaction() as session:
        session.execute(text("ALTER TABLE edition RENAME TO edition_away"))
        session.execute(text("ALTER TABLE live_session RENAME TO live_session_away"))
    db.session.remove()
    try:
        plain = app.test_cli_runner().invoke(args=question)
        as_json = app.test_cli_runner().invoke(args=[*question, "--json"])
    finally:
        with transaction() as session:
            session.execute(text("ALTER TABLE edition_away RENAME TO edition"))
            session.execute(text("ALTER TABLE live_session_away RENAME TO live_session"))

    assert plain.exit_code == as_json.exit_code == 1
    assert len(plain.stderr.splitlines()) == 1
    assert "./run --prepare" in plain.stderr
    assert json.loads(as_json.stdout)["error"] == "database_not_ready"


def test_what_is_unknown_is_one_sentence_and_one_document(app: Flask) -> None:
    asked = app.test_cli_runner().invoke(args=["sessions", "list", "--edition", "tidak-ada", "--json"])

    assert asked.exit_code == 1
    assert json.loads(asked.stdout)["error"] == "edition_unknown"
    assert len(asked.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["closings", "list", "--json"], ["import", "vendors", "/tidak/ada.csv", "--edition", "x", "--json"]])
def test_a_wrong_call_is_told_in_json_too(app: Flask, arguments: list[str]) -> None:
    asked = app.test_cli_runner().invoke(args=arguments)

    assert asked.exit_code == 2
    assert json.loads(asked.stdout)["error"] == "usage"


def test_every_command_that_offers_json_keeps_that_promise(app: Flask) -> None:
    groups = [group for group in app.cli.commands.values() if isinstance(group, Group) and group.name != "db"]
    offering = [verb for group in groups for verb in group.commands.values() if any("--json" in option.opts for option in verb.params)]

    assert len(offering) > 10
    assert all(isinstance(verb, JsonCommand) for verb in offering)


def test_logs_do_not_mix_with_the_document(app: Flask, tmp_path: Path) -> None:
    edition_id = factories.make_edition(slug="bazar")
    factories.make_live_session(edition_id)

    asked = app.test_cli_runner().invoke(args=["sessions", "list", "--edition", "bazar", "--json"])

    assert list(json.loads(asked.stdout)) == ["sessions"]
