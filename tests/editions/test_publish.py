"""Publishing is one step: the old rotation steps back, vendors hear of what changed, and nothing is sent twice."""

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from bazaar.database import db, reading, transaction
from bazaar.editions.build import build_rotation
from bazaar.editions.publish import discard_rotation, newest_draft_id, publish_rotation
from bazaar.refusals import Refusal
from bazaar.reminders.plan import PlanCounts
from bazaar.rotation.solve import solve
from bazaar.states import ReminderKind, ReminderState, RotationState
from bazaar.vendors.registry import delete_vendor
from models import Audit, Availability, Edition, LiveSession, Reminder, Rotation, Slot, Turn, Vendor, Wish
from tests.editions.test_build import small_edition, turns_of
from tests.factories import make_live_session, make_vendor

NOW = datetime(2026, 5, 4, 0, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("app")


def draft(edition_id: int, *, now: datetime = NOW, **options: object) -> int:
    return build_rotation(edition_id, planner=solve, by=None, now=now, **options).rotation_id  # type: ignore[arg-type]


def states() -> list[RotationState]:
    with reading() as session:
        return list(session.scalars(select(Rotation.state).order_by(Rotation.number)))


def planned(kinds: Iterable[ReminderKind] = tuple(ReminderKind)) -> int:
    with reading() as session:
        return int(
            session.scalar(
                select(func.count()).select_from(Reminder).where(Reminder.kind.in_(kinds), Reminder.state == ReminderState.PLANNED)
            )
            or 0
        )


def test_the_first_publication_plans_three_reminders_a_turn_and_no_notice() -> None:
    published = publish_rotation(draft(small_edition()), by=None, now=NOW)

    assert (published.number, published.counts) == (1, PlanCounts(new=6, moved=0, removed=0, unchanged=0, planned=36))
    assert planned([ReminderKind.CHANGED, ReminderKind.CANCELLED]) == 0
    assert states() == [RotationState.PUBLISHED]


def test_publishing_twice_is_publishing_once() -> None:
    rotation_id = draft(small_edition())
    publish_rotation(rotation_id, by=None, now=NOW)

    again = publish_rotation(rotation_id, by=None, now=NOW)

    assert again.counts == PlanCounts(new=0, moved=0, removed=0, unchanged=6, planned=0)
    assert planned() == 36
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Audit).where(Audit.action == "publish_rotation")) == 1


def test_a_new_rotation_takes_the_place_of_the_old_one_and_tells_only_whom_it_touches() -> None:
    edition_id = small_edition()
    first = draft(edition_id)
    publish_rotation(first, by=None, now=NOW)
    leaver = turns_of(first)[min(turns_of(first))]
    with transaction() as session:
        session.add_all(Availability(vendor_id=leaver, weekday=day) for day in range(7))

    counts = publish_rotation(draft(edition_id), by=None, now=NOW + timedelta(hours=1)).counts

    assert states() == [RotationState.SUPERSEDED, RotationState.PUBLISHED]
    assert counts.removed == 1
    assert counts.moved + counts.unchanged == 5
    assert planned([ReminderKind.CANCELLED]) == 1
    assert planned([ReminderKind.CHANGED]) == counts.moved


def test_a_draft_that_was_overtaken_cannot_be_published() -> None:
    edition_id = small_edition()
    first, second = draft(edition_id), draft(edition_id)
    discard_rotation(second, by=None, now=NOW)

    with pytest.raises(Refusal, match="draft_gone"):
        publish_rotation(second, by=None, now=NOW)

    publish_rotation(first, by=None, now=NOW)
    with pytest.raises(Refusal, match="draft_gone"):
        discard_rotation(first, by=None, now=NOW)


def new_slots(edition_id: int, _rotation_id: int) -> None:
    make_live_session(edition_id, starts_at=datetime(2026, 5, 20, 13, tzinfo=UTC))


