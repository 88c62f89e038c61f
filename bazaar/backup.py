"""A copy of the database that has been proved readable before it is called a backup."""

import logging
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bazaar.database import db, reading
from bazaar.localtime import local_date, localize, to_utc
from bazaar.refusals import Refusal
from bazaar.reminders.pulse import BACKUP, note_began, note_failed, note_finished
from models import Beat

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Backup:
    """What was written: where, how large, and how many rows of each kind the copy holds."""

    path: Path
    size_bytes: int
    row_counts: dict[str, int]


NIGHTLY_ZONE, NIGHTLY_AT = "Asia/Jakarta", time(3, 30)
RETRY_AFTER = timedelta(hours=1)
_NIGHTLY_NAME = "giliran-{:%Y-%m-%d-%H%M}.backup"
_NIGHTLY_NAMES = "giliran-????-??-??-????.backup"

COUNTED = ("vendor", "turn", "sale", "closing", "delivery")


def write_backup(path: Path) -> Backup:
    """Copy the running database to `path`, check the copy, and only then give it its name (mode 0600).

    Refuses `backup_exists`, `backup_folder_missing`, `backup_tool_missing` (PostgreSQL without pg_dump) and `backup_damaged`.
    """
    path = path.resolve()
    if path.exists():
        raise Refusal("backup_exists", path=path)
    if not path.parent.is_dir():
        raise Refusal("backup_folder_missing", folder=path.parent)
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        unfinished.touch(mode=0o600)
        counts = _copy_sqlite(unfinished) if db.engine.dialect.name == "sqlite" else _dump_postgresql(unfinished)
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return Backup(path, path.stat().st_size, counts)


def nightly_backup(folder: Path, *, keep: int, now: datetime) -> bool:
    """Make the backup of the night where it is due, prove it, and let the oldest go; whether one was made.

    Never raises for a backup that failed: its row says so, organizers see it, and an hour later it is tried again. A deployment that is
    new waits for its first night.
    """
    if keep == 0 or not _is_due(now):
        return False
    note_began(BACKUP, now=now)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        backup = write_backup(folder / _NIGHTLY_NAME.format(localize(now, NIGHTLY_ZONE)))
        _reopen(backup)
    except (Refusal, OSError, SQLAlchemyError, sqlite3.Error) as error:
        log.critical("ALARM: the nightly backup failed: %s", error)
        note_failed(BACKUP, str(error), now=now)
        return False
    note_finished(BACKUP, now=now)
    log.info("backup %s: %d bytes, checked", backup.path, backup.size_bytes)
    for old in sorted(folder.glob(_NIGHTLY_NAMES))[:-keep]:
        old.unlink(missing_ok=True)
    return True


def _is_due(now: datetime) -> bool:
    """Whether the last night has no backup yet. The row is made the first time anybody asks."""
    today = to_utc(local_date(now, NIGHTLY_ZONE), NIGHTLY_AT, NIGHTLY_ZONE)
    last_night = today if today <= now else today - timedelta(days=1)
    with reading() as session:
        row = session.get(Beat, BACKUP)
    if row is None:
        note_began(BACKUP, now=now)
        return False
    if row.error is not None and row.failed_at is not None and timedelta(0) <= now - row.failed_at < RETRY_AFTER:
        return False
    since = row.finished_at or (row.began_at if row.failed_at is None else None)
    return since is None or since < last_night or row.error is not None


def _reopen(backup: Backup) -> None:
    """The file under its last name once more: what was counted while it was made is what can be read from it."""
    if db.engine.dialect.name != "sqlite":
        check_dump(backup.path)
    elif check_copy(backup.path) != backup.row_counts:
        raise Refusal("backup_damaged", path=backup.path, detail="it holds other rows than it was made of")


def check_copy(path: Path) -> dict[str, int]:
    """Prove a SQLite copy: intact pages, no dangling references; returns its row counts. Refuses `backup_damaged`."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as copy:
        try:
            verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
            dangling = copy.execute("PRAGMA foreign_key_check").fetchall()
            if verdict != "ok" or dangling:
                raise Refusal("backup_damaged", path=path, detail=verdict if verdict != "ok" else f"{len(dangling)} dangling rows")
            return {table: copy.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in COUNTED}  # noqa: S608 (our own names)
        except sqlite3.DatabaseError as error:
            raise Refusal("backup_damaged", path=path, detail=str(error)) from None


def _copy_sqlite(target: Path) -> dict[str, int]:
    """VACUUM INTO reads one consistent state while others go on writing."""
    with closing(sqlite3.connect(str(db.engine.url.database), isolation_level=None)) as source:
        source.execute("PRAGMA busy_timeout=10000")
        source.execute("VACUUM INTO ?", (str(target),))
    return check_copy(target)


def _dump_postgresql(target: Path) -> dict[str, int]:
    """pg_dump reads the very state that is counted here, while others go on writing; pg_restore then has to read all of it."""
    if shutil.which("pg_dump") is None or shutil.which("pg_restore") is None:
        raise Refusal("backup_tool_missing")
    url = db.engine.url.set(drivername="postgresql")
    environ = {**os.environ, "PGPASSWORD": str(url.password or "")}
    address = url.set(password=None).render_as_string(hide_password=False)
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")  # the dump may take longer than a request may
        snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        _run_tool(target, ["pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={target}", address], environ)
        counts = {table: connection.exec_driver_sql(f'SELECT count(*) FROM "{table}"').scalar_one() for table in COUNTED}  # noqa: S608 (our own names)
    check_dump(target)
    return counts


def check_dump(path: Path) -> None:
    """Prove a PostgreSQL dump: every block of it can be read back. Refuses `backup_damaged`."""
    _run_tool(path, ["pg_restore", f"--file={os.devnull}", str(path)], None)


def _run_tool(target: Path, command: list[str], environ: dict[str, str] | None) -> None:
    run = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        said = run.stderr.strip().splitlines()
        raise Refusal("backup_damaged", path=target, detail=said[-1] if said else f"{command[0]} failed")
