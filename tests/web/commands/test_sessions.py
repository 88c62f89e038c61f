"""`sessions list`: a table, or one JSON document."""

import json

from flask import Flask

from bazaar.database import reading
from models import Edition
from tests import factories


def run(app: Flask, *arguments: str) -> tuple[int, str, str]:
    result = app.test_cli_runner().invoke(args=["sessions", "list", *arguments])
    return result.exit_code, result.stdout, result.stderr


def slug_of(edition_id: int) -> str:
    with reading() as session:
        return session.get_one(Edition, edition_id).slug


def test_live_sessions_are_listed_by_start_with_slots_and_turns(app: Flask) -> None:
    edition_id = factories.make_edition()
    live_session_id = factories.make_live_session(edition_id, host_name="Rani", languages=["jv"])
    factories.make_rotation(edition_id, [(factories.slot_ids(live_session_id)[0], factories.make_vendor(edition_id))])

    _, table, count = run(app, "--edition", slug_of(edition_id))
    code, out, _ = run(app, "--edition", slug_of(edition_id), "--json")

    assert table == f"{live_session_id:>6}  2026-05-05 20:00-21:30 WIB   6 x 15 min   1 turns  ahead      Rani\n"
    assert count == "1 live sessions, 6 slots\n"
    assert (code, json.loads(out)) == (
        0,
        {
            "sessions": [
                {
                    "id": live_session_id,
                    "starts_at": "2026-05-05T20:00:00+07:00",
                    "ends_at": "2026-05-05T21:30:00+07:00",
                    "slot_minutes": 15,
                    "slots": 6,
                    "turns": 1,
                    "host": "Rani",
                    "languages": ["Jawa"],
                    "state": "ahead",
                }
            ]
        },
    )


def test_an_edition_without_live_sessions_says_so(app: Flask) -> None:
    assert run(app, "--edition", slug_of(factories.make_edition())) == (0, "", "There are no live sessions yet.\n")


def test_an_unknown_edition_is_one_sentence_and_exit_code_one(app: Flask) -> None:
    code, out, err = run(app, "--edition", "entah", "--json")

    assert (code, json.loads(out)["error"], err.count("\n")) == (1, "edition_unknown", 1)
