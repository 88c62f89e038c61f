"""The pages on which an organizer reads and rewords what vendors are sent."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bazaar.database import reading, transaction
from bazaar.reminders import channel_accounts
from bazaar.reminders.channels.base import DeliveryError
from bazaar.states import ChannelName, ReminderKind
from models import ChannelAccount, MessageText
from tests import factories
from tests.conftest import START, World
from tests.reminders.conftest import Gateways
from tests.reminders.stage import publish
from tests.web.organizer.desk import Desk, actions_by, sit_down

LIST = "/pengaturan/pesan"
PATH = f"{LIST}/menjelang/id"
SUBJECT = "{nama}, {sapaan} tampil {lagi}, {jam}"
BODY = "Semangat, {sapaan}.\n{tautan}"


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    return sit_down(client, name="Bazar Mei")


@pytest.fixture
def gateways(monkeypatch: pytest.MonkeyPatch) -> Gateways:
    """Accounts lead to channels with a memory instead of real services."""
    gateways = Gateways()
    monkeypatch.setattr(channel_accounts, "build_channel", lambda name, _fields, **_options: gateways.channels[name])
    return gateways


def typed(**changes: str) -> dict[str, str]:
    return {"revision": "", "subject": SUBJECT, "body": BODY, "do": "simpan", **changes}


def put_on_stage(desk: Desk, **fields: object) -> int:
    session_id = factories.make_live_session(desk.edition_id)
    vendor_id = factories.make_vendor(desk.edition_id, owner_name="Bu Siti Aminah", business_name="Tape Manis", **fields)
    publish(desk.edition_id, [(factories.slot_ids(session_id)[0], vendor_id)], now=START)
    return vendor_id


def stored(desk: Desk) -> list[tuple[ReminderKind, bool, str, str, int]]:
    with reading() as session:
        rows = session.scalars(select(MessageText).where(MessageText.edition_id == desk.edition_id).order_by(MessageText.id))
        return [(row.kind, row.is_long_before, row.language, row.body, row.revision) for row in rows]


def test_the_list_names_every_kind_in_three_languages_and_when_it_goes(desk: Desk) -> None:
    text = desk.get(LIST).text

    assert text.count('class="t-line"') == 15
    assert "Dikirim 1 hari sebelum giliran." in text
    assert "Dikirim 30 menit dan 10 menit sebelum giliran." in text
    assert "Bu Siti Aminah, gilirane Ibu benjing dalu, 20.00 WIB" in text
    assert LIST in desk.get("/pengaturan").text


def test_the_editor_begins_with_the_usual_text_and_shows_it_for_a_vendor(desk: Desk) -> None:
    empty = desk.get(PATH).text
    put_on_stage(desk)

    text = desk.get(PATH).text

    assert "Contoh karangan, karena belum ada giliran yang terbit." in empty
    assert "{nama}, giliran {sapaan} {lagi}, {jam}" in text
    assert "Seperti yang diterima Bu Siti Aminah." in text
    assert "Bu Siti Aminah, giliran Ibu 30 menit lagi, " in text
    assert "tidak ikut berubah" in text  # WhatsApp's approved texts
    assert "bagian SMS" not in text


def test_every_kind_and_language_has_its_page(desk: Desk) -> None:
    put_on_stage(desk)

    for slug in ("jauh-hari", "menjelang", "pindah", "batal", "hasil"):
        for language in ("id", "en", "jv"):
            answer = desk.get(f"{LIST}/{slug}/{language}")

            assert answer.status_code == 200
            assert "Belum bisa dikirim" not in answer.text
            assert ("penutur asli" in answer.text) is (language == "jv")


def test_a_wording_is_saved_shown_and_taken_back(desk: Desk) -> None:
    put_on_stage(desk)

    saved = desk.follow(PATH, typed())
    listed = desk.get(LIST).text
    with_own = stored(desk)
    back = desk.follow(PATH, typed(revision="0", do="biasa"))

    assert "Teks disimpan." in saved.text
    assert "Bu Siti Aminah, Ibu tampil 30 menit lagi, " in saved.text
    assert listed.count("teks sendiri") == 1
    assert with_own == [(ReminderKind.BEFORE, False, "id", BODY, 0)]
    assert "Teks biasa dipakai lagi." in back.text
    assert "{nama}, giliran {sapaan} {lagi}, {jam}" in back.text
    assert stored(desk) == [(ReminderKind.BEFORE, False, "id", "", 1)]
    assert actions_by(desk.account_id) == ["change_message_text", "restore_message_text"]


def test_the_usual_text_saved_unchanged_is_no_wording_of_ones_own(desk: Desk) -> None:
    desk.follow(PATH, typed())
    usual = {"subject": "{nama}, giliran {sapaan} {lagi}, {jam}"}
    usual["body"] = "{hari}, {jam}, lamanya {lama}.\r\nLapak: {lapak}\r\n\r\n{ajakan}\r\n{tautan}\r\n\r\n{persiapan}\r\n"

    desk.follow(PATH, typed(revision="0", **usual))

    assert stored(desk)[0][3:] == ("", 1)
    assert "teks sendiri" not in desk.get(LIST).text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"subject": "{nam}, {jam}"}, "{nam} tidak dikenal. Maksudnya {nama}?"),
        ({"body": "{tautan} {xyzzy}"}, "{xyzzy} tidak dikenal. Pakai isian dari daftar."),
        ({"body": "{tautan"}, "Ada kurung kurawal yang tidak berpasangan."),
        ({"body": "Sampai nanti"}, "{tautan} belum ada."),
        ({"subject": "Halo {nama} {jam}"}, "Mulai dengan nama atau jam"),
        ({"body": "{tautan} https://lain.example"}, "Alamat web tidak bisa ditulis di sini."),
        ({"subject": ""}, "Bagian ini tidak boleh kosong."),
        ({"body": "{tautan}" + "a" * 1000}, "Terlalu panjang: 1008 huruf. Paling banyak 1000."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved(desk: Desk, changes: dict[str, str], sentence: str) -> None:
    answer = desk.post(PATH, typed(**changes))

    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert stored(desk) == []


def test_the_preview_follows_what_is_typed_and_saves_nothing(desk: Desk) -> None:
    vendor_id = put_on_stage(desk)
    other_id = factories.make_vendor(desk.edition_id, owner_name="Pak <b>Sugeng</b>")
    session_id = factories.make_live_session(desk.edition_id, starts_at=START.replace(day=9))
    publish(desk.edition_id, [(factories.slot_ids(session_id)[0], other_id)], now=START)

    page = desk.post(PATH, typed(do="lihat", vendor=str(other_id)))
    part = desk.post(f"{PATH}/pratinjau", typed(vendor=str(other_id)))
    wrong = desk.post(f"{PATH}/pratinjau", typed(body="{x"))
    strange = desk.post(f"{PATH}/pratinjau", typed(vendor=str(vendor_id + 987), subject="{jam}"))

    assert (page.status_code, part.status_code) == (200, 200)
    assert "Pak &lt;b&gt;Sugeng&lt;/b&gt;, Bapak tampil 30 menit lagi" in page.text
    assert "Pak &lt;b&gt;Sugeng&lt;/b&gt;, Bapak tampil 30 menit lagi" in part.text
    assert "<html" not in part.text
    assert "Belum bisa dikirim." in wrong.text
    assert "<code>{nama}</code>" in strange.text  # the first line lacks it
    assert stored(desk) == []


def test_parts_of_an_sms_are_told_where_a_gateway_may_send_them(desk: Desk) -> None:
    with transaction() as session:
        session.add(ChannelAccount(bazaar_id=desk.bazaar_id, channel=ChannelName.WEBHOOK, sealed="x", created_at=START))

    assert "bagian SMS" in desk.get(PATH).text


def test_two_people_at_one_wording_are_told_of_each_other(desk: Desk) -> None:
    desk.follow(PATH, typed())

    answer = desk.post(PATH, typed(body="Yang lain. {tautan}"))

    assert answer.status_code == 409
    assert "Data ini baru saja diubah orang lain." in answer.text
    assert "Yang lain. {tautan}" in answer.text
    assert stored(desk)[0][3] == BODY
    assert "Teks disimpan." in desk.follow(PATH, typed(body="Yang lain. {tautan}", revision="0")).text
    assert desk.post(PATH, typed(do="biasa", revision="0")).status_code == 409


def trial(**changes: str) -> dict[str, str]:
    return typed(way="email", address="rani@example.org", **changes)


def test_a_trial_goes_to_whoever_types_and_saves_nothing(desk: Desk, world: World) -> None:
    put_on_stage(desk)

    answer = desk.post(f"{PATH}/coba", trial())
    wrong = desk.post(f"{PATH}/coba", trial(body="{x"))
    nowhere = desk.post(f"{PATH}/coba", {**trial(), "address": "rani@"})
    closed = desk.post(f"{PATH}/coba", {**trial(), "way": "fonnte"})

    [message] = world.email.sent
    assert "Percobaan dikirim." in answer.text
    assert message.to_address == "rani@example.org"
    assert message.subject.startswith("Bu Siti Aminah, Ibu tampil 30 menit lagi, ")
    assert "Ini pesan percobaan." in message.text
    assert message.text.count("://") == 1
    assert (wrong.status_code, nowhere.status_code, closed.status_code) == (422, 422, 409)
    assert "Alamat ini tidak lengkap." in nowhere.text
    assert stored(desk) == []


def test_a_trial_goes_by_the_bazaars_own_ways_but_not_by_approved_texts(desk: Desk, gateways: Gateways) -> None:
    fonnte = gateways.open(desk.edition_id, ChannelName.FONNTE)
    gateways.open(desk.edition_id, ChannelName.WHATSAPP)

    page = desk.get(PATH).text
    answer = desk.post(f"{PATH}/coba", {**trial(), "way": "fonnte", "address": "0812 0000 1024"})

    assert ('<option value="fonnte">' in page, 'value="whatsapp"' in page) == (True, False)
    assert "tetap memakai teks yang sudah disetujui WhatsApp" in page
    assert "Percobaan dikirim." in answer.text
    assert [message.to_address for message in fonnte.sent] == ["+6281200001024"]


def test_a_trial_that_does_not_leave_says_why(desk: Desk, world: World) -> None:
    world.email.failures = [DeliveryError("kotak surat penuh")]

    answer = desk.post(f"{PATH}/coba", trial())

    assert answer.status_code == 409
    assert "Kata jalannya: kotak surat penuh." in answer.text


def test_a_sample_edition_sends_no_trial(client: FlaskClient, world: World) -> None:
    desk = sit_down(client, is_demo=True)

    answer = desk.post(f"{PATH}/coba", trial())

    assert answer.status_code == 409
    assert world.email.sent == []
