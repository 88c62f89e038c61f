"""Limits: failures count, successes do not, and a neighbourhood behind one address is not locked out."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bazaar.web.limits import client_address
from tests import factories

EMAIL = "rani@contoh.id"


@pytest.fixture
def rani(app: Flask) -> int:
    return factories.make_account(email=EMAIL, password_hash=factories.password_hash())


def try_password(client: FlaskClient, password: str, *, email: str = EMAIL, address: str = "198.51.100.7") -> int:
    data = {"email": email, "password": password}
    return client.post("/masuk", data=data, environ_overrides={"REMOTE_ADDR": address}).status_code


def test_ten_wrong_passwords_from_one_address_are_enough(client: FlaskClient, rani: int) -> None:
    statuses = [try_password(client, f"salah {n}") for n in range(11)]

    assert statuses == [401] * 10 + [429]
    assert try_password(client, factories.PASSWORD) == 429


def test_its_owner_elsewhere_is_not_locked_out(client: FlaskClient, rani: int) -> None:
    for n in range(11):
        try_password(client, f"salah {n}")

    assert try_password(client, factories.PASSWORD, address="203.0.113.9") == 303


def test_neighbours_behind_the_same_address_still_get_in(client: FlaskClient, rani: int) -> None:
    factories.make_account(email="budi@contoh.id", password_hash=factories.password_hash())
    for n in range(11):
        try_password(client, f"salah {n}")

    assert try_password(client, factories.PASSWORD, email="budi@contoh.id") == 303


def test_what_succeeds_is_not_counted(client: FlaskClient, rani: int) -> None:
    assert [try_password(client, factories.PASSWORD) for _ in range(12)] == [303] * 12


def test_who_tries_too_often_is_told_to_wait_in_words(client: FlaskClient, rani: int) -> None:
    for n in range(10):
        try_password(client, f"salah {n}")

    answer = client.post("/masuk", data={"email": EMAIL, "password": "x"}, environ_overrides={"REMOTE_ADDR": "198.51.100.7"})

    assert "Tunggu 15 menit" in answer.text
    assert 0 < int(answer.headers["Retry-After"]) <= 3600


def test_a_mailbox_gets_three_letters_an_hour_and_nobody_learns_whose_it_is(client: FlaskClient, rani: int) -> None:
    for email in (EMAIL, "lain@contoh.id"):
        assert [client.post("/lupa-sandi", data={"email": email}).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_codes_are_counted_by_account(client: FlaskClient, app: Flask) -> None:
    from bazaar.accounts import totp

    sealed = totp.new_secret(factories.SECRET_KEY)
    codes = {"totp_secret": sealed, "totp_confirmed_at": factories.CREATED_AT}
    factories.make_account(email=EMAIL, password_hash=factories.password_hash(), **codes)
    statuses = []

    for n in range(11):
        if n % 4 == 0:  # a fresh sign-in gives no fresh tries
            try_password(client, factories.PASSWORD)
        statuses.append(client.post("/masuk/kode", data={"code": "000000"}).status_code)

    assert statuses == [401] * 10 + [429]


def test_a_signed_in_thief_cannot_guess_the_password_either(client: FlaskClient, rani: int) -> None:
    factories.sign_in(client, factories.make_sign_in(account_id=rani))

    statuses = [client.post("/akun/kode", data={"totp_password": f"salah {n}"}).status_code for n in range(11)]

    assert statuses == [422] * 10 + [429]


def test_hundreds_of_vendors_behind_one_address_open_their_links(client: FlaskClient, app: Flask) -> None:
    edition_id = factories.make_edition()
    _, token = factories.make_link(edition_id, vendor_id=factories.make_vendor(edition_id))

    assert {client.get(f"/g/{token}").status_code for _ in range(310)} == {200}


def test_guessing_links_ends_after_three_hundred(client: FlaskClient, app: Flask) -> None:
    statuses = [client.get(f"/undangan/tebakan-{n}").status_code for n in range(301)]

    assert (set(statuses[:300]), statuses[300]) == ({410}, 429)


def test_pages_without_a_token_are_never_counted(client: FlaskClient, app: Flask) -> None:
    assert {client.get("/tidak-ada").status_code for _ in range(310)} == {404}


@pytest.mark.parametrize(
    ("remote", "counted"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("", "unknown"),
        ("unix:", "unix:"),
    ],
)
def test_an_ipv6_subscriber_is_one_address(app: Flask, remote: str, counted: str) -> None:
    with app.test_request_context(environ_overrides={"REMOTE_ADDR": remote}):
        assert client_address() == counted
