"""The start prints what opens at once: a way in, the sample edition's links, or just the address."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from bazaar.database import reading
from bazaar.demo.load import ORGANIZER_EMAIL, SLUG
from bazaar.outside import Outside
from bazaar.settings import Settings
from bazaar.web.welcome import welcome_text
from models import Link
from tests import factories
from tests.conftest import World

NOW = datetime(2026, 5, 5, 13, 5, tzinfo=UTC)


def greet(app: Flask, settings: Settings) -> str:
    outside: Outside = app.extensions["giliran.outside"]
    return welcome_text(settings, outside)


def sample(world: World) -> tuple[int, int]:
    """A small edition under the sample's name: one live session on air, one vendor to come."""
    world.now = NOW
    bazaar_id = factories.make_bazaar()
    factories.make_account(bazaar_id=bazaar_id, email=ORGANIZER_EMAIL)
    edition_id = factories.make_edition(bazaar_id=bazaar_id, slug=SLUG, is_demo=True)
    live_session_id = factories.make_live_session(edition_id)
    vendor_id = factories.make_vendor(edition_id, owner_name="Bu Siti Aminah")
    factories.make_rotation(edition_id, [(factories.slot_ids(live_session_id)[3], vendor_id)])
    return edition_id, live_session_id


def test_an_empty_deployment_greets_its_first_organizer(app: Flask, client: FlaskClient, settings: Settings) -> None:
    text = greet(app, settings)

    path = re.search(r"http://localhost:8000(/mulai/[\w-]{43})", text)
    assert path is not None
    assert client.get(path[1]).status_code == 200


def test_the_sample_edition_greets_with_four_links_that_open(app: Flask, client: FlaskClient, settings: Settings, world: World) -> None:
    sample(world)

    text = greet(app, settings)

    paths = dict(re.findall(r"^  (\w+) +http://localhost:8000(\S+)$", text, re.MULTILINE))
    assert list(paths) == ["Organizer", "Host", "Vendor", "Everybody"]
    assert [client.get(path).status_code for path in paths.values()] == [200] * 4
    assert "Bu Siti Aminah" in client.get(paths["Vendor"]).text


def test_the_next_start_prints_the_same_host_and_vendor_link(app: Flask, settings: Settings, world: World) -> None:
    sample(world)
    first = greet(app, settings)
    world.now = NOW + timedelta(minutes=10)

    second = greet(app, settings)

    assert re.findall(r"/[hg]/\S+", first) == re.findall(r"/[hg]/\S+", second)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Link)) == 2


def test_production_prints_no_way_into_anything(app: Flask, settings: Settings, world: World) -> None:
    sample(world)

    text = greet(app, replace(settings, environment="production"))

    assert "http://localhost:8000" in text
    assert not re.search(r"/(g|h|masuk|mulai)/", text)


def test_a_database_with_other_editions_only_prints_the_address(app: Flask, settings: Settings) -> None:
    factories.make_account(bazaar_id=factories.make_bazaar())

    assert "/masuk/" not in greet(app, settings)
