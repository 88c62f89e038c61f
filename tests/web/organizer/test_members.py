"""Members of a bazaar on the organizer's desk."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bazaar.accounts.invitations import invitation, invite
from bazaar.accounts.members import members_page
from bazaar.refusals import Refusal
from bazaar.states import Role
from bazaar.web.mail import wait_for_postman
from tests import factories
from tests.conftest import World

PATH = "/panitia/bazar/pasar-jember/anggota"
GUEST = "tamu@contoh.id"


@pytest.fixture
def bazaar_id(client: FlaskClient) -> int:
    """Rani organizes and is signed in; Budi hosts."""
    bazaar_id = factories.make_bazaar(slug="pasar-jember", name="Pasar Jember")
    factories.make_account(bazaar_id=bazaar_id, name="Budi", role=Role.HOST)
    rani = factories.make_account(bazaar_id=bazaar_id, name="Rani")
    factories.sign_in(client, factories.make_sign_in(account_id=rani))
    return bazaar_id


def membership(bazaar_id: int, name: str) -> int:
    members = members_page(bazaar_id, factories.SECRET_KEY, account_id=None, now=factories.CREATED_AT).members
    return next(member.membership_id for member in members if member.name == name)


def roles(bazaar_id: int) -> dict[str, Role]:
    members = members_page(bazaar_id, factories.SECRET_KEY, account_id=None, now=factories.CREATED_AT).members
    return {member.name: member.role for member in members}


def follow(client: FlaskClient, path: str, **data: Any) -> Any:
    return client.post(f"{PATH}{path}", data=data, follow_redirects=True)


def open_link(bazaar_id: int, world: World) -> str:
    (made,) = members_page(bazaar_id, factories.SECRET_KEY, account_id=None, now=world.now).invitations
    return f"http://localhost:8000/undangan/{made.token}"


def test_the_list_says_who_does_what_and_protects_the_last_organizer(client: FlaskClient, bazaar_id: int) -> None:
    page = client.get(PATH).text

    assert "Rani (Anda)" in page
    assert "Satu-satunya panitia" in page
    assert f"{PATH}/{membership(bazaar_id, 'Budi')}/keluarkan" in page
    assert f"{PATH}/{membership(bazaar_id, 'Rani')}/keluarkan" not in page


def test_an_invitation_goes_out_by_mail_and_its_link_can_be_copied_too(client: FlaskClient, bazaar_id: int, world: World) -> None:
    answer = follow(client, "", email="Tamu@Contoh.id ", role="organizer")
    wait_for_postman()

    (letter,) = world.email.sent
    assert f"Undangan dikirim ke {GUEST}." in answer.text
    assert letter.to_address == GUEST
    assert open_link(bazaar_id, world) in letter.text.splitlines()
    assert open_link(bazaar_id, world) in answer.text


def test_without_mail_the_organizer_is_told_to_send_the_link(another_app, bazaar_id: int, world: World) -> None:
    client = another_app(channels={}).test_client()
    other = factories.make_account(bazaar_id=bazaar_id)
    factories.sign_in(client, factories.make_sign_in(account_id=other))

    answer = follow(client, "", email=GUEST, role="host")

    assert "Salin tautannya di bawah, lalu kirim sendiri." in answer.text
    assert open_link(bazaar_id, world) in answer.text


@pytest.mark.parametrize(
    ("email", "role", "sentence"),
    [
        ("tamu", "host", "Alamat e-mail ini tidak lengkap."),
        ("", "host", "Alamat e-mail perlu diisi."),
        (GUEST, "raja", "Pilih salah satu dari daftar."),
        ("budi@contoh.id", "organizer", "budi@contoh.id sudah menjadi anggota bazar ini."),
    ],
)
def test_a_refused_invitation_is_explained_and_keeps_what_was_typed(
    client: FlaskClient, bazaar_id: int, email: str, role: str, sentence: str, world: World
) -> None:
    factories.make_account(bazaar_id=bazaar_id, email="budi@contoh.id", role=Role.HOST)

    answer = client.post(PATH, data={"email": email, "role": role})
    wait_for_postman()

    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{email}"' in answer.text
    assert world.email.sent == []


def test_a_withdrawn_invitation_leaves_the_list_and_opens_nothing(client: FlaskClient, bazaar_id: int, world: World) -> None:
    made = invite(bazaar_id, GUEST, Role.HOST, factories.SECRET_KEY, by=None, now=world.now)

    answer = follow(client, f"/undangan/{made.id}/tarik")

    assert "Undangan ditarik." in answer.text
    assert GUEST not in answer.text
    with pytest.raises(Refusal, match="account_link_ended"):
        invitation(made.token, now=world.now)


def test_a_role_is_changed(client: FlaskClient, bazaar_id: int) -> None:
    answer = follow(client, f"/{membership(bazaar_id, 'Budi')}/peran", role="organizer")

    assert "Sekarang ia panitia." in answer.text
    assert roles(bazaar_id)["Budi"] is Role.ORGANIZER
    assert client.post(f"{PATH}/{membership(bazaar_id, 'Budi')}/peran", data={"role": "raja"}).status_code == 400


def test_the_last_organizer_cannot_leave_even_by_a_form_of_their_own(client: FlaskClient, bazaar_id: int) -> None:
    rani = membership(bazaar_id, "Rani")

    answers = [client.post(f"{PATH}/{rani}/keluarkan"), client.post(f"{PATH}/{rani}/peran", data={"role": "host"})]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert "Jadikan orang lain panitia dulu." in answers[0].text
    assert roles(bazaar_id)["Rani"] is Role.ORGANIZER


def test_who_steps_down_lands_on_a_page_they_may_see(client: FlaskClient, bazaar_id: int) -> None:
    follow(client, f"/{membership(bazaar_id, 'Budi')}/peran", role="organizer")

    answer = follow(client, f"/{membership(bazaar_id, 'Rani')}/peran", role="host")

    assert "Anda sekarang pembawa acara di bazar itu." in answer.text
    assert client.get(PATH).status_code == 404


def test_who_leaves_lands_on_their_account(client: FlaskClient, bazaar_id: int) -> None:
    follow(client, f"/{membership(bazaar_id, 'Budi')}/peran", role="organizer")

    answer = follow(client, f"/{membership(bazaar_id, 'Rani')}/keluarkan")

    assert "Anda sudah keluar dari bazar itu." in answer.text
    assert roles(bazaar_id) == {"Budi": Role.ORGANIZER}


def test_a_removed_member_is_out_at_the_next_request(client: FlaskClient, bazaar_id: int, app: Flask) -> None:
    second = factories.make_account(bazaar_id=bazaar_id, name="Sari")
    theirs = app.test_client()
    factories.sign_in(theirs, factories.make_sign_in(account_id=second))
    assert theirs.get(PATH).status_code == 200

    answer = follow(client, f"/{membership(bazaar_id, 'Sari')}/keluarkan")

    assert "Ia tidak lagi menjadi anggota." in answer.text
    assert theirs.get(PATH).status_code == 404
