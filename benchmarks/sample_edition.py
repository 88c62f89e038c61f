"""Import, build and publish the sample edition: 73 vendors, 205 products, 42 live sessions, 252 slots. Goal: 5 seconds.

    python -m benchmarks.sample_edition [--rounds 3]

Uses DATABASE_URL where it is set (an empty database that may be filled), else a temporary SQLite file for each round.
"""

import argparse
import os
import tempfile
import time
from datetime import UTC, datetime, timedelta

from app import create_app
from bazaar.database import db, migrate_database
from bazaar.demo.load import FIRST_EVENING, LAST_EVENING, SEED, shifted_csv
from bazaar.editions.bazaars import create_bazaar
from bazaar.editions.build import build_rotation
from bazaar.editions.edition_settings import EditionData, create_edition
from bazaar.editions.importing.run import run_import
from bazaar.editions.importing.table import read_table
from bazaar.editions.publish import publish_rotation
from bazaar.editions.scope import bazaar_id_of, edition_ref
from bazaar.rotation.result import Planner
from bazaar.settings import read_settings
from benchmarks.machine import describe_machine

SHIFT = timedelta(weeks=300)
NOW = datetime(2027, 1, 1, tzinfo=UTC)


def measure(planner: Planner) -> dict[str, float]:
    """Seconds by step, of one whole round."""
    seconds: dict[str, float] = {}
    began = mark = time.perf_counter()

    def took(step: str) -> None:
        nonlocal mark
        seconds[step] = time.perf_counter() - mark
        mark = time.perf_counter()

    bazaar = create_bazaar("Pasar Virtual Jember", "Jember", "", by=None, now=NOW)
    slug = create_edition(bazaar_id_of(bazaar), EditionData("Bazar", FIRST_EVENING + SHIFT, LAST_EVENING + SHIFT), by=None, now=NOW)
    edition_id = edition_ref(slug).id
    took("bazaar and edition")
    for kind in ("vendors", "products", "history", "sessions"):
        run_import(edition_id, kind, read_table(f"{kind}.csv", shifted_csv(kind, SHIFT)), by=None, now=NOW)
        took(f"import {kind}")
    built = build_rotation(edition_id, seed=SEED, planner=planner, by=None, now=NOW)
    took("build")
    assert (built.open_slot_count, built.score["hard"]) == (0, 0)
    publish_rotation(built.rotation_id, by=None, now=NOW)
    took("publish")
    seconds["whole"] = time.perf_counter() - began
    return seconds


def main() -> None:
    """Print each step's best and worst round."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = []
    for _ in range(parser.parse_args().rounds):
        with tempfile.TemporaryDirectory() as folder:
            app = create_app(read_settings({**os.environ, "INSTANCE_DIR": folder}))
            with app.app_context():
                migrate_database()
                rounds.append(measure(app.extensions["giliran.outside"].planner))
                db.engine.dispose()
    print(describe_machine())
    for step in rounds[0]:
        values = [each[step] for each in rounds]
        print(f"{step:<20} {min(values):6.2f} s best  {max(values):6.2f} s worst of {len(rounds)}")


if __name__ == "__main__":
    main()
