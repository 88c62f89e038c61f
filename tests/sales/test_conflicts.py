"""Two contents under one UUID: side by side, decided by a person, and nothing is ever edited."""

import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from bazaar.database import reading
from bazaar.refusals import Refusal
from bazaar.sales.conflicts import Choice, conflicts_page, settle_conflict
from bazaar.sales.queries import sold_by_slot
from models import Audit, EntryConflict
from tests import factories
from tests.sales.evening import SECOND_TURN, Evening, ledger, make_evening, minutes, sale, void


def clash(evening: Evening, **changes: Any) -> int:
    """Two boxes to Mbak Laras, then the same UUID with changes; returns the conflict."""
    first = sale(qty=2)
    evening.store(first)
    evening.store({**first, **changes}, at=minutes(6))
    with reading() as session:
        return session.scalars(select(EntryConflict.id).order_by(EntryConflict.id.desc())).first() or 0


def sold(evening: Evening) -> int:
    with reading() as session:
        return sum(books.amount_idr for books in sold_by_slot(session, evening.slot_ids).values())


def test_both_are_shown_with_what_differs(app: Flask) -> None:
    evening = make_evening()
    clash(evening, qty=3, buyer_alias="Mbak Lastri", device="HP Rina")

    (line,) = conflicts_page(evening.edition_id).waiting

    assert line.first is not None
    assert (line.first.quantity, line.first.amount_idr, line.first.buyer_alias) == (2, 36_000, "Mbak Laras")
    assert (line.second.quantity, line.second.amount_idr, line.second.buyer_alias) == (3, 54_000, "Mbak Lastri")
    assert (line.first.product, line.second.product) == ("K03 Tape bakar keju isi 6",) * 2
    assert (line.first.business_name, line.first.slot_position) == ("Dapur Tape Kenanga", 1)
    assert line.differing == ("quantity", "amount_idr", "buyer_alias", "who")
    assert line.can_use_second


def test_a_price_left_out_is_the_products_own(app: Flask) -> None:
    evening = make_evening()
    clash(evening, unit_price_idr=None, qty=1)

    (line,) = conflicts_page(evening.edition_id).waiting

    assert (line.second.unit_price_idr, line.second.amount_idr) == (18_000, 18_000)


def settle(evening: Evening, conflict_id: int, choice: Choice) -> bool:
    by = factories.make_account(bazaar_id=evening.bazaar_id, name="Rani")
    return settle_conflict(evening.edition_id, conflict_id, choice=choice, by=by, now=minutes(9))


def test_keeping_the_first_changes_no_total(app: Flask) -> None:
    evening = make_evening()
    conflict_id = clash(evening, qty=3)

    first_counts = settle(evening, conflict_id, "first")

    assert first_counts
    assert sold(evening) == 36_000
    page = conflicts_page(evening.edition_id)
    assert page.waiting == ()
    assert [(line.by, line.settled_at) for line in page.settled] == [("Rani", minutes(9))]
    with reading() as session:
        assert session.scalars(select(Audit.action)).all() == ["settle_conflict"]


def test_using_the_second_voids_the_first_and_twice_is_once(app: Flask) -> None:
    evening = make_evening()
    conflict_id = clash(evening, qty=3, slot_position=SECOND_TURN)

    settle(evening, conflict_id, "second")
    with pytest.raises(Refusal, match="conflict_settled"):
        settle(evening, conflict_id, "second")

    assert sold(evening) == 54_000
    assert len(ledger(evening.live_session_id)) == 3


def test_keeping_a_first_that_was_voided_meanwhile_brings_no_money_back(app: Flask) -> None:
    evening = make_evening()
    conflict_id = clash(evening, qty=3)
    evening.store(void(conflicts_page(evening.edition_id).waiting[0].uuid), at=minutes(8))

    first_counts = settle(evening, conflict_id, "first")

    assert not first_counts
    assert sold(evening) == 0


@pytest.mark.parametrize(
    "changes", [{"slot_position": 99}, {"product_code": "Z99", "unit_price_idr": None}], ids=["no such slot", "no price"]
)
def test_a_second_that_cannot_be_stored_is_not_offered_and_costs_the_first_nothing(app: Flask, changes: dict[str, Any]) -> None:
    evening = make_evening()
    conflict_id = clash(evening, **changes)

    with pytest.raises(Refusal, match="conflict_not_replaceable"):
        settle(evening, conflict_id, "second")

    [line] = conflicts_page(evening.edition_id).waiting
    assert (line.can_use_second, line.is_first_voided) == (False, False)
    assert sold(evening) == 36_000


def test_a_decision_that_the_ledger_refuses_half_way_leaves_nothing_behind(app: Flask) -> None:
    evening = make_evening()
    conflict_id = clash(evening, qty=3)
    [line] = conflicts_page(evening.edition_id).waiting
    taken = sale(uuid=str(uuid.uuid5(uuid.UUID(line.uuid), f"conflict {line.id} sale")), qty=1)
    evening.store(taken, at=minutes(7))  # the UUID that the second would get holds something else

    with pytest.raises(Refusal, match="conflict_not_replaceable"):
        settle(evening, conflict_id, "second")

    assert [row.kind.value for row in ledger(evening.live_session_id)] == ["sale", "sale"]
    assert sold(evening) == 54_000
    assert [line.is_first_voided for line in conflicts_page(evening.edition_id).waiting] == [False]


def test_a_conflict_of_voids_can_only_be_ticked_off(app: Flask) -> None:
    evening = make_evening()
    first = sale()
    one = void(first, reason="Salah ketik")
    evening.store(first, one, {**one, "reason": "Pembeli batal"})

    (line,) = conflicts_page(evening.edition_id).waiting

    assert line.first is not None
    assert (line.first.reason, line.second.reason) == ("Salah ketik", "Pembeli batal")
    with pytest.raises(Refusal, match="conflict_not_replaceable"):
        settle(evening, line.id, "second")


def test_a_sale_that_came_back_as_a_void_is_shown_as_such(app: Flask) -> None:
    evening = make_evening()
    first, other = sale(), sale()
    evening.store(first, other)
    evening.store({**void(other), "uuid": first["uuid"]})

    (line,) = conflicts_page(evening.edition_id).waiting

    assert "kind" in line.differing
    assert not line.can_use_second


def test_a_conflict_of_another_edition_is_not_found_and_a_settled_one_is_refused(app: Flask) -> None:
    evening, foreign = make_evening(), make_evening()
    conflict_id = clash(evening, qty=9)

    with pytest.raises(Refusal, match="not_found"):
        settle(foreign, conflict_id, "first")
    settle(evening, conflict_id, "first")
    with pytest.raises(Refusal, match="conflict_settled"):
        settle(evening, conflict_id, "second")

    assert sold(evening) == 36_000
