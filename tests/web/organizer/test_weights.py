"""The page on which an organizer says what turns are worth."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from bazaar.database import transaction
from bazaar.editions.points import HourBand
from bazaar.editions.weights import Weights, change_weights, weights_page
from models import PastTurn
from tests import factories
from tests.conftest import START
from tests.web.organizer.desk import Desk, sit_down

PATH = "/pengaturan/nilai"


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    return sit_down(client, name="Bazar Mei")


def sent(*, revision: int = 0, **changes: str) -> dict[str, str]:
    """The form as the page shows it."""
    rows = {f"w_{row}_{day}": str(weight) for row, weight in enumerate((130, 150)) for day in range(7)}
    return {"revision": str(revision), "starts_1": "18.00", "decay_0": "60", "decay_1": "30", **rows, **changes}


def weights(desk: Desk) -> Weights:
    return weights_page(desk.edition_id, now=START).weights


def test_the_page_shows_the_table_and_what_a_turn_on_tuesday_is_worth(desk: Desk) -> None:
    text = desk.get(PATH).text

    assert 'value="195"' in text
    assert 'bernilai <strong class="num">23</strong>' in text
    assert "Belum cukup catatan" in text
    assert PATH in desk.get("/pengaturan").text


@pytest.mark.parametrize("is_demo", [True, False])
def test_a_sample_edition_that_does_not_count_is_named_on_both_pages(desk: Desk, is_demo: bool) -> None:
    vendor_id = factories.make_vendor(desk.edition_id)
    factories.make_edition(bazaar_id=desk.bazaar_id, is_demo=is_demo)

    weights_text, vendor_text = desk.get(PATH).text, desk.get(f"/lapak/{vendor_id}").text

    assert ("Catatan edisi contoh hanya karangan, jadi tidak dihitung." in weights_text) is is_demo
    assert ("Giliran di edisi contoh hanya karangan, jadi tidak dihitung." in vendor_text) is is_demo


def test_weights_are_saved_and_the_example_follows(desk: Desk) -> None:
    answer = desk.follow(PATH, sent(w_1_1="200", decay_0="50"))

    assert "Nilai giliran disimpan." in answer.text
    assert 'bernilai <strong class="num">30</strong>' in answer.text
    assert (weights(desk).bands[1].weights[1], weights(desk).decay_pct) == (200, (50, 30))


def test_the_example_is_counted_with_what_was_typed_and_nothing_is_saved(desk: Desk) -> None:
    before = weights(desk)

    answer = desk.post(PATH, sent(w_1_1="400", do="contoh"))

    assert (answer.status_code, weights(desk)) == (200, before)
    assert 'bernilai <strong class="num">60</strong>' in answer.text
    assert "Belum disimpan." in answer.text


def test_a_row_is_added_filled_and_thrown_away(desk: Desk) -> None:
    grown = desk.post(PATH, sent(do="tambah"))
    row = {f"w_2_{day}": "250" for day in range(7)}
    desk.follow(PATH, sent(starts_2="16.30", **row))
    saved = weights(desk).bands
    desk.follow(PATH, sent(revision=1, starts_1="", **{f"w_1_{day}": "" for day in range(7)}))

    assert 'name="starts_2"' in grown.text
    assert [(band.from_minute, band.weights[0]) for band in saved] == [(0, 130), (990, 250), (1080, 150)]
    assert [band.from_minute for band in weights(desk).bands] == [0]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"w_0_3": "banyak"}, "Isi dengan angka bulat"),
        ({"w_0_3": "0"}, "Isi antara 1 dan 1000."),
        ({"w_0_3": ""}, "Isi bobot untuk setiap hari."),
        ({"starts_1": "malam"}, "Jam ini tidak terbaca."),
        ({"starts_1": "00.00"}, "Jam ini sudah dipakai baris lain."),
        ({"decay_1": "70"}, "tidak boleh dihitung lebih besar"),
    ],
)
def test_a_mistake_is_named_and_nothing_typed_is_lost(desk: Desk, changes: dict[str, str], sentence: str) -> None:
    answer = desk.post(PATH, sent(w_1_6="777", **changes))

    assert answer.status_code in {409, 422}
    assert sentence in answer.text
    assert 'value="777"' in answer.text


def test_the_second_of_two_organizers_sees_what_the_first_saved(desk: Desk) -> None:
    change_weights(desk.edition_id, Weights((HourBand(0, (90,) * 7),)), revision=0, by=None, now=START)

    answer = desk.post(PATH, sent(w_0_0="140"))

    assert (answer.status_code, weights(desk).bands[0].weights[0]) == (409, 90)
    assert "Baris 1, Senin sekarang: <strong>90</strong>" in answer.text


def test_once_a_turn_has_begun_the_table_can_only_be_read(desk: Desk, world: Any) -> None:
    live_session_id = factories.make_live_session(desk.edition_id, starts_at=START)
    factories.make_rotation(desk.edition_id, [(factories.slot_ids(live_session_id)[0], factories.make_vendor(desk.edition_id))])
    world.wait(minutes=5)

    text, answer = desk.get(PATH).text, desk.post(PATH, sent())

    assert ("sudah ada giliran yang berjalan" in text, "Simpan nilai giliran" in text) == (True, False)
    assert (answer.status_code, "Bobot tidak bisa diganti lagi" in answer.text) == (409, True)


def test_measured_weights_stand_beside_the_table_until_somebody_takes_them_over(desk: Desk) -> None:
    vendor_id = factories.make_vendor(desk.edition_id)
    with transaction() as session:
        for place in range(24):
            started_at = START.replace(day=1 + place, hour=3 if place % 2 else 13)
            viewers = 20 if place % 2 else 60
            session.add(PastTurn(vendor_id=vendor_id, edition_name="I", started_at=started_at, minutes_aired=15, viewer_count=viewers))
    before = weights(desk)

    page = desk.get(PATH)
    fields = dict(pair.split('" value="') for pair in page.text.split("Pakai bobot terukur")[0].rpartition("<form")[2].split('name="')[1:])
    taken = desk.follow(PATH, {name: value.split('"')[0] for name, value in fields.items()})

    assert weights(desk) != before
    assert '<strong class="num">24</strong> catatan' in page.text
    assert "Bobot yang terukur sudah dipakai." in taken.text
    assert {weight % 5 for band in weights(desk).bands for weight in band.weights} == {0}
