"""A vendor's answer about a turn: the newest counts, history stays, nobody answers for somebody else."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from bazaar.database import reading
from bazaar.refusals import Refusal
from bazaar.states import AnswerKind, RotationState
from bazaar.vendors.answers import Answered, answer_turn, newest_answer
from models import Answer, Audit
from tests import factories

STARTS_AT = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)
BEFORE = STARTS_AT - timedelta(hours=5)


def make_turn() -> tuple[int, int, int]:
    """An edition with one published turn: (edition, slot, vendor)."""
    edition_id = factories.make_edition()
    slot_id = factories.slot_ids(factories.make_live_session(edition_id, starts_at=STARTS_AT))[0]
    vendor_id = factories.make_vendor(edition_id)
    factories.make_rotation(edition_id, [(slot_id, vendor_id)])
    return edition_id, slot_id, vendor_id


def answers() -> list[tuple[int, AnswerKind]]:
    with reading() as session:
        return [(row.vendor_id, row.kind) for row in session.scalars(select(Answer).order_by(Answer.id))]


def test_the_newest_answer_counts_and_the_older_one_stays(app: Flask) -> None:
    edition_id, slot_id, vendor_id = make_turn()

    first = answer_turn(edition_id, slot_id, vendor_id, AnswerKind.READY, now=BEFORE)
    second = answer_turn(edition_id, slot_id, vendor_id, AnswerKind.UNABLE, now=BEFORE + timedelta(minutes=1))

    assert (first, second) == (Answered(AnswerKind.READY, is_new=True), Answered(AnswerKind.UNABLE, is_new=True))
    assert answers() == [(vendor_id, AnswerKind.READY), (vendor_id, AnswerKind.UNABLE)]
    with reading() as session:
        assert newest_answer(session, slot_id, vendor_id) is AnswerKind.UNABLE


def test_the_same_answer_again_changes_nothing(app: Flask) -> None:
    edition_id, slot_id, vendor_id = make_turn()
    answer_turn(edition_id, slot_id, vendor_id, AnswerKind.READY, now=BEFORE)

    again = answer_turn(edition_id, slot_id, vendor_id, AnswerKind.READY, now=BEFORE + timedelta(minutes=1))

    assert again == Answered(AnswerKind.READY, is_new=False)
    assert answers() == [(vendor_id, AnswerKind.READY)]
    with reading() as session:
        assert len(session.scalars(select(Audit)).all()) == 1


def test_an_answer_by_link_names_the_link_in_the_audit(app: Flask) -> None:
    edition_id, slot_id, vendor_id = make_turn()
    link_id, _token = factories.make_link(edition_id, vendor_id=vendor_id)
    answer_turn(edition_id, slot_id, vendor_id, AnswerKind.READY, link_id=link_id, now=BEFORE)
    answer_turn(edition_id, slot_id, vendor_id, AnswerKind.UNABLE, link_id=link_id, now=BEFORE)

    with reading() as session:
        rows = session.scalars(select(Audit).order_by(Audit.id)).all()

    assert [(row.action, row.subject_kind, row.subject_id, row.actor) for row in rows] == [
        ("answer_turn", "vendor", vendor_id, "tautan lapak")
    ] * 2
    assert rows[1].before == {"slot_id": slot_id, "answer": "ready"}
    assert rows[1].after == {"slot_id": slot_id, "answer": "unable"}


def test_an_answer_noted_on_the_phone_names_the_organizer(app: Flask) -> None:
    edition_id, slot_id, vendor_id = make_turn()
    account_id = factories.make_account(name="Rani")

    answer_turn(edition_id, slot_id, vendor_id, AnswerKind.READY, by=account_id, now=BEFORE)

    with reading() as session:
        assert session.scalars(select(Audit.actor)).all() == ["Rani"]
        assert session.scalars(select(Answer.account_id)).all() == [account_id]


@pytest.mark.parametrize("state", [RotationState.DRAFT, RotationState.SUPERSEDED, RotationState.DISCARDED])
def test_a_turn_that_is_not_published_takes_no_answer(app: Flask, state: RotationState) -> None:
    edition_id = factories.make_edition()
    slot_id = factories.slot_ids(factories.make_live_session(edition_id, starts_at=STARTS_AT))[0]
    vendor_id = factories.make_vendor(edition_id)
    factories.make_rotation(edition_id, [(slot_id, vendor_id)], state=state)

    with pytest.raises(Refusal, match="turn_changed"):
        answer_turn(edition_id, slot_id, vendor_id, AnswerKind.READY, now=BEFORE)

    assert answers() == []


def test_nobody_answers_for_another_vendor_or_in_another_edition(app: Flask) -> None:
    edition_id, slot_id, vendor_id = make_turn()
    neighbour_id = factories.make_vendor(edition_id)
    other_edition_id = factories.make_edition()

    for edition, vendor in ((edition_id, neighbour_id), (other_edition_id, vendor_id)):
        with pytest.raises(Refusal, match="turn_changed"):
            answer_turn(edition, slot_id, vendor, AnswerKind.READY, now=BEFORE)

    assert answers() == []


def test_a_turn_can_be_answered_until_it_ends_and_not_after(app: Flask) -> None:
    edition_id, slot_id, vendor_id = make_turn()
    ends_at = STARTS_AT + timedelta(minutes=15)

    answer_turn(edition_id, slot_id, vendor_id, AnswerKind.READY, now=ends_at - timedelta(seconds=1))
    with pytest.raises(Refusal, match="turn_over"):
        answer_turn(edition_id, slot_id, vendor_id, AnswerKind.UNABLE, now=ends_at)

    assert answers() == [(vendor_id, AnswerKind.READY)]
