"""Pesan on the organizer's desk: what to send by hand, tick off, take back; what went out and why not."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from bazaar.database import transaction
from bazaar.reminders.dispatch import dispatch_due
from bazaar.reminders.plan import plan_missing
from bazaar.reminders.provider_events import store_events
from bazaar.reminders.provider_words import Word
from bazaar.states import ChannelName, DeliveryState, ProviderWord
from bazaar.web.organizer.reasons import plain_reason
from models import Delivery, Edition, Reminder, Vendor
from tests.conftest import World
from tests.sales.evening import Evening, make_evening, minutes
from tests.web.organizer.desk import Desk, actions_by, sit_down


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    return sit_down(client)


@pytest.fixture
def evening(app: Flask, desk: Desk, world: World) -> Evening:
    """A day ahead: the first reminder waits for a person."""
    evening = make_evening(edition_id=desk.edition_id)
    with transaction() as session:
        session.get_one(Vendor, evening.vendor_ids[0]).phone = "+6281200001024"
    plan_missing(now=minutes(-3000))
    world.now = minutes(-1440)
    dispatch_due(app.extensions["giliran.outside"], now=world.now)
    return evening


def tick_path(text: str) -> str:
    found = re.search(r'action="/panitia/[^/"]+(/pesan/\d+/terkirim)"', text)
    assert found is not None
    return found[1]


def test_before_anything_is_published_it_says_so(desk: Desk) -> None:
    assert "Belum ada pesan." in desk.get("/pesan").text


def test_what_to_send_stands_ready_with_its_text(desk: Desk, evening: Evening) -> None:
    text = desk.get("/pesan").text

    assert "1 pesan belum dikirim" in text
    assert "https://wa.me/6281200001024?text=Bu%20Siti%20Aminah" in text
    assert "Pengingat 1 hari sebelumnya. Kirim sebelum" in text
    assert f"/panitia/{desk.slug}/pesan" in desk.get("/").text


def test_a_tick_takes_it_off_the_list_and_a_second_one_is_no_error(desk: Desk, evening: Evening) -> None:
    path = tick_path(desk.get("/pesan").text)

    first, second = desk.follow(path), desk.follow(path)

    assert "Dicatat: pesan sudah terkirim." in first.text
    assert "1 baru saja dicentang" in first.text
    assert "Pesan ini sudah dicatat terkirim tadi." in second.text
    assert "1 terkirim" in first.text
    assert actions_by(desk.account_id) == ["tick_off_message"]


def test_a_wrong_tick_is_taken_back(desk: Desk, evening: Evening) -> None:
    path = tick_path(desk.get("/pesan").text)
    desk.post(path)

    answer = desk.follow(path.replace("terkirim", "belum-terkirim"))

    assert "Pesan kembali ke daftar." in answer.text
    assert "1 pesan belum dikirim" in answer.text
    assert "baru saja dicentang" not in answer.text


def test_a_message_whose_time_has_passed_says_so(desk: Desk, evening: Evening, world: World) -> None:
    path = tick_path(desk.get("/pesan").text)
    with transaction() as session:
        session.execute(update(Delivery).values(state=DeliveryState.EXPIRED, finished_at=minutes(-1000)))

    answer = desk.post(path)

    assert answer.status_code == 409
    assert "Pesan ini sudah tidak berlaku" in answer.text


def test_a_demo_offers_no_chat_with_an_invented_number(desk: Desk, evening: Evening) -> None:
    with transaction() as session:
        session.get_one(Edition, desk.edition_id).is_demo = True

    text = desk.get("/pesan").text

    assert "wa.me" not in text
    assert "nomornya karangan" in text


def test_what_failed_says_why_in_everyday_words(desk: Desk, evening: Evening) -> None:
    with transaction() as session:
        session.execute(
            update(Delivery).values(
                state=DeliveryState.DEAD, finished_at=minutes(-1439), last_error="server e-mail menjawab 550 5.1.1 no such user"
            )
        )

    text = desk.get("/pesan").text

    assert "Alamat e-mail itu tidak ada atau menolak. Periksa di halaman lapak." in text
    assert "no such user" not in text
    assert "6 bermasalah" in text


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        ("", ""),
        ("server e-mail menjawab 552 mailbox full", "Kotak suratnya penuh. Kabari lewat telepon."),
        ("server e-mail menolak sambungan: 535 bad password", "Server e-mail menolak kita. Pengurus server perlu memeriksa setelannya."),
        ("server e-mail tidak terjangkau: [Errno 111]", "Server e-mail tidak terjangkau. Dicoba lagi sendiri."),
        ("server e-mail diam setelah menerima isi: timed out", "Mungkin sudah sampai, tetapi belum pasti. Tanyakan lewat telepon."),
        ("RuntimeError: who knows", "Pesannya tidak bisa dikirim. Kabari lewat telepon."),
    ],
)
def test_reasons_are_sentences_for_people(trouble: str, sentence: str) -> None:
    assert plain_reason(trouble) == sentence


@pytest.mark.parametrize("day", ["2026-05-05", "besok", "2026-99-99", ""])
def test_any_day_in_the_address_is_answered(desk: Desk, evening: Evening, day: str) -> None:
    answer = desk.get(f"/pesan?hari={day}")

    assert answer.status_code == 200
    assert "Giliran Selasa, 5 Mei" in answer.text


def test_a_message_of_another_edition_does_not_exist(app: Flask, desk: Desk, evening: Evening, world: World) -> None:
    other: Any = make_evening()
    plan_missing(now=minutes(-3000))
    with transaction() as session:
        foreign = session.query(Delivery).join(Reminder).where(Reminder.edition_id == other.edition_id).first()
        assert foreign is not None
        delivery_id = foreign.id

    assert desk.post(f"/pesan/{delivery_id}/terkirim").status_code == 404
    assert desk.post(f"/pesan/{delivery_id}/belum-terkirim").status_code == 404


def test_what_vendors_write_back_stands_on_top_what_nobody_understood_first(desk: Desk, evening: Evening, world: World) -> None:
    with transaction() as session:
        bazaar_id = session.get_one(Edition, desk.edition_id).bazaar_id
    words = [
        Word(ProviderWord.REPLY, f"{number}".ljust(64, "0"), sender="+6281200001024", note=text)
        for number, text in enumerate(["Siap bu", "Pakai HP <siapa>?"])
    ]
    assert "Balasan lapak" not in desk.get("/pesan").text

    store_events(bazaar_id, ChannelName.WHATSAPP, words, now=world.now)
    text = desk.get("/pesan").text

    assert "1 balasan perlu dibaca" in text
    assert "Pakai HP &lt;siapa&gt;?" in text
    assert text.index("Pakai HP") < text.index("1 balasan terbaca sendiri") < text.index("Dibaca sebagai siap")
    assert 'href="https://wa.me/6281200001024"' in text


def test_what_ended_badly_is_tried_again_or_settled(desk: Desk, evening: Evening) -> None:
    with transaction() as session:
        session.execute(update(Delivery).values(state=DeliveryState.DEAD, finished_at=minutes(-1439), last_error="550 no such user"))

    listed = desk.get("/pesan").text
    again = re.findall(r'action="/panitia/[^/"]+(/pesan/\d+/kirim-ulang)"', listed)
    settle = re.findall(r'action="/panitia/[^/"]+(/pesan/\d+/selesai)"', listed)
    tried, done = desk.follow(settle[0]).text, desk.follow(settle[0]).text

    assert "6 pesan tidak sampai" in listed
    assert len(settle) == 6
    assert len(again) < 6  # what a person had to send by WhatsApp is not sent by a machine
    assert "Dicatat: sudah selesai." in tried
    assert "5 pesan tidak sampai" in tried
    assert "Pesan ini sudah sampai atau sudah selesai." in done
    assert actions_by(desk.account_id) == ["mark_message_done"]


def test_the_story_of_each_turn_is_told_filtered_and_taken_home(desk: Desk, evening: Evening) -> None:
    page = " ".join(desk.get("/pesan").text.split())
    unanswered = desk.get("/pesan?saring=belum-menjawab&hari=2026-05-05").text
    trouble = desk.get("/pesan?saring=bermasalah").text
    vendor = desk.get(f"/lapak/{evening.vendor_ids[0]}").text
    workbook, text = desk.get("/pesan/riwayat.xlsx"), desk.get("/pesan/riwayat.csv")

    assert "Menunggu dikirim panitia lewat WhatsApp" in page
    assert "Akan dikirim" in page
    assert "Dapur Tape Kenanga" in unanswered
    assert "Tidak ada lapak seperti itu di hari ini." in trouble
    assert "Menunggu dikirim panitia lewat WhatsApp" in vendor
    assert workbook.data.startswith(b"PK")
    assert "Kejadian" in text.data.decode("utf-8-sig").splitlines()[0]
