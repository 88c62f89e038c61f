"""`reminders list`: everything planned and sent, as a table or as one JSON document."""

import json
from datetime import timedelta

from flask import Flask

from bazaar.database import reading
from bazaar.editions.build import build_rotation
from bazaar.editions.publish import publish_rotation
from bazaar.rotation.solve import solve
from models import Edition
from tests.conftest import START, World
from tests.factories import make_edition, make_live_session, make_vendor
from tests.reminders.stage import TURN_AT, send, set_stage


def run(app: Flask, *arguments: str) -> tuple[int, str, str]:
    result = app.test_cli_runner().invoke(args=["reminders", *arguments])
    return result.exit_code, result.stdout, result.stderr


def slug_of(edition_id: int) -> str:
    with reading() as session:
        return session.get_one(Edition, edition_id).slug


def test_the_table_names_day_clock_and_zone(app: Flask, world: World) -> None:
    stage = set_stage(now=START, vendor={"business_name": "Tape Manis"})
    world.now = TURN_AT - timedelta(hours=24)
    send()

    code, out, err = run(app, "list", "--edition", slug_of(stage.edition_id))

    assert code == 0
    assert [line.split() for line in out.splitlines()] == [
        ["2026-05-04", "20:00:00", "WIB", "before", "1440", "min", "email", "accepted", "Tape", "Manis"],
        ["2026-05-05", "19:30:00", "WIB", "before", "30", "min", "email", "planned", "Tape", "Manis"],
        ["2026-05-05", "19:50:00", "WIB", "before", "10", "min", "email", "planned", "Tape", "Manis"],
    ]
    assert err == "3 reminders\n"


def test_json_is_one_document_with_offsets(app: Flask) -> None:
    stage = set_stage(now=START, vendor={"business_name": "Tape Manis"})

    _code, out, err = run(app, "list", "--edition", slug_of(stage.edition_id), "--json")

    document = json.loads(out)
    assert err == ""
    assert len(document["reminders"]) == 3
    assert document["reminders"][0] == {
        "vendor": "Tape Manis",
        "kind": "before",
        "lead_minutes": 1440,
        "turn_starts_at": "2026-05-05T20:00:00+07:00",
        "due_at": "2026-05-04T20:00:00+07:00",
        "stale_at": "2026-05-05T02:00:00+07:00",
        "state": "planned",
        "channel": "email",
        "delivery_state": "planned",
        "attempts": 0,
        "last_error": None,
    }


def test_an_edition_that_lies_wholly_behind_publishes_and_its_reminders_expire(app: Flask, world: World) -> None:
    edition_id = make_edition(gap_days=0, wanted_gap_days=0)
    make_live_session(edition_id, starts_at=TURN_AT, slot_count=2)
    for _ in range(2):
        make_vendor(edition_id, email="siti@example.com")
    world.now = TURN_AT + timedelta(days=400)
    built = build_rotation(edition_id, seed=1, planner=solve, by=None, now=world.now)
    publish_rotation(built.rotation_id, by=None, now=world.now)
    send()

    _code, out, _err = run(app, "list", "--edition", slug_of(edition_id), "--json")

    reminders = json.loads(out)["reminders"]
    assert len(reminders) == 6
    assert {(line["kind"], line["delivery_state"]) for line in reminders} == {("before", "expired")}
    assert world.email.sent == []


def test_an_edition_without_reminders_says_so(app: Flask) -> None:
    slug = slug_of(make_edition())

    assert run(app, "list", "--edition", slug) == (0, "", "No reminders are planned.\n")
    assert json.loads(run(app, "list", "--edition", slug, "--json")[1]) == {"reminders": []}


def test_an_unknown_edition_is_one_sentence(app: Flask) -> None:
    code, out, err = run(app, "list", "--edition", "tidak-ada")

    assert (code, out) == (1, "")
    assert err.count("\n") == 1
