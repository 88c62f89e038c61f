"""The engine's profile and the two ways to open a session."""

import fcntl
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError

from bazaar.database import db, reading, sqlite_journal_mode, transaction
from models import Bazaar, Product
from tests import factories


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 34, 0), "TRUNCATE"),
        ((3, 40, 1), "TRUNCATE"),
        ((3, 44, 5), "TRUNCATE"),
        ((3, 44, 6), "WAL"),
        ((3, 45, 0), "TRUNCATE"),
        ((3, 50, 6), "TRUNCATE"),
        ((3, 50, 7), "WAL"),
        ((3, 51, 2), "TRUNCATE"),
        ((3, 51, 3), "WAL"),
        ((3, 52, 0), "TRUNCATE"),
        ((3, 52, 1), "WAL"),
        ((3, 53, 0), "WAL"),
        ((4, 0, 0), "WAL"),
    ],
)
def test_wal_only_where_the_library_has_the_fix(version: tuple[int, int, int], mode: str) -> None:
    assert sqlite_journal_mode(version) == mode


@pytest.mark.sqlite
def test_every_connection_keeps_foreign_keys_and_syncs_fully(another_app: Callable[..., Flask]) -> None:
    pragmas = ("foreign_keys", "synchronous", "trusted_schema", "busy_timeout", "journal_mode")

    with another_app().app_context(), reading() as session:
        found = {name: session.execute(text(f"PRAGMA {name}")).scalar_one() for name in pragmas}

    mode = sqlite_journal_mode(sqlite3.sqlite_version_info[:3]).lower()
    assert found == {"foreign_keys": 1, "synchronous": 2, "trusted_schema": 0, "busy_timeout": 10_000, "journal_mode": mode}


def test_a_row_that_names_nobody_is_refused_by_the_database(app: Flask) -> None:
    edition_id = factories.make_edition()

    with pytest.raises(IntegrityError):
        factories.make_product(edition_id, vendor_id=4711)

    with reading() as session:
        assert session.query(Product).count() == 0


@pytest.mark.sqlite
def test_only_a_write_takes_the_write_lock_at_its_beginning(app: Flask) -> None:
    begun: list[str] = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("BEGIN"):
            begun.append(statement)

    with reading() as session:
        session.execute(text("SELECT 1"))
    with transaction() as session:
        session.execute(text("SELECT 1"))

    assert begun == ["BEGIN", "BEGIN IMMEDIATE"]


def test_a_transaction_commits_whole_or_not_at_all(app: Flask) -> None:
    bazaar_id = factories.make_bazaar(name="Lama")

    def stumble() -> None:
        with transaction() as session:
            session.get_one(Bazaar, bazaar_id).name = "Baru"
            session.flush()
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        stumble()

    with reading() as session:
        assert session.get_one(Bazaar, bazaar_id).name == "Lama"


@pytest.mark.parametrize("outer", [transaction, reading])
@pytest.mark.parametrize("inner", [transaction, reading])
def test_neither_is_opened_inside_another(app: Flask, outer, inner) -> None:
    with outer(), pytest.raises(RuntimeError, match="already open"), inner():
        pass

    with inner():
        pass  # the refusal left nothing behind


def test_a_query_that_writes_is_found_out(app: Flask) -> None:
    bazaar_id = factories.make_bazaar(name="Lama")

    with pytest.raises(RuntimeError, match="tried to write"), reading() as session:
        session.get_one(Bazaar, bazaar_id).name = "Baru"

    with reading() as session:
        assert session.get_one(Bazaar, bazaar_id).name == "Lama"


def test_read_and_written_again_by_many_threads_nothing_is_lost(app: Flask) -> None:
    bazaar_id = factories.make_bazaar(name="0")

    def add(times: int) -> None:
        with app.app_context():
            for _ in range(times):
                with transaction() as session:
                    bazaar = session.get_one(Bazaar, bazaar_id, with_for_update=True)
                    bazaar.name = str(int(bazaar.name) + 1)

    threads = [threading.Thread(target=add, args=(10,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with reading() as session:
        assert session.get_one(Bazaar, bazaar_id).name == "60"


@pytest.mark.sqlite
def test_a_reader_is_not_held_up_by_a_writer_of_another_process_that_waits(app: Flask) -> None:
    """A writer queues at the lock file; whoever reads does not."""
    waited = threading.Event()

    def write() -> None:
        with app.app_context(), transaction():
            waited.set()

    with Path(f"{db.engine.url.database}.lock").open("w") as turnstile:
        fcntl.flock(turnstile, fcntl.LOCK_EX)  # as another process would hold it
        writer = threading.Thread(target=write)
        writer.start()
        with reading() as session:
            assert session.query(Bazaar).count() == 0
        time.sleep(0.1)
        assert not waited.is_set()
    writer.join(timeout=10)

    assert waited.is_set()


@pytest.mark.sqlite
def test_a_frozen_process_at_the_turnstile_holds_up_one_writer_for_a_moment_and_the_next_ones_not_at_all(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bazaar.database.TURNSTILE_PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr("bazaar.database._bypass_until", 0.0)

    with Path(f"{db.engine.url.database}.lock").open("w") as turnstile:
        fcntl.flock(turnstile, fcntl.LOCK_EX)  # and never lets go
        bazaars = {factories.make_bazaar()}
        began_at = time.monotonic()
        bazaars |= {factories.make_bazaar() for _ in range(5)}
        took = time.monotonic() - began_at

    assert len(bazaars) == 6
    assert took < 5 * 0.5


@pytest.mark.sqlite
def test_a_busy_database_is_waited_for(app: Flask) -> None:
    """A foreign program, a backup tool perhaps, holds the write lock for a moment."""
    release = threading.Event()
    held = threading.Event()

    path = str(db.engine.url.database)

    def hold() -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            held.set()
            release.wait(5)
            other.execute("ROLLBACK")

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(5)
    threading.Timer(0.2, release.set).start()

    bazaar_id = factories.make_bazaar()

    holder.join()
    assert bazaar_id > 0
