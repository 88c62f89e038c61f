"""`backup PATH`: write a verified copy of the database while everything goes on."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from bazaar.backup import write_backup
from bazaar.web.commands.answering import worded


@click.command("backup", help="Write a verified copy of the database to PATH, while everything goes on.")
@click.argument("path", type=click.Path(path_type=Path))
@with_appcontext
@worded
def command(path: Path) -> None:
    """`backup PATH`."""
    backup = write_backup(path)
    rows = ", ".join(f"{count} {table}" for table, count in backup.row_counts.items())
    click.echo(f"{backup.path}: {backup.size_bytes:,} bytes, checked ({rows}).")
