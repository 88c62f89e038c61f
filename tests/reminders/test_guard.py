"""Nothing is sent while the clock cannot be believed, nor again what had left before a backup was restored."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.engine import make_url

from bazaar.database import db, reading, transaction
from bazaar.refusals import Refusal
from bazaar.reminders.channels.base import Message, Receipt
from bazaar.reminders.clock_watch import ClockWatch
from bazaar.reminders.dispatch import Dispatched, dispatch_due
from bazaar.reminders.guard import JOURNALLED_NOTE, RESTORED_NOTE, SendingGuard
from bazaar.reminders.holds import MISSED_NOTE, hold_pages, release_hold
from bazaar.reminders.lease import release_lease
from bazaar.reminders.pulse import note_finished
from bazaar.reminders.sent_journal import JournalError
from bazaar.states import DeliveryState, HoldReason
from models import Audit, Delivery, DeliveryEvent, Edition, SendingHold, WorkerLease
from tests.conftest import START, World
from tests.factories import make_account, make_edition, make_vendor
from tests.reminders.stage import TURN_AT, Stage, delivery_ids, history, outbox, publish, set_stage, states, world_of

pytestmark = pytest.mark.usefixtures("app")

D = DeliveryState
DAY_BEFORE = TURN_AT - timedelta(hours=24)


class Process:
    """A scheduler process as far as the guard knows: its own watch over the wall clock, and passes."""

    def __init__(self, world: World, folder: Path, owner: str = "one") -> None:
        self.world, self.owner, self.seconds = world, owner, 0.0
        self.guard = SendingGuard(folder, ClockWatch(lambda: self.seconds))
        self.guard.begin()

    def wait(self, seconds: float) -> None:
        """Real time passes for both clocks."""
        self.seconds += seconds
        self.world.wait(seconds=seconds)

    def jump(self, by: timedelta) -> None:
        """Somebody sets the wall clock."""
        self.world.now += by

    def send(self) -> Dispatched:
        outside = replace(world_of(), guard=self.guard)
        return dispatch_due(outside, now=outside.clock(), owner=self.owner)

    def end(self) -> None:
        release_lease(self.owner, now=self.world.now)


@pytest.fixture
def start(world: World, tmp_path: Path) -> Callable[..., Process]:
    """Start a process on the test's database and journal."""
    return lambda owner="one": Process(world, tmp_path, owner)


def holds() -> list[tuple[HoldReason, str, bool]]:
    with reading() as session:
        rows = session.scalars(select(SendingHold).order_by(SendingHold.id))
        return [(row.reason, row.note, row.released_at is not None) for row in rows]


def notes(delivery_id: int) -> list[str]:
    with reading() as session:
        return [event.note for event in session.scalars(select(DeliveryEvent).where(DeliveryEvent.delivery_id == delivery_id))][-1:]


def staged(world: World, **options: Any) -> Stage:
    """Everybody's reminder of the day before is due: they stand a quarter of an hour apart."""
    stage = set_stage(now=START, **options)
    world.now = DAY_BEFORE + timedelta(minutes=15 * (options.get("vendor_count", 1) - 1))
    return stage


# --- the clock


@pytest.mark.parametrize("by", [timedelta(hours=10), timedelta(days=3653)])
def test_a_clock_that_jumps_ahead_and_back_has_sent_and_expired_nothing(world: World, start: Any, by: timedelta) -> None:
    stage = set_stage(now=START)
    world.now = DAY_BEFORE - timedelta(hours=1)
    process = start()
    process.send()
    process.jump(by)
    process.send()
    process.wait(30)
    process.send()
    process.jump(-by)
    process.send()
    process.wait(61)
    process.send()

    assert world.email.sent == []
    assert states(stage.edition_id) == [D.PLANNED] * 3
    assert [(reason, is_over) for reason, _note, is_over in holds()] == [(HoldReason.CLOCK, True)]


