"""Ways in that whoever runs the server can print."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bazaar.accounts import totp
from bazaar.accounts.sign_in import sign_in
from tests import factories
from tests.conftest import World

EMAIL = "rani@contoh.id"


@pytest.fixture
def run(app: Flask):
    return lambda *words: app.test_cli_runner().invoke(args=["accounts", *words])


def path_in(output: str) -> str:
    match = re.search(r"^http://localhost:8000(/\S+)$", output, re.MULTILINE)
    assert match is not None, output
    return match[1]


def test_the_first_organizers_link_is_printed_until_there_is_an_account(run, client: FlaskClient) -> None:
    earlier, newest = (path_in(run("first-organizer").stdout) for _ in range(2))
    assert [client.get(path).status_code for path in (earlier, newest)] == [410, 200]
    factories.make_account()

    refused = run("first-organizer")

    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert "There is an account already" in refused.stderr


def test_a_link_to_a_new_password_works_without_mail(run, client: FlaskClient, world: World) -> None:
    factories.make_account(email=EMAIL, name="Rani", password_hash=factories.password_hash())

    printed = run("reset-link", EMAIL.upper())
    client.post(path_in(printed.stdout), data={"password": "tembakau kopi hujan"})

    assert "For Rani; works once, for 30 minutes." in printed.stderr
    assert sign_in(EMAIL, "tembakau kopi hujan", now=world.now).token


def test_lost_codes_are_switched_off(run, world: World) -> None:
    sealed = totp.new_secret(factories.SECRET_KEY)
    codes = {"totp_secret": sealed, "totp_confirmed_at": factories.CREATED_AT}
    factories.make_account(email=EMAIL, name="Rani", password_hash=factories.password_hash(), **codes)

    said = run("forget-code", EMAIL)

    assert (said.exit_code, said.stdout.split(" signs in")[0]) == (0, "Rani")
    assert not sign_in(EMAIL, factories.PASSWORD, now=world.now).awaits_code


@pytest.mark.parametrize("command", ["reset-link", "forget-code"])
def test_an_unknown_address_is_one_sentence_and_exit_code_1(run, command: str) -> None:
    refused = run(command, "lain@contoh.id")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == "There is no account with the e-mail address lain@contoh.id.\n"
