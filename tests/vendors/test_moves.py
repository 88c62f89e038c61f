"""A move is said on the page until the vendor answers about the new time."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, update

from bazaar.database import transaction
from bazaar.reminders.plan import replace_plan
from bazaar.states import AnswerKind
from bazaar.turns import published_turns
from bazaar.vendors.answers import answer_turn
from bazaar.vendors.moves import MISSED_LASTS, NEWS_LASTS, Move
from bazaar.vendors.turn_page import TurnPage, turn_page
from models import Turn
from tests import factories
from tests.conftest import START
from tests.vendors.evening import TONIGHT, Evening, make_evening

TOMORROW = TONIGHT + timedelta(days=1)


@pytest.fixture
def evening(app: Flask) -> Evening:
    return make_evening()


def move(evening: Evening, *pairs: tuple[int, datetime | None]) -> list[int]:
    """Each slot's turn goes to another time, or away, with the notice that publishing would plan; returns the new slots."""
    slots = []
    with transaction() as session:
        previous = published_turns(session, evening.edition_id)
    for slot_id, to in pairs:
        new = factories.slot_ids(factories.make_live_session(evening.edition_id, starts_at=to, slot_count=1))[0] if to else None
        slots.append(new or 0)
        with transaction() as session:
            session.execute(
                update(Turn).where(Turn.slot_id == slot_id).values(slot_id=new) if new else delete(Turn).where(Turn.slot_id == slot_id)
            )
    with transaction() as session:
        replace_plan(session, evening.edition_id, previous=previous, now=START)
    return slots


def page_of(evening: Evening, now: datetime = START) -> TurnPage:
    return turn_page(evening.vendor_id, evening.link_id, now=now)


def above(evening: Evening, now: datetime = START) -> Move | None:
    turn = page_of(evening, now).turn
    return turn.move if turn else None


def test_a_moved_turn_names_the_time_before(evening: Evening) -> None:
    move(evening, (evening.slot_id, TOMORROW))

    assert above(evening) == Move(TONIGHT, TOMORROW, is_this_week=True)


def test_of_several_moves_only_the_next_turns_is_said_above_and_each_other_beside_its_turn(evening: Evening) -> None:
    next_week = TONIGHT + timedelta(days=8)
    move(evening, (evening.slot_id, TOMORROW), (evening.next_slot, next_week + timedelta(days=1)))

    page = page_of(evening)

    assert page.turn is not None
    assert page.turn.move == Move(TONIGHT, TOMORROW, is_this_week=True)
    assert [row.was_at for row in page.rows if row.starts_at > TONIGHT] == [None, next_week]


def test_a_turn_lost_tonight_is_said_above_a_next_turn_that_stayed(evening: Evening) -> None:
    later = TONIGHT + timedelta(days=30)
    move(evening, (evening.slot_id, later))

    assert above(evening) == Move(TONIGHT, later, is_this_week=False)
    assert above(evening, now=TONIGHT + MISSED_LASTS) is None


def test_a_turn_that_went_without_another_is_said_once(evening: Evening) -> None:
    move(evening, (evening.next_slot, None))

    page = page_of(evening)

    assert page.turn is not None
    assert page.turn.move is None
    assert [lost.was_at for lost in page.lost] == [TONIGHT + timedelta(days=8)]


def test_an_answer_about_the_new_time_ends_the_news(evening: Evening) -> None:
    [new_slot] = move(evening, (evening.slot_id, TOMORROW))
    answer_turn(evening.edition_id, new_slot, evening.vendor_id, AnswerKind.READY, now=START + timedelta(minutes=1))

    assert above(evening) is None


def test_the_news_grows_old(evening: Evening) -> None:
    move(evening, (evening.slot_id, TONIGHT + timedelta(days=6)))

    assert above(evening, now=START + NEWS_LASTS) is None
