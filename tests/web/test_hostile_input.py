"""Every route x every name that its view asks for x values no honest person types: kindly refused or kept, never a crash, never markup.

Which fields a view reads is learned by watching it read (`Watched`), so that a new field is tried without a word here. What was
typed comes back in the form that refuses it, and whatever was kept is looked at on every page afterwards.
"""

import csv
import io
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, ClassVar

import pytest
from flask import Flask, Request
from flask.testing import FlaskClient
from sqlalchemy import Enum, String, select
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.test import TestResponse

from app import create_app
from bazaar.database import db, migrate_database, reading, transaction
from bazaar.lines import one_line
from bazaar.live.hub import Hub
from bazaar.web.access import Access
from models import Base
from tests.conftest import KIND, FreshClient, World, make_settings
from tests.web.neighbours import Home, build_home
from tests.web.test_access import BLUEPRINT_NAMES, Route, _database_of_its_own, addresses, all_from, routes_of

MARKUP = "\"'><x-boom onx=1>{{7*7}}</textarea></title></script><x-boom onx=1>"
TRIES = int(os.environ.get("HOSTILE_TRIES", "2"))
"""Values for each field. A fixed choice for each run of the suite; all of them for whoever sets this to 40 and has the time."""
MOST_SENDS = 6 if TRIES < 10 else 10_000
HOSTILE = (
    "",
    " ",
    MARKUP,
    "\0",
    "a\0b",
    "\x01\x08\x1b[31m\x7f\x85",
    "satu\r\nBCC: semua@example.org\r\n\r\ndua",
    "\u202egnirts\u2066\u200f",
    "\ud7ff\ufdd0\ufffe\U0010ffff",
    "\u200b",
    "🧕🏽" * 20,
    "e\u0301" * 30,
    "x" * 130,
    "x" * 70_000,
    "-1",
    "0",
    "1e9",
    "NaN",
    "1,5",
    "２３",
    "٣",
    "²",
    "1_000",
    str(2**31),
    str(2**63),
    "-" + "9" * 40,
    "9" * 5000,
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "24.00",
    "=1+1",
    "javascript:alert(1)",
    "https://[::1",
    "http://a@b:99999/",
    "//tetangga.example",
    "%",
    "%s%n{0}",
    "a@b",
    "a@b.c\nd",
    "' OR 1=1 --",
)
"""Empty, markup, control and direction characters, letters of several code points, far too long, almost numbers, almost dates."""


class Watched(ImmutableMultiDict[str, str]):
    """What came with a request; remembers which names the view asked for."""

    asked: ClassVar[set[str]] = set()

    def get(self, key: str, *args: Any, **kwargs: Any) -> Any:
        Watched.asked.add(key)
        return super().get(key, *args, **kwargs)

    def __getitem__(self, key: str) -> str:
        Watched.asked.add(key)
        return super().__getitem__(key)

    def getlist(self, key: str, *args: Any, **kwargs: Any) -> list[Any]:
        Watched.asked.add(key)
        return super().getlist(key, *args, **kwargs)

    def __contains__(self, key: object) -> bool:
        Watched.asked.add(str(key))
        return super().__contains__(key)


class WatchedRequest(Request):
    """A request whose arguments and fields tell who reads them."""

    parameter_storage_class = Watched


class Page(HTMLParser):
    """What of a page matters here: forms' fields with their values, and what a browser would take for markup of ours."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields: MultiDict[str, str] = MultiDict()
        self.injected: list[str] = []
        self.typed: list[str] = []  # the names of fields that a person types into
        self._select: str | None = None
        self._textarea: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "x-boom" or any(name.startswith("on") for name in named):
            self.injected.append(self.get_starttag_text() or tag)
        if any(named.get(name, "").lower().startswith("javascript:") for name in ("href", "src", "action")):
            self.injected.append(self.get_starttag_text() or tag)
        kind = named.get("type", "text")
        if tag == "textarea" or (tag == "input" and kind not in {"hidden", "password", "file", "checkbox", "radio", "submit"}):
            self.typed.append(named.get("name", ""))
        if tag == "input" and named.get("type") not in {"submit", "file"}:
            if named.get("type") not in {"checkbox", "radio"} or "checked" in named:
                self.fields.add(named.get("name", ""), named.get("value", ""))
        elif tag == "select":
            self._select = named.get("name")
        elif tag == "option" and self._select and "selected" in named:
            self.fields.add(self._select, named.get("value", ""))
        elif tag == "textarea":
            self._textarea = named.get("name")
            self.fields.add(self._textarea or "", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.fields[self._textarea] = self.fields[self._textarea] + data


@pytest.fixture(scope="module")
def stage(migrated_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One app and database for the whole walk, with every error kept inside, as in production."""
    folder = tmp_path_factory.mktemp("hostile")
    settings = make_settings(folder, _database_of_its_own(migrated_database, folder))
    app = create_app(settings, World().outside(settings))
    app.test_client_class = FreshClient
    app.request_class = WatchedRequest
    app.config["WTF_CSRF_ENABLED"] = False
    app.config["RATELIMIT_ENABLED"] = False
    with app.app_context():
        if KIND == "postgresql":
            migrate_database()
        yield app
        for hub in [value for value in app.extensions.values() if isinstance(value, Hub)]:
            hub.stop()
        db.session.remove()
        db.engine.dispose()


