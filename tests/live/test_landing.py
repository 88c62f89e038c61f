"""The front page: where each edition is. Every test begins on Monday 4 May 2026, 19.00 WIB."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from bazaar.database import transaction
from bazaar.live.landing import EditionCard, landing_page
from models import Edition
from tests import factories
from tests.conftest import START

TONIGHT = datetime(2026, 5, 4, 13, 0, tzinfo=UTC)  # 20.00 WIB


@pytest.fixture
def edition_id(app: Flask) -> int:
    """An edition with a turn tonight and one tomorrow, of two vendors."""
    edition_id = factories.make_edition(slug="ramadhan")
    nights = [factories.make_live_session(edition_id, starts_at=TONIGHT + timedelta(days=day), slot_count=1) for day in (0, 1)]
    factories.make_rotation(edition_id, [(factories.slot_ids(night)[0], factories.make_vendor(edition_id)) for night in nights])
    return edition_id


def card(now: datetime) -> EditionCard:
    """The only edition there is."""
    page = landing_page(now=now)
    (only,) = (*page.current, *page.over)
    return only


def test_the_front_page_says_where_each_edition_is(edition_id: int) -> None:
    factories.make_edition(slug="tanpa-jadwal")

    phases = [card(now).phase for now in (START, TONIGHT, TONIGHT + timedelta(hours=1), START + timedelta(days=3))]

    assert phases == ["coming", "on_air", "running", "over"]
    assert card(START).vendor_count == 2


def test_the_front_page_of_an_empty_deployment_is_empty(app: Flask) -> None:
    page = landing_page(now=START)

    assert (page.current, page.over) == ((), ())


def test_an_archived_edition_leaves_the_front_page(edition_id: int) -> None:
    with transaction() as session:
        session.execute(update(Edition).where(Edition.id == edition_id).values(archived_at=START))

    assert landing_page(now=START).current == ()
