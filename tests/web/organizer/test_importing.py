"""Importing at the desk: a file or pasted cells, the dry run, then yes."""

import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from bazaar.database import reading
from bazaar.editions.edition_settings import archive_edition
from bazaar.editions.importing.table import read_table
from models import ImportDraft, Vendor
from tests import factories
from tests.conftest import START
from tests.web.organizer.desk import Desk, actions_by, sit_down

SAMPLE = Path(__file__).parents[3] / "bazaar" / "demo" / "jember-1442" / "vendors.csv"
HEADER = "nama_usaha\tpemilik\tkategori\twhatsapp\n"
TAPE = HEADER + "Dapur Tape\tBu Siti\tCamilan\t081200001024\n"


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    return sit_down(client)


def upload(desk: Desk, content: bytes, name: str = "lapak.csv", kind: str = "lapak") -> Any:
    return desk.client.post(
        f"/panitia/{desk.slug}/impor/{kind}",
        data={"file": (io.BytesIO(content), name)},
        content_type="multipart/form-data",
        follow_redirects=True,
    )


def draft_path(answer: Any) -> str:
    """Where the dry run of this page is, within the edition."""
    return "/impor" + str(answer.request.path).split("/impor")[1]


def vendor_count() -> int:
    with reading() as session:
        return session.query(Vendor).count()


def test_each_kind_names_its_columns_and_offers_a_sheet(desk: Desk) -> None:
    kinds = {"lapak": "whatsapp", "barang": "harga_idr", "siaran": "menit_per_giliran", "riwayat": "menit_tayang", "penonton": "penonton"}

    pages = {kind: desk.get(f"/impor?jenis={kind}").text for kind in kinds}
    sheets = {(kind, form): desk.get(f"/impor/{kind}/contoh.{form}") for kind in kinds for form in ("csv", "xlsx")}

    for kind, column in kinds.items():
        assert f"<code>{column}</code>" in pages[kind]
        assert column in read_table("x", sheets[kind, "csv"].data).columns
        assert sheets[kind, "xlsx"].data.startswith(b"PK")
        assert f"contoh-{kind}.xlsx" in sheets[kind, "xlsx"].headers["Content-Disposition"]


def test_a_file_is_looked_at_first_and_stored_on_a_yes(desk: Desk) -> None:
    looked = upload(desk, SAMPLE.read_bytes(), "vendors.csv")
    before = vendor_count()
    stored = desk.follow(draft_path(looked) + "/simpan")

    assert "Simpan 73 baris" in looked.text
    assert "vendors.csv, 73 baris" in looked.text
    assert (before, vendor_count()) == (0, 73)
    assert "Lapak disimpan: 73 baru." in stored.text
    assert actions_by(desk.account_id) == ["import_vendors"]


def test_the_same_sheet_again_has_nothing_to_store(desk: Desk) -> None:
    desk.follow(draft_path(desk.follow("/impor/lapak", {"pasted": TAPE})) + "/simpan")

    again = desk.follow("/impor/lapak", {"pasted": TAPE})

    assert "Semua baris sudah tersimpan persis begini." in again.text
    assert "/simpan" not in again.text


def test_every_problem_is_named_with_its_cell_and_what_to_do_and_nothing_can_be_stored(desk: Desk) -> None:
    looked = desk.follow("/impor/lapak", {"pasted": TAPE + "Batik <b>\t\tKriya\t0331-123456\n"})
    refused = desk.post(draft_path(looked) + "/simpan")

    text = looked.text
    assert "1 baris perlu dilihat" in text
    assert '<b class="num">Baris 3</b> <code>whatsapp</code>' in text
    assert '<q class="i-cell">0331-123456</q> Ini nomor telepon rumah.' in text
    assert "Sel ini kosong. Isi dulu." in text
    assert "/simpan" not in text
    assert (refused.status_code, "1 baris perlu dilihat" in refused.text, vendor_count()) == (422, True, 0)


def test_what_would_change_is_shown_before_and_after(desk: Desk) -> None:
    factories.make_vendor(desk.edition_id, business_name="Dapur Tape", owner_name="Bu Sitti", category="Camilan", phone="+6281200001024")

    text = desk.follow("/impor/lapak", {"pasted": TAPE + "Kopi\tPak Budi\tKopi\t081200001025\n"}).text

    assert "<del>Bu Sitti</del> menjadi <ins>Bu Siti</ins>" in text
    assert '<b class="num">1</b> baru' in text
    assert '<b class="num">1</b> berubah' in text


def test_a_sheet_in_the_wrong_place_is_taken_to_the_right_one(desk: Desk) -> None:
    looked = desk.follow("/impor/barang", {"pasted": TAPE})

    taken = desk.follow(draft_path(looked) + "/sebagai/lapak")

    assert "Kolomnya kolom lapak, bukan barang." in looked.text
    assert ("Periksa lapak" in taken.text, "Simpan 1 baris" in taken.text) == (True, True)


def test_columns_that_are_not_used_are_named(desk: Desk) -> None:
    text = desk.follow(
        "/impor/lapak", {"pasted": "nama_usaha\tpemilik\tkategori\twhatsapp\twarna\nTape\tBu Siti\tCamilan\t081200001024\tmerah"}
    ).text

    assert "Kolom yang tidak dipakai: warna." in text


def test_nonsense_is_refused_with_a_sentence(desk: Desk) -> None:
    nonsense = {
        b"": "Belum ada isinya.",
        b"PK\x03\x04 rusak": "lapak.csv tidak bisa dibaca.",
        b"\x89PNG\r\n\0\0": "lapak.csv tidak bisa dibaca.",
        b"nama\n" + b"x\n" * 5_001: "Terlalu banyak baris.",
    }

    answers = {content: upload(desk, content) for content in nonsense}

    assert [(answers[content].status_code, sentence in answers[content].text) for content, sentence in nonsense.items()] == [
        (422, True)
    ] * 4


