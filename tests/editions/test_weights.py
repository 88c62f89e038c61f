"""What turns are worth: set by an organizer, counted anew everywhere, fixed once turns have begun."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask

from bazaar.database import reading
from bazaar.editions.live_sessions import add_live_session
from bazaar.editions.points import HourBand
from bazaar.editions.weights import Weights, change_weights, example_points, weights_page
from bazaar.refusals import Refusal
from bazaar.states import RotationState
from models import Audit, Slot, Turn
from tests import factories
from tests.conftest import START
from tests.editions.evenings import evening

WEEK = (100,) * 7
TWO_HOURS = Weights((HourBand(0, WEEK), HourBand(20 * 60, (200,) * 7), HourBand(21 * 60, (300,) * 7)), (50, 20))


def refusal_of(edition_id: int, weights: Weights, **changes: object) -> str:
    with pytest.raises(Refusal) as refused:
        change_weights(edition_id, weights, **{"revision": 0, "by": None, "now": START, **changes})
    return refused.value.code


def test_new_weights_count_slots_drafts_and_published_turns_anew(app: Flask) -> None:
    edition_id = factories.make_edition()
    live_session_id = add_live_session(edition_id, evening(date(2026, 5, 5)), by=None, now=START)
    first, *_, last = factories.slot_ids(live_session_id)
    vendor_id = factories.make_vendor(edition_id)
    factories.make_rotation(edition_id, [(first, vendor_id)])
    factories.make_rotation(edition_id, [(last, vendor_id)], state=RotationState.DRAFT)

    change_weights(edition_id, TWO_HOURS, revision=0, by=None, now=START)

    page = weights_page(edition_id, now=START)
    with reading() as session:
        slots = list(session.scalars(session.query(Slot.points).order_by(Slot.starts_at).statement))
        turns = list(session.scalars(session.query(Turn.points).order_by(Turn.id).statement))
        [trace] = session.query(Audit).filter_by(action="change_weights")
    assert (page.weights, page.revision, page.example_points) == (TWO_HOURS, 1, 30)
    assert (slots, turns) == ([30, 30, 30, 30, 45, 45], [30, 45])
    assert trace.after["decay_pct"] == [50, 20]


def test_weights_are_fixed_once_a_turn_has_begun(app: Flask) -> None:
    edition_id = factories.make_edition()
    live_session_id = factories.make_live_session(edition_id, starts_at=START)
    factories.make_rotation(edition_id, [(factories.slot_ids(live_session_id)[0], factories.make_vendor(edition_id))])

    assert refusal_of(edition_id, TWO_HOURS, now=START) == "weights_in_use"
    assert weights_page(edition_id, now=START).is_fixed
    assert not weights_page(edition_id, now=START - timedelta(minutes=1)).is_fixed


def test_the_second_of_two_organizers_does_not_overwrite_the_first(app: Flask) -> None:
    edition_id = factories.make_edition()
    change_weights(edition_id, TWO_HOURS, revision=0, by=None, now=START)

    code = refusal_of(edition_id, replace(TWO_HOURS, decay_pct=(10, 0)))

    assert (code, weights_page(edition_id, now=START).weights) == ("changed_meanwhile", TWO_HOURS)


@pytest.mark.parametrize(
    ("weights", "code"),
    [
        (Weights(()), "bands_wrong"),
        (Weights((HourBand(60, WEEK),)), "bands_wrong"),
        (Weights((HourBand(0, WEEK), HourBand(0, WEEK))), "bands_wrong"),
        (Weights(tuple(HourBand(60 * hour, WEEK) for hour in range(9))), "bands_wrong"),
        (Weights((HourBand(0, (0, *WEEK[1:])),)), "weight_out_of_range"),
        (Weights((HourBand(0, (1001, *WEEK[1:])),)), "weight_out_of_range"),
        (Weights((HourBand(0, WEEK[1:]),)), "weight_out_of_range"),
        (Weights((HourBand(0, WEEK),), (30, 60)), "decay_out_of_range"),
        (Weights((HourBand(0, WEEK),), (101, 0)), "decay_out_of_range"),
    ],
)
def test_impossible_weights_are_refused(weights: Weights, code: str) -> None:
    assert refusal_of(1, weights) == code


def test_the_example_is_a_quarter_of_an_hour_on_tuesday_evening() -> None:
    bands = (HourBand(0, WEEK), HourBand(20 * 60, (100, 153, 100, 100, 100, 100, 100)))

    assert example_points(bands) == 23  # 22.95
