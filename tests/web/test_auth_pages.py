"""The doors, as people meet them: sign in and out, links that open once, new passwords, invitations."""

import re
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from bazaar.accounts import totp
from bazaar.accounts.first_organizer import ensure_first_organizer_token
from bazaar.accounts.invitations import invite
from bazaar.accounts.resets import ask_new_password
from bazaar.accounts.sign_in import make_sign_in_link
from bazaar.accounts.visitor import Visitor, visitor_of
from bazaar.database import reading
from bazaar.states import Role
from bazaar.tokens import hash_token
from bazaar.web.mail import wait_for_postman
from models import Account, AccountToken, Bazaar, SignIn
from tests import factories
from tests.conftest import World

EMAIL = "rani@contoh.id"
FRESH = "tembakau kopi hujan"
START_FORM = {
    "name": "Rani Prameswari",
    "email": "Rani@Contoh.id",
    "password": factories.PASSWORD,
    "bazaar_name": "Pasar Virtual Jember",
    "city": "Jember",
    "help_phone": "0812 0000 1024",
}


@pytest.fixture
def bazaar_id(app: Flask) -> int:
    return factories.make_bazaar(name="Pasar Virtual Jember")


@pytest.fixture
def rani(bazaar_id: int) -> int:
    return factories.make_account(bazaar_id=bazaar_id, email=EMAIL, name="Rani", password_hash=factories.password_hash())


def sign_in(client: FlaskClient, email: str = EMAIL, password: str = factories.PASSWORD, **fields: Any) -> Any:
    query = fields.pop("query", "")
    return client.post(f"/masuk{query}", data={"email": email, "password": password, **fields})


def who(client: FlaskClient, world: World) -> Visitor:
    cookie = client.get_cookie("giliran")
    return visitor_of(hash_token(cookie.value if cookie else ""), now=world.now)


def without_form_token(page: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]*"', "", page)


def rows(model: Any) -> int:
    with reading() as session:
        return int(session.scalar(select(func.count()).select_from(model)) or 0)


# --- Signing in and out --------------------------------------------------------------------------------------------------


def test_the_right_password_leads_to_the_desk(client: FlaskClient, rani: int, world: World) -> None:
    answer = sign_in(client, keep="1")

    assert (answer.status_code, answer.location) == (303, "/panitia")
    assert who(client, world).account_id == rani


@pytest.mark.parametrize(("role", "first_page"), [(Role.ORGANIZER, "/panitia"), (Role.HOST, "/siaran"), (None, "/akun")])
def test_everybody_lands_where_their_work_is(client: FlaskClient, bazaar_id: int, role: Role | None, first_page: str) -> None:
    factories.make_account(email=EMAIL, password_hash=factories.password_hash(), **({"bazaar_id": bazaar_id, "role": role} if role else {}))

    assert sign_in(client).location == first_page


def test_the_cookie_outlives_the_window_only_where_asked(client: FlaskClient, rani: int) -> None:
    kept, brief = sign_in(client, keep="1").headers["Set-Cookie"], sign_in(client).headers["Set-Cookie"]

    assert "Max-Age=" in kept
    assert "Max-Age=" not in brief
    for cookie in (kept, brief):
        assert cookie.startswith("giliran=")
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/" in cookie


def test_an_unknown_address_and_a_wrong_password_look_the_same(client: FlaskClient, rani: int) -> None:
    factories.make_account(email="mati@contoh.id", password_hash=factories.password_hash(), disabled_at=factories.CREATED_AT)

    emails = (EMAIL, "lain@contoh.id", "mati@contoh.id")

    answers = [sign_in(client, email, "kata sandi salah") for email in emails]

    assert {answer.status_code for answer in answers} == {401}
    pages = {without_form_token(answer.text).replace(email, "") for answer, email in zip(answers, emails, strict=True)}
    assert len(pages) == 1
    assert "Belum cocok." in pages.pop()


def test_a_refused_form_keeps_the_address_but_never_the_password(client: FlaskClient, rani: int) -> None:
    page = sign_in(client, EMAIL, "kata sandi salah").text

    assert f'value="{EMAIL}"' in page
    assert "kata sandi salah" not in page


def test_whoever_was_going_somewhere_goes_on_there(client: FlaskClient, rani: int) -> None:
    asked = client.get("/akun?tab=1")
    assert asked.location == "/masuk?next=/akun?tab%3D1"

    assert sign_in(client, query="?next=/akun?tab%3D1").location == "/akun?tab=1"


