"""The proof page and its downloads, as a doubter meets them; and the ways that lead there."""

import gzip
import hashlib
import html
import json
import re
import shlex
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from bazaar.database import reading, transaction
from bazaar.rotation.__main__ import main
from bazaar.rotation.score import PARTS
from bazaar.states import RotationState
from models import Edition, Rotation, Vendor
from tests import factories
from tests.conftest import World
from tests.editions.draws import NOW, change_draw, draw, make_draw, make_fair
from tests.factories import make_account, make_link, make_sign_in, sign_in


@pytest.fixture
def edition_id(world: World) -> int:
    world.now = NOW + timedelta(minutes=1)
    return make_fair(slug="ramadhan", name="Bazar Ramadhan")


def test_the_page_says_that_nothing_is_fairer_where_that_is_proved(client: FlaskClient, edition_id: int) -> None:
    make_draw(edition_id, proved=list(PARTS))

    page, english = client.get("/e/ramadhan/undian").text, client.get("/e/ramadhan/undian/1?lang=en").text

    assert "Tidak ada pembagian yang lebih adil." in page
    assert "belum terbukti" not in page
    assert "Senin, 4 Mei 2026" in page
    assert "07.00 WIB" in page
    assert "4 lapak 2 giliran." in page
    assert "No fairer draw is possible." in english
    assert "not proved" not in english


def test_what_is_not_proved_is_said_with_the_distance_to_the_best_there_could_be(client: FlaskClient, edition_id: int) -> None:
    rotation = draw(make_draw(edition_id))
    bounds = {**rotation.bounds, "dev_max": rotation.score["dev_max"] - 2, "dev_sq": None}
    change_draw(rotation.id, bounds=bounds, proved=[part for part in PARTS if part not in {"dev_max", "dev_sq"}])

    page = client.get("/e/ramadhan/undian").text

    assert "Belum terbukti paling adil." in page
    assert "Tidak ada pembagian yang lebih adil." not in page
    assert "Jadi kurangnya paling banyak 0,5 nilai." in page
    assert "Batas terbaiknya belum diketahui." in page


def test_more_changes_than_the_fewest_are_told_as_a_choice(client: FlaskClient, edition_id: int) -> None:
    make_draw(edition_id)
    rotation = draw(make_draw(edition_id, keep_published=True, extra_changes=2, at=NOW + timedelta(seconds=30)))
    proved = [part for part in PARTS if part not in {"changes", "dev_max", "dev_sq"}]
    change_draw(rotation.id, score={**rotation.score, "changes": 3}, bounds={**rotation.bounds, "changes": 1}, proved=proved)

    page = client.get("/e/ramadhan/undian").text

    assert "Panitia mengizinkan 2 perubahan lebih dari yang paling sedikit" in page
    assert "dipilih panitia" in page
    assert "Paling sedikit 1." in page
    assert ".venv/bin/python -m bazaar.rotation replan undian-2-soal.json --extra-changes 2" in page
    assert "batas terbaik bagian ini tidak dicari" in page