# --- Asking and judging --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trial:
    """One address, somebody who may use it, and the fields that an honest person would send."""

    route: Route
    address: str
    client: FlaskClient
    honest: MultiDict[str, str]

    def send(self, fields: MultiDict[str, str]) -> tuple[TestResponse, str]:
        where = "query_string" if self.route.method == "GET" else "data"
        response = self.client.open(self.address, method=self.route.method, **{where: fields})
        body = "" if response.mimetype == "text/event-stream" else response.get_data().decode(errors="replace")
        response.close()
        return response, body

    def names(self) -> list[str]:
        """What the view asks for: with nothing, with what is honest, with anything at all."""
        asked: set[str] = set()
        for values in (None, "x", "1"):
            Watched.asked = set()
            self.send(self.honest if values is None else MultiDict(dict.fromkeys(asked, values)))
            asked |= Watched.asked - {"csrf_token", "X-CSRFToken", "X-CSRF-Token"}
        return sorted(asked)


def trials_of(app: Flask, route: Route, home: Home) -> list[Trial]:
    trials = []
    for address in addresses(app, route, all_from(route, home)):
        client = app.test_client()
        if route.access is not Access.PUBLIC:
            client.set_cookie("giliran", home.sign_ins["host by link" if route.access is Access.HOST else "organizer"])
        honest: MultiDict[str, str] = MultiDict()
        if route.method == "POST":
            page = client.get(address)
            honest = Page(page.get_data(as_text=True)).fields if page.mimetype == "text/html" else honest
            page.close()
        trials.append(Trial(route, address, client, honest))
    return trials


def sends_of(trial: Trial, dice: random.Random) -> list[MultiDict[str, str]]:
    """Each name with some hostile values, then missing, doubled, and together with names that no form has."""
    sends = []
    for name in trial.names():
        for value in dice.sample(HOSTILE, TRIES):
            fields = trial.honest.copy()
            fields.setlist(name, [value])
            sends.append(fields)
        doubled, missing = trial.honest.copy(), trial.honest.copy()
        doubled.setlist(name, dice.sample(HOSTILE, 2))
        missing.poplist(name)
        sends += [doubled, missing]
    return dice.sample(sends, min(MOST_SENDS, len(sends)))


def wrongs_of(response: TestResponse, body: str) -> list[str]:
    """What an answer must never be."""
    wrong = []
    if response.status_code >= 500 and response.status_code != 503:
        wrong.append(f"answers {response.status_code}")
    if "Traceback (most recent" in body:
        wrong.append("shows a stack trace")
    if response.mimetype == "text/html" and (injected := Page(body).injected):
        wrong.append(f"lets markup through: {injected[0][:80]}")
    return wrong


def lost_of(sent: MultiDict[str, str], response: TestResponse, body: str) -> list[str]:
    """Fields of a form that was refused and came back without what was typed. Secrets and files never come back."""
    if response.status_code != 422 or response.mimetype != "text/html":
        return []
    shown = Page(body)
    return [
        name
        for name in shown.typed
        if name in sent
        and len(sent.getlist(name)) == 1
        and as_shown(sent[name]) not in {as_shown(value) for value in shown.fields.getlist(name)}
    ]


def as_shown(text: str) -> str:
    """Without what a form may tidy: ends of lines, signs nobody sees, spaces around and repeated."""
    return one_line(text)


@pytest.mark.parametrize("blueprint", BLUEPRINT_NAMES)
def test_whatever_is_typed_is_refused_kindly_or_kept_and_shown_as_text(stage: Flask, blueprint: str) -> None:
    dice, wrong = random.Random(blueprint), []
    for route in routes_of(stage, blueprint):
        home = build_home("A")
        for trial in trials_of(stage, route, home):
            for fields in sends_of(trial, dice):
                response, body = trial.send(fields)
                found = [*wrongs_of(response, body), *(f"forgets {name}" for name in lost_of(fields, response, body))]
                changed = {name: values for name, values in fields.lists() if values != trial.honest.getlist(name)}
                wrong += [f"{route} {str(changed)[:200]}: {what}" for what in found]

    assert wrong == []