@pytest.mark.parametrize(
    "target",
    [
        "https://jahat.example",
        "//jahat.example",
        "/\\jahat.example",
        "\\\\jahat.example",
        "javascript:alert(1)",
        "/%09/jahat.example",
        "jahat",
    ],
)
def test_nobody_is_sent_to_another_site(client: FlaskClient, rani: int, target: str) -> None:
    assert sign_in(client, query=f"?next={target}").location == "/panitia"
    assert client.get(f"/masuk?next={target}").location == "/panitia"


def test_signing_out_ends_the_sign_in_on_the_server(client: FlaskClient, rani: int, world: World) -> None:
    sign_in(client)
    stolen = client.get_cookie("giliran").value

    answer = client.post("/keluar", follow_redirects=True)

    assert "Anda sudah keluar." in answer.text
    assert client.get_cookie("giliran") is None
    assert not visitor_of(hash_token(stolen), now=world.now).is_known


def test_whoever_is_in_does_not_see_the_door_again(client: FlaskClient, rani: int) -> None:
    sign_in(client)

    assert client.get("/masuk").location == "/panitia"


# --- The second factor ---------------------------------------------------------------------------------------------------


@pytest.fixture
def careful(bazaar_id: int) -> str:
    """Rani with a second factor; its secret, sealed."""
    sealed = totp.new_secret(factories.SECRET_KEY)
    factories.make_account(
        bazaar_id=bazaar_id,
        email=EMAIL,
        password_hash=factories.password_hash(),
        totp_secret=sealed,
        totp_confirmed_at=factories.CREATED_AT,
    )
    return sealed


def code_of(sealed: str, world: World) -> str:
    return pyotp.TOTP(totp.open_secret(sealed, factories.SECRET_KEY)).at(world.now)


def test_the_code_is_asked_after_the_password_and_leads_on(client: FlaskClient, careful: str, world: World) -> None:
    step = sign_in(client, keep="1", query="?next=/akun")
    assert step.location == "/masuk/kode?next=/akun&keep=1"
    assert not who(client, world).is_known
    assert "Ketik kode dari aplikasi" in client.get(step.location).text

    answer = client.post(step.location, data={"code": code_of(careful, world)})

    assert answer.location == "/akun"
    assert "Max-Age=" in answer.headers["Set-Cookie"]
    assert who(client, world).is_known


def test_a_wrong_code_may_be_typed_again(client: FlaskClient, careful: str, world: World) -> None:
    sign_in(client)

    wrong = client.post("/masuk/kode", data={"code": "000000"})

    assert wrong.status_code == 401
    assert "Kode belum cocok" in wrong.text
    assert client.post("/masuk/kode", data={"code": code_of(careful, world)}).location == "/panitia"


def test_after_ten_minutes_one_begins_again(client: FlaskClient, careful: str, world: World) -> None:
    sign_in(client)
    world.wait(minutes=10)

    answer = client.post("/masuk/kode", data={"code": code_of(careful, world)}, follow_redirects=True)

    assert "Waktu untuk mengetik kode sudah habis." in answer.text
    assert client.get("/masuk/kode").location == "/masuk"


def test_the_recovery_code_opens_once_and_its_owner_is_told(client: FlaskClient, careful: str, world: World) -> None:
    paper = totp.recovery_code(careful, factories.SECRET_KEY)
    sign_in(client)

    answer = client.post("/masuk/kode", data={"code": paper.lower()})
    wait_for_postman()

    assert answer.location == "/akun"
    assert "Kode masuk sekarang mati" in client.get("/akun").text
    assert [letter.subject for letter in world.email.sent] == ["Kode masuk Anda sudah mati"]
    assert sign_in(client).location == "/panitia"


# --- The first organizer -------------------------------------------------------------------------------------------------


def test_the_printed_link_makes_the_first_account_and_its_bazaar(client: FlaskClient, world: World) -> None:
    token = ensure_first_organizer_token(now=world.now)
    for _ in range(3):
        assert client.get(f"/mulai/{token}").status_code == 200
    assert rows(Account) == 0

    answer = client.post(f"/mulai/{token}", data=START_FORM)

    assert answer.location == "/panitia"
    assert who(client, world).name == "Rani Prameswari"
    with reading() as session:
        assert session.execute(select(Bazaar.name, Bazaar.help_phone)).one() == ("Pasar Virtual Jember", "+6281200001024")
    assert client.get(f"/mulai/{token}").status_code == 410


