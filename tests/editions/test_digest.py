"""In the morning of a day with live sessions each organizer reads once who is on, who is silent, who could not be told."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from bazaar.accounts.profile import switch_digest
from bazaar.database import reading, transaction
from bazaar.editions.digest import CLAIM_LIFE, MOST_ATTEMPTS, send_digests
from bazaar.reminders.channels.base import DeliveryError
from bazaar.states import AnswerKind, DeliveryState, Role
from bazaar.vendors.answers import answer_turn
from models import Delivery, Digest, Edition
from tests.conftest import START, World
from tests.factories import make_account, make_live_session
from tests.reminders.stage import TURN_AT, Stage, set_stage, world_of

pytestmark = pytest.mark.usefixtures("app")

MORNING = TURN_AT - timedelta(hours=13)
"""Tuesday 5 May 2026, 07.00 WIB."""


def stage_with_organizer(**options: Any) -> tuple[Stage, int]:
    stage = set_stage(**{"now": START, "vendor_count": 3, **options})
    with reading() as session:
        bazaar_id = session.get_one(Edition, stage.edition_id).bazaar_id
    return stage, make_account(bazaar_id=bazaar_id, name="Rani", email="rani@example.org")


def write(world: World) -> int:
    return send_digests(world_of(), world_of().links, now=world.now)


def test_it_tells_who_stands_where_who_is_silent_and_who_could_not_be_told(world: World) -> None:
    stage, _account = stage_with_organizer(vendor={"district": "Jember"})
    answer_turn(stage.edition_id, stage.slots[0], stage.vendors[0], AnswerKind.READY, now=START)
    answer_turn(stage.edition_id, stage.slots[1], stage.vendors[1], AnswerKind.UNABLE, now=START)
    with transaction() as session:
        session.execute(update(Delivery).values(state=DeliveryState.DEAD))
    world.now = MORNING

    assert write(world) == 1

    [letter] = world.email.sent
    assert (letter.to_address, letter.subject) == ("rani@example.org", "Siaran hari ini 20.00 WIB: 3 lapak, 1 belum menjawab")
    assert letter.text.startswith("Halo Rani,\n\nhari ini, Selasa, 5 Mei")
    assert "20.00–21.30 WIB, pembawa acara belum ditulis\n  20.00  Lapak" in letter.text
    assert "(Bu Sari 1), siap\n" in letter.text
    assert "(Bu Sari 2), BERHALANGAN\n" in letter.text
    assert "(Bu Sari 3), belum menjawab\n" in letter.text
    assert letter.text.count("KOSONG") == 3
    assert "Berhalangan (1): " in letter.text
    assert "Belum menjawab (1): " in letter.text
    assert "Belum terkabari, pesannya tidak sampai (3): " in letter.text
    assert "http://localhost:8000/akun" in letter.text


def test_it_comes_once_a_day_from_seven_on_until_the_live_session_begins(world: World) -> None:
    stage_with_organizer()
    came = []
    for at in (MORNING - timedelta(seconds=1), MORNING, MORNING + timedelta(hours=1), TURN_AT, TURN_AT + timedelta(hours=11)):
        world.now = at
        came.append(write(world))

    assert came == [0, 1, 0, 0, 0]


def test_a_morning_that_nobody_saw_is_made_up_for_until_the_evening(world: World) -> None:
    stage_with_organizer()
    world.now = TURN_AT - timedelta(minutes=1)

    assert write(world) == 1


def test_a_day_without_live_sessions_and_an_archived_edition_have_no_letter(world: World) -> None:
    stage, _account = stage_with_organizer()
    make_live_session(stage.edition_id, starts_at=TURN_AT + timedelta(days=2))
    world.now = MORNING + timedelta(days=1)
    assert write(world) == 0

    with transaction() as session:
        session.get_one(Edition, stage.edition_id).archived_at = START
    world.now = MORNING

    assert write(world) == 0


def test_whoever_wants_none_a_host_and_somebody_who_left_get_none(world: World) -> None:
    stage, account_id = stage_with_organizer()
    with reading() as session:
        bazaar_id = session.get_one(Edition, stage.edition_id).bazaar_id
    make_account(bazaar_id=bazaar_id, role=Role.HOST)
    switch_digest(account_id, is_on=False, now=START)
    world.now = MORNING
    assert write(world) == 0

    switch_digest(account_id, is_on=True, now=START)

    assert write(world) == 1


def test_a_letter_that_did_not_leave_is_tried_again_and_then_left(world: World) -> None:
    stage_with_organizer()
    world.now = MORNING
    world.email.failures = [DeliveryError("451 coba lagi nanti") for _ in range(MOST_ATTEMPTS + 1)]
    for _ in range(MOST_ATTEMPTS + 2):
        assert write(world) == 0
        assert write(world) == 0  # not before its time
        world.wait(seconds=CLAIM_LIFE.total_seconds())

    with reading() as session:
        [digest] = session.scalars(select(Digest)).all()
    assert (digest.attempt_count, digest.error, digest.finished_at is not None) == (MOST_ATTEMPTS, "451 coba lagi nanti", True)
    assert len(world.email.failures) == 1


def test_what_a_dead_scheduler_had_in_hand_goes_again_under_the_same_key(world: World) -> None:
    stage_with_organizer()
    world.now = MORNING
    write(world)
    with transaction() as session:
        session.execute(update(Digest).values(finished_at=None))
    assert write(world) == 0
    world.wait(seconds=CLAIM_LIFE.total_seconds())

    assert write(world) == 1

    first, second = world.email.sent
    assert first.key == second.key


def test_the_invented_organizers_of_a_demonstration_are_not_written_to(app: Flask, world: World) -> None:
    stage_with_organizer(is_demo=True)
    world.now = MORNING

    assert write(world) == 0
    assert world.email.sent == []
