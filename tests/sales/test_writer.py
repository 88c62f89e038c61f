"""Group commit: waiting jobs share one transaction, one bad job costs no other, and nobody is answered before the commit."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.sales.writer import GroupWriter
from models import Bazaar
from tests import factories


class Slow:
    """A `write` with a memory: the first group waits until the test lets it go, so that others gather behind it."""

    def __init__(self, write: Callable[[Session, str], None] = lambda _session, _job: None) -> None:
        self.groups: list[list[str]] = []
        self.has_begun, self.may_go_on = threading.Event(), threading.Event()
        self._write = write

    def __call__(self, session: Session, jobs: Sequence[str]) -> list[str]:
        self.groups.append(list(jobs))
        if len(self.groups) == 1:
            self.has_begun.set()
            assert self.may_go_on.wait(10)
        for job in jobs:
            self._write(session, job)
        return [job.upper() for job in jobs]


def put_behind(app: Flask, writer: GroupWriter[str, str], slow: Slow, jobs: Sequence[str]) -> dict[str, Any]:
    """Put "first", and the jobs while it is being written; each one's answer or error."""
    results: dict[str, Any] = {}

    def put(job: str) -> None:
        with app.app_context():
            try:
                results[job] = writer.put(job)
            except Exception as error:
                results[job] = error

    threads = [threading.Thread(target=put, args=(job,)) for job in ("first", *jobs)]
    threads[0].start()
    assert slow.has_begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    while len(writer._waiting) < len(jobs):  # they queue within a moment
        threading.Event().wait(0.005)
    slow.may_go_on.set()
    for thread in threads:
        thread.join()
    return results


def test_jobs_that_wait_share_one_commit(app: Flask) -> None:
    slow = Slow()

    results = put_behind(app, GroupWriter(slow), slow, ["a", "b", "c"])

    assert results == {"first": "FIRST", "a": "A", "b": "B", "c": "C"}
    assert [sorted(group) for group in slow.groups] == [["first"], ["a", "b", "c"]]


def test_one_bad_job_costs_the_others_nothing(app: Flask) -> None:
    def write(session: Session, job: str) -> None:
        session.add(Bazaar(slug=job, name=job, city="", help_phone="", created_at=factories.CREATED_AT))
        if job == "bad":
            raise ValueError("bad")

    slow = Slow(write)

    results = put_behind(app, GroupWriter(slow), slow, ["a", "bad", "b"])

    assert {job: str(result) for job, result in results.items()} == {"first": "FIRST", "a": "A", "bad": "bad", "b": "B"}
    with reading() as session:
        assert sorted(session.scalars(select(Bazaar.slug))) == ["a", "b", "first"]


def test_when_the_database_is_gone_everybody_is_told_at_once(app: Flask) -> None:
    attempts: list[str] = []

    def write(_session: Session, job: str) -> None:
        if job != "first":
            attempts.append(job)
            raise OperationalError("INSERT", {}, OSError("the disk is full"))

    slow = Slow(write)

    results = put_behind(app, GroupWriter(slow), slow, ["a", "b", "c"])

    assert [type(results[job]) for job in ("a", "b", "c")] == [OperationalError] * 3
    assert len(attempts) == 2  # once together, once alone: not once for each


def test_a_commit_that_fails_is_an_error_for_whoever_waits(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(session: Session, jobs: Sequence[str]) -> list[str]:
        session.add(Bazaar(slug="a", name="A", city="", help_phone="", created_at=factories.CREATED_AT))
        return list(jobs)

    def refuse(_session: Session) -> None:
        raise OSError("no commit")

    monkeypatch.setattr("sqlalchemy.orm.session.SessionTransaction.commit", refuse)
    with pytest.raises(OSError, match="no commit"):
        GroupWriter(write).put("a")
    monkeypatch.undo()

    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Bazaar)) == 0


def test_a_writer_that_failed_takes_the_next_job(app: Flask) -> None:
    faults = iter([ValueError("once")])

    def write(_session: Session, jobs: Sequence[str]) -> list[str]:
        for fault in faults:
            raise fault
        return list(jobs)

    writer = GroupWriter(write)
    with pytest.raises(ValueError, match="once"):
        writer.put("a")

    assert writer.put("b") == "b"
