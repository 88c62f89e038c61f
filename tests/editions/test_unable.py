"""Berhalangan has the choices of a repair worked out and tells the organizers once; nothing is published by it."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bazaar.database import reading, transaction
from bazaar.editions.unable import MOST_BROKEN_OFF, repair_offer, tell_organizers, work_out_repairs
from bazaar.reminders.channels.base import DeliveryError
from bazaar.states import AnswerKind, PlanningState, Role, RotationState
from bazaar.vendors.answers import answer_turn
from models import Edition, PlanningJob, Rotation, Slot, Turn
from tests import factories
from tests.conftest import World
from tests.editions.draws import NOW, make_draw, make_fair
from tests.planner import ask_here
from tests.reminders.stage import change, world_of

pytestmark = pytest.mark.usefixtures("app")

LATER = NOW + timedelta(minutes=2)


@pytest.fixture
def edition_id(world: World) -> int:
    """Four evenings of two slots for four vendors, published; one organizer."""
    world.now = LATER
    edition_id = make_fair(vendors=4, evenings=4, slots=2)
    make_draw(edition_id)
    with reading() as session:
        bazaar_id = session.get_one(Edition, edition_id).bazaar_id
    factories.make_account(bazaar_id=bazaar_id, role=Role.ORGANIZER, name="Rani", email="rani@example.org")
    return edition_id


def answer(edition_id: int, kind: AnswerKind = AnswerKind.UNABLE, *, place: int = -1) -> None:
    """The vendor of one turn, by start, answers."""
    with reading() as session:
        turns = session.execute(select(Turn.slot_id, Turn.vendor_id).join(Slot, Slot.id == Turn.slot_id).order_by(Slot.starts_at)).all()
    slot_id, vendor_id = turns[place]
    answer_turn(edition_id, slot_id, vendor_id, kind, now=NOW)


def work(world: World, *, goes_on: bool = True) -> int:
    return work_out_repairs(ask_here, world.clock, keep_going=lambda: goes_on, now=world.now)


def tell(world: World) -> int:
    return tell_organizers(world_of(), world_of().links, now=world.now)


def jobs() -> list[tuple[str, PlanningState]]:
    with reading() as session:
        return [(job.kind, job.state) for job in session.scalars(select(PlanningJob).order_by(PlanningJob.id))]


def test_the_choices_are_worked_out_once_and_nothing_is_published(edition_id: int, world: World) -> None:
    answer(edition_id)

    assert (work(world), work(world)) == (1, 0)

    offer = repair_offer(edition_id, now=world.now)
    assert offer is not None
    assert offer.is_ready
    assert jobs() == [("repair", PlanningState.DONE)]
    with reading() as session:
        assert session.scalars(select(Rotation.state)).all() == [RotationState.PUBLISHED]


def test_a_further_answer_asks_once_more(edition_id: int, world: World) -> None:
    answer(edition_id)
    work(world)
    world.wait(minutes=5)
    with reading() as session:
        slot_id, vendor_id = session.execute(select(Turn.slot_id, Turn.vendor_id).order_by(Turn.slot_id)).first() or (0, 0)
    answer_turn(edition_id, slot_id, vendor_id, AnswerKind.UNABLE, now=world.now)
    world.wait(minutes=2)

    assert work(world) == 1


def test_a_thumb_that_slipped_starts_nothing(edition_id: int, world: World) -> None:
    answer(edition_id)
    world.now = NOW + timedelta(seconds=59)
    early = (work(world), tell(world))
    answer(edition_id, AnswerKind.READY)
    world.now = LATER

    assert early == (0, 0)
    assert (work(world), tell(world)) == (0, 0)
    assert repair_offer(edition_id, now=world.now) is None


def test_whoever_cancelled_it_is_not_asked_again_and_who_works_is_waited_for(edition_id: int, world: World) -> None:
    answer(edition_id)
    work(world)
    with transaction() as session:
        session.execute(update(PlanningJob).values(state=PlanningState.CANCELLED, answer=None))
    cancelled = work(world)
    with transaction() as session:
        session.execute(update(PlanningJob).values(state=PlanningState.RUNNING, finished_at=None, heartbeat_at=world.now))

    assert (cancelled, work(world)) == (0, 0)
    offer = repair_offer(edition_id, now=world.now)
    assert offer is not None
    assert (offer.is_at_work, offer.is_ready) == (True, False)


def test_a_repair_whose_process_died_is_tried_again_but_not_for_ever(edition_id: int, world: World) -> None:
    answer(edition_id)

    tried = []
    for _ in range(MOST_BROKEN_OFF + 1):
        tried.append(work(world, goes_on=True))
        with transaction() as session:
            session.execute(update(PlanningJob).values(state=PlanningState.INTERRUPTED, answer=None))

    assert tried == [1] * MOST_BROKEN_OFF + [0]


def test_a_process_that_is_to_stop_begins_nothing(edition_id: int, world: World) -> None:
    answer(edition_id)

    assert work(world, goes_on=False) == 0
    assert jobs() == []


def test_organizers_get_one_letter_for_each_answer(edition_id: int, world: World) -> None:
    answer(edition_id)

    assert (tell(world), tell(world)) == (1, 0)

    (letter,) = world.email.sent
    assert letter.to_address == "rani@example.org"
    assert " berhalangan, " in letter.subject
    assert "/papan/perbaiki" in letter.text
    assert "Sebelum itu tidak ada giliran yang berubah." in letter.text


def test_a_letter_that_certainly_did_not_leave_is_tried_again_and_one_that_may_have_is_not(edition_id: int, world: World) -> None:
    answer(edition_id)
    world.email.failures.append(DeliveryError("server e-mail tidak terjangkau"))
    world.email.failures.append(DeliveryError("diam setelah menerima isi", ambiguous=True))

    assert [tell(world) for _ in range(3)] == [1, 1, 0]
    assert world.email.sent == []


def test_the_organizers_of_a_demonstration_are_invented(edition_id: int, world: World) -> None:
    answer(edition_id)
    change(Edition, edition_id, is_demo=True)

    tell(world)

    assert world.email.sent == []
