"""The sample edition is what a newcomer sees: behind, on air and ahead, played by the rules of the product."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from bazaar.database import reading, transaction
from bazaar.demo.evening import add_evening
from bazaar.demo.load import FOLDER, demo_edition_id, demo_organizer_id, is_empty, load_demo, shifted_csv, whole_weeks_to
from bazaar.editions.owed import owed_rows
from bazaar.editions.weights import weights_page
from bazaar.outside import Outside
from bazaar.refusals import Refusal
from bazaar.states import DeliveryState, ReminderState, RotationState
from bazaar.turns import PublishedTurn, published_turns
from models import (
    AirReport,
    AudienceCount,
    Closing,
    Delivery,
    DeliveryEvent,
    Edition,
    Entry,
    LiveSession,
    Product,
    Reminder,
    Rotation,
    Sale,
    Slot,
    Vendor,
)
from tests.conftest import World
from tests.factories import make_edition

LOADED_AT = datetime(2026, 11, 25, 13, 25, tzinfo=UTC)  # a Wednesday, 20.25 WIB: in the middle of a sample evening


@pytest.fixture
def outside(app: Flask) -> Outside:
    found: Outside = app.extensions["giliran.outside"]
    return found


def count(table: type, *where: object) -> int:
    with reading() as session:
        return int(session.scalar(select(func.count()).select_from(table).where(*where)) or 0)  # type: ignore[arg-type]


def turns(edition_id: int) -> list[PublishedTurn]:
    with reading() as session:
        return published_turns(session, edition_id)


def test_a_loaded_edition_has_evenings_behind_one_on_air_and_most_ahead(outside: Outside, world: World) -> None:
    world.now = LOADED_AT

    loaded = load_demo(outside, as_dated=False, now=LOADED_AT)

    assert (count(Vendor), count(Product), count(LiveSession)) == (73, 205, 43)
    with reading() as session:
        edition = session.get_one(Edition, loaded.edition_id)
        on_air = session.get_one(LiveSession, loaded.live_session_id)
        overlapping = session.scalars(
            select(LiveSession).where(
                LiveSession.id != on_air.id,
                LiveSession.withdrawn_at.is_(None),
                LiveSession.starts_at < on_air.ends_at,
                LiveSession.ends_at > on_air.starts_at,
            )
        ).all()
        rotation = session.scalars(select(Rotation)).one()
    assert edition.slug == "ramadhan-1442"
    assert edition.is_demo
    assert on_air.starts_at == LOADED_AT - timedelta(minutes=20)
    assert list(overlapping) == []
    assert rotation.state is RotationState.PUBLISHED
    assert rotation.score["hard"] == 0
    assert rotation.score["spread"] <= 1
    taken = turns(loaded.edition_id)
    assert {turn.vendor_id for turn in taken} == set(range(1, 74))
    behind = [turn for turn in taken if turn.ends_at < LOADED_AT]
    assert 30 <= len(behind) < len(taken) / 2
    assert len([turn for turn in taken if turn.live_session_id == loaded.live_session_id]) == 6
    assert count(Closing) >= len(behind) - 2  # the last one may still be within its grace, or wait for the scheduler
    assert count(Sale) > 60
    assert [(row.owed_count, row.given) for row in owed_rows(loaded.edition_id, now=LOADED_AT)] == [(1, ())]
    assert (count(AirReport), count(AudienceCount) > 4) == (2, True)
    assert weights_page(loaded.edition_id, now=LOADED_AT).suggestion is not None
    assert count(Entry, Entry.received_at > LOADED_AT) == 0
    assert count(DeliveryEvent, DeliveryEvent.at > LOADED_AT) == 0
    assert world.email.sent == []
    assert world.console.sent == []
    settled = (DeliveryState.ACCEPTED, DeliveryState.EXPIRED, DeliveryState.WAITING_FOR_HAND)
    assert count(Delivery, Delivery.state.in_(settled)) > 100

    with pytest.raises(Refusal, match="demo_exists"):
        load_demo(outside, as_dated=False, now=LOADED_AT)

    again = add_evening(demo_edition_id(), outside.planner, by=demo_organizer_id(), now=LOADED_AT + timedelta(minutes=5))
    with reading() as session:
        assert session.get_one(LiveSession, again).starts_at == LOADED_AT - timedelta(minutes=15)
        assert session.get_one(LiveSession, loaded.live_session_id).withdrawn_at is not None
    assert len([turn for turn in turns(loaded.edition_id) if turn.live_session_id == again]) == 6


def test_as_dated_it_keeps_2021_and_everything_about_it_is_over(outside: Outside, world: World) -> None:
    world.now = LOADED_AT

    loaded = load_demo(outside, as_dated=True, now=LOADED_AT)

    assert loaded.live_session_id is None
    assert count(LiveSession) == 42
    assert count(Slot) == 252
    with reading() as session:
        first, last = session.execute(select(func.min(Slot.starts_at), func.max(Slot.ends_at))).one()
    assert (first, last) == (datetime(2021, 4, 13, 13, tzinfo=UTC), datetime(2021, 5, 12, 14, 30, tzinfo=UTC))
    assert len(turns(loaded.edition_id)) == 252
    assert count(Reminder, Reminder.state == ReminderState.PLANNED) == 756
    assert count(Delivery, Delivery.state != DeliveryState.EXPIRED) == 0


@pytest.mark.parametrize("offset", range(7))
def test_dates_move_by_whole_weeks_so_that_five_to_eleven_days_lie_behind(offset: int) -> None:
    today = LOADED_AT.date() + timedelta(days=offset)

    shift = whole_weeks_to(today)

    assert shift.days % 7 == 0
    assert 5 <= (today - (datetime(2021, 4, 13, tzinfo=UTC).date() + shift)).days <= 11


def test_days_off_move_along_and_names_of_days_stay() -> None:
    moved, plain = shifted_csv("vendors", timedelta(weeks=2)).decode(), (FOLDER / "vendors.csv").read_text(encoding="utf-8")

    assert re.findall(r"Senin|Jumat", moved) == re.findall(r"Senin|Jumat", plain)
    assert "2021-05-12" in plain
    assert "2021-05-26" in moved


def test_sample_data_is_not_loaded_beside_somebody_elses_edition(outside: Outside) -> None:
    assert is_empty()
    make_edition()
    assert not is_empty()

    with pytest.raises(Refusal, match="demo_beside_others"):
        load_demo(outside, as_dated=True, now=LOADED_AT)


def test_without_the_sample_edition_there_is_no_evening_to_add(app: Flask) -> None:
    with pytest.raises(Refusal, match="demo_missing"):
        demo_edition_id()
    with pytest.raises(Refusal, match="demo_missing"):
        demo_organizer_id()


def test_an_evening_beyond_the_editions_dates_widens_them(outside: Outside) -> None:
    loaded = load_demo(outside, as_dated=True, now=LOADED_AT)

    live_session_id = add_evening(loaded.edition_id, outside.planner, by=None, now=LOADED_AT)

    with transaction() as session:
        assert session.get_one(Edition, loaded.edition_id).ends_on == LOADED_AT.date()
    assert len([turn for turn in turns(loaded.edition_id) if turn.live_session_id == live_session_id]) == 6
