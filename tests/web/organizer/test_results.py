"""Hasil on the organizer's desk: figures, voids after the closing, conflicts, the sheet."""

import re
import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bazaar.closings.close import close_due_turns
from bazaar.database import reading
from models import EntryConflict, Supplement
from tests.conftest import World
from tests.sales.evening import Evening, ledger, make_evening, minutes, sale, void
from tests.web.organizer.desk import Desk, actions_by, sit_down


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    return sit_down(client)


@pytest.fixture
def evening(desk: Desk, world: World) -> Evening:
    """Nineteen minutes in: the first turn is over."""
    world.now = minutes(19)
    return make_evening(edition_id=desk.edition_id, host_name="Rani Prameswari")


def flat(answer: Any) -> str:
    return " ".join(answer.text.split())


def void_form(desk: Desk, evening: Evening, of: dict[str, Any]) -> dict[str, str]:
    """The form that stands beside a sale, as a browser would send it."""
    text = desk.get(f"/hasil/giliran/{evening.slot_ids[0]}").text
    found = re.search(rf'name="sale" value="{of["uuid"]}"><input type="hidden" name="uuid" value="([0-9a-f-]+)"', text)
    assert found is not None
    return {"sale": of["uuid"], "uuid": found[1]}


def test_an_edition_without_evenings_says_so(desk: Desk) -> None:
    assert "Belum ada hasil." in desk.get("/hasil").text


def test_the_edition_adds_up_by_evening_vendor_and_kind(desk: Desk, evening: Evening) -> None:
    evening.store(sale(qty=2))
    close_due_turns(now=minutes(18))
    evening.store(sale(qty=1), at=minutes(19))

    text = flat(desk.get("/hasil"))

    assert "<dt>Saat tutup</dt><dd>Rp36.000<small>1 dari 2 giliran</small>" in text
    assert '<dt>Susulan</dt><dd><span class="rp">+Rp18.000</span>' in text
    assert "<dt>Sekarang</dt><dd>Rp54.000<small>2 pembelian, 3 barang</small>" in text
    assert "Selasa malam, 5 Mei" in text
    assert "Dapur Tape Kenanga" in text


def test_an_evening_tells_number_and_both_times_where_a_closing_was_late(desk: Desk, evening: Evening, world: World) -> None:
    close_due_turns(now=minutes(19))

    text = flat(desk.get(f"/hasil/siaran/{evening.live_session_id}"))

    assert 'No. 1, <span class="num">20.19</span><small>rencananya 20.17</small>' in text
    assert "Siaran</span>" in text
    assert "tidak ada lapak di waktu tayang ini" in text


def test_a_void_by_an_organizer_after_the_closing_becomes_a_negative_supplement(desk: Desk, evening: Evening) -> None:
    wrong = sale(qty=2)
    evening.store(wrong)
    close_due_turns(now=minutes(18))
    form = void_form(desk, evening, wrong)

    answer = desk.follow(f"/hasil/giliran/{evening.slot_ids[0]}/batal", {**form, "reason": " Pembeli   batal "})

    text = flat(answer)
    assert "2 × K03 dibatalkan. Buku giliran mendapat susulan." in text
    assert "oleh Rani Prameswari: Pembeli batal (susulan)." in text
    assert "<dt>Saat tutup</dt><dd>Rp36.000" in text
    assert "<dt>Sekarang</dt><dd>Rp0" in text
    with reading() as session:
        assert session.scalars(select(Supplement.amount_idr)).all() == [-36_000]
    entry = ledger(evening.live_session_id)[-1]
    assert (entry.device_name, entry.sign_in_id is not None) == ("meja panitia", True)


