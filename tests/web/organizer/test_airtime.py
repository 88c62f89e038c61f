"""Lost minutes and viewers at the desk: noted on a turn and an evening, corrected, and told where somebody is owed a turn."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from bazaar.editions.air_reports import air_turn
from bazaar.editions.audience import audience_of
from bazaar.vendors.registry import withdraw_vendor
from tests import factories
from tests.conftest import START
from tests.web.organizer.desk import Desk, sit_down


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    return sit_down(client, name="Bazar Mei")


@pytest.fixture
def turn(desk: Desk, world: Any) -> tuple[int, int]:
    """(live session id, slot id) of a turn that began ten minutes ago, Bu Sri's."""
    live_session_id = factories.make_live_session(desk.edition_id, starts_at=START, slot_count=2)
    [slot_id, _] = factories.slot_ids(live_session_id)
    vendor_id = factories.make_vendor(desk.edition_id, business_name="Tape Bu Sri", owner_name="Bu Sri")
    factories.make_rotation(desk.edition_id, [(slot_id, vendor_id)])
    world.wait(minutes=10)
    return live_session_id, slot_id


def loss(**changes: str) -> dict[str, str]:
    return {"lost_minutes": "4", "reason": "Internet putus", "verdict": "", **changes}


def test_lost_minutes_are_noted_and_corrected_with_the_author_in_sight(desk: Desk, turn: tuple[int, int]) -> None:
    live_session_id, slot_id = turn
    path = f"/hasil/giliran/{slot_id}"

    before = desk.get(path).text
    noted = desk.follow(f"{path}/tayang", loss()).text
    corrected = desk.follow(f"{path}/tayang", loss(lost_minutes="0", reason="Salah dengar")).text

    assert "15 dari 15 menit tayang." in before
    assert ("11 dari 15 menit tayang." in noted, "Hilang 4 menit: Internet putus" in noted) == (True, True)
    assert ("15 dari 15 menit tayang." in corrected, "Sudah diganti catatan di atasnya" in corrected) == (True, True)
    assert "15 dari 15 menit tayang" in desk.get(f"/hasil/siaran/{live_session_id}").text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"lost_minutes": "16"}, "Giliran ini 15 menit."),
        ({"lost_minutes": "2000"}, "Giliran ini 15 menit."),
        ({"lost_minutes": "0", "verdict": "failed"}, "tulis berapa menit yang hilang"),
        ({"lost_minutes": "banyak"}, "Isi dengan angka bulat"),
        ({"reason": " "}, "Tulis sebabnya, misalnya: internet putus."),
        ({"verdict": "mungkin"}, "Pilih salah satu dari daftar."),
    ],
)
def test_a_mistake_is_named_and_nothing_typed_is_lost(desk: Desk, turn: tuple[int, int], changes: dict[str, str], sentence: str) -> None:
    answer = desk.post(f"/hasil/giliran/{turn[1]}/tayang", loss(**{"reason": "Kabel lepas", **changes}))

    found = air_turn(desk.edition_id, turn[1], now=START + timedelta(minutes=10))
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert ('value="Kabel lepas"' in answer.text) is ("reason" not in changes)
    assert found is not None
    assert found.notes == ()


def test_who_is_owed_a_turn_is_told_on_the_results_until_it_is_made_good(desk: Desk, turn: tuple[int, int]) -> None:
    nobody_yet = desk.get("/hasil").text

    told = desk.follow(f"/hasil/giliran/{turn[1]}/tayang", loss(verdict="failed")).text
    owed = desk.get("/hasil").text

    assert "Giliran pengganti" not in nobody_yet
    assert "Bu Sri mendapat giliran pengganti" in told
    assert ("Giliran pengganti" in owed, "Belum diganti: 1 giliran" in owed, "Buat rancangan" in owed) == (True, True, True)