@pytest.mark.parametrize("by", [timedelta(minutes=10), timedelta(days=1), timedelta(days=3653)])
def test_a_clock_that_is_set_back_sends_nothing_twice_and_goes_on_after_a_minute(world: World, start: Any, by: timedelta) -> None:
    stage = staged(world)
    process = start()
    process.send()
    process.jump(-by)
    assert process.send() == Dispatched(is_leader=True)
    assert holds() == [(HoldReason.CLOCK, f"jumped {-round(by.total_seconds())}", False)]
    process.wait(61)

    process.send()

    assert holds()[0][2]
    assert len(world.email.sent) == 1
    assert states(stage.edition_id) == [D.ACCEPTED, D.PLANNED, D.PLANNED]
    process.end()
    again = start()
    again.send()
    assert len(holds()) == 1  # what the database wrote ahead of the clock is known to be wrong


def test_what_is_due_after_a_jump_ahead_follows_the_usual_rules(world: World, start: Any) -> None:
    stage = set_stage(now=START)
    world.now = DAY_BEFORE - timedelta(hours=1)
    process = start()
    process.send()
    process.jump(timedelta(hours=24, minutes=40))
    process.send()
    assert world.email.sent == []
    process.wait(61)

    process.send()

    assert [message.subject for message in world.email.sent] == ["Bu Sari 1, giliran Ibu 19 menit lagi, 20.00 WIB"]
    assert states(stage.edition_id) == [D.EXPIRED, D.ACCEPTED, D.PLANNED]


@pytest.mark.parametrize("by", [timedelta(seconds=1), timedelta(seconds=119)])
def test_a_small_step_either_way_changes_nothing(world: World, start: Any, by: timedelta) -> None:
    staged(world)
    process = start()
    process.send()
    for step in (by, -by):
        process.jump(step)
        process.send()

    assert holds() == []
    assert len(world.email.sent) == 1


@pytest.mark.parametrize("by", [timedelta(minutes=10), timedelta(days=1), timedelta(days=3653)])
def test_a_start_with_a_clock_that_stands_behind_waits_until_it_has_caught_up(world: World, start: Any, by: timedelta) -> None:
    staged(world)
    note_finished("pump", now=world.now)
    process = start()
    process.send()
    process.end()
    process.jump(-by)

    late = start("two")
    note_finished("pump", now=world.now)  # its own beats have overwritten what the tables knew
    late.send()
    late.wait(100)
    late.send()

    assert holds() == [(HoldReason.CLOCK, f"behind {round(by.total_seconds())}", False)]
    late.end()
    third = start("three")
    third.send()
    assert not holds()[-1][2]
    third.wait((by - timedelta(seconds=100)).total_seconds())
    third.send()
    assert holds()[-1][2]


def test_a_start_with_a_clock_a_little_behind_is_nothing(world: World, start: Any) -> None:
    staged(world)
    start().send()
    world.wait(seconds=-119)

    start().send()

    assert holds() == []


def test_a_person_may_say_that_the_clock_is_right(world: World, start: Any) -> None:
    stage = staged(world)
    note_finished("pump", now=world.now + timedelta(days=365))
    start().send()
    [page] = hold_pages(None, now=world.now)
    release_hold(page.id, "send", by=None, actor="command line", now=world.now)

    start("two")
    process = start("one")
    process.send()

    assert (page.kind, page.is_deciding) == ("behind", True)
    assert len(holds()) == 1
    assert states(stage.edition_id)[0] is D.ACCEPTED


def test_a_hold_that_another_process_began_settles_here_as_well(world: World, start: Any) -> None:
    staged(world)
    first = start()
    first.send()
    first.jump(timedelta(hours=2))
    first.send()
    world.wait(seconds=30)

    second = start("two")
    second.send()
    second.wait(59)
    second.send()
    assert not holds()[0][2]
    second.wait(2)
    second.send()

    assert holds()[0][2]


# --- a restored backup


@pytest.fixture
def backup(app: Flask, tmp_path: Path) -> Any:
    """Keep the database as it is, and put it back later."""
    path = make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database or ""
    kept = tmp_path / "kept.sqlite3"

    def keep() -> Callable[[], None]:
        db.engine.dispose()
        shutil.copyfile(path, kept)

        def restore() -> None:
            db.engine.dispose()
            shutil.copyfile(kept, path)

        return restore

    return keep


