"""How a command answers: one JSON document or plain lines on stdout, a refusal as one sentence on stderr with exit code 1."""

import json
import sys
from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError

from bazaar.editions.scope import EditionRef, LiveSessionRef, edition_ref, live_session_ref
from bazaar.refusals import Refusal
from bazaar.web.errors import word_refusal

P = ParamSpec("P")
R = TypeVar("R")


def worded(command: Callable[P, R]) -> Callable[P, R]:
    """Decorator: print a refusal, or a database that is not ready, in words instead of a traceback, and exit with 1.

    Under --json stdout gets its document all the same.
    """

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except Refusal as refusal:
            refused = refusal
        except DBAPIError as error:  # most often: nobody has set this database up yet
            refused = Refusal("database_not_ready", reason=str(error.orig).splitlines()[0])
        text = word_refusal(refused, "en")[1]
        click.echo(text, err=True)
        if kwargs.get("as_json"):
            print_json({"error": refused.code, "message": text})
        sys.exit(1)

    return run


class JsonCommand(click.Command):
    """A command that owes a script one JSON document under --json, also when it was called wrongly."""

    def make_context(self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any) -> click.Context:
        """As click does; a wrong call is told on stdout too where --json stands in it."""
        asked_for_json = "--json" in args
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            if asked_for_json:
                print_json({"error": "usage", "message": error.format_message()})
            raise


class Commands(AppGroup):
    """A group of such commands."""

    command_class = JsonCommand


def edition_named(slug: str) -> EditionRef:
    """The edition that a command names. Refuses `edition_unknown`: a command has no page to speak of."""
    try:
        return edition_ref(slug)
    except Refusal as refusal:
        raise Refusal("edition_unknown", slug=slug) from refusal


def live_session_named(live_session_id: int) -> LiveSessionRef:
    """The live session that a command names. Refuses `live_session_unknown`."""
    try:
        return live_session_ref(live_session_id)
    except Refusal as refusal:
        raise Refusal("live_session_unknown", live_session_id=live_session_id) from refusal


def print_json(document: Any) -> None:
    """The one document on stdout. Instants and dates become ISO 8601."""
    click.echo(json.dumps(document, default=_plain, ensure_ascii=False, indent=1))


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"not for JSON: {value!r}")
