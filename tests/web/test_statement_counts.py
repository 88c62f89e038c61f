"""No page asks the database more often because an edition is larger: three times the rows, the same number of statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

from bazaar.database import db
from benchmarks.large_edition import NOW, Filled, Page, Size, fill_edition
from tests.conftest import World
from tests.factories import SECRET_KEY

SMALL = Size(vendors=4, live_sessions=4, slots=3, products=1, sales=12, members=2)
THREEFOLD = Size(vendors=12, live_sessions=12, slots=9, products=3, sales=108, members=6)


def test_three_times_the_rows_cost_no_page_another_statement(app: Flask, world: World) -> None:
    world.now = NOW
    app.config["RATELIMIT_ENABLED"] = False
    few = statements_by_page(app, fill_edition(SMALL, secret_key=SECRET_KEY))
    many = statements_by_page(app, fill_edition(THREEFOLD, secret_key=SECRET_KEY))

    grown = {name: (few[name], many[name]) for name in few if len(many[name]) > len(few[name])}

    assert {name: more_of(*statements) for name, statements in grown.items()} == {}
    assert len(few) > 60


def statements_by_page(app: Flask, filled: Filled) -> dict[str, list[str]]:
    return {page.name: statements_of(app, filled, page) for page in filled.pages(app)}


def statements_of(app: Flask, filled: Filled, page: Page) -> list[str]:
    """What the second visit asks: the first may note that somebody was here."""
    client = app.test_client()
    client.set_cookie("giliran", filled.sign_in)
    client.get(page.path)
    with listening() as heard:
        answer = client.get(page.path)
    assert answer.status_code == 200, (page.path, answer.status)
    assert heard or page.name.startswith("importing.template"), f"{page.name} asked nothing"
    return heard


@contextmanager
def listening() -> Iterator[list[str]]:
    heard: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        heard.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield heard
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def more_of(few: list[str], many: list[str]) -> str:
    """The statement that is said more often, to be named when this fails."""
    most = max(set(many), key=lambda statement: many.count(statement) - few.count(statement))
    return f"{len(few)} -> {len(many)} statements, {few.count(most)} -> {many.count(most)} times: {most[:600]}"
