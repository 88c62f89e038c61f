"""A live session's changes as server-sent events: a version each time, a heartbeat between, an end that lets clients come back."""

import json
import time
from collections.abc import Callable, Iterator

from bazaar.live.hub import Hub

HEARTBEAT_SECONDS = 15.0
LONGEST_STREAM_SECONDS = 600.0
"""Then the client connects anew."""
RETRY_MILLISECONDS = 2_000
MOST_STREAMS = 96
"""Each holds a thread of the server; the rest of its threads stay free for pages. Who comes later polls."""


def event_stream(hub: Hub, live_session_id: int, last_seen: str | None, *, may_look: Callable[[], bool]) -> Iterator[str]:
    """Events `changed` with the version as id; begins with the current one unless `last_seen` (Last-Event-ID) is it.

    Before every word it asks `may_look` again: whoever lost access hears `ended` and no more.
    """
    yield f"retry: {RETRY_MILLISECONDS}\n\n"
    ends_at = time.monotonic() + LONGEST_STREAM_SECONDS
    with hub.watch(live_session_id):
        while not hub.is_stopped and time.monotonic() < ends_at:
            version = hub.wait(live_session_id, last_seen, HEARTBEAT_SECONDS)
            if hub.is_stopped:
                return
            if not may_look():
                yield "event: ended\ndata: {}\n\n"
                return
            if version is None:
                yield ": masih terhubung\n\n"
            else:
                last_seen = version
                yield f"id: {version}\nevent: changed\ndata: {json.dumps({'version': version})}\n\n"
