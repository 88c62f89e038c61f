"""What is planned to be sent, and what went out."""

import click

from bazaar.editions.scope import EditionRef
from bazaar.localtime import localize
from bazaar.reminders.queries import ReminderLine, reminder_list
from bazaar.web.commands.answering import Commands, edition_named, print_json, worded
from bazaar.web.commands.options import with_edition, with_json

commands = Commands("reminders", help="What is planned to be sent, and what went out.")


@commands.command("list")
@with_edition
@with_json
@worded
def list_reminders(slug: str, as_json: bool) -> None:
    """Every reminder of an edition with its deliveries, by the instant it is due."""
    edition = edition_named(slug)
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
        "turn_starts_at": line.turn_starts_at and localize(line.turn_starts_at, edition.timezone),
        "due_at": localize(line.due_at, edition.timezone),
        "stale_at": localize(line.stale_at, edition.timezone),
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
