"""What providers took, written down outside the database: so that a restored backup does not send it all again.

A line for each message, on the disk before the database knows of it, and a mark of how far the database was. Neither holds names,
numbers or addresses. A journal that cannot be written raises `JournalError`: sending stops rather than going on without.
"""

import json
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

DAYS_KEPT = 14
_FOLDER = "sent-journal"
_MARK = "mark.json"


class JournalError(OSError):
    """The journal cannot be written; the reason is its text."""


@dataclass(frozen=True)
class Sent:
    """One message that a provider took."""

    database: str  # which database it belongs to
    delivery_id: int
    key: str  # the message's own, the same over its attempts
    about: str  # tells the reminder: the same over its channels
    at: datetime
    reference: str = ""  # the provider's name for it, by which its later reports are matched


@dataclass(frozen=True)
class Mark:
    """How far a database was: whatever knows less is an older copy of it."""

    database: str
    epoch: int
    delivery_id: int
    event_id: int
    event_hash: str
    newest_at: datetime


class SentJournal:
    """The journal in a folder. One process writes (the leader), with several threads."""

    def __init__(self, instance_dir: Path) -> None:
        self._folder = instance_dir / _FOLDER
        self._lock = threading.Lock()

    def note(self, sent: Sent) -> None:
        """Write a line and see it on the disk. Raises JournalError."""
        line = json.dumps({**asdict(sent), "at": sent.at.isoformat()}, separators=(",", ":"))
        self._append(f"{sent.at:%Y-%m-%d}.jsonl", line)

    def probe(self, now: datetime) -> None:
        """Try whether a line can be written. Raises JournalError."""
        self._append(f"{now:%Y-%m-%d}.jsonl", "")

    def entries(self, database: str) -> Iterator[Sent]:
        """What was sent from this database, in order. A line that was torn off is left out."""
        for path in self._files():
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                sent = _read_line(line)
                if sent is None and line:
                    log.warning("line %d of %s is torn; it is left out", number, path)
                elif sent is not None and sent.database == database:
                    yield sent

    def read_mark(self) -> Mark | None:
        """The mark; None where there is none that can be read."""
        try:
            values = json.loads((self._folder / _MARK).read_text(encoding="utf-8"))
            return Mark(**{**values, "newest_at": datetime.fromisoformat(values["newest_at"])})
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            log.warning("the mark in %s cannot be read; it is made anew", self._folder, exc_info=True)
            return None

    def write_mark(self, mark: Mark) -> None:
        """Replace the mark in one step. Raises JournalError."""
        text = json.dumps({**asdict(mark), "newest_at": mark.newest_at.isoformat()})
        with self._lock, _telling_why(self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = self._folder / f"{_MARK}.new"
            _write(fresh, text, os.O_TRUNC)
            fresh.replace(self._folder / _MARK)
            _sync_folder(self._folder)

    def _append(self, name: str, line: str) -> None:
        with self._lock, _telling_why(self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self._folder / name
            is_new = not path.exists()
            _write(path, f"{line}\n" if is_new or _ends_whole(path) else f"\n{line}\n", os.O_APPEND)
            if is_new:
                _sync_folder(self._folder)
                self._forget_old()

    def _forget_old(self) -> None:
        """By number, not by date: a clock that is years ahead must not throw everything away."""
        for path in self._files()[:-DAYS_KEPT]:
            path.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.jsonl"))


@contextmanager
def _telling_why(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise JournalError(f"{folder} cannot be written to: {error.strerror or error}") from error


def _write(path: Path, text: str, how: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600)
    try:
        data = text.encode()
        if os.write(descriptor, data) != len(data):
            raise OSError(None, "the disk took only a part of it")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return True
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_line(line: str) -> Sent | None:
    with suppress(ValueError, TypeError, KeyError):
        values: dict[str, Any] = json.loads(line)
        return Sent(**{**values, "at": datetime.fromisoformat(values["at"])})
    return None
