"""Runs migrations over the app's own engine, with SQLite's foreign keys off while tables are rebuilt."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from bazaar.database import db

options = current_app.extensions["migrate"].configure_args


def _migrate(connection: Connection) -> None:
    """Batch mode copies a table and drops the old one: with foreign keys on, SQLite would delete every child row."""
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr] # a live connection has one
    try:
        context.configure(connection=connection, target_metadata=db.metadata, transaction_per_migration=True, **options)
        with context.begin_transaction():
            context.run_migrations()
        if is_sqlite:
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise RuntimeError(f"a migration left {len(broken)} rows that point nowhere: {broken[:3]}")
            connection.rollback()
    finally:
        if is_sqlite:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr] # as above


with db.engine.execution_options(write=True).connect() as connection:
    _migrate(connection)