def test_a_first_bazaar_may_be_reached_by_landline(client: FlaskClient, world: World) -> None:
    token = ensure_first_organizer_token(now=world.now)

    answer = client.post(f"/mulai/{token}", data={**START_FORM, "help_phone": "(0331) 487000"})

    with reading() as session:
        assert (answer.location, session.scalar(select(Bazaar.help_phone))) == ("/panitia", "+62331487000")


def test_everything_wrong_is_said_at_once_and_what_was_typed_stays(client: FlaskClient, world: World) -> None:
    token = ensure_first_organizer_token(now=world.now)

    answer = client.post(
        f"/mulai/{token}", data={**START_FORM, "name": " ", "email": "rani", "password": "pendek", "help_phone": "12", "bazaar_name": ""}
    )

    assert answer.status_code == 422
    assert answer.text.count("field__error") == 5
    assert 'value="rani"' in answer.text
    assert 'value="Jember"' in answer.text
    assert "pendek" not in answer.text
    assert rows(Account) == 0


def test_a_guessed_link_to_begin_is_refused(client: FlaskClient, world: World) -> None:
    ensure_first_organizer_token(now=world.now)

    answers = [client.get("/mulai/tebakan"), client.post("/mulai/tebakan", data=START_FORM)]

    assert [answer.status_code for answer in answers] == [410, 410]
    assert "Tautan tidak berlaku lagi" in answers[0].text
    assert rows(Account) == 0


# --- The demonstration's link --------------------------------------------------------------------------------------------


def test_the_demonstration_opens_by_one_button_and_looking_signs_nobody_in(client: FlaskClient, rani: int, world: World) -> None:
    link = f"/masuk/tautan/{make_sign_in_link(rani, now=world.now)}"

    page = client.get(link)
    assert "Anda masuk sebagai Rani" in page.text
    assert "Set-Cookie" not in page.headers or "giliran=" not in page.headers["Set-Cookie"]
    assert rows(SignIn) == 0

    assert client.post(link).location == "/panitia"
    assert who(client, world).account_id == rani


