"""Group commit: whoever comes first writes for everybody who waits, one COMMIT for all, and only then they are answered.

At any moment one thread of the process writes; it is the first of the waiting ones, not a thread of its own. So there is
nothing to start, to watch, to drain or to carry over a fork, and a writer that dies takes only its own group with it.
"""

import logging
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bazaar.database import db, transaction

Job = TypeVar("Job")
Answer = TypeVar("Answer")
Write = Callable[[Session, Sequence[Job]], list[Answer]]

log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Ticket(Generic[Job, Answer]):
    """A job in the queue, and what became of it."""

    job: Job
    answers: list[Answer] = field(default_factory=list)  # one, once it was written
    error: BaseException | None = None
    is_done: bool = False


class GroupWriter(Generic[Job, Answer]):
    """Writes jobs in groups through `write`, which takes several inside one transaction and answers each, in order."""

    def __init__(self, write: Write[Job, Answer]) -> None:
        self._write = write
        self._change = threading.Condition()
        self._waiting: list[_Ticket[Job, Answer]] = []
        self._is_writing = False

    def put(self, job: Job) -> Answer:
        """Write the job, alone or with others, and return its answer after the commit. Raises what the writing raised."""
        ticket: _Ticket[Job, Answer] = _Ticket(job)
        with self._change:
            self._waiting.append(ticket)
            self._change.wait_for(lambda: ticket.is_done or not self._is_writing)
            if not ticket.is_done:
                self._is_writing = True
                group, self._waiting = self._waiting, []
        if not ticket.is_done:
            self._write_group(group)
        if ticket.error is not None:
            raise ticket.error
        return ticket.answers[0]

    def _write_group(self, group: list[_Ticket[Job, Answer]]) -> None:
        try:
            self._commit(group)
        finally:  # also when this very thread is being torn down: nobody may wait for ever
            with self._change:
                for ticket in group:
                    if not ticket.answers and ticket.error is None:
                        ticket.error = RuntimeError("the writer stopped before this entry was stored")
                    ticket.is_done = True
                self._is_writing = False
                self._change.notify_all()

    def _commit(self, group: list[_Ticket[Job, Answer]]) -> None:
        """Write all at once; where that fails, each alone, so that one bad job does not cost the others."""
        try:
            self._commit_together(group)
        except Exception as error:
            if len(group) == 1:
                group[0].error = error
                return
            log.warning("a group of %s batches could not be stored together; storing each alone", len(group), exc_info=True)
            self._commit_each(group)

    def _commit_together(self, group: list[_Ticket[Job, Answer]]) -> None:
        with transaction() as session:
            answers = self._write(session, [ticket.job for ticket in group])
        for ticket, answer in zip(group, answers, strict=True):
            ticket.answers.append(answer)

    def _commit_each(self, group: list[_Ticket[Job, Answer]]) -> None:
        for index, ticket in enumerate(group):
            try:
                self._commit_together([ticket])
            except OperationalError as error:  # the database itself: the rest would only wait for the same answer
                for rest in group[index:]:
                    rest.error = error
                return
            except Exception as error:  # noqa: BLE001 (handed to whoever waits for it)
                ticket.error = error


class WriterOfEngine(Generic[Job, Answer]):
    """One GroupWriter for each engine of this process: apps in tests, and a forked child, do not share one."""

    def __init__(self, write: Write[Job, Answer]) -> None:
        self._write = write
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._writers: WeakKeyDictionary[Engine, GroupWriter[Job, Answer]] = WeakKeyDictionary()

    def put(self, job: Job) -> Answer:
        """As GroupWriter.put, on the engine of the current app."""
        engine = db.engine
        with self._lock:
            writer = self._writers.get(engine) or self._writers.setdefault(engine, GroupWriter(self._write))
        return writer.put(job)
