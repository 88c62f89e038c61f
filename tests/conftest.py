"""What every test stands on: an app with a real, migrated database, a clock moved by hand, and channels that remember."""

import gc
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url

from app import create_app
from bazaar.database import db, migrate_database
from bazaar.outside import Outside, real_outside
from bazaar.reminders.channels.base import DeliveryError, Message, Receipt
from bazaar.settings import Settings, read_settings
from bazaar.states import ChannelName
from bazaar.web.mail import wait_for_postman
from bazaar.web.planning import wait_for_planning
from models import Base
from tests import once
from tests.planner import ask_here

KIND = os.environ.get("TEST_DATABASE", "sqlite")
"""`sqlite` or `postgresql`; ./test runs the suite once with each."""

START = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
"""When every test begins unless it says otherwise: Monday 4 May 2026, 19.00 WIB."""


hypothesis.settings.register_profile("settled", derandomize=True)
hypothesis.settings.register_profile("search", derandomize=False)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "settled"))
"""Every run looks at the same examples, so that a landing fails by its own fault; HYPOTHESIS_PROFILE=search looks for new ones."""


def pytest_configure(config: pytest.Config) -> None:
    """Start one PostgreSQL server for all workers, where the run is about PostgreSQL."""
    if KIND == "postgresql" and not os.environ.get("TEST_POSTGRESQL_URL") and not hasattr(config, "workerinput"):
        from tests.postgresql import start_server

        os.environ["TEST_POSTGRESQL_URL"] = start_server(config.add_cleanup)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what says nothing about this run's database: deselected, not skipped. Browser and planner so run once, on SQLite."""
    kept = [item for item in items if _says_something(item)]
    if len(kept) != len(items):
        config.hook.pytest_deselected(items=[item for item in items if not _says_something(item)])
        items[:] = kept


def _says_something(item: pytest.Item) -> bool:
    """Whether a test belongs to this run.

    SQLite's run has all tests but those about PostgreSQL. PostgreSQL's has those that ask for the migrated database, by whatever
    fixture (nothing else tells them where PostgreSQL is), and those of a file that asks for KIND because it does something else there.
    """
    if KIND == "sqlite":
        return item.get_closest_marker("postgresql") is None
    if item.get_closest_marker("sqlite") is not None or item.get_closest_marker("browser") is not None:
        return False
    return "migrated_database" in getattr(item, "fixturenames", ()) or hasattr(getattr(item, "module", None), "KIND")


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is loaded by now stays to the end: let the garbage collector not walk through it again and again (a sixth of the run)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where nothing may be skipped (in CI), a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter is not None else []
    if skipped and os.environ.get("GILIRAN_NO_SKIP") and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@dataclass
class RecordingChannel:
    """A channel with a memory. Put errors into `failures` and the next sends raise them, in order."""

    name: ChannelName
    sent: list[Message] = field(default_factory=list)
    failures: list[DeliveryError] = field(default_factory=list)

    def send(self, message: Message) -> Receipt:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(message)
        return Receipt(f"{self.name}-{len(self.sent)}")


@dataclass
class World:
    """The world outside the app, under the test's control."""

    now: datetime = START
    email: RecordingChannel = field(default_factory=lambda: RecordingChannel(ChannelName.EMAIL))
    console: RecordingChannel = field(default_factory=lambda: RecordingChannel(ChannelName.CONSOLE))

    def clock(self) -> datetime:
        return self.now

    def wait(self, **amount: float) -> datetime:
        """Let time pass (`minutes=5`) and return the new instant."""
        self.now += timedelta(**amount)
        return self.now

    def outside(self, settings: Settings) -> Outside:
        channels: dict[ChannelName, Any] = {ChannelName.EMAIL: self.email, ChannelName.CONSOLE: self.console}
        return replace(real_outside(settings), clock=self.clock, channels=channels, ask_planner=ask_here)


