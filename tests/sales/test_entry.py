"""The ledger: one sale for one UUID whatever arrives how often in which order, and arrival time alone decides what is late."""

import itertools
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from bazaar.closings.close import close_due_turns
from bazaar.database import reading, transaction
from bazaar.refusals import Refusal
from bazaar.sales.conflicts import open_conflicts
from bazaar.sales.entry import VerdictOf, store_entries
from bazaar.sales.flags import Flag
from bazaar.sales.queries import SoldTotals, sold_by_slot
from bazaar.states import Verdict
from models import Entry, EntryConflict, LiveSession, Product, Sale, Supplement, Void
from tests import factories
from tests.sales.evening import EMPTY_SLOT, FIRST_TURN, SECOND_TURN, Evening, ledger, make_evening, minutes, sale, void

SECOND = timedelta(seconds=1)


def sold(evening: Evening, position: int = FIRST_TURN) -> SoldTotals:
    slot_id = evening.slot_ids[position - 1]
    with reading() as session:
        return sold_by_slot(session, [slot_id]).get(slot_id, SoldTotals())


def conflicts(evening: Evening) -> int:
    with reading() as session:
        return len(open_conflicts(session, evening.edition_id))


def only_sale(evening: Evening) -> Sale:
    with reading() as session:
        return session.scalars(
            select(Sale).join(Entry, Entry.id == Sale.entry_id).where(Entry.live_session_id == evening.live_session_id)
        ).one()


# --- Verdicts ------------------------------------------------------------------------------------


def test_a_sale_is_stored_with_the_price_of_that_moment(app: Flask) -> None:
    evening = make_evening()

    verdicts = evening.store(sale(unit_price_idr=None))
    with transaction() as session:
        session.scalars(select(Product).where(Product.code == "K03")).one().price_idr = 99_000

    assert [(verdict.verdict, verdict.server_seq) for verdict in verdicts] == [(Verdict.STORED, 1)]
    row = only_sale(evening)
    assert (row.product_name, row.unit, row.quantity, row.unit_price_idr, row.amount_idr, row.buyer_alias) == (
        "Tape bakar keju isi 6",
        "kotak",
        2,
        18_000,
        36_000,
        "Mbak Laras",
    )
    assert row.vendor_id == evening.vendor_ids[0]


def test_the_same_entry_again_is_one_sale_with_the_first_answer(app: Flask) -> None:
    evening = make_evening()
    entry = sale()
    first = evening.store(entry)

    again = evening.store({**entry, "uuid": entry["uuid"].upper()}, at=minutes(40))

    assert first == [VerdictOf(entry["uuid"], Verdict.STORED, server_seq=1)]
    assert again == [VerdictOf(entry["uuid"].upper(), Verdict.DUPLICATE, first=Verdict.STORED, server_seq=1)]
    assert sold(evening) == SoldTotals(1, 2, 36_000)


def test_a_repeat_of_a_late_entry_says_that_the_first_was_late(app: Flask) -> None:
    evening = make_evening()
    entry = sale()
    evening.store(entry, at=minutes(20))

    again = evening.store(entry, at=minutes(30))

    assert (again[0].verdict, again[0].first) == (Verdict.DUPLICATE, Verdict.LATE)


def test_a_repeat_within_one_batch_is_a_duplicate_too(app: Flask) -> None:
    evening = make_evening()
    entry = sale()

    assert evening.store_again(entry, entry, {**entry, "qty": 3}) == ["stored", "duplicate", "conflict"]


def test_another_payload_under_the_same_uuid_is_a_conflict_kept_aside(app: Flask) -> None:
    evening = make_evening()
    entry = sale()
    evening.store(entry)

    verdicts = evening.store({**entry, "qty": 5}, {**entry, "qty": 5}, {**entry, "qty": 6})

    assert [(verdict.verdict, verdict.reason, verdict.server_seq) for verdict in verdicts] == [
        (Verdict.CONFLICT, "other_payload", None)
    ] * 3
    assert sold(evening) == SoldTotals(1, 2, 36_000)
    with reading() as session:
        lines = open_conflicts(session, evening.edition_id)
    assert [(line.payload["qty"], line.first and line.first.quantity) for line in lines] == [(5, 2), (6, 2)]


