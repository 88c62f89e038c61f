"""`import ...`: all rows or none, every problem on stderr or in the one JSON document."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from bazaar.database import reading
from models import Edition, Vendor
from tests import factories
from tests.conftest import START, World

HEADER = "nama_usaha,pemilik,kategori,whatsapp\n"


@pytest.fixture
def slug(app: Flask) -> str:
    edition_id = factories.make_edition()
    with reading() as session:
        return session.get_one(Edition, edition_id).slug


def run(app: Flask, *arguments: str | Path, stdin: bytes | None = None) -> tuple[int, str, str]:
    result = app.test_cli_runner().invoke(args=["import", *map(str, arguments)], input=stdin)
    return result.exit_code, result.stdout, result.stderr


def sheet(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "lapak.csv"
    path.write_text(HEADER + text, encoding="utf-8")
    return path


def vendor_count() -> int:
    with reading() as session:
        return session.query(Vendor).count()


def test_a_sheet_is_stored_and_again_changes_nothing(app: Flask, slug: str, tmp_path: Path) -> None:
    path = sheet(tmp_path, "Tape,Bu Siti,Camilan,081200001024\n")

    first = run(app, "vendors", path, "--edition", slug)
    second = run(app, "vendors", path, "--edition", slug)

    assert first == (0, "vendors: 1 added, 0 changed, 0 unchanged.\n", "")
    assert second == (0, "vendors: 0 added, 0 changed, 1 unchanged.\n", "")


def test_viewers_say_what_was_left_out(app: Flask, slug: str, world: World) -> None:
    factories.make_live_session(1, starts_at=START - timedelta(days=2), slot_count=4)
    curve = b"Time,Viewers\n2026-05-02T18:59+07:00,1\n2026-05-02T19:00+07:00,50\n2026-05-02T19:01+07:00,60\n"

    dry = run(app, "viewers", "-", "--edition", slug, "--dry-run", stdin=curve)
    stored = run(app, "viewers", "-", "--edition", slug, "--json", stdin=curve)

    assert dry == (
        0,
        "viewers, dry run: 1 added, 0 changed, 0 unchanged. Nothing was stored.\n",
        "Rows outside the live sessions, left out: 2.\n",
    )
    assert (stored[0], json.loads(stored[1])["left_out_rows"], json.loads(stored[1])["added"]) == (0, [2], 1)


def test_a_dry_run_stores_nothing(app: Flask, slug: str, tmp_path: Path) -> None:
    code, out, _ = run(app, "vendors", sheet(tmp_path, "Tape,Bu Siti,Camilan,081200001024\n"), "--edition", slug, "--dry-run")

    assert (code, out, vendor_count()) == (0, "vendors, dry run: 1 added, 0 changed, 0 unchanged. Nothing was stored.\n", 0)


def test_every_problem_goes_to_stderr_by_row_and_the_exit_code_is_one(app: Flask, slug: str, tmp_path: Path) -> None:
    path = sheet(tmp_path, "Tape,,Camilan,besok\nBatik,Bu Ani,Kriya,081200001025\nbatik,Bu Ani,Kriya,081200001025\n")

    code, out, err = run(app, "vendors", path, "--edition", slug)

    assert (code, out, vendor_count()) == (1, "", 0)
    assert err.splitlines() == [
        "row 2, pemilik: This cell is empty. Fill it in.",
        "row 2, whatsapp ('besok'): This is no phone number. For example: 081200001024.",
        "row 4: batik stands in row 3 already. Remove one of them.",
        "3 problems in 2 of 3 rows. Nothing was stored.",
    ]


def test_with_json_stdout_is_one_document_problems_included(app: Flask, slug: str, tmp_path: Path) -> None:
    code, out, err = run(app, "vendors", sheet(tmp_path, "Tape,Bu Siti,Camilan,0331-123456\n"), "--edition", slug, "--json")

    assert (code, err) == (1, "")
    assert json.loads(out) == {
        "kind": "vendors",
        "file": "lapak.csv",
        "dry_run": False,
        "stored": False,
        "rows": 1,
        "added": 0,
        "changed": 0,
        "unchanged": 0,
        "ignored_columns": [],
        "left_out_rows": [],
        "changes": [],
        "problems": [
            {
                "row": 2,
                "column": "whatsapp",
                "code": "phone_landline",
                "text": "0331-123456",
                "message": "This is a landline. WhatsApp needs a mobile number, for example 081200001024.",
            }
        ],
    }


def test_changes_are_told_in_json(app: Flask, slug: str, tmp_path: Path) -> None:
    run(app, "vendors", sheet(tmp_path, "Tape,Bu Siti,Camilan,081200001024\n"), "--edition", slug)

    code, out, _ = run(
        app, "vendors", sheet(tmp_path, "Tape,Bu Siti Aminah,Camilan,081200001024\n"), "--edition", slug, "--dry-run", "--json"
    )

    change = {"row": 2, "name": "Tape", "cells": [{"column": "pemilik", "before": "Bu Siti", "after": "Bu Siti Aminah"}]}
    assert (code, json.loads(out)["changes"]) == (0, [change])


def test_what_is_no_sheet_is_refused_in_words_and_in_json(app: Flask, slug: str) -> None:
    code, out, err = run(app, "products", "-", "--edition", slug, "--json", stdin=b"PK\x03\x04")

    assert (code, json.loads(out)["error"]) == (1, "import_unreadable")
    assert "cannot be read" in err


def test_an_unknown_edition_and_a_missing_file_stop_it(app: Flask, slug: str, tmp_path: Path) -> None:
    unknown = run(app, "vendors", sheet(tmp_path, "Tape,Bu Siti,Camilan,081200001024\n"), "--edition", "entah")
    missing = run(app, "vendors", tmp_path / "tidak-ada.csv", "--edition", slug)

    assert (unknown[0], unknown[1]) == (1, "")
    assert (missing[0], "No such file" in missing[2]) == (2, True)


def test_standard_input_is_read(app: Flask, slug: str) -> None:
    code, out, _ = run(
        app, "sessions", "-", "--edition", slug, stdin=b"tanggal;mulai;selesai;menit_per_giliran\n2026-05-05;20.00;21.30;15\n"
    )

    assert (code, out) == (0, "sessions: 1 added, 0 changed, 0 unchanged.\n")
