"""`devices ...`: a key on stdout once, never again."""

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import factories
from tests.conftest import START


@pytest.fixture
def live_session_id(app: Flask) -> int:
    return factories.make_live_session(factories.make_edition(), starts_at=START)


def run(app: Flask, *arguments: str) -> tuple[int, str, str]:
    result = app.test_cli_runner().invoke(args=["devices", *arguments])
    return result.exit_code, result.stdout, result.stderr


def post_nothing(client: FlaskClient, live_session_id: int, key: str) -> int:
    """What an empty batch with this key is answered."""
    answer = client.post(
        f"/api/v1/live-sessions/{live_session_id}/entries",
        json={"device": "hp-1", "entries": []},
        headers={"Authorization": f"Bearer {key}"},
    )
    return answer.status_code


def test_the_key_is_printed_alone_and_opens_the_ledger(app: Flask, client: FlaskClient, live_session_id: int) -> None:
    code, out, err = run(app, "add", "HP Rina", "--live-session", str(live_session_id))

    assert code == 0
    assert out.count("\n") == 1
    assert out.strip() not in err
    assert post_nothing(client, live_session_id, out.strip()) == 200


def test_a_name_is_good_once(app: Flask, live_session_id: int) -> None:
    run(app, "add", "HP Rina", "--live-session", str(live_session_id))

    code, out, err = run(app, "add", "HP Rina", "--live-session", str(live_session_id))

    assert (code, out) == (1, "")
    assert err == "This live session already has a device called HP Rina. Choose another name.\n"


def test_json_holds_the_key_and_when_it_ends(app: Flask, live_session_id: int) -> None:
    _code, out, _err = run(app, "add", "HP Rina", "--live-session", str(live_session_id), "--json")

    document = json.loads(out)
    assert len(document.pop("key")) == 43
    assert document == {"name": "HP Rina", "live_session": live_session_id, "expires_at": "2026-05-06T20:30:00+07:00"}


def test_a_revoked_key_ends_and_the_list_says_so(app: Flask, client: FlaskClient, live_session_id: int) -> None:
    _code, key, _err = run(app, "add", "HP Rina", "--live-session", str(live_session_id))
    run(app, "add", "HP Dewi", "--live-session", str(live_session_id))

    code, out, _err = run(app, "revoke", "HP Rina", "--live-session", str(live_session_id))
    _code, listed, _err = run(app, "list", "--live-session", str(live_session_id), "--json")

    assert (code, out) == (0, "")
    assert [(row["name"], row["state"]) for row in json.loads(listed)["devices"]] == [("HP Rina", "revoked"), ("HP Dewi", "good")]
    assert key.strip() not in listed
    assert post_nothing(client, live_session_id, key.strip()) == 401


@pytest.mark.parametrize("command", [("add", "HP"), ("list",), ("revoke", "HP")])
def test_an_unknown_live_session_is_one_sentence(app: Flask, command: tuple[str, ...]) -> None:
    code, out, err = run(app, *command, "--live-session", "99")

    assert (code, out, err.startswith("There is no live session 99.")) == (1, "", True)
