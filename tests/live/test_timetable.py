"""What everybody may see of an edition's turns. Every test begins on Monday 4 May 2026, 19.00 WIB, unless it moves the clock."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from bazaar.database import transaction
from bazaar.live.timetable import Evening, TimetablePage, timetable_page
from bazaar.refusals import Refusal
from bazaar.states import RotationState
from models import Edition, LiveSession, Vendor
from tests import factories
from tests.conftest import START

TONIGHT = datetime(2026, 5, 4, 13, 0, tzinfo=UTC)  # 20.00 WIB


@dataclass(frozen=True)
class Fair:
    """An edition with one live session tonight, one tomorrow, and two vendors who take turns."""

    edition_id: int
    slug: str
    tonight: int
    tomorrow: int
    kopi: int
    batik: int


@pytest.fixture
def fair(app: Flask) -> Fair:
    edition_id = factories.make_edition(slug="ramadhan", name="Bazar Ramadhan")
    tonight = factories.make_live_session(
        edition_id, starts_at=TONIGHT, slot_count=3, youtube_url="https://youtube.example/live/1", zoom_url="https://zoom.example/j/1"
    )
    tomorrow = factories.make_live_session(edition_id, starts_at=TONIGHT + timedelta(days=1), slot_count=2)
    kopi = factories.make_vendor(edition_id, business_name="Kopi Ledok", category="Kopi dan cokelat", featured_product="Kopi bubuk")
    batik = factories.make_vendor(edition_id, business_name="Batik Silo", category="Fesyen dan batik")
    first, second, _empty = factories.slot_ids(tonight)
    factories.make_rotation(edition_id, [(first, kopi), (second, batik), (factories.slot_ids(tomorrow)[0], kopi)])
    return Fair(edition_id, "ramadhan", tonight, tomorrow, kopi, batik)


def at(minutes: int) -> datetime:
    """So many minutes after tonight's beginning."""
    return TONIGHT + timedelta(minutes=minutes)


def names(evenings: tuple[Evening, ...]) -> list[str]:
    return [turn.business_name for evening in evenings for broadcast in evening.broadcasts for turn in broadcast.turns]


def change(kind: type, row_id: int, **values: object) -> None:
    with transaction() as session:
        session.execute(update(kind).where(kind.id == row_id).values(**values))


def test_before_the_broadcast_the_first_turn_is_next(fair: Fair) -> None:
    page = timetable_page("ramadhan", now=START)

    assert page.hero is not None
    assert (page.hero.phase, page.hero.when, page.hero.turn.business_name) == ("next", "today_evening", "Kopi Ledok")
    assert page.then is not None
    assert page.then.business_name == "Batik Silo"


def test_during_a_turn_it_is_on_air_until_its_very_end(fair: Fair) -> None:
    last_moment = timetable_page("ramadhan", now=at(15) - timedelta(seconds=1)).hero
    next_moment = timetable_page("ramadhan", now=at(15)).hero

    assert last_moment is not None
    assert next_moment is not None
    assert (last_moment.phase, last_moment.turn.business_name) == ("on_air", "Kopi Ledok")
    assert (next_moment.phase, next_moment.turn.business_name) == ("on_air", "Batik Silo")


def test_in_an_empty_slot_the_broadcast_runs_and_the_next_turn_is_announced(fair: Fair) -> None:
    page = timetable_page("ramadhan", now=at(35))

    assert page.hero is not None
    assert page.broadcast is not None
    assert (page.hero.phase, page.hero.when, page.broadcast.phase) == ("next", "tomorrow_evening", "now")


def test_addresses_appear_a_quarter_of_an_hour_before_and_go_with_the_end(fair: Fair) -> None:
    def addresses(page: TimetablePage) -> tuple[str, str]:
        assert page.tonight is not None
        broadcast = page.tonight.broadcasts[0]
        return broadcast.youtube_url, broadcast.zoom_url

    early = timetable_page("ramadhan", now=at(-16))
    in_time = timetable_page("ramadhan", now=at(-15))
    after = timetable_page("ramadhan", now=at(45))

    assert addresses(early) == ("", "")
    assert early.broadcast is not None
    assert early.broadcast.opens_at == at(-15)
    assert addresses(in_time) == ("https://youtube.example/live/1", "https://zoom.example/j/1")
    assert addresses(after) == ("", "")


def test_an_address_that_is_no_web_page_is_never_shown(fair: Fair) -> None:
    change(LiveSession, fair.tonight, youtube_url="javascript:alert(1)", zoom_url="https://")

    broadcast = timetable_page("ramadhan", now=at(0)).broadcast

    assert broadcast is not None
    assert (broadcast.youtube_url, broadcast.zoom_url, broadcast.opens_at) == ("", "", None)


def test_evenings_are_shared_out_between_tonight_later_and_past(fair: Fair) -> None:
    today = timetable_page("ramadhan", now=START)
    tomorrow = timetable_page("ramadhan", now=START + timedelta(days=1))
    over = timetable_page("ramadhan", now=START + timedelta(days=9))

    assert today.tonight is not None
    assert (today.tonight.day, names(today.ahead), names(today.past)) == (date(2026, 5, 4), ["Kopi Ledok"], [])
    assert (names(tomorrow.ahead), names(tomorrow.past)) == ([], ["Kopi Ledok", "Batik Silo"])
    assert (over.tonight, over.is_over, [evening.day.day for evening in over.past]) == (None, True, [5, 4])


