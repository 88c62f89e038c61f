"""The state behind the console: turns with answers and products, stock after all sales, totals, and a version for changes only."""

from datetime import timedelta

import pytest
from flask import Flask

from bazaar.closings.close import close_due_turns
from bazaar.database import transaction
from bazaar.live.queries import console_state, state_version
from bazaar.refusals import Refusal
from bazaar.states import AnswerKind
from bazaar.vendors.answers import answer_turn
from models import Product
from tests import factories
from tests.sales.evening import EMPTY_SLOT, FIRST_TURN, SECOND_TURN, STARTS_AT, Evening, make_evening, minutes, sale, void


def state(evening: Evening, at: float = 5) -> dict:
    return console_state(evening.live_session_id, now=minutes(at))


def test_a_turn_says_who_when_and_until_when_it_takes_claims(app: Flask) -> None:
    evening = make_evening()

    turn = state(evening)["turns"][0]

    assert {key: turn[key] for key in ("slot_position", "starts_at", "ends_at", "accepts_until", "answer", "is_closed")} == {
        "slot_position": 1,
        "starts_at": "2026-05-05T13:00:00+00:00",
        "ends_at": "2026-05-05T13:15:00+00:00",
        "accepts_until": "2026-05-05T13:17:00+00:00",
        "answer": "waiting",
        "is_closed": False,
    }
    assert turn["vendor"]["business_name"] == "Dapur Tape Kenanga"


def test_an_empty_slot_has_no_vendor_and_no_products(app: Flask) -> None:
    turn = state(make_evening())["turns"][EMPTY_SLOT - 1]

    assert (turn["vendor"], turn["products"], turn["answer"]) == (None, [], "waiting")


def test_the_newest_answer_of_the_vendor_shows(app: Flask) -> None:
    evening = make_evening()
    for kind, hours in ((AnswerKind.UNABLE, 5), (AnswerKind.READY, 4)):
        answer_turn(evening.edition_id, evening.slot_ids[1], evening.vendor_ids[1], kind, now=STARTS_AT - timedelta(hours=hours))

    assert [turn["answer"] for turn in state(evening)["turns"]] == ["waiting", "ready", "waiting"]


def test_stock_shrinks_with_every_sale_of_the_edition_and_sold_is_of_this_turn(app: Flask) -> None:
    evening = make_evening()
    taken_back = sale(qty=5)
    evening.store(sale(qty=3), sale(qty=4, slot_position=SECOND_TURN), taken_back, void(taken_back))

    product = state(evening)["turns"][FIRST_TURN - 1]["products"][0]

    assert (product["code"], product["stock"], product["sold"]) == ("K03", 3, 3)


def test_more_sold_than_brought_leaves_nothing_not_less(app: Flask) -> None:
    evening = make_evening()
    evening.store(sale(qty=12))

    assert state(evening)["turns"][0]["products"][0]["stock"] == 0


def test_stock_that_nobody_counts_stays_uncounted(app: Flask) -> None:
    evening = make_evening()

    assert state(evening)["turns"][1]["products"][0]["stock"] is None


def test_withdrawn_and_archived_products_leave_the_tiles(app: Flask) -> None:
    evening = make_evening()
    with transaction() as session:
        for product in session.query(Product).filter_by(edition_id=evening.edition_id):
            product.withdrawn_at = minutes(1)

    assert [turn["products"] for turn in state(evening)["turns"]] == [[], [], []]


def test_entries_come_newest_first_with_their_voids(app: Flask) -> None:
    evening = make_evening()
    entry = sale()
    evening.store(entry, sale(qty=1, device="hp-2"), void(entry, reason="Pembeli batal"))

    entries = state(evening)["entries"]

    assert [(line["kind"], line["qty"], line["is_voided"], line["void_reason"], line["slot_position"]) for line in entries] == [
        ("void", None, False, "Pembeli batal", 1),
        ("sale", 1, False, "", 1),
        ("sale", 2, True, "Pembeli batal", 1),
    ]


def test_totals_leave_voided_sales_out(app: Flask) -> None:
    evening = make_evening()
    entry = sale()
    evening.store(entry, sale(qty=1), void(entry))

    document = state(evening)

    assert document["totals"] == {"sale_count": 1, "item_count": 1, "amount_idr": 18_000}
    assert [turn["amount_idr"] for turn in document["turns"]] == [18_000, 0, 0]


def test_a_closed_turn_and_a_conflict_show(app: Flask) -> None:
    evening = make_evening()
    entry = sale()
    evening.store(entry, {**entry, "qty": 9})
    close_due_turns(now=minutes(18))

    document = state(evening, 18)

    assert ([turn["is_closed"] for turn in document["turns"]], document["conflict_count"]) == ([True, False, False], 1)


def test_the_version_changes_with_what_is_shown_and_not_with_the_clock(app: Flask) -> None:
    evening = make_evening()
    versions = [state_version(evening.live_session_id, now=minutes(number)) for number in (5, 6)]

    evening.store(sale())
    versions.append(state_version(evening.live_session_id, now=minutes(6)))

    assert versions[0] == versions[1] != versions[2]


def test_a_live_session_that_does_not_exist_is_refused(app: Flask) -> None:
    with pytest.raises(Refusal, match="not_found"):
        console_state(4711, now=minutes(5))


def test_an_evening_of_many_entries_shows_the_newest_three_hundred(app: Flask) -> None:
    evening = make_evening()
    for _ in range(4):
        evening.store(*(sale(qty=1) for _ in range(80)))

    document = state(evening)

    assert (len(document["entries"]), document["entries"][0]["server_seq"], document["totals"]["item_count"]) == (300, 320, 320)


def test_the_published_rotation_decides_who_stands_there(app: Flask) -> None:
    evening = make_evening()
    newcomer = factories.make_vendor(evening.edition_id, business_name="Kopi Ledok")
    with transaction() as session:
        from models import Rotation

        session.query(Rotation).filter_by(edition_id=evening.edition_id).one().state = "superseded"
    factories.make_rotation(evening.edition_id, [(evening.slot_ids[0], newcomer)])

    assert [turn["vendor"] and turn["vendor"]["business_name"] for turn in state(evening)["turns"]] == ["Kopi Ledok", None, None]
