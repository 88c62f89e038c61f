"""Reminders are rows, planned with the turns they are about: the same plan again changes nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bazaar.database import reading, transaction
from bazaar.reminders.plan import PlanCounts, plan_missing, plan_recap
from bazaar.states import ChannelName, DeliveryState, ReminderKind, ReminderState
from models import Delivery, DeliveryEvent, Edition, Reminder, Vendor
from tests.conftest import START, World
from tests.factories import make_edition, make_live_session, make_rotation, make_vendor, slot_ids
from tests.reminders.stage import TURN_AT, Line, change, history, outbox, publish, row_count, send, set_stage, states

pytestmark = pytest.mark.usefixtures("app")

BEFORE, PLANNED = ReminderKind.BEFORE, DeliveryState.PLANNED


def reminder_ids(edition_id: int) -> list[tuple[int, str]]:
    with reading() as session:
        rows = session.execute(select(Reminder.id, Reminder.key).where(Reminder.edition_id == edition_id).order_by(Reminder.id))
        return [(id_, key) for id_, key in rows]


def test_publishing_plans_three_reminders_for_a_turn_and_no_notice() -> None:
    stage = set_stage(now=START)

    assert outbox(stage.edition_id) == [
        Line(BEFORE, 1440, ReminderState.PLANNED, ChannelName.EMAIL, PLANNED),
        Line(BEFORE, 30, ReminderState.PLANNED, ChannelName.EMAIL, PLANNED),
        Line(BEFORE, 10, ReminderState.PLANNED, ChannelName.EMAIL, PLANNED),
    ]
    with reading() as session:
        dues = list(session.scalars(select(Reminder.due_at).order_by(Reminder.due_at)))
    assert dues == [TURN_AT - timedelta(minutes=lead) for lead in (1440, 30, 10)]


def test_an_edition_reminds_by_its_own_leads() -> None:
    stage = set_stage(now=START, reminder_leads=[2880, 45])

    assert [line.lead for line in outbox(stage.edition_id)] == [2880, 45]


def test_a_vendor_without_email_is_planned_for_the_hand_list() -> None:
    stage = set_stage(now=START, vendor={"email": ""})

    assert {line.channel for line in outbox(stage.edition_id)} == {ChannelName.HAND}


def test_publishing_the_same_turns_again_keeps_the_very_rows() -> None:
    stage = set_stage(now=START, vendor_count=3)
    turns = list(zip(stage.slots, stage.vendors, strict=False))
    rows = reminder_ids(stage.edition_id)

    counts = publish(stage.edition_id, turns, now=START + timedelta(hours=2))

    assert counts == PlanCounts(new=0, moved=0, removed=0, unchanged=3, planned=0)
    assert reminder_ids(stage.edition_id) == rows
    assert row_count(DeliveryEvent) == 9


def test_a_publication_that_breaks_off_leaves_no_reminder() -> None:
    edition_id = make_edition()
    slots, vendor_id = slot_ids(make_live_session(edition_id, starts_at=TURN_AT)), make_vendor(edition_id)
    no_such_vendor = vendor_id + 1_000

    with pytest.raises(IntegrityError):
        publish(edition_id, [(slots[0], vendor_id), (slots[1], no_such_vendor)], now=START)

    assert outbox(edition_id) == []


def test_moved_removed_new_and_unchanged_vendors_get_what_fits_them() -> None:
    stage = set_stage(now=START, vendor_count=3)
    stays, moves, goes = stage.vendors
    comes = make_vendor(stage.edition_id, email="baru@example.com")

    counts = publish(stage.edition_id, [(stage.slots[0], stays), (stage.slots[4], moves), (stage.slots[2], comes)], now=START)

    assert counts == PlanCounts(new=1, moved=1, removed=1, unchanged=1, planned=3 + 1 + 1 + 3)
    assert states(stage.edition_id, vendor_id=stays) == [PLANNED] * 3
    assert states(stage.edition_id, vendor_id=comes) == [PLANNED] * 3
    moved = outbox(stage.edition_id, vendor_id=moves, kind=BEFORE)
    assert [line.reminder for line in moved].count(ReminderState.SUPERSEDED) == 3
    assert [line.state for line in moved].count(DeliveryState.SUPERSEDED) == 3
    assert {line.state for line in outbox(stage.edition_id, vendor_id=goes, kind=BEFORE)} == {DeliveryState.CANCELLED}
    assert states(stage.edition_id, vendor_id=moves, kind=ReminderKind.CHANGED) == [PLANNED]
    assert states(stage.edition_id, vendor_id=goes, kind=ReminderKind.CANCELLED) == [PLANNED]
    assert {line.kind for line in outbox(stage.edition_id, vendor_id=stays) + outbox(stage.edition_id, vendor_id=comes)} == {BEFORE}


def test_a_turn_that_returns_brings_its_own_rows_back_but_nothing_that_went(world: World) -> None:
    stage = set_stage(now=START)
    rows = reminder_ids(stage.edition_id)
    world.now = TURN_AT - timedelta(hours=24)
    send()
    publish(stage.edition_id, [(stage.slots[3], stage.vendors[0])], now=world.now)

    publish(stage.edition_id, [(stage.slots[0], stage.vendors[0])], now=world.wait(seconds=10))

    assert states(stage.edition_id, kind=BEFORE)[0] is DeliveryState.ACCEPTED
    assert set(rows) <= set(reminder_ids(stage.edition_id))
    with reading() as session:
        alive = session.scalars(
            select(Reminder.id).where(Reminder.state == ReminderState.PLANNED, Reminder.kind == BEFORE).order_by(Reminder.id)
        ).all()
    assert list(alive) == [id_ for id_, _key in rows]
    send()
    assert len(world.email.sent) == 1


def test_an_edition_that_lies_behind_gets_its_reminders_expired(world: World) -> None:
    stage = set_stage(now=TURN_AT + timedelta(days=30), vendor_count=2)

    assert states(stage.edition_id) == [DeliveryState.EXPIRED] * 6
    world.now = TURN_AT + timedelta(days=30)
    send()
    assert world.email.sent == []


def test_a_publication_after_the_long_reminder_keeps_the_short_ones() -> None:
    stage = set_stage(now=TURN_AT - timedelta(hours=3))

    assert states(stage.edition_id) == [DeliveryState.EXPIRED, PLANNED, PLANNED]


def test_a_recap_is_planned_once(world: World) -> None:
    stage = set_stage(now=START)
    world.now = TURN_AT + timedelta(minutes=17)

    def plan() -> bool:
        with transaction() as session:
            return plan_recap(
                session,
                stage.edition_id,
                vendor_id=stage.vendors[0],
                slot_id=stage.slots[0],
                turn_starts_at=TURN_AT,
                details={},
                now=world.now,
            )

    assert [plan(), plan()] == [True, False]
    assert len(outbox(stage.edition_id, kind=ReminderKind.RECAP)) == 1


def test_a_recap_that_comes_four_days_late_is_expired_from_the_start() -> None:
    stage = set_stage(now=START)
    now = TURN_AT + timedelta(days=4)

    with transaction() as session:
        plan_recap(
            session, stage.edition_id, vendor_id=stage.vendors[0], slot_id=stage.slots[0], turn_starts_at=TURN_AT, details={}, now=now
        )

    assert states(stage.edition_id, kind=ReminderKind.RECAP) == [DeliveryState.EXPIRED]


def test_an_archived_edition_plans_no_recap() -> None:
    stage = set_stage(now=START)
    change(Edition, stage.edition_id, archived_at=START)

    with transaction() as session:
        assert not plan_recap(
            session, stage.edition_id, vendor_id=stage.vendors[0], slot_id=stage.slots[0], turn_starts_at=TURN_AT, details={}, now=TURN_AT
        )


def test_the_beat_plans_what_is_missing_and_then_has_nothing_to_do() -> None:
    edition_id = make_edition()
    slots, vendor_id = slot_ids(make_live_session(edition_id, starts_at=TURN_AT)), make_vendor(edition_id)
    make_rotation(edition_id, [(slots[0], vendor_id)])  # straight into the tables

    assert [plan_missing(now=START), plan_missing(now=START)] == [1, 0]
    assert states(edition_id) == [PLANNED] * 3


def test_the_beat_follows_leads_that_an_organizer_changed_and_tells_nobody() -> None:
    stage = set_stage(now=START)
    change(Edition, stage.edition_id, reminder_leads=[1440, 60])

    assert [plan_missing(now=START), plan_missing(now=START)] == [1, 0]
    planned = [(line.lead, line.kind) for line in outbox(stage.edition_id) if line.reminder is ReminderState.PLANNED]
    assert planned == [(1440, BEFORE), (60, BEFORE)]


def test_the_beat_takes_back_reminders_of_a_vendor_who_withdrew() -> None:
    stage = set_stage(now=START)
    change(Vendor, stage.vendors[0], withdrawn_at=START)

    plan_missing(now=START)

    assert states(stage.edition_id, kind=BEFORE) == [DeliveryState.CANCELLED] * 3


def test_the_beat_leaves_editions_alone_that_are_archived() -> None:
    stage = set_stage(now=START)
    change(Edition, stage.edition_id, archived_at=START, reminder_leads=[60])

    assert plan_missing(now=START) == 0


def test_every_move_of_a_delivery_is_on_record() -> None:
    stage = set_stage(now=START)
    with reading() as session:
        first = session.scalars(select(Delivery.id).order_by(Delivery.next_at)).first()

    publish(stage.edition_id, [], now=START)

    assert first is not None
    assert history(first) == [PLANNED, DeliveryState.CANCELLED]
