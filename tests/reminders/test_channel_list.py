"""The list of channels: their order, whom each reaches, and how each is."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bazaar.database import reading
from bazaar.reminders.channel_list import ChannelLine, ChannelsPage, ChannelState, channels_page
from bazaar.reminders.channel_settings import NEW, save_account
from bazaar.states import ChannelName
from models import ChannelAccount, Delivery, Edition
from tests import factories
from tests.conftest import START, World
from tests.factories import SECRET_KEY
from tests.reminders.stage import change, delivery_ids, send, set_stage, world_of

pytestmark = pytest.mark.usefixtures("app")

C = ChannelName
S = ChannelState
FIELDS = {
    C.FONNTE: {"token": "token-perangkat-fonnte"},
    C.TELEGRAM: {"bot_token": "123456:ABC-DEF", "bot_name": "pasar_jember_bot"},
    C.WEBHOOK: {"url": "https://gerbang.example.org/kirim", "secret": "kunci-tanda-tangan-gerbang"},
}


def open_channel(edition_id: int, channel: ChannelName, **values: Any) -> None:
    """Open it for the edition's bazaar, and set columns as sending would."""
    with reading() as session:
        bazaar_id = session.get_one(Edition, edition_id).bazaar_id
    save_account(bazaar_id, channel, FIELDS[channel], daily_limit=None, revision=NEW, secret_key=SECRET_KEY, by=None, now=START)
    with reading() as session:
        account_id = max(row.id for row in session.query(ChannelAccount))
    if values:
        change(ChannelAccount, account_id, **values)


def page_of(edition_id: int) -> ChannelsPage:
    return channels_page(edition_id, world_of(), now=START)


def line(page: ChannelsPage, channel: ChannelName) -> ChannelLine:
    return next(one for one in page.lines if one.channel is channel)


def test_the_bazaars_own_come_first_then_the_deployments_then_a_hand() -> None:
    edition_id = factories.make_edition()
    open_channel(edition_id, C.TELEGRAM)
    open_channel(edition_id, C.FONNTE)

    page = page_of(edition_id)

    assert [one.channel for one in page.lines] == [C.TELEGRAM, C.FONNTE, C.PUSH, C.EMAIL, C.HAND]
    assert [(one.can_rise, one.can_sink) for one in page.lines[:2]] == [(False, True), (True, False)]
    assert page.closed == (C.WHATSAPP, C.WEBHOOK, C.APPRISE)
    assert line(page, C.PUSH).state is S.MISSING  # the address of tests is not https


def test_reach_counts_who_takes_part_wants_messages_and_has_such_an_address() -> None:
    edition_id = factories.make_edition()
    factories.make_vendor(edition_id, phone="+6281200001001", email="sari@example.com")
    factories.make_vendor(edition_id, phone="+6281200001002")
    factories.make_vendor(edition_id, phone="+6281200001003", channel_order=["hand"])
    factories.make_vendor(edition_id, phone="+6281200001004", opted_out_at=START)
    factories.make_vendor(edition_id, phone="+6281200001005", withdrawn_at=START)
    open_channel(edition_id, C.FONNTE)

    page = page_of(edition_id)

    assert (page.vendor_count, page.by_hand_count, page.opted_out_count) == (4, 1, 1)
    assert {one.channel: one.reach_count for one in page.lines} == {C.FONNTE: 2, C.PUSH: 0, C.EMAIL: 1, C.HAND: 3}


def test_a_paused_channel_says_whom_it_would_reach_but_reaches_nobody_now() -> None:
    edition_id = factories.make_edition()
    factories.make_vendor(edition_id, phone="+6281200001001")
    open_channel(edition_id, C.FONNTE, is_paused=True)

    page = page_of(edition_id)

    assert (line(page, C.FONNTE).state, line(page, C.FONNTE).reach_count, page.by_hand_count) == (S.PAUSED, 1, 1)


def test_a_sample_edition_reaches_no_telephone() -> None:
    edition_id = factories.make_edition(is_demo=True)
    factories.make_vendor(edition_id, phone="+6281200001001")
    open_channel(edition_id, C.FONNTE)

    assert line(page_of(edition_id), C.FONNTE).reach_count == 0


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, S.UNTRIED),
        ({"last_ok_at": START}, S.WORKS),
        ({"last_ok_at": START, "last_error": "diam", "failure_count": 1}, S.TROUBLED),
        ({"failure_count": 5, "last_error": "diam", "retry_at": START + timedelta(seconds=30)}, S.BROKEN),
        ({"retry_at": START + timedelta(minutes=2)}, S.RESTING),
        ({"retry_at": START - timedelta(minutes=2), "last_ok_at": START}, S.WORKS),
        ({"sealed": "x"}, S.UNREADABLE),
    ],
)
def test_how_a_channel_is(values: dict[str, Any], state: ChannelState) -> None:
    edition_id = factories.make_edition()
    open_channel(edition_id, C.WEBHOOK, **values)

    assert line(page_of(edition_id), C.WEBHOOK).state is state


def test_the_limit_of_a_day_counts_what_went(world: World) -> None:
    stage = set_stage(now=START, reminder_leads=[30])
    open_channel(stage.edition_id, C.FONNTE, daily_limit=1)
    world.now = START + timedelta(hours=24, minutes=30)
    send()
    change(Delivery, delivery_ids(stage.edition_id)[0], channel=C.FONNTE)  # as if it had gone over Fonnte: no service is called here

    page = channels_page(stage.edition_id, world_of(), now=world.now)

    fonnte = line(page, C.FONNTE)
    assert (fonnte.state, fonnte.sent_count, fonnte.left_count) == (S.FULL, 1, 0)


def test_without_a_mail_server_the_console_stands_in_and_email_says_that_it_is_missing() -> None:
    edition_id = factories.make_edition()
    outside = world_of()
    bare = replace(outside, channels={C.CONSOLE: outside.channels[C.CONSOLE]})

    page = channels_page(edition_id, bare, now=START)

    assert [(one.channel, one.state) for one in page.lines[:3]] == [(C.PUSH, S.MISSING), (C.EMAIL, S.MISSING), (C.CONSOLE, S.UNTRIED)]
