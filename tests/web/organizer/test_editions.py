"""Setting up a bazaar and its editions at the desk."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from bazaar.database import reading
from bazaar.editions.edition_settings import EditionData, archive_edition, read_edition_data
from bazaar.states import Role, RotationState
from models import Bazaar, Edition
from tests import factories
from tests.conftest import START
from tests.web.organizer.desk import Desk, actions_by, sit_down

EDITION = {
    "name": "Bazar Ramadhan 1447 H",
    "starts_on": "2026-05-18",
    "ends_on": "2026-06-14",
    "timezone": "Asia/Makassar",
    "gap_days": "3",
    "wanted_gap_days": "10",
    "adjacent_categories": "soft",
    "good_from": "19.30",
    "good_until": "24.00",
    "reminder_leads": "10 menit; 1 hari, 30",
    "quiet_from": "21.30",
    "quiet_until": "05.00",
    "grace_seconds": "120",
}


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    return sit_down(client, name="Bazar Mei")


def saved(slug: str) -> EditionData:
    with reading() as session:
        return read_edition_data(session.query(Edition).filter_by(slug=slug).one())


def value_of(page: Any, name: str) -> str:
    """What a field of the page holds."""
    tag = next(tag for tag in page.text.split("<input")[1:] if f'name="{name}"' in tag.split(">")[0])
    return str(tag.split(">")[0].split('value="')[1].split('"')[0])


def test_a_new_organizer_is_shown_how_to_begin(client: FlaskClient) -> None:
    factories.sign_in(client, factories.make_sign_in(account_id=factories.make_account(name="Bu Siti")))

    text = client.get("/panitia").text

    assert "Selamat datang, Bu Siti." in text
    assert "/panitia/bazar/baru" in text


def test_a_host_is_shown_the_way_to_the_console(client: FlaskClient) -> None:
    account_id = factories.make_account(bazaar_id=factories.make_bazaar(), role=Role.HOST)
    factories.sign_in(client, factories.make_sign_in(account_id=account_id))

    assert 'href="/siaran"' in client.get("/panitia").text


def test_a_bazaar_and_an_edition_are_made_from_nothing(client: FlaskClient) -> None:
    account_id = factories.make_account()
    factories.sign_in(client, factories.make_sign_in(account_id=account_id))

    made = client.post(
        "/panitia/bazar/baru", data={"name": "Pasar Jember", "city": "Jember", "help_phone": "0812 0000 1024"}, follow_redirects=True
    )
    begun = client.post("/panitia/bazar/pasar-jember/edisi/baru", data=EDITION, follow_redirects=True)

    assert "Pasar Jember siap. Sekarang buat edisi pertamanya." in made.text
    assert "Bazar Ramadhan 1447 H siap. Sekarang tambahkan siarannya." in begun.text
    assert saved("bazar-ramadhan-1447-h") == EditionData(
        name="Bazar Ramadhan 1447 H",
        starts_on=saved("bazar-ramadhan-1447-h").starts_on,
        ends_on=saved("bazar-ramadhan-1447-h").ends_on,
        timezone="Asia/Makassar",
        good_until_minute=24 * 60,
        reminder_leads=(1440, 30, 10),
        quiet_from_minute=21 * 60 + 30,
        quiet_until_minute=5 * 60,
    )
    assert actions_by(account_id) == ["create_bazaar", "create_edition"]


def test_the_form_of_a_new_edition_suggests_good_rules(desk: Desk) -> None:
    with reading() as session:
        slug = session.get_one(Bazaar, desk.bazaar_id).slug

    page = desk.client.get(f"/panitia/bazar/{slug}/edisi/baru")

    names = (
        "gap_days",
        "wanted_gap_days",
        "good_from",
        "good_until",
        "reminder_leads",
        "quiet_from",
        "quiet_until",
    )
    assert [value_of(page, name) for name in names] == ["3", "10", "19.30", "21.30", "24 jam; 30 menit; 10 menit", "22.00", "06.00"]
    assert '<option selected value="Asia/Jakarta">' in page.text
    assert value_of(page, "starts_on") == "2026-05-18"  # the Monday after next


MISTAKES: tuple[tuple[dict[str, str], str], ...] = (
    ({"name": ""}, "Tulis nama edisinya."),
    ({"starts_on": "kapan-kapan"}, "Isi dengan tanggal"),
    ({"ends_on": "2026-05-01"}, "Hari terakhir ada sebelum hari pertama."),
    ({"timezone": "Asia/Jember"}, "Pilih salah satu dari daftar."),
    ({"gap_days": "11"}, "tidak boleh kurang dari jarak paling sedikit"),
    ({"good_until": "19.00"}, "Jam ramai harus selesai sesudah mulai."),
    ({"reminder_leads": "kemarin"}, "“kemarin” tidak terbaca."),
    ({"reminder_leads": "30 hari"}, "paling awal 14 hari"),
    ({"quiet_from": "malam"}, "Jam ini tidak terbaca. Contoh: 19.30."),
    ({"quiet_until": ""}, "Tulis jamnya. Contoh: 06.00."),
    ({"grace_seconds": "-1"}, "Isi antara 0 dan 3600."),
)


def test_a_mistake_is_named_and_nothing_typed_is_lost(desk: Desk) -> None:
    sent = {**EDITION, "timezone": "Asia/Jakarta", "revision": "0"}

    answers = [desk.post("/pengaturan", {**sent, **changes}) for changes, _ in MISTAKES]

    assert {answer.status_code for answer in answers} <= {409, 422}
    for answer, (changes, sentence) in zip(answers, MISTAKES, strict=True):
        assert sentence in answer.text
        assert all(f'value="{value}"' in answer.text for value in changes.values() if value and value != "Asia/Jember")


def test_settings_show_what_is_saved_and_take_a_change(desk: Desk) -> None:
    page = desk.get("/pengaturan")
    answer = desk.follow("/pengaturan", {**EDITION, "revision": value_of(page, "revision")})

    assert value_of(page, "name") == "Bazar Mei"
    assert "Perubahan disimpan." in answer.text
    assert saved(desk.slug).reminder_leads == (1440, 30, 10)


def test_the_second_of_two_organizers_reads_what_changed_and_keeps_what_she_typed(desk: Desk) -> None:
    desk.post("/pengaturan", {**EDITION, "gap_days": "5", "revision": "0"})

    answer = desk.post("/pengaturan", {**EDITION, "gap_days": "7", "revision": "0"})
    again = desk.follow("/pengaturan", {**EDITION, "gap_days": "7", "revision": value_of(answer, "revision")})

    assert answer.status_code == 409
    assert "Data ini baru saja diubah orang lain." in answer.text
    assert "Jarak paling sedikit (hari) sekarang: <strong>5</strong>" in answer.text
    assert value_of(answer, "gap_days") == "7"
    assert ("Perubahan disimpan." in again.text, saved(desk.slug).gap_days) == (True, 7)


def test_home_says_what_comes_next_in_each_edition(desk: Desk) -> None:
    def step() -> str:
        return str(desk.client.get("/panitia").text.split('class="e-next"')[1].split("</div>")[0])

    seen = [step()]
    live_session_id = factories.make_live_session(desk.edition_id, starts_at=START + timedelta(days=1, hours=1))
    seen.append(step())
    vendor_id = factories.make_vendor(desk.edition_id)
    seen.append(step())
    factories.make_rotation(desk.edition_id, state=RotationState.DRAFT)
    seen.append(step())
    factories.make_rotation(desk.edition_id, [(factories.slot_ids(live_session_id)[0], vendor_id)])
    seen.append(step())

    expected = ["Tambahkan siaran", "Masukkan lapak", "Bagi giliran", "Rancangan menunggu diterbitkan.", "Sel, 5 Mei, 20.00 WIB"]
    assert [text in page for text, page in zip(expected, seen, strict=True)] == [True] * 5


def test_home_tells_when_an_edition_is_on_air_and_when_it_is_over(desk: Desk, world: Any) -> None:
    live_session_id = factories.make_live_session(desk.edition_id, starts_at=START)
    factories.make_rotation(desk.edition_id, [(factories.slot_ids(live_session_id)[0], factories.make_vendor(desk.edition_id))])

    on_air = desk.client.get("/panitia").text
    world.wait(hours=3)
    over = desk.client.get("/panitia").text

    assert ("Sedang siaran" in on_air, "Semua giliran sudah lewat." in over) == (True, True)


def test_an_edition_is_archived_and_brought_back(desk: Desk) -> None:
    asked = desk.get("/pengaturan/arsip").text
    archived = desk.follow("/pengaturan/arsip").text
    settings = desk.get("/pengaturan").text
    back = desk.follow("/kembali").text

    assert "bisa dikembalikan" in asked
    assert "1 edisi diarsipkan" in archived
    assert "Kembalikan edisi ini" in settings
    assert "Bazar Mei aktif lagi." in back


def test_an_edition_with_turns_ahead_says_why_it_stays(desk: Desk) -> None:
    live_session_id = factories.make_live_session(desk.edition_id, starts_at=START + timedelta(days=1))
    factories.make_rotation(desk.edition_id, [(factories.slot_ids(live_session_id)[0], factories.make_vendor(desk.edition_id))])

    assert "Masih ada 1 giliran di depan" in desk.get("/pengaturan/arsip").text
    assert desk.post("/pengaturan/arsip").status_code == 409


def test_only_an_edition_that_was_never_published_can_be_deleted(desk: Desk) -> None:
    offered = "hapus" in desk.get("/pengaturan").text
    factories.make_rotation(desk.edition_id, state=RotationState.SUPERSEDED)
    refused = desk.post("/pengaturan/hapus")
    asked = desk.get("/pengaturan/hapus").text

    assert (offered, refused.status_code, "sudah pernah terbit" in refused.text) == (True, 409, True)
    assert ("Hapus untuk selamanya" in asked, "/pengaturan/arsip" in asked) == (False, True)
    assert "/pengaturan/hapus" not in desk.get("/pengaturan").text


def test_a_fresh_edition_is_deleted_after_a_question(desk: Desk) -> None:
    assert "hilang untuk selamanya" in desk.get("/pengaturan/hapus").text
    assert "Bazar Mei dihapus." in desk.follow("/pengaturan/hapus").text


def test_a_bazaar_is_changed_and_a_wrong_phone_is_said_under_it(desk: Desk) -> None:
    with reading() as session:
        slug = session.get_one(Bazaar, desk.bazaar_id).slug
    path = f"/panitia/bazar/{slug}/ubah"

    wrong = desk.client.post(path, data={"name": "Pasar Baru", "help_phone": "0331"})
    right = desk.client.post(path, data={"name": "Pasar Baru", "help_phone": ""}, follow_redirects=True)

    assert (wrong.status_code, "Jumlah angkanya tidak pas." in wrong.text, 'value="Pasar Baru"' in wrong.text) == (422, True, True)
    assert ("Pasar Baru" in right.text, "Nomor panitia belum diisi." in right.text) == (True, True)


def test_a_bazaar_reached_by_landline_is_saved_as_it_stands(desk: Desk) -> None:
    with reading() as session:
        slug, phone = session.get_one(Bazaar, desk.bazaar_id).slug, session.get_one(Bazaar, desk.bazaar_id).help_phone
    form = desk.client.get(f"/panitia/bazar/{slug}/ubah")
    shown = {name: value_of(form, name) for name in ("name", "city", "help_phone")}

    saved_again = desk.client.post(f"/panitia/bazar/{slug}/ubah", data=shown)

    with reading() as session:
        assert (saved_again.status_code, session.get_one(Bazaar, desk.bazaar_id).help_phone) == (303, phone)
    assert shown["help_phone"] == "(0331) 000100"


def test_an_archived_editions_settings_refuse_a_change_in_words(desk: Desk) -> None:
    archive_edition(desk.edition_id, by=None, now=START)

    answer = desk.post("/pengaturan", {**EDITION, "revision": "1"})

    assert (answer.status_code, "sudah diarsipkan" in answer.text) == (409, True)


def test_another_bazaars_organizer_finds_nothing_here(desk: Desk) -> None:
    with reading() as session:
        slug = session.get_one(Bazaar, desk.bazaar_id).slug
    factories.sign_in(desk.client, factories.make_sign_in(account_id=factories.make_account(bazaar_id=factories.make_bazaar())))

    statuses = {
        desk.get("/pengaturan").status_code,
        desk.post("/kembali").status_code,
        desk.client.get(f"/panitia/bazar/{slug}/ubah").status_code,
        desk.client.post(f"/panitia/bazar/{slug}/edisi/baru", data=EDITION).status_code,
    }

    assert statuses == {404}
    assert "Bazar Mei" not in desk.client.get("/panitia").text
