"""The campaigns of `python -m benchmarks.outbox_faults`, short: their claims hold whatever the moment of a kill."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bazaar.states import ChannelName
from tests.faults.campaign.gateways import run_gateways
from tests.faults.campaign.kills import run_kills, settle_for_kills
from tests.faults.campaign.outages import run_down
from tests.faults.campaign.stage import CampaignStage, campaign_stage
from tests.reminders.channels.doubles.server import Fault


@pytest.fixture
def stage(database_url: str, tmp_path: Path) -> Iterator[CampaignStage]:
    with campaign_stage(tmp_path, database_url) as stage:
        yield stage


@pytest.fixture
def dice() -> Random:
    seed = time.time_ns() % 1_000_000
    print(f"seed {seed}")
    return Random(seed)


def test_kills_over_every_channel_lose_nothing_and_double_only_what_may_be_doubled(stage: CampaignStage, dice: Random) -> None:
    settle_for_kills(stage, 36, kill_count=8, every=timedelta(seconds=5))

    kills = run_kills(stage, dice, 8)

    assert dict(kills.verdict.faults) == {}, stage.said()
    assert kills.verdict.arrived + kills.verdict.shown + kills.verdict.settled == kills.verdict.reminders
    assert kills.verdict.unknown + kills.verdict.journalled == kills.verdict.in_flight


def test_whatever_a_service_does_wrong_its_message_arrives_once_or_goes_the_next_way(stage: CampaignStage, dice: Random) -> None:
    faults = (Fault.RESET_AFTER, Fault.HALF, Fault.TOO_MANY, Fault.BROKEN_AFTER, Fault.REFUSED, Fault.SWALLOWED)

    cases = run_gateways(stage, dice, channels=(ChannelName.WHATSAPP, ChannelName.WEBHOOK), faults=faults)

    assert [case.line() for case in cases if case.wrong()] == []
    assert [case.line() for case in cases if case.fault is Fault.RESET_AFTER and not case.was_unknown] == []


def test_after_an_hour_down_whatever_still_helps_goes_and_the_rest_is_seen(stage: CampaignStage) -> None:
    outage = run_down(stage, away=timedelta(hours=1), over=timedelta(hours=2), vendor_count=6)

    assert dict(outage.verdict.faults) == {}
    assert outage.survived
