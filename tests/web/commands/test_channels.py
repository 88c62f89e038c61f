"""`channels list` and `channels test`, for whoever runs the server."""

import json

from flask import Flask

from bazaar.database import reading
from bazaar.reminders.channels.base import DeliveryError
from bazaar.states import ChannelName
from models import Edition
from tests import factories
from tests.conftest import World
from tests.reminders.conftest import Gateways, gateways

__all__ = ["gateways"]


def run(app: Flask, *arguments: str) -> tuple[int, str, str]:
    result = app.test_cli_runner().invoke(args=["channels", *arguments])
    return result.exit_code, result.stdout, result.stderr


def slug_of(edition_id: int) -> str:
    with reading() as session:
        return session.get_one(Edition, edition_id).slug


def test_the_list_says_how_each_channel_is_and_whom_it_reaches(app: Flask, gateways: Gateways) -> None:
    edition_id = factories.make_edition()
    factories.make_vendor(edition_id, phone="+6281200001024")
    gateways.open(edition_id, ChannelName.FONNTE, failure_count=1, last_error="putus")

    code, out, err = run(app, "list", "--edition", slug_of(edition_id))
    document = json.loads(run(app, "list", "--edition", slug_of(edition_id), "--json")[1])

    assert (code, err) == (0, "0 vendors are reached by no machine.\n")
    assert out.splitlines()[0] == "fonnte    troubled    reaches 1 of 1  putus"
    assert [line["channel"] for line in document["channels"]] == ["fonnte", "push", "email", "hand"]


def test_a_trial_goes_or_says_why_not(app: Flask, gateways: Gateways) -> None:
    edition_id = factories.make_edition()
    fonnte = gateways.open(edition_id, ChannelName.FONNTE)
    fonnte.failures.append(DeliveryError("tidak terjangkau", unreachable=True))

    failed = run(app, "test", "fonnte", "0812 0000 1024", "--edition", slug_of(edition_id))
    sent = run(app, "test", "fonnte", "0812 0000 1024", "--edition", slug_of(edition_id))
    wrong = run(app, "test", "fonnte", "besok", "--edition", slug_of(edition_id))
    closed = run(app, "test", "telegram", "512345", "--edition", slug_of(edition_id))

    assert failed == (1, "", "Not sent: tidak terjangkau\n")
    assert sent == (0, "Sent.\n", "")
    assert [message.to_address for message in fonnte.sent] == ["+6281200001024"]
    assert (wrong[0], closed[0]) == (2, 1)
    assert "This channel is not open" in closed[2]


def test_email_is_tried_under_json_too(app: Flask, world: World) -> None:
    edition_id = factories.make_edition()

    code, out, _err = run(app, "test", "email", "rani@example.com", "--edition", slug_of(edition_id), "--json")

    assert (code, json.loads(out)) == (0, {"sent": True, "unclear": False, "reason": None})
    assert len(world.email.sent) == 1
