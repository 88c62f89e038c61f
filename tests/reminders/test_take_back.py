"""A wrong tick is taken back while it still matters."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from bazaar.database import reading
from bazaar.refusals import Refusal
from bazaar.reminders.dispatch import dispatch_due
from bazaar.reminders.hand import hand_list, open_hand_count, tick_off
from bazaar.reminders.plan import plan_missing
from bazaar.reminders.take_back import take_back_tick, ticked_lately
from bazaar.states import DeliveryState
from models import Delivery, DeliveryEvent
from tests import factories
from tests.conftest import World
from tests.sales.evening import Evening, make_evening, minutes


@pytest.fixture
def evening(app: Flask, world: World) -> Evening:
    """An evening whose first reminders wait for a person: a day ahead."""
    evening = make_evening()
    plan_missing(now=minutes(-3000))
    world.now = minutes(-1440)
    dispatch_due(app.extensions["giliran.outside"], now=world.now)
    return evening


def tick_first(app: Flask, evening: Evening, by: int | None = None) -> int:
    line = hand_list(evening.edition_id, app.extensions["giliran.outside"].links, now=minutes(-1440))[0]
    tick_off(evening.edition_id, line.delivery_id, by=by, now=minutes(-1440))
    return line.delivery_id


def test_a_message_ticked_by_mistake_returns_to_the_list(app: Flask, evening: Evening) -> None:
    by = factories.make_account(bazaar_id=evening.bazaar_id, name="Rani")
    before = open_hand_count(evening.edition_id, now=minutes(-1440))
    delivery_id = tick_first(app, evening, by)
    listed = [(line.delivery_id, line.by) for line in ticked_lately(evening.edition_id, now=minutes(-1435))]

    answers = [take_back_tick(evening.edition_id, delivery_id, by=by, now=minutes(-1435)) for _ in range(2)]

    assert listed == [(delivery_id, "Rani")]
    assert answers == [True, False]
    assert open_hand_count(evening.edition_id, now=minutes(-1435)) == before
    assert ticked_lately(evening.edition_id, now=minutes(-1435)) == []
    with reading() as session:
        delivery = session.get_one(Delivery, delivery_id)
        last = session.scalars(
            select(DeliveryEvent.note).where(DeliveryEvent.delivery_id == delivery_id).order_by(DeliveryEvent.id.desc())
        ).first()
    assert (delivery.state, delivery.finished_at, delivery.text) == (DeliveryState.WAITING_FOR_HAND, None, None)
    assert last == "centangnya dibatalkan: belum terkirim"


def test_after_an_hour_a_tick_stays(app: Flask, evening: Evening) -> None:
    delivery_id = tick_first(app, evening)

    assert ticked_lately(evening.edition_id, now=minutes(-1440) + timedelta(minutes=61)) == []
    with pytest.raises(Refusal, match="message_is_over"):
        take_back_tick(evening.edition_id, delivery_id, by=None, now=minutes(-1440) + timedelta(minutes=61))


def test_a_message_of_another_edition_is_not_found(app: Flask, evening: Evening) -> None:
    delivery_id = tick_first(app, evening)

    with pytest.raises(Refusal, match="not_found"):
        take_back_tick(factories.make_edition(), delivery_id, by=None, now=minutes(-1439))