def test_in_production_there_is_no_such_link(another_app, app: Flask, rani: int, world: World) -> None:
    link = f"/masuk/tautan/{make_sign_in_link(rani, now=world.now)}"
    client = another_app(GILIRAN_ENV="production", PUBLIC_URL="https://giliran.example.org").test_client()

    answers = [client.open(link, method=method, base_url="https://giliran.example.org") for method in ("GET", "POST")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert rows(SignIn) == 0


# --- A new password ------------------------------------------------------------------------------------------------------


def test_a_link_arrives_by_mail_and_sets_a_password(client: FlaskClient, rani: int, world: World) -> None:
    elsewhere = factories.make_sign_in(account_id=rani)
    client.post("/lupa-sandi", data={"email": EMAIL})
    wait_for_postman()
    (letter,) = world.email.sent
    address = re.search(r"http://\S+?(/sandi-baru/\S+)", letter.text)
    assert letter.to_address == EMAIL
    assert address is not None
    assert EMAIL in client.get(address[1]).text

    answer = client.post(address[1], data={"password": FRESH}, follow_redirects=True)
    wait_for_postman()

    assert "Kata sandi baru sudah dipasang." in answer.text
    assert world.email.sent[-1].subject == "Kata sandi Anda sudah diganti"
    assert not visitor_of(hash_token(elsewhere), now=world.now).is_known
    assert not who(client, world).is_known
    assert sign_in(client, password=FRESH).location == "/panitia"
    assert client.get(address[1]).status_code == 410


def test_the_asker_learns_nothing_about_who_has_an_account(client: FlaskClient, rani: int, world: World) -> None:
    known = client.post("/lupa-sandi", data={"email": EMAIL})
    unknown = client.post("/lupa-sandi", data={"email": "lain@contoh.id"})
    wait_for_postman()

    assert known.status_code == unknown.status_code == 200
    assert known.text.replace(EMAIL, "") == unknown.text.replace("lain@contoh.id", "")
    assert len(world.email.sent) == 1


def test_asking_touches_no_row_before_the_answer_is_out(client: FlaskClient, rani: int, world: World, monkeypatch) -> None:
    """What takes time for known addresses only would give them away."""
    left_for_later = []
    monkeypatch.setattr("bazaar.web.auth_pages.later", left_for_later.append)

    client.post("/lupa-sandi", data={"email": EMAIL})

    assert (len(left_for_later), rows(AccountToken), world.email.sent) == (1, 0, [])


def test_without_mail_the_page_says_whom_to_ask(another_app, rani: int) -> None:
    client = another_app(channels={}).test_client()

    page, answer = client.get("/lupa-sandi"), client.post("/lupa-sandi", data={"email": EMAIL})

    assert "Minta pengelola server" in page.text
    assert "<form" not in page.text
    assert answer.status_code == 503


def test_a_refused_new_password_leaves_the_link_whole(client: FlaskClient, rani: int, world: World) -> None:
    reset = ask_new_password(EMAIL, now=world.now)

    answer = client.post(f"/sandi-baru/{reset.token}", data={"password": "password123"})

    assert answer.status_code == 422
    assert "terlalu mudah ditebak" in answer.text
    assert client.get(f"/sandi-baru/{reset.token}").status_code == 200


def test_behind_an_ended_link_is_the_way_to_a_new_one(client: FlaskClient, rani: int, world: World) -> None:
    reset = ask_new_password(EMAIL, now=world.now)
    world.wait(minutes=30)

    answer = client.get(f"/sandi-baru/{reset.token}")

    assert answer.status_code == 410
    assert 'href="/lupa-sandi"' in answer.text


# --- Invitations ---------------------------------------------------------------------------------------------------------


def invite_guest(bazaar_id: int, world: World, email: str = "tamu@contoh.id", role: Role = Role.HOST) -> str:
    return f"/undangan/{invite(bazaar_id, email, role, factories.SECRET_KEY, by=None, now=world.now).token}"


def test_a_guest_makes_an_account_and_is_in(client: FlaskClient, bazaar_id: int, world: World) -> None:
    link = invite_guest(bazaar_id, world)
    page = client.get(link).text
    assert "Bergabung dengan Pasar Virtual Jember" in page
    assert "pembawa acara" in page

    answer = client.post(link, data={"name": "Tamu", "password": factories.PASSWORD})

    assert answer.location == "/siaran"
    assert who(client, world).has_role(bazaar_id, Role.HOST)
    assert client.get(link).status_code == 410


def test_a_guest_with_an_account_signs_in_first_and_comes_back(client: FlaskClient, rani: int, world: World) -> None:
    other = factories.make_bazaar(name="Pasar Lumajang")
    link = invite_guest(other, world, EMAIL, Role.ORGANIZER)
    page = client.get(link).text
    assert f"/masuk?next={link}" in page
    assert 'name="password"' not in page

    assert sign_in(client, query=f"?next={link}").location == link
    assert f"Anda masuk sebagai {EMAIL}." in client.get(link).text
    client.post(link)

    assert who(client, world).has_role(other, Role.ORGANIZER)


def test_somebody_else_is_told_whose_invitation_it_is(client: FlaskClient, rani: int, bazaar_id: int, world: World) -> None:
    link = invite_guest(bazaar_id, world)
    sign_in(client)

    page, answer = client.get(link), client.post(link)

    assert "Undangan ini untuk tamu@contoh.id, tetapi Anda masuk sebagai rani@contoh.id." in page.text
    assert answer.status_code == 409
    assert client.get(link).status_code == 200


def test_a_refused_acceptance_keeps_the_name(client: FlaskClient, bazaar_id: int, world: World) -> None:
    link = invite_guest(bazaar_id, world)

    answer = client.post(link, data={"name": "Tamu Agung", "password": "pendek"})

    assert answer.status_code == 422
    assert 'value="Tamu Agung"' in answer.text
    assert rows(Account) == 0


# --- Two languages -------------------------------------------------------------------------------------------------------


def test_the_doors_speak_english_to_whoever_asks_and_go_on_in_it(client: FlaskClient, rani: int) -> None:
    page = client.get("/masuk?lang=en")
    wrong = sign_in(client, EMAIL, "wrong password", query="?lang=en")

    assert 'lang="en"' in page.text
    assert "Vendors need not sign in." in page.text
    assert "That does not match." in wrong.text
    assert 'href="/lupa-sandi?lang=en"' in page.text
    assert 'href="?lang=id"' in page.text


def test_the_invitation_waits_a_week_then_says_so(client: FlaskClient, bazaar_id: int, world: World) -> None:
    link = invite_guest(bazaar_id, world)
    world.now += timedelta(days=7)

    answer = client.get(link)

    assert answer.status_code == 410
    assert "Minta undangan baru" in answer.text
