"""Words and addresses go when nobody needs them; that a message went, stays."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bazaar.database import reading, transaction
from bazaar.reminders.retention import DIGESTS_KEPT_FOR, EVENTS_KEPT_FOR, TEXT_KEPT_FOR, purge_messages
from bazaar.states import ChannelName, DeliveryState, ProviderWord
from models import Delivery, DeliveryEvent, Digest, Edition, ProviderEvent
from tests.conftest import START, World
from tests.factories import make_account
from tests.reminders.stage import TURN_AT, delivery_ids, row_count, send, set_stage

pytestmark = pytest.mark.usefixtures("app")

SENT_AT = TURN_AT - timedelta(hours=24)


def test_the_words_of_a_message_go_after_half_a_year_and_its_history_stays(world: World) -> None:
    stage = set_stage(now=START)
    world.now = SENT_AT
    send()
    [first, *_others] = delivery_ids(stage.edition_id)
    events = row_count(DeliveryEvent)

    early = purge_messages(now=SENT_AT + TEXT_KEPT_FOR)
    late = purge_messages(now=SENT_AT + TEXT_KEPT_FOR + timedelta(seconds=1))

    with reading() as session:
        delivery = session.get_one(Delivery, first)
    assert (early, late) == (0, 1)
    assert (delivery.text, delivery.address_hash, delivery.state) == (None, None, DeliveryState.ACCEPTED)
    assert row_count(DeliveryEvent) == events


def test_what_services_said_and_morning_letters_are_deleted_in_their_time(world: World) -> None:
    stage = set_stage(now=START)
    with transaction() as session:
        bazaar_id = session.get_one(Edition, stage.edition_id).bazaar_id
        said = {"bazaar_id": bazaar_id, "channel": ChannelName.FONNTE, "word": ProviderWord.REPLY, "said_at": START}
        session.add(ProviderEvent(**said, event_key="1" * 64, received_at=START - EVENTS_KEPT_FOR - timedelta(seconds=1)))
        session.add(ProviderEvent(**said, event_key="2" * 64, received_at=START - EVENTS_KEPT_FOR))
    account_id = make_account(bazaar_id=bazaar_id)
    with transaction() as session:
        letter = {"edition_id": stage.edition_id, "account_id": account_id, "next_at": START}
        for day, created_at in ((1, START - DIGESTS_KEPT_FOR - timedelta(seconds=1)), (2, START)):
            session.add(Digest(**letter, day=date(2026, 4, day), created_at=created_at))

    assert purge_messages(now=START) == 2

    with reading() as session:
        kept = (
            session.scalars(select(ProviderEvent.event_key)).all(),
            session.scalars(select(Digest.day)).all(),
        )
    assert kept == (["2" * 64], [date(2026, 4, 2)])
