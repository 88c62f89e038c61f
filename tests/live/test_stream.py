"""The stream of events: what it says, when it says nothing, and how it ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from bazaar.live import stream
from bazaar.live.stream import event_stream

HELLO = "retry: 2000\n\n"
BEAT = ": masih terhubung\n\n"


@dataclass
class ScriptedHub:
    """A hub that gives these versions, one for each wait, and stops after the last."""

    versions: list[str | None]
    is_stopped: bool = False
    watched: list[int] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)

    @contextmanager
    def watch(self, live_session_id: int) -> Iterator[None]:
        self.watched.append(live_session_id)
        yield
        self.watched.remove(live_session_id)

    def wait(self, _live_session_id: int, seen: str | None, _timeout: float) -> str | None:
        self.asked.append(seen)
        if not self.versions:
            self.is_stopped = True
            return None
        return self.versions.pop(0)


def changed(version: str) -> str:
    return f'id: {version}\nevent: changed\ndata: {{"version": "{version}"}}\n\n'


def listen(hub: ScriptedHub, last_seen: str | None = None, may_look: list[bool] | None = None) -> list[str]:
    answers = iter(may_look or [])
    return list(event_stream(hub, 7, last_seen, may_look=lambda: next(answers, True)))  # type: ignore[arg-type]


def test_each_version_is_told_with_its_id_and_silence_with_a_beat() -> None:
    hub = ScriptedHub(["a", None, "b"])

    assert listen(hub) == [HELLO, changed("a"), BEAT, changed("b")]
    assert hub.asked == [None, "a", "a", "b"]


def test_a_client_that_comes_back_waits_for_what_it_has_not_seen() -> None:
    hub = ScriptedHub([])

    listen(hub, "a")

    assert hub.asked == ["a"]


def test_whoever_lost_access_hears_the_end_instead_of_the_news() -> None:
    hub = ScriptedHub(["a", "b", "c"])

    assert listen(hub, may_look=[True, False]) == [HELLO, changed("a"), "event: ended\ndata: {}\n\n"]
    assert hub.watched == []


def test_a_stream_ends_by_itself_so_that_clients_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "LONGEST_STREAM_SECONDS", 0.0)

    assert listen(ScriptedHub(["a"])) == [HELLO]


def test_a_stopped_hub_ends_its_streams_without_a_word() -> None:
    hub = ScriptedHub(["a"], is_stopped=True)

    assert listen(hub) == [HELLO]
