"""What is planned to be sent, and what went out."""

from datetime import datetime

import click
from flask.cli import AppGroup

from bazaar.editions.scope import EditionRef, edition_ref
from bazaar.localtime import localize
from bazaar.reminders.queries import ReminderLine, reminder_list
from bazaar.web.commands.answering import print_json, worded

commands = AppGroup("reminders", help="What is planned to be sent, and what went out.")


@commands.command("list")
@click.option("--edition", "slug", required=True, help="The edition's short name, as in its address.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of a table.")
@worded
def list_reminders(slug: str, as_json: bool) -> None:
    """Every reminder of an edition with its deliveries, by the instant it is due."""
    edition = edition_ref(slug)
    lines = reminder_list(edition.id)
    if as_json:
        print_json({"reminders": [_document(line, edition) for line in lines]})
        return
    for line in lines:
        click.echo("  ".join(_columns(line, edition)))
    click.echo(f"{len(lines)} reminders" if lines else "No reminders are planned.", err=True)


def _document(line: ReminderLine, edition: EditionRef) -> dict[str, object]:
    return {
        "vendor": line.vendor,
        "kind": line.kind,
        "lead_minutes": line.lead_minutes,
        "turn_starts_at": _iso(line.turn_starts_at, edition),
        "due_at": _iso(line.due_at, edition),
        "stale_at": _iso(line.stale_at, edition),
        "state": line.state,
        "channel": line.channel,
        "delivery_state": line.delivery_state,
        "attempts": line.attempt_count,
        "last_error": line.last_error or None,
    }


def _columns(line: ReminderLine, edition: EditionRef) -> list[str]:
    kind = f"{line.kind} {line.lead_minutes} min" if line.lead_minutes is not None else line.kind
    return [
        f"{localize(line.due_at, edition.timezone):%Y-%m-%d %H:%M:%S %Z}",
        f"{kind:<16}",
        f"{line.channel:<7}",
        f"{line.delivery_state:<16}",
        line.vendor,
    ]


def _iso(instant: datetime | None, edition: EditionRef) -> str | None:
    return localize(instant, edition.timezone).isoformat() if instant else None
