"""What happens to reminders when scheduler processes are stopped, killed, frozen, doubled or late."""

import random
import signal
import time
from collections import Counter
from datetime import timedelta

from sqlalchemy import select, text

from bazaar.database import db, program_schema, reading
from bazaar.reminders.retry import MOST_AMBIGUOUS
from bazaar.states import DeliveryState, HoldReason, ReminderKind
from models import Closing, Delivery, Reminder, SendingHold
from scheduler import BEATS, OUTDATED, STUCK
from tests.factories import make_edition, make_live_session, make_vendor, slot_ids
from tests.faults.processes import (
    Schedulers,
    finished_beats,
    freeze_between_transactions,
    lease_is_free,
    let_the_lease_run_out,
    real_now,
    wait_until,
)
from tests.reminders.channels.sink import Sink
from tests.reminders.stage import delivery_ids, history, outbox, publish, states

D = DeliveryState


def stage_due(*, vendor_count: int) -> int:
    """An edition whose vendors stand one after the other from 11 minutes ahead on: exactly one reminder of each is due."""
    now = real_now()
    edition_id = make_edition()
    live_session = make_live_session(edition_id, starts_at=now + timedelta(minutes=11), slot_count=vendor_count, slot_minutes=1)
    vendors = [make_vendor(edition_id, owner_name=f"Bu Sari {n}", email=f"sari{n}@example.com") for n in range(vendor_count)]
    publish(edition_id, list(zip(slot_ids(live_session), vendors, strict=True)), now=now)
    return edition_id


def due_states(edition_id: int) -> list[DeliveryState]:
    return [line.state for line in outbox(edition_id) if line.lead == 30]


def due_histories(edition_id: int) -> list[list[DeliveryState]]:
    with reading() as session:
        due = select(Delivery.id).join(Reminder).where(Reminder.edition_id == edition_id, Reminder.lead_minutes == 30).order_by(Delivery.id)
        ids = list(session.scalars(due))
    return [history(id_) for id_ in ids]


def test_a_stop_is_clean_quick_and_gives_the_lease_back(schedulers: Schedulers) -> None:
    process = schedulers.start()
    wait_until(lambda: finished_beats() >= {"pump", "plan", "close", "heartbeat"}, "every beat finished once")
    asked_at = time.monotonic()

    process.send_signal(signal.SIGTERM)

    assert process.wait(12) == 0
    assert time.monotonic() - asked_at < 12
    assert lease_is_free()
    assert "Traceback" not in schedulers.said()


def test_a_stop_during_a_call_that_hangs_ends_in_time_and_gives_the_others_back(schedulers: Schedulers, sink: Sink) -> None:
    edition_id = stage_due(vendor_count=6)
    sink.stall_seconds = 60
    process = schedulers.start()
    assert sink.stalled.wait(30)
    asked_at = time.monotonic()

    process.send_signal(signal.SIGTERM)
    process.wait(12)
    took = time.monotonic() - asked_at
    sink.stall_seconds = 0

    assert took < 12
    assert lease_is_free()
    found = Counter(due_states(edition_id))
    assert found[D.SENDING] >= 1
    assert found == {D.SENDING: found[D.SENDING], D.PLANNED: 6 - found[D.SENDING]}
    assert schedulers.once() == 0
    assert sum(events.count(D.UNKNOWN) for events in due_histories(edition_id)) == found[D.SENDING]
    assert due_states(edition_id) == [D.ACCEPTED] * 6