def test_a_uuid_is_good_once_in_a_bazaar_and_free_in_another(app: Flask) -> None:
    evening = make_evening()
    neighbour = make_evening(bazaar_id=evening.bazaar_id)
    stranger = make_evening()
    entry = sale()
    evening.store(entry)

    assert neighbour.store_again(entry) == ["duplicate"]
    assert neighbour.store_again({**entry, "qty": 1}) == ["conflict"]
    assert stranger.store_again(entry) == ["stored"]


def test_one_bad_entry_never_costs_the_others(app: Flask) -> None:
    evening = make_evening()

    verdicts = evening.store(sale(), sale(qty="2"), 5, sale(slot_position=99), sale(product_code="ZZZ", unit_price_idr=None), sale())

    assert [(str(verdict.verdict), verdict.reason, verdict.server_seq) for verdict in verdicts] == [
        ("stored", "", 1),
        ("rejected", "field_unreadable", None),
        ("rejected", "entry_not_an_object", None),
        ("rejected", "unknown_slot", None),
        ("rejected", "price_needed", None),
        ("stored", "", 2),
    ]


def test_a_rejected_uuid_is_still_free_for_the_amended_entry(app: Flask) -> None:
    evening = make_evening()
    entry = sale(qty=0)
    evening.store(entry)

    assert evening.store_again({**entry, "qty": 1}) == ["stored"]


def test_a_live_session_that_does_not_exist_is_refused(app: Flask) -> None:
    with pytest.raises(Refusal, match="not_found"):
        store_entries(4711, [sale()], now=minutes(5))


def test_who_wrote_it_stands_in_the_ledger(app: Flask) -> None:
    evening = make_evening()
    device_id, _key = factories.make_device(evening.live_session_id)
    entry = sale()
    del entry["device"]

    evening.store(entry, device_id=device_id, device_name="HP Rina")

    (row,) = ledger(evening.live_session_id)
    assert (row.device_id, row.sign_in_id, row.device_name, row.received_at) == (device_id, None, "HP Rina", minutes(5))


# --- What is odd is stored and flagged -----------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "flags", "at"),
    [
        ({}, [], 5),
        ({"product_code": "b07", "unit_price_idr": 250_000}, [Flag.NOT_OF_THIS_VENDOR], 5),
        ({"product_code": "KUE", "unit_price_idr": 5_000}, [Flag.UNKNOWN_PRODUCT], 5),
        ({"unit_price_idr": 17_000}, [Flag.PRICE_DIFFERS], 5),
        ({"slot_position": EMPTY_SLOT}, [Flag.EMPTY_SLOT], 31),
        ({"slot_position": SECOND_TURN, "product_code": "B07", "unit_price_idr": 250_000}, [Flag.BEFORE_TURN], 5),
        ({"payment_method": "utang"}, [Flag.PAYMENT_UNKNOWN], 5),
    ],
)
def test_what_is_odd_is_stored_and_flagged(app: Flask, changes: dict[str, Any], flags: list[Flag], at: int) -> None:
    evening = make_evening()

    assert evening.store_again(sale(**changes), at=minutes(at)) == ["stored"]

    assert ledger(evening.live_session_id)[0].flags == [flag.value for flag in flags]


def test_a_withdrawn_live_session_still_takes_what_was_sold(app: Flask) -> None:
    evening = make_evening(withdrawn_at=minutes(3))

    assert evening.store_again(sale()) == ["stored"]

    assert ledger(evening.live_session_id)[0].flags == [Flag.LIVE_SESSION_WITHDRAWN.value]
    assert only_sale(evening).vendor_id == evening.vendor_ids[0]


# --- Late ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "verdict"),
    [(minutes(15), "stored"), (minutes(17), "stored"), (minutes(17) + SECOND, "late"), (minutes(60 * 24 * 40), "late")],
)
def test_arrival_alone_decides_what_is_late(app: Flask, at: Any, verdict: str) -> None:
    evening = make_evening()

    verdicts = [
        evening.store_again(sale(recorded_at=claimed), at=at)[0]
        for claimed in ("2026-05-05T13:05:00Z", "2031-01-01T00:00:00Z", "1999-01-01T00:00:00Z", None)
    ]

    assert verdicts == [verdict] * 4


