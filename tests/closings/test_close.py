"""Closing a turn's books: once, numbered, frozen, at the next start when it was missed; what comes after is a supplement."""

import threading
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from bazaar.closings.close import close_due_turns
from bazaar.database import reading, transaction
from bazaar.reminders.compose import write
from bazaar.reminders.letter import gather_letter
from bazaar.states import DeliveryState, ReminderKind, RotationState
from models import Closing, Delivery, Edition, Entry, LiveSession, Reminder, Rotation, Sale, Supplement
from tests import factories
from tests.sales.evening import EMPTY_SLOT, SECOND_TURN, Evening, make_evening, minutes, sale, void

CLOSES_AT = minutes(17)
"""The first turn ends at minute 15; grace is two."""


def closings(edition_id: int) -> list[Closing]:
    with reading() as session:
        return list(session.scalars(select(Closing).where(Closing.edition_id == edition_id).order_by(Closing.number)))


def supplements(closing_id: int) -> list[tuple[int, int]]:
    """(number, amount) in order."""
    with reading() as session:
        rows = session.execute(
            select(Supplement.number, Supplement.amount_idr).where(Supplement.closing_id == closing_id).order_by(Supplement.number)
        )
        return [(number, amount) for number, amount in rows]


def recaps(edition_id: int) -> list[tuple[Reminder, Delivery]]:
    with reading() as session:
        rows = session.execute(
            select(Reminder, Delivery)
            .join(Delivery, Delivery.reminder_id == Reminder.id)
            .where(Reminder.edition_id == edition_id, Reminder.kind == ReminderKind.RECAP)
        )
        return [(reminder, delivery) for reminder, delivery in rows]


def test_a_turn_is_closed_only_once_its_grace_is_over(app: Flask) -> None:
    evening = make_evening()

    counts = [close_due_turns(now=minutes(15)), close_due_turns(now=CLOSES_AT), close_due_turns(now=CLOSES_AT + timedelta(seconds=1))]

    assert counts == [0, 0, 1]
    assert [row.slot_id for row in closings(evening.edition_id)] == [evening.slot_ids[0]]


def test_the_figures_are_what_stood_at_the_end_of_grace(app: Flask) -> None:
    evening = make_evening()
    wrong = sale(qty=1)
    evening.store(sale(qty=2), sale(qty=3, payment_method="transfer"), wrong, void(wrong))

    close_due_turns(now=minutes(18))

    (closing,) = closings(evening.edition_id)
    assert (closing.number, closing.vendor_id) == (1, evening.vendor_ids[0])
    assert (closing.planned_at, closing.closed_at) == (CLOSES_AT, minutes(18))
    assert (closing.sale_count, closing.item_count, closing.amount_idr) == (2, 5, 90_000)
    assert (closing.void_count, closing.void_amount_idr) == (1, 18_000)
    assert closing.by_payment_method == {"qris": 36_000, "transfer": 54_000}
    assert closing.best_product == "Tape bakar keju isi 6"
    assert closing.cut_server_seq == 4


def test_a_second_beat_changes_nothing(app: Flask) -> None:
    evening = make_evening()
    evening.store(sale())
    close_due_turns(now=minutes(18))
    before = [(row.id, row.number, row.closed_at, row.amount_idr) for row in closings(evening.edition_id)]

    assert close_due_turns(now=minutes(19)) == 0

    assert [(row.id, row.number, row.closed_at, row.amount_idr) for row in closings(evening.edition_id)] == before
    assert len(recaps(evening.edition_id)) == 1


def test_a_closing_missed_while_the_process_was_down_tells_both_times(app: Flask) -> None:
    evening = make_evening()
    evening.store(sale())

    assert close_due_turns(now=minutes(600)) == 2

    first, second = closings(evening.edition_id)
    assert (first.planned_at, first.closed_at) == (CLOSES_AT, minutes(600))
    assert (second.planned_at, second.closed_at) == (minutes(32), minutes(600))


def test_an_entry_in_the_last_second_of_grace_counts_and_one_after_it_does_not_though_no_beat_has_run(app: Flask) -> None:
    evening = make_evening()
    evening.store(sale(qty=1), at=CLOSES_AT)
    evening.store(sale(qty=2), at=CLOSES_AT + timedelta(milliseconds=1))

    close_due_turns(now=minutes(40))

    closing = closings(evening.edition_id)[0]
    assert (closing.sale_count, closing.amount_idr) == (1, 18_000)
    assert supplements(closing.id) == [(1, 36_000)]


def test_what_comes_after_the_closing_never_touches_it(app: Flask) -> None:
    evening = make_evening()
    early = sale(qty=2)
    evening.store(early)
    close_due_turns(now=minutes(18))

    evening.store(sale(qty=1), at=minutes(19))
    evening.store(void(early), at=minutes(20))
    evening.store(void(early), at=minutes(21))

    closing = closings(evening.edition_id)[0]
    assert (closing.sale_count, closing.amount_idr) == (1, 36_000)
    assert supplements(closing.id) == [(1, 18_000), (2, -36_000)]


