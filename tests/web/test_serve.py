"""`python app.py` as people start and stop it: real processes, real signals, a port of their own."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import main
from tests import factories

ROOT = Path(__file__).resolve().parents[2]
SECRET = "only-for-tests-0123456789-abcdefghijkl"
pytestmark = pytest.mark.sqlite


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Deployment:
    """An instance folder of its own, and everything started on it."""

    folder: Path
    port: int = field(default_factory=free_port)
    extra: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def said(self) -> Path:
        """What the processes wrote."""
        return self.folder.with_name("said.txt")

    @property
    def environ(self) -> dict[str, str]:
        """Production, so that no sample edition is loaded: it would take seconds."""
        own = {"GILIRAN_ENV": "production", "SECRET_KEY": SECRET, "PUBLIC_URL": f"http://127.0.0.1:{self.port}"}
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TZ"}}
        return {**kept, "INSTANCE_DIR": str(self.folder), **own, **self.extra}

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """`python app.py ...` to its end."""
        command = [sys.executable, "app.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env={**self.environ, **environ}, capture_output=True, text=True, timeout=60, check=False)

    def start(self) -> subprocess.Popen[str]:
        """`python app.py`, until it has greeted and answers."""
        command = [sys.executable, "app.py", "--port", str(self.port)]
        with self.said.open("w") as said:
            process = subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=said, stderr=said, text=True, start_new_session=True)
        self.started.append(process)
        wait_for(lambda: self.health() is not None or process.poll() is not None)
        return process

    def health(self) -> int | None:
        """The status of /healthz; None while nobody listens."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None


def wait_for(happened: object, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not happened():  # type: ignore[operator]
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    deployment = Deployment(tmp_path / "instance")
    yield deployment
    for process in deployment.started:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(20)


def children_of(pid: int) -> dict[str, int]:
    """What the supervisor runs, by a word of its command line."""
    found = {}
    for stat_file in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat_file.read_text().rpartition(")")[2].split()[1]) == pid:
                command = (stat_file.parent / "cmdline").read_text().replace("\0", " ")
                found["web" if "granian" in command else "scheduler"] = int(stat_file.parent.name)
        except (OSError, ValueError):
            continue
    return found


def test_the_first_start_greets_the_first_organizer_and_ctrl_c_stops_everything(deployment: Deployment) -> None:
    process = deployment.start()
    wait_for(lambda: deployment.health() == 200)
    children = children_of(process.pid)

    process.send_signal(signal.SIGINT)

    assert process.wait(20) == 0
    assert re.search(r"http://127\.0\.0\.1:\d+/mulai/[\w-]{43}$", deployment.said.read_text(), re.MULTILINE)
    assert set(children) == {"web", "scheduler"}
    assert not any(Path(f"/proc/{pid}").exists() for pid in children.values())
    assert deployment.health() is None


def test_preparing_twice_changes_nothing_and_keeps_the_database_to_its_owner(deployment: Deployment) -> None:
    first, second = deployment.run("--prepare"), deployment.run("--prepare")

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert first.stdout == second.stdout == "Ready. Start it with ./run\n"
    for name in ("giliran.sqlite3", "giliran.sqlite3.lock"):
        assert stat.S_IMODE((deployment.folder / name).stat().st_mode) == 0o600


def test_outside_production_a_secret_is_made_once_and_kept_to_its_owner(deployment: Deployment) -> None:
    environ = {"GILIRAN_ENV": "development", "SECRET_KEY": ""}

    for _ in range(2):
        assert deployment.run("doctor", "--json", **environ).stdout.startswith("{")

    secret = deployment.folder / "secret_key"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert len(secret.read_text()) >= 48
    assert [path.name for path in deployment.folder.glob("secret_key*")] == ["secret_key"]


def test_a_taken_port_is_one_sentence(deployment: Deployment) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", deployment.port))
        squatter.listen()

        refused = deployment.run("--port", str(deployment.port))

    assert refused.returncode == 1
    assert refused.stdout == ""
    expected = f"Port {deployment.port} on 127.0.0.1 cannot be used (Address already in use); choose another one: ./run --port"
    assert refused.stderr == f"{expected} {deployment.port + 1}\n"


@pytest.mark.parametrize(
    ("environ", "word"),
    [
        ({"SECRET_KEY": "changeme"}, "SECRET_KEY"),
        ({"PUBLIC_URL": ""}, "PUBLIC_URL"),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL"),
        ({"PORT": "eight"}, "PORT"),
        ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(
    deployment: Deployment,
    environ: dict[str, str],
    word: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in {**deployment.environ, **environ}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["app.py"])

    assert main() == 1

    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert word in printed.err


def test_a_database_that_is_not_there_is_one_sentence(deployment: Deployment) -> None:
    refused = deployment.run("--prepare", DATABASE_URL="postgresql://nobody@127.0.0.1:9/nothing")

    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1, refused.stderr
    assert "DATABASE_URL" in refused.stderr


def test_a_web_server_that_falls_is_started_again(deployment: Deployment) -> None:
    process = deployment.start()
    fallen = children_of(process.pid)["web"]
    orphans = children_of(fallen)
    assert orphans, "granian serves in a child of its own"

    os.kill(fallen, signal.SIGKILL)

    wait_for(lambda: children_of(process.pid).get("web", fallen) != fallen)
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in orphans.values()))
    wait_for(lambda: deployment.health() is not None)


@pytest.mark.usefixtures("app")
def test_ctrl_c_stops_it_while_an_event_stream_is_open(deployment: Deployment, database_url: str) -> None:
    bazaar_id = factories.make_bazaar()
    live_session_id = factories.make_live_session(factories.make_edition(bazaar_id=bazaar_id))
    token = factories.make_sign_in(account_id=factories.make_account(bazaar_id=bazaar_id), at=datetime.now(UTC))
    deployment.extra["DATABASE_URL"] = database_url
    process = deployment.start()
    request = urllib.request.Request(
        f"http://127.0.0.1:{deployment.port}/api/v1/live-sessions/{live_session_id}/events", headers={"Cookie": f"giliran={token}"}
    )

    with urllib.request.urlopen(request, timeout=10) as stream:
        lines = [stream.readline().decode() for _ in range(5)]  # retry, blank, id, event, data
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0

    assert json.loads(next(line for line in lines if line.startswith("data:")).removeprefix("data:"))["version"]