def test_a_late_sale_counts_for_its_own_turn_and_becomes_a_supplement_of_a_closed_one(app: Flask) -> None:
    evening = make_evening()
    evening.store(sale())
    before_the_beat = evening.store_again(sale(), at=minutes(18))
    close_due_turns(now=minutes(19))

    after_the_beat = evening.store_again(sale(), at=minutes(20))

    assert before_the_beat == after_the_beat == ["late"]
    assert sold(evening) == SoldTotals(3, 6, 108_000)
    with reading() as session:
        assert session.scalars(select(Supplement.amount_idr).order_by(Supplement.number)).all() == [36_000, 36_000]


def test_a_void_after_the_closing_is_a_supplement_that_takes_the_sale_back(app: Flask) -> None:
    evening = make_evening()
    entry = sale()
    evening.store(entry)
    close_due_turns(now=minutes(19))

    assert evening.store_again(void(entry), at=minutes(20)) == ["late"]

    assert sold(evening) == SoldTotals()
    with reading() as session:
        assert session.scalars(select(Supplement.amount_idr)).all() == [-36_000]


# --- Voids ---------------------------------------------------------------------------------------


def test_a_void_may_arrive_before_its_sale(app: Flask) -> None:
    evening = make_evening()
    entry = sale()

    assert evening.store_again(void(entry)) == ["stored"]
    assert evening.store_again(entry) == ["stored"]

    assert sold(evening) == SoldTotals()


def test_two_voids_of_one_sale_have_one_effect_and_are_both_kept(app: Flask) -> None:
    evening = make_evening()
    entry, other = sale(), sale()

    assert evening.store_again(entry, other, void(entry), void(entry, device="hp-2")) == ["stored"] * 4

    assert sold(evening) == SoldTotals(1, 2, 36_000)
    assert len(ledger(evening.live_session_id)) == 4


def test_a_void_reaches_no_other_live_session(app: Flask) -> None:
    evening, neighbour = make_evening(), make_evening()
    entry = sale()
    evening.store(entry)

    neighbour.store(void(entry))

    assert sold(evening) == SoldTotals(1, 2, 36_000)


# --- Order and repetition ------------------------------------------------------------------------


def test_the_order_of_arrival_and_repetitions_change_nothing(app: Flask) -> None:
    """Every permutation of a small history ends in the same books."""
    tape, batik = sale(), sale(slot_position=SECOND_TURN, product_code="B07", unit_price_idr=250_000, qty=1)
    history = [tape, batik, void(tape)]

    books = set()
    for order in itertools.permutations(range(len(history))):
        evening = make_evening()  # another bazaar: the same UUIDs are free again
        evening.store(*(history[index] for index in (*order, order[0])))
        books.add((sold(evening), sold(evening, SECOND_TURN)))

    assert books == {(SoldTotals(), SoldTotals(1, 1, 250_000))}


class Model:
    """What the ledger should hold, in ten lines: the first content of a UUID counts, and a void of any age."""

    def __init__(self) -> None:
        self.first: dict[str, dict[str, Any]] = {}

    def take(self, entry: dict[str, Any]) -> str:
        known = self.first.setdefault(entry["uuid"], entry)
        return "conflict" if known != entry else "repeated" if known is not entry else "stored"

    def total(self) -> SoldTotals:
        gone = {entry["void_of"] for entry in self.first.values() if entry["kind"] == "void"}
        kept = [entry for entry in self.first.values() if entry["kind"] == "sale" and entry["uuid"] not in gone]
        return SoldTotals(len(kept), sum(entry["qty"] for entry in kept), sum(entry["qty"] * 18_000 for entry in kept))


@st.composite
def histories(draw: st.DrawFn) -> list[list[tuple[int, str, int]]]:
    """Batches of (which sale, what about it, how many): sales, voids, repeats and changed repeats in any order."""
    step = st.tuples(st.integers(0, 4), st.sampled_from(["sale", "sale", "void", "void again"]), st.sampled_from([1, 1, 1, 2]))
    return draw(st.lists(st.lists(step, min_size=1, max_size=6), min_size=1, max_size=5))


