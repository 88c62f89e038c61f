"""The live sessions of an edition."""

from typing import Any

import click

from bazaar.editions.live_session_pages import LiveSessionRow, live_session_list
from bazaar.editions.scope import EditionRef
from bazaar.localtime import localize
from bazaar.web.auth import now
from bazaar.web.commands.answering import Commands, edition_named, print_json, worded
from bazaar.web.commands.options import with_edition, with_json

commands = Commands("sessions", help="The live sessions of an edition.")


@commands.command("list")
@with_edition
@with_json
@worded
def list_sessions(slug: str, as_json: bool) -> None:
    """Every live session of an edition, by start, with its slots."""
    edition = edition_named(slug)
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
        "starts_at": localize(row.starts_at, edition.timezone),
        "ends_at": localize(row.ends_at, edition.timezone),
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