def test_nothing_at_all_asks_for_a_file(desk: Desk) -> None:
    answer = desk.post("/impor/lapak", {"pasted": "  "})

    assert (answer.status_code, "Pilih berkas, atau tempel selnya." in answer.text) == (422, True)


def test_what_was_pasted_stays_when_it_cannot_be_read(desk: Desk) -> None:
    answer = desk.post("/impor/lapak", {"pasted": "hanya satu <baris>"})

    assert (answer.status_code, "hanya satu &lt;baris&gt;</textarea>" in answer.text) == (422, True)


def test_too_large_a_file_is_refused(desk: Desk) -> None:
    answer = desk.post("/impor/lapak", b"x" * (2 * 1024 * 1024 + 1), content_type="multipart/form-data; boundary=x")

    assert (answer.status_code, "Kiriman terlalu besar. Paling besar 2 MB." in answer.text) == (413, True)


def test_a_draft_survives_a_reload_and_waits_on_the_first_page(desk: Desk) -> None:
    looked = desk.follow("/impor/lapak", {"pasted": TAPE})

    reloaded = desk.get(draft_path(looked)).text
    waiting = desk.get("/impor").text
    gone = desk.follow(draft_path(looked) + "/buang").text

    assert "Simpan 1 baris" in reloaded
    assert ("Belum disimpan" in waiting, "Rani Prameswari" in waiting) == (True, True)
    assert ("Dibuang. Tidak ada yang disimpan." in gone, "Belum disimpan" in gone) == (True, False)
    with reading() as session:
        assert session.query(ImportDraft).count() == 0


def test_a_second_press_stores_nothing_twice(desk: Desk) -> None:
    path = draft_path(desk.follow("/impor/lapak", {"pasted": TAPE}))
    desk.post(path + "/simpan")

    again = desk.post(path + "/simpan")
    page = desk.client.get(f"/panitia/{desk.slug}{path}", follow_redirects=True)

    assert (again.status_code, "Tidak ada yang disimpan dua kali." in again.text) == (409, True)
    assert "Data ini sudah disimpan tadi." in page.text
    assert vendor_count() == 1


def test_what_is_stored_comes_out_in_the_columns_of_the_import_and_calculates_nothing(desk: Desk) -> None:
    factories.make_vendor(desk.edition_id, business_name="=HYPERLINK(1)", instagram="@contoh")

    sheet = desk.get("/impor/lapak/data.csv")
    back = upload(desk, sheet.data)
    workbook = upload(desk, desk.get("/impor/lapak/data.xlsx").data, "lapak.xlsx")

    assert f'filename="lapak-{desk.slug}.csv"' in sheet.headers["Content-Disposition"]
    assert "'=HYPERLINK(1)" in sheet.text
    assert ["Semua baris sudah tersimpan" in answer.text for answer in (back, workbook)] == [True, True]


def test_an_archived_edition_gives_its_data_and_takes_none(desk: Desk) -> None:
    archive_edition(desk.edition_id, by=None, now=START)

    assert "tidak menerima data baru" in desk.get("/impor").text
    assert desk.get("/impor/lapak/data.csv").status_code == 200
    assert desk.post("/impor/lapak", {"pasted": TAPE}).status_code == 409


def test_a_draft_of_another_edition_does_not_exist(desk: Desk) -> None:
    path = draft_path(desk.follow("/impor/lapak", {"pasted": TAPE}))
    other = sit_down(desk.client)

    assert {other.get(path).status_code, other.post(path + "/simpan").status_code} == {404}
    assert other.post(path + "/buang").status_code == 303  # nothing of theirs, nothing happens
    with reading() as session:
        assert session.query(ImportDraft).count() == 1


def test_signs_that_turn_writing_around_do_not_get_in_by_a_sheet(desk: Desk) -> None:
    head = "nama_usaha\tpemilik\tkategori\twhatsapp\tbahasa\tcatatan\n"
    row = "Dapur \u202eepaT\tBu\u200b Siti\tCamilan\u2066\t081200001024\tJa\u202ewa\tdari \u202epasar\n"

    desk.follow(draft_path(desk.follow("/impor/lapak", {"pasted": head + row})) + "/simpan")

    with reading() as session:
        vendor = session.query(Vendor).one()
        texts = (vendor.business_name, vendor.owner_name, vendor.category, vendor.note)
    assert texts == ("Dapur epaT", "Bu Siti", "Camilan", "dari pasar")
    assert vendor.languages == ["Jawa"]


def test_a_curve_of_viewers_shows_what_each_hour_would_be_and_lands_where_weights_are_set(desk: Desk) -> None:
    factories.make_live_session(desk.edition_id, starts_at=START - timedelta(days=2), slot_count=6)
    first = START - timedelta(days=2, minutes=3)
    rows = "".join(f"{(first + timedelta(minutes=minute)).isoformat()}\t{1200 + minute % 2}\n" for minute in range(64))

    check = desk.follow("/impor/penonton", {"pasted": f"Time\tConcurrent viewers\n{rows}"})
    stored = desk.follow(draft_path(check) + "/simpan")

    assert "3 baris tidak ikut dihitung, karena di luar jam siaran: baris 2–4." in check.text
    assert "rata-rata" in check.text
    assert "1.201" in check.text
    assert re.search(r"Simpan \d catatan", check.text)
    assert "Nilai satu giliran" in stored.text
    assert "Penonton di 1 siaran edisi ini" in stored.text
    assert actions_by(desk.account_id) == ["import_viewers"]
