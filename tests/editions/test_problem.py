"""What the planner is asked: numbers only, facts as facts, wishes as wishes."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from bazaar.database import reading, transaction
from bazaar.editions.problem import problem_of_edition, slot_key, vendor_key
from bazaar.rotation.problem import Problem, ProblemVendor, VendorWish, fits, read_problem, write_problem
from bazaar.states import AnswerKind, RotationState
from models import Answer, Availability, Edition, PastTurn, Slot, Wish
from tests.factories import make_edition, make_live_session, make_rotation, make_vendor, slot_ids

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("app")


def ask(edition_id: int, *, keep_published: bool = True, now: datetime = NOW) -> Problem:
    with reading() as session:
        return problem_of_edition(session, session.get_one(Edition, edition_id), seed=7, keep_published=keep_published, now=now)


def add(*rows: object) -> None:
    with transaction() as session:
        session.add_all(rows)


def vendor_of(problem: Problem, vendor_id: int) -> ProblemVendor:
    return next(vendor for vendor in problem.vendors if vendor.id == vendor_key(vendor_id))


def test_a_problem_holds_no_name_number_or_address() -> None:
    edition_id = make_edition()
    make_live_session(edition_id)
    make_vendor(edition_id, business_name="Batik Rahasia", owner_name="Bu Sembunyi", phone="+6281299990001", email="sembunyi@example.org")

    text = json.dumps(write_problem(ask(edition_id)))

    assert not any(secret in text for secret in ("Rahasia", "Sembunyi", "81299990001", "sembunyi"))


def test_a_problem_survives_its_json_form() -> None:
    edition_id = make_edition()
    make_live_session(edition_id)
    add(Wish(vendor_id=make_vendor(edition_id), from_minute=1080, until_minute=None, weekdays=[1]))
    problem = ask(edition_id)

    assert read_problem(json.loads(json.dumps(write_problem(problem)))) == problem


def test_days_count_from_the_first_evening_and_minutes_from_its_midnight() -> None:
    edition_id = make_edition()
    live_session_id = make_live_session(edition_id, starts_at=datetime(2026, 5, 6, 16, 30, tzinfo=UTC), slot_count=3)  # 23.30 WIB
    make_vendor(edition_id)

    slots = ask(edition_id).slots

    assert [(slot.day, slot.start, slot.minutes, slot.position) for slot in slots] == [(2, 1410, 15, 0), (2, 1425, 15, 1), (2, 1440, 15, 2)]
    assert {slot.session for slot in slots} == {f"l{live_session_id}"}


def test_days_off_by_weekday_and_by_date_keep_a_vendor_away() -> None:
    edition_id = make_edition()
    make_live_session(edition_id)
    vendor_id = make_vendor(edition_id)
    add(Availability(vendor_id=vendor_id, weekday=4), Availability(vendor_id=vendor_id, off_on=date(2026, 5, 6)))

    assert vendor_of(ask(edition_id), vendor_id).days_off == {2, 4, 11, 18, 25}


def test_wishes_become_wishes_and_hours_become_rules() -> None:
    edition_id = make_edition()
    make_live_session(edition_id)
    wishing, bound = make_vendor(edition_id), make_vendor(edition_id, available_from_minute=1200, available_until_minute=1260)
    add(Wish(vendor_id=wishing, from_minute=None, until_minute=1080, weekdays=None))

    problem = ask(edition_id)

    assert vendor_of(problem, wishing).wish == VendorWish(None, None, 1080)
    assert vendor_of(problem, wishing).start_from is None
    assert (vendor_of(problem, bound).start_from, vendor_of(problem, bound).end_until) == (1200, 1260)


def test_languages_bind_only_where_a_live_session_names_some() -> None:
    edition_id = make_edition()
    free = make_live_session(edition_id)
    asking = make_live_session(edition_id, starts_at=datetime(2026, 5, 6, 13, tzinfo=UTC), languages=["jv", "en"])
    javanese = make_vendor(edition_id, languages=["Indonesia", "Jawa"])
    madurese = make_vendor(edition_id, languages=["Madura"])
    problem = ask(edition_id)

    def can_stand(vendor_id: int, live_session_id: int) -> bool:
        slot = next(slot for slot in problem.slots if slot.session == f"l{live_session_id}")
        return fits(vendor_of(problem, vendor_id), slot)

    assert [can_stand(javanese, free), can_stand(javanese, asking)] == [True, True]
    assert [can_stand(madurese, free), can_stand(madurese, asking)] == [True, False]


def test_without_such_a_live_session_no_language_is_asked_for() -> None:
    edition_id = make_edition()
    make_live_session(edition_id)
    vendor_id = make_vendor(edition_id, languages=["Madura"])

    assert vendor_of(ask(edition_id), vendor_id).language is None


def test_earlier_editions_count_by_minutes_really_aired_newest_first() -> None:
    edition_id = make_edition()
    make_live_session(edition_id)
    veteran, newcomer = make_vendor(edition_id), make_vendor(edition_id)
    add(
        PastTurn(vendor_id=veteran, edition_name="I", started_at=datetime(2026, 2, 2, 13, tzinfo=UTC), minutes_aired=15),
        PastTurn(vendor_id=veteran, edition_name="II", started_at=datetime(2026, 3, 2, 13, tzinfo=UTC), minutes_aired=4),
    )

    problem = ask(edition_id)

    assert vendor_of(problem, veteran).past == (6, 23)  # Monday evenings: minutes x 1.5, rounded half up
    assert vendor_of(problem, newcomer).past == (None, None)


def test_withdrawn_vendors_and_live_sessions_are_left_out() -> None:
    edition_id = make_edition()
    staying = make_live_session(edition_id)
    make_live_session(edition_id, starts_at=datetime(2026, 5, 7, 13, tzinfo=UTC), withdrawn_at=NOW)
    here = make_vendor(edition_id)
    make_vendor(edition_id, withdrawn_at=NOW)

    problem = ask(edition_id)

    assert {slot.session for slot in problem.slots} == {f"l{staying}"}
    assert [vendor.id for vendor in problem.vendors] == [vendor_key(here)]


def test_who_said_unable_is_away_that_day_until_the_answer_changes() -> None:
    edition_id = make_edition()
    slot_id = slot_ids(make_live_session(edition_id))[0]
    vendor_id = make_vendor(edition_id)
    make_rotation(edition_id, [(slot_id, vendor_id)])
    add(Answer(slot_id=slot_id, vendor_id=vendor_id, kind=AnswerKind.UNABLE, answered_at=NOW))

    assert vendor_of(ask(edition_id), vendor_id).days_off == {1}

    add(Answer(slot_id=slot_id, vendor_id=vendor_id, kind=AnswerKind.READY, answered_at=NOW + timedelta(hours=1)))

    assert vendor_of(ask(edition_id), vendor_id).days_off == set()


def test_what_has_begun_is_pinned_and_begun_slots_that_stayed_empty_are_not_asked_for() -> None:
    edition_id = make_edition()
    first, second, third = slot_ids(make_live_session(edition_id, slot_count=3))
    stood, other = make_vendor(edition_id), make_vendor(edition_id)
    make_rotation(edition_id, [(first, stood), (third, other)])
    add(Availability(vendor_id=stood, off_on=date(2026, 5, 5)))  # noted afterwards: the fact counts

    problem = ask(edition_id, now=datetime(2026, 5, 5, 13, 20, tzinfo=UTC))  # the second slot has begun

    assert {slot.id: slot.pin for slot in problem.slots} == {slot_key(first): vendor_key(stood), slot_key(third): None}
    assert problem.published == {slot_key(first): vendor_key(stood), slot_key(third): vendor_key(other)}
    assert vendor_of(problem, stood).days_off == set()
    assert second not in {int(slot.id[1:]) for slot in problem.slots}


def test_before_anything_is_published_an_edition_that_lies_behind_is_asked_for_whole() -> None:
    edition_id = make_edition()
    make_live_session(edition_id)
    make_vendor(edition_id)

    problem = ask(edition_id, now=datetime(2027, 1, 1, tzinfo=UTC))

    assert len(problem.slots) == 6
    assert problem.published is None


def test_drawing_afresh_forgets_what_is_published_but_not_what_has_begun() -> None:
    edition_id = make_edition()
    first, second = slot_ids(make_live_session(edition_id, slot_count=2))
    one, two = make_vendor(edition_id), make_vendor(edition_id)
    make_rotation(edition_id, [(first, one), (second, two)])

    problem = ask(edition_id, keep_published=False, now=datetime(2026, 5, 5, 13, 5, tzinfo=UTC))

    assert problem.published is None
    assert [slot.pin for slot in problem.slots] == [vendor_key(one), None]


def test_points_follow_the_slot_and_limits_follow_the_vendor() -> None:
    edition_id = make_edition()
    make_live_session(edition_id, slot_count=2)
    limited, open_ended = make_vendor(edition_id, min_turns=0, max_turns=1), make_vendor(edition_id)
    with transaction() as session:
        session.query(Slot).filter_by(edition_id=edition_id).update({"points": 29})

    problem = ask(edition_id)

    assert {slot.weight for slot in problem.slots} == {29}
    assert (vendor_of(problem, limited).min_turns, vendor_of(problem, limited).max_turns) == (0, 1)
    assert (vendor_of(problem, open_ended).min_turns, vendor_of(problem, open_ended).max_turns) == (1, 2)


@pytest.mark.parametrize("keep_published", [True, False])
@pytest.mark.parametrize("has_old_draft", [True, False])
def test_what_began_before_anything_was_published_is_not_asked_for(keep_published: bool, has_old_draft: bool) -> None:
    edition_id = make_edition()
    begun, ahead = make_live_session(edition_id, starts_at=NOW), make_live_session(edition_id, starts_at=NOW + timedelta(days=1))
    vendor_id = make_vendor(edition_id)
    if has_old_draft:
        make_rotation(edition_id, [(slot_ids(begun)[0], vendor_id)], state=RotationState.DRAFT)
    running = NOW + timedelta(minutes=1)

    asked = {slot.id for slot in ask(edition_id, keep_published=keep_published, now=running).slots}

    assert asked == {slot_key(slot_id) for slot_id in (*slot_ids(begun)[1:], *slot_ids(ahead))}
