"""`closings list`: what helpers and scripts read."""

import json

from flask import Flask

from bazaar.closings.close import close_due_turns
from tests.sales.evening import make_evening, minutes, sale, void


def test_the_document_holds_what_was_frozen_and_what_came_after(app: Flask) -> None:
    evening = make_evening()
    wrong = sale(qty=1)
    evening.store(sale(qty=2), wrong)
    close_due_turns(now=minutes(33))
    late = void(wrong, reason="Pembeli batal")
    evening.store(late, at=minutes(34))

    result = app.test_cli_runner().invoke(args=["closings", "list", "--live-session", str(evening.live_session_id), "--json"])

    assert result.exit_code == 0
    document = json.loads(result.stdout)
    first, second = document["closings"]
    assert first == {
        "number": 1,
        "slot_position": 1,
        "vendor": "Dapur Tape Kenanga",
        "starts_at": "2026-05-05T20:00:00+07:00",
        "ends_at": "2026-05-05T20:15:00+07:00",
        "planned_at": "2026-05-05T20:17:00+07:00",
        "closed_at": "2026-05-05T20:33:00+07:00",
        "sale_count": 2,
        "item_count": 3,
        "amount_idr": 54_000,
        "void_count": 0,
        "void_amount_idr": 0,
        "by_payment_method": {"qris": 54_000},
        "best_product": "Tape bakar keju isi 6",
        "cut_server_seq": 2,
        "supplements": [
            {
                "number": 1,
                "kind": "void",
                "uuid": late["uuid"],
                "amount_idr": -18_000,
                "created_at": "2026-05-05T20:34:00+07:00",
                "reason": "Pembeli batal",
            }
        ],
        "supplement_amount_idr": -18_000,
        "current_amount_idr": 36_000,
    }
    assert (second["number"], second["amount_idr"], second["supplements"]) == (2, 0, [])


def test_the_table_has_a_line_for_each(app: Flask) -> None:
    evening = make_evening()
    evening.store(sale(qty=2))
    close_due_turns(now=minutes(33))

    result = app.test_cli_runner().invoke(args=["closings", "list", "--live-session", str(evening.live_session_id)])

    lines = result.stdout.splitlines()
    assert len(lines) == 2
    assert "Rp36.000" in lines[0]
    assert lines[0].endswith("Dapur Tape Kenanga")


def test_nothing_closed_yet_is_an_empty_list(app: Flask) -> None:
    evening = make_evening()

    result = app.test_cli_runner().invoke(args=["closings", "list", "--live-session", str(evening.live_session_id), "--json"])

    assert json.loads(result.stdout) == {"live_session": evening.live_session_id, "closings": []}


def test_a_live_session_that_does_not_exist_is_one_sentence(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["closings", "list", "--live-session", "999"])

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "There is no live session 999. List them with: sessions list --edition SLUG\n"