# --- What is stored ------------------------------------------------------------------------------------------------------

STORED = "=1+1\"'><x-boom onx=1></textarea></title></script>\r\nX-BOOM:1"
"""Markup, a formula and a line of its own."""

_MEANS_SOMETHING = {
    *("slug", "email", "password_hash", "totp_secret", "token_hash", "key_hash", "nonce", "timezone", "adjacent_categories", "phone"),
    *("help_phone", "kind", "key", "owner", "uuid", "void_of", "payload_hash", "digest", "provider_ref", "action", "subject_kind"),
}
"""Columns whose values a person never words: the rest may hold anything, also what an import or a database of before let in."""


_APPEND_ONLY = {
    "closing",
    "entry",
    "sale",
    "void",
    "supplement",
    "audit",
    "answer",
    "delivery_event",
    "order_state",
    "air_report",
    "audience_count",
}


def fill_every_text(home: Home) -> None:
    with transaction() as session:
        for table in Base.metadata.sorted_tables:
            texts = [
                column
                for column in table.c
                if isinstance(column.type, String) and not isinstance(column.type, Enum) and column.name not in _MEANS_SOMETHING
            ]
            key = home.ids.get(table.name)
            if texts and key is not None and "id" in table.c and table.name not in _APPEND_ONLY:
                values = {column.name: STORED[: column.type.length or 400] for column in texts}
                session.execute(table.update().where(table.c.id == key).values(values))


def breaks_out(response: TestResponse, body: str) -> list[str]:
    """Where a stored text became more than text."""
    wrong = wrongs_of(response, body)
    if response.mimetype == "text/calendar":
        wrong += ["starts a line of its own" for line in body.splitlines() if line.startswith("X-BOOM")]
    if response.mimetype == "text/csv":
        rows = csv.reader(io.StringIO(body, newline=""), delimiter=";" if ";" in body.split("\n", maxsplit=1)[0] else ",")
        wrong += [f"has a formula: {cell}" for row in rows for cell in row if cell.lstrip("\ufeff").startswith("=")]
    wrong += [f"splits {name}" for name, value in response.headers if "X-BOOM" in name or "\n" in value]
    return wrong


def test_every_text_that_a_table_may_hold_comes_out_as_text(stage: Flask) -> None:
    home = build_home("A")
    fill_every_text(home)
    wrong, shown = [], 0
    for route in [route for name in BLUEPRINT_NAMES for route in routes_of(stage, name) if route.method == "GET"]:
        for trial in trials_of(stage, route, home):
            response, body = trial.send(MultiDict())
            shown += "x-boom" in body
            wrong += [f"{route} {what}" for what in breaks_out(response, body)]

    assert wrong == []
    assert shown > 20


GUARDED = (
    *("id", "bazaar_id", "edition_id", "role", "is_demo", "is_phone_public", "archived_at", "withdrawn_at", "disabled_at", "ended_at"),
    *("revoked_at", "used_at", "settled_by", "account_id", "created_at", "closing_count", "rotation_count", "last_server_seq"),
)
"""Columns that follow from where one is and who one is, never from what a form says."""


def test_names_that_no_form_has_change_nothing(stage: Flask) -> None:
    """Mass assignment: the same form with and without the guarded columns' names leads to the same rows."""
    wrong = []
    for route in [route for name in BLUEPRINT_NAMES for route in routes_of(stage, name) if route.method == "POST"]:
        Watched.asked = set()
        plain, greedy = (outcome_of(stage, route, extra) for extra in ({}, dict.fromkeys(GUARDED, "1")))
        if plain != greedy:
            wrong.append(f"{route}: {[pair for pair in zip(plain, greedy, strict=True) if pair[0] != pair[1]][:3]}")

    assert wrong == []


def outcome_of(app: Flask, route: Route, extra: dict[str, str]) -> list[Any]:
    """How a form was answered, and its bazaar's guarded columns afterwards; references as whether they still lead to the same row."""
    home = build_home("A")
    trial = trials_of(app, route, home)[0]
    fields = trial.honest.copy()
    for name in set(extra) - set(fields) - Watched.asked:
        fields.add(name, extra[name])
    outcome: list[Any] = [trial.send(fields)[0].status_code]
    with reading() as session:
        for table in Base.metadata.sorted_tables:
            row = (
                session.execute(select(table).where(table.c.id == home.ids.get(table.name))).mappings().first() if "id" in table.c else None
            )
            for name in GUARDED if row is not None else ():
                value = row.get(name)
                is_reference = name.endswith("_id") and value is not None
                outcome.append(
                    (f"{table.name}.{name}", value == home.ids.get(name.removesuffix("_id")) if is_reference else name != "id" and value)
                )
    return outcome
