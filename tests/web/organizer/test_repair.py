"""Repairing on the desk: what broke, who moves in each choice, and the draft that comes of it."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from bazaar.database import reading, transaction
from bazaar.editions.air_reports import note_loss
from bazaar.editions.build import build_rotation
from bazaar.editions.pins import pin_slot
from bazaar.editions.publish import publish_rotation
from bazaar.editions.repairs import repair_start
from bazaar.rotation.solve import solve
from models import LiveSession, Slot, Turn, Vendor
from tests import factories
from tests.conftest import START
from tests.web.organizer.desk import Desk, actions_by, sit_down

NAMES = ("Dapur Tape Kenanga", "Batik Gumitir", "Kopi Argopuro", "Sambal Bu Sri", "Kerupuk Puger", "Hijab Melati")


@dataclass(frozen=True)
class Published:
    """A published rotation on the desk."""

    desk: Desk
    slot_id: int  # of its last turn
    vendor_id: int  # who stands there


@pytest.fixture
def stage(client: FlaskClient) -> Published:
    desk = sit_down(client)
    for day in (2, 6, 10):
        factories.make_live_session(desk.edition_id, starts_at=START + timedelta(days=day), slot_count=4)
    for name in NAMES:
        factories.make_vendor(desk.edition_id, business_name=name)
    built = build_rotation(desk.edition_id, planner=solve, by=None, now=START)
    publish_rotation(built.rotation_id, by=None, now=START)
    with reading() as session:
        slot_id, vendor_id = session.execute(
            select(Turn.slot_id, Turn.vendor_id).join(Slot, Slot.id == Turn.slot_id).order_by(Slot.starts_at.desc()).limit(1)
        ).one()
    return Published(desk, slot_id, vendor_id)


def leave(vendor_id: int) -> None:
    with transaction() as session:
        session.execute(update(Vendor).where(Vendor.id == vendor_id).values(withdrawn_at=START))


def name_of(vendor_id: int) -> str:
    with reading() as session:
        return session.get_one(Vendor, vendor_id).business_name


def call_off(slot_id: int) -> None:
    with transaction() as session:
        live_session_id = session.get_one(Slot, slot_id).live_session_id
        session.execute(update(LiveSession).where(LiveSession.id == live_session_id).values(withdrawn_at=START))


def choices(desk: Desk) -> str:
    """Have the choices worked out; the path within the edition where they are."""
    answer = desk.post("/papan/perbaiki", {"keep_soon": "y"})
    assert answer.status_code == 303
    return str(answer.location).removeprefix(f"/panitia/{desk.slug}")


def test_it_says_who_cannot_come_any_more(stage: Published) -> None:
    leave(stage.vendor_id)

    page = stage.desk.get("/papan/perbaiki").text

    assert name_of(stage.vendor_id) in page
    assert "tidak ikut lagi" in page


def test_a_choice_names_who_moves_and_whether_less_is_possible(stage: Published) -> None:
    leave(stage.vendor_id)

    page = stage.desk.get(choices(stage.desk)).text

    assert "2 perubahan" in page
    assert "Lebih sedikit dari ini tidak mungkin." in page
    assert "Selisih giliran terbanyak dan tersedikit menjadi" in page
    assert "lapak berubah gilirannya" in page
    assert sum(name in page for name in NAMES) >= 2


def test_more_changes_are_offered_where_they_make_turns_more_even(client: FlaskClient) -> None:
    desk = sit_down(client)
    vendors = [factories.make_vendor(desk.edition_id, business_name=name, min_turns=0) for name in NAMES]
    slots = []
    for day in (2, 9, 16):
        live_session_id = factories.make_live_session(desk.edition_id, starts_at=START + timedelta(days=day), slot_count=2)
        with reading() as session:
            slots += session.scalars(select(Slot.id).where(Slot.live_session_id == live_session_id).order_by(Slot.position))
    factories.make_rotation(desk.edition_id, list(zip(slots, [*vendors[:2], *vendors[:2], *vendors[:2]], strict=True)))
    path = choices(desk)

    page = desk.get(path).text
    more = desk.get(f"{path}?ubah=4").text

    assert "Tanpa perubahan" in page
    assert "menjadi <b" in page
    assert "; dengan" in page
    assert "paling merata" in page
    assert "4 perubahan lebih banyak daripada yang paling sedikit." in more
    assert "Dengan perubahan sebanyak ini, jumlah giliran tidak bisa lebih merata." in more
    assert "Selisih giliran turun dari" in page
    assert "lebih merata tidak mungkin" not in page.lower() + more.lower()


def test_an_evening_called_off_that_leaves_turns_even_needs_no_choice(stage: Published) -> None:
    call_off(stage.slot_id)

    page = stage.desk.get(choices(stage.desk)).text

    assert "Tidak ada yang perlu diperbaiki." in page
    assert "tanpa pengganti siaran yang batal" in page
    assert name_of(stage.vendor_id) in page


def test_owed_turns_are_named_before_anything_is_worked_out(stage: Published) -> None:
    with reading() as session:
        slot_id, vendor_id, starts_at = session.execute(
            select(Turn.slot_id, Turn.vendor_id, Slot.starts_at).join(Slot, Slot.id == Turn.slot_id).order_by(Slot.starts_at).limit(1)
        ).one()
    note_loss(slot_id, lost_minutes=15, reason="Listrik padam", by=None, now=starts_at + timedelta(hours=1))

    page = repair_start(stage.desk.edition_id, now=starts_at + timedelta(hours=1))

    assert page is not None
    assert [(one.business_name, one.owed_count, one.failed_at) for one in page.owed] == [(name_of(vendor_id), 1, (starts_at,))]
    assert "giliran pengganti" in stage.desk.get("/papan/perbaiki").text


def test_the_chosen_one_becomes_a_draft_to_review(stage: Published) -> None:
    leave(stage.vendor_id)
    path = choices(stage.desk)

    answer = stage.desk.post(path, {"ubah": "2"})
    page = stage.desk.get("/papan/rancangan/2/terbit").text

    assert answer.location == f"/panitia/{stage.desk.slug}/papan/rancangan/2/terbit"
    assert "Terbitkan rancangan ke-2?" in page
    assert "build_rotation" in actions_by(stage.desk.account_id)


@pytest.mark.parametrize("changes", ["", "x", "-1", "99"])
def test_a_choice_nobody_offered_is_not_found(stage: Published, changes: str) -> None:
    leave(stage.vendor_id)

    assert stage.desk.post(choices(stage.desk), {"ubah": changes}).status_code == 404


def test_choices_from_before_another_change_are_refused_with_a_way_on(stage: Published) -> None:
    leave(stage.vendor_id)
    path = choices(stage.desk)
    with reading() as session:
        other = session.scalars(select(Vendor.id).where(Vendor.id != stage.vendor_id, Vendor.edition_id == stage.desk.edition_id)).first()
    assert other is not None
    leave(other)

    page = stage.desk.get(path).text
    answer = stage.desk.follow(path, {"ubah": "2"}).text

    assert "Pilihan ini tidak cocok lagi." in page
    assert "Hitung lagi" in page
    assert "Buat rancangan ini" not in page
    assert "Sejak pilihan ini dihitung" in answer


def test_where_nothing_broke_it_says_so(stage: Published) -> None:
    page = stage.desk.get("/papan/perbaiki").text

    assert "Semua giliran di depan masih bisa berjalan." in page


def test_before_anything_is_published_it_leads_to_building(client: FlaskClient) -> None:
    desk = sit_down(client)

    assert "Belum ada yang terbit." in desk.get("/papan/perbaiki").text
    assert "Belum ada" in desk.follow("/papan/perbaiki").text


def test_a_pin_leads_to_the_repair(stage: Published) -> None:
    with reading() as session:
        other = session.scalars(select(Vendor.id).where(Vendor.id != stage.vendor_id, Vendor.edition_id == stage.desk.edition_id)).first()
    pin_slot(stage.desk.edition_id, stage.slot_id, other, by=None, now=START)

    slot = stage.desk.get(f"/papan/waktu/{stage.slot_id}").text
    repair = stage.desk.get("/papan/perbaiki").text

    assert f"/panitia/{stage.desk.slug}/papan/perbaiki" in slot
    assert "waktunya dipasang untuk lapak lain" in repair


def test_the_board_leads_to_the_repair_once_something_is_published(stage: Published) -> None:
    assert f"/panitia/{stage.desk.slug}/papan/perbaiki" in stage.desk.get("/papan").text


def test_drawing_afresh_can_spare_the_turns_of_the_next_day(stage: Published, world: object) -> None:
    world.wait(days=1, hours=12)  # type: ignore[attr-defined]

    form = stage.desk.get("/papan/susun").text
    answer = stage.desk.post("/papan/susun", {"way": "ulang", "keep_soon": "y"})
    review = stage.desk.get("/papan/rancangan/2/terbit").text

    assert "Jangan pindahkan giliran dalam 24 jam ini" in form
    assert answer.location.endswith("/papan/rancangan/2")
    assert "Dalam 24 jam ini, giliran" not in review
