"""Vendors on the organizer's desk: what a person reads, and what their forms do."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from bazaar.database import reading, transaction
from bazaar.editions.build import build_rotation
from bazaar.states import RotationState
from models import Availability, PastTurn, Product, Vendor
from tests import factories
from tests.conftest import START
from tests.planner import plan_here
from tests.web.organizer.desk import Desk, actions_by, sit_down

TAPE = {
    "business_name": "Dapur Tape Kenanga",
    "owner_name": "Bu Siti Aminah",
    "category": "Camilan khas",
    "phone": "0812 0000 1024",
    "min_turns": "1",
    "days_off": "Jumat; 2026-05-20",
    "languages": ["Indonesia", "Jawa"],
}
GOODS = {"code": "k01", "name": "Tape besek", "price": "15rb", "unit": "besek", "stock": "", "weight_grams": ""}


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    return sit_down(client)


def vendor_row(vendor_id: int) -> Vendor:
    with reading() as session:
        return session.get_one(Vendor, vendor_id)


def form_of(desk: Desk, vendor_id: int, **changes: Any) -> dict[str, Any]:
    row = vendor_row(vendor_id)
    return {
        "revision": str(row.revision),
        "business_name": row.business_name,
        "owner_name": row.owner_name,
        "category": row.category,
        "phone": row.phone,
        "min_turns": "1",
        **changes,
    }


def test_an_empty_edition_says_how_to_begin(desk: Desk) -> None:
    answer = desk.get("/lapak")

    assert "Belum ada lapak." in answer.text
    assert f"/panitia/{desk.slug}/impor" in answer.text


def test_the_list_tells_turns_and_the_answer_to_the_next_one(desk: Desk) -> None:
    vendor_id = factories.make_vendor(desk.edition_id, business_name="Dapur Tape Kenanga")
    live_session_id = factories.make_live_session(desk.edition_id, starts_at=START + timedelta(days=1, hours=1))
    factories.make_rotation(desk.edition_id, [(factories.slot_ids(live_session_id)[0], vendor_id)])

    text = desk.get("/lapak").text

    assert "Dapur Tape Kenanga" in text
    assert "Sel, 5 Mei" in text
    assert "20.00" in text
    assert "Menunggu" in text


def test_search_looks_into_owners_and_products(desk: Desk) -> None:
    tape = factories.make_vendor(desk.edition_id, business_name="Dapur Tape", owner_name="Bu Siti")
    factories.make_vendor(desk.edition_id, business_name="Batik Gumitir")
    factories.make_product(desk.edition_id, tape, name="Suwar-suwir")

    by_owner, by_product = desk.get("/lapak?cari=siti").text, desk.get("/lapak?cari=SUWAR").text

    assert ["Dapur Tape" in by_owner, "Batik Gumitir" in by_owner] == [True, False]
    assert ["Dapur Tape" in by_product, "Batik Gumitir" in by_product] == [True, False]


def test_a_vendor_is_written_down_and_shown(desk: Desk) -> None:
    answer = desk.follow("/lapak/baru", TAPE)

    assert "Dapur Tape Kenanga dicatat." in answer.text
    assert "0812-0000-1024" in answer.text
    assert "Jumat, 20 Mei 2026" in answer.text
    assert actions_by(desk.account_id) == ["add_vendor"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"business_name": ""}, "Tulis nama usahanya."),
        ({"phone": "0331-123456"}, "Ini nomor telepon rumah."),
        ({"phone": "0812345"}, "Jumlah angkanya tidak pas."),
        ({"days_off": "Jumat; besok"}, "“besok” bukan nama hari atau tanggal."),
        ({"available_from": "25.00"}, "Jam ini tidak terbaca. Contoh: 19.30."),
        ({"wish_from": "20.00", "wish_until": "19.00"}, "Jam ini harus sesudah jam mulai yang diinginkan."),
        ({"min_turns": "dua"}, "Isi dengan angka bulat, contoh: 3."),
        ({"min_turns": "3", "max_turns": "2"}, "Paling banyak tidak boleh kurang dari paling sedikit."),
        ({"email": "siti@"}, "Alamat e-mail ini tidak lengkap."),
    ],
)
def test_a_mistake_is_named_and_nothing_typed_is_lost(desk: Desk, changes: dict[str, str], sentence: str) -> None:
    answer = desk.post("/lapak/baru", {**TAPE, "note": "jangan hilang", **changes})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert "jangan hilang" in answer.text
    assert all(value in answer.text for value in changes.values())


def test_a_name_already_taken_is_said_under_the_name(desk: Desk) -> None:
    factories.make_vendor(desk.edition_id, business_name="dapur tape kenanga")

    answer = desk.post("/lapak/baru", TAPE)

    assert answer.status_code == 422
    assert "Sudah ada lapak bernama Dapur Tape Kenanga." in answer.text


def test_the_form_shows_what_is_written_down(desk: Desk) -> None:
    desk.post("/lapak/baru", {**TAPE, "wish_from": "18.00", "wish_weekdays": ["5", "6"]})
    with reading() as session:
        vendor_id = session.query(Vendor.id).scalar()

    text = desk.get(f"/lapak/{vendor_id}/ubah").text

    assert 'value="Jumat; 2026-05-20"' in text
    assert 'value="18.00"' in text
    assert 'value="0812-0000-1024"' in text
    assert text.count("checked") == 4  # two languages, two weekdays


def test_the_second_of_two_organizers_reads_what_changed_and_keeps_what_she_typed(desk: Desk) -> None:
    vendor_id = factories.make_vendor(desk.edition_id)
    mine = form_of(desk, vendor_id, note="punya saya")
    desk.post(f"/lapak/{vendor_id}/ubah", form_of(desk, vendor_id, note="punya teman", district="Silo"))

    answer = desk.post(f"/lapak/{vendor_id}/ubah", mine)

    assert answer.status_code == 409
    assert "Data ini baru saja diubah orang lain." in answer.text
    assert "punya teman" in answer.text
    assert "punya saya" in answer.text
    assert vendor_row(vendor_id).note == "punya teman"
    assert 'name="revision" type="hidden" value="1"' in answer.text  # the next save is meant


def test_withdrawing_says_beforehand_which_turns_go(desk: Desk) -> None:
    vendor_id = factories.make_vendor(desk.edition_id, business_name="Dapur Tape")
    live_session_id = factories.make_live_session(desk.edition_id, starts_at=START + timedelta(days=1, hours=1))
    factories.make_rotation(desk.edition_id, [(factories.slot_ids(live_session_id)[0], vendor_id)])

    asked = desk.get(f"/lapak/{vendor_id}/mundur")
    done = desk.follow(f"/lapak/{vendor_id}/mundur", {"reason": "pindah kota"})

    assert "1 giliran di depan batal" in asked.text
    assert "Dapur Tape tidak lagi ikut. Kabarnya ada di Pesan." in done.text
    assert "Ikutkan lagi" in done.text


def test_a_withdrawn_vendor_comes_back(desk: Desk) -> None:
    vendor_id = factories.make_vendor(desk.edition_id)
    desk.post(f"/lapak/{vendor_id}/arsip")

    answer = desk.follow(f"/lapak/{vendor_id}/kembali")

    assert "Lapak ini ikut lagi." in answer.text
    assert actions_by(desk.account_id) == ["archive_vendor", "return_vendor"]


def test_a_published_vendor_cannot_be_deleted_but_a_new_one_can(desk: Desk) -> None:
    published, new = factories.make_vendor(desk.edition_id, business_name="Lama"), factories.make_vendor(desk.edition_id)
    slot_id = factories.slot_ids(factories.make_live_session(desk.edition_id))[0]
    factories.make_rotation(desk.edition_id, [(slot_id, published)], state=RotationState.SUPERSEDED)

    refused, gone = desk.post(f"/lapak/{published}/hapus"), desk.follow(f"/lapak/{new}/hapus")

    assert (refused.status_code, "Lama sudah pernah terbit" in refused.text) == (409, True)
    assert "dihapus." in gone.text


def test_deleting_is_offered_only_where_it_is_possible(desk: Desk) -> None:
    answered, new = factories.make_vendor(desk.edition_id), factories.make_vendor(desk.edition_id)
    slot_id = factories.slot_ids(factories.make_live_session(desk.edition_id))[0]
    factories.make_rotation(desk.edition_id, [(slot_id, answered)])
    kept, free = (factories.make_product(desk.edition_id, vendor_id) for vendor_id in (answered, new))

    pages = {
        "kept vendor": desk.get(f"/lapak/{answered}/hapus").text,
        "new vendor": desk.get(f"/lapak/{new}/hapus").text,
        "kept product": desk.get(f"/lapak/{answered}/barang/{kept}").text,
        "new product": desk.get(f"/lapak/{new}/barang/{free}").text,
    }

    offered = {name for name, page in pages.items() if "Hapus untuk selamanya" in page or "Hapus barang ini untuk selamanya" in page}
    assert offered == {"new vendor", "new product"}
    assert f"/lapak/{answered}/arsip" in pages["kept vendor"]
    assert "Sudah pernah terbit atau terjual" in pages["kept product"]


def test_the_personal_link_is_made_shown_and_replaced(desk: Desk) -> None:
    vendor_id = factories.make_vendor(desk.edition_id, phone="+6281200001024")

    before = desk.get(f"/lapak/{vendor_id}").text
    made = desk.follow(f"/lapak/{vendor_id}/tautan").text
    replaced = desk.follow(f"/lapak/{vendor_id}/tautan", {"replace": "1"}).text

    assert "Belum ada tautan." in before
    assert "/g/" in made
    assert "https://wa.me/6281200001024?text=" in made
    assert "Tautan lama tidak berlaku lagi" in replaced
    assert made.split("/g/")[1][:43] != replaced.split("/g/")[1][:43]


def test_the_invented_numbers_of_the_sample_edition_get_no_whatsapp_button(client: FlaskClient) -> None:
    desk = sit_down(client, is_demo=True)
    vendor_id = factories.make_vendor(desk.edition_id)

    text = desk.follow(f"/lapak/{vendor_id}/tautan").text

    assert "wa.me" not in text
    assert "Ini edisi contoh" in text


def test_an_answer_given_on_the_phone_is_noted_with_who_noted_it(desk: Desk) -> None:
    vendor_id = factories.make_vendor(desk.edition_id)
    slot_id = factories.slot_ids(factories.make_live_session(desk.edition_id, starts_at=START + timedelta(days=1)))[0]
    factories.make_rotation(desk.edition_id, [(slot_id, vendor_id)])

    ready = desk.follow(f"/lapak/{vendor_id}/jawaban/{slot_id}", {"kind": "ready"}).text
    unable = desk.follow(f"/lapak/{vendor_id}/jawaban/{slot_id}", {"kind": "unable"}).text

    assert "Dicatat: siap." in ready
    assert "dicatat Rani Prameswari" in ready
    assert "Dicatat: berhalangan." in unable


def test_an_answer_that_says_nothing_is_not_taken_for_a_no(desk: Desk) -> None:
    vendor_id = factories.make_vendor(desk.edition_id)
    slot_id = factories.slot_ids(factories.make_live_session(desk.edition_id, starts_at=START + timedelta(days=1)))[0]
    factories.make_rotation(desk.edition_id, [(slot_id, vendor_id)])

    answer = desk.post(f"/lapak/{vendor_id}/jawaban/{slot_id}", {"kind": "entahlah"})

    assert answer.status_code == 400


def test_a_turn_that_now_falls_on_a_day_off_is_pointed_out(desk: Desk) -> None:
    vendor_id = factories.make_vendor(desk.edition_id)
    live_session_id = factories.make_live_session(desk.edition_id, starts_at=START + timedelta(days=1, hours=1))
    factories.make_rotation(desk.edition_id, [(factories.slot_ids(live_session_id)[0], vendor_id)])

    answer = desk.follow(f"/lapak/{vendor_id}/ubah", form_of(desk, vendor_id, days_off="Selasa"))

    assert "Sekarang jatuh di hari atau jam yang tidak bisa." in answer.text


def test_a_product_is_added_changed_and_withdrawn(desk: Desk) -> None:
    vendor_id = factories.make_vendor(desk.edition_id)

    added = desk.follow(f"/lapak/{vendor_id}/barang/baru", GOODS).text
    with reading() as session:
        product = session.query(Product).one()
    form = desk.get(f"/lapak/{vendor_id}/barang/{product.id}").text
    version = form.split('name="version" type="hidden" value="')[1].split('"')[0]
    changed = desk.follow(f"/lapak/{vendor_id}/barang/{product.id}", {**GOODS, "price": "17.500", "version": version}).text
    withdrawn = desk.follow(f"/lapak/{vendor_id}/barang/{product.id}/tarik").text

    assert (product.code, product.price_idr) == ("K01", 15_000)
    assert "Rp15.000" in added
    assert "Rp17.500" in changed
    assert "Tape besek ditarik." in withdrawn


def test_a_product_changed_by_another_meanwhile_is_not_overwritten(desk: Desk) -> None:
    vendor_id = factories.make_vendor(desk.edition_id)
    product_id = factories.make_product(desk.edition_id, vendor_id)

    answer = desk.post(f"/lapak/{vendor_id}/barang/{product_id}", {**GOODS, "version": "lama"})

    assert (answer.status_code, "diubah orang lain" in answer.text) == (409, True)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"price": "gratis"}, "Harga ini tidak terbaca."),
        ({"price": "0"}, "Harga harus lebih dari nol."),
        ({"code": "7"}, "Kode diawali huruf"),
        ({"stock": "-1"}, "Isi antara 0 dan"),
    ],
)
def test_a_mistake_about_a_product_is_named(desk: Desk, changes: dict[str, str], sentence: str) -> None:
    vendor_id = factories.make_vendor(desk.edition_id)

    answer = desk.post(f"/lapak/{vendor_id}/barang/baru", {**GOODS, **changes})

    assert (answer.status_code, sentence in answer.text) == (422, True)


@pytest.mark.parametrize(
    "path",
    ["", "/ubah", "/mundur", "/arsip", "/hapus", "/kembali", "/tautan", "/jawaban/1", "/barang/baru", "/barang/1", "/barang/1/tarik"],
)
def test_a_vendor_of_another_edition_does_not_exist(desk: Desk, path: str) -> None:
    foreign = factories.make_vendor(factories.make_edition(bazaar_id=desk.bazaar_id))

    seen = {desk.get(f"/lapak/{foreign}{path}").status_code, desk.post(f"/lapak/{foreign}{path}", {"kind": "ready"}).status_code}

    assert seen <= {404, 405, 409}
    assert 404 in seen or path == "/jawaban/1"


def test_a_product_of_another_vendor_does_not_exist(desk: Desk) -> None:
    mine, other = factories.make_vendor(desk.edition_id), factories.make_vendor(desk.edition_id)
    product_id = factories.make_product(desk.edition_id, other)

    assert desk.get(f"/lapak/{mine}/barang/{product_id}").status_code == 404
    assert desk.post(f"/lapak/{mine}/barang/{product_id}/hapus").status_code == 404


def test_another_bazaars_organizer_finds_nothing_here(desk: Desk) -> None:
    stranger = factories.make_account(bazaar_id=factories.make_bazaar())
    factories.sign_in(desk.client, factories.make_sign_in(account_id=stranger))

    assert desk.get("/lapak").status_code == 404


@pytest.mark.parametrize("past_minutes", [10, 90])
def test_a_desk_page_never_tells_of_more_or_less_than_the_draw_gives(desk: Desk, past_minutes: int) -> None:
    """Two vendors with a turn worth the same: whatever was carried over, neither gets more than the mean."""
    own, other = factories.make_vendor(desk.edition_id), factories.make_vendor(desk.edition_id)
    for week in range(2):
        factories.make_live_session(desk.edition_id, starts_at=START + timedelta(days=1 + 7 * week), slot_count=1)
    with transaction() as session:
        for vendor_id, minutes in ((own, past_minutes), (other, 50)):
            session.add(PastTurn(vendor_id=vendor_id, edition_name="2025", started_at=START - timedelta(days=365), minutes_aired=minutes))
    build_rotation(desk.edition_id, planner=plan_here, by=None, now=START)

    text = desk.get(f"/lapak/{own}").text

    assert f"Dulu nilainya di {'bawah' if past_minutes < 50 else 'atas'} rata-rata. Itu ikut dihitung waktu dibagi." in text
    assert ("kali ini di" in text, "didahulukan di jam ramai" in text) == (False, False)


def test_a_vendor_with_fewer_turns_than_others_reads_why(desk: Desk) -> None:
    for week in range(3):
        factories.make_live_session(desk.edition_id, starts_at=START + timedelta(days=1 + 8 * week), slot_count=1)
    rare = factories.make_vendor(desk.edition_id, business_name="Batik Gumitir")
    factories.make_vendor(desk.edition_id, business_name="Dapur Tape Kenanga")
    with transaction() as session:
        session.add_all(Availability(vendor_id=rare, weekday=day) for day in (2, 3))
    build_rotation(desk.edition_id, planner=plan_here, by=None, now=START)

    text = desk.get(f"/lapak/{rare}").text

    assert "Kenapa hanya 1 giliran?" in text
    assert "Lebih dari 1 tidak muat, karena hari liburnya." in text
    assert "1 lapak lebih banyak." in text
