"""Pages for everybody: what they say, in which language, and what they never say."""

import gzip
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from bazaar.database import reading, transaction
from bazaar.demo.load import shifted_csv
from bazaar.editions.build import read_problem_of
from bazaar.editions.importing.run import run_import
from bazaar.editions.importing.table import read_table
from bazaar.rotation.problem import write_problem
from bazaar.rotation.score import PARTS, score_plan
from models import Edition, LiveSession, Slot, Vendor
from tests import factories
from tests.conftest import START, World

PHONE = re.compile(r"(?:\+?62|\b0)[\s.-]?8(?:[\s.-]?\d){8,11}")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
TONIGHT = datetime(2026, 5, 4, 13, 0, tzinfo=UTC)


def links_to(html: str, start: str) -> list[str]:
    return [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', html) if link.startswith(start)]


@pytest.fixture
def fair(app: Flask) -> tuple[int, int]:
    """An edition on air in an hour: (edition id, id of the vendor who comes first)."""
    bazaar_id = factories.make_bazaar(name="Pasar Jember", help_phone="+6281300000999")
    edition_id = factories.make_edition(slug="ramadhan", name="Bazar Ramadhan", bazaar_id=bazaar_id)
    live_session = factories.make_live_session(edition_id, starts_at=TONIGHT, slot_count=2, youtube_url="https://youtube.example/live/1")
    vendor_id = factories.make_vendor(edition_id, business_name="Kopi & Teh Ledok", category="Kopi dan cokelat", phone="+6281200001024")
    factories.make_product(edition_id, vendor_id, code="K03", name="Kopi bubuk 200 g", price_idr=35_000)
    factories.make_rotation(edition_id, [(factories.slot_ids(live_session)[0], vendor_id)])
    return edition_id, vendor_id


def test_the_front_page_of_an_empty_deployment_says_so_and_shows_the_way_in(client: FlaskClient) -> None:
    answer = client.get("/")

    assert answer.status_code == 200
    assert "Belum ada bazar yang terbit di sini" in answer.text
    assert links_to(answer.text, "/masuk")


def test_a_single_edition_is_one_touch_away(client: FlaskClient, fair: tuple[int, int]) -> None:
    answer = client.get("/")

    assert "Buka jadwal Bazar Ramadhan" in answer.text
    assert links_to(answer.text, "/e/ramadhan")


def test_the_timetable_shows_who_is_next_then_who_is_on(client: FlaskClient, world: World, fair: tuple[int, int]) -> None:
    before = client.get("/e/ramadhan").text
    world.now = TONIGHT + timedelta(minutes=5)
    during = client.get("/e/ramadhan").text

    assert "malam ini" in before
    assert 'href="https://youtube.example/live/1"' not in before
    assert "<title>Siaran sekarang: Kopi &amp; Teh Ledok. Bazar Ramadhan, Pasar Jember</title>" in during
    assert 'href="https://youtube.example/live/1"' in during
    assert "Rp35.000" in during


def test_an_unchanged_page_is_not_sent_again(client: FlaskClient, world: World, fair: tuple[int, int]) -> None:
    first = client.get("/e/ramadhan")
    world.wait(minutes=7)
    again = client.get("/e/ramadhan", headers={"If-None-Match": first.headers["ETag"]})
    world.now = TONIGHT
    changed = client.get("/e/ramadhan", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    assert changed.status_code == 200
    assert first.headers["Cache-Control"] == "no-cache"


def test_a_page_that_names_the_reader_is_not_kept(client: FlaskClient, fair: tuple[int, int]) -> None:
    factories.sign_in(client, factories.make_sign_in(account_id=factories.make_account(bazaar_id=1)))

    answer = client.get("/e/ramadhan")

    assert answer.headers["Cache-Control"] == "no-store"
    assert "Meja panitia" in answer.text


def test_the_language_follows_the_browser_and_a_choice_is_carried_on(client: FlaskClient, fair: tuple[int, int]) -> None:
    by_browser = client.get("/e/ramadhan", headers={"Accept-Language": "en-GB,en;q=0.9"})
    chosen = client.get("/e/ramadhan?lang=id", headers={"Accept-Language": "en"})
    english = client.get("/e/ramadhan?cari=kopi&lang=en").text

    assert '<html lang="en">' in by_browser.text
    assert "20:00" in by_browser.text
    assert '<html lang="id">' in chosen.text
    assert "Accept-Language" in by_browser.headers["Vary"]
    assert f"/e/ramadhan/lapak/{fair[1]}?lang=en" in links_to(english, "/e/")
    assert "/e/ramadhan?cari=kopi&lang=id" in links_to(english, "/e/")
    assert '<input type="hidden" name="lang" value="en">' in english
    assert "Coffee and chocolate" in english


def test_search_engines_get_one_address_for_each_language_and_no_searches(client: FlaskClient, fair: tuple[int, int]) -> None:
    page = client.get("/e/ramadhan").text
    searched = client.get("/e/ramadhan?cari=kopi").text

    assert '<link rel="canonical" href="http://localhost:8000/e/ramadhan?lang=id">' in page
    assert '<link rel="alternate" hreflang="en" href="http://localhost:8000/e/ramadhan?lang=en">' in page
    assert '<meta property="og:title" content="Bazar Ramadhan, Pasar Jember">' in page
    assert '<meta name="robots" content="noindex">' not in page
    assert '<meta name="robots" content="noindex">' in searched


@pytest.mark.parametrize(
    ("column", "sentence"), [("archived_at", "Bazar ini sudah selesai"), (None, "Jadwal belum terbit")], ids=["archived", "unpublished"]
)
def test_an_edition_with_nothing_to_show_says_why(client: FlaskClient, column: str | None, sentence: str) -> None:
    edition_id = factories.make_edition(slug="sepi", **({column: START} if column else {}))
    vendor_id = factories.make_vendor(edition_id, business_name="Lapak Tersembunyi")

    for path in ("/e/sepi", "/e/sepi/lapak"):
        answer = client.get(path)
        assert (answer.status_code, sentence in answer.text, "noindex" in answer.text) == (200, True, True)
        assert "Lapak Tersembunyi" not in answer.text
    assert client.get(f"/e/sepi/lapak/{vendor_id}").status_code == 404


@pytest.mark.parametrize("path", ["/e/tidak-ada", "/e/tidak-ada/lapak", "/e/ramadhan/lapak/999999", "/e/ramadhan/lapak?hal=7"])
def test_what_is_not_there_is_a_404_page(client: FlaskClient, fair: tuple[int, int], path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_stall_orders_by_whatsapp_with_the_text_typed_in(client: FlaskClient, fair: tuple[int, int]) -> None:
    with transaction() as session:
        session.execute(update(Vendor).values(is_phone_public=True, phone_consent_at=START))

    page = client.get(f"/e/ramadhan/lapak/{fair[1]}").text

    order = next(link for link in links_to(page, "https://wa.me/6281200001024") if "K03" in link)
    assert parse_qs(urlsplit(order).query)["text"] == [
        "Halo Kopi & Teh Ledok, saya lihat lapak ini di Pasar Jember. Saya mau pesan Kopi bubuk 200 g (K03). Masih ada?"
    ]


def test_without_consent_one_orders_during_the_broadcast_or_asks_the_committee(client: FlaskClient, fair: tuple[int, int]) -> None:
    page = client.get(f"/e/ramadhan/lapak/{fair[1]}").text

    assert "Pesan lewat siaran." in page
    assert {urlsplit(link).path for link in links_to(page, "https://wa.me/")} == {"/6281300000999"}


def test_what_a_vendor_wrote_is_never_markup(client: FlaskClient, fair: tuple[int, int]) -> None:
    evil = '"><script>alert(1)</script>'
    with transaction() as session:
        session.execute(update(Vendor).values(business_name=evil, featured_product=evil, category=evil, district=evil, instagram="x"))

    for path in ("/e/ramadhan", "/e/ramadhan/lapak", f"/e/ramadhan/lapak/{fair[1]}", f"/e/ramadhan?cari={evil}&lang=en"):
        assert "<script>alert" not in client.get(path).text


@pytest.fixture
def jember(app: Flask, world: World) -> dict[str, str]:
    """The sample edition with a turn for every vendor. One agreed to show her phone; everybody has something to hide."""
    edition_id = factories.make_edition(slug="jember", starts_on=date(2021, 4, 13), ends_on=date(2021, 5, 12))
    for kind in ("vendors", "products", "sessions"):
        table = read_table(f"{kind}.csv", shifted_csv(kind, timedelta(0)))
        run_import(edition_id, kind, table, by=None, now=datetime(2021, 4, 1, tzinfo=UTC))
    world.now = datetime(2021, 5, 4, 13, 20, tzinfo=UTC)  # on air
    with transaction() as session:
        session.execute(update(LiveSession).values(zoom_url=""))
        vendors = list(session.scalars(select(Vendor).order_by(Vendor.id)))
        slot_ids = list(session.scalars(select(Slot.id).order_by(Slot.starts_at)))
        for vendor in vendors:
            vendor.note = f"Catatan rahasia {vendor.id}"
            vendor.owner_name = f"Bu Rahasia {vendor.id}"
            vendor.email = f"ibu{vendor.id}@example.com"
        vendors[5].is_phone_public = True  # a tick without the moment of consent proves nothing
        vendors[7].is_phone_public, vendors[7].phone_consent_at = True, START
        vendors[9].instagram, vendors[9].shopee = vendors[9].phone, vendors[9].email
        agreed = vendors[7].phone
    ids = [vendor.id for vendor in vendors]
    problem = read_problem_of(edition_id, keep_published=False, now=datetime(2021, 4, 1, tzinfo=UTC))
    turns = [(slot_id, ids[number % len(ids)]) for number, slot_id in enumerate(slot_ids)]
    score = score_plan(problem, {f"s{slot_id}": f"v{vendor_id}" for slot_id, vendor_id in turns})
    bounds = dict.fromkeys(PARTS)
    factories.make_rotation(edition_id, turns, problem=write_problem(problem), score=score.as_dict(), bounds=bounds)
    return {"agreed": agreed, "ids": " ".join(map(str, ids))}


def test_no_public_page_tells_what_is_private(client: FlaskClient, jember: dict[str, str]) -> None:
    paths = ["/", "/e/jember", "/e/jember?lang=en", "/e/jember?cari=rahasia", "/e/jember?jenis=Kriya"]
    paths += ["/e/jember/undian", "/e/jember/undian/1?lang=en", "/e/jember/undian/1/soal.json", "/e/jember/undian/1/hasil.json"]
    paths += [f"/e/jember/lapak?hal={number}" for number in (1, 2, 3, 4)] + [f"/e/jember/lapak/{key}" for key in jember["ids"].split()]

    pages = {path: client.get(path) for path in paths}

    assert {answer.status_code for answer in pages.values()} == {200}
    everything = "\n".join(unquote(answer.text) for answer in pages.values())
    assert {re.sub(r"\D", "", found) for found in PHONE.findall(everything)} == {jember["agreed"].lstrip("+")}
    assert EMAIL.findall(everything) == []
    assert not re.search(r"(?i)catatan rahasia|bu rahasia", everything)


def test_the_files_of_a_draw_hold_numbers_kinds_of_goods_and_languages_and_no_other_word(
    client: FlaskClient, jember: dict[str, str]
) -> None:
    files = [client.get(f"/e/jember/undian/1/{name}.json").get_json() for name in ("soal", "hasil")]
    with reading() as session:
        known = {"jember", "day", "soft", *PARTS, *session.scalars(select(Vendor.category))}

    strange = {
        word for word in words_in(files) if word not in known and not re.fullmatch(r"[slv]\d+|(in|jv|mad|en|id|\+)+|[0-9a-f]{64}", word)
    }

    assert strange == set()
    assert set(files[0]["vendors"][0]) == {"id", "cat", "off", "from", "to", "lang", "min", "max", "gap", "wish", "past"}


def words_in(document: Any) -> set[str]:
    """Every text in a JSON document, but for the names of its fields."""
    if isinstance(document, dict):
        return {word for value in document.values() for word in words_in(value)}
    if isinstance(document, list):
        return {word for value in document for word in words_in(value)}
    return {document} if isinstance(document, str) else set()


def test_the_whole_timetable_is_light_enough_for_a_cheap_phone(client: FlaskClient, jember: dict[str, str]) -> None:
    answer = client.get("/e/jember", headers={"Accept-Encoding": "gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.data) < 15_000
    assert gzip.decompress(answer.data).count(b"</time>") >= 252


def test_an_edition_of_another_zone_carries_its_own(client: FlaskClient, fair: tuple[int, int]) -> None:
    with transaction() as session:
        session.execute(update(Edition).values(timezone="Asia/Makassar"))

    page = client.get("/e/ramadhan").text

    assert "WITA" in page
    assert "21.00" in page
    assert "Indonesia barat (WIB)" in page
