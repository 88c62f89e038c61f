"""What is configured and what is missing, in plain words."""

import click
from flask.cli import with_appcontext


@click.command("doctor", help="What is configured and what is missing, in plain words.")
@with_appcontext
def command() -> None:
    """What is configured and what is missing, in plain words."""
