"""What is in the journal is on the disk, says nothing of people, and can be read whatever tore it."""

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from bazaar.reminders.sent_journal import DAYS_KEPT, JournalError, Mark, Sent, SentJournal
from tests.conftest import START

MARK = Mark("db", 7, 40, 160, "abc", START)


def sent(number: int = 1, **values: object) -> Sent:
    return Sent(**{"database": "db", "delivery_id": number, "key": f"key-{number}", "about": f"about-{number}", "at": START, **values})


def entries(folder: Path, database: str = "db") -> list[Sent]:
    return list(SentJournal(folder).entries(database))


def test_what_is_noted_is_read_again_by_the_next_process(tmp_path: Path) -> None:
    SentJournal(tmp_path).note(sent(1))
    SentJournal(tmp_path).note(sent(2))

    assert entries(tmp_path) == [sent(1), sent(2)]


def test_another_database_has_other_lines(tmp_path: Path) -> None:
    SentJournal(tmp_path).note(sent(1, database="another"))

    assert entries(tmp_path) == []


@pytest.mark.parametrize("torn", ['{"database":"db","deliv', "\x00\x00\x00", "{}", '{"at": 5}'])
def test_a_line_that_was_torn_off_is_left_out_and_the_next_stands_by_itself(tmp_path: Path, torn: str) -> None:
    SentJournal(tmp_path).note(sent(1))
    [path] = (tmp_path / "sent-journal").glob("*.jsonl")
    with path.open("a") as file:
        file.write(torn)
    assert entries(tmp_path) == [sent(1)]

    SentJournal(tmp_path).note(sent(2))

    assert entries(tmp_path) == [sent(1), sent(2)]


def test_it_is_private_and_holds_no_more_than_it_must(tmp_path: Path) -> None:
    SentJournal(tmp_path).note(sent(1))
    SentJournal(tmp_path).write_mark(MARK)

    folder = tmp_path / "sent-journal"
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert (stat.S_IMODE(folder.stat().st_mode), modes) == (0o700, {0o600})
    assert set(json.loads((folder / "2026-05-04.jsonl").read_text())) == {"database", "delivery_id", "key", "about", "at", "reference"}


def test_the_newest_days_are_kept_whatever_the_clock_says(tmp_path: Path) -> None:
    journal = SentJournal(tmp_path)
    for day in range(DAYS_KEPT + 3):
        journal.note(sent(day, at=START + timedelta(days=day)))
    journal.note(sent(99, at=START + timedelta(days=3653)))

    assert [line.delivery_id for line in entries(tmp_path)] == [*range(4, DAYS_KEPT + 3), 99]


def test_the_mark_is_replaced_whole(tmp_path: Path) -> None:
    journal = SentJournal(tmp_path)
    assert journal.read_mark() is None
    journal.write_mark(MARK)

    assert SentJournal(tmp_path).read_mark() == MARK
    (tmp_path / "sent-journal" / "mark.json").write_text('{"epoch"')
    assert journal.read_mark() is None


def test_a_journal_that_cannot_be_written_says_so_until_it_can(tmp_path: Path) -> None:
    journal = SentJournal(tmp_path)
    (tmp_path / "sent-journal").write_text("in the way")

    with pytest.raises(JournalError, match="cannot be written to"):
        journal.note(sent(1))
    with pytest.raises(JournalError, match="cannot be written to"):
        journal.write_mark(MARK)
    (tmp_path / "sent-journal").unlink()
    journal.probe(START)

    assert entries(tmp_path) == []
