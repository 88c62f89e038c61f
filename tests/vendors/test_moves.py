"""A move is said on the page until the vendor answers about the new time."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from bazaar.database import reading, transaction
from bazaar.reminders.plan import replace_plan
from bazaar.states import AnswerKind
from bazaar.turns import published_turns
from bazaar.vendors.answers import answer_turn
from bazaar.vendors.moves import NEWS_LASTS, moved_from
from models import Turn
from tests import factories
from tests.conftest import START
from tests.vendors.evening import TONIGHT, Evening, make_evening

TOMORROW = TONIGHT + timedelta(days=1)


@pytest.fixture
def evening(app: Flask) -> Evening:
    return make_evening()


def move_tonight(evening: Evening) -> int:
    """Tonight's turn goes to tomorrow, with the notices that publishing would plan; returns the new slot."""
    new_slot = factories.slot_ids(factories.make_live_session(evening.edition_id, starts_at=TOMORROW, slot_count=1))[0]
    with transaction() as session:
        previous = published_turns(session, evening.edition_id)
        session.execute(update(Turn).where(Turn.slot_id == evening.slot_id).values(slot_id=new_slot))
        replace_plan(session, evening.edition_id, previous=previous, now=START)
    return new_slot


def moved(evening: Evening, slot_id: int, starts_at: datetime, now: datetime = START) -> tuple[datetime, ...]:
    with reading() as session:
        return moved_from(session, evening.vendor_id, slot_id, starts_at, now=now)


def test_a_moved_turn_names_the_time_before(evening: Evening) -> None:
    new_slot = move_tonight(evening)

    assert moved(evening, new_slot, TOMORROW) == (TONIGHT,)


def test_a_turn_that_stayed_is_not_called_moved(evening: Evening) -> None:
    move_tonight(evening)

    assert moved(evening, evening.next_slot, TONIGHT + timedelta(days=8)) == ()


def test_an_answer_about_the_new_time_ends_the_news(evening: Evening) -> None:
    new_slot = move_tonight(evening)
    answer_turn(evening.edition_id, new_slot, evening.vendor_id, AnswerKind.READY, now=START + timedelta(minutes=1))

    assert moved(evening, new_slot, TOMORROW) == ()


def test_the_news_grows_old(evening: Evening) -> None:
    new_slot = move_tonight(evening)

    assert moved(evening, new_slot, TOMORROW, now=START + NEWS_LASTS) == ()
