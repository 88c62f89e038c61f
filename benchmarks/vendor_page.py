"""The vendor's page: bytes transferred and server time, for every vendor of the sample edition.

    python -m benchmarks.vendor_page [--rounds N]

Each page is asked for as a phone would, gzip accepted, through the whole application (guard, queries, template, compression), in one
process without a network; the bytes are those of status line, headers and body. Two times are printed: what the processor spent, which
other programs on the machine do not change and which the limit is about, and what passed on the clock. The limits are 30 KB and 20 ms.
"""

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from bazaar.clock import system_clock
from bazaar.database import db, migrate_database
from bazaar.demo.load import load_demo
from bazaar.outside import real_outside
from bazaar.settings import read_settings
from bazaar.tokens import token_of_link
from bazaar.vendors.link_pages import links_page
from bazaar.vendors.links import make_missing_links
from benchmarks.machine import describe_machine

MOST_BYTES = 30_000
MOST_MS = 20.0
_PHONE = {
    "User-Agent": "Mozilla/5.0 (Linux; Android 9; SM-J260G) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/96.0 Mobile Safari/537.36",
    "Accept-Encoding": "gzip, deflate",
    "Accept-Language": "id-ID,id;q=0.9",
}


def main() -> int:
    """Measure, print, and fail where a limit is passed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often each vendor's page is asked for (default 5)")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        app = _sample_app(Path(folder))
        with app.app_context():
            paths = _paths(app)
        first, *rest = _measure(app, paths, rounds)
        with app.app_context():
            db.engine.dispose()
    print(describe_machine())
    sizes = [opened.size for opened in rest]
    print(f"{len(paths)} vendors, {len(rest)} pages, and one before them that compiles the templates: {first.clock_ms:.0f} ms")
    print(f"bytes transferred: median {statistics.median(sizes):,.0f}, largest {max(sizes):,} (limit {MOST_BYTES:,})")
    p95 = _print_times(f"server time (limit {MOST_MS:.0f} ms)", [opened.processor_ms for opened in rest])
    _print_times("on the clock", [opened.clock_ms for opened in rest])
    return 0 if max(sizes) <= MOST_BYTES and p95 <= MOST_MS else 1


def _print_times(name: str, times: list[float]) -> float:
    """Print p50 and p95; returns the latter."""
    p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    print(f"{name}: p50 {p50:.1f} ms, p95 {p95:.1f} ms")
    return p95


def _sample_app(folder: Path) -> Flask:
    settings = read_settings({"INSTANCE_DIR": str(folder), "LOG_LEVEL": "ERROR", "SECRET_KEY": "for-measuring-only-0123456789-abcdef"})
    app = create_app(settings, replace(real_outside(settings), channels={}))
    print("Loading the sample edition ...", file=sys.stderr)
    with app.app_context():
        migrate_database()
        load_demo(app.extensions["giliran.outside"], as_dated=False, now=system_clock())
    return app


def _paths(app: Flask) -> list[str]:
    """The address of every vendor of the one edition there is."""
    secret_key = app.extensions["giliran.settings"].secret_key
    make_missing_links(1, secret_key, by=None, now=system_clock())
    rows = links_page(1, now=system_clock()).vendors
    return [f"/g/{token_of_link(secret_key, row.link.nonce)}" for row in rows if row.link]


@dataclass(frozen=True)
class Opened:
    """One page, as it was answered."""

    size: int
    processor_ms: float
    clock_ms: float


def _measure(app: Flask, paths: list[str], rounds: int) -> list[Opened]:
    """One page before the others, then every vendor's, `rounds` times."""
    client = app.test_client()
    return [_open(client, paths[0])] + [_open(client, path) for _round in range(rounds) for path in paths]


def _open(client: FlaskClient, path: str) -> Opened:
    processor, clock = time.process_time(), time.perf_counter()
    answer = client.get(path, headers=_PHONE)
    processor_ms, clock_ms = (time.process_time() - processor) * 1000, (time.perf_counter() - clock) * 1000
    assert answer.status_code == 200
    assert answer.headers["Content-Encoding"] == "gzip"
    head = f"HTTP/1.1 {answer.status}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in answer.headers) + "\r\n"
    return Opened(len(head.encode()) + len(answer.data), processor_ms, clock_ms)


if __name__ == "__main__":
    sys.exit(main())
