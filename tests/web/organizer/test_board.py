"""The board on the organizer's desk: build, look, review, publish; pin; and the kind word where the rules say no."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from bazaar.database import reading, transaction
from bazaar.editions.build import build_rotation
from bazaar.editions.candidates import slot_page
from bazaar.editions.edition_settings import archive_edition
from bazaar.editions.importing.sheets import XLSX
from bazaar.editions.importing.table import read_table
from bazaar.editions.publish import publish_rotation
from bazaar.rotation.solve import solve
from bazaar.states import AnswerKind, RotationState
from bazaar.vendors.answers import answer_turn
from models import Availability, Rotation, Slot, Turn, Vendor
from tests import factories
from tests.conftest import START, World
from tests.planner import plan_here
from tests.web.organizer.desk import Desk, actions_by, sit_down

EVENING = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    return sit_down(client)


@pytest.fixture
def full_desk(desk: Desk) -> Desk:
    """Three vendors and three evenings of two slots, four days apart."""
    for day in (0, 4, 8):
        factories.make_live_session(desk.edition_id, starts_at=EVENING + timedelta(days=day), slot_count=2, host_name="Rani")
    for name in ("Dapur Tape Kenanga", "Batik Gumitir", "Kopi Raung"):
        factories.make_vendor(desk.edition_id, business_name=name)
    return desk


def draft(desk: Desk) -> int:
    """The number of a new draft."""
    return build_rotation(desk.edition_id, planner=solve, by=None, now=START).number


def publish(desk: Desk) -> None:
    publish_rotation(build_rotation(desk.edition_id, planner=solve, by=None, now=START).rotation_id, by=None, now=START)


def draft_of(desk: Desk, turns: list[tuple[int, int]]) -> int:
    """The number of a draft with just these turns, as if the planner had found nothing better."""
    number = build_rotation(desk.edition_id, planner=solve, by=None, now=START).number
    with transaction() as session:
        rotation = session.scalars(select(Rotation).where(Rotation.edition_id == desk.edition_id, Rotation.number == number)).one()
        session.execute(delete(Turn).where(Turn.rotation_id == rotation.id))
        rotation.score = {**rotation.score, "hard": 99, "unfilled": 5}
        session.add_all(
            Turn(edition_id=desk.edition_id, rotation_id=rotation.id, slot_id=slot_id, vendor_id=vendor_id, points=10)
            for slot_id, vendor_id in turns
        )
    return number


def slots_of(desk: Desk) -> list[int]:
    with reading() as session:
        return list(session.scalars(select(Slot.id).where(Slot.edition_id == desk.edition_id).order_by(Slot.starts_at)))


def first_slot(desk: Desk) -> int:
    with reading() as session:
        return session.scalars(select(Slot.id).where(Slot.edition_id == desk.edition_id).order_by(Slot.starts_at)).first() or 0


def states(desk: Desk) -> list[str]:
    with reading() as session:
        return list(session.scalars(select(Rotation.state).where(Rotation.edition_id == desk.edition_id).order_by(Rotation.number)))


def test_an_empty_board_names_the_next_step(desk: Desk) -> None:
    nobody = desk.get("/papan").text
    factories.make_vendor(desk.edition_id)
    no_evening = desk.get("/papan").text
    factories.make_live_session(desk.edition_id)
    nothing_drawn = desk.get("/papan").text

    assert "Belum ada lapak." in nobody
    assert f"/panitia/{desk.slug}/impor" in nobody
    assert "Belum ada siaran." in no_evening
    assert f"/panitia/{desk.slug}/siaran" in no_evening
    assert "Giliran belum dibagi." in nothing_drawn
    assert f"/panitia/{desk.slug}/papan/susun" in nothing_drawn


def test_the_board_names_the_part_of_the_day_as_the_page_of_the_evening_does(desk: Desk, world: World) -> None:
    at_four = datetime(2026, 5, 5, 21, 0, tzinfo=UTC)  # 04.00 WIB on Wednesday
    factories.make_vendor(desk.edition_id)
    factories.make_live_session(desk.edition_id, starts_at=at_four)
    factories.make_rotation(desk.edition_id)
    world.now = at_four - timedelta(hours=2)

    board, evening = desk.get("/papan").text, desk.get("/").text

    assert 'Pagi ini <span class="num">04.00</span>' in board
    assert "Rabu pagi, 6 Mei" in evening


def test_building_leads_to_the_draft_and_tells_how_even_it_is(full_desk: Desk) -> None:
    answer = full_desk.follow("/papan/susun", {"way": "tetap", "seed": "7"})

    assert answer.status_code == 200
    assert "Rancangan ke-1 selesai disusun." in answer.text
    assert "Tidak ada pembagian yang lebih adil." in answer.text
    assert "2 untuk semua." in answer.text
    assert "Semua 6 waktu tayang terisi." in answer.text
    assert actions_by(full_desk.account_id) == ["build_rotation"]
    with reading() as session:
        assert session.scalars(select(Rotation.seed)).one() == 7


@pytest.mark.parametrize(("typed", "sentence"), [("tujuh", "Isi dengan angka bulat, contoh: 3."), ("-1", "Isi antara 0 dan 2147483647.")])
def test_a_draw_number_that_is_none_is_shown_again(full_desk: Desk, typed: str, sentence: str) -> None:
    answer = full_desk.post("/papan/susun", {"way": "tetap", "seed": typed})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{typed}"' in answer.text
    assert states(full_desk) == []


def test_building_without_vendors_is_refused_in_words(desk: Desk) -> None:
    answer = desk.follow("/papan/susun", {"way": "tetap"})

    assert "Belum ada lapak yang ikut." in answer.text


def test_changing_little_or_drawing_afresh_is_asked_only_once_something_is_published(full_desk: Desk) -> None:
    before = full_desk.get("/papan/susun").text
    publish(full_desk)
    after = full_desk.get("/papan/susun").text

    assert "Ubah sesedikit mungkin" not in before
    assert "Ubah sesedikit mungkin" in after
    full_desk.post("/papan/susun", {"way": "ulang"})
    full_desk.post("/papan/susun", {"way": "tetap"})
    with reading() as session:
        kept = [bool(problem.get("published")) for problem in session.scalars(select(Rotation.problem).order_by(Rotation.number))]
    assert kept == [False, False, True]


def test_the_board_shows_evenings_slots_and_who_stands_there(full_desk: Desk) -> None:
    publish(full_desk)

    page = full_desk.get("/papan?minggu=semua").text

    assert "Selasa 5 Mei" in page
    assert page.count("chip--waiting") == 6
    assert "Dapur Tape Kenanga" in page
    assert "Semua waktu tayang di depan sudah terisi." in page


def test_what_each_vendor_gets_can_be_taken_home(full_desk: Desk) -> None:
    number = draft(full_desk)

    answer = full_desk.get(f"/papan/rancangan/{number}/lembar")

    assert answer.mimetype == XLSX
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="pembagian-{full_desk.slug}-{number}')
    rows = read_table("pembagian.xlsx", answer.data).rows
    assert [row.cells[0] for row in rows] == ["Batik Gumitir", "Dapur Tape Kenanga", "Kopi Raung"]
    assert {row.cells[2] for row in rows} == {"2"}


def test_a_draft_in_doubt_says_what_is_not_proved_and_how_far_it_can_be(full_desk: Desk) -> None:
    number = draft(full_desk)
    with transaction() as session:
        rotation = session.scalars(select(Rotation).where(Rotation.number == number)).one()
        rotation.score = {**rotation.score, "dev_max": 9}
        rotation.bounds = {**rotation.bounds, "dev_max": 6}
        rotation.proved = [part for part in rotation.proved if part != "dev_max"]

    page = " ".join(full_desk.get(f"/papan/rancangan/{number}").text.split())
    board = full_desk.get("/papan").text

    assert "Belum semuanya terbukti paling adil." in page
    assert "Jarak terjauh paling banyak 1 nilai dari batas terbaik." in page
    assert "Terbukti paling rata." in page
    assert "Tidak ada pembagian yang lebih adil." not in page + board
    assert "dev_max" not in page


def test_the_board_claims_a_proof_only_while_the_plan_stands(full_desk: Desk) -> None:
    publish(full_desk)
    proved = full_desk.get("/papan").text
    with transaction() as session:
        session.scalars(select(Vendor)).first().withdrawn_at = START  # type: ignore[union-attr] # there are three

    assert "Ya. Tidak ada pembagian yang lebih adil." in proved
    assert "yang diratakan nilainya, termasuk bekal dari edisi lalu." in proved
    assert "Tidak ada pembagian yang lebih adil." not in full_desk.get("/papan").text


def test_the_board_of_one_vendor_shows_only_its_evenings(full_desk: Desk) -> None:
    vendor_id = factories.make_vendor(full_desk.edition_id, business_name="Madu Rimba")
    factories.make_rotation(full_desk.edition_id, [(first_slot(full_desk), vendor_id)])

    page = full_desk.get(f"/papan?lapak={vendor_id}").text

    assert "1 giliran di seluruh edisi" in page
    assert "Selasa 5 Mei" in page
    assert "Sabtu 9 Mei" not in page


@pytest.mark.parametrize("query", ["?rancangan=99", "?rancangan=99999999999999999999"])
def test_a_version_nobody_made_is_not_found(full_desk: Desk, query: str) -> None:
    assert full_desk.get(f"/papan{query}").status_code == 404


@pytest.mark.parametrize("query", ["?rancangan=x", "?minggu=besok", "?lapak=%C2%B2", "?urut=apa"])
def test_an_address_that_makes_no_sense_shows_the_board(full_desk: Desk, query: str) -> None:
    publish(full_desk)

    assert full_desk.get(f"/papan{query}").status_code == 200


def test_the_table_is_sorted_by_what_is_asked(full_desk: Desk) -> None:
    number = draft(full_desk)

    page = full_desk.get(f"/papan/rancangan/{number}?urut=name&balik=1").text

    table = page[page.index("<tbody>") :]
    assert table.index("Kopi Raung") < table.index("Dapur Tape Kenanga") < table.index("Batik Gumitir")
    assert 'aria-sort="descending"' in page


def test_the_review_tells_who_hears_what_and_publishing_does_it(full_desk: Desk) -> None:
    publish(full_desk)
    vendor_id = factories.make_vendor(full_desk.edition_id, business_name="Madu Rimba")
    full_desk.post(f"/papan/waktu/{first_slot(full_desk)}", {"vendor_id": str(vendor_id)})
    number = draft(full_desk)

    review = full_desk.get(f"/papan/rancangan/{number}/terbit").text
    answer = full_desk.follow(f"/papan/rancangan/{number}/terbit", {"seen": "1"})

    assert "Terbitkan rancangan ke-2?" in review
    assert "Madu Rimba" in review
    assert "lapak baru dapat giliran" in review
    assert "Pembagian ke-2 terbit." in answer.text
    assert states(full_desk) == [RotationState.SUPERSEDED, RotationState.PUBLISHED]
    assert actions_by(full_desk.account_id) == ["pin_slot", "publish_rotation"]


def test_turns_of_the_next_hours_are_warned_of_before_they_are_drawn_afresh(full_desk: Desk, world: World) -> None:
    publish(full_desk)
    early = full_desk.get("/papan/susun").text
    world.now = EVENING - timedelta(minutes=16)

    late = full_desk.get("/papan/susun").text

    assert "mulai dalam 24 jam" not in early
    assert "2 giliran mulai dalam 24 jam, yang pertama" in late


def test_the_review_names_first_who_loses_a_turn_tonight_and_what_travels_how(full_desk: Desk, world: World) -> None:
    slots = slots_of(full_desk)
    ready, mailed = (
        factories.make_vendor(full_desk.edition_id, business_name=name, owner_name=owner, email=email)
        for name, owner, email in (("Sambal Siap", "Bu Sri", ""), ("Keripik Surat", "Pak Budi", "budi@example.com"))
    )
    factories.make_rotation(full_desk.edition_id, [(slots[0], ready), (slots[1], mailed)])
    answer_turn(full_desk.edition_id, slots[0], ready, AnswerKind.READY, now=START)
    number = draft_of(full_desk, [(slots[2], ready)])
    world.now = EVENING - timedelta(minutes=16)

    review = " ".join(full_desk.get(f"/papan/rancangan/{number}/terbit").text.split())
    answer = full_desk.follow(f"/papan/rancangan/{number}/terbit", {"seen": "1", "despite": "y"})

    assert "Dalam 24 jam ini, giliran 2 lapak batal atau pindah." in review
    assert "1 di antaranya sudah menjawab siap." in review
    assert review.index("Sambal Siap") < review.index("lapak berubah gilirannya")
    assert "1 lapak dikabari lewat e-mail</strong> dalam dua menit." in review
    assert "1 lapak harus Anda kabari sendiri:" in review
    assert "1 lapak dikabari lewat e-mail dalam dua menit. 1 pesan menunggu di halaman Pesan" in answer.text


def test_what_was_published_meanwhile_is_shown_before_anything_happens(full_desk: Desk) -> None:
    number = draft(full_desk)
    publish(full_desk)

    answer = full_desk.follow(f"/papan/rancangan/{number}/terbit", {"seen": ""})

    assert "Sementara itu pembagian ke-2 sudah terbit." in answer.text
    assert "Terbitkan rancangan ke-1?" in answer.text
    assert states(full_desk) == [RotationState.DRAFT, RotationState.PUBLISHED]


def test_an_outdated_draft_is_refused_with_the_way_out(full_desk: Desk) -> None:
    number = draft(full_desk)
    with transaction() as session:
        for vendor_id in session.scalars(select(Vendor.id).where(Vendor.edition_id == full_desk.edition_id)).all():
            session.add_all(Availability(vendor_id=vendor_id, weekday=day) for day in range(7))

    review = full_desk.get(f"/papan/rancangan/{number}/terbit").text
    answer = full_desk.follow(f"/papan/rancangan/{number}/terbit", {"seen": ""})

    for text in (review, answer.text):
        assert "Rancangan ini tidak cocok lagi." in text
        assert f"/panitia/{full_desk.slug}/papan/susun" in text
    assert states(full_desk) == [RotationState.DRAFT]


def test_a_discarded_draft_cannot_be_published_any_more(full_desk: Desk) -> None:
    number = draft(full_desk)

    gone = full_desk.follow(f"/papan/rancangan/{number}/buang")
    answer = full_desk.follow(f"/papan/rancangan/{number}/terbit", {"seen": ""})

    assert "Rancangan ke-1 dibuang." in gone.text
    assert "tidak berlaku" in answer.text
    assert full_desk.get(f"/papan/rancangan/{number}/terbit").status_code == 303
    assert states(full_desk) == [RotationState.DISCARDED]


def test_every_version_is_listed_with_its_state(full_desk: Desk) -> None:
    assert "Belum ada versi." in full_desk.get("/papan/versi").text
    publish(full_desk)
    draft(full_desk)

    page = full_desk.get("/papan/versi").text

    assert page.index("Rancangan ke-2") < page.index("Pembagian ke-1")
    assert "Terbit" in page


def test_a_vendor_is_pinned_and_the_pin_taken_away(full_desk: Desk) -> None:
    slot_id = first_slot(full_desk)
    vendor_id = factories.make_vendor(full_desk.edition_id, business_name="Madu Rimba")

    pinned = full_desk.follow(f"/papan/waktu/{slot_id}", {"vendor_id": str(vendor_id)})
    loose = full_desk.follow(f"/papan/waktu/{slot_id}", {"vendor_id": str(vendor_id), "unpin": "1"})

    assert "Madu Rimba dipasang di waktu ini." in pinned.text
    assert "Dipasang untuk <strong>Madu Rimba</strong>" in pinned.text
    assert "Tidak dipasang" in loose.text
    assert actions_by(full_desk.account_id) == ["pin_slot", "unpin_slot"]


def test_nobody_who_cannot_come_is_pinned(full_desk: Desk) -> None:
    slot_id = first_slot(full_desk)
    vendor_id = factories.make_vendor(full_desk.edition_id, business_name="Madu Rimba", available_until_minute=600)

    page = full_desk.get(f"/papan/waktu/{slot_id}").text
    answer = full_desk.post(f"/papan/waktu/{slot_id}", {"vendor_id": str(vendor_id)})
    nothing = full_desk.post(f"/papan/waktu/{slot_id}")

    assert "di luar jam bisanya" in page
    assert (answer.status_code, nothing.status_code) == (422, 422)
    assert "Pilih salah satu lapak yang bisa." in answer.text
    assert actions_by(full_desk.account_id) == []


def test_a_slot_that_has_begun_is_left_as_it_is(full_desk: Desk, world) -> None:
    world.now = EVENING + timedelta(minutes=5)
    slot_id = first_slot(full_desk)

    answer = full_desk.follow(f"/papan/waktu/{slot_id}", {"unpin": "1"})

    assert "Waktu tayang ini sudah mulai" in answer.text


def test_numbers_and_slots_of_another_edition_do_not_exist(full_desk: Desk) -> None:
    other = factories.make_edition()
    slot_id = factories.slot_ids(factories.make_live_session(other))[0]
    factories.make_rotation(other)

    for path in (f"/papan/waktu/{slot_id}", "/papan/rancangan/1", "/papan/rancangan/1/terbit"):
        assert full_desk.get(path).status_code == 404
    for path in (f"/papan/waktu/{slot_id}", "/papan/rancangan/1/terbit", "/papan/rancangan/1/buang"):
        assert full_desk.post(path).status_code == 404


def test_what_a_draft_cannot_give_is_told_with_whom_to_ask(desk: Desk) -> None:
    slots = factories.slot_ids(factories.make_live_session(desk.edition_id, starts_at=EVENING, slot_count=2))
    factories.make_vendor(desk.edition_id, business_name="Dapur Tape Kenanga", min_turns=0)
    pinned = factories.make_vendor(desk.edition_id, business_name="Batik Gumitir", owner_name="Bu Rani", phone="+628120001111", min_turns=0)
    with transaction() as session:
        session.add_all(Availability(vendor_id=pinned, weekday=day) for day in range(7))
        session.get_one(Slot, slots[0]).pinned_vendor_id = pinned
    number = build_rotation(desk.edition_id, planner=plan_here, by=None, now=START).number

    text = desk.get(f"/papan/rancangan/{number}").text

    assert "Yang tidak bisa dipenuhi" in text
    assert "tetapi tidak bisa hari itu" in text
    assert "https://wa.me/628120001111?text=Bu%20Rani%2C%20kami%20mencari%20lapak%20untuk%20Selasa%2C%205%20Mei" in text


@pytest.mark.parametrize("state", ["nothing", "draft", "published"])
def test_a_pin_says_when_it_takes_effect_and_leads_nowhere_that_is_closed(full_desk: Desk, state: str) -> None:
    if state == "draft":
        draft(full_desk)
    if state == "published":
        publish(full_desk)
    slot_id = first_slot(full_desk)
    page = slot_page(full_desk.edition_id, slot_id, now=START)
    other = next(one for one in (*page.free, *page.movable) if not one.is_here)

    unpinned = full_desk.follow(f"/papan/waktu/{slot_id}", {"unpin": "1"}).text
    pinned = full_desk.follow(f"/papan/waktu/{slot_id}", {"vendor_id": str(other.vendor_id)}).text
    again = full_desk.follow(f"/papan/waktu/{slot_id}", {"vendor_id": str(other.vendor_id)}).text
    loose = full_desk.follow(f"/papan/waktu/{slot_id}", {"unpin": "1"}).text

    assert "memang tidak dipasang" in unpinned
    assert f"{other.business_name} dipasang di waktu ini." in pinned
    assert ("diperbaiki" in pinned) == ("/papan/perbaiki" in pinned) == (state == "published")
    assert "memang sudah dipasang" in again
    assert "Pasangan waktu ini dilepas." in loose
    assert "diperbaiki" not in loose


def test_where_every_live_session_is_over_the_desk_says_so_and_builds_nothing(desk: Desk) -> None:
    factories.make_live_session(desk.edition_id, starts_at=START - timedelta(days=3), slot_count=2)
    factories.make_vendor(desk.edition_id)

    answer = desk.post("/papan/susun", {"way": "tetap"})

    for page in (desk.get("/papan").text, desk.get("/papan/susun").text):
        assert "Semua siaran edisi ini sudah lewat" in page
    assert "rancangan/1" not in str(answer.location)


def test_a_draft_that_breaks_a_rule_names_it_and_is_published_only_on_purpose(full_desk: Desk) -> None:
    with transaction() as session:
        slot = session.scalars(select(Slot).where(Slot.edition_id == full_desk.edition_id).order_by(Slot.starts_at).limit(1)).one()
        vendor = session.scalars(select(Vendor).where(Vendor.business_name == "Kopi Raung")).one()
        session.add(Availability(vendor_id=vendor.id, off_on=slot.starts_at.date()))
        slot.pinned_vendor_id = vendor.id
    number = draft(full_desk)

    review = full_desk.get(f"/papan/rancangan/{number}/terbit").text
    without = full_desk.follow(f"/papan/rancangan/{number}/terbit", {"seen": ""}).text
    on_purpose = full_desk.follow(f"/papan/rancangan/{number}/terbit", {"seen": "", "despite": "y"}).text

    assert "1 aturan dilanggar." in review
    assert "Tetap terbitkan" in review
    assert (
        "dipasang untuk <strong>Kopi Raung</strong>, tetapi diisi" in review or "<strong>Kopi Raung</strong> tidak bisa hari itu." in review
    )
    assert f"Rancangan {number} melanggar 1 aturan." in without
    assert f"Pembagian ke-{number} terbit." in on_purpose


@pytest.mark.parametrize("address", ["/papan/susun", "/papan/perbaiki"])
def test_an_archived_edition_offers_no_build_and_no_repair(desk: Desk, address: str) -> None:
    archive_edition(desk.edition_id, by=None, now=START)

    page = desk.get(address).text

    assert "Edisi ini sudah diarsipkan." in page
    assert 'name="keep_soon"' not in page
    assert 'name="seed"' not in page