def test_the_printed_commands_run_on_the_downloaded_files_and_give_the_digest(
    client: FlaskClient, edition_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rotation = draw(make_draw(edition_id))
    page = client.get("/e/ramadhan/undian").text
    monkeypatch.chdir(tmp_path)
    for address in re.findall(r'href="([^"]+)" download', page):
        answer = client.get(html.unescape(address))
        (tmp_path / re.findall(r"undian-1-[a-z]+\.json", answer.headers["Content-Disposition"])[0]).write_bytes(answer.data)

    lines = [html.unescape(line) for line in re.findall(r'<code class="proof-line" tabindex="0">([^<]+)</code>', page)]
    calls = [shlex.split(line.removeprefix(".venv/bin/python -m bazaar.rotation ")) for line in lines[1:3]]

    assert (lines[0], lines[3]) == ("./run --prepare", "sha256sum undian-1-soal.json")
    assert main(calls[0]) == 0
    assert json.loads(capsys.readouterr().out)["digest"] == rotation.digest
    assert main(calls[1]) == 0


def test_the_names_of_the_programmers_stand_in_the_folded_table_only(client: FlaskClient, edition_id: int) -> None:
    make_draw(edition_id)

    page = client.get("/e/ramadhan/undian").text
    told, _, folded = page.partition("Angka aslinya, untuk yang ragu")

    assert [part for part in PARTS if part in told and part not in {"hard", "short", "rep"}] == []
    assert [part for part in PARTS if f"<code>{part}</code>" not in folded] == ["changes"]  # nothing was published before


def test_tampering_is_said_aloud(client: FlaskClient, edition_id: int) -> None:
    rotation = draw(make_draw(edition_id))
    honest = client.get("/e/ramadhan/undian").text

    change_draw(rotation.id, problem={**rotation.problem, "seed": 4711}, score={**rotation.score, "dev_sq": 0})

    told = client.get("/e/ramadhan/undian").text
    for sentence in ("Segelnya tidak cocok.", "Penilaiannya tidak cocok."):
        assert (sentence in honest, sentence in told) == (False, True)


def test_the_page_says_what_the_digest_does_not_cover(client: FlaskClient, edition_id: int) -> None:
    make_draw(edition_id)

    page = client.get("/e/ramadhan/undian").text

    assert "Batas dan tanda terbukti hanya bisa diperiksa dengan mengundi lagi." in page
    assert "batas terbaik bagian ini tidak dicari" not in page  # only a repair leaves them out


def test_a_superseded_publication_keeps_its_page_and_names_what_replaced_it(client: FlaskClient, edition_id: int) -> None:
    make_draw(edition_id)
    make_draw(edition_id, at=NOW + timedelta(seconds=30))

    old, new = client.get("/e/ramadhan/undian/1").text, client.get("/e/ramadhan/undian").text

    assert 'href="/e/ramadhan/undian/2">undian ke-2</a>' in old
    assert "Masih berlaku." in new
    assert 'href="/e/ramadhan/undian/1"' in new


@pytest.mark.parametrize("rest", ["", "/soal.json", "/hasil.json"])
def test_a_draft_has_no_page_and_no_files(client: FlaskClient, edition_id: int, rest: str) -> None:
    make_draw(edition_id, state=RotationState.DRAFT)

    assert client.get(f"/e/ramadhan/undian/1{rest}").status_code == 404
    assert client.get(f"/e/ramadhan/undian/{2**40}{rest}").status_code == 404


def test_before_the_first_publication_the_page_says_that_it_comes(client: FlaskClient, edition_id: int) -> None:
    answer = client.get("/e/ramadhan/undian")

    assert (answer.status_code, "Jadwal belum terbit" in answer.text) == (200, True)


def test_an_archived_edition_still_leads_to_its_proof(client: FlaskClient, edition_id: int) -> None:
    make_draw(edition_id)
    with transaction() as session:
        session.execute(update(Edition).values(archived_at=NOW))

    closed = client.get("/e/ramadhan").text

    assert 'href="/e/ramadhan/undian/1"' in closed
    assert "Bukti undian ke-1" in client.get("/e/ramadhan/undian/1").text


def test_search_engines_list_a_proof_once_and_only_while_it_is_in_force(client: FlaskClient, edition_id: int) -> None:
    make_draw(edition_id)
    make_draw(edition_id, at=NOW + timedelta(seconds=30))

    pages = [client.get(f"/e/ramadhan/undian{rest}").text for rest in ("", "/1", "/2")]

    assert ["noindex" in page for page in pages] == [True, True, False]


def test_a_rotation_whose_problem_was_not_kept_says_so(client: FlaskClient, edition_id: int) -> None:
    factories.make_rotation(edition_id)

    answer = client.get("/e/ramadhan/undian")

    assert (answer.status_code, "Data undian ke-1 tidak tersimpan" in answer.text) == (404, True)


def test_a_download_carries_its_name_and_is_not_sent_twice(client: FlaskClient, edition_id: int) -> None:
    make_draw(edition_id)
    with reading() as session:
        stored = session.scalars(select(Rotation)).one()

    first = client.get("/e/ramadhan/undian/1/soal.json")
    again = client.get("/e/ramadhan/undian/1/soal.json", headers={"If-None-Match": first.headers["ETag"]})
    packed = client.get("/e/ramadhan/undian/1/soal.json", headers={"Accept-Encoding": "gzip"})

    assert first.content_type == "application/json"
    assert first.headers["Content-Disposition"] == 'attachment; filename="undian-1-soal.json"'
    assert first.headers["Cache-Control"] == "no-cache"
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert hashlib.sha256(first.data).hexdigest() == stored.problem_hash
    assert (again.status_code, again.data) == (304, b"")
    assert gzip.decompress(packed.data) == first.data


def test_the_page_is_sent_again_only_when_something_changed(client: FlaskClient, edition_id: int) -> None:
    make_draw(edition_id)
    tag = {"If-None-Match": client.get("/e/ramadhan/undian/1").headers["ETag"]}

    unchanged = client.get("/e/ramadhan/undian/1", headers=tag)
    make_draw(edition_id, at=NOW + timedelta(seconds=30))
    replaced = client.get("/e/ramadhan/undian/1", headers=tag)

    assert (unchanged.status_code, replaced.status_code) == (304, 200)


def test_a_vendor_finds_the_own_number_and_the_way_to_the_proof(client: FlaskClient, edition_id: int) -> None:
    make_draw(edition_id)
    with reading() as session:
        vendor_id = session.scalars(select(Vendor.id)).first()

    page = client.get(f"/g/{make_link(edition_id, vendor_id=vendor_id)[1]}").text

    assert f"dalam undian: {vendor_id}." in page
    assert f'href="/e/ramadhan/undian/1#n{vendor_id}"' in page
    assert f'id="n{vendor_id}"' in client.get("/e/ramadhan/undian/1").text


def test_the_timetable_and_the_board_lead_to_the_proof(client: FlaskClient, edition_id: int) -> None:
    make_draw(edition_id)
    public = client.get("/e/ramadhan").text
    sign_in(client, make_sign_in(account_id=make_account(bazaar_id=1)))

    board, versions = (client.get(f"/panitia/ramadhan/papan{rest}").text for rest in ("", "/versi"))

    assert 'href="/e/ramadhan/undian"' in public
    assert [page.count('href="/e/ramadhan/undian/1"') for page in (board, versions)] == [1, 1]