@pytest.mark.parametrize(("happens", "sentence"), [("left", "Lapak ini tidak ikut lagi"), ("over", "menjadi bekal di edisi berikutnya")])
def test_no_page_promises_a_turn_that_no_draft_can_give(desk: Desk, turn: tuple[int, int], world: Any, happens: str, sentence: str) -> None:
    desk.post(f"/hasil/giliran/{turn[1]}/tayang", loss(lost_minutes="15"))
    found = air_turn(desk.edition_id, turn[1], now=START + timedelta(minutes=10))
    assert found is not None
    if happens == "over":
        world.wait(minutes=10)  # the last slot has begun
    else:
        withdraw_vendor(desk.edition_id, found.vendor_id, reason="Sakit", by=None, now=START + timedelta(minutes=10))

    pages = [desk.get(path).text for path in ("/hasil", f"/lapak/{found.vendor_id}", f"/hasil/giliran/{turn[1]}")]

    assert [sentence in text for text in pages] == [True] * 3
    assert [promise in text for text in pages for promise in ("Belum diganti", "rancangan berikutnya", "Buat rancangan")] == [False] * 9


def test_a_turn_ahead_or_of_nobody_has_no_lost_minutes(desk: Desk, turn: tuple[int, int]) -> None:
    empty = factories.slot_ids(turn[0])[1]

    assert "Menit tayang" not in desk.get(f"/hasil/giliran/{empty}").text
    assert desk.post(f"/hasil/giliran/{empty}/tayang", loss()).status_code == 409


def test_viewers_of_an_evening_are_noted_by_the_hour(desk: Desk, turn: tuple[int, int]) -> None:
    live_session_id, _ = turn
    path = f"/hasil/siaran/{live_session_id}"
    hour = audience_of(live_session_id)[1].starts_at
    assert hour is not None

    noted = desk.follow(f"{path}/penonton", {"hour": hour.isoformat(), "viewer_count": "120"}).text
    wrong = desk.post(f"{path}/penonton", {"hour": "kemarin", "viewer_count": "ramai"})

    assert "120 penonton" in noted
    assert (wrong.status_code, "Isi dengan angka bulat" in wrong.text) == (422, True)
    assert [count.viewer_count for count in audience_of(live_session_id)] == [None, 120]


def test_a_vendors_page_tells_what_is_owed_and_what_is_carried_over(desk: Desk, turn: tuple[int, int]) -> None:
    bazaar_id = desk.bazaar_id
    earlier = factories.make_edition(
        bazaar_id=bazaar_id,
        name="Bazar Maret",
        starts_on=START.date().replace(month=3, day=2),
        ends_on=START.date().replace(month=3, day=29),
    )
    slots = factories.slot_ids(factories.make_live_session(earlier, starts_at=START.replace(month=3, day=3), slot_count=3))
    rich, poor = factories.make_vendor(earlier, phone="+6281200000001"), factories.make_vendor(earlier, phone="+6281200000002")
    factories.make_rotation(earlier, [(slots[0], rich), (slots[1], rich), (slots[2], poor)])
    same = [factories.make_vendor(desk.edition_id, phone=f"+628120000000{number}") for number in (1, 2, 3)]
    desk.post(f"/hasil/giliran/{turn[1]}/tayang", loss(lost_minutes="15"))

    ahead, behind, new = (desk.get(f"/lapak/{vendor_id}").text for vendor_id in (same[1], same[0], same[2]))
    found = air_turn(desk.edition_id, turn[1], now=START)
    assert found is not None
    unlucky = desk.get(f"/lapak/{found.vendor_id}").text

    assert "lebih banyak dari rata-rata, jadi kali ini sedikit di belakang" in behind
    assert "kurang dari rata-rata, jadi kali ini sedikit di depan" in ahead
    assert "Lapak baru tidak didahulukan" in new
    assert ("Bazar Maret" in behind, "Bazar Maret" in new) == (True, False)
    assert ("Giliran pengganti" in unlucky, "Belum diganti: 1 giliran" in unlucky) == (True, True)