def test_a_late_sale_that_is_voided_leaves_both_traces_which_add_up_to_nothing(app: Flask) -> None:
    evening = make_evening()
    late = sale(qty=1)
    evening.store(late, at=minutes(18))
    evening.store(void(late), at=minutes(19))

    close_due_turns(now=minutes(20))

    closing = closings(evening.edition_id)[0]
    assert closing.amount_idr == 0
    assert supplements(closing.id) == [(1, 18_000), (2, -18_000)]


def test_a_void_that_came_before_its_sale_keeps_it_out_of_the_figures(app: Flask) -> None:
    evening = make_evening()
    wrong = sale(qty=4)
    evening.store(void(wrong), at=minutes(5))
    evening.store(wrong, sale(qty=1), at=minutes(6))

    close_due_turns(now=minutes(18))

    closing = closings(evening.edition_id)[0]
    assert (closing.amount_idr, closing.void_count, closing.void_amount_idr) == (18_000, 1, 72_000)
    assert supplements(closing.id) == []


def test_a_sale_that_was_sold_in_time_but_sent_after_the_closing_is_a_supplement_of_its_own_turn(app: Flask) -> None:
    evening = make_evening()
    close_due_turns(now=minutes(33))

    evening.store(sale(qty=1, recorded_at="2026-05-05T13:03:00Z"), at=minutes(50))

    first, second = closings(evening.edition_id)
    assert supplements(first.id) == [(1, 18_000)]
    assert supplements(second.id) == []


def test_an_empty_slot_has_no_books_but_keeps_its_sales(app: Flask) -> None:
    evening = make_evening()
    evening.store(sale(slot_position=EMPTY_SLOT), at=minutes(31))

    assert close_due_turns(now=minutes(60)) == 2

    assert evening.slot_ids[2] not in [row.slot_id for row in closings(evening.edition_id)]
    with reading() as session:
        assert session.scalars(select(Sale.slot_id)).all() == [evening.slot_ids[2]]


def test_numbers_run_without_gaps_within_an_edition_and_begin_anew_in_the_next(app: Flask) -> None:
    first, other = make_evening(), make_evening()

    close_due_turns(now=minutes(18))
    close_due_turns(now=minutes(33))

    assert [row.number for row in closings(first.edition_id)] == [1, 2]
    assert [row.number for row in closings(other.edition_id)] == [1, 2]


def test_a_closing_that_fails_gives_its_number_back_and_holds_nobody_else_up(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, whole = make_evening(), make_evening()
    real = close_due_turns.__globals__["plan_recap"]

    def plan_recap(session: object, edition_id: int, **kwargs: object) -> bool:
        if edition_id == broken.edition_id:
            raise RuntimeError("no room left")
        return bool(real(session, edition_id, **kwargs))

    monkeypatch.setattr("bazaar.closings.close.plan_recap", plan_recap)
    with pytest.raises(RuntimeError, match="no room left"):
        close_due_turns(now=minutes(18))
    assert [len(closings(evening.edition_id)) for evening in (broken, whole)] == [0, 1]

    monkeypatch.undo()
    close_due_turns(now=minutes(19))

    assert [row.number for row in closings(broken.edition_id)] == [1]


def test_a_turn_of_a_superseded_rotation_that_nobody_holds_any_more_is_not_closed(app: Flask) -> None:
    evening = make_evening()
    with transaction() as session:
        for rotation in session.scalars(select(Rotation).where(Rotation.edition_id == evening.edition_id)):
            rotation.state = RotationState.SUPERSEDED

    assert close_due_turns(now=minutes(60)) == 0


def test_a_turn_called_off_before_it_began_is_not_closed_and_one_under_way_is(app: Flask) -> None:
    evening = make_evening()
    with transaction() as session:
        session.get_one(LiveSession, evening.live_session_id).withdrawn_at = minutes(10)

    close_due_turns(now=minutes(60))

    assert [row.slot_id for row in closings(evening.edition_id)] == [evening.slot_ids[0]]


def test_the_vendor_of_the_turn_gets_one_recap_with_the_frozen_figures(app: Flask) -> None:
    evening = make_evening()
    evening.store(sale(qty=2))

    close_due_turns(now=minutes(18))
    evening.store(sale(qty=1), at=minutes(19))
    close_due_turns(now=minutes(20))

    ((reminder, delivery),) = recaps(evening.edition_id)
    assert (reminder.vendor_id, reminder.slot_id, reminder.due_at) == (evening.vendor_ids[0], evening.slot_ids[0], minutes(18))
    assert (reminder.details["number"], reminder.details["amount_idr"]) == (1, 36_000)
    assert delivery.state is DeliveryState.PLANNED


def test_a_recap_that_comes_days_too_late_is_not_sent(app: Flask) -> None:
    evening = make_evening()

    close_due_turns(now=minutes(60 * 24 * 5))

    assert {delivery.state for _reminder, delivery in recaps(evening.edition_id)} == {DeliveryState.EXPIRED}


def test_an_archived_edition_still_gets_its_books_but_nobody_is_written_to(app: Flask) -> None:
    evening = make_evening()
    with transaction() as session:
        session.get_one(Edition, evening.edition_id).archived_at = minutes(1)

    close_due_turns(now=minutes(18))

    assert len(closings(evening.edition_id)) == 1
    assert recaps(evening.edition_id) == []


def test_twenty_closings_at_once_while_sales_arrive_give_one_with_figures_that_stay(app: Flask) -> None:
    """The clock stands just past grace for the beats and just before it for the sales: the worst moment."""
    evening = make_evening()
    begin = threading.Barrier(26)
    counts: list[int] = []
    problems: list[BaseException] = []

    def close() -> None:
        begin.wait()
        counts.append(close_due_turns(now=CLOSES_AT + timedelta(milliseconds=1)))

    def sell() -> None:
        begin.wait()
        for _ in range(4):
            evening.store(sale(qty=1), at=CLOSES_AT)

    def run(work: object) -> None:
        try:
            with app.app_context():
                work()  # type: ignore[operator]
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in [close] * 20 + [sell] * 6]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    assert sorted(counts) == [0] * 19 + [1]
    (closing,) = closings(evening.edition_id)
    with reading() as session:
        before_cut = session.execute(
            select(Sale.amount_idr).join(Entry, Entry.id == Sale.entry_id).where(Entry.server_seq <= closing.cut_server_seq)
        ).all()
        after_cut = session.execute(select(Entry.verdict).where(Entry.server_seq > closing.cut_server_seq)).all()
    assert (closing.sale_count, closing.amount_idr) == (len(before_cut), 18_000 * len(before_cut))
    assert {str(verdict) for (verdict,) in after_cut} <= {"late"}
    assert supplements(closing.id) == [(number, 18_000) for number in range(1, len(after_cut) + 1)]
    assert len(before_cut) + len(after_cut) == 24
    assert len(recaps(evening.edition_id)) == 1


