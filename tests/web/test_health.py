"""The health page says what the scheduler really did lately."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bazaar.database import transaction
from bazaar.reminders.pulse import LATE_AFTER, note_missed, note_standing_by
from bazaar.states import HoldReason
from models import Beat, SendingHold
from tests.conftest import START, World
from tests.reminders.stage import TURN_AT, send, set_stage


def finish_pass(world: World) -> None:
    with transaction() as session:
        for name in ("pump", "close", "plan"):
            session.merge(Beat(name=name, began_at=world.now, finished_at=world.now))


def test_it_is_well_while_passes_finish(client: FlaskClient, world: World) -> None:
    finish_pass(world)
    world.wait(seconds=5)

    answer = client.get("/healthz")

    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok", "scheduler_age_seconds": 5, "alarms": []})


def test_it_is_unwell_when_the_last_pass_is_too_long_ago(client: FlaskClient, world: World) -> None:
    finish_pass(world)
    world.now += LATE_AFTER
    assert client.get("/healthz").status_code == 200
    world.wait(seconds=1)

    answer = client.get("/healthz")

    assert (answer.status_code, answer.get_json()["status"]) == (503, "scheduler_late")


def test_it_is_unwell_before_the_first_pass(client: FlaskClient) -> None:
    answer = client.get("/healthz")

    assert (answer.status_code, answer.get_json()) == (503, {"status": "scheduler_late", "scheduler_age_seconds": None, "alarms": []})


@pytest.mark.parametrize("reason", list(HoldReason))
def test_it_is_unwell_while_sending_is_held_up(client: FlaskClient, world: World, reason: HoldReason) -> None:
    finish_pass(world)
    with transaction() as session:
        session.add(SendingHold(reason=reason, note="", began_at=world.now))

    answer = client.get("/healthz")

    assert (answer.status_code, answer.get_json()["status"], answer.get_json()["alarms"]) == (503, "sending_held", [reason])


def test_a_beat_of_the_future_is_no_sign_of_life(client: FlaskClient, world: World) -> None:
    finish_pass(world)
    world.wait(hours=-10)

    assert client.get("/healthz").get_json() == {"status": "scheduler_late", "scheduler_age_seconds": None, "alarms": []}


def test_a_second_scheduler_is_told_of_but_makes_nothing_unwell(client: FlaskClient, world: World) -> None:
    for _ in range(8):
        note_standing_by(now=world.now)
        world.wait(seconds=5)
    finish_pass(world)

    answer = client.get("/healthz")

    assert (answer.status_code, answer.get_json()["alarms"]) == (200, ["double"])
    world.wait(seconds=60)
    finish_pass(world)
    assert client.get("/healthz").get_json()["alarms"] == []


def test_the_figures_are_those_of_the_outbox(client: FlaskClient, world: World) -> None:
    set_stage(now=START, vendor_count=2)
    world.now = TURN_AT - timedelta(hours=24)
    send()
    world.wait(minutes=16)
    finish_pass(world)
    note_missed("pump", 3)
    with transaction() as session:
        session.add(SendingHold(reason=HoldReason.CLOCK, note="jumped 600", began_at=world.now))

    answer = client.get("/metrics")

    lines = set(answer.text.splitlines())
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert lines >= {
        'giliran_deliveries{state="accepted"} 1',
        'giliran_deliveries{state="planned"} 5',
        'giliran_deliveries{state="dead"} 0',
        "giliran_oldest_due_seconds 60.000",
        "giliran_lease_epoch 1",
        'giliran_beat_age_seconds{beat="pump"} 0.000',
        'giliran_missed_ticks_total{beat="pump"} 3',
        'giliran_sending_held{reason="clock"} 1',
        'giliran_sending_held{reason="restore"} 0',
        "# TYPE giliran_deliveries gauge",
    }


@pytest.mark.parametrize(
    ("environ", "headers"),
    [
        ({"REMOTE_ADDR": "203.0.113.9"}, {}),
        ({"REMOTE_ADDR": "127.0.0.1"}, {"X-Forwarded-For": "203.0.113.9"}),
        ({"REMOTE_ADDR": "203.0.113.9"}, {"Authorization": "Bearer wrong"}),
        ({"REMOTE_ADDR": "203.0.113.9"}, {"Authorization": "Bearer "}),
    ],
)
def test_for_others_there_are_no_figures(client: FlaskClient, environ: dict[str, str], headers: dict[str, str]) -> None:
    assert client.get("/metrics", environ_overrides=environ, headers=headers).status_code == 404


def test_a_token_opens_the_figures_from_afar(another_app: Callable[..., Flask]) -> None:
    app = another_app(METRICS_TOKEN="token-of-a-monitor-0123456789")
    afar: dict[str, Any] = {"environ_overrides": {"REMOTE_ADDR": "203.0.113.9"}}

    answer = app.test_client().get("/metrics", headers={"Authorization": "Bearer token-of-a-monitor-0123456789"}, **afar)

    assert answer.status_code == 200
    assert "giliran_lease_epoch 0" in answer.text
