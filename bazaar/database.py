"""One engine profile and one way to open a transaction; the only file that knows Flask-SQLAlchemy.

`transaction()` is for use cases, `reading()` for queries. Neither nests: a use case never calls a use case.
"""

import fcntl
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Any, Literal

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from models import Base

BUSY_TIMEOUT_MS = 10_000
_PASSING = frozenset({"40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03", "53300", "25P03"})
"""PostgreSQL's codes for: somebody else was in the way, it took too long, the server is going down or coming up, too many callers."""
TURNSTILE_PAUSE_SECONDS = 0.002
TURNSTILE_PATIENCE_SECONDS = 1.0
"""A hundred times what a write takes: whoever holds the turnstile longer is frozen, and need not be waited for again at once."""
TURNSTILE_BYPASS_SECONDS = 30.0
MIGRATIONS = Path(__file__).parent / "migrations"
_FIXED_SERIES = {(3, 44): 6, (3, 50): 7, (3, 51): 3}
_WITHDRAWN = (3, 52, 0)

db = SQLAlchemy(model_class=Base)
_open: ContextVar[bool] = ContextVar("a transaction is open here", default=False)
_writers = threading.Lock()
_bypass_until = 0.0
"""Until then (monotonic seconds) nobody waits at the turnstile: its holder was seen to be frozen."""


def sqlite_journal_mode(version: tuple[int, int, int]) -> Literal["WAL", "TRUNCATE"]:
    """WAL where the library has the fix for the WAL-reset race (3.51.3; 3.50.7 and 3.44.6 carry it back), else TRUNCATE.

    Both run with synchronous=FULL; neither loses a committed sale at a power cut (ADR 3).
    """
    if version == _WITHDRAWN:
        return "TRUNCATE"
    series = version[:2]
    if series in _FIXED_SERIES:
        return "WAL" if version[2] >= _FIXED_SERIES[series] else "TRUNCATE"
    return "WAL" if version > (3, 51, 3) else "TRUNCATE"


def init_database(app: Flask, database_url: str) -> None:
    """Bind the app to its database with the profile of its kind."""
    url = make_url(database_url)
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url
    if url.get_backend_name() == "sqlite":
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": 16, "max_overflow": 64}
    else:
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
            "pool_size": 8,
            "max_overflow": 24,
            "pool_pre_ping": True,
            "connect_args": {
                "options": "-c statement_timeout=15000 -c lock_timeout=8000 -c idle_in_transaction_session_timeout=10000 -c timezone=UTC"
            },
        }
    db.init_app(app)
    if url.get_backend_name() == "sqlite":
        with app.app_context():
            _set_up_sqlite(db.engine)


def _set_up_sqlite(engine: Engine) -> None:
    version = sqlite3.sqlite_version_info
    journal_mode = sqlite_journal_mode((version[0], version[1], version[2]))

    @event.listens_for(engine, "connect")
    def _profile(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own transactions skip BEGIN before SELECT; ours do not
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            f"journal_mode={journal_mode}",
            "synchronous=FULL",
            "foreign_keys=ON",
            "trusted_schema=OFF",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later fails at once in SQLite, whatever the busy timeout: say it up front.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("write") else "BEGIN")


def is_passing(error: Exception) -> bool:
    """Whether the database only could not do it now: the same request a moment later may well succeed. Nothing of it was stored."""
    if isinstance(error, PoolTimeoutError):
        return True
    if not isinstance(error, OperationalError):
        return False
    if isinstance(error.orig, sqlite3.OperationalError):
        return error.orig.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
    state = getattr(error.orig, "sqlstate", None)
    return state is None or state in _PASSING or state.startswith("08")  # none: the connection broke or was never made


@contextmanager
def transaction() -> Iterator[Session]:
    """A session that commits when the block ends and rolls back when it raises. For use cases; raises when nested."""
    with _mark_open(), _write_turn(), Session(db.engine.execution_options(write=True), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """A session that sees one consistent state and cannot commit. For queries; raises when nested."""
    with _mark_open(), Session(db.engine, expire_on_commit=False, autoflush=False) as session:
        yield session
        if session.new or session.dirty or session.deleted:
            raise RuntimeError("a query tried to write; open a transaction() in a use case instead")


def carry_context() -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Take the current app along into threads: gives a wrapper under which a function finds the same database there."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 (Flask's documented way)

    def carry(function: Callable[..., None]) -> Callable[..., None]:
        def run(*arguments: object) -> None:
            with app.app_context():
                function(*arguments)

        return run

    return carry


@contextmanager
def _mark_open() -> Iterator[None]:
    if _open.get():
        raise RuntimeError("a transaction is already open; a use case calls steps, never another use case")
    mark = _open.set(True)
    try:
        yield
    finally:
        _open.reset(mark)


@contextmanager
def _write_turn() -> Iterator[None]:
    """Queue writers in front of SQLite: its own busy handler is unfair (measured: p99 20 times higher without this)."""
    url = db.engine.url
    if url.get_backend_name() != "sqlite" or url.database is None:
        yield
        return
    with _writers, Path(f"{url.database}.lock").open("w") as turnstile:
        _pass(turnstile)
        yield


def _pass(turnstile: IO[str]) -> None:
    """Wait for the other process, but not for ever: one that is frozen keeps its lock. SQLite's own lock then has the last word."""
    global _bypass_until  # noqa: PLW0603 (one turnstile per process; only the holder of _writers comes here)
    until = monotonic() + TURNSTILE_PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(turnstile, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() < _bypass_until:
                return
            if monotonic() > until:
                _bypass_until = monotonic() + TURNSTILE_BYPASS_SECONDS
                return
            sleep(TURNSTILE_PAUSE_SECONDS)
        else:
            _bypass_until = 0.0
            return


def init_migrations(app: Flask) -> None:
    """Give an app what Flask-Migrate asks for. Not part of create_app: Alembic costs half a second and 10 MB that no server needs."""
    from flask_migrate import Migrate  # noqa: PLC0415 (as said)

    Migrate(app, db, directory=str(MIGRATIONS), render_as_batch=True)


def migrate_database() -> None:
    """Bring the schema of the current app's database up to date. Two processes that start together take turns."""
    from flask_migrate import upgrade  # noqa: PLC0415 (as above)

    init_migrations(current_app)
    _keep_private()
    with _write_turn():
        upgrade()


def _keep_private() -> None:
    """A SQLite file holds people's telephone numbers: only its owner may read it. SQLite's side files take over the mode."""
    url = db.engine.url
    if url.get_backend_name() == "sqlite" and url.database is not None:
        for name in (url.database, f"{url.database}.lock"):
            Path(name).touch(mode=0o600)


def schema_versions() -> tuple[str | None, str | None]:
    """(the version of the current app's database, the version that this program needs)."""
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 (as above)
    from alembic.script import ScriptDirectory  # noqa: PLC0415 (as above)

    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision(), ScriptDirectory(str(MIGRATIONS)).get_current_head()


def database_schema() -> str | None:
    """The version of the current app's database, without Alembic; None where nobody has set it up."""
    with db.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return version


def program_schema() -> str:
    """The version that this program was written for: the number of the newest migration beside it."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))
