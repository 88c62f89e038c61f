"""The pages on which organizers open, order, try and give up channels."""

import html
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bazaar.database import reading
from bazaar.reminders.channel_accounts import current_accounts
from bazaar.reminders.channels.base import DeliveryError
from bazaar.states import ChannelName, Role
from models import ChannelAccount
from tests import factories
from tests.conftest import START, World
from tests.reminders.channels.doubles.server import running
from tests.reminders.channels.doubles.telegram import Telegram
from tests.reminders.stage import change
from tests.web.organizer.desk import Desk, actions_by, sit_down

PATH = "/pengaturan/jalan-kabar"
FONNTE = {"revision": "-1", "token": "token-perangkat-fonnte"}
WEBHOOK = {"revision": "-1", "url": "https://gerbang.example.org/kirim", "secret": "kunci-tanda-tangan-gerbang"}


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    return sit_down(client, name="Bazar Mei")


def words(answer: Any) -> str:
    """What a person reads."""
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.text).split()))


def order(desk: Desk) -> list[ChannelName]:
    with reading() as session:
        return [account.channel for account in current_accounts(session, desk.bazaar_id)]


def account(desk: Desk) -> ChannelAccount:
    with reading() as session:
        return session.scalars(select(ChannelAccount).where(ChannelAccount.bazaar_id == desk.bazaar_id)).one()


def test_the_list_says_in_plain_words_what_there_is_and_what_is_missing(desk: Desk) -> None:
    factories.make_vendor(desk.edition_id, email="sari@example.com")

    text = words(desk.get(PATH))

    assert "E-mail Belum pernah dipakai Ke alamat e-mail penjual. Menjangkau 1 dari 1 lapak." in text
    assert "Alamat situs ini belum https. Minta pengurus server mengatur PUBLIC_URL." in text
    assert "WhatsApp lewat Fonnte HP bazar yang mengirim" in text
    assert PATH in desk.get("/pengaturan").text


def test_a_channel_is_opened_and_its_address_stands_ready_to_copy(desk: Desk) -> None:
    answer = desk.follow(f"{PATH}/fonnte", FONNTE)

    assert "WhatsApp lewat Fonnte dibuka. Sekarang kirim percobaan." in answer.text
    assert re.search(r'value="http://localhost:8000/api/v1/kabar/[^/"]+/fonnte/[A-Za-z0-9_-]{32}"', answer.text)
    assert "token-perangkat-fonnte" not in answer.text
    assert "Tersimpan. Kosongkan untuk tetap." in answer.text
    assert "Nomor bisa diblokir." in answer.text
    assert actions_by(desk.account_id) == ["open_channel"]


def test_a_mistake_stands_at_its_field_what_was_typed_stays_and_secrets_go(desk: Desk) -> None:
    answer = desk.post(f"{PATH}/webhook", {"revision": "-1", "url": "gerbang saya", "secret": "rahasia-pendek", "daily_limit": "0"})
    again = desk.post(f"{PATH}/webhook", {"revision": "-1", "url": "gerbang saya", "secret": "rahasia-pendek"})

    assert (answer.status_code, again.status_code) == (422, 422)
    assert "Isi antara 1 dan" in answer.text
    assert "Alamat gerbang bukan alamat web." in again.text
    assert 'value="gerbang saya"' in again.text
    assert "rahasia-pendek" not in again.text
    assert "Yang rahasia tidak kami tampilkan lagi." in again.text


def test_two_organizers_at_one_form_see_each_other(desk: Desk) -> None:
    desk.post(f"{PATH}/webhook", WEBHOOK)
    desk.post(f"{PATH}/webhook", {**WEBHOOK, "revision": "0", "url": "https://rekan.example.org"})

    answer = desk.post(f"{PATH}/webhook", {**WEBHOOK, "revision": "0", "url": "https://saya.example.org"})
    after = desk.follow(f"{PATH}/webhook", {**WEBHOOK, "revision": "1", "url": "https://saya.example.org"})

    assert answer.status_code == 409
    assert "Alamat gerbang sekarang: https://rekan.example.org" in words(answer)
    assert "Kunci tanda tangan sekarang" not in words(answer)
    assert 'value="https://saya.example.org"' in answer.text
    assert "Perubahan disimpan." in after.text


def test_channels_are_moved_switched_off_and_given_up(desk: Desk) -> None:
    desk.post(f"{PATH}/webhook", WEBHOOK)
    desk.post(f"{PATH}/fonnte", FONNTE)

    up = desk.follow(f"{PATH}/fonnte/naik")
    off = desk.follow(f"{PATH}/fonnte/matikan")
    on = desk.follow(f"{PATH}/fonnte/nyalakan")
    asked = desk.get(f"{PATH}/webhook/cabut")
    gone = desk.follow(f"{PATH}/webhook/cabut")

    assert "WhatsApp lewat Fonnte naik satu tempat." in up.text
    assert words(off).count("Dimatikan") == 1
    assert "dipakai lagi" in on.text
    assert "Cabut Gerbang sendiri (webhook)?" in words(asked)
    assert "dicabut. Isiannya sudah dihapus." in gone.text
    assert order(desk) == [ChannelName.FONNTE]