def test_the_same_form_sent_twice_voids_once(desk: Desk, evening: Evening) -> None:
    wrong = sale()
    evening.store(wrong)
    form = {**void_form(desk, evening, wrong), "reason": "Dicatat dua kali"}

    answers = [desk.post(f"/hasil/giliran/{evening.slot_ids[0]}/batal", form).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert len(ledger(evening.live_session_id)) == 2


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_void_needs_a_reason(desk: Desk, evening: Evening, reason: str) -> None:
    wrong = sale()
    evening.store(wrong)

    answer = desk.post(f"/hasil/giliran/{evening.slot_ids[0]}/batal", {**void_form(desk, evening, wrong), "reason": reason})

    assert answer.status_code == 422
    assert "Tulis alasannya, misalnya: pembeli batal." in answer.text
    assert len(ledger(evening.live_session_id)) == 1


def test_a_sale_of_another_turn_or_edition_is_not_voided_here(desk: Desk, evening: Evening) -> None:
    foreign = make_evening()
    theirs = sale()
    foreign.store(theirs)
    form = {"sale": theirs["uuid"], "uuid": str(uuid.uuid4()), "reason": "iseng"}

    here = desk.post(f"/hasil/giliran/{evening.slot_ids[0]}/batal", form)
    there = desk.post(f"/hasil/giliran/{foreign.slot_ids[0]}/batal", form)

    assert [here.status_code, there.status_code] == [404, 404]
    assert len(ledger(foreign.live_session_id)) == 1


def test_a_form_with_a_uuid_that_is_none_stores_nothing_and_says_so(desk: Desk, evening: Evening) -> None:
    wrong = sale()
    evening.store(wrong)

    answer = desk.post(f"/hasil/giliran/{evening.slot_ids[0]}/batal", {"sale": wrong["uuid"], "uuid": "x", "reason": "salah"})

    assert answer.status_code == 409
    assert "Pembatalan belum tersimpan." in answer.text
    assert len(ledger(evening.live_session_id)) == 1


def conflict_of(evening: Evening, **changes: Any) -> int:
    first = sale(qty=2)
    evening.store(first)
    evening.store({**first, **changes}, at=minutes(6))
    with reading() as session:
        return session.scalars(select(EntryConflict.id)).one()


def test_a_conflict_is_seen_from_the_results_and_both_sides_are_shown(desk: Desk, evening: Evening) -> None:
    conflict_of(evening, qty=3)

    assert "1 catatan bentrok menunggu keputusan." in desk.get("/hasil").text
    text = flat(desk.get("/hasil/perlu-dilihat"))
    different, same = text[text.index("Yang berbeda") : text.index('class="r-tools"')].split("<details")
    assert '<span class="hush">Pertama: </span>2</span><span class="num"><span class="hush">Kedua: </span>3</span>' in different
    assert [label for label in ("Jumlah", "Rupiah", "Barang", "Pembeli", "Diterima") if f">{label}<" in different] == ["Jumlah", "Rupiah"]
    assert all(f">{label}<" in same for label in ("Barang", "Pembeli", "Diterima"))


@pytest.mark.parametrize(
    ("choice", "said", "sum_text"),
    [("first", "Yang pertama tetap berlaku.", "Rp36.000"), ("second", "Yang kedua dipakai. Yang pertama dibatalkan.", "Rp54.000")],
)
def test_a_person_settles_it(desk: Desk, evening: Evening, choice: str, said: str, sum_text: str) -> None:
    conflict_id = conflict_of(evening, qty=3)

    answer = desk.follow(f"/hasil/perlu-dilihat/{conflict_id}", {"choice": choice})

    assert said in answer.text
    assert "Rani Prameswari" in answer.text
    assert f"<dt>Sekarang</dt><dd>{sum_text}" in flat(desk.get("/hasil"))
    assert actions_by(desk.account_id) == ["settle_conflict"]
    assert desk.post(f"/hasil/perlu-dilihat/{conflict_id}", {"choice": choice}).status_code == 409


def test_a_second_that_cannot_be_stored_takes_nothing_from_the_first(desk: Desk, evening: Evening) -> None:
    conflict_id = conflict_of(evening, slot_position=99)
    assert "Pakai yang kedua" not in desk.get("/hasil/perlu-dilihat").text

    refused = desk.post(f"/hasil/perlu-dilihat/{conflict_id}", {"choice": "second"})
    kept = desk.follow(f"/hasil/perlu-dilihat/{conflict_id}", {"choice": "first"})

    assert refused.status_code == 409
    assert "Yang pertama tetap berlaku." in kept.text
    assert "<dt>Sekarang</dt><dd>Rp36.000" in flat(desk.get("/hasil"))


def test_a_choice_that_is_none_and_a_foreign_conflict_are_refused(desk: Desk, evening: Evening) -> None:
    conflict_id = conflict_of(make_evening(), qty=3)

    assert desk.post(f"/hasil/perlu-dilihat/{conflict_id}", {"choice": "third"}).status_code == 400
    assert desk.post(f"/hasil/perlu-dilihat/{conflict_id}", {"choice": "first"}).status_code == 404


def test_odd_sales_are_listed_with_the_reason(desk: Desk, evening: Evening) -> None:
    evening.store(sale(unit_price_idr=1_000))

    assert "1 catatan dihitung, tetapi ada yang janggal." in desk.get("/hasil").text
    assert "harga beda dari daftar" in desk.get("/hasil/perlu-dilihat").text


def test_when_all_is_clear_the_page_says_so(desk: Desk, evening: Evening) -> None:
    assert "Semua catatan jelas." in desk.get("/hasil/perlu-dilihat").text


def test_the_sheet_is_a_file_that_no_cache_keeps(desk: Desk, evening: Evening) -> None:
    evening.store(sale())
    close_due_turns(now=minutes(18))

    answer = desk.get("/hasil/tutup-buku.csv")

    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="tutup-buku-{desk.slug}-2026-05-05.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.data.decode("utf-8-sig").splitlines()[1].startswith('1,"Selasa malam, 5 Mei",1,2026-05-05 20:00:00')


def test_voided_sales_stay_visible_and_cannot_be_voided_again(desk: Desk, evening: Evening) -> None:
    wrong = sale()
    evening.store(wrong, void(wrong))

    text = desk.get(f"/hasil/giliran/{evening.slot_ids[0]}").text

    assert "Salah ketik" in text
    assert f'value="{wrong["uuid"]}"' not in text


def test_foreign_pages_do_not_exist(desk: Desk, evening: Evening) -> None:
    foreign = make_evening()

    assert desk.get(f"/hasil/giliran/{foreign.slot_ids[0]}").status_code == 404
    assert desk.get(f"/hasil/siaran/{foreign.live_session_id}").status_code == 404