def test_a_clock_that_is_set_while_the_process_runs_sends_and_closes_nothing(schedulers: Schedulers, sink: Sink) -> None:
    now = real_now()
    edition_id = make_edition()
    slots = slot_ids(make_live_session(edition_id, starts_at=now + timedelta(days=3), slot_count=3))
    vendors = [make_vendor(edition_id, email=f"sari{n}@example.com") for n in range(3)]
    publish(edition_id, list(zip(slots, vendors, strict=True)), now=now)
    ahead = schedulers.folder / "ahead"
    ahead.write_text("0")
    script = schedulers.folder / "set_clock.py"
    script.write_text(
        "import pathlib, sys, bazaar.outside, scheduler\n"
        "from datetime import timedelta\n"
        "real, ahead = bazaar.outside.system_clock, pathlib.Path(__file__).with_name('ahead')\n"
        "bazaar.outside.system_clock = lambda: real() + timedelta(seconds=float(ahead.read_text() or 0))\n"
        "sys.exit(scheduler.main([]))\n"
    )
    process = schedulers.start(script=str(script))
    wait_until(lambda: finished_beats() >= {"pump", "close", "plan"}, "every beat finished once")

    for jump in (timedelta(days=3650), timedelta(0)):
        seen = schedulers.said().count("ALARM: the clock jumped")
        ahead.write_text(str(jump.total_seconds()))
        wait_until(lambda seen=seen: schedulers.said().count("ALARM: the clock jumped") > seen, f"the jump to {jump} was noticed")  # type: ignore[misc] # the default has no type
    process.send_signal(signal.SIGTERM)

    assert process.wait(12) == 0
    assert states(edition_id) == [D.PLANNED] * 9
    assert sink.mails == []
    with reading() as session:
        [hold] = session.scalars(select(SendingHold)).all()
        assert session.scalars(select(Closing)).all() == []
    assert (hold.reason, hold.released_at) == (HoldReason.CLOCK, None)


def test_old_code_stops_itself_when_the_database_is_migrated(schedulers: Schedulers) -> None:
    def version_is(version: str) -> None:
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})

    script = schedulers.folder / "every_second.py"
    script.write_text(
        "import sys, scheduler\n"
        "from dataclasses import replace\n"
        "scheduler.BEATS = {**scheduler.BEATS, 'schema': replace(scheduler.BEATS['schema'], seconds=1)}\n"
        "sys.exit(scheduler.main([]))\n"
    )
    running = schedulers.start(script=str(script))
    wait_until(lambda: finished_beats() >= {"pump", "schema"}, "it runs")
    try:
        version_is("9999")

        assert running.wait(20) == OUTDATED
        assert schedulers.start("--once").wait(20) == OUTDATED
    finally:
        version_is(program_schema())
    assert lease_is_free()


def test_a_kill_in_the_middle_of_a_call_loses_nothing_and_shows_one_unknown(schedulers: Schedulers, sink: Sink) -> None:
    edition_id = stage_due(vendor_count=3)
    sink.stall_seconds = 60
    process = schedulers.start()
    assert sink.stalled.wait(30)

    process.kill()
    process.wait(10)
    sink.stall_seconds = 0
    assert sorted(due_states(edition_id)) == [D.CLAIMED, D.CLAIMED, D.SENDING]
    let_the_lease_run_out()
    assert schedulers.once() == 0

    assert due_states(edition_id) == [D.ACCEPTED] * 3
    assert sum(events.count(D.UNKNOWN) for events in due_histories(edition_id)) == 1
    assert sorted(Counter(sink.recipients).values()) == [1, 1, 2]
    doubled = Counter(str(mail["Message-ID"]) for mail in sink.mails)
    assert sorted(doubled.values()) == [1, 1, 2]  # the double can be told by its Message-ID


def test_whatever_the_moment_of_the_kill_everybody_hears_and_every_double_is_known(schedulers: Schedulers, sink: Sink) -> None:
    seed = time.time_ns() % 1_000_000
    print(f"seed {seed}")
    dice = random.Random(seed)
    kills = MOST_AMBIGUOUS - 1  # as many more could all hit one call: then a person takes over, by design
    edition_id = stage_due(vendor_count=9)
    sink.stall_seconds = 0.15

    for _ in range(kills):
        sink.stalled.clear()
        process = schedulers.start()
        sink.stalled.wait(20)
        time.sleep(dice.uniform(0, 0.6))
        process.kill()
        process.wait(10)
        let_the_lease_run_out()
    sink.stall_seconds = 0
    assert schedulers.once() == 0

    received = Counter(sink.recipients)
    unknown = sum(events.count(D.UNKNOWN) for events in due_histories(edition_id))
    assert due_states(edition_id) == [D.ACCEPTED] * 9, f"seed {seed}"
    assert len(received) == 9, f"seed {seed}"
    assert received.total() - 9 <= unknown <= kills, f"seed {seed}"


