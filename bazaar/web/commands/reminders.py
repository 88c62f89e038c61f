"""What is planned to be sent, and what went out."""

from dataclasses import asdict

import click

from bazaar.editions.scope import EditionRef
from bazaar.localtime import localize
from bazaar.refusals import Refusal
from bazaar.reminders.holds import BEHIND, HoldPage, hold_pages, release_hold
from bazaar.reminders.queries import ReminderLine, reminder_list
from bazaar.states import HoldReason
from bazaar.web.auth import outside
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


@commands.command("holds")
@with_json
@worded
def list_holds(as_json: bool) -> None:
    """What holds sending up, over all bazaars."""
    pages = hold_pages(None, now=outside().clock())
    if as_json:
        print_json({"holds": [asdict(page) for page in pages]})
        return
    for page in pages:
        click.echo(_hold_line(page))
    if not pages:
        click.echo("Nothing holds sending up.", err=True)


@commands.command("release-hold")
@click.option("--send/--drop", "is_sending", required=True, help="What was due before the restore: what still helps, or nothing.")
@worded
def release(is_sending: bool) -> None:
    """End every hold, for all bazaars: after a restored backup, or when the clock is right again."""
    now = outside().clock()
    pages = hold_pages(None, now=now)
    if not pages:
        raise Refusal("hold_none")
    for page in pages:
        dropped = release_hold(page.id, "send" if is_sending else "drop", by=None, actor="command line", now=now)
        click.echo(f"{page.reason}: released" + (f", {dropped} messages dropped" if dropped else ""))


def _hold_line(page: HoldPage) -> str:
    if page.reason is HoldReason.CLOCK:
        until = f", until the clock shows {page.ends_at:%Y-%m-%d %H:%M} UTC" if page.kind == BEHIND and page.ends_at else ""
        return f"clock {page.kind} by {page.seconds:+d} s, since {page.began_at:%Y-%m-%d %H:%M:%S} UTC{until}"
    return (
        f"restore, since {page.began_at:%Y-%m-%d %H:%M:%S} UTC: {page.known_count} known to have left, {page.useful_count} due and useful, "
        f"{page.stale_count} due and too late, {page.later_count} due since"
    )


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
