"""What every test would otherwise do again: told once in a worker, and the same for all of them.

A test gets an app, a database and a client of its own. What those are made of does not differ from test to test: the parts of a route,
the list of static files, and the SQL text of a statement, which SQLAlchemy keeps for each engine and would write again for each app.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import MethodType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule
from whitenoise import WhiteNoise

from bazaar.database import db

STATEMENTS = 4000
"""More than the whole suite asks."""


@contextmanager
def routes_and_files() -> Iterator[None]:
    """Compile each route once and list each folder of static files once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "compile", _compile_once())
        patch.setattr(WhiteNoise, "update_files_dictionary", _list_once())
        yield


def _compile_once() -> Any:
    compiled: dict[object, Any] = {}
    original = Rule.compile

    def compile_rule(rule: Rule) -> None:
        key = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, repr(rule.defaults))
        if key not in compiled:
            original(rule)
            builders = [build.__func__ for build in (rule._build, rule._build_unknown)]  # type: ignore[attr-defined]
            compiled[key] = rule._parts, rule._trace, rule._converters, rule.arguments, builders
        rule._parts, rule._trace, rule._converters, arguments, builders = compiled[key]
        rule.arguments = set(arguments)
        rule._build, rule._build_unknown = (MethodType(build, rule) for build in builders)

    return compile_rule


def _list_once() -> Any:
    listed: dict[tuple[str, str], dict[str, Any]] = {}
    original = WhiteNoise.update_files_dictionary

    def update_files_dictionary(whitenoise: WhiteNoise, root: str, prefix: str) -> None:
        if (root, prefix) not in listed:
            original(whitenoise, root, prefix)
            listed[root, prefix] = dict(whitenoise.files)
        whitenoise.files.update(listed[root, prefix])

    return update_files_dictionary


@contextmanager
def statements(engine: Engine) -> Iterator[None]:
    """Let the engines of all later apps write SQL as this one does, and remember what it wrote. It has been connected to its database."""
    kept: Any = LRUCache(STATEMENTS)
    original = db._make_engine

    def make_engine(bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
        made = original(bind_key, options, app)
        if made.name == engine.name:
            made.dialect, made._compiled_cache = engine.dialect, kept
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "_make_engine", make_engine)
        yield
