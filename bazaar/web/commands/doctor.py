"""`doctor`: what is configured, what is missing, in plain words."""

import sys

import click
from flask.cli import with_appcontext

from bazaar.web.auth import outside, settings
from bazaar.web.checkup import Finding, look_over
from bazaar.web.commands.answering import print_json
from bazaar.web.commands.options import with_json


@click.command("doctor", help="What is configured, what is missing, in plain words. Exits with 1 when something needs you.")
@with_json
@with_appcontext
def command(as_json: bool) -> None:
    """Look everything over and change nothing."""
    findings = look_over(settings(), now=outside().clock())
    if as_json:
        found = [{"name": finding.name, "text": finding.text, "needs_you": finding.needs_you} for finding in findings]
        print_json({"findings": found})
    else:
        _print(findings)
    sys.exit(1 if any(finding.needs_you for finding in findings) else 0)


def _print(findings: list[Finding]) -> None:
    for finding in findings:
        click.echo(f"{'!!' if finding.needs_you else 'ok'}  {finding.name + ':':<13} {finding.text}")
    needy = sum(finding.needs_you for finding in findings)
    click.echo(f"\n{needy} of {len(findings)} need you (marked !!)." if needy else "\nAll is well.")
