"""One's own account on the desk."""

import html
import re
from typing import Any
from urllib.parse import unquote

import pyotp
import pytest
from flask.testing import FlaskClient

from bazaar.accounts import totp
from bazaar.accounts.profile import totp_setup
from bazaar.accounts.sign_in import sign_in
from bazaar.accounts.visitor import visitor_of
from bazaar.states import Role
from bazaar.tokens import hash_token
from bazaar.web.mail import wait_for_postman
from tests import factories
from tests.conftest import World

EMAIL = "rani@contoh.id"
FRESH = "tembakau kopi hujan"


@pytest.fixture
def rani(client: FlaskClient) -> int:
    """Rani, organizer, signed in here."""
    account_id = factories.make_account(
        bazaar_id=factories.make_bazaar(slug="pasar-jember", name="Pasar Jember"),
        email=EMAIL,
        name="Rani",
        password_hash=factories.password_hash(),
    )
    factories.sign_in(client, factories.make_sign_in(account_id=account_id))
    return account_id


def token(client: FlaskClient) -> str:
    cookie = client.get_cookie("giliran")
    return cookie.value if cookie else ""


def is_in(token: str, world: World) -> bool:
    return visitor_of(hash_token(token), now=world.now).is_known


def follow(client: FlaskClient, path: str, **data: Any) -> Any:
    return client.post(path, data=data, follow_redirects=True)


def code_now(account_id: int, world: World) -> str:
    setup = totp_setup(account_id, factories.SECRET_KEY)
    assert setup is not None
    return pyotp.TOTP(setup.secret.replace(" ", "")).at(world.now)


def test_the_page_tells_who_where_and_with_what(client: FlaskClient, rani: int) -> None:
    factories.make_sign_in(account_id=rani)

    page = client.get("/akun").text

    assert "Rani" in page
    assert EMAIL in page
    assert page.count("Perangkat ini") == 1
    assert "60 menit lalu" in page
    assert 'href="/panitia/bazar/pasar-jember/anggota"' in page
    assert "Belum dipasang" in page


def test_a_guest_without_a_bazaar_is_told_how_to_get_one(client: FlaskClient) -> None:
    factories.sign_in(client, factories.make_sign_in(account_id=factories.make_account()))

    assert "Minta undangan kepada panitia." in client.get("/akun").text


def test_a_host_is_shown_the_way_to_the_live_sessions(client: FlaskClient) -> None:
    account_id = factories.make_account(bazaar_id=factories.make_bazaar(), role=Role.HOST)
    factories.sign_in(client, factories.make_sign_in(account_id=account_id))

    page = client.get("/akun").text

    assert "Pembawa acara" in page
    assert 'href="/siaran"' in page
    assert "/anggota" not in page


def test_a_name_is_changed_and_an_empty_one_refused_beside_its_field(client: FlaskClient, rani: int) -> None:
    assert 'value="Rani Prameswari"' in follow(client, "/akun/nama", name="Rani Prameswari").text

    refused = client.post("/akun/nama", data={"name": " "})

    assert refused.status_code == 422
    assert "Nama perlu diisi." in refused.text


def test_a_new_password_keeps_this_browser_and_ends_the_others(client: FlaskClient, rani: int, world: World) -> None:
    here, elsewhere = token(client), factories.make_sign_in(account_id=rani)

    answer = follow(client, "/akun/sandi", old_password=factories.PASSWORD, new_password=FRESH)
    wait_for_postman()

    assert "Kata sandi diganti." in answer.text
    assert [is_in(one, world) for one in (here, elsewhere, token(client))] == [False, False, True]
    assert [letter.subject for letter in world.email.sent] == ["Kata sandi Anda sudah diganti"]
    assert sign_in(EMAIL, FRESH, now=world.now).token


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("salah sekali", FRESH, "Kata sandi sekarang belum cocok."),
        (factories.PASSWORD, "pendek", "Kata sandi paling sedikit 10 huruf"),
        (factories.PASSWORD, EMAIL, "Jangan pakai nama atau e-mail"),
        ("", FRESH, "Ketik kata sandi yang sekarang."),
        (factories.PASSWORD, "", "Ketik kata sandi yang baru."),
    ],
)
def test_a_refused_password_is_explained_and_never_shown_again(
    client: FlaskClient, rani: int, world: World, old: str, new: str, sentence: str
) -> None:
    here = token(client)

    answer = client.post("/akun/sandi", data={"old_password": old, "new_password": new})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert not re.search(r'type="password"[^>]*value="[^"]', answer.text)
    assert is_in(here, world)