def new_day_off(_edition_id: int, rotation_id: int) -> None:
    with transaction() as session:
        turn, slot = session.execute(
            select(Turn, Slot).join(Slot, Slot.id == Turn.slot_id).where(Turn.rotation_id == rotation_id).limit(1)
        ).one()
        session.add(Availability(vendor_id=turn.vendor_id, off_on=slot.starts_at.date()))


def gone_vendor(_edition_id: int, rotation_id: int) -> None:
    with transaction() as session:
        vendor_id = session.scalars(select(Turn.vendor_id).where(Turn.rotation_id == rotation_id).limit(1)).one()
        session.get_one(Vendor, vendor_id).withdrawn_at = NOW


def new_pin(_edition_id: int, rotation_id: int) -> None:
    with transaction() as session:
        turn = session.scalars(select(Turn).where(Turn.rotation_id == rotation_id).limit(1)).one()
        other_id = session.scalars(select(Vendor.id).where(Vendor.id != turn.vendor_id).limit(1)).one()
        session.get_one(Slot, turn.slot_id).pinned_vendor_id = other_id


def deleted_vendor(edition_id: int, rotation_id: int) -> None:
    delete_vendor(edition_id, next(iter(turns_of(rotation_id).values())), by=None, now=NOW)


def new_vendor(edition_id: int, _rotation_id: int) -> None:
    make_vendor(edition_id)


def called_off(edition_id: int, _rotation_id: int) -> None:
    with transaction() as session:
        session.scalars(select(LiveSession).where(LiveSession.edition_id == edition_id).limit(1)).one().withdrawn_at = NOW


def new_wish(_edition_id: int, rotation_id: int) -> None:
    with transaction() as session:
        vendor_id = session.scalars(select(Turn.vendor_id).where(Turn.rotation_id == rotation_id).limit(1)).one()
        session.add(Wish(vendor_id=vendor_id, weekdays=[0]))


def new_guarantee(edition_id: int, _rotation_id: int) -> None:
    with transaction() as session:
        session.scalars(select(Vendor).where(Vendor.edition_id == edition_id).limit(1)).one().min_turns = 2


def other_points(edition_id: int, _rotation_id: int) -> None:
    with transaction() as session:
        session.scalars(select(Slot).where(Slot.edition_id == edition_id).limit(1)).one().points += 5


def other_rules(edition_id: int, _rotation_id: int) -> None:
    with transaction() as session:
        session.get_one(Edition, edition_id).wanted_gap_days += 1


HAPPENINGS = [
    new_slots,
    new_day_off,
    gone_vendor,
    deleted_vendor,
    new_vendor,
    new_pin,
    called_off,
    new_wish,
    new_guarantee,
    other_points,
    other_rules,
]


@pytest.mark.parametrize("happening", HAPPENINGS)
def test_a_draft_that_no_longer_fits_the_edition_is_refused(happening: Callable[[int, int], None]) -> None:
    edition_id = small_edition()
    rotation_id = draft(edition_id)
    happening(edition_id, rotation_id)

    with pytest.raises(Refusal, match="draft_outdated"):
        publish_rotation(rotation_id, by=None, now=NOW)

    assert states() == [RotationState.DRAFT]
    assert planned() == 0


def test_a_draft_that_has_lost_a_pin_is_refused_and_one_that_already_obeys_a_new_pin_is_not() -> None:
    edition_id = small_edition()
    first = draft(edition_id)
    slot_id, vendor_id = min(turns_of(first).items())
    with transaction() as session:
        session.get_one(Slot, slot_id).pinned_vendor_id = vendor_id
    assert publish_rotation(first, by=None, now=NOW).number == 1
    second = draft(edition_id)
    with transaction() as session:
        session.get_one(Slot, slot_id).pinned_vendor_id = None

    with pytest.raises(Refusal, match="draft_outdated"):
        publish_rotation(second, by=None, now=NOW)


def test_a_repair_of_what_is_no_longer_in_force_is_refused() -> None:
    edition_id = small_edition()
    publish_rotation(draft(edition_id, seed=1), by=None, now=NOW)
    repair = draft(edition_id)
    other = next(
        candidate
        for candidate in (draft(edition_id, seed=seed, keep_published=False) for seed in range(2, 30))
        if turns_of(candidate) != turns_of(1)
    )
    publish_rotation(other, by=None, now=NOW)

    with pytest.raises(Refusal, match="draft_outdated"):
        publish_rotation(repair, by=None, now=NOW)


