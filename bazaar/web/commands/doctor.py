"""`doctor`: what is configured, what is missing, in plain words; and the way in where nobody has an account yet."""

import sys

import click
from flask.cli import with_appcontext

from bazaar.accounts.first_organizer import ensure_first_organizer_token
from bazaar.web.auth import outside, settings
from bazaar.web.checkup import Finding, look_over
from bazaar.web.commands.answering import print_json
from bazaar.web.commands.options import with_json


@click.command("doctor", help="What is configured, what is missing, in plain words. Exits with 1 when something needs you.")
@with_json
@with_appcontext
def command(as_json: bool) -> None:
    """Look everything over; a fresh link for the first organizer as long as there is none."""
    now = outside().clock()
    findings = look_over(settings(), now=now)
    link = "" if any(finding.name == "schema" and finding.needs_you for finding in findings) else _first_link()
    if as_json:
        found = [{"name": finding.name, "text": finding.text, "needs_you": finding.needs_you} for finding in findings]
        print_json({"findings": found, "first_organizer_link": link or None})
    else:
        _print(findings, link)
    sys.exit(1 if any(finding.needs_you for finding in findings) else 0)


def _first_link() -> str:
    token = ensure_first_organizer_token(now=outside().clock())
    return outside().links.page(f"/mulai/{token}") if token else ""


def _print(findings: list[Finding], link: str) -> None:
    for finding in findings:
        click.echo(f"{'!!' if finding.needs_you else 'ok'}  {finding.name + ':':<13} {finding.text}")
    if link:
        click.echo(f"\nNobody has an account yet. The first organizer begins here (once, within 24 hours):\n  {link}")
    needy = sum(finding.needs_you for finding in findings)
    click.echo(f"\n{needy} of {len(findings)} need you (marked !!)." if needy else "\nAll is well.")