def test_sign_in_codes_are_set_up_with_a_picture_a_paper_and_a_first_code(client: FlaskClient, rani: int, world: World) -> None:
    setup_page = follow(client, "/akun/kode", totp_password=factories.PASSWORD).text
    setup = totp_setup(rani, factories.SECRET_KEY)
    assert setup is not None
    assert setup.secret in setup_page
    assert setup.recovery_code in setup_page
    picture = re.search(r'src="(data:image/svg[^"]+)"', setup_page)
    assert picture is not None
    assert unquote(html.unescape(picture[1])).startswith("data:image/svg+xml;charset=utf-8,<svg")
    elsewhere = factories.make_sign_in(account_id=rani)

    answer = follow(client, "/akun/kode/pasang", code=code_now(rani, world))

    assert "Kode masuk aktif." in answer.text
    assert setup.recovery_code not in answer.text
    assert not is_in(elsewhere, world)
    assert client.get("/akun/kode").location == "/akun"
    assert sign_in(EMAIL, factories.PASSWORD, now=world.now).awaits_code


def test_a_wrong_first_code_leaves_the_same_secret_on_the_page(client: FlaskClient, rani: int, world: World) -> None:
    client.post("/akun/kode", data={"totp_password": factories.PASSWORD})
    before = totp_setup(rani, factories.SECRET_KEY)

    answer = client.post("/akun/kode/pasang", data={"code": "000000"})

    assert answer.status_code == 422
    assert "Kode belum cocok" in answer.text
    assert totp_setup(rani, factories.SECRET_KEY) == before
    assert "Lanjutkan pemasangan" in client.get("/akun").text


def test_codes_go_on_and_off_only_with_the_password(client: FlaskClient, rani: int, world: World) -> None:
    refused = client.post("/akun/kode", data={"totp_password": "salah sekali"})
    assert refused.status_code == 422
    client.post("/akun/kode", data={"totp_password": factories.PASSWORD})
    client.post("/akun/kode/pasang", data={"code": code_now(rani, world)})
    assert client.post("/akun/kode/matikan", data={"totp_password": "salah sekali"}).status_code == 422
    assert sign_in(EMAIL, factories.PASSWORD, now=world.now).awaits_code

    answer = follow(client, "/akun/kode/matikan", totp_password=factories.PASSWORD)

    assert "Kode masuk dimatikan." in answer.text
    assert not sign_in(EMAIL, factories.PASSWORD, now=world.now).awaits_code


def test_a_second_tab_that_begins_again_is_told_that_codes_are_on(client: FlaskClient) -> None:
    sealed = totp.new_secret(factories.SECRET_KEY)
    codes = {"totp_secret": sealed, "totp_confirmed_at": factories.CREATED_AT}
    account_id = factories.make_account(password_hash=factories.password_hash(), **codes)
    factories.sign_in(client, factories.make_sign_in(account_id=account_id))

    answer = client.post("/akun/kode", data={"totp_password": factories.PASSWORD})

    assert answer.status_code == 409
    assert "Kode masuk sudah aktif." in answer.text


def test_one_lost_phone_is_signed_out(client: FlaskClient, rani: int, world: World) -> None:
    lost = factories.make_sign_in(account_id=rani)
    lost_id = visitor_of(hash_token(lost), now=world.now).sign_in_id

    answer = follow(client, f"/akun/perangkat/{lost_id}/keluarkan")

    assert "Perangkat itu sudah dikeluarkan." in answer.text
    assert [is_in(lost, world), is_in(token(client), world)] == [False, True]


def test_signing_out_everywhere_includes_this_browser(client: FlaskClient, rani: int, world: World) -> None:
    here, elsewhere = token(client), factories.make_sign_in(account_id=rani)
    assert "Keluar dari semua" in client.get("/akun").text

    answer = follow(client, "/akun/keluar-semua")

    assert "Anda sudah keluar dari semua perangkat." in answer.text
    assert [is_in(one, world) for one in (here, elsewhere)] == [False, False]
    assert token(client) == ""


def test_the_letter_in_the_morning_can_be_switched_off_and_on_again(client: FlaskClient, rani: int) -> None:
    assert "Matikan surat pagi" in client.get("/akun").text

    off = follow(client, "/akun/surat-pagi", is_on="0").text
    on = follow(client, "/akun/surat-pagi", is_on="1").text

    assert "Surat pagi dimatikan." in off
    assert "Nyalakan surat pagi" in off
    assert "Surat pagi datang lagi pada hari siaran." in on
