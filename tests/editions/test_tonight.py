"""Malam ini: which live session matters, who is ready, and what needs a hand first."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from bazaar.closings.close import close_due_turns
from bazaar.database import transaction
from bazaar.editions.tonight import Evening as EveningShown
from bazaar.editions.tonight import TonightPage, tonight_page
from bazaar.reminders.dispatch import dispatch_due
from bazaar.reminders.hand import hand_list, tick_off
from bazaar.reminders.plan import plan_missing
from bazaar.states import AnswerKind, DeliveryState, RotationState
from bazaar.vendors.answers import answer_turn
from models import Delivery, Edition, Link, LiveSession, Vendor
from tests import factories
from tests.conftest import World
from tests.sales.evening import STARTS_AT, Evening, make_evening, minutes, sale


def shown(page: TonightPage) -> EveningShown:
    assert page.evening is not None
    return page.evening


def actions(evening: Evening, minute: float) -> list[tuple[str, int, str]]:
    page = tonight_page(evening.edition_id, now=minutes(minute))
    return [(action.kind, action.count, action.turn.business_name if action.turn else action.name) for action in shown(page).actions]


def test_an_edition_without_anything_says_what_comes_first(app: Flask) -> None:
    edition_id = factories.make_edition()

    empty = tonight_page(edition_id, now=STARTS_AT)
    factories.make_vendor(edition_id)
    factories.make_live_session(edition_id)
    factories.make_rotation(edition_id, state=RotationState.DRAFT)
    half = tonight_page(edition_id, now=STARTS_AT)

    assert empty.setup is not None
    assert half.setup is not None
    assert (empty.setup.vendor_count, empty.setup.live_session_count, empty.setup.has_draft) == (0, 0, False)
    assert (half.setup.vendor_count, half.setup.live_session_count, half.setup.has_draft) == (1, 1, True)
    assert (empty.evening, half.evening) == (None, None)


def test_the_one_that_runs_then_the_one_just_over_then_the_next_then_the_last(app: Flask) -> None:
    evening = make_evening()
    tomorrow = factories.make_live_session(evening.edition_id, starts_at=STARTS_AT + timedelta(days=1))

    def at(minute: float) -> tuple[int, str]:
        found = shown(tonight_page(evening.edition_id, now=minutes(minute)))
        return found.id, found.phase

    day = 24 * 60
    assert at(-day) == (evening.live_session_id, "ahead")
    assert at(10) == (evening.live_session_id, "running")
    assert at(50) == (evening.live_session_id, "ended")
    assert at(45 + 90) == (tomorrow, "ahead")
    assert at(day + 10) == (tomorrow, "running")
    assert at(5 * day) == (tomorrow, "over")


def test_any_live_session_can_be_asked_for_but_none_of_another_edition(app: Flask) -> None:
    evening, foreign = make_evening(), make_evening()
    later = factories.make_live_session(evening.edition_id, starts_at=STARTS_AT + timedelta(days=3))

    asked = shown(tonight_page(evening.edition_id, live_session_id=later, now=minutes(5)))
    strange = shown(tonight_page(evening.edition_id, live_session_id=foreign.live_session_id, now=minutes(5)))

    assert (asked.id, asked.earlier, asked.later) == (later, evening.live_session_id, None)
    assert strange.id == evening.live_session_id


def test_one_called_off_beforehand_is_passed_over(app: Flask) -> None:
    evening = make_evening()
    later = factories.make_live_session(evening.edition_id, starts_at=STARTS_AT + timedelta(days=1))
    with transaction() as session:
        session.get_one(LiveSession, evening.live_session_id).withdrawn_at = minutes(-60)

    assert shown(tonight_page(evening.edition_id, now=minutes(5))).id == later


def test_turns_tell_answer_sales_and_books(app: Flask) -> None:
    evening = make_evening()
    by = factories.make_account(bazaar_id=evening.bazaar_id, name="Rani Prameswari")
    answer_turn(evening.edition_id, evening.slot_ids[1], evening.vendor_ids[1], AnswerKind.READY, by=by, now=minutes(-30))
    evening.store(sale(qty=2))
    close_due_turns(now=minutes(18))

    page = shown(tonight_page(evening.edition_id, now=minutes(19)))

    first, second, empty = page.turns
    assert (first.state, first.sold.amount_idr, first.closing_number) == ("done", 36_000, 1)
    assert (second.state, second.answered_by, second.closing_number) == ("on-air", "Rani Prameswari", None)
    assert (empty.state, empty.is_next, empty.vendor_id) == ("open", True, None)
    assert (page.now, page.next) == (second, empty)
    assert [(event.kind, event.name, event.by) for event in page.events] == [
        ("closed", "Dapur Tape Kenanga", ""),
        ("ready", "Bu Mardiyah", "Rani Prameswari"),
    ]


def test_somebody_unable_comes_first_then_the_open_slot_then_whoever_has_not_answered(app: Flask) -> None:
    evening = make_evening()
    answer_turn(evening.edition_id, evening.slot_ids[1], evening.vendor_ids[1], AnswerKind.UNABLE, now=minutes(-3000))

    assert actions(evening, -24 * 60) == [("unable", 0, "Batik Bambu Gumitir"), ("open", 0, "")]
    assert actions(evening, -60) == [("unable", 0, "Batik Bambu Gumitir"), ("open", 0, ""), ("call", 0, "Dapur Tape Kenanga")]


def test_a_call_is_asked_for_only_in_the_last_two_hours(app: Flask) -> None:
    evening = make_evening()

    assert ("call", 0, "Dapur Tape Kenanga") not in actions(evening, -121)
    assert ("call", 0, "Dapur Tape Kenanga") in actions(evening, -120)


def test_conflicts_and_gaps_of_a_phone_are_named(app: Flask) -> None:
    evening = make_evening()
    first = sale(seq=1, device="HP Rina")
    evening.store(first, {**first, "qty": 9}, sale(seq=4, device="HP Rina"), sale(seq=1, device="HP Joko"))

    found = actions(evening, 6)

    assert ("conflicts", 1, "") in found
    assert ("unsent", 2, "HP Rina") in found
    assert not [name for _kind, _count, name in found if name == "HP Joko"]


def reach(evening: Evening, minute: float) -> tuple[str, Any]:
    found = shown(tonight_page(evening.edition_id, now=minutes(minute))).turns[0].reach
    return found.kind, found.at


def test_how_far_a_reminder_came_is_told_step_by_step(app: Flask, world: World) -> None:
    evening = make_evening()
    outside = app.extensions["giliran.outside"]
    link_id, _token = factories.make_link(evening.edition_id, vendor_id=evening.vendor_ids[0])
    steps = [reach(evening, -3000)]
    plan_missing(now=minutes(-3000))
    steps.append(reach(evening, -3000))
    world.now = minutes(-1440)
    dispatch_due(outside, now=world.now)
    steps.append(reach(evening, -1440))
    by_hand = actions(evening, -1440)
    for line in hand_list(evening.edition_id, outside.links, now=world.now):
        tick_off(evening.edition_id, line.delivery_id, by=None, now=minutes(-1430))
    steps.append(reach(evening, -1420))
    with transaction() as session:
        session.get_one(Link, link_id).last_opened_at = minutes(-1400)
    steps.append(reach(evening, -1390))

    assert steps == [
        ("none", None),
        ("planned", minutes(-1440)),
        ("by_hand", None),
        ("sent", minutes(-1430)),
        ("opened", minutes(-1400)),
    ]
    assert ("by_hand", 1, "") in by_hand


def test_a_reminder_that_failed_is_named_while_its_turn_lies_ahead(app: Flask) -> None:
    evening = make_evening()
    plan_missing(now=minutes(-3000))
    with transaction() as session:
        session.execute(update(Delivery).values(state=DeliveryState.DEAD, finished_at=minutes(-1440)))

    assert [count for kind, count, _name in actions(evening, -60) if kind == "failed"] == [6]
    assert [count for kind, count, _name in actions(evening, 40) if kind == "failed"] == []


def test_invented_numbers_are_never_offered(app: Flask) -> None:
    evening = make_evening()
    real = shown(tonight_page(evening.edition_id, now=minutes(-60))).turns[0]
    with transaction() as session:
        session.get_one(Edition, evening.edition_id).is_demo = True
    invented = shown(tonight_page(evening.edition_id, now=minutes(-60))).turns[0]

    assert real.phone.startswith("+62812")
    assert real.whatsapp == real.phone
    assert (invented.phone, invented.whatsapp) == ("", "")


def test_a_vendor_who_wants_no_messages_is_said_to_want_none(app: Flask) -> None:
    evening = make_evening()
    with transaction() as session:
        session.get_one(Vendor, evening.vendor_ids[0]).opted_out_at = minutes(-9000)

    assert reach(evening, -60)[0] == "silent"


@pytest.mark.parametrize(
    ("fields", "name", "is_done"),
    [
        ({"zoom_url": "https://zoom.example/j/1"}, "zoom", True),
        ({}, "zoom", False),
        ({"youtube_url": "https://youtube.example/1"}, "youtube", True),
        ({"host_name": "Rani"}, "host", True),
        ({}, "host", False),
        ({}, "door", False),
        ({}, "answers", False),
    ],
)
def test_what_to_have_ready_is_checked_off(app: Flask, fields: dict[str, str], name: str, is_done: bool) -> None:
    evening = make_evening(**fields)

    checks = {check.name: check.is_done for check in shown(tonight_page(evening.edition_id, now=minutes(-60))).checks}

    assert checks[name] is is_done  # type: ignore[index]


def test_progress_counts_turns_behind_and_everything_sold(app: Flask) -> None:
    evening = make_evening()
    evening.store(sale(qty=1), sale(qty=2, uuid=str(uuid.uuid4())))

    page = tonight_page(evening.edition_id, now=minutes(16))

    assert (page.progress.done_count, page.progress.turn_count, page.progress.sold.amount_idr) == (1, 2, 54_000)