def test_a_channel_that_works_says_when_it_last_did(desk: Desk) -> None:
    desk.post(f"{PATH}/fonnte", FONNTE)
    change(ChannelAccount, account(desk).id, last_ok_at=START)

    text = words(desk.get(PATH))

    assert "WhatsApp lewat Fonnte Berjalan" in text
    assert "Terakhir berhasil Sen, 4 Mei, 19.00 WIB." in text


def test_trouble_is_told_in_everyday_words_with_the_services_own_beside_it(desk: Desk) -> None:
    desk.post(f"{PATH}/fonnte", FONNTE)
    said = "Fonnte menolak: request invalid on disconnected device"
    change(ChannelAccount, account(desk).id, failure_count=1, last_error=said)

    text = words(desk.get(PATH))

    assert "HP pengirimnya tidak tersambung. Sambungkan lagi di layanannya." in text
    assert f"Kata layanannya: {said}" in text


def test_what_was_sealed_with_another_key_asks_to_be_entered_again(desk: Desk) -> None:
    desk.post(f"{PATH}/fonnte", FONNTE)
    change(ChannelAccount, account(desk).id, sealed="x")

    index, form = words(desk.get(PATH)), words(desk.get(f"{PATH}/fonnte"))

    assert "Perlu diisi lagi" in index
    assert "Kunci server berganti" in form
    assert "Tersimpan." not in form


def test_a_trial_goes_to_the_address_that_was_typed(desk: Desk, world: World) -> None:
    answer = desk.follow(f"{PATH}/email/coba", {"address": "rani@example.com"})

    assert "Terkirim. Kalau belum masuk dalam satu menit, periksa folder spam." in answer.text
    assert [message.to_address for message in world.email.sent] == ["rani@example.com"]
    assert "rani@example.com" not in answer.text


def test_a_trial_that_fails_says_why_and_keeps_the_address(desk: Desk, world: World) -> None:
    world.email.failures.append(DeliveryError("server e-mail tidak terjangkau", unreachable=True))

    failed = desk.post(f"{PATH}/email/coba", {"address": "rani@example.com"})
    wrong = desk.post(f"{PATH}/email/coba", {"address": "rani"})
    closed = desk.post(f"{PATH}/fonnte/coba", {"address": "0812 0000 1024"})

    assert "Tidak terkirim. Layanan tidak terjangkau." in words(failed)
    assert 'value="rani@example.com"' in failed.text
    assert "Alamat ini tidak lengkap." in wrong.text
    assert "Jalan kabar ini belum dibuka" in closed.text


def test_a_telegram_bot_is_told_where_to_post(desk: Desk) -> None:
    service = Telegram()
    with running(service):
        fields = {**service.fields(), "hook_secret": "", "revision": "-1"}
        desk.post(f"{PATH}/telegram", fields)
        connected = desk.follow(f"{PATH}/telegram/sambungkan")
    away = desk.follow(f"{PATH}/telegram/sambungkan")

    assert "Bot tersambung. Balasan penjual masuk ke sini." in connected.text
    assert str(service.hook["url"]).endswith("/telegram")
    assert len(str(service.hook["secret_token"])) == 32
    assert "Bot belum tersambung. Layanan tidak terjangkau." in away.text


def test_trials_are_few(desk: Desk, world: World) -> None:
    answers = [desk.post(f"{PATH}/email/coba", {"address": "rani@example.com"}).status_code for _ in range(7)]

    assert answers == [303] * 6 + [429]
    assert len(world.email.sent) == 6


def test_a_sample_edition_says_that_it_writes_to_nobody(client: FlaskClient) -> None:
    desk = sit_down(client, is_demo=True)

    index = words(desk.get(PATH))
    trial = desk.post(f"{PATH}/email/coba", {"address": "rani@example.com"})

    assert "Karena itu tidak ada pesan ke HP." in index
    assert "Edisi contoh tidak mengirim ke luar komputer ini." in trial.text


def test_a_host_has_no_business_here(client: FlaskClient, desk: Desk) -> None:
    host = factories.make_account(bazaar_id=desk.bazaar_id, role=Role.HOST)
    factories.sign_in(client, factories.make_sign_in(account_id=host))

    answers = [desk.get(PATH), desk.get(f"{PATH}/fonnte"), desk.post(f"{PATH}/fonnte", FONNTE), desk.post(f"{PATH}/email/coba")]

    assert [answer.status_code for answer in answers] == [404] * 4