@pytest.mark.parametrize("statement", ["UPDATE closing SET amount_idr = 1", "DELETE FROM closing"])
def test_the_database_refuses_to_change_a_closing(app: Flask, statement: str) -> None:
    evening = make_evening()
    evening.store(sale())
    close_due_turns(now=minutes(18))

    with pytest.raises(DatabaseError), transaction() as session:
        session.execute(text(statement))

    assert [row.amount_idr for row in closings(evening.edition_id)] == [36_000]


def test_a_vendor_who_withdraws_in_the_middle_of_the_turn_keeps_it(app: Flask) -> None:
    evening = make_evening()
    factories.make_vendor(evening.edition_id)
    evening.store(sale(slot_position=SECOND_TURN, product_code="B07", unit_price_idr=250_000), at=minutes(20))
    with transaction() as session:
        session.execute(text("UPDATE vendor SET withdrawn_at = :at WHERE id = :id"), {"at": minutes(21), "id": evening.vendor_ids[1]})

    close_due_turns(now=minutes(33))

    assert [row.vendor_id for row in closings(evening.edition_id)] == evening.vendor_ids


def whatsapp_recap(evening: Evening, at: datetime) -> str:
    with reading() as session:
        reminder = session.scalars(
            select(Reminder).where(Reminder.kind == ReminderKind.RECAP, Reminder.vendor_id == evening.vendor_ids[0])
        ).one()
        letter = gather_letter(session, reminder, link="https://example.org/g/x", now=at)
    assert letter is not None
    return write(letter).whatsapp


def test_the_recap_tells_the_frozen_figures_and_what_came_after(app: Flask) -> None:
    evening = make_evening()
    evening.store(sale(qty=2), sale(qty=1))
    close_due_turns(now=minutes(18))
    evening.store(sale(qty=1), at=minutes(19))

    text = whatsapp_recap(evening, minutes(20))

    assert text.startswith("Bu Siti Aminah, hasil giliran 20.00 WIB: 3 barang, Rp54.000.\n")
    assert "Tercatat 2 pembelian, 3 barang, Rp54.000." in text
    assert "Paling laku: Tape bakar keju isi 6." in text
    assert "Susulan setelah itu: Rp18.000." in text
    assert "Catatan nomor 1, Selasa, 5 Mei." in text


def test_the_recap_of_a_turn_whose_sales_all_came_late_does_not_say_that_nothing_was_sold(app: Flask) -> None:
    evening = make_evening()
    evening.store(sale(qty=1), at=minutes(18))
    close_due_turns(now=minutes(19))

    text = whatsapp_recap(evening, minutes(20))

    assert "Sampai buku ditutup, belum ada pembelian." in text
    assert "Susulan setelah itu: Rp18.000." in text
    assert "Kali ini belum ada" not in text