class FreshClient(FlaskClient):
    """Gives each request an app context of its own, as a server does; the test keeps its own open around it."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture
def world() -> World:
    """Clock and channels of this test."""
    return World()


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of this worker's empty, migrated database: a file to copy (SQLite) or a database to empty (PostgreSQL)."""
    folder = tmp_path_factory.mktemp("database")
    if KIND == "postgresql":
        url = make_url(os.environ["TEST_POSTGRESQL_URL"])
        name = f"giliran_{uuid.uuid4().hex}"
        server = create_engine(url, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        server.dispose()
        database_url = url.set(database=name).render_as_string(hide_password=False)
    else:
        database_url = f"sqlite:///{folder / 'empty.sqlite3'}"
    app = create_app(make_settings(folder, database_url))
    with app.app_context():
        migrate_database()
        db.engine.dispose()
        with once.statements(db.engine):
            yield database_url


def make_settings(folder: Path, database_url: str, **changes: str) -> Settings:
    """Settings of a test; `changes` are environment variables."""
    environ = {"INSTANCE_DIR": str(folder), "DATABASE_URL": database_url, "SECRET_KEY": "only-for-tests-0123456789-abcdefghijkl", **changes}
    return read_settings(environ)


@pytest.fixture
def database_url(migrated_database: str, sweeper: Engine, tmp_path: Path) -> str:
    """An empty, migrated database for this test alone."""
    if KIND == "postgresql":
        _empty(sweeper)
        return migrated_database
    path = tmp_path / "giliran.sqlite3"
    shutil.copyfile(make_url(migrated_database).database or "", path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def sweeper(migrated_database: str) -> Iterator[Engine]:
    """One connection that empties the database before each test: a new one would read the catalogue each time."""
    engine = create_engine(migrated_database, pool_size=1, pool_pre_ping=True)
    yield engine
    engine.dispose()


def _empty(sweeper: Engine) -> None:
    """Take the last test's rows out and let ids begin at 1.

    Truncating costs the server new files for every table that points to one with rows, fifty times what deleting a few rows costs: only
    a table in which deleted rows have piled up is truncated. Without triggers and foreign keys the order does not matter.
    """
    rows = "SELECT '{0}', pg_relation_size('\"{0}\"') > 500000 WHERE EXISTS (SELECT 1 FROM \"{0}\")"
    with sweeper.begin() as connection:
        filled = connection.execute(text(" UNION ALL ".join(rows.format(table) for table in Base.metadata.tables))).all()
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for name, is_large in filled:
            connection.execute(text(f'TRUNCATE "{name}" CASCADE' if is_large else f'DELETE FROM "{name}"'))
        connection.execute(text("SELECT setval(seqrelid::regclass, 1, false) FROM pg_sequence"))


@pytest.fixture(scope="session", autouse=True)
def _routes_and_files_once() -> Iterator[None]:
    """Routes and static files of all apps are the same."""
    with once.routes_and_files():
        yield


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates are compiled once in a worker, not once in a test."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return make_settings(tmp_path, database_url)


@pytest.fixture(autouse=True)
def patient_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine, a rotation is ready "at once"; tests of the waiting page say otherwise."""
    monkeypatch.setattr("bazaar.web.organizer.planning.QUICK_SECONDS", 60.0)


@pytest.fixture
def app(settings: Settings, world: World, compiled_templates: FileSystemBytecodeCache) -> Iterator[Flask]:
    """The app, its context open, so that a test may call use cases and queries directly."""
    app = create_app(settings, world.outside(settings))
    app.testing = True
    app.jinja_env.bytecode_cache = compiled_templates
    app.test_client_class = FreshClient
    app.config["WTF_CSRF_ENABLED"] = False  # tests/web/test_security.py turns it on
    with app.app_context():
        _hurry(db.engine)
        yield app
        wait_for_planning()
        wait_for_postman()  # or its thread would open a connection that nobody closes
        db.session.remove()
        db.engine.dispose()


def _hurry(engine: Engine) -> None:
    """No test outlives a power cut: SQLite need not wait for the disk, as PostgreSQL does not. Processes that a test starts still do."""
    if engine.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def another_app(database_url: str, tmp_path: Path, world: World) -> Iterator[Callable[..., Flask]]:
    """More apps on the test's database: `another_app(PUBLIC_URL="https://...")`, `another_app(channels={})`."""
    made: list[Flask] = []

    def make(*, channels: Any = None, **changes: str) -> Flask:
        settings = make_settings(tmp_path, database_url, **changes)
        outside = world.outside(settings)
        app = create_app(settings, outside if channels is None else replace(outside, channels=channels))
        app.test_client_class = FreshClient
        app.config["WTF_CSRF_ENABLED"] = False
        made.append(app)
        return app

    yield make
    wait_for_planning()
    wait_for_postman()
    for app in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