@given(history=histories())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_leaves_what_the_model_says(app: Flask, history: list[list[tuple[int, str, int]]]) -> None:
    evening, model = make_evening(), Model()
    sales = [sale(seq=number) for number in range(5)]
    voids = {(number, what): void(sales[number], seq=number) for number in range(5) for what in ("void", "void again")}

    for batch in history:
        entries = [{**sales[number], "qty": quantity} if what == "sale" else dict(voids[number, what]) for number, what, quantity in batch]
        expected = [model.take(entry) for entry in entries]
        got = evening.store_again(*entries)
        assert [verdict.replace("duplicate", "repeated") for verdict in got] == expected

    assert sold(evening) == model.total()
    rows = ledger(evening.live_session_id)
    assert [row.server_seq for row in rows] == list(range(1, len(model.first) + 1))
    assert {row.uuid for row in rows} == set(model.first)


# --- Many at once --------------------------------------------------------------------------------


def at_once(app: Flask, *actions: Callable[[], Any]) -> list[Any]:
    """Run them in threads that start together; their results in order."""
    results: list[Any] = [None] * len(actions)
    gate = threading.Barrier(len(actions))

    def run(index: int) -> None:
        with app.app_context():
            gate.wait()
            results[index] = actions[index]()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_hundred_identical_posts_at_once_are_one_sale(app: Flask) -> None:
    evening = make_evening()
    entry = sale()

    answers = at_once(app, *(lambda: evening.store(entry)[0] for _ in range(100)))

    assert sorted(str(answer.verdict) for answer in answers) == ["duplicate"] * 99 + ["stored"]
    assert {answer.server_seq for answer in answers} == {1}
    assert sold(evening) == SoldTotals(1, 2, 36_000)
    assert len(ledger(evening.live_session_id)) == 1


def test_neighbours_that_store_the_same_uuid_at_once_agree_on_one(app: Flask) -> None:
    """Two live sessions of a bazaar lock different rows: only the ledger's own constraint stands between them."""
    evening = make_evening()
    neighbour = make_evening(bazaar_id=evening.bazaar_id)
    entries = [sale() for _ in range(20)]

    answers = at_once(
        app, *(lambda which=which, entry=entry: which.store_again(entry)[0] for entry in entries for which in (evening, neighbour))
    )

    assert sorted(answers) == ["duplicate"] * 20 + ["stored"] * 20
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Entry)) == 20


def test_the_counter_of_a_live_session_has_no_gaps_under_load(app: Flask) -> None:
    evening = make_evening()

    at_once(app, *(lambda: evening.store(sale(), sale(qty=0), sale(), sale(slot_position=99)) for _ in range(20)))

    assert [row.server_seq for row in ledger(evening.live_session_id)] == list(range(1, 41))
    with reading() as session:
        assert session.get_one(LiveSession, evening.live_session_id).last_server_seq == 40


# --- For ever ------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["entry", "sale", "void"])
@pytest.mark.parametrize("statement", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"])
def test_the_database_refuses_to_rewrite_the_ledger(app: Flask, table: str, statement: str) -> None:
    evening = make_evening()
    entry = sale()
    evening.store(entry, void(entry))
    column = {"entry": "received_at", "sale": "quantity", "void": "reason"}[table]

    with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
        session.execute(text(statement.format(table=table, column=column)))

    assert len(ledger(evening.live_session_id)) == 2


def test_a_commit_that_fails_answers_nobody_and_leaves_nothing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    evening = make_evening()
    entry = sale()
    monkeypatch.setattr("bazaar.sales.entry._remember", _fail)

    with suppress(OSError):
        evening.store(entry)
    monkeypatch.undo()

    assert ledger(evening.live_session_id) == []
    assert evening.store(entry)[0].server_seq == 1


def _fail(*_args: object) -> None:
    raise OSError("the disk is full")


def test_a_nul_in_a_field_that_nobody_knows_is_kept_aside_like_any_other(app: Flask) -> None:
    evening = make_evening()
    entry = sale()
    evening.store(entry)

    assert evening.store_again({**entry, "later_field": "a\x00b \U0001f4a5"}) == ["conflict"]

    assert conflicts(evening) == 1
    with reading() as session:
        assert session.scalars(select(EntryConflict.payload)).one()["later_field"] == "a\x00b \U0001f4a5"


def test_voids_keep_their_reasons(app: Flask) -> None:
    evening = make_evening()
    entry = sale()
    evening.store(entry, void(entry, reason="Pembeli batal"), void(entry, reason=None))

    with reading() as session:
        assert session.scalars(select(Void.reason).order_by(Void.entry_id)).all() == ["Pembeli batal", ""]
