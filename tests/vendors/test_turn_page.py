"""What the vendor's page shows, at every hour of an evening."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from bazaar.database import transaction
from bazaar.refusals import Refusal
from bazaar.states import AnswerKind, RotationState
from bazaar.vendors.answers import answer_turn
from bazaar.vendors.registry import withdraw_vendor
from bazaar.vendors.turn_page import Question, Result, TurnPage, ended_link_page, turn_page
from models import Edition, Entry, Rotation, Slot, Supplement, Vendor
from tests import factories
from tests.conftest import START
from tests.vendors.evening import TONIGHT, ZOOM, Evening, make_evening


@pytest.fixture
def evening(app: Flask) -> Evening:
    return make_evening()


def page_at(evening: Evening, now: datetime = START, **asked: int) -> TurnPage:
    return turn_page(evening.vendor_id, evening.link_id, now=now, **asked)


def test_the_next_turn_stands_in_front_and_the_others_follow(evening: Evening) -> None:
    page = page_at(evening)

    assert page.turn is not None
    assert (page.state, page.turn.slot_id, page.turn.starts_at, page.turn.when) == ("turn", evening.slot_id, TONIGHT, "today_evening")
    assert [(row.slot_id, row.badge, row.is_next, row.can_answer) for row in page.rows] == [
        (evening.slot_id, "waiting", True, False),
        (evening.next_slot, "waiting", False, True),
        (evening.past_slot, "done", False, False),
    ]


@pytest.mark.parametrize(
    ("minutes", "phase"),
    [(-61, "later"), (-60, "soon"), (-1, "soon"), (0, "on_air"), (14, "on_air")],
)
def test_the_phase_follows_the_clock(evening: Evening, minutes: int, phase: str) -> None:
    page = page_at(evening, TONIGHT + timedelta(minutes=minutes))

    assert page.turn is not None
    assert (page.turn.slot_id, page.turn.phase) == (evening.slot_id, phase)


def test_a_turn_is_over_the_second_it_ends(evening: Evening) -> None:
    page = page_at(evening, TONIGHT + timedelta(minutes=15))

    assert page.turn is not None
    assert page.thanks is not None
    assert (page.turn.slot_id, page.thanks.slot_id, page.thanks.result) == (evening.next_slot, evening.slot_id, None)


@pytest.mark.parametrize(("minutes", "url"), [(-16, ""), (-15, ZOOM), (5, ZOOM)])
def test_the_zoom_address_is_given_out_a_quarter_of_an_hour_before(evening: Evening, minutes: int, url: str) -> None:
    page = page_at(evening, TONIGHT + timedelta(minutes=minutes))

    assert page.turn is not None
    assert (page.turn.has_zoom, page.turn.zoom_url) == (True, url)


def test_an_address_that_is_none_is_never_a_link(app: Flask) -> None:
    page = page_at(make_evening(zoom_url="javascript:alert(1)"), TONIGHT)

    assert page.turn is not None
    assert (page.turn.has_zoom, page.turn.zoom_url) == (False, "")


def test_the_newest_answer_is_shown(evening: Evening) -> None:
    for kind in (AnswerKind.READY, AnswerKind.UNABLE):
        answer_turn(evening.edition_id, evening.slot_id, evening.vendor_id, kind, now=START)

    page = page_at(evening)

    assert page.turn is not None
    assert (page.turn.answer, page.rows[0].badge) == ("unable", "unable")


def test_closed_books_are_shown_with_what_came_late(evening: Evening) -> None:
    closing_id = factories.make_closing(evening.edition_id, evening.past_slot, evening.vendor_id)
    _supplement(evening, closing_id, 10_000)

    page = page_at(evening)

    assert page.rows[-1].result == page.total == Result(sale_count=2, amount_idr=45_000, late_amount_idr=10_000)


def test_results_stay_when_the_rotation_moves_on(evening: Evening) -> None:
    factories.make_closing(evening.edition_id, evening.past_slot, evening.vendor_id)
    with transaction() as session:
        session.execute(update(Rotation).values(state=RotationState.SUPERSEDED))
    factories.make_rotation(evening.edition_id, [(evening.slot_id, evening.vendor_id)])

    page = page_at(evening)

    assert [(row.slot_id, row.result is not None) for row in page.rows] == [(evening.slot_id, False), (evening.past_slot, True)]


def test_the_question_is_asked_only_about_a_turn_that_is_still_ahead_and_hers(evening: Evening) -> None:
    own, past, unknown = (page_at(evening, asked_slot_id=slot).question for slot in (evening.next_slot, evening.past_slot, 10_000))

    starts_at = TONIGHT + timedelta(days=8)
    assert own == Question(evening.next_slot, starts_at, starts_at.date())
    assert (past, unknown) == (None, None)


def test_the_time_is_told_for_all_three_zones_with_the_day_where_it_differs(app: Flask) -> None:
    edition_id = factories.make_edition()
    live_session_id = factories.make_live_session(edition_id, starts_at=datetime(2026, 5, 4, 15, 30, tzinfo=UTC), slot_count=1)
    vendor_id = factories.make_vendor(edition_id)
    factories.make_rotation(edition_id, [(factories.slot_ids(live_session_id)[0], vendor_id)])
    link_id, _token = factories.make_link(edition_id, vendor_id=vendor_id)

    page = turn_page(vendor_id, link_id, now=START)

    assert page.turn is not None
    assert [(zone.name, zone.timezone, zone.is_other_day) for zone in page.turn.zones] == [
        ("WIB", "Asia/Jakarta", False),
        ("WITA", "Asia/Makassar", False),
        ("WIT", "Asia/Jayapura", True),
    ]


@pytest.mark.parametrize(("minutes", "lead"), [(-1441, 1440), (-1440, 30), (-30, 10), (-10, None)])
def test_the_next_reminder_is_named_while_one_is_ahead(evening: Evening, minutes: int, lead: int | None) -> None:
    page = page_at(evening, TONIGHT + timedelta(minutes=minutes))

    assert page.turn is not None
    assert page.turn.next_lead_minutes == lead


def test_a_vendor_who_wants_no_messages_is_promised_none(evening: Evening) -> None:
    with transaction() as session:
        session.get_one(Vendor, evening.vendor_id).opted_out_at = START

    page = page_at(evening)

    assert page.turn is not None
    assert page.turn.next_lead_minutes is None


def test_after_the_last_turn_there_is_thanks_and_the_sum(evening: Evening) -> None:
    factories.make_closing(evening.edition_id, evening.slot_id, evening.vendor_id)

    page = page_at(evening, TONIGHT + timedelta(days=30))

    assert (page.state, page.turn, page.total) == ("finished", None, Result(2, 45_000, 0))


def test_a_vendor_without_a_turn_is_told_that_none_is_there_yet(app: Flask) -> None:
    edition_id = factories.make_edition()
    vendor_id = factories.make_vendor(edition_id)
    link_id, _token = factories.make_link(edition_id, vendor_id=vendor_id)

    page = turn_page(vendor_id, link_id, now=START)

    assert (page.state, page.rows, page.why) == ("none_yet", (), None)


def test_a_vendor_whose_turns_ahead_went_away_is_told_so(app: Flask) -> None:
    edition_id = factories.make_edition()
    vendor_id = factories.make_vendor(edition_id)
    live_session_id = factories.make_live_session(edition_id, starts_at=TONIGHT)
    factories.make_rotation(edition_id, [(factories.slot_ids(live_session_id)[0], vendor_id)], state=RotationState.SUPERSEDED)
    factories.make_rotation(edition_id)
    link_id, _token = factories.make_link(edition_id, vendor_id=vendor_id)

    assert turn_page(vendor_id, link_id, now=START).state == "lost"


def test_a_withdrawn_vendor_has_no_turn_ahead(evening: Evening) -> None:
    withdraw_vendor(evening.edition_id, evening.vendor_id, by=None, now=START)

    page = page_at(evening, START + timedelta(minutes=1))

    assert (page.state, page.turn, [row.badge for row in page.rows]) == ("withdrawn", None, ["done"])


def test_an_archived_edition_asks_nothing_any_more(evening: Evening) -> None:
    with transaction() as session:
        session.get_one(Edition, evening.edition_id).archived_at = START

    page = page_at(evening, asked_slot_id=evening.slot_id)

    assert (page.state, page.turn, page.question, [row.badge for row in page.rows]) == ("archived", None, None, ["done"])


def test_the_page_belongs_to_the_link_that_names_the_vendor(evening: Evening) -> None:
    other = factories.make_vendor(evening.edition_id)

    with pytest.raises(Refusal, match="not_found"):
        turn_page(other, evening.link_id, now=START)


def test_a_revoked_link_names_the_committee_and_an_unknown_one_does_while_there_is_but_one(evening: Evening) -> None:
    known, unknown = ended_link_page(evening.token), ended_link_page("x")
    factories.make_bazaar()
    unknown_among_two = ended_link_page("x")

    assert known.is_known
    assert not unknown.is_known
    assert unknown.committee is not None
    assert unknown.committee.help_phone == "+6281200000100"
    assert unknown_among_two.committee is None


def _supplement(evening: Evening, closing_id: int, amount_idr: int) -> None:
    with transaction() as session:
        entry = Entry(
            bazaar_id=evening.bazaar_id,
            live_session_id=session.get_one(Slot, evening.past_slot).live_session_id,
            server_seq=1,
            uuid="0190b6a2-0000-7000-8000-000000000001",
            kind="sale",
            payload_hash="0" * 64,
            verdict="late",
            received_at=START,
        )
        session.add(entry)
        session.flush()
        session.add(Supplement(closing_id=closing_id, number=1, entry_id=entry.id, amount_idr=amount_idr, created_at=START))