@pytest.mark.sqlite
def test_what_left_before_a_backup_was_restored_counts_as_sent_and_the_rest_waits_for_a_person(
    world: World, start: Any, backup: Any
) -> None:
    stage = staged(world, vendor_count=4)
    restore = backup()
    process = start()
    process.send()
    process.end()
    assert len(world.email.sent) == 4
    restore()
    with transaction() as session:  # and one of them the journal does not know
        session.execute(update(Delivery).values(attempt_count=0))
    journal = next((Path(make_url(db.engine.url).database or "").parent / "sent-journal").glob("*.jsonl"))
    journal.write_text("\n".join(journal.read_text().splitlines()[:3]) + "\n")
    world.wait(minutes=10)

    restored = start("two")
    assert restored.send() == Dispatched(is_leader=True)
    restored.send()

    assert len(world.email.sent) == 4
    assert holds() == [(HoldReason.RESTORE, "restored 3", False)]
    sent = [id_ for id_ in delivery_ids(stage.edition_id) if history(id_)[-1] is D.ACCEPTED]
    assert [notes(id_) for id_ in sent] == [[RESTORED_NOTE]] * 3
    [page] = hold_pages(None, now=world.now)
    assert (page.known_count, page.useful_count, page.stale_count, page.later_count) == (3, 1, 0, 0)
    assert release_hold(page.id, "drop", by=None, actor="command line", now=world.now) == 1
    restored.send()
    assert len(world.email.sent) == 4
    assert sorted(states(stage.edition_id)) == [*[D.ACCEPTED] * 3, D.EXPIRED, *[D.PLANNED] * 8]
    restored.end()
    start("three").send()
    assert len(holds()) == 1


@pytest.mark.sqlite
def test_what_is_still_useful_goes_when_a_person_wants_it(world: World, start: Any, backup: Any, tmp_path: Path) -> None:
    staged(world)
    restore = backup()
    process = start()
    process.send()
    process.send()
    process.end()
    restore()
    for path in (tmp_path / "sent-journal").glob("*.jsonl"):
        path.unlink()  # only the mark is left: it knows that more happened, not what
    world.wait(minutes=10)

    restored = start("two")
    restored.send()
    [page] = hold_pages(None, now=world.now)
    assert release_hold(page.id, "send", by=None, actor="command line", now=world.now) == 0
    restored.send()

    assert (page.reason, page.known_count, page.useful_count) == (HoldReason.RESTORE, 0, 1)
    assert len(world.email.sent) == 2


@pytest.mark.sqlite
def test_rows_that_the_copy_lost_and_that_are_planned_anew_do_not_go_again(world: World, start: Any, backup: Any) -> None:
    stage = set_stage(now=START, vendor_count=1)
    restore = backup()
    vendor = make_vendor(stage.edition_id, owner_name="Bu Baru", email="baru@example.com")
    turns = list(zip(stage.slots, [stage.vendors[0], vendor], strict=False))
    publish(stage.edition_id, turns, now=START)
    world.now = DAY_BEFORE + timedelta(minutes=16)
    process = start()
    process.send()
    before = len(world.email.sent)
    process.end()
    restore()
    vendor = make_vendor(stage.edition_id, owner_name="Bu Baru", email="baru@example.com")
    publish(stage.edition_id, turns, now=world.now)

    restored = start("two")
    restored.send()
    [page] = hold_pages(None, now=world.now)
    release_hold(page.id, "send", by=None, actor="command line", now=world.now)
    restored.wait(300)
    restored.send()

    assert [reason for reason, _note, _over in holds()] == [HoldReason.RESTORE]
    assert before == 2
    first = [line.state for line in outbox(stage.edition_id) if line.lead == 1440]
    assert first == [D.ACCEPTED, D.ACCEPTED]
    assert len([message for message in world.email.sent if "besok" in message.subject]) == 2


def test_another_database_in_the_same_place_is_no_older_copy(world: World, start: Any, tmp_path: Path) -> None:
    staged(world)
    start().send()
    mark = (tmp_path / "sent-journal" / "mark.json").read_text()
    with reading() as session:
        first = session.scalars(select(DeliveryEvent).order_by(DeliveryEvent.id)).first()
    assert first is not None

    (tmp_path / "sent-journal" / "mark.json").write_text(mark.replace('"database": "', '"database": "another-'))
    with transaction() as session:
        session.execute(update(WorkerLease).values(expires_at=START))
    start("two").send()

    assert holds() == []