def test_a_turn_past_midnight_belongs_to_its_evening_and_names_its_own_day(app: Flask) -> None:
    edition_id = factories.make_edition(slug="larut")
    late = factories.make_live_session(edition_id, starts_at=datetime(2026, 5, 4, 16, 45, tzinfo=UTC), slot_count=2)  # 23.45 WIB
    vendor_id = factories.make_vendor(edition_id)
    factories.make_rotation(edition_id, [(slot_id, vendor_id) for slot_id in factories.slot_ids(late)])

    page = timetable_page("larut", now=datetime(2026, 5, 4, 17, 5, tzinfo=UTC))  # Tuesday, 0.05 WIB

    assert page.tonight is not None
    assert page.tonight.day == date(2026, 5, 4)
    assert [turn.next_day for turn in page.tonight.broadcasts[0].turns] == [None, date(2026, 5, 5)]


def test_a_broadcast_called_off_is_said_so_and_gives_no_turn(fair: Fair) -> None:
    change(LiveSession, fair.tonight, withdrawn_at=START)

    page = timetable_page("ramadhan", now=at(5))

    assert page.tonight is not None
    assert [(broadcast.is_withdrawn, broadcast.turns, broadcast.youtube_url) for broadcast in page.tonight.broadcasts] == [(True, (), "")]
    assert page.hero is not None
    assert page.hero.turn.starts_at == TONIGHT + timedelta(days=1)


def test_a_broadcast_stopped_half_way_is_on_air_no_more(fair: Fair) -> None:
    change(LiveSession, fair.tonight, withdrawn_at=at(5))

    page = timetable_page("ramadhan", now=at(6))

    assert page.tonight is not None
    assert [(turn.business_name, turn.phase) for turn in page.tonight.broadcasts[0].turns] == [("Kopi Ledok", "past")]
    assert page.hero is not None
    assert page.hero.phase == "next"


def test_hours_elsewhere_leave_out_the_editions_own(fair: Fair) -> None:
    places = timetable_page("ramadhan", now=START).places

    assert {place.code: place.minutes_apart for place in places} == {
        "central_indonesia": 60,
        "malaysia_to_taiwan": 60,
        "east_indonesia": 120,
        "japan_korea": 120,
        "saudi_arabia": -240,
    }


def test_a_search_looks_at_names_kinds_and_goods(fair: Fair) -> None:
    factories.make_product(fair.edition_id, fair.batik, name="Selendang motif kopi")

    found = timetable_page("ramadhan", now=START, search="  KOPI ")
    both_words = timetable_page("ramadhan", now=START, search="kopi ledok")
    kind = timetable_page("ramadhan", now=START, category="Fesyen dan batik")
    nothing = timetable_page("ramadhan", now=START, search="zebra")

    assert names(found.ahead) == ["Kopi Ledok", "Batik Silo", "Kopi Ledok"]
    assert names(both_words.ahead) == ["Kopi Ledok", "Kopi Ledok"]
    assert names(kind.ahead) == ["Batik Silo"]
    assert (nothing.found_count, nothing.hero) == (0, None)


def test_an_unknown_kind_is_no_filter(fair: Fair) -> None:
    page = timetable_page("ramadhan", now=START, category="Mobil")

    assert (page.category, page.is_filtered) == ("", False)


def test_a_draft_shows_nothing(app: Flask) -> None:
    edition_id = factories.make_edition(slug="baru")
    live_session = factories.make_live_session(edition_id)
    vendor_id = factories.make_vendor(edition_id)
    factories.make_rotation(edition_id, [(factories.slot_ids(live_session)[0], vendor_id)], state=RotationState.DRAFT)

    page = timetable_page("baru", now=START)

    assert (page.edition.state, page.hero, page.ahead, page.vendor_count) == ("unpublished", None, (), 0)


def test_an_archived_edition_shows_nothing(fair: Fair) -> None:
    change(Edition, fair.edition_id, archived_at=START)

    page = timetable_page("ramadhan", now=START)

    assert (page.edition.state, page.hero, page.tonight, page.ahead) == ("archived", None, None, ())


def test_an_unknown_edition_is_refused(app: Flask) -> None:
    with pytest.raises(Refusal, match="not_found"):
        timetable_page("tidak-ada", now=START)


def test_a_phone_is_given_only_with_consent_and_while_the_vendor_takes_part(fair: Fair) -> None:
    def order_phone() -> str:
        hero = timetable_page("ramadhan", now=at(1)).hero
        assert hero is not None
        return hero.order_phone

    change(Vendor, fair.kopi, phone="+6281200001024", is_phone_public=True, phone_consent_at=START)
    agreed = order_phone()
    change(Vendor, fair.kopi, phone_consent_at=None)
    unproved = order_phone()
    change(Vendor, fair.kopi, phone_consent_at=START, withdrawn_at=at(1))
    withdrawn = order_phone()

    assert (agreed, unproved, withdrawn) == ("+6281200001024", "", "")
