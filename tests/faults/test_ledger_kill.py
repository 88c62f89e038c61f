"""`kill -9` of the real web server while phones hand in their sales: what was acknowledged is stored, and stored once."""

import http.client
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask

from bazaar.database import db
from bazaar.web.supervise import _web_command
from tests import factories
from tests.conftest import make_settings
from tests.sales.evening import ledger, sale

KILLS = 3
PHONES = 4
ROOT = Path(__file__).parents[2]


@dataclass
class Phone:
    """Writes sale after sale and keeps each until the server has answered for it, as the console's outbox does."""

    name: str
    address: tuple[str, int]
    path: str
    key: str
    unsent: list[dict[str, Any]] = field(default_factory=list)
    acknowledged: dict[str, int] = field(default_factory=dict)  # UUID -> server_seq
    written: int = 0
    contradictions: list[Any] = field(default_factory=list)

    def sell_until(self, stop: threading.Event) -> None:
        """Sell and send until told to stop or until the server dies."""
        with suppress(OSError, http.client.HTTPException, ValueError):
            while not stop.is_set():
                self.unsent.append(sale(seq=self.written, device=self.name, qty=1))
                self.written += 1
                self.send()

    def send(self) -> None:
        """Post what is unsent in one batch and take the answers."""
        connection = http.client.HTTPConnection(*self.address, timeout=10)
        try:
            headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
            connection.request("POST", self.path, json.dumps({"entries": self.unsent}), headers)
            verdicts = json.loads(connection.getresponse().read())["verdicts"]
        finally:
            connection.close()
        for verdict in verdicts:
            known = self.acknowledged.setdefault(verdict["uuid"], verdict["server_seq"])
            if verdict["verdict"] not in {"stored", "duplicate"} or known != verdict["server_seq"]:
                self.contradictions.append(verdict)
        self.unsent.clear()


@contextmanager
def web_server(port: int, environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The web server as `./run` starts it, up and answering; killed with all it started when the block ends."""
    process = subprocess.Popen(_web_command("127.0.0.1", port), cwd=ROOT, env=environ, start_new_session=True)
    try:
        deadline = time.monotonic() + 60
        while not _answers(port):
            assert process.poll() is None, "the web server stopped by itself"
            assert time.monotonic() < deadline, "the web server does not answer"
            time.sleep(0.05)
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/no-such-page")
        return connection.getresponse().status == 404
    except OSError:
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _sell(phones: list[Phone], server: subprocess.Popen[bytes], *, seconds: float) -> None:
    """Let all phones sell at once, then kill the server in the middle of it."""
    stop = threading.Event()
    threads = [threading.Thread(target=phone.sell_until, args=(stop,)) for phone in phones]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    os.killpg(server.pid, signal.SIGKILL)
    for thread in threads:
        thread.join()


def test_what_was_acknowledged_before_a_kill_is_stored_once(app: Flask, database_url: str, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    edition_id = factories.make_edition()
    live_session_id = factories.make_live_session(edition_id, starts_at=now - timedelta(minutes=1), slot_count=1, slot_minutes=120)
    vendor_id = factories.make_vendor(edition_id)
    factories.make_product(edition_id, vendor_id, code="K03", price_idr=18_000)
    factories.make_rotation(edition_id, [(factories.slot_ids(live_session_id)[0], vendor_id)])
    _id, key = factories.make_device(live_session_id, expires_at=now + timedelta(days=1))
    port = _free_port()
    path = f"/api/v1/live-sessions/{live_session_id}/entries"
    phones = [Phone(f"hp-{number}", ("127.0.0.1", port), path, key) for number in range(PHONES)]
    environ = {
        **{name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}},
        "INSTANCE_DIR": str(tmp_path),
        "DATABASE_URL": database_url,
        "SECRET_KEY": make_settings(tmp_path, database_url).secret_key,
        "PYTHONPATH": str(ROOT),
    }
    db.engine.dispose()

    for round_number in range(KILLS):
        with web_server(port, environ) as server:
            _sell(phones, server, seconds=0.4 + 0.13 * round_number)
        stored = {row.uuid: row.server_seq for row in ledger(live_session_id)}
        for phone in phones:
            assert phone.acknowledged.items() <= stored.items()
    in_flight = [entry["uuid"] for phone in phones for entry in phone.unsent]
    with web_server(port, environ):
        for phone in phones:
            phone.send()

    rows = ledger(live_session_id)
    assert in_flight
    assert [phone.contradictions for phone in phones] == [[]] * PHONES
    assert len({row.uuid for row in rows}) == len(rows) == sum(phone.written for phone in phones)
    assert {row.uuid: row.server_seq for row in rows} == {uuid: seq for phone in phones for uuid, seq in phone.acknowledged.items()}
    assert [row.server_seq for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) > KILLS * PHONES  # there was a burst
