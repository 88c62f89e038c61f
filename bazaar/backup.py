"""A copy of the database that has been proved readable before it is called a backup."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bazaar.database import db
from bazaar.refusals import Refusal


@dataclass(frozen=True)
class Backup:
    """What was written: where, how large, and how many rows of each kind the copy holds."""

    path: Path
    size_bytes: int
    row_counts: dict[str, int]


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