# --- the journal


def test_of_a_message_whose_end_nobody_stored_the_journal_knows_that_it_was_taken(
    world: World, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take(message: Message) -> Receipt:
        world.email.sent.append(message)
        return Receipt("4711")

    monkeypatch.setattr(world.email, "send", take)
    stage = staged(world)
    process = start()
    process.send()
    with transaction() as session:
        lost = {"state": D.SENDING, "finished_at": None, "provider_ref": None}
        session.execute(update(Delivery).where(Delivery.state == D.ACCEPTED).values(**lost))
        session.execute(update(WorkerLease).values(expires_at=world.now))

    start("two").send()

    assert len(world.email.sent) == 1
    assert states(stage.edition_id)[0] is D.ACCEPTED
    first = delivery_ids(stage.edition_id)[0]
    with reading() as session:  # its later reports are matched by the provider's own name for it
        assert session.get_one(Delivery, first).provider_ref == "4711"
    assert notes(first) == [JOURNALLED_NOTE]


def test_a_journal_that_cannot_be_written_stops_sending_until_it_can(
    world: World, start: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stage = staged(world, vendor_count=3)
    process = start()
    full: list[int] = [1]
    real_write = os.write

    def write(descriptor: int, data: bytes) -> int:
        if full and b'"delivery_id": ' not in data and (b'"delivery_id"' in data or data == b"\n"):
            raise OSError(28, "No space left on device")
        return int(real_write(descriptor, data))

    monkeypatch.setattr("bazaar.reminders.sent_journal.os.write", write)

    for _ in range(2):
        with pytest.raises(JournalError, match="No space left"):
            process.send()

    assert len(world.email.sent) == 1
    assert states(stage.edition_id).count(D.ACCEPTED) == 1  # the database knows all the same
    assert states(stage.edition_id).count(D.CLAIMED) == 0
    assert "ALARM" in caplog.text
    full.clear()
    process.send()
    assert len(world.email.sent) == 3


# --- who decides


def test_a_hold_is_released_once_and_leaves_its_trace(world: World) -> None:
    organizer = make_account(name="Rina")
    with transaction() as session:
        session.add(SendingHold(reason=HoldReason.RESTORE, note="restored 2", began_at=START))
    [page] = hold_pages(None, now=START)

    release_hold(page.id, "send", by=organizer, now=START)

    with pytest.raises(Refusal, match="hold_over"):
        release_hold(page.id, "send", by=organizer, now=START)
    with reading() as session:
        [trace] = session.scalars(select(Audit).where(Audit.action == "release_hold")).all()
    assert (trace.actor, trace.after) == ("Rina", {"reason": "restore", "choice": "send", "dropped": 0})


def test_what_is_true_for_several_bazaars_one_of_them_does_not_decide(world: World) -> None:
    edition_id = make_edition()
    make_edition()
    with reading() as session:
        ours = session.get_one(Edition, edition_id).bazaar_id
    with transaction() as session:
        session.add(SendingHold(reason=HoldReason.RESTORE, note="", began_at=START))
    [page] = hold_pages(ours, now=START)

    assert not page.is_deciding
    with pytest.raises(Refusal, match="hold_of_all"):
        release_hold(page.id, "drop", by=make_account(bazaar_id=ours), bazaar_id=ours, now=START)


def test_a_drop_leaves_what_was_due_after_the_restore(world: World) -> None:
    stage = staged(world)
    with transaction() as session:
        session.add(SendingHold(reason=HoldReason.RESTORE, note="", began_at=DAY_BEFORE + timedelta(seconds=1)))
    [page] = hold_pages(None, now=world.now)

    assert release_hold(page.id, "drop", by=None, actor="command line", now=world.now) == 1

    assert states(stage.edition_id) == [D.EXPIRED, D.PLANNED, D.PLANNED]
    assert notes(delivery_ids(stage.edition_id)[0]) == [MISSED_NOTE]
