"""`links ...`: addresses on stdout, everything else on stderr."""

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bazaar.database import reading
from models import Edition
from tests import factories
from tests.vendors.evening import Evening, make_evening


@pytest.fixture
def evening(app: Flask) -> Evening:
    return make_evening()


def run(app: Flask, *arguments: str) -> tuple[int, str, str]:
    result = app.test_cli_runner().invoke(args=["links", *arguments])
    return result.exit_code, result.stdout, result.stderr


def slug_of(edition_id: int) -> str:
    with reading() as session:
        return session.get_one(Edition, edition_id).slug


def test_the_address_is_printed_alone_and_opens_the_page(app: Flask, client: FlaskClient, evening: Evening) -> None:
    code, out, err = run(app, "vendor", "dapur tape kenanga", "--edition", slug_of(evening.edition_id))

    assert (code, out, err) == (0, f"http://localhost:8000/g/{evening.token}\n", "")
    assert "Bu Siti Aminah" in client.get(out.strip().removeprefix("http://localhost:8000")).text


def test_a_link_is_made_where_there_is_none(app: Flask, client: FlaskClient) -> None:
    edition_id = factories.make_edition()
    factories.make_vendor(edition_id, business_name="Madu Rimba")

    _code, first, _err = run(app, "vendor", "Madu Rimba", "--edition", slug_of(edition_id))
    _code, again, _err = run(app, "vendor", "Madu Rimba", "--edition", slug_of(edition_id))

    assert first == again
    assert client.get(first.strip().removeprefix("http://localhost:8000")).status_code == 200


@pytest.mark.parametrize("written", ["Tape", "Dapur Tape Kenongo"])
def test_a_name_that_is_not_quite_right_gets_names_like_it(app: Flask, evening: Evening, written: str) -> None:
    factories.make_vendor(evening.edition_id, business_name="Batik Gumitir")

    code, out, err = run(app, "vendor", written, "--edition", slug_of(evening.edition_id))

    assert (code, out) == (1, "")
    assert err == f"There is no vendor named {written}. Names like it: Dapur Tape Kenanga.\n"


def test_an_unknown_edition_is_one_sentence(app: Flask) -> None:
    code, out, err = run(app, "vendor", "X", "--edition", "tidak-ada")

    assert (code, out, err.count("\n"), "tidak-ada" in err) == (1, "", 1, True)


def test_the_list_makes_missing_links_and_leaves_out_who_withdrew(app: Flask, evening: Evening) -> None:
    factories.make_vendor(evening.edition_id, business_name="Batik Gumitir")
    factories.make_vendor(evening.edition_id, business_name="Mundur", withdrawn_at=factories.CREATED_AT)

    code, out, _err = run(app, "list", "--edition", slug_of(evening.edition_id), "--json")

    links = json.loads(out)["links"]
    assert code == 0
    assert [link["vendor"] for link in links] == ["Batik Gumitir", "Dapur Tape Kenanga"]
    assert links[1] == {"vendor": "Dapur Tape Kenanga", "url": f"http://localhost:8000/g/{evening.token}", "opened_at": None}


def test_a_hosts_address_opens_the_door_of_its_live_session(app: Flask, client: FlaskClient, evening: Evening) -> None:
    live_session_id = factories.make_live_session(evening.edition_id)

    code, out, _err = run(app, "host", "Mbak Laras", "--live-session", str(live_session_id))

    assert code == 0
    assert client.get(out.strip().removeprefix("http://localhost:8000")).status_code == 200


def test_an_unknown_live_session_is_one_sentence(app: Flask) -> None:
    code, out, err = run(app, "host", "Mbak Laras", "--live-session", "99")

    assert (code, out) == (1, "")
    assert err == "There is no live session 99. List them with: sessions list --edition SLUG\n"
