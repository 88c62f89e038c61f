"""The register: who is written down, changed once, withdrawn with consequences, deleted only without a trace."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from bazaar.database import reading, transaction
from bazaar.refusals import Refusal
from bazaar.reminders.plan import replace_plan
from bazaar.states import AnswerKind, ReminderKind, ReminderState, RotationState
from bazaar.turns import published_turns
from bazaar.vendors.answers import answer_turn
from bazaar.vendors.availability import DaysOff
from bazaar.vendors.registry import (
    VendorData,
    WishData,
    add_vendor,
    archive_vendor,
    change_vendor,
    delete_vendor,
    read_vendor_data,
    return_vendor,
    vendor_of,
    withdraw_vendor,
)
from models import Audit, Reminder, Slot, Vendor
from tests import factories

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
TAPE = VendorData("Dapur Tape Kenanga", "Bu Siti Aminah", "Camilan khas", "+6281200001024")
WHOLE = VendorData(
    business_name="Madu Rimba Waluh",
    owner_name="Pak Slamet",
    category="Agribisnis",
    phone="+6281200001025",
    district="Kencong",
    is_phone_public=True,
    email="slamet@example.org",
    featured_product="Madu randu",
    languages=("Indonesia", "Madura"),
    instagram="@madu",
    shopee="madu",
    tokopedia="madu",
    note="Sinyal lemah di kebun.",
    available_from_minute=15 * 60,
    available_until_minute=21 * 60,
    min_turns=2,
    max_turns=4,
    is_opted_out=True,
    days_off=DaysOff((0, 4), (date(2026, 5, 20),)),
    wish=WishData(18 * 60, None, (5, 6)),
)


def stored(edition_id: int, vendor_id: int) -> VendorData:
    with reading() as session:
        return read_vendor_data(session, vendor_of(session, edition_id, vendor_id))


def vendor_row(vendor_id: int) -> Vendor:
    with reading() as session:
        return session.get_one(Vendor, vendor_id)


def audits(action: str) -> list[Any]:
    with reading() as session:
        return [(row.subject_id, row.before, row.after) for row in session.scalars(select(Audit).where(Audit.action == action))]


def reminder_states(vendor_id: int, kind: ReminderKind) -> list[ReminderState]:
    with reading() as session:
        return sorted(session.scalars(select(Reminder.state).where(Reminder.vendor_id == vendor_id, Reminder.kind == kind)))


def make_published() -> tuple[int, int, int]:
    """An edition with one vendor in a published turn two days ahead, its reminders planned: (edition, vendor, slot)."""
    edition_id = factories.make_edition()
    vendor_id = factories.make_vendor(edition_id, email="siti@example.org")
    live_session_id = factories.make_live_session(edition_id, starts_at=NOW + timedelta(days=2))
    slot_id = factories.slot_ids(live_session_id)[0]
    factories.make_rotation(edition_id, [(slot_id, vendor_id)])
    with transaction() as session:
        replace_plan(session, edition_id, previous=[], now=NOW)
    return edition_id, vendor_id, slot_id


@pytest.mark.parametrize("data", [TAPE, WHOLE], ids=["little", "everything"])
def test_a_vendor_is_written_down_as_told(app: Flask, data: VendorData) -> None:
    edition_id = factories.make_edition()

    vendor_id = add_vendor(edition_id, data, by=None, now=NOW)

    assert stored(edition_id, vendor_id) == data
    assert [row[0] for row in audits("add_vendor")] == [vendor_id]


def test_a_change_replaces_everything_and_leaves_a_trace_of_what_differs(app: Flask) -> None:
    edition_id = factories.make_edition()
    vendor_id = add_vendor(edition_id, WHOLE, by=None, now=NOW)
    anew = replace(WHOLE, note="", days_off=DaysOff((), (date(2026, 5, 21),)), wish=WishData())

    change_vendor(edition_id, vendor_id, anew, revision=0, by=None, now=NOW)

    assert stored(edition_id, vendor_id) == anew
    [(_, before, after)] = audits("change_vendor")
    assert (sorted(after), before["note"], after["days_off"]) == (["days_off", "note", "wish"], "Sinyal lemah di kebun.", "2026-05-21")


def test_the_second_of_two_organizers_does_not_overwrite_the_first(app: Flask) -> None:
    edition_id = factories.make_edition()
    vendor_id = add_vendor(edition_id, TAPE, by=None, now=NOW)
    change_vendor(edition_id, vendor_id, replace(TAPE, note="pertama"), revision=0, by=None, now=NOW)

    with pytest.raises(Refusal, match="changed_meanwhile"):
        change_vendor(edition_id, vendor_id, replace(TAPE, note="kedua"), revision=0, by=None, now=NOW)

    assert stored(edition_id, vendor_id).note == "pertama"


@pytest.mark.parametrize("name", ["Dapur Tape Kenanga", "dapur tape KENANGA"])
def test_a_name_belongs_to_one_vendor_of_the_edition(app: Flask, name: str) -> None:
    edition_id = factories.make_edition()
    add_vendor(edition_id, TAPE, by=None, now=NOW)

    with pytest.raises(Refusal, match="business_name_taken"):
        add_vendor(edition_id, replace(TAPE, business_name=name), by=None, now=NOW)

    assert add_vendor(factories.make_edition(), TAPE, by=None, now=NOW)


def test_a_vendor_may_change_the_capitals_of_its_own_name(app: Flask) -> None:
    edition_id = factories.make_edition()
    vendor_id = add_vendor(edition_id, TAPE, by=None, now=NOW)

    change_vendor(edition_id, vendor_id, replace(TAPE, business_name="DAPUR TAPE"), revision=0, by=None, now=NOW)

    assert stored(edition_id, vendor_id).business_name == "DAPUR TAPE"


def test_consent_to_show_the_phone_is_dated_when_given_and_goes_with_it(app: Flask) -> None:
    edition_id = factories.make_edition()
    vendor_id = add_vendor(edition_id, TAPE, by=None, now=NOW)
    later = NOW + timedelta(days=1)

    change_vendor(edition_id, vendor_id, replace(TAPE, is_phone_public=True), revision=0, by=None, now=NOW)
    change_vendor(edition_id, vendor_id, replace(TAPE, is_phone_public=True, note="x"), revision=1, by=None, now=later)
    given = vendor_row(vendor_id).phone_consent_at
    change_vendor(edition_id, vendor_id, TAPE, revision=2, by=None, now=later)

    assert (given, vendor_row(vendor_id).phone_consent_at) == (NOW, None)


def test_a_vendor_of_another_edition_does_not_exist(app: Flask) -> None:
    vendor_id = factories.make_vendor(factories.make_edition())
    other_id = factories.make_edition()

    for attempt in (
        lambda: change_vendor(other_id, vendor_id, TAPE, revision=0, by=None, now=NOW),
        lambda: withdraw_vendor(other_id, vendor_id, by=None, now=NOW),
        lambda: return_vendor(other_id, vendor_id, by=None, now=NOW),
        lambda: archive_vendor(other_id, vendor_id, by=None, now=NOW),
        lambda: delete_vendor(other_id, vendor_id, by=None, now=NOW),
    ):
        with pytest.raises(Refusal, match="not_found"):
            attempt()


def test_withdrawing_takes_the_turns_ahead_away_and_tells_the_vendor(app: Flask) -> None:
    edition_id, vendor_id, _slot_id = make_published()

    counts = withdraw_vendor(edition_id, vendor_id, reason="pindah kota", by=None, now=NOW)

    with reading() as session:
        assert published_turns(session, edition_id) == []
    assert counts.removed == 1
    assert set(reminder_states(vendor_id, ReminderKind.BEFORE)) == {ReminderState.CANCELLED}
    assert reminder_states(vendor_id, ReminderKind.CANCELLED) == [ReminderState.PLANNED]


def test_withdrawing_twice_is_withdrawing_once(app: Flask) -> None:
    edition_id, vendor_id, _slot_id = make_published()
    withdraw_vendor(edition_id, vendor_id, by=None, now=NOW)

    counts = withdraw_vendor(edition_id, vendor_id, by=None, now=NOW + timedelta(hours=1))

    assert (counts.removed, vendor_row(vendor_id).withdrawn_at, len(audits("withdraw_vendor"))) == (0, NOW, 1)


def test_a_vendor_that_returns_has_its_published_turns_back(app: Flask) -> None:
    edition_id, vendor_id, slot_id = make_published()
    archive_vendor(edition_id, vendor_id, by=None, now=NOW)

    return_vendor(edition_id, vendor_id, by=None, now=NOW + timedelta(hours=1))

    with reading() as session:
        assert [turn.slot_id for turn in published_turns(session, edition_id)] == [slot_id]
    assert (vendor_row(vendor_id).withdrawn_at, vendor_row(vendor_id).archived_at) == (None, None)
    assert ReminderState.PLANNED in reminder_states(vendor_id, ReminderKind.BEFORE)


def test_archiving_withdraws_too(app: Flask) -> None:
    edition_id, vendor_id, _slot_id = make_published()

    archive_vendor(edition_id, vendor_id, by=None, now=NOW)

    with reading() as session:
        assert published_turns(session, edition_id) == []
    assert (vendor_row(vendor_id).withdrawn_at, vendor_row(vendor_id).archived_at) == (NOW, NOW)


@pytest.mark.parametrize("state", [RotationState.DRAFT, RotationState.DISCARDED])
def test_a_vendor_only_ever_drafted_can_be_deleted_with_all_that_hangs_on_it(app: Flask, state: RotationState) -> None:
    edition_id = factories.make_edition()
    vendor_id = add_vendor(edition_id, WHOLE, by=None, now=NOW)
    factories.make_product(edition_id, vendor_id)
    factories.make_link(edition_id, vendor_id=vendor_id)
    slot_id = factories.slot_ids(factories.make_live_session(edition_id))[0]
    with transaction() as session:
        session.get_one(Slot, slot_id).pinned_vendor_id = vendor_id
    factories.make_rotation(edition_id, [(slot_id, vendor_id)], state=state)

    delete_vendor(edition_id, vendor_id, by=None, now=NOW)

    with reading() as session:
        assert session.get(Vendor, vendor_id) is None
        assert session.get_one(Slot, slot_id).pinned_vendor_id is None
    assert [row[0] for row in audits("delete_vendor")] == [vendor_id]


@pytest.mark.parametrize("state", [RotationState.PUBLISHED, RotationState.SUPERSEDED])
def test_a_vendor_that_was_published_cannot_be_deleted(app: Flask, state: RotationState) -> None:
    edition_id = factories.make_edition()
    vendor_id = factories.make_vendor(edition_id)
    factories.make_rotation(edition_id, [(factories.slot_ids(factories.make_live_session(edition_id))[0], vendor_id)], state=state)

    with pytest.raises(Refusal, match="vendor_was_published"):
        delete_vendor(edition_id, vendor_id, by=None, now=NOW)

    assert vendor_row(vendor_id).id == vendor_id


def test_an_answer_noted_for_a_vendor_keeps_it_too(app: Flask) -> None:
    edition_id, vendor_id, slot_id = make_published()
    answer_turn(edition_id, slot_id, vendor_id, AnswerKind.READY, now=NOW)

    with pytest.raises(Refusal, match="vendor_was_published"):
        delete_vendor(edition_id, vendor_id, by=None, now=NOW)