def test_two_schedulers_on_one_database_write_to_everybody_once(schedulers: Schedulers, sink: Sink) -> None:
    edition_id = stage_due(vendor_count=12)
    sink.stall_seconds = 0.05

    for _ in range(2):
        schedulers.start()
    wait_until(lambda: due_states(edition_id) == [D.ACCEPTED] * 12, "all twelve were sent")
    wait_until(lambda: "this one stands by" in schedulers.said(), "the second one says that it stands by")

    assert Counter(sink.recipients) == {f"sari{n}@example.com": 1 for n in range(12)}
    assert all(D.UNKNOWN not in events for events in due_histories(edition_id))


def test_a_frozen_scheduler_that_wakes_after_another_took_over_sends_nothing_more(schedulers: Schedulers, sink: Sink) -> None:
    edition_id = stage_due(vendor_count=3)
    sink.stall_seconds = 60
    frozen = schedulers.start()
    assert sink.stalled.wait(30)
    freeze_between_transactions(frozen.pid)
    sink.stall_seconds = 0
    let_the_lease_run_out()

    assert schedulers.once() == 0
    frozen.send_signal(signal.SIGCONT)
    wait_until(lambda: "came after its lease" in schedulers.said(), "the frozen one notices that it is late")
    frozen.send_signal(signal.SIGTERM)
    frozen.wait(12)

    assert due_states(edition_id) == [D.ACCEPTED] * 3
    assert sorted(Counter(sink.recipients).values()) == [1, 1, 2]


def test_after_a_time_down_the_useful_goes_with_the_right_minutes_and_the_rest_expires(schedulers: Schedulers, sink: Sink) -> None:
    now = real_now()
    edition_id = make_edition()
    slots = slot_ids(make_live_session(edition_id, starts_at=now - timedelta(minutes=25, seconds=-20), slot_count=4))
    over, running, near, ahead = (
        make_vendor(edition_id, owner_name=f"Bu {name}", email=f"{name}@example.com") for name in ("lewat", "kini", "dekat", "depan")
    )
    publish(edition_id, list(zip(slots, (over, running, near, ahead), strict=True)), now=now - timedelta(days=3))

    assert schedulers.once() == 0

    assert finished_beats() == set(BEATS)
    assert lease_is_free()
    assert sorted(subject.split(", ")[:2] for subject in sink.subjects()) == [
        ["Bu dekat", "giliran Ibu 5 menit lagi"],
        ["Bu depan", "giliran Ibu 20 menit lagi"],
        ["Bu lewat", sink.subjects()[-1].split(", ")[1]],
    ]
    assert states(edition_id, vendor_id=running) == [D.EXPIRED] * 3
    assert states(edition_id, vendor_id=near) == [D.EXPIRED, D.EXPIRED, D.ACCEPTED]
    assert states(edition_id, vendor_id=over, kind=ReminderKind.RECAP) == [D.ACCEPTED]
    with reading() as session:
        [closing] = session.scalars(select(Closing)).all()
    assert closing.planned_at < now < closing.closed_at
    assert len(delivery_ids(edition_id)) == 13


def test_a_scheduler_with_a_stuck_beat_ends_itself_to_be_started_again(schedulers: Schedulers) -> None:
    script = schedulers.folder / "stuck.py"
    script.write_text(
        "import sys, threading, scheduler\n"
        "from dataclasses import replace\n"
        "hang = lambda *_: threading.Event().wait()\n"
        "scheduler.BEATS = {'pump': replace(scheduler.BEATS['pump'], run=hang, longest_silence=0.5)}\n"
        "sys.exit(scheduler.main([]))\n"
    )

    assert schedulers.start(script=str(script)).wait(20) == STUCK
    assert "no sign of life from pump" in schedulers.said()