@pytest.mark.parametrize("keep_soon", [True, False])
def test_time_alone_spoils_no_draft(keep_soon: bool) -> None:
    edition_id = small_edition()
    publish_rotation(draft(edition_id), by=None, now=NOW)
    built_at = datetime(2026, 5, 5, 12, 0, tzinfo=UTC)
    repair = draft(edition_id, keep_soon=keep_soon, now=built_at)

    assert publish_rotation(repair, by=None, now=datetime(2026, 5, 5, 13, 5, tzinfo=UTC)).number == 2


def test_a_draft_that_would_rewrite_a_turn_already_begun_is_refused() -> None:
    edition_id = small_edition()
    publish_rotation(draft(edition_id, seed=1), by=None, now=NOW)
    other = next(
        candidate
        for candidate in (draft(edition_id, seed=seed, keep_published=False) for seed in range(2, 30))
        if turns_of(candidate)[1] != turns_of(1)[1]
    )

    with pytest.raises(Refusal, match="draft_outdated"):
        publish_rotation(other, by=None, now=datetime(2026, 5, 5, 13, 5, tzinfo=UTC))


def test_a_first_draft_cannot_be_published_once_one_of_its_turns_has_begun() -> None:
    edition_id = small_edition()
    rotation_id = draft(edition_id)
    with reading() as session:
        first = min(session.scalars(select(Slot.starts_at)))

    with pytest.raises(Refusal, match="draft_outdated"):
        publish_rotation(rotation_id, by=None, now=first)

    assert publish_rotation(draft(edition_id, now=first), by=None, now=first).counts.new


def test_a_first_draft_cannot_be_published_once_the_edition_is_over() -> None:
    rotation_id = draft(small_edition())

    with pytest.raises(Refusal, match="draft_outdated"):
        publish_rotation(rotation_id, by=None, now=NOW + timedelta(days=60))


def test_an_edition_that_lies_behind_can_be_built_and_published() -> None:
    edition_id = small_edition()
    long_after = datetime(2027, 1, 1, tzinfo=UTC)

    published = publish_rotation(draft(edition_id, now=long_after), by=None, now=long_after)

    assert published.counts.new == 6
    with reading() as session:
        assert session.scalar(select(func.max(Reminder.stale_at))) < long_after  # type: ignore[operator] # nothing of it will go out


def test_ten_people_publishing_at_once_publish_once(app: Flask) -> None:
    rotation_id = draft(small_edition())
    outcomes: list[object] = []

    def publish() -> None:
        with app.app_context():
            try:
                outcomes.append(publish_rotation(rotation_id, by=None, now=NOW).counts.new)
            except Refusal as refusal:
                outcomes.append(refusal.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=publish) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == [0] * 9 + [6]  # type: ignore[type-var]
    assert planned() == 36


def test_the_newest_draft_is_the_one_built_last() -> None:
    edition_id = small_edition()
    draft(edition_id)
    newest = draft(edition_id)

    assert newest_draft_id(edition_id) == newest

    discard_rotation(newest, by=None, now=NOW)
    assert newest_draft_id(edition_id) == newest - 1
    discard_rotation(newest - 1, by=None, now=NOW)
    with pytest.raises(Refusal, match="no_draft"):
        newest_draft_id(edition_id)


def test_discarding_twice_leaves_one_trace() -> None:
    rotation_id = draft(small_edition())

    for _ in range(2):
        discard_rotation(rotation_id, by=None, now=NOW)

    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Audit).where(Audit.action == "discard_rotation")) == 1


def test_a_rotation_nobody_knows_is_refused() -> None:
    for use_case in (publish_rotation, discard_rotation):
        with pytest.raises(Refusal, match="not_found"):
            use_case(999, by=None, now=NOW)
