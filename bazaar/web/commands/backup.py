"""Write a verified copy of the database."""

import click
from flask.cli import with_appcontext


@click.command("backup", help="Write a verified copy of the database.")
@with_appcontext
def command() -> None:
    """Write a verified copy of the database."""
