"""The live sessions of an edition."""

from datetime import datetime
from typing import Any

import click
from flask.cli import AppGroup

from bazaar.editions.live_session_pages import LiveSessionRow, live_session_list
from bazaar.editions.scope import EditionRef, edition_ref
from bazaar.localtime import localize
from bazaar.web.auth import now
from bazaar.web.commands.answering import print_json, worded

commands = AppGroup("sessions", help="The live sessions of an edition.")


@commands.command("list")
@click.option("--edition", "slug", required=True, help="The edition's short name, as in its address.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of a table.")
@worded
def list_sessions(slug: str, as_json: bool) -> None:
    """Every live session of an edition, by start, with its slots."""
    edition = edition_ref(slug)
    rows = live_session_list(edition.id, now=now())
    if as_json:
        print_json({"sessions": [_document(row, edition) for row in rows]})
        return
    for row in rows:
        click.echo("  ".join(_columns(row, edition)).rstrip())
    slots = sum(row.slot_count for row in rows)
    click.echo(f"{len(rows)} live sessions, {slots} slots" if rows else "There are no live sessions yet.", err=True)


def _document(row: LiveSessionRow, edition: EditionRef) -> dict[str, Any]:
    return {
        "id": row.id,
        "starts_at": _iso(row.starts_at, edition),
        "ends_at": _iso(row.ends_at, edition),
        "slot_minutes": row.slot_minutes,
        "slots": row.slot_count,
        "turns": row.turn_count,
        "host": row.host_name,
        "languages": list(row.languages),
        "state": row.state,
    }


def _columns(row: LiveSessionRow, edition: EditionRef) -> list[str]:
    starts, ends = localize(row.starts_at, edition.timezone), localize(row.ends_at, edition.timezone)
    return [
        f"{row.id:>6}",
        f"{starts:%Y-%m-%d %H:%M}-{ends:%H:%M} {starts:%Z}",
        f"{row.slot_count:>2} x {row.slot_minutes} min",
        f"{row.turn_count:>2} turns",
        f"{row.state:<9}",
        row.host_name,
    ]


def _iso(instant: datetime, edition: EditionRef) -> str:
    return localize(instant, edition.timezone).isoformat()
