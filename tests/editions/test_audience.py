"""Viewers: noted by people, and turned into weights that one loud evening cannot bend."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from bazaar.database import reading, transaction
from bazaar.editions.audience import HourCount, Observation, audience_of, note_viewers, suggest, suggestion_of
from bazaar.editions.points import HourBand
from bazaar.refusals import Refusal
from models import Audit, Edition, PastTurn
from tests import factories
from tests.conftest import START

FLAT = (HourBand(0, (100,) * 7), HourBand(18 * 60, (100,) * 7))
TUESDAY = 1


def seen(viewer_count: int, *, times: int = 1, edition: str = "I", weekday: int = TUESDAY, hour: int = 20) -> list[Observation]:
    return [Observation(edition, weekday, hour * 60, viewer_count)] * times


def test_nothing_is_suggested_from_fewer_than_twelve_observations() -> None:
    assert suggest(seen(30, times=11), FLAT) is None
    assert suggest(seen(0, times=50), FLAT) is None
    assert suggest(seen(30, times=12), FLAT) is not None


def test_hours_are_weighed_against_the_mean_in_steps_of_five() -> None:
    suggestion = suggest([*seen(50, times=60, hour=9), *seen(150, times=60, hour=20)], FLAT)

    assert suggestion is not None
    # 60 observations at half the mean: (60 x 0.5 + 4) / 64 = 0.53 for the band, and for the cell (60 x 0.5 + 4 x 0.53) / 64 = 0.50
    assert suggestion.bands[0].weights[TUESDAY] == 50
    assert suggestion.bands[1].weights[TUESDAY] == 150
    assert suggestion.bands[0].weights[0] == 55  # no Monday was observed: what is usual at that hour
    assert (suggestion.counts[0], suggestion.observation_count) == ((0, 60, 0, 0, 0, 0, 0), 120)


def test_one_loud_evening_is_no_habit() -> None:
    quiet = [*seen(100, times=20), *seen(100, times=20, weekday=3)]

    suggestion = suggest([*quiet, *seen(400, weekday=6)], FLAT)

    assert suggestion is not None
    assert suggestion.bands[1].weights[6] < 160  # it was four times as loud


def test_a_bazaar_that_grows_does_not_make_last_years_hours_look_dull() -> None:
    small, large = seen(10, times=20, edition="I", hour=9), seen(1000, times=20, edition="II", hour=20)

    suggestion = suggest([*small, *large], FLAT)

    assert suggestion is not None
    assert {weight for band in suggestion.bands for weight in band.weights} == {100}
    assert suggestion.edition_count == 2


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 23), st.integers(0, 10**6)), min_size=12, max_size=60),
    st.integers(1, 1000),
)
def test_suggested_weights_are_allowed_and_depend_on_no_unit(rows: list[tuple[int, int, int]], factor: int) -> None:
    observations = [Observation("I", weekday, hour * 60, count) for weekday, hour, count in rows]
    scaled = [Observation("I", weekday, hour * 60, count * factor) for weekday, hour, count in rows]

    suggestion, same = suggest(observations, FLAT), suggest(scaled, FLAT)

    assert suggestion == same
    if suggestion is not None:
        weights = [weight for band in suggestion.bands for weight in band.weights]
        assert all(5 <= weight <= 1000 and weight % 5 == 0 for weight in weights)


def test_viewers_are_noted_for_an_hour_or_the_whole_and_the_newest_note_counts(app: Flask) -> None:
    edition_id = factories.make_edition()
    live_session_id = factories.make_live_session(edition_id, starts_at=datetime(2026, 5, 5, 13, 30, tzinfo=UTC))
    nine = datetime(2026, 5, 5, 14, 0, tzinfo=UTC)
    later = nine + timedelta(hours=1)

    for count, hour in ((80, None), (120, nine), (110, nine)):
        note_viewers(live_session_id, count, hour_starts_at=hour, by=None, now=later)

    assert audience_of(live_session_id) == (
        HourCount(None, 80),
        HourCount(datetime(2026, 5, 5, 13, 30, tzinfo=UTC), None),
        HourCount(nine, 110),
    )
    with reading() as session:
        assert session.query(Audit).filter_by(action="note_viewers").count() == 3


def test_viewers_of_what_is_not_there_are_refused(app: Flask) -> None:
    edition_id = factories.make_edition()
    live_session_id = factories.make_live_session(edition_id, starts_at=START)

    def refusal(*, id_: int = live_session_id, count: int = 5, hour: datetime | None = None, now: datetime = START) -> str:
        with pytest.raises(Refusal) as refused:
            note_viewers(id_, count, hour_starts_at=hour, by=None, now=now)
        return refused.value.code

    assert refusal(id_=999) == "not_found"
    assert refusal(now=START - timedelta(minutes=1)) == "not_begun"
    assert refusal(count=-1) == "viewers_out_of_range"
    assert refusal(hour=START + timedelta(minutes=5)) == "hour_unknown"
    assert refusal(hour=audience_of(live_session_id)[-1].starts_at, now=START) == "hour_not_begun"


def test_imported_history_and_this_bazaars_live_sessions_are_measured_and_nobody_elses(app: Flask) -> None:
    edition_id = factories.make_edition()
    vendor_id = factories.make_vendor(edition_id)
    with reading() as session:
        bazaar_id = session.get_one(Edition, edition_id).bazaar_id
    earlier = factories.make_edition(bazaar_id=bazaar_id, starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 29))
    foreign = factories.make_edition()
    for of, count in ((earlier, 200), (foreign, 9000)):
        live_session_id = factories.make_live_session(of, starts_at=datetime(2026, 3, 3, 13, 0, tzinfo=UTC))
        note_viewers(live_session_id, count, by=None, now=START)
    with transaction() as session:
        at = datetime(2026, 2, 2, 13, 0, tzinfo=UTC)
        for place in range(11):
            started_at = at + timedelta(minutes=15 * place)
            session.add(PastTurn(vendor_id=vendor_id, edition_name="I", started_at=started_at, minutes_aired=15, viewer_count=40))
        broken = {"edition_name": "I", "started_at": at + timedelta(days=1), "minutes_aired": 1, "viewer_count": 900}
        session.add(PastTurn(vendor_id=vendor_id, **broken))

    with reading() as session:
        suggestion = suggestion_of(session, session.get_one(Edition, edition_id), FLAT)

    assert suggestion is not None
    assert (suggestion.observation_count, suggestion.edition_count) == (13, 2)  # 20.00 and 21.00 of one evening, 11 turns
    assert {weight for band in suggestion.bands for weight in band.weights} == {100}
