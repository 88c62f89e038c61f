"""The health page says what the scheduler really did lately."""

from flask.testing import FlaskClient

from bazaar.database import transaction
from bazaar.reminders.pulse import LATE_AFTER
from models import Beat
from tests.conftest import World


def finish_pass(world: World) -> None:
    with transaction() as session:
        for name in ("pump", "close", "plan"):
            session.merge(Beat(name=name, began_at=world.now, finished_at=world.now))


def test_it_is_well_while_passes_finish(client: FlaskClient, world: World) -> None:
    finish_pass(world)
    world.wait(seconds=5)

    answer = client.get("/healthz")

    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok", "scheduler_age_seconds": 5})


def test_it_is_unwell_when_the_last_pass_is_too_long_ago(client: FlaskClient, world: World) -> None:
    finish_pass(world)
    world.now += LATE_AFTER
    assert client.get("/healthz").status_code == 200
    world.wait(seconds=1)

    answer = client.get("/healthz")

    assert (answer.status_code, answer.get_json()["status"]) == (503, "scheduler_late")


def test_it_is_unwell_before_the_first_pass(client: FlaskClient) -> None:
    answer = client.get("/healthz")

    assert (answer.status_code, answer.get_json()) == (503, {"status": "scheduler_late", "scheduler_age_seconds": None})
