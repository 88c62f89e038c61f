"""Live sessions at the desk: the list, one by form, a pattern, moving, calling off."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from bazaar.database import reading
from models import LiveSession, Slot
from tests import factories
from tests.conftest import START
from tests.web.organizer.desk import Desk, actions_by, sit_down

TUESDAY = {
    "on": "2026-05-05",
    "starts": "20.00",
    "ends": "21.30",
    "slot_minutes": "15",
    "host_name": "Rani Prameswari",
    "zoom_url": "https://zoom.us/j/814?pwd=x",
    "youtube_url": "",
}
WEEKENDS = {
    "weekdays": ["4", "5"],
    "from_on": "2026-05-04",
    "until_on": "2026-05-17",
    "starts": "15.30",
    "ends": "17.00",
    "slot_minutes": "15",
}


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    return sit_down(client)


def published(desk: Desk, *, position: int = 1, days: int = 1) -> int:
    """A live session with one published turn."""
    live_session_id = factories.make_live_session(desk.edition_id, starts_at=START + timedelta(days=days, hours=1))
    vendor_id = factories.make_vendor(desk.edition_id, business_name="Dapur Tape", owner_name="Bu Siti")
    factories.make_rotation(desk.edition_id, [(factories.slot_ids(live_session_id)[position - 1], vendor_id)])
    return live_session_id


def field_of(page: Any, name: str) -> str:
    tag = next(tag for tag in page.text.split("<input")[1:] if f'name="{name}"' in tag.split(">")[0])
    return str(tag.split(">")[0].split('value="')[1].split('"')[0])


def test_an_edition_without_live_sessions_says_how_to_begin(desk: Desk) -> None:
    text = desk.get("/siaran").text

    assert "Belum ada siaran." in text
    assert [path in text for path in ("/siaran/pola", "/siaran/baru", "/impor?jenis=siaran")] == [True] * 3


def test_one_is_added_and_shown_with_its_slots(desk: Desk) -> None:
    text = desk.follow("/siaran/baru", {**TUESDAY, "languages": ["jv"]}).text

    assert "Siaran ditambahkan." in text
    assert "Selasa, 5 Mei 2026" in text
    assert "20.00–21.30 WIB" in text
    assert text.count("kosong") == 6
    assert "Rani Prameswari" in text
    assert "Jawa" in text
    assert actions_by(desk.account_id) == ["add_live_session"]


MISTAKES: tuple[tuple[dict[str, str], str], ...] = (
    ({"on": ""}, "Pilih tanggalnya."),
    ({"on": "2026-07-01"}, "1 Juli 2026 di luar edisi ini, yang berjalan 4 Mei 2026 sampai 31 Mei 2026."),
    ({"starts": "jam delapan"}, "Jam ini tidak terbaca."),
    ({"ends": "20.00"}, "Jam selesai sama dengan jam mulai."),
    ({"slot_minutes": "95"}, "Giliran 95 menit tidak pas"),
    ({"zoom_url": "javascript:alert(1)"}, "bukan alamat web"),
    ({"youtube_url": "youtube jember"}, "bukan alamat web"),
)


def test_a_mistake_is_named_and_nothing_typed_is_lost(desk: Desk) -> None:
    answers = [desk.post("/siaran/baru", {**TUESDAY, **changes}) for changes, _ in MISTAKES]

    assert {answer.status_code for answer in answers} == {422}
    for answer, (changes, sentence) in zip(answers, MISTAKES, strict=True):
        assert sentence in answer.text
        assert "Rani Prameswari" in answer.text
        assert all(f'value="{value}"' in answer.text for value in changes.values() if value)


def test_a_time_already_taken_is_said_under_the_start(desk: Desk) -> None:
    desk.post("/siaran/baru", TUESDAY)

    answer = desk.post("/siaran/baru", {**TUESDAY, "starts": "21.00", "ends": "22.00"})

    assert "Sudah ada siaran lain yang mulai 5 Mei 2026 jam 20.00." in answer.text


def test_a_pattern_adds_many_and_counts_what_it_left_out(desk: Desk) -> None:
    suggested = desk.get("/siaran/pola")
    first = desk.follow("/siaran/pola", WEEKENDS).text
    again = desk.follow("/siaran/pola", WEEKENDS).text

    assert (field_of(suggested, "from_on"), field_of(suggested, "until_on")) == ("2026-05-04", "2026-05-31")
    assert "4 siaran ditambahkan." in first
    assert "0 siaran ditambahkan. 4 dilewati karena jamnya sudah terpakai." in again
    assert "4 siaran, 24 waktu tayang." in again
    assert [day in again for day in ("Jumat, 8 Mei", "Sabtu, 9 Mei", "Jumat, 15 Mei", "Sabtu, 16 Mei")] == [True] * 4


def test_a_pattern_that_falls_on_no_day_is_explained(desk: Desk) -> None:
    mistakes: tuple[tuple[dict[str, Any], str], ...] = (
        ({"weekdays": []}, "Pilih paling sedikit satu hari."),
        ({"until_on": "2026-05-01"}, "Hari terakhir ada sebelum hari pertama."),
        ({"until_on": "2026-05-06"}, "Tidak ada hari itu di antara kedua tanggal."),
    )

    answers = [desk.post("/siaran/pola", {**WEEKENDS, **changes}) for changes, _ in mistakes]

    assert [(answer.status_code, sentence in answer.text) for answer, (_, sentence) in zip(answers, mistakes, strict=True)] == [
        (422, True)
    ] * 3


def test_the_list_keeps_what_is_over_called_off_and_archived_apart(desk: Desk) -> None:
    ids = [factories.make_live_session(desk.edition_id, starts_at=START + timedelta(days=days, hours=1)) for days in (-2, 1, 2, 3)]
    desk.post(f"/siaran/{ids[2]}/batal")
    desk.post(f"/siaran/{ids[3]}/arsip")

    lists = {status: desk.get(f"/siaran?status={status}").text for status in ("depan", "lewat", "batal", "arsip")}

    shown = {status: [f'/siaran/{id_}"' in text for id_ in ids] for status, text in lists.items()}
    assert shown == {
        "depan": [False, True, False, False],
        "lewat": [True, False, False, False],
        "batal": [False, False, True, False],
        "arsip": [False, False, False, True],
    }


def test_when_all_is_over_the_list_shows_what_was(desk: Desk, world: Any) -> None:
    published(desk)
    world.wait(days=5)

    text = desk.get("/siaran").text

    assert ("Selesai" in text, "Selasa, 5 Mei" in text) == (True, True)


def test_a_move_says_how_many_vendors_are_told(desk: Desk) -> None:
    live_session_id = published(desk)
    form = desk.get(f"/siaran/{live_session_id}/ubah")

    answer = desk.follow(f"/siaran/{live_session_id}/ubah", {**TUESDAY, "on": "2026-05-07", "version": field_of(form, "version")})

    assert "1 lapak punya giliran di siaran ini." in form.text
    assert "Perubahan disimpan. Kabar untuk 1 lapak ada di Pesan." in answer.text
    assert "Kamis, 7 Mei 2026" in answer.text


def test_a_published_slot_is_not_torn_away(desk: Desk) -> None:
    live_session_id = published(desk, position=6)
    form = desk.get(f"/siaran/{live_session_id}/ubah")

    answer = desk.post(f"/siaran/{live_session_id}/ubah", {**TUESDAY, "ends": "21.00", "version": field_of(form, "version")})

    assert (answer.status_code, "Ada giliran yang sudah terbit" in answer.text) == (409, True)


def test_the_second_of_two_organizers_reads_what_changed_and_keeps_what_she_typed(desk: Desk) -> None:
    live_session_id = factories.make_live_session(desk.edition_id)
    version = field_of(desk.get(f"/siaran/{live_session_id}/ubah"), "version")
    desk.post(f"/siaran/{live_session_id}/ubah", {**TUESDAY, "host_name": "Bagas", "version": version})

    answer = desk.post(f"/siaran/{live_session_id}/ubah", {**TUESDAY, "version": version})
    again = desk.follow(f"/siaran/{live_session_id}/ubah", {**TUESDAY, "version": field_of(answer, "version")})

    assert answer.status_code == 409
    assert "Pembawa acara sekarang: <strong>Bagas</strong>" in answer.text
    assert field_of(answer, "host_name") == "Rani Prameswari"
    assert "Perubahan disimpan." in again.text


def test_calling_off_names_whom_it_reaches_before_it_happens(desk: Desk) -> None:
    live_session_id = published(desk)

    asked = desk.get(f"/siaran/{live_session_id}/batal").text
    done = desk.follow(f"/siaran/{live_session_id}/batal", {"reason": "hujan lebat"}).text
    back = desk.follow(f"/siaran/{live_session_id}/kembali").text

    assert "1 giliran batal, 1 lapak diberi tahu:" in asked
    assert "Dapur Tape" in asked
    assert "Batalkan siaran, kirim 1 pesan" in asked
    assert "Siaran 5 Mei 2026 dibatalkan. Kabar untuk 1 lapak ada di Pesan." in done
    assert "Jadi siaran lagi" in done
    assert "Siaran ini jadi lagi. Pengingat untuk 1 lapak dijadwalkan lagi." in back


def test_only_what_was_never_published_can_be_deleted(desk: Desk) -> None:
    seen, fresh = published(desk), factories.make_live_session(desk.edition_id, starts_at=START + timedelta(days=3))

    asked = desk.get(f"/siaran/{seen}/hapus").text
    refused = desk.post(f"/siaran/{seen}/hapus")
    deleted = desk.follow(f"/siaran/{fresh}/hapus").text

    assert (refused.status_code, "sudah pernah terbit" in refused.text) == (409, True)
    assert ("Hapus untuk selamanya" in asked, f"/siaran/{seen}/arsip" in asked) == (False, True)
    assert f"/siaran/{seen}/hapus" not in desk.get(f"/siaran/{seen}").text
    assert "dihapus." in deleted
    with reading() as session:
        assert ([row.id for row in session.query(LiveSession)], session.query(Slot).count()) == ([seen], 6)


def test_a_live_session_of_another_edition_does_not_exist(desk: Desk) -> None:
    foreign = factories.make_live_session(factories.make_edition(bazaar_id=desk.bazaar_id))

    paths = ("", "/ubah", "/batal", "/arsip", "/hapus")

    assert {desk.get(f"/siaran/{foreign}{path}").status_code for path in paths} == {404}
    assert {desk.post(f"/siaran/{foreign}{path}", TUESDAY).status_code for path in (*paths[1:], "/kembali")} == {404}


def test_an_archived_edition_shows_its_live_sessions_and_offers_no_change(desk: Desk) -> None:
    live_session_id = factories.make_live_session(desk.edition_id)
    desk.post("/pengaturan/arsip")

    text = desk.get("/siaran").text + desk.get(f"/siaran/{live_session_id}").text

    assert [path in text for path in ("/siaran/pola", "/siaran/baru", "/ubah", "/batal")] == [False] * 4
    assert desk.post("/siaran/baru", TUESDAY).status_code == 409
